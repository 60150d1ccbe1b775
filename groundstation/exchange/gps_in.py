"""Tracks and marked places of a unit's file (GPX, FIT, NMEA, ...) as one raid to be completed.

Who went, how and why no such file says: the raid has one leg without people, its number is the
file's name and its days are those of its points. A marked place becomes a remark without a
category; what the dock would propose for it is told, never filed.
"""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.files import read_file
from firmware_bridge.tracks import Contents, Waypoint
from firmware_bridge.units import unix_us_from_utc
from groundstation.dock.proposals import Table, propose
from groundstation.exchange.came import Came, CameTrack, Making
from groundstation.exchange.words import REFUSALS
from groundstation.records.observation import Observation
from groundstation.records.raid import Day, Leg, PatrolType, Raid, RaidKind
from groundstation.records.wall_clock import local_us_from_utc, moment, offset_s, reading
from groundstation.words import Refusal

MAX_DAYS = 60
"""A file of more days is no raid but a season."""
_FIRST_US = unix_us_from_utc(datetime(2000, 1, 1, tzinfo=UTC))
_LAST_US = unix_us_from_utc(datetime(2199, 12, 30, tzinfo=UTC))
_DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1)
_LEG = "1"


def raid_of(path: Path, name: str, making: Making, proposals: Table) -> tuple[str, list[Came]]:
    """The file's format, and its raid. Raises Refusal where nothing says which days it was."""
    contents = read_file(path)
    for flaw in contents.flaws:
        where = "" if flaw.offset < 0 else f"@{flaw.offset}"
        making.remarks.add("gps_flaw", where, what=flaw.what)
    if not contents.points and not contents.waypoints:
        raise Refusal(REFUSALS, "gps_empty", name=name, format=contents.format)
    days = _days(contents, making)
    if not days:
        raise Refusal(REFUSALS, "gps_undated", name=name)
    if len(days) > MAX_DAYS:
        raise Refusal(REFUSALS, "gps_season", name=name, days=len(days), limit=MAX_DAYS)
    raid = Raid(
        raid_id=making.new_id(),
        revision=1,
        kind=RaidKind.RAID,
        number=(Path(name).stem.strip() or name)[:80],
        patrol_type=PatrolType.GROUND,
        start_date=days[0].date,
        end_date=days[-1].date,
        legs=[Leg(_LEG, days[0].date, days[-1].date, days=days)],
    )
    tracks = [CameTrack(_LEG, track) for track in contents.tracks if track.segments]
    places = enumerate(contents.waypoints, 1)
    observations = [_remark(place, number, raid, making) for number, place in places]
    _tell(contents, raid, making, proposals)
    return contents.format, [Came(name, raid, observations, tracks)]


def _days(contents: Contents, making: Making) -> list[Day]:
    """Each date of the wall clock with a point, from its first to its last one.

    Places count only where there is no track: a unit keeps those of years.
    """
    columns = [segment.time_us for track in contents.tracks for segment in track.segments]
    times = np.concatenate(columns) if columns else np.zeros(0, np.int64)
    if not _possible(times).any():
        told = [place.time_utc for place in contents.waypoints if place.time_utc is not None]
        times = np.array([unix_us_from_utc(t) for t in told], np.int64)
    times = times[_possible(times)]
    local_us = np.sort(local_us_from_utc(times, making.zone))
    _, firsts = np.unique(local_us // _DAY_US, return_index=True)
    lasts = [*(firsts[1:] - 1), len(local_us) - 1]
    ends = [(int(local_us[a]), int(local_us[b])) for a, b in zip(firsts, lasts, strict=False)]
    return [_day(first, last, making) for first, last in ends]


def _possible(time_us: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray((time_us >= _FIRST_US) & (time_us <= _LAST_US))


def _day(first_us: int, last_us: int, making: Making) -> Day:
    """To the second outwards: a time of zero length would be no time."""
    begins = _EPOCH + timedelta(seconds=first_us // 1_000_000)
    ends = _EPOCH + timedelta(seconds=-(-last_us // 1_000_000))
    end = ends.time() if ends.date() == begins.date() else time(23, 59, 59)
    offset = moment(begins.date(), begins.time(), making.zone).utc_offset_s
    return Day(begins.date(), begins.time(), end, utc_offset_s=offset)


def _remark(place: Waypoint, number: int, raid: Raid, making: Making) -> Observation:
    """A marked place, in the raid if it was marked on one of its days or nobody knows when."""
    when = place.time_utc
    if when is not None and not _FIRST_US <= unix_us_from_utc(when) <= _LAST_US:
        when = None
    offset = 0 if when is None else offset_s(when, making.zone)
    on: date | None = None if when is None else reading(when, offset).date()
    inside = on is None or raid.start_date <= on <= raid.end_date
    placed = abs(place.lat_deg) <= 90 and abs(place.lon_deg) <= 180  # False for NaN as well
    said = dict.fromkeys(t for t in (place.name, place.comment, place.description) if t)
    return Observation(
        observation_id=making.new_id(),
        revision=1,
        category=None,
        raid_id=raid.raid_id if inside else None,
        leg=_LEG if inside else None,
        observed_utc=when,
        utc_offset_s=offset,
        lat_deg=place.lat_deg if placed else None,
        lon_deg=place.lon_deg if placed else None,
        waypoint=str(number),
        comment="\n".join(said)[:10_000] or None,
    )


def _tell(contents: Contents, raid: Raid, making: Making, proposals: Table) -> None:
    remarks = making.remarks
    remarks.add("gps_raid", number=raid.number)
    if contents.routes:
        remarks.add("gps_routes", times=len(contents.routes))
    for place in contents.waypoints:
        proposed = propose(place, proposals)
        if proposed:
            category = proposals.categories[proposed[0].category]
            remarks.add("gps_proposal", place=place.name, ru=category.ru, en=category.en)
