"""Hand-over between two threads where only the newest counts: one place, drops counted."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


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
