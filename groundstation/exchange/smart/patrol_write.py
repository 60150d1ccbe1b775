"""Writes SMART's patrol XML 1.3, in the order of elements of SMART's own export."""

from collections.abc import Sequence
from datetime import time

import numpy as np
from lxml import etree

from groundstation.dock.geodesic import leg_lengths_m
from groundstation.exchange.smart.document import Element, clean
from groundstation.exchange.smart.geometry import Line, hex_of
from groundstation.exchange.smart.patrol import (
    Attachment,
    Employee,
    Label,
    Observed,
    ObservedValue,
    Patrol,
    PatrolDay,
    PatrolLeg,
    PatrolTrack,
    PatrolWaypoint,
    ValueKind,
)

NAMESPACE = "http://www.smartconservationsoftware.org/xml/1.3/patrol"


def write_patrol(patrol: Patrol) -> bytes:
    """The file SMART imports."""
    root = etree.Element(f"{{{NAMESPACE}}}patrol", nsmap={"ns2": NAMESPACE})
    _set(
        root,
        patrolType=patrol.patrol_type,
        startDate=_iso(patrol.start_date),
        endDate=_iso(patrol.end_date),
        isArmed=_word(patrol.is_armed),
        id=patrol.number,
    )
    if patrol.objective is not None:
        _sub(_sub(root, "objective"), "description").text = clean(patrol.objective)
    _label(root, "team", patrol.team)
    _label(root, "station", patrol.station)
    for leg in patrol.legs:
        _leg(root, leg)
    if patrol.comment is not None:
        _sub(root, "comment").text = clean(patrol.comment)
    _attachments(root, patrol.attachments)
    for key, value in patrol.attributes.items():
        if isinstance(value, str):
            _sub(root, "attributes", key=key, stringValue=value)
        else:
            _sub(root, "attributes", key=key, doubleValue=repr(float(value)))
    etree.indent(root, "    ")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def length_km(lines: Sequence[Line]) -> float:
    """Geodesic length along each line, gaps between lines left out."""
    legs = (leg_lengths_m(line[:, 1], line[:, 0]) for line in lines if len(line) > 1)
    return float(sum(np.nansum(lengths) for lengths in legs)) / 1000


def _leg(parent: Element, leg: PatrolLeg) -> None:
    element = _sub(
        parent, "legs", startDate=_iso(leg.start_date), endDate=_iso(leg.end_date), id=leg.leg
    )
    _label(element, "transportType", leg.transport)
    for member in leg.members:
        _employee(
            element,
            "members",
            member.employee,
            isPilot=_word(member.is_pilot),
            isLeader=_word(member.is_leader),
        )
    for day in leg.days:
        _day(element, day)
    _label(element, "mandate", leg.mandate)


def _day(parent: Element, day: PatrolDay) -> None:
    element = _sub(
        parent,
        "days",
        date=_iso(day.date),
        startTime=_clock(day.start_time),
        endTime=_clock(day.end_time),
        restMinutes=_number(day.rest_minutes),
    )
    for waypoint in day.waypoints:
        _waypoint(element, waypoint)
    for track in day.tracks:
        _track(element, track)


def _track(parent: Element, track: PatrolTrack) -> None:
    km = length_km(track.lines) if track.distance_km is None else track.distance_km
    _sub(parent, "track", geom=hex_of(track.lines), distance=repr(km))


def _waypoint(parent: Element, waypoint: PatrolWaypoint) -> None:
    element = _sub(
        parent,
        "waypoints",
        id=waypoint.waypoint,
        x=_number(waypoint.lon_deg),
        y=_number(waypoint.lat_deg),
        time=_clock(waypoint.time),
        direction=_number(waypoint.direction_deg),
        distance=_number(waypoint.distance_m),
        comment=waypoint.comment,
    )
    _attachments(element, waypoint.attachments)
    for group in waypoint.groups:
        inside = _sub(element, "groups")
        for observed in group:
            _observed(inside, observed)


def _observed(parent: Element, observed: Observed) -> None:
    element = _sub(parent, "observations", categoryKey=observed.category)
    _attachments(element, observed.attachments)
    if observed.observer is not None:
        _employee(element, "observer", observed.observer)
    for value in observed.values:
        _value(_sub(element, "attributes", attributeKey=value.key), value)


def _value(element: Element, told: ObservedValue) -> None:
    value = told.value
    if isinstance(value, tuple):
        for item in value:
            _sub(element, ValueKind.ITEMS.value).text = clean(item)
        return
    if isinstance(value, bool):
        text = _word(value)
    else:
        text = value if isinstance(value, str) else repr(float(value))
    _sub(element, told.kind.value).text = clean(text)


def _attachments(parent: Element, attachments: Sequence[Attachment]) -> None:
    for attachment in attachments:
        _sub(parent, "attachments", filename=attachment.name, signatureTypeKey=attachment.signature)


def _employee(parent: Element, name: str, employee: Employee, **fields: str) -> None:
    _sub(
        parent,
        name,
        givenName=employee.given_name,
        familyName=employee.family_name,
        employeeId=employee.employee_id,
        **fields,
    )


def _label(parent: Element, name: str, label: Label | None) -> None:
    if label is not None:
        _sub(parent, name, languageCode=label.language, value=label.text)


def _sub(parent: Element, name: str, **fields: str | None) -> Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    _set(element, **fields)
    return element


def _set(element: Element, **fields: str | None) -> None:
    for name, value in fields.items():
        if value is not None:
            element.set(name, clean(value))


def _iso(day: object) -> str | None:
    return None if day is None else str(day)


def _clock(at: time | None) -> str | None:
    """HH:MM:SS, with a fraction only where there is one."""
    return None if at is None else at.isoformat()


def _number(value: float | None) -> str | None:
    return None if value is None else repr(float(value))


def _word(yes: bool) -> str:
    return "true" if yes else "false"
