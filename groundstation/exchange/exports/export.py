"""An export into a file: whole, written down, and only then under its name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from groundstation.exchange.exports.formats import FORMATS, Source
from groundstation.exchange.exports.gather import Gathering, Written, names_of
from groundstation.exchange.exports.words import LINES, REFUSALS
from groundstation.store import audit
from groundstation.words import Language, Refusal, say


@dataclass(frozen=True, slots=True)
class Exported:
    """What was given out."""

    format: str
    written: Written
    gathering: Gathering

    def note(self, connection: Connection, now_utc: datetime) -> None:
        """Write it into the audit log, where anything sensitive went out."""
        gathering, wanted = self.gathering, self.gathering.wanted
        if not gathering.sensitive:
            return
        detail = {
            "from": wanted.first, "to": wanted.last, "raid": wanted.raid_id,
            "raids": self.written.raids, "observations": self.written.observations,
            "sensitive": gathering.sensitive, "seen_as": gathering.seen_as.role.value,
        }  # fmt: skip
        audit.append(
            connection, gathering.account, "export", "export", self.format, detail, now_utc
        )

    def lines(self, path: Path | str, language: Language) -> list[str]:
        """What to tell whoever asked for it."""
        w = self.written
        counts = {"raids": w.raids, "observations": w.observations, "points": w.points}
        told = [say(LINES, "written", language, path=path, **counts)]
        left_out = {**w.left_out, "withheld": self.gathering.withheld}
        return told + [
            say(LINES, "left_out", language, why=say(LINES, code, language), n=n)
            for code, n in left_out.items()
            if n
        ]


def write(
    format_name: str, path: Path, target: Path, gathering: Gathering, language: Language,
    photographs: Path,
) -> Exported:  # fmt: skip
    """Write `path`, which will be `target`. Raises Refusal and OSError."""
    wanted = gathering.wanted
    if format_name not in FORMATS:
        formats = ", ".join(FORMATS)
        raise Refusal(REFUSALS, "unknown_format", 404, format=format_name, formats=formats)
    if wanted.first and wanted.last and wanted.last < wanted.first:
        raise Refusal(REFUSALS, "dates_reversed", first=wanted.first, last=wanted.last)
    if wanted.raid_id is not None and not gathering.chosen():
        raise Refusal(REFUSALS, "no_raid", 404)
    names = names_of(gathering.connection, gathering.seen_as, language)
    source = Source(gathering, names, photographs, target)
    written = FORMATS[format_name].write(path, source)
    if not gathering.with_ways:
        written.left_out["no_way"] += written.raids
    return Exported(format_name, written, gathering)


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A name to write under; at the end of the block the file gets its own, synced.

    After an exception nothing is left of it, and what was at `target` is still there.
    """
    fresh = target.with_name(f".new-{target.name}")  # GDAL looks at the suffix
    fresh.unlink(missing_ok=True)
    try:
        yield fresh
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(target)
    finally:
        for left in (fresh, *(fresh.with_name(fresh.name + tail) for tail in _SQLITE_TAILS)):
            left.unlink(missing_ok=True)


_SQLITE_TAILS = ("-journal", "-wal", "-shm")
"""Which GDAL may leave beside an unfinished GeoPackage."""
