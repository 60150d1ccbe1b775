"""What a count adds up to: densities with intervals, and how they changed since earlier counts.

A route enters with the kilometres of it that were covered, and with the days for which its snow
could gather tracks. A walk without a way, or without a word about its snow where all tracks since
the snowfall are counted, has no kilometres: its crossings are told apart and enter no density.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from groundstation.access.account import Account
from groundstation.access.roles import Scope
from groundstation.patrol.animals import Animal, animal, least_animals
from groundstation.patrol.count import (
    DailyTravel,
    Density,
    compare,
    exposure_days,
    track_count_density,
    usable_crossings,
)
from groundstation.records.count import Count, CountedSpecies
from groundstation.store import counts
from groundstation.store.count_walks import (
    CountWalk,
    Crossing,
    covered,
    routes_of,
    snow_age_h,
    walks,
)
from groundstation.store.raid_lines import scope_clause

_ONE_KM = DailyTravel(1.0)
"""Stands for a daily travel nobody told: crossings are compared all the same."""


@dataclass(frozen=True, slots=True)
class DensityTold:
    """Animals by area."""

    per_100_km2: float
    per_1000_ha: float
    low_per_100_km2: float | None
    high_per_100_km2: float | None
    level: float
    """What the interval calls itself, 0.95."""
    coverage: tuple[float, float] | None
    """How often such intervals held the truth in simulated winters; to be said beside it."""
    cv: float | None


@dataclass(frozen=True, slots=True)
class Since:
    """This count against an earlier one."""

    count_id: UUID
    name: str
    start_date: date
    ratio: float | None
    """How many times as many; None where the earlier one met nothing."""
    low: float | None
    high: float | None
    is_certain: bool
    """Whether the interval leaves out "as before"."""
    same_travel: bool
    """One daily travel was taken for both, and divides out."""


@dataclass(frozen=True, slots=True)
class SpeciesResult:
    """One species."""

    category: str
    crossings: float
    """That enter the density."""
    crossings_per_10_km: float | None
    """Per day of tracks."""
    old_crossings: float
    """Left out: older than 24 hours."""
    unmeasured_crossings: float
    """Left out: of walks whose kilometres or snow nobody knows."""
    unknown_age: float
    """Of the crossings: taken for fresh, since nobody said how old they are."""
    density: DensityTold | None
    """None without a daily travel, or without a walked kilometre."""
    travel: DailyTravel | None
    travel_source: str | None
    animals: Mapping[Animal, int] | None
    """Tracks by what their heel pads say; None where no thresholds are set."""
    least_animals: int | None
    since: Sequence[Since]


@dataclass(frozen=True, slots=True)
class CountResult:
    """All species of a count."""

    count: Count
    routes: int
    routes_walked: int
    """Of which some part is covered."""
    planned_km: float
    covered_km: float
    is_partial: bool
    """The reader's scope leaves out walks: this is no result of the whole count."""
    species: Sequence[SpeciesResult]


@dataclass(frozen=True, slots=True, eq=False)
class _Route:
    """A route with what its walks add."""

    km_days: float
    crossings: Sequence[Crossing]
    unmeasured: Sequence[Crossing]


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    count: Count
    routes: Sequence[_Route]
    planned_km: float
    covered_km: float
    walked: int


def result(connection: Connection, count: Count, account: Account) -> CountResult:
    """The result within the account's scope, against all earlier counts that stand."""
    read = _read(connection, count, account)
    earlier = [
        _read(connection, one, account)
        for one in counts.find(connection)
        if one.start_date < count.start_date
    ]
    return CountResult(
        count=count,
        routes=len(read.routes),
        routes_walked=read.walked,
        planned_km=read.planned_km,
        covered_km=read.covered_km,
        is_partial=account.scope is not Scope.ALL,
        species=[_species(read, species, earlier) for species in count.settings.species],
    )


def _read(connection: Connection, count: Count, account: Account) -> _Read:
    by_route: dict[UUID, list[CountWalk]] = defaultdict(list)
    for walk in walks(connection, count, scope_clause(account)):
        by_route[walk.route_id].append(walk)
    found, planned_km, covered_km, walked = [], 0.0, 0.0, 0
    for route in routes_of(connection, count):
        own, km = by_route[route.route_id], (route.planned_m or 0.0) / 1000
        share = covered(route, own, count.settings.near_m)
        each = [share] if len(own) == 1 else [
            covered(route, [walk], count.settings.near_m) for walk in own
        ]  # fmt: skip
        found.append(_route(count, own, [km * s for s in each]))
        planned_km, covered_km, walked = planned_km + km, covered_km + km * share, walked + (
            share > 0
        )  # fmt: skip
    return _Read(count, found, planned_km, covered_km, walked)


def _route(count: Count, walked: Sequence[CountWalk], covered_km: Sequence[float]) -> _Route:
    km_days, crossings, unmeasured = 0.0, list[Crossing](), list[Crossing]()
    for walk, km in zip(walked, covered_km, strict=True):
        exposure = km * _days(walk, count)
        km_days += exposure
        (crossings if exposure > 0 else unmeasured).extend(walk.crossings)
    return _Route(km_days, crossings, unmeasured)


def _days(walk: CountWalk, count: Count) -> float:
    """For how many days the walk's snow gathered tracks that count; 0 where nobody knows."""
    settings, age_h = count.settings, snow_age_h(walk, count)
    if age_h is None:
        # Fresh tracks need only a day of snow, and a count is not held in a snowstorm.
        return 1.0 if settings.fresh_only else 0.0
    return float(exposure_days(age_h, settings.tracks_last_h, settings.fresh_only))


def _species(read: _Read, species: CountedSpecies, earlier: Sequence[_Read]) -> SpeciesResult:
    own = [[c for c in r.crossings if c.category.startswith(species.category)]
           for r in read.routes]  # fmt: skip
    kept = [_usable(crossings, read.count) for crossings in own]
    every = [c for crossings in kept for c in crossings]
    density = _density(read, kept, species.travel or _ONE_KM)
    left_out = [c for r in read.routes for c in r.unmeasured
                if c.category.startswith(species.category)]  # fmt: skip
    return SpeciesResult(
        category=species.category,
        crossings=_times(every),
        crossings_per_10_km=None if density is None else density.crossings_per_10_km,
        old_crossings=sum(map(_times, own)) - _times(every),
        unmeasured_crossings=_times(left_out),
        unknown_age=_times([c for c in every if c.age_h is None]),
        density=None if density is None or species.travel is None else _told(density),
        travel=species.travel,
        travel_source=species.travel_source,
        animals=_animals(every, species),
        least_animals=_least(every, species),
        since=[_since(density, species, one) for one in earlier if density is not None
               and any(s.category == species.category for s in one.count.settings.species)],
    )  # fmt: skip


def _density(
    read: _Read, kept: Sequence[Sequence[Crossing]], travel: DailyTravel
) -> Density | None:
    km_days = np.array([route.km_days for route in read.routes])
    if not km_days.sum() > 0:
        return None
    return track_count_density([_times(crossings) for crossings in kept], km_days, travel)


def _since(density: Density | None, species: CountedSpecies, one: _Read) -> Since:
    its = next(s for s in one.count.settings.species if s.category == species.category)
    kept = [
        _usable([c for c in route.crossings if c.category.startswith(species.category)], one.count)
        for route in one.routes
    ]
    before = _density(one, kept, its.travel or _ONE_KM)
    same = its.travel == species.travel
    head = one.count.count_id, one.count.name, one.count.start_date
    if density is None or before is None or not (same or (its.travel and species.travel)):
        return Since(*head, None, None, None, False, same)
    change = compare(density, before, same)
    ratio = change.ratio if np.isfinite(change.ratio) else None
    return Since(*head, ratio, change.low, change.high, change.is_certain, same)


def _usable(crossings: Sequence[Crossing], count: Count) -> list[Crossing]:
    chosen = usable_crossings([c.age_h for c in crossings], count.settings.fresh_only)
    return [c for c, use in zip(crossings, chosen.tolist(), strict=True) if use]


def _times(crossings: Sequence[Crossing]) -> float:
    return sum(c.times for c in crossings)


def _told(density: Density) -> DensityTold:
    low, high = density.low_per_km2, density.high_per_km2
    return DensityTold(
        per_100_km2=density.per_100_km2,
        per_1000_ha=density.per_1000_ha,
        low_per_100_km2=None if low is None else low * 100,
        high_per_100_km2=None if high is None else high * 100,
        level=density.level,
        coverage=density.coverage,
        cv=density.cv,
    )


def _animals(crossings: Sequence[Crossing], species: CountedSpecies) -> Mapping[Animal, int] | None:
    if species.heel_pad is None:
        return None
    thresholds = species.heel_pad
    return Counter(animal(c.pad_cm, thresholds) for c in crossings)


def _least(crossings: Sequence[Crossing], species: CountedSpecies) -> int | None:
    placed = [(c.lat_deg, c.lon_deg, c.pad_cm) for c in crossings
              if c.lat_deg is not None and c.lon_deg is not None]  # fmt: skip
    if species.apart is None:
        return None
    lat, lon, pads = zip(*placed, strict=True) if placed else ((), (), ())
    return least_animals(lat, lon, pads, species.apart)
