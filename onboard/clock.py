"""Host time: monotonic seconds inside, UTC outside, and the step of a host clock noticed.

UTC is the wall clock at an anchor plus monotonic time since, so that it never jumps between two
frames. A wall clock that is set later (NTP after the start, a person) moves the anchor, once,
with a line in the log. Anchors are recorded, so that a replay gives the same UTC.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from firmware_bridge.units import utc_from_unix_us

logger = logging.getLogger(__name__)

STEP_S = 0.25
"""Difference that is a step: slewing by NTP moves 0.5 ms a second at most, far less in a look."""
_TRIES, _AT_ONCE_S = 10, 0.01


@dataclass(frozen=True, slots=True)
class ClockAnchor:
    """Monotonic and wall time of one instant."""

    time_s: float
    unix_us: int

    def utc(self, time_s: float) -> datetime:
        """UTC of a monotonic time."""
        return utc_from_unix_us(self.unix_us + round((time_s - self.time_s) * 1e6))


def both_clocks(
    monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
) -> tuple[float, float]:
    """Monotonic and wall time of one instant: a thread held up between the two looks again.

    On a busy board half a second may pass there, and would look like a clock that was set.
    """
    for _ in range(_TRIES):
        time_s, unix_s = monotonic(), wall()
        if monotonic() - time_s < _AT_ONCE_S:
            break
    return time_s, unix_s


class HostClock:
    """The anchor in force, and when it last had to be moved."""

    def __init__(self, time_s: float, unix_s: float) -> None:
        self.anchor = ClockAnchor(time_s, round(unix_s * 1e6))
        self.jumped_s: float | None = None
        """Monotonic time of the last step; None when there was none."""

    def utc(self, time_s: float) -> datetime:
        """UTC of a monotonic time."""
        return self.anchor.utc(time_s)

    def look(self, time_s: float, unix_s: float) -> ClockAnchor | None:
        """Compare both clocks read at once; the new anchor when the wall clock was set."""
        expected_s = self.anchor.unix_us / 1e6 + time_s - self.anchor.time_s
        step_s = unix_s - expected_s
        if abs(step_s) < STEP_S:
            return None
        self.anchor = ClockAnchor(time_s, round(unix_s * 1e6))
        self.jumped_s = time_s
        logger.warning("host clock was set by %+.3f s to %s UTC: later reports carry it",
                       step_s, self.utc(time_s).strftime("%Y-%m-%d %H:%M:%S"))  # fmt: skip
        return self.anchor
