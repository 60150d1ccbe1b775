"""What the vehicle's parts measure: inertial sensors, barometers, battery, motors, memory.

Fields and scales from MAVLink's common.xml and ardupilotmega.xml; values as an ArduCopter 4.5.6
filled them in recorded flights. The third IMU has a compass only.
"""

import math

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.units import degrees_to_1e7
from sim.autopilot.messages import Message
from sim.autopilot.snapshot import Builder, Snapshot
from sim.autopilot.telemetry import NAN
from sim.flight.orders import Triple
from sim.flight.quadcopter import GRAVITY
from sim.rotation import from_euler

FIELD_MGAUSS = (264.0, -49.0, 455.0)
"""The earth's, north, east, down, in the south of Primorye (as recorded at 42.95 N 131.40 E)."""
BOARD_CDEGC = 3467
"""A flight controller is warm."""
SEA_LEVEL_HPA, ISA_LAPSE, ISA_EXPONENT = 1013.25, 2.25577e-5, 5.25588
"""ICAO standard atmosphere."""
NO_CELL, NO_TEMPERATURE = 65535, 32767
ESC_CELSIUS = 32
SHUTTER_US = 1100
SERVO_CENTRE_US = 1500
BACKUP_AFTER_NS = 4_250_000_000
"""When the EKF takes over and DCM becomes the second opinion."""

SENSORS_ALWAYS = (
    dialect.MAV_SYS_STATUS_SENSOR_3D_GYRO
    | dialect.MAV_SYS_STATUS_SENSOR_3D_ACCEL
    | dialect.MAV_SYS_STATUS_SENSOR_3D_MAG
    | dialect.MAV_SYS_STATUS_SENSOR_ABSOLUTE_PRESSURE
    | dialect.MAV_SYS_STATUS_SENSOR_ANGULAR_RATE_CONTROL
    | dialect.MAV_SYS_STATUS_SENSOR_ATTITUDE_STABILIZATION
    | dialect.MAV_SYS_STATUS_SENSOR_YAW_POSITION
    | dialect.MAV_SYS_STATUS_SENSOR_MOTOR_OUTPUTS
    | dialect.MAV_SYS_STATUS_SENSOR_RC_RECEIVER
    | dialect.MAV_SYS_STATUS_SENSOR_BATTERY
    | dialect.MAV_SYS_STATUS_SENSOR_PROPULSION
    | dialect.MAV_SYS_STATUS_AHRS
    | dialect.MAV_SYS_STATUS_LOGGING
)
POSITION_CONTROL = (
    dialect.MAV_SYS_STATUS_SENSOR_Z_ALTITUDE_CONTROL
    | dialect.MAV_SYS_STATUS_SENSOR_XY_POSITION_CONTROL
)
ONLY_PRESENT = dialect.MAV_SYS_STATUS_GEOFENCE
ONLY_HEALTHY = dialect.MAV_SYS_STATUS_GEOFENCE | dialect.MAV_SYS_STATUS_SENSOR_PROXIMITY
GPS, TERRAIN = dialect.MAV_SYS_STATUS_SENSOR_GPS, dialect.MAV_SYS_STATUS_TERRAIN
PREARM = dialect.MAV_SYS_STATUS_PREARM_CHECK
MANUAL_MODES = frozenset({0, 1})
"""STABILIZE and ACRO hold neither height nor place."""


def _sys_status(s: Snapshot) -> Message:
    gps = GPS if s.gps_fix else 0
    terrain = TERRAIN if s.home is not None else 0
    control = 0 if s.mode in MANUAL_MODES else POSITION_CONTROL
    present = SENSORS_ALWAYS | POSITION_CONTROL | ONLY_PRESENT | PREARM | TERRAIN | gps
    enabled = SENSORS_ALWAYS | PREARM | gps | terrain | control
    healthy = SENSORS_ALWAYS | ONLY_HEALTHY | gps | terrain | control
    healthy |= PREARM if s.ready_to_arm else 0
    return dialect.MAVLink_sys_status_message(
        present,
        enabled,
        healthy,
        0,
        round(s.voltage_v * 1000),
        round(s.current_a * 100),
        round(s.remaining * 100),
        *[0] * 6,
    )


def _battery(s: Snapshot) -> Message:
    millivolts = round(s.voltage_v * 1000)
    hectojoules = round(s.used_mah * 3.6 * s.voltage_v / 100)
    state = dialect.MAV_BATTERY_CHARGE_STATE_OK
    if s.failsafe:
        state = dialect.MAV_BATTERY_CHARGE_STATE_LOW
    return dialect.MAVLink_battery_status_message(
        0,
        0,
        0,
        NO_TEMPERATURE,
        [millivolts] + [NO_CELL] * 9,
        round(s.current_a * 100),
        round(s.used_mah),
        hectojoules,
        round(s.remaining * 100),
        0,
        state,
    )


def _power(_: Snapshot) -> Message:
    return dialect.MAVLink_power_status_message(5000, 0, 0)


def _memory(_: Snapshot) -> Message:
    return dialect.MAVLink_meminfo_message(0, 65535, 131072)


def _servo_output(s: Snapshot) -> Message:
    return dialect.MAVLink_servo_output_raw_message(
        (s.boot_ns // 1000) & 0xFFFFFFFF, 0, *s.motors_us, 0, 0, 0, 0, *_gimbal_servos(s),
        SHUTTER_US, 0, 0, 0, 0,
    )  # fmt: skip


def _gimbal_servos(s: Snapshot) -> tuple[int, int, int]:
    """Roll, pitch and yaw servos of a levelled mount: 1100..1900 us over their range."""
    w, x, y, z = s.mount.reported_q
    pitch = math.degrees(math.asin(max(-1.0, min(1.0, 2 * (w * y - z * x)))))
    roll = -math.degrees(s.estimate.roll_rad)
    return (
        _servo(roll, -30.0, 30.0),
        _servo(pitch - math.degrees(s.estimate.pitch_rad), -90.0, 20.0),
        SERVO_CENTRE_US,
    )


def _servo(angle: float, low: float, high: float) -> int:
    share = (min(max(angle, low), high) - low) / (high - low)
    return round(1100 + 800 * share)


def _rc_channels(s: Snapshot) -> Message:
    sticks = (*s.channels_us, *[0] * 18)[:18]
    return dialect.MAVLink_rc_channels_message(s.boot_ms, 16, *sticks, 255)


def _rc_channels_raw(s: Snapshot) -> Message:
    sticks = (*s.channels_us, *[0] * 8)[:8]
    return dialect.MAVLink_rc_channels_raw_message(s.boot_ms, 0, *sticks, 255)


def _inertial(s: Snapshot) -> tuple[int, ...]:
    """Milli-g and milliradians a second."""
    force = (round(f / GRAVITY * 1000) for f in s.force_m_s2)
    t = s.truth
    rates = (round(r * 1000) for r in (t.roll_rad_s, t.pitch_rad_s, t.yaw_rad_s))
    return tuple(_int16(v) for v in (*force, *rates))


def _compass(s: Snapshot) -> tuple[int, ...]:
    """The earth's field in the body's axes."""
    t = s.truth
    return tuple(round(f) for f in to_body(FIELD_MGAUSS, t.roll_rad, t.pitch_rad, t.yaw_rad))


def to_body(ned: Triple, roll: float, pitch: float, yaw: float) -> Triple:
    """A vector of the earth in forward, right and down."""
    north, east, down = ned
    cr, sr, cp, sp = math.cos(roll), math.sin(roll), math.cos(pitch), math.sin(pitch)
    cy, sy = math.cos(yaw), math.sin(yaw)
    ahead, across = cy * north + sy * east, cy * east - sy * north
    level = sp * ahead + cp * down
    return cp * ahead - sp * down, cr * across + sr * level, cr * level - sr * across


def _int16(value: int) -> int:
    return max(min(value, 32767), -32768)


def _raw_imu(s: Snapshot) -> Message:
    return dialect.MAVLink_raw_imu_message(
        s.boot_ns // 1000, *_inertial(s), *_compass(s), 0, BOARD_CDEGC
    )


def _scaled_imu2(s: Snapshot) -> Message:
    return dialect.MAVLink_scaled_imu2_message(s.boot_ms, *_inertial(s), *_compass(s), BOARD_CDEGC)


def _scaled_imu3(s: Snapshot) -> Message:
    return dialect.MAVLink_scaled_imu3_message(s.boot_ms, *[0] * 6, *_compass(s), 0)


def _pressure_hpa(s: Snapshot) -> float:
    height = min(max(s.truth.alt_amsl_m, -1000.0), 11_000.0)
    return float(SEA_LEVEL_HPA * (1 - ISA_LAPSE * height) ** ISA_EXPONENT)


def _pressure(s: Snapshot) -> Message:
    return dialect.MAVLink_scaled_pressure_message(s.boot_ms, _pressure_hpa(s), 0.0, BOARD_CDEGC, 0)


def _pressure2(s: Snapshot) -> Message:
    return dialect.MAVLink_scaled_pressure2_message(
        s.boot_ms, _pressure_hpa(s), 0.0, BOARD_CDEGC, 0
    )


def _ahrs(s: Snapshot) -> Message:
    """DCM's errors are those of the estimate."""
    tilt = math.hypot(
        s.estimate.roll_rad - s.truth.roll_rad, s.estimate.pitch_rad - s.truth.pitch_rad
    )
    turn = abs(math.remainder(s.estimate.yaw_rad - s.truth.yaw_rad, math.tau))
    return dialect.MAVLink_ahrs_message(0.0, 0.0, 0.0, 0.0, 0.0, tilt, turn)


def _ahrs2(s: Snapshot) -> Message | None:
    if s.boot_ns < BACKUP_AFTER_NS:
        return None
    e = s.estimate
    return dialect.MAVLink_ahrs2_message(
        e.roll_rad, e.pitch_rad, e.yaw_rad, s.alt_amsl_m,
        degrees_to_1e7(s.lat_deg), degrees_to_1e7(s.lon_deg),
    )  # fmt: skip


def _simstate(s: Snapshot) -> Message:
    """The truth."""
    t = s.truth
    return dialect.MAVLink_simstate_message(
        t.roll_rad, t.pitch_rad, t.yaw_rad, *s.force_m_s2,
        t.roll_rad_s, t.pitch_rad_s, t.yaw_rad_s,
        degrees_to_1e7(t.lat_deg), degrees_to_1e7(t.lon_deg),
    )  # fmt: skip


def _vibration(s: Snapshot) -> Message:
    """Grows with the motors: 0.003 m/s2 at rest, 0.2 to 0.3 in recorded flight."""
    level = 0.003 + 0.6 * s.throttle
    return dialect.MAVLink_vibration_message(
        s.boot_ns // 1000, 0.9 * level, 1.1 * level, level, 0, 0, 0
    )


def _esc_telemetry(s: Snapshot) -> Message:
    volts, amps = round(s.voltage_v * 100), round(s.current_a * 100 / 4)
    packets = (s.boot_ns // 2_500_000) & 0xFFFF
    return dialect.MAVLink_esc_telemetry_1_to_4_message(
        bytes([ESC_CELSIUS] * 4), [volts] * 4, [amps] * 4, [round(s.used_mah / 4)] * 4,
        [0] * 4, [packets] * 4,
    )  # fmt: skip


def _gimbal_attitude(s: Snapshot) -> Message:
    m = s.mount
    return dialect.MAVLink_gimbal_device_attitude_status_message(
        0, 0, s.boot_ms, m.flags, list(m.reported_q), NAN, NAN, NAN, 0, NAN, NAN, 1
    )


def _for_gimbal(s: Snapshot) -> Message:
    e, t = s.estimate, s.truth
    return dialect.MAVLink_autopilot_state_for_gimbal_device_message(
        1, 0, s.boot_ns // 1000, list(from_euler(e.roll_rad, e.pitch_rad, e.yaw_rad)), 0,
        t.north_m_s, t.east_m_s, t.down_m_s, 0, 0.0, s.ekf_flags, s.landed_state, t.yaw_rad_s,
    )  # fmt: skip


MEASURED: dict[int, Builder] = {
    1: _sys_status,
    27: _raw_imu,
    29: _pressure,
    35: _rc_channels_raw,
    36: _servo_output,
    65: _rc_channels,
    116: _scaled_imu2,
    125: _power,
    129: _scaled_imu3,
    137: _pressure2,
    147: _battery,
    152: _memory,
    163: _ahrs,
    164: _simstate,
    178: _ahrs2,
    241: _vibration,
    285: _gimbal_attitude,
    286: _for_gimbal,
    11030: _esc_telemetry,
}
