"""A file on its way in: kept as it is, read, and made ready for the writer.

keep     its bytes are on disk under their hash before anybody parses them
prepare  read and packed; asks no database, so a large file costs only its own thread
file     (`filing`) one transaction: what is new is written, what is known is told
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID

from firmware_bridge.identity import uuid7
from groundstation.dock.proposals import Table
from groundstation.exchange.brought import Brought, read
from groundstation.exchange.came import Came, Making, Names
from groundstation.exchange.remarks import Remark
from groundstation.photographs import folder as photographs
from groundstation.photographs.folder import Kept
from groundstation.records.check import asked
from groundstation.records.model import DataModel
from groundstation.store.imports import KeptFile, keep, track_row

__all__ = ["Ready", "ReadyRaid", "Taking", "ids", "keep", "prepare"]

MAX_BYTES = 512 << 20
"""Of one file; an archive of a year's patrols with their photographs has less."""


@dataclass(frozen=True, slots=True)
class Taking:
    """What of the station a file is read by."""

    model: DataModel
    zone: tzinfo
    proposals: Table
    photographs: Path
    """Folder of photographs."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadyRaid:
    """A raid, and its tracks as rows."""

    came: Came
    tracks: Sequence[tuple[str, Mapping[str, Any]]]
    """Leg, row."""


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """Everything a file brought; what is left is the writer's."""

    name: str
    kept: KeptFile
    format: str
    raids: Sequence[ReadyRaid]
    model: DataModel | None
    names: Names
    attached: Mapping[tuple[str, str], Kept]
    """By document and by the name it gives the file: what is in the photographs folder."""
    remarks: Sequence[Remark]


def prepare(kept: KeptFile, raw: bytes, name: str, by: Taking, now_utc: datetime) -> Ready:
    """Read what was kept. Raises Refusal when nothing of it can be taken, OSError."""
    making = Making(asked(by.model), by.zone, ids(now_utc))
    brought = read(raw, name, kept.path, making, by.proposals)
    return Ready(
        name=name,
        kept=kept,
        format=brought.format,
        raids=[_ready(came, by.zone, now_utc) for came in brought.raids],
        model=brought.model,
        names=making.names,
        attached=_attached(brought, by.photographs),
        remarks=making.remarks.listed(),
    )


def _ready(came: Came, zone: tzinfo, now_utc: datetime) -> ReadyRaid:
    tracks = [(one.leg, track_row(one.track, zone, now_utc)) for one in came.tracks]
    return ReadyRaid(came, tracks)


def _attached(brought: Brought, folder: Path) -> dict[tuple[str, str], Kept]:
    return {key: photographs.keep(folder, body) for key, body in brought.attached.items()}


def ids(now_utc: datetime) -> Callable[[], UUID]:
    """Fresh UUIDv7, each greater than the one before: records keep the order of their file."""
    unix_ms = round(now_utc.timestamp() * 1000)
    count = 0

    def fresh() -> UUID:
        nonlocal count
        later_ms, within = divmod(count, 4096)
        count += 1
        # The 12 bits after the time count; RFC 9562, section 6.2, method 1.
        tail = int.from_bytes(os.urandom(8), "big") >> 2
        return uuid7(unix_ms + later_ms, (within << 62 | tail).to_bytes(10, "big"))

    return fresh
