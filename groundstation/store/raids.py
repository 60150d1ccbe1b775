"""Raids: filed, changed, withdrawn, restored; nothing is ever deleted.

`file` takes a raid as people or files say it. What it adds up to is computed then and there: its
way merged and by day (`raid_ways`), its hours, its finds, and what is odd about it
(`records.check`). Reports read these sums and never the points.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection, func, select, update

from groundstation.access.account import Account
from groundstation.access.redact import may_see_way
from groundstation.access.roles import May
from groundstation.records.check import check_raid
from groundstation.records.hours import active_s, day_count, days_of, patrol_s
from groundstation.records.raid import Raid, RaidTotals
from groundstation.records.words import FILING
from groundstation.store import history, raid_rows, raid_ways
from groundstation.store.flights import flight_finds
from groundstation.store.history import Action
from groundstation.store.raid_beside import beside
from groundstation.store.raid_lines import Circle, RaidFilter, RaidLine, find, scope_clause
from groundstation.store.raid_rows import BOX, PIECE, Box
from groundstation.store.tables import observations, raid_tracks, raids
from groundstation.store.track_scope import sees_track
from groundstation.words import Refusal

__all__ = [
    "Filed",
    "RaidFilter",
    "RaidLine",
    "RaidNews",
    "file",
    "filed_by",
    "find",
    "get",
    "get_many",
    "may_change",
    "news",
    "recount",
    "restore",
    "scope_clause",
    "visible",
    "withdraw",
]


@dataclass(frozen=True, slots=True)
class Filed:
    """A raid as it stands after filing."""

    raid: Raid
    totals: RaidTotals
    changed: bool
    """False: it was filed before just so."""
    filed_by: str
    """Login of whoever filed it first."""


@dataclass(frozen=True, slots=True)
class RaidNews:
    """The live event `raid`: something about it changed. What, each reader asks for himself."""

    raid_id: UUID
    revision: int
    kind: str
    count_id: UUID | None
    route_id: UUID | None
    circle: Annotated[Circle, Field(exclude=True)]
    """Who is told; nobody else learns that somebody lies in ambush."""


def file(
    connection: Connection,
    raid: Raid,
    account: Account,
    now_utc: datetime,
    import_id: int | None = None,
) -> Filed:
    """File a new raid, or a change of one.

    Raises Refusal (`records.words`): somebody else changed it, it is not theirs, it names somebody
    or something unknown.
    """
    raid = _in_order(raid)
    stored = get(connection, raid.raid_id, lock=True)
    if stored is not None:
        raid = _unseen_kept(raid, stored[0], account)
    if not history.is_change(connection, "raid", stored and stored[0], raid):
        assert stored is not None
        _check_allowed(connection, raid.raid_id, account)
        return Filed(*stored, False, filed_by(connection, raid.raid_id))
    if stored is not None:
        _check_allowed(connection, raid.raid_id, account)
        if import_id is None:
            history.check_age(account, _filed_utc(connection, raid.raid_id), now_utc)
    raid_rows.check_references(connection, raid)
    _check_tracks(connection, raid, stored and stored[0], account)
    way = raid_ways.way_of(connection, raid.legs)
    raid = check_raid(raid, beside(connection, raid, way, now_utc))
    _write(connection, raid, way, account, now_utc, import_id)
    action = Action.FILED if stored is None else Action.CHANGED
    history.note(connection, "raid", raid, stored and stored[0], action, account, now_utc)
    filed = get(connection, raid.raid_id)
    assert filed is not None
    return Filed(*filed, True, filed_by(connection, raid.raid_id))


def withdraw(
    connection: Connection,
    raid_id: UUID,
    revision: int,
    reason: str,
    account: Account,
    now_utc: datetime,
) -> Filed:
    """It no longer counts, for that reason; its tracks may be filed anew."""
    return _turned(connection, raid_id, revision, reason, reason, account, now_utc)


def restore(
    connection: Connection,
    raid_id: UUID,
    revision: int,
    reason: str,
    account: Account,
    now_utc: datetime,
) -> Filed:
    """It counts again."""
    return _turned(connection, raid_id, revision, None, reason, account, now_utc)


def get(
    connection: Connection, raid_id: UUID, lock: bool = False
) -> tuple[Raid, RaidTotals] | None:
    """One raid, whoever may see it; `lock` keeps other writers of it waiting."""
    statement = select(raids).where(raids.c.raid_id == raid_id)
    rows = connection.execute(statement.with_for_update() if lock else statement).all()
    found = _with_totals(connection, rows)
    return found[0] if found else None


def get_many(connection: Connection, raid_ids: Sequence[UUID]) -> list[tuple[Raid, RaidTotals]]:
    """Those raids that are known, in that order; a handful of queries for every 500."""
    found: dict[UUID, tuple[Raid, RaidTotals]] = {}
    for start in range(0, len(raid_ids), PIECE):
        piece = raid_ids[start : start + PIECE]
        rows = connection.execute(select(raids).where(raids.c.raid_id.in_(piece))).all()
        found |= {raid.raid_id: (raid, sums) for raid, sums in _with_totals(connection, rows)}
    return [found[raid_id] for raid_id in raid_ids if raid_id in found]


def visible(connection: Connection, raid_id: UUID, account: Account) -> bool:
    """Whether the account may see that raid."""
    statement = select(raids.c.raid_id).where(raids.c.raid_id == raid_id, scope_clause(account))
    return connection.scalar(statement) is not None


def may_change(connection: Connection, raid_id: UUID, account: Account, now_utc: datetime) -> bool:
    """Whether the account could file a change of that raid."""
    if not account.may(May.FILE) or not visible(connection, raid_id, account):
        return False
    try:
        history.check_age(account, _filed_utc(connection, raid_id), now_utc)
    except Refusal:
        return False
    return True


def news(raid: Raid, filed_by: str | None = None) -> RaidNews:
    """What the live pages of those it belongs to are told when it changed."""
    people = frozenset(member.person for leg in raid.legs for member in leg.members)
    circle = Circle(filed_by, raid.team, people)
    return RaidNews(raid.raid_id, raid.revision, raid.kind, raid.count_id, raid.route_id, circle)


def filed_by(connection: Connection, raid_id: UUID) -> str:
    """Login of whoever filed it first."""
    statement = select(raids.c.filed_by).where(raids.c.raid_id == raid_id)
    login: str = connection.execute(statement).scalar_one()
    return login


def recount(connection: Connection, raid_id: UUID) -> None:
    """Sum up its finds and its extent anew: an observation of it came, changed or went."""
    o, t = observations.c, raid_tracks.c
    counts = o.raid_id == raid_id, o.withdrawn.is_(None)
    finds = select(func.count()).where(*counts, o.category.is_not(None)).scalar_subquery()
    # Without the places of its observations: who may not know of a den may see the raid.
    around = (
        func.min(t.west_deg),
        func.min(t.south_deg),
        func.max(t.east_deg),
        func.max(t.north_deg),
    )
    way = _extent(connection, select(*around).where(t.raid_id == raid_id))
    r = raids.c
    place = r.lon_deg, r.lat_deg, r.lon_deg, r.lat_deg
    own = _extent(connection, select(*place).where(r.raid_id == raid_id))
    box = raid_ways.joined_box(own, way) or (None,) * 4
    values = {"finds": finds, **dict(zip(BOX, box, strict=True))}
    connection.execute(update(raids).where(r.raid_id == raid_id).values(values))


def _turned(
    connection: Connection,
    raid_id: UUID,
    revision: int,
    withdrawn: str | None,
    reason: str,
    account: Account,
    now_utc: datetime,
) -> Filed:
    stored = get(connection, raid_id, lock=True)
    if stored is None:
        raise Refusal(FILING, "unknown_record", 404)
    _check_allowed(connection, raid_id, account)

    def write(raid: Raid) -> None:
        raid_rows.set_withdrawn(connection, raid, now_utc)

    raid = history.turned(
        connection, "raid", stored[0], revision, withdrawn, reason, write, account, now_utc
    )
    changed = raid is not stored[0]
    return Filed(raid, stored[1], changed, filed_by(connection, raid_id))


def _write(
    connection: Connection,
    raid: Raid,
    way: raid_ways.Way,
    account: Account,
    now_utc: datetime,
    import_id: int | None,
) -> None:
    days = list(days_of(raid))
    row = raid_rows.row_of(raid) | {
        "updated_utc": now_utc,
        "distance_m": way.distance_m,
        "patrol_s": sum(map(patrol_s, days)),
        "active_s": sum(map(active_s, days)),
        "days": day_count(raid),
    }
    this = raids.c.raid_id == raid.raid_id
    if connection.execute(update(raids).where(this).values(row)).rowcount == 0:
        first = {"filed_by": account.login, "filed_utc": now_utc, "import": import_id, "finds": 0}
        connection.execute(raids.insert().values(row | first))
    walked = raid_ways.days_m(way, raid.legs)
    boxes, counted = raid_ways.boxes(way), raid_ways.counted_bits(way)
    raid_rows.write_legs(connection, raid, walked, boxes, counted)
    o = observations.c
    undated = o.raid_id == raid.raid_id, o.observed_utc.is_(None)
    connection.execute(update(observations).where(*undated).values(date=raid.start_date))
    recount(connection, raid.raid_id)


def _with_totals(connection: Connection, rows: Sequence[Any]) -> list[tuple[Raid, RaidTotals]]:
    told = flight_finds(connection, rows)
    found = raid_rows.read(connection, rows)
    sums = [raid_rows.totals(row, told.get(row.raid_id, 0)) for row in rows]
    return list(zip(found, sums, strict=True))


def _check_allowed(connection: Connection, raid_id: UUID, account: Account) -> None:
    if not visible(connection, raid_id, account):
        raise Refusal(FILING, "not_yours", 403)


def _check_tracks(
    connection: Connection, raid: Raid, stored: Raid | None, account: Account
) -> None:
    """A raid must not open the way of somebody else's track to whoever names it."""
    had = set() if stored is None else _tracks_of(stored)
    for track in sorted(_tracks_of(raid) - had):
        if not sees_track(connection, account, track):
            raise Refusal(FILING, "unknown_track", track=track)


def _tracks_of(raid: Raid) -> set[int]:
    return {part.track for leg in raid.legs for part in leg.tracks}


def _filed_utc(connection: Connection, raid_id: UUID) -> datetime:
    statement = select(raids.c.filed_utc).where(raids.c.raid_id == raid_id)
    filed_utc: datetime = connection.execute(statement).scalar_one()
    return filed_utc


def _in_order(raid: Raid) -> Raid:
    """Days by date, tracks by number, times in UTC: as it will be read back."""
    legs = [
        replace(
            leg,
            days=sorted(leg.days, key=lambda day: day.date),
            tracks=[
                replace(part, from_utc=_utc(part.from_utc), until_utc=_utc(part.until_utc))
                for part in sorted(leg.tracks, key=lambda part: part.track)
            ],
        )
        for leg in raid.legs
    ]
    return replace(raid, legs=legs)


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)


def _unseen_kept(raid: Raid, stored: Raid, account: Account) -> Raid:
    """Who may not see the way does not wipe it out by a change of something else."""
    if may_see_way(account):
        return raid
    tracks = {leg.leg: leg.tracks for leg in stored.legs}
    legs = [replace(leg, tracks=tracks.get(leg.leg, leg.tracks)) for leg in raid.legs]
    return replace(raid, legs=legs, lat_deg=stored.lat_deg, lon_deg=stored.lon_deg)


def _extent(connection: Connection, statement: Any) -> Box | None:
    row = connection.execute(statement).one()
    return None if None in row else (row[0], row[1], row[2], row[3])
