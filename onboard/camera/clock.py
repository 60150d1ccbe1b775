"""A camera's clock read on the host's, from arrival times alone: the least-delay filter.

A picture arrives a transfer and a queue after it was taken; delay only ever adds. The least
delay seen lately is therefore the best estimate of the constant offset between the clocks, and
the window is short enough for the drift of two crystals to stay small (as NTP's clock filter,
RFC 5905 section 10, which also prefers the sample of least delay).

What cannot be seen from one side is the delay every picture shares. It is taken as anything
between zero and `unseen_delay_s`, and `clock_sigma_s` holds that.
"""

from collections import deque

WINDOW_S = 10.0
MAX_SAMPLES = 600
DRIFT = 100e-6
"""Two crystals against each other, worst case of common parts."""
UNSEEN_DELAY_S = 0.010
"""Assumed bound of the delay common to all pictures (a local network or USB); not measured."""
JUMP_S = 1.0
"""The offset of one clock to another does not change so much by delay that a reset is wrong."""


class CameraClock:
    """Maps one camera's time to the host's; no clock is read here."""

    def __init__(self, unseen_delay_s: float = UNSEEN_DELAY_S) -> None:
        self._unseen_s = unseen_delay_s
        self._samples: deque[tuple[float, float]] = deque(maxlen=MAX_SAMPLES)  # arrival, offset
        self._last_camera_s: float | None = None
        self.resets = 0

    def offset(self, camera_s: float, arrival_s: float) -> tuple[float, float]:
        """(host minus camera, its sigma), both s, with the picture that left at `camera_s`.

        A camera clock that runs backwards or jumps (a camera that restarted) starts afresh.
        """
        offset_s = arrival_s - camera_s
        if self._jumped(camera_s, offset_s):
            self._samples.clear()
            self.resets += 1
        self._last_camera_s = camera_s
        self._samples.append((arrival_s, offset_s))
        while arrival_s - self._samples[0][0] > WINDOW_S:
            self._samples.popleft()
        offsets = sorted(sample[1] for sample in self._samples)
        return offsets[0], self._sigma_s(offsets, arrival_s)

    def _jumped(self, camera_s: float, offset_s: float) -> bool:
        if self._last_camera_s is None or not self._samples:
            return False
        least_s = min(sample[1] for sample in self._samples)
        return camera_s < self._last_camera_s or abs(offset_s - least_s) > JUMP_S

    def _sigma_s(self, offsets: list[float], arrival_s: float) -> float:
        """Spread of the best samples, drift over the window, and the delay nobody sees.

        With few samples the least one may still be late by the spread of all.
        """
        count = len(offsets)
        quarter = offsets[min(count - 1, max(1, count // 4))] - offsets[0] if count > 1 else 0.1
        drift_s = DRIFT * (arrival_s - self._samples[0][0])
        unseen_s = self._unseen_s / 3**0.5
        return float((quarter**2 / count + drift_s**2 + unseen_s**2) ** 0.5)
