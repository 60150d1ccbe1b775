"""What a record was before each change, and whether what comes is new, a change, or known.

A record is filed with the number of its revision: 1 when it is new, the stored one plus 1 when it
is a change. What is stored already is answered as done, for a form may be sent twice, and the
answer to the first time may have been lost; anything else was changed elsewhere, and a person
has to choose. The state before a change goes whole into `history`, which the database itself
keeps from being changed.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from groundstation.access.account import Account
from groundstation.access.roles import May
from groundstation.records.count import Count, Route
from groundstation.records.observation import Observation
from groundstation.records.raid import Raid
from groundstation.records.site import Site
from groundstation.records.words import FILING
from groundstation.store import audit
from groundstation.store.tables import history
from groundstation.words import Refusal

OLD_DAYS = 30
"""After which a record is changed only by those who may withdraw it."""
SETTLED_APART = ("flaws", "withdrawn")
"""Found by the station, and set by actions of their own: they make no difference here."""


class Action(StrEnum):
    """What was done with a record."""

    FILED = "filed"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


class Record(Protocol):
    """What every filed record has."""

    @property
    def revision(self) -> int:
        """1 when first filed."""

    @property
    def withdrawn(self) -> str | None:
        """Why it no longer counts."""


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing done with a record."""

    entry: int
    kind: str
    revision: int
    """That came to be by it."""
    time_utc: datetime
    who: str
    action: str
    reason: str | None
    before: Mapping[str, Any] | None
    """The record before it; None: there was none."""


ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "raid": TypeAdapter(Raid),
    "observation": TypeAdapter(Observation),
    "site": TypeAdapter(Site),
    "count": TypeAdapter(Count),
    "route": TypeAdapter(Route),
}
_IDS = {
    "raid": "raid_id",
    "observation": "observation_id",
    "site": "site_id",
    "count": "count_id",
    "route": "route_id",
}


def note(
    connection: Connection,
    kind: str,
    now: Record,
    before: Record | None,
    action: Action,
    account: Account,
    now_utc: datetime,
    reason: str | None = None,
) -> None:
    """Keep what was done with a raid, observation or site, and write it into the audit log."""
    record_id: UUID = getattr(now, _IDS[kind])
    values = {
        "record_id": record_id,
        "kind": kind,
        "revision": now.revision,
        "time_utc": now_utc,
        "who": account.login,
        "action": action,
        "before": None if before is None else ADAPTERS[kind].dump_python(before, mode="json"),
        "reason": reason,
    }
    connection.execute(history.insert().values(values))
    detail = {"revision": now.revision} | ({} if reason is None else {"reason": reason})
    audit.append(connection, account, action, kind, str(record_id), detail, now_utc)


def of_record(connection: Connection, record_id: UUID) -> list[Entry]:
    """Everything done with a record, oldest first."""
    h = history.c
    statement = select(*(h[name] for name in Entry.__slots__)).where(h.record_id == record_id)
    return [Entry(*row) for row in connection.execute(statement.order_by(h.entry))]


def is_change(connection: Connection, kind: str, stored: R | None, came: R) -> bool:
    """Whether what came is to be written; False: it was, and maybe changed again since.

    Raises Refusal when somebody else changed it, or when it is withdrawn.
    """
    if stored is None:
        if came.withdrawn is not None:
            raise Refusal(FILING, "withdraw_apart")
        if came.revision != 1:
            raise Refusal(FILING, "unknown_record", 404)
        return True
    if came.revision == stored.revision + 1:
        if stored.withdrawn is not None:
            raise Refusal(FILING, "is_withdrawn", 409)
        if came.withdrawn is not None:
            raise Refusal(FILING, "withdraw_apart")
        return True
    if came.revision == stored.revision:
        known: Record | None = stored
    else:
        known = _state(connection, kind, getattr(came, _IDS[kind]), came.revision)
    if known is not None and _said(kind, known) == _said(kind, came):
        return False
    raise Refusal(FILING, "changed_elsewhere", 409, revision=stored.revision)


def check_age(account: Account, filed_utc: datetime, now_utc: datetime) -> None:
    """Raises Refusal when a record filed then is no longer theirs to change."""
    if not account.may(May.WITHDRAW) and (now_utc - filed_utc).days >= OLD_DAYS:
        raise Refusal(FILING, "too_old", 403, days=OLD_DAYS)


def turned(
    connection: Connection,
    kind: str,
    stored: R,
    revision: int,
    withdrawn: str | None,
    reason: str,
    write: Callable[[R], None],
    account: Account,
    now_utc: datetime,
) -> R:
    """Withdraw a record (`withdrawn` is the reason) or restore it (None); the record as it is.

    `write` stores it. Asked for twice, done once. Raises Refusal when somebody changed it since
    `revision`.
    """
    done = (stored.withdrawn is None) == (withdrawn is None)
    if done and stored.revision in (revision, revision + 1):
        return stored
    if done or stored.revision != revision:
        raise Refusal(FILING, "changed_elsewhere", 409, revision=stored.revision)
    changes: dict[str, Any] = {"revision": stored.revision + 1, "withdrawn": withdrawn}
    now: R = dataclasses.replace(stored, **changes)  # type: ignore[type-var]
    write(now)
    action = Action.RESTORED if withdrawn is None else Action.WITHDRAWN
    note(connection, kind, now, stored, action, account, now_utc, reason)
    return now


def _state(connection: Connection, kind: str, record_id: UUID, revision: int) -> Record | None:
    h = history.c
    this = h.record_id == record_id, h.kind == kind, h.revision == revision + 1
    before = connection.scalar(select(h.before).where(*this))
    if before is None:
        return None
    found: Record = ADAPTERS[kind].validate_python(before, strict=False)
    return found


def _said(kind: str, record: Record) -> str:
    """What a person wrote, in a form that compares."""
    said: dict[str, Any] = ADAPTERS[kind].dump_python(record, mode="json")
    for name in SETTLED_APART:
        said.pop(name, None)
    return json.dumps(said, sort_keys=True).replace("\\u0000", "")  # as `PlainText` stores it
