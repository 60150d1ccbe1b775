"""The walks of a winter count, as records."""

from datetime import date

import numpy as np

from sim.patrols import finds
from sim.patrols.census import ANIMALS, Crossings, Route, crossings, make_herd, make_routes
from sim.patrols.gone import find_at
from sim.patrols.navigator import INTERVALS_S, recording, unix_us, way_length_m
from sim.patrols.park import Park
from sim.patrols.plan import COUNT_DAYS, count_days
from sim.patrols.records import Leg, Raid, WorkDay
from sim.patrols.walk import STEP_S

START_S, PACE_M_S = 9 * 3600, 0.8


def walks(park: Park, first: date, last: date) -> list[Raid]:
    """The winter count, if it lies in this quarter."""
    days = count_days(first.year)
    if not first <= days[0] <= last:
        return []
    routes = make_routes(park)
    herds = {species: make_herd(park, species, first.year, COUNT_DAYS) for species in ANIMALS}
    rng = np.random.default_rng([park.seed, 5, first.year])
    order = rng.permutation(len(routes))
    made = []
    for n, day in enumerate(days):
        today = [routes[r] for r in order[n::COUNT_DAYS].tolist()]
        people = rng.permutation([one.employee_id for one in park.inspectors])
        met = {s: crossings(today, herd, n, START_S / 3600) for s, herd in herds.items()}
        made += [
            _walked(park, route, str(people[r]), day, r, met, rng) for r, route in enumerate(today)
        ]
    return made


def _walked(
    park: Park, route: Route, walker: str, day: date, number: int,
    met: dict[str, Crossings], rng: np.random.Generator,
) -> Raid:  # fmt: skip
    """One route walked from end to end by one inspector."""
    at_m = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(route.places)))])
    steps = int(at_m[-1] / PACE_M_S / STEP_S) + 1
    share = np.minimum(np.arange(steps + 1) * STEP_S * PACE_M_S, at_m[-1])
    way = np.interp(share, at_m, route.places)
    found = []
    for species, crossed in met.items():
        for x in np.flatnonzero(crossed.route == number).tolist():
            place = complex(crossed.places[x])
            along_m = at_m[crossed.part[x]] + abs(place - route.places[crossed.part[x]])
            time_us = unix_us(day, START_S + int(along_m / PACE_M_S))
            values = finds.track_attributes(species, float(crossed.age_h[x]), rng)
            found.append((time_us, f"{species}.track.", place, values))
    found.sort(key=lambda row: row[0])
    met_here = [
        find_at(park, str(n + 1), category, time_us, place, walker, values)
        for n, (time_us, category, place, values) in enumerate(found)
    ]
    end_s = START_S + int(steps * STEP_S)
    recorded = recording(park.ground, walker, day, START_S, way, 0.0,
                           int(rng.choice(INTERVALS_S)), rng)  # fmt: skip
    leg = Leg("1", "foot", [walker], [WorkDay(day, START_S, end_s, 0.0)], [recorded],
              met_here, way_length_m(way, park.ground), 0.0)  # fmt: skip
    return Raid(
        f"ЗУ-{day.year}-{int(route.number):02d}", "count", "GROUND", armed=False,
        team=next(p.team for p in park.inspectors if p.employee_id == walker),
        station=route.team.replace("team", "station"), mandate="count",
        objective=f"Зимний учёт, маршрут {route.number}", legs=[leg], route=route.number,
    )  # fmt: skip
