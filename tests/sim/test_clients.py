"""Foreign clients on real ports: pymavlink over TCP, UDP and a pty; dronekit over TCP."""

import time
from collections.abc import Iterator

import pytest
from pymavlink import mavutil

from firmware_bridge.autopilot import dronekit_compat
from sim import cli

DEADLINE_S = 20.0


@pytest.fixture
def two_clients(patrol) -> Iterator[tuple[mavutil.mavfile, mavutil.mavfile]]:
    url = patrol["tcp"]
    companion = mavutil.mavlink_connection(url, source_system=1, source_component=191)
    ground = mavutil.mavlink_connection(url, source_system=255, source_component=190)
    yield companion, ground
    companion.close()
    ground.close()


def expect(client, kind: str, **fields):
    """The next message of a kind with these fields, before the deadline."""
    end_s = time.monotonic() + DEADLINE_S
    while (left_s := end_s - time.monotonic()) > 0:
        message = client.recv_match(type=kind, blocking=True, timeout=left_s)
        if message and all(getattr(message, k) == v for k, v in fields.items()):
            return message
    raise AssertionError(f"no {kind} {fields} within {DEADLINE_S} s")


def test_two_pymavlink_clients_at_once_and_a_tunnel_between_them(two_clients):
    companion, ground = two_clients
    for client, kind in ((companion, 18), (ground, 6)):
        expect(client, "HEARTBEAT", autopilot=3)
        client.mav.heartbeat_send(kind, 8, 0, 0, 4)
    expect(companion, "HEARTBEAT", type=6)
    companion.mav.tunnel_send(0, 0, 49360, 4, [1, 2, 3, 4] + [0] * 124)
    assert list(expect(ground, "TUNNEL").payload[:4]) == [1, 2, 3, 4]
    ground.mav.tunnel_send(1, 191, 49360, 2, [2, 9] + [0] * 126)
    assert list(expect(companion, "TUNNEL").payload[:2]) == [2, 9]


def test_timesync_over_tcp_is_exact_to_milliseconds_and_positions_flow(two_clients):
    client, _ = two_clients
    expect(client, "HEARTBEAT")
    offsets = []
    for _ in range(20):
        sent_ns = time.monotonic_ns()
        client.mav.timesync_send(0, sent_ns)
        reply = expect(client, "TIMESYNC", ts1=sent_ns)
        round_trip = time.monotonic_ns() - sent_ns
        offsets.append((round_trip, reply.tc1 - sent_ns - round_trip / 2))
    best = sorted(offsets)[:5]
    assert max(o for _, o in best) - min(o for _, o in best) < 5e6
    client.mav.command_long_send(1, 1, 511, 0, 33, 100_000, 0, 0, 0, 0, 0)
    assert expect(client, "COMMAND_ACK", command=511).result == 0
    one, two = expect(client, "GLOBAL_POSITION_INT"), expect(client, "GLOBAL_POSITION_INT")
    assert two.time_boot_ms > one.time_boot_ms
    assert abs(one.lat / 1e7 - 43.187) < 0.01


def test_a_flight_that_cannot_keep_up_slips_instead_of_running_behind_its_clock(simulator):
    said = simulator("--speedup", "5000", "--camera", "none")
    client = mavutil.mavlink_connection(said["autopilot"][0])
    expect(client, "HEARTBEAT")
    behind_s = []
    for sent_ns in range(1, 6):
        client.mav.timesync_send(0, sent_ns)
        clock_ns = expect(client, "TIMESYNC", ts1=sent_ns).tc1
        client.mav.command_long_send(1, 1, 512, 0, 30, 0, 0, 0, 0, 0, 0)
        behind_s.append(clock_ns / 1e9 - expect(client, "ATTITUDE").time_boot_ms / 1000)
    client.close()
    assert max(behind_s) < 1.0


def test_udp_hears_streams_unasked_and_the_simulator_survives_nobody_listening(patrol):
    ground = mavutil.mavlink_connection(f"udpin:{patrol['udp']}", source_system=255)
    expect(ground, "GLOBAL_POSITION_INT")
    ground.mav.heartbeat_send(6, 8, 0, 0, 4)
    ground.mav.command_long_send(1, 1, 512, 0, 148, 0, 0, 0, 0, 0, 0)
    assert expect(ground, "AUTOPILOT_VERSION").flight_sw_version >> 24 == 4
    ground.close()


def test_whoever_speaks_to_a_udp_port_is_answered_also_when_another_one_is_gone(simulator):
    said = simulator("--camera", "none", "--listen", "udpin:127.0.0.1:0")
    (url,) = (url for url in said["autopilot"] if url.startswith("udpin:"))
    where = url.replace("udpin:", "udpout:")
    gone = mavutil.mavlink_connection(where, source_system=254)
    gone.mav.heartbeat_send(6, 8, 0, 0, 4)
    expect(gone, "HEARTBEAT", autopilot=3)
    gone.close()
    here = mavutil.mavlink_connection(where, source_system=255)
    here.mav.command_long_send(1, 1, 512, 0, 148, 0, 0, 0, 0, 0, 0)
    assert expect(here, "AUTOPILOT_VERSION").flight_sw_version >> 24 == 4
    here.close()


def test_a_client_that_vanishes_mid_upload_leaves_the_vehicle_to_the_next(simulator):
    said = simulator("--camera", "none", "--set", "vehicle.start=ground", "--speedup", "4")
    first = mavutil.mavlink_connection(said["autopilot"][0], source_system=255)
    expect(first, "HEARTBEAT")
    first.mav.mission_count_send(1, 1, 5)
    expect(first, "MISSION_REQUEST", seq=0)
    first.close()
    second = mavutil.mavlink_connection(said["autopilot"][0], source_system=255)
    expect(second, "HEARTBEAT")
    second.mav.mission_request_list_send(1, 1)
    assert expect(second, "MISSION_ACK").type == mavutil.mavlink.MAV_MISSION_DENIED
    deadline_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline_s:
        second.mav.mission_request_list_send(1, 1)
        told = second.recv_match(type=["MISSION_ACK", "MISSION_COUNT"], blocking=True, timeout=1)
        if told is not None and told.get_type() == "MISSION_COUNT":
            break
    else:
        pytest.fail("the upload is not given up after 8 s")
    second.close()


def test_a_pseudo_terminal_is_a_serial_port(patrol):
    serial = mavutil.mavlink_connection(patrol["pty"], baud=57600)
    assert expect(serial, "HEARTBEAT").type == 2
    serial.mav.param_request_read_send(1, 1, b"SYSID_THISMAV", -1)
    assert expect(serial, "PARAM_VALUE", param_id="SYSID_THISMAV").param_value == 1
    serial.close()


def test_a_taken_port_is_said_with_its_name(patrol, land, caplog):
    assert cli.main(["run", "--terrain", str(land), "--listen", patrol["tcp"]]) == 3
    assert patrol["tcp"] in caplog.text


def test_dronekit_connects_and_reads_location_and_attitude(patrol):
    dronekit = dronekit_compat.import_dronekit()
    vehicle = dronekit.connect(
        patrol["tcp"], wait_ready=True, timeout=30, heartbeat_timeout=20, rate=10
    )
    try:
        frame = vehicle.location.global_frame
        assert frame.lat == pytest.approx(43.187, abs=0.01)
        assert frame.alt > 300
        assert vehicle.location.global_relative_frame.alt > 40
        assert abs(vehicle.attitude.pitch) < 0.6
        assert vehicle.mode.name == "AUTO"
        assert vehicle.armed
        assert vehicle.parameters["WPNAV_SPEED"] == 800
        assert vehicle.battery.level > 90
    finally:
        vehicle.close()
