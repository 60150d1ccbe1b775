"""Garmin's serial frames, bytes to packets and back; no I/O, no clock.

    10 PID LEN DATA.. CHK 10 03

Every 10 in LEN, DATA and CHK is doubled; LEN and CHK count before the doubling;
CHK = -(PID + LEN + sum of DATA) & 255. Numbers are little endian.
Source: Garmin Device Interface Specification 001-00063-00 Rev. C, section 3.1; packets marked
"undocumented" are not in it and come from the behaviour of programs in use.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

DLE, ETX = 0x10, 0x03
MAX_FRAME_BYTES = 2 + 2 * (1 + 255 + 1) + 2
_HEAD = re.compile(rb"\x10[^\x10\x03]")
_BODY = re.compile(rb"(?:[^\x10]|\x10\x10)*+", re.DOTALL)


class Pid(IntEnum):
    """Packets of link protocol L001; the low ones are those of L000."""

    ACK = 6
    COMMAND = 10
    TRANSFER_COMPLETE = 12
    DATE_TIME = 14
    POSITION = 17
    NAK = 21
    RECORDS = 27
    ASYNC_EVENTS = 28
    """Undocumented: which packets the unit may send unasked; 0 is none."""
    TRACK_POINT = 34
    WAYPOINT = 35
    UNIT_ID = 38
    """Undocumented: u32."""
    BAUD_REQUEST = 48
    """Undocumented: u32, wanted."""
    BAUD_ACCEPT = 49
    """Undocumented: u32, what the unit will speak after our ACK."""
    PVT = 51
    TRACK_HEADER = 99
    EXTENDED_PRODUCT = 248
    PROTOCOLS = 253
    PRODUCT_REQUEST = 254
    PRODUCT = 255


class Command(IntEnum):
    """What A010 asks for, in `Pid.COMMAND` as u16."""

    ABORT = 0
    POSITION = 2
    TIME = 5
    TRACKS = 6
    WAYPOINTS = 7
    POWER_OFF = 8
    UNIT_ID = 14
    """Undocumented."""
    PVT_ON = 49
    PVT_OFF = 50
    PING = 58
    """Undocumented: acknowledged and nothing more."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One frame whose length and checksum were right."""

    pid: int
    data: bytes
    offset: int = 0
    """Of its first byte, in everything fed so far."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that began like a frame and were none."""

    pid: int
    """As received; may be what was damaged."""
    offset: int
    bytes: int


def encode(pid: int, data: bytes = b"") -> bytes:
    """The frame of one packet of at most 255 bytes."""
    body = bytes((len(data), *data, -(pid + len(data) + sum(data)) & 0xFF))
    return bytes((DLE, pid)) + body.replace(b"\x10", b"\x10\x10") + bytes((DLE, ETX))


def command(number: int) -> bytes:
    """The frame of an A010 command."""
    return encode(Pid.COMMAND, number.to_bytes(2, "little"))


def acknowledge(pid: int) -> bytes:
    """ACK for a packet; two bytes of data, as units in use send and expect it."""
    return _ACKS[pid]


def refuse(pid: int) -> bytes:
    """NAK: asks for the packet again."""
    return encode(Pid.NAK, bytes((pid, 0)))


# Made once: an ACK goes out for each of ten thousand points.
_ACKS = tuple(encode(Pid.ACK, bytes((pid, 0))) for pid in range(256))


class FrameReader:
    """Bytes in, packets out; what is no frame is counted and skipped."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._start = 0
        self.bytes_dropped = 0
        """Bytes that belonged to no whole frame: NMEA text, noise, damaged frames."""
        self.frames_damaged = 0

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Packet | Damage]:
        """What `data` completes; a partial frame of at most MAX_FRAME_BYTES waits for the rest."""
        self._buffer += data
        return list(self._frames())

    def _frames(self) -> Iterator[Packet | Damage]:
        buffer, at = self._buffer, 0
        while at < len(buffer):
            head = _HEAD.search(buffer, at)
            if head is None:
                # A lone DLE at the very end may be the first half of a head.
                keep = len(buffer) - (buffer[-1] == DLE)
                self.bytes_dropped += keep - at
                at = keep
                break
            self.bytes_dropped += head.start() - at
            at = head.start()
            end = _body_end(buffer, at)
            if end is None:
                if len(buffer) - at < MAX_FRAME_BYTES:
                    break
                end = at + 2  # longer than any frame: the head was noise
            frame = self._decode(at, end)
            at = end
            yield frame
        del buffer[:at]
        self._start += at

    def _decode(self, at: int, end: int) -> Packet | Damage:
        pid, offset = self._buffer[at + 1], self._start + at
        if end - at >= 6 and self._buffer[end - 2 : end] == b"\x10\x03":
            body = bytes(self._buffer[at + 2 : end - 2]).replace(b"\x10\x10", b"\x10")
            if len(body) >= 2 and body[0] == len(body) - 2 and not (pid + sum(body)) & 0xFF:
                return Packet(pid, body[1:-1], offset)
        self.frames_damaged += 1
        self.bytes_dropped += end - at
        return Damage(pid, offset, end - at)


def _body_end(buffer: bytearray, at: int) -> int | None:
    """Where the frame at `at` ends, its 10 03 included; None while it may go on.

    A DLE before anything else but DLE or ETX starts another frame: this one lost its end.
    """
    body = _BODY.match(buffer, at + 2)
    assert body is not None  # matches the empty string too
    end = body.end()
    if end + 1 >= len(buffer):
        return None
    return end + 2 if buffer[end + 1] == ETX else end
