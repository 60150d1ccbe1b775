"""A photograph, or whatever else was attached to a raid or an observation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Level(StrEnum):
    """What it is attached to; SMART attaches to all three."""

    RAID = "raid"
    WAYPOINT = "waypoint"
    """To a stop: all observations made there."""
    OBSERVATION = "observation"


@dataclass(frozen=True, slots=True)
class Photograph:
    """What is known of one; its bytes lie in the photographs folder under their hash."""

    photograph_id: UUID
    """Made where it was taken or chosen: it may be sent twice."""
    sha256: str
    media_type: str
    """By content, never by name; `application/octet-stream`: kept, but not shown."""
    bytes: int
    name: str
    """Of the file it came as."""
    raid_id: UUID | None
    observation_id: UUID | None
    """Both None: an incident's of which nothing else is known yet."""
    level: Level
    taken_utc: datetime | None
    lat_deg: float | None
    lon_deg: float | None
    """Where the camera says it was."""
    extras: Mapping[str, str | int] = field(default_factory=dict)
    """`taken_local`, `camera`, `width_px`, `height_px` where the file says them."""
    flaws: Sequence[str] = ()
    withdrawn: str | None = None
    filed_by: str = ""
    filed_utc: datetime | None = None
