"""What messages of an autopilot say about the vehicle, in the vocabulary of the house; no I/O.

Sources: mavlink.io common.xml and ardupilotmega.xml. Units are converted here and nowhere else.
"""

import math
from collections.abc import Sequence

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.clock import BootClock
from firmware_bridge.autopilot.codec import Message
from firmware_bridge.autopilot.events import VehicleStatus, WindReport
from firmware_bridge.messages import (
    AttitudeSample,
    GimbalSample,
    PositionSample,
    Quaternion,
    YawFrame,
)
from firmware_bridge.units import degrees_from_1e7

AUTOPILOT_COMPONENT = dialect.MAV_COMP_ID_AUTOPILOT1

STAMPED = frozenset(
    {
        dialect.MAVLINK_MSG_ID_SYSTEM_TIME,
        dialect.MAVLINK_MSG_ID_ATTITUDE,
        dialect.MAVLINK_MSG_ID_ATTITUDE_QUATERNION,
        dialect.MAVLINK_MSG_ID_GLOBAL_POSITION_INT,
        dialect.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS,
    }
)
"""Messages whose `time_boot_ms` is the autopilot's boot clock at the moment of measurement."""

_NORM_TOLERANCE = 0.01

_MODES = {
    dialect.MAV_TYPE_QUADROTOR: "COPTER_MODE",
    dialect.MAV_TYPE_HEXAROTOR: "COPTER_MODE",
    dialect.MAV_TYPE_OCTOROTOR: "COPTER_MODE",
    dialect.MAV_TYPE_TRICOPTER: "COPTER_MODE",
    dialect.MAV_TYPE_COAXIAL: "COPTER_MODE",
    dialect.MAV_TYPE_HELICOPTER: "COPTER_MODE",
    dialect.MAV_TYPE_DODECAROTOR: "COPTER_MODE",
    dialect.MAV_TYPE_FIXED_WING: "PLANE_MODE",
    dialect.MAV_TYPE_GROUND_ROVER: "ROVER_MODE",
}

Sample = AttitudeSample | GimbalSample | PositionSample


def is_autopilot_heartbeat(message: Message) -> bool:
    """Whether this is an autopilot's own heartbeat: neither a ground station's nor a companion's,
    though a companion carries the vehicle's system id.
    """
    return bool(
        message.get_msgId() == dialect.MAVLINK_MSG_ID_HEARTBEAT
        and message.get_srcComponent() == AUTOPILOT_COMPONENT
        and message.get_srcSystem() != 0
        and message.autopilot != dialect.MAV_AUTOPILOT_INVALID
        and message.type != dialect.MAV_TYPE_GCS
    )


def mode_name(heartbeat: Message) -> str:
    """The flight mode in ArduPilot's words, such as "AUTO"; its number where we know no word."""
    table = None
    if heartbeat.autopilot == dialect.MAV_AUTOPILOT_ARDUPILOTMEGA:
        table = _MODES.get(heartbeat.type)
    entry = dialect.enums[table].get(heartbeat.custom_mode) if table else None
    if table is None or entry is None:
        return f"MODE {heartbeat.custom_mode}"
    return str(entry.name.removeprefix(f"{table}_"))


def vehicle_status(heartbeat: Message, battery_percent: float | None) -> VehicleStatus:
    """Mode and arming out of a heartbeat."""
    armed = bool(heartbeat.base_mode & dialect.MAV_MODE_FLAG_SAFETY_ARMED)
    return VehicleStatus(mode_name(heartbeat), armed, battery_percent)


def battery_percent(sys_status: Message) -> float | None:
    """Charge left; None where the autopilot does not measure it (-1)."""
    percent = sys_status.battery_remaining
    return float(percent) if 0 <= percent <= 100 else None


def wind_report(wind: Message) -> WindReport | None:
    """The wind estimate; None where there is none.

    Stock ArduCopter sends a speed of exactly 0 (and direction -180) whatever blows.
    """
    direction_deg, speed_m_s = wind.direction, wind.speed
    if not (math.isfinite(direction_deg) and math.isfinite(speed_m_s)) or speed_m_s <= 0.0:
        return None
    return WindReport(direction_deg % 360.0, speed_m_s)


def yaw_frame(flags: int) -> YawFrame | None:
    """What the yaw of GIMBAL_DEVICE_ATTITUDE_STATUS is measured from; None for a contradiction.

    With neither frame flag it is the vehicle: ArduPilot's AP_Mount sent the body's yaw always,
    long before it set a flag for it. Where common.xml would let YAW_LOCK decide then, ArduPilot
    tells by it only what the gimbal holds.
    """
    vehicle = bool(flags & dialect.GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME)
    earth = bool(flags & dialect.GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME)
    if vehicle and earth:
        return None
    return YawFrame.EARTH if earth else YawFrame.VEHICLE


class PoseReader:
    """Turns stamped messages of one autopilot into samples on the receiver's clock.

    Each series is strictly increasing: a sample that a better clock would put before its
    predecessor is left out. Of several gimbals the first heard is followed.
    """

    def __init__(self, clock: BootClock) -> None:
        self._clock = clock
        self._newest_s: dict[type[Sample], float] = {}
        self._gimbal_device_id: int | None = None

    def reset(self) -> None:
        """Begin new series, as after a reboot."""
        self._newest_s.clear()
        self._gimbal_device_id = None

    def read(self, message: Message, boot_s: float, now_s: float) -> Sample | None:
        """The sample in `message`, stamped `boot_s`; None for other messages and unusable ones."""
        time_s, sigma_s = self._clock.time_of(boot_s, now_s)
        sample: Sample | None = None
        match message.get_msgId():
            case dialect.MAVLINK_MSG_ID_ATTITUDE_QUATERNION:
                sample = attitude_sample(message, time_s, sigma_s)
            case dialect.MAVLINK_MSG_ID_GLOBAL_POSITION_INT:
                sample = position_sample(message, time_s, sigma_s)
            case dialect.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS:
                if self._followed(message.gimbal_device_id):
                    sample = gimbal_sample(message, time_s, sigma_s)
        if sample is None or time_s <= self._newest_s.get(type(sample), -math.inf):
            return None
        self._newest_s[type(sample)] = time_s
        return sample

    def _followed(self, device_id: int) -> bool:
        if self._gimbal_device_id is None:
            self._gimbal_device_id = device_id
        return device_id == self._gimbal_device_id


def attitude_sample(message: Message, time_s: float, sigma_s: float) -> AttitudeSample | None:
    """ATTITUDE_QUATERNION (31): body FRD to NED."""
    q = _unit((message.q1, message.q2, message.q3, message.q4))
    return AttitudeSample(time_s, q, sigma_s) if q else None


def gimbal_sample(message: Message, time_s: float, sigma_s: float) -> GimbalSample | None:
    """GIMBAL_DEVICE_ATTITUDE_STATUS (285); NaN there means unknown."""
    q, frame = _unit(message.q), yaw_frame(message.flags)
    return GimbalSample(time_s, q, frame, sigma_s) if q and frame else None


def position_sample(message: Message, time_s: float, sigma_s: float) -> PositionSample | None:
    """GLOBAL_POSITION_INT (33); None without a fix, which ArduPilot sends as 0, 0."""
    if (message.lat == 0 and message.lon == 0) or abs(message.lat) > 900_000_000:
        return None
    if abs(message.lon) > 1_800_000_000:
        return None
    return PositionSample(
        time_s=time_s,
        lat_deg=degrees_from_1e7(message.lat),
        lon_deg=degrees_from_1e7(message.lon),
        alt_amsl_m=message.alt / 1000,
        height_above_home_m=message.relative_alt / 1000,
        velocity_ned_m_s=(message.vx / 100, message.vy / 100, message.vz / 100),
        clock_sigma_s=sigma_s,
    )


def _unit(q: Sequence[float]) -> Quaternion | None:
    """`q` at length one; None where it is unknown (NaN) or no rotation."""
    norm = math.sqrt(sum(part * part for part in q))
    if not abs(norm - 1.0) <= _NORM_TOLERANCE:
        return None
    w, x, y, z = (part / norm for part in q)
    return w, x, y, z
