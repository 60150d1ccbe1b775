"""The logs on board, and their download: LOG_REQUEST_LIST, _DATA, _END, LOG_ERASE.

As ArduPilot 4.5 does it (AP_Logger_MAVLinkLogTransfer.cpp; list and download as recorded): one
transfer at a time, none while armed; 40 packets of 90 bytes at a time over a fast link, one over
a radio. Logs are kept in memory; the oldest go when they are too much together.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.dataflash import Log
from sim.autopilot.flight_log import FlightLog
from sim.autopilot.messages import Message, text
from sim.autopilot.outgoing import Outgoing
from sim.autopilot.parameters import Parameters
from sim.autopilot.snapshot import Snapshot
from sim.flight.orders import ERROR, INFO
from sim.flight.plan import Plan

PIECE_BYTES = 90
PIECES_AT_ONCE, PIECES_BY_RADIO = 40, 1
ONE_AT_MOST_BYTES, ALL_AT_MOST_BYTES = 32 * 2**20, 64 * 2**20


@dataclass(slots=True)
class _Kept:
    """One log on board."""

    number: int
    """In the name of its file."""
    unix_s: int
    log: Log


@dataclass(slots=True)
class _List:
    link: int
    next: int
    last: int


@dataclass(slots=True)
class _Download:
    link: int
    number: int
    content: bytearray
    offset: int
    left: int


class Logs:
    """What is on board, what is being written, and what is being sent."""

    def __init__(self, parameters: Parameters, plan: Plan, look: Callable[[], Snapshot]) -> None:
        self._parameters, self._plan, self._look = parameters, plan, look
        self._kept: deque[_Kept] = deque()
        self._flight: FlightLog | None = None
        self._armed = False
        self._said_disarm = False
        self._radios: set[int] = set()
        self._sending: _List | _Download | None = None

    def connect(self, link: int, radio: bool = False) -> None:
        """A radio gets its logs slowly."""
        if radio:
            self._radios.add(link)

    def disconnect(self, link: int) -> None:
        """Nothing more to this link."""
        self._radios.discard(link)
        if self._sending is not None and self._sending.link == link:
            self._sending = None

    def reboot(self) -> None:
        """The next flight gets a log of its own."""
        self._flight, self._sending = None, None
        self._armed = False

    def files(self) -> Mapping[str, bytes | bytearray]:
        """By path on the vehicle's disk."""
        return {f"logs/{kept.number:08}.BIN": kept.log.content for kept in self._kept}

    def note(self, message: Message) -> None:
        """Everybody is told this."""
        if self._armed and self._flight is not None:
            self._flight.note(message)

    def handle(self, message: Message, link: int, now_s: float) -> Outgoing:
        """One message of the protocol."""
        if self._armed:
            said, self._said_disarm = self._said_disarm, True
            return [] if said else [(link, text(ERROR, "Disarm for log download"))]
        self._said_disarm = False
        return HANDLERS[message.get_type()](self, message, link)

    def poll(self, now_s: float, armed: bool) -> Outgoing:
        """Writes what is due, and sends what is asked for."""
        if armed is not self._armed:
            self._switch(armed)
        if armed and self._flight is not None and self._flight.is_due(now_s):
            self._flight.record(self._look(), now_s)
        return self._send() if self._sending is not None and not armed else []

    def _switch(self, armed: bool) -> None:
        now = self._look()
        self._armed = armed
        if armed and (self._flight is None or self._parameters.values["LOG_FILE_DSRMROT"]):
            log = Log(now.boot_ns // 1000, ONE_AT_MOST_BYTES)
            number = self._kept[-1].number + 1 if self._kept else 1
            while self._kept and self._size() > ALL_AT_MOST_BYTES - ONE_AT_MOST_BYTES:
                self._kept.popleft()
            self._kept.append(_Kept(number, now.unix_us // 10**6, log))
            self._flight = FlightLog(log, now, self._parameters, self._plan)
        if self._flight is not None:
            self._flight.switch(now, armed)

    def _size(self) -> int:
        return sum(len(kept.log.content) for kept in self._kept)

    def _on_list(self, message: Message, link: int) -> Outgoing:
        if self._sending is not None:
            return [_busy(link)]
        if not self._kept:
            return [(link, dialect.MAVLink_log_entry_message(0, 0, 0, 0, 0))]
        first, last = max(message.start, 1), min(message.end, len(self._kept))
        if first <= last:
            self._sending = _List(link, first, last)
            return self._send()
        return []

    def _on_data(self, message: Message, link: int) -> Outgoing:
        if self._sending is not None:
            # A client that fills its gaps asks again and again: it is not told each time.
            return [] if self._sending.link == link else [_busy(link)]
        if not 1 <= message.id <= len(self._kept):
            return []
        content = self._kept[message.id - 1].log.content
        left = min(max(len(content) - message.ofs, 0), message.count)
        self._sending = _Download(link, message.id, content, message.ofs, left)
        return self._send()

    def _on_end(self, message: Message, link: int) -> Outgoing:
        self._sending = None
        return []

    def _on_erase(self, message: Message, link: int) -> Outgoing:
        self._kept.clear()
        self._flight, self._sending = None, None
        return []

    def _send(self) -> Outgoing:
        if isinstance(self._sending, _List):
            return [self._entry(self._sending)]
        out: Outgoing = []
        while self._sending is not None and len(out) < self._pieces(self._sending.link):
            out.append(self._piece(self._sending))
        return out

    def _pieces(self, link: int) -> int:
        return PIECES_BY_RADIO if link in self._radios else PIECES_AT_ONCE

    def _entry(self, listed: _List) -> tuple[int, Message]:
        kept = self._kept[listed.next - 1]
        told = dialect.MAVLink_log_entry_message(
            listed.next, len(self._kept), listed.last, kept.unix_s, len(kept.log.content)
        )
        listed.next += 1
        if listed.next > listed.last:
            self._sending = None
        return listed.link, told

    def _piece(self, sending: _Download) -> tuple[int, Message]:
        size = min(sending.left, PIECE_BYTES)
        data = bytes(sending.content[sending.offset : sending.offset + size])
        told = dialect.MAVLink_log_data_message(
            sending.number, sending.offset, size, data.ljust(PIECE_BYTES, b"\0")
        )
        sending.offset += size
        sending.left -= size
        if size < PIECE_BYTES or not sending.left:
            self._sending = None
        return sending.link, told


def _busy(link: int) -> tuple[int, Message]:
    return link, text(INFO, "Log download in progress")


HANDLERS: dict[str, Callable[[Logs, Message, int], Outgoing]] = {
    "LOG_REQUEST_LIST": Logs._on_list,
    "LOG_REQUEST_DATA": Logs._on_data,
    "LOG_REQUEST_END": Logs._on_end,
    "LOG_ERASE": Logs._on_erase,
}
