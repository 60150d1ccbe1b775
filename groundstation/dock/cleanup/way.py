"""The points of a segment that have a position, and which legs between them can be gone."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from firmware_bridge.earth import geodetic_to_ecef
from firmware_bridge.tracks import NO_TIME_US
from groundstation.dock.geodesic import leg_lengths_m

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

_AROUND = 11
"""Legs that make the surroundings of a leg."""
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """What is possible, and what counts as rest."""

    speed_m_s: float = 90.0
    """Nothing that carries rangers is faster: a Mi-8 flies at 70 m/s."""
    acceleration_m_s2: float = 10.0
    error_m: float = 30.0
    """Any leg this short is possible: fixes err."""
    aside_m: float = 50.0
    """A single point nearer than this is never called an outlier."""
    aside_m_s: float = 5.0
    """Nor one that is reached more slowly than this, where times are known."""
    unreachable_points: int = 8
    """A run longer than this is not an outlier, though nothing leads to it (nor one twice as long
    that is neither entered nor left)."""
    rest_radius_m: float = 25.0
    rest_s: float = 180.0
    smooth_s: float = 30.0
    """Fixes are averaged over this time before rest is looked for."""
    gap_s: float = 120.0


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """The points of a segment that have a position."""

    lat_deg: FloatArray
    lon_deg: FloatArray
    time_s: FloatArray
    """(N,) since the first known time; NaN where unknown."""
    place_m: FloatArray
    """(N, 3) on the ellipsoid, earth-fixed: chords are short work."""
    legs_m: FloatArray
    """(N - 1,) geodesic."""
    limits: Limits

    @classmethod
    def of(
        cls, lat: FloatArray, lon: FloatArray, time_us: NDArray[np.int64], limits: Limits
    ) -> "Way":
        known = time_us != NO_TIME_US
        first = int(time_us[known][0]) if known.any() else 0
        time_s = np.where(known, time_us - np.where(known, first, time_us), 0) / 1e6
        return cls(
            lat,
            lon,
            np.where(known, time_s, np.nan),
            geodetic_to_ecef(lat, lon, 0.0),
            leg_lengths_m(lat, lon) if len(lat) else np.zeros(0),
            limits,
        )

    def possible(self, legs: FloatArray, seconds: FloatArray, usual: FloatArray) -> BoolArray:
        """Whether a leg can be gone; unknown times accuse nobody, backward ones are gaps."""
        limits = self.limits
        with np.errstate(invalid="ignore"):
            top = np.fmin(limits.speed_m_s, usual + limits.acceleration_m_s2 * seconds)
            return np.asarray(~(seconds >= 0) | (legs <= top * seconds + limits.error_m))


def leg_speeds_m_s(legs: FloatArray, seconds: FloatArray) -> FloatArray:
    """(N - 1,) NaN where time stood still, ran backwards or is unknown."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(seconds > 0, legs / seconds, np.nan)


def median_around(values: FloatArray) -> FloatArray:
    """(N,) median of the neighbours within five places, unknown ones left out; 0 if all are."""
    half = _AROUND // 2
    padded = np.pad(values, half, constant_values=np.nan)
    out = np.empty(values.size)
    for start in range(0, values.size, _CHUNK):
        stop = min(start + _CHUNK, values.size)
        windows = np.sort(sliding_window_view(padded[start : stop + 2 * half], _AROUND), axis=1)
        known = np.count_nonzero(np.isfinite(windows), axis=1)  # NaN are sorted to the end
        middle = windows[np.arange(stop - start), np.maximum(known - 1, 0) // 2]
        out[start:stop] = np.where(known, middle, 0.0)
    return out
