"""What the store knows of effort, as arrays for `groundstation.patrol`.

Tables come from the sums of filed raids and never from points; only the raster reads points, and
of them what was found out when the raid was filed (`store.counted`). All of it is within the scope
of whoever asks, without withdrawn records, and by the days of the wall clock: of a raid over the
end of a quarter each quarter has its own days, its own steps and its own finds.

A span's raids are numbered alike in all three, so that a table, its finds and its raster fit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, and_, func, select

from firmware_bridge.tracks import NO_TIME_US
from firmware_bridge.units import unix_us_from_utc
from groundstation.access.account import Account
from groundstation.access.redact import CELL_DEG, NEEDS, WITHHELD, cell_centre_deg, sensitive
from groundstation.patrol.effort import EffortTable, Group
from groundstation.patrol.grid import Grid
from groundstation.patrol.ranking import NOBODY, Finds
from groundstation.patrol.raster import EffortRaster, Way, effort_raster
from groundstation.records.hours import active_s, patrol_s
from groundstation.records.raid import Day, RaidKind
from groundstation.store import models
from groundstation.store.columns import unpack_only
from groundstation.store.counted import unpack_counted
from groundstation.store.observation_lists import observation_scope
from groundstation.store.raid_lines import RaidFilter, clauses
from groundstation.store.tables import (
    observations,
    raid_days,
    raid_legs,
    raid_members,
    raid_tracks,
    raids,
    tracks,
)

ON_FOOT = (RaidKind.RAID, RaidKind.AMBUSH, RaidKind.COUNT)
"""Kinds that are people's work; what a quadcopter flies is told apart."""
READ_AHEAD = 64
"""Tracks fetched at a time."""
_OF_RAID = (Group.KIND, Group.PATROL_TYPE, Group.TEAM, Group.STATION)
_OF_LEG = (Group.TRANSPORT, Group.MANDATE)


@dataclass(frozen=True, slots=True)
class Span:
    """Which raids and days are meant."""

    account: Account
    since: date | None = None
    until: date | None = None
    """The last day."""
    kinds: Sequence[RaidKind] | None = ON_FOOT

    def filter(self) -> RaidFilter:
        """Raids that touch it."""
        return RaidFilter(self.account, self.since, self.until, self.kinds)

    def holds(self, column: Any) -> list[Any]:
        """Conditions on a column of local days."""
        found = [] if self.since is None else [column >= self.since]
        return found if self.until is None else [*found, column <= self.until]


def numbered(connection: Connection, span: Span) -> dict[UUID, int]:
    """The span's raids with the number each has in its arrays, the earliest first."""
    r = raids.c
    ordered = select(r.raid_id).where(*clauses(span.filter())).order_by(r.start_date, r.raid_id)
    return {raid_id: number for number, raid_id in enumerate(connection.scalars(ordered))}


def table(connection: Connection, span: Span) -> EffortTable:
    """Days and members of the span's raids."""
    raid_of = numbered(connection, span)
    r, leg, day, m = raids.c, raid_legs.c, raid_days.c, raid_members.c
    touching = clauses(span.filter())
    legs = connection.execute(
        select(leg.raid_id, leg.leg, leg.transport, leg.mandate, r.kind, r.patrol_type, r.team,
               r.station)
        .join(raids, r.raid_id == leg.raid_id).where(*touching)
        .order_by(r.start_date, r.raid_id, leg.position)
    ).all()  # fmt: skip
    leg_of = {(row.raid_id, row.leg): number for number, row in enumerate(legs)}
    days = connection.execute(
        select(day.raid_id, day.leg, day.date, day.start_time, day.end_time, day.rest_minutes,
               day.utc_offset_s, day.distance_m)
        .join(raids, r.raid_id == day.raid_id).where(*touching, *span.holds(day.date))
        .order_by(day.date, day.raid_id, day.leg)
    ).all()  # fmt: skip
    members = connection.execute(
        select(m.raid_id, m.leg, m.person, m.is_leader)
        .join(raids, r.raid_id == m.raid_id).where(*touching)
        .order_by(m.raid_id, m.leg, m.position)
    ).all()  # fmt: skip
    said = [Day(*row[2:7]) for row in days]
    which = np.array([leg_of[row.raid_id, row.leg] for row in days], np.int64)
    columns = {
        group: _objects([getattr(row, group.value) for row in legs])[which]
        for group in (*_OF_RAID, *_OF_LEG)
    }
    return EffortTable(
        raid=np.array([raid_of[row.raid_id] for row in days], np.int64),
        leg=which,
        date=np.array([row.date for row in days], "datetime64[D]"),
        distance_m=np.array([row.distance_m for row in days], np.float64),
        patrol_s=np.array([patrol_s(day) for day in said], np.float64),
        active_s=np.array([active_s(day) for day in said], np.float64),
        columns=columns,
        member_leg=np.array([leg_of[row.raid_id, row.leg] for row in members], np.int64),
        member=np.array([row.person for row in members], np.int64),
        is_leader=np.array([row.is_leader for row in members], bool),
        raid_ids=list(raid_of),
    )


def finds(connection: Connection, span: Span) -> Finds:
    """Observations of the span, as exactly as the account may know them.

    Those outside any raid too (raid NOBODY); dens only for who may know of them.
    """
    raid_of = numbered(connection, span)
    o, r, leg = observations.c, raids.c, raid_legs.c
    rows = connection.execute(
        select(o.raid_id, o.leg, o.date, o.category, o.observer, o.lat_deg, o.lon_deg)
        .outerjoin(raids, r.raid_id == o.raid_id)
        .where(observation_scope(span.account), o.withdrawn.is_(None), *span.holds(o.date),
               o.category.is_not(None))
        .order_by(o.date, o.observation_id)
    ).all()  # fmt: skip
    legs = connection.execute(
        select(leg.raid_id, leg.leg).join(raids, r.raid_id == leg.raid_id)
        .where(*clauses(span.filter())).order_by(r.start_date, r.raid_id, leg.position)
    )  # fmt: skip
    leg_of = {tuple(row): number for number, row in enumerate(legs)}
    rows = [row for row in rows if row.raid_id is None or row.raid_id in raid_of]
    made = Finds(
        raid=np.array([raid_of.get(row.raid_id, NOBODY) for row in rows], np.int64),
        leg=np.array([leg_of.get((row.raid_id, row.leg), NOBODY) for row in rows], np.int64),
        date=np.array([row.date for row in rows], "datetime64[D]"),
        category=_objects([row.category for row in rows]),
        observer=np.array([row.observer or NOBODY for row in rows], np.int64),
        lat_deg=np.array([row.lat_deg for row in rows], np.float64),
        lon_deg=np.array([row.lon_deg for row in rows], np.float64),
    )
    return _seen(connection, made, span.account)


def raster(connection: Connection, span: Span, cell_m: float) -> EffortRaster:
    """Kilometres, minutes and raids per cell; 15 million points in a few seconds.

    The grid is that of the whole degree in the middle of all raids ever filed, so that spans of
    different length have the same cells.
    """
    ways = _ways(connection, span, numbered(connection, span))
    return effort_raster(ways, grid(connection, cell_m), lambda packed: packed.unpacked())


def grid(connection: Connection, cell_m: float) -> Grid:
    """The one grid of this size for all that is stored here."""
    r = raids.c
    middle = func.avg((r.south_deg + r.north_deg) / 2), func.avg((r.west_deg + r.east_deg) / 2)
    lat_deg, lon_deg = connection.execute(select(*middle)).one()
    return Grid.around(float(lat_deg or 0), float(lon_deg or 0), cell_m)


@dataclass(frozen=True, slots=True)
class _Packed:
    """One track of a raid as it is stored."""

    raid: int
    content: bytes
    counted: bytes
    from_us: int
    until_us: int

    def unpacked(self) -> Way:
        time_us, lat, lon = unpack_only(self.content, "time_us", "lat_deg", "lon_deg")
        on_way, counted = unpack_counted(self.counted, len(time_us))
        points = np.flatnonzero(on_way)
        times = time_us[points]
        inside = (times == NO_TIME_US) | ((times >= self.from_us) & (times < self.until_us))
        adjacent = np.diff(points, prepend=-2) == 1
        return Way(self.raid, times, lat[points], lon[points], counted[points] & inside, adjacent)


def _ways(connection: Connection, span: Span, raid_of: dict[UUID, int]) -> Iterator[_Packed]:
    r, part, t = raids.c, raid_tracks.c, tracks.c
    statement: Select[Any] = (
        select(part.raid_id, part.counted, t.content, t.utc_offset_s)
        .join(raids, r.raid_id == part.raid_id)
        .join(tracks, t.track == part.track)
        .where(and_(*clauses(span.filter())), part.counted.is_not(None))
    )
    streamed = connection.execute(statement, execution_options={"yield_per": READ_AHEAD})
    for raid_id, counted, content, offset_s in streamed:
        begin = _local_us(span.since or date(1970, 1, 2), offset_s)
        end = _local_us((span.until or date(2199, 12, 30)) + timedelta(days=1), offset_s)
        yield _Packed(raid_of[raid_id], content, counted, begin, end)


def _local_us(day: date, offset_s: int) -> int:
    """When that day began by the wall clock."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return unix_us_from_utc(midnight) - offset_s * 1_000_000


def _seen(connection: Connection, made: Finds, account: Account) -> Finds:
    """What the account may know of them."""
    rules = sensitive(models.current(connection))
    categories = set(made.category.tolist())
    hidden = {
        category: level
        for category in categories
        if (level := rules.of(category)) is not None and not account.may(NEEDS[level])
    }
    levels = np.array([hidden.get(category, 0) for category in made.category.tolist()], np.int64)
    for level in set(hidden.values()) - {WITHHELD}:
        for column in (made.lat_deg, made.lon_deg):
            chosen = (levels == level) & np.isfinite(column)
            column[chosen] = [cell_centre_deg(v, CELL_DEG[level]) for v in column[chosen]]
    return made.only(levels != WITHHELD)


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    column = np.empty(len(values), object)
    column[:] = values
    return column
