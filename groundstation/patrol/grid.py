"""Square cells of equal area, and the ellipsoid's own metric.

Lambert's cylindrical equal-area projection with a standard parallel through the park: grid lines
are meridians and parallels, every cell has exactly `cell_m` squared of ground, and a degree of
latitude away from the standard parallel a cell is 1.6 % narrower and as much higher.

    x = a k0 (lon - lon0)       k0 = cos lat0 / sqrt(1 - e2 sin2 lat0)
    y = a q / (2 k0)
    q = (1 - e2) (sin lat / (1 - e2 sin2 lat) + atanh(e sin lat) / e)

Source: J. P. Snyder, Map Projections - A Working Manual, USGS Professional Paper 1395 (1987),
equations 10-13 to 10-15 and 3-12.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firmware_bridge.earth import ECCENTRICITY_SQUARED, SEMI_MAJOR_M

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_E2 = ECCENTRICITY_SQUARED
_E = float(np.sqrt(_E2))
_ROUNDS = 8
"""Of Newton's iteration for the latitude: three reach the last bit below 80 degrees."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells (i, j), counted east and north from the meridian `lon0_deg` and the equator."""

    cell_m: float
    lat0_deg: float
    """Standard parallel."""
    lon0_deg: float

    def __post_init__(self) -> None:
        if not 10 <= self.cell_m <= 100_000:
            raise ValueError(f"cells of {self.cell_m:g} m: between 10 m and 100 km wanted")
        if not (abs(self.lat0_deg) <= 80 and abs(self.lon0_deg) <= 180):
            raise ValueError(f"no grid at {self.lat0_deg:g}, {self.lon0_deg:g} degrees")

    @classmethod
    def around(cls, lat_deg: float, lon_deg: float, cell_m: float) -> "Grid":
        """The grid of a place's whole degree: the same for all that happens near it."""
        return cls(cell_m, float(round(lat_deg)), float(round(lon_deg)))

    @property
    def _k0(self) -> float:
        lat = np.radians(self.lat0_deg)
        return float(np.cos(lat) / np.sqrt(1 - _E2 * np.sin(lat) ** 2))

    def project(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Position in cells: x east, y north, whole numbers on the grid lines."""
        sine = np.sin(np.radians(lat_deg))
        q = (1 - _E2) * (sine / (1 - _E2 * sine**2) + np.arctanh(_E * sine) / _E)
        east = (np.asarray(lon_deg) - self.lon0_deg + 180) % 360 - 180
        x = np.radians(east) * (SEMI_MAJOR_M * self._k0 / self.cell_m)
        return np.asarray(x), np.asarray(q * (SEMI_MAJOR_M / (2 * self._k0 * self.cell_m)))

    def place(self, x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Latitude and longitude in degrees of a position in cells."""
        lon = np.degrees(np.asarray(x) * (self.cell_m / (SEMI_MAJOR_M * self._k0)))
        q = np.asarray(y) * (2 * self._k0 * self.cell_m / SEMI_MAJOR_M)
        lat = np.arcsin(np.clip(q / 2, -1, 1))
        for _ in range(_ROUNDS):
            sine = np.sin(lat)
            bracket = 1 - _E2 * sine**2
            reached = (1 - _E2) * (sine / bracket + np.arctanh(_E * sine) / _E)
            lat = lat + (q - reached) * bracket**2 / (2 * (1 - _E2) * np.cos(lat))
        return np.degrees(lat), (self.lon0_deg + lon + 180) % 360 - 180

    def cells(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[IntArray, IntArray]:
        """Cell (i, j) each place lies in; what is unknown must be left out before."""
        x, y = self.project(lat_deg, lon_deg)
        return np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)

    def centres(self, i: ArrayLike, j: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Latitude and longitude of the middles of cells."""
        return self.place(np.asarray(i) + 0.5, np.asarray(j) + 0.5)


def step_lengths_m(
    lat1_deg: FloatArray, lon1_deg: FloatArray, lat2_deg: FloatArray, lon2_deg: FloatArray
) -> FloatArray:
    """Lengths of short steps on the ellipsoid: its metric at the middle latitude.

    Against Karney's geodesic (PROJ): steps of 23 m 4e-13 of their sum, one of 10 km below 1e-6.
    """
    sine2 = np.sin(np.radians((lat1_deg + lat2_deg) / 2)) ** 2
    bracket = 1 - _E2 * sine2
    # a cos / sqrt(bracket) and a (1 - e2) / bracket^1.5, squared
    east2 = (1 - sine2) / bracket
    north2 = (1 - _E2) ** 2 / bracket**3
    east = np.radians((lon2_deg - lon1_deg + 180) % 360 - 180)
    north = np.radians(lat2_deg - lat1_deg)
    return np.asarray(SEMI_MAJOR_M * np.sqrt(east2 * east**2 + north2 * north**2))
