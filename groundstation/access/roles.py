"""Roles and what each of them may: one table."""

from dataclasses import dataclass
from enum import StrEnum


class May(StrEnum):
    """Something a person is allowed to do or to see."""

    MANAGE = "manage"
    """Accounts, machine keys, people, terms, backups."""
    MODEL = "model"
    """Change the data model."""
    FILE = "file"
    """File and change raids, observations, photographs, within the scope."""
    WITHDRAW = "withdraw"
    """Withdraw records, and change old ones."""
    READ = "read"
    """Raids and observations, within the scope."""
    ANALYSE = "analyse"
    """Quarter, rates, rankings, census figures."""
    EXPORT = "export"
    IMPORT = "import"
    COUNT = "count"
    """Plan winter counts and their routes."""
    DOCK = "dock"
    """The docking board, units, downloads."""
    HOTSPOTS = "hotspots"
    """See hotspots and vehicles on the live map."""
    DECIDE = "decide"
    """Acknowledge and dismiss hotspots."""
    DENS = "dens"
    """Places of category 1: dens."""
    SIGHTINGS = "sightings"
    """Places of categories 2 to 4, exactly."""
    TRACKS = "tracks"
    """Where rangers went."""
    OFFENDERS = "offenders"
    """Personal data of offenders."""
    AUDIT = "audit"
    """Read the audit log."""


class Scope(StrEnum):
    """Whose raids somebody reads and files."""

    ALL = "all"
    TEAM = "team"
    OWN = "own"
    NONE = "none"


class Role(StrEnum):
    """What somebody is in the park."""

    ADMINISTRATOR = "administrator"
    HEAD_OF_SECURITY = "head_of_security"
    ANALYST = "analyst"
    GROUP_LEADER = "group_leader"
    INSPECTOR = "inspector"
    UAV_OPERATOR = "uav_operator"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Rights:
    """Of a role."""

    scope: Scope
    may: frozenset[May]


_LIVE = {May.HOTSPOTS, May.DECIDE}
_FIELD = {May.READ, May.FILE, May.DOCK, May.SIGHTINGS, May.TRACKS, *_LIVE}
_HEAD = {*_FIELD, May.WITHDRAW, May.ANALYSE, May.EXPORT, May.IMPORT, May.COUNT, May.DENS,
         May.OFFENDERS, May.AUDIT}  # fmt: skip

RIGHTS: dict[Role, Rights] = {
    # Looks after the station; who the offenders are is none of their business.
    Role.ADMINISTRATOR: Rights(
        Scope.ALL, frozenset({*_HEAD, May.MANAGE, May.MODEL} - {May.OFFENDERS})
    ),
    Role.HEAD_OF_SECURITY: Rights(Scope.ALL, frozenset({*_HEAD, May.MODEL})),
    Role.ANALYST: Rights(
        Scope.ALL,
        frozenset(
            {
                May.READ,
                May.ANALYSE,
                May.EXPORT,
                May.IMPORT,
                May.COUNT,
                May.SIGHTINGS,
                May.TRACKS,
                May.HOTSPOTS,
            }
        ),
    ),
    Role.GROUP_LEADER: Rights(Scope.TEAM, frozenset({*_FIELD, May.ANALYSE, May.OFFENDERS})),
    Role.INSPECTOR: Rights(Scope.OWN, frozenset({*_FIELD, May.OFFENDERS})),
    Role.UAV_OPERATOR: Rights(Scope.OWN, frozenset({May.READ, May.FILE, *_LIVE})),
    Role.GUEST: Rights(Scope.NONE, frozenset({May.HOTSPOTS})),
}
