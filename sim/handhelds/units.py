"""What a virtual unit holds: a scripted raid through the taiga and the places marked on the way.

The script knows full precision; each family rounds it to what its wire can carry and says so in
its truth. Everything follows from the seed.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

RAID_START_UNIX_S = 1_752_623_520
"""2025-07-15T23:52:00Z: a raid that crosses midnight."""
START_LAT_DEG, START_LON_DEG = 43.0512, 131.3947
METRES_PER_DEGREE = 111_195.0
WALK_M_S, WALK_STEP_S = 1.1, 10
STEP_S = (1, 2, 5, 10)
BREAK_EVERY = 0.004
"""Share of points after which the fix was lost and a new segment began."""
PLACES = ("STAN", "RODNIK", "SLED", "PEREVAL", "BROD", "KAPKAN", "LEZHKA", "MOST")
PLACES_CYRILLIC = ("СТАН", "РОДНИК", "СЛЕД", "ПЕРЕВАЛ", "БРОД", "КАПКАН", "ЛЁЖКА", "МОСТ")
COMMENTS = ("", "tiger, two days old", "axe marks", "water ok")
COMMENTS_CYRILLIC = ("", "тигр, двое суток", "порубка", "вода есть")


@dataclass(frozen=True, slots=True)
class Point:
    """One track point; None is what the unit does not know."""

    unix_s: float | None
    lat_deg: float | None
    lon_deg: float | None
    alt_amsl_m: float | None
    begins: bool
    """The first after a break."""
    speed_m_s: float = 0.0
    course_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """One waypoint."""

    name: str
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float | None
    unix_s: float | None
    comment: str = ""
    symbol: int | str = 18
    """Garmin's number, or the letter of others."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Everything in a unit's memory, in the unit's order."""

    track_name: str
    points: Sequence[Point]
    places: Sequence[Place]


def scripted(points: int, places: int, seed: int) -> Holding:
    """A raid of so many points and places."""
    dice = random.Random(seed)
    raid = _raid(points, dice)
    stops = raid or _raid(1, random.Random(seed))
    marked = [_place(i, stops[(i * 7919) % len(stops)]) for i in range(places)]
    return Holding("ACTIVE LOG", raid, marked)


def walked(
    corners: Sequence[tuple[float, float, float]], places: int, end_unix_s: float
) -> Holding:
    """A route on foot, corner to corner (latitude, longitude, metres AMSL), a point every 10 s,
    that ends now."""
    lines = []
    for a, b in pairwise(corners):
        east = (b[1] - a[1]) * math.cos(math.radians(a[0]))
        course = math.degrees(math.atan2(east, b[0] - a[0])) % 360
        away_m = math.hypot(b[0] - a[0], east) * METRES_PER_DEGREE
        steps = max(1, round(away_m / (WALK_M_S * WALK_STEP_S)))
        for step in range(steps):
            share = step / steps
            where = [x + (y - x) * share for x, y in zip(a, b, strict=True)]
            lines.append((*where, course))
    lines.append((*corners[-1], lines[-1][3] if lines else 0.0))
    start_s = end_unix_s - WALK_STEP_S * (len(lines) - 1)
    points = [
        Point(
            float(round(start_s + i * WALK_STEP_S)), lat, lon, round(alt, 2), i == 0, WALK_M_S, way
        )
        for i, (lat, lon, alt, way) in enumerate(lines)
    ]
    marked = [_place(n, points[i]) for n, i in enumerate(pressed(places, len(points)))]
    return Holding("ACTIVE LOG", points, marked)


def kept(holding: Holding, overwritten: int) -> Holding:
    """The same after the oldest points made room for new ones."""
    return replace(holding, points=holding.points[overwritten:])


def with_cyrillic(holding: Holding) -> Holding:
    """The same in a unit with Cyrillic firmware."""
    places = [
        replace(p, name=_name(PLACES_CYRILLIC, i), comment=COMMENTS_CYRILLIC[i % len(COMMENTS)])
        for i, p in enumerate(holding.places)
    ]
    return replace(holding, track_name="ТЕКУЩИЙ ТРЕК", places=places)


def shifted(holding: Holding, seconds: float) -> Holding:
    """The same by a clock that is wrong by `seconds`."""

    def moved(unix_s: float | None) -> float | None:
        return None if unix_s is None else unix_s + seconds

    return replace(
        holding,
        points=[replace(p, unix_s=moved(p.unix_s)) for p in holding.points],
        places=[replace(p, unix_s=moved(p.unix_s)) for p in holding.places],
    )


def without_times(holding: Holding) -> Holding:
    """The same in a unit that never knew the time."""
    return replace(
        holding,
        points=[replace(p, unix_s=None) for p in holding.points],
        places=[replace(p, unix_s=None) for p in holding.places],
    )


def with_heights(holding: Holding, lost_too: bool = False) -> Holding:
    """0 m where a height is unknown, as families write it that have no mark for that.

    `lost_too`: also where there is no position.
    """
    points = [
        p if p.lat_deg is None and not lost_too else replace(p, alt_amsl_m=p.alt_amsl_m or 0.0)
        for p in holding.points
    ]
    return replace(holding, points=points)


def with_unknowns(holding: Holding) -> Holding:
    """Every seventh point without position, every fifth without height."""
    points = [
        replace(
            p,
            lat_deg=None if i % 7 == 3 else p.lat_deg,
            lon_deg=None if i % 7 == 3 else p.lon_deg,
            alt_amsl_m=None if i % 7 == 3 or i % 5 == 2 else p.alt_amsl_m,
        )
        for i, p in enumerate(holding.points)
    ]
    return replace(holding, points=points)


def pressed(marked: int, count: int) -> list[int]:
    """Which points a button made, on loggers that keep places inside the track."""
    marked = min(marked, count)
    return [(2 * i + 1) * count // (2 * marked) for i in range(marked)]


def _raid(count: int, dice: random.Random) -> list[Point]:
    points: list[Point] = []
    unix_s, lat, lon, alt = float(RAID_START_UNIX_S), START_LAT_DEG, START_LON_DEG, 112.0
    course = dice.uniform(0, 2 * math.pi)
    for index in range(count):
        begins = index == 0 or dice.random() < BREAK_EVERY
        points.append(Point(unix_s, lat, lon, round(alt, 2), begins, 1.1, math.degrees(course)))
        step_s = dice.choice(STEP_S) + (600 if begins and index else 0)
        unix_s += step_s
        course = (course + dice.gauss(0, 0.3)) % (2 * math.pi)
        walked_m = 1.1 * min(step_s, 60)
        lat += walked_m * math.cos(course) / METRES_PER_DEGREE
        lon += walked_m * math.sin(course) / METRES_PER_DEGREE / math.cos(math.radians(lat))
        alt = min(900.0, max(5.0, alt + dice.gauss(0, 1.5)))
    return points


def _place(index: int, at: Point) -> Place:
    assert at.lat_deg is not None
    assert at.lon_deg is not None
    return Place(
        _name(PLACES, index), at.lat_deg, at.lon_deg, at.alt_amsl_m, at.unix_s,
        COMMENTS[index % len(COMMENTS)],
    )  # fmt: skip


def _name(names: Sequence[str], index: int) -> str:
    """Six characters at most, as the oldest units have them, and no two alike below 10^5."""
    number = str(index + 1)
    return names[index % len(names)][: 6 - len(number)] + number
