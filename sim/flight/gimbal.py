"""A two-axis gimbal: roll and pitch held against the horizon, yaw with the vehicle or with north.

As with ArduPilot's servo mounts, what it reports is what it was told; what it does differs by
its own error and by the attitude error of the estimator that steadies it. It starts as the
scenario says and goes where DO_MOUNT_CONTROL, DO_GIMBAL_MANAGER_PITCHYAW or a region of interest
sends it, within MNT1_PITCH_MIN/_MAX and MNT1_YAW_MIN/_MAX.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sim.flight.shaping import clamp
from sim.rotation import Quaternion, from_euler, wrap_pi
from sim.tables.camera import Gimbal as Settings

YAW_IN_VEHICLE_FRAME, YAW_IN_EARTH_FRAME = 32, 64
ROLL_LOCK, PITCH_LOCK, YAW_LOCK = 4, 8, 16
MOUNT_RETRACT, MOUNT_NEUTRAL, MOUNT_TARGETING, MOUNT_RC, MOUNT_GPS, MOUNT_HOME = 0, 1, 2, 3, 4, 6
"""MAV_MOUNT_MODE."""


@dataclass(frozen=True, slots=True)
class Mount:
    """True and reported attitude of the mount at one instant."""

    q_ned_from_mount: Quaternion
    reported_q: Quaternion
    """To NED, or to NED turned by the heading, as `flags` say."""
    flags: int


class Gimbal:
    """Where the mount is told to look."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.point_as_set()

    def point_as_set(self) -> None:
        """Back to how the scenario has it."""
        s = self._settings
        self.aim(math.radians(s.pitch_deg), math.radians(s.yaw_deg), earth=s.yaw_frame == "earth")

    def aim(self, pitch_rad: float, yaw_rad: float, earth: bool) -> None:
        """Angles; yaw from north, or from the nose."""
        self.pitch_rad, self.yaw_rad, self.earth = pitch_rad, yaw_rad, earth
        self.roi: tuple[float, float, float] | None = None
        """North, east and height of what it keeps looking at."""
        self._rates = (0.0, 0.0)

    def turn(self, pitch_rad_s: float, yaw_rad_s: float, earth: bool) -> None:
        """Keeps turning at these rates."""
        self.roi, self.earth, self._rates = None, earth, (pitch_rad_s, yaw_rad_s)

    def look_at(self, place: tuple[float, float, float]) -> None:
        """Follows a place: metres north and east of home, height AMSL."""
        self.roi, self._rates = place, (0.0, 0.0)

    def step(
        self, here: tuple[float, float, float], parameters: Mapping[str, float], dt_s: float
    ) -> None:
        """Keeps the aim on what is looked at and within the limits of the mount."""
        if self.roi is not None:
            north, east, up = (b - a for a, b in zip(here, self.roi, strict=True))
            self.pitch_rad = math.atan2(up, math.hypot(north, east))
            self.yaw_rad, self.earth = math.atan2(east, north), True
        self.pitch_rad += self._rates[0] * dt_s
        self.yaw_rad = wrap_pi(self.yaw_rad + self._rates[1] * dt_s)
        low, high = parameters["MNT1_PITCH_MIN"], parameters["MNT1_PITCH_MAX"]
        self.pitch_rad = clamp(self.pitch_rad, math.radians(low), math.radians(high))
        if not self.earth:
            low, high = parameters["MNT1_YAW_MIN"], parameters["MNT1_YAW_MAX"]
            self.yaw_rad = clamp(self.yaw_rad, math.radians(low), math.radians(high))

    def mount(self, heading_rad: float, error_rad: tuple[float, float, float]) -> Mount:
        """Where it looks; `error_rad` is roll, pitch, yaw of what it does wrong."""
        flags = ROLL_LOCK | PITCH_LOCK
        flags |= YAW_LOCK | YAW_IN_EARTH_FRAME if self.earth else YAW_IN_VEHICLE_FRAME
        true_yaw = self.yaw_rad + error_rad[2] + (0.0 if self.earth else heading_rad)
        return Mount(
            q_ned_from_mount=from_euler(error_rad[0], self.pitch_rad + error_rad[1], true_yaw),
            reported_q=from_euler(0.0, self.pitch_rad, self.yaw_rad),
            flags=flags,
        )
