"""The camera on a vehicle that somebody else flies: from single messages to real processes."""

import json
import math
import socket
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.errors import ConfigError
from sim import cli
from sim.camera.follow import check
from sim.camera.telemetry import BootClock, Telemetry
from sim.rotation import from_euler, matrix
from tests.sim.stream_reader import connect, read_record

DOWN = from_euler(0.0, math.radians(-90), 0.0)
EARTH, VEHICLE = 64, 32


def position(ms: int, lat: float = 43.0, alt_m: float = 100.0, vx: int = 800):
    return dialect.MAVLink_global_position_int_message(
        ms, round(lat * 1e7), 1_314_000_000, round(alt_m * 1000), 0, vx, 0, 0, 0
    )


def attitude(ms: int, yaw_deg: float = 0.0, roll_deg: float = 0.0):
    return dialect.MAVLink_attitude_message(
        ms, math.radians(roll_deg), 0.0, math.radians(yaw_deg), 0.0, 0.0, 0.0
    )


def gimbal(ms: int, q, flags: int):
    return dialect.MAVLink_gimbal_device_attitude_status_message(
        0, 0, ms, flags, list(q), 0.0, 0.0, 0.0, 0
    )


def heard(*messages) -> Telemetry:
    telemetry = Telemetry(DOWN)
    for message in messages:
        telemetry.hear(message, message.time_boot_ms / 1000)
    return telemetry


# Poses.


def test_a_pose_lies_between_its_neighbours():
    telemetry = heard(
        position(1000, 43.0, 100), position(1200, 43.0001, 104), attitude(1010, 350, -4),
        attitude(1190, 10, 4),
    )  # fmt: skip
    state = telemetry.at(1.1).state
    assert state.lat_deg == pytest.approx(43.00005)
    assert state.alt_amsl_m == pytest.approx(102)
    assert state.north_m_s == 8
    assert math.degrees(state.yaw_rad) == pytest.approx(0, abs=1e-9), "through north, not south"
    assert state.roll_rad == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("boot_s", [0.99, 1.2, 3.9])
def test_nothing_is_made_up_before_after_or_across_a_gap(boot_s):
    telemetry = heard(
        position(1000), attitude(1000), position(1100), attitude(1100), position(3000),
        position(4000), attitude(4000),
    )  # fmt: skip
    assert telemetry.at(1.05) is not None
    assert telemetry.at(boot_s) is None
    assert telemetry.may_know(boot_s) == (boot_s > 1), "nothing comes from before the first"


@pytest.mark.parametrize(("flags", "yaw_deg"), [(VEHICLE, 30 + 90), (EARTH, 30)])
def test_both_yaw_frames_of_the_gimbal_are_understood(flags, yaw_deg):
    q = from_euler(0.0, math.radians(-40), math.radians(30))
    telemetry = heard(
        position(1000), position(1100), attitude(1000, 90), attitude(1100, 90),
        gimbal(1000, q, flags), gimbal(1100, q, flags),
    )  # fmt: skip
    axis = matrix(telemetry.at(1.05).mount.q_ned_from_mount)[:, 0]
    assert math.degrees(math.atan2(axis[1], axis[0])) == pytest.approx(yaw_deg, abs=1e-4)
    assert math.degrees(math.asin(-axis[2])) == pytest.approx(-40, abs=1e-4)


def test_without_a_gimbals_word_the_scenarios_turns_with_the_heading():
    telemetry = heard(position(1000), position(1100), attitude(1000, 90, 20), attitude(1100, 90))
    axes = matrix(telemetry.at(1.05).mount.q_ned_from_mount)
    assert axes[:, 0] == pytest.approx([0, 0, 1], abs=1e-9), "down, however the body rolls"
    assert axes[:, 2] == pytest.approx([0, -1, 0], abs=1e-9), "the picture's top is east"


def test_an_autopilot_that_restarts_is_taken_for_a_new_one():
    telemetry = heard(position(900_000), position(900_100), attitude(900_000), attitude(900_100))
    for message in (position(500), position(600), attitude(500), attitude(600)):
        telemetry.hear(message, 1000.0 + message.time_boot_ms / 1000)
    assert telemetry.at(900.05) is None
    assert telemetry.at(0.55) is not None
    assert telemetry.clock.boot_s(1000.6) == pytest.approx(0.6)


def test_late_and_repeated_messages_change_nothing():
    telemetry = heard(
        position(1000, 43), position(1200, 43.0002), position(1100, 50), position(1200, 50),
        attitude(1000), attitude(1200),
    )  # fmt: skip
    assert telemetry.at(1.1).state.lat_deg == pytest.approx(43.0001)


# The clock.


def test_the_answer_with_the_shortest_way_sets_the_clock():
    clock = BootClock()
    assert clock.boot_s(5.0) is None
    clock.heard(100.0, 10.3)
    assert clock.boot_s(10.0) == pytest.approx(99.7)
    clock.answered(10.0, 10.2, 100.19)
    clock.answered(11.0, 11.01, 101.005)
    clock.answered(12.0, 12.4, 102.0)
    clock.answered(13.0, 19.0, 999.0)
    assert clock.boot_s(20.0) == pytest.approx(110.0)


def test_a_clock_that_slips_is_followed():
    """As that of a simulator on a machine too slow for it: three quarters of the wall's rate."""
    clock = BootClock()
    for step in range(80):
        now_s = step / 4
        way_s = 0.002 + 0.004 * (step % 3)
        clock.answered(now_s - way_s, now_s, 0.75 * (now_s - way_s / 2))
        assert clock.boot_s(now_s) == pytest.approx(0.75 * now_s, abs=0.15)


def test_without_answers_the_quickest_message_sets_it():
    clock = BootClock()
    for boot_s, late_s in ((1.0, 0.05), (2.0, 0.01), (3.0, 0.3)):
        clock.heard(boot_s, 50 + boot_s + late_s)
    assert clock.boot_s(60.01) == pytest.approx(10.0)


# The command line.


@pytest.mark.parametrize("url", ["bogus", "tcp:127.0.0.1", "udp:host:99999", "http://x:1", ""])
def test_what_can_never_be_a_link_is_named(url):
    with pytest.raises(ConfigError, match=f"--autopilot {url}: write"):
        check(url)


@pytest.mark.parametrize("url", ["tcp:127.0.0.1:5760", "udpin:0.0.0.0:14550", "/dev/ttyACM0"])
def test_what_may_become_one_passes(url):
    check(url)


@pytest.mark.parametrize("home", ["43", "43,131,5,6", "north,east", "43,nan"])
def test_a_home_that_is_none_is_named(home, land):
    arguments = ["camera", "--autopilot", "tcp:127.0.0.1:1", "--out", "none"]
    assert cli.main([*arguments, "--terrain", str(land), "--home", home]) == 2


def test_the_world_is_laid_around_a_home_and_lifted_to_it(land, capsys):
    """Where ArduPilot's simulator starts unless told otherwise; nobody answers there."""
    home = "43.4,131.6,584"
    arguments = ["camera", "--autopilot", "tcp:127.0.0.1:1", "--out", "none", "--duration", "0.1"]
    assert cli.main([*arguments, "--terrain", str(land), "--home", home, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["home"] == [43.4, 131.6, 584.0]


# Real processes.

EXACT = [
    word
    for key in ("gps_m", "altitude_m", "tilt_deg", "yaw_deg", "gimbal_deg")
    for word in ("--set", f"noise.{key}=0")
]


def camera(land, *arguments: str) -> list[str]:
    return [
        sys.executable, "-m", "sim.cli", "camera", "--terrain", str(land), "--json", *arguments,
    ]  # fmt: skip


def test_the_rendered_truth_is_where_the_vehicle_was(land, simulator, tmp_path):
    """The vehicle's own truth and the follower's, which knows it by MAVLink alone."""
    own, followed = tmp_path / "own", tmp_path / "followed"
    exact = [*EXACT, "--set", "camera.width=160", "--set", "camera.height=128"]
    flying = simulator("fire-patrol", "--camera", "none", "--truth", str(own), *exact)
    arguments = ["--autopilot", flying["autopilot"][0], "--out", "none", "--duration", "9"]
    done = subprocess.run(
        camera(land, *arguments, "--truth", str(followed), *exact), capture_output=True, text=True,
        timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    flying["process"].terminate()
    flying["process"].wait(20)
    a, b = (
        [json.loads(line) for line in path.read_text().splitlines()] for path in (own, followed)
    )
    b = b[3:]
    assert len(b) > 20, done.stderr
    lat_a, lat_b = (np.array([line["vehicle"]["lat"] for line in lines]) for lines in (a, b))
    assert (np.diff(lat_a) > 0).all(), "all on the first line, northwards"
    for key, within in (("alt_amsl_m", 0.25), ("roll_deg", 0.4), ("pitch_deg", 0.4)):
        there = np.interp(lat_b, lat_a, [line["vehicle"][key] for line in a])
        assert np.abs(there - [line["vehicle"][key] for line in b]).max() < within, key
    q = np.array([line["camera"]["q_ned_from_mount"] for line in b])
    assert q == pytest.approx(np.tile(DOWN, (len(b), 1)), abs=0.01)
    # Two processes have two zeros of time, but one shift brings most frames together: all, on a
    # machine that keeps up with both.
    time_a, time_b = (np.array([line["time_s"] for line in lines]) for lines in (a, b))
    apart_s = np.interp(lat_b, lat_a, time_a) - time_b
    assert np.median(np.abs(apart_s - np.median(apart_s))) < 0.1


def test_frames_come_over_udp_and_go_on_when_the_vehicle_comes_back(land, simulator, tmp_path):
    """As a ground station would hear it; the follower is there first, and outlives the vehicle."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        camera(land, "--autopilot", f"udpin:127.0.0.1:{port}", "--out", "tcp:127.0.0.1:0"),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said: dict[str, Any] = json.loads(process.stdout.readline())
        with connect(said["camera"]) as end:
            end.settimeout(60)
            for _ in range(2):
                flying = simulator(
                    "fire-patrol", "--camera", "none", "--listen", f"udpout:127.0.0.1:{port}"
                )
                headers = [read_record(end)[0] for _ in range(4)]
                sequences = [header["sequence"] for header in headers]
                assert sequences == sorted(set(sequences))
                flying["process"].terminate()
                flying["process"].wait(20)
    finally:
        process.terminate()
        assert process.wait(20) == 0
