"""Fires: an absolute test or a contextual one, then growth by hysteresis.

1. A pixel is a candidate when it is sure (`absolute`), or stands out of the coarse background.
2. The background of each candidate region comes from a window that grows around it and leaves all
   candidates out (VIIRS 375 m's shape: Schroeder et al. 2014), so a front does not eat itself.
3. A region is a fire when its peak is sure, or when it passes the contextual floor and is either
   too hot for the sun or no larger than one point source looks through the lens. A broad, tepid
   region is a rock or a roof.
4. A sure fire keeps its pixels over `grow`, another one those over half its contrast.

Without calibration the same test runs in robust deviations of the frame.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.messages import Detection, HeatKind
from onboard.detect.background import Surroundings, coarse_background
from onboard.detect.image import Image, Spread
from onboard.detect.regions import MarkedPixels, Values, centre_of, marked_pixels
from onboard.detect.settings import FireSettings

_JOIN_PX = 2
_LEAST_PLATEAU_PX = 4


@dataclass(frozen=True, slots=True)
class FireLevels:
    """The thresholds in the unit of one frame."""

    absolute: float
    grow: float
    sunlit: float
    candidate: float
    """Over the coarse background; below every floor."""
    floor: float
    contrast: float
    deviations: float
    sunny_floor: float
    warm_scene: tuple[float, float]

    def contextual_floor(self, mean: Values, deviation: Values) -> Values:
        """(N,) what a peak must exceed over backgrounds of this mean and deviation."""
        over = mean + np.maximum(self.contrast, self.deviations * deviation)
        sunny = np.interp(mean, self.warm_scene, (0.0, 1.0))
        floor = np.maximum(over, self.floor)
        return np.asarray(floor + sunny * np.maximum(self.sunny_floor - floor, 0.0))


def kelvin_levels(settings: FireSettings) -> FireLevels:
    """Thresholds of a calibrated frame."""
    return FireLevels(
        absolute=settings.absolute_kelvin,
        grow=settings.grow_kelvin,
        sunlit=settings.sunlit_kelvin,
        candidate=settings.contextual_contrast_kelvin * 0.5,
        floor=settings.contextual_floor_kelvin,
        contrast=settings.contextual_contrast_kelvin,
        deviations=settings.contextual_deviations,
        sunny_floor=settings.sunny_floor_kelvin,
        warm_scene=settings.warm_scene_kelvin,
    )


def relative_levels(settings: FireSettings, frame: Spread, ceiling: float | None) -> FireLevels:
    """Thresholds of an uncalibrated frame; its declared ceiling is the one sure thing."""
    contrast = settings.relative_deviations * max(frame.deviation, frame.noise, 1.0)
    sure = frame.median + 2.0 * contrast
    if ceiling is not None:
        sure = min(sure, ceiling)
    return FireLevels(
        absolute=sure,
        grow=min(frame.median + contrast, sure),
        sunlit=min(frame.median + 2.0 * contrast, sure),
        candidate=contrast * 0.5,
        floor=frame.median + contrast,
        contrast=contrast,
        deviations=settings.contextual_deviations,
        sunny_floor=sure,
        warm_scene=(1e30, 2e30),
    )


@dataclass(frozen=True, slots=True)
class Fires:
    """The fires of one frame: pixels, their regions and the background of each region."""

    pixels: MarkedPixels
    background: Values
    """(count,) mean around the region; NaN where the frame shows none."""


def find_fires(image: Image, levels: FireLevels, unresolved_px: int) -> Fires:
    """Every burning region of a frame (H, W) in the unit of `levels`."""
    candidates = _candidates(image, levels)
    if not candidates.any():
        return Fires(marked_pixels(image, candidates), np.empty(0))
    surroundings = Surroundings(image, candidates)
    pixels = marked_pixels(image, candidates)
    peak = pixels.values[pixels.peaks()]
    mean, deviation = _around_peaks(surroundings, pixels)
    sure = peak >= levels.absolute
    half = np.where(np.isnan(mean), np.inf, 0.5 * (peak + mean))
    level = np.where(sure, np.fmin(levels.grow, peak), half)
    grown = pixels.keep(pixels.values >= level[pixels.region])
    small = grown.areas() <= unresolved_px
    contextual = (peak >= levels.contextual_floor(mean, deviation)) & (
        small | (peak >= levels.sunlit)
    )
    fire = sure | contextual  # NaN background: the comparison is False, the sure ones remain
    burning = np.zeros_like(candidates)
    kept = grown.keep(fire[grown.region])
    burning[kept.rows, kept.columns] = 1
    joined = marked_pixels(image, burning, _JOIN_PX)
    return Fires(joined, _around_peaks(surroundings, joined)[0])


def _candidates(image: Image, levels: FireLevels) -> NDArray[np.uint8]:
    lowest = min(levels.floor, levels.absolute)
    if cv2.minMaxLoc(image)[1] < lowest:
        return np.zeros(image.shape, np.uint8)
    above = image - coarse_background(image, levels.grow)
    marked = (above > np.float32(levels.candidate)) & (image >= np.float32(lowest))
    marked |= image >= np.float32(levels.grow)
    return marked.view(np.uint8)


def _around_peaks(surroundings: Surroundings, pixels: MarkedPixels) -> tuple[Values, Values]:
    peaks = pixels.peaks()
    return surroundings.around(
        pixels.columns[peaks].astype(np.float64), pixels.rows[peaks].astype(np.float64)
    )


def undeclared_ceiling(image: Image, levels: FireLevels) -> float | None:
    """The frame's maximum where a plateau of burning pixels shares it exactly: a clipped camera.

    A quantised sensor does not repeat its highest value by chance in several pixels.
    """
    highest = float(cv2.minMaxLoc(image)[1])
    if highest < levels.absolute:
        return None
    shared = int(np.count_nonzero(image == np.float32(highest)))
    return highest if shared >= _LEAST_PLATEAU_PX else None


def fire_detections(
    fires: Fires, levels: FireLevels, ceiling: float | None, calibrated: bool
) -> list[Detection]:
    """One detection a region; score and contrast over the window's mean."""
    pixels = fires.pixels
    found = []
    for region, inside in enumerate(pixels.by_region()):
        columns, rows, values = pixels.columns[inside], pixels.rows[inside], pixels.values[inside]
        peak, mean = float(values.max()), float(fires.background[region])
        known = bool(np.isfinite(mean))
        u, v = centre_of(columns, rows, values - (mean if known else float(values.min())))
        left, top = int(columns.min()), int(rows.min())
        box = (left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1)
        found.append(
            Detection(
                kind=HeatKind.FIRE,
                u_px=u,
                v_px=v,
                box_px=box,
                area_px=int(columns.size),
                score=peak - (mean if known else levels.grow),
                peak_kelvin=peak if calibrated else None,
                contrast_kelvin=peak - mean if calibrated and known else None,
                saturated=ceiling is not None and peak >= ceiling,
            )
        )
    return found
