"""Rows of the spool: on disk, or in memory while the disk refuses.

One SQLite file in WAL mode, synchronous=FULL and locked by this process alone. Chosen over a file
per report because a batch of revisions costs one fsync (5-100 ms on an SD card), because
superseding, acknowledging and shedding are each one transaction that a pulled plug keeps or
undoes whole, and because the recovery after that is not our code. Source: sqlite.org/wal.html,
sqlite.org/pragma.html#pragma_synchronous.

A row the disk refuses (full, read-only, failing) goes to a table in memory that shadows the one
on disk, and is written when the disk takes writes again.
"""

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from firmware_bridge.errors import ConfigError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """The newest revision of one hotspot; field by field a row of the table."""

    hotspot_id: str
    ordinal: int
    """Order of arrival of the first revision."""
    revision: int
    body: str
    """The hotspot as JSON."""
    thumbnail: bytes | None
    thumbnail_revision: int
    """The revision the thumbnail came with; 0 when there was none."""
    ip_revision: int
    """Newest revision acknowledged over IP; 0 for none. Likewise below."""
    ip_thumbnail_revision: int
    radio_revision: int
    parked_revision: int
    """Newest revision the ground refused over IP."""
    parked_because: str | None

    @property
    def size_bytes(self) -> int:
        """What it counts against the quota."""
        return len(self.body) + len(self.thumbnail or b"") + _OVERHEAD_BYTES


_OVERHEAD_BYTES = 200
SIZE = f"coalesce(sum(length(body) + coalesce(length(thumbnail), 0) + {_OVERHEAD_BYTES}), 0)"
_TABLE = """CREATE TABLE IF NOT EXISTS {schema}.report (
    hotspot_id TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, revision INTEGER NOT NULL,
    body TEXT NOT NULL, thumbnail BLOB, thumbnail_revision INTEGER NOT NULL,
    ip_revision INTEGER NOT NULL, ip_thumbnail_revision INTEGER NOT NULL,
    radio_revision INTEGER NOT NULL, parked_revision INTEGER NOT NULL, parked_because TEXT)"""
_UPSERT = f"INSERT OR REPLACE INTO {{schema}}.report VALUES ({', '.join('?' * 11)})"
_SHADOWED = """CREATE TEMP VIEW current AS SELECT * FROM main.report UNION ALL
    SELECT * FROM disk.report WHERE hotspot_id NOT IN (SELECT hotspot_id FROM main.report)"""
_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "journal_size_limit=1048576")


class Rows:
    """The table; not safe for several threads by itself."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; raises ConfigError when another process holds it."""
        self.failure: str | None = None
        """Why the disk refuses writes; None while it takes them."""
        self._path = path
        self._attached = False
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        # Before the file is attached: then the WAL's index is kept in memory, and a disk that is
        # full already lets the reports of the last flight be read (sqlite.org/wal.html#noshm).
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA temp_store=MEMORY")
        self._db.execute(_TABLE.format(schema="main"))
        self._db.execute("CREATE TEMP VIEW current AS SELECT * FROM main.report")
        try:
            self._attach()
        except (sqlite3.DatabaseError, OSError) as error:
            if "locked" in str(error):
                raise ConfigError(f"{path}: another process holds this spool") from error
            self._fail(error)

    def select(self, where: str, *values: object) -> list[Row]:
        """Rows for which an SQL condition holds."""
        found = self._db.execute(f"SELECT * FROM current WHERE {where}", values)
        return [Row(*columns) for columns in found.fetchall()]

    def number(self, expression: str) -> int:
        """An SQL aggregate over all rows."""
        return int(self._db.execute(f"SELECT {expression} FROM current").fetchone()[0])

    def in_memory(self) -> int:
        """How many rows wait for the disk."""
        return int(self._db.execute("SELECT count(*) FROM main.report").fetchone()[0])

    def write(self, rows: Sequence[Row]) -> None:
        """Put rows, and those that waited in memory, on disk; into memory when it refuses."""
        try:
            self._attach()
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute("INSERT OR REPLACE INTO disk.report SELECT * FROM main.report")
                self._upsert("disk", rows)
                self._db.execute("DELETE FROM main.report")
        except (sqlite3.DatabaseError, OSError) as error:
            self._upsert("main", rows)
            self._fail(error)
            return
        if self.failure:
            logger.warning("%s takes reports again", self._path)
            self.failure = None

    def delete(self, rows: Iterable[Row]) -> bool:
        """Remove rows; False when the disk refuses."""
        keys = [(row.hotspot_id,) for row in rows]
        schemas = ("main", "disk") if self._attached else ("main",)
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                for schema in schemas:
                    self._db.executemany(f"DELETE FROM {schema}.report WHERE hotspot_id = ?", keys)
        except sqlite3.DatabaseError as error:
            self._fail(error)
            return False
        return True

    def close(self) -> None:
        """Write what waits, if the disk lets us, and close the file."""
        self.write([])
        if lost := self.in_memory():
            logger.critical("%s: the disk never took %d reports", self._path, lost)
        self._db.close()

    def _attach(self) -> None:
        """Open the file, a damaged one set aside; raises sqlite3.DatabaseError or OSError."""
        if self._attached:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._attach_file()
        except sqlite3.DatabaseError as error:
            self._detach()
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._set_aside(error)
            self._attach_file()

    def _attach_file(self) -> None:
        self._db.execute("ATTACH ? AS disk", (str(self._path),))
        for setting in _SETTINGS:
            self._db.execute(f"PRAGMA disk.{setting}")
        self._db.execute(_TABLE.format(schema="disk"))
        verdict = self._db.execute("PRAGMA disk.quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        self._db.execute("UPDATE disk.report SET parked_revision = 0 WHERE parked_revision > 0")
        self._db.execute("DROP VIEW current")
        self._db.execute(_SHADOWED)
        self._attached = True

    def _detach(self) -> None:
        if "disk" in [row[1] for row in self._db.execute("PRAGMA database_list")]:
            self._db.execute("DETACH disk")

    def _set_aside(self, error: Exception) -> None:
        number = 1
        while (aside := self._path.with_suffix(f".damaged-{number}")).exists():
            number += 1
        self._path.rename(aside)
        for suffix in ("-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        logger.error("%s is damaged (%s): kept as %s, starting anew", self._path, error, aside.name)

    def _upsert(self, schema: str, rows: Iterable[Row]) -> None:
        self._db.executemany(_UPSERT.format(schema=schema), (astuple(row) for row in rows))

    def _fail(self, error: Exception) -> None:
        if self.failure is None:
            logger.error("%s: %s; reports are kept in memory and sent", self._path, error)
        self.failure = str(error)
