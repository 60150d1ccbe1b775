"""Camera, gimbal, sticks and other aircraft: results and frames as recorded from 4.5.6."""

import math

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from tests.sim.client import Client, kinds

NAN = math.nan


@pytest.fixture
def client(simulation):
    return Client(simulation("vehicle.start='ground'"))


def ack(messages):
    (one,) = [m for m in messages if m.get_type() == "COMMAND_ACK"]
    return one.result


@pytest.mark.parametrize(
    ("command", "params", "result"),
    [
        (531, (2, 50), 3),
        (532, (2, 50), 3),
        (2004, (0.5, 0.5, 0.1), 3),
        (2500, (0, 1), 4),
        (2501, (), 4),
        (530, (), 3),
        (521, (), 3),
        (34, (), 3),
        (40001, (), 3),
        (2600, (1,), 0),
        (520, (2,), 4),
        (511, (231, 200_000), 2),
        (512, (300,), 4),
        (512, (136,), 4),
        (512, (271,), 0),
        (1001, (255, 190), 0),
        (1001, (300, 190), 4),
        (246, (0,), 3),
        (245, (1,), 3),
        (42424, (), 0),
    ],
)
def test_commands_end_as_recorded_or_as_the_source_says(client, command, params, result):
    assert ack(client.command(command, *params)) == result


@pytest.mark.parametrize(
    ("number", "name", "size"),
    [
        (259, "CAMERA_INFORMATION", 248),
        (260, "CAMERA_SETTINGS", 25),
        (280, "GIMBAL_MANAGER_INFORMATION", 45),
        (281, "GIMBAL_MANAGER_STATUS", 21),
        (286, "AUTOPILOT_STATE_FOR_GIMBAL_DEVICE", 69),
        (235, "HIGH_LATENCY2", 52),
        (148, "AUTOPILOT_VERSION", 89),
        (242, "HOME_POSITION", 68),
        (49, "GPS_GLOBAL_ORIGIN", 28),
    ],
)
def test_messages_on_request_come_after_the_ack_in_the_recorded_size(
    simulation, number, name, size
):
    flying = Client(simulation())
    flying.fly(5)
    heard = flying.command(512, number)
    assert kinds(heard) == ["COMMAND_ACK", name]
    assert len(heard[1].get_msgbuf()) == size


def test_who_controls_the_gimbal_is_told_when_it_changes(client):
    heard = client.command(1001, 255, 190)
    assert kinds(heard) == ["COMMAND_ACK", "GIMBAL_MANAGER_STATUS"]
    assert (heard[1].primary_control_sysid, heard[1].primary_control_compid) == (255, 190)
    assert kinds(client.command(1001, 255, 190)) == ["COMMAND_ACK"]
    assert kinds(client.command(1001, -1, -1)) == ["COMMAND_ACK"]
    released = client.command(1001, -3, -3)
    assert released[1].primary_control_sysid == 0
    assert client.command(1001, -2, -2)[1].primary_control_compid == 190
    limits = client.command(512, 280)[1]
    assert math.degrees(limits.pitch_min) == pytest.approx(-90)
    assert math.degrees(limits.pitch_max) == pytest.approx(20)


def test_a_barometer_calibration_takes_its_time(client):
    client.fly(5.1)
    assert ack(client.command(241, 0, 0, 1)) == 5
    later = [m.result for m in client.fly(1.5) if m.get_type() == "COMMAND_ACK"]
    assert later == [0]
    assert ack(client.command(241, 1)) == 0
    assert ack(client.command(241, 0, 0, 0, 0, 4)) == 0


def test_accelerometers_are_not_calibrated_within_five_seconds_of_boot(simulation):
    client = Client(simulation("vehicle.start='ground'", "clock.boot_s=0"))
    assert ack(client.command(241, 0, 0, 0, 0, 4)) == 1
    assert ack(client.command(241, 0, 0, 0, 0, 1)) == 0
    client.fly(5.1)
    assert ack(client.command(241, 0, 0, 0, 0, 4)) == 0


def test_in_flight_nothing_is_calibrated_and_nothing_restarts(simulation):
    client = Client(simulation())
    heard = client.command(241, 1)
    assert kinds(heard) == ["COMMAND_ACK", "STATUSTEXT"]
    assert (heard[0].result, heard[1].text) == (4, "Disarm to allow calibration")
    assert ack(client.command(246, 1)) == 4


def test_a_restart_on_command_is_acknowledged_first(client):
    client.command(511, 30, 100_000)
    assert ack(client.command(246, 1)) == 0
    boots = client.fly(1)
    assert client.sim.boot_ns(client.sim.time_s) == pytest.approx(1e9, rel=0.02)
    assert "ATTITUDE" not in kinds(boots)


def test_other_aircraft_are_told_again_once_a_second_when_the_vehicle_listens(simulation):
    sim = simulation("vehicle.start='ground'")
    sim.parameters.put("ADSB_TYPE", 1)
    ground, companion = Client(sim, 1), Client(sim, 2, 1, 191)
    ground.send(mav.MAVLink_request_data_stream_message(1, 1, 0, 4, 1))
    seen = mav.MAVLink_adsb_vehicle_message(
        11259375, 429504491, 1314006136, 0, 200000, 0, 0, 0, b"FIRE0001", 14, 1, 31, 7000
    )
    companion.send(seen)
    told = [m for m in ground.fly(5) if m.get_type() == "ADSB_VEHICLE"]
    assert {(m.get_srcSystem(), m.get_srcComponent(), m.callsign) for m in told} == {
        (1, 1, "FIRE0001")
    }
    assert 4 <= len(told) <= 6
    assert "ADSB_VEHICLE" not in kinds(ground.fly(12)[-20:]), "gone for ten seconds"


def test_two_ground_stations_hear_the_texts_and_only_the_asker_the_answer(simulation):
    sim = simulation("vehicle.start='ground'")
    one, two = Client(sim, 1), Client(sim, 2, 254, 190)
    one.heard(), two.heard()
    one.send(mav.MAVLink_set_mode_message(1, 1, 99))
    assert kinds(one.heard()) == ["COMMAND_ACK", "STATUSTEXT"]
    (text,) = two.heard()
    assert (text.get_type(), text.text) == ("STATUSTEXT", "No such mode 99")
