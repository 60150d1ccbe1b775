"""The truth of several cameras in one stream: line n of the first vehicle, of the second, ...

All cameras of a fleet have one rate, so that this is the order of time; whichever camera happens
to be rendered first, the stream is the same.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from firmware_bridge.errors import BridgeError, ConfigError
from sim.camera.studio import Lines


@contextlib.contextmanager
def open_truth(path: Path) -> Iterator["OnDisk"]:
    """A new file, a line at a time; raises ConfigError when there can be none."""
    try:
        file = path.open("w", encoding="utf-8", buffering=1)
    except OSError as error:
        raise ConfigError(f"--truth {path}: {error.strerror}") from error
    try:
        yield OnDisk(file)
    finally:
        # What did not reach the disk was told when it was written.
        with contextlib.suppress(OSError):
            file.close()


class OnDisk:
    """An open file."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: str) -> None:
        """One line; raises BridgeError naming the file."""
        try:
            self._file.write(line)
        except OSError as error:
            raise BridgeError(f"--truth {self._file.name}: {error.strerror}") from error


class TruthFile:
    """Takes lines from so many cameras, each on its own thread, for everybody in `outs`."""

    def __init__(self, outs: Sequence[Lines], cameras: int) -> None:
        self._outs = outs
        self._waiting: list[deque[str]] = [deque() for _ in range(cameras)]
        self._turn = 0
        self._lock = threading.Lock()

    def lane(self, camera: int) -> "Lane":
        """Where one camera writes."""
        return Lane(self, camera)

    def put(self, camera: int, line: str) -> None:
        """Keep a line until its turn."""
        with self._lock:
            self._waiting[camera].append(line)
            while self._waiting[self._turn]:
                self._write_next()

    def close(self) -> None:
        """Write what waits for a line that never came."""
        with self._lock:
            while any(self._waiting):
                self._write_next()

    def _write_next(self) -> None:
        if self._waiting[self._turn]:
            line = self._waiting[self._turn].popleft()
            for out in self._outs:
                out.write(line)
        self._turn = (self._turn + 1) % len(self._waiting)


class Lane:
    """One camera's end."""

    def __init__(self, file: TruthFile, camera: int) -> None:
        self._file, self._camera = file, camera

    def write(self, line: str) -> None:
        """One line."""
        self._file.put(self._camera, line)
