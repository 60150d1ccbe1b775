"""Reads SMART's patrol XML 1.0 to 1.3; what is newer is read as far as it is familiar.

patrol @id @startDate @endDate @isArmed @patrolType
  objective/description ; team, station @languageCode @value
  legs* @id @startDate @endDate
    transportType, mandate @languageCode @value    (mandate: on the patrol in 1.0 and 1.1)
    members* @givenName @familyName @employeeId @isLeader @isPilot
    days* @date @startTime @endTime @restMinutes
      waypoints* @id @x @y @time [@direction @distance @comment]
        attachments* @filename [@signatureTypeKey]           (to 1.2: the name as text)
        groups* / observations* @categoryKey                 (to 1.2: no groups between)
          attachments* ; observer @employeeId @givenName @familyName
          attributes* @attributeKey / dValue | sValue | bValue | itemKey+
      track @distance @geom                                  (`geometry`)
  comment ; attributes* @key @stringValue | @doubleValue
"""

import math
import re
from collections.abc import Iterator
from datetime import date, time

from groundstation.exchange.remarks import Remarks
from groundstation.exchange.smart.document import (
    Document,
    Element,
    children,
    first,
    local,
    text_of,
)
from groundstation.exchange.smart.geometry import BrokenGeometry, lines_of
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
from groundstation.exchange.words import REFUSALS
from groundstation.words import Refusal

ROOT = "patrol"
NEWEST = (1, 3)
TYPES = ("GROUND", "WATER", "AIR")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?")
_YEARS = range(1970, 2200)
_KNOWN: dict[str, tuple[set[str], set[str]]] = {
    "patrol": (
        {"objective", "team", "station", "mandate", "legs", "comment", "attributes", "attachments"},
        {"id", "startDate", "endDate", "isArmed", "patrolType"},
    ),
    "objective": ({"description"}, set()),
    "legs": ({"transportType", "mandate", "members", "days"}, {"id", "startDate", "endDate"}),
    "members": (set(), {"givenName", "familyName", "employeeId", "isLeader", "isPilot"}),
    "days": ({"waypoints", "track"}, {"date", "startTime", "endTime", "restMinutes"}),
    "waypoints": (
        {"attachments", "groups", "observations"},
        {"id", "x", "y", "time", "direction", "distance", "comment"},
    ),
    "groups": ({"observations"}, set()),
    "observations": ({"attachments", "observer", "attributes"}, {"categoryKey"}),
    "observer": (set(), {"givenName", "familyName", "employeeId"}),
    "track": (set(), {"distance", "geom"}),
    "attachments": (set(), {"filename", "signatureTypeKey"}),
}
"""Element -> its elements and fields; the rest is named to people."""


def patrol_of(found: Document, name: str, remarks: Remarks) -> Patrol:
    """The patrol in a parsed document. Raises Refusal when it is of another kind."""
    if found.name != ROOT:
        raise Refusal(REFUSALS, "not_a_patrol", name=name, root=found.name)
    if found.version is not None and found.version > NEWEST:
        remarks.add("newer_version", version="{}.{}".format(*found.version))
    return _Reader(found, remarks).patrol()


class _Reader:
    """One pass over one tree."""

    def __init__(self, found: Document, remarks: Remarks) -> None:
        self._root = found.root
        self._unfinished = found.unfinished
        self._remarks = remarks

    def patrol(self) -> Patrol:
        root = self._root
        self._tell_unknown(root)
        mandate = self._label(root, "mandate")
        kind = (root.get("patrolType") or "").strip()
        return Patrol(
            number=_given(root, "id"),
            patrol_type=kind or None,
            start_date=self._date(root, "startDate"),
            end_date=self._date(root, "endDate"),
            is_armed=_yes(root, "isArmed"),
            objective=self._objective(),
            team=self._label(root, "team"),
            station=self._label(root, "station"),
            legs=[self._leg(element, mandate) for element in children(root, "legs")],
            comment=_words(first(root, "comment")),
            attributes=dict(self._custom()),
            attachments=self._attachments(root),
            is_whole=not self._unfinished,
        )

    def _objective(self) -> str | None:
        element = first(self._root, "objective")
        if element is None:
            return None
        self._tell_unknown(element)
        return _words(first(element, "description"))

    def _custom(self) -> Iterator[tuple[str, str | float]]:
        for element in children(self._root, "attributes"):
            key = element.get("key")
            number, text = element.get("doubleValue"), element.get("stringValue")
            value = self._number(element, "doubleValue")
            if not key:
                self._remarks.add("no_key", element.sourceline, element="attributes")
            elif text is not None:
                yield key, text
            elif value is not None:
                yield key, value
            elif number is not None:
                yield key, number

    def _leg(self, element: Element, mandate: Label | None) -> PatrolLeg:
        self._tell_unknown(element)
        return PatrolLeg(
            leg=_given(element, "id"),
            start_date=self._date(element, "startDate"),
            end_date=self._date(element, "endDate"),
            transport=self._label(element, "transportType"),
            mandate=self._label(element, "mandate") or mandate,
            members=[self._member(member) for member in self._whole(element, "members")],
            days=[day for one in children(element, "days") if (day := self._day(one))],
        )

    def _member(self, element: Element) -> PatrolMember:
        self._tell_unknown(element)
        who = _employee(element)
        return PatrolMember(who, _yes(element, "isLeader"), _yes(element, "isPilot"))

    def _day(self, element: Element) -> PatrolDay | None:
        self._tell_unknown(element)
        day = self._date(element, "date")
        if day is None:
            self._remarks.add("day_lost", element.sourceline)
            return None
        tracks = [self._track(track) for track in self._whole(element, "track")]
        return PatrolDay(
            date=day,
            start_time=self._time(element, "startTime"),
            end_time=self._time(element, "endTime"),
            rest_minutes=self._number(element, "restMinutes", 0, 1440),
            waypoints=[self._waypoint(one) for one in children(element, "waypoints")],
            tracks=[track for track in tracks if track.lines],
        )

    def _track(self, element: Element) -> PatrolTrack:
        self._tell_unknown(element)
        try:
            lines = lines_of(element.get("geom") or "")
        except BrokenGeometry as broken:
            lines = list(broken.lines)
            points = sum(len(line) for line in lines)
            self._remarks.add("bad_track", element.sourceline, why=str(broken), points=points)
        return PatrolTrack(lines, self._number(element, "distance", 0))

    def _waypoint(self, element: Element) -> PatrolWaypoint:
        self._tell_unknown(element)
        groups = [list(self._observations(group)) for group in children(element, "groups")]
        direct = list(self._observations(element))
        for group in children(element, "groups"):
            self._tell_unknown(group)
        return PatrolWaypoint(
            waypoint=_given(element, "id") or "",
            lat_deg=self._number(element, "y", -90, 90),
            lon_deg=self._number(element, "x", -180, 180),
            time=self._time(element, "time"),
            direction_deg=self._number(element, "direction", 0, 360),
            distance_m=self._number(element, "distance", 0, 1e6),
            comment=element.get("comment") or None,
            attachments=self._attachments(element),
            groups=[group for group in (direct, *groups) if group],
        )

    def _observations(self, parent: Element) -> Iterator[Observed]:
        for element in self._whole(parent, "observations"):
            self._tell_unknown(element)
            observer = first(element, "observer")
            values = (self._value(one) for one in children(element, "attributes"))
            yield Observed(
                category=_given(element, "categoryKey"),
                values=[value for value in values if value is not None],
                observer=None if observer is None else _employee(observer),
                attachments=self._attachments(element),
            )

    def _value(self, element: Element) -> ObservedValue | None:
        key = _given(element, "attributeKey")
        if key is None:
            self._remarks.add("no_key", element.sourceline, element="attributes")
            return None
        items = tuple(text for one in children(element, "itemKey") if (text := text_of(one)))
        if items:
            return ObservedValue(key, ValueKind.ITEMS, items)
        for kind in (ValueKind.NUMBER, ValueKind.YES, ValueKind.TEXT):
            found = first(element, kind.value)
            if found is not None:
                return self._of_kind(found, key, kind)
        self._remarks.add("no_value", element.sourceline, key=key)
        return None

    def _of_kind(self, element: Element, key: str, kind: ValueKind) -> ObservedValue:
        """A number that is none stays the text it is."""
        text = element.text or ""
        if kind is ValueKind.NUMBER:
            number = _finite(text)
            if number is not None:
                return ObservedValue(key, kind, number)
            self._remarks.add("kept_as_text", element.sourceline, key=key, value=text)
        if kind is ValueKind.YES:
            word = text.strip().lower()
            if word in _YES or word in _NO:
                return ObservedValue(key, kind, word in _YES)
            self._remarks.add("kept_as_text", element.sourceline, key=key, value=text)
        return ObservedValue(key, ValueKind.TEXT, text)

    def _attachments(self, parent: Element) -> list[Attachment]:
        found = []
        for element in self._whole(parent, "attachments"):
            self._tell_unknown(element)
            name = element.get("filename") or text_of(element)
            if name:
                found.append(Attachment(name, element.get("signatureTypeKey")))
        return found

    def _label(self, parent: Element, name: str) -> Label | None:
        element = first(parent, name)
        if element is None or not (element.get("value") or "").strip():
            return None
        return Label(element.get("value"), element.get("languageCode") or "")

    def _whole(self, parent: Element, name: str) -> Iterator[Element]:
        """Children of that name whose end came."""
        for element in children(parent, name):
            if element in self._unfinished:
                self._remarks.add("cut_off", element.sourceline, name=name)
            else:
                yield element

    def _date(self, element: Element, name: str) -> date | None:
        text = element.get(name)
        if text is None:
            self._remarks.add("missing", element.sourceline, name=f"{local(element)}.{name}")
            return None
        found = _DATE.fullmatch(text.strip())
        try:
            day = date.fromisoformat(found[1] if found else "")
        except ValueError:
            day = None
        if day is None or day.year not in _YEARS:
            self._bad(element, name, text)
            return None
        return day

    def _time(self, element: Element, name: str) -> time | None:
        text = element.get(name)
        if text is None:
            return None
        try:
            told = time.fromisoformat(text.strip())
        except ValueError:
            self._bad(element, name, text)
            return None
        if told.tzinfo is not None:
            self._remarks.add("zone_ignored", element.sourceline, name=name)
        return told.replace(tzinfo=None)

    def _number(
        self, element: Element, name: str, low: float = -math.inf, high: float = math.inf
    ) -> float | None:
        text = element.get(name)
        if text is None:
            return None
        number = _finite(text)
        if number is None or not low <= number <= high:
            self._bad(element, name, text)
            return None
        return number

    def _bad(self, element: Element, name: str, text: str) -> None:
        place = f"{local(element)}.{name}"
        self._remarks.add("bad_value", element.sourceline, name=place, value=text)

    def _tell_unknown(self, element: Element) -> None:
        here = local(element)
        elements, fields = _KNOWN[here]
        for child in element:
            if local(child) not in elements and child not in self._unfinished:
                self._remarks.add("unknown_element", child.sourceline, name=local(child))
        for name in element.attrib:
            if name not in fields and not name.startswith("{"):
                self._remarks.add("unknown_field", element.sourceline, name=name, element=here)


_YES, _NO = ("true", "1"), ("false", "0")


def _yes(element: Element, name: str) -> bool:
    return (element.get(name) or "").strip().lower() in _YES


def _given(element: Element, name: str) -> str | None:
    return (element.get(name) or "").strip() or None


def _words(element: Element | None) -> str | None:
    """Text as it stands; None for nothing but blanks."""
    return None if text_of(element) is None or element is None else element.text


def _employee(element: Element) -> Employee:
    return Employee(
        _given(element, "employeeId"),
        (element.get("givenName") or "").strip(),
        (element.get("familyName") or "").strip(),
    )


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
