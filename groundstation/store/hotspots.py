"""Hotspots: what was reported, what a person decided about it, and its picture.

A report may come twice, late, by radio (a brief) and over IP (the full record). The rule:
a higher revision replaces a lower one; at equal revision the full record replaces the brief; a
lower one is kept out. What a report does not know never erases what is known.

Every function takes an open connection and does one thing inside the caller's transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from firmware_bridge.autopilot.report import UNLOCATED_OVER_RADIO
from firmware_bridge.messages import GroundFix, HeatKind, Hotspot
from groundstation.store.tables import hotspots, thumbnails
from groundstation.store.types import plain

FUTURE = timedelta(minutes=5)
"""How far ahead of the ground's clock a report may be before its clock is doubted."""


class HotspotState(StrEnum):
    """What people have decided about a hotspot."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    DISMISSED = "dismissed"


class Source(StrEnum):
    """The wire a report came by; IP brings the full record, the radio a brief."""

    IP = "ip"
    RADIO = "radio"


@dataclass(frozen=True, slots=True)
class StoredHotspot(Hotspot):
    """A hotspot as the ground knows it: the report and what was added here."""

    state: HotspotState
    source: Source
    """Where the newest part came from: `radio` means that the full record is still to come."""
    received_utc: datetime
    """When the ground first heard of it."""
    updated_utc: datetime
    """When a report last changed it."""
    listed_utc: datetime
    """What lists are ordered by: `last_seen_utc`, or the arrival where that is in the future."""
    clock_suspect: bool
    """It claims to have been seen in the future."""
    thumbnail_etag: str | None
    """None while there is no picture; changes with it."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which hotspots a list holds; None lets everything pass."""

    states: Sequence[HotspotState] | None = None
    kind: HeatKind | None = None
    since: datetime | None = None
    bbox: tuple[float, float, float, float] | None = None
    """West, south, east, north in degrees; west > east crosses the 180th meridian."""
    after: tuple[datetime, UUID] | None = None
    """Last of the page before: time and id."""
    limit: int = 500


FIX_COLUMNS = tuple(field.name for field in fields(GroundFix))


def receive(
    connection: Connection, report: Hotspot, source: Source, now_utc: datetime
) -> tuple[StoredHotspot, bool]:
    """Store a report by the rule above; the hotspot as it now stands, and whether it changed."""
    row = _new_row(report, source, now_utc)
    if connection.scalar(_INSERT[connection.dialect.name], row) is not None:
        return _as_new(report, row), True
    stored = get(connection, report.hotspot_id, lock=True)
    assert stored is not None
    if not _replaces(report, source, stored):
        return stored, False
    for column in ("state", "received_utc"):
        del row[column]
    change = _keep_known(row, stored)
    connection.execute(
        hotspots.update().where(hotspots.c.hotspot_id == report.hotspot_id).values(change)
    )
    merged = get(connection, report.hotspot_id)
    assert merged is not None
    return merged, True


def _insert_statement(insert: Callable[..., Any]) -> Any:
    """Gives the id back only when the row is new; made once, since making it costs 0.2 ms."""
    return insert(hotspots).on_conflict_do_nothing().returning(hotspots.c.hotspot_id)


_INSERT = {
    "postgresql": _insert_statement(postgresql.insert),
    "sqlite": _insert_statement(sqlite.insert),
}


def _as_new(report: Hotspot, row: dict[str, Any]) -> StoredHotspot:
    """What `get` would read back, without asking."""
    reported = {f.name: getattr(report, f.name) for f in fields(Hotspot)}
    for name in ("first_seen_utc", "last_seen_utc"):
        reported[name] = reported[name].astimezone(UTC)
    if report.unlocated_because is not None:
        reported["unlocated_because"] = plain(report.unlocated_because)
    return StoredHotspot(
        **reported,
        state=HotspotState.NEW,
        source=Source(row["source"]),
        received_utc=row["received_utc"],
        updated_utc=row["updated_utc"],
        listed_utc=row["listed_utc"].astimezone(UTC),
        clock_suspect=row["clock_suspect"],
        thumbnail_etag=None,
    )


def _replaces(report: Hotspot, source: Source, stored: StoredHotspot) -> bool:
    if report.revision != stored.revision:
        return report.revision > stored.revision
    return source is Source.IP and stored.source is Source.RADIO


def _keep_known(row: dict[str, Any], stored: StoredHotspot) -> dict[str, Any]:
    """The new row, with gaps filled by leaving the old columns as they are."""
    change = {name: value for name, value in row.items() if value is not None}
    if row["lat_deg"] is not None or stored.fix is not None:
        change["unlocated_because"] = None
    elif row["unlocated_because"] == UNLOCATED_OVER_RADIO and stored.unlocated_because:
        del change["unlocated_because"]
    return change


def _new_row(report: Hotspot, source: Source, now_utc: datetime) -> dict[str, Any]:
    row = {f.name: getattr(report, f.name) for f in fields(Hotspot) if f.name != "fix"}
    row |= asdict(report.fix) if report.fix else dict.fromkeys(FIX_COLUMNS)
    suspect = max(report.first_seen_utc, report.last_seen_utc) > now_utc + FUTURE
    return row | {
        "kind": str(report.kind),
        "state": str(HotspotState.NEW),
        "source": str(source),
        "received_utc": now_utc,
        "updated_utc": now_utc,
        "listed_utc": now_utc if suspect else report.last_seen_utc,
        "clock_suspect": suspect,
    }


def _stored(row: Row[Any]) -> StoredHotspot:
    values = row._mapping
    known = {f.name: values[f.name] for f in fields(StoredHotspot) if f.name != "fix"}
    located = values["lat_deg"] is not None
    known["fix"] = GroundFix(**{name: values[name] for name in FIX_COLUMNS}) if located else None
    known["kind"] = HeatKind(known["kind"])
    known["state"] = HotspotState(known["state"])
    known["source"] = Source(known["source"])
    return StoredHotspot(**known)


def get(connection: Connection, hotspot_id: UUID, lock: bool = False) -> StoredHotspot | None:
    """One hotspot; `lock` holds other stations off it until the transaction ends."""
    statement = select(hotspots).where(hotspots.c.hotspot_id == hotspot_id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    return _stored(row) if row else None


def find(connection: Connection, filters: Filters) -> list[StoredHotspot]:
    """Newest first."""
    order = hotspots.c.listed_utc.desc(), hotspots.c.hotspot_id.desc()
    statement = _narrow(select(hotspots), filters).order_by(*order).limit(filters.limit)
    return [_stored(row) for row in connection.execute(statement)]


def _narrow(statement: Select[Any], filters: Filters) -> Select[Any]:
    c = hotspots.c
    if filters.states is not None:
        statement = statement.where(c.state.in_([str(state) for state in filters.states]))
    if filters.kind is not None:
        statement = statement.where(c.kind == str(filters.kind))
    if filters.since is not None:
        statement = statement.where(c.listed_utc >= filters.since)
    if filters.bbox is not None:
        west, south, east, north = filters.bbox
        join = and_ if west <= east else or_
        statement = statement.where(
            c.lat_deg.between(south, north), join(c.lon_deg >= west, c.lon_deg <= east)
        )
    if filters.after is not None:
        time_utc, hotspot_id = filters.after
        statement = statement.where(
            or_(
                c.listed_utc < time_utc,
                and_(c.listed_utc == time_utc, c.hotspot_id < hotspot_id),
            )
        )
    return statement


def put_thumbnail(
    connection: Connection,
    hotspot_id: UUID,
    media_type: str,
    content: bytes,
    etag: str,
    now_utc: datetime,
) -> StoredHotspot | None:
    """Store or replace the picture; None when the hotspot is not known."""
    stored = get(connection, hotspot_id, lock=True)
    if stored is None or stored.thumbnail_etag == etag:
        return stored
    connection.execute(thumbnails.delete().where(thumbnails.c.hotspot_id == hotspot_id))
    connection.execute(
        thumbnails.insert().values(
            hotspot_id=hotspot_id, media_type=media_type, content=content, received_utc=now_utc
        )
    )
    this = hotspots.c.hotspot_id == hotspot_id
    connection.execute(hotspots.update().where(this).values(thumbnail_etag=etag))
    return get(connection, hotspot_id)


def get_thumbnail(connection: Connection, hotspot_id: UUID) -> tuple[str, bytes] | None:
    """Media type and content."""
    statement = select(thumbnails.c.media_type, thumbnails.c.content).where(
        thumbnails.c.hotspot_id == hotspot_id
    )
    row = connection.execute(statement).one_or_none()
    return (row[0], bytes(row[1])) if row else None
