"""An observation: a category of the data model at a place and a time, inside a raid or not.

Violations, tiger and leopard signs, checks of camera traps, conflicts and rescues are all
observations; what they hold is the data model's business (`records.model`), not the code's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from pydantic import Field

from firmware_bridge.messages import Latitude, Longitude
from groundstation.records.raid import (
    Attribute,
    AttributeKey,
    Key,
    Moment,
    Person,
    Reason,
    Text,
    Words,
)

Category = Annotated[str, Field(min_length=2, max_length=255, pattern=r"^[^.\s]+(\.[^.\s]+)*\.$")]
"""SMART's hkey: keys from the root on, each followed by a dot."""


@dataclass(frozen=True, slots=True)
class Observation:
    """As it is filed; the same shape on the wire, in the store and in the exports."""

    observation_id: UUID
    revision: Annotated[int, Field(ge=1, lt=2**31)]
    category: Category | None
    """None: a remark at a place, no more."""
    attributes: Mapping[AttributeKey, Attribute] = field(default_factory=dict)
    """By attribute key: a number, a text (also dates, list keys, tree hkeys), a yes, list keys."""
    raid_id: UUID | None = None
    """None: an incident outside any raid."""
    leg: Key | None = None
    observed_utc: Moment | None = None
    utc_offset_s: Annotated[int, Field(ge=-50_400, le=50_400)] = 0
    """Of the wall clock there and then."""
    lat_deg: Latitude | None = None
    lon_deg: Longitude | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=1e6)] | None = None
    waypoint: Key | None = None
    """Observations of one raid with the same one were made at one stop."""
    group: Annotated[int, Field(ge=0, lt=10_000)] = 0
    """SMART's groups of observations at one stop, from 0 on."""
    direction_deg: Annotated[float, Field(ge=0, le=360)] | None = None
    distance_m: Annotated[float, Field(ge=0, le=1e6)] | None = None
    """Where the thing was, seen from where the observer stood."""
    observer: Person | None = None
    comment: Words | None = None
    docked: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    """The docked waypoint it was made of."""
    site_id: UUID | None = None
    """The camera trap it is about."""
    flaws: Sequence[Text] = ()
    withdrawn: Reason | None = None
