"""A port with a virtual unit at its far end, in memory and in a time of its own.

A byte arrives ten bit times after the one before, at a wrong rate as nonsense. No clock is read
and nothing sleeps, so stalls and restarts of seconds cost nothing; the driver in front of it is
the real one.
"""

import threading
from collections import deque
from types import TracebackType
from typing import Self

from firmware_bridge.errors import LinkClosed
from firmware_bridge.handheld import session
from firmware_bridge.handheld.capture import CaptureRecord, Direction
from firmware_bridge.handheld.conversation import Conversation, Event, Finished
from sim.handhelds.unit import Unplug, VirtualUnit

STEP_S = 0.02
"""Bytes are handed over in such steps."""
PATIENCE_S = 3600.0
Arrival = tuple[float, bytes | None, int]
"""When, what, sent at which rate; None is the end of the cable."""


class VirtualPort:
    """Fits `session.run`; keeps what a capture would."""

    url = "virtual:unit"

    def __init__(self, unit: VirtualUnit) -> None:
        self.unit = unit
        self.now_s = 100.0
        self.baud = unit.baud
        self.records: list[CaptureRecord] = []
        self.events: list[Event] = []
        self.sent = bytearray()
        self._arriving: deque[Arrival] = deque()
        self._free_s = 0.0
        self._cancel = threading.Event()
        self._cancel_after: int | None = None

    def run(self, conversation: Conversation, cancel_after: int | None = None) -> Finished:
        """To the end; `cancel_after` so many received bytes a person stops it."""
        self._cancel.clear()
        self._cancel_after, end_s = cancel_after, self.now_s + PATIENCE_S

        def clock() -> float:
            assert self.now_s < end_s, "no end"
            return self.now_s

        return session.run(self, conversation, None, self.events.append, self._cancel, clock)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """The next bytes, or the end of the wait."""
        end_s = self.now_s + timeout_s
        while (moment_s := self._next_s()) <= end_s:
            self.now_s = max(self.now_s, moment_s)
            if self._arriving and self._arriving[0][0] <= self.now_s:
                return self._arrived()
            self.unit.poll(self.now_s)
            self._load()
        self.now_s = end_s
        return b""

    def write(self, data: bytes, timeout_s: float) -> None:
        """The unit hears it once its last bit is there."""
        if self._arriving and self._arriving[0][1] is None:
            raise LinkClosed(f"{self.url}: unplugged")
        self.now_s += len(data) * 10 / self.baud
        self.sent += data
        self.records.append(CaptureRecord(self.now_s, Direction.SENT, data))
        self.unit.receive(self._as_heard(data, self.unit.baud), self.now_s)
        self._load()

    def set_baud(self, baud: int) -> None:
        """Of this end."""
        self.baud = baud
        self.unit.host_changed_to(baud, self.now_s)

    def _next_s(self) -> float:
        due_s = self.unit.deadline_s
        waits = [self._arriving[0][0]] if self._arriving else []
        return min([*waits, *([] if due_s is None else [due_s])], default=float("inf"))

    def _arrived(self) -> bytes:
        _, said, baud = self._arriving[0]
        if said is None:
            raise LinkClosed(f"{self.url}: unplugged")
        self._arriving.popleft()
        data = self._as_heard(said, baud)
        self.records.append(CaptureRecord(self.now_s, Direction.RECEIVED, data))
        if self._cancel_after is not None:
            self._cancel_after -= len(data)
            if self._cancel_after <= 0:
                self._cancel.set()
        return data

    def _load(self) -> None:
        self._free_s = max(self._free_s, self.now_s)
        for piece in self.unit.outgoing():
            if isinstance(piece, Unplug):
                self._arriving.append((self._free_s, None, self.baud))
                continue
            size = max(1, int(STEP_S * piece.baud / 10))
            for at in range(0, len(piece.data), size):
                part = piece.data[at : at + size]
                self._free_s += len(part) * 10 / piece.baud
                self._arriving.append((self._free_s, part, piece.baud))

    def _as_heard(self, data: bytes, sent_at_baud: int) -> bytes:
        """As `sim.handhelds.pace` has it."""
        if self.baud == sent_at_baud or self.baud in self.unit.also_understood:
            return data
        ratio = max(self.baud / sent_at_baud, sent_at_baud / self.baud)
        return self.unit.noise(max(1, round(len(data) / ratio)))

    def close(self) -> None:
        """Nothing to give back."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()
