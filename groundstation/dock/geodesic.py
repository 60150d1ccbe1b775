"""Lengths on the WGS84 ellipsoid, for millions of pairs of neighbouring points.

Vincenty's inverse formula, iterated until the longitude on the auxiliary sphere stands still.
It does not converge between places that lie nearly opposite on the earth; there, the length of
the great circle on a sphere of the mean radius is returned, which is off by 0.5 % at most.
No track has such a leg, except between two damaged points.

Source: T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid with application
of nested equations", Survey Review XXII, 176 (1975). Checked against Karney's series to 0.1 mm.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firmware_bridge.earth import FLATTENING, SEMI_MAJOR_M, SEMI_MINOR_M

FloatArray = NDArray[np.float64]

_MEAN_RADIUS_M = (2 * SEMI_MAJOR_M + SEMI_MINOR_M) / 3
_SECOND_ECCENTRICITY_SQUARED = (SEMI_MAJOR_M**2 - SEMI_MINOR_M**2) / SEMI_MINOR_M**2
_ROUNDS = 20
_STILL_RAD = 1e-13
_CHUNK = 32_768
"""Pairs at a time: the temporaries then stay in the processor's cache."""


def leg_lengths_m(lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray:
    """(N - 1,) geodesic lengths between neighbouring points; NaN beside an unknown position."""
    return length_m(lat_deg[:-1], lon_deg[:-1], lat_deg[1:], lon_deg[1:])


def length_m(
    lat1_deg: ArrayLike, lon1_deg: ArrayLike, lat2_deg: ArrayLike, lon2_deg: ArrayLike
) -> FloatArray:
    """Geodesic length of each pair, shape of the broadcast inputs; NaN where a value is NaN."""
    given = [np.asarray(a, dtype=np.float64) for a in (lat1_deg, lon1_deg, lat2_deg, lon2_deg)]
    pairs = np.broadcast_arrays(*given)
    flat = [pair.ravel() for pair in pairs]
    out = np.empty(flat[0].size)
    for start in range(0, out.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        out[part] = _vincenty(*(column[part] for column in flat))
    return out.reshape(pairs[0].shape)


def _vincenty(
    lat1_deg: FloatArray, lon1_deg: FloatArray, lat2_deg: FloatArray, lon2_deg: FloatArray
) -> FloatArray:
    u1 = np.arctan((1 - FLATTENING) * np.tan(np.radians(lat1_deg)))
    u2 = np.arctan((1 - FLATTENING) * np.tan(np.radians(lat2_deg)))
    wanted = np.radians((lon2_deg - lon1_deg + 180) % 360 - 180)
    sin_u1, cos_u1, sin_u2, cos_u2 = np.sin(u1), np.cos(u1), np.sin(u2), np.cos(u2)
    longitude = wanted.copy()
    open_ = np.isfinite(longitude)
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(_ROUNDS):
            sin_l, cos_l = np.sin(longitude), np.cos(longitude)
            sin_sigma = np.hypot(cos_u2 * sin_l, cos_u1 * sin_u2 - sin_u1 * cos_u2 * cos_l)
            cos_sigma = sin_u1 * sin_u2 + cos_u1 * cos_u2 * cos_l
            sigma = np.arctan2(sin_sigma, cos_sigma)
            sin_alpha = np.where(sin_sigma == 0, 0.0, cos_u1 * cos_u2 * sin_l / sin_sigma)
            cos2_alpha = 1 - sin_alpha**2
            # Along the equator the middle has no latitude: the term vanishes.
            cos_middle = np.where(
                cos2_alpha <= 0, 0.0, cos_sigma - 2 * sin_u1 * sin_u2 / cos2_alpha
            )
            c = FLATTENING / 16 * cos2_alpha * (4 + FLATTENING * (4 - 3 * cos2_alpha))
            bend = cos_middle + c * cos_sigma * (2 * cos_middle**2 - 1)
            before = longitude
            longitude = wanted + (1 - c) * FLATTENING * sin_alpha * (sigma + c * sin_sigma * bend)
            open_ = np.abs(longitude - before) > _STILL_RAD
            if not open_.any():
                break
        exact = _arc_m(sin_sigma, cos_sigma, sigma, cos2_alpha, cos_middle)
    return np.where(open_, _sphere_m(lat1_deg, lat2_deg, wanted), exact)


def _arc_m(
    sin_sigma: FloatArray,
    cos_sigma: FloatArray,
    sigma: FloatArray,
    cos2_alpha: FloatArray,
    cos_middle: FloatArray,
) -> FloatArray:
    u2 = cos2_alpha * _SECOND_ECCENTRICITY_SQUARED
    a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    inner = cos_sigma * (2 * cos_middle**2 - 1) - b / 6 * cos_middle * (4 * sin_sigma**2 - 3) * (
        4 * cos_middle**2 - 3
    )
    return SEMI_MINOR_M * a * (sigma - b * sin_sigma * (cos_middle + b / 4 * inner))


def _sphere_m(lat1_deg: FloatArray, lat2_deg: FloatArray, longitude_rad: FloatArray) -> FloatArray:
    lat1, lat2 = np.radians(lat1_deg), np.radians(lat2_deg)
    half = (
        np.sin((lat2 - lat1) / 2) ** 2
        + np.cos(lat1) * np.cos(lat2) * np.sin(longitude_rad / 2) ** 2
    )
    return np.asarray(2 * _MEAN_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1))))
