"""Raw captures: every byte of a conversation with its time and direction, before it is parsed.

The file begins with one line of JSON, the header; then records follow:

    0    u8   mark, A7
    1    u8   kind: 1 sent, 2 received, 3 note (UTF-8)
    2    u16  n
    4    u64  microseconds since the header's `started_utc`
    12   n    bytes
    12+n u32  CRC-32 over everything before, from the mark on

All numbers are little endian. A file whose tail was cut off, or damaged in the middle, is read as
far as it is whole. Beside it stands NAME.sha256, in the format of `sha256sum`, unless
the disk had no room for it: its absence says nothing of the capture.
"""

import contextlib
import hashlib
import json
import logging
import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Self

from firmware_bridge.tracks import Flaw
from firmware_bridge.whole_file import write_whole

log = logging.getLogger(__name__)

MAGIC = b'{"kedrovka_capture": 1'
SUFFIX = ".capture"
_MARK = 0xA7
_HEAD = struct.Struct("<BBHQ")
_CRC = struct.Struct("<I")
ENDS_WITH = "ends_with"
"""In the header: a note that begins so comes at the end, or what wrote it was killed."""
FINISHED = "finished="
"""The note with the complaint of a download, empty when there is none."""
SYNC_EVERY_S = 5.0
"""A write waits while the disk syncs, 25 ms on a busy one: at 1 s that costs 2 % of the wire."""
MAX_HEADER_BYTES = 65_536
MAX_SEARCH_BYTES = 256 << 20
"""Checked in search of whole records behind damage: seconds, however the file was made."""


class Direction(IntEnum):
    """Which way bytes went; a note went nowhere."""

    SENT = 1
    RECEIVED = 2
    NOTE = 3


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """One record of a capture."""

    time_s: float
    """Since the capture began."""
    direction: Direction
    data: bytes


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture read back."""

    header: dict[str, Any]
    records: list[CaptureRecord]
    flaws: list[Flaw]


class CaptureWriter:
    """Writes one capture; bytes are in the file at once, and synced within SYNC_EVERY_S.

    Threads: `write` from one thread; the syncing runs in its own, because a flash card may take
    longer for it than a unit waits for its ACK.
    """

    def __init__(self, path: Path, header: dict[str, Any], clock: Callable[[], float]) -> None:
        """Create `path`, which must not exist; raises OSError."""
        self.path = path
        self.sha256: str | None = None
        """Of the whole file, once closed."""
        self.failed = False
        """Something could not be written: the disk is full, or away."""
        self._hash = hashlib.sha256()
        self._clock = clock
        self._started_s = clock()
        self._size = 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        started_utc = datetime.now(UTC).isoformat()
        line = json.dumps({"kedrovka_capture": 1, "started_utc": started_utc, **header})
        try:
            self._append(line.encode() + b"\n")
        except OSError:
            os.close(self._file)
            raise
        self._closing = threading.Event()
        self._syncer = threading.Thread(target=self._sync, name="capture sync", daemon=True)
        self._syncer.start()

    def write(self, direction: Direction, data: bytes) -> None:
        """Append; raises OSError, as when the disk is full."""
        time_us = int((self._clock() - self._started_s) * 1e6)
        for start in range(0, len(data), 0xFFFF):
            piece = data[start : start + 0xFFFF]
            head = _HEAD.pack(_MARK, direction, len(piece), time_us) + piece
            self._append(head + _CRC.pack(zlib.crc32(head)))

    def note(self, text: str) -> None:
        """Append what happened between the bytes, such as a new baud rate."""
        self.write(Direction.NOTE, text.encode())

    def close(self) -> str:
        """Sync, hash and close; the SHA-256 in hexadecimal. Harmless when done twice."""
        if self.sha256 is None:
            self._closing.set()
            self._syncer.join()
            self.sha256 = self._hash.hexdigest()
            try:
                os.fsync(self._file)
                seal(self.path, self.sha256)
            except OSError as error:
                # A full disk has been told of by `write`; what was read must not be lost to it.
                log.warning("%s: %s", self.path, error)
            finally:
                os.close(self._file)
        return self.sha256

    def _append(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            self.failed = True
            # Half a record would hide the next one, if the disk has room again.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise
        self._size += len(data)
        self._hash.update(data)

    def _sync(self) -> None:
        while not self._closing.wait(SYNC_EVERY_S):
            try:
                os.fdatasync(self._file)
            except OSError as error:
                log.warning("%s: %s", self.path, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def seal(path: Path, sha256: str) -> None:
    """Put the hash of a finished file beside it, whole or not at all; raises OSError."""
    write_whole(seal_of(path), f"{sha256}  {path.name}\n")


def seal_of(path: Path) -> Path:
    """Where the hash of a file stands."""
    return path.with_name(path.name + ".sha256")


def ended_whole(records: Iterable[CaptureRecord]) -> bool:
    """Whether the note at the end says that everything announced had arrived."""
    whole = FINISHED.encode()
    return any(r.direction is Direction.NOTE and r.data == whole for r in records)


def is_capture(head: bytes) -> bool:
    """Whether a file that begins with `head` is a capture."""
    return head.startswith(MAGIC)


def read_capture(path: Path) -> Capture:
    """Everything whole in a capture; a cut tail and damage are flaws, never an error."""
    return parse_capture(path.read_bytes())


def parse_capture(data: bytes) -> Capture:
    """`read_capture` of bytes in memory."""
    header, at, flaws = _read_header(data)
    records: list[CaptureRecord] = []
    left = MAX_SEARCH_BYTES
    while at < len(data):
        found = _record_at(data, at)
        if found is not None:
            record, at = found
            records.append(record)
            continue
        skipped_to, left = _next_record(data, at + 1, left)
        flaws.append(Flaw(at, f"{skipped_to - at} bytes are no whole record"))
        at = skipped_to
        if left <= 0:
            flaws.append(Flaw(at, f"too damaged: {len(data) - at} bytes were not searched"))
            break
    return Capture(header, records, flaws)


def _read_header(data: bytes) -> tuple[dict[str, Any], int, list[Flaw]]:
    end = data.find(b"\n", 0, MAX_HEADER_BYTES)
    try:
        header = json.loads(data[:end]) if end >= 0 else None
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        return {}, max(end, -1) + 1, [Flaw(0, "the header is no line of JSON")]
    return header, end + 1, []


def _record_at(data: bytes, at: int) -> tuple[CaptureRecord, int] | None:
    if len(data) - at < _HEAD.size + _CRC.size:
        return None
    mark, kind, size, time_us = _HEAD.unpack_from(data, at)
    body, end = at + _HEAD.size, at + _HEAD.size + size
    if mark != _MARK or kind not in (1, 2, 3) or end + _CRC.size > len(data):
        return None
    if zlib.crc32(data[at:end]) != _CRC.unpack_from(data, end)[0]:
        return None
    return CaptureRecord(time_us / 1e6, Direction(kind), data[body:end]), end + _CRC.size


def _next_record(data: bytes, at: int, left: int) -> tuple[int, int]:
    """Where the next whole record begins, and how many of `left` bytes may still be checked."""
    while (at := data.find(_MARK, at)) >= 0:
        if _record_at(data, at) is not None:
            return at, left
        if at + _HEAD.size <= len(data) and data[at + 1] in (1, 2, 3):
            left -= _HEAD.size + int.from_bytes(data[at + 2 : at + 4], "little")
        at += 1
        if left <= 0:
            return at, left
    return len(data), left
