"""UBX frames out of a byte stream.

    B5 62 class id u16 length payload ck_a ck_b

    little endian; ck: 8-bit Fletcher over class to payload

Source: u-blox 8 / M8 "Receiver description including protocol specification" (UBX-13003221), UBX
frame structure.
"""

import struct
from dataclasses import dataclass

import numpy as np

MARK = b"\xb5\x62"
OVERHEAD = 8
MAX_PAYLOAD = 4096
"""LOG strings have at most 272 bytes, MON-VER a few hundred; longer lengths are noise."""

_LONG = 200
"""From here on numpy is faster than a loop: noise that claims long frames must not cost minutes."""
_TEXT = bytes((9, 10, 13, *range(32, 127)))


@dataclass(frozen=True, slots=True)
class UbxFrame:
    """One checked frame."""

    kind: int
    """class << 8 | id"""
    payload: bytes
    offset: int
    """Of its mark in everything fed so far."""


def fletcher(data: bytes) -> bytes:
    """The two checksum bytes over class, id, length and payload."""
    if len(data) > _LONG:
        sums = np.cumsum(np.frombuffer(data, np.uint8), dtype=np.int64)
        return bytes((int(sums[-1]) & 255, int(sums.sum()) & 255))
    a = b = 0
    for octet in data:
        a += octet
        b += a
    return bytes((a & 255, b & 255))


def frame(kind: int, payload: bytes = b"") -> bytes:
    """The bytes to send."""
    body = struct.pack(">HxxH", kind, 0)[:2] + struct.pack("<H", len(payload)) + payload
    return MARK + body + fletcher(body)


class UbxReader:
    """Bytes in, checked frames out; a broken frame costs its own bytes and no good one."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._offset = 0
        self.broken: list[int] = []
        """Offsets where a frame was cut or damaged; the first thousand."""
        self.broken_count = 0
        self.bytes_dropped = 0
        """In no frame: NMEA text, noise, broken frames."""

    def feed(self, data: bytes, last: bool = False) -> list[UbxFrame]:
        """Frames completed by `data`; `last`: nothing follows, so what waits is broken."""
        self._buffer += data
        found: list[UbxFrame] = []
        at = 0
        while (mark := self._buffer.find(MARK, at)) >= 0:
            self._drop(at, mark)
            at = mark
            if len(self._buffer) < at + 6:
                if not last:
                    break
                length = MAX_PAYLOAD + 1
            else:
                (length,) = struct.unpack_from("<H", self._buffer, at + 4)
            end = at + OVERHEAD + length
            if length <= MAX_PAYLOAD and end > len(self._buffer) and not last:
                break
            whole = length <= MAX_PAYLOAD and end <= len(self._buffer)
            body = bytes(self._buffer[at + 2 : end - 2]) if whole else b""
            if whole and fletcher(body) == self._buffer[end - 2 : end]:
                kind = body[0] << 8 | body[1]
                found.append(UbxFrame(kind, body[4:], self._offset + at))
                at = end
            else:
                self._note_broken(self._offset + at)
                self.bytes_dropped += 1
                at += 1
        if mark < 0:
            keep = 1 if self._buffer[-1:] == MARK[:1] and not last else 0
            rest = max(len(self._buffer) - keep, at)
            self._drop(at, rest)
            at = rest
        self._offset += at
        del self._buffer[:at]
        return found

    def _drop(self, start: int, end: int) -> None:
        """Text between frames is the receiver's NMEA; anything else was a frame once."""
        self.bytes_dropped += end - start
        if self._buffer[start:end].translate(None, _TEXT):
            self._note_broken(self._offset + start)

    def _note_broken(self, offset: int) -> None:
        self.broken_count += 1
        if len(self.broken) < 1000:
            self.broken.append(offset)
