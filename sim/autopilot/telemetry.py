"""What the vehicle tells of itself: attitude, position, mission, wind, estimate.

Fields and scales from MAVLink's common.xml and ardupilotmega.xml; which of them ArduCopter 4.5.6
fills, and how, from recordings of it.
"""

import math

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.units import degrees_to_1e7
from sim.autopilot.messages import Message
from sim.autopilot.snapshot import Builder, Snapshot
from sim.autopilot.version import version
from sim.geodesy import WORLD_UNDULATION_M
from sim.rotation import from_euler

NAN = math.nan
ON_GROUND = dialect.MAV_LANDED_STATE_ON_GROUND
GPS_OK, GPS_NONE = dialect.GPS_FIX_TYPE_3D_FIX, 65535


def heartbeat(s: Snapshot) -> Message:
    """HEARTBEAT, as ArduCopter fills it: STANDBY means on the ground, armed or not."""
    status = dialect.MAV_STATE_STANDBY if s.landed_state == ON_GROUND else dialect.MAV_STATE_ACTIVE
    return dialect.MAVLink_heartbeat_message(
        dialect.MAV_TYPE_QUADROTOR,
        dialect.MAV_AUTOPILOT_ARDUPILOTMEGA,
        s.base_mode,
        s.mode,
        dialect.MAV_STATE_CRITICAL if s.failsafe else status,
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


def _global_position(s: Snapshot) -> Message:
    t = s.truth
    return dialect.MAVLink_global_position_int_message(
        s.boot_ms,
        degrees_to_1e7(s.lat_deg),
        degrees_to_1e7(s.lon_deg),
        # ArduPilot keeps centimetres and sends millimetres.
        round(s.alt_amsl_m * 1000),
        round((s.estimate.alt_amsl_m - (s.home[2] if s.home else 0.0)) * 1000),
        round(t.north_m_s * 100),
        round(t.east_m_s * 100),
        round(t.down_m_s * 100),
        s.heading_cdeg,
    )


def _local_position(s: Snapshot) -> Message | None:
    t, zero = s.truth, s.origin
    if zero is None or not s.has_position:
        return None
    return dialect.MAVLink_local_position_ned_message(
        s.boot_ms,
        (s.lat_deg - zero[0]) * s.metres_per_degree[0],
        (s.lon_deg - zero[1]) * s.metres_per_degree[1],
        zero[2] - s.estimate.alt_amsl_m,
        t.north_m_s,
        t.east_m_s,
        t.down_m_s,
    )


def _gps_raw(s: Snapshot) -> Message:
    t = s.truth
    if s.gps_fix < GPS_OK:
        eph, epv = (GPS_NONE, GPS_NONE) if s.gps_fix == 0 else (121, 200)
        accuracy = (0, 0, 0) if s.gps_fix == 0 else (300, 300, 40)
        return dialect.MAVLink_gps_raw_int_message(
            0, s.gps_fix, 0, 0, 0, eph, epv, 0, 0, s.satellites, 0, *accuracy, 0, 0
        )
    speed = math.hypot(t.north_m_s, t.east_m_s)
    course = round(math.degrees(math.atan2(t.east_m_s, t.north_m_s)) * 100) % 36000
    alt_mm = round(s.alt_amsl_m * 1000)
    return dialect.MAVLink_gps_raw_int_message(
        s.boot_ns // 1000,
        s.gps_fix,
        degrees_to_1e7(s.gps_deg[0]),
        degrees_to_1e7(s.gps_deg[1]),
        alt_mm,
        121,
        200,
        round(speed * 100),
        course,
        s.satellites,
        alt_mm + round(WORLD_UNDULATION_M * 1000),
        300,
        300,
        40,
        0,
        0,
    )


def _vfr_hud(s: Snapshot) -> Message:
    t = s.truth
    speed = math.hypot(t.north_m_s, t.east_m_s)
    return dialect.MAVLink_vfr_hud_message(
        math.hypot(speed, t.down_m_s),
        speed,
        s.heading_cdeg // 100,
        round(100 * s.throttle),
        s.alt_amsl_m,
        -t.down_m_s,
    )


def _navigation(s: Snapshot) -> Message:
    roll, pitch, bearing = s.wanted
    target_bearing, distance, climb, across = s.leg
    return dialect.MAVLink_nav_controller_output_message(
        math.degrees(roll),
        math.degrees(pitch),
        _degrees(bearing),
        _degrees(target_bearing),
        min(round(distance), 65535),
        climb,
        0.0,
        across,
    )


def _degrees(bearing_deg: float) -> int:
    return round(bearing_deg) % 360


def _position_target(s: Snapshot) -> Message | None:
    if s.target is None:
        return None
    lat, lon, alt = s.target
    only_position = 0xFDF8
    return dialect.MAVLink_position_target_global_int_message(
        s.boot_ms, dialect.MAV_FRAME_GLOBAL, only_position,
        degrees_to_1e7(lat), degrees_to_1e7(lon), alt, *[0.0] * 8,
    )  # fmt: skip


def _wind(s: Snapshot) -> Message | None:
    if not s.has_position:
        return None
    direction = math.remainder(s.wind_from_deg, 360.0) if s.wind_m_s else -180.0
    return dialect.MAVLink_wind_message(direction, s.wind_m_s, 0.0)


def _system_time(s: Snapshot) -> Message:
    return dialect.MAVLink_system_time_message(s.unix_us, s.boot_ms)


def _extended_state(s: Snapshot) -> Message:
    multicopter = dialect.MAV_VTOL_STATE_MC
    return dialect.MAVLink_extended_sys_state_message(multicopter, s.landed_state)


def _ekf_status(s: Snapshot) -> Message | None:
    velocity, horizontal, vertical, compass = s.ekf_variances
    return dialect.MAVLink_ekf_status_report_message(
        s.ekf_flags, velocity, horizontal, vertical, compass, 0.0, 0.0
    )


def _mission_current(s: Snapshot) -> Message:
    in_mission = s.mode == 3
    return dialect.MAVLink_mission_current_message(
        s.mission_seq, max(s.mission_total - 1, 0), s.mission_state, in_mission
    )


def home_position(s: Snapshot) -> Message | None:
    """HOME_POSITION; x, y, z from the EKF's origin."""
    if s.home is None:
        return None
    lat, lon, alt = s.home
    zero = s.origin or s.home
    return dialect.MAVLink_home_position_message(
        degrees_to_1e7(lat),
        degrees_to_1e7(lon),
        round(alt * 1000),
        (lat - zero[0]) * s.metres_per_degree[0],
        (lon - zero[1]) * s.metres_per_degree[1],
        zero[2] - alt,
        [NAN] * 4,
        0.0,
        0.0,
        0.0,
        s.boot_ns // 1000,
    )


def gps_origin(s: Snapshot) -> Message | None:
    """GPS_GLOBAL_ORIGIN."""
    if s.origin is None:
        return None
    lat, lon, alt = s.origin
    return dialect.MAVLink_gps_global_origin_message(
        degrees_to_1e7(lat), degrees_to_1e7(lon), round(alt * 1000), s.boot_ns // 1000
    )


def _high_latency(s: Snapshot) -> Message:
    t, (_, distance, climb, _) = s.truth, s.leg
    speed = math.hypot(t.north_m_s, t.east_m_s)
    alt = _int16(s.alt_amsl_m)
    from_deg = s.wind_from_deg if s.wind_m_s else -180.0
    return dialect.MAVLink_high_latency2_message(
        s.boot_ms,
        dialect.MAV_TYPE_QUADROTOR,
        dialect.MAV_AUTOPILOT_ARDUPILOTMEGA,
        s.mode,
        degrees_to_1e7(s.lat_deg),
        degrees_to_1e7(s.lon_deg),
        alt,
        _int16(s.alt_amsl_m + climb),
        s.heading_cdeg // 200,
        _degrees(s.leg[0]) // 2,
        min(round(distance / 10), 65535),
        round(100 * s.throttle),
        min(round(speed * 5), 255),
        0,
        min(round(speed * 5), 255),
        min(round(s.wind_m_s * 5), 255),
        _degrees(from_deg) // 2,
        0,
        0,
        # No airspeed sensor, so no temperature of the air.
        -128,
        max(min(round(-t.down_m_s * 10), 127), -128),
        round(100 * s.remaining),
        s.mission_seq,
        # No airspeed sensor: HL_FAILURE_FLAG_DIFFERENTIAL_PRESSURE.
        dialect.HL_FAILURE_FLAG_DIFFERENTIAL_PRESSURE,
        # A byte with a sign holds the flags.
        (s.base_mode ^ 128) - 128,
        0,
        0,
    )


def _int16(value: float) -> int:
    return max(min(round(value), 32767), -32768)


STATE: dict[int, Builder] = {
    0: heartbeat,
    2: _system_time,
    24: _gps_raw,
    30: _attitude,
    31: _attitude_quaternion,
    32: _local_position,
    33: _global_position,
    42: _mission_current,
    49: gps_origin,
    62: _navigation,
    74: _vfr_hud,
    87: _position_target,
    148: version,
    168: _wind,
    193: _ekf_status,
    235: _high_latency,
    242: home_position,
    245: _extended_state,
}
