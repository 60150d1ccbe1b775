"""Vehicles: latest state and health, and the thinned trail behind them.

Every function takes an open connection and does one thing inside the caller's transaction.
"""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, select

from firmware_bridge.messages import Health, VehicleState
from groundstation.store.hotspots import FUTURE, Source
from groundstation.store.tables import vehicle_health, vehicle_states, vehicle_trail

TRAIL_STEP = timedelta(seconds=1)
"""Points closer in time are not kept."""
TRAIL_REST = timedelta(seconds=30)
"""A vehicle that hovers leaves a point this often."""
TRAIL_STEP_DEG = 5e-5
"""5.6 m of latitude: less than that is hovering."""
SILENT = timedelta(seconds=10)
"""Nothing newer for so long: what comes now is true, and the vehicle's clock has gone back."""
RADIO_GAPS = timedelta(seconds=5)
"""How long what IP said fills the gaps of a state heard by radio."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """All the ground knows of one vehicle."""

    system_id: int
    state: VehicleState | None
    state_source: Source | None
    state_received_utc: datetime | None
    """By the ground's clock, which is what an age must be counted from."""
    health: Health | None
    health_source: Source | None
    health_received_utc: datetime | None


@dataclass(frozen=True, slots=True)
class TrailPoint:
    """Where a vehicle was."""

    time_utc: datetime
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    heading_deg: float | None
    speed_m_s: float | None


STATE_COLUMNS = tuple(field.name for field in fields(VehicleState))
TRAIL_COLUMNS = tuple(field.name for field in fields(TrailPoint))
_HEALTH = TypeAdapter(Health)


def receive_state(
    connection: Connection, state: VehicleState, source: Source, now_utc: datetime
) -> Vehicle:
    """Store a state unless a newer one is known; either way it may extend the trail."""
    c = vehicle_states.c
    this = c.system_id == state.system_id
    stored = connection.execute(select(vehicle_states).where(this)).one_or_none()
    row = asdict(state) | {"source": str(source), "received_utc": now_utc}
    if stored is None:
        connection.execute(vehicle_states.insert().values(row))
    elif _is_newer(state.time_utc, stored, now_utc):
        fresh = now_utc - stored.received_utc < RADIO_GAPS
        if source is Source.RADIO and stored.source == str(Source.IP) and fresh:
            row = {name: value for name, value in row.items() if value is not None}
        connection.execute(vehicle_states.update().where(this).values(row))
    _extend_trail(connection, state)
    return get(connection, state.system_id)


def _is_newer(time_utc: datetime, stored: Any, now_utc: datetime) -> bool:
    """Whether a report of that time takes the place of the stored row."""
    clock_was_ahead = stored.time_utc > now_utc + FUTURE
    silent = now_utc - stored.received_utc > SILENT
    return bool(time_utc >= stored.time_utc or clock_was_ahead or silent)


def _extend_trail(connection: Connection, state: VehicleState) -> None:
    c = vehicle_trail.c
    neighbour = connection.execute(
        select(c.time_utc, c.lat_deg, c.lon_deg)
        .where(c.system_id == state.system_id, c.time_utc < state.time_utc + TRAIL_STEP)
        .order_by(c.time_utc.desc())
        .limit(1)
    ).one_or_none()
    if neighbour is not None:
        elapsed = state.time_utc - neighbour.time_utc
        moved = max(abs(state.lat_deg - neighbour.lat_deg), abs(state.lon_deg - neighbour.lon_deg))
        if elapsed < TRAIL_STEP or (moved < TRAIL_STEP_DEG and elapsed < TRAIL_REST):
            return
    values = {name: getattr(state, name) for name in ("system_id", *TRAIL_COLUMNS)}
    connection.execute(vehicle_trail.insert().values(values))


def receive_health(
    connection: Connection, system_id: int, health: Health, source: Source, now_utc: datetime
) -> Vehicle:
    """Store a health report unless a newer one is known."""
    this = vehicle_health.c.system_id == system_id
    row = {
        "time_utc": health.time_utc,
        "report": _HEALTH.dump_python(health, mode="json"),
        "source": str(source),
        "received_utc": now_utc,
    }
    stored = connection.execute(select(vehicle_health).where(this)).one_or_none()
    if stored is None:
        connection.execute(vehicle_health.insert().values(row | {"system_id": system_id}))
    elif _is_newer(health.time_utc, stored, now_utc):
        connection.execute(vehicle_health.update().where(this).values(row))
    return get(connection, system_id)


def get(connection: Connection, system_id: int) -> Vehicle:
    """One vehicle; empty when nothing was ever heard of it."""
    state = connection.execute(
        select(vehicle_states).where(vehicle_states.c.system_id == system_id)
    ).one_or_none()
    health = connection.execute(
        select(vehicle_health).where(vehicle_health.c.system_id == system_id)
    ).one_or_none()
    return Vehicle(
        system_id=system_id,
        state=_state(state) if state else None,
        state_source=Source(state.source) if state else None,
        state_received_utc=state.received_utc if state else None,
        health=_HEALTH.validate_python(health.report) if health else None,
        health_source=Source(health.source) if health else None,
        health_received_utc=health.received_utc if health else None,
    )


def _state(row: Any) -> VehicleState:
    values = {name: row._mapping[name] for name in STATE_COLUMNS}
    if values["footprint"] is not None:
        values["footprint"] = tuple((lon, lat) for lon, lat in values["footprint"])
    return VehicleState(**values)


def find(connection: Connection) -> list[Vehicle]:
    """Every vehicle ever heard of, by system id."""
    ids = select(vehicle_states.c.system_id).union(select(vehicle_health.c.system_id))
    return [get(connection, system_id) for system_id in sorted(connection.scalars(ids))]


def trail(
    connection: Connection, system_id: int, since: datetime | None, limit: int
) -> list[TrailPoint]:
    """The newest `limit` points since `since`, oldest first."""
    c = vehicle_trail.c
    statement = select(*(c[name] for name in TRAIL_COLUMNS)).where(c.system_id == system_id)
    if since is not None:
        statement = statement.where(c.time_utc >= since)
    rows = connection.execute(statement.order_by(c.time_utc.desc()).limit(limit)).all()
    return [TrailPoint(*row) for row in reversed(rows)]


def prune_trail(
    connection: Connection, now_utc: datetime, keep: timedelta, points_per_vehicle: int
) -> int:
    """Delete points older than `keep` and beyond the newest so many; how many went."""
    c = vehicle_trail.c
    newest = connection.scalar(select(func.max(c.time_utc)))
    if newest is None:
        return 0
    # Not by the clock alone: one that jumps ahead must not delete what was recorded.
    before = min(now_utc, newest) - keep
    removed = connection.execute(vehicle_trail.delete().where(c.time_utc < before)).rowcount
    crowded = connection.scalars(
        select(c.system_id).group_by(c.system_id).having(func.count() > points_per_vehicle)
    ).all()
    for system_id in crowded:
        oldest_kept = (
            select(c.time_utc)
            .where(c.system_id == system_id)
            .order_by(c.time_utc.desc())
            .offset(points_per_vehicle - 1)
            .limit(1)
            .scalar_subquery()
        )
        doomed = c.system_id == system_id, c.time_utc < oldest_kept
        removed += connection.execute(vehicle_trail.delete().where(*doomed)).rowcount
    return removed
