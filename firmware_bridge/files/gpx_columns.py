"""Which value of a GPX point becomes which column, and the columns themselves.

GPX 1.1 (topografix.com/GPX/1/1, wptType), GPX 1.0 (speed and course as elements), Garmin's
TrackPointExtension v1/v2 and GpxExtensions v3, and the bare `power` and Cluetrust's gpxdata
elements that watches and phones write. Whatever has no column stays as XML in `raw_extensions`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.files.text import decoded
from firmware_bridge.files.timestamps import time_column_us
from firmware_bridge.files.xml_element import Event, local
from firmware_bridge.tracks import NO_TIME_US, Segment

_DECIMAL = re.compile(rb"(-?)(?=[0-9.]{2,16}\Z)([0-9]{1,15})(?:\.([0-9]{1,14}))?")
Complain = Callable[[int, str], None]
Row = tuple[bytes, ...]

PLACE: Mapping[tuple[str, ...], str] = {
    ("@lat",): "lat_deg",
    ("@lon",): "lon_deg",
    ("ele",): "alt_amsl_m",
    ("time",): "time_us",
}
STANDARD: Mapping[tuple[str, ...], str] = {
    ("speed",): "speed_m_s",
    ("course",): "course_deg",
    ("magvar",): "magnetic_variation_deg",
    ("geoidheight",): "geoid_height_m",
    ("sat",): "satellites",
    ("hdop",): "hdop",
    ("vdop",): "vdop",
    ("pdop",): "pdop",
    ("ageofdgpsdata",): "dgps_age_s",
}
EXTENSIONS: Mapping[tuple[str, ...], str] = {
    ("TrackPointExtension", "hr"): "heart_rate_bpm",
    ("TrackPointExtension", "cad"): "cadence_rpm",
    ("TrackPointExtension", "atemp"): "temperature_celsius",
    ("TrackPointExtension", "wtemp"): "water_temperature_celsius",
    ("TrackPointExtension", "depth"): "depth_m",
    ("TrackPointExtension", "speed"): "speed_m_s",
    ("TrackPointExtension", "course"): "course_deg",
    ("TrackPointExtension", "bearing"): "bearing_deg",
    ("TrackPointExtension", "Temperature"): "temperature_celsius",
    ("TrackPointExtension", "Depth"): "depth_m",
    ("extensions", "hr"): "heart_rate_bpm",
    ("extensions", "cadence"): "cadence_rpm",
    ("extensions", "temp"): "temperature_celsius",
    ("extensions", "power"): "power_w",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the values of one shape."""

    columns: Mapping[str, int]
    """Column -> index of the value."""
    rest: Sequence[bytes | int]
    """XML of what no column fits: literal bytes, and indices of values."""


def value_paths(shape: Sequence[Event]) -> list[tuple[int, tuple[str, ...]]]:
    """For each value: the event it belongs to, and its path below the element, prefixes gone."""
    paths: list[tuple[int, tuple[str, ...]]] = []
    inside: list[str] = []
    for index, event in enumerate(shape):
        if event.kind == "end":
            inside.pop()
        elif event.kind == "text":
            paths.append((index, tuple(inside[1:])))
        else:
            inside.append(local(event.name).decode("utf-8", "backslashreplace"))
            for key, _ in event.attributes:
                name = "@" + local(key).decode("utf-8", "backslashreplace")
                paths.append((index, (*inside[1:], name)))
            if event.kind == "empty":
                inside.pop()
    return paths


def plan(shape: Sequence[Event]) -> Plan:
    """The first value of a kind takes the column; all others stay in the rest."""
    columns: dict[str, int] = {}
    left: dict[int, list[int]] = {}
    for value, (event, path) in enumerate(value_paths(shape)):
        column = PLACE.get(path) or STANDARD.get(path)
        if column is None and path[:1] == ("extensions",):
            column = EXTENSIONS.get(path[-2:])
        if column is not None and column not in columns:
            columns[column] = value
        else:
            left.setdefault(event, []).append(value)
    return Plan(columns, _rest(shape, left))


def _rest(shape: Sequence[Event], left: Mapping[int, Sequence[int]]) -> list[bytes | int]:
    """Pieces of XML around the values left over, the point's own tag and `extensions` aside."""
    kept: set[int] = set()
    above: list[int] = []
    pairs: dict[int, int] = {}
    for index, event in enumerate(shape):
        if event.kind == "start":
            above.append(index)
        elif event.kind == "end":
            pairs[index] = above.pop()
        if index in left or event.kind == "empty":
            kept.update((*above, index))
    pieces: list[bytes | int] = []
    for index, event in enumerate(shape):
        opening = pairs.get(index, index)
        bare = opening == 0 or local(event.name) == b"extensions"
        kept_here = index in kept if event.kind == "text" else opening in kept
        if not kept_here or (bare and opening not in left) or (opening == 0 and index):
            continue
        if event.kind == "text":
            pieces.append(left[index][0])
        elif event.kind == "end":
            pieces.append(b"</" + event.name + b">")
        else:
            pieces.append(b"<" + event.name)
            values = left.get(index, ())
            # A tag keeps all its attributes or, on the point itself, those without a column.
            keys = event.attributes if index else [event.attributes[v] for v in values]
            for (key, quote), value in zip(keys, values, strict=True):
                pieces += [b" " + key + b"=" + quote, value, quote]
            pieces.append(b"/>" if event.kind == "empty" or not index else b">")
    return pieces


def block(
    rows_of: Mapping[int, tuple[Plan, Sequence[Row], Sequence[int] | None]],
    count: int,
    encoding: str,
    complain: Complain,
) -> Segment:
    """A segment of `count` points from rows with equal plans and their places in it."""
    columns: dict[str, NDArray[Any]] = {
        "lat_deg": np.full(count, np.nan),
        "lon_deg": np.full(count, np.nan),
        "alt_amsl_m": np.full(count, np.nan),
        "time_us": np.full(count, NO_TIME_US, dtype=np.int64),
    }
    for how, rows, places in rows_of.values():
        where: Any = slice(None) if places is None else np.asarray(places)
        _fill(columns, how, rows, where, places, count, encoding, complain)
    for name, limit in (("lat_deg", 90.0), ("lon_deg", 180.0)):
        for place in np.flatnonzero(np.abs(columns[name]) > limit):
            complain(int(place), f"{name} {columns[name][place]} is not on Earth")
            columns[name][place] = np.nan
    for place in np.flatnonzero(np.isnan(columns["lat_deg"]) | np.isnan(columns["lon_deg"])):
        complain(int(place), "a point without a position")
    place_columns = {name: columns.pop(name) for name in list(PLACE.values())}
    return Segment(extras=columns, **place_columns)


def _fill(
    columns: dict[str, NDArray[Any]],
    how: Plan,
    rows: Sequence[Row],
    where: Any,
    places: Sequence[int] | None,
    count: int,
    encoding: str,
    complain: Complain,
) -> None:
    def complain_here(row: int, what: str) -> None:
        complain(row if places is None else places[row], what)

    texts = list(zip(*rows, strict=True))
    for name, value in how.columns.items():
        if name == "time_us":
            columns[name][where] = time_column_us(texts[value], complain_here)
            continue
        if name not in columns:
            columns[name] = np.full(count, np.nan)
        columns[name][where] = _numbers(name, texts[value], complain_here)
    if how.rest:
        if "raw_extensions" not in columns:
            columns["raw_extensions"] = np.full(count, "", dtype=object)
        pieces = [texts[p] if isinstance(p, int) else (p,) * len(rows) for p in how.rest]
        joined = (decoded(b"".join(row), encoding) for row in zip(*pieces, strict=True))
        columns["raw_extensions"][where] = np.fromiter(joined, dtype=object, count=len(rows))


def _numbers(name: str, texts: Sequence[bytes], complain: Complain) -> NDArray[np.float64]:
    """(N,) NaN and a complaint where a text is not a finite number."""
    even = _even_decimals(texts)
    if even is not None:
        return even
    try:
        numbers = np.fromiter(map(float, texts), dtype=np.float64, count=len(texts))
        # Python's float() takes underscores; no other program does.
        if np.isfinite(numbers).all() and b"_" not in b"".join(texts):
            return numbers
    except ValueError:
        pass
    column = np.full(len(texts), np.nan)
    for row, text in enumerate(texts):
        try:
            number = float(text)
        except ValueError:
            number = np.nan
        if np.isfinite(number) and b"_" not in text:
            column[row] = number
        else:
            complain(row, f"{name} {text[:60]!r} is not a number")
    return column


def _even_decimals(texts: Sequence[bytes]) -> NDArray[np.float64] | None:
    """(N,) where all texts are as long as the first, with sign and point at its places, or None.

    Exact: up to fifteen digits are an integer that float64 holds, so is the power of ten, and the
    quotient of the two is rounded once, as a parser of decimals rounds. Three times as fast.
    """
    form = _DECIMAL.fullmatch(texts[0]) if texts else None
    width = len(texts[0]) if texts else 0
    joined = b"".join(texts)
    if form is None or len(joined) != width * len(texts) or set(map(len, texts)) != {width}:
        return None
    signs = np.frombuffer(joined, dtype=np.uint8).reshape(-1, width)
    first = signs[0]
    fixed = (first < 0x30) | (first > 0x39)
    digits = signs[:, ~fixed] - np.uint8(0x30)
    if (signs[:, fixed] != first[fixed]).any() or (digits > 9).any():
        return None
    # A product with a float64 matrix is exact here, and much faster than one of integers.
    whole = digits.astype(np.float64) @ 10.0 ** np.arange(digits.shape[1] - 1, -1, -1)
    scale = 10.0 ** len(form[3] or b"")
    column: NDArray[np.float64] = whole / (-scale if form[1] else scale)
    return column
