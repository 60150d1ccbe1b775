"""Raids of the synthetic park, one after the other, quarter by quarter.

A quarter always comes out the same, whatever span is asked for; memory is that of one quarter.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from sim.patrols.counted import walks
from sim.patrols.gone import ambush, raid, walker
from sim.patrols.park import Park
from sim.patrols.plan import plans, quarter
from sim.patrols.records import Raid
from sim.patrols.walk import Walker, walk

RAIDS_PER_YEAR = 600.0


def raids(
    park: Park, first: date, last: date, raids_per_year: float = RAIDS_PER_YEAR
) -> Iterator[Raid]:
    """All that begin from `first` to `last`, both included, in the order of their days."""
    day = first
    while day <= last:
        begins, ends = quarter(day)
        made = [*_quarter(park, begins, ends, raids_per_year), *walks(park, begins, ends)]
        made.sort(key=lambda raid: (raid.start_date, raid.number))
        yield from (raid for raid in made if first <= raid.start_date <= last)
        day = ends + timedelta(days=1)


def _quarter(park: Park, first: date, last: date, raids_per_year: float) -> list[Raid]:
    rng = np.random.default_rng([park.seed, 4, first.year, first.month])
    planned = plans(park, first, last, raids_per_year)
    walkers: list[Walker] = []
    whose: list[list[int]] = []
    for plan in planned:
        ways = 0 if plan.kind == "ambush" else plan.navigators if plan.splits else 1
        whose.append(list(range(len(walkers), len(walkers) + ways)))
        walkers += [walker(plan, way, rng) for way in range(ways)]
    walked = walk(park.ground, walkers, rng)
    made = []
    for plan, numbers in zip(planned, whose, strict=True):
        if plan.kind == "ambush":
            made.append(ambush(park, plan, rng))
        else:
            speeds = walkers[numbers[0]].speed_m_s
            made.append(raid(park, plan, [walked[n] for n in numbers], speeds, rng))
    return made
