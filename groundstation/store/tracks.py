"""Stored tracks and waypoints: what is known of a unit's points, and rows for new ones.

A track's row holds only points that were not stored before; several rows together are what the
unit ever held. The person is whoever had the unit when the track began.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, and_, or_, select

from firmware_bridge.handheld.rollover import ERA_US
from firmware_bridge.tracks import NO_TIME_US, Segment, Track, Waypoint
from firmware_bridge.units import unix_us_from_utc, utc_from_unix_us
from groundstation.dock.cleanup import clean, total
from groundstation.dock.rollover import FUTURE_US, repaired
from groundstation.store import people
from groundstation.store.columns import pack, unpack
from groundstation.store.known import all_keys, is_new, only
from groundstation.store.people import Issue
from groundstation.store.tables import tracks, waypoints

EARLIEST_US = unix_us_from_utc(datetime(1970, 1, 2, tzinfo=UTC))
LATEST_US = unix_us_from_utc(datetime(2199, 12, 31, tzinfo=UTC))
"""Times outside are no clock's, however wrong; they stay in the points and date nothing."""
OLDEST_US = unix_us_from_utc(datetime(2000, 1, 1, tzinfo=UTC))
"""Handheld units with a memory worth docking are younger."""
ERAS = range(-2, 3)
"""By which stored dates and those that come may differ: GPS has counted two since 1980."""


@dataclass(frozen=True, slots=True)
class StoredTrack:
    """One track without its points."""

    track: int
    unit: str | None
    download: UUID | None
    """None: it came by a file, not off a unit."""
    name: str | None
    person: int | None
    person_name: str | None
    """Who had the unit when it began; None: nobody it was issued to, or no point has a time."""
    hands: Sequence[Issue]
    """Everybody who had it while the track went on, in that order."""
    first_utc: datetime | None
    last_utc: datetime | None
    utc_offset_s: int
    """The station's zone when it began: local wall time minus UTC."""
    weeks_added: int
    """By which the unit's dates were wrong; repaired in all points."""
    segments: int
    points: int
    bbox: tuple[float, float, float, float] | None
    """West, south, east, north in degrees."""
    length_m: float
    cleaned_length_m: float


@dataclass(frozen=True, slots=True)
class StoredWaypoint:
    """One marked place."""

    waypoint: int
    unit: str
    download: UUID
    name: str
    lat_deg: float | None
    lon_deg: float | None
    alt_amsl_m: float | None
    time_utc: datetime | None
    comment: str | None
    description: str | None
    symbol: str | None
    extras: Mapping[str, str]


META = (
    "track", "unit", "download", "name", "first_utc", "last_utc", "utc_offset_s", "weeks_added",
    "segments", "points", "west_deg", "south_deg", "east_deg", "north_deg", "length_m",
    "cleaned_length_m",
)  # fmt: skip


def find(
    connection: Connection,
    unit: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    also: ColumnElement[bool] | None = None,
) -> list[StoredTrack]:
    """Docked tracks that touch the time, newest first; those without any time last.

    `also` is a further condition on rows of `tracks`.
    """
    c = tracks.c
    statement = select(*(c[name] for name in META)).where(c.unit.is_not(None))
    if also is not None:
        statement = statement.where(also)
    if unit is not None:
        statement = statement.where(c.unit == unit)
    if since is not None:
        statement = statement.where(c.last_utc >= since)
    if until is not None:
        statement = statement.where(c.first_utc <= until)
    ordered = statement.order_by(c.first_utc.is_(None), c.first_utc.desc(), c.track.desc())
    rows = connection.execute(ordered.limit(limit)).all()
    issued = {key: people.issues(connection, key) for key in {row.unit for row in rows}}
    return [_stored(row, issued[row.unit]) for row in rows]


def get(connection: Connection, track: int) -> tuple[StoredTrack, list[Segment], list[bool]] | None:
    """One track with its segments, and which of them continue what was stored before."""
    c = tracks.c
    row = connection.execute(
        select(*(c[name] for name in META), c.content).where(c.track == track)
    ).one_or_none()
    if row is None:
        return None
    segments, continues = unpack(row.content)
    issued = [] if row.unit is None else people.issues(connection, row.unit)
    return _stored(row, issued), segments, continues


def _stored(row: Any, issued: Sequence[Issue]) -> StoredTrack:
    values = {name: row._mapping[name] for name in META if not name.endswith("_deg")}
    hands = people.hands(issued, row.first_utc, row.last_utc)
    began = hands[0] if hands and hands[0].from_utc <= row.first_utc else None
    box = row.west_deg, row.south_deg, row.east_deg, row.north_deg
    return StoredTrack(
        **values,
        person=began.person if began else None,
        person_name=began.name if began else None,
        hands=hands,
        bbox=None if row.west_deg is None else box,
    )


def find_waypoints(
    connection: Connection,
    unit: str | None,
    limit: int,
    also: ColumnElement[bool] | None = None,
) -> list[StoredWaypoint]:
    """Waypoints, those stored last first; `also` is a further condition on their rows."""
    c = waypoints.c
    statement = select(*(c[name] for name in StoredWaypoint.__slots__))
    if also is not None:
        statement = statement.where(also)
    if unit is not None:
        statement = statement.where(c.unit == unit)
    rows = connection.execute(statement.order_by(c.waypoint.desc()).limit(limit))
    return [StoredWaypoint(*row) for row in rows]


def words_of(place: StoredWaypoint) -> Waypoint:
    """Its words, for `dock.proposals`; the position proposes nothing."""
    nowhere = float("nan")
    return Waypoint(
        place.name,
        nowhere,
        nowhere,
        comment=place.comment,
        description=place.description,
        symbol=place.symbol,
    )


def stored_segments(
    connection: Connection, unit: str, wanted: Sequence[Segment], station_us: int
) -> list[Segment]:
    """The unit's stored segments that may hold points of `wanted`."""
    c = tracks.c
    statement = select(c.content).where(c.unit == unit)
    ranges = _ranges(wanted, station_us)
    if ranges is not None:
        touching = [and_(c.last_utc >= first, c.first_utc <= last) for first, last in ranges]
        statement = statement.where(or_(c.first_utc.is_(None), *touching))
    found: list[Segment] = []
    for row in connection.execute(statement):
        found += unpack(row.content)[0]
    return found


def _ranges(wanted: Sequence[Segment], station_us: int) -> list[tuple[datetime, datetime]] | None:
    """Times that may matter, with the eras beside them; None: everything does.

    Unlikely times date no row, so points that have one may be anywhere.
    """
    times = np.concatenate([s.time_us for s in wanted]) if wanted else np.zeros(0, np.int64)
    if not len(times) or not likely(times, station_us).all():
        return None
    found = []
    for eras in ERAS:
        first = max(int(times.min()) + eras * ERA_US, EARLIEST_US)
        last = min(int(times.max()) + eras * ERA_US, LATEST_US)
        if first <= last:
            found.append((utc_from_unix_us(first), utc_from_unix_us(last)))
    return found


def new_parts(
    found: Sequence[Track], stored: Sequence[Segment]
) -> tuple[list[tuple[Track, list[bool]]], int, int]:
    """Tracks reduced to new points, with what continues; how many are new and how many known."""
    segments = [segment for track in found for segment in track.segments]
    new = is_new(all_keys(segments), all_keys(stored))
    parts: list[tuple[Track, list[bool]]] = []
    at = 0
    for track in found:
        kept: list[tuple[Segment, bool]] = []
        for segment in track.segments:
            kept += only(segment, new[at : at + len(segment)])
            at += len(segment)
        if kept:
            part = Track(track.name, [segment for segment, _ in kept], track.extras)
            parts.append((part, [continues for _, continues in kept]))
    count = int(new.sum())
    return parts, count, len(new) - count


def row_of(
    track: Track,
    continues: Sequence[bool],
    weeks_added: int,
    station_us: int,
    zone: tzinfo | None = None,
) -> dict[str, Any]:
    """The row of a track docked at `station_us`, without unit and download.

    `zone` is the station's wall clock's, None: this machine's.
    """
    segments = track.segments
    totals = total([clean(segment) for segment in segments])
    first_utc, last_utc = extent(segments, station_us)
    lat = np.concatenate([s.lat_deg for s in segments])
    lon = np.concatenate([s.lon_deg for s in segments])
    known = np.isfinite(lat) & np.isfinite(lon)
    lat, lon = lat[known], lon[known]
    box = (lon.min(), lat.min(), lon.max(), lat.max()) if len(lat) else (None,) * 4
    names = ("west_deg", "south_deg", "east_deg", "north_deg")
    return {
        "name": track.name,
        "extras": dict(track.extras),
        "first_utc": first_utc,
        "last_utc": last_utc,
        "utc_offset_s": local_offset_s(first_utc or datetime.now(UTC), zone),
        "weeks_added": weeks_added,
        "segments": len(segments),
        "points": sum(len(segment) for segment in segments),
        "length_m": totals.raw_m,
        "cleaned_length_m": totals.cleaned_m,
        "content": pack(segments, continues),
    } | {n: None if v is None else float(v) for n, v in zip(names, box, strict=True)}


def extent(segments: Sequence[Segment], station_us: int) -> tuple[datetime | None, datetime | None]:
    """First and last likely time; of merely possible ones where there is no better."""
    times = possible_times([segment.time_us for segment in segments])
    good = likely(times, station_us)
    times = times[good] if good.any() else times
    if not len(times):
        return None, None
    return utc_from_unix_us(int(times.min())), utc_from_unix_us(int(times.max()))


def possible_times(columns: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """All times a clock can show."""
    nothing = np.zeros(0, np.int64)
    times: NDArray[np.int64] = np.concatenate(columns) if len(columns) else nothing
    fits = (times != NO_TIME_US) & (times >= EARLIEST_US) & (times <= LATEST_US)
    kept: NDArray[np.int64] = times[fits]
    return kept


def likely(time_us: NDArray[np.int64], station_us: int) -> NDArray[np.bool_]:
    """(N,) times that a unit docked at `station_us` can have recorded."""
    return np.asarray((time_us >= OLDEST_US) & (time_us <= station_us + FUTURE_US))


def local_offset_s(time_utc: datetime, zone: tzinfo | None) -> int:
    """The station's wall time minus UTC at that time."""
    offset = time_utc.astimezone(zone).utcoffset()
    return round((offset or timedelta()).total_seconds())


def waypoint_row(waypoint: Waypoint, weeks_added: int, station_us: int) -> dict[str, Any]:
    """The row of a waypoint, without unit and download."""
    time_utc = waypoint.time_utc
    if time_utc is not None:
        column = np.array([unix_us_from_utc(time_utc)], np.int64)
        moved, _ = repaired(column, weeks_added // 1024, station_us)
        fits = possible_times([moved])
        time_utc = utc_from_unix_us(int(fits[0])) if len(fits) else None
    return {
        "digest": digest(waypoint),
        "name": waypoint.name,
        "lat_deg": _number(waypoint.lat_deg),
        "lon_deg": _number(waypoint.lon_deg),
        "alt_amsl_m": _number(waypoint.alt_amsl_m),
        "time_utc": time_utc,
        "comment": waypoint.comment,
        "description": waypoint.description,
        "symbol": waypoint.symbol,
        "extras": dict(waypoint.extras),
    }


def digest(waypoint: Waypoint) -> str:
    """Equal for equal waypoints, whether or not their date had to be repaired."""
    w = waypoint
    era_us = None if w.time_utc is None else unix_us_from_utc(w.time_utc) % ERA_US
    numbers = [_number(value) for value in (w.lat_deg, w.lon_deg, w.alt_amsl_m)]
    said = [w.name, *numbers, era_us, w.comment, w.description, w.symbol]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def stored_digests(connection: Connection, unit: str) -> set[str]:
    """Digests of all waypoints of a unit."""
    return set(connection.scalars(select(waypoints.c.digest).where(waypoints.c.unit == unit)))


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
