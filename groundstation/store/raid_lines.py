"""The list of raids: what an account may see of them, filtered, page by page.

A page costs one query for its raids and one each for their legs, members and vehicles' hotspots,
however long it is. Pages are keyed by the last raid of the one before, so that a raid filed in
between moves nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, or_, select, true, tuple_
from sqlalchemy.sql.expression import literal

from groundstation.access.account import Account
from groundstation.access.redact import seen_totals
from groundstation.access.roles import Scope
from groundstation.records.folding import folded
from groundstation.records.raid import PatrolType, RaidKind, RaidTotals
from groundstation.store.flights import flight_finds
from groundstation.store.raid_rows import totals
from groundstation.store.tables import people, raid_legs, raid_members, raids

Cursor = tuple[date, UUID]
"""First day and id of the last raid of a page."""


@dataclass(frozen=True, slots=True)
class RaidFilter:
    """Which raids a list holds; None lets everything pass."""

    account: Account
    """Who asks: nobody sees more than their scope."""
    since: date | None = None
    until: date | None = None
    """Raids that touch the days from the one to the other."""
    kinds: Sequence[RaidKind] | None = None
    team: str | None = None
    station: str | None = None
    person: int | None = None
    transport: str | None = None
    text: str | None = None
    """Words of the number, the objective and the comment, all of them."""
    count_id: UUID | None = None
    withdrawn: bool | None = False
    """None: those too; True: only those."""


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody, by number and name."""

    person: int
    name: str


@dataclass(frozen=True, slots=True)
class RaidLine:
    """A line of the list."""

    raid_id: UUID
    revision: int
    number: str
    kind: RaidKind
    patrol_type: PatrolType
    armed: bool
    team: str | None
    station: str | None
    start_date: date
    end_date: date
    leader: Named | None
    """Of the first leg that has one."""
    members: Sequence[Named]
    """Everybody once, the leader among them."""
    transports: Sequence[str]
    totals: RaidTotals
    flaws: Sequence[str]
    withdrawn: str | None
    filed_by: str
    updated_utc: datetime


def find(
    connection: Connection, wanted: RaidFilter, limit: int, after: Cursor | None = None
) -> list[RaidLine]:
    """Lines of the list, those that began last first."""
    return _lines(connection, _rows(connection, wanted, limit, after))


@dataclass(frozen=True, slots=True)
class Sums:
    """Of all the raids of a selection."""

    raids: int
    distance_m: float
    patrol_s: float
    active_s: float
    days: int
    """Raid-days: distinct raid and date, as SMART counts them."""
    finds: int
    """Observations; hotspots of flights are not among them."""


def sums(connection: Connection, wanted: RaidFilter) -> Sums:
    """What the whole list adds up to."""
    names = ("distance_m", "patrol_s", "active_s", "days", "finds")
    columns = [func.coalesce(func.sum(raids.c[name]), 0) for name in names]
    row = connection.execute(select(func.count(), *columns).where(*clauses(wanted))).one()
    return Sums(row[0], float(row[1]), float(row[2]), float(row[3]), int(row[4]), int(row[5]))


def find_ids(connection: Connection, wanted: RaidFilter, limit: int | None = None) -> list[UUID]:
    """Ids of the same raids in the same order, for `raids.get_many`."""
    statement = select(raids.c.raid_id).where(*clauses(wanted)).order_by(*_NEWEST)
    return list(connection.scalars(statement.limit(limit)))


def scope_clause(account: Account) -> ColumnElement[bool]:
    """Which rows of `raids` the account may see: the one place that says so."""
    r, m = raids.c, raid_members.c
    scope = account.scope
    if scope is Scope.ALL:
        return true()
    if scope is Scope.NONE:
        return false()
    own: list[ColumnElement[bool]] = [r.filed_by == account.login]
    if account.person is not None:
        of_person = select(literal(1)).where(m.raid_id == r.raid_id, m.person == account.person)
        # Not by itself: a statement that reads members too would lend its own rows.
        own.append(of_person.correlate(raids).exists())
    if scope is Scope.TEAM and account.team is not None:
        own.append(r.team == account.team)
    return or_(*own)


@dataclass(frozen=True, slots=True)
class Circle:
    """Who a raid belongs to: `scope_clause` for one raid without a database."""

    filed_by: str | None
    team: str | None
    people: frozenset[int]

    def holds(self, account: Account) -> bool:
        """Whether the account may see that raid."""
        if account.scope in (Scope.ALL, Scope.NONE):
            return account.scope is Scope.ALL
        of_team = account.scope is Scope.TEAM and account.team is not None
        return (
            account.login == self.filed_by
            or account.person in self.people
            or (of_team and account.team == self.team)
        )


def clauses(wanted: RaidFilter) -> list[ColumnElement[bool]]:
    """Conditions on rows of `raids`."""
    r, leg = raids.c, raid_legs.c
    found: list[ColumnElement[bool]] = [scope_clause(wanted.account)]
    if wanted.since is not None:
        found.append(r.end_date >= wanted.since)
    if wanted.until is not None:
        found.append(r.start_date <= wanted.until)
    if wanted.kinds is not None:
        found.append(r.kind.in_(wanted.kinds))
    for column, value in (
        (r.team, wanted.team),
        (r.station, wanted.station),
        (r.count_id, wanted.count_id),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.person is not None:
        m = raid_members.c
        found.append(r.raid_id.in_(select(m.raid_id).where(m.person == wanted.person)))
    if wanted.transport is not None:
        of_leg = select(literal(1)).where(leg.raid_id == r.raid_id)
        of_leg = of_leg.where(leg.transport == wanted.transport).correlate(raids)
        found.append(of_leg.exists())
    found += [r.search.contains(word, autoescape=True) for word in words_of(wanted.text)]
    if wanted.withdrawn is not None:
        found.append(r.withdrawn.is_not(None) if wanted.withdrawn else r.withdrawn.is_(None))
    return found


def words_of(text: str | None) -> list[str]:
    """What to look for in a `search` column."""
    return folded((text or "").replace("\0", "")).split()[:10]


def seen_line(line: RaidLine, account: Account) -> RaidLine:
    """The line as the account may see it."""
    return replace(line, totals=seen_totals(line.totals, account))


_NEWEST = (raids.c.start_date.desc(), raids.c.raid_id.desc())


def _rows(
    connection: Connection, wanted: RaidFilter, limit: int, after: Cursor | None
) -> Sequence[Row[Any]]:
    r = raids.c
    statement = select(raids).where(and_(*clauses(wanted)))
    if after is not None:
        # Both conditions say the same; the first one lets the index begin at the right place.
        place = tuple_(r.start_date, r.raid_id) < tuple_(literal(after[0]), literal(after[1]))
        statement = statement.where(r.start_date <= after[0], place)
    return connection.execute(statement.order_by(*_NEWEST).limit(limit)).all()


def _lines(connection: Connection, rows: Sequence[Row[Any]]) -> list[RaidLine]:
    ids = [row.raid_id for row in rows]
    leaders, members = _people(connection, ids)
    transports = _transports(connection, ids)
    told = flight_finds(connection, rows)
    return [
        RaidLine(
            row.raid_id,
            row.revision,
            row.number,
            RaidKind(row.kind),
            PatrolType(row.patrol_type),
            row.armed,
            row.team,
            row.station,
            row.start_date,
            row.end_date,
            leaders.get(row.raid_id),
            list(members[row.raid_id].values()),
            transports[row.raid_id],
            totals(row, told.get(row.raid_id, 0)),
            row.flaws,
            row.withdrawn,
            row.filed_by,
            row.updated_utc,
        )
        for row in rows
    ]


def _people(
    connection: Connection, ids: Sequence[UUID]
) -> tuple[dict[UUID, Named], dict[UUID, dict[int, Named]]]:
    m, leg = raid_members.c, raid_legs.c
    statement = (
        select(m.raid_id, m.person, people.c.name, m.is_leader)
        .join(people, people.c.person == m.person)
        .join(raid_legs, and_(leg.raid_id == m.raid_id, leg.leg == m.leg))
        .where(m.raid_id.in_(ids))
        .order_by(leg.position, m.position)
    )
    leaders: dict[UUID, Named] = {}
    members: dict[UUID, dict[int, Named]] = defaultdict(dict)
    for raid_id, person, name, is_leader in connection.execute(statement):
        named = members[raid_id].setdefault(person, Named(person, name))
        if is_leader:
            leaders.setdefault(raid_id, named)
    return leaders, members


def _transports(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    leg = raid_legs.c
    used = leg.raid_id.in_(ids), leg.transport.is_not(None)
    found: dict[UUID, list[str]] = defaultdict(list)
    statement = select(leg.raid_id, leg.transport).where(*used).order_by(leg.position)
    for raid_id, transport in connection.execute(statement):
        if transport not in found[raid_id]:
            found[raid_id].append(transport)
    return found
