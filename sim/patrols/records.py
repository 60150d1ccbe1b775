"""What a raid of the synthetic park is, in plain records.

Dates and wall times are those of the park (`UTC_OFFSET_S`); points carry UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

UTC_OFFSET_S = 36_000
"""Vladivostok, without changes of the clock since 2014."""

Kind = Literal["raid", "ambush", "count"]
PatrolType = Literal["GROUND", "WATER"]
Value = str | float | bool


@dataclass(frozen=True, slots=True)
class Inspector:
    """Somebody who goes on raids."""

    employee_id: str
    given_name: str
    family_name: str
    team: str


@dataclass(frozen=True, slots=True)
class WorkDay:
    """A day of a leg, by the wall clock."""

    date: date
    start_s: int
    """After midnight."""
    end_s: int
    """At most 86,399: a night has two days."""
    rest_minutes: float


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What one navigator recorded on one day of a leg."""

    employee_id: str
    """Who carried it."""
    day: date
    is_own_way: bool
    """False: its carrier went beside the first navigator's."""
    time_us: NDArray[np.int64]
    """(N,) since 1970 UTC, whole seconds, rising."""
    lat_deg: NDArray[np.float64]
    """(N,) of 1e-7 degrees."""
    lon_deg: NDArray[np.float64]
    """(N,) of 1e-7 degrees."""
    alt_amsl_m: NDArray[np.float64]
    """(N,) of half a metre."""

    def __len__(self) -> int:
        return len(self.time_us)


@dataclass(frozen=True, slots=True)
class Find:
    """Something met at a place."""

    waypoint: str
    """Unique in the raid."""
    category: str
    """SMART's hkey, with its trailing dot."""
    time_us: int
    lat_deg: float
    lon_deg: float
    observer: str
    """Employee id."""
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """A part of a raid with the same means of transport."""

    leg: str
    transport: str
    """Key of `park.TRANSPORTS`."""
    members: Sequence[str]
    """Employee ids, the leader first."""
    days: Sequence[WorkDay]
    recordings: Sequence[Recording]
    finds: Sequence[Find]
    distance_m: float
    """Really gone, once for those who went together; longer by those who parted."""
    expected_violations: float
    """What this way was to bring on average, by the true rates."""


@dataclass(frozen=True, slots=True, eq=False)
class Raid:
    """One raid, ambush, or walk of a route of the winter count."""

    number: str
    kind: Kind
    patrol_type: PatrolType
    armed: bool
    team: str
    station: str
    mandate: str
    objective: str
    legs: Sequence[Leg]
    lat_deg: float | None = None
    """Of an ambush."""
    lon_deg: float | None = None
    decoy: str | None = None
    route: str | None = None
    """Of a walk: the route's number."""

    @property
    def start_date(self) -> date:
        """By the wall clock."""
        return min(day.date for leg in self.legs for day in leg.days)

    @property
    def end_date(self) -> date:
        """By the wall clock."""
        return max(day.date for leg in self.legs for day in leg.days)

    @property
    def points(self) -> int:
        """Of all its navigators."""
        return sum(len(recording) for leg in self.legs for recording in leg.recordings)
