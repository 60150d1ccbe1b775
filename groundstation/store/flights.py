"""What flights found: the hotspots that their vehicle told while they were in the air.

They are counted when they are asked for: a report may arrive long after the flight was filed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from groundstation.records.raid import Raid, RaidKind
from groundstation.store.hotspots import HotspotState
from groundstation.store.tables import hotspots, raid_days

Span = tuple[datetime, datetime]


def flight_finds(connection: Connection, rows: Sequence[Row[Any]]) -> dict[UUID, int]:
    """How many hotspots each flight among these rows of `raids` told; dismissed ones are none."""
    vehicles = {
        row.raid_id: row.system_id
        for row in rows
        if row.kind == RaidKind.FLIGHT and row.system_id is not None
    }
    if not vehicles:
        return {}
    spans: dict[UUID, list[Span]] = defaultdict(list)
    d = raid_days.c
    columns = d.raid_id, d.date, d.start_time, d.end_time, d.utc_offset_s
    for raid_id, *day in connection.execute(select(*columns).where(d.raid_id.in_(vehicles))):
        spans[raid_id].append(_span(*day))
    return {raid_id: len(found) for raid_id, found in _told(connection, vehicles, spans).items()}


def flight_hotspots(connection: Connection, raid: Raid) -> list[UUID]:
    """Ids of the hotspots that count as a flight's finds, in the order they were seen."""
    if raid.kind is not RaidKind.FLIGHT or raid.system_id is None:
        return []
    days = [day for leg in raid.legs for day in leg.days]
    own = [_span(day.date, day.start_time, day.end_time, day.utc_offset_s) for day in days]
    return _told(connection, {raid.raid_id: raid.system_id}, {raid.raid_id: own})[raid.raid_id]


def _told(
    connection: Connection, vehicles: Mapping[UUID, int], spans: Mapping[UUID, Sequence[Span]]
) -> dict[UUID, list[UUID]]:
    every = [span for own in spans.values() for span in own]
    if not every:
        return {raid_id: [] for raid_id in vehicles}
    h = hotspots.c
    statement = select(h.hotspot_id, h.system_id, h.last_seen_utc).where(
        h.system_id.in_(set(vehicles.values())),
        h.state != HotspotState.DISMISSED,
        h.last_seen_utc.between(min(a for a, _ in every), max(b for _, b in every)),
    )
    seen = connection.execute(statement.order_by(h.last_seen_utc)).all()
    return {
        raid_id: [
            hotspot
            for hotspot, by, at in seen
            if by == vehicle and any(first <= at <= last for first, last in spans.get(raid_id, ()))
        ]
        for raid_id, vehicle in vehicles.items()
    }


def _span(day: date, start: time | None, end: time | None, offset_s: int) -> Span:
    """From take-off to landing; the whole day where they are not known."""
    zone = timezone(timedelta(seconds=offset_s))
    first = datetime.combine(day, start or time.min, zone)
    last = datetime.combine(day, end or time.max, zone)
    return first, last + timedelta(days=last < first)
