"""What docked units brought that is in no raid yet, put together as raids to be looked through.

A unit's tracks that follow one another within a night's rest are one raid; units that were out at
the same time and whose ways ran together are one party, and one raid with several tracks. Who had
a unit is a member; who led, a person says. Nothing is filed here.

Ids are made of the tracks and waypoints themselves: two tablets that take up the same draft file
the same raid, and the second of them is told so.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations, count, groupby
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from firmware_bridge.earth import metres_per_degree
from firmware_bridge.tracks import NO_TIME_US
from groundstation.access.account import Account
from groundstation.access.roles import Scope
from groundstation.dock.proposals import Proposal, Table, propose
from groundstation.records.check import asked
from groundstation.records.observation import Observation
from groundstation.records.raid import Day, Leg, Member, PatrolType, Raid, RaidKind, TrackPart
from groundstation.store import models, people, tracks
from groundstation.store.columns import unpack
from groundstation.store.tables import observations, raid_tracks, raids, waypoints
from groundstation.store.tables import tracks as track_table
from groundstation.store.tracks import StoredTrack, StoredWaypoint

MOST = 5000
"""Tracks looked at."""
tracks_c = track_table.c
NIGHT = timedelta(hours=16)
"""Between two tracks of one raid: from camp to camp, with a long night."""
TOGETHER_M = 1000.0
"""Median distance below which two ways at the same time are those of one party."""
TOGETHER_SHARE = 0.5
"""Of the shorter one's time, to be common."""
SAMPLES = 100
"""Places compared."""
MARGIN = timedelta(hours=1)
"""Before and after the tracks: a place is marked at the car, too."""
NAMESPACE = UUID("6b656472-6f76-5b61-8a64-726166747300")
"""Any one; the same in every station."""


@dataclass(frozen=True, slots=True)
class DraftUnit:
    """A unit of the party, and who had it."""

    unit: str | None
    person: int | None
    person_name: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A raid as far as the units know it."""

    units: Sequence[DraftUnit]
    tracks: Sequence[StoredTrack]
    raid: Raid
    observations: Sequence[Observation]
    """One for each marked place that nobody filed yet."""
    proposals: Mapping[UUID, Sequence[Proposal]]
    """By observation, what else it may be; the surest first."""


@dataclass(frozen=True, slots=True)
class _Party:
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


def find(
    connection: Connection, account: Account, table: Table, since_utc: datetime, limit: int = 50
) -> list[Draft]:
    """Drafts of what ended after that time, the latest first, within the account's scope."""
    parties = _joined(connection, _by_unit(_unfiled(connection, since_utc)))
    parties.sort(key=lambda party: party.first_utc)
    teams = {person.person: person.team for person in people.find(connection)}
    seen = [party for party in parties if _may_see(party, account, teams)][-limit:]
    marked = _marked(connection, seen)
    known = asked(models.current(connection)).categories
    taken = _numbers(connection, [party.tracks[0] for party in seen])
    drafts = []
    for party in seen:
        raid = _raid(connection, party, teams, taken)
        taken.add(raid.number)
        drafts.append(_draft(party, raid, marked, table, known))
    return drafts[::-1]


def _unfiled(connection: Connection, since_utc: datetime) -> list[StoredTrack]:
    t, r = raid_tracks.c, raids.c
    filed = select(t.track).join(raids, r.raid_id == t.raid_id).where(r.withdrawn.is_(None))
    found = tracks.find(connection, None, since_utc, None, MOST, tracks_c.track.not_in(filed))
    return [track for track in found if track.first_utc is not None and track.points > 1]


def _by_unit(found: Sequence[StoredTrack]) -> list[_Party]:
    """A unit's tracks, parted where it rested longer than a night."""
    parties: list[_Party] = []
    ordered = sorted(found, key=lambda track: (track.unit or "", _bounds(track)[0], track.track))
    for _, of_unit in groupby(ordered, key=lambda track: track.unit):
        own: list[StoredTrack] = []
        last_utc: datetime | None = None
        for track in of_unit:
            first, last = _bounds(track)
            if last_utc is not None and first - last_utc > NIGHT:
                parties.append(_Party(own))
                own = []
            own.append(track)
            last_utc = last if last_utc is None else max(last, last_utc)
        parties.append(_Party(own))
    return parties


def _joined(connection: Connection, parties: Sequence[_Party]) -> list[_Party]:
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
        _Party(sorted((t for p in group for t in p.tracks), key=lambda t: (_bounds(t)[0], t.track)))
        for group in members
    ]


def _at_the_same_time(one: _Party, other: _Party) -> bool:
    if one.units.keys() & other.units.keys():
        return False
    common = min(one.last_utc, other.last_utc) - max(one.first_utc, other.first_utc)
    shorter = min(one.last_utc - one.first_utc, other.last_utc - other.first_utc)
    return common > timedelta() and common >= TOGETHER_SHARE * shorter


Places = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
"""Time in us, latitude and longitude in degrees, by time."""


def _way(connection: Connection, party: _Party) -> Places:
    keys = [track.track for track in party.tracks]
    blobs = connection.scalars(select(tracks_c.content).where(tracks_c.track.in_(keys)))
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


def _may_see(party: _Party, account: Account, teams: Mapping[int, str | None]) -> bool:
    """Whose units nobody was given, anybody may file."""
    who = party.people.keys()
    if account.scope is Scope.ALL or not who:
        return account.scope is not Scope.NONE
    own = account.person in who
    of_team = account.team is not None and account.team in {teams.get(person) for person in who}
    return own or (account.scope is Scope.TEAM and of_team)


def _raid(
    connection: Connection, party: _Party, teams: Mapping[int, str | None], taken: set[str]
) -> Raid:
    days = _days(party)
    first, last = days[0].date, days[-1].date
    of_teams = {teams.get(person) for person in party.people}
    leg = Leg(
        "1",
        first,
        last,
        members=[Member(person) for person in party.people],
        days=days,
        tracks=[TrackPart(track.track) for track in party.tracks],
    )
    return Raid(
        _raid_id(connection, party.tracks[0]),
        1,
        RaidKind.RAID,
        _number(first, taken),
        PatrolType.GROUND,
        first,
        last,
        team=of_teams.pop() if len(of_teams) == 1 else None,
        legs=[leg],
    )


def _days(party: _Party) -> list[Day]:
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


def _raid_id(connection: Connection, track: StoredTrack) -> UUID:
    """Another one after a raid of this track was withdrawn."""
    t = raid_tracks.c
    before = connection.scalar(select(func.count()).where(t.track == track.track))
    return uuid5(NAMESPACE, f"raid {track.download} {track.track} {before}")


def _numbers(connection: Connection, began: Sequence[StoredTrack]) -> set[str]:
    """Numbers of raids that look like ours."""
    days = [_day(track).isoformat() for track in began]
    if not days:
        return set()
    n = raids.c.number
    return set(connection.scalars(select(n).where(n >= min(days), n <= max(days) + "~")))


def _number(day: date, taken: set[str]) -> str:
    """The date, and a counter behind it where there are several."""
    candidates = (f"{day}" if n == 1 else f"{day}-{n}" for n in count(1))
    return next(number for number in candidates if number not in taken)


@dataclass(frozen=True, slots=True)
class _Marked:
    place: StoredWaypoint
    filed: int
    """How often it was filed before, with raids that were withdrawn."""
    party: _Party


def _marked(connection: Connection, parties: Sequence[_Party]) -> list[_Marked]:
    """Waypoints nobody filed, each with the party that marked it."""
    o, r, w = observations.c, raids.c, waypoints.c
    units = {unit for party in parties for unit in party.units}
    counts = select(o.docked, func.count().label("filed")).group_by(o.docked).subquery()
    standing = (
        select(o.docked)
        .outerjoin(raids, r.raid_id == o.raid_id)
        .where(o.docked.is_not(None), r.withdrawn.is_(None))
    )
    columns = [w[name] for name in StoredWaypoint.__slots__]
    statement = (
        select(*columns, func.coalesce(counts.c.filed, 0))
        .outerjoin(counts, counts.c.docked == w.waypoint)
        .where(w.unit.in_(units), w.waypoint.not_in(standing))
        .order_by(w.time_utc, w.waypoint)
    )
    found = []
    for *values, filed in connection.execute(statement):
        place = StoredWaypoint(*values)
        party = _party_of(place, parties)
        if party is not None:
            found.append(_Marked(place, filed, party))
    return found


def _party_of(place: StoredWaypoint, parties: Sequence[_Party]) -> _Party | None:
    """By its time; without one, the last party of the download it came with."""
    own = [party for party in parties if place.unit in party.units]
    if place.time_utc is None:
        came = [p for p in own if place.download in {track.download for track in p.tracks}]
        return came[-1] if came else None
    at = place.time_utc
    near = (p for p in own if p.first_utc - MARGIN <= at <= p.last_utc + MARGIN)
    return next(near, None)


def _draft(
    party: _Party, raid: Raid, marked: Sequence[_Marked], table: Table, known: Container[str]
) -> Draft:
    made: list[Observation] = []
    proposals: dict[UUID, Sequence[Proposal]] = {}
    for mark in marked:
        if mark.party is party:
            found = propose(tracks.words_of(mark.place), table)
            observation = _observation(party, raid, mark, found, known)
            made.append(observation)
            proposals[observation.observation_id] = found
    units = [DraftUnit(unit, t.person, t.person_name) for unit, t in party.units.items()]
    return Draft(units[::-1], party.tracks, raid, made, proposals)


def _observation(
    party: _Party, raid: Raid, mark: _Marked, found: Sequence[Proposal], known: Container[str]
) -> Observation:
    place = mark.place
    surest = next((f"{p.category}." for p in found if f"{p.category}." in known), None)
    said = dict.fromkeys(filter(None, (place.name, place.comment, place.description)))
    return Observation(
        uuid5(NAMESPACE, f"waypoint {place.download} {place.waypoint} {mark.filed}"),
        1,
        surest,
        raid_id=raid.raid_id,
        leg=raid.legs[0].leg,
        observed_utc=place.time_utc,
        utc_offset_s=party.tracks[0].utc_offset_s,
        lat_deg=place.lat_deg,
        lon_deg=place.lon_deg,
        waypoint=place.name.strip()[:80] or str(place.waypoint),
        observer=party.units[place.unit].person,
        comment="; ".join(said)[:10_000] or None,
        docked=place.waypoint,
    )


def _day(track: StoredTrack) -> date:
    return (_bounds(track)[0] + timedelta(seconds=track.utc_offset_s)).date()


def _bounds(track: StoredTrack) -> tuple[datetime, datetime]:
    assert track.first_utc is not None
    assert track.last_utc is not None
    return track.first_utc, track.last_utc
