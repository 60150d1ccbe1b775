"""A microbolometer and its electronics: kelvin in, centikelvin with all their faults out.

Figures measured on real cameras: fixed pattern 70-100 mK (rows 30-80, columns 20-30), frame to
frame 20 mK with 70 % of the pixels unchanged by the temporal filter, ceiling at 187 C in high
gain, a shutter announced two seconds before and closed for about one, during which the last
picture stands. After the shutter the pattern is another one.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.units import kelvin_from_celsius
from sim.scenario import Camera

Counts = NDArray[np.uint16]
Ffc = Literal["idle", "imminent", "running"]

ROW_KELVIN, COLUMN_KELVIN, PIXEL_KELVIN = 0.050, 0.025, 0.055
NOISE_KELVIN = 0.026
"""With three pixels in ten renewed, 20 mK from frame to frame."""
RENEWED = 0.3
NOISE_BANK = 12
ANNOUNCED_S, CLOSED_S = 2.0, 1.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """One frame as it leaves the camera."""

    pixels: Counts
    """(H, W) uint16, centikelvin."""
    ffc: Ffc


class Microbolometer:
    """Keeps the pattern, the filtered noise and the last picture."""

    def __init__(self, camera: Camera, seed: int) -> None:
        self._shape = (camera.height, camera.width)
        self._rng = np.random.default_rng([seed, 4])
        self._camera = camera
        self.saturation = min(round(kelvin_from_celsius(camera.saturation_celsius) * 100), 65535)
        self._pattern = self._new_pattern()
        bank = self._rng.standard_normal((NOISE_BANK, *self._shape)).astype(np.float32)
        self._bank = bank * np.float32(NOISE_KELVIN)
        self._renew = self._rng.random((NOISE_BANK, *self._shape)) < RENEWED
        self._noise = self._bank[0].copy()
        self._last: Counts | None = None
        self._was_closed = False

    def expose(self, kelvin: NDArray[np.float32], time_s: float, frozen: bool = False) -> Exposure:
        """The frame for this scene at this simulated time."""
        ffc = self._shutter(time_s)
        if self._was_closed and ffc == "idle":
            self._pattern = 0.7 * self._pattern + 0.7 * self._new_pattern()
        self._was_closed = ffc == "running"
        if (frozen or ffc == "running") and self._last is not None:
            return Exposure(self._last, ffc)
        self._filter_noise()
        counts = (kelvin + self._pattern + self._noise) * np.float32(100)
        self._last = np.rint(np.clip(counts, 0, self.saturation)).astype(np.uint16)
        return Exposure(self._last, ffc)

    def _shutter(self, time_s: float) -> Ffc:
        since = time_s - self._camera.ffc_first_s + ANNOUNCED_S
        if since < 0:
            return "idle"
        phase = since % self._camera.ffc_period_s
        if phase < ANNOUNCED_S:
            return "imminent"
        return "running" if phase < ANNOUNCED_S + CLOSED_S else "idle"

    def _filter_noise(self) -> None:
        fresh, mask = self._rng.integers(NOISE_BANK, size=2)
        shift = int(self._rng.integers(self._shape[0]))
        values = np.roll(self._bank[fresh], shift, axis=0)
        np.copyto(self._noise, values, where=self._renew[mask])

    def _new_pattern(self) -> NDArray[np.float32]:
        height, width = self._shape
        rows = self._rng.normal(0, ROW_KELVIN, (height, 1))
        columns = self._rng.normal(0, COLUMN_KELVIN, (1, width))
        pixels = self._rng.normal(0, PIXEL_KELVIN, (height, width))
        return (rows + columns + pixels).astype(np.float32)
