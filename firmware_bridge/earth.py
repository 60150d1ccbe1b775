"""The figure of the earth: WGS84 geodetic, ECEF and local ENU coordinates, and the EGM96 geoid.

h_hae = H_amsl + N: the ellipsoidal height is the height above mean sea level plus the undulation.

The undulation is read from the packaged `data/egm96_15min_cm.npy`, (721, 1441) int16 centimetres,
row 0 = 90 N, column 0 = 180 W, column 1440 repeats it, 15' step; it was thinned from the EGM96 5'
grid (NGA/NASA, public domain). At the 600 places of the golden vectors, in mountains, it differs
from the 5' grid by 4 cm at most.

Sources: NGA.STND.0036 (WGS84, tables 3.1 and 3.2, section 4); B. R. Bowring, "Transformation from
spatial to geographical coordinates", Survey Review 23 (1976).
"""

from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)
ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING)

_POSTS_PER_DEGREE = 4


@cache
def _geoid_cm() -> NDArray[np.int16]:
    """The packaged grid, mapped on first use: only the pages that are asked for become resident."""
    with as_file(files("firmware_bridge") / "data" / "egm96_15min_cm.npy") as path:
        return np.asarray(np.load(path, mmap_mode="r"))


def wrap_longitude_deg(lon_deg: ArrayLike) -> FloatArray:
    """The same longitude in [-180, 180); NaN for one that is not finite."""
    with np.errstate(invalid="ignore"):
        return (np.asarray(lon_deg, dtype=np.float64) + 180) % 360 - 180


def geoid_undulation_m(lat_deg: ArrayLike, lon_deg: ArrayLike) -> FloatArray:
    """EGM96 geoid above the WGS84 ellipsoid, bilinear; NaN for a latitude that does not exist."""
    lat, lon = np.broadcast_arrays(
        np.asarray(lat_deg, dtype=np.float64), wrap_longitude_deg(lon_deg)
    )
    known = (np.abs(lat) <= 90) & np.isfinite(lon)
    grid = _geoid_cm()
    row_post = np.where(known, 90 - lat, 0.0) * _POSTS_PER_DEGREE
    column_post = np.where(known, lon + 180, 0.0) * _POSTS_PER_DEGREE
    row = np.minimum(row_post.astype(np.intp), grid.shape[0] - 2)
    column = np.minimum(column_post.astype(np.intp), grid.shape[1] - 2)
    south, east = row_post - row, column_post - column
    upper = grid[row, column] * (1 - east) + grid[row, column + 1] * east
    lower = grid[row + 1, column] * (1 - east) + grid[row + 1, column + 1] * east
    return np.where(known, (upper * (1 - south) + lower * south) / 100, np.nan)


def hae_from_amsl_m(lat_deg: ArrayLike, lon_deg: ArrayLike, alt_amsl_m: ArrayLike) -> FloatArray:
    """Height above the ellipsoid from height above mean sea level (EGM96)."""
    return np.asarray(alt_amsl_m, dtype=np.float64) + geoid_undulation_m(lat_deg, lon_deg)


def amsl_from_hae_m(lat_deg: ArrayLike, lon_deg: ArrayLike, alt_hae_m: ArrayLike) -> FloatArray:
    """Height above mean sea level (EGM96) from height above the ellipsoid."""
    return np.asarray(alt_hae_m, dtype=np.float64) - geoid_undulation_m(lat_deg, lon_deg)


def geodetic_to_ecef(lat_deg: ArrayLike, lon_deg: ArrayLike, alt_hae_m: ArrayLike) -> FloatArray:
    """Earth-centred, earth-fixed (..., 3) in metres."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    alt = np.asarray(alt_hae_m, dtype=np.float64)
    normal_m = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_SQUARED * np.sin(lat) ** 2)
    x = (normal_m + alt) * np.cos(lat) * np.cos(lon)
    y = (normal_m + alt) * np.cos(lat) * np.sin(lon)
    z = (normal_m * (1 - ECCENTRICITY_SQUARED) + alt) * np.sin(lat)
    return np.stack(np.broadcast_arrays(x, y, z), axis=-1)


def ecef_to_geodetic(ecef_m: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Latitude, longitude in degrees and height above the ellipsoid in metres, from (..., 3).

    Bowring's formula, applied twice: below a micrometre from 10 km deep to 1000 km high.
    """
    x, y, z = np.moveaxis(np.asarray(ecef_m, dtype=np.float64), -1, 0)
    axis_m = np.hypot(x, y)
    second_eccentricity_squared = ECCENTRICITY_SQUARED / (1 - ECCENTRICITY_SQUARED)
    # Sines and cosines instead of tangents, so that the poles need no case of their own.
    sine, cosine = z * SEMI_MAJOR_M, axis_m * SEMI_MINOR_M
    for _ in range(2):
        length = np.hypot(sine, cosine)
        rise = z + second_eccentricity_squared * SEMI_MINOR_M * (sine / length) ** 3
        run = axis_m - ECCENTRICITY_SQUARED * SEMI_MAJOR_M * (cosine / length) ** 3
        sine, cosine = rise * (1 - FLATTENING), run
    lat = np.arctan2(rise, run)
    ellipsoid_m = SEMI_MAJOR_M * np.sqrt(1 - ECCENTRICITY_SQUARED * np.sin(lat) ** 2)
    alt_m = axis_m * np.cos(lat) + z * np.sin(lat) - ellipsoid_m
    return np.degrees(lat), np.degrees(np.arctan2(y, x)), alt_m


def metres_per_degree(lat_deg: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Length of a degree of longitude and of latitude on the ellipsoid at this latitude."""
    lat = np.radians(lat_deg)
    bracket = 1 - ECCENTRICITY_SQUARED * np.sin(lat) ** 2
    east_m = np.radians(SEMI_MAJOR_M / np.sqrt(bracket) * np.cos(lat))
    north_m = np.radians(SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / bracket**1.5)
    return np.asarray(east_m), np.asarray(north_m)


def enu_matrix(lat_deg: float, lon_deg: float) -> FloatArray:
    """(3, 3) that turns an ECEF vector into east, north, up at this place."""
    sin_lat, cos_lat = np.sin(np.radians(lat_deg)), np.cos(np.radians(lat_deg))
    sin_lon, cos_lon = np.sin(np.radians(lon_deg)), np.cos(np.radians(lon_deg))
    east = (-sin_lon, cos_lon, 0.0)
    north = (-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat)
    up = (cos_lat * cos_lon, cos_lat * sin_lon, sin_lat)
    return np.array([east, north, up])


def geodetic_to_enu(
    lat_deg: ArrayLike,
    lon_deg: ArrayLike,
    alt_hae_m: ArrayLike,
    lat0_deg: float,
    lon0_deg: float,
    alt0_hae_m: float,
) -> FloatArray:
    """East, north, up (..., 3) in metres, seen from the place with index 0."""
    offset = geodetic_to_ecef(lat_deg, lon_deg, alt_hae_m) - geodetic_to_ecef(
        lat0_deg, lon0_deg, alt0_hae_m
    )
    return np.asarray(offset @ enu_matrix(lat0_deg, lon0_deg).T)


def enu_to_geodetic(
    enu_m: ArrayLike, lat0_deg: float, lon0_deg: float, alt0_hae_m: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Latitude, longitude, height above the ellipsoid of (..., 3) seen from the place with 0."""
    offset = np.asarray(enu_m, dtype=np.float64) @ enu_matrix(lat0_deg, lon0_deg)
    return ecef_to_geodetic(offset + geodetic_to_ecef(lat0_deg, lon0_deg, alt0_hae_m))
