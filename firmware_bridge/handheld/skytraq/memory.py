"""What a SkyTraq logger's flash holds: sectors of 4096 bytes of items, no checksums.

    item     u16 big endian: 4 bits type, 2 unused, 10 bits speed in km/h
    4 full   ts, x, y, z, each 32 bits as two big-endian words, the low word first;
             ts = second of the week << 12 | week; x, y, z are ECEF metres             18 bytes
    6 POI    the same, logged by the button
    8 short  u16 dt in s, then 32 bits: dx 10, dy low 6, dy high 4, 2 unused, dz 10;
             a delta above 511 is 511 minus it                                          8 bytes
    F empty  the rest of the sector is FF

The week has ten bits in the chip's documentation and one era has passed since 1999, so it counts
from 1024; a date before such loggers were made lost another era. Week and second 0 are taken for
an unknown time, and the Earth's centre for an unknown place [K]. A short item says something only
behind a whole full one. Items of other types (the multi-hertz ones of newer chips) are not known
to us and are listed. Heights come out above the ellipsoid and are brought to AMSL by EGM96.

Sources: SkyTraq, application notes AN0008 and AN0003; the wiki of the skytraq-datalogger project;
checked against a real sector.
"""

import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.earth import amsl_from_hae_m, ecef_to_geodetic
from firmware_bridge.handheld import gps_time
from firmware_bridge.handheld.button import marked_point
from firmware_bridge.handheld.rollover import weeks_lost
from firmware_bridge.tracks import (
    NO_TIME_US,
    Contents,
    Flaw,
    Segment,
    Track,
    UnitIdentity,
)
from firmware_bridge.units import unix_us_from_utc

SECTOR = 4096
EARLIEST_US = unix_us_from_utc(datetime(2008, 1, 1, tzinfo=UTC))
"""The first programs for such loggers are of 2008 [K for the first logger]."""
FULL, POI, SHORT = 0x4, 0x6, 0x8
FULL_BYTES, SHORT_BYTES = 18, 8
_ERA_WEEKS = 1024
_WEEK_S = 604_800
_NEAREST_M, _FARTHEST_M = 6_330_000, 6_500_000
"""From the centre of the Earth: below the poles by 26 km, above the equator by 120 km."""
MAX_FLAWS = 1000
_TEN_YEARS_WEEKS = 520


class Item(NamedTuple):
    """One logged point."""

    offset: int
    week: int
    second: int
    x: int
    y: int
    z: int
    speed_kmh: int
    poi: bool


def full_item(data: bytes, at: int) -> Item | None:
    """The full or POI item at `at`, None where none can be."""
    if at + FULL_BYTES > len(data) or data[at] >> 4 not in (FULL, POI):
        return None
    head, *words = struct.unpack_from(">9H", data, at)
    stamp = words[1] << 16 | words[0]
    x, y, z = (_signed(words[i + 1] << 16 | words[i]) for i in (2, 4, 6))
    nowhere = x == y == z == 0
    if not (nowhere or _on_earth(x, y, z)) or stamp >> 12 >= _WEEK_S:
        return None
    kind, speed = head >> 12, head & 0x3FF
    return Item(at, (stamp & 0xFFF) + _ERA_WEEKS, stamp >> 12, x, y, z, speed, kind == POI)


def _on_earth(x: int, y: int, z: int) -> bool:
    return _NEAREST_M**2 <= x * x + y * y + z * z <= _FARTHEST_M**2


def _signed(value: int) -> int:
    return value - (1 << 32) if value & 0x8000_0000 else value


def short_item(data: bytes, at: int, before: Item) -> Item | None:
    """The short item at `at` behind `before`, None where it is cut or leads off the Earth."""
    if at + SHORT_BYTES > len(data):
        return None
    head, dt, packed = struct.unpack_from(">HHI", data, at)
    dx = packed >> 22
    dy = packed >> 16 & 0x3F | (packed >> 12 & 0xF) << 6
    dz = packed & 0x3FF
    weeks, second = divmod(before.second + dt, _WEEK_S)
    x, y, z = before.x + _delta(dx), before.y + _delta(dy), before.z + _delta(dz)
    if not _on_earth(x, y, z):
        return None
    return Item(at, before.week + weeks, second, x, y, z, head & 0x3FF, False)


def _delta(value: int) -> int:
    return 511 - value if value > 511 else value


def items(data: bytes, cut: Mapping[int, int] = MappingProxyType({})) -> Iterator[Item | Flaw]:
    """Every whole item in the order it was logged.

    `cut` says of sectors, by their offset, how many bytes really came: what fills the rest must
    not complete an item.
    """
    before: Item | None = None
    last_end = 0
    for base in sectors_oldest_first(data):
        sector = data[base : base + cut.get(base, SECTOR)]
        before = before if base == last_end else None
        last_end = base + len(sector)
        at, filled = 0, len(sector.rstrip(b"\xff"))
        while at < filled:
            item = item_at(sector, at, before)
            if item is None:
                following = _next_full(sector, at + 1)
                text = f"{following - at} bytes: no whole item, and what hangs on it"
                yield Flaw(base + at, text)
                before, at = None, following
            else:
                before = item._replace(offset=base + at)
                yield before
                at += SHORT_BYTES if sector[at] >> 4 == SHORT else FULL_BYTES


def item_at(sector: bytes, at: int, before: Item | None) -> Item | None:
    """The item of any known type, None where there is none."""
    if sector[at] >> 4 == SHORT:
        return short_item(sector, at, before) if before is not None else None
    return full_item(sector, at)


def _next_full(sector: bytes, at: int) -> int:
    """Where the next possible full item is, or the empty rest of the sector begins."""
    rest = len(sector.rstrip(b"\xff"))
    while at < rest and full_item(sector, at) is None:
        at += 1
    return at


def looks_like_memory(head: bytes) -> bool:
    """Whether a file begins like a sector: with a full item on Earth."""
    return full_item(head, 0) is not None


def sectors_oldest_first(data: bytes) -> list[int]:
    """Offsets of the used sectors; a ring that has wrapped begins at its oldest."""
    used = [at for at in range(0, len(data), SECTOR) if data[at : at + SECTOR].strip(b"\xff")]
    firsts = [full_item(data, at) for at in used]
    stamps = [None if f is None else f.week * _WEEK_S + f.second for f in firsts]
    falls = [
        place + 1
        for place, (a, b) in enumerate(pairwise(stamps))
        if a is not None and b is not None and 0 < a - b < _TEN_YEARS_WEEKS * _WEEK_S
    ]
    first, last = (stamps[0], stamps[-1]) if stamps else (None, None)
    if len(falls) == 1 and first is not None and last is not None and last <= first:
        return used[falls[0] :] + used[: falls[0]]
    return used


def decode_memory(
    data: bytes,
    *,
    unit: UnitIdentity | None = None,
    earliest_us: int = EARLIEST_US,
    cut: Mapping[int, int] = MappingProxyType({}),
) -> Contents:
    """Everything whole in a dump; `cut` as in `items`."""
    found: list[Item] = []
    flaws: list[Flaw] = []
    for item in items(data, cut):
        if isinstance(item, Flaw):
            flaws.append(item)
        else:
            found.append(item)
    if (more := len(flaws) - MAX_FLAWS) > 0:
        flaws[MAX_FLAWS:] = [Flaw(flaws[MAX_FLAWS].offset, f"{more} more flaws")]
    if not found:
        return Contents("skytraq", unit, [], [], flaws, received={"track": 0})
    segment, poi = _segment(found, earliest_us)
    if (weeks := segment.extras.get("week_rollover")) is not None:
        at = found[int(np.argmax(weeks != 0))].offset
        text = f"dates of {np.count_nonzero(weeks)} points were 1024 weeks off"
        flaws.append(Flaw(at, text, loss=False))
    waypoints = [marked_point(order, segment, int(i)) for order, i in enumerate(poi, 1)]
    received = {"track": len(found)}
    return Contents("skytraq", unit, [Track(None, [segment])], waypoints, flaws, received=received)


def _segment(found: list[Item], earliest_us: int) -> tuple[Segment, NDArray[np.int64]]:
    """The items as columns, and which of them the button logged."""
    table = np.array(found, dtype=np.int64)
    offset, week, second, x, y, z, speed, poi = table.T
    untimed = (week == _ERA_WEEKS) & (second == 0)
    time_us = np.where(untimed, NO_TIME_US, gps_time.utc_us(week, second))
    weeks = weeks_lost(time_us, earliest_us)
    if weeks.any():
        time_us = np.where(untimed, NO_TIME_US, gps_time.utc_us(week + weeks, second))
    nowhere = (x == 0) & (y == 0) & (z == 0)
    somewhere = np.stack([np.where(nowhere, 6_378_137, x), y, z], axis=-1)
    lat_deg, lon_deg, alt_hae_m = ecef_to_geodetic(somewhere)
    lat_deg, lon_deg, alt_hae_m = (
        np.where(nowhere, np.nan, column) for column in (lat_deg, lon_deg, alt_hae_m)
    )
    extras: dict[str, NDArray[Any]] = {
        "speed_m_s": speed / 3.6,
        "alt_hae_m": alt_hae_m,
        "offset": offset,
    }
    if weeks.any():
        extras["week_rollover"] = weeks
    alt_amsl_m = amsl_from_hae_m(lat_deg, lon_deg, alt_hae_m)
    return Segment(time_us, lat_deg, lon_deg, alt_amsl_m, extras), np.flatnonzero(poi)
