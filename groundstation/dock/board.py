"""The docking board: what hangs on each port and volume now, in words a page can say.

`Docked` is one line of the board, as `GET /api/v1/dock` and the live event `dock` give it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from groundstation.store.downloads import Outcome


class Kind(StrEnum):
    """How a unit is connected."""

    PORT = "port"
    VOLUME = "volume"


class Phase(StrEnum):
    """What the dock does with a unit."""

    IDENTIFYING = "identifying"
    READING = "reading"
    STORING = "storing"
    DONE = "done"
    FAILED = "failed"
    CLEARING = "clearing"
    GONE = "gone"
    """Unplugged; what was reached stays on the board for a while."""


class Code(StrEnum):
    """How it ended, or why it does not go on; `values` fill the sentence."""

    STORED = "stored"
    """Everything announced is on disk: new, known, new_waypoints, known_waypoints."""
    LOST = "lost"
    """What is whole is on disk: besides, lost (records), complaint."""
    EMPTY = "empty"
    """The unit holds nothing."""
    NO_MEMORY = "no_memory"
    """It only tells where it is, in NMEA: port, baud. Nothing is recorded of it here."""
    SILENT = "silent"
    """Nothing known answers: asked again every few seconds."""
    NO_FILES = "no_files"
    """A disk without a unit and without track files: complaint. Looked at again now and then."""
    BUSY = "busy"
    """Another program has the port: holder. Asked again."""
    DENIED = "denied"
    """This user may not open the port: complaint. Asked again."""
    UNPLUGGED = "unplugged"
    """Before anything was read."""
    DISK_FULL = "disk_full"
    """The captures' disk takes no more: complaint. Asked again; the unit keeps everything."""
    OVER_QUOTA = "over_quota"
    """A volume's files do not fit beside the captures: wanted_mb, room_mb. The volume keeps all."""
    FOLDER = "folder"
    """The captures folder cannot be written: complaint. Asked again."""
    DATABASE_DOWN = "database_down"
    """Read, kept as a capture and in memory, not in the database yet: complaint. Asked again."""
    BROKEN = "broken"
    """The program itself failed: complaint. The capture is kept."""
    CLEARED = "cleared"
    """Read again, stored, verified, and the unit confirmed that it erased its memory."""
    NOT_CLEARED = "not_cleared"
    """The memory was left alone: complaint."""
    NOT_CONFIRMED = "not_confirmed"
    """Stored and verified, then told to erase; it did not confirm, nobody knows: complaint."""


@dataclass(frozen=True, slots=True)
class Said:
    """An outcome in a form any language can be made of."""

    code: Code
    values: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Docked:
    """One line of the board."""

    place: str
    """Device path or mount point: the line's identity."""
    kind: Kind
    phase: Phase
    since_utc: datetime
    """When it was plugged in."""
    updated_utc: datetime
    unit: str | None
    """The stored unit's key; before anything is stored, the one it most likely is."""
    family: str | None
    number: str | None
    model: str | None
    label: str | None
    person: int | None
    person_name: str | None
    """Who has the unit now; None: nobody it was issued to."""
    step: str | None
    """What is being read: `track`, `waypoint`, `block`, `file`, ..."""
    done: int | None
    total: int | None
    rate_per_s: float | None
    seconds_left: float | None
    said: Said | None
    result: Outcome | None
    """Of the last download that was stored."""
    can_clear: bool
    """Everything announced is stored, and this family can erase its memory."""


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that hangs on the dock, and what the station thinks of its disk."""

    enabled: bool
    items: Sequence[Docked]
    captures_mb: float
    quota_mb: int
    free_mb: float | None
    """On the captures' disk; None where it cannot be asked."""
    warning: str | None
    """`quota`: captures take more than the setting allows, none is ever deleted; `disk`: the
    disk is nearly full."""
