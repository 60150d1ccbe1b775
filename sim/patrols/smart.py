"""Raids as SMART patrol XML 1.3, one document each, in the element order of a real export.

Times are the wall clock's, without a zone; a track's Z is epoch milliseconds of that wall time
written as if it were UTC. Ambushes and walks of a count are patrols too: custom attributes say
which. (No schema of the format is published; the order is that of SMART's own files.)
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from sim.patrols.navigator import degrees_length_m
from sim.patrols.park import MANDATES, STATIONS, TEAMS, TRANSPORTS, Park
from sim.patrols.records import (
    UTC_OFFSET_S,
    Find,
    Inspector,
    Leg,
    Raid,
    Recording,
    Value,
    WorkDay,
)

NAMESPACE = "http://www.smartconservationsoftware.org/xml/1.3/patrol"
LANGUAGE = "ru"
LIST_KEYS = frozenset({"action_taken", "species", "camera_action"})
"""Attributes whose text is a key of a list."""


def patrol_xml(raid: Raid, park: Park) -> str:
    """The whole document."""
    return "\n".join(_lines(raid, {one.employee_id: one for one in park.inspectors})) + "\n"


def _lines(raid: Raid, people: dict[str, Inspector]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    span = f'startDate="{raid.start_date}" endDate="{raid.end_date}"'
    yield (
        f'<ns2:patrol xmlns:ns2="{NAMESPACE}" patrolType="{raid.patrol_type}" {span} '
        f'isArmed="{_yes(raid.armed)}" id={quoteattr(raid.number)}>'
    )
    objective = escape(raid.objective)
    yield f"<ns2:objective><ns2:description>{objective}</ns2:description></ns2:objective>"
    yield _label("team", TEAMS[raid.team])
    yield _label("station", STATIONS[raid.station])
    for leg in raid.legs:
        yield from _leg(leg, raid, people)
    yield from _own(raid)
    yield "</ns2:patrol>"


def _own(raid: Raid) -> Iterator[str]:
    """What SMART has no word for."""
    texts = {"raid_kind": raid.kind, "decoy": raid.decoy, "route": raid.route}
    numbers = {"ambush_lat_deg": raid.lat_deg, "ambush_lon_deg": raid.lon_deg}
    if raid.kind == "raid":
        return
    for key, text in texts.items():
        if text is not None:
            yield f"<ns2:attributes key={quoteattr(key)} stringValue={quoteattr(text)}/>"
    for key, number in numbers.items():
        if number is not None:
            yield f'<ns2:attributes key={quoteattr(key)} doubleValue="{number!r}"/>'


def _leg(leg: Leg, raid: Raid, people: dict[str, Inspector]) -> Iterator[str]:
    first, last = leg.days[0].date, leg.days[-1].date
    yield f'<ns2:legs startDate="{first}" endDate="{last}" id={quoteattr(leg.leg)}>'
    yield _label("transportType", TRANSPORTS[leg.transport].ru)
    for place, employee_id in enumerate(leg.members):
        one = people[employee_id]
        yield (
            f"<ns2:members givenName={quoteattr(one.given_name)} "
            f"familyName={quoteattr(one.family_name)} employeeId={quoteattr(employee_id)} "
            f'isPilot="false" isLeader="{_yes(place == 0)}"/>'
        )
    for day in leg.days:
        yield from _day(day, leg, people)
    yield _label("mandate", MANDATES[raid.mandate])
    yield "</ns2:legs>"


def _day(day: WorkDay, leg: Leg, people: dict[str, Inspector]) -> Iterator[str]:
    times = f'startTime="{_clock(day.start_s)}" endTime="{_clock(day.end_s)}"'
    yield f'<ns2:days date="{day.date}" {times} restMinutes="{day.rest_minutes!r}">'
    for find in leg.finds:
        if _wall(find.time_us).date() == day.date:
            yield from _waypoint(find, people)
    # SMART adds up all lines of a day, so people who went together have one.
    of_day = (one for one in leg.recordings if one.day == day.date and len(one))
    recorded = [one for one in of_day if one.is_own_way]
    if recorded:
        km = sum(degrees_length_m(one.lat_deg, one.lon_deg) for one in recorded) / 1e3
        yield f'<ns2:track geom="{_ewkb(recorded).hex()}" distance="{km!r}"/>'
    yield "</ns2:days>"


def _waypoint(find: Find, people: dict[str, Inspector]) -> Iterator[str]:
    clock = _wall(find.time_us).strftime("%H:%M:%S")
    place = f'x="{find.lon_deg!r}" y="{find.lat_deg!r}"'
    yield f'<ns2:waypoints id={quoteattr(find.waypoint)} {place} time="{clock}">'
    yield f"<ns2:groups><ns2:observations categoryKey={quoteattr(find.category)}>"
    one = people[find.observer]
    yield (
        f"<ns2:observer employeeId={quoteattr(find.observer)} "
        f"givenName={quoteattr(one.given_name)} familyName={quoteattr(one.family_name)}/>"
    )
    for key, value in find.attributes.items():
        inner = _value(key, value)
        yield f"<ns2:attributes attributeKey={quoteattr(key)}>{inner}</ns2:attributes>"
    yield "</ns2:observations></ns2:groups></ns2:waypoints>"


def _value(key: str, value: Value) -> str:
    if isinstance(value, bool):
        return f"<ns2:bValue>{_yes(value)}</ns2:bValue>"
    if isinstance(value, float):
        return f"<ns2:dValue>{value!r}</ns2:dValue>"
    name = "itemKey" if key in LIST_KEYS else "sValue"
    return f"<ns2:{name}>{escape(value)}</ns2:{name}>"


def _ewkb(recorded: Sequence[Recording]) -> bytes:
    """Big-endian EWKB MultiLineString Z, a line each: longitude, latitude, milliseconds."""
    out = [b"\x00\x80\x00\x00\x05", len(recorded).to_bytes(4, "big")]
    for one in recorded:
        z_ms = one.time_us / 1e3 + UTC_OFFSET_S * 1e3
        points = np.stack([one.lon_deg, one.lat_deg, z_ms], axis=1).astype(">f8")
        out += [b"\x00\x80\x00\x00\x02", len(one).to_bytes(4, "big"), points.tobytes()]
    return b"".join(out)


def _label(name: str, text: str) -> str:
    return f'<ns2:{name} languageCode="{LANGUAGE}" value={quoteattr(text)}/>'


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _wall(time_us: int) -> datetime:
    """The wall clock's reading, dressed up as UTC."""
    return datetime.fromtimestamp(time_us / 1e6 + UTC_OFFSET_S, UTC)
