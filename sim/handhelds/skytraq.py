"""A virtual SkyTraq logger: binary messages, and sectors of its log as raw bytes between them.

    A0 A1 LEN(u16) PAYLOAD XOR 0D 0A        big endian; LEN and XOR count the payload

    02 01            -> 83 02, 80 version           05 PORT RATE ATTR -> 83 05, then the new rate
    17               -> 83 17, 94 state of the log  19 -> 83 19, erased
    1D FIRST(u16) N(u16) -> 83 1D, N sectors of 4096 bytes, `END\\0CHECKSUM=` XOR and 5 bytes more
    1B SECTOR(u8)    -> 83 1B, the written part of the sector, the same ending
    01 ..            -> 83 01, restart at the stored rate;  unknown -> 84 ID

Items of the log, big endian, 32-bit fields with the low word first:

    4s ss  time(week 10 bits, second << 12)  x y z (i32, m ECEF)     18 bytes; 6s ss: a marked place
    8s ss  dt(u16) dx dy dz (10 bits each, bit 9 = negative)          8 bytes
    FF ..  the rest of the sector is empty

Source: what gpsbabel speaks and the Venus dump among the shared recordings. Not verified on a
unit: the five bytes after the check sum, the order of rates 7 and above, the time of an erasure.
"""

import functools
import operator
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.geodesy import WORLD_UNDULATION_M, ecef_from_geodetic, geodetic_from_ecef
from sim.handhelds import truth, units
from sim.handhelds.faults import Fault
from sim.handhelds.unit import VirtualUnit
from sim.handhelds.units import Holding, Place, Point

START, END = b"\xa0\xa1", b"\r\n"
SECTOR = 4096
SECTORS = 512
SECTOR_END = b"END\0CHECKSUM="
AFTER_CHECKSUM = b"\n\r\0\0\0"
PIECE = 256
"""Sectors go out in pieces, so that a fault strikes inside what is written."""
ACK, NACK, VERSION, STATE = 0x83, 0x84, 0x80, 0x94
RATES = (4800, 9600, 19200, 38400, 57600, 115200, 230400)
FULL, COMPACT, MARKED = 0x4, 0x8, 0x6
DELTA_MAX = 511
DT_MAX = 0xFFFF
LEAP_S = 18
KMH = 3.6
BUFFER_BYTES = 1024
MODELS = ("venus6",)

Ecef = tuple[int, int, int]


def message(payload: bytes) -> bytes:
    """One message on the wire."""
    return START + struct.pack(">H", len(payload)) + payload + bytes([_xor(payload)]) + END


def _xor(data: bytes) -> int:
    return functools.reduce(operator.xor, data, 0)


def _low_first(value: int) -> bytes:
    """32 bits, low word first, each word big endian."""
    value &= 0xFFFFFFFF
    return struct.pack(">HH", value & 0xFFFF, value >> 16)


def _week_and_second(unix_s: float) -> tuple[int, int]:
    return divmod(round(unix_s) - truth.GPS_EPOCH_UNIX_S + LEAP_S, 7 * 86400)


def _kind_and_speed(kind: int, speed_m_s: float) -> bytes:
    return struct.pack(">H", kind << 12 | min(0xFFF, round(speed_m_s * KMH)))


def full_item(point: Point, at: Ecef, marked: bool) -> bytes:
    """18 bytes that stand alone."""
    week, second = _week_and_second(point.unix_s or truth.GPS_EPOCH_UNIX_S - LEAP_S)
    head = _kind_and_speed(MARKED if marked else FULL, point.speed_m_s)
    where = b"".join(_low_first(value) for value in at)
    return head + _low_first(second << 12 | week % 1024) + where


def compact_item(point: Point, dt_s: int, delta: Ecef) -> bytes:
    """8 bytes that continue the item before."""
    x, y, z = (d if d >= 0 else DELTA_MAX - d for d in delta)
    packed = bytes([x >> 2, (x & 3) << 6 | y & 0x3F, y >> 2 & 0xF0 | z >> 8, z & 0xFF])
    return _kind_and_speed(COMPACT, point.speed_m_s) + struct.pack(">H", dt_s) + packed


def sectors(points: Sequence[Point], where: Sequence[Ecef], marked: frozenset[int]) -> list[bytes]:
    """The written part of each sector; every sector begins with a full item."""
    written = [bytearray()]
    for index, (point, at) in enumerate(zip(points, where, strict=True)):
        item = _continued(points, where, index) if index and index not in marked else None
        if item is None:
            item = full_item(point, at, index in marked)
        if len(written[-1]) + len(item) > SECTOR:
            written.append(bytearray())
            item = full_item(point, at, index in marked)
        written[-1] += item
    return [bytes(sector) for sector in written]


def _continued(points: Sequence[Point], where: Sequence[Ecef], index: int) -> bytes | None:
    """A compact item, where one reaches from the point before."""
    before, point = points[index - 1], points[index]
    if before.unix_s is None or point.unix_s is None or point.begins:
        return None
    dt_s = round(point.unix_s) - round(before.unix_s)
    here, there = where[index], where[index - 1]
    delta = (here[0] - there[0], here[1] - there[1], here[2] - there[2])
    if not 0 <= dt_s <= DT_MAX or max(map(abs, delta)) > DELTA_MAX:
        return None
    return compact_item(point, dt_s, delta)


class SkytraqUnit(VirtualUnit):
    """Answers each message; sectors stream without acknowledgement."""

    bulk_is_raw = True

    def __init__(
        self, holding: Holding, marked: Sequence[int], baud: int, fault: Fault, seed: int
    ) -> None:
        super().__init__(baud, fault, seed)
        # An earth-centred position has a height, known or not.
        self._holding, self._marked = units.with_heights(holding), frozenset(marked)
        self._where = [_ecef(point) for point in self._holding.points]
        self._sectors = sectors(holding.points, self._where, self._marked)
        self.restart()
        self.arm(sum(-(-len(sector) // PIECE) for sector in self._sectors))

    def restart(self) -> None:
        """As after switching on."""
        self._buffer = b""

    def heard(self, data: bytes, now_s: float) -> None:
        """Messages from the host."""
        self._buffer = (self._buffer + data)[-BUFFER_BYTES:]
        while (payload := self._next()) is not None:
            self._asked(payload, now_s)

    def _next(self) -> bytes | None:
        """The next whole payload, or None while there is none."""
        while True:
            start = self._buffer.find(START)
            if start < 0:
                self._buffer = self._buffer[-1:]
                return None
            self._buffer = self._buffer[start:]
            if len(self._buffer) < 4:
                return None
            (size,) = struct.unpack_from(">H", self._buffer, 2)
            if 0 < size <= BUFFER_BYTES - 7:
                if len(self._buffer) < size + 7:
                    return None
                payload = self._buffer[4 : 4 + size]
                if self._buffer[4 + size : 7 + size] == bytes([_xor(payload)]) + END:
                    self._buffer = self._buffer[size + 7 :]
                    return payload
            self._buffer = self._buffer[1:]

    def _asked(self, payload: bytes, now_s: float) -> None:
        actions: dict[tuple[int, int], Callable[[bytes, float], None]] = {
            (0x01, 15): self._system_restart, (0x02, 2): self._version, (0x05, 4): self._rate,
            (0x17, 1): self._state, (0x19, 1): self._erase, (0x1B, 2): self._one,
            (0x1D, 5): self._several,
        }  # fmt: skip
        action = actions.get((payload[0], len(payload)))
        if action is None or (payload[0] == 0x05 and payload[2] >= len(RATES)):
            self.say(message(bytes([NACK, payload[0]])), now_s)
            return
        self.say(message(bytes([ACK, payload[0]])), now_s)
        action(payload, now_s)

    def _system_restart(self, _: bytes, now_s: float) -> None:
        self.baud = self.home_baud
        self.restart()

    def _version(self, _: bytes, now_s: float) -> None:
        numbers = bytes([0, 1, 3, 7, 0, 1, 4, 17, 0, 9, 7, 15])
        self.say(message(bytes([VERSION, 1]) + numbers), now_s)

    def _rate(self, payload: bytes, now_s: float) -> None:
        self.baud = RATES[payload[2]]
        if payload[3] == 1:  # to flash: it survives a restart
            self.home_baud = self.baud

    def _state(self, _: bytes, now_s: float) -> None:
        used = len(self._sectors)
        pointer = (used - 1) * SECTOR + len(self._sectors[-1])
        state = struct.pack("<IHH", pointer, SECTORS - used, SECTORS)
        limits = struct.pack("<6IBB", 3600, 1, 10000, 0, 65535, 0, 1, 0)
        self.say(message(bytes([STATE]) + state + limits), now_s)

    def _erase(self, _: bytes, now_s: float) -> None:
        self._sectors = [b""]

    def _one(self, payload: bytes, now_s: float) -> None:
        sector = self._sectors[payload[1]] if payload[1] < len(self._sectors) else b""
        self._stream(sector, now_s)

    def _several(self, payload: bytes, now_s: float) -> None:
        first, count = struct.unpack(">HH", payload[1:])
        wanted = [
            self._sectors[i] if i < len(self._sectors) else b"" for i in range(first, first + count)
        ]
        self._stream(b"".join(sector.ljust(SECTOR, b"\xff") for sector in wanted), now_s)

    def _stream(self, data: bytes, now_s: float) -> None:
        for start in range(0, len(data), PIECE):
            self.say(data[start : start + PIECE], now_s, bulk=True)
        self.put(SECTOR_END + bytes([_xor(data)]) + AFTER_CHECKSUM)

    def truth(self) -> dict[str, Any]:
        """Heights are above the ellipsoid; marked places are points too and have no names."""
        points = [
            replace(p, lat_deg=lat, lon_deg=lon, alt_amsl_m=height, begins=i == 0,
                    unix_s=None if p.unix_s is None else round(p.unix_s))
            for i, (p, (lat, lon, height)) in enumerate(
                zip(self._holding.points, map(_geodetic, self._where), strict=True)
            )
        ]  # fmt: skip
        places = [
            Place("", points[i].lat_deg or 0.0, points[i].lon_deg or 0.0, points[i].alt_amsl_m,
                  points[i].unix_s)
            for i in sorted(self._marked)
        ]  # fmt: skip
        held = truth.of(Holding("", points, places), "skytraq", None, "SkyTraq Venus 6")
        return held | {"heights": "ellipsoid"}


def _ecef(point: Point) -> Ecef:
    """Whole metres; a point without position lies in the earth's centre (not verified)."""
    if point.lat_deg is None or point.lon_deg is None:
        return 0, 0, 0
    height_m = (point.alt_amsl_m or 0.0) + WORLD_UNDULATION_M
    x, y, z = np.rint(ecef_from_geodetic(point.lat_deg, point.lon_deg, height_m))
    return int(x), int(y), int(z)


def _geodetic(at: Ecef) -> tuple[float | None, float | None, float | None]:
    if at == (0, 0, 0):
        return None, None, None
    lat, lon, height = geodetic_from_ecef(np.array(at, np.float64))
    return float(lat), float(lon), float(height)
