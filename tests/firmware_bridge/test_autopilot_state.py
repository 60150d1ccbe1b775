"""What single messages mean: units, frames, and what stands for unknown."""

import math

import pytest
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.events import VehicleStatus, WindReport
from firmware_bridge.autopilot.state import (
    attitude_sample,
    battery_percent,
    gimbal_sample,
    is_autopilot_heartbeat,
    mode_name,
    position_sample,
    vehicle_status,
    wind_report,
    yaw_frame,
)
from firmware_bridge.messages import YawFrame

NAN = math.nan
LOCK, VEHICLE, EARTH = 16, 32, 64


@pytest.mark.parametrize(
    ("flags", "frame"),
    [
        (4 | 8 | VEHICLE, YawFrame.VEHICLE),  # ArduCopter 4.5.6
        (4 | 8 | EARTH, YawFrame.EARTH),
        (VEHICLE | LOCK, YawFrame.VEHICLE),
        (EARTH | LOCK, YawFrame.EARTH),
        (4 | 8, YawFrame.VEHICLE),  # older firmware
        (4 | 8 | LOCK, YawFrame.VEHICLE),  # the same, held to north: ArduPilot still sends body yaw
        (0, YawFrame.VEHICLE),
        (VEHICLE | EARTH, None),
    ],
)
def test_the_gimbals_yaw_frame_follows_its_flags(flags: int, frame: YawFrame | None) -> None:
    assert yaw_frame(flags) is frame


def gimbal(q: list[float], flags: int = 44) -> dialect.MAVLink_message:
    return dialect.MAVLink_gimbal_device_attitude_status_message(
        0, 0, 1000, flags, q, NAN, NAN, NAN, 0
    )


def test_a_gimbal_sample_is_normalised() -> None:
    sample = gimbal_sample(gimbal([0.7071, 0.0, -0.7071, 0.0]), 5.0, 0.01)
    assert sample is not None
    assert sample.q_from_frd == pytest.approx((0.5**0.5, 0.0, -(0.5**0.5), 0.0))
    assert (sample.time_s, sample.clock_sigma_s) == (5.0, 0.01)


@pytest.mark.parametrize("q", [[NAN] * 4, [0.0] * 4, [1.0, 1.0, 0.0, 0.0], [math.inf, 0, 0, 0]])
def test_an_unknown_attitude_is_no_sample(q: list[float]) -> None:
    assert gimbal_sample(gimbal(q), 5.0, 0.01) is None
    body = dialect.MAVLink_attitude_quaternion_message(1000, *q, 0, 0, 0)
    assert attitude_sample(body, 5.0, 0.01) is None


def test_a_gimbal_with_contradicting_flags_is_no_sample() -> None:
    assert gimbal_sample(gimbal([1, 0, 0, 0], VEHICLE | EARTH), 5.0, 0.01) is None


def test_a_position_is_in_degrees_metres_and_metres_a_second() -> None:
    message = dialect.MAVLink_global_position_int_message(
        1000, 429512345, 1314098765, 260_123, 60_045, 120, -340, 56, 18000
    )
    sample = position_sample(message, 5.0, 0.01)
    assert sample is not None
    assert (sample.lat_deg, sample.lon_deg) == (42.9512345, 131.4098765)
    assert (sample.alt_amsl_m, sample.height_above_home_m) == (260.123, 60.045)
    assert sample.velocity_ned_m_s == (1.2, -3.4, 0.56)


@pytest.mark.parametrize(
    ("lat", "lon"), [(0, 0), (900_000_001, 1), (1, -1_800_000_001), (2**31 - 1, 2**31 - 1)]
)
def test_no_fix_is_no_position(lat: int, lon: int) -> None:
    message = dialect.MAVLink_global_position_int_message(1000, lat, lon, 0, 0, 0, 0, 0, 0)
    assert position_sample(message, 5.0, 0.01) is None


@pytest.mark.parametrize(
    ("direction", "speed", "report"),
    [
        (-180.0, 0.0, None),  # stock ArduCopter, whatever blows
        (0.0, 0.0, None),
        (-120.0, 6.25, WindReport(240.0, 6.25)),
        (90.0, 3.0, WindReport(90.0, 3.0)),
        (-180.0, 4.0, WindReport(180.0, 4.0)),
        (NAN, 4.0, None),
        (10.0, math.inf, None),
        (10.0, -1.0, None),
    ],
)
def test_wind_comes_from_and_exact_zero_is_unknown(
    direction: float, speed: float, report: WindReport | None
) -> None:
    assert wind_report(dialect.MAVLink_wind_message(direction, speed, 0.0)) == report


@pytest.mark.parametrize(("remaining", "percent"), [(-1, None), (0, 0.0), (73, 73.0), (101, None)])
def test_an_unmeasured_battery_is_unknown(remaining: int, percent: float | None) -> None:
    message = dialect.MAVLink_sys_status_message(0, 0, 0, 0, 12000, -1, remaining, 0, 0, 0, 0, 0, 0)
    assert battery_percent(message) == percent


def heartbeat(
    kind: int, autopilot: int, mode: int = 0, base: int = 81, source: tuple[int, int] = (1, 1)
) -> dialect.MAVLink_message:
    message = dialect.MAVLink_heartbeat_message(kind, autopilot, base, mode, 4, 3)
    message.pack(dialect.MAVLink(None, *source))
    return message


@pytest.mark.parametrize(
    ("kind", "autopilot", "source", "is_it"),
    [
        (2, 3, (1, 1), True),
        (2, 12, (7, 1), True),  # PX4
        (6, 8, (255, 190), False),  # ground station
        (6, 8, (255, 1), False),  # ground station that calls itself component 1
        (18, 8, (1, 191), False),  # companion
        (26, 8, (1, 154), False),  # gimbal
        (2, 3, (1, 2), False),
        (2, 3, (0, 1), False),
    ],
)
def test_only_an_autopilots_heartbeat_is_one(
    kind: int, autopilot: int, source: tuple[int, int], is_it: bool
) -> None:
    assert is_autopilot_heartbeat(heartbeat(kind, autopilot, source=source)) is is_it


@pytest.mark.parametrize(
    ("kind", "autopilot", "mode", "name"),
    [
        (2, 3, 3, "AUTO"),
        (13, 3, 5, "LOITER"),
        (2, 3, 99, "MODE 99"),
        (2, 12, 50593792, "MODE 50593792"),
    ],
)
def test_modes_have_ardupilots_names(kind: int, autopilot: int, mode: int, name: str) -> None:
    assert mode_name(heartbeat(kind, autopilot, mode)) == name


def test_arming_is_read_from_the_base_mode() -> None:
    assert vehicle_status(heartbeat(2, 3, 4, 89), 50.0) == VehicleStatus("GUIDED", False, 50.0)
    assert vehicle_status(heartbeat(2, 3, 4, 217), None) == VehicleStatus("GUIDED", True, None)
