"""What the forest floor and the crowns above it look like, in the thermal infrared and to the eye.

One square of the map, periodic at its borders, is made once from filtered noise and scattered
crowns; every frame is sampled from it. The crowns are a layer of their own, at their height over
the ground, so that what they hide depends on where one looks from.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Colours = NDArray[np.uint8]

SIZE_PX = 1024
PIXEL_M = 0.25
CROWN_RADIUS_M = (1.2, 3.2)
SOIL_BGR, LITTER_BGR, SNOW_BGR = (58, 82, 104), (70, 112, 138), (238, 232, 228)
CROWN_BGR, CROWN_LIGHT_BGR = (38, 66, 52), (66, 118, 96)


@dataclass(frozen=True, slots=True)
class Land:
    """All (SIZE_PX, SIZE_PX, ...); x grows east, y grows south."""

    floor_kelvin: Field
    """Over the ground's mean, in full sun."""
    cover: Field
    """Share covered by crowns."""
    crown_kelvin: Field
    """Over the crowns' mean, times that share."""
    floor_bgr: Colours
    crown_bgr: Colours
    ragged: Field
    """Mean 0, deviation 1, patches of three metres: for fronts that no ellipse ever was."""
    dapples: Field
    """Uniform 0..1, patches of 0.25 m: leaves, flames, embers."""


@lru_cache(maxsize=3)
def land(seed: int, crown_cover: float, snow: bool) -> Land:
    """The square of this seed; made once for all the cameras of a world, and never written to."""
    rng = np.random.default_rng([seed, 3])
    coarse, middle, fine = (_cloud(rng, size) for size in (40, 4, 1))
    cover = cv2.GaussianBlur(_ragged(_crowns(rng, crown_cover), rng), (3, 3), 0)
    leaves = 0.35 * _cloud(rng, 12) + 0.25 * _cloud(rng, 1.5)
    floor = 0.9 * coarse + 0.5 * middle + 0.25 * fine
    low, high = (SNOW_BGR, SNOW_BGR) if snow else (SOIL_BGR, LITTER_BGR)
    return Land(
        floor_kelvin=floor,
        cover=cover.astype(np.float32),
        crown_kelvin=(cover * leaves).astype(np.float32),
        floor_bgr=_coloured(0.5 + 0.16 * floor + 0.10 * fine, low, high),
        crown_bgr=_coloured(0.5 + 0.7 * leaves, CROWN_BGR, CROWN_LIGHT_BGR),
        ragged=_cloud(rng, 12),
        dapples=rng.random((SIZE_PX, SIZE_PX), np.float32),
    )


def _coloured(share: NDArray[np.floating], low: tuple[int, ...], high: tuple[int, ...]) -> Colours:
    share = np.clip(share, 0, 1)[..., None]
    first, last = np.array(low, np.float32), np.array(high, np.float32)
    mixed = first + (last - first) * share
    # Snow has one colour and still its shadows.
    return np.asarray(mixed * (0.9 + 0.1 * share), np.uint8)


def _cloud(rng: np.random.Generator, size_px: float) -> Field:
    """Periodic Gaussian noise of unit variance and this grain."""
    rows, columns = (
        np.exp(-((2 * np.pi * size_px * frequency) ** 2) / 2).astype(np.float32)
        for frequency in (np.fft.fftfreq(SIZE_PX), np.fft.rfftfreq(SIZE_PX))
    )
    spectrum = np.fft.rfft2(rng.standard_normal((SIZE_PX, SIZE_PX), np.float32))
    spectrum *= rows[:, None]
    spectrum *= columns
    cloud = np.fft.irfft2(spectrum)
    return np.asarray(cloud / cloud.std(), np.float32)


def _ragged(picture: Field, rng: np.random.Generator) -> Field:
    """No crown is a disc: bend the outlines by about a metre."""
    y, x = np.mgrid[0:SIZE_PX, 0:SIZE_PX].astype(np.float32)
    x += 3.0 * _cloud(rng, 5) + 1.2 * _cloud(rng, 1.5)
    y += 3.0 * _cloud(rng, 5) + 1.2 * _cloud(rng, 1.5)
    x, y = np.mod(x, SIZE_PX), np.mod(y, SIZE_PX)
    bent = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(bent, np.float32)


def _crowns(rng: np.random.Generator, cover: float) -> Field:
    """Share covered by crowns: discs thrown at random, wrapped around the borders.

    Of a plane with n discs of mean area a on a unit of area, exp(-n a) stays free.
    """
    low, high = CROWN_RADIUS_M
    mean_m2 = np.pi * (low**2 + low * high + high**2) / 3
    count = round(-np.log1p(-cover) / mean_m2 * (SIZE_PX * PIXEL_M) ** 2)
    picture = np.zeros((SIZE_PX, SIZE_PX), np.float32)
    centres = rng.uniform(0, SIZE_PX, (count, 2))
    radii = rng.uniform(*CROWN_RADIUS_M, count) / PIXEL_M
    for (x, y), radius in zip(centres, radii, strict=True):
        for dx in (-SIZE_PX, 0, SIZE_PX):
            for dy in (-SIZE_PX, 0, SIZE_PX):
                centre = (round(x + dx), round(y + dy))
                if all(-radius < c < SIZE_PX + radius for c in centre):
                    cv2.circle(picture, centre, round(radius), 1.0, -1)
    return picture
