"""From telemetry and frames to hotspots: one thread, no clock, no random number.

Every input is recorded in the order it is consumed, and nothing else decides: the same inputs
give the same hotspots bit for bit, in a flight and in its replay. A frame is searched for heat at
once; what was found waits, bounded, until telemetry on both sides of the frame is there, and goes
on unlocated when it does not come.
"""

import logging
import math
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

import numpy as np

from firmware_bridge.autopilot.events import LinkUp
from firmware_bridge.identity import uuid7
from firmware_bridge.messages import Detection, Hotspot, Pose
from firmware_bridge.terrain import RayStatus, Terrain
from firmware_bridge.units import ZERO_CELSIUS_KELVIN, unix_us_from_utc
from onboard.camera.frame import SCALE_KELVIN, Frame, Radiometry
from onboard.camera.gate import CameraGate
from onboard.camera.radiometry import to_kelvin
from onboard.clock import ClockAnchor
from onboard.config import OnboardSettings
from onboard.detect import Detector
from onboard.inputs import Input, InputRecorder, Tick
from onboard.locate import REASONS, Locator
from onboard.locate.pose import Coverage, NoPose, PoseBuffer
from onboard.locate.sight import View
from onboard.thumbnail import thumbnail
from onboard.track import Tracker

logger = logging.getLogger(__name__)

MOST_WAITING = 40
"""Frames: 1.3 s at 30 Hz, at most 26 MB of pixels."""
UNKNOWN_SYSTEM_ID = 1
GSD_FRESH_S = 5.0
PICTURE_AGAIN_KELVIN = 20.0
_PICTURES_REMEMBERED = 1000


class Report(NamedTuple):
    """A new or revised hotspot for the spool."""

    hotspot: Hotspot
    picture: bytes | None
    """PNG, or None where the one sent before still serves."""


@dataclass(slots=True)
class Counts:
    """What became of the frames."""

    frames: int = 0
    searched: int = 0
    """Passed the camera gate."""
    located: int = 0
    """Had a pose."""
    without_pose: Counter[str] = field(default_factory=Counter)
    """Why the others had none; the figures in the reasons left out."""


class _Waiting(NamedTuple):
    frame: Frame
    detections: Sequence[Detection]


class Pipeline:
    """The core of the onboard process."""

    def __init__(
        self,
        settings: OnboardSettings,
        anchor: ClockAnchor,
        id_seed: bytes,
        recorder: InputRecorder | None = None,
    ) -> None:
        """`id_seed` makes this run's hotspot ids its own; a replay gives the recorded one."""
        self._settings = settings
        self._anchor = anchor
        self._id_seed = id_seed
        self._ids = 0
        self._recorder = recorder
        self._detector = Detector(settings.detect)
        self._poses = PoseBuffer(fixed_mount=settings.camera.mount.fixed_mount())
        self._terrain = Terrain(settings.terrain.folder)
        self._locator: Locator | None = None
        self._tracker = Tracker(
            settings.track, settings.system_id or UNKNOWN_SYSTEM_ID, self._new_id
        )
        self._waiting: deque[_Waiting] = deque()
        self._now_s = -math.inf
        """By frames and ticks, which the host stamps: a stamp of the autopilot's may be wild."""
        self._gsd: tuple[float, float] | None = None
        """When, and metres a pixel."""
        self._pictured: dict[UUID, float] = {}
        self.newest: Sequence[Detection] = ()
        """Detections of the newest frame searched."""
        self.gate = CameraGate()
        self.counts = Counts()
        self.last_pose: Pose | None = None
        """Of the newest frame that had one."""
        self.terrain_missing = False
        """The newest frame with a pose looked at ground without elevation data."""
        self.relative = False
        """The newest frame had no calibration."""
        self.people_unresolved = False
        """At some time a pixel covered more ground than a person does."""

    @property
    def waiting(self) -> int:
        """Frames that wait for telemetry."""
        return len(self._waiting)

    def telemetry(self, event: Input) -> list[Report]:
        """Take in an event of the autopilot or of the clock."""
        if self._recorder:
            self._recorder.event(self._now_s if math.isfinite(self._now_s) else 0.0, event)
        match event:
            case Tick():
                self._now_s = max(self._now_s, event.time_s)
            case ClockAnchor():
                self._anchor = event
            case LinkUp(system_id=system_id) if self._settings.system_id is None:
                self._tracker.system_id = system_id
        self._poses.add(event)
        return self._work()

    def frame(self, frame: Frame) -> list[Report]:
        """Take in a frame of the camera."""
        if self._recorder:
            self._recorder.frame(frame)
        self._now_s = max(self._now_s, frame.time_s)
        self.counts.frames += 1
        if self.gate.check(frame) is None:
            self.counts.searched += 1
            self.relative = frame.relative
            self.newest = self._search(frame)
            self._waiting.append(_Waiting(frame, self.newest))
        return self._work()

    def finish(self) -> list[Report]:
        """No more telemetry will come: let the frames that wait go on without."""
        if not self._waiting:
            return []
        return self.telemetry(Tick(self._now_s + self._settings.locate.pose_wait_s + 1.0))

    def footprint(self) -> list[tuple[float, float]] | None:
        """(lon, lat) around the view of `last_pose`, clockwise, corners every third."""
        if self._locator is None or self.last_pose is None:
            return None
        return self._locator.footprint(self.last_pose)

    def utc(self, time_s: float) -> datetime:
        """UTC of a monotonic time, as reports have it."""
        return self._anchor.utc(time_s)

    def _search(self, frame: Frame) -> Sequence[Detection]:
        gsd_m = None
        if self._gsd is not None and frame.time_s - self._gsd[0] < GSD_FRESH_S:
            gsd_m = self._gsd[1]
        kelvin = to_kelvin(frame).pixels
        return self._detector.detect(kelvin, frame.pixels, ceiling=_ceiling(frame), gsd_m=gsd_m)

    def _work(self) -> list[Report]:
        """Bring on every frame whose pose is there, or will not come."""
        reports: list[Report] = []
        while self._waiting and self._ripe(self._waiting[0].frame.time_s):
            reports += self._conclude(*self._waiting.popleft())
        return reports

    def _ripe(self, time_s: float) -> bool:
        if len(self._waiting) > MOST_WAITING:
            return True
        late = self._now_s - time_s > self._settings.locate.pose_wait_s
        return late or self._poses.covers(time_s) is not Coverage.WAIT

    def _conclude(self, frame: Frame, detections: Sequence[Detection]) -> list[Report]:
        pose = self._poses.at(frame.time_s, frame.clock_sigma_s)
        self._count_pose(pose)
        locator = self._locator_for(frame)
        views = self._views(locator, pose, frame, detections)
        sees = partial(locator.sees, pose) if locator and isinstance(pose, Pose) else None
        seen = list(zip(detections, views, strict=True))
        hotspots = self._tracker.update(frame.time_s, self.utc(frame.time_s), seen, sees)
        return [Report(h, self._picture(h, frame, detections)) for h in hotspots]

    def _views(
        self,
        locator: Locator | None,
        pose: Pose | NoPose,
        frame: Frame,
        detections: Sequence[Detection],
    ) -> list[View]:
        """Of each detection; the picture's centre goes along for the ground sample distance."""
        if locator is None:
            height, width = frame.pixels.shape
            reason = f"lens unknown for {width} x {height} pixels: set camera.lens"
            return [View(None, None, reason) for _ in detections]
        lens = locator.lens
        u = [one.u_px for one in detections] + [(lens.width - 1) / 2]
        v = [one.v_px for one in detections] + [(lens.height - 1) / 2]
        *views, centre = locator.locate(pose, u, v)
        if isinstance(pose, Pose):
            self.last_pose = pose
            self.terrain_missing = centre.reason == REASONS[RayStatus.NO_TERRAIN]
        if centre.sight is not None:
            self._gsd = frame.time_s, math.sqrt(centre.sight.ground_m2_per_px)
            self._note_resolution(self._gsd[1])
        return views

    def _note_resolution(self, gsd_m: float) -> None:
        """Say once that people cannot be found from here."""
        width_m = self._settings.detect.signature.person_width_m
        if gsd_m > width_m and not self.people_unresolved:
            self.people_unresolved = True
            logger.warning(
                "a pixel covers %.2f m of ground, a person is %.1f m wide: from here this "
                "camera is a fire sensor and no people sensor",
                gsd_m,
                width_m,
            )

    def _locator_for(self, frame: Frame) -> Locator | None:
        height, width = frame.pixels.shape
        held = self._locator
        if held is not None and (held.lens.width, held.lens.height) == (width, height):
            return held
        camera, locate = self._settings.camera, self._settings.locate
        lens = camera.lens.lens(width, height)
        if lens is None:
            return None
        self._locator = Locator(
            self._terrain,
            lens,
            camera.mount.mounting(),
            locate.sigmas(),
            max_range_m=locate.max_range_m,
        )
        return self._locator

    def _count_pose(self, pose: Pose | NoPose) -> None:
        if isinstance(pose, Pose):
            self.counts.located += 1
        else:
            words = [word for word in pose.reason.split() if not word[0].isdigit()]
            self.counts.without_pose[" ".join(words)] += 1

    def _picture(
        self, hotspot: Hotspot, frame: Frame, detections: Sequence[Detection]
    ) -> bytes | None:
        """A picture for the first report, and when it has become much hotter since."""
        detection = self._tracker.detection_of(hotspot.hotspot_id)
        if detection is None or not any(detection is one for one in detections):
            return None  # told late: this frame does not show it
        peak = hotspot.peak_kelvin or 0.0
        if peak < self._pictured.get(hotspot.hotspot_id, -math.inf) + PICTURE_AGAIN_KELVIN:
            return None
        self._pictured[hotspot.hotspot_id] = peak
        if len(self._pictured) > _PICTURES_REMEMBERED:
            del self._pictured[next(iter(self._pictured))]
        return thumbnail(frame.pixels, detection.u_px, detection.v_px)

    def _new_id(self, utc: datetime) -> UUID:
        self._ids += 1
        entropy = blake2b(self._id_seed + self._ids.to_bytes(4, "big"), digest_size=10).digest()
        return uuid7(max(unix_us_from_utc(utc), 0) // 1000, entropy)


def _ceiling(frame: Frame) -> float | None:
    """Where the camera saturates: kelvin where it is calibrated, else counts.

    In the float32 of `to_kelvin`: in float64 a pixel at the ceiling would lie just below it.
    """
    if frame.saturation is None:
        return None
    limit = np.float32(frame.saturation)
    if frame.radiometry is Radiometry.CELSIUS:
        return float(limit + np.float32(ZERO_CELSIUS_KELVIN))
    return float(limit * np.float32(SCALE_KELVIN.get(frame.radiometry, 1.0)))
