"""A SMART patrol in SMART's own words, as its file has it: names and labels, no keys of ours.

Times are the wall clock's. What the format demands and a file lacks is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from groundstation.exchange.smart.geometry import Line


@dataclass(frozen=True, slots=True)
class Label:
    """A team, station, mandate or means of transport: SMART matches them by their text."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody, as the file names them."""

    employee_id: str | None
    given_name: str
    family_name: str


@dataclass(frozen=True, slots=True)
class PatrolMember:
    """Somebody who took part in a leg."""

    employee: Employee
    is_leader: bool = False
    is_pilot: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that lies in `attachments/` of the archive, by name."""

    name: str
    signature: str | None = None
    """Key of a signature's type; None: it is not a signature."""


class ValueKind(StrEnum):
    """Which element holds an attribute's value."""

    NUMBER = "dValue"
    TEXT = "sValue"
    """Dates too."""
    YES = "bValue"
    ITEMS = "itemKey"
    """Of a list, a tree or a list of several."""


@dataclass(frozen=True, slots=True)
class ObservedValue:
    """One attribute of an observation."""

    key: str
    kind: ValueKind
    value: float | str | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """One observation."""

    category: str | None
    values: Sequence[ObservedValue] = ()
    observer: Employee | None = None
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class PatrolWaypoint:
    """A stop: where, when, and what was observed there, in groups."""

    waypoint: str
    lat_deg: float | None
    lon_deg: float | None
    time: time | None
    direction_deg: float | None = None
    distance_m: float | None = None
    comment: str | None = None
    attachments: Sequence[Attachment] = ()
    groups: Sequence[Sequence[Observed]] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PatrolTrack:
    """The way of one day."""

    lines: Sequence[Line]
    """Z: milliseconds since 1970 of the wall clock, written as if it were UTC."""
    distance_km: float | None = None
    """As the file says."""


@dataclass(frozen=True, slots=True)
class PatrolDay:
    """One day of a leg."""

    date: date
    start_time: time | None = None
    end_time: time | None = None
    rest_minutes: float | None = None
    waypoints: Sequence[PatrolWaypoint] = ()
    tracks: Sequence[PatrolTrack] = ()


@dataclass(frozen=True, slots=True)
class PatrolLeg:
    """A part of a patrol with the same people and transport."""

    leg: str | None
    start_date: date | None
    end_date: date | None
    transport: Label | None = None
    mandate: Label | None = None
    members: Sequence[PatrolMember] = ()
    days: Sequence[PatrolDay] = ()


@dataclass(frozen=True, slots=True)
class Patrol:
    """The whole file."""

    number: str | None
    patrol_type: str | None
    """GROUND, WATER or AIR, if it is one of SMART's."""
    start_date: date | None
    end_date: date | None
    is_armed: bool = False
    objective: str | None = None
    team: Label | None = None
    station: Label | None = None
    legs: Sequence[PatrolLeg] = ()
    comment: str | None = None
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    is_whole: bool = True
    """False: the file broke off, and this is what was whole."""
