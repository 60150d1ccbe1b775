"""Magellan's sentences as track and waypoints.

    $PMGNTRK,DDMM.mmm,N,DDDMM.mmm,E,height,M or F,HHMMSS.ss,A or V,name,DDMMYY*hh
    $PMGNWPL,DDMM.mmm,N,DDDMM.mmm,E,height,M or F,name,comment,icon*hh

Old units leave out name and date. A byte that a sentence cannot carry is written as ESC and two
hexadecimal digits. Status V means no fix [K: what then stands for the position; it is taken as
unknown]. Source: "Data Transmission Protocol Specification for Magellan Products" 1.0 (1999) and
2.11 (2003), P/N 21-00091-000.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.handheld.nmea import columns
from firmware_bridge.handheld.nmea.scan import flaws, scan
from firmware_bridge.handheld.rollover import repaired, weeks_lost
from firmware_bridge.tracks import (
    NO_TIME_US,
    Contents,
    Flaw,
    Segment,
    Track,
    UnitIdentity,
    Waypoint,
)

TRACK, PLACE = b"PMGNTRK,", b"PMGNWPL,"
FOOT_M = 0.3048
_ESCAPE = re.compile(rb"\x1b([0-9A-Fa-f]{2})")
_TRACK_FIELDS, _PLACE_FIELDS = 11, 10


def decode_log(data: bytes) -> Contents:
    """Everything in a file of Magellan sentences."""
    found = scan(data)
    spans = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    bodies = [data[start:end].rstrip(b"\r") for start, end in spans]
    return contents_of(
        [body for body in bodies if body.startswith(TRACK)],
        [body for body in bodies if body.startswith(PLACE)],
        None,
        flaws(found, data),
    )


def contents_of(
    tracks: Sequence[bytes],
    places: Sequence[bytes],
    unit: UnitIdentity | None,
    known_flaws: Sequence[Flaw],
) -> Contents:
    """From checked sentence bodies, in the unit's order."""
    marked = list(known_flaws)
    segment = _segment([body.split(b",") for body in tracks])
    if (weeks := segment.extras.get("week_rollover")) is not None:
        text = f"dates of {np.count_nonzero(weeks)} points were 1024 weeks off"
        marked.append(Flaw(-1, text, loss=False))
    if undated := int(np.count_nonzero(segment.time_us == NO_TIME_US)):
        marked.append(Flaw(-1, f"no date or time for {undated} points", loss=False))
    return Contents(
        "magellan",
        unit,
        [Track(None, [segment])] if len(segment) else [],
        [_waypoint(body) for body in places],
        marked,
        received={"track": len(tracks), "waypoint": len(places)},
    )


def _segment(rows: list[list[bytes]]) -> Segment:
    rows = [row + [b""] * (_TRACK_FIELDS - len(row)) for row in rows]

    def field(place: int) -> list[bytes]:
        return [row[place] for row in rows]

    lat_deg = columns.degrees(field(1), field(2), 90.0)
    lon_deg = columns.degrees(field(3), field(4), 180.0)
    void = np.isnan(lat_deg) | np.isnan(lon_deg)
    void |= np.array([status == b"V" for status in field(8)], dtype=bool)
    scale = np.array([FOOT_M if unit == b"F" else 1.0 for unit in field(6)])
    tod_us = columns.time_of_day_us(field(7))
    time_us = columns.utc_us(columns.days(field(10)), tod_us)
    weeks = weeks_lost(time_us, None)
    extras: dict[str, NDArray[np.generic]] = {}
    if weeks.any():
        extras["week_rollover"] = weeks
    if (time_us == NO_TIME_US).any() and (tod_us != columns.NO_US).any():
        known = tod_us != columns.NO_US
        extras["time_of_day_s"] = np.where(known, tod_us / columns.US_PER_S, np.nan)
    if any(field(9)):
        extras["point_name"] = np.array([text_of(name) for name in field(9)], dtype=object)
    return Segment(
        repaired(time_us, weeks),
        np.where(void, np.nan, lat_deg),
        np.where(void, np.nan, lon_deg),
        np.where(void, np.nan, columns.numbers(field(5)) * scale),
        extras,
    )


def _waypoint(body: bytes) -> Waypoint:
    row = body.split(b",")
    row += [b""] * (_PLACE_FIELDS - len(row))
    lat_deg = float(columns.degrees([row[1]], [row[2]], 90.0)[0])
    lon_deg = float(columns.degrees([row[3]], [row[4]], 180.0)[0])
    height_m = float(columns.numbers([row[5]])[0]) * (FOOT_M if row[6] == b"F" else 1.0)
    undecoded = {"raw_hex": body.hex()} if not _readable(row[7] + row[8]) else {}
    return Waypoint(
        text_of(row[7]),
        lat_deg,
        lon_deg,
        None if np.isnan(height_m) else height_m,
        comment=text_of(row[8]) or None,
        symbol=text_of(row[9]) or None,
        extras=undecoded,
    )


def _unescaped(raw: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), raw)


def _readable(raw: bytes) -> bool:
    return raw.isascii()


def text_of(raw: bytes) -> str:
    """UTF-8, of which ASCII is a part, else CP1251 as on units with Cyrillic firmware."""
    whole = _unescaped(raw)
    try:
        return whole.decode("utf-8").strip()
    except UnicodeDecodeError:
        return whole.decode("cp1251", "backslashreplace").strip()
