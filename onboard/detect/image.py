"""Pixels made safe to compute with, and the robust scale of an uncalibrated frame."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
"""(H, W) float32, kelvin or counts."""

_MAD_TO_SIGMA = 1.4826


def finite_image(pixels: NDArray[np.generic]) -> Image:
    """(H, W) float32 without NaN or infinity: those become the median of the rest."""
    if pixels.ndim != 2 or pixels.size == 0:
        raise ValueError(f"a frame has two dimensions and at least one pixel, not {pixels.shape}")
    image = np.ascontiguousarray(pixels, np.float32)
    if np.isfinite(cv2.sumElems(image)[0]):  # one pass; the search for the culprit only if needed
        return image
    bad = ~np.isfinite(image)
    if not bad.any():
        return image
    fill = np.float32(np.median(image[~bad]) if not bad.all() else 0)
    return np.where(bad, fill, image).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Spread:
    """Robust statistics of one frame, in the frame's own unit."""

    median: float
    deviation: float
    """1.4826 x median absolute deviation."""
    noise: float
    """Pixel to pixel: the same over differences of neighbours, for one pixel."""


def spread(image: Image) -> Spread:
    """Statistics over at most about 20 000 pixels spread over the frame."""
    step = max(1, int((image.size / 20_000) ** 0.5))
    sample = image[::step, ::step].ravel()
    median = float(np.median(sample))
    deviation = _MAD_TO_SIGMA * float(np.median(np.abs(sample - median)))
    noise = 0.0
    if image.shape[1] > 1:
        steps = np.abs(image[::step, 1::step] - image[::step, :-1:step])
        noise = _MAD_TO_SIGMA * float(np.median(steps)) / 2**0.5
    return Spread(median, deviation, noise)
