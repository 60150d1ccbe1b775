"""What docked units brought that is in no raid yet, put together as raids to be looked through.

Tracks of one party (`store.parties`) are one raid. Who had a unit is a member; who led, a person
says. Nothing is filed here.

Ids are made of the tracks and waypoints themselves: two tablets that take up the same draft file
the same raid, and the second of them is told so.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID, uuid5

from sqlalchemy import Connection, func, select

from groundstation.access.account import Account
from groundstation.access.roles import Scope
from groundstation.dock.proposals import Proposal, Table, propose
from groundstation.records.check import asked
from groundstation.records.observation import Observation
from groundstation.records.raid import Leg, Member, PatrolType, Raid, RaidKind, TrackPart
from groundstation.store import models, people, tracks
from groundstation.store.parties import Party, days_of, first_day, unfiled_parties
from groundstation.store.tables import observations, raid_tracks, raids, waypoints
from groundstation.store.tracks import StoredTrack, StoredWaypoint

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


def find(
    connection: Connection, account: Account, table: Table, since_utc: datetime, limit: int = 50
) -> list[Draft]:
    """Drafts of what ended after that time, the latest first, within the account's scope."""
    parties = unfiled_parties(connection, since_utc)
    teams = {person.person: person.team for person in people.find(connection)}
    seen = [party for party in parties if _may_see(party, account, teams)][-limit:]
    marked = _marked(connection, seen)
    known = asked(models.current(connection)).categories
    taken = _numbers(connection, [first_day(party) for party in seen])
    drafts = []
    for party in seen:
        raid = _raid(connection, party, teams, taken)
        taken.add(raid.number)
        drafts.append(_draft(party, raid, marked, table, known))
    return drafts[::-1]


def _may_see(party: Party, account: Account, teams: Mapping[int, str | None]) -> bool:
    """Whose units nobody was given, anybody may file."""
    who = party.people.keys()
    if account.scope is Scope.ALL or not who:
        return account.scope is not Scope.NONE
    own = account.person in who
    of_team = account.team is not None and account.team in {teams.get(person) for person in who}
    return own or (account.scope is Scope.TEAM and of_team)


def _raid(
    connection: Connection, party: Party, teams: Mapping[int, str | None], taken: set[str]
) -> Raid:
    days = days_of(party)
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


def _raid_id(connection: Connection, track: StoredTrack) -> UUID:
    """Another one after a raid of this track was withdrawn."""
    t = raid_tracks.c
    before = connection.scalar(select(func.count()).where(t.track == track.track))
    return uuid5(NAMESPACE, f"raid {track.download} {track.track} {before}")


def _numbers(connection: Connection, began: Sequence[date]) -> set[str]:
    """Numbers of raids that look like ours."""
    days = [day.isoformat() for day in began]
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
    party: Party


def _marked(connection: Connection, parties: Sequence[Party]) -> list[_Marked]:
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


def _party_of(place: StoredWaypoint, parties: Sequence[Party]) -> Party | None:
    """By its time; without one, the last party of the download it came with."""
    own = [party for party in parties if place.unit in party.units]
    if place.time_utc is None:
        came = [p for p in own if place.download in {track.download for track in p.tracks}]
        return came[-1] if came else None
    at = place.time_utc
    near = (p for p in own if p.first_utc - MARGIN <= at <= p.last_utc + MARGIN)
    return next(near, None)


def _draft(
    party: Party, raid: Raid, marked: Sequence[_Marked], table: Table, known: Container[str]
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
    party: Party, raid: Raid, mark: _Marked, found: Sequence[Proposal], known: Container[str]
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
