"""The simulator as a process: simulated time follows the wall clock, bytes come and go.

One loop owns the flights, the autopilots and all links; only the cameras have threads of their
own. All vehicles are stepped together. Bytes are stamped with the simulated time at which they
arrived, so that TIMESYNC is as exact as the loop's wake-up.
"""

import selectors
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from firmware_bridge.errors import BridgeError
from sim.craft import Craft

LONGEST_WAIT_S = 0.005
LATE_AT_MOST_S = 0.5
"""Simulated seconds the flight may lag behind the clock that stamps bytes."""
KNOT_S, STRAIGHT_S = 1.0, 0.05
STEPS_AT_ONCE = 200
"""A second of flight: then the links get a turn, however late we are."""


@dataclass(slots=True)
class Runner:
    """Drives a fleet until `duration_s` of simulated time, or until `stop` is set."""

    fleet: Sequence[Craft]
    speedup: float = 1.0
    duration_s: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    on_turn: Callable[[float], None] = lambda time_s: None
    """Called every few milliseconds with the simulated time."""
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _zero_s: float = 0.0
    knots: list[tuple[float, float]] = field(default_factory=list)
    """Real and simulated seconds since the start: the corners of their line."""

    @property
    def time_s(self) -> float:
        """Simulated seconds since the start."""
        return self.fleet[0].simulation.time_s

    def run(self) -> None:
        """Blocks; raises BridgeError when a camera died. The links are closed in the end."""
        for craft in self.fleet:
            craft.serve(self._selector)
        self._zero_s = began_s = time.monotonic()
        try:
            while not self.stop.is_set() and not self._over():
                self._turn()
                self._tie(time.monotonic() - began_s)
        finally:
            for craft in self.fleet:
                craft.close()
            self._selector.close()

    def _tie(self, real_s: float) -> None:
        """A corner is needed where the flight could not keep up, or could again."""
        here = real_s, self.time_s
        if self.knots and real_s - self.knots[-1][0] < KNOT_S:
            return
        if len(self.knots) >= 2:
            (r0, s0), (r1, s1) = self.knots[-2:]
            ahead_s = s0 + (s1 - s0) / (r1 - r0) * (real_s - r0) - self.time_s
            if abs(ahead_s) < STRAIGHT_S * max(self.speedup, 1.0):
                self.knots[-1] = here
                return
        self.knots.append(here)

    def _turn(self) -> None:
        now_s = self._now_s()
        self._advance(now_s)
        self.on_turn(self.time_s)
        for craft in self.fleet:
            craft.look_at_faults(now_s)
            craft.flush(now_s)
            craft.keep(now_s)
        for key, _ in self._selector.select(LONGEST_WAIT_S / max(self.speedup, 1.0)):
            craft, source = key.data
            craft.ready(source, self._now_s())
        for craft in self.fleet:
            failure = craft.studio and craft.studio.failure
            if failure:
                raise BridgeError(f"camera: {failure}") from failure

    def _now_s(self) -> float:
        """Simulated time that should be; slips when the flight cannot keep up."""
        now_s = (time.monotonic() - self._zero_s) * self.speedup
        late_s = now_s - self.time_s - LATE_AT_MOST_S
        if late_s > 0:
            # Else TIMESYNC would run ahead of every pose: after Ctrl-Z, or too large a speedup.
            self._zero_s += late_s / self.speedup
        return now_s - max(late_s, 0.0)

    def _over(self) -> bool:
        return self.duration_s is not None and self.time_s >= self.duration_s - 1e-9

    def _advance(self, now_s: float) -> None:
        for _ in range(STEPS_AT_ONCE):
            if self.time_s >= now_s or self._over() or self.stop.is_set():
                break
            for craft in self.fleet:
                craft.step()
