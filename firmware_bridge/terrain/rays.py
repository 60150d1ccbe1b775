"""Where rays meet the ground: all rays of a call walk the cells of the terrain in lock step.

Within one cell the surface is bilinear and the ray (almost) straight, so their meeting is the
smaller root of one quadratic; nothing is stepped over, however grazing the ray. A ray that leaves
a tile goes on in the neighbour. The last step of a hit is Newton's on the curved path.

`benchmarks.rays` measures the alternatives that were turned down: marching a metre at a time, and
a flat plane.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firmware_bridge.earth import FloatArray, metres_per_degree, wrap_longitude_deg
from firmware_bridge.terrain.grid import Grid
from firmware_bridge.terrain.path import Paths, at, paths
from firmware_bridge.terrain.tiles import Terrain
from firmware_bridge.terrain.walk import Outcome, Walked, polish, walk

_BATCH = 8192
"""Rays that walk together: their state stays within a core's cache."""
_MAX_TILES = 64
"""Tiles one ray may cross."""
_NUDGE_DEG = 1e-8
"""A millimetre: carries a ray that stands on a tile's edge over it."""
_AHEAD_M = 0.01
"""The next tile is looked up so far ahead: at a tile's very corner the ray decides both ways."""


class RayStatus(IntEnum):
    """What became of a ray."""

    HIT = 0
    NO_TERRAIN = 1
    """It came to a place without data before it met any ground."""
    OUT_OF_RANGE = 2
    BELOW_SURFACE = 3
    """It starts under the ground: position or terrain is wrong."""


_STATUS_OF_OUTCOME = {
    Outcome.MET: RayStatus.HIT,
    Outcome.VOID: RayStatus.NO_TERRAIN,
    Outcome.FAR: RayStatus.OUT_OF_RANGE,
    Outcome.UNDERGROUND: RayStatus.BELOW_SURFACE,
    Outcome.LEFT: RayStatus.NO_TERRAIN,  # until the next tile answers
}
_STATUSES = np.array([_STATUS_OF_OUTCOME[outcome] for outcome in Outcome], dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class RayHits:
    """Meeting points of N rays; every float is NaN where `status` is not HIT."""

    lat_deg: FloatArray
    lon_deg: FloatArray
    alt_amsl_m: FloatArray
    range_m: FloatArray
    gradient_en: FloatArray
    """(N, 2), slope of the ground: dz/dE, dz/dN."""
    status: NDArray[np.uint8]
    """(N,), values of `RayStatus`."""


def intersect(
    terrain: Terrain,
    lat_deg: float,
    lon_deg: float,
    alt_amsl_m: float,
    directions_enu: ArrayLike,
    max_range_m: float = 5000.0,
) -> RayHits:
    """Follow rays from one point along (N, 3) unit directions in its ENU; never raises on data.

    A direction or a point that is not finite gives NO_TERRAIN. Places are good to millimetres up
    to 5 km; see `terrain.path` for farther.
    """
    directions = np.asarray(directions_enu, dtype=np.float64).reshape(-1, 3)
    hits = _no_hits(len(directions))
    if not np.isfinite([lat_deg, lon_deg, alt_amsl_m]).all() or abs(lat_deg) > 90:
        return hits
    usable = np.flatnonzero(np.isfinite(directions).all(axis=1))
    for start in range(0, usable.size, _BATCH):
        index = usable[start : start + _BATCH]
        way = paths(lat_deg, lon_deg, alt_amsl_m, directions[index])
        _follow(terrain, way, index, max_range_m, hits)
    return hits


def _no_hits(count: int) -> RayHits:
    lat, lon, alt, distance = np.full((4, count), np.nan)
    status = np.full(count, RayStatus.NO_TERRAIN, dtype=np.uint8)
    return RayHits(lat, lon, alt, distance, np.full((count, 2), np.nan), status)


def _follow(
    terrain: Terrain, way: Paths, index: NDArray[np.intp], max_range_m: float, hits: RayHits
) -> None:
    """Walk from tile to tile and write what was met into `hits` at `index`."""
    start_m = np.zeros(index.size)
    lat, lon = way.lat_deg[0], way.lon_deg[0]
    for tiles_crossed in range(_MAX_TILES):
        onward = []
        for grid, mine in terrain.split(lat, lon):
            rays = way.take(mine)
            walked = walk(grid, rays, start_m[mine], max_range_m, from_origin=tiles_crossed == 0)
            hits.status[index[mine]] = _STATUSES[walked.outcome]
            met = np.flatnonzero(walked.outcome == Outcome.MET)
            _write(grid, rays.take(met), walked.take(met), hits, index[mine[met]])
            left = np.flatnonzero(walked.outcome == Outcome.LEFT)
            onward.append((mine[left], *_beyond(grid, rays.take(left), walked.take(left))))
        if not any(mine.size for mine, *_ in onward):
            return
        going, start_m, lat, lon = (np.concatenate(part) for part in zip(*onward, strict=True))
        way, index = way.take(going), index[going]
    hits.status[index] = RayStatus.OUT_OF_RANGE


def _beyond(grid: Grid, rays: Paths, left: Walked) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Range, latitude and longitude of rays just over the border by which they left a grid."""
    rows, columns = grid.cells
    northward = (left.row < 0).astype(np.float64) - (left.row >= rows)
    eastward = (left.column >= columns).astype(np.float64) - (left.column < 0)
    return (
        left.range_m,
        at(rays.lat_deg, left.range_m + _AHEAD_M) + _NUDGE_DEG * northward,
        at(rays.lon_deg, left.range_m + _AHEAD_M) + _NUDGE_DEG * eastward,
    )


def _write(grid: Grid, rays: Paths, met: Walked, hits: RayHits, index: NDArray[np.intp]) -> None:
    """Places and slopes of rays that met the ground."""
    range_m, per_lat_deg, per_lon_deg = polish(grid, rays, met)
    lat_deg = at(rays.lat_deg, range_m)
    east_m, north_m = metres_per_degree(lat_deg)
    hits.lat_deg[index] = lat_deg
    hits.lon_deg[index] = wrap_longitude_deg(at(rays.lon_deg, range_m))
    hits.alt_amsl_m[index] = at(rays.alt_amsl_m, range_m)
    hits.range_m[index] = range_m
    hits.gradient_en[index, 0] = per_lon_deg / east_m
    hits.gradient_en[index, 1] = per_lat_deg / north_m
