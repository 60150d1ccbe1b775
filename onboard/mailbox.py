"""Hand-over between two threads where only the newest counts: one place, drops counted."""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")
E = TypeVar("E")


class Latest(Generic[T]):
    """A queue of length one; a value nobody took in time is replaced by the next."""

    def __init__(self) -> None:
        self.dropped = 0
        """Values replaced before anybody took them."""
        self._value: T | None = None
        self._filled = threading.Condition()

    def put(self, value: T) -> None:
        """Leave a value, replacing one not taken yet."""
        with self._filled:
            self.dropped += self._value is not None
            self._value = value
            self._filled.notify()

    def take(self, timeout_s: float) -> T | None:
        """The newest value, or None when none came in time."""
        with self._filled:
            self._filled.wait_for(lambda: self._value is not None, timeout_s)
            value, self._value = self._value, None
            return value


class Inbox(Generic[T, E]):
    """What waits for the pipeline: every event, bounded, and the newest frame."""

    def __init__(self, most_events: int = 4096) -> None:
        self.frames_dropped = 0
        """Frames replaced by a newer one before the pipeline had time."""
        self.events_dropped = 0
        """Events beyond the bound: the pipeline stood still for many seconds."""
        self._most_events = most_events
        self._events: deque[E] = deque()
        self._frame: T | None = None
        self._filled = threading.Condition()

    def event(self, event: E) -> None:
        """Leave an event; all are kept in order."""
        with self._filled:
            if len(self._events) >= self._most_events:
                self._events.popleft()
                self.events_dropped += 1
            self._events.append(event)
            self._filled.notify()

    def frame(self, frame: T) -> None:
        """Leave a frame, replacing one not taken yet."""
        with self._filled:
            self.frames_dropped += self._frame is not None
            self._frame = frame
            self._filled.notify()

    def take(self, timeout_s: float) -> tuple[list[E], T | None]:
        """All events and the frame, once there is any, or nothing after the time-out."""
        with self._filled:
            self._filled.wait_for(lambda: self._events or self._frame is not None, timeout_s)
            events, frame = list(self._events), self._frame
            self._events.clear()
            self._frame = None
            return events, frame
