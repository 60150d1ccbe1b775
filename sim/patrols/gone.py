"""One planned raid or ambush with its ways walked, as a record."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count

import numpy as np
from numpy.typing import NDArray

from sim.patrols import finds
from sim.patrols.ground import Places
from sim.patrols.navigator import INTERVALS_S, recording, unix_us, way_length_m
from sim.patrols.park import AMBUSH_FINDS_PER_H, TEAM_FINDS, TRANSPORTS, Park, TransportKey
from sim.patrols.photographed import photographed
from sim.patrols.plan import Outing, Plan
from sim.patrols.records import Find, Leg, Raid, Recording, Value, WorkDay
from sim.patrols.walk import STEP_S, Walker, paces

SIDE_M = 6.0
"""Standard deviation of how far people who go together are from one another's way."""
AT_CAMERA_M = 80.0
OBJECTIVES = {
    "protection": "Охрана территории",
    "cameras": "Проверка фотоловушек",
    "ambush": "Засада на браконьеров",
}


def walker(plan: Plan, way: int, rng: np.random.Generator) -> Walker:
    speeds = paces(plan.steps, 1.0, rng)
    for key, since, until in _leg_steps(plan):
        speeds[since:until] *= TRANSPORTS[key].speed_m_s
    # Those who part from the first one see the same goals in the opposite order.
    goals = plan.goals if way == 0 else np.append(plan.goals[-2::-1], plan.goals[-1])
    afloat = plan.transports[-1][0] == "boat"
    return Walker(plan.start, goals, speeds, afloat, stops=bool(plan.cameras))


def _leg_steps(plan: Plan) -> list[tuple[TransportKey, int, int]]:
    """Transport, first step, step after the last."""
    ends = np.cumsum([round(share * plan.steps) for _, share in plan.transports]).tolist()
    ends[-1] = plan.steps
    return [
        (key, since, until)
        for (key, _), since, until in zip(plan.transports, [0, *ends[:-1]], ends, strict=True)
    ]


def raid(
    park: Park,
    plan: Plan,
    ways: Sequence[Places],
    speeds: NDArray[np.float32],
    rng: np.random.Generator,
) -> Raid:
    """The raid along its ways: one, or one for each navigator where they parted.

    `speeds`: (S,) of the first way's steps.
    """
    intervals = rng.choice(INTERVALS_S, plan.navigators).tolist()
    numbers = (str(n) for n in count(1))
    legs = []
    for n, (transport, since, until) in enumerate(_leg_steps(plan), 1):
        days = list(_days(plan, since, until, speeds))
        met = _met(park, plan, transport, ways, since, until, numbers, rng)
        if plan.cameras:
            met += _checks(park, plan, ways[0], numbers, rng)
        parts = [way[since : until + 1] for way in ways]
        month = plan.outings[0].date.month
        legs.append(
            Leg(
                str(n),
                transport,
                plan.members,
                days,
                _recordings(park, plan, ways, since, days, intervals, rng),
                sorted(met, key=lambda find: find.time_us),
                sum(way_length_m(part, park.ground) for part in parts),
                sum(finds.expected(park, plan.team, transport, month, part) for part in parts),
            )
        )
    return Raid(
        plan.number,
        "raid",
        TRANSPORTS[plan.transports[-1][0]].patrol_type,
        armed=plan.mandate == "protection",
        team=plan.team,
        station=plan.team.replace("team", "station"),
        mandate=plan.mandate,
        objective=OBJECTIVES[plan.mandate],
        legs=legs,
    )


def _days(plan: Plan, since: int, until: int, speeds: NDArray[np.float32]) -> Iterator[WorkDay]:
    for outing, begins, ends in _parts(plan.outings, since, until):
        start_s = outing.start_s + int((begins - _first_step(plan.outings, outing)) * STEP_S)
        rest_minutes = float((speeds[begins:ends] == 0).sum() * STEP_S / 60)
        yield WorkDay(outing.date, start_s, start_s + int((ends - begins) * STEP_S), rest_minutes)


def _recordings(
    park: Park,
    plan: Plan,
    ways: Sequence[Places],
    since: int,
    days: Sequence[WorkDay],
    intervals: Sequence[int],
    rng: np.random.Generator,
) -> list[Recording]:
    """One a navigator and day; who has no way of their own goes beside the first."""
    made = []
    at = since
    for day in days:
        ends = at + round((day.end_s - day.start_s) / STEP_S)
        for n, interval_s in enumerate(intervals):
            way = ways[min(n, len(ways) - 1)][at : ends + 1]
            aside_m = SIDE_M if n and len(ways) == 1 else 0.0
            made.append(
                recording(
                    park.ground, plan.members[n], day.date, day.start_s, way, aside_m,
                    interval_s, rng,
                )
            )  # fmt: skip
        at = ends
    return made


def _met(
    park: Park,
    plan: Plan,
    transport: TransportKey,
    ways: Sequence[Places],
    since: int,
    until: int,
    numbers: Iterator[str],
    rng: np.random.Generator,
) -> list[Find]:
    month = plan.outings[0].date.month
    found = []
    for way, carrier in zip(ways, plan.members, strict=False):
        met = finds.meet(park, plan.team, transport, month, way[since : until + 1], rng)
        for at, place, category in _sorted(met):
            values = finds.attributes(category, month, rng)
            time_us = _time_us(plan, since + at)
            found.append(find_at(park, next(numbers), category, time_us, place, carrier, values))
    return found


def _sorted(met: finds.Met) -> list[tuple[int, complex, str]]:
    rows = zip(met.index.tolist(), met.places.tolist(), met.categories, strict=True)
    return sorted(rows, key=lambda row: row[0])


def _first_step(outings: Sequence[Outing], wanted: Outing) -> int:
    return sum(outing.steps for outing in outings[: outings.index(wanted)])


def _parts(outings: Sequence[Outing], since: int, until: int) -> Iterator[tuple[Outing, int, int]]:
    """The days a leg has steps on, with the first and the one after the last of them."""
    at = 0
    for outing in outings:
        begins, ends = max(at, since), min(at + outing.steps, until)
        at += outing.steps
        if begins < ends:
            yield outing, begins, ends


def _date(plan: Plan, step: int) -> date:
    return next(o.date for o, _, ends in _parts(plan.outings, 0, plan.steps + 1) if step <= ends)


def _time_us(plan: Plan, step: int) -> int:
    for outing, begins, ends in _parts(plan.outings, 0, plan.steps):
        if step < ends:
            return unix_us(outing.date, outing.start_s + (step - begins) * STEP_S)
    last = plan.outings[-1]
    return unix_us(last.date, last.start_s + last.steps * STEP_S)


def find_at(
    park: Park, waypoint: str, category: str, time_us: int, place: complex, observer: str,
    attributes: dict[str, Value],
) -> Find:  # fmt: skip
    lat, lon = park.ground.lat_lon(np.array([place]))
    return Find(
        waypoint, category, time_us, round(float(lat[0]), 7), round(float(lon[0]), 7), observer,
        attributes,
    )  # fmt: skip


def _checks(
    park: Park, plan: Plan, way: Places, numbers: Iterator[str], rng: np.random.Generator
) -> list[Find]:
    """The camera traps that were really reached."""
    made = []
    for name in plan.cameras:
        trap = park.camera_traps[name]
        away = np.abs(way - trap)
        nearest = int(away.argmin())
        if away[nearest] > AT_CAMERA_M:
            continue
        waypoint = next(numbers)
        works = bool(rng.random() > 0.06)
        values: dict[str, Value] = {
            "camera": name, "camera_action": "checked", "camera_works": works,
            "battery_percent": float(rng.integers(5, 100)) if works else 0.0,
            "images": float(rng.poisson(180)), "card": f"K{int(rng.integers(1, 200)):03d}",
        }  # fmt: skip
        time_us = _time_us(plan, nearest)
        observer = plan.members[0]
        made.append(find_at(park, waypoint, "camera_trap.", time_us, trap, observer, values))
        day = _date(plan, nearest)
        for leopard, on in photographed(park, name, day, rng) if works else ():
            seen: dict[str, Value] = {
                "individual": leopard, "photographed_on": on.isoformat(), "camera": name,
            }  # fmt: skip
            waypoint = next(numbers)
            made.append(find_at(park, waypoint, "leopard.sign.", time_us, trap, observer, seen))
    return made


def ambush(park: Park, plan: Plan, rng: np.random.Generator) -> Raid:
    """A night at one place; whoever comes may come at any minute."""
    hours = plan.steps * STEP_S / 3600
    rate = AMBUSH_FINDS_PER_H * float(park.risk(np.array([plan.start]))[0]) * TEAM_FINDS[plan.team]
    met = [
        find_at(
            park, str(n + 1), "violation.people.", _time_us(plan, int(rng.integers(plan.steps))),
            plan.start, plan.members[0], finds.attributes("violation.people.", 1, rng),
        )
        for n in range(int(rng.poisson(rate * hours)))
    ]  # fmt: skip
    days = [
        WorkDay(o.date, o.start_s, min(o.start_s + int(o.steps * STEP_S), 86_399), 0.0)
        for o in plan.outings
    ]
    lat, lon = park.ground.lat_lon(np.array([plan.start]))
    leg = Leg("1", "vehicle", plan.members, days, [], sorted(met, key=lambda f: f.time_us), 0.0,
              rate * hours)  # fmt: skip
    return Raid(
        plan.number, "ambush", "GROUND", armed=True, team=plan.team,
        station=plan.team.replace("team", "station"), mandate="ambush",
        objective=OBJECTIVES["ambush"], legs=[leg], lat_deg=round(float(lat[0]), 7),
        lon_deg=round(float(lon[0]), 7), decoy=plan.decoy,
    )  # fmt: skip
