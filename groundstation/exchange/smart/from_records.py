"""Records of ours as a SMART patrol.

SMART keeps one way for each day of a leg: ways of several navigators are given as what counts of
them together, so that SMART adds up the same kilometres as we do. A day that ends after midnight
becomes two, because SMART knows no such day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta, tzinfo
from itertools import groupby
from typing import Protocol
from uuid import UUID

from groundstation.exchange.smart import extra
from groundstation.exchange.smart.geometry import Line
from groundstation.exchange.smart.kinds import kind_attributes
from groundstation.exchange.smart.patrol import (
    Attachment,
    Employee,
    Label,
    Observed,
    ObservedValue,
    Patrol,
    PatrolDay,
    PatrolLeg,
    PatrolMember,
    PatrolTrack,
    PatrolWaypoint,
    ValueKind,
)
from groundstation.exchange.smart.way import Way, lines_by_day
from groundstation.records.check import Asked
from groundstation.records.observation import Observation
from groundstation.records.photograph import Level
from groundstation.records.raid import Attribute, Day, Leg, Raid
from groundstation.records.wall_clock import reading

_MIDNIGHT, _LAST_SECOND = time(), time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes along, under a name of its own in the archive."""

    name: str
    level: Level
    observation_id: UUID | None


class Namer(Protocol):
    """Names of people and labels of terms."""

    def employee(self, person: int) -> Employee:
        """Who has that number."""
        ...

    def label(self, kind: str, key: str, language: str | None) -> Label:
        """The term's name, in that language where it has one."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """A raid with everything that hangs on it."""

    raid: Raid
    observations: Sequence[Observation]
    ways: Sequence[Way] = ()
    files: Sequence[File] = ()
    gone: frozenset[str] = frozenset()
    """Names of files that were withdrawn."""


def patrol_of_records(told: Told, namer: Namer, known: Asked, zone: tzinfo) -> Patrol:
    """The raid as SMART has it; withdrawn observations are left out."""
    return _Writer(told, namer, known, zone).patrol()


@dataclass(slots=True)
class _OpenDay:
    """A day of a leg, being filled."""

    day: Day
    waypoints: list[PatrolWaypoint] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    distance_km: list[float | None] = field(default_factory=list)


class _Writer:
    """Writes one raid."""

    def __init__(self, told: Told, namer: Namer, known: Asked, zone: tzinfo) -> None:
        self._raid, self._namer, self._known, self._zone = told.raid, namer, known, zone
        self._observations = [o for o in told.observations if o.withdrawn is None]
        self._ways, self._files, self._gone = told.ways, told.files, told.gone
        self._stops = {o.waypoint for o in self._observations if o.waypoint}

    def patrol(self) -> Patrol:
        raid = self._raid
        legs = self._legs()
        dates = [d for leg in legs for d in (leg.start_date, leg.end_date) if d is not None]
        odd = raid.attributes.get(extra.NUMBER)
        attributes = {k: v for k, v in raid.attributes.items() if not extra.is_extra(k)}
        return Patrol(
            number=odd if isinstance(odd, str) else raid.number,
            patrol_type=raid.patrol_type.value,
            start_date=min([raid.start_date, *dates]),
            end_date=max([raid.end_date, *dates]),
            is_armed=raid.armed,
            objective=raid.objective,
            team=self._label("team", raid.team),
            station=self._label("station", raid.station),
            legs=legs,
            comment=raid.comment,
            attributes=kind_attributes(raid) | attributes,
            attachments=self._attachments(Level.RAID, None, raid.attributes.get(extra.ATTACHMENTS)),
        )

    def _legs(self) -> list[PatrolLeg]:
        raid = self._raid
        legs = list(raid.legs)
        if not legs and (self._observations or self._ways):
            legs = [Leg("1", raid.start_date, raid.end_date)]
        keys = {leg.leg for leg in legs}
        return [self._leg(leg, place, keys) for place, leg in enumerate(legs)]

    def _leg(self, leg: Leg, place: int, keys: set[str]) -> PatrolLeg:
        days = {day.date: _OpenDay(day) for day in leg.days}
        for day in leg.days:
            _part_at_midnight(day, days)
        here = [o for o in self._observations if _is_of(o, leg, place, keys)]
        for waypoint, on in self._waypoints(here, leg):
            _open(days, on).waypoints.append(waypoint)
        for way in self._ways:
            if way.leg == leg.leg:
                for on, lines in lines_by_day(way, leg.start_date, self._zone):
                    opened = _open(days, on)
                    opened.lines += lines
                    opened.distance_km.append(way.distance_km)
        new = [on for on in days if on not in {day.date for day in leg.days}]
        return PatrolLeg(
            leg=extra.without_number(leg.leg, keys),
            start_date=min([leg.start_date, *new]),
            end_date=max([leg.end_date, *new]),
            transport=self._label("transport", leg.transport),
            mandate=self._label("mandate", leg.mandate),
            members=[
                PatrolMember(self._namer.employee(m.person), m.is_leader, m.is_pilot)
                for m in leg.members
            ],
            days=[_closed(days[on]) for on in self._in_order(days, leg)],
        )

    def _label(self, kind: str, key: str | None) -> Label | None:
        language = self._raid.attributes.get(extra.LANGUAGE)
        wanted = language if isinstance(language, str) else None
        return None if key is None else self._namer.label(kind, key, wanted)

    def _in_order(self, days: Mapping[date, _OpenDay], leg: Leg) -> list[date]:
        """As they were filed where nothing was added, else by date."""
        filed = [day.date for day in leg.days]
        return filed if len(filed) == len(days) else sorted(days)

    def _waypoints(
        self, observations: Sequence[Observation], leg: Leg
    ) -> Iterator[tuple[PatrolWaypoint, date]]:
        """Observations of one stop together, stops in the order of the first of each."""
        stops: dict[object, list[Observation]] = {}
        for number, observation in enumerate(observations):
            o = observation
            place = o.observed_utc, o.lat_deg, o.lon_deg
            stops.setdefault((o.waypoint, *place) if o.waypoint else number, []).append(o)
        for number, stop in enumerate(stops.values(), 1):
            yield self._waypoint(stop, str(number)), self._day_of(stop[0], leg)

    def _day_of(self, observation: Observation, leg: Leg) -> date:
        if observation.observed_utc is not None:
            return reading(observation.observed_utc, observation.utc_offset_s).date()
        told = observation.attributes.get(extra.DATE)
        try:
            return date.fromisoformat(str(told))
        except ValueError:
            return leg.days[0].date if leg.days else leg.start_date

    def _waypoint(self, stop: Sequence[Observation], number: str) -> PatrolWaypoint:
        first = stop[0]
        utc = first.observed_utc
        words = dict.fromkeys(o.comment for o in stop if o.comment)
        groups = [
            [self._observed(o) for o in group if not self._is_empty(o)]
            for _, group in groupby(sorted(stop, key=_group), key=_group)
        ]
        at_stop = next((told for o in stop if (told := o.attributes.get(extra.AT_STOP))), None)
        attachments = [
            attachment
            for o in stop
            for attachment in self._attachments(
                Level.WAYPOINT, o.observation_id, at_stop if o is first else None
            )
        ]
        return PatrolWaypoint(
            waypoint=extra.without_number(first.waypoint or number, self._stops),
            lat_deg=first.lat_deg,
            lon_deg=first.lon_deg,
            time=None if utc is None else reading(utc, first.utc_offset_s).time(),
            direction_deg=next(
                (o.direction_deg for o in stop if o.direction_deg is not None), None
            ),
            distance_m=next((o.distance_m for o in stop if o.distance_m is not None), None),
            comment="\n".join(words) or None,
            attachments=attachments,
            groups=[group for group in groups if group],
        )

    def _is_empty(self, observation: Observation) -> bool:
        """A stop, and nothing observed."""
        o = observation
        of_stop = {extra.DATE, extra.AT_STOP}
        return (
            o.category is None
            and o.observer is None
            and not set(o.attributes) - of_stop
            and not any(
                f.observation_id == o.observation_id and f.level is Level.OBSERVATION
                for f in self._files
            )
        )

    def _observed(self, observation: Observation) -> Observed:
        o = observation
        word = o.attributes.get(extra.CATEGORY)
        values = [(k, v) for k, v in o.attributes.items() if not extra.is_extra(k)]
        return Observed(
            category=o.category or (word if isinstance(word, str) else None),
            values=[self._value(key, value, o.attributes) for key, value in values],
            observer=None if o.observer is None else self._namer.employee(o.observer),
            attachments=self._attachments(
                Level.OBSERVATION, o.observation_id, o.attributes.get(extra.ATTACHMENTS)
            ),
        )

    def _value(
        self, key: str, value: Attribute, attributes: Mapping[str, Attribute]
    ) -> ObservedValue:
        key = extra.without_number(key, attributes)
        if isinstance(value, bool):
            return ObservedValue(key, ValueKind.YES, value)
        if isinstance(value, int | float):
            return ObservedValue(key, ValueKind.NUMBER, float(value))
        if not isinstance(value, str):
            return ObservedValue(key, ValueKind.ITEMS, tuple(value))
        if extra.is_item(self._known, key, value):
            return ObservedValue(key, ValueKind.ITEMS, (value,))
        return ObservedValue(key, ValueKind.TEXT, value)

    def _attachments(self, level: Level, to: UUID | None, told: object) -> list[Attachment]:
        """Those the file told of, in its order, and those that came to it here."""
        said = extra.attachments_from(told)
        names = [f.name for f in self._files if f.level is level and f.observation_id == to]
        kept = [one for one in said if one.name in names or one.name not in self._gone]
        new = [name for name in names if name not in {one.name for one in said}]
        return [*kept, *(Attachment(name) for name in new)]


def _is_of(observation: Observation, leg: Leg, place: int, keys: set[str]) -> bool:
    """Whether it was made on the leg; those of no leg go to the first one."""
    return observation.leg == leg.leg or (place == 0 and observation.leg not in keys)


def _group(observation: Observation) -> int:
    return observation.group


def _open(days: dict[date, _OpenDay], on: date) -> _OpenDay:
    return days.setdefault(on, _OpenDay(Day(on, _MIDNIGHT, _MIDNIGHT)))


def _closed(day: _OpenDay) -> PatrolDay:
    tracks = []
    if day.lines:
        told = day.distance_km
        km = None if None in told else sum(km for km in told if km is not None)
        tracks = [PatrolTrack(day.lines, km)]
    d = day.day
    return PatrolDay(
        date=d.date,
        start_time=d.start_time or _MIDNIGHT,
        end_time=d.end_time or _MIDNIGHT,
        rest_minutes=d.rest_minutes,
        waypoints=day.waypoints,
        tracks=tracks,
    )


def _part_at_midnight(day: Day, days: dict[date, _OpenDay]) -> None:
    """A day that ends on the next one as the two days SMART wants."""
    start, end = day.start_time, day.end_time
    if start is None or end is None or end > start or end == start == _MIDNIGHT:
        return
    days[day.date] = _OpenDay(replace(day, end_time=_LAST_SECOND))
    after = day.date + timedelta(days=1)
    if end != _MIDNIGHT and after not in days:
        rest = replace(day, date=after, start_time=_MIDNIGHT, end_time=end, rest_minutes=0.0)
        days[after] = _OpenDay(rest)
