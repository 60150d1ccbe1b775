"""The detector as two callables for the shared benchmark of heat-source detectors.

fire(frame) and signature(frame) take a 2-D array and give ([(x, y, w, h, score), ...], mask):
float32 is degrees Celsius, uint16 is centikelvin or kelvin x 64 where the whole frame is a
plausible scene and raw counts otherwise, uint8 is a picture after gain control.
"""

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.messages import Detection, HeatKind
from firmware_bridge.units import ZERO_CELSIUS_KELVIN
from onboard.detect import Detector, DetectSettings
from onboard.detect.fire import find_fires, fire_detections, kelvin_levels, relative_levels
from onboard.detect.image import finite_image, spread

Pixels = NDArray[np.generic]
Box = tuple[int, int, int, int, float]
Result = tuple[list[Box], NDArray[np.float32]]

_PLAUSIBLE_KELVIN = (233.0, 343.0)
"""A scene's median lies between -40 and 70 degrees Celsius."""


def to_kelvin(frame: Pixels) -> NDArray[np.float32] | None:
    """Kelvin of a benchmark frame, or None where no scale is plausible."""
    if frame.dtype.kind == "f":
        return frame.astype(np.float32) + np.float32(ZERO_CELSIUS_KELVIN)
    if frame.dtype.itemsize < 2:
        return None
    median = float(np.median(frame[::4, ::4].astype(np.float32)))
    for counts_per_kelvin in (100.0, 64.0):
        if _PLAUSIBLE_KELVIN[0] <= median / counts_per_kelvin <= _PLAUSIBLE_KELVIN[1]:
            return frame.astype(np.float32) / np.float32(counts_per_kelvin)
    return None


def fire(frame: Pixels) -> Result:
    """The fire branch: regions, and their own pixels as the mask."""
    kelvin = to_kelvin(frame)
    settings = DetectSettings().fire
    image = finite_image(frame if kelvin is None else kelvin)
    levels = (
        kelvin_levels(settings)
        if kelvin is not None
        else relative_levels(settings, spread(image), None)
    )
    fires = find_fires(image, levels, settings.unresolved_px)
    found = fire_detections(fires, levels, None, kelvin is not None)
    mask = np.zeros(image.shape, np.float32)
    scores = np.array([one.score for one in found], np.float32)
    mask[fires.pixels.rows, fires.pixels.columns] = scores[fires.pixels.region]
    return _boxes(found), mask


def signature(frame: Pixels) -> Result:
    """The signature branch; the mask fills each outline above half contrast."""
    kelvin = to_kelvin(frame)
    image = finite_image(frame if kelvin is None else kelvin)
    everything = Detector().detect(kelvin, frame)
    found = [one for one in everything if one.kind is HeatKind.SIGNATURE]
    mask = np.zeros(image.shape, np.float32)
    for one in found:
        x, y, w, h = one.box_px
        box = image[y : y + h, x : x + w]
        part = mask[y : y + h, x : x + w]
        part[box >= box.max() - 0.5 * one.score] = one.score
    return _boxes(found), mask


def _boxes(found: list[Detection]) -> list[Box]:
    return [(*one.box_px, one.score) for one in found]
