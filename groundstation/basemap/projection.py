"""Web Mercator tiles (EPSG:3857, tile 0/0/0 is the world), 256 px.

Source: OGC 17-083r2, "Two Dimensional Tile Matrix Set", annex D.1 (WebMercatorQuad).
"""

import math

import numpy as np

from firmware_bridge.earth import FloatArray

TILE_PX = 256
MIN_ZOOM, MAX_ZOOM = 6, 16
EQUATOR_M = 2 * math.pi * 6378137.0


def pixel_metres(z: int, y: int) -> float:
    """Width of a pixel on the ground in the middle of a tile row, m."""
    middle = math.atan(math.sinh(math.pi * (1 - 2 * (y + 0.5) / (1 << z))))
    return EQUATOR_M * math.cos(middle) / (TILE_PX << z)


def lattice(z: int, x: int, y: int, offsets_px: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Latitudes (N,) and longitudes (N,), degrees, of offsets from the centre of a tile's first
    pixel, the same down and across.
    """
    world_px = TILE_PX << z
    across = (x * TILE_PX + offsets_px + 0.5) / world_px
    down = (y * TILE_PX + offsets_px + 0.5) / world_px
    lat_deg = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * down))))
    return lat_deg, across * 360 - 180
