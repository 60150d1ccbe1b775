"""What the routers of filed records share: bodies, cursors, histories, and who read what.

Whatever leaves the station passes `access.redact` for whoever asks. Reading a sensitive record
whole is written into the audit log before it is answered.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import HTTPException, Query
from pydantic import Field
from sqlalchemy import Connection

from groundstation.access.account import Account
from groundstation.access.redact import (
    Sensitive,
    is_sensitive,
    seen_observation,
    seen_raid,
)
from groundstation.records.observation import Observation
from groundstation.records.raid import LocalDate, Raid, Reason
from groundstation.records.words import FILING
from groundstation.station import Station
from groundstation.store import audit, history, raids
from groundstation.store.counts import CountNews
from groundstation.words import Refusal

T = TypeVar("T")
Since = Annotated[LocalDate | None, Query(alias="from", description="first local day")]
Until = Annotated[LocalDate | None, Query(alias="to", description="last local day")]
Text = Annotated[str | None, Query(max_length=200, description="words, all of them")]
TermKey = Annotated[str | None, Query(max_length=80)]
After = Annotated[str | None, Query(max_length=80, description="`after` of the page before")]
Withdrawn = Annotated[bool | None, Query(description="only withdrawn ones, or only others")]
"""False unless asked; a list of all would let what is withdrawn count."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Withdraw or restore: what was seen of the record, and why."""

    revision: Annotated[int, Field(ge=1, lt=2**31)]
    reason: Reason


@dataclass(frozen=True, slots=True)
class PastEntry:
    """One line of a record's history."""

    entry: int
    revision: int
    time_utc: datetime
    who: str
    action: str
    reason: str | None
    before: Raid | Observation | None
    """The record before it, as the reader may see it."""


def check_id(path: UUID, body: UUID) -> None:
    """Refuse a record sent to another's address."""
    if path != body:
        raise Refusal(FILING, "other_address")


def cursor(day: date, record_id: UUID) -> str:
    """`after` of a page that ends there."""
    return f"{day.isoformat()}_{record_id}"


def parse_cursor(text: str | None) -> tuple[date, UUID] | None:
    """Of a query; 422 for what is none of ours."""
    if text is None:
        return None
    try:
        day, _, record_id = text.partition("_")
        return date.fromisoformat(day), UUID(record_id)
    except ValueError:
        raise HTTPException(422, f"after {text!r} is not one of ours") from None


def seen_raid_entries(entries: Iterable[history.Entry], account: Account) -> list[PastEntry]:
    """A raid's history as the account may see it."""
    return [_entry(entry, lambda raid: seen_raid(raid, account)) for entry in entries]


def seen_observation_entries(
    entries: Iterable[history.Entry], rules: Sensitive, account: Account
) -> list[PastEntry]:
    """An observation's history as the account may see it."""
    return [_entry(entry, lambda o: seen_observation(o, rules, account)) for entry in entries]


def _entry(entry: history.Entry, seen: Callable[[Any], Any]) -> PastEntry:
    before = entry.before
    record = None if before is None else history.ADAPTERS[entry.kind].validate_python(before)
    return PastEntry(
        entry.entry,
        entry.revision,
        entry.time_utc,
        entry.who,
        entry.action,
        entry.reason,
        None if record is None else seen(record),
    )


def seen_whole(
    observations: Iterable[Observation], rules: Sensitive, account: Account
) -> tuple[list[Observation], int]:
    """What the account sees of them, and how many sensitive ones it sees as they are."""
    found: list[Observation] = []
    whole = 0
    for observation in observations:
        seen = seen_observation(observation, rules, account)
        if seen is not None:
            found.append(seen)
            whole += seen == observation and is_sensitive(observation, rules)
    return found, whole


def tell(station: Station, news: raids.RaidNews) -> None:
    """Tell those a raid belongs to that it changed; of a walk of a count, that the board did."""
    station.live.publish("raid", news)
    if news.count_id is not None:
        told = CountNews(news.count_id, news.route_id, news.revision)
        station.live.publish("count", told)


async def note_read(
    station: Station, account: Account, kind: str, subject: str, detail: Mapping[str, object]
) -> None:
    """Write down that somebody reads what is sensitive."""
    now = station.clock()
    await station.store.write(
        lambda c: audit.append(c, account, "read", kind, subject, detail, now)
    )


async def filed(
    station: Station,
    work: Callable[[Connection], T],
    current: Callable[[Connection], object | None],
) -> T:
    """What `work` writes; refused because of another change, the record as it stands is told."""
    try:
        return await station.store.write(work)
    except Refusal as refusal:
        if refusal.code != "changed_elsewhere":
            raise
        values = {**refusal.values, "current": await station.store.read(current)}
        raise Refusal(refusal.table, refusal.code, refusal.status, **values) from refusal
