"""Reports that wait for the ground: kept before they are sent, shed only when acknowledged.

A newer revision of a hotspot takes the place of the older one. Each transport acknowledges for
itself. Over the quota, reports the ground has go first, oldest first, then pictures; a report no
ground station has is never dropped for room: when nothing else is left, new hotspots are refused
with a critical line and `Problem.SPOOL_FULL`.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter

from firmware_bridge.messages import Hotspot, Problem
from onboard.spool.rows import SIZE, Row, Rows

logger = logging.getLogger(__name__)

_HOTSPOT = TypeAdapter(Hotspot)
_MOST_IN_MEMORY = 1000
"""Rows kept while the disk refuses: about 12 MB with their thumbnails."""


class Transport(StrEnum):
    """A way to the ground."""

    IP = "ip"
    RADIO = "radio"


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture of a hotspot that the ground has not got yet."""

    hotspot_id: UUID
    revision: int
    """The revision of the hotspot it came with."""
    image: bytes


# Hotspots the ground has never heard of go first, and of those the newest: a fire that burns
# now comes before the history.
_WAITING = {
    Transport.IP: "ip_revision < revision AND parked_revision < revision"
    " ORDER BY ip_revision > 0, ordinal DESC LIMIT ?",
    Transport.RADIO: "radio_revision < revision ORDER BY radio_revision > 0, ordinal DESC LIMIT ?",
}
_NEXT_THUMBNAIL = (
    "ip_revision > 0 AND thumbnail NOT NULL AND ip_thumbnail_revision < thumbnail_revision"
    " ORDER BY ordinal DESC LIMIT 1"
)
_ANSWERED = "max(ip_revision, radio_revision) >= revision"
_SHED_ORDER = (
    (
        "reports the ground has whole",
        f"{_ANSWERED} AND ip_revision >= revision AND ip_thumbnail_revision >= thumbnail_revision",
    ),
    ("reports the ground has", _ANSWERED),
)


class Spool:
    """The queue of reports; safe to use from several threads."""

    def __init__(self, folder: Path, quota_bytes: int) -> None:
        """Open or create the queue in `folder`; raises ConfigError when it is in use."""
        self._rows = Rows(folder / "spool.sqlite")
        self._place = str(folder / "spool.sqlite")
        self._quota_bytes = quota_bytes
        self._changed = threading.Condition(threading.RLock())
        self._puts = 0
        self._refused = False
        self._bytes = self._rows.number(SIZE)
        self._next_ordinal = 1 + self._rows.number("coalesce(max(ordinal), 0)")

    def put(self, reports: Sequence[tuple[Hotspot, bytes | None]]) -> None:
        """Keep reports, with a new thumbnail or None, in one transaction.

        A revision not above the one held is ignored. Never raises for the disk's sake.
        """
        if not reports:
            return  # at every sample of telemetry: not to wait for somebody else's fsync
        with self._changed:
            rows = [row for hotspot, image in reports if (row := self._merged(hotspot, image))]
            if not rows:
                return
            kept = self._fitting(rows)
            self._rows.write(kept)
            self._puts += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> int:
        """Block until there were more puts than `seen`, or the time is up; the number of puts."""
        with self._changed:
            self._changed.wait_for(lambda: self._puts > seen, timeout_s)
            return self._puts

    def waiting(self, transport: Transport, limit: int) -> list[Hotspot]:
        """Reports the ground lacks."""
        with self._changed:
            rows = self._rows.select(_WAITING[transport], limit)
        return [_HOTSPOT.validate_json(row.body) for row in rows]

    def next_thumbnail(self) -> Thumbnail | None:
        """A picture the ground lacks, of a hotspot it knows."""
        with self._changed:
            rows = self._rows.select(_NEXT_THUMBNAIL)
        for row in rows:
            return Thumbnail(UUID(row.hotspot_id), row.thumbnail_revision, row.thumbnail or b"")
        return None

    def acknowledge(self, transport: Transport, hotspot_id: UUID, revision: int) -> None:
        """The ground has `revision` on its disk."""
        if transport is Transport.IP:
            self._edit(hotspot_id, ip_revision=revision)
        else:
            self._edit(hotspot_id, radio_revision=revision)

    def acknowledge_thumbnail(self, hotspot_id: UUID, revision: int) -> None:
        """The ground has the picture that came with `revision`, or will never take it."""
        self._edit(hotspot_id, ip_thumbnail_revision=revision)

    def unacknowledge(self, hotspot_id: UUID) -> None:
        """The ground says over IP that it does not know the hotspot: send all of it again."""
        self._edit(hotspot_id, ip_revision=0, ip_thumbnail_revision=0)

    def park(self, hotspot_id: UUID, revision: int, because: str) -> None:
        """The ground refuses this revision over IP: keep it, try again after a restart."""
        self._edit(hotspot_id, parked_revision=revision, parked_because=because)

    def parked(self) -> list[tuple[UUID, str]]:
        """Hotspots the ground refused, with its words."""
        with self._changed:
            rows = self._rows.select("parked_revision >= revision ORDER BY ordinal LIMIT 1000")
        return [(UUID(row.hotspot_id), row.parked_because or "") for row in rows]

    def backlog(self) -> int:
        """Reports whose newest revision no ground station has acknowledged."""
        with self._changed:
            return self._rows.number(f"count(*) FILTER (WHERE NOT ({_ANSWERED}))")

    def problems(self) -> set[Problem]:
        """What health should say about this spool."""
        with self._changed:
            found = {Problem.DISK_FULL} if self._rows.failure else set()
            return found | ({Problem.SPOOL_FULL} if self._refused else set())

    def close(self) -> None:
        """Write what waits in memory, if the disk lets us, and close."""
        with self._changed:
            self._rows.close()

    def _merged(self, hotspot: Hotspot, image: bytes | None) -> Row | None:
        """The row as it should become; None when the spool knows as much already."""
        held = self._row(hotspot.hotspot_id)
        if held and held.revision >= hotspot.revision:
            return None
        body = _HOTSPOT.dump_json(hotspot).decode()
        if held is None:
            ordinal, self._next_ordinal = self._next_ordinal, self._next_ordinal + 1
            held = Row(str(hotspot.hotspot_id), ordinal, 0, "", None, 0, 0, 0, 0, 0, None)
        row = replace(held, revision=hotspot.revision, body=body)
        if image is None:
            return row
        return replace(row, thumbnail=image, thumbnail_revision=hotspot.revision)

    def _edit(self, hotspot_id: UUID, **changes: int | str) -> None:
        with self._changed:
            row = self._row(hotspot_id)
            if row is None:
                return
            edited = replace(row, **changes)  # type: ignore[arg-type]  # callers name the fields
            if edited != row:
                self._rows.write([edited])

    def _row(self, hotspot_id: UUID) -> Row | None:
        return next(iter(self._rows.select("hotspot_id = ?", str(hotspot_id))), None)

    def _fitting(self, rows: Sequence[Row]) -> list[Row]:
        """The rows there is room for, after making room."""
        size = sum(row.size_bytes for row in rows)
        if self._bytes + size > self._quota_bytes:
            self._shed(size)
        if self._has_room(size):
            self._bytes += size
            self._refused = False
            return list(rows)
        kept = [self._without_picture(row) for row in rows if self._known(row)]
        for row in rows:
            if not self._known(row):
                logger.critical("%s: full of unsent reports (%d of %d bytes): %s is NOT kept",
                                self._place, self._bytes, self._quota_bytes, row.body)  # fmt: skip
        self._refused = True
        return kept

    def _has_room(self, size: int) -> bool:
        fits = self._bytes + size <= self._quota_bytes
        return fits and self._rows.in_memory() < _MOST_IN_MEMORY

    def _known(self, row: Row) -> bool:
        return self._row(UUID(row.hotspot_id)) is not None

    def _without_picture(self, row: Row) -> Row:
        return replace(row, thumbnail=None, thumbnail_revision=0)

    def _shed(self, needed_bytes: int) -> None:
        """Make room: what the ground has, oldest first; then pictures; never unsent reports."""
        target = int(self._quota_bytes * 0.9) - needed_bytes
        self._bytes = self._rows.number(SIZE)
        for what, condition in _SHED_ORDER:
            dropped = 0
            while self._bytes > target:
                rows = self._rows.select(f"{condition} ORDER BY ordinal LIMIT 50")
                if not rows or not self._rows.delete(rows):
                    break
                dropped += len(rows)
                self._bytes = self._rows.number(SIZE)
            self._tell(dropped, what)
        self._shed_pictures(target)

    def _shed_pictures(self, target_bytes: int) -> None:
        dropped = 0
        while self._bytes > target_bytes:
            rows = self._rows.select("thumbnail NOT NULL ORDER BY ordinal LIMIT 50")
            if not rows:
                break
            self._rows.write([self._without_picture(row) for row in rows])
            dropped += len(rows)
            self._bytes = self._rows.number(SIZE)
        self._tell(dropped, "pictures never sent")

    def _tell(self, dropped: int, what: str) -> None:
        if dropped:
            logger.warning("%s: over its quota of %d bytes: dropped %d %s",
                           self._place, self._quota_bytes, dropped, what)  # fmt: skip
