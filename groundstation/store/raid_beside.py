"""What stands beside a raid in the database: its way's speeds and days, other raids it meets."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, select

from groundstation.records.check import Beside
from groundstation.records.hours import bounds_utc, days_of
from groundstation.records.raid import Day, Raid
from groundstation.records.term import top_speeds_m_s
from groundstation.store import raid_ways
from groundstation.store.tables import raid_days, raid_members, raid_tracks, raids

EAST_OF_ALL = timedelta(hours=14)
"""Where today begins first."""


def beside(connection: Connection, raid: Raid, way: raid_ways.Way, now_utc: datetime) -> Beside:
    """For `records.check`."""
    top_m_s: dict[str, float] = defaultdict(float)
    way_days: dict[str, set[date]] = defaultdict(set)
    for part in way.parts:
        top_m_s[part.leg] = max(top_m_s[part.leg], raid_ways.top_m_s(part))
        way_days[part.leg] |= set(raid_ways.local_days(part))
    r = raids.c
    others = r.raid_id != raid.raid_id, r.withdrawn.is_(None)
    same = select(r.raid_id).where(r.number == raid.number, *others).limit(1)
    shared = {part.track for leg in raid.legs for part in leg.tracks}
    elsewhere = (
        select(r.number)
        .where(*others, r.raid_id == raid_tracks.c.raid_id, raid_tracks.c.track.in_(shared))
        .distinct()
    )
    return Beside(
        today=(now_utc + EAST_OF_ALL).date(),
        top_m_s=top_m_s,
        way_days=way_days,
        limits_m_s=top_speeds_m_s(),
        overlaps=_overlaps(connection, raid),
        track_elsewhere=sorted(connection.scalars(elsewhere)) if shared else (),
        same_number=connection.scalar(same) is not None,
    )


def _overlaps(connection: Connection, raid: Raid) -> list[str]:
    """Numbers of other raids at whose hours one of the members was in this one."""
    busy: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for leg in raid.legs:
        spans = [span for day in leg.days if (span := bounds_utc(day)) is not None]
        for member in leg.members:
            busy[member.person] += spans
    if not any(busy.values()):
        return []
    r, m, d = raids.c, raid_members.c, raid_days.c
    dates = [day.date for day in days_of(raid)]
    near = d.date.between(min(dates) - timedelta(days=2), max(dates) + timedelta(days=2))
    statement = (
        select(r.number, m.person, d.date, d.start_time, d.end_time, d.rest_minutes, d.utc_offset_s)
        .join(raid_days, and_(d.raid_id == m.raid_id, d.leg == m.leg))
        .join(raids, r.raid_id == m.raid_id)
        .where(m.person.in_(busy), m.raid_id != raid.raid_id, r.withdrawn.is_(None), near)
    )
    found: set[str] = set()
    for number, person, *day in connection.execute(statement):
        span = bounds_utc(Day(*day))
        if span and any(span[0] < until and since < span[1] for since, until in busy[person]):
            found.add(number)
    return sorted(found)
