"""A SMART patrol as records of ours: a raid, its observations, its ways, its files.

One observation of SMART is one of ours; a stop where nothing was observed is an observation
without a category. What our records cannot hold stands in attributes that begin with @ (`extra`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from firmware_bridge.tracks import Track
from groundstation.exchange.came import DAY, DISTANCE, Came, CameFile, CameTrack, Making
from groundstation.exchange.smart import extra
from groundstation.exchange.smart.kinds import of_kind
from groundstation.exchange.smart.patrol import (
    Attachment,
    Label,
    Observed,
    Patrol,
    PatrolDay,
    PatrolLeg,
    PatrolTrack,
    PatrolWaypoint,
    ValueKind,
)
from groundstation.exchange.smart.patrol_write import length_km
from groundstation.exchange.smart.way import segment_of
from groundstation.exchange.words import REFUSALS
from groundstation.records.flaws import flaw
from groundstation.records.observation import Observation
from groundstation.records.photograph import Level
from groundstation.records.raid import (
    Attribute,
    Day,
    Leg,
    Member,
    PatrolType,
    Raid,
    RaidKind,
    TrackPart,
)
from groundstation.records.wall_clock import moment
from groundstation.words import Refusal

MAX_KEY, MAX_WORDS, MAX_ATTRIBUTE = 80, 10_000, 255
"""What our records hold; longer is cut, told, and whole in the kept file."""
MAX_STOPS = 9999
_TYPES = frozenset(kind.value for kind in PatrolType)
DIFFERS_KM = 0.1
"""Beside a thousandth of it: between our geodesic and the length a file states."""


def records_of(patrol: Patrol, document: str, making: Making) -> Came:
    """The patrol as records with fresh ids, revision 1. Raises Refusal for one without any date."""
    return _Maker(patrol, document, making).came()


class _Maker:
    """Makes one raid."""

    def __init__(self, patrol: Patrol, document: str, making: Making) -> None:
        self._patrol, self._document = patrol, document
        self._names, self._known = making.names, making.known
        self._zone, self._new_id, self._remarks = making.zone, making.new_id, making.remarks
        self._raid_id = self._new_id()
        self._flaws: dict[str, None] = {}
        self._observations: list[Observation] = []
        self._tracks: list[CameTrack] = []
        self._files: list[CameFile] = []
        self._stops: dict[str, list[tuple[object, ...]]] = {}

    def came(self) -> Came:
        patrol = self._patrol
        if not patrol.is_whole:
            self._flaw("file_broken")
        start, end = self._span()
        kind = self._patrol_type()
        legs = list(self._legs(start, end, kind))
        attributes = dict(patrol.attributes) | self._odd()
        raid = Raid(
            raid_id=self._raid_id,
            revision=1,
            kind=RaidKind.RAID,
            number=self._cut("patrol.id", self._number(), MAX_KEY),
            patrol_type=kind,
            start_date=start,
            end_date=end,
            armed=patrol.is_armed,
            team=self._term("team", patrol.team),
            station=self._term("station", patrol.station),
            objective=self._words("objective", patrol.objective),
            comment=self._words("comment", patrol.comment),
            legs=legs,
            attributes=attributes,
            flaws=list(self._flaws),
        )
        raid = of_kind(raid)
        return Came(self._document, raid, self._observations, self._tracks, self._files)

    def _flaw(self, code: str, what: object = None) -> None:
        self._flaws[flaw(code, what)] = None

    def _number(self) -> str:
        if self._patrol.number:
            return self._patrol.number
        self._remarks.add("missing", name="patrol.id")
        return self._document.rpartition("/")[2].rpartition(".")[0] or self._document

    def _span(self) -> tuple[date, date]:
        """First and last day; where the patrol does not say, those of its legs and days."""
        days = [day.date for leg in self._patrol.legs for day in leg.days]
        legs = [d for leg in self._patrol.legs for d in (leg.start_date, leg.end_date) if d]
        told = [d for d in (self._patrol.start_date, self._patrol.end_date) if d]
        everything = told or legs or days
        if not everything:
            raise Refusal(REFUSALS, "no_dates", name=self._document)
        start = self._patrol.start_date or min(everything)
        end = self._patrol.end_date or max(everything)
        if end < start:
            self._remarks.add("dates_reversed", start=str(start), end=str(end))
        return start, end

    def _patrol_type(self) -> PatrolType:
        word = (self._patrol.patrol_type or "").upper()
        if word in _TYPES:
            return PatrolType(word)
        self._remarks.add("patrol_type", value=word)
        return PatrolType.GROUND

    def _term(self, kind: str, label: Label | None, type_: PatrolType | None = None) -> str | None:
        return None if label is None else self._names.term(kind, label, type_)

    def _odd(self) -> dict[str, str | float]:
        """What the raid has no field for."""
        patrol = self._patrol
        odd: dict[str, str | float] = {}
        if patrol.number and len(patrol.number) > MAX_KEY:
            odd[extra.NUMBER] = patrol.number
        if patrol.patrol_type and patrol.patrol_type.upper() not in _TYPES:
            odd[extra.PATROL_TYPE] = patrol.patrol_type
        language = _language(patrol)
        if language:
            odd[extra.LANGUAGE] = language
        if patrol.attachments:
            odd[extra.ATTACHMENTS] = extra.attachments_text(patrol.attachments)
            self._attach(patrol.attachments, Level.RAID, None)
        return odd

    def _legs(self, start: date, end: date, kind: PatrolType) -> Iterator[Leg]:
        taken: set[str] = set()
        for place, leg in enumerate(self._patrol.legs, 1):
            key = self._cut("legs.id", leg.leg or str(place), MAX_KEY - 4)
            number, wanted = 1, key
            while key in taken:
                number += 1
                key = f"{wanted}{extra.SECOND}{number}"
            taken.add(key)
            yield self._leg(leg, key, leg.start_date or start, leg.end_date or end, kind)

    def _leg(self, leg: PatrolLeg, key: str, start: date, end: date, kind: PatrolType) -> Leg:
        return Leg(
            leg=key,
            start_date=start,
            end_date=end,
            transport=self._term("transport", leg.transport, kind),
            mandate=self._term("mandate", leg.mandate),
            members=self._members(leg),
            days=self._days(leg, key, start, end),
        )

    def _members(self, leg: PatrolLeg) -> list[Member]:
        found: dict[int, Member] = {}
        for member in leg.members:
            person = self._names.person(member.employee)
            before = found.get(person, Member(person))
            leader = before.is_leader or member.is_leader
            found[person] = Member(person, leader, before.is_pilot or member.is_pilot)
        if len(found) < len(leg.members):
            self._remarks.add("member_twice", times=len(leg.members) - len(found))
        return list(found.values())

    def _days(self, leg: PatrolLeg, key: str, start: date, end: date) -> list[Day]:
        days: dict[date, Day] = {}
        for day in leg.days:
            if not start <= day.date <= end:
                self._remarks.add("day_outside_leg", day=str(day.date), leg=key)
            if day.date in days:
                self._flaw("duplicate_day", day.date)
                self._remarks.add("duplicate_day", day=str(day.date), leg=key)
            made = self._day(day)
            days[day.date] = _together(days[day.date], made) if day.date in days else made
            for waypoint in day.waypoints:
                self._waypoint(waypoint, day, key)
            for track in day.tracks:
                self._tracks.append(CameTrack(key, self._track(track, day.date)))
        return [days[on] for on in sorted(days)]

    def _day(self, day: PatrolDay) -> Day:
        at = day.start_time or datetime.min.time()
        begins = moment(day.date, at, self._zone)
        if begins.flaw and day.start_time:
            self._clock_changed(begins.flaw, day.date)
        return Day(
            date=day.date,
            start_time=day.start_time,
            end_time=day.end_time,
            rest_minutes=day.rest_minutes or 0.0,
            utc_offset_s=begins.utc_offset_s,
        )

    def _clock_changed(self, code: str, day: date) -> None:
        self._flaw(code)
        self._remarks.add(code, day=str(day))

    def _waypoint(self, waypoint: PatrolWaypoint, day: PatrolDay, leg: str) -> None:
        stop, groups = self._stop(waypoint, day.date, leg)
        base = self._base(waypoint, day.date, leg, stop)
        made: list[Observation] = []
        for number, group in enumerate(waypoint.groups, groups):
            for observed in group:
                made.append(self._observation(observed, replace(base, group=number)))
        if not made:
            made.append(replace(base, observation_id=self._new_id()))
        if waypoint.attachments:
            told = extra.attachments_text(waypoint.attachments)
            attributes = dict(made[0].attributes) | {extra.AT_STOP: told}
            made[0] = replace(made[0], attributes=attributes)
            self._attach(waypoint.attachments, Level.WAYPOINT, made[0].observation_id)
        self._observations += made

    def _stop(self, waypoint: PatrolWaypoint, day: date, leg: str) -> tuple[str, int]:
        """A key no other stop of the raid has, and the number of its first group."""
        wanted = self._cut("waypoints.id", waypoint.waypoint, MAX_KEY - 6) or "0"
        same = (leg, day, waypoint.time, waypoint.lat_deg, waypoint.lon_deg)
        places = self._stops.setdefault(wanted, [])
        if same not in places:
            places.append(same)
            first = 0
        else:
            key = _numbered(wanted, places.index(same))
            first = 1 + max(o.group for o in self._observations if o.waypoint == key)
        return _numbered(wanted, places.index(same)), min(first, MAX_STOPS)

    def _base(self, waypoint: PatrolWaypoint, day: date, leg: str, stop: str) -> Observation:
        """What all observations of the stop share."""
        flaws: list[str] = []  # no_time and no_place are found when it is filed
        attributes: dict[str, Attribute] = {}
        when = moment(day, waypoint.time or datetime.min.time(), self._zone)
        if waypoint.time is None:
            attributes[extra.DATE] = str(day)
        elif when.flaw:
            flaws.append(when.flaw)
            self._clock_changed(when.flaw, day)
        placed = waypoint.lat_deg is not None and waypoint.lon_deg is not None
        return Observation(
            observation_id=self._raid_id,
            revision=1,
            category=None,
            attributes=attributes,
            raid_id=self._raid_id,
            leg=leg,
            observed_utc=None if waypoint.time is None else when.utc,
            utc_offset_s=when.utc_offset_s,
            lat_deg=waypoint.lat_deg if placed else None,
            lon_deg=waypoint.lon_deg if placed else None,
            waypoint=stop,
            direction_deg=waypoint.direction_deg,
            distance_m=waypoint.distance_m,
            comment=self._words("waypoints.comment", waypoint.comment),
            flaws=flaws,
        )

    def _observation(self, observed: Observed, base: Observation) -> Observation:
        attributes = dict(base.attributes)
        flaws = list(base.flaws)
        category = self._category(observed, attributes)
        for value in observed.values:
            key, number = value.key, 1
            while key in attributes:
                number += 1
                key = f"{value.key}{extra.SECOND}{number}"
            if number > 1:
                flaws.append(flaw("duplicate_attribute", value.key))
                self._remarks.add("duplicate_attribute", key=value.key)
            if value.key not in self._known.attributes:
                self._remarks.add("unknown_attribute", key=value.key)
            attributes[key[:MAX_ATTRIBUTE]] = self._value(value.key, value.kind, value.value)
        if observed.attachments:
            attributes[extra.ATTACHMENTS] = extra.attachments_text(observed.attachments)
        identifier = self._new_id()
        self._attach(observed.attachments, Level.OBSERVATION, identifier)
        observer = observed.observer
        return replace(
            base,
            observation_id=identifier,
            category=category,
            attributes=attributes,
            observer=None if observer is None else self._names.person(observer),
            flaws=list(dict.fromkeys(flaws)),
        )

    def _category(self, observed: Observed, attributes: dict[str, Attribute]) -> str | None:
        """Its key, if it can be one; else None, and the word among the attributes."""
        word = observed.category or ""
        key = extra.category_key(word)
        if key is None:
            self._remarks.add("bad_category", value=word)
            attributes[extra.CATEGORY] = word
            return None
        if key not in self._known.categories:
            self._remarks.add("unknown_category", category=key)
        return key

    def _value(
        self, key: str, kind: ValueKind, value: float | str | bool | tuple[str, ...]
    ) -> Attribute:
        """A key of a list or tree is a text where the model knows it, else a list of one."""
        if isinstance(value, str):
            return self._cut(key, value, MAX_WORDS)
        if not isinstance(value, tuple):
            return value
        if (
            kind is ValueKind.ITEMS
            and len(value) == 1
            and extra.is_item(self._known, key, value[0])
        ):
            return value[0]
        return list(value)

    def _attach(self, attachments: Sequence[Attachment], level: Level, to: UUID | None) -> None:
        self._files += [CameFile(attachment.name, level, to) for attachment in attachments]

    def _track(self, track: PatrolTrack, day: date) -> Track:
        extras = {DAY: str(day)}
        km = length_km(track.lines)
        if track.distance_km is not None:
            extras[DISTANCE] = repr(track.distance_km)
            if abs(track.distance_km - km) > max(DIFFERS_KM, km / 1000):
                self._flaw("distance_differs", f"{day} {track.distance_km:.3f}")
                self._remarks.add(
                    "distance_differs",
                    day=str(day),
                    told=round(track.distance_km, 3),
                    measured=round(km, 3),
                )
        parts = [segment_of(line, self._zone, self._remarks) for line in track.lines]
        for code in sorted(frozenset().union(*(flaws for _, flaws in parts))):
            self._clock_changed(code, day)
        return Track(None, [segment for segment, _ in parts], extras)

    def _words(self, name: str, text: str | None) -> str | None:
        return None if text is None else self._cut(name, text, MAX_WORDS)

    def _cut(self, name: str, text: str, limit: int) -> str:
        if len(text) <= limit:
            return text
        self._remarks.add("too_long", name=name, limit=limit)
        return text[:limit]


def _numbered(key: str, place: int) -> str:
    return key if place == 0 else f"{key}{extra.SECOND}{place + 1}"


def _language(patrol: Patrol) -> str | None:
    """In which most of its labels are."""
    labels = [patrol.team, patrol.station]
    labels += [label for leg in patrol.legs for label in (leg.transport, leg.mandate)]
    languages = Counter(label.language for label in labels if label is not None)
    return languages.most_common(1)[0][0] if languages else None


def _together(one: Day, other: Day) -> Day:
    """Two entries of one day."""
    starts = [t for t in (one.start_time, other.start_time) if t is not None]
    ends = [t for t in (one.end_time, other.end_time) if t is not None]
    return Day(
        date=one.date,
        start_time=min(starts) if starts else None,
        end_time=max(ends) if ends else None,
        rest_minutes=min(one.rest_minutes + other.rest_minutes, 1440.0),
        utc_offset_s=one.utc_offset_s,
    )


def with_tracks(raid: Raid, tracks: Sequence[tuple[str, int]]) -> Raid:
    """The raid with stored tracks as the ways of its legs: (leg, track) each."""
    legs = [
        replace(leg, tracks=[TrackPart(track) for key, track in tracks if key == leg.leg])
        for leg in raid.legs
    ]
    return replace(raid, legs=legs)
