"""What a winter track count is worth: simulated winters with a known number of cats.

Cats go correlated random walks over a square with a margin; routes of the park's count (67, 700 km
in all) lie at random in it; every crossing of yesterday's track is counted. Nothing here comes
from `groundstation.patrol`, which is asked for the density afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import figure
from groundstation.patrol.count import DailyTravel, track_count_density

ROUTES, ROUTE_KM = 67, 700 / 67
SIDE_KM, MARGIN_KM = 60.0, 10.0
STEP_KM = 0.25
DENSITY_KM2, TRAVEL_KM = 0.02, 7.0
WINTERS = 600


@dataclass(frozen=True, slots=True)
class Cats:
    """How straight cats go, and how well their daily travel is known."""

    turn_rad: float
    """Standard deviation of the change of heading a step."""
    travel_cv: float


def winters(count: int, cats: Cats, seed: int = 1) -> Iterator[NDArray[np.int64]]:
    """(ROUTES,) crossings of each winter."""
    rng = np.random.default_rng(seed)
    wide, steps = SIDE_KM + 2 * MARGIN_KM, round(TRAVEL_KM / STEP_KM)
    for _ in range(count):
        number = rng.poisson(DENSITY_KM2 * wide**2)
        heading = np.cumsum(rng.normal(0, cats.turn_rad, (number, steps)), axis=1)
        heading += rng.uniform(0, 2 * np.pi, number)[:, None]
        ways = np.cumsum(STEP_KM * np.stack([np.cos(heading), np.sin(heading)], -1), axis=1)
        start = rng.uniform(-MARGIN_KM, SIDE_KM + MARGIN_KM, (number, 1, 2))
        ways = start + np.concatenate([np.zeros((number, 1, 2)), ways], axis=1)
        bearing = rng.uniform(0, np.pi, ROUTES)
        middle = rng.uniform(ROUTE_KM / 2, SIDE_KM - ROUTE_KM / 2, (ROUTES, 2))
        yield _crossed(ways, middle, np.stack([np.cos(bearing), np.sin(bearing)], -1))


def _crossed(
    ways: NDArray[np.float64], middle: NDArray[np.float64], ahead: NDArray[np.float64]
) -> NDArray[np.int64]:
    along = ways @ ahead.T - (middle * ahead).sum(1)
    aside = ways @ np.stack([-ahead[:, 1], ahead[:, 0]]) - (
        ahead[:, 0] * middle[:, 1] - ahead[:, 1] * middle[:, 0]
    )
    before, after = aside[:, :-1], aside[:, 1:]
    hit = np.nonzero((before < 0) != (after < 0))
    share = before[hit] / (before[hit] - after[hit])
    at_km = along[:, :-1][hit] * (1 - share) + along[:, 1:][hit] * share
    return np.bincount(hit[2][np.abs(at_km) <= ROUTE_KM / 2], minlength=ROUTES)


def judged(count: int, cats: Cats, draws: int = 1000) -> tuple[float, float]:
    """Mean density told, and how often a nominal 95 % interval held the true one."""
    travel = DailyTravel(TRAVEL_KM, cats.travel_cv)
    told = [track_count_density(x, ROUTE_KM, travel, draws=draws) for x in winters(count, cats)]
    held = [(d.low_per_km2 or 0) <= DENSITY_KM2 <= (d.high_per_km2 or np.inf) for d in told]
    return float(np.mean([d.per_km2 for d in told])), float(np.mean(held))


def run() -> None:
    """Print density and coverage for straight and for winding cats."""
    for name, cats in {
        "cats that go straight, daily travel known": Cats(0.5, 0.0),
        "cats that wind, daily travel known": Cats(1.2, 0.0),
        "cats that go straight, daily travel to 10 %": Cats(0.5, 0.1),
    }.items():
        density, held = judged(WINTERS, cats)
        figure(f"{name}: density, true 0.0200", f"{density:.4f}", "/km2")
        figure(f"{name}: a 95 % interval holds it in", f"{held:.1%}")


if __name__ == "__main__":
    run()
