"""The camera at work: shots in, frames to the stream and truth to the file, on its own thread."""

import contextlib
import logging
import queue
import threading
from typing import Protocol

from firmware_bridge.errors import BridgeError
from sim.camera import Scene, mjpeg, truth
from sim.camera.frames import CameraClock, FrameServer, record
from sim.camera.loopback import Loopback
from sim.camera.outputs import Output
from sim.camera.sensor import Microbolometer
from sim.scenario import Scenario
from sim.shot import Shot
from sim.world import World

log = logging.getLogger(__name__)

SHOTS_WAITING = 2


class Lines(Protocol):
    """Where truth goes."""

    def write(self, line: str, /) -> object:
        """One line."""


class Studio:
    """Renders what `take` hands it; when it cannot keep up, shots are dropped and counted."""

    def __init__(
        self, scenario: Scenario, world: World, server: Output | None, out: Lines | None,
        visible: FrameServer | None = None,
    ) -> None:  # fmt: skip
        self._camera = scenario.camera
        self._scene = Scene(scenario, world)
        self._sensor = Microbolometer(scenario.camera, scenario.own_seed)
        self._clock = CameraClock(scenario.camera.clock_offset_s, scenario.camera.clock_drift_ppm)
        self._server, self._visible, self._out = server, visible, out
        self._shots: queue.Queue[Shot | None] = queue.Queue(SHOTS_WAITING)
        self.rendered, self.dropped = 0, 0
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="camera", daemon=True)
        self._thread.start()

    def take(self, shot: Shot, wait_s: float = 0.0) -> None:
        """Hand over one shot; with `wait_s` the flight waits for the camera instead of dropping."""
        try:
            self._shots.put(shot, block=wait_s > 0, timeout=wait_s or None)
        except queue.Full:
            self.dropped += 1

    def finish(self, timeout_s: float = 5.0) -> None:
        """Render what waits, then stop."""
        with contextlib.suppress(queue.Full):
            self._shots.put(None, timeout=timeout_s)
        self._thread.join(timeout_s)

    def develop(self, shot: Shot) -> bytes:
        """One frame as its output takes it; its truth and its visible twin go their way."""
        view = self._scene.render(shot)
        exposure = self._sensor.expose(view.kelvin, shot.time_s, shot.frozen)
        middle_ns = self._clock.ns(shot.time_s, shot.clock_jump_s)
        start_ns = middle_ns - round(self._camera.exposure_ms * 5e5)
        if self._out is not None:
            self._out.write(truth.line(shot, view, exposure, middle_ns))
        if self._visible is not None and self._visible.clients:
            self._visible.publish(mjpeg.part(self._scene.visible(view)))
        if isinstance(self._server, Loopback):
            return exposure.pixels.tobytes()
        return record(exposure, shot.sequence, start_ns, self._camera, self._sensor.saturation)

    def _work(self) -> None:
        try:
            while (shot := self._shots.get()) is not None:
                if self._wanted():
                    data = self.develop(shot)
                    if self._server is not None:
                        self._server.publish(data)
                    self.rendered += 1
        except BridgeError as error:
            self.failure = error
        except Exception as error:
            # The process's own loop sees it and ends; a camera that quietly stops helps nobody.
            log.exception("camera thread died")
            self.failure = error

    def _wanted(self) -> bool:
        """Somebody looks, or truth is kept; with no output at all the frames are for their cost."""
        outputs = [output for output in (self._server, self._visible) if output is not None]
        return not outputs or self._out is not None or any(o.clients for o in outputs)
