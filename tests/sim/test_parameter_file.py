"""Parameters that outlive the process."""

import logging
import signal
from pathlib import Path

import pytest
from pymavlink import mavutil

from firmware_bridge.errors import ConfigError
from sim.autopilot.parameters import Parameters
from sim.parameter_file import ParameterFile, of_vehicle

DEADLINE_S = 20


def test_a_change_by_a_client_is_there_in_the_next_run(simulator, tmp_path):
    path = tmp_path / "kept.parm"
    for expected in (1500.0, 3000.0):
        said = simulator("ready-to-fly", "--parameters", str(path))
        client = mavutil.mavlink_connection(said["autopilot"][0])
        client.wait_heartbeat(timeout=DEADLINE_S)
        client.mav.param_request_read_send(1, 1, b"RTL_ALT", -1)
        assert told(client, "RTL_ALT") == expected
        client.mav.param_set_send(1, 1, b"RTL_ALT", 3000.0, 6)
        assert told(client, "RTL_ALT") == 3000.0
        client.close()
        said["process"].send_signal(signal.SIGTERM)
        assert said["process"].wait(DEADLINE_S) == 0
        assert "RTL_ALT 3000.0" in path.read_text().splitlines()
        assert list(tmp_path.iterdir()) == [path], "no part of a file is left"


def told(client, name):
    message = client.recv_match(
        type="PARAM_VALUE", condition=f"PARAM_VALUE.param_id == '{name}'",
        blocking=True, timeout=DEADLINE_S,
    )  # fmt: skip
    assert message is not None, f"{name} is not told in {DEADLINE_S} s"
    return message.param_value


def test_changes_are_written_at_most_once_a_second(tmp_path):
    file, parameters = ParameterFile(tmp_path / "kept.parm"), Parameters()
    assert file.read() == {}
    for at_s, value, written in ((5.0, 2000, 2000), (5.5, 2100, 2000), (6.0, 2200, 2200)):
        parameters.put("RTL_ALT", value)
        file.save(parameters, at_s)
        assert file.read()["RTL_ALT"] == written


def test_a_disk_that_fails_is_told_once_and_tried_again(tmp_path, caplog):
    folder = tmp_path / "disk"
    folder.mkdir()
    file, parameters = ParameterFile(folder / "kept.parm"), Parameters()
    folder.rmdir()
    parameters.put("RTL_ALT", 2000)
    with caplog.at_level(logging.WARNING):
        file.save(parameters, 1.0)
        file.save(parameters, 3.0)
        assert [r.levelname for r in caplog.records] == ["ERROR"]
        folder.mkdir()
        file.save(parameters, 5.0)
    assert caplog.records[-1].getMessage().endswith("kept.parm again")
    assert file.read() == {"RTL_ALT": 2000.0}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"RTL_ALT fast\n", "kept.parm, line 1: 'fast'"),
        (b"\xff\xfe", "cannot be read"),
        (b"#" * 1_000_001, "too long"),
    ],
)
def test_a_file_that_is_none_is_refused_and_left_alone(tmp_path, content, words):
    path = tmp_path / "kept.parm"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        ParameterFile(path).read()
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_told_before_the_flight(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written: No such file"):
        ParameterFile(tmp_path / "nowhere" / "kept.parm").read()


def test_every_vehicle_of_a_fleet_has_its_own_file():
    path = Path("flight/kept.parm")
    assert [str(of_vehicle(path, n)) for n in (0, 1, 2)] == [
        "flight/kept.parm",
        "flight/kept-2.parm",
        "flight/kept-3.parm",
    ]
