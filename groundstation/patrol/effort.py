"""Effort by SMART's definitions, from the days of raids.

    raids      different raids                         distance   sum over days
    days       different pairs of raid and date        patrol     sum of end minus start
    nights     days less raids                         active     the same less rest
    members    different people                        man-days   different raid, date and person
    man-hours  patrol hours times the people of the leg

A raid of several legs counts in each group that one of its legs belongs to: over transports the
days do not add up to those of all raids, and neither do they in SMART.

Source: the SQL of SMART's summary queries (values numpatrols, numdays, numnights, distance,
numpatrolhours, numhours, nummembers, manhours, mandays).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]


class Group(StrEnum):
    """What effort is grouped by."""

    RAID = "raid"
    KIND = "kind"
    PATROL_TYPE = "patrol_type"
    TEAM = "team"
    STATION = "station"
    MANDATE = "mandate"
    TRANSPORT = "transport"
    LEADER = "leader"
    EMPLOYEE = "employee"
    DATE = "date"
    MONTH = "month"
    QUARTER = "quarter"


BY_TIME = frozenset({Group.DATE, Group.MONTH, Group.QUARTER})
BY_PERSON = frozenset({Group.LEADER, Group.EMPLOYEE})
REFUSED: Mapping[str, frozenset[Group]] = {
    # A raid over midnight, or over a month's end, would lose the night between.
    "nights": BY_TIME,
    # A person's rows hold the person alone: the hours of the others would be missing.
    "members": BY_PERSON,
    "man_s": BY_PERSON,
    "man_days": BY_PERSON,
}
"""Values that say nothing in these groups; SMART refuses the question, here they are None."""


@dataclass(frozen=True, slots=True, eq=False)
class EffortTable:
    """One row for each leg and day (N,), one for each leg and member (M,)."""

    raid: IntArray
    """(N,) a number for each raid, from 0 on."""
    leg: IntArray
    """(N,) a number for each leg of all raids, from 0 on."""
    date: NDArray[np.datetime64]
    """(N,) datetime64[D], by the wall clock."""
    distance_m: FloatArray
    patrol_s: FloatArray
    """(N,) end minus start; 0 where either is unknown."""
    active_s: FloatArray
    """(N,) the same less rest; below 0, as SMART has it, where more rest is given than day."""
    columns: Mapping[Group, ObjectArray]
    """(N,) keys, None where unsaid: kind, patrol_type, team, station, mandate, transport."""
    member_leg: IntArray
    """(M,)"""
    member: IntArray
    """(M,) person."""
    is_leader: NDArray[np.bool_]
    """(M,)"""
    raid_ids: Sequence[Hashable] = ()
    """What each number in `raid` stands for."""

    def rows(self, by: Group) -> tuple[NDArray[np.intp], ObjectArray]:
        """Rows and the group each is in; of a person's groups a row may be in several."""
        every = np.arange(len(self.raid))
        if by in BY_PERSON:
            chosen = self.is_leader if by is Group.LEADER else np.ones(len(self.member), bool)
            rows, people = joined(self.leg, self.member_leg[chosen], self.member[chosen])
            return rows, people.astype(object)
        if by is Group.RAID:
            return every, self.raid.astype(object)
        if by in BY_TIME:
            return every, _periods(self.date, by)
        return every, self.columns[by]


@dataclass(frozen=True, slots=True)
class Effort:
    """What one group did; None where the question makes no sense (`REFUSED`)."""

    raids: int
    days: int
    nights: int | None
    distance_m: float
    patrol_s: float
    active_s: float
    members: int | None
    man_s: float | None
    man_days: int | None


def effort(table: EffortTable, by: Group | None = None) -> dict[Hashable, Effort]:
    """Effort of each group by its key, None standing for "unsaid"; of all under None for by=None.

    Dates, months and quarters are keyed by their first day.
    """
    if by is None:
        rows, keys = np.arange(len(table.raid)), np.full(len(table.raid), None, object)
    else:
        rows, keys = table.rows(by)
    names, group = codes(keys)
    count = len(names)
    raid, date = table.raid[rows], table.date[rows].astype(np.int64)
    raids = _different(group, raid, count=count)
    days = _different(group, raid, date, count=count)
    at, person = joined(table.leg[rows], table.member_leg, table.member)
    man_days = _different(group[at], raid[at], date[at], person, count=count)
    members = _different(group[at], person, count=count)

    def total(values: FloatArray, where: NDArray[np.intp], groups: IntArray) -> FloatArray:
        return np.bincount(groups, values[where], count).astype(np.float64)

    distance_m = total(table.distance_m, rows, group)
    patrol_s = total(table.patrol_s, rows, group)
    active_s = total(table.active_s, rows, group)
    man_s = total(table.patrol_s, rows[at], group[at])
    refused = {name for name, groups in REFUSED.items() if by in groups}
    return {
        name: Effort(
            raids=int(raids[k]),
            days=int(days[k]),
            nights=None if "nights" in refused else int(days[k] - raids[k]),
            distance_m=float(distance_m[k]),
            patrol_s=float(patrol_s[k]),
            active_s=float(active_s[k]),
            members=None if "members" in refused else int(members[k]),
            man_s=None if "man_s" in refused else float(man_s[k]),
            man_days=None if "man_days" in refused else int(man_days[k]),
        )
        for k, name in enumerate(names)
    }


def joined(wanted: IntArray, keys: IntArray, values: IntArray) -> tuple[NDArray[np.intp], IntArray]:
    """Each place in `wanted` with every value of its key: (K,) places, (K,) values."""
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    first = np.searchsorted(keys, wanted, "left")
    count = np.searchsorted(keys, wanted, "right") - first
    places = np.repeat(np.arange(len(wanted)), count)
    nth = np.arange(len(places)) - np.repeat(np.cumsum(count) - count, count)
    return places, values[np.repeat(first, count) + nth]


def codes(keys: ObjectArray) -> tuple[list[Hashable], IntArray]:
    """Different keys in the order they come first, and which of them each is."""
    known: dict[Hashable, int] = {}
    which = np.fromiter((known.setdefault(key, len(known)) for key in keys.tolist()), np.int64)
    return list(known), which


def _different(*columns: IntArray, count: int) -> IntArray:
    """(count,) how many different rows there are for each value of the first column."""
    if not len(columns[0]):
        return np.zeros(count, np.int64)
    order = np.lexsort(columns[::-1])
    changed = np.zeros(len(order), bool)
    changed[0] = True
    for column in columns:
        changed[1:] |= np.diff(column[order]) != 0
    return np.bincount(columns[0][order][changed], minlength=count)


def _periods(date: NDArray[np.datetime64], by: Group) -> ObjectArray:
    if by is Group.DATE:
        return date.astype(object)
    month = date.astype("datetime64[M]").astype(np.int64)
    if by is Group.QUARTER:
        month = month // 3 * 3
    return month.astype("datetime64[M]").astype("datetime64[D]").astype(object)
