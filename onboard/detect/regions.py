"""Marked pixels gathered into regions, kept as a short list of pixels instead of a frame."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from onboard.detect.image import Image

Mask = NDArray[np.uint8]
Index = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MarkedPixels:
    """The N marked pixels of a frame and the region (0 .. count - 1) each belongs to."""

    rows: Index
    columns: Index
    values: Values
    region: Index
    count: int

    def keep(self, pixels: NDArray[np.bool_]) -> "MarkedPixels":
        """The pixels marked True, regions numbered as before."""
        return MarkedPixels(
            self.rows[pixels],
            self.columns[pixels],
            self.values[pixels],
            self.region[pixels],
            self.count,
        )

    def areas(self) -> Index:
        """(count,) pixels of each region."""
        return np.bincount(self.region, minlength=self.count)

    def peaks(self) -> Index:
        """(count,) place in the list of each region's first highest pixel; none is empty."""
        highest = np.full(self.count, -np.inf)
        np.maximum.at(highest, self.region, self.values)
        backwards = np.flatnonzero(self.values == highest[self.region])[::-1]
        places = np.zeros(self.count, np.int64)
        places[self.region[backwards]] = backwards  # the last written stays: the first in order
        return places

    def by_region(self) -> list[Index]:
        """For each region, the places of its pixels in the list, in order."""
        order = np.argsort(self.region, kind="stable")
        bounds = np.searchsorted(self.region[order], np.arange(1, self.count))
        return np.split(order, bounds) if self.count else []


def marked_pixels(image: Image, mask: Mask, join_px: int = 0) -> MarkedPixels:
    """Regions of non-zero `mask`; regions closer than about 2 `join_px` become one."""
    reach = np.ones((2 * join_px + 1, 2 * join_px + 1), np.uint8)
    joined = cv2.dilate(mask, reach) if join_px > 0 else mask
    count, labels = cv2.connectedComponents(joined, connectivity=8, ltype=cv2.CV_32S)
    rows, columns = marked_places(mask)
    values, region = image[rows, columns], labels[rows, columns]
    return MarkedPixels(
        rows, columns, values.astype(np.float64), region.astype(np.int64) - 1, int(count) - 1
    )


def marked_places(mask: Mask) -> tuple[Index, Index]:
    """Rows and columns of non-zero pixels; findNonZero is six times as fast as numpy's here."""
    places = cv2.findNonZero(mask)
    if places is None:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    points = places.reshape(-1, 2).T.astype(np.int64)
    return points[1], points[0]


def centre_of(columns: Index, rows: Index, weights: Values) -> tuple[float, float]:
    """u, v: the weighted centre, or the marked pixel next to it where a front bends around it."""
    weights = np.maximum(weights, 0.0) + 1e-6
    total = weights.sum()
    # Clipped, because sums round past the edge.
    u = float(np.clip((columns * weights).sum() / total, columns.min(), columns.max()))
    v = float(np.clip((rows * weights).sum() / total, rows.min(), rows.max()))
    nearest = int(np.argmin((columns - u) ** 2 + (rows - v) ** 2))
    if max(abs(columns[nearest] - u), abs(rows[nearest] - v)) > 0.75:
        return float(columns[nearest]), float(rows[nearest])
    return u, v
