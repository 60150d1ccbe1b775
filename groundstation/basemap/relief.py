"""Heights under a map tile, as smooth as the zoom wants them.

Far out, a pixel holds several posts: twice as many samples are averaged. Close up, a cell between
posts covers many pixels, and bilinear heights would show its facets: posts are sampled about one
a cell and rounded off by a cubic B-spline (`cv2.pyrUp` doubles a lattice by the spline's own
subdivision mask 1 4 6 4 1; Lane and Riesenfeld 1980). The lattice counts from the world's corner,
so neighbouring tiles see the same one.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.terrain import Terrain
from groundstation.basemap.projection import TILE_PX, lattice, pixel_metres

MARGIN_PX = 4
"""Around the tile, so that slopes and lines have the same neighbours on both sides of a border."""
SPLINE_MARGIN = 4
"""Lattice steps in which the border of the lattice is still felt."""
DOUBLE_SAMPLING_BELOW_ZOOM = 11
LARGEST_STEP_PX = 32
METRES_PER_DEGREE = 111_320

Floats = NDArray[np.float32]


def relief(terrain: Terrain, z: int, x: int, y: int) -> tuple[Floats, NDArray[np.bool_]]:
    """(264, 264) float32 m AMSL, gaps filled from their surroundings, and where the gaps are."""
    step_px = _step_px(terrain, z, x, y)
    margin_px = MARGIN_PX if step_px == 1 else _up(MARGIN_PX + SPLINE_MARGIN * step_px, step_px)
    per_px = 2 if z < DOUBLE_SAMPLING_BELOW_ZOOM else 1
    count = (TILE_PX + 2 * margin_px) * per_px // step_px
    offsets = (np.arange(count) + (0.5 if per_px == 2 else 0)) * step_px / per_px - margin_px
    if per_px == 2:
        offsets -= 0.5
    lat_deg, lon_deg = lattice(z, x, y, offsets)
    raw = terrain.height_amsl_m(lat_deg[:, None], lon_deg[None, :]).astype(np.float32)
    weight = np.isfinite(raw).astype(np.float32)
    known: Floats = np.where(weight > 0, raw, np.float32(0))
    known, weight = _resample(known, weight, per_px, step_px)
    crop = slice(margin_px - MARGIN_PX, margin_px + TILE_PX + MARGIN_PX)
    return _fill(known[crop, crop], weight[crop, crop])


def _resample(known: Floats, weight: Floats, per_px: int, step_px: int) -> tuple[Floats, Floats]:
    """Heights times weights, and weights, one a pixel."""
    if per_px == 2:
        size = (known.shape[1] // 2, known.shape[0] // 2)
        halves = (cv2.resize(a, size, interpolation=cv2.INTER_AREA) for a in (known, weight))
        known, weight = (half.astype(np.float32, copy=False) for half in halves)
    for _ in range(int(math.log2(step_px))):
        doubles = cv2.pyrUp(known), cv2.pyrUp(weight)
        known, weight = (double.astype(np.float32, copy=False) for double in doubles)
    return known, weight


def _fill(known: Floats, weight: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    missing = weight < 0.5
    if not missing.any():
        return known / weight, missing
    if missing.all():
        return known, missing
    near = (31, 31)
    around, share = cv2.blur(known, near), cv2.blur(weight, near)
    mean = np.float32(known.sum() / weight.sum())
    filling = np.where(share > 1e-3, around / np.maximum(share, 1e-3), mean)
    heights: Floats = np.where(missing, filling, known / np.maximum(weight, 0.5))
    return heights, missing


def _step_px(terrain: Terrain, z: int, x: int, y: int) -> int:
    """Pixels between lattice points: the power of two that stays within one cell."""
    edges = np.array([0.0, TILE_PX])
    lat_deg, lon_deg = lattice(z, x, y, edges)
    tiles = [terrain.tile(math.floor(lat), math.floor(lon)) for lat in lat_deg for lon in lon_deg]
    steps_deg = [tile.step_lat_deg for tile in tiles if tile is not None]
    if not steps_deg:
        return 1
    cell_px = min(steps_deg) * METRES_PER_DEGREE / pixel_metres(z, y)
    return min(1 << int(math.log2(max(cell_px, 1))), LARGEST_STEP_PX)


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
