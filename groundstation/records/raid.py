"""A raid: who went where, when, how. Ambushes, flights and walks of a winter count are raids too.

Words are SMART's (patrol, leg, day, member); `facts` of the format are in `exchange/smart`.
Dates and times are those of the wall clock on the spot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from firmware_bridge.messages import Latitude, Longitude

Key = Annotated[str, Field(min_length=1, max_length=80, pattern=r"\S")]
"""Of a term: team, station, mandate, transport."""
Words = Annotated[str, Field(max_length=10_000)]
Person = Annotated[int, Field(ge=1, lt=2**63)]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
"""Why a record is withdrawn, restored or flagged."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=10_000)]
AttributeKey = Annotated[str, Field(min_length=1, max_length=255, pattern=r"\S")]
Attribute = Text | Number | bool | Sequence[Text]
LocalDate = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2199, 12, 31))]
"""Dates outside are no raid's, and overflow elsewhere."""

Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]


def _without_zone(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("a time of the wall clock has no zone")
    return value


LocalTime = Annotated[time, AfterValidator(_without_zone)]


class RaidKind(StrEnum):
    """What sort of effort it was."""

    RAID = "raid"
    AMBUSH = "ambush"
    """A place and a night."""
    FLIGHT = "flight"
    """Of a quadcopter, with the hotspots it told."""
    COUNT = "count"
    """A walk of one route of a winter count."""


class PatrolType(StrEnum):
    """SMART's three."""

    GROUND = "GROUND"
    WATER = "WATER"
    AIR = "AIR"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who took part in a leg."""

    person: Person
    is_leader: bool = False
    is_pilot: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a leg, by the wall clock."""

    date: LocalDate
    start_time: LocalTime | None = None
    end_time: LocalTime | None = None
    rest_minutes: Annotated[float, Field(ge=0, le=1440)] = 0.0
    utc_offset_s: Annotated[int, Field(ge=-50_400, le=50_400)] = 0


@dataclass(frozen=True, slots=True)
class TrackPart:
    """A stored track, or the part of it between two times, as a leg's way."""

    track: Annotated[int, Field(ge=1, lt=2**63)]
    from_utc: Moment | None = None
    until_utc: Moment | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a raid with the same people and the same means of transport."""

    leg: Key
    start_date: LocalDate
    end_date: LocalDate
    transport: Key | None = None
    mandate: Key | None = None
    members: Sequence[Member] = ()
    days: Sequence[Day] = ()
    tracks: Sequence[TrackPart] = ()


@dataclass(frozen=True, slots=True)
class Raid:
    """As it is filed; the same shape on the wire, in the store and in the exports."""

    raid_id: UUID
    """Made where the raid was written down: it may be sent twice."""
    revision: Annotated[int, Field(ge=1, lt=2**31)]
    """1 when first filed; a change is filed with the next number."""
    kind: RaidKind
    number: Key
    """The raid's own name, SMART's patrol id."""
    patrol_type: PatrolType
    start_date: LocalDate
    end_date: LocalDate
    armed: bool = False
    team: Key | None = None
    station: Key | None = None
    objective: Words | None = None
    comment: Words | None = None
    legs: Sequence[Leg] = ()
    lat_deg: Latitude | None = None
    """Of an ambush."""
    lon_deg: Longitude | None = None
    decoy: Annotated[str, Field(max_length=80)] | None = None
    """Of an ambush: what stood as bait for the poacher; None: nothing did."""
    system_id: Annotated[int, Field(ge=1, le=255)] | None = None
    """Of a flight: the vehicle."""
    count_id: UUID | None = None
    route_id: UUID | None = None
    """Of a walk: of which count, along which route."""
    attributes: Mapping[AttributeKey, Text | Number] = field(default_factory=dict)
    """SMART's custom patrol attributes."""
    flaws: Sequence[Text] = ()
    """What was odd when it came in, as codes of `records.flaws`."""
    withdrawn: Reason | None = None
    """Why it no longer counts; None: it does."""


@dataclass(frozen=True, slots=True)
class RaidTotals:
    """What a raid's days, tracks and observations add up to."""

    distance_m: float
    """Walked, flown or driven, no kilometre twice (`patrol.merge`)."""
    patrol_s: float
    """Sum of end minus start of its days."""
    active_s: float
    """The same without rest."""
    days: int
    finds: int
    """Observations that count."""
    bbox: tuple[float, float, float, float] | None
    """West, south, east, north in degrees."""
