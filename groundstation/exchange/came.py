"""What a file brought, as records of ours that nobody has filed yet.

While a file is read nobody asks the database: people and terms are numbered as they are named,
and get their real numbers and keys when the records are filed (`settled`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from uuid import UUID

from firmware_bridge.tracks import Track
from groundstation.exchange.remarks import Remarks
from groundstation.exchange.smart.patrol import Employee, Label
from groundstation.records.check import Asked
from groundstation.records.observation import Observation
from groundstation.records.photograph import Level
from groundstation.records.raid import Leg, Member, PatrolType, Raid

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
    raid: Raid | None
    """None: observations outside any raid."""
    observations: Sequence[Observation]
    tracks: Sequence[CameTrack] = ()
    files: Sequence[CameFile] = ()


@dataclass(frozen=True, slots=True)
class NamedTerm:
    """A term as a file names it."""

    kind: str
    """`team`, `station`, `mandate` or `transport`."""
    label: Label
    patrol_type: PatrolType | None


class Names:
    """People and terms that a file names, each once."""

    def __init__(self) -> None:
        self._people: dict[Employee, int] = {}
        self._terms: dict[NamedTerm, str] = {}

    def person(self, employee: Employee) -> int:
        """A number that stands for them: 1, 2, 3, ..."""
        return self._people.setdefault(employee, len(self._people) + 1)

    def term(self, kind: str, label: Label, patrol_type: PatrolType | None = None) -> str:
        """A key that stands for it."""
        named = NamedTerm(kind, label, patrol_type)
        return self._terms.setdefault(named, f"{kind} {len(self._terms) + 1}")

    @property
    def people(self) -> Mapping[Employee, int]:
        """Everybody who was named."""
        return self._people

    @property
    def terms(self) -> Mapping[NamedTerm, str]:
        """Every term that was named."""
        return self._terms


@dataclass(frozen=True, slots=True)
class Making:
    """What it takes to make records of a file's words."""

    known: Asked
    zone: tzinfo
    new_id: Callable[[], UUID]
    names: Names = field(default_factory=Names)
    remarks: Remarks = field(default_factory=Remarks)


def settled(came: Came, people: Mapping[int, int], terms: Mapping[str, str]) -> Came:
    """With the real numbers and keys in the place of those that stood for them."""
    raid = came.raid
    if raid is not None:
        raid = replace(
            raid,
            team=_key(raid.team, terms),
            station=_key(raid.station, terms),
            legs=[_leg(leg, people, terms) for leg in raid.legs],
        )
    observations = [
        o if o.observer is None else replace(o, observer=people[o.observer])
        for o in came.observations
    ]
    return replace(came, raid=raid, observations=observations)


def _leg(leg: Leg, people: Mapping[int, int], terms: Mapping[str, str]) -> Leg:
    """Two who turn out to be the same person are one member."""
    members: dict[int, Member] = {}
    for member in leg.members:
        real = people[member.person]
        before = members.get(real, member)
        members[real] = replace(
            member,
            person=real,
            is_leader=member.is_leader or before.is_leader,
            is_pilot=member.is_pilot or before.is_pilot,
        )
    return replace(
        leg,
        transport=_key(leg.transport, terms),
        mandate=_key(leg.mandate, terms),
        members=list(members.values()),
    )


def _key(key: str | None, terms: Mapping[str, str]) -> str | None:
    return None if key is None else terms[key]
