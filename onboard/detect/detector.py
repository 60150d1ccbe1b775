"""Both branches on one frame."""

import math

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.messages import Detection
from onboard.detect import fire, signature
from onboard.detect.image import Image, Spread, finite_image, spread
from onboard.detect.settings import DetectSettings

_HALO_RADII = 3.0


class Detector:
    """Finds fires and signatures; holds its settings only."""

    def __init__(self, settings: DetectSettings | None = None) -> None:
        self._settings = settings if settings is not None else DetectSettings()

    def detect(
        self,
        kelvin: NDArray[np.float32] | None,
        counts: NDArray[np.generic],
        *,
        ceiling: float | None = None,
        gsd_m: float | None = None,
    ) -> list[Detection]:
        """Fires, then signatures, the most urgent of each first.

        `kelvin` (H, W) or None when the camera has no calibration; then `counts` (H, W) decides.
        `ceiling` is where the camera saturates: kelvin if `kelvin` is given, else counts; at or
        above it the truth is "at least". `gsd_m` is the ground sample distance, metres a pixel.
        A frame of 8 bits has been through gain control: its white is no ceiling of heat.
        Raises ValueError for an array that is no picture, or a `gsd_m` that is no distance.
        """
        if gsd_m is not None and not gsd_m > 0:
            raise ValueError(f"ground sample distance of {gsd_m} m")
        calibrated = kelvin is not None
        image = finite_image(counts if kelvin is None else kelvin)
        if not calibrated and counts.dtype.itemsize == 1:
            ceiling = None
        frame = spread(image)
        fires = self._fires(image, frame, ceiling, calibrated)
        return fires + self._signatures(image, frame, ceiling, calibrated, gsd_m, fires)

    def _fires(
        self, image: Image, frame: Spread, ceiling: float | None, calibrated: bool
    ) -> list[Detection]:
        settings = self._settings.fire
        if not settings.enabled:
            return []
        levels = (
            fire.kelvin_levels(settings)
            if calibrated
            else fire.relative_levels(settings, frame, ceiling)
        )
        fires = fire.find_fires(image, levels, settings.unresolved_px)
        if calibrated and ceiling is None and fires.pixels.count:
            ceiling = fire.undeclared_ceiling(image, levels)
        found = fire.fire_detections(fires, levels, ceiling, calibrated)
        found.sort(key=lambda one: (-one.score, -one.area_px, one.box_px))
        return found[: settings.max_regions]

    def _signatures(
        self,
        image: Image,
        frame: Spread,
        ceiling: float | None,
        calibrated: bool,
        gsd_m: float | None,
        fires: list[Detection],
    ) -> list[Detection]:
        settings = self._settings.signature
        if not settings.enabled:
            return []
        contrast = settings.noise_deviations * frame.noise
        if calibrated:
            contrast = max(contrast, settings.contrast_kelvin)
        else:
            contrast = max(contrast, settings.relative_deviations * frame.deviation, 2.0)
        peaks = signature.find_signatures(image, contrast, frame.noise, settings, gsd_m)
        found = signature.signature_detections(peaks, image.shape, ceiling, calibrated)
        farthest_px = settings.fire_halo_m / gsd_m if gsd_m else settings.max_size_px
        return [one for one in found if not any(_is_of_fire(one, f, farthest_px) for f in fires)]


def _is_of_fire(one: Detection, fire: Detection, farthest_px: float) -> bool:
    """Whether it touches the fire or lies in the ash and heated ground around it."""
    halo_px = min(_HALO_RADII * math.sqrt(fire.area_px / math.pi), farthest_px)
    away_px = math.hypot(one.u_px - fire.u_px, one.v_px - fire.v_px)
    return away_px <= halo_px or _touch(one.box_px, fire.box_px)


def _touch(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Boxes overlap or lie within 2 px: a flame's glow is no second thing."""
    apart_x = max(one[0] - other[0] - other[2], other[0] - one[0] - one[2])
    apart_y = max(one[1] - other[1] - other[3], other[1] - one[1] - one[3])
    return apart_x < 2 and apart_y < 2
