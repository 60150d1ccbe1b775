"""Telemetry logs of ground stations (.tlog), whole or damaged.

    record: u64 big endian, microseconds since 1970 UTC | one MAVLink frame

Source: pymavlink `mavutil.mavlogfile`. A broken place is skipped up to the next time stamp that a
valid frame follows; every such place is listed.
"""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.clock import BootClock, Reply
from firmware_bridge.autopilot.codec import MARK_V1, MARK_V2, MavlinkCodec, Message, declared_length
from firmware_bridge.autopilot.state import STAMPED, PoseReader, Sample, is_autopilot_heartbeat
from firmware_bridge.errors import ProtocolError

_STAMP = 8
_MARK = re.compile(b"[%c%c]" % (MARK_V1, MARK_V2))
_YEAR_2000_US, _YEAR_2100_US = 946_684_800_000_000, 4_102_444_800_000_000
_MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class TlogProblem:
    """A place in a log that could not be read."""

    offset: int
    """Of its first byte in the file."""
    length: int
    what: str


class Tlog:
    """A log on disk; iterating gives (unix_s, message) in file order.

    Messages the dialect does not know come as pymavlink's MAVLink_unknown.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[TlogProblem] = []
        """Of the last pass over the file, at most 100."""
        self.bytes_dropped = 0

    def __iter__(self) -> Iterator[tuple[float, Message]]:
        self.problems.clear()
        self.bytes_dropped = 0
        with self.path.open("rb") as file:
            if self.path.stat().st_size == 0:
                return  # an empty file cannot be mapped
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield from self._records(data)

    def _records(self, data: mmap.mmap) -> Iterator[tuple[float, Message]]:
        codec = MavlinkCodec(0, 0)
        at, broken = 0, None
        while at < len(data):
            record = _record(codec, data, at)
            if record is None:
                broken = at if broken is None else broken
                at = _next_candidate(data, at + 1)
                continue
            if broken is not None:
                self._note(broken, at, "no valid record")
                broken = None
            length, unix_s, message = record
            at += length
            yield unix_s, message
        if broken is not None:
            self._note(broken, len(data), "the file ends within a record, or in foreign bytes")

    def _note(self, start: int, end: int, what: str) -> None:
        self.bytes_dropped += end - start
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(TlogProblem(start, end - start, what))


def read_tlog(path: Path) -> Tlog:
    """The log at `path`; raises ProtocolError when nothing in it is a telemetry record."""
    log = Tlog(path)
    if next(iter(log), None) is None:
        raise ProtocolError(f"{path}: no telemetry record in {path.stat().st_size} bytes")
    return log


def pose_events(path: Path, vehicle_system_id: int | None = None) -> Iterator[Sample]:
    """Samples of one vehicle's pose, stamped in seconds since 1970 of the log's own clock.

    Takes the first autopilot heard unless told. The TIMESYNC exchanges the ground station made
    give the offset of the boot clock; before the first one, and in a log without them, the least
    delay of the messages does. Raises ProtocolError as `read_tlog` does.
    """
    clock = BootClock()
    reader = PoseReader(clock)
    vehicle = vehicle_system_id
    for unix_s, message in read_tlog(path):
        if message.get_msgId() == dialect.MAVLINK_MSG_ID_TIMESYNC and message.tc1 == 0:
            clock.request(message.ts1, unix_s)
        if vehicle is None and is_autopilot_heartbeat(message):
            vehicle = message.get_srcSystem()
        if (message.get_srcSystem(), message.get_srcComponent()) != (vehicle, 1):
            continue
        sample = _sample(clock, reader, message, unix_s)
        if sample is not None:
            yield sample


def _sample(clock: BootClock, reader: PoseReader, message: Message, unix_s: float) -> Sample | None:
    if message.get_msgId() == dialect.MAVLINK_MSG_ID_TIMESYNC:
        if clock.reply(message.ts1, message.tc1, unix_s) in (Reply.REBOOTED, Reply.STEPPED):
            reader.reset()  # times of before do not compare: the log's clock may have gone back
        return None
    if message.get_msgId() not in STAMPED:
        return None
    boot_s = clock.heard(message.time_boot_ms, unix_s)
    if boot_s is None:
        clock.reset()
        reader.reset()
        boot_s = clock.heard(message.time_boot_ms, unix_s)
    return reader.read(message, boot_s, unix_s) if boot_s is not None else None


def _record(codec: MavlinkCodec, data: mmap.mmap, at: int) -> tuple[int, float, Message] | None:
    """Length, time and message of the record at `at`; None where there is none."""
    frame_at = at + _STAMP
    unix_us = int.from_bytes(data[at:frame_at], "big")
    if frame_at >= len(data) or not _YEAR_2000_US <= unix_us < _YEAR_2100_US:
        return None
    length = declared_length(data, frame_at)
    if not length:
        return None
    message = codec.decode(bytearray(data[frame_at : frame_at + length]))
    end = frame_at + length
    if message is None:
        return None
    if isinstance(message, dialect.MAVLink_unknown) and not _goes_on(data, end):
        return None
    return end - at, unix_us / 1e6, message


def _goes_on(data: mmap.mmap, at: int) -> bool:
    """Whether a record, or the end of the file, follows: a message the dialect does not know has
    a checksum that cannot be tested."""
    return at == len(data) or (
        at + _STAMP < len(data)
        and data[at + _STAMP] in (MARK_V1, MARK_V2)
        and _YEAR_2000_US <= int.from_bytes(data[at : at + _STAMP], "big") < _YEAR_2100_US
    )


def _next_candidate(data: mmap.mmap, at: int) -> int:
    """The next offset at which a record could begin: eight bytes before a start mark."""
    mark = _MARK.search(data, at + _STAMP)
    return mark.start() - _STAMP if mark else len(data)
