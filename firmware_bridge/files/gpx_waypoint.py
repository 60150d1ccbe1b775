"""Single GPX elements as words: waypoints, and the fields of tracks and of the file."""

import math
from collections.abc import Callable

from firmware_bridge.files.gpx_columns import value_paths
from firmware_bridge.files.text import words
from firmware_bridge.files.timestamps import NO_ZONE, time_us
from firmware_bridge.files.xml_element import Element
from firmware_bridge.tracks import Waypoint
from firmware_bridge.units import utc_from_unix_us

_MAX_FIELDS = 10_000
_LEAST_KEYS = 65_536
NOT_KEPT = "fields_not_kept"


def fields(element: Element, encoding: str, root: str = "") -> dict[str, str]:
    """Path below the element, "extensions/Categories/Category", -> its text; "#2" for a second.

    All paths together may be as long as the element (a short one: _LEAST_KEYS); NOT_KEPT counts
    the texts that found no room.
    """
    found: dict[str, str] = {}
    seen: dict[str, int] = {}
    room, dropped = max(_LEAST_KEYS, element.end - element.start), 0
    for (_, path), value in zip(value_paths(element.shape), element.values, strict=True):
        text = words(value, encoding).strip()
        if not text:
            continue
        key = "/".join((root, *path) if root else path)
        seen[key] = seen.get(key, 0) + 1
        room -= len(key)
        if len(found) < _MAX_FIELDS and room >= 0:
            found[key if seen[key] == 1 else f"{key}#{seen[key]}"] = text
        else:
            dropped += 1
    return found | {NOT_KEPT: str(dropped)} if dropped else found


def waypoint(element: Element, encoding: str, complain: Callable[[int, str], None]) -> Waypoint:
    """A whole `wpt`; what has no field of its own stays in `extras`."""
    found = fields(element, encoding)
    lat_deg = _coordinate(found, "@lat", 90.0)
    lon_deg = _coordinate(found, "@lon", 180.0)
    if math.isnan(lat_deg) or math.isnan(lon_deg):
        complain(element.start, "a waypoint without a position")
    altitude = _number(found.get("ele", ""))
    if altitude is not None:
        del found["ele"]
    elif "ele" in found:
        complain(element.start, f"ele {found['ele'][:60]!r} is not a number")
    time_utc = None
    if "time" in found:
        try:
            micros, zoned = time_us(found["time"].encode())
            time_utc = utc_from_unix_us(micros)
            del found["time"]
            if not zoned:
                complain(element.start, NO_ZONE)
        except (ValueError, OverflowError) as error:
            complain(element.start, f"time {found['time'][:60]!r}: {error}")
    return Waypoint(
        name=found.pop("name", ""),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_amsl_m=altitude,
        time_utc=time_utc,
        comment=found.pop("cmt", None),
        description=found.pop("desc", None),
        symbol=found.pop("sym", None),
        extras=found,
    )


def _coordinate(found: dict[str, str], key: str, limit: float) -> float:
    number = _number(found.get(key, ""))
    if number is None or abs(number) > limit:
        return math.nan
    del found[key]
    return number


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None
