"""The park's ground in local metres: heights, and where it pushes whoever walks.

Places are complex numbers, east + i north in metres of the centre. A walker is pushed down the
slope, so that ways follow valleys, and away from the sea; a boat towards the sea.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.geodesy import metres_per_degree
from sim.world import relief

Places = NDArray[np.complex128]
Push = NDArray[np.complex64]

TILE = 43, 131
CENTRE = 43.40, 131.45
SMOOTH_POSTS = 2.5
"""Nobody turns round for a hollow of a few metres."""
SHORE_POSTS = 4.0
SLOPE_TURNS = 0.12
"""A slope of this much (m/m) pushes half as strongly as a wall."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """One degree square."""

    heights_m: NDArray[np.float32]
    """(H, W) AMSL, 0 at sea; first row is the north edge."""
    land_push: Push
    """(H, W) towards where a walker is drawn, length below 1 on land."""
    sea_push: Push
    """(H, W) the same for a boat."""
    from_sea_m: NDArray[np.float32]
    """(H, W) distance to the nearest water; 0 at sea."""
    from_land_m: NDArray[np.float32]

    def lat_lon(self, places: Places) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Degrees."""
        lat = CENTRE[0] + places.imag / _PER_LAT_M
        return lat, CENTRE[1] + places.real / _per_lon_m(lat)

    def index(self, places: Places) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and column of the nearest post; those outside are taken to the edge."""
        row, column = self._posts(places)
        last = self.heights_m.shape[0] - 1
        return (
            np.clip(np.rint(row), 0, last).astype(np.intp),
            np.clip(np.rint(column), 0, last).astype(np.intp),
        )

    def height_m(self, places: Places) -> NDArray[np.float64]:
        """(N,) metres AMSL, bilinear."""
        row, column = self._posts(places)
        last = self.heights_m.shape[0] - 2
        i = np.clip(row.astype(np.intp), 0, last)
        j = np.clip(column.astype(np.intp), 0, last)
        f, g, h = row - i, column - j, self.heights_m
        north = h[i, j] * (1 - g) + h[i, j + 1] * g
        south = h[i + 1, j] * (1 - g) + h[i + 1, j + 1] * g
        return np.asarray(north * (1 - f) + south * f, np.float64)

    def places(self) -> Places:
        """(H, W) where the posts are."""
        last = self.heights_m.shape[0] - 1
        steps = np.arange(last + 1) / last
        lat, lon = TILE[0] + 1 - steps, TILE[1] + steps
        north = (lat - CENTRE[0]) * _PER_LAT_M
        east = (lon[None, :] - CENTRE[1]) * _per_lon_m(lat)[:, None]
        return np.asarray(east + 1j * north[:, None], np.complex128)

    def _posts(self, places: Places) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        lat, lon = self.lat_lon(places)
        last = self.heights_m.shape[0] - 1
        return (TILE[0] + 1 - lat) * last, (lon - TILE[1]) * last


_PER_LAT_M = metres_per_degree(CENTRE[0])[0]


def _per_lon_m(lat_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of a degree of longitude, as far as the places need it: they are the truth themselves."""
    scale = np.cos(np.radians(lat_deg)) / np.cos(np.radians(CENTRE[0]))
    return np.asarray(metres_per_degree(CENTRE[0])[1] * scale)


def make_ground(seed: int) -> Ground:
    """The generated hills of that seed, coarse; about a second."""
    heights = relief.tile(*TILE, seed, relief.COARSE_POSTS).astype(np.float32)
    dry = (heights > 0).astype(np.uint8)
    post_m = _PER_LAT_M / (relief.COARSE_POSTS - 1)
    from_sea = cv2.distanceTransform(dry, cv2.DIST_L2, 5) * post_m
    from_land = cv2.distanceTransform(1 - dry, cv2.DIST_L2, 5) * post_m
    slope = _gradient(heights, SMOOTH_POSTS, post_m)
    downhill = -slope / (np.abs(slope) + SLOPE_TURNS)
    inland = _gradient(dry.astype(np.float32), SHORE_POSTS, 1.0) * 8
    wide = _gradient(dry.astype(np.float32), 3 * SHORE_POSTS, 1.0) * 8
    return Ground(
        heights,
        (downhill * dry + inland).astype(np.complex64),
        (-2 * (inland + 3 * wide)).astype(np.complex64),
        np.asarray(from_sea, np.float32),
        np.asarray(from_land, np.float32),
    )


def _gradient(
    field: NDArray[np.float32], blur_posts: float, post_m: float
) -> NDArray[np.complex128]:
    """Of the smoothed field: east + i north; posts are narrower to the east than to the north."""
    smooth = np.asarray(cv2.GaussianBlur(field, (0, 0), blur_posts), np.float64)
    south, east = np.gradient(smooth, post_m)
    return np.asarray(east / np.cos(np.radians(CENTRE[0])) - 1j * south)
