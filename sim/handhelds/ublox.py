"""A virtual u-blox receiver with a log: UBX messages, and NMEA once a second as from the factory.

    B5 62 CLASS ID LEN(u16) PAYLOAD CK_A CK_B       little endian, Fletcher over CLASS..PAYLOAD

    21 08 LOG-INFO (poll)            -> 48 bytes: capacity, size, entries, oldest, newest, status
    21 09 LOG-RETRIEVE first, count  -> count (256 at most) of 21 0B RETRIEVEPOS (40 bytes),
                                        or 21 0D RETRIEVESTRING; after each POS a POSEXTRA 21 0F
    21 03 LOG-ERASE                  -> ACK
    06 47 CFG-LOGFILTER (poll, set)  -> 12 bytes, bit 0 of the flags: it records; while it does,
                                        RETRIEVE is refused
    0A 04 MON-VER, 27 03 SEC-UNIQID, 06 00 CFG-PRT (poll, set)
    set and unknown messages         -> 05 01 ACK / 05 00 NAK

Places are strings in the log, which is how a host program marks one. Source: u-blox 8 receiver
description as pyubx2's tables give it. Not verified on a unit: the limit of 256, that CFG-PRT is
acknowledged at the old rate, that RETRIEVE has no acknowledgement, a full log's behaviour.
"""

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.handhelds import nmea, truth, units
from sim.handhelds.faults import Fault
from sim.handhelds.unit import VirtualUnit
from sim.handhelds.units import Holding, Place, Point

SYNC = b"\xb5\x62"
RETRIEVE_AT_MOST = 256
CAPACITY_BYTES = 1_048_576
ENTRY_BYTES = 48
FIX_3D, NO_FIX = 3, 0
NMEA_EVERY_S = 1.0
BUFFER_BYTES = 2048
CIRCULAR, RECORDING = 1 << 5, 1 << 3
MODELS: dict[str, tuple[bytes, bytes, tuple[bytes, ...]]] = {
    "neo-m8": (b"ROM CORE 3.01 (107888)", b"00080000", (b"FWVER=SPG 3.01", b"MOD=NEO-M8N-0")),
}


def ubx(kind: bytes, payload: bytes = b"") -> bytes:
    """One message on the wire."""
    body = kind + struct.pack("<H", len(payload)) + payload
    return SYNC + body + fletcher(body)


def fletcher(body: bytes) -> bytes:
    """The two check bytes."""
    a = b = 0
    for byte in body:
        a = (a + byte) & 255
        b = (b + a) & 255
    return bytes([a, b])


@dataclass(frozen=True, slots=True)
class _Entry:
    """A point or a string, in the order of the log."""

    point: Point | None
    place: Place | None

    @property
    def unix_s(self) -> float | None:
        holder = self.point or self.place
        return None if holder is None else holder.unix_s


class UbloxUnit(VirtualUnit):
    """Answers polls; a retrieval streams without acknowledgement."""

    def __init__(
        self, holding: Holding, model: str, unit_id: int, baud: int, fault: Fault, seed: int
    ) -> None:
        super().__init__(baud, fault, seed)
        # The log cannot say that a height is unknown.
        self._holding = holding = units.with_heights(holding)
        self._model, self._unit_id = model, unit_id
        self._entries = [_Entry(point, None) for point in holding.points]
        self._entries += [_Entry(None, place) for place in holding.places]
        self._talk_s = self._streams_until_s = 0.0
        self._recording = True
        self.restart()
        self.arm(2 * len(holding.points))

    def restart(self) -> None:
        """As after switching on."""
        self._buffer = b""

    @property
    def due_s(self) -> float | None:
        """The next NMEA burst."""
        return self._talk_s

    def tick(self, now_s: float) -> None:
        """Where it is, as from the factory."""
        self._talk_s = max(now_s, self._streams_until_s) + NMEA_EVERY_S
        known = [p for p in self._holding.points[-10:] if p.lat_deg is not None]
        if known:
            self.say(b"".join(nmea.burst(known[-1])), now_s)

    def heard(self, data: bytes, now_s: float) -> None:
        """Messages from the host."""
        self._buffer = (self._buffer + data)[-BUFFER_BYTES:]
        while (message := self._next()) is not None:
            self._asked(message[:2], message[2:], now_s)

    def _next(self) -> bytes | None:
        """Class, id and payload of the next whole message."""
        while True:
            start = self._buffer.find(SYNC)
            if start < 0:
                self._buffer = self._buffer[-1:]
                return None
            self._buffer = self._buffer[start:]
            if len(self._buffer) < 8:
                return None
            (size,) = struct.unpack_from("<H", self._buffer, 4)
            if size <= BUFFER_BYTES - 8:
                if len(self._buffer) < size + 8:
                    return None
                body, check = self._buffer[2 : 6 + size], self._buffer[6 + size : 8 + size]
                if fletcher(body) == check:
                    self._buffer = self._buffer[size + 8 :]
                    return body[:2] + body[4:]
            self._buffer = self._buffer[1:]

    def _asked(self, kind: bytes, payload: bytes, now_s: float) -> None:
        actions: dict[tuple[bytes, int], Callable[[bytes, float], None]] = {
            (b"\x21\x08", 0): self._info,
            (b"\x21\x09", 12): self._retrieve,
            (b"\x21\x03", 0): self._erase,
            (b"\x0a\x04", 0): self._version,
            (b"\x27\x03", 0): self._unique_id,
            (b"\x06\x47", 0): self._filter,
            (b"\x06\x47", 12): self._set_filter,
            (b"\x06\x00", 0): self._port,
            (b"\x06\x00", 1): self._port,
            (b"\x06\x00", 20): self._set_port,
        }
        action = actions.get((kind, len(payload)))
        if action is not None:
            action(payload, now_s)
        else:
            self.say(ubx(b"\x05\x00", kind), now_s)

    def _info(self, _: bytes, now_s: float) -> None:
        stamped = [e for e in self._entries if e.unix_s is not None]
        oldest = _date(stamped[0].unix_s) if stamped else bytes(7)
        newest = _date(stamped[-1].unix_s) if stamped else bytes(7)
        size = len(self._entries) * ENTRY_BYTES
        status = RECORDING * self._recording | CIRCULAR * self.fault.full
        head = struct.pack(
            "<B3xI8xIII", 1, CAPACITY_BYTES, CAPACITY_BYTES, size, len(self._entries)
        )
        info = head + oldest + b"\0" + newest + b"\0" + bytes([status, 0, 0, 0])
        self.say(ubx(b"\x21\x08", info), now_s)

    def _retrieve(self, payload: bytes, now_s: float) -> None:
        first, count = struct.unpack_from("<II", payload)
        if self._recording or count > RETRIEVE_AT_MOST or first > len(self._entries):
            self.say(ubx(b"\x05\x00", b"\x21\x09"), now_s)
            return
        streamed = 0
        for index, entry in enumerate(self._entries[first : first + count], first):
            for kind, body in _entry(index, entry):
                message = ubx(kind, body)
                self.say(message, now_s, bulk=True)
                streamed += len(message)
        # A full send buffer has no room for sentences: they are dropped, not sent later [K].
        self._streams_until_s = now_s + streamed * 10 / self.baud
        self._talk_s = max(self._talk_s, self._streams_until_s)

    def _filter(self, _: bytes, now_s: float) -> None:
        body = struct.pack("<BBHHHI", 1, int(self._recording), 0, 0, 0, 0)
        self.say(ubx(b"\x06\x47", body), now_s)

    def _set_filter(self, payload: bytes, now_s: float) -> None:
        self._recording = bool(payload[1] & 1)
        self.say(ubx(b"\x05\x01", b"\x06\x47"), now_s)

    def _erase(self, _: bytes, now_s: float) -> None:
        self._entries = []
        self.say(ubx(b"\x05\x01", b"\x21\x03"), now_s)

    def _version(self, _: bytes, now_s: float) -> None:
        software, hardware, more = MODELS[self._model]
        parts = [software.ljust(30, b"\0"), hardware.ljust(10, b"\0")]
        self.say(ubx(b"\x0a\x04", b"".join(parts + [m.ljust(30, b"\0") for m in more])), now_s)

    def _unique_id(self, _: bytes, now_s: float) -> None:
        identity = struct.pack("<Q", self._unit_id)[:5]
        self.say(ubx(b"\x27\x03", b"\x01\0\0\0" + identity), now_s)

    def _port(self, _: bytes, now_s: float) -> None:
        port = struct.pack("<BBHIIHHHH", 1, 0, 0, 0x8D0, self.baud, 7, 3, 0, 0)
        self.say(ubx(b"\x06\x00", port), now_s)

    def _set_port(self, payload: bytes, now_s: float) -> None:
        (baud,) = struct.unpack_from("<I", payload, 8)
        self.say(ubx(b"\x05\x01", b"\x06\x00"), now_s)
        self.baud = baud or self.baud

    def truth(self) -> dict[str, Any]:
        """Positions in 1e-7 degrees, heights in mm; strings have neither position nor symbol."""
        carried = truth.rounded(
            self._holding, degrees=lambda d: round(d * 1e7) / 1e7,
            metres=lambda m: round(m * 1000) / 1000, seconds=int,
        )  # fmt: skip
        points = [_with_begin(p, i == 0) for i, p in enumerate(carried.points)]
        held = truth.of(Holding("", points, []), "ublox", f"{self._unit_id:010x}", self._model)
        return held | {"strings": [place.name for place in self._holding.places]}


def _with_begin(point: Point, begins: bool) -> Point:
    return Point(
        point.unix_s, point.lat_deg, point.lon_deg, point.alt_amsl_m, begins,
        point.speed_m_s, point.course_deg,
    )  # fmt: skip


def _date(unix_s: float | None) -> bytes:
    """year u16, month, day, hour, minute, second u8; zeros where unknown."""
    if unix_s is None:
        return bytes(7)
    at = time.gmtime(unix_s)
    return struct.pack("<H5B", at.tm_year, at.tm_mon, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec)


def _entry(index: int, entry: _Entry) -> list[tuple[bytes, bytes]]:
    """The messages of one entry."""
    if entry.place is not None:
        text = entry.place.name.encode("utf-8")
        date = _date(entry.place.unix_s)
        head = struct.pack("<IBB", index, 0, 0) + date + b"\0" + struct.pack("<H", len(text))
        return [(b"\x21\x0d", head + text)]
    assert entry.point is not None
    return [(b"\x21\x0b", _position(index, entry.point)), (b"\x21\x0f", _extra(index, entry.point))]


def _position(index: int, point: Point) -> bytes:
    known = point.lat_deg is not None and point.lon_deg is not None
    lat, lon = (point.lat_deg or 0.0, point.lon_deg or 0.0) if known else (0.0, 0.0)
    head = struct.pack(
        "<IiiiIII", index, round(lon * 1e7), round(lat * 1e7),
        round((point.alt_amsl_m or 0.0) * 1000), 2500, round(point.speed_m_s * 1000),
        round(point.course_deg * 1e5),
    )  # fmt: skip
    date = _date(point.unix_s)
    return head + bytes([0, FIX_3D if known else NO_FIX]) + date + bytes([0, 8 if known else 0, 0])


def _extra(index: int, point: Point) -> bytes:
    """Its distance counts from the beginning of the log; here nothing was counted."""
    return struct.pack("<IBB", index, 0, 0) + _date(point.unix_s) + bytes(3 + 4 + 12)
