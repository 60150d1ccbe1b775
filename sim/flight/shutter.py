"""Releases of the camera's shutter: by distance, by interval, by command."""

import math
from collections.abc import Callable

FOREVER = -1


class Shutter:
    """Calls `release` for every picture; times are simulated seconds."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release = release
        self.distance_m = 0.0
        """Between two pictures; 0: none by distance."""
        self._last: tuple[float, float] | None = None
        self.interval_s = 0.0
        self.left = 0
        """Pictures still to take by interval; -1: until told to stop."""
        self._next_s = 0.0

    def once(self) -> None:
        """One picture now."""
        self._release()

    def by_distance(self, metres: float, at_once: bool) -> None:
        """DO_SET_CAM_TRIGG_DIST; 0 stops."""
        self.distance_m, self._last = max(metres, 0.0), None
        if at_once:
            self._release()

    def by_interval(self, seconds: float, count: int, now_s: float) -> None:
        """IMAGE_START_CAPTURE; a count of 0 goes on for ever."""
        if count == 1 or seconds <= 0:
            self._release()
            return
        self.interval_s, self.left, self._next_s = seconds, count or FOREVER, now_s

    def stop(self) -> None:
        """IMAGE_STOP_CAPTURE."""
        self.left = 0

    def step(self, north: float, east: float, flying: bool, now_s: float) -> None:
        """Releases when it is time; by distance only in flight."""
        if self.left and now_s >= self._next_s:
            self._next_s += self.interval_s
            self.left -= self.left > 0
            self._release()
        if self.distance_m > 0 and flying:
            if self._last is None:
                self._last = north, east
            elif math.hypot(north - self._last[0], east - self._last[1]) >= self.distance_m:
                self._last = north, east
                self._release()
