"""Web Mercator tiles (EPSG:3857, tile 0/0/0 is the world), 256 px.

Source: OGC 17-083r2, "Two Dimensional Tile Matrix Set", annex D.1 (WebMercatorQuad).
"""

import math

import numpy as np

from firmware_bridge.earth import FloatArray

TILE_PX = 256
MIN_ZOOM, MAX_ZOOM = 6, 16
EQUATOR_M = 2 * math.pi * 6378137.0


def pixel_grid(
    z: int, x: int, y: int, margin_px: int, per_px: int
) -> tuple[FloatArray, FloatArray, float]:
    """Latitudes (H,) and longitudes (W,) of sample centres in degrees, and their spacing on the
    ground in metres; H = W = (256 + 2 margin) x per_px.
    """
    count = (TILE_PX + 2 * margin_px) * per_px
    offsets = (np.arange(count) + 0.5) / per_px - margin_px
    world_px = TILE_PX << z
    across = (x * TILE_PX + offsets) / world_px
    down = (y * TILE_PX + offsets) / world_px
    lon_deg = across * 360 - 180
    lat_deg = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * down))))
    middle = math.radians(float(lat_deg[count // 2]))
    return lat_deg, lon_deg, EQUATOR_M * math.cos(middle) / world_px / per_px
