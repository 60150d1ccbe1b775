"""What a navigator makes of a way: points every few seconds, a few metres beside it."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.geodesy import ecef_from_geodetic
from sim.patrols.ground import Ground, Places
from sim.patrols.records import UTC_OFFSET_S, Recording
from sim.patrols.walk import STEP_S

INTERVALS_S = (10, 15, 20)
WANDER_M, WHITE_M = 2.5, 0.5
"""Of a receiver: its slow and its quick error, standard deviations each way."""
EPOCH = date(1970, 1, 1)


def way_length_m(places: Places, ground: Ground) -> float:
    """On the ellipsoid: chords of a few metres are its arcs to a part in 1e12."""
    return degrees_length_m(*ground.lat_lon(places))


def degrees_length_m(lat_deg: NDArray[np.float64], lon_deg: NDArray[np.float64]) -> float:
    """The same of degrees."""
    ecef = ecef_from_geodetic(lat_deg, lon_deg, np.zeros(len(lat_deg)))
    return float(np.linalg.norm(np.diff(ecef, axis=0), axis=1).sum())


def recording(
    ground: Ground, carrier: str, day: date, start_s: int, way: Places, aside_m: float,
    interval_s: int, rng: np.random.Generator,
) -> Recording:  # fmt: skip
    """The way of (N,) places, one in STEP_S, as a receiver saw it."""
    length_s = (len(way) - 1) * STEP_S
    at_s = np.arange(rng.integers(0, interval_s), length_s + 1, interval_s, dtype=np.float64)
    places = np.interp(at_s / STEP_S, np.arange(len(way)), way)
    places = places + _slow(at_s, 90.0, np.hypot(WANDER_M, aside_m), rng)
    places = places + WHITE_M * (rng.standard_normal((2, len(at_s))).T @ np.array([1, 1j]))
    lat, lon = ground.lat_lon(places)
    height = ground.height_m(places) + 4 * _slow(at_s, 300.0, 1.0, rng).real
    return Recording(
        carrier, day, aside_m == 0, unix_us(day, start_s) + (at_s * 1e6).astype(np.int64),
        np.rint(lat * 1e7) / 1e7, np.rint(lon * 1e7) / 1e7, np.rint(height * 2) / 2,
    )  # fmt: skip


def _slow(
    at_s: NDArray[np.float64], within_s: float, sigma: float, rng: np.random.Generator
) -> Places:
    """(N,) noise that changes within `within_s`."""
    knots = rng.standard_normal((2, int(at_s[-1] / within_s) + 2)) * sigma
    x = at_s / within_s
    grid = np.arange(knots.shape[1])
    return np.asarray(np.interp(x, grid, knots[0]) + 1j * np.interp(x, grid, knots[1]))


def unix_us(day: date, wall_s: float) -> int:
    """Microseconds since 1970 UTC of a wall time, seconds after midnight."""
    return int(((day - EPOCH).days * 86_400 + wall_s - UTC_OFFSET_S) * 1e6)
