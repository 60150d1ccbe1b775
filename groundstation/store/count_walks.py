"""Who walked which route of a count, how much of it, and what crossed it.

A walk is a raid of kind `count` that names the count and the route. Walked is what of the planned
line lies near its merged way (`patrol.coverage`); a way there and back is no two routes.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, select, true

from groundstation.patrol.coverage import covered_share
from groundstation.records.count import Count, Route
from groundstation.records.hours import bounds_utc
from groundstation.records.raid import Day, RaidKind
from groundstation.store import routes
from groundstation.store.columns import unpack_only
from groundstation.store.counted import unpack_counted
from groundstation.store.tables import (
    observations,
    people,
    raid_days,
    raid_members,
    raid_tracks,
    raids,
    tracks,
)

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
AGE, CROSSINGS, PAD, SNOW = "track_age_h", "crossings", "heel_pad_cm", "snow_age_days"
"""Attributes of a crossing; the last one of a walk as well."""
MOST = 1e6


@dataclass(frozen=True, slots=True)
class Crossing:
    """A track that crossed a route."""

    category: str
    times: float
    """How often it did; 1 unless said."""
    age_h: float | None
    pad_cm: float | None
    snow_age_days: float | None
    lat_deg: float | None
    lon_deg: float | None


@dataclass(frozen=True, slots=True, eq=False)
class CountWalk:
    """One walk of one route."""

    raid_id: UUID
    route_id: UUID
    number: str
    date: date
    people: Sequence[str]
    """Names, the leader's first."""
    start_utc: datetime | None
    is_back: bool
    """Whether every day has an end."""
    walked_m: float
    """Of the merged way, there and back and around."""
    snow_age_days: float | None
    """As the walk itself says."""
    lat_deg: FloatArray
    """(N,) of the way, over all navigators."""
    lon_deg: FloatArray
    joined: BoolArray
    """(N,) whether somebody went straight from the point before."""
    crossings: Sequence[Crossing]


def routes_of(connection: Connection, count: Count) -> list[Route]:
    """The count's routes by number: those it names, else all in use and all that were walked."""
    known = routes.find(connection)
    if count.settings.routes is not None:
        named = set(count.settings.routes)
        return [route for route in known if route.route_id in named]
    r = raids.c
    walked = set(connection.scalars(select(r.route_id).where(*_of(count)).distinct()))
    return [route for route in known if route.active or route.route_id in walked]


def walks(
    connection: Connection, count: Count, seen: ColumnElement[bool] | None = None
) -> list[CountWalk]:
    """The count's walks by date; `seen` limits the raids (`raid_lines.scope_clause`)."""
    r = raids.c
    where = (*_of(count), r.route_id.is_not(None), true() if seen is None else seen)
    rows = connection.execute(
        select(r.raid_id, r.route_id, r.number, r.start_date, r.distance_m, r.attributes)
        .where(*where).order_by(r.start_date, r.raid_id)
    ).all()  # fmt: skip
    names, days = _names(connection, where), _days(connection, where)
    ways, crossings = _ways(connection, where), _crossings(connection, where)
    nothing = np.zeros(0), np.zeros(0), np.zeros(0, bool)
    return [
        CountWalk(
            row.raid_id, row.route_id, row.number, row.start_date, names[row.raid_id],
            _start(days[row.raid_id]),
            bool(days[row.raid_id]) and all(d.end_time is not None for d in days[row.raid_id]),
            row.distance_m, number_of(row.attributes.get(SNOW)),
            *ways.get(row.raid_id, nothing), crossings[row.raid_id],
        )
        for row in rows
    ]  # fmt: skip


def covered(route: Route, walked: Sequence[CountWalk], near_m: float) -> float:
    """Share of the route that its walks covered, 0 to 1."""
    lon, lat = np.array(route.line, np.float64).T
    if not walked:
        return 0.0
    way = [np.concatenate([getattr(w, name) for w in walked]) for name in ("lat_deg", "lon_deg")]
    joined = np.concatenate([w.joined for w in walked])
    return covered_share((lat, lon), (way[0], way[1]), joined, near_m)


def number_of(value: Any) -> float | None:
    """A number from 0 to a million that an attribute holds; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number <= MOST else None  # nor NaN


def _of(count: Count) -> tuple[ColumnElement[bool], ...]:
    r = raids.c
    return r.count_id == count.count_id, r.kind == RaidKind.COUNT, r.withdrawn.is_(None)


def _start(days: Sequence[Day]) -> datetime | None:
    begins = [bounds[0] for day in days if (bounds := bounds_utc(day)) is not None]
    return min(begins) if begins else None


def _names(connection: Connection, where: Sequence[Any]) -> Mapping[UUID, list[str]]:
    m = raid_members.c
    statement = (
        select(m.raid_id, people.c.name)
        .join(people, people.c.person == m.person)
        .join(raids, raids.c.raid_id == m.raid_id)
        .where(*where)
        .order_by(m.is_leader.desc(), m.position)
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for raid_id, name in connection.execute(statement):
        if name not in found[raid_id]:
            found[raid_id].append(name)
    return found


def _days(connection: Connection, where: Sequence[Any]) -> Mapping[UUID, list[Day]]:
    d = raid_days.c
    statement = (
        select(d.raid_id, d.date, d.start_time, d.end_time, d.rest_minutes, d.utc_offset_s)
        .join(raids, raids.c.raid_id == d.raid_id)
        .where(*where)
        .order_by(d.date)
    )
    found: dict[UUID, list[Day]] = defaultdict(list)
    for raid_id, *values in connection.execute(statement):
        found[raid_id].append(Day(*values))
    return found


def _ways(
    connection: Connection, where: Sequence[Any]
) -> Mapping[UUID, tuple[FloatArray, FloatArray, BoolArray]]:
    part, t = raid_tracks.c, tracks.c
    statement = (
        select(part.raid_id, part.counted, t.content)
        .join(raids, raids.c.raid_id == part.raid_id)
        .join(tracks, t.track == part.track)
        .where(*where, part.counted.is_not(None))
        .order_by(part.raid_id, part.leg, part.track)
    )
    parts: dict[UUID, list[tuple[FloatArray, FloatArray, BoolArray]]] = defaultdict(list)
    for raid_id, bits, content in connection.execute(statement):
        lat, lon = unpack_only(content, "lat_deg", "lon_deg")
        on_way, counted = unpack_counted(bits, len(lat))
        parts[raid_id].append((lat[on_way], lon[on_way], counted[on_way]))
    return {
        raid_id: (
            np.concatenate([p[0] for p in own]),
            np.concatenate([p[1] for p in own]),
            np.concatenate([p[2] for p in own]),
        )
        for raid_id, own in parts.items()
    }


def _crossings(connection: Connection, where: Sequence[Any]) -> Mapping[UUID, list[Crossing]]:
    o = observations.c
    statement = (
        select(o.raid_id, o.category, o.attributes, o.lat_deg, o.lon_deg)
        .join(raids, raids.c.raid_id == o.raid_id)
        .where(*where, o.withdrawn.is_(None), o.category.is_not(None))
        .order_by(o.observed_utc, o.observation_id)
    )
    found: dict[UUID, list[Crossing]] = defaultdict(list)
    for raid_id, category, attributes, lat_deg, lon_deg in connection.execute(statement):
        age_h, pad_cm, snow, times = (
            number_of(attributes.get(name)) for name in (AGE, PAD, SNOW, CROSSINGS)
        )
        told = 1.0 if times is None else times
        found[raid_id].append(Crossing(category, told, age_h, pad_cm, snow, lat_deg, lon_deg))
    return found


def snow_age_h(walk: CountWalk, count: Count) -> float | None:
    """Hours since the snowfall when the walk began; None where nothing says so.

    The walk's own word goes before what its crossings say, and that before the count's.
    """
    told = [c.snow_age_days for c in walk.crossings if c.snow_age_days is not None]
    days = walk.snow_age_days if walk.snow_age_days is not None else max(told, default=None)
    if days is not None:
        return days * 24
    fell = count.settings.snowfall_utc
    if fell is None or walk.start_utc is None:
        return None
    return max((walk.start_utc - fell) / timedelta(hours=1), 0.0)
