"""The process: a fleet on its ports, the same truth every time, an end when it is asked for."""

import hashlib
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pymavlink import mavutil

from sim import cli
from sim.run import url_of_vehicle
from sim.truth_file import TruthFile

THREE = """
[survey]
length_m = 200
[camera]
width = 64
height = 48
[[wingman]]
east_m = 300
[[wingman]]
system_id = 7
east_m = 600
[[target]]
kind = "fire"
north_m = 40
east_m = 300
"""


@pytest.fixture
def three(tmp_path: Path) -> str:
    path = tmp_path / "three.toml"
    path.write_text(THREE)
    return str(path)


def free_ports(apart: int, count: int) -> int:
    """The first of so many free TCP ports."""
    for _ in range(100):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first: int = probe.getsockname()[1]
        try:
            for number in range(count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", first + apart * number))
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


@pytest.mark.parametrize(
    ("url", "third"),
    [
        ("tcp:127.0.0.1:5760", "tcp:127.0.0.1:5780"),
        ("tcp:127.0.0.1:0", "tcp:127.0.0.1:0"),
        ("udpout:10.0.0.1:14550", "udpout:10.0.0.1:14550"),
        ("udpin:0.0.0.0:14550", "udpin:0.0.0.0:14570"),
        ("pty:/tmp/autopilot", "pty:/tmp/autopilot-3"),
        ("pty:", "pty:"),
        ("v4l2:/dev/video10", "v4l2:/dev/video12"),
        ("none", "none"),
        ("tcp:nonsense", "tcp:nonsense"),
    ],
)
def test_every_vehicle_has_ports_of_its_own(url: str, third: str):
    assert url_of_vehicle(url, 0) == url
    assert url_of_vehicle(url, 2) == third


def test_three_vehicles_answer_on_their_ports_and_say_where(simulator, three: str):
    first = free_ports(10, 3)
    said = simulator(three, "--listen", f"tcp:127.0.0.1:{first}", "--camera", "none")
    assert [vehicle["system_id"] for vehicle in said["vehicles"]] == [1, 2, 7]
    places = []
    for number, vehicle in enumerate(said["vehicles"]):
        url = f"tcp:127.0.0.1:{first + 10 * number}"
        assert url in vehicle["autopilot"]
        client = mavutil.mavlink_connection(url)
        heartbeat = client.recv_match(type="HEARTBEAT", blocking=True, timeout=20)
        assert heartbeat.get_srcSystem() == vehicle["system_id"]
        client.mav.command_long_send(vehicle["system_id"], 1, 512, 0, 33, 0, 0, 0, 0, 0, 0)
        places.append(client.recv_match(type="GLOBAL_POSITION_INT", blocking=True, timeout=20))
        client.close()
    east_m = [(place.lon - places[0].lon) * 1e-7 * 81_300 for place in places]
    assert east_m == pytest.approx([0, 300, 600], abs=30)


def truth_of(path: Path, *arguments: str) -> list[str]:
    command = ["run", *arguments, "--truth", str(path), "--listen", "tcp:127.0.0.1:0"]
    assert cli.main([*command, "--camera", "none"]) == 0
    return path.read_text().splitlines()


def test_a_seed_gives_the_same_truth_byte_for_byte_at_any_speed(
    three: str, land: Path, tmp_path: Path
):
    common = (three, "--terrain", str(land), "--duration", "2")
    hashes = []
    for run, extra in enumerate((("--speedup", "1"), ("--speedup", "40"), ("--seed", "5"))):
        lines = truth_of(tmp_path / f"{run}.jsonl", *common, *extra)
        assert len(lines) == 3 * 18
        hashes.append(hashlib.sha256("\n".join(lines).encode()).hexdigest())
    assert hashes[0] == hashes[1]
    assert hashes[2] != hashes[0]


def test_truth_of_a_fleet_is_in_order_of_time_with_the_vehicle_in_every_line(
    three: str, land: Path, tmp_path: Path
):
    lines = truth_of(
        tmp_path / "t.jsonl", three, "--terrain", str(land), "--duration", "2", "--speedup", "40"
    )
    frames: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert [frame["vehicle"]["system_id"] for frame in frames[:6]] == [1, 2, 7, 1, 2, 7]
    assert [frame["time_s"] for frame in frames] == sorted(frame["time_s"] for frame in frames)


def test_a_truth_file_waits_for_the_slower_camera_and_loses_nothing(tmp_path: Path):
    with (tmp_path / "t").open("w") as out:
        truth = TruthFile([out], 2)
        one, two = truth.lane(0), truth.lane(1)
        for line in ("a1\n", "a2\n", "a3\n"):
            one.write(line)
        two.write("b1\n")
        truth.close()
    assert (tmp_path / "t").read_text() == "a1\nb1\na2\na3\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_truth_file_on_a_full_disk_ends_it_with_one_line(
    land: Path, caplog: pytest.LogCaptureFixture
):
    command = ["run", "--terrain", str(land), "--truth", "/dev/full", "--duration", "2"]
    assert cli.main([*command, "--listen", "tcp:127.0.0.1:0", "--camera", "none"]) == 1
    (line,) = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert line == "camera: --truth /dev/full: No space left on device"


def test_a_signal_ends_it_within_a_second(simulator, three: str):
    process: subprocess.Popen[str] = simulator(three, "--speedup", "20")["process"]
    began_s = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - began_s < 2.0  # half of that on a machine with nothing else to do


@pytest.mark.parametrize("which", ["--listen", "--camera"])
def test_a_taken_port_of_the_second_vehicle_is_named(
    three: str, land: Path, which: str, caplog: pytest.LogCaptureFixture
):
    first = free_ports(10, 3)
    ports = {"--listen": "tcp:127.0.0.1:0", "--camera": "none"} | {which: f"tcp:127.0.0.1:{first}"}
    with socket.create_server(("127.0.0.1", first + 10)):
        arguments = [word for pair in ports.items() for word in pair]
        assert cli.main(["run", three, "--terrain", str(land), *arguments]) == 3
    assert f"tcp:127.0.0.1:{first + 10}" in caplog.text


def test_a_home_anywhere_gets_ground_of_the_height_that_was_asked_for(tmp_path: Path):
    command = [sys.executable, "-m", "sim.cli", "run", "--json", "--terrain", str(tmp_path)]
    command += ["--listen", "tcp:127.0.0.1:0", "--camera", "none", "--set", "noise.altitude=0"]
    command += ["--home", "-35.363261,149.165230,584,353"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["autopilot"][0]
            client = mavutil.mavlink_connection(url)
            assert not client.wait_heartbeat(timeout=20).base_mode & 128
            client.mav.command_long_send(1, 1, 511, 0, 33, 100_000, 0, 0, 0, 0, 0)
            place = client.recv_match(type="GLOBAL_POSITION_INT", blocking=True, timeout=20)
            client.close()
        finally:
            process.terminate()
    assert process.returncode == 0
    assert place.alt / 1000 == pytest.approx(584, abs=0.5)
    assert [path.name for path in tmp_path.glob("*.hgt")] == ["S36E149.hgt"]
