"""Waypoints D100 to D110.

Little endian; offsets in bytes; texts after the fixed part are closed by a zero each.
Source: Garmin Device Interface Specification 001-00063-00 Rev. C, section 7.4.

| type | layout |
|---|---|
| D100 | 0 name[6], 6 lat, 10 lon i32, 14 unused u32, 18 comment[40] |
| D101 | D100; 58 proximity f32, 62 symbol u8 |
| D102 | D100; 58 proximity f32, 62 symbol u16 |
| D103 | D100; 58 symbol u8 (sixteen of its own), 59 display u8 |
| D104 | D100; 58 proximity f32, 62 symbol u16, 64 display u8 |
| D105 | 0 lat, 4 lon, 8 symbol u16; name |
| D106 | 0 class u8, 1 subclass[13], 14 lat, 18 lon, 22 symbol u16; name, link |
| D107 | D103; 60 proximity f32, 64 colour u8 |
| D108 | 0 class, 1 colour, 2 display, 3 attr 60h u8, 4 symbol u16, 6 subclass[18], 24 lat, \
28 lon, 32 alt, 36 depth, 40 proximity f32, 44 state[2], 46 country[2]; name, comment, \
facility, city, address, cross road |
| D109 | 0 1, 1 class, 2 display and colour, 3 attr 70h, 4 .. 48 as D108, 48 ete u32; texts |
| D110 | as D109, attr 80h; 52 temperature f32, 56 time u32, 60 category u16; texts |
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from firmware_bridge.errors import ProtocolError
from firmware_bridge.handheld.garmin import values
from firmware_bridge.handheld.garmin.symbols import d103_symbol_name, symbol_name
from firmware_bridge.tracks import Waypoint
from firmware_bridge.units import utc_from_unix_us

_OLD = struct.Struct("<6sii4x40s")
_D105 = struct.Struct("<iiH")
_D106 = struct.Struct("<B13siiH")
_D108 = struct.Struct("<BBBBH18siifff2s2s")
_D110_TAIL = struct.Struct("<IfIH")
_USER_SUBCLASS = bytes(6) + b"\xff" * 12
_MODERN_TEXTS = ("name", "comment", "facility", "city", "address", "cross_road")


@dataclass(slots=True)
class _Draft:
    """What a record holds, while it is being read."""

    lat: int
    lon: int
    texts: dict[str, bytes] = field(default_factory=dict)
    symbol: str | None = None
    alt_m: float = values.NO_FLOAT
    time_s: int = 0
    extras: dict[str, str] = field(default_factory=dict)

    def number(self, name: str, value: float, unset: float = values.NO_FLOAT) -> None:
        """Keep a float that is known."""
        if abs(value) < values.NO_FLOAT and value != unset and value == value:
            self.extras[name] = repr(float(np.float32(value)))


def decode_waypoint(data: bytes, kind: int) -> Waypoint:
    """One waypoint record; raises ProtocolError when it is too short or of an unknown type."""
    reader = READERS.get(kind)
    if reader is None:
        raise ProtocolError(f"Garmin: waypoints of unknown type D{kind}")
    try:
        draft = reader(data)
    except (struct.error, IndexError):
        raise ProtocolError(f"Garmin: a D{kind} waypoint of {len(data)} bytes is cut off") from None
    return _finish(draft)


def _finish(draft: _Draft) -> Waypoint:
    texts: dict[str, str] = {}
    for name, raw in draft.texts.items():
        texts[name], guessed = values.padded_text(raw)
        if guessed:
            draft.extras[f"{name}_raw"] = raw.partition(b"\0")[0].hex()
    name, comment = texts.pop("name", ""), texts.pop("comment", "")
    draft.extras |= {key: value for key, value in texts.items() if value}
    time_utc = _time(draft.time_s)
    local = values.time_in_comment(comment)
    if time_utc is None and local is not None:
        draft.extras["comment_time_local"] = local
    lat_deg, lon_deg = values.positions(np.array([draft.lat]), np.array([draft.lon]))
    return Waypoint(
        name=name,
        lat_deg=float(lat_deg[0]),
        lon_deg=float(lon_deg[0]),
        alt_amsl_m=draft.alt_m if abs(draft.alt_m) < values.NO_FLOAT else None,
        time_utc=time_utc,
        comment=comment or None,
        symbol=draft.symbol,
        extras=draft.extras,
    )


def _time(seconds: int) -> datetime | None:
    if seconds in values.NO_TIMES:
        return None
    return utc_from_unix_us((seconds + values.EPOCH_UNIX_S) * 1_000_000)


def _old(data: bytes) -> _Draft:
    name, lat, lon, comment = _OLD.unpack_from(data)
    return _Draft(lat, lon, {"name": name, "comment": comment})


def _d101(data: bytes) -> _Draft:
    draft = _old(data)
    draft.number("proximity_m", struct.unpack_from("<f", data, 58)[0], unset=0.0)
    draft.symbol = symbol_name(data[62])
    return draft


def _d102(data: bytes) -> _Draft:
    draft = _old(data)
    proximity_m, number = struct.unpack_from("<fH", data, 58)
    draft.number("proximity_m", proximity_m, unset=0.0)
    draft.symbol = symbol_name(number)
    return draft


def _d103(data: bytes) -> _Draft:
    draft = _old(data)
    draft.symbol = d103_symbol_name(data[58])
    draft.extras["display"] = str(data[59])
    return draft


def _d104(data: bytes) -> _Draft:
    draft = _d102(data)
    draft.extras["display"] = str(data[64])
    return draft


def _d105(data: bytes) -> _Draft:
    lat, lon, number = _D105.unpack_from(data)
    return _Draft(lat, lon, _texts(data, _D105.size, ("name",)), symbol_name(number))


def _d106(data: bytes) -> _Draft:
    kind, subclass, lat, lon, number = _D106.unpack_from(data)
    texts = _texts(data, _D106.size, ("name", "link"))
    draft = _Draft(lat, lon, texts, symbol_name(number))
    if kind:
        draft.extras |= {"class": str(kind), "subclass": subclass.hex()}
    return draft


def _d107(data: bytes) -> _Draft:
    draft = _d103(data)
    draft.number("proximity_m", struct.unpack_from("<f", data, 60)[0], unset=0.0)
    draft.extras["color"] = str(data[64])
    return draft


def _modern(data: bytes) -> tuple[_Draft, tuple[int, int, int, int]]:
    first, second, third, attributes, number, subclass, *rest = _D108.unpack_from(data)
    lat, lon, alt_m, depth_m, proximity_m, state, country = rest
    draft = _Draft(lat, lon, {"state": state, "country": country}, symbol_name(number), alt_m)
    draft.number("depth_m", depth_m)
    draft.number("proximity_m", proximity_m, unset=0.0)
    if subclass != _USER_SUBCLASS:
        draft.extras["subclass"] = subclass.hex()
    return draft, (first, second, third, attributes)


def _d108(data: bytes) -> _Draft:
    draft, (kind, color, display, _) = _modern(data)
    draft.texts |= _texts(data, _D108.size, _MODERN_TEXTS)
    draft.extras |= {"class": str(kind), "color": str(color), "display": str(display)}
    return draft


def _d109(data: bytes, texts_at: int = 52) -> _Draft:
    draft, (_, kind, look, _) = _modern(data)
    draft.texts |= _texts(data, texts_at, _MODERN_TEXTS)
    draft.extras |= {
        "class": str(kind),
        "color": str(look & 0x1F),
        "display": str(look >> 5 & 3),
    }
    return draft


def _d110(data: bytes) -> _Draft:
    draft = _d109(data, texts_at=62)
    _, temperature_celsius, draft.time_s, category = _D110_TAIL.unpack_from(data, 48)
    draft.number("temperature_celsius", temperature_celsius)
    if category:
        draft.extras["category"] = str(category)
    return draft


def _texts(data: bytes, at: int, names: tuple[str, ...]) -> dict[str, bytes]:
    """Texts closed by zeros; the last one may lack its zero, a missing one is empty."""
    if at > len(data):
        raise IndexError(at)
    return dict(zip(names, data[at:].split(b"\0"), strict=False))


READERS: dict[int, Callable[[bytes], Any]] = {
    100: _old,
    101: _d101,
    102: _d102,
    103: _d103,
    104: _d104,
    105: _d105,
    106: _d106,
    107: _d107,
    108: _d108,
    109: _d109,
    110: _d110,
}
