"""A regular grid of elevation posts in latitude and longitude, and its bilinear surface.

Posts are points, not areas: row 0, column 0 is the north-west post, and the surface reaches
from the first post to the last. A post that is NaN, or below -9000 m as the void marks of the
usual products are (-32768, -9999), is a void; no surface exists in the cells around it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.earth import FloatArray

Posts = NDArray[np.int16 | np.float32]

VOID_BELOW_M = -9000.0
"""No land lies so low (the Dead Sea's shore: -430 m), and every void mark does."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Elevation posts with their place on the earth."""

    posts: Posts
    """(rows, columns), metres AMSL (EGM96), any byte order; may be a mapped file."""
    north_deg: float
    """Latitude of row 0."""
    west_deg: float
    """Longitude of column 0."""
    step_lat_deg: float
    """Between rows, positive, southward."""
    step_lon_deg: float
    """Between columns, positive, eastward."""

    @property
    def cells(self) -> tuple[int, int]:
        """Cells, not posts: (rows, columns)."""
        return self.posts.shape[0] - 1, self.posts.shape[1] - 1

    def position(self, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Row and column, fractional, post (0, 0) at (0.0, 0.0); the antimeridian is no border."""
        row = (self.north_deg - lat_deg) / self.step_lat_deg
        # Half a degree of room to the west, so that a point a rounding error off stays near 0.
        column = ((lon_deg - self.west_deg + 0.5) % 360 - 0.5) / self.step_lon_deg
        return row, column

    def covers(
        self, lat_deg: FloatArray, lon_deg: FloatArray, slack_posts: float = 0.0
    ) -> NDArray[np.bool_]:
        """Whether the grid reaches there, edges included, and `slack_posts` over them."""
        row, column = self.position(lat_deg, lon_deg)
        rows, columns = (count + slack_posts for count in self.cells)
        inside: NDArray[np.bool_] = (
            (row >= -slack_posts) & (row <= rows) & (column >= -slack_posts) & (column <= columns)
        )
        return inside

    def cell(
        self, row: FloatArray, column: FloatArray
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The cell around a position; the nearest one for a position on or over the edge."""
        rows, columns = self.cells
        return (
            np.clip(np.floor(row).astype(np.intp), 0, rows - 1),
            np.clip(np.floor(column).astype(np.intp), 0, columns - 1),
        )

    def corners(
        self, row: NDArray[np.intp], column: NDArray[np.intp]
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """North-west, north-east, south-west and south-east post of cells, metres, voids as is."""
        flat = self.posts.reshape(-1)
        index = row * self.posts.shape[1] + column
        below = index + self.posts.shape[1]
        return (
            flat[index].astype(np.float64),
            flat[index + 1].astype(np.float64),
            flat[below].astype(np.float64),
            flat[below + 1].astype(np.float64),
        )

    def height_amsl_m(self, lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray:
        """Bilinear height at points that `covers` answers for; NaN beside a void."""
        row, column = self.position(lat_deg, lon_deg)
        cell_row, cell_column = self.cell(row, column)
        nw, ne, sw, se = self.corners(cell_row, cell_column)
        south, east = row - cell_row, column - cell_column
        height = (nw * (1 - east) + ne * east) * (1 - south) + (sw * (1 - east) + se * east) * south
        return np.where(solid(nw, ne, sw, se), height, np.nan)


def solid(*corners: FloatArray) -> NDArray[np.bool_]:
    """Whether every corner of a cell holds a height."""
    lowest = np.minimum.reduce(corners)  # a NaN wins, and then compares false
    result: NDArray[np.bool_] = lowest > VOID_BELOW_M
    return result
