"""The simulator as a process: simulated time follows the wall clock, bytes come and go.

One loop owns the flight, the autopilot and all links; only the camera has a thread of its own.
Bytes are stamped with the simulated time at which they arrived, so that TIMESYNC is as exact as
the loop's wake-up.
"""

import logging
import selectors
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from firmware_bridge.errors import BridgeError
from sim.camera.outputs import Output
from sim.camera.studio import Studio
from sim.link import LINKS_AT_MOST, Air, Listener, Port
from sim.simulation import Simulation

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 0.005
LATE_AT_MOST_S = 0.5
"""Simulated seconds the flight may lag behind the clock that stamps bytes."""
STEPS_AT_ONCE = 200
"""A second of flight: then the links get a turn, however late we are."""


@dataclass(slots=True)
class _Wire:
    port: Port
    up: Air | None
    down: Air | None
    cut: bool = False
    received: int = 0
    sent: int = 0


@dataclass(slots=True)
class Runner:
    """Drives one simulation until `duration_s` of simulated time, or until `stop` is set."""

    simulation: Simulation
    studio: Studio
    server: Output | None
    speedup: float = 1.0
    duration_s: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    _wires: dict[int, _Wire] = field(default_factory=dict)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _zero_s: float = 0.0
    _next: int = 0
    _greeted: bool = False

    def run(self, links: Sequence[Listener | Port]) -> None:
        """Blocks; raises BridgeError when the camera died."""
        for link in links:
            if isinstance(link, Listener):
                self._selector.register(link.fileno(), selectors.EVENT_READ, link)
            else:
                self._add(link)
        self._zero_s = time.monotonic()
        try:
            while not self.stop.is_set() and not self._over():
                self._turn()
        finally:
            self._close(links)

    def _turn(self) -> None:
        now_s = self._now_s()
        self._advance(now_s)
        self._flush(now_s)
        for key, _ in self._selector.select(LONGEST_WAIT_S / max(self.speedup, 1.0)):
            self._ready(key.data, self._now_s())
        if self.studio.failure is not None:
            raise BridgeError(f"camera: {self.studio.failure}") from self.studio.failure

    def _now_s(self) -> float:
        """Simulated time that should be; slips when the flight cannot keep up."""
        now_s = (time.monotonic() - self._zero_s) * self.speedup
        late_s = now_s - self.simulation.time_s - LATE_AT_MOST_S
        if late_s > 0:
            # Else TIMESYNC would run ahead of every pose: after Ctrl-Z, or too large a speedup.
            self._zero_s += late_s / self.speedup
        return now_s - max(late_s, 0.0)

    def _over(self) -> bool:
        return self.duration_s is not None and self.simulation.time_s >= self.duration_s

    def _advance(self, now_s: float) -> None:
        faults = self.simulation.faults
        for _ in range(STEPS_AT_ONCE):
            if self.simulation.time_s >= now_s or self._over():
                break
            shot = self.simulation.step()
            if shot is not None:
                # Faster than real time the flight waits for the camera; live, it never does.
                self.studio.take(shot, wait_s=5.0 if self.speedup > 1 else 0.0)
        if self.server is not None:
            self.server.set_plugged(not faults.active("camera_unplug", now_s))
        silent = faults.active("radio_loss", now_s)
        for wire in self._wires.values():
            wire.cut = silent and wire.port.is_radio

    def _flush(self, now_s: float) -> None:
        for number, wire in self._wires.items():
            data = self.simulation.autopilot.data_to_send(number)
            if wire.cut:
                continue
            if wire.down is None:
                wire.port.write(data)
                wire.sent += len(data)
                continue
            wire.down.send(data, now_s)
            for frame in wire.down.arrived(now_s):
                wire.port.write(frame)
                wire.sent += len(frame)
            for frame in wire.up.arrived(now_s) if wire.up else ():
                self.simulation.autopilot.receive(number, frame, now_s)

    def _ready(self, source: Listener | int, now_s: float) -> None:
        if isinstance(source, Listener):
            port = source.accept()
            if port is not None and len(self._wires) >= LINKS_AT_MOST:
                port.close()
            elif port is not None:
                self._add(port)
            return
        wire = self._wires.get(source)
        if wire is None:
            return
        data = wire.port.read()
        if data is None:
            self._remove(source)
            return
        deaf = wire.cut or self.simulation.faults.active("autopilot_reboot", now_s)
        if not data or deaf:
            return
        wire.received += len(data)
        if wire.up is not None:
            wire.up.send(data, now_s)
        else:
            self.simulation.autopilot.receive(source, data, now_s)
            self._flush(now_s)

    def _add(self, port: Port) -> None:
        self._next += 1
        scenario = self.simulation.scenario
        radio = scenario.radio if port.is_radio else None
        up = Air(radio, scenario.seed) if radio else None
        down = Air(radio, scenario.seed + 1) if radio else None
        self._wires[self._next] = _Wire(port, up, down)
        self._selector.register(port.fileno(), selectors.EVENT_READ, self._next)
        self.simulation.autopilot.connect(
            self._next,
            self.simulation.time_s,
            port=1 if port.is_radio else 0,
            greet=not port.is_radio and not self._greeted,
        )
        self._greeted = self._greeted or not port.is_radio
        log.info("autopilot: %s", port.name)

    def _remove(self, number: int) -> None:
        wire = self._wires.pop(number)
        self._selector.unregister(wire.port.fileno())
        self.simulation.autopilot.disconnect(number)
        wire.port.close()
        log.info(
            "autopilot: %s gone after %d bytes in, %d out", wire.port.name, wire.received, wire.sent
        )

    def _close(self, links: Sequence[Listener | Port]) -> None:
        for number in list(self._wires):
            self._remove(number)
        for link in links:
            if isinstance(link, Listener):
                link.close()
        self._selector.close()
