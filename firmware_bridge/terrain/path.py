"""A straight ray, written in the curved coordinates of the terrain.

Along a ray of length t from its origin, latitude, longitude and height AMSL are each taken as
c0 + c1 t + c2 t^2. The coefficients come from central differences of the exact conversion (WGS84
and EGM96) around the origin, so that earth curvature, converging meridians and the slope of the
geoid are all in them. What is left out grows as t^3: 3 mm at 5 km, 0.2 m at 20 km. Closer to a
pole than some hundred kilometres this no longer holds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.earth import (
    FloatArray,
    enu_to_geodetic,
    geoid_undulation_m,
    hae_from_amsl_m,
    wrap_longitude_deg,
)

EnuFunction = Callable[[FloatArray], FloatArray]
"""(M, 3) east, north, up in metres -> (M, 3)."""

_STEP_M = 2000.0
_AXES = np.eye(3)
_DIAGONALS = ((0, 1), (0, 2), (1, 2))
_SIGNS = ((1, 1), (1, -1), (-1, 1), (-1, -1))


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Coefficients of N rays, each (3, N): constant, per metre, per metre squared."""

    lat_deg: FloatArray
    lon_deg: FloatArray
    """Not wrapped: continues past 180."""
    alt_amsl_m: FloatArray

    def take(self, index: NDArray[np.intp]) -> "Paths":
        """The paths of some of the rays."""
        return Paths(self.lat_deg[:, index], self.lon_deg[:, index], self.alt_amsl_m[:, index])


def at(coefficients: FloatArray, range_m: FloatArray) -> FloatArray:
    """Value of the (3, N) quadratics at (N,) ranges."""
    constant, slope, bend = coefficients
    return np.asarray(constant + range_m * (slope + range_m * bend))


def paths(lat_deg: float, lon_deg: float, alt_amsl_m: float, directions_enu: FloatArray) -> Paths:
    """Paths of rays that start at one point, with (N, 3) unit directions in its ENU."""
    alt_hae_m = float(hae_from_amsl_m(lat_deg, lon_deg, alt_amsl_m))

    def geodetic(enu_m: FloatArray) -> FloatArray:
        lat, lon, hae = enu_to_geodetic(enu_m, lat_deg, lon_deg, alt_hae_m)
        amsl = hae - geoid_undulation_m(lat, lon)
        return np.stack([lat, lon_deg + wrap_longitude_deg(lon - lon_deg), amsl], axis=-1)

    gradient, hessian = _derivatives(geodetic)
    constant = np.array([lat_deg, lon_deg, alt_amsl_m])[:, None]
    slope = gradient @ directions_enu.T
    bend = 0.5 * np.einsum("ni,kij,nj->kn", directions_enu, hessian, directions_enu)
    stacked = np.stack([np.broadcast_to(constant, slope.shape), slope, bend], axis=1)
    return Paths(*stacked)


def _derivatives(function: EnuFunction) -> tuple[FloatArray, FloatArray]:
    """Gradient (3, 3) and Hessian (3, 3, 3), output first, of a function of ENU at its origin."""
    crosses = [(a * _AXES[i] + b * _AXES[j]) for i, j in _DIAGONALS for a, b in _SIGNS]
    values = function(_STEP_M * np.vstack([np.zeros(3), _AXES, -_AXES, crosses]))
    centre, plus, minus, cross = values[0], values[1:4], values[4:7], values[7:].reshape(3, 4, 3)
    gradient = ((plus - minus) / (2 * _STEP_M)).T
    hessian = np.zeros((3, 3, 3))
    for axis in range(3):
        hessian[:, axis, axis] = (plus[axis] - 2 * centre + minus[axis]) / _STEP_M**2
    for (i, j), (pp, pm, mp, mm) in zip(_DIAGONALS, cross, strict=True):
        hessian[:, i, j] = hessian[:, j, i] = (pp - pm - mp + mm) / (4 * _STEP_M**2)
    return gradient, hessian
