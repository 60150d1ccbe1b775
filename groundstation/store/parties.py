"""Which docked tracks that nobody filed belong together: one raid's, one party's.

A unit's tracks that follow one another within a night's rest are of one raid; units that were out
at the same time and whose ways ran together are of one party.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations, groupby

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from firmware_bridge.earth import metres_per_degree
from firmware_bridge.tracks import NO_TIME_US
from groundstation.records.raid import Day
from groundstation.store import tracks
from groundstation.store.columns import unpack
from groundstation.store.tables import raid_tracks, raids
from groundstation.store.tables import tracks as track_table
from groundstation.store.tracks import StoredTrack

MOST = 5000
"""Tracks looked at."""
NIGHT = timedelta(hours=16)
"""Between two tracks of one raid: from camp to camp, with a long night."""
TOGETHER_M = 1000.0
"""Median distance below which two ways at the same time are those of one party."""
TOGETHER_SHARE = 0.5
"""Of the shorter one's time, to be common."""
SAMPLES = 100
"""Places compared."""


@dataclass(frozen=True, slots=True)
class Party:
    tracks: Sequence[StoredTrack]
    """By the time they began."""

    @property
    def first_utc(self) -> datetime:
        return min(_bounds(track)[0] for track in self.tracks)

    @property
    def last_utc(self) -> datetime:
        return max(_bounds(track)[1] for track in self.tracks)

    @property
    def units(self) -> dict[str | None, StoredTrack]:
        """The first track of each."""
        return {track.unit: track for track in reversed(self.tracks)}

    @property
    def people(self) -> dict[int, str]:
        """Who had the units."""
        had = {t.person: t.person_name or "" for t in self.tracks if t.person is not None}
        return dict(sorted(had.items()))


def unfiled_parties(connection: Connection, since_utc: datetime) -> list[Party]:
    """Of tracks that ended after that time and are in no raid that counts; the earliest first."""
    parties = _joined(connection, _by_unit(_unfiled(connection, since_utc)))
    return sorted(parties, key=lambda party: party.first_utc)


def first_day(party: Party) -> date:
    """Of the wall clock."""
    track = party.tracks[0]
    return (_bounds(track)[0] + timedelta(seconds=track.utc_offset_s)).date()


def days_of(party: Party) -> list[Day]:
    """Of the wall clock: from the first to the last point of each."""
    spans: dict[date, tuple[time, time, int]] = {}
    for track in party.tracks:
        offset = timedelta(seconds=track.utc_offset_s)
        first, last = ((utc + offset).replace(tzinfo=None) for utc in _bounds(track))
        day = first.date()
        while day <= last.date():
            start = first.time() if day == first.date() else time.min
            end = last.time() if day == last.date() else time(23, 59, 59)
            known = spans.get(day, (start, end, track.utc_offset_s))
            spans[day] = min(start, known[0]), max(end, known[1]), known[2]
            day += timedelta(days=1)
    return [
        Day(day, start.replace(microsecond=0), end.replace(microsecond=0), 0.0, offset_s)
        for day, (start, end, offset_s) in sorted(spans.items())
    ]


def _unfiled(connection: Connection, since_utc: datetime) -> list[StoredTrack]:
    t, r = raid_tracks.c, raids.c
    filed = select(t.track).join(raids, r.raid_id == t.raid_id).where(r.withdrawn.is_(None))
    found = tracks.find(connection, None, since_utc, None, MOST, track_table.c.track.not_in(filed))
    return [track for track in found if track.first_utc is not None and track.points > 1]


def _by_unit(found: Sequence[StoredTrack]) -> list[Party]:
    """A unit's tracks, parted where it rested longer than a night."""
    parties: list[Party] = []
    ordered = sorted(found, key=lambda track: (track.unit or "", _bounds(track)[0], track.track))
    for _, of_unit in groupby(ordered, key=lambda track: track.unit):
        own: list[StoredTrack] = []
        last_utc: datetime | None = None
        for track in of_unit:
            first, last = _bounds(track)
            if last_utc is not None and first - last_utc > NIGHT:
                parties.append(Party(own))
                own = []
            own.append(track)
            last_utc = last if last_utc is None else max(last, last_utc)
        parties.append(Party(own))
    return parties


def _joined(connection: Connection, parties: Sequence[Party]) -> list[Party]:
    """Those that went together made one."""
    of = list(range(len(parties)))
    ways = {}
    for one, other in combinations(range(len(parties)), 2):
        if of[one] == of[other] or not _at_the_same_time(parties[one], parties[other]):
            continue
        for number in (one, other):
            if number not in ways:
                ways[number] = _way(connection, parties[number])
        if _together(ways[one], ways[other]):
            of = [of[one] if group == of[other] else group for group in of]
    members = [[p for p, group in zip(parties, of, strict=True) if group == n] for n in set(of)]
    return [
        Party(sorted((t for p in group for t in p.tracks), key=lambda t: (_bounds(t)[0], t.track)))
        for group in members
    ]


def _at_the_same_time(one: Party, other: Party) -> bool:
    if one.units.keys() & other.units.keys():
        return False
    common = min(one.last_utc, other.last_utc) - max(one.first_utc, other.first_utc)
    shorter = min(one.last_utc - one.first_utc, other.last_utc - other.first_utc)
    return common > timedelta() and common >= TOGETHER_SHARE * shorter


Places = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
"""Time in us, latitude and longitude in degrees, by time."""


def _way(connection: Connection, party: Party) -> Places:
    keys = [track.track for track in party.tracks]
    blobs = connection.scalars(select(track_table.c.content).where(track_table.c.track.in_(keys)))
    segments = [segment for blob in blobs for segment in unpack(blob)[0]]
    time_us = np.concatenate([s.time_us for s in segments])
    lat, lon = (np.concatenate([getattr(s, n) for s in segments]) for n in ("lat_deg", "lon_deg"))
    known = np.flatnonzero((time_us != NO_TIME_US) & np.isfinite(lat) & np.isfinite(lon))
    order = known[np.argsort(time_us[known], kind="stable")]
    return time_us[order], lat[order], lon[order]


def _together(one: Places, other: Places) -> bool:
    if not len(one[0]) or not len(other[0]):
        return False
    first, last = max(one[0][0], other[0][0]), min(one[0][-1], other[0][-1])
    if last <= first:
        return False
    at = np.linspace(first, last, SAMPLES)
    lat, other_lat = (np.interp(at, way[0], way[1]) for way in (one, other))
    lon, other_lon = (np.interp(at, way[0], way[2]) for way in (one, other))
    east_m, north_m = metres_per_degree(float(lat[0]))
    apart_m = np.hypot((lon - other_lon) * east_m, (lat - other_lat) * north_m)
    return bool(np.median(apart_m) <= TOGETHER_M)


def _bounds(track: StoredTrack) -> tuple[datetime, datetime]:
    assert track.first_utc is not None
    assert track.last_utc is not None
    return track.first_utc, track.last_utc
