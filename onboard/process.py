"""The onboard process: the table of its loops, and the live things they share."""

import logging
import secrets
import threading
import time

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.companion import DEFAULT_STREAM_HZ, Companion
from firmware_bridge.autopilot.events import Event, TunnelReceived
from firmware_bridge.autopilot.link import AutopilotLink
from firmware_bridge.autopilot.report import Footprint
from firmware_bridge.messages import Health
from onboard.camera import Frame
from onboard.camera.feed import CameraFeed
from onboard.camera.gate import Dropped
from onboard.clock import HostClock, both_clocks
from onboard.config import OnboardSettings
from onboard.health import Readings, board_celsius, disk_free_mb, judge, supply_low
from onboard.inputs import INPUT_TYPES, Input, Tick
from onboard.loops import Loop, notify, run_loops
from onboard.mailbox import Inbox
from onboard.pipeline import Pipeline
from onboard.recording.recorder import Recorder
from onboard.replay import run_header
from onboard.spool import Spool
from onboard.uplink.client import GroundClient
from onboard.uplink.http import ReportUplink, StateUplink
from onboard.uplink.radio import RadioUplink
from onboard.vehicle import Vehicle

logger = logging.getLogger(__name__)

STATE_EVERY_S = 0.5
FOOTPRINT_STALE_S = 3.0
TICK_EVERY_S = 0.25
"""Without frames; so long may a frame wait beyond its time when the camera has stopped."""
CLOCK_EVERY_S = 1.0
HEALTH_EVERY_S = 10.0
FIRST_HEALTH_S = 3.0
STUCK_S = 10.0
"""A pipeline that does not come round in this time gets no more watchdog."""
RECORDER_CLOSE_S = 1.0
MB = 1_000_000


def run_process(settings: OnboardSettings) -> str | None:
    """Run until a signal or a death; the name of the loop that died, or None."""
    spool = Spool(settings.spool.folder, int(settings.spool.quota_mb * MB))
    try:
        flight = Flight(settings, spool)
        _tell_settings(settings)
        notify("READY=1")
        try:
            return run_loops(flight.loops(), threading.Event())
        finally:
            notify("STOPPING=1")
            flight.close()
    finally:
        spool.close()


class Flight:
    """Everything that lives while the process runs."""

    def __init__(self, settings: OnboardSettings, spool: Spool) -> None:
        self._settings = settings
        self._spool = spool
        self._started_s, unix_s = both_clocks()
        self._clock = HostClock(self._started_s, unix_s)
        seed = secrets.token_bytes(16)
        header = run_header(settings, self._clock.anchor, seed)
        self._recorder = _recorder(settings, header)
        self._pipeline = Pipeline(settings, self._clock.anchor, seed, self._recorder)
        self._inbox: Inbox[Frame, Event | Input] = Inbox()
        self._vehicle = Vehicle()
        self._feed = CameraFeed(
            settings.camera.url or "", settings.camera.options(), self._inbox.frame
        )
        self._link = self._autopilot()
        self._radio = RadioUplink(spool, self._link.call, settings.uplink.radio.bytes_per_s)
        self._clients = [client for _ in range(2) if (client := _client(settings))]
        self._reports, self._states = None, None
        if self._clients:
            self._reports = ReportUplink(self._clients[0], spool)
            self._states = StateUplink(self._clients[1], self._system_id)
        self._came_round_s = self._ticked_s = self._started_s
        self._told_problems: tuple[str, ...] = ()

    def loops(self) -> dict[str, Loop]:
        """What runs, by name."""
        loops: dict[str, Loop] = {
            "camera": self._feed.run,
            "autopilot": self._link.run,
            "pipeline": self._run_pipeline,
            "clock": self._run_clock,
            "health": self._run_health,
        }
        if self._settings.uplink.radio.enabled:
            loops["radio"] = self._radio.run
        if self._reports and self._states:
            loops["http reports"] = self._reports.run
            loops["http states"] = self._states.run
        return loops

    def close(self) -> None:
        """Flush what is recorded; the loops have ended."""
        if self._recorder:
            self._recorder.close(RECORDER_CLOSE_S)

    def _autopilot(self) -> AutopilotLink:
        autopilot = self._settings.autopilot
        stream_hz = {
            **DEFAULT_STREAM_HZ,
            dialect.MAVLINK_MSG_ID_ATTITUDE_QUATERNION: autopilot.attitude_hz,
            dialect.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: autopilot.gimbal_hz,
            dialect.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: autopilot.position_hz,
        }
        companion = Companion(
            component_id=autopilot.component_id,
            vehicle_system_id=self._settings.system_id,
            stream_hz=stream_hz,
        )
        return AutopilotLink(autopilot.url or "", companion, self._on_event, self._on_bytes)

    def _on_event(self, event: Event) -> None:
        """Called by the link's thread."""
        if isinstance(event, TunnelReceived):
            self._radio.received(event)
        else:
            self._inbox.event(event)

    def _on_bytes(self, direction: str, data: bytes, now_s: float) -> None:
        if self._recorder:
            self._recorder.mavlink(now_s, data, sent=direction == "out")

    def _system_id(self) -> int | None:
        return self._settings.system_id or self._link.status().system_id

    def _run_pipeline(self, stop: threading.Event) -> None:
        next_state_s = 0.0
        while not stop.is_set():
            self._turn()
            now_s = self._came_round_s = time.monotonic()
            if now_s >= next_state_s:
                next_state_s = now_s + STATE_EVERY_S
                self._tell_state(now_s)
        self._spool.put(self._pipeline.finish())

    def _turn(self) -> None:
        """One round: all telemetry, then the newest frame, then what became ready."""
        events, frame = self._inbox.take(timeout_s=0.1)
        for event in events:
            if type(event).__name__ in INPUT_TYPES:
                self._spool.put(self._pipeline.telemetry(event))  # type: ignore[arg-type]
            if not isinstance(event, Tick):
                self._vehicle.event(event)  # type: ignore[arg-type]
        if frame is not None:
            self._spool.put(self._pipeline.frame(frame))
            self._ticked_s = time.monotonic()
        elif self._pipeline.waiting and time.monotonic() - self._ticked_s > TICK_EVERY_S:
            self._ticked_s = time.monotonic()
            self._spool.put(self._pipeline.telemetry(Tick(self._ticked_s)))

    def _tell_state(self, now_s: float) -> None:
        system_id, pose = self._system_id(), self._pipeline.last_pose
        fresh = pose is not None and now_s - pose.time_s < FOOTPRINT_STALE_S
        outline = self._pipeline.footprint() if fresh else None
        if outline and pose:
            self._radio.footprint.put(Footprint(tuple(outline[::3]), now_s - pose.time_s))
        if self._states and system_id:
            state = self._vehicle.state(now_s, system_id, self._pipeline.utc, outline)
            if state:
                self._states.state.put(state)

    def _run_clock(self, stop: threading.Event) -> None:
        """Notice a host clock that was set, and keep the watchdog quiet while we are well."""
        while not stop.wait(CLOCK_EVERY_S):
            now_s, unix_s = both_clocks()
            if anchor := self._clock.look(now_s, unix_s):
                self._inbox.event(anchor)
            if now_s - self._came_round_s < STUCK_S:
                notify("WATCHDOG=1")

    def _run_health(self, stop: threading.Event) -> None:
        wait_s = FIRST_HEALTH_S
        while not stop.wait(wait_s):
            wait_s = HEALTH_EVERY_S
            health = judge(self._readings(time.monotonic()))
            self._log_problems(health)
            self._radio.health.put(health)
            if self._states:
                self._states.health.put(health)

    def _readings(self, now_s: float) -> Readings:
        pipeline, feed, vehicle = self._pipeline, self._feed.status(), self._vehicle
        counts = pipeline.counts
        folders = [self._settings.spool.folder]
        if self._recorder:
            folders.append(self._settings.recorder.folder)
        return Readings(
            now_s=now_s,
            time_utc=self._clock.utc(now_s),
            started_s=self._started_s,
            camera_fps=feed.fps,
            camera_age_s=_age(now_s, feed.last_frame_s),
            camera_error=feed.error,
            camera_frozen=pipeline.gate.frozen,
            frames_dropped=self._inbox.frames_dropped
            + counts.frames
            - counts.searched
            - pipeline.gate.dropped[Dropped.REPEATED],
            relative=pipeline.relative,
            link=self._link.status(),
            position_age_s=_age(now_s, vehicle.position.time_s if vehicle.position else None),
            gimbal_age_s=_age(now_s, vehicle.gimbal.time_s if vehicle.gimbal else None),
            gimbal_expected=self._settings.camera.mount.fixed_deg is None,
            terrain_missing=pipeline.terrain_missing,
            disk_free_mb=min(disk_free_mb(folder) for folder in folders),
            spool_backlog=self._spool.backlog(),
            spool_problems=self._spool.problems(),
            recorder_stopped=self._recorder is not None and not self._recorder.status().recording,
            ground_age_s=self._ground_age_s(now_s),
            clock_jumped_s=self._clock.jumped_s,
            board_celsius=board_celsius(),
            supply_low=supply_low(),
        )

    def _ground_age_s(self, now_s: float) -> float | None:
        if not self._clients:
            return None
        answers = [client.answered_s for client in self._clients]
        heard = [s for s in (*answers, self._radio.answered_s) if s is not None]
        return now_s - max(heard, default=self._started_s)

    def _log_problems(self, health: Health) -> None:
        problems = tuple(str(problem) for problem in health.problems)
        if problems != self._told_problems:
            level = logging.WARNING if problems else logging.INFO
            logger.log(level, "health: %s", ", ".join(problems) or "all is well")
        self._told_problems = problems


def _tell_settings(settings: OnboardSettings) -> None:
    kept = settings.recorder.folder if settings.recorder.enabled else "no folder"
    logger.info("reports are kept in %s, the recording in %s", settings.spool.folder, kept)
    for remark in settings.remarks():
        logger.warning("%s", remark)


def _recorder(settings: OnboardSettings, header: dict[str, object]) -> Recorder | None:
    recorder = settings.recorder
    if not recorder.enabled:
        return None
    return Recorder(recorder.folder, int(recorder.quota_mb * MB), header)


def _client(settings: OnboardSettings) -> GroundClient | None:
    http = settings.uplink.http
    if http.url is None:
        return None
    key = http.key.get_secret_value() if http.key else None
    return GroundClient(http.url, key, http.timeout_s)


def _age(now_s: float, then_s: float | None) -> float | None:
    return None if then_s is None else max(0.0, now_s - then_s)
