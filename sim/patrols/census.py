"""The winter count: routes, animals that walk, and where their tracks cross.

Animals stand uniformly in an area far wider than the routes and walk a correlated random walk
each day, as long as that day's travel; at the area's edge they turn back. So the expected number
of crossings is that of Formozov's formula, D = pi x / (2 S M), with D and M known (Keeping &
Pelletier 2014, pone.0096598). Tracks stay for the days since the last snow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.patrols.ground import Places
from sim.patrols.park import BORDER_M, Park, within_border
from sim.patrols.walk import Walker, walk

ROUTES = 67
ROUTE_KM = 700 / ROUTES
ROUTE_POINTS = 120
AREA_HALF_M = BORDER_M + 18_000
"""Of the square the animals live in."""
TRACKS_SINCE_DAYS = 3
"""When it snowed last, before the first day of the count."""
PARTS_A_DAY = 48
TURNS = 0.6
"""Standard deviation of the turn from one part of a day's way to the next, rad."""


@dataclass(frozen=True, slots=True)
class Animal:
    """What is known of a species."""

    per_100_km2: float
    daily_travel_km: float
    travel_cv: float


ANIMALS: dict[str, Animal] = {"tiger": Animal(0.6, 9.0, 0.4), "leopard": Animal(1.1, 6.5, 0.4)}


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """As planned."""

    number: str
    team: str
    places: Places
    """(P,)"""


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Where the routes of one day cross one species' tracks."""

    route: NDArray[np.intp]
    """(X,) of the routes given."""
    part: NDArray[np.intp]
    """(X,) index of the route's place before it."""
    places: Places
    age_h: NDArray[np.float64]


def make_routes(park: Park) -> list[Route]:
    """67 routes of together about 700 km, spread over the park."""
    rng = np.random.default_rng([park.seed, 2])
    posts = park.ground.places()[::8, ::8].ravel()
    on_land = park.ground.from_sea_m[::8, ::8].ravel() > 1500
    offered = posts[on_land & within_border(posts / 0.93)]
    starts = _spaced(offered, ROUTES, rng)
    steps = int(ROUTE_KM * 1e3 / 60)
    paces = np.full(steps, 60 / 15, np.float32)  # 60 m a step
    walkers = [
        Walker(start, np.array([start + 14_000 * _inwards(start, rng)]), paces) for start in starts
    ]
    ways = walk(park.ground, walkers, rng)
    chosen = np.linspace(0, steps, ROUTE_POINTS).astype(int)
    return [
        Route(
            str(n + 1),
            _nearest_team(park, way[0]),
            way[chosen],
        )
        for n, way in enumerate(ways)
    ]


def _nearest_team(park: Park, place: complex) -> str:
    station = min(park.stations, key=lambda key: abs(park.stations[key] - place))
    return station.replace("station", "team")


def _spaced(offered: Places, count: int, rng: np.random.Generator) -> list[complex]:
    """Each as far as may be from those before."""
    taken = [complex(rng.choice(offered))]
    away = np.abs(offered - taken[0])
    while len(taken) < count:
        taken.append(complex(offered[int(away.argmax())]))
        away = np.minimum(away, np.abs(offered - taken[-1]))
    return taken


def _inwards(start: complex, rng: np.random.Generator) -> complex:
    """A direction that keeps a route from the border inside the park."""
    towards = -start / (abs(start) + 1e-9)
    weight = (abs(start) / BORDER_M) ** 2
    heading = weight * towards + complex(*rng.standard_normal(2)) * 0.5
    return complex(heading / abs(heading))


@dataclass(frozen=True, slots=True, eq=False)
class Herd:
    """All animals of a species in the area, on the days up to the last of a count."""

    count: int
    ways: NDArray[np.complex128]
    """(days, animals, PARTS_A_DAY + 1)"""
    travel_m: NDArray[np.float64]
    """(days, animals)"""

    @property
    def per_100_km2(self) -> float:
        """As they really are."""
        return self.count / (2 * AREA_HALF_M / 1e3) ** 2 * 100


def make_herd(park: Park, species: str, year: int, days: int) -> Herd:
    """Animals of one winter, walking since the last snow."""
    kind = list(ANIMALS).index(species)
    animal = ANIMALS[species]
    rng = np.random.default_rng([park.seed, 3, year, kind])
    count = round(animal.per_100_km2 / 100 * (2 * AREA_HALF_M / 1e3) ** 2)
    all_days = TRACKS_SINCE_DAYS + days
    sigma = np.sqrt(np.log1p(animal.travel_cv**2))
    travel_m = 1e3 * animal.daily_travel_km * np.exp(
        sigma * rng.standard_normal((all_days, count)) - sigma**2 / 2
    )  # fmt: skip
    turns = TURNS * rng.standard_normal((all_days * PARTS_A_DAY, count))
    turns[0] = rng.uniform(0, 2 * np.pi, count)
    parts = np.exp(1j * np.cumsum(turns, axis=0)) * np.repeat(travel_m, PARTS_A_DAY, axis=0)
    start = rng.uniform(-AREA_HALF_M, AREA_HALF_M, (2, count))
    way = start[0] + 1j * start[1] + np.cumsum(parts / PARTS_A_DAY, axis=0)
    way = np.concatenate([(start[0] + 1j * start[1])[None], way])
    way = _turned_back(way.real) + 1j * _turned_back(way.imag)
    by_day = [way[d * PARTS_A_DAY : (d + 1) * PARTS_A_DAY + 1].T for d in range(all_days)]
    return Herd(count, np.stack(by_day), travel_m)


def _turned_back(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Folded into the area: a mirror at each edge keeps the density the same everywhere."""
    width = 2 * AREA_HALF_M
    folded = np.mod(values + AREA_HALF_M, 2 * width)
    return np.asarray(np.where(folded > width, 2 * width - folded, folded) - AREA_HALF_M)


def crossings(routes: Sequence[Route], herd: Herd, day: int, hour: float) -> Crossings:
    """Of tracks not older than the snow, as routes are walked at `hour` of the count's `day`."""
    today = TRACKS_SINCE_DAYS + day
    found: list[tuple[int, int, complex, float]] = []
    lines = [route.places for route in routes]
    for back in range(TRACKS_SINCE_DAYS):
        # The way of the 24 hours that end now, then those before it.
        ways = _last_day(herd, today - back, hour)
        for r, line in enumerate(lines):
            for part, share, animal_part in _crossed(line, ways):
                place = line[part] + share * (line[part + 1] - line[part])
                age_h = 24 * (back + 1 - (animal_part + 0.5) / PARTS_A_DAY)
                found.append((r, part, complex(place), age_h))
    return Crossings(
        np.array([row[0] for row in found], np.intp),
        np.array([row[1] for row in found], np.intp),
        np.array([row[2] for row in found], np.complex128),
        np.array([row[3] for row in found], np.float64),
    )


def _last_day(herd: Herd, day: int, hour: float) -> NDArray[np.complex128]:
    """(animals, PARTS_A_DAY + 1) the way of the 24 hours before `hour` of `day`."""
    cut = round(hour / 24 * PARTS_A_DAY)
    return np.concatenate([herd.ways[day - 1][:, cut:-1], herd.ways[day][:, : cut + 1]], axis=1)


def _crossed(line: Places, ways: NDArray[np.complex128]) -> list[tuple[int, float, int]]:
    """Part of the line, share of that part, part of the animal's day, for each crossing."""
    reach_m = np.abs(np.diff(ways, axis=1)).sum(axis=1)
    centre = line[len(line) // 2]
    radius = np.abs(line - centre).max()
    near = np.flatnonzero(np.abs(ways[:, 0] - centre) < radius + reach_m)
    p, r = line[:-1], np.diff(line)
    found: list[tuple[int, float, int]] = []
    for animal in near.tolist():
        q, s = ways[animal, :-1], np.diff(ways[animal])
        apart = q[None, :] - p[:, None]
        cross = _cross(r[:, None], s[None, :])
        with np.errstate(divide="ignore", invalid="ignore"):
            t = _cross(apart, s[None, :]) / cross
            u = _cross(apart, r[:, None]) / cross
            hit = (t >= 0) & (t < 1) & (u >= 0) & (u < 1)
        found += [(int(i), float(t[i, j]), int(j)) for i, j in zip(*np.nonzero(hit), strict=True)]
    return found


def _cross(a: Places, b: Places) -> NDArray[np.float64]:
    """Of plane vectors."""
    return np.asarray(a.real * b.imag - a.imag * b.real)
