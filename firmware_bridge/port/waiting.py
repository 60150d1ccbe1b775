"""Waiting for a file descriptor until a deadline."""

import select
import time
from collections.abc import Callable

from firmware_bridge.errors import LinkTimeout


def readable(descriptor: int, timeout_s: float) -> bool:
    """Whether something can be read before the time-out; poll, since select ends at 1024 fds."""
    return _ready(descriptor, select.POLLIN, timeout_s)


def write_all(
    url: str, descriptor: int, send: Callable[[memoryview], int], data: bytes, timeout_s: float
) -> None:
    """Hand all of `data` to the non-blocking `send`; raises LinkTimeout at the deadline."""
    deadline_s = time.monotonic() + timeout_s
    left = memoryview(data)
    while left:
        try:
            left = left[send(left) :]
        except BlockingIOError:
            remaining_s = deadline_s - time.monotonic()
            if remaining_s <= 0 or not _ready(descriptor, select.POLLOUT, remaining_s):
                raise LinkTimeout(
                    f"{url}: {len(left)} of {len(data)} bytes not taken in {timeout_s:g} s"
                ) from None


def _ready(descriptor: int, mask: int, timeout_s: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, mask)
    return bool(poll.poll(max(0.0, timeout_s) * 1000))
