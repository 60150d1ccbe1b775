"""The flash of an MTK logger, as the chip writes it; all little endian.

Sectors of 64 KiB, each with a head of 512 bytes:

    0   u16     records in it, FFFF while it is being written
    2   u32     mask of the fields in a record
    6   u16     logging state, 0104 off, 0106 on
    8   u32     interval 0.1 s;  12 u32 distance 0.1 m;  16 u32 speed 0.1 km/h
    20  ..      FF;  1FA '*' FF BB BB BB BB

Records follow: the masked fields in the order of their bits, '*', XOR of the fields. Between them
stand marks of 16 bytes: AA x 7, kind u8, value u32, BB x 4; kind 7 with value 0106 is "switched
on" and begins a segment. A record that does not fit goes to the next sector; the rest stays FF.

Source: the layout of the iBlue 747's dump among the shared recordings. Not verified on a unit:
what stands in a record without position (here: no fix, 90 N 0 E) or without time (here: 0).
"""

import functools
import operator
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sim.handhelds.units import Point

SECTOR, HEAD = 0x10000, 0x200
NO_FIX, FIX_SPS = 1, 2
BY_TIME, BY_BUTTON = 1, 8
SWITCHED_ON = 0x0106
KIND_STATE = 7
KMH = 3.6

UTC, VALID, LAT, LON, HEIGHT, SPEED, HEADING = (1 << bit for bit in range(7))
NSAT, RCR, MILLISECOND, DISTANCE = 1 << 12, 1 << 17, 1 << 18, 1 << 19
MASK_34 = UTC | VALID | LAT | LON | HEIGHT | SPEED | RCR
MASK_50 = MASK_34 | HEADING | NSAT | MILLISECOND | DISTANCE


@dataclass(frozen=True, slots=True)
class Flash:
    """What `memory` made."""

    image: bytes
    """Whole sectors."""
    write_address: int
    records: int


def mark(kind: int, value: int) -> bytes:
    """16 bytes between records."""
    return b"\xaa" * 7 + bytes([kind]) + struct.pack("<I", value) + b"\xbb" * 4


def record(point: Point, mask: int, button: bool) -> bytes:
    """One point."""
    known = point.lat_deg is not None and point.lon_deg is not None
    unix_s = point.unix_s or 0.0
    fields = {
        UTC: struct.pack("<I", int(unix_s)),
        VALID: struct.pack("<H", FIX_SPS if known else NO_FIX),
        LAT: struct.pack("<d", point.lat_deg if known else 90.0),
        LON: struct.pack("<d", point.lon_deg if known else 0.0),
        HEIGHT: struct.pack("<f", 0.0 if point.alt_amsl_m is None else point.alt_amsl_m),
        SPEED: struct.pack("<f", point.speed_m_s * KMH),
        HEADING: struct.pack("<f", point.course_deg),
        NSAT: bytes([11, 8 if known else 0]),
        RCR: struct.pack("<H", BY_BUTTON if button else BY_TIME),
        MILLISECOND: struct.pack("<H", round(unix_s % 1 * 1000)),
        DISTANCE: struct.pack("<d", 0.0),
    }
    body = b"".join(data for bit, data in fields.items() if mask & bit)
    return body + b"*" + bytes([functools.reduce(operator.xor, body)])


def memory(points: Sequence[Point], buttons: frozenset[int], mask: int, went_round: bool) -> Flash:
    """The flash after these points; `went_round`: its first sector was erased and used again."""
    # Oldest first: sector 1 holds the older part, sector 0 was erased for the newer one.
    cut = 2 * len(points) // 3 if went_round else len(points)
    parts = [_items(points[:cut], 0, buttons, mask), _items(points[cut:], cut, buttons, mask)]
    older = _sectors(parts[0], mask, closed=went_round)
    if not went_round:
        image = b"".join(body for body, _ in older)
        return Flash(image, (len(older) - 1) * SECTOR + older[-1][1], len(points))
    newer = _sectors(parts[1], mask, closed=False)
    image = b"".join(body for body, _ in newer + older)
    return Flash(image, (len(newer) - 1) * SECTOR + newer[-1][1], len(points))


def _items(
    points: Sequence[Point], first: int, buttons: frozenset[int], mask: int
) -> list[tuple[bytes, int]]:
    """Marks and records with how many records each counts."""
    items = []
    for index, point in enumerate(points, first):
        if point.begins:
            items.append((mark(KIND_STATE, SWITCHED_ON), 0))
        items.append((record(point, mask, index in buttons), 1))
    return items


def _sectors(
    items: Sequence[tuple[bytes, int]], mask: int, closed: bool
) -> list[tuple[bytes, int]]:
    """(sector, bytes used in it) of each."""
    bodies, counts = [bytearray()], [0]
    for data, count in items:
        if HEAD + len(bodies[-1]) + len(data) > SECTOR:
            bodies.append(bytearray())
            counts.append(0)
        bodies[-1] += data
        counts[-1] += count
    sectors = []
    for number, (body, count) in enumerate(zip(bodies, counts, strict=True)):
        open_still = number == len(bodies) - 1 and not closed
        head = _head(0xFFFF if open_still else count, mask)
        sectors.append(((head + body).ljust(SECTOR, b"\xff"), HEAD + len(body)))
    return sectors


def _head(count: int, mask: int) -> bytes:
    head = struct.pack("<HIHIII", count, mask, SWITCHED_ON, 50, 0, 0)
    return head.ljust(HEAD - 6, b"\xff") + b"*\xff" + b"\xbb" * 4
