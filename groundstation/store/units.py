"""Handheld units: which are known, and what happened to them.

A unit's key is made of its family and number, `garmin-3300000001`. A second unit that gives the
same number gets `-2` behind it, one without a number a counter: both are kept apart for good.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from firmware_bridge.tracks import UnitIdentity
from groundstation.store.tables import unit_history, units


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that was docked at least once."""

    unit: str
    """Key."""
    family: str
    number: str | None
    """As the unit says it itself; two units may say the same."""
    model: str | None
    firmware: str | None
    label: str | None
    """What people wrote on it."""
    clock_offset_s: float | None
    """Its clock minus true time, at the last docking."""
    first_docked_utc: datetime
    last_docked_utc: datetime
    revision: int
    """Counts the downloads."""
    twins: int
    """Other units that give the same number."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a unit's history."""

    time_utc: datetime
    action: str
    """`issued`, `returned`; `clearing`: the unit is about to be told to erase its memory;
    `cleared`: it confirmed; `clear_unknown`: it did not; `clear_failed`: it was left alone."""
    who: str | None
    detail: str


CLEARING = ("clearing", "cleared", "clear_unknown", "clear_failed")
COLUMNS = [name for name in Unit.__slots__ if name != "twins"]


def get(connection: Connection, unit: str) -> Unit | None:
    """One unit; None when it is not known."""
    row = connection.execute(
        select(*(units.c[name] for name in COLUMNS)).where(units.c.unit == unit)
    ).one_or_none()
    return None if row is None else _unit(connection, row)


def find(connection: Connection) -> list[Unit]:
    """All units, those docked last first."""
    statement = select(*(units.c[name] for name in COLUMNS))
    rows = connection.execute(statement.order_by(units.c.last_docked_utc.desc(), units.c.unit))
    return [_unit(connection, row) for row in rows.all()]


def of_number(connection: Connection, identity: UnitIdentity) -> list[Unit]:
    """Units of the identity's family that give the same number, or none, oldest first."""
    c = units.c
    same = c.number.is_(None) if identity.unit_id is None else c.number == identity.unit_id
    statement = select(*(c[name] for name in COLUMNS)).where(c.family == identity.family, same)
    rows = connection.execute(statement.order_by(c.first_docked_utc, c.unit))
    return [_unit(connection, row) for row in rows.all()]


def _unit(connection: Connection, row: Any) -> Unit:
    twins = 0
    if row.number is not None:
        c = units.c
        same = c.family == row.family, c.number == row.number, c.unit != row.unit
        twins = connection.scalar(select(func.count()).select_from(units).where(*same)) or 0
    values: dict[str, Any] = dict(row._mapping)
    return Unit(**values, twins=twins)


def free_key(connection: Connection, identity: UnitIdentity) -> str:
    """A key for a unit that was never docked before."""
    number = re.sub(r"[^0-9A-Za-z]+", "-", identity.unit_id or "unnumbered").strip("-")[:60]
    first = f"{identity.family}-{number or 'odd'}"
    taken = set(connection.scalars(select(units.c.unit).where(units.c.unit.startswith(first))))
    if first not in taken:
        return first
    return next(key for i in range(2, len(taken) + 3) if (key := f"{first}-{i}") not in taken)


def relabel(connection: Connection, unit: str, label: str | None) -> Unit | None:
    """What people wrote on it; None when the unit is not known."""
    connection.execute(units.update().where(units.c.unit == unit).values(label=label))
    return get(connection, unit)


def note(
    connection: Connection,
    unit: str,
    now_utc: datetime,
    action: str,
    who: str | None,
    detail: str,
) -> None:
    """Append to the unit's history; what is there already, word for word, is not repeated."""
    h = unit_history.c
    same = h.unit == unit, h.time_utc == now_utc, h.action == action, h.detail == detail
    if connection.scalar(select(h.entry).where(*same)) is not None:
        return  # the answer to an earlier try came too late
    values = {"unit": unit, "time_utc": now_utc, "action": action, "who": who, "detail": detail}
    connection.execute(unit_history.insert().values(values))


def left_clearing(connection: Connection, before_utc: datetime) -> list[str]:
    """Units that were told before then to erase their memory, and nobody noted what came of it."""
    h = unit_history.c
    newest = (
        select(h.unit, func.max(h.entry).label("entry"))
        .where(h.action.in_(CLEARING))
        .group_by(h.unit)
        .subquery()
    )
    left = h.action == "clearing", h.time_utc < before_utc
    statement = select(h.unit).join(newest, h.entry == newest.c.entry).where(*left)
    return list(connection.scalars(statement))


def history(connection: Connection, unit: str) -> list[Entry]:
    """What happened to it, oldest first."""
    h = unit_history.c
    statement = (
        select(h.time_utc, h.action, h.who, h.detail).where(h.unit == unit).order_by(h.entry)
    )
    return [Entry(*row) for row in connection.execute(statement)]
