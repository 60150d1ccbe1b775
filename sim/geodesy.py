"""WGS84 as the simulator needs it: exact ECEF, and the local frame of the camera.

Own code on purpose: a simulator that shares the earth of the program under test hides its
mistakes. Heights above the ellipsoid come from heights above the sea by one constant of the
world (`WORLD_UNDULATION_M`): over the few kilometres of a flight EGM96 changes by centimetres,
and nothing the vehicle reports depends on it except GPS_RAW_INT.alt_ellipsoid.

Source: NIMA TR8350.2 (ellipsoid); Bowring 1985, Survey Review 28(218), for the inverse.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1 / 298.257223563
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)
E2 = FLATTENING * (2 - FLATTENING)
WORLD_UNDULATION_M = 25.5
"""EGM96 at 43.2 N 131.5 E, to half a metre."""


def ecef_from_geodetic(lat_deg: ArrayLike, lon_deg: ArrayLike, alt_hae_m: ArrayLike) -> Array:
    """(..., 3) metres."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    sin_lat, cos_lat = np.sin(lat), np.cos(lat)
    normal = SEMI_MAJOR_M / np.sqrt(1 - E2 * sin_lat**2)
    alt = np.asarray(alt_hae_m, np.float64)
    return np.stack(
        [
            (normal + alt) * cos_lat * np.cos(lon),
            (normal + alt) * cos_lat * np.sin(lon),
            (normal * (1 - E2) + alt) * sin_lat,
        ],
        axis=-1,
    )


def geodetic_from_ecef(ecef: Array) -> tuple[Array, Array, Array]:
    """Latitude and longitude in degrees, height above the ellipsoid in metres.

    Bowring's formula with the improved parametric latitude: a few micrometres up to 10 km height.
    """
    x, y, z = ecef[..., 0], ecef[..., 1], ecef[..., 2]
    p = np.hypot(x, y)
    r = np.hypot(p, z)
    second_e2 = E2 / (1 - E2)
    beta = np.arctan2(SEMI_MINOR_M * z * (1 + second_e2 * SEMI_MINOR_M / r), SEMI_MAJOR_M * p)
    lat = np.arctan2(
        z + second_e2 * SEMI_MINOR_M * np.sin(beta) ** 3,
        p - E2 * SEMI_MAJOR_M * np.cos(beta) ** 3,
    )
    sin_lat = np.sin(lat)
    height = p * np.cos(lat) + z * sin_lat - SEMI_MAJOR_M * np.sqrt(1 - E2 * sin_lat**2)
    return np.degrees(lat), np.degrees(np.arctan2(y, x)), height


def enu_basis(lat_deg: float, lon_deg: float) -> Array:
    """(3, 3); rows are east, north and up in ECEF."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    s, c, sl, cl = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    return np.array([[-sl, cl, 0.0], [-s * cl, -s * sl, c], [c * cl, c * sl, s]])


def enu_from_geodetic(
    lat_deg: ArrayLike,
    lon_deg: ArrayLike,
    alt_amsl_m: ArrayLike,
    origin: tuple[float, float, float],
) -> Array:
    """(..., 3) metres east, north, up of `origin` (latitude, longitude, height AMSL)."""
    lat0, lon0, alt0 = origin
    here = ecef_from_geodetic(lat_deg, lon_deg, np.asarray(alt_amsl_m) + WORLD_UNDULATION_M)
    zero = ecef_from_geodetic(lat0, lon0, alt0 + WORLD_UNDULATION_M)
    return np.asarray((here - zero) @ enu_basis(lat0, lon0).T)


def geodetic_from_enu(enu: Array, origin: tuple[float, float, float]) -> tuple[Array, Array, Array]:
    """Latitude, longitude (degrees) and height AMSL of points given east, north, up of `origin`."""
    lat0, lon0, alt0 = origin
    zero = ecef_from_geodetic(lat0, lon0, alt0 + WORLD_UNDULATION_M)
    lat, lon, hae = geodetic_from_ecef(enu @ enu_basis(lat0, lon0) + zero)
    return lat, lon, hae - WORLD_UNDULATION_M


def metres_per_degree(lat_deg: float, alt_m: float = 0.0) -> tuple[float, float]:
    """Length of one degree of latitude and of longitude at this height (radii of curvature)."""
    lat = np.radians(lat_deg)
    w2 = 1 - E2 * float(np.sin(lat)) ** 2
    meridian = SEMI_MAJOR_M * (1 - E2) / w2**1.5
    normal = SEMI_MAJOR_M / w2**0.5
    per = float(np.pi) / 180
    return (meridian + alt_m) * per, (normal + alt_m) * float(np.cos(lat)) * per
