"""A microbolometer and its electronics: kelvin in, pixels with all their faults out.

Figures measured on real cameras: fixed pattern 70-100 mK (rows 30-80, columns 20-30), frame to
frame 20 mK with 70 % of the pixels unchanged by the temporal filter, ceiling at 187 C in high
gain and 500 C in low, a shutter announced two seconds before and closed for about one, during
which the last picture stands. After the shutter the pattern is another one.

Out come centikelvin (TLinear), 14-bit counts that are linear in radiance and stand for nothing
else, or the 8-bit picture that the gain control makes of those.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.units import kelvin_from_celsius
from sim.camera.radiance import radiance
from sim.tables.camera import Camera

Field = NDArray[np.float32]
Pixels = NDArray[np.uint16] | NDArray[np.uint8]
Ffc = Literal["idle", "imminent", "running"]

ROW_KELVIN, COLUMN_KELVIN, PIXEL_KELVIN = 0.050, 0.025, 0.055
NOISE_KELVIN = 0.026
"""With three pixels in ten renewed, 20 mK from frame to frame."""
LOW_GAIN_NOISE = 3.0
RENEWED = 0.3
NOISE_BANK = 12
ANNOUNCED_S, CLOSED_S = 2.0, 1.0
COUNTS_AT_ZERO, COUNTS_MOST = 2000.0, 16383
"""Of 14 bits, between no radiance at all and the ceiling."""
AGC_TAILS = 0.01, 0.995
AGC_LEAST_KELVIN = 3.0
"""A flat scene is not stretched into noise beyond this span."""
AGC_FOLLOWS = 0.12
"""Of the way to a new scene's span, in each frame."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """One frame as it leaves the camera."""

    pixels: Pixels
    """(H, W) uint16, centikelvin or counts, or uint8."""
    ffc: Ffc


class Microbolometer:
    """Keeps the pattern, the filtered noise and the last picture."""

    def __init__(self, camera: Camera, seed: int) -> None:
        self._shape = (camera.height, camera.width)
        self._rng = np.random.default_rng([seed, 4])
        self._camera = camera
        ceiling = kelvin_from_celsius(camera.ceiling_celsius)
        self._counts_per_radiance = (COUNTS_MOST - COUNTS_AT_ZERO) / float(radiance(ceiling))
        self.saturation: int | None = {
            "centikelvin": min(round(ceiling * 100), 65535), "counts": COUNTS_MOST, "agc": None,
        }[camera.output]  # fmt: skip
        """Pixel value at and above which the temperature is unknown."""
        self._noisy = np.float32(LOW_GAIN_NOISE if camera.gain == "low" else 1.0)
        self._pattern = self._new_pattern()
        bank = self._rng.standard_normal((NOISE_BANK, *self._shape)).astype(np.float32)
        bank *= np.float32(NOISE_KELVIN) * self._noisy
        # Twice over in height, so that a shifted field is a view.
        self._bank = np.concatenate([bank, bank], axis=1)
        self._renew = (self._rng.random((NOISE_BANK, *self._shape)) < RENEWED).astype(np.uint8)
        self._noise = bank[0].copy()
        self._felt = np.empty(self._shape, np.float32)
        self._span: tuple[float, float] | None = None
        self._last: Pixels | None = None
        self._was_closed = False

    def expose(self, kelvin: Field, time_s: float, frozen: bool = False) -> Exposure:
        """The frame for this scene at this simulated time."""
        ffc = self._shutter(time_s)
        if self._was_closed and ffc == "idle":
            self._pattern = 0.7 * self._pattern + 0.7 * self._new_pattern()
        self._was_closed = ffc == "running"
        if (frozen or ffc == "running") and self._last is not None:
            return Exposure(self._last, ffc)
        self._filter_noise()
        np.add(kelvin, self._pattern, out=self._felt)
        self._felt += self._noise
        self._last = self._read_out()
        return Exposure(self._last, ffc)

    def _read_out(self) -> Pixels:
        felt = self._felt
        if self._camera.output == "centikelvin":
            felt *= np.float32(100)
            return _rounded(felt, self.saturation or 65535)
        if self._camera.output == "counts":
            counts = radiance(felt) * np.float32(self._counts_per_radiance)
            return _rounded(counts + np.float32(COUNTS_AT_ZERO), COUNTS_MOST)
        return self._controlled(np.minimum(felt, kelvin_from_celsius(self._camera.ceiling_celsius)))

    def _controlled(self, felt: Field) -> NDArray[np.uint8]:
        """Linear gain control: the span between the tails of the histogram, slowly followed."""
        low, high = (float(q) for q in np.quantile(felt[::4, ::4], AGC_TAILS))
        high = max(high, low + AGC_LEAST_KELVIN)
        if self._span is not None:
            low = self._span[0] + AGC_FOLLOWS * (low - self._span[0])
            high = self._span[1] + AGC_FOLLOWS * (high - self._span[1])
        self._span = low, high
        gain = 255 / (high - low)
        return np.asarray(np.clip((felt - low) * gain, 0, 255), np.uint8)

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
        values = self._bank[fresh, shift : shift + self._shape[0]]
        cv2.copyTo(values, self._renew[mask], self._noise)

    def _new_pattern(self) -> Field:
        height, width = self._shape
        rows = self._rng.normal(0, ROW_KELVIN, (height, 1))
        columns = self._rng.normal(0, COLUMN_KELVIN, (1, width))
        pixels = self._rng.normal(0, PIXEL_KELVIN, (height, width))
        return (rows + columns + pixels).astype(np.float32) * self._noisy


def _rounded(values: Field, most: int) -> NDArray[np.uint16]:
    """To the nearest count; a plateau at the ceiling, never an overflow."""
    np.rint(values, out=values)
    np.clip(values, 0, most, out=values)
    return values.astype(np.uint16)
