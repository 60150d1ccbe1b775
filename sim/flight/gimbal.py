"""A two-axis gimbal: roll and pitch held against the horizon, yaw with the vehicle or with north.

As with ArduPilot's servo mounts, what it reports is what it was told; what it does differs by
its own error and by the attitude error of the estimator that steadies it.
"""

import math
from dataclasses import dataclass

from sim.rotation import Quaternion, from_euler
from sim.tables.camera import Gimbal

YAW_IN_VEHICLE_FRAME, YAW_IN_EARTH_FRAME = 32, 64
ROLL_LOCK, PITCH_LOCK, YAW_LOCK = 4, 8, 16


@dataclass(frozen=True, slots=True)
class Mount:
    """True and reported attitude of the mount at one instant."""

    q_ned_from_mount: Quaternion
    reported_q: Quaternion
    """To NED, or to NED turned by the heading, as `flags` say."""
    flags: int


def point(settings: Gimbal, heading_rad: float, error_rad: tuple[float, float, float]) -> Mount:
    """Where the camera looks; `error_rad` is roll, pitch, yaw of what the gimbal does wrong."""
    pitch, yaw = math.radians(settings.pitch_deg), math.radians(settings.yaw_deg)
    earth = settings.yaw_frame == "earth"
    flags = ROLL_LOCK | PITCH_LOCK
    flags |= YAW_LOCK | YAW_IN_EARTH_FRAME if earth else YAW_IN_VEHICLE_FRAME
    true_yaw = yaw + error_rad[2] + (0.0 if earth else heading_rad)
    return Mount(
        q_ned_from_mount=from_euler(error_rad[0], pitch + error_rad[1], true_yaw),
        reported_q=from_euler(0.0, pitch, yaw),
        flags=flags,
    )
