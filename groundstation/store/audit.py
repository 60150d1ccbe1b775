"""The audit log: who did what, and who read what is sensitive; each entry seals the one before.

`hash` is the SHA-256, in hex, of this JSON in UTF-8, without spaces and with everything beyond
ASCII escaped:

    [entry, time, who, action, kind, subject, detail, previous]

`entry` counts from 1 without a gap; `time` is ISO 8601 in UTC with six decimals, as in
2026-05-01T03:00:00.000000Z; `detail` is a JSON text itself, with sorted keys; `previous` is the
hash of the entry before, 64 zeros for the first.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, text

from groundstation.access.account import Account
from groundstation.store.tables import audit_log
from groundstation.store.types import plain

START = "0" * 64
APPEND_LOCK = 0x6B656473
"""Any number, the same in every station that shares a PostgreSQL; SQLite has one writer anyway."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did."""

    entry: int
    time_utc: datetime
    who: str
    action: str
    kind: str
    """Of the subject: `raid`, `account`, `export`, ..."""
    subject: str
    detail: Mapping[str, Any]
    hash: str


def append(
    connection: Connection,
    account: Account,
    action: str,
    kind: str,
    subject: str,
    detail: Mapping[str, object],
    now_utc: datetime,
) -> None:
    """Write down what is done, in the same transaction as the deed.

    What JSON has no word for is written as `str` has it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": APPEND_LOCK})
    last, previous = head(connection)
    values = {
        "entry": last + 1,
        "time_utc": now_utc.astimezone(UTC),
        "who": plain(account.login),
        "action": plain(action),
        "kind": plain(kind),
        "subject": plain(subject),
        "detail": _json(detail),
        "previous": previous,
    }
    connection.execute(audit_log.insert().values(values | {"hash": seal(values)}))


def seal(values: Mapping[str, Any]) -> str:
    """An entry's hash."""
    time = values["time_utc"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    names = ("who", "action", "kind", "subject", "detail", "previous")
    told = [values["entry"], time, *(values[name] for name in names)]
    return hashlib.sha256(_json(told).encode()).hexdigest()


def find(connection: Connection, limit: int, before: int | None = None) -> list[Entry]:
    """The last entries, or those before one, newest first."""
    statement = select(audit_log).order_by(audit_log.c.entry.desc()).limit(limit)
    if before is not None:
        statement = statement.where(audit_log.c.entry < before)
    return [_entry(row) for row in connection.execute(statement)]


def rows(connection: Connection) -> Iterator[Row[Any]]:
    """Every entry as it is stored, oldest first, a thousand at a time."""
    statement = select(audit_log).order_by(audit_log.c.entry)
    yield from connection.execute(statement.execution_options(yield_per=1000))


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and zeros when there is none."""
    c = audit_log.c
    last = connection.execute(select(c.entry, c.hash).order_by(c.entry.desc()).limit(1)).first()
    return (last.entry, last.hash) if last else (0, START)


def _entry(row: Row[Any]) -> Entry:
    detail = json.loads(row.detail)
    return Entry(
        row.entry, row.time_utc, row.who, row.action, row.kind, row.subject, detail, row.hash
    )


def _json(value: object) -> str:
    return json.dumps(value, default=str, sort_keys=True, separators=(",", ":"))
