"""The autopilot's wire, judged by pymavlink and by recordings of a real ArduCopter 4.5.6."""

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.autopilot.routing import Router
from sim.rotation import from_euler, matrix
from tests.sim.client import Client


def recorded(shared: Path, name: str):
    path = shared / "data" / "mavlink" / "exchanges" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_command_to_another_system_gets_no_answer(simulation):
    client = Client(simulation())
    request = mav.MAVLink_command_long_message(42, 1, 512, 0, 148, *[0] * 6)
    assert client.ask(request) == []


def test_messages_come_around_their_acknowledgement_in_the_recorded_order(shared, simulation):
    client = Client(simulation())
    order = {}
    for line in recorded(shared, "connect_handshake_pymavlink"):
        if line.get("note") == "message" and line["order"]:
            order[line["name"]] = line["order"]
    assert order["AUTOPILOT_VERSION"] == "after ack"
    kinds = [m.get_type() for m in client.command(512, 148)]
    assert kinds == ["COMMAND_ACK", "AUTOPILOT_VERSION"]
    kinds = [m.get_type() for m in client.command(410)]
    assert kinds == ["HOME_POSITION", "GPS_GLOBAL_ORIGIN", "COMMAND_ACK"]
    assert order["HOME_POSITION"] == "before ack"
    kinds = [m.get_type() for m in client.command(510, 30)]
    assert kinds == ["MESSAGE_INTERVAL", "COMMAND_ACK"]


def test_fields_are_of_the_size_and_kind_the_real_one_sends(shared, simulation):
    """Length on the wire, and which fields are NaN, for every message both of them send."""
    client = Client(simulation("radio.stream_hz=10"), port=1)
    for _ in range(60):
        client.sim.step()
    ours = {m.get_type(): m for m in client.heard()}
    compared = set()
    for line in recorded(shared, "handshake_dronekit_connect_fly"):
        message = ours.get(line.get("msg", ""))
        if line.get("dir") != "fc>gcs" or message is None or line["msg"] in compared:
            continue
        compared.add(line["msg"])
        for key, value in line["f"].items():
            mine = getattr(message, key)
            if isinstance(value, list):
                assert len(mine) == len(value), (line["msg"], key)
            elif value is None:
                assert math.isnan(mine), (line["msg"], key)
            else:
                assert isinstance(mine, type(value)), (line["msg"], key)
    assert {"HEARTBEAT", "ATTITUDE", "GLOBAL_POSITION_INT", "SYS_STATUS", "GPS_RAW_INT"} <= compared
    assert ours["HEARTBEAT"].custom_mode == 3
    assert ours["GIMBAL_DEVICE_ATTITUDE_STATUS"].flags == 44


def test_timesync_answers_with_nanoseconds_since_boot_and_asks_by_itself(shared, simulation):
    sim = simulation("clock.boot_s=90", "clock.drift_ppm=100")
    client = Client(sim)
    own = []
    for _ in range(200 * 21):
        sim.step()
        own += [m for m in client.heard() if m.get_type() == "TIMESYNC"]
    assert [round(m.ts1 / 1e9, 1) for m in own] == [90.0, 100.0, 110.0]
    assert all(m.tc1 == 0 and m.ts1 % 1000 == 1 for m in own), "ours + the system id"
    real = next(r for r in recorded(shared, "timesync") if r.get("f", {}).get("tc1"))
    reply = client.ask(mav.MAVLink_timesync_message(0, real["f"]["ts1"]))
    assert [m.ts1 for m in reply] == [real["f"]["ts1"]]
    assert reply[0].tc1 == round((90 + sim.time_s * 1.0001) * 1e6) * 1000
    assert client.ask(mav.MAVLink_timesync_message(5, 6)) == [], "an answer is not answered"


def test_system_time_runs_behind_the_host_clock(simulation):
    client = Client(simulation())
    told = next(m for m in client.command(512, 2) if m.get_type() == "SYSTEM_TIME")
    assert 1_780_000_000 - told.time_unix_usec / 1e6 == pytest.approx(2.1, abs=0.02)


def test_intervals_are_kept_to_until_they_are_changed(simulation):
    client = Client(simulation())
    client.command(511, 31, 50_000)
    client.heard()
    heard = []
    for _ in range(400):
        client.sim.step()
        heard += [m for m in client.heard() if m.get_type() == "ATTITUDE_QUATERNION"]
    assert len(heard) in (40, 41)
    gaps = {b.time_boot_ms - a.time_boot_ms for a, b in pairwise(heard[1:])}
    assert gaps <= {49, 50, 51}
    client.command(511, 31, -1)
    for _ in range(100):
        client.sim.step()
    assert "ATTITUDE_QUATERNION" not in {m.get_type() for m in client.heard()}


@pytest.mark.parametrize(("frame", "flags"), [("vehicle", 44), ("earth", 92)])
def test_gimbal_yaw_is_in_the_frame_its_flags_name(simulation, frame, flags):
    sim = simulation(
        f"gimbal.yaw_frame={frame}", "gimbal.pitch_deg=-40", "survey.heading_deg=70",
        "noise.tilt_deg=0", "noise.yaw_deg=0", "noise.gimbal_deg=0",
    )  # fmt: skip
    sim.step()
    told = next(m for m in Client(sim).command(512, 285) if hasattr(m, "q"))
    assert told.flags == flags
    heading = sim.copter.state.yaw_rad if frame == "vehicle" else 0.0
    axis = matrix(from_euler(0, 0, heading)) @ matrix(tuple(told.q)) @ [1, 0, 0]
    true = matrix(sim.look().mount.q_ned_from_mount) @ [1, 0, 0]
    assert axis == pytest.approx(true, abs=1e-6)


def test_attitude_messages_agree_with_each_other(simulation):
    client = Client(simulation())
    for _ in range(600):
        client.sim.step()
    euler = next(m for m in client.command(512, 30) if m.get_type() == "ATTITUDE")
    quaternion = next(m for m in client.command(512, 31) if hasattr(m, "q1"))
    q = quaternion.q1, quaternion.q2, quaternion.q3, quaternion.q4
    assert matrix(q) == pytest.approx(
        matrix(from_euler(euler.roll, euler.pitch, euler.yaw)), abs=1e-5
    )
    assert abs(euler.pitch) > 0.05, "it flies, so it leans"


def test_the_accelerometer_feels_what_holds_the_vehicle_up_and_what_the_air_takes(simulation):
    """A thousand milli-g upwards at rest; at 8 m/s the air takes some 400 of them backwards."""
    resting = Client(simulation("vehicle.start='ground'"))
    told = next(m for m in resting.command(512, 27) if m.get_type() == "RAW_IMU")
    assert (told.xacc, told.yacc, told.zacc) == (0, 0, -1000)
    flying = Client(simulation("wind.speed_m_s=0", "wind.gust_m_s=0"))
    flying.command(511, 27, 50_000)
    flying.fly(8)
    felt = [m for m in flying.fly(20) if m.get_type() == "RAW_IMU"]
    assert len(felt) == 400
    ahead, right, down = (
        sum(getattr(m, axis) for m in felt) / len(felt) for axis in ("xacc", "yacc", "zacc")
    )
    assert -450 < ahead < -250
    assert abs(right) < 30
    assert down == pytest.approx(-930, abs=40)
    told = felt[-1]
    field = [told.xmag, told.ymag, told.zmag]
    assert math.hypot(*field) == pytest.approx(math.hypot(264, 49, 455), abs=3)


def test_the_mission_is_handed_out_as_the_real_one_hands_it_out(simulation):
    client = Client(simulation())
    (count,) = client.ask(mav.MAVLink_mission_request_list_message(1, 1, 0))
    assert count.count == 2 + 12 + 2
    items = [
        client.ask(mav.MAVLink_mission_request_int_message(1, 1, seq, 0))[0]
        for seq in range(count.count)
    ]
    assert [i.seq for i in items] == list(range(count.count))
    assert [i.command for i in items[:3]] == [16, 22, 16]
    assert (items[2].frame, items[2].z) == (10, 70.0)
    old = client.ask(mav.MAVLink_mission_request_message(1, 1, 2, 0))
    assert [m.get_type() for m in old] == ["MISSION_ITEM", "STATUSTEXT"]
    assert old[1].text == "got MISSION_REQUEST; use MISSION_REQUEST_INT!"


def test_parameters_go_through_the_wire_and_act_at_once(simulation):
    client = Client(simulation())
    client.send(mav.MAVLink_param_set_message(1, 1, b"WPNAV_SPEED", 900.0, 9))
    client.send(mav.MAVLink_param_request_read_message(1, 1, b"WPNAV_SPEED", -1))
    told = []
    for _ in range(30):
        client.sim.step()
        told += [m for m in client.heard() if m.get_type() == "PARAM_VALUE"]
    assert [(m.param_value, m.param_index) for m in told] == [(900.0, 65535)] * 2
    assert client.sim.copter.parameters["WPNAV_SPEED"] == 900.0


def test_boot_text_comes_before_the_first_frame(simulation):
    sim = simulation()
    client = Client(sim, greet=True)
    sim.step()
    data = sim.autopilot.data_to_send(1)
    assert b"ArduCopter" in data[: data.index(0xFD)]
    kinds = [m.get_type() for m in client.codec.parse_buffer(data)]
    assert "HEARTBEAT" in kinds


@pytest.mark.parametrize("number", [410, 510, 511, 512, 519])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_parameter_not_given_is_a_zero_and_stops_nothing(simulation, number, value):
    client = Client(simulation())
    acks = [m for m in client.command(number, value, value) if m.get_type() == "COMMAND_ACK"]
    assert len(acks) == 1
    client.sim.step()
    assert client.command(511, 30, value)[0].result == 0
    client.sim.step()


def companion_and_ground(simulation):
    sim = simulation()
    companion, ground = Client(sim, 1, 1, 191), Client(sim, 2, 255, 190)
    beat = mav.MAVLink_heartbeat_message
    companion.send(beat(18, 8, 0, 0, 4, 3))
    ground.send(beat(6, 8, 0, 0, 4, 3))
    companion.heard(), ground.heard()
    return companion, ground


def test_what_the_companion_sends_reaches_the_ground_as_recorded(shared, simulation):
    companion, ground = companion_and_ground(simulation)
    verdicts = {
        line["name"]: line["got"]
        for line in recorded(shared, "companion_forwarding")
        if line.get("note") == "forwarded"
    }
    messages = {
        "STATUSTEXT": mav.MAVLink_statustext_message(4, b"FIRE", 0, 0),
        "CAMERA_TRACKING_GEO_STATUS": mav.MAVLink_camera_tracking_geo_status_message(
            1, 1, 2, *[0.0] * 10
        ),
        "TUNNEL(broadcast)": mav.MAVLink_tunnel_message(0, 0, 49360, 3, [1] * 128),
        "TUNNEL(to 255/190)": mav.MAVLink_tunnel_message(255, 190, 49360, 3, [1] * 128),
        "ADSB_VEHICLE": mav.MAVLink_adsb_vehicle_message(
            1, 0, 0, 0, 0, 0, 0, 0, b"X", 0, 0, 0, 0
        ),
    }  # fmt: skip
    for name, message in messages.items():
        frame = companion.send(message)
        passed = ground.sim.autopilot.data_to_send(2)
        assert (passed == frame) is verdicts[name], name


def test_the_grounds_acknowledgement_reaches_the_companion_and_nobody_else(simulation):
    companion, ground = companion_and_ground(simulation)
    third = Client(ground.sim, 3, 254, 190)
    third.send(mav.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3))
    companion.heard(), third.heard()
    frame = ground.send(mav.MAVLink_tunnel_message(1, 191, 49360, 6, [2] * 128))
    assert ground.sim.autopilot.data_to_send(1) == frame
    assert third.heard() == []


def test_heartbeats_cross_and_radio_status_does_not(simulation):
    companion, ground = companion_and_ground(simulation)
    companion.send(mav.MAVLink_heartbeat_message(18, 8, 0, 0, 4, 3))
    assert [m.get_srcComponent() for m in ground.heard()] == [191]
    companion.send(mav.MAVLink_radio_status_message(1, 2, 3, 4, 5, 6, 7))
    assert ground.heard() == []


def test_a_link_that_is_gone_is_forgotten():
    router = Router(1)
    codec = mav.MAVLink(None, 255, 190)

    def message(m, system, component):
        return mav.MAVLink(None).parse_buffer(m.pack(mav.MAVLink(None, system, component)))[0]

    beat = message(mav.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3), 255, 190)
    router.decide(beat, 2)
    tunnel = message(mav.MAVLink_tunnel_message(255, 190, 1, 0, [0] * 128), 1, 191)
    assert router.decide(tunnel, 1).links == (2,)
    router.forget_link(2)
    assert router.decide(tunnel, 1).links == ()
    assert codec.srcSystem == 255


def test_after_a_reboot_the_clock_starts_again_and_intervals_are_forgotten(simulation):
    sim = simulation()
    fault = {"kind": "autopilot_reboot", "at_s": 1.0, "duration_s": 2.0}
    scenario = sim.scenario.model_validate(
        sim.scenario.model_dump() | {"target": [], "fault": [fault]}
    )
    client = Client(simulation(scenario=scenario))
    client.command(511, 30, 20_000)
    boots, silent = [], 0
    for _ in range(200 * 5):
        client.sim.step()
        data = client.sim.autopilot.data_to_send(1)
        silent += not data and 1.1 < client.sim.time_s < 2.9
        if b"Init ArduCopter" in data:
            boots.append(client.sim.time_s)
        last = client.codec.parse_buffer(data) or []
        if client.sim.time_s > 3.2:
            assert "ATTITUDE" not in {m.get_type() for m in last}
    assert boots == [pytest.approx(1.0, abs=0.02)]
    assert silent > 300
    assert client.sim.boot_ns(client.sim.time_s) == pytest.approx(4e9, rel=0.01)


def test_streams_set_by_parameters_outlive_a_reboot(simulation):
    client = Client(simulation("radio.stream_hz=4"), port=1)
    client.sim.autopilot.reboot(0.0)
    for _ in range(110):
        client.sim.step()
    kinds = [m.get_type() for m in client.heard()]
    assert kinds.count("GLOBAL_POSITION_INT") == 2, "the first one a quarter of a second later"
    assert "BAD_DATA" not in kinds, "boot text goes to the console only"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(noise=st.binary(max_size=600), cut=st.integers(0, 40))
def test_no_bytes_stop_the_autopilot(simulation, noise, cut):
    client = Client(simulation())
    good = mav.MAVLink_timesync_message(0, 7).pack(client.codec)
    client.sim.autopilot.receive(1, noise + good[:cut], client.sim.time_s)
    client.sim.autopilot.receive(1, b"\x00" * 600, client.sim.time_s)
    client.heard()
    assert any(m.get_type() == "TIMESYNC" for m in client.ask(mav.MAVLink_timesync_message(0, 9)))


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (
            "fd20000000ffbe4c00000000144300000000000000000000000000000000000000000000000000020101632f",
            "fd0a00000001014d00000002000000000000ffbe5dc4",
        ),
        (
            "fd20000000ffbe4c000000000000000000000000000000000000000000000000000000000000220001013e42",
            "fd0a00000001014d00002200030000000000ffbebc03",
        ),
        ("fd06000000ffbe0b00006300000001015bf6", "fd0a00000001014d00000b00040000000000ffbeefe1"),
    ],
    ids=["AUTOPILOT_VERSION accepted", "DO_ORBIT unsupported", "SET_MODE 99 failed"],
)
def test_acknowledgements_byte_by_byte(simulation, asked, answered):
    sim = simulation()
    sim.autopilot.connect(1, 0.0)
    sim.autopilot.receive(1, bytes.fromhex(asked), 0.0)
    said = sim.autopilot.data_to_send(1)
    assert said[: len(answered) // 2].hex() == answered


def test_a_first_heartbeat_of_mavlink_1_is_taken_and_answers_stay_mavlink_2(simulation):
    """As dronekit begins, and as 4.5.6 went on: recorded on SERIAL0_PROTOCOL 2."""
    sim = simulation()
    sim.autopilot.connect(1, 0.0)
    sim.autopilot.receive(1, bytes.fromhex("fe0900ffbe000000000006080000032842"), 0.0)
    for _ in range(300):
        sim.step()
    messages = mav.MAVLink(None).parse_buffer(sim.autopilot.data_to_send(1))
    assert {m.get_msgbuf()[0] for m in messages} == {0xFD}
