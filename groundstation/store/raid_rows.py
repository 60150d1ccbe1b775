"""A raid as rows of its tables, and back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from groundstation.records.folding import folded
from groundstation.records.raid import (
    Day,
    Leg,
    Member,
    PatrolType,
    Raid,
    RaidKind,
    RaidTotals,
    TrackPart,
)
from groundstation.records.words import FILING
from groundstation.store.tables import (
    counts,
    people,
    raid_days,
    raid_legs,
    raid_members,
    raid_tracks,
    raids,
    routes,
    tracks,
)
from groundstation.words import Refusal

PIECE = 500
"""Keys in one statement; SQLite allows 32,766."""
OWN = tuple(field.name for field in fields(Raid) if field.name != "legs")
BOX = ("west_deg", "south_deg", "east_deg", "north_deg")
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def read(connection: Connection, rows: Sequence[Row[Any]]) -> list[Raid]:
    """The raids of these rows of `raids`, in their order."""
    legs = _legs(connection, [row.raid_id for row in rows])
    return [_raid(row, legs[row.raid_id]) for row in rows]


def totals(row: Row[Any], more_finds: int = 0) -> RaidTotals:
    """What a row of `raids` adds up to; a flight's hotspots come on top of its finds."""
    box = tuple(getattr(row, name) for name in BOX)
    return RaidTotals(
        distance_m=row.distance_m,
        patrol_s=row.patrol_s,
        active_s=row.active_s,
        days=row.days,
        finds=row.finds + more_finds,
        bbox=None if None in box else box,
    )


def check_references(connection: Connection, raid: Raid) -> None:
    """Raises Refusal naming what the database cannot hold: somebody unknown, something twice."""
    _once("leg", [leg.leg for leg in raid.legs])
    for leg in raid.legs:
        _once("person", [member.person for member in leg.members])
        _once("day", [day.date for day in leg.days])
        _once("track", [part.track for part in leg.tracks])
    who = {member.person for leg in raid.legs for member in leg.members}
    for person in sorted(who - _known(connection, people.c.person, who)):
        raise Refusal(FILING, "unknown_person", person=person)
    walked = {part.track for leg in raid.legs for part in leg.tracks}
    for track in sorted(walked - _known(connection, tracks.c.track, walked)):
        raise Refusal(FILING, "unknown_track", track=track)
    if raid.count_id and not _known(connection, counts.c.count_id, [raid.count_id]):
        raise Refusal(FILING, "unknown_count")
    if raid.route_id and not _known(connection, routes.c.route_id, [raid.route_id]):
        raise Refusal(FILING, "unknown_route")


def row_of(raid: Raid) -> dict[str, Any]:
    """Its own columns of `raids`."""
    row = {name: getattr(raid, name) for name in OWN}
    row["attributes"], row["flaws"] = dict(raid.attributes), list(raid.flaws)
    row["search"] = folded(raid.number, raid.objective, raid.comment)
    return row


def write_legs(
    connection: Connection,
    raid: Raid,
    distance_m: Mapping[tuple[str, Any], float],
    boxes: Mapping[tuple[str, int], Box | None],
    counted: Mapping[tuple[str, int], bytes],
) -> None:
    """Put a raid's legs in the place of those that are stored.

    `distance_m` is by leg and date, `boxes` and `counted` by leg and track.
    """
    for table in (raid_members, raid_days, raid_tracks, raid_legs):
        connection.execute(delete(table).where(table.c.raid_id == raid.raid_id))
    rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for position, leg in enumerate(raid.legs):
        key = {"raid_id": raid.raid_id, "leg": leg.leg}
        own = {name: getattr(leg, name) for name in _LEG}
        rows[raid_legs].append(key | own | {"position": position})
        for place, member in enumerate(leg.members):
            rows[raid_members].append(key | _values(member) | {"position": place})
        for day in leg.days:
            walked = distance_m.get((leg.leg, day.date), 0.0)
            rows[raid_days].append(key | _values(day) | {"distance_m": walked})
        for part in leg.tracks:
            box = boxes.get((leg.leg, part.track)) or (None,) * 4
            own = _values(part) | dict(zip(BOX, box, strict=True))
            rows[raid_tracks].append(key | own | {"counted": counted.get((leg.leg, part.track))})
    for table in (raid_legs, raid_members, raid_days, raid_tracks):
        if rows[table]:
            connection.execute(insert(table), rows[table])


def set_withdrawn(connection: Connection, raid: Raid, now_utc: Any) -> None:
    """Store that a raid is withdrawn, or is not any more."""
    changes = {"revision": raid.revision, "withdrawn": raid.withdrawn, "updated_utc": now_utc}
    connection.execute(update(raids).where(raids.c.raid_id == raid.raid_id).values(changes))


_LEG = ("start_date", "end_date", "transport", "mandate")


def _raid(row: Row[Any], legs: Sequence[Leg]) -> Raid:
    own = {name: getattr(row, name) for name in OWN}
    own |= {"kind": RaidKind(row.kind), "patrol_type": PatrolType(row.patrol_type)}
    return Raid(**own, legs=legs)


def _legs(connection: Connection, raid_ids: Sequence[UUID]) -> dict[UUID, list[Leg]]:
    """Of all the raids in four queries a piece."""
    found: dict[UUID, list[Leg]] = defaultdict(list)
    for start in range(0, len(raid_ids), PIECE):
        ids = raid_ids[start : start + PIECE]
        members = _by_leg(connection, raid_members, ids, Member, "position")
        days = _by_leg(connection, raid_days, ids, Day, "date")
        parts = _by_leg(connection, raid_tracks, ids, TrackPart, "track")
        legs = select(raid_legs).where(raid_legs.c.raid_id.in_(ids))
        for row in connection.execute(legs.order_by(raid_legs.c.position)):
            key = row.raid_id, row.leg
            own = {name: getattr(row, name) for name in _LEG}
            leg = Leg(row.leg, **own, members=members[key], days=days[key], tracks=parts[key])
            found[row.raid_id].append(leg)
    return found


def _by_leg(
    connection: Connection, table: Table, ids: Sequence[UUID], kind: Any, order: str
) -> dict[tuple[UUID, str], list[Any]]:
    names = [field.name for field in fields(kind)]
    columns = [table.c[name] for name in ("raid_id", "leg", *names)]
    statement = select(*columns).where(table.c.raid_id.in_(ids)).order_by(table.c[order])
    found: dict[tuple[UUID, str], list[Any]] = defaultdict(list)
    for raid_id, leg, *values in connection.execute(statement):
        found[raid_id, leg].append(kind(*values))
    return found


def _values(item: Member | Day | TrackPart) -> dict[str, Any]:
    return {field.name: getattr(item, field.name) for field in fields(item)}


def _once(what: str, keys: Sequence[Any]) -> None:
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise Refusal(FILING, "twice", what=f"{what} {twice}")


def _known(connection: Connection, column: Any, keys: Iterable[Any]) -> set[Any]:
    wanted = list(keys)
    if not wanted:
        return set()
    return set(connection.scalars(select(column).where(column.in_(wanted))))
