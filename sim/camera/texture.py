"""What the forest floor and the crowns above it look like in the thermal infrared, repeated.

One square of the map, periodic at its borders, is made once from filtered noise and scattered
crowns; every frame is sampled from it. Values are kelvin relative to the air.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE_PX = 1024
PIXEL_M = 0.25
CROWNS_PER_M2 = 0.018
CROWN_RADIUS_M = (1.2, 3.2)
FLOOR_KELVIN, CROWN_KELVIN = 1.5, -0.8
"""Sunlit litter is warmer than the air, transpiring leaves a little cooler."""


def forest(seed: int) -> NDArray[np.float32]:
    """(SIZE_PX, SIZE_PX) float32, kelvin over the air; x grows east, y grows south."""
    rng = np.random.default_rng([seed, 3])
    floor = FLOOR_KELVIN + 0.9 * _cloud(rng, 40) + 0.5 * _cloud(rng, 4) + 0.25 * _cloud(rng, 1)
    crowns = CROWN_KELVIN + 0.35 * _cloud(rng, 12) + 0.25 * _cloud(rng, 1.5)
    cover = cv2.GaussianBlur(_ragged(_crowns(rng), rng), (3, 3), 0)
    return np.asarray(floor * (1 - cover) + crowns * cover, np.float32)


def _cloud(rng: np.random.Generator, size_px: float) -> NDArray[np.float64]:
    """Periodic Gaussian noise of unit variance and this grain."""
    frequency = np.fft.fftfreq(SIZE_PX)
    squared = frequency[:, None] ** 2 + np.fft.rfftfreq(SIZE_PX)[None, :] ** 2
    spectrum = np.fft.rfft2(rng.standard_normal((SIZE_PX, SIZE_PX)))
    cloud = np.fft.irfft2(spectrum * np.exp(-squared * (2 * np.pi * size_px) ** 2 / 2))
    return np.asarray(cloud / cloud.std())


def _ragged(picture: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """No crown is a disc: bend the outlines by about a metre."""
    y, x = np.mgrid[0:SIZE_PX, 0:SIZE_PX].astype(np.float64)
    x += 3.0 * _cloud(rng, 5) + 1.2 * _cloud(rng, 1.5)
    y += 3.0 * _cloud(rng, 5) + 1.2 * _cloud(rng, 1.5)
    x, y = np.mod(x, SIZE_PX).astype(np.float32), np.mod(y, SIZE_PX).astype(np.float32)
    bent = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(bent, np.float32)


def _crowns(rng: np.random.Generator) -> NDArray[np.float32]:
    """Share covered by crowns: soft discs, wrapped around the borders."""
    count = int(CROWNS_PER_M2 * (SIZE_PX * PIXEL_M) ** 2)
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
