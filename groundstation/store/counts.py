"""Winter track counts: filed, changed, withdrawn like every record.

How a count goes on is in `count_walks` and `count_board`, what it adds up to in `count_result`.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, select, update

from groundstation.access.account import Account
from groundstation.records.count import Count, CountSettings
from groundstation.records.words import FILING
from groundstation.store import history
from groundstation.store.history import Action
from groundstation.store.tables import counts
from groundstation.words import Refusal

COLUMNS = tuple(counts.c[field.name] for field in fields(Count))
_SETTINGS = TypeAdapter(CountSettings)


@dataclass(frozen=True, slots=True)
class FiledCount:
    """A count as it stands after filing."""

    count: Count
    changed: bool
    """False: it was filed before just so."""


@dataclass(frozen=True, slots=True)
class CountNews:
    """The live event `count`: a count, a route of it, or a walk of one changed."""

    count_id: UUID | None
    route_id: UUID | None
    revision: int


def file(connection: Connection, count: Count, account: Account, now_utc: datetime) -> FiledCount:
    """File a new count, or a change of one. Raises Refusal when somebody else changed it."""
    if count.end_date < count.start_date:
        raise Refusal(FILING, "count_ends_first")
    stored = get(connection, count.count_id, lock=True)
    if not history.is_change(connection, "count", stored, count):
        assert stored is not None
        return FiledCount(stored, False)
    row = {field.name: getattr(count, field.name) for field in fields(Count)}
    row["settings"] = _SETTINGS.dump_python(count.settings, mode="json")
    this = counts.c.count_id == count.count_id
    if connection.execute(update(counts).where(this).values(row)).rowcount == 0:
        connection.execute(counts.insert().values(row))
    action = Action.FILED if stored is None else Action.CHANGED
    history.note(connection, "count", count, stored, action, account, now_utc)
    return FiledCount(count, True)


def withdraw(
    connection: Connection,
    count_id: UUID,
    revision: int,
    reason: str,
    account: Account,
    now_utc: datetime,
) -> FiledCount:
    """It is no count any more, for that reason; its walks stay what they are."""
    stored = get(connection, count_id, lock=True)
    if stored is None:
        raise Refusal(FILING, "unknown_count", 404)

    def write(now: Count) -> None:
        changes = {"revision": now.revision, "withdrawn": now.withdrawn}
        connection.execute(update(counts).where(counts.c.count_id == count_id).values(changes))

    now = history.turned(
        connection, "count", stored, revision, reason, reason, write, account, now_utc
    )
    return FiledCount(now, now is not stored)


def get(connection: Connection, count_id: UUID, lock: bool = False) -> Count | None:
    """One count."""
    statement = select(*COLUMNS).where(counts.c.count_id == count_id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    return None if row is None else _count(row)


def find(connection: Connection, withdrawn: bool = False) -> list[Count]:
    """All of them, the last one first; withdrawn ones too where they are wanted."""
    c = counts.c
    statement = select(*COLUMNS).order_by(c.start_date.desc(), c.count_id)
    if not withdrawn:
        statement = statement.where(c.withdrawn.is_(None))
    return [_count(row) for row in connection.execute(statement)]


def by_name(connection: Connection, name: str) -> Count | None:
    """The only count of that name, or of that id; None where there is none, or several."""
    found = [c for c in find(connection) if name in (c.name, str(c.count_id))]
    return found[0] if len(found) == 1 else None


def _count(row: Row[Any]) -> Count:
    values = dict(row._mapping)
    return Count(**values | {"settings": _SETTINGS.validate_python(values["settings"])})
