"""Streams: what goes out when, in which order and how large, against what was recorded."""

from itertools import pairwise

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.autopilot.streams import Schedule
from tests.sim.client import Client, kinds

RECORDED_BYTES_PER_S = {"MAVProxy": 5234.0, "QGroundControl": 4874.0}
"""Of a 4.5.6 in the air in AUTO, answers to one TIMESYNC a second included."""
RATES = {
    "MAVProxy": ((0, 4),),
    "QGroundControl": ((1, 2), (2, 2), (3, 2), (6, 3), (10, 10), (11, 10), (12, 3)),
}
INTERVALS = ((31, 1e5), (285, 1e5), (242, 5e6), (245, 1e6))
"""Message and microseconds, asked for in either recording."""
RECORDED_ORDER = [
    "ATTITUDE", "GLOBAL_POSITION_INT", "SYS_STATUS", "POWER_STATUS", "MEMINFO",
    "NAV_CONTROLLER_OUTPUT", "MISSION_CURRENT", "VFR_HUD", "SERVO_OUTPUT_RAW", "RC_CHANNELS",
    "RAW_IMU", "SCALED_IMU2", "SCALED_IMU3", "SCALED_PRESSURE", "SCALED_PRESSURE2", "GPS_RAW_INT",
    "SYSTEM_TIME", "AHRS", "SIMSTATE", "AHRS2", "WIND", "TERRAIN_REPORT",
    "GIMBAL_DEVICE_ATTITUDE_STATUS", "EKF_STATUS_REPORT", "LOCAL_POSITION_NED", "VIBRATION",
    "POSITION_TARGET_GLOBAL_INT", "BATTERY_STATUS", "ESC_TELEMETRY_1_TO_4",
]  # fmt: skip
RECORDED_SIZES = {
    "ATTITUDE": 40, "ATTITUDE_QUATERNION": 44, "GIMBAL_DEVICE_ATTITUDE_STATUS": 61,
    "SYS_STATUS": 43, "POWER_STATUS": 14, "MEMINFO": 19, "SERVO_OUTPUT_RAW": 41,
    "RC_CHANNELS": 54, "RAW_IMU": 41, "SCALED_IMU2": 36, "SCALED_IMU3": 34, "SCALED_PRESSURE": 26,
    "SCALED_PRESSURE2": 26, "GPS_RAW_INT": 55, "AHRS": 40, "SIMSTATE": 56, "VIBRATION": 32,
    "BATTERY_STATUS": 53, "EKF_STATUS_REPORT": 34, "AHRS2": 36, "ESC_TELEMETRY_1_TO_4": 56,
    "LOCAL_POSITION_NED": 40, "POSITION_TARGET_GLOBAL_INT": 62, "HEARTBEAT": 21,
    "EXTENDED_SYS_STATE": 14, "TERRAIN_REQUEST": 29, "HOME_POSITION": 68,
    "VFR_HUD": 31, "GLOBAL_POSITION_INT": 40,
    "MISSION_CURRENT": 18, "SYSTEM_TIME": 23, "WIND": 20,
}  # fmt: skip
"""Bytes of a frame, trailing zeros cut: the commonest of a recorded survey. Not of
NAV_CONTROLLER_OUTPUT, whose size tells the distance, nor of TERRAIN_REPORT, which is one less here:
the real one waited for more blocks than fit into a byte."""


def asking(client, name):
    """The client asks for streams as this program does."""
    for stream, hertz in RATES[name]:
        client.send(mav.MAVLink_request_data_stream_message(1, 1, stream, hertz, 1))
    for number, microseconds in INTERVALS:
        client.command(511, number, microseconds)
    return client


@pytest.mark.parametrize("name", RATES)
def test_the_load_is_within_a_twentieth_of_the_real_ones(simulation, name):
    client = asking(Client(simulation()), name)
    client.fly(2)
    sent = 0
    for _ in range(30):
        for message in client.fly(1):
            sent += len(message.get_msgbuf())
        client.send(mav.MAVLink_timesync_message(0, 3_345_654_905_146))
    assert sent / 30 == pytest.approx(RECORDED_BYTES_PER_S[name], rel=0.05)


def test_every_frame_is_as_long_as_the_recorded_ones(simulation):
    client = asking(Client(simulation()), "MAVProxy")
    client.fly(2)
    sizes = {}
    for message in client.fly(20):
        sizes.setdefault(message.get_type(), []).append(len(message.get_msgbuf()))
    commonest = {kind: max(set(seen), key=seen.count) for kind, seen in sizes.items()}
    assert {k: commonest.get(k) for k in RECORDED_SIZES} == RECORDED_SIZES


def test_one_turn_comes_in_the_recorded_order(simulation):
    client = Client(simulation())
    client.send(mav.MAVLink_request_data_stream_message(1, 1, 0, 4, 1))
    client.fly(3.4)
    turns = [[]]
    for message in client.fly(1.2):
        if message.get_type() == "ATTITUDE":
            turns.append([])
        turns[-1].append(message.get_type())
    turn = [kind for kind in turns[2] if kind in RECORDED_ORDER]
    assert turn == RECORDED_ORDER


def test_a_stream_ends_when_it_is_asked_to_and_single_intervals_go_with_it(simulation):
    client = Client(simulation())
    ask = mav.MAVLink_request_data_stream_message
    client.send(ask(1, 1, 10, 10, 1))
    assert "ATTITUDE" in kinds(client.fly(0.5))
    client.send(ask(1, 1, 10, 10, 0))
    assert "ATTITUDE" not in kinds(client.fly(0.5))
    (told,) = [m for m in client.command(510, 30) if m.get_type() == "MESSAGE_INTERVAL"]
    assert told.interval_us == -1


def test_the_next_client_of_a_port_finds_the_rates_of_the_last(simulation):
    client = Client(simulation())
    client.command(511, 30, 100_000)
    client.sim.autopilot.disconnect(1)
    heir = Client(client.sim, 2, system=254)
    assert "ATTITUDE" in kinds(heir.fly(0.5))
    third = Client(client.sim, 3, system=253)
    assert "ATTITUDE" not in kinds(third.fly(0.5))


def test_rates_asked_for_are_read_in_their_parameters_until_a_restart(simulation):
    client = Client(simulation())
    client.send(mav.MAVLink_request_data_stream_message(1, 1, 0, 4, 1))
    names = [b"SR0_RAW_SENS", b"SR0_RAW_CTRL", b"SR0_EXTRA3", b"SR0_ADSB", b"SR0_PARAMS"]

    def read():
        for name in names:
            client.send(mav.MAVLink_param_request_read_message(1, 1, name, -1))
        return [m.param_value for m in client.fly(0.5) if m.get_type() == "PARAM_VALUE"]

    assert read() == [4, 4, 4, 4, 0]  # as dronekit's recorded download after its request has them
    other = Client(client.sim, 2, system=254)
    assert "ATTITUDE" not in kinds(other.fly(0.5))
    client.heard()
    client.sim.autopilot.reboot(client.sim.time_s)
    assert read()[-5:] == [0, 0, 0, 0, 0]


def test_an_interval_of_zero_is_the_ports_own(simulation):
    client = Client(simulation("radio.stream_hz=4"), port=1)
    client.command(511, 30, 1_000_000)
    client.command(511, 30, 0)
    assert client.command(510, 30)[0].interval_us == 250_000


def test_a_port_of_mavlink_1_sends_nothing_that_needs_2(simulation):
    sim = simulation()
    sim.parameters.put("SERIAL1_PROTOCOL", 1)
    client = Client(sim, port=1)
    client.send(mav.MAVLink_request_data_stream_message(1, 1, 0, 4, 1))
    for _ in range(200):
        sim.step()
    data = sim.autopilot.data_to_send(1)
    messages = client.codec.parse_buffer(data)
    assert {m.get_msgbuf()[0] for m in messages} == {0xFE}
    names = set(kinds(messages))
    assert {"RC_CHANNELS_RAW", "RC_CHANNELS", "HEARTBEAT", "PARAM_VALUE"} <= names | {"PARAM_VALUE"}
    assert not names & {"GIMBAL_DEVICE_ATTITUDE_STATUS", "ESC_TELEMETRY_1_TO_4"}
    longest = {m.get_type(): len(m.get_msgbuf()) for m in messages}
    assert longest["GPS_RAW_INT"] == 8 + 30, "without its extensions"
    sequence = [m.get_seq() for m in messages]
    assert all((b - a) % 256 == 1 for a, b in pairwise(sequence))


class TestSchedule:
    def test_turns_that_were_missed_are_not_caught_up(self):
        schedule = Schedule(0.0)
        schedule.set(30, 0.1, 0.0)
        assert 30 not in schedule.due(0.05)
        assert schedule.due(0.95) == (30,)
        assert schedule.due(0.96) == ()
        assert 30 in schedule.due(1.0)

    def test_no_interval_is_shorter_than_a_pass_or_longer_than_16_bits_hold(self):
        schedule = Schedule(0.0)
        schedule.set(30, 1e-6, 0.0)
        schedule.set(31, 1e9, 0.0)
        assert schedule.interval_us(30) == 5000
        assert schedule.interval_us(31) == 65_535_000

    def test_messages_of_one_interval_go_out_together(self):
        schedule = Schedule(0.0)
        schedule.set(193, 0.2, 0.0)
        schedule.set(30, 0.2, 0.1)
        assert schedule.due(0.1) == (0,)
        assert schedule.due(0.2) == (30, 193)

    def test_without_heartbeats_the_rest_goes_on(self):
        schedule = Schedule(0.0)
        schedule.set(0, 0.0, 0.0)
        schedule.set(30, 0.5, 0.0)
        assert schedule.due(1.0) == (30,)
        schedule.set(0, 2.0, 1.0)
        assert schedule.due(2.9) == (30,)
        assert schedule.due(3.0) == (0, 30)
