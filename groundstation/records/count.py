"""A winter track count: which routes, which animals, and by what settings tracks become animals.

A walk of a route is a raid of kind `count`; a crossing is an observation of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from firmware_bridge.messages import Latitude, Longitude
from groundstation.patrol.animals import Apart, HeelPad
from groundstation.patrol.count import DailyTravel
from groundstation.records.observation import Category
from groundstation.records.raid import Key, LocalDate, Reason

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class CountedSpecies:
    """An animal that is counted by its tracks."""

    category: Category
    """Of a crossing, and of all below it: "tiger.track."."""
    travel: DailyTravel | None = None
    """How far it goes in a day; None: crossings per 10 km are told, and no density."""
    travel_source: Annotated[str, Field(max_length=500)] | None = None
    """Where that figure comes from."""
    heel_pad: HeelPad | None = None
    """None: tracks are not told apart by size."""
    apart: Apart | None = None
    """None: no least number of animals is given."""


@dataclass(frozen=True, slots=True)
class CountSettings:
    """By what tracks become animals."""

    species: Annotated[Sequence[CountedSpecies], Field(max_length=30)] = ()
    routes: Annotated[Sequence[UUID], Field(max_length=2000)] | None = None
    """None: all routes in use."""
    fresh_only: bool = True
    """Only tracks of the last 24 hours enter; False: all since the snowfall."""
    snowfall_utc: AwareDatetime | None = None
    """The last one before the count; a walk may say another in its `snow_age_days`."""
    tracks_last_h: Annotated[float, Field(gt=0, le=2000)] = 168.0
    """For how long snow keeps a track readable: a week in January and February."""
    near_m: Annotated[float, Field(ge=10, le=2000)] = 100.0
    """Nearer than this a route was walked."""


@dataclass(frozen=True, slots=True)
class Count:
    """As it is filed."""

    count_id: UUID
    revision: Annotated[int, Field(ge=1, lt=2**31)]
    name: Name
    start_date: LocalDate
    end_date: LocalDate
    settings: CountSettings = field(default_factory=CountSettings)
    withdrawn: Reason | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A route as planned; the same from year to year."""

    route_id: UUID
    revision: Annotated[int, Field(ge=1, lt=2**31)]
    number: Annotated[str, Field(min_length=1, max_length=20, pattern=r"\S")]
    name: Name
    line: Annotated[Sequence[tuple[Longitude, Latitude]], Field(min_length=2, max_length=20_000)]
    """Longitude and latitude of its points, in degrees, as in GeoJSON."""
    team: Key | None = None
    active: bool = True
    """False: walked no more, kept for the counts it was part of."""
    planned_m: float | None = None
    """Its length, which the station measures; what is sent is not looked at."""

    @property
    def withdrawn(self) -> None:
        """A route is taken out of use, never withdrawn."""
        return None
