"""Kelvin from pixels, where the camera is calibrated; an honest None where it is not."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.units import ZERO_CELSIUS_KELVIN
from onboard.camera.frame import SCALE_KELVIN, Frame, Radiometry


class Kelvin(NamedTuple):
    """Temperatures of one frame."""

    pixels: NDArray[np.float32] | None
    """(H, W) float32, kelvin; None: the camera is relative."""
    saturated: NDArray[np.bool_]
    """(H, W) bool; where True the temperature is at least the one given."""


def to_kelvin(frame: Frame) -> Kelvin:
    """Temperatures of a frame, and where they are only a lower bound."""
    saturated = saturation_mask(frame)
    if frame.radiometry is Radiometry.CELSIUS:
        offset = np.float32(ZERO_CELSIUS_KELVIN)
        return Kelvin(np.add(frame.pixels, offset, dtype=np.float32), saturated)
    scale = SCALE_KELVIN.get(frame.radiometry)
    if scale is None:
        return Kelvin(None, saturated)
    return Kelvin(np.multiply(frame.pixels, np.float32(scale), dtype=np.float32), saturated)


def saturation_mask(frame: Frame) -> NDArray[np.bool_]:
    """(H, W) bool, True where the pixel is at the camera's ceiling or at the sample's top."""
    limit = frame.saturation
    if limit is None:
        if frame.radiometry is Radiometry.AGC:  # white is the gain control's choice
            return np.zeros(frame.pixels.shape, np.bool_)
        limit = 65535.0
    return np.asarray(frame.pixels >= limit, dtype=np.bool_)
