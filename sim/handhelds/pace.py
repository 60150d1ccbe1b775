"""A pseudo-terminal that behaves like a wire: bytes take their time, wrong rates give nonsense.

The wire keeps a time line of its own. A byte is handed on when its last bit would have arrived,
10 bits a byte (8N1), never earlier; when this process wakes late, what was due goes out at once
and the delay is not charged to the host's answer. Nor is what the pseudo-terminal itself needs:
its kernel carries bytes by a work queue, there and back, 50 to 250 us that 8 bytes at a UART's
pins do not know; at 115200 that is 2 to 8 % of a Garmin's record with its ACK. It is measured on
an echo over the pair's own ends before the port is offered (`pty_s`). So a transfer takes what
the wire takes and what its host takes, not what pseudo-terminal and scheduler add; and since no
answer can begin before the last byte has ended, nobody can read faster than the wire.
"""

import contextlib
import logging
import os
import select
import statistics
import termios
import threading
import time
import tty
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.errors import ConfigError
from sim.handhelds.unit import Unplug, VirtualUnit

log = logging.getLogger(__name__)

STEP_S = 0.008
"""A packet that takes longer is handed on in such steps; the end of every packet is exact."""
IDLE_S = 0.25
READ_BYTES = 512
WAITING_BYTES = 4096
"""Host bytes on their way; then the host's own writing waits."""
LATE_AT_MOST_S = 0.05
ECHOES = 15
ECHO_PAUSE_S = 0.002
"""As between two records at 115200: a kernel that has gone to sleep answers later."""
BITS_A_BYTE = 10
MAX_NOISE_BYTES = 4096
RATES: dict[int, int] = {
    getattr(termios, f"B{rate}"): rate
    for rate in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
}
"""termios' code -> bits a second; others (BOTHER) pass as right."""


@dataclass(slots=True)
class _Passage:
    """Bytes on their way to the host."""

    start_s: float
    byte_s: float
    data: bytes
    baud: int
    gone: int = 0

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.data) * self.byte_s

    def due(self, now_s: float) -> int:
        """How many more bytes are to be handed on by now; those of a short packet all at once."""
        # A nanosecond of slack: end_s minus start_s must not round to one byte less.
        arrived = int((now_s - self.start_s + 1e-9) / self.byte_s)
        if arrived < len(self.data) and self.end_s - self.start_s < STEP_S:
            return 0
        return min(len(self.data), max(0, arrived)) - self.gone


class Wire:
    """A pseudo-terminal with a unit at its far end; PATH is a symbolic link to it.

    Raises ConfigError when the link cannot be made.
    """

    def __init__(self, unit: VirtualUnit, link: Path, speedup: float = 1.0) -> None:
        self._unit, self.link, self._speedup = unit, link, speedup
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._set_rate(unit.baud)
        os.set_blocking(self._master, False)
        self.pty_s = _echo_s(self._master, self._slave)
        """What the fastest of hosts would need for an answer over this pseudo-terminal."""
        self.device = os.ttyname(self._slave)
        self._to_unit: deque[tuple[float, bytes]] = deque()
        self._to_host: deque[_Passage | Unplug] = deque()
        self._to_host_free_s = self._to_unit_free_s = 0.0
        self._late_s = self._last_end_s = 0.0
        self._host_baud = unit.baud
        self.unplugged = False
        self.dropped = 0
        """Bytes nobody took: a serial port without a reader loses them too."""
        _make_link(link, self.device)

    def run(self, stop: threading.Event) -> None:
        """Carry bytes until `stop` or until the cable is pulled."""
        while not stop.is_set() and not self.unplugged:
            now_s = time.monotonic()
            self._carry_to_unit(now_s)
            self._carry_to_host(time.monotonic())
            if self.unplugged:
                break
            self._wait(stop)

    def close(self) -> None:
        """Take the port and its link away; harmless when done twice."""
        if self._master < 0:
            return
        with contextlib.suppress(OSError):
            if str(self.link.readlink()) == self.device:
                self.link.unlink()
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1

    def _wait(self, stop: threading.Event) -> None:
        now_s = time.monotonic()
        wait_s = min(IDLE_S, max(0.0, self._next_s(now_s) - now_s))
        room = sum(len(data) for _, data in self._to_unit) < WAITING_BYTES
        ready, _, _ = select.select([self._master] if room else [], [], [], wait_s)
        if ready and not stop.is_set():
            self._take_from_host(time.monotonic())

    def _next_s(self, now_s: float) -> float:
        times = [now_s + IDLE_S]
        if self._to_unit:
            times.append(self._to_unit[0][0])
        if self._unit.deadline_s is not None:
            times.append(self._unit.deadline_s)
        if self._to_host:
            times.append(min(self._queue_end_s(), now_s + STEP_S))
        return min(times)

    def _queue_end_s(self) -> float:
        first = self._to_host[0]
        return 0.0 if isinstance(first, Unplug) else max(first.end_s, self._to_host_free_s)

    def _byte_s(self, baud: int) -> float:
        return BITS_A_BYTE / (baud * self._speedup)

    def _take_from_host(self, now_s: float) -> None:
        try:
            data = os.read(self._master, READ_BYTES)
        except (BlockingIOError, OSError):
            return
        self._look_at_rate(now_s)
        # Had the host had the last byte in time, its answer had come that much earlier.
        sent_s = max(now_s - self._late_s, self._last_end_s)
        self._late_s = 0.0
        start_s = max(sent_s, self._to_unit_free_s)
        self._to_unit_free_s = start_s + len(data) * self._byte_s(self._wire_baud())
        self._to_unit.append((self._to_unit_free_s, self._as_heard(data, self._unit.baud)))

    def _carry_to_unit(self, now_s: float) -> None:
        """Let the unit see what arrived and what time it is, each at its own moment."""
        unit = self._unit
        self._look_at_rate(now_s)
        while True:
            arrival_s = self._to_unit[0][0] if self._to_unit else now_s + 1
            due_s = now_s + 1 if unit.deadline_s is None else unit.deadline_s
            moment_s = min(arrival_s, due_s)
            if moment_s > now_s:
                return
            if arrival_s <= due_s:
                unit.receive(self._to_unit.popleft()[1], moment_s)
            else:
                unit.poll(max(moment_s, now_s - IDLE_S))
            self._load(moment_s)

    def _load(self, moment_s: float) -> None:
        for piece in self._unit.outgoing():
            if isinstance(piece, Unplug):
                self._to_host.append(piece)
                continue
            start_s = max(moment_s, self._to_host_free_s)
            passage = _Passage(start_s, self._byte_s(piece.baud), piece.data, piece.baud)
            self._to_host_free_s = passage.end_s
            self._to_host.append(passage)

    def _carry_to_host(self, now_s: float) -> None:
        if self._to_host:
            self._look_at_rate(now_s)  # it may have changed while the unit was busy
        pieces = []
        while self._to_host:
            first = self._to_host[0]
            if isinstance(first, Unplug):
                self.unplugged = True
                break
            due = first.due(now_s)
            if due:
                pieces.append(self._as_heard(first.data[first.gone : first.gone + due], first.baud))
                first.gone += due
            if first.gone < len(first.data):
                break
            self._last_end_s = first.end_s
            self._late_s = min(LATE_AT_MOST_S, max(0.0, now_s - first.end_s)) + self.pty_s
            self._to_host.popleft()
        if pieces:
            self._hand_over(b"".join(pieces))

    def _hand_over(self, data: bytes) -> None:
        try:
            taken = os.write(self._master, data)
        except BlockingIOError:
            taken = 0
        self.dropped += len(data) - taken

    def _wire_baud(self) -> int:
        """The rate of what the host sends; a host at another understood rate is taken as right."""
        understood = self._host_baud in self._unit.also_understood
        return self._unit.baud if understood else self._host_baud

    def _as_heard(self, data: bytes, sent_at_baud: int) -> bytes:
        """The same when both ends run at one rate, else about as much nonsense as time allows."""
        host, unit = self._host_baud, self._unit
        if host == sent_at_baud or host in unit.also_understood:
            return data
        ratio = max(host / sent_at_baud, sent_at_baud / host)
        return unit.noise(min(MAX_NOISE_BYTES, max(1, round(len(data) / ratio))))

    def _look_at_rate(self, now_s: float) -> None:
        code = termios.tcgetattr(self._slave)[5]
        baud = RATES.get(code, self._unit.baud)
        if baud != self._host_baud:
            self._host_baud = baud
            log.debug("host set its port to %d", baud)
            self._unit.host_changed_to(baud, now_s)

    def _set_rate(self, baud: int) -> None:
        codes = {rate: code for code, rate in RATES.items()}
        if baud not in codes:
            raise ConfigError(f"--baud {baud}: must be one of {', '.join(map(str, codes))}")
        attributes = termios.tcgetattr(self._slave)
        attributes[4] = attributes[5] = codes[baud]
        termios.tcsetattr(self._slave, termios.TCSANOW, attributes)


def _echo_s(master: int, slave: int) -> float:
    """Seconds until an answer that costs its host nothing has come back, the median of a few."""
    took_s = []
    for _ in range(ECHOES):
        time.sleep(ECHO_PAUSE_S)
        start_s = time.monotonic()
        for sender, receiver in ((master, slave), (slave, master)):
            os.write(sender, b"\0")
            if not select.select([receiver], [], [], LATE_AT_MOST_S)[0]:
                break
            os.read(receiver, READ_BYTES)
        took_s.append(time.monotonic() - start_s)
    termios.tcflush(slave, termios.TCIOFLUSH)
    return min(statistics.median(took_s), LATE_AT_MOST_S)


def _make_link(link: Path, device: str) -> None:
    """Atomically; a stale link of a killed run is taken over, nothing else is."""
    stale = link.is_symlink() and str(link.readlink()).startswith("/dev/pts/")
    if not stale and (link.exists() or link.is_symlink()):
        raise ConfigError(f"--link {link}: something else is there")
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    try:
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(device)
        fresh.replace(link)
    except OSError as error:
        raise ConfigError(f"--link {link}: {error.strerror}") from error
