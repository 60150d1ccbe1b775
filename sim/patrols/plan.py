"""Which raids there are in a quarter: who, when, from where to where, how."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sim.patrols.ground import Places
from sim.patrols.park import TEAMS, TRANSPORTS, Park, TransportKey
from sim.patrols.records import Kind

DAYS = {"foot": (0.60, 0.22, 0.12, 0.06), "snowmobile": (0.8, 0.2), "vehicle": (0.9, 0.1)}
"""Probabilities of one, two, ... days; a boat comes home in the evening."""
HOURS = {"foot": (4.0, 8.0), "vehicle": (2.0, 5.0), "boat": (2.0, 5.0), "snowmobile": (3.0, 6.0)}
NAVIGATORS = (0.80, 0.15, 0.05)
AMBUSHES, CAMERA_RAIDS, DRIVEN_OUT, SPLIT = 0.06, 0.12, 0.15, 0.4
"""Shares: of all raids; of those on foot, to camera traps and those driven to their start; of
those with several navigators, the ones whose people part."""
DRIVE_SHARE = 0.12
"""Of the time of those driven to their start."""
AMBUSH_FROM_S, AMBUSH_H = 20 * 3600, 10
SHIFTS_DAYS = (0, 1, 2, 3, -1, -2, -3)
"""Where nobody is left on a raid's day."""
COUNT_FROM = (2, 10)
COUNT_DAYS = 3
DECOYS = ("чучело изюбра", "чучело косули", "чучело кабана")


@dataclass(frozen=True, slots=True)
class Outing:
    """The working time of one day."""

    date: date
    start_s: int
    steps: int
    """Of `walk.STEP_S`."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One raid before it begins."""

    number: str
    kind: Kind
    team: str
    members: Sequence[str]
    """Employee ids, the leader first."""
    mandate: str
    transports: Sequence[tuple[TransportKey, float]]
    """One leg each, with its share of the time."""
    outings: Sequence[Outing]
    start: complex
    goals: Places
    navigators: int = 1
    splits: bool = False
    cameras: Sequence[str] = ()
    """Names of the camera traps to look at, in the order of `goals`."""
    decoy: str | None = None
    route: str | None = None

    @property
    def steps(self) -> int:
        """Of all days."""
        return sum(outing.steps for outing in self.outings)


def quarter(day: date) -> tuple[date, date]:
    """First and last day of the quarter of a day."""
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    after = date(first.year + first.month // 10, (first.month + 3 - 1) % 12 + 1, 1)
    return first, after - timedelta(days=1)


def count_days(year: int) -> list[date]:
    """The days of that winter's count."""
    first = date(year, *COUNT_FROM)
    return [first + timedelta(days=n) for n in range(COUNT_DAYS)]


class Roster:
    """Who is on a raid on which day."""

    def __init__(self, park: Park, first: date) -> None:
        everybody = {one.employee_id for one in park.inspectors}
        self._busy = {day: set(everybody) for day in count_days(first.year)}
        self._teams = {key: [one.employee_id for one in park.team(key)] for key in TEAMS}

    def take(
        self, team: str, first: date, days: int, count: int, rng: np.random.Generator
    ) -> list[str]:
        """Up to `count` of the team who are free, fewer than two: nobody."""
        wanted = [first + timedelta(days=n) for n in range(days)]
        busy = set().union(*(self._busy.get(day, set()) for day in wanted))
        free = [one for one in self._teams[team] if one not in busy]
        if len(free) < 2:
            return []
        taken = [str(one) for one in rng.permutation(free)[:count]]
        for day in wanted:
            self._busy.setdefault(day, set()).update(taken)
        return taken


def plans(park: Park, first: date, last: date, raids_per_year: float) -> list[Plan]:
    """The quarter's raids and ambushes in the order of their days."""
    rng = np.random.default_rng([park.seed, 1, first.year, first.month])
    roster = Roster(park, first)
    days = (last - first).days + 1
    wanted = round(raids_per_year * days / 365.25)
    begins = np.sort(rng.integers(0, days, wanted))
    found: list[Plan] = []
    for day in begins.tolist():
        number = f"{first.year}-{(first.month + 2) // 3}-{len(found) + 1:03d}"
        offered = (first + timedelta(days=day + shift) for shift in SHIFTS_DAYS)
        tries = (_plan(park, roster, number, d, last, rng) for d in offered if first <= d <= last)
        found += next(([plan] for plan in tries if plan is not None), [])
    return found


def _plan(
    park: Park, roster: Roster, number: str, day: date, last: date, rng: np.random.Generator
) -> Plan | None:
    """None: on that day nobody is left."""
    ambush = bool(rng.random() < AMBUSHES)
    transport: TransportKey = "vehicle" if ambush else _transport(day.month, rng)
    chances = DAYS.get(transport, (1.0,))
    length = 2 if ambush else 1 + int(rng.choice(len(chances), p=chances))
    length = min(length, (last - day).days + 1)
    if ambush and length < 2:
        return None
    teams = [str(team) for team in rng.permutation(list(TEAMS))]
    size = int(rng.integers(2, 6))
    for team in teams:
        members = roster.take(team, day, length, size, rng)
        if members:
            break
    else:
        return None
    if ambush:
        return _ambush(park, number, team, members, day, rng)
    return _raid(park, number, team, members, transport, _outings(transport, day, length, rng), rng)


def _transport(month: int, rng: np.random.Generator) -> TransportKey:
    keys: list[TransportKey] = ["foot", "vehicle", "boat", "snowmobile"]
    shares = np.array([TRANSPORTS[k].share * (month in TRANSPORTS[k].months) for k in keys])
    return keys[int(rng.choice(len(keys), p=shares / shares.sum()))]


def _outings(
    transport: TransportKey, day: date, length: int, rng: np.random.Generator
) -> list[Outing]:
    hours = rng.uniform(*HOURS[transport], length)
    starts = (rng.uniform(7.5, 10.0, length) * 60).astype(int) * 60
    return [
        Outing(day + timedelta(days=n), int(starts[n]), int(hours[n] * 240)) for n in range(length)
    ]


def _raid(
    park: Park, number: str, team: str, members: list[str], transport: TransportKey,
    outings: list[Outing], rng: np.random.Generator,
) -> Plan:  # fmt: skip
    start = _start(park, team, transport, rng)
    reach_m = TRANSPORTS[transport].speed_m_s * 15 * sum(o.steps for o in outings) * 0.36
    cameras: list[str] = []
    if transport == "foot" and rng.random() < CAMERA_RAIDS:
        cameras = _cameras_around(park, start, reach_m)
        middle = np.array([park.camera_traps[name] for name in cameras])
    elif transport == "boat":
        middle = rng.choice(park.at_sea, 2)
    else:
        middle = _within_reach(park, start, reach_m, 1 + len(outings), rng)
    navigators = min(len(members), 1 + int(rng.choice(len(NAVIGATORS), p=NAVIGATORS)))
    driven = transport == "foot" and not cameras and bool(rng.random() < DRIVEN_OUT)
    walks = (transport, 1 - DRIVE_SHARE if driven else 1.0)
    return Plan(
        number=number, kind="raid", team=team, members=members,
        mandate="cameras" if cameras else "protection",
        transports=[("vehicle", DRIVE_SHARE), walks] if driven else [walks],
        outings=outings, start=start, goals=np.append(middle, start),
        navigators=navigators, splits=navigators > 1 and bool(rng.random() < SPLIT) and not cameras,
        cameras=cameras,
    )  # fmt: skip


def _start(park: Park, team: str, transport: TransportKey, rng: np.random.Generator) -> complex:
    """Mostly on the team's own side of the park."""
    if transport == "boat":
        return park.harbour
    away = np.abs(park.trailheads - park.stations[team.replace("team", "station")])
    weights = np.exp(-away / 25_000)
    return complex(rng.choice(park.trailheads, p=weights / weights.sum()))


def _within_reach(
    park: Park, start: complex, reach_m: float, count: int, rng: np.random.Generator
) -> Places:
    away = np.abs(park.trailheads - start)
    near = park.trailheads[(away > 0) & (away < max(reach_m, float(np.partition(away, 3)[3]) + 1))]
    return np.asarray(rng.choice(near, count))


def _cameras_around(park: Park, start: complex, reach_m: float) -> list[str]:
    """The nearest ones, as many as a round over them is not too long."""
    names = sorted(park.camera_traps, key=lambda name: abs(park.camera_traps[name] - start))
    taken, here, gone_m = names[:1], park.camera_traps[names[0]], 0.0
    gone_m = abs(here - start)
    for name in names[1:4]:
        there = park.camera_traps[name]
        gone_m += abs(there - here)
        if gone_m + abs(there - start) > 2 * reach_m:
            break
        taken, here = [*taken, name], there
    return taken


def _ambush(
    park: Park, number: str, team: str, members: list[str], day: date, rng: np.random.Generator
) -> Plan:
    """A night at one of the places with the most violators."""
    hot = park.hot_places[int(rng.integers(len(park.hot_places)))]
    place = complex(hot.east_m, hot.north_m) + complex(*rng.uniform(-1500, 1500, 2))
    midnight_s = 86_400 - AMBUSH_FROM_S
    rest_s = AMBUSH_H * 3600 - midnight_s
    return Plan(
        number=number, kind="ambush", team=team, members=members, mandate="ambush",
        transports=[("vehicle", 1.0)],
        outings=[
            Outing(day, AMBUSH_FROM_S, midnight_s // 15),
            Outing(day + timedelta(days=1), 0, rest_s // 15),
        ],
        start=place, goals=np.array([place]), navigators=0,
        decoy=str(rng.choice(DECOYS)) if rng.random() < 0.4 else None,
    )  # fmt: skip
