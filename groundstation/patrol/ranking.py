"""Groups and inspectors beside each other, so that luck is not commended.

What each found is set against what the same days by the same means of transport brought all of
them together on average: foot patrols meet poachers, cars meet trespassers, and nobody chooses
what they are given. The quotient is shrunk (`rates.shrunk`) and told with its interval; 1 is "as
expected". Beside it stand effort, coverage and the mix of transports, without which it must not
be read.

A find belongs to its raid once, and to one person: who is named as observer, else who led the leg,
else who led the raid. Crediting every member would count one snare five times.

Sources: A. Keane, J. P. G. Jones and E. J. Milner-Gulland 2011 (encounter data and incentives);
indirect standardisation as in any text of epidemiology.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundstation.patrol.effort import (
    BY_PERSON,
    Effort,
    EffortTable,
    Group,
    codes,
    effort,
    joined,
)
from groundstation.patrol.raster import EffortRaster
from groundstation.patrol.rates import rates, shrunk

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]

NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Finds:
    """Observations that count, one a row (N,)."""

    raid: IntArray
    """Number of the raid as in the `EffortTable`; NOBODY outside any raid."""
    leg: IntArray
    """Number of the leg as there; NOBODY where it is not known."""
    date: NDArray[np.datetime64]
    """datetime64[D], by the wall clock."""
    category: ObjectArray
    """hkey or None."""
    observer: IntArray
    """Person, or NOBODY."""
    lat_deg: FloatArray
    """NaN where unknown."""
    lon_deg: FloatArray

    def only(self, chosen: NDArray[np.bool_]) -> "Finds":
        """Those."""
        return Finds(*(getattr(self, name)[chosen] for name in self.__slots__))

    def under(self, *roots: str) -> "Finds":
        """Those whose category is one of `roots` ("violation.") or below it."""
        told = [c is not None and c.startswith(roots) for c in self.category.tolist()]
        return self.only(np.array(told, bool))


@dataclass(frozen=True, slots=True)
class Line:
    """One group or person."""

    key: Hashable
    effort: Effort
    transports: Mapping[str | None, int]
    """Days by means of transport; a day of two counts for both."""
    cells: int | None
    """Visited; None where there is no raster."""
    coverage: float | None
    """Share of all cells that anybody visited."""
    finds: int
    expected: float
    """Finds that the same days by the same transport bring on average."""
    rate: float
    """Finds a day, as they are."""
    rate_low: float
    rate_high: float
    ratio: float
    """Finds to expected ones, shrunk; 1: as expected; NaN without any day."""
    ratio_low: float
    ratio_high: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """All lines, the best first; the order means little where intervals overlap."""

    lines: Sequence[Line]
    spread: float
    """Coefficient of variation of the true ratios: near 0 when all are alike."""
    uncredited: int
    """Finds that belong to nobody here."""


def ranking(
    table: EffortTable,
    finds: Finds,
    by: Group,
    raster: EffortRaster | None = None,
    level: float = 0.95,
) -> Ranking:
    """Groups or people of the table by what they found, against what was to be expected.

    `raster`, of the same raids, gives the coverage.
    """
    efforts = effort(table, by)
    keys = list(efforts)
    place = {key: k for k, key in enumerate(keys)}
    days, means = _days_by_transport(table, by, keys)
    holder = _holders(table, finds, by, place)
    credited = holder != NOBODY
    found = np.bincount(holder[credited], minlength=len(keys))
    expected = days @ _usual_rates(table, finds.only(credited), means)
    total = expected.sum()
    if total > 0:  # those without a known leg too: all expected ones are as many as were found
        expected = expected * found.sum() / total
    per_day = rates(found, [efforts[key].days for key in keys], level)
    drawn = shrunk(found, expected, level)
    cells = _cells(table, by, keys, raster)
    all_cells = 0 if raster is None else len(raster.i)
    lines = [
        Line(
            key=key,
            effort=efforts[key],
            transports={m: int(d) for m, d in zip(means, days[k], strict=True) if d},
            cells=None if cells is None else cells[k],
            coverage=None if cells is None or not all_cells else cells[k] / all_cells,
            finds=int(found[k]),
            expected=float(expected[k]),
            rate=float(per_day.rate[k]),
            rate_low=float(per_day.low[k]),
            rate_high=float(per_day.high[k]),
            ratio=float(drawn.rate[k]),
            ratio_low=float(drawn.low[k]),
            ratio_high=float(drawn.high[k]),
        )
        for k, key in enumerate(keys)
    ]
    lines.sort(key=lambda line: -line.ratio if np.isfinite(line.ratio) else np.inf)
    return Ranking(lines, drawn.spread, int((~credited).sum()))


def credited_to(table: EffortTable, finds: Finds) -> IntArray:
    """(N,) the one person each find is credited to, or NOBODY."""
    leaders = {int(leg): int(p) for leg, p in _leaders(table)}
    of_raid: dict[int, int] = {}
    for raid, leg in zip(table.raid.tolist(), table.leg.tolist(), strict=True):
        if leg in leaders:
            of_raid.setdefault(raid, leaders[leg])
    told = zip(finds.observer.tolist(), finds.leg.tolist(), finds.raid.tolist(), strict=True)
    people = [
        observer if observer != NOBODY else leaders.get(leg, of_raid.get(raid, NOBODY))
        for observer, leg, raid in told
    ]
    return np.array(people, np.int64)


def _leaders(table: EffortTable) -> Collection[tuple[int, int]]:
    chosen = table.is_leader
    return list(zip(table.member_leg[chosen].tolist(), table.member[chosen].tolist(), strict=True))


def _holders(
    table: EffortTable, finds: Finds, by: Group, place: Mapping[Hashable, int]
) -> IntArray:
    """(N,) index of the group each find belongs to, or NOBODY."""
    if by in BY_PERSON:
        people = credited_to(table, finds).tolist()
        return np.array([place.get(p, NOBODY) for p in people], np.int64)
    rows, keys = table.rows(by)
    by_leg: dict[int, Hashable] = {}
    by_raid: dict[int, Hashable] = {}
    for row, key in zip(rows.tolist(), keys.tolist(), strict=True):
        by_leg.setdefault(int(table.leg[row]), key)
        by_raid.setdefault(int(table.raid[row]), key)
    missing = object()
    told = zip(finds.leg.tolist(), finds.raid.tolist(), strict=True)
    groups = [by_leg.get(leg, by_raid.get(raid, missing)) for leg, raid in told]
    return np.array([place.get(g, NOBODY) for g in groups], np.int64)


def _days_by_transport(
    table: EffortTable, by: Group, keys: Sequence[Hashable]
) -> tuple[FloatArray, list[str | None]]:
    """(groups, transports) different raid days, and which transports those are."""
    means, which = codes(table.columns[Group.TRANSPORT])
    rows, groups = table.rows(by)
    place = {key: k for k, key in enumerate(keys)}
    group = np.array([place[key] for key in groups.tolist()], np.int64)
    day = table.date[rows].astype(np.int64)
    told = np.unique(np.column_stack([group, which[rows], table.raid[rows], day]), axis=0)
    days = np.zeros((len(keys), len(means)))
    np.add.at(days, (told[:, 0], told[:, 1]), 1)
    return days, [None if m is None else str(m) for m in means]


def _usual_rates(table: EffortTable, finds: Finds, means: Sequence[str | None]) -> FloatArray:
    """(transports,) finds a day of all together; of all transports where nothing says which."""
    _, which = codes(table.columns[Group.TRANSPORT])
    of_leg = dict(zip(table.leg.tolist(), which.tolist(), strict=True))
    told = np.array([of_leg.get(leg, NOBODY) for leg in finds.leg.tolist()], np.int64)
    found = np.bincount(told[told != NOBODY], minlength=len(means))
    day = table.date.astype(np.int64)
    distinct = np.unique(np.column_stack([which, table.raid, day]), axis=0)
    days = np.bincount(distinct[:, 0], minlength=len(means))
    unknown = (told == NOBODY).sum() / max(len(distinct), 1)
    return np.asarray(found / np.maximum(days, 1) + unknown)


def _cells(
    table: EffortTable, by: Group, keys: Sequence[Hashable], raster: EffortRaster | None
) -> list[int] | None:
    """Different cells that the raids of each group were in."""
    if raster is None:
        return None
    rows, groups = table.rows(by)
    place = {key: k for k, key in enumerate(keys)}
    group = np.array([place[key] for key in groups.tolist()], np.int64)
    told = np.unique(np.column_stack([group, table.raid[rows]]), axis=0)
    at, cell = joined(told[:, 1], raster.visit_raid, raster.visit_cell.astype(np.int64))
    visits = np.unique(np.column_stack([told[at, 0], cell]), axis=0)
    return [int(n) for n in np.bincount(visits[:, 0], minlength=len(keys))]
