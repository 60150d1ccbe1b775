"""Every message the vehicle sends on its own: how it is filled, and which stream holds it.

Fields and scales from MAVLink's common.xml and ardupilotmega.xml; which message belongs to which
stream from ArduCopter 4.5 (GCS_Mavlink.cpp) and from recordings of it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.units import degrees_to_1e7
from sim.flight.estimate import Estimate
from sim.flight.gimbal import Mount
from sim.flight.quadcopter import GRAVITY, State
from sim.geodesy import WORLD_UNDULATION_M
from sim.rotation import from_euler

Message: TypeAlias = Any
"""A dialect.MAVLink_message: generated code without types."""
NAN = math.nan


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All the autopilot knows at one instant."""

    boot_ns: int
    unix_us: int
    truth: State
    estimate: Estimate
    mount: Mount
    lat_deg: float
    """Reported, with the error of the day."""
    lon_deg: float
    home: tuple[float, float, float]
    """Latitude, longitude, height AMSL."""
    metres_per_degree: tuple[float, float]
    wind_from_deg: float
    wind_m_s: float
    mode: int
    armed: bool
    """Propellers turn."""
    landed_state: int
    """MAV_LANDED_STATE: 1 on the ground, 2 in the air, 3 taking off, 4 landing."""
    mission_seq: int
    mission_total: int

    @property
    def boot_ms(self) -> int:
        """As time_boot_ms goes out, wrapping after 49.7 days."""
        return (self.boot_ns // 1_000_000) & 0xFFFFFFFF

    @property
    def heading_cdeg(self) -> int:
        """0..35999."""
        return round(math.degrees(self.estimate.yaw_rad) * 100) % 36000


def heartbeat(s: Snapshot) -> Message:
    """HEARTBEAT, as ArduCopter fills it."""
    return dialect.MAVLink_heartbeat_message(
        dialect.MAV_TYPE_QUADROTOR,
        dialect.MAV_AUTOPILOT_ARDUPILOTMEGA,
        89 | (128 if s.armed else 0),
        s.mode,
        dialect.MAV_STATE_ACTIVE if s.armed else dialect.MAV_STATE_STANDBY,
        3,
    )


def _attitude(s: Snapshot) -> Message:
    e, t = s.estimate, s.truth
    return dialect.MAVLink_attitude_message(
        s.boot_ms, e.roll_rad, e.pitch_rad, e.yaw_rad, t.roll_rad_s, t.pitch_rad_s, t.yaw_rad_s
    )


def _attitude_quaternion(s: Snapshot) -> Message:
    e, t = s.estimate, s.truth
    q = from_euler(e.roll_rad, e.pitch_rad, e.yaw_rad)
    return dialect.MAVLink_attitude_quaternion_message(
        s.boot_ms, *q, t.roll_rad_s, t.pitch_rad_s, t.yaw_rad_s
    )


def _gimbal_attitude(s: Snapshot) -> Message:
    m = s.mount
    return dialect.MAVLink_gimbal_device_attitude_status_message(
        0, 0, s.boot_ms, m.flags, list(m.reported_q), NAN, NAN, NAN, 0, NAN, NAN, 1
    )


def _global_position(s: Snapshot) -> Message:
    t = s.truth
    return dialect.MAVLink_global_position_int_message(
        s.boot_ms,
        degrees_to_1e7(s.lat_deg),
        degrees_to_1e7(s.lon_deg),
        # ArduPilot keeps centimetres and sends millimetres.
        round(s.estimate.alt_amsl_m * 100) * 10,
        round((s.estimate.alt_amsl_m - s.home[2]) * 1000),
        round(t.north_m_s * 100),
        round(t.east_m_s * 100),
        round(t.down_m_s * 100),
        s.heading_cdeg,
    )


def _local_position(s: Snapshot) -> Message:
    t = s.truth
    return dialect.MAVLink_local_position_ned_message(
        s.boot_ms,
        (s.lat_deg - s.home[0]) * s.metres_per_degree[0],
        (s.lon_deg - s.home[1]) * s.metres_per_degree[1],
        s.home[2] - s.estimate.alt_amsl_m,
        t.north_m_s,
        t.east_m_s,
        t.down_m_s,
    )


def _gps_raw(s: Snapshot) -> Message:
    t = s.truth
    speed = math.hypot(t.north_m_s, t.east_m_s)
    course = round(math.degrees(math.atan2(t.east_m_s, t.north_m_s)) * 100) % 36000
    alt_mm = round(s.estimate.alt_amsl_m * 1000)
    return dialect.MAVLink_gps_raw_int_message(
        s.boot_ns // 1000,
        3,
        degrees_to_1e7(s.lat_deg),
        degrees_to_1e7(s.lon_deg),
        alt_mm,
        121,
        200,
        round(speed * 100),
        course,
        14,
        alt_mm + round(WORLD_UNDULATION_M * 1000),
        1500,
        2500,
        300,
        0,
        0,
    )


def _vfr_hud(s: Snapshot) -> Message:
    t = s.truth
    speed = math.hypot(t.north_m_s, t.east_m_s)
    throttle = round(100 * t.thrust / (2 * GRAVITY))
    return dialect.MAVLink_vfr_hud_message(
        speed, speed, s.heading_cdeg // 100, throttle, s.estimate.alt_amsl_m, -t.down_m_s
    )


def _wind(s: Snapshot) -> Message:
    direction = math.remainder(s.wind_from_deg, 360.0)
    return dialect.MAVLink_wind_message(direction, s.wind_m_s, 0.0)


def _system_time(s: Snapshot) -> Message:
    return dialect.MAVLink_system_time_message(s.unix_us, s.boot_ms)


def _volts_amps(s: Snapshot) -> tuple[int, int]:
    """Millivolts of four cells, and centiamperes."""
    return round(13_600 + 3_100 * s.truth.battery), round(1500 * (s.truth.thrust / GRAVITY) ** 1.5)


def _sys_status(s: Snapshot) -> Message:
    millivolts, centiamps = _volts_amps(s)
    present, enabled, health = 1399979055, 1398930479, 1467087919
    percent = round(s.truth.battery * 100)
    return dialect.MAVLink_sys_status_message(
        present, enabled, health, 0, millivolts, centiamps, percent, 0, 0, 0, 0, 0, 0
    )


def _battery(s: Snapshot) -> Message:
    millivolts, centiamps = _volts_amps(s)
    used_mah = round((1 - s.truth.battery) * 5200)
    percent = round(s.truth.battery * 100)
    return dialect.MAVLink_battery_status_message(
        0, 0, 0, 32767, [millivolts] + [65535] * 9, centiamps, used_mah, -1, percent, 0, 1
    )


def _extended_state(s: Snapshot) -> Message:
    return dialect.MAVLink_extended_sys_state_message(0, s.landed_state)


def _ekf_status(s: Snapshot) -> Message:
    return dialect.MAVLink_ekf_status_report_message(831, 0.01, 0.04, 0.002, 0.02, 0.0, 0.0)


def _mission_current(s: Snapshot) -> Message:
    state = 3 if s.armed else 2
    return dialect.MAVLink_mission_current_message(s.mission_seq, s.mission_total - 1, state, 1)


def _home_position(s: Snapshot) -> Message:
    return dialect.MAVLink_home_position_message(
        degrees_to_1e7(s.home[0]),
        degrees_to_1e7(s.home[1]),
        round(s.home[2] * 1000),
        0.0,
        0.0,
        0.0,
        [NAN] * 4,
        0.0,
        0.0,
        0.0,
        s.boot_ns // 1000,
    )


def _gps_origin(s: Snapshot) -> Message:
    lat, lon = degrees_to_1e7(s.home[0]), degrees_to_1e7(s.home[1])
    origin = dialect.MAVLink_gps_global_origin_message
    return origin(lat, lon, round(s.home[2] * 1000), s.boot_ns // 1000)


def _rc_channels(s: Snapshot) -> Message:
    sticks = [1500, 1500, 1500 if s.armed else 1000, 1500, 1300, 1000, 1000, 1800]
    return dialect.MAVLink_rc_channels_message(s.boot_ms, 16, *sticks, *[0] * 10, 255)


def _version(_: Snapshot) -> Message:
    return dialect.MAVLink_autopilot_version_message(
        CAPABILITIES,
        VERSION_NUMBER,
        0,
        0,
        0,
        list(b"kedrovka"),
        [0] * 8,
        [0] * 8,
        0,
        0,
        0,
        list(b"simulated") + [0] * 9,
    )


CAPABILITIES = (
    dialect.MAV_PROTOCOL_CAPABILITY_MISSION_FLOAT
    | dialect.MAV_PROTOCOL_CAPABILITY_PARAM_FLOAT
    | dialect.MAV_PROTOCOL_CAPABILITY_MISSION_INT
    | dialect.MAV_PROTOCOL_CAPABILITY_COMMAND_INT
    | dialect.MAV_PROTOCOL_CAPABILITY_MAVLINK2
)
"""What this simulator does, which is less than what ArduCopter does."""
VERSION_NUMBER = 4 << 24 | 5 << 16 | 6 << 8 | 255

BUILDERS: dict[int, Callable[[Snapshot], Message]] = {
    0: heartbeat,
    1: _sys_status,
    2: _system_time,
    24: _gps_raw,
    30: _attitude,
    31: _attitude_quaternion,
    32: _local_position,
    33: _global_position,
    42: _mission_current,
    49: _gps_origin,
    65: _rc_channels,
    74: _vfr_hud,
    147: _battery,
    148: _version,
    168: _wind,
    193: _ekf_status,
    242: _home_position,
    245: _extended_state,
    285: _gimbal_attitude,
}
KNOWN_BUT_SILENT = frozenset({259, 271})
"""Accepted as the real one accepts them; it has nothing to say in them either."""

STREAMS: dict[int, tuple[int, ...]] = {
    dialect.MAV_DATA_STREAM_EXTENDED_STATUS: (1, 42, 24),
    dialect.MAV_DATA_STREAM_RC_CHANNELS: (65,),
    dialect.MAV_DATA_STREAM_POSITION: (33, 32),
    dialect.MAV_DATA_STREAM_EXTRA1: (30,),
    dialect.MAV_DATA_STREAM_EXTRA2: (74,),
    dialect.MAV_DATA_STREAM_EXTRA3: (2, 168, 147, 285, 193),
}
