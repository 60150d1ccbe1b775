"""Winter track count: density from tracks that cross routes (Formozov-Malyshev-Pereleshin).

    D = pi/2 * x / (S M)        x crossings, S km of routes, M km an animal goes in a day

for tracks of the last 24 hours. Where every track since the snowfall is counted, a route of S km
whose snow is t days old has seen S t km days: S becomes the sum of S_r t_r. The Russian form of
the winter route census is the same with other units: per 1000 ha = 1.57 A / M with A crossings per
10 km.

    CV^2 = CV_x^2 + CV_M^2

CV_x from the routes, by the linearised variance of a ratio. The interval is a bootstrap over
routes and over the daily travel.

**What the interval is worth.** One cat crosses several routes, and routes lie as they lie: an
interval that calls itself 95 % held the truth in 83 to 92 % of simulated winters, and spatial
blocks of routes did no better. `Density.coverage` carries these figures, to be said beside it.

Sources: D. Keeping and R. Pelletier, PLoS ONE 9 (2014) e96598 (formula and its derivation);
G. D. Hayward et al. 2002 (how long tracks last: a week in January and February, two days in March).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

FRESH_H = 24.0
COVERAGE_95 = (0.83, 0.92)
"""Measured, of a nominal 95 % (`benchmarks/patrol_count.py`)."""
DRAWS = 2000
_LEAST_ROUTES = 5
"""Fewer say nothing about how routes differ."""


@dataclass(frozen=True, slots=True)
class DailyTravel:
    """How far an animal goes in a day: a distribution, since the mean itself is uncertain."""

    mean_km: float
    cv: float = 0.0
    """Of the mean: standard deviation / sqrt(days followed) / mean."""

    def __post_init__(self) -> None:
        if not (0 < self.mean_km < 1000 and 0 <= self.cv < 10):
            raise ValueError(f"daily travel {self.mean_km} km with a CV of {self.cv}")

    @classmethod
    def of(cls, days_km: ArrayLike) -> "DailyTravel":
        """From days on which animals were followed."""
        days = np.asarray(days_km, dtype=np.float64)
        mean = float(days.mean())
        return cls(
            mean, float(days.std(ddof=1) / np.sqrt(len(days)) / mean) if len(days) > 1 else 0
        )

    def draws(self, rng: np.random.Generator, count: int) -> FloatArray:
        """(count,) log-normal of this mean and CV."""
        sigma = np.sqrt(np.log1p(self.cv**2))
        return np.asarray(self.mean_km * np.exp(rng.standard_normal(count) * sigma - sigma**2 / 2))


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Animals by area."""

    per_km2: float
    cv: float | None
    """None where the routes are too few to say how they differ."""
    low_per_km2: float | None
    high_per_km2: float | None
    level: float
    """What the interval calls itself."""
    coverage: tuple[float, float] | None
    """How often such intervals held the truth in simulations; None: not measured for this level."""
    crossings: float
    route_km_days: float
    routes: int
    crossings_per_10_km: float
    rate_draws: FloatArray
    """(B,) crossings per km and day, resampled over routes; empty without an interval."""
    travel: DailyTravel

    @property
    def per_100_km2(self) -> float:
        """As cats are usually told."""
        return self.per_km2 * 100

    @property
    def per_1000_ha(self) -> float:
        """As the winter route census tells it."""
        return self.per_km2 * 10


@dataclass(frozen=True, slots=True)
class Change:
    """One count against an earlier one."""

    ratio: float
    low: float | None
    high: float | None

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves out "as before"."""
        return self.low is not None and self.high is not None and not self.low <= 1 <= self.high


def track_count_density(
    crossings: ArrayLike,
    route_km: ArrayLike,
    daily_travel_km: float | DailyTravel,
    snow_days: ArrayLike = 1.0,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Density:
    """Density from crossings (R,) counted along routes of `route_km` (R,) kilometres.

    `snow_days` (R,) is for how many days tracks could gather: 1 where only fresh ones, of the last
    24 hours, are counted; otherwise `exposure_days`. Routes of no kilometre are left out. Raises
    ValueError where nothing was walked, or for negative numbers.
    """
    x, s, t = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (crossings, route_km, snow_days))
    )
    if not all((np.isfinite(v) & (v >= 0)).all() for v in (x, s, t)):
        raise ValueError("crossings, kilometres and days are numbers from 0 on")
    walked = s * t > 0
    x, exposure = x[walked], (s * t)[walked]
    if not len(x):
        raise ValueError("no kilometre of any route was walked on snow that held tracks")
    travel = (
        daily_travel_km
        if isinstance(daily_travel_km, DailyTravel)
        else DailyTravel(daily_travel_km)
    )
    rate = float(x.sum() / exposure.sum())
    per_km2 = np.pi / 2 * rate / travel.mean_km
    some = len(x) >= _LEAST_ROUTES and rate > 0
    rng = np.random.default_rng(seed)
    resampled = _resampled(x, exposure, rng, draws) if some else np.zeros(0)
    tails = [(1 - level) / 2, (1 + level) / 2]
    drawn = np.pi / 2 * resampled / travel.draws(rng, len(resampled))
    low, high = np.quantile(drawn, tails) if some else (None, None)
    return Density(
        per_km2=per_km2,
        cv=float(np.hypot(_ratio_cv(x, exposure), travel.cv)) if some else None,
        low_per_km2=None if low is None else float(low),
        high_per_km2=None if high is None else float(high),
        level=level,
        coverage=COVERAGE_95 if level == 0.95 and some else None,
        crossings=float(x.sum()),
        route_km_days=float(exposure.sum()),
        routes=len(x),
        crossings_per_10_km=rate * 10,
        rate_draws=resampled,
        travel=travel,
    )


def zmu_density_per_1000_ha(crossings_per_10_km: float, daily_travel_km: float) -> float:
    """The winter route census as its instruction writes it: 1.57 A / M."""
    return 1.57 * crossings_per_10_km / daily_travel_km


def compare(later: Density, earlier: Density, same_travel: bool = True) -> Change:
    """How many times as dense; with the interval of the ratio where both counts have one.

    With `same_travel` one daily travel is taken for both, and what is not known of it divides out.
    """
    own = later.per_km2 / earlier.per_km2 if earlier.per_km2 else float("nan")
    count = min(len(later.rate_draws), len(earlier.rate_draws))
    if not count:
        return Change(own, None, None)
    # Different seeds: equal draws of two counts would belong together.
    rng = np.random.default_rng(count)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = later.rate_draws[:count] / rng.permutation(earlier.rate_draws)[:count]
    if not same_travel:
        ratio = ratio * earlier.travel.draws(rng, count) / later.travel.draws(rng, count)
    tails = [(1 - later.level) / 2, (1 + later.level) / 2]
    low, high = np.nanquantile(ratio, tails)
    return Change(own, float(low), float(high))


def exposure_days(
    snow_age_h: ArrayLike, tracks_last_h: float, fresh_only: bool = True
) -> FloatArray:
    """For how many days tracks could gather, from the hours since the snowfall; NaN stays NaN.

    Fresh tracks only: a day, or less on snow that is younger. All tracks: since the snowfall, but
    no longer than tracks last.
    """
    age_h = np.asarray(snow_age_h, dtype=np.float64)
    return np.asarray(np.minimum(age_h, FRESH_H if fresh_only else tracks_last_h) / 24)


def _resampled(
    x: FloatArray, exposure: FloatArray, rng: np.random.Generator, draws: int
) -> FloatArray:
    """(draws,) rates of routes drawn with replacement."""
    times = rng.multinomial(len(x), np.full(len(x), 1 / len(x)), draws)
    return np.asarray((times @ x) / (times @ exposure))


def _ratio_cv(x: FloatArray, exposure: FloatArray) -> float:
    """Of sum x / sum exposure, from the residuals of the routes."""
    n = len(x)
    residual = x - x.sum() / exposure.sum() * exposure
    return float(np.sqrt(n / (n - 1) * (residual**2).sum()) / x.sum())


def usable_crossings(age_h: Sequence[float | None], fresh_only: bool) -> NDArray[np.bool_]:
    """(N,) crossings that enter the count; a track of unknown age is taken for a fresh one."""
    if not fresh_only:
        return np.ones(len(age_h), bool)
    return np.array([age is None or age <= FRESH_H for age in age_h], bool)
