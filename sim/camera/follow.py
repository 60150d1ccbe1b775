"""A camera on somebody else's vehicle: the same world, seen from where a real autopilot says it is.

Connects to ArduPilot's SITL, to a real quadcopter or to this simulator, asks for attitude,
position and gimbal many times a second, sends TIMESYNC, and hands a shot to the studio for every
frame as soon as telemetry on both sides of it has come. What is missing is said once, and once
that it is back.
"""

import logging
import math
import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pymavlink import mavutil

from firmware_bridge.errors import ConfigError
from sim.camera.studio import Studio
from sim.camera.telemetry import Pose, Telemetry
from sim.rotation import from_euler
from sim.scenario import Scenario
from sim.shot import Shot
from sim.world import World

log = logging.getLogger(__name__)

SYSTEM, COMPONENT = 245, 100
"""Ours on the wire: beside ground stations and companions, and MAV_COMP_ID_CAMERA."""
AUTOPILOT = 1
WANTED_HZ = 50.0
WANTED = (30, 33, 285)
"""ATTITUDE, GLOBAL_POSITION_INT, GIMBAL_DEVICE_ATTITUDE_STATUS."""
SET_MESSAGE_INTERVAL = 511
ASK_EVERY_S, TIMESYNC_EVERY_S, HEARTBEAT_EVERY_S = 5.0, 0.25, 1.0
WAIT_S = 0.01
AT_ONCE = 200
"""Messages, before frames get a turn."""
SILENT_S = 3.0
"""So long without a byte: the link is opened again."""
AGAIN_S = 1.0
LATE_AT_MOST_S = 2.0
"""A frame whose telemetry has not come by then is given up."""
BELOW_M = -5.0
"""Deeper than any error of height."""
GENERIC_HEARTBEAT = (30, 8, 0, 0, 4)
"""A camera, no autopilot, active."""


@dataclass(slots=True)
class Follower:
    """Keeps one link and one studio busy until `stop`, or for `duration_s`."""

    url: str
    scenario: Scenario
    world: World
    studio: Studio
    baud: int = 115200
    system: int | None = None
    """Of the vehicle; None: the first autopilot that is heard."""
    duration_s: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    given_up: int = 0
    """Frames whose telemetry did not come in time."""
    _telemetry: Telemetry = field(init=False)
    _zero_s: float = field(init=False, default=0.0)
    _open_s: float = field(init=False, default=0.0)
    _frames: int = 0
    _seeing: bool | None = None
    _due: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Where no gimbal reports, the scenario's is taken for level in roll and pitch."""
        gimbal = self.scenario.gimbal
        pitch, yaw = math.radians(gimbal.pitch_deg), math.radians(gimbal.yaw_deg)
        self._telemetry = Telemetry(from_euler(0.0, pitch, yaw))

    def run(self) -> None:
        """Blocks; a link that is lost or not there yet is tried again every second."""
        self._zero_s = time.monotonic()
        check(self.url)
        complained = False
        while not self._over():
            try:
                link = connect(self.url, self.baud)
            except OSError as error:
                if not complained:
                    log.warning("%s: %s; trying on", self.url, error)
                complained = True
                self.stop.wait(AGAIN_S)
                continue
            complained = False
            log.info("%s: open", self.url)
            try:
                self._attend(link)
            except OSError as error:
                log.warning("%s: lost: %s", self.url, error)
            finally:
                link.close()

    def _over(self) -> bool:
        ended = self.duration_s is not None and time.monotonic() - self._zero_s > self.duration_s
        return ended or self.stop.is_set() or self.studio.failure is not None

    def _attend(self, link: Any) -> None:
        """Until the link is lost or silent."""
        heard_s = self._open_s = time.monotonic()
        self._due = {}
        while not self._over():
            for message in _waiting(link):
                heard_s = time.monotonic()
                self._hear(message, heard_s)
            now_s = time.monotonic()
            if now_s - heard_s > SILENT_S:
                raise TimeoutError(f"nothing heard for {SILENT_S:.0f} s")
            self._ask(link, now_s)
            self._shoot(now_s)

    def _hear(self, message: Any, now_s: float) -> None:
        if message.get_type() == "BAD_DATA" or message.get_srcComponent() != AUTOPILOT:
            return
        if self.system is None and message.get_type() == "HEARTBEAT":
            self.system = message.get_srcSystem()
            log.info("following vehicle %d", self.system)
        if message.get_srcSystem() != self.system:
            return
        if message.get_type() == "TIMESYNC":
            if message.tc1:
                self._telemetry.clock.answered(message.ts1 / 1e9, now_s, message.tc1 / 1e9)
            return
        self._telemetry.hear(message, now_s)

    def _ask(self, link: Any, now_s: float) -> None:
        if self._is_due("heartbeat", now_s, HEARTBEAT_EVERY_S):
            link.mav.heartbeat_send(*GENERIC_HEARTBEAT)
        if self.system is None:
            return
        if self._is_due("timesync", now_s, TIMESYNC_EVERY_S):
            link.mav.timesync_send(0, time.monotonic_ns())
        # Again and again: an autopilot that restarts has forgotten.
        if self._is_due("streams", now_s, ASK_EVERY_S):
            for number in WANTED:
                link.mav.command_long_send(
                    self.system, AUTOPILOT, SET_MESSAGE_INTERVAL, 0,
                    number, 1e6 / WANTED_HZ, 0, 0, 0, 0, 0,
                )  # fmt: skip

    def _is_due(self, what: str, now_s: float, every_s: float) -> bool:
        if now_s < self._due.get(what, 0.0):
            return False
        self._due[what] = now_s + every_s
        return True

    def _shoot(self, now_s: float) -> None:
        """Hand over every frame whose instant the telemetry has passed."""
        period_s = 1 / self.scenario.camera.fps
        while (frame_s := self._zero_s + (self._frames + 1) * period_s) <= now_s:
            boot_s = self._telemetry.clock.boot_s(frame_s)
            hopeful = boot_s is not None and self._telemetry.may_know(boot_s)
            pose = self._telemetry.at(boot_s) if boot_s is not None else None
            if pose is None and hopeful and now_s - frame_s < LATE_AT_MOST_S:
                return
            self._frames += 1
            if pose is not None:
                shot = Shot(self._frames, frame_s - self._zero_s, pose.state, pose.mount, False, 0)
                self.studio.take(shot)
            self.given_up += pose is None and hopeful
            # A link that has just been opened may be silent for a moment.
            if pose is not None or now_s - self._open_s > LATE_AT_MOST_S:
                self._tell(pose)

    def _tell(self, pose: Pose | None) -> None:
        """A transition, once; and what the heights say when the camera begins to see."""
        if self._seeing is (pose is not None):
            return
        self._seeing = pose is not None
        if pose is None:
            log.warning("no frames: position or attitude of the vehicle does not come")
            return
        s = pose.state
        over_m = s.alt_amsl_m - self.world.ground.height_at(s.lat_deg, s.lon_deg)
        away_m = max(abs(a) for a in self.world.map_point(s.lat_deg, s.lon_deg))
        log.info("frames: %.0f m over this world's ground, %.0f m from its home", over_m, away_m)
        if over_m < BELOW_M:
            log.warning(
                "the vehicle is %.0f m below this world's ground: say its home by --home "
                "LAT,LON,ALT, or where the tiles are that it knows by --terrain", -over_m,
            )  # fmt: skip


def _waiting(link: Any) -> Iterator[Any]:
    """Messages that are there, or come in a moment; raises OSError at the end of the stream."""
    ready, _, _ = select.select([link.fd], [], [], WAIT_S)
    if not ready:
        return
    # mavutil itself would print its regret on stdout, again and again.
    if isinstance(link, mavutil.mavtcp) and not link.port.recv(1, socket.MSG_PEEK):
        raise ConnectionResetError("closed by the other side")
    for _ in range(AT_ONCE):
        message = link.recv_msg()
        if message is None:
            return
        yield message


def check(url: str) -> None:
    """Raise ConfigError for what can never become a link."""
    kind, _, rest = url.partition(":")
    if kind in ("tcp", "udp", "udpin", "udpout"):
        host, colon, port = rest.rpartition(":")
        if not (colon and host and port.isdecimal() and 0 < int(port) < 65536):
            raise ConfigError(f"--autopilot {url}: write {kind}:HOST:PORT")
    elif not url.startswith("/"):
        raise ConfigError(
            f"--autopilot {url}: write tcp:HOST:PORT, udpin:HOST:PORT, udpout:HOST:PORT or the "
            "path of a serial port"
        )


def connect(url: str, baud: int) -> Any:
    """Open the link by pymavlink, speaking MAVLink 2; raises OSError."""
    # mavutil takes its wire protocol from here, and from nowhere else.
    os.environ.setdefault("MAVLINK20", "1")
    return mavutil.mavlink_connection(
        url, baud=baud, source_system=SYSTEM, source_component=COMPONENT,
        dialect="ardupilotmega", retries=1,
    )  # fmt: skip
