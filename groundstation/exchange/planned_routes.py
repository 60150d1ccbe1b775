"""Planned routes out of a file: GeoJSON lines, or the routes of a GPX or another unit's file.

    GeoJSON  LineString, one a feature; properties `number` (else `name`, else `id`), `name`, `team`
    GPX      <rte> with its <name>; where there is none, the tracks

A line needs two points. Numbers must be there and differ: they are how a route is known from year
to year. Source: RFC 7946.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from firmware_bridge.errors import BridgeError
from firmware_bridge.files import read_file
from firmware_bridge.tracks import Track
from groundstation.access.account import Account
from groundstation.exchange.taking import ids
from groundstation.records.count import Route
from groundstation.records.term import TermKind
from groundstation.store import routes, terms
from groundstation.store.routes import FiledRoute
from groundstation.words import Refusal, Table

PLANNED: Table = {
    "routes_unreadable": (
        "«{name}» — не GeoJSON и не файл навигатора с маршрутами.",
        "'{name}' is neither GeoJSON nor a unit's file with routes.",
    ),
    "routes_none": ("В файле «{name}» нет ни одной линии.", "There is no line in '{name}'."),
    "routes_number": (
        "У {place}-го маршрута в файле нет номера (свойство number или имя).",
        "Route {place} of the file has no number (property number, or a name).",
    ),
    "routes_twice": (
        "Номер «{number}» стоит в файле не один раз.",
        "The number '{number}' is in the file more than once.",
    ),
    "routes_long_number": (
        "Номер «{number}» длиннее 20 знаков.",
        "The number '{number}' is longer than 20 characters.",
    ),
    "routes_coordinates": (
        "Маршрут {number}: координаты — не пары чисел.",
        "Route {number}: the coordinates are no pairs of numbers.",
    ),
    "routes_points": (
        "Маршрут {number}: точек {points}, а нужно от 2 до {most}.",
        "Route {number} has {points} points; 2 to {most} are wanted.",
    ),
    "routes_place": (
        "Маршрут {number}: нет такого места на Земле — долгота {lon:g}, широта {lat:g}.",
        "Route {number}: no such place on earth - longitude {lon:g}, latitude {lat:g}.",
    ),
}
MAX_POINTS = 20_000


@dataclass(frozen=True, slots=True)
class Planned:
    """A route as a file has it."""

    number: str
    name: str
    line: tuple[tuple[float, float], ...]
    """Longitude and latitude in degrees."""
    team: str | None = None


def planned_routes(path: Path, name: str) -> list[Planned]:
    """The routes of a file. Raises Refusal when one of them is broken: half a count is none."""
    raw = path.read_bytes()
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        found = list(_geojson(raw, name))
    else:
        found = list(_of_unit(path, name))
    if not found:
        raise Refusal(PLANNED, "routes_none", name=name)
    times = Counter(one.number for one in found)
    number, count = times.most_common(1)[0]
    if count > 1:
        raise Refusal(PLANNED, "routes_twice", number=number)
    return found


def bring(
    connection: Connection, planned: Sequence[Planned], account: Account, now_utc: datetime
) -> list[FiledRoute]:
    """File them; one with a number that is known becomes that route's new line.

    A team may be told by its name or by its key; one nobody knows is kept as it was written.
    """
    known = {route.number: route for route in routes.find(connection)}
    new_id = ids(now_utc)
    named = {one.team for one in planned if one.team}
    keys = {team: terms.by_label(connection, TermKind.TEAM, team) or team for team in named}
    filed = []
    for one in planned:
        ours = replace(one, team=keys[one.team]) if one.team else one
        route = _route(ours, known.get(one.number), new_id)
        filed.append(routes.file(connection, route, account, now_utc))
    return filed


def _route(one: Planned, known: Route | None, new_id: Callable[[], UUID]) -> Route:
    if known is None:
        return Route(new_id(), 1, one.number, one.name, one.line, one.team)
    came = replace(known, name=one.name, line=one.line, team=one.team or known.team)
    return known if came == known else replace(came, revision=known.revision + 1)


def _geojson(raw: bytes, name: str) -> Iterator[Planned]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refusal(PLANNED, "routes_unreadable", name=name) from error
    features = [document] if document.get("type") == "Feature" else document.get("features")
    if not isinstance(features, list):
        raise Refusal(PLANNED, "routes_unreadable", name=name)
    for place, feature in enumerate(features, 1):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if isinstance(geometry, dict) and geometry.get("type") == "LineString":
            properties = feature.get("properties") or {}
            yield _planned(properties, geometry.get("coordinates"), feature.get("id"), place)


def _planned(properties: Any, coordinates: Any, key: Any, place: int) -> Planned:
    told: Mapping[str, Any] = properties if isinstance(properties, dict) else {}
    number = _text(told.get("number")) or _text(told.get("name")) or _text(key)
    if number is None:
        raise Refusal(PLANNED, "routes_number", place=place)
    try:
        pairs = [(float(point[0]), float(point[1])) for point in coordinates]
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as error:
        raise Refusal(PLANNED, "routes_coordinates", number=number[:20]) from error
    name = _text(told.get("name")) or number
    return _checked(number, name, pairs, _text(told.get("team")))


def _of_unit(path: Path, name: str) -> Iterator[Planned]:
    try:
        contents = read_file(path)
    except BridgeError as error:
        raise Refusal(PLANNED, "routes_unreadable", name=name) from error
    for place, one in enumerate(contents.routes or contents.tracks, 1):
        if one.name is None or not one.name.strip():
            raise Refusal(PLANNED, "routes_number", place=place)
        yield _checked(one.name.strip(), one.name.strip(), _points(one), None)


def _points(one: Track) -> list[tuple[float, float]]:
    if not one.segments:
        return []
    lon = np.concatenate([segment.lon_deg for segment in one.segments])
    lat = np.concatenate([segment.lat_deg for segment in one.segments])
    known = np.isfinite(lon) & np.isfinite(lat)
    return list(zip(lon[known].tolist(), lat[known].tolist(), strict=True))


def _checked(
    number: str, name: str, line: Sequence[tuple[float, float]], team: str | None
) -> Planned:
    if len(number) > 20:
        raise Refusal(PLANNED, "routes_long_number", number=number[:40])
    if not 2 <= len(line) <= MAX_POINTS:
        raise Refusal(PLANNED, "routes_points", number=number, points=len(line), most=MAX_POINTS)
    for lon, lat in line:
        # NaN fails too.
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise Refusal(PLANNED, "routes_place", number=number, lon=lon, lat=lat)
    return Planned(number, name[:120], tuple(line), None if team is None else team[:80])


def _text(value: Any) -> str | None:
    """A number or a text as people wrote it: 7, "7" and 7.0 are one."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)
    return (str(value).strip() or None) if isinstance(value, str | int) else None
