"""One download into the database: which unit it is, which points are new, all in one transaction.

`prepare` reads and packs, in a reader's thread, because a memory full of points takes longer than
other writers may wait; `commit` only writes. When another download of the same unit came in
between, `commit` raises Overtaken and everything is done again.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, select

from firmware_bridge.errors import BridgeError
from firmware_bridge.tracks import Contents, Segment, Track, UnitIdentity
from firmware_bridge.units import unix_us_from_utc
from groundstation.dock.rollover import FUTURE_US, eras_behind, repaired
from groundstation.store import tables, tracks, units
from groundstation.store.known import all_keys, is_new
from groundstation.store.which_unit import choose

MAX_FLAWS = 200
CLOCK_WRONG_S = 60.0
MAX_OFFSET_S = 100 * 366 * 86_400.0
WEEKS_PER_ERA = 1024
WEEKS_ADDED = "weeks_added"
"""Column of points whose date was repaired: (N,) int16, 0 or the weeks added."""


class Overtaken(BridgeError):
    """Another download of the same unit was stored in between: prepare again."""


class Mark(StrEnum):
    """What a person should know about a download, besides what was lost."""

    CLOCK_WRONG = "clock_wrong"
    ROLLOVER_REPAIRED = "rollover_repaired"
    DATES_TOO_OLD = "dates_too_old"
    DATES_IN_FUTURE = "dates_in_future"
    SAME_NUMBER = "same_number"
    """Another unit gives the same number."""


@dataclass(frozen=True, slots=True)
class Download:
    """What came off a port or a volume."""

    download: UUID
    port: str
    capture: str
    """File name in the captures folder."""
    sha256: str
    started_utc: datetime
    ended_utc: datetime
    unit: UnitIdentity
    contents: Contents
    complaint: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is on disk after a download."""

    download: UUID
    unit: str
    port: str
    capture: str
    sha256: str
    started_utc: datetime
    ended_utc: datetime
    announced: Mapping[str, int]
    received: Mapping[str, int]
    new_points: int
    known_points: int
    new_waypoints: int
    known_waypoints: int
    lost: int
    """Announced records that never came whole."""
    complaint: str | None
    flaws: Sequence[str]
    """What was wrong with what came, in the reader's words."""
    clock_offset_s: float | None
    """The unit's clock minus true time."""
    weeks_added: int
    marks: Sequence[str]
    """Of `Mark`."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows ready to be written."""

    identity: UnitIdentity
    unit: str
    revision: int | None
    """Of the unit when this was prepared; None: it is new."""
    download: dict[str, Any]
    tracks: list[dict[str, Any]]
    waypoints: list[dict[str, Any]]


def prepare(
    connection: Connection,
    came: Download,
    elsewhere: AbstractSet[str],
    zone: tzinfo | None = None,
) -> Prepared:
    """Choose the unit, recognise what is known, pack what is new.

    `elsewhere` are keys of units that hang on other ports now: this one is none of them. `zone`
    is the station's wall clock's, None: this machine's.
    """
    contents = came.contents
    offset_s = clock_offset_s(came.unit)
    weeks = weeks_to_add(offset_s)
    station_us = unix_us_from_utc(came.ended_utc)
    found = [_repaired(track, weeks, station_us) for track in contents.tracks]
    segments = [segment for track in found for segment in track.segments]
    unit, stored = choose(connection, came.unit, segments, elsewhere, station_us)
    key = unit.unit if unit else units.free_key(connection, came.unit)
    parts, new, known = tracks.new_parts(found, stored)
    track_rows = [
        tracks.row_of(part, continues, weeks, station_us, zone) for part, continues in parts
    ]
    have = tracks.stored_digests(connection, key) if unit else set()
    rows = [tracks.waypoint_row(waypoint, weeks, station_us) for waypoint in contents.waypoints]
    fresh = {row["digest"]: row for row in rows if row["digest"] not in have}
    flaws = [flaw.what for flaw in contents.flaws]
    download = {
        "download": came.download,
        "unit": key,
        "port": came.port,
        "capture": came.capture,
        "sha256": came.sha256,
        "format": contents.format,
        "started_utc": came.started_utc,
        "ended_utc": came.ended_utc,
        "announced": dict(contents.announced),
        "received": dict(contents.received),
        "new_points": new,
        "known_points": known,
        "new_waypoints": len(fresh),
        "known_waypoints": len(rows) - len(fresh),
        "lost": contents.lost,
        "complaint": came.complaint,
        "flaws": flaws[:MAX_FLAWS],
        "clock_offset_s": offset_s,
        "weeks_added": weeks,
        "marks": _marks(connection, came, segments, key, offset_s, weeks),
    }
    revision = unit.revision if unit else None
    return Prepared(came.unit, key, revision, download, track_rows, list(fresh.values()))


def commit(connection: Connection, ready: Prepared) -> Outcome:
    """Write everything; inside the caller's transaction. Raises Overtaken."""
    row = ready.download
    c = tables.downloads.c
    if connection.scalar(select(c.download).where(c.download == row["download"])) is None:
        _write_unit(connection, ready)
        connection.execute(tables.downloads.insert().values(row))
        shared = {"unit": ready.unit, "download": row["download"]}
        for table, rows in ((tables.tracks, ready.tracks), (tables.waypoints, ready.waypoints)):
            if rows:
                connection.execute(table.insert(), [one | shared for one in rows])
    outcome = get(connection, row["download"])
    assert outcome is not None
    return outcome


def _write_unit(connection: Connection, ready: Prepared) -> None:
    identity, row = ready.identity, ready.download
    u = tables.units.c
    known = {
        "model": identity.model,
        "firmware": identity.firmware,
        "clock_offset_s": row["clock_offset_s"],
        "last_docked_utc": row["ended_utc"],
    }
    values = {name: value for name, value in known.items() if value is not None}
    if ready.revision is not None:
        this = u.unit == ready.unit, u.revision == ready.revision
        change = tables.units.update().where(*this).values(revision=ready.revision + 1, **values)
        if connection.execute(change).rowcount == 0:
            raise Overtaken(f"{ready.unit}: stored from elsewhere in the meantime")
        return
    if connection.scalar(select(u.unit).where(u.unit == ready.unit)) is not None:
        raise Overtaken(f"{ready.unit}: stored from elsewhere in the meantime")
    fixed = {
        "unit": ready.unit,
        "family": identity.family,
        "number": identity.unit_id,
        "first_docked_utc": row["ended_utc"],
        "revision": 1,
    }
    connection.execute(tables.units.insert().values(fixed | values))


def get(connection: Connection, download: UUID) -> Outcome | None:
    """One download; None when it is not known."""
    c = tables.downloads.c
    row = connection.execute(
        select(*(c[name] for name in Outcome.__slots__)).where(c.download == download)
    ).one_or_none()
    return None if row is None else Outcome(*row)


def of_unit(connection: Connection, unit: str, limit: int) -> list[Outcome]:
    """The unit's downloads, newest first."""
    c = tables.downloads.c
    statement = select(*(c[name] for name in Outcome.__slots__)).where(c.unit == unit)
    rows = connection.execute(statement.order_by(c.started_utc.desc()).limit(limit))
    return [Outcome(*row) for row in rows]


def captures(connection: Connection) -> set[str]:
    """Names of all capture files that were stored."""
    return set(connection.scalars(select(tables.downloads.c.capture)))


def missing(
    connection: Connection, unit: str, contents: Contents, docked_utc: datetime
) -> tuple[int, int]:
    """How many points and waypoints of `contents` are not stored: read back, not remembered."""
    segments = [segment for track in contents.tracks for segment in track.segments]
    station_us = unix_us_from_utc(docked_utc)
    stored = tracks.stored_segments(connection, unit, segments, station_us)
    points = int(is_new(all_keys(segments), all_keys(stored)).sum())
    wanted = {tracks.digest(waypoint) for waypoint in contents.waypoints}
    return points, len(wanted - tracks.stored_digests(connection, unit))


def clock_offset_s(unit: UnitIdentity) -> float | None:
    """The unit's clock minus true time, as the download measured it."""
    try:
        offset_s = float(unit.details["clock_offset_s"])
    except (KeyError, ValueError):
        return None
    return offset_s if np.isfinite(offset_s) else None


def weeks_to_add(offset_s: float | None) -> int:
    """Whole eras by which the unit's own clock is late, in weeks; 0 where it is only wrong."""
    if offset_s is None or abs(offset_s) > MAX_OFFSET_S:
        return 0
    return max(0, eras_behind(round(offset_s * 1e6), 0)) * WEEKS_PER_ERA


def _repaired(track: Track, weeks: int, station_us: int) -> Track:
    """Dates moved by the unit's lost eras, where that does not lead into the future."""
    if weeks == 0:
        return track
    segments = []
    for segment in track.segments:
        time_us, changed = repaired(segment.time_us, weeks // WEEKS_PER_ERA, station_us)
        added = np.where(changed, weeks, 0).astype(np.int16)
        extras = {**segment.extras, WEEKS_ADDED: added}
        segments.append(replace(segment, time_us=time_us, extras=extras))
    return replace(track, segments=segments)


def _marks(
    connection: Connection,
    came: Download,
    segments: Sequence[Segment],
    key: str,
    offset_s: float | None,
    weeks: int,
) -> list[str]:
    marks: list[Mark] = []
    if weeks:
        marks.append(Mark.ROLLOVER_REPAIRED)
    elif offset_s is not None and abs(offset_s) > CLOCK_WRONG_S:
        marks.append(Mark.CLOCK_WRONG)
    times = tracks.possible_times([segment.time_us for segment in segments])
    if len(times):
        if int(times.min()) < tracks.OLDEST_US:
            marks.append(Mark.DATES_TOO_OLD)
        if int(times.max()) > unix_us_from_utc(came.ended_utc) + FUTURE_US:
            marks.append(Mark.DATES_IN_FUTURE)
    same = units.of_number(connection, came.unit) if came.unit.unit_id is not None else []
    if any(unit.unit != key for unit in same):
        marks.append(Mark.SAME_NUMBER)
    return [str(mark) for mark in marks]
