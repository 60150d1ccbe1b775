"""What unlabelled pixels most likely mean, decided in the open by type and plausible range.

Sixteen bits do not say whether they are centikelvin or raw counts. An outdoor scene's median
lies between -40 and +100 C; 14-bit counts (16383 at most) cannot reach the centikelvin of that
range, 16-bit counts can, so the choice is logged with its reason and `CameraOptions.radiometry`
stands above it. 64 x kelvin is never guessed: its range overlaps that of 16-bit counts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import CameraError
from firmware_bridge.units import ZERO_CELSIUS_KELVIN
from onboard.camera.frame import MAX_PIXELS, SCALE_KELVIN, Pixels, Radiometry

SCENE_KELVIN = (233.15, 373.15)
"""Median of any outdoor scene."""

PLATEAU_PIXELS = 9
"""So many pixels at exactly the top value are a ceiling: noise of 20 mK does not repeat so."""
PLATEAU_ABOVE_KELVIN = 410.0
"""Below every known camera's ceiling (140 C and up); a cool flat scene is no saturation."""


class Choice(NamedTuple):
    """A radiometry and why it was chosen."""

    radiometry: Radiometry
    why: str


def in_scene_range(kelvin: float) -> bool:
    """Whether a median can be that of an outdoor scene."""
    return SCENE_KELVIN[0] <= kelvin <= SCENE_KELVIN[1]


def choose(pixels: Pixels, said: Radiometry | None) -> Choice:
    """Radiometry of (H, W) uint16 or float32 pixels; `said` stands above the guess."""
    if said is not None:
        return Choice(said, "the option says so")
    median = float(np.median(pixels))
    if pixels.dtype == np.float32:
        return Choice(Radiometry.CELSIUS, f"float32 with median {median:.1f}")
    if in_scene_range(median / 100):
        celsius = median / 100 - ZERO_CELSIUS_KELVIN
        return Choice(Radiometry.CENTIKELVIN, f"the median read as centikelvin is {celsius:.1f} C")
    return Choice(Radiometry.COUNTS, f"the median {median:.0f} is no scene's in centikelvin")


def as_celsius(pixels: NDArray[np.floating], name: str) -> NDArray[np.float32]:
    """(H, W) float32, Celsius from Celsius or kelvin; raises CameraError where it is neither."""
    if not np.isfinite(pixels).all():
        count = int(np.count_nonzero(~np.isfinite(pixels)))
        raise CameraError(f"{name}: {count} of {pixels.size} pixels are not numbers")
    celsius = pixels.astype(np.float32)
    median = float(np.median(celsius))
    if in_scene_range(median + ZERO_CELSIUS_KELVIN):
        return celsius
    if in_scene_range(median):
        return celsius - np.float32(ZERO_CELSIUS_KELVIN)
    raise CameraError(
        f"{name}: floating-point pixels with median {median:g} are neither Celsius nor kelvin of"
        ' an outdoor scene (the option radiometry = "celsius" takes them as they are)'
    )


def check_shape(width: int, height: int, name: str) -> None:
    """Raise CameraError unless the size is one a thermal picture can have."""
    if width < 2 or height < 2 or width * height > MAX_PIXELS:
        raise CameraError(f"{name}: {width}x{height} is no thermal picture's size")


def plateau(pixels: Pixels, radiometry: Radiometry) -> float | None:
    """Pixel value of the ceiling a calibrated picture shows by itself, or None.

    A fire never gives several pixels of exactly the same temperature; a clipped one does (the
    FLAME 3 burns: 9 to 67 pixels at exactly 500 C).
    """
    top = float(pixels.max())
    if radiometry is Radiometry.CELSIUS:
        kelvin = top + ZERO_CELSIUS_KELVIN
    elif radiometry in SCALE_KELVIN:
        kelvin = top * SCALE_KELVIN[radiometry]
    else:
        return None
    if kelvin < PLATEAU_ABOVE_KELVIN or np.count_nonzero(pixels == top) < PLATEAU_PIXELS:
        return None
    return top
