"""Other people's clients over a real socket: pymavlink's MAVFTP, and its reader of logs."""

import math
import time

import pytest
from pymavlink import DFReader, mavutil
from pymavlink.mavftp import MAVFTP

DEADLINE_S = 30


@pytest.fixture(scope="module")
def client(patrol):
    """A ground station's connection, once it has heard the vehicle."""
    link = mavutil.mavlink_connection(patrol["tcp"], source_system=255)
    link.wait_heartbeat(timeout=DEADLINE_S)
    yield link
    link.close()


def test_pymavlink_downloads_and_decodes_all_parameters(client, tmp_path):
    ftp = MAVFTP(client, target_system=1, target_component=1)
    values, defaults = tmp_path / "values.parm", tmp_path / "defaults.parm"
    ftp.cmd_getparams([str(values), str(defaults)])
    reply = ftp.process_ftp_reply("GetParams", timeout=DEADLINE_S)
    assert reply.error_code == 0, reply
    read = dict(line.replace(",", " ").split()[:2] for line in values.read_text().splitlines())
    assert len(read) == 1396
    assert float(read["WPNAV_RADIUS"]) == 200


def test_pymavlink_lists_the_disk(client):
    ftp = MAVFTP(client, target_system=1, target_component=1)
    reply = ftp.cmd_list(["/logs"])
    assert reply.error_code == 0, reply
    names = [entry.name for entry in reply.directory_listing]
    assert names == ["00000001.BIN"]


def test_a_log_read_by_mavftp_in_flight_holds_the_flight(client, tmp_path):
    path = tmp_path / "flight.BIN"
    for _ in range(4):  # one a second: there is some flight to read
        assert client.recv_match(type="HEARTBEAT", blocking=True, timeout=DEADLINE_S)
    ftp = MAVFTP(client, target_system=1, target_component=1)
    ftp.cmd_get(["logs/00000001.BIN", str(path)])
    reply = ftp.process_ftp_reply("OpenFileRO", timeout=DEADLINE_S)
    assert reply.error_code == 0, reply
    client.mav.command_long_send(1, 1, 512, 0, 33, 0, 0, 0, 0, 0, 0)
    here = client.recv_match(type="GLOBAL_POSITION_INT", blocking=True, timeout=DEADLINE_S)
    reader, positions = DFReader.DFReader_binary(str(path)), []
    while (record := reader.recv_match(type="POS")) is not None:
        positions.append(record)
    assert len(positions) > 10
    last = positions[-1]
    apart_m = math.hypot(
        (last.Lat - here.lat / 1e7) * 111_000,
        (last.Lng - here.lon / 1e7) * 111_000 * math.cos(math.radians(last.Lat)),
    )
    later_s = here.time_boot_ms / 1e3 - last.TimeUS / 1e6
    assert 0 <= later_s < DEADLINE_S
    assert apart_m < 2 + 12 * later_s, "it flies at 8 m/s"


def test_a_flying_vehicle_gives_no_log_by_the_log_protocol(client):
    client.mav.log_request_list_send(1, 1, 0, 0xFFFF)
    deadline_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline_s:
        told = client.recv_match(type=["STATUSTEXT", "LOG_ENTRY"], blocking=True, timeout=1)
        if told is not None and told.get_type() == "LOG_ENTRY":
            pytest.fail("the vehicle is armed")
        if told is not None and told.text == "Disarm for log download":
            return
    pytest.fail("it does not say why")
