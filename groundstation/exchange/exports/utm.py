"""Universal transverse Mercator on WGS84: plane metres for programs that want them.

Snyder (1987), "Map Projections: a Working Manual", USGS Professional Paper 1395, eqs. 8-9, 8-10,
3-21; to a centimetre within the zone.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SEMI_MAJOR_M, FLATTENING = 6_378_137.0, 1 / 298.257223563
SCALE, FALSE_EAST_M, FALSE_NORTH_M = 0.9996, 500_000.0, 10_000_000.0


def utm_m(lat_deg: Array, lon_deg: Array) -> tuple[Array, Array, str]:
    """(N,) east, (N,) north in the zone of the first place, and that zone, as in `52N`."""
    zone = int((lon_deg[0] + 180) // 6) % 60 + 1
    south = bool(lat_deg[0] < 0)
    lat, lon = np.radians(lat_deg), np.radians(lon_deg - (6 * zone - 183))
    e2 = FLATTENING * (2 - FLATTENING)
    second = e2 / (1 - e2)
    n = SEMI_MAJOR_M / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    t, c = np.tan(lat) ** 2, second * np.cos(lat) ** 2
    a = lon * np.cos(lat)
    arc = _meridian_m(lat, e2)
    east = SCALE * n * (
        a + (1 - t + c) * a**3 / 6 + (5 - 18 * t + t**2 + 72 * c - 58 * second) * a**5 / 120
    )  # fmt: skip
    north = SCALE * (
        arc + n * np.tan(lat) * (
            a**2 / 2 + (5 - t + 9 * c + 4 * c**2) * a**4 / 24
            + (61 - 58 * t + t**2 + 600 * c - 330 * second) * a**6 / 720
        )
    )  # fmt: skip
    return east + FALSE_EAST_M, north + FALSE_NORTH_M * south, f"{zone}{'S' if south else 'N'}"


def _meridian_m(lat: Array, e2: float) -> Array:
    """From the equator along the meridian."""
    return np.asarray(
        SEMI_MAJOR_M
        * (
            (1 - e2 / 4 - 3 * e2**2 / 64 - 5 * e2**3 / 256) * lat
            - (3 * e2 / 8 + 3 * e2**2 / 32 + 45 * e2**3 / 1024) * np.sin(2 * lat)
            + (15 * e2**2 / 256 + 45 * e2**3 / 1024) * np.sin(4 * lat)
            - (35 * e2**3 / 3072) * np.sin(6 * lat)
        )
    )
