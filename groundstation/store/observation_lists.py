"""Lists of observations: what an account may see of them, filtered, page by page.

Whoever sees the raid sees its observations; one without a raid is seen by who filed it, who made
it, and their group. How exactly they see it is `access.redact`'s business.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    false,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from groundstation.access.account import Account
from groundstation.access.redact import CELL_DEG, Sensitive, seen_observation
from groundstation.access.roles import May, Scope
from groundstation.records.folding import folded
from groundstation.records.observation import Observation
from groundstation.store.raid_lines import scope_clause, words_of
from groundstation.store.raid_rows import PIECE, Box
from groundstation.store.tables import observations, people
from groundstation.store.tables import raids as raid_table

Cursor = tuple[date, UUID]
"""Day and id of the last observation of a page."""
COLUMNS = tuple(observations.c[field.name] for field in fields(Observation))


@dataclass(frozen=True, slots=True)
class ObservationFilter:
    """Which observations a list holds; None lets everything pass."""

    account: Account
    """Who asks: nobody sees more than their scope."""
    since: date | None = None
    until: date | None = None
    """By the day they count on."""
    category: str | None = None
    """That one and those below it."""
    raid_id: UUID | None = None
    site_id: UUID | None = None
    bbox: Box | None = None
    text: str | None = None
    """Words of the comment, all of them."""
    withdrawn: bool | None = False
    """None: those too; True: only those. One of a withdrawn raid counts as withdrawn."""


def of_raid(
    connection: Connection, raid_id: UUID, withdrawn: bool | None = None
) -> list[Observation]:
    """Those of a raid in the order they were made, withdrawn ones too unless told otherwise."""
    return of_raids(connection, [raid_id], withdrawn)[raid_id]


def of_raids(
    connection: Connection, raid_ids: Sequence[UUID], withdrawn: bool | None = None
) -> dict[UUID, list[Observation]]:
    """The same for many raids at once."""
    o = observations.c
    found: dict[UUID, list[Observation]] = {raid_id: [] for raid_id in raid_ids}
    for start in range(0, len(raid_ids), PIECE):
        statement = select(*COLUMNS).where(o.raid_id.in_(raid_ids[start : start + PIECE]))
        if withdrawn is not None:
            statement = statement.where(_is_withdrawn(withdrawn))
        order = o.observed_utc.is_(None), o.observed_utc, o.waypoint, o.group, o.observation_id
        for row in connection.execute(statement.order_by(*order)):
            found[row.raid_id].append(observation_of(row))
    return found


def find(
    connection: Connection,
    wanted: ObservationFilter,
    limit: int | None,
    after: Cursor | None = None,
) -> list[Observation]:
    """The newest first, by the day they count on."""
    o = observations.c
    statement = select(*COLUMNS).outerjoin(raid_table, raid_table.c.raid_id == o.raid_id)
    statement = statement.where(*_clauses(wanted))
    if after is not None:
        place = tuple_(o.date, o.observation_id) < tuple_(literal(after[0]), literal(after[1]))
        statement = statement.where(o.date <= after[0], place)
    ordered = statement.order_by(o.date.desc(), o.observation_id.desc()).limit(limit)
    return [observation_of(row) for row in connection.execute(ordered)]


def find_seen(
    connection: Connection,
    wanted: ObservationFilter,
    rules: Sensitive,
    limit: int,
    after: Cursor | None = None,
) -> tuple[list[tuple[Observation, Observation]], Observation | None]:
    """As `find`, each as it is stored and as the account sees it; and the last one, where more may
    follow.

    What is withheld leaves no trace, not even a page's end: whoever asked for every place on its
    own would find it by the empty pages. Places and words are looked for in what is seen.
    """
    found: list[tuple[Observation, Observation]] = []
    roughly = replace(wanted, bbox=_around(wanted))
    while True:
        rows = find(connection, roughly, limit, after)
        for stored in rows:
            seen = seen_observation(stored, rules, wanted.account)
            if seen is None or not _still_holds(wanted, seen):
                continue
            found.append((stored, seen))
            if len(found) == limit:
                return found, stored
        if len(rows) < limit:
            return found, None
        after = cursor_of(connection, rows[-1])


def _around(wanted: ObservationFilter) -> Box | None:
    """The box with all whose told place may lie in it."""
    if wanted.bbox is None or wanted.account.may(May.SIGHTINGS):
        return wanted.bbox
    west, south, east, north = wanted.bbox
    cell = max(CELL_DEG.values())
    if west > east or east - west > 360 - 2 * cell:
        return -180.0, south - cell, 180.0, north + cell
    return west - cell, south - cell, east + cell, north + cell


def _still_holds(wanted: ObservationFilter, seen: Observation) -> bool:
    if wanted.site_id is not None and seen.site_id != wanted.site_id:
        return False
    said = folded(seen.comment or "")
    if not all(word in said for word in words_of(wanted.text)):
        return False
    return wanted.bbox is None or _inside(seen, wanted.bbox)


def _inside(observation: Observation, box: Box) -> bool:
    west, south, east, north = box
    lat, lon = observation.lat_deg, observation.lon_deg
    if lat is None or lon is None:
        return False
    across = west <= lon <= east if west <= east else lon >= west or lon <= east
    return south <= lat <= north and across


def cursor_of(connection: Connection, observation: Observation) -> Cursor:
    """Where a page goes on after it."""
    statement = select(observations.c.date).where(
        observations.c.observation_id == observation.observation_id
    )
    return connection.execute(statement).scalar_one(), observation.observation_id


def visible(connection: Connection, observation_id: UUID, account: Account) -> bool:
    """Whether it is in the account's scope."""
    o = observations.c
    statement = (
        select(o.observation_id)
        .outerjoin(raid_table, raid_table.c.raid_id == o.raid_id)
        .where(o.observation_id == observation_id, observation_scope(account))
    )
    return connection.scalar(statement) is not None


def observation_scope(account: Account) -> ColumnElement[bool]:
    """Which rows of `observations`, joined to `raids`, the account may see."""
    o, p = observations.c, people.c
    if account.scope is Scope.ALL:
        return true()
    if account.scope is Scope.NONE:
        return false()
    own: list[ColumnElement[bool]] = [o.filed_by == account.login]
    if account.person is not None:
        own.append(o.observer == account.person)
    if account.scope is Scope.TEAM and account.team is not None:
        of_team = select(p.person).where(p.team == account.team)
        own.append(and_(o.raid_id.is_(None), o.observer.in_(of_team)))
    return or_(*own, and_(o.raid_id.is_not(None), scope_clause(account)))


def _clauses(wanted: ObservationFilter) -> list[ColumnElement[bool]]:
    o = observations.c
    found: list[ColumnElement[bool]] = [observation_scope(wanted.account)]
    if wanted.since is not None:
        found.append(o.date >= wanted.since)
    if wanted.until is not None:
        found.append(o.date <= wanted.until)
    if wanted.category is not None:
        found.append(o.category.startswith(wanted.category, autoescape=True))
    if wanted.raid_id is not None:
        found.append(o.raid_id == wanted.raid_id)
    if wanted.site_id is not None:
        found.append(o.site_id == wanted.site_id)
    if wanted.bbox is not None:
        west, south, east, north = wanted.bbox
        found.append(o.lat_deg.between(south, north))
        inside = (o.lon_deg >= west, o.lon_deg <= east)
        found.append(and_(*inside) if west <= east else or_(*inside))
    found += [o.search.contains(word, autoescape=True) for word in words_of(wanted.text)]
    if wanted.withdrawn is not None:
        gone = or_(o.withdrawn.is_not(None), raid_table.c.withdrawn.is_not(None))
        found.append(gone if wanted.withdrawn else ~gone)
    return found


def _is_withdrawn(yes: bool) -> ColumnElement[bool]:
    withdrawn = observations.c.withdrawn
    return withdrawn.is_not(None) if yes else withdrawn.is_(None)


def observation_of(row: Row[Any]) -> Observation:
    """Of a row with these COLUMNS."""
    return Observation(**row._mapping)
