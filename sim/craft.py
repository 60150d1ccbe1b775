"""One vehicle of the process: its flight, its camera and the links of its autopilot."""

import logging
import math
import selectors
from dataclasses import dataclass, field

from sim.camera.frames import FrameServer
from sim.camera.outputs import Output
from sim.camera.studio import Studio
from sim.line_of_sight import Station
from sim.link import LINKS_AT_MOST, Air, Listener, Port
from sim.parameter_file import ParameterFile
from sim.simulation import Simulation

log = logging.getLogger(__name__)

CAMERA_WAIT_S = 5.0
ANTENNA_M = 0.2
"""Of the vehicle's radio over its middle."""


@dataclass(slots=True)
class _Wire:
    port: Port
    up: Air | None
    down: Air | None
    cut: bool = False
    received: int = 0
    sent: int = 0


@dataclass(slots=True)
class Craft:
    """`serve` hands the ports to a selector; from then on whoever turns its loop calls the rest."""

    simulation: Simulation
    studio: Studio | None
    """None: nobody could see what it renders."""
    server: Output | None
    visible: FrameServer | None
    links: list[Listener | Port]
    parameter_file: ParameterFile | None = None
    waits_for_camera: bool = False
    """Else a camera that cannot keep up loses frames."""
    station: Station | None = None
    """With it the radio needs a line of sight."""
    _selector: selectors.BaseSelector | None = None
    _wires: dict[int, _Wire] = field(default_factory=dict)
    _next: int = 0
    _greeted: bool = False
    _hidden: bool = False

    def serve(self, selector: selectors.BaseSelector) -> None:
        """Open for clients: events carry (this, whose) as data."""
        self._selector = selector
        for link in self.links:
            if isinstance(link, Listener):
                selector.register(link.fileno(), selectors.EVENT_READ, (self, link))
            else:
                self._add(link)

    def step(self) -> None:
        """5 ms of flight; a frame that is due goes to the camera."""
        shot = self.simulation.step()
        if shot is not None and self.studio is not None:
            self.studio.take(shot, CAMERA_WAIT_S if self.waits_for_camera else 0.0)

    def look_at_faults(self, now_s: float) -> None:
        """Plugs and radios as they are now."""
        faults = self.simulation.faults
        if self.server is not None:
            self.server.set_plugged(not faults.active("camera_unplug", now_s))
        silent = faults.active("radio_loss", now_s) or self._behind_a_ridge()
        for wire in self._wires.values():
            wire.cut = silent and wire.port.is_radio

    def _behind_a_ridge(self) -> bool:
        if self.station is None or not any(wire.port.is_radio for wire in self._wires.values()):
            return False
        state = self.simulation.copter.state
        here = state.lat_deg, state.lon_deg, state.alt_amsl_m + ANTENNA_M
        hidden = not self.station.hears(here, self.simulation.time_s)
        if hidden != self._hidden:
            self._hidden = hidden
            words = "ground stands in the way" if hidden else "is heard again"
            number = self.simulation.scenario.vehicle.system_id
            log.info("radio %d: %s after %.0f s", number, words, self.simulation.time_s)
        return hidden

    def keep(self, now_s: float) -> None:
        """Changed parameters go to their file."""
        if self.parameter_file is not None:
            self.parameter_file.save(self.simulation.parameters, now_s)

    def flush(self, now_s: float) -> None:
        """Out with what the autopilot has to say, in with what came through the air."""
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

    def ready(self, source: Listener | int, now_s: float) -> None:
        """A client comes, speaks or goes."""
        if isinstance(source, Listener):
            self._welcome(source)
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
            self.flush(now_s)

    def close(self) -> None:
        """Hang up on everybody."""
        self.keep(math.inf)
        for number in list(self._wires):
            self._remove(number)
        for link in self.links:
            if isinstance(link, Listener):
                link.close()
        for output in (self.server, self.visible):
            if output is not None:
                output.close()

    def _welcome(self, listener: Listener) -> None:
        port = listener.accept()
        if port is None:
            return
        if len(self._wires) >= LINKS_AT_MOST:
            log.warning("autopilot: %s turned away, %d are there", port.name, LINKS_AT_MOST)
            port.close()
        else:
            self._add(port)

    def _add(self, port: Port) -> None:
        assert self._selector is not None
        self._next += 1
        scenario = self.simulation.scenario
        radio = scenario.radio if port.is_radio else None
        up = Air(radio, scenario.own_seed) if radio else None
        down = Air(radio, scenario.own_seed + 1) if radio else None
        self._wires[self._next] = _Wire(port, up, down)
        self._selector.register(port.fileno(), selectors.EVENT_READ, (self, self._next))
        self.simulation.autopilot.connect(
            self._next,
            self.simulation.time_s,
            port=1 if port.is_radio else 0,
            greet=not port.is_radio and not self._greeted,
        )
        self._greeted = self._greeted or not port.is_radio
        log.info("autopilot %d: %s", scenario.vehicle.system_id, port.name)

    def _remove(self, number: int) -> None:
        assert self._selector is not None
        wire = self._wires.pop(number)
        self._selector.unregister(wire.port.fileno())
        self.simulation.autopilot.disconnect(number)
        wire.port.close()
        log.info(
            "autopilot %d: %s gone after %d bytes in, %d out",
            self.simulation.scenario.vehicle.system_id, wire.port.name, wire.received, wire.sent,
        )  # fmt: skip
