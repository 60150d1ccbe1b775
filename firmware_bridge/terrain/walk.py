"""The walk of many rays through the cells of one grid, in lock step.

Every round, each ray that still goes looks at the cell it is in. With x, y the place within the
cell, the surface is nw + a x + b y + c x y; on the ray x, y and the height are linear in the
distance s walked inside the cell (the height keeps its bend), which leaves the quadratic
A s^2 + B s + C for the height of the ray over the ground. Its smaller positive root is
2 C / (sqrt(B^2 - 4 A C) - B) whatever the sign of A, and stays accurate as A goes to 0. Without
a root before the ray leaves the cell, it goes on in the neighbour across the border that it
meets first. (Traversal after Amanatides and Woo, "A fast voxel traversal algorithm", 1987.)

Bearings and borders are taken anew from the curved path in each cell: over 30 m a tangent is
0.14 mm off, and the next cell corrects it.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.earth import FloatArray
from firmware_bridge.terrain.grid import Grid, solid
from firmware_bridge.terrain.path import Paths, at

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_WALL_M = 0.05
"""A ray that enters a grid deeper under the ground meets the wall between two unequal tiles."""
_TOUCHING_M = 1e-9
"""Stands for a clearance that rounding made zero or negative at a cell's border."""
_POLISH_M = 0.01
"""Newton's steps are smaller; a larger one belongs to a wall or to a ray along the ground."""
_NEWTON_STEPS = 2


class Outcome(IntEnum):
    """How a ray's walk through one grid ended."""

    MET = 0
    VOID = 1
    FAR = 2
    UNDERGROUND = 3
    LEFT = 4


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """Ends of N walks, each (N,)."""

    outcome: NDArray[np.uint8]
    range_m: FloatArray
    """From the ray's origin to the ground, or to where it left the grid."""
    row: Index
    column: Index
    """The last cell; outside of the grid, by one, for a ray that left."""

    def take(self, index: Index) -> "Walked":
        """The ends of some of the walks."""
        return Walked(self.outcome[index], self.range_m[index], self.row[index], self.column[index])


@dataclass(slots=True, eq=False)
class _Rays:
    """The rays that still go, each (M,)."""

    index: Index
    way: FloatArray
    """(9, M): coefficients of row, column and height."""
    range_m: FloatArray
    row: Index
    column: Index

    def keep(self, going: Mask) -> None:
        self.index, self.range_m = self.index[going], self.range_m[going]
        self.row, self.column = self.row[going], self.column[going]
        self.way = self.way[:, going]


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What rays see of the cell they are in, each (M,)."""

    solid: Mask
    clearance_m: FloatArray
    """Height over the ground where they stand."""
    meet_m: FloatArray
    """Distance to the ground; inf or NaN for none."""
    leave_m: FloatArray
    """Distance to the border."""
    row_step: Index
    column_step: Index
    """To the cell behind that border: one of them is 0."""


def walk(
    grid: Grid, rays: Paths, start_m: FloatArray, end_m: float, *, from_origin: bool
) -> Walked:
    """Walk rays from `start_m`, where they are inside `grid`, until something ends each of them.

    `from_origin`: a ray that starts under the ground is UNDERGROUND; else it meets it at once.
    """
    going = _enter(grid, rays, start_m)
    walked = Walked(
        np.full(start_m.size, Outcome.FAR, dtype=np.uint8),
        start_m.copy(),
        going.row.copy(),
        going.column.copy(),
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        look = _look(grid, going)
        buried = look.clearance_m < (0 if from_origin else -_WALL_M)
        _end(
            walked, going, buried & look.solid, Outcome.UNDERGROUND if from_origin else Outcome.MET
        )
        going.keep(~buried | ~look.solid)
        for _ in range(2 * sum(grid.cells)):
            if not going.index.size:
                break
            _round(grid, going, walked, end_m)
    return walked


def _enter(grid: Grid, rays: Paths, start_m: FloatArray) -> _Rays:
    """Express the paths in rows and columns and find the cells where they start."""
    way = np.concatenate([rays.lat_deg, rays.lon_deg, rays.alt_amsl_m])
    way[0], way[3] = grid.position(way[0], at(rays.lon_deg, start_m))
    way[1:3] /= -grid.step_lat_deg
    way[4:6] /= grid.step_lon_deg
    way[3] -= start_m * (way[4] + start_m * way[5])
    row, column = grid.cell(at(way[0:3], start_m), at(way[3:6], start_m))
    return _Rays(np.arange(start_m.size), way, start_m, row, column)


def _round(grid: Grid, going: _Rays, walked: Walked, end_m: float) -> None:
    """Let every ray look at its cell, and end there or step into the next."""
    look = _look(grid, going)
    met = look.meet_m <= np.minimum(look.leave_m, end_m - going.range_m)
    void = ~look.solid
    met &= look.solid
    _end(walked, going, void, Outcome.VOID)
    _end(walked, going, met, Outcome.MET, look.meet_m)
    going.range_m = going.range_m + look.leave_m
    going.row = going.row + look.row_step
    going.column = going.column + look.column_step
    far = ~(going.range_m < end_m) & ~met & ~void
    rows, columns = grid.cells
    inside = (going.row >= 0) & (going.row < rows) & (going.column >= 0) & (going.column < columns)
    left = ~(inside | met | void | far)
    _end(walked, going, left, Outcome.LEFT)
    ended = met | void | far | left
    if ended.any():
        going.keep(~ended)


def _end(
    walked: Walked, going: _Rays, ended: Mask, outcome: Outcome, ahead_m: FloatArray | None = None
) -> None:
    """Write down the rays that end here, `ahead_m` from where they stand."""
    if not ended.any():
        return
    index = going.index[ended]
    walked.outcome[index] = outcome
    walked.range_m[index] = going.range_m[ended] + (0 if ahead_m is None else ahead_m[ended])
    walked.row[index] = going.row[ended]
    walked.column[index] = going.column[ended]


def _look(grid: Grid, going: _Rays) -> _Look:
    """Solve each ray against the surface and the borders of its cell."""
    row0, row1, row2, column0, column1, column2, height0, height1, height2 = going.way
    t = going.range_m
    y, y_speed = row0 - going.row + t * (row1 + t * row2), row1 + 2 * t * row2
    x, x_speed = column0 - going.column + t * (column1 + t * column2), column1 + 2 * t * column2
    nw, ne, sw, se = grid.corners(going.row, going.column)
    a, b = ne - nw, sw - nw
    c = se - sw - a
    slope_x, slope_y = a + c * y, b + c * x
    clearance = height0 + t * (height1 + t * height2) - (nw + b * y + x * slope_x)
    linear = height1 + 2 * t * height2 - slope_x * x_speed - slope_y * y_speed
    meet = _smaller_root(height2 - c * x_speed * y_speed, linear, clearance)
    southward, eastward = y_speed > 0, x_speed > 0
    leave_y = np.where(y_speed == 0, np.inf, np.maximum((southward - y) / y_speed, 0))
    leave_x = np.where(x_speed == 0, np.inf, np.maximum((eastward - x) / x_speed, 0))
    by_row = leave_y < leave_x
    row_step = np.where(by_row, 2 * southward.astype(np.intp) - 1, 0)
    column_step = np.where(by_row, 0, 2 * eastward.astype(np.intp) - 1)
    leave = np.where(by_row, leave_y, leave_x)
    return _Look(solid(nw, ne, sw, se), clearance, meet, leave, row_step, column_step)


def _smaller_root(square: FloatArray, linear: FloatArray, clearance: FloatArray) -> FloatArray:
    """Where the height over the ground first becomes zero; inf or NaN where it never does."""
    over = np.maximum(clearance, _TOUCHING_M)
    denominator = np.sqrt(linear * linear - 4 * square * over) - linear
    return np.where(denominator > 0, 2 * over / denominator, np.inf)


def polish(grid: Grid, rays: Paths, met: Walked) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Range on the curved path, and dz per degree of latitude and of longitude, of N rays that MET.

    Newton's steps, each in the cell where the last one led: a root near a border may lie a tenth
    of a millimetre behind it.
    """
    range_m, row, column = met.range_m, met.row, met.column
    for _ in range(_NEWTON_STEPS):
        clearance, per_lat, per_lon, row, column = _over_ground(grid, rays, range_m, row, column)
        rate = (
            _speed(rays.alt_amsl_m, range_m)
            - per_lat * _speed(rays.lat_deg, range_m)
            - per_lon * _speed(rays.lon_deg, range_m)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            step = clearance / rate
        range_m = range_m - np.where(np.abs(step) < _POLISH_M, step, 0)
    _, per_lat, per_lon, _, _ = _over_ground(grid, rays, range_m, row, column)
    return range_m, per_lat, per_lon


def _over_ground(
    grid: Grid, rays: Paths, range_m: FloatArray, old_row: Index, old_column: Index
) -> tuple[FloatArray, FloatArray, FloatArray, Index, Index]:
    """Clearance, dz per degree of latitude and longitude, and the cell: the old one at a void."""
    y, x = grid.position(at(rays.lat_deg, range_m), at(rays.lon_deg, range_m))
    row, column = grid.cell(y, x)
    whole = solid(*grid.corners(row, column))
    row, column = np.where(whole, row, old_row), np.where(whole, column, old_column)
    nw, ne, sw, se = grid.corners(row, column)
    y, x = y - row, x - column
    a, b = ne - nw, sw - nw
    c = se - sw - a
    clearance = at(rays.alt_amsl_m, range_m) - (nw + a * x + b * y + c * x * y)
    return (
        clearance,
        -(b + c * x) / grid.step_lat_deg,
        (a + c * y) / grid.step_lon_deg,
        row,
        column,
    )


def _speed(coefficients: FloatArray, range_m: FloatArray) -> FloatArray:
    """Change per metre of the (3, N) quadratics at (N,) ranges."""
    return np.asarray(coefficients[1] + 2 * range_m * coefficients[2])
