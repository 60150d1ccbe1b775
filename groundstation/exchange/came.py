"""What a file brought, as records of ours that nobody has filed yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from firmware_bridge.tracks import Track
from groundstation.exchange.smart.patrol import Employee, Label
from groundstation.records.observation import Observation
from groundstation.records.photograph import Level
from groundstation.records.raid import PatrolType, Raid

DAY, DISTANCE = "day", "distance_km"
"""Keys of an imported track's extras: the day its file puts it to, and the length it states."""


@dataclass(frozen=True, slots=True, eq=False)
class CameTrack:
    """A way, and the leg it belongs to."""

    leg: str
    track: Track


@dataclass(frozen=True, slots=True)
class CameFile:
    """A file that lies beside the document, by the name the document gives it."""

    name: str
    level: Level
    observation_id: UUID | None


@dataclass(frozen=True, slots=True, eq=False)
class Came:
    """A raid with everything that hangs on it; its legs name no tracks yet."""

    document: str
    """Name of the file, or of the document inside the archive."""
    raid: Raid
    observations: Sequence[Observation]
    tracks: Sequence[CameTrack] = ()
    files: Sequence[CameFile] = ()


class Finder(Protocol):
    """Numbers and keys of people and terms, made where they are new."""

    def person(self, employee: Employee) -> int:
        """Their number."""
        ...

    def term(self, kind: str, label: Label, patrol_type: PatrolType | None = None) -> str:
        """Its key; the kinds are `team`, `station`, `mandate`, `transport`."""
        ...
