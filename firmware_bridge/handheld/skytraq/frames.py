"""SkyTraq frames, and the raw sectors that follow a read request's acknowledgement.

    frame    A0 A1 u16 length (big endian)  id payload  xor 0D 0A      xor over id and payload
    sectors  83 1D frame, then n x 4096 bytes, then "END" 00 "CHECKSUM=" xor, u16 first sector,
             3 more bytes and a line end [K: what these say]

Source: SkyTraq, application notes AN0003 and AN0008; the behaviour of loggers as the
skytraq-datalogger project describes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor

import numpy as np

MARK, END = b"\xa0\xa1", b"\r\n"
MAX_PAYLOAD = 1024
OVERHEAD = 7
ACK, NACK = 0x83, 0x84
READ_SECTORS = 0x1D
SECTOR = 4096
TAG = b"END\0CHECKSUM="
_TAIL = 3
"""Checksum and sector number; what follows is passed over as noise."""


@dataclass(frozen=True, slots=True)
class SkyFrame:
    """One checked frame."""

    kind: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class SectorBlock:
    """The answer to one read request."""

    first: int
    count: int
    data: bytes | None
    """None where its length or checksum was wrong."""


Heard = SkyFrame | SectorBlock


def frame(kind: int, payload: bytes = b"") -> bytes:
    """The bytes to send."""
    body = bytes((kind,)) + payload
    return MARK + len(body).to_bytes(2, "big") + body + bytes((reduce(xor, body),)) + END


def fold(data: bytes) -> int:
    """XOR of all bytes."""
    return int(np.bitwise_xor.reduce(np.frombuffer(data, np.uint8))) if data else 0


class SkyReader:
    """Bytes in, frames and sector blocks out."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._asked: tuple[int, int] | None = None
        self._raw = False
        self.broken = 0
        """Marks behind which no checked frame stood, and blocks that were not whole."""
        self.bytes_dropped = 0

    def expect_sectors(self, first: int, count: int) -> None:
        """The next acknowledgement of a read is followed by so many sectors."""
        self._asked, self._raw = (first, count), False

    def give_up(self) -> None:
        """The sectors do not come, or not whole: look for frames again."""
        if self._raw:
            self.broken += 1
            self.bytes_dropped += len(self._buffer)
            self._buffer.clear()
        self._asked, self._raw = None, False

    @property
    def unfinished(self) -> tuple[int, bytes] | None:
        """First sector and bytes of a block that is still coming; not checked by anything yet."""
        if not self._raw or self._asked is None:
            return None
        return self._asked[0], bytes(self._buffer[: self._asked[1] * SECTOR])

    @property
    def raw_bytes(self) -> int:
        """How many bytes of the sectors have come."""
        return len(self._buffer) if self._raw else 0

    def feed(self, data: bytes) -> list[SkyFrame | SectorBlock]:
        """What `data` completes."""
        self._buffer += data
        found: list[SkyFrame | SectorBlock] = []
        while (item := self._sectors() if self._raw else self._frame()) is not None:
            found.append(item)
            if self._asked and item == SkyFrame(ACK, bytes((READ_SECTORS,))):
                self._raw = True
        return found

    def _sectors(self) -> SectorBlock | None:
        assert self._asked is not None, "raw only after a request"
        first, count = self._asked
        expected = count * SECTOR
        tag = self._buffer.find(TAG, max(expected - 64, 0))
        if tag < 0 and len(self._buffer) <= expected + len(TAG) + _TAIL:
            tag = self._buffer.find(TAG)
        if tag < 0 and len(self._buffer) <= expected + 1024:
            return None
        end = tag + len(TAG) + _TAIL
        if tag >= 0 and len(self._buffer) < end:
            return None
        data = bytes(self._buffer[:tag]) if tag == expected else None
        if data is not None and fold(data) != self._buffer[tag + len(TAG)]:
            data = None
        end = end if tag >= 0 else len(self._buffer)
        del self._buffer[:end]
        self._asked, self._raw = None, False
        if data is None:
            self.broken += 1
            self.bytes_dropped += end
        return SectorBlock(first, count, data)

    def _frame(self) -> SkyFrame | None:
        while (at := self._buffer.find(MARK)) >= 0:
            self._drop(at)
            if len(self._buffer) < 4:
                return None
            length = int.from_bytes(self._buffer[2:4], "big")
            end = OVERHEAD + length
            if 0 < length <= MAX_PAYLOAD:
                if len(self._buffer) < end:
                    return None
                body = bytes(self._buffer[4 : 4 + length])
                if self._buffer[end - 2 : end] == END and fold(body) == self._buffer[end - 3]:
                    del self._buffer[:end]
                    return SkyFrame(body[0], body[1:])
            self.broken += 1
            self._drop(1)
        self._drop(len(self._buffer) - (self._buffer[-1:] == MARK[:1]))
        return None

    def _drop(self, count: int) -> None:
        self.bytes_dropped += count
        del self._buffer[:count]


def answer(kind: int, least: int) -> Callable[[Heard], bytes | None]:
    """Takes the payload of `kind`, with its id, if it has so many bytes."""

    def match(heard: Heard) -> bytes | None:
        whole = isinstance(heard, SkyFrame) and heard.kind == kind and len(heard.payload) >= least
        return heard.payload if whole and isinstance(heard, SkyFrame) else None

    return match


def acknowledged(kind: int) -> Callable[[Heard], bool | None]:
    """True for the ACK, False for the NACK of `kind`."""

    def match(heard: Heard) -> bool | None:
        if not isinstance(heard, SkyFrame) or heard.payload[:1] != bytes((kind,)):
            return None
        return {ACK: True, NACK: False}.get(heard.kind)

    return match
