"""Which frames may reach the detector: not those of a closed shutter or a hung camera."""

import logging
from collections import Counter
from enum import StrEnum

import numpy as np

from onboard.camera.frame import CALIBRATED, Ffc, Frame
from onboard.camera.radiometry import saturation_mask

log = logging.getLogger(__name__)

FROZEN_AFTER = 3
"""Repetitions of the very same pixels that mean a hung camera. Thermal noise of 20 mK alters some
pixel of every frame; one or two doubles are USB's 9 Hz on a 30 Hz wire."""


class Dropped(StrEnum):
    """Why a frame was kept from the detector."""

    FFC = "ffc"
    REPEATED = "repeated"
    """The very picture before: no second look, and no vote for what the first one showed."""
    FROZEN = "frozen"
    BLANK = "blank"
    """All pixels equal: closed shutter, dead sensor."""


class CameraGate:
    """Judges frames one by one and counts."""

    def __init__(self) -> None:
        self._last: Frame | None = None
        self._repeated = 0
        self._verdict: Dropped | None = None
        self._was_saturated = False
        self.dropped: Counter[Dropped] = Counter()
        self.saturated = 0
        """Frames with at least one pixel at the camera's ceiling; they pass."""
        self.lost = 0
        """By gaps in the sequence numbers."""

    @property
    def frozen(self) -> bool:
        """Whether the camera hangs."""
        return self._verdict is Dropped.FROZEN

    def check(self, frame: Frame) -> Dropped | None:
        """Reason to drop the frame, or None: it may pass."""
        verdict = self._judge(frame)
        if verdict is not None:
            self.dropped[verdict] += 1
        else:
            self._watch_saturation(frame)
        if verdict is not self._verdict and verdict is not Dropped.REPEATED:
            log.info("%s: %s", frame.camera, f"frames dropped: {verdict}" if verdict else "good")
            self._verdict = verdict
        return verdict

    def _judge(self, frame: Frame) -> Dropped | None:
        last, self._last = self._last, frame
        if last is not None:
            self.lost += max(0, frame.sequence - last.sequence - 1)
            same = np.array_equal(last.pixels, frame.pixels)
            self._repeated = self._repeated + 1 if same else 0
        if frame.ffc is Ffc.RUNNING:
            return Dropped.FFC
        if bool((frame.pixels == frame.pixels.flat[0]).all()):
            return Dropped.BLANK
        if self._repeated >= FROZEN_AFTER:
            return Dropped.FROZEN
        return Dropped.REPEATED if self._repeated else None

    def _watch_saturation(self, frame: Frame) -> None:
        """Count and tell; only where the scale is known does a ceiling mean a temperature."""
        count = int(np.count_nonzero(saturation_mask(frame)))
        self.saturated += count > 0
        if (count > 0) != self._was_saturated and frame.radiometry in CALIBRATED:
            ends = f"{count} pixels at its ceiling: hotter than it can tell"
            log.info("%s: %s", frame.camera, ends if count else "no longer at its ceiling")
        self._was_saturated = count > 0
