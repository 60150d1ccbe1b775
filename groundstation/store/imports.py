"""Files that came from elsewhere: their bytes on disk under their hash, and what became of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from firmware_bridge.tracks import Track
from firmware_bridge.units import unix_us_from_utc
from firmware_bridge.whole_file import write_whole
from groundstation.store.tables import imports, tracks
from groundstation.store.tracks import row_of

REFUSED = "refused"
"""Format of a file of which nothing was taken: it may come again."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """Bytes that are on disk."""

    sha256: str
    path: Path
    bytes: int


@dataclass(frozen=True, slots=True)
class StoredImport:
    """One file that came, and what was taken of it."""

    number: int
    sha256: str
    name: str
    format: str
    bytes: int
    time_utc: datetime
    who: str
    report: Mapping[str, Any]


def keep(folder: Path, raw: bytes) -> KeptFile:
    """Put the bytes into the folder, before anybody parses them. Raises OSError."""
    sha256 = hashlib.sha256(raw).hexdigest()
    path = folder / sha256
    if not path.is_file() or path.stat().st_size != len(raw):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, raw)
    return KeptFile(sha256, path, len(raw))


def taken(connection: Connection, sha256: str) -> StoredImport | None:
    """The import of these very bytes; None where nothing was ever taken of them."""
    c = imports.c
    this = c.sha256 == sha256, c.format != REFUSED
    row = connection.execute(_SELECT.where(*this).order_by(c["import"])).first()
    return None if row is None else StoredImport(*row)


def find(connection: Connection, limit: int) -> list[StoredImport]:
    """The last ones first."""
    rows = connection.execute(_SELECT.order_by(imports.c["import"].desc()).limit(limit))
    return [StoredImport(*row) for row in rows]


def add(
    connection: Connection, kept: KeptFile, name: str, format: str, who: str, now_utc: datetime
) -> int:
    """A new row, whose report follows in the same transaction (`report`); its number."""
    values = {
        "sha256": kept.sha256,
        "name": name[:255],
        "format": format,
        "bytes": kept.bytes,
        "time_utc": now_utc,
        "who": who,
        "report": {},
    }
    key = connection.execute(imports.insert().values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def report(connection: Connection, number: int, told: Mapping[str, Any]) -> None:
    """What was taken, and what people should know."""
    this = imports.c["import"] == number
    connection.execute(imports.update().where(this).values(report=dict(told)))


def track_row(track: Track, zone: tzinfo, now_utc: datetime) -> dict[str, Any]:
    """The row of an imported track: the work of a reader's thread, not of the writer."""
    return row_of(track, [False] * len(track.segments), 0, unix_us_from_utc(now_utc), zone)


def add_track(connection: Connection, row: Mapping[str, Any], number: int) -> int:
    """Store a `track_row` of that import; the track's number."""
    key = connection.execute(tracks.insert().values({**row, "import": number})).inserted_primary_key
    assert key is not None
    return int(key[0])


_SELECT = select(*(imports.c["import" if n == "number" else n] for n in StoredImport.__slots__))
