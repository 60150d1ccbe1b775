"""Track points D300 to D304 and track headers D310 to D312, in bulk.

Little endian; offsets in bytes. Source: Garmin Device Interface Specification 001-00063-00
Rev. C, section 7.4.

| type | layout |
|---|---|
| D300 | 0 lat, 4 lon i32 semicircles; 8 time u32; 12 new_trk u8 |
| D301 | as D300 to 12; 12 alt, 16 depth f32; 20 new_trk |
| D302 | as D301 to 20; 20 temperature f32; 24 new_trk |
| D303 | as D300 to 12; 12 alt f32; 16 heart rate u8 |
| D304 | as D300 to 12; 12 alt, 16 distance f32; 20 heart rate, 21 cadence u8; 22 sensor u8 |
| D310, D312 | 0 display, 1 colour u8; 2 name, closed by a zero |
| D311 | 0 index u16 |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import ProtocolError
from firmware_bridge.handheld.garmin import values
from firmware_bridge.tracks import Segment

_POSITION_AND_TIME = [("lat", "<i4"), ("lon", "<i4"), ("time", "<u4")]
_ALTITUDE = [*_POSITION_AND_TIME, ("alt", "<f4")]
POINT_TYPES: dict[int, np.dtype[Any]] = {
    300: np.dtype([*_POSITION_AND_TIME, ("new", "u1")]),
    301: np.dtype([*_ALTITUDE, ("depth_m", "<f4"), ("new", "u1")]),
    302: np.dtype([*_ALTITUDE, ("depth_m", "<f4"), ("temperature_celsius", "<f4"), ("new", "u1")]),
    303: np.dtype([*_ALTITUDE, ("heart_rate_bpm", "u1")]),
    304: np.dtype(
        [
            *_ALTITUDE,
            ("distance_m", "<f4"),
            ("heart_rate_bpm", "u1"),
            ("cadence_rpm", "u1"),
            ("sensor", "u1"),
        ]
    ),
}
_NO_BYTE = {"heart_rate_bpm": 0, "cadence_rpm": 0xFF}
"""Values of a byte that mean unknown."""
MIN_BYTES = {
    kind: dtype.itemsize - ("new" in (dtype.names or ())) for kind, dtype in POINT_TYPES.items()
}
"""Without the closing new_trk, which some programs' units leave out [not seen on a real one]."""


@dataclass(frozen=True, slots=True)
class Header:
    """A track's own header."""

    name: str | None
    extras: dict[str, str]


def decode_points(records: Sequence[bytes], kind: int) -> list[Segment]:
    """Segments of one track out of its point records, each at least MIN_BYTES[kind] long.

    Raises ProtocolError for a type nobody knows.
    """
    if kind not in POINT_TYPES:
        raise ProtocolError(f"Garmin: track points of unknown type D{kind}")
    if not records:
        return []
    dtype = POINT_TYPES[kind]
    size = dtype.itemsize
    table = np.frombuffer(b"".join(r[:size].ljust(size, b"\0") for r in records), dtype)
    lat_deg, lon_deg = values.positions(table["lat"], table["lon"])
    time_us, alt_amsl_m = values.time_us(table["time"]), _altitude(table)
    extras = _extras(table)
    starts = _segment_starts(table)
    return [
        Segment(
            time_us[start:end],
            lat_deg[start:end],
            lon_deg[start:end],
            alt_amsl_m[start:end],
            {name: column[start:end] for name, column in extras.items()},
        )
        for start, end in zip(starts, [*starts[1:], len(table)], strict=True)
    ]


def decode_header(data: bytes, kind: int) -> Header:
    """A D310, D311 or D312 header; raises ProtocolError when it is too short or unknown."""
    if kind == 311 and len(data) >= 2:
        index = str(int.from_bytes(data[:2], "little"))
        return Header(None, {"index": index})
    if kind in (310, 312) and len(data) >= 2:
        raw = data[2:].partition(b"\0")[0]
        name, guessed = values.text(raw)
        extras = {"display": str(data[0]), "color": str(data[1])}
        if guessed:
            extras["name_raw"] = raw.hex()
        return Header(name or None, extras)
    raise ProtocolError(f"Garmin: track header D{kind} of {len(data)} bytes")


def _altitude(table: NDArray[Any]) -> NDArray[np.float64]:
    if "alt" in (table.dtype.names or ()):
        return values.known_floats(table["alt"])
    return np.full(len(table), np.nan)


def _extras(table: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The further columns in which at least one point has a value."""
    extras: dict[str, NDArray[Any]] = {}
    for name in table.dtype.names or ():
        if name in ("lat", "lon", "time", "alt", "new"):
            continue
        column = table[name]
        if column.dtype.kind == "f":
            wide = values.known_floats(column)
        else:
            wide = np.where(column == _NO_BYTE.get(name, -1), np.nan, column.astype(np.float64))
        if not np.all(np.isnan(wide)):
            extras[name] = wide
    return extras


def _segment_starts(table: NDArray[Any]) -> list[int]:
    if "new" not in (table.dtype.names or ()):
        return [0]
    return sorted({0, *np.flatnonzero(table["new"]).tolist()})
