"""Where the vehicle and its camera were at the instant of a frame.

Attitude, gimbal and position arrive as three series with their own time stamps; each is
interpolated between its own neighbours (quaternions by slerp, position along the straight line:
0.25 s apart under 5 m/s2 that is at most 4 cm off). Nothing is extrapolated and no gap is
bridged: without neighbours close enough the answer is a `NoPose` that says why.

Gimbal yaw is relative to the vehicle's heading unless the sample says EARTH, while roll and pitch
are earth-referenced either way (MAVLink, GIMBAL_DEVICE_ATTITUDE_STATUS and GIMBAL_DEVICE_FLAGS).
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from firmware_bridge.autopilot.events import ClockSynced, VehicleRebooted
from firmware_bridge.messages import (
    AttitudeSample,
    GimbalSample,
    Pose,
    PositionSample,
    Quaternion,
    YawFrame,
)
from onboard.locate.rotation import about_down, heading_rad, multiply, normalised, slerp

SERIES_LIMIT = 4096
"""Samples a series may hold: ten seconds at 400 Hz."""
ATTITUDE_GAP_S = 0.5
POSITION_GAP_S = 1.2
"""Position changes slowly: a stream at 1 Hz is still enough."""
NO_GIMBAL = ": for a camera without one set camera.mount.fixed_deg"
CLOCK_STEP_S = 0.1
"""A clock offset that moves by more than this makes older stamps meaningless."""

Sample = TypeVar("Sample", AttitudeSample, GimbalSample, PositionSample)


class Coverage(StrEnum):
    """Whether a pose for one instant can be had."""

    NOW = "now"
    WAIT = "wait"
    """Not yet: the samples after that instant have not arrived."""
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class NoPose:
    """There is no trustworthy pose for that instant."""

    reason: str


class _NoNeighbours(Exception):
    """Raised inside this module; its text is the reason and `waits` tells early from lost."""

    def __init__(self, reason: str, waits: bool) -> None:
        super().__init__(reason)
        self.waits = waits


@dataclass(slots=True)
class _Series(Generic[Sample]):
    """Samples of one kind in the order of their stamps, of the last `max_age_s` seconds."""

    name: str
    gap_limit_s: float
    max_age_s: float
    hint: str = ""
    """What to do when none comes at all."""
    times_s: list[float] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        """Insert by time; a second sample of the same instant is dropped."""
        if self.times_s and sample.time_s < self.times_s[-1] - self.max_age_s:
            self.clear()  # the clock was set back: what is held belongs to another time
        place = bisect_left(self.times_s, sample.time_s)
        if place < len(self.times_s) and self.times_s[place] == sample.time_s:
            return
        self.times_s.insert(place, sample.time_s)
        self.samples.insert(place, sample)
        oldest_s = self.times_s[-1] - self.max_age_s
        excess = max(bisect_left(self.times_s, oldest_s), len(self.times_s) - SERIES_LIMIT)
        del self.times_s[:excess], self.samples[:excess]

    def clear(self) -> None:
        self.times_s.clear()
        self.samples.clear()

    def around(self, time_s: float) -> tuple[Sample, Sample, float]:
        """Neighbours before and after, and how far between them `time_s` lies (0..1)."""
        if not self.times_s:
            raise _NoNeighbours(f"no {self.name} yet{self.hint}", waits=True)
        if time_s > self.times_s[-1]:
            late_s = time_s - self.times_s[-1]
            raise _NoNeighbours(f"{self.name} ends {late_s:.2f} s before the frame", waits=True)
        after = bisect_left(self.times_s, time_s)
        if self.times_s[after] == time_s:
            return self.samples[after], self.samples[after], 0.0
        if after == 0:
            early_s = self.times_s[0] - time_s
            raise _NoNeighbours(f"{self.name} begins {early_s:.2f} s after the frame", waits=False)
        start_s, gap_s = self.times_s[after - 1], self.times_s[after] - self.times_s[after - 1]
        if gap_s > self.gap_limit_s:
            raise _NoNeighbours(f"{self.name} gap {gap_s:.1f} s", waits=False)
        return self.samples[after - 1], self.samples[after], (time_s - start_s) / gap_s


class PoseBuffer:
    """The last seconds of telemetry, answering for any instant inside them."""

    def __init__(self, max_age_s: float = 10.0, *, fixed_mount: Quaternion | None = None) -> None:
        """`fixed_mount` (body FRD from mount FRD) is for a camera bolted on; None: a gimbal."""
        self._attitude = _Series[AttitudeSample]("attitude", ATTITUDE_GAP_S, max_age_s)
        self._gimbal = _Series[GimbalSample]("gimbal", ATTITUDE_GAP_S, max_age_s, NO_GIMBAL)
        self._position = _Series[PositionSample]("position", POSITION_GAP_S, max_age_s)
        self._fixed_mount = fixed_mount
        self._clock_offset_s: float | None = None

    def add(self, event: object) -> None:
        """Take a sample or an event that spoils what is held; anything else passes by.

        A sample with a quaternion or position that is not finite is a sensor's "unknown".
        """
        match event:
            case AttitudeSample() if _usable(event.time_s, event.q_ned_from_frd):
                self._attitude.add(event)
            case GimbalSample() if _usable(event.time_s, event.q_from_frd):
                self._gimbal.add(event)
            case PositionSample() if _usable_position(event):
                self._position.add(event)
            case VehicleRebooted():
                self.clear()
            case ClockSynced(offset_s=offset_s):
                held_s, self._clock_offset_s = self._clock_offset_s, offset_s
                if held_s is not None and abs(offset_s - held_s) > CLOCK_STEP_S:
                    self.clear()

    def clear(self) -> None:
        """Forget all samples: the vehicle or its clock began anew."""
        self._attitude.clear()
        self._gimbal.clear()
        self._position.clear()

    def at(self, time_s: float, frame_sigma_s: float = 0.0) -> Pose | NoPose:
        """The pose at `time_s`; `frame_sigma_s` is how well the frame's own time is known."""
        try:
            return self._pose(time_s, frame_sigma_s)
        except _NoNeighbours as missing:
            return NoPose(str(missing))

    def covers(self, time_s: float) -> Coverage:
        """Whether `at(time_s)` gives a pose now, may do so later, or never will."""
        waits = False
        needed: list[Callable[[float], object]] = [self._attitude.around, self._position.around]
        if self._fixed_mount is None:
            needed.append(self._gimbal.around)
        for around in needed:
            try:
                around(time_s)
            except _NoNeighbours as missing:
                if not missing.waits:
                    return Coverage.NEVER
                waits = True
        return Coverage.WAIT if waits else Coverage.NOW

    def _pose(self, time_s: float, frame_sigma_s: float) -> Pose:
        first, second, fraction = self._position.around(time_s)
        body, body_sigma_s = self._body(time_s)
        mount, mount_sigma_s = self._mount(time_s, body)
        telemetry_sigma_s = max(
            first.clock_sigma_s, second.clock_sigma_s, body_sigma_s, mount_sigma_s
        )
        east_deg = (second.lon_deg - first.lon_deg + 180.0) % 360.0 - 180.0
        lon_deg = (first.lon_deg + fraction * east_deg + 180.0) % 360.0 - 180.0
        v0, v1 = first.velocity_ned_m_s, second.velocity_ned_m_s
        return Pose(
            time_s=time_s,
            lat_deg=_between(first.lat_deg, second.lat_deg, fraction),
            lon_deg=lon_deg,
            alt_amsl_m=_between(first.alt_amsl_m, second.alt_amsl_m, fraction),
            velocity_ned_m_s=(
                _between(v0[0], v1[0], fraction),
                _between(v0[1], v1[1], fraction),
                _between(v0[2], v1[2], fraction),
            ),
            q_ned_from_body=body,
            q_ned_from_mount=mount,
            clock_sigma_s=math.hypot(telemetry_sigma_s, frame_sigma_s),
        )

    def _body(self, time_s: float) -> tuple[Quaternion, float]:
        before, after, fraction = self._attitude.around(time_s)
        turned = slerp(_unit(before.q_ned_from_frd), _unit(after.q_ned_from_frd), fraction)
        return turned, max(before.clock_sigma_s, after.clock_sigma_s)

    def _mount(self, time_s: float, body: Quaternion) -> tuple[Quaternion, float]:
        if self._fixed_mount is not None:
            return multiply(body, self._fixed_mount), 0.0
        before, after, fraction = self._gimbal.around(time_s)
        sigma_s = max(before.clock_sigma_s, after.clock_sigma_s)
        if before.yaw_frame == after.yaw_frame:
            turned = slerp(_unit(before.q_from_frd), _unit(after.q_from_frd), fraction)
            return _to_north(turned, after.yaw_frame, body), sigma_s
        # The yaw frame changed in between: refer each to north with the heading of its own time.
        ends = [
            _to_north(_unit(s.q_from_frd), s.yaw_frame, self._body(s.time_s)[0])
            for s in (before, after)
        ]
        return slerp(ends[0], ends[1], fraction), sigma_s


def _to_north(gimbal: Quaternion, yaw_frame: YawFrame, body: Quaternion) -> Quaternion:
    """Camera mount FRD to NED: the vehicle's heading, and only that, goes on top of the gimbal."""
    if yaw_frame is YawFrame.EARTH:
        return gimbal
    return multiply(about_down(heading_rad(body)), gimbal)


def _between(first: float, second: float, fraction: float) -> float:
    return first + fraction * (second - first)


def _unit(q: Quaternion) -> Quaternion:
    unit = normalised(q)
    assert unit is not None, "checked when it was added"
    return unit


def _usable(time_s: float, q: Quaternion) -> bool:
    return math.isfinite(time_s) and normalised(q) is not None


def _usable_position(sample: PositionSample) -> bool:
    numbers = (sample.time_s, sample.lat_deg, sample.lon_deg, sample.alt_amsl_m)
    return all(math.isfinite(n) for n in (*numbers, *sample.velocity_ned_m_s))
