"""The truth of several cameras in one file: line n of the first vehicle, of the second, ...

All cameras of a fleet have one rate, so that this is the order of time; whichever camera happens
to be rendered first, the file is the same.
"""

import threading
from collections import deque
from typing import TextIO


class TruthFile:
    """Takes lines from so many cameras, each on its own thread."""

    def __init__(self, out: TextIO, cameras: int) -> None:
        self._out = out
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
                self._out.write(self._waiting[self._turn].popleft())
                self._turn = (self._turn + 1) % len(self._waiting)

    def close(self) -> None:
        """Write what waits for a line that never came."""
        with self._lock:
            while any(self._waiting):
                if self._waiting[self._turn]:
                    self._out.write(self._waiting[self._turn].popleft())
                self._turn = (self._turn + 1) % len(self._waiting)
            self._out.flush()


class Lane:
    """One camera's end."""

    def __init__(self, file: TruthFile, camera: int) -> None:
        self._file, self._camera = file, camera

    def write(self, line: str) -> None:
        """One line."""
        self._file.put(self._camera, line)
