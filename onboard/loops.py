"""A process of named loops: each in a thread, and none outlives another.

An exception in any loop, or a loop that returns on its own, is logged in one line and ends the
process; the service manager starts it again. SIGTERM and SIGINT end it clean.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType

logger = logging.getLogger(__name__)

Loop = Callable[[threading.Event], None]
STOP_WITHIN_S = 1.5


def run_loops(loops: Mapping[str, Loop], stop: threading.Event) -> str | None:
    """Run until a signal or a death; the name of the loop that died, or None.

    Must be called in the main thread. A loop that does not stop in time is named and left.
    """
    dead: list[str] = []

    def run(name: str, loop: Loop) -> None:
        try:
            loop(stop)
        except BaseException as error:
            if stop.is_set():  # it was left behind, and what it used is closed by now
                logger.info("loop %s while ending: %s", name, error)
                return
            dead.append(name)
            logger.critical("loop %s died, the process ends: %s: %s", name,
                            type(error).__name__, error, exc_info=error)  # fmt: skip
        else:
            if not stop.is_set():
                dead.append(name)
                logger.critical("loop %s ended by itself, the process ends", name)
        finally:
            stop.set()

    def on_signal(number: int, _: FrameType | None) -> None:
        logger.info("%s: ending", signal.Signals(number).name)
        stop.set()

    held = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    threads = [
        threading.Thread(target=run, args=(name, loop), name=name, daemon=True)
        for name, loop in loops.items()
    ]
    try:
        for thread in threads:
            thread.start()
        stop.wait()
        _join(threads)
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
    return dead[0] if dead else None


def _join(threads: list[threading.Thread]) -> None:
    deadline_s = time.monotonic() + STOP_WITHIN_S
    for thread in threads:
        thread.join(max(0.0, deadline_s - time.monotonic()))
        if thread.is_alive():
            logger.error("loop %s did not end within %g s", thread.name, STOP_WITHIN_S)


def notify(state: str) -> None:
    """Tell systemd, where it listens: READY=1, WATCHDOG=1, STOPPING=1 (man sd_notify)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notifier:
            notifier.settimeout(1.0)
            notifier.connect(address)
            notifier.send(state.encode())
    except OSError as error:
        logger.warning("systemd's %s does not take %r: %s", address, state, error)
