"""MAVProxy flies the whole recorded survey, from its download of parameters to the landing.

The mission, the ground and the wind are those of the recording. MAVProxy's own log of the flight is
then held against the recorded one, and all it printed against what the real autopilot says.
"""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.recorded_flight import (
    HOME,
    TURBULENCE_M_S,
    TURBULENCE_MEMORY_S,
    WIND_FROM_DEG,
    WIND_M_S,
    Flight,
    cruise,
    frames,
    overshoot_m,
    recorded,
)
from sim.flight.plan import Item
from tests.judges.mavproxy import BIN, mavproxy, telemetry_log

SPEEDUP = 4.0
FLIGHT_DEADLINE_S = 300.0
DEADLINE_S = 60.0
WITHIN = 0.1
"""Share of the recorded value."""
WAYPOINTS = range(5, 15)
SET = {
    "vehicle.speed_m_s": 10.0,
    "wind.speed_m_s": WIND_M_S,
    "wind.from_deg": WIND_FROM_DEG,
    "wind.gust_m_s": TURBULENCE_M_S,
    "wind.gust_memory_s": TURBULENCE_MEMORY_S,
    "noise.gps_m": 0.2,
    "noise.altitude_m": 0.2,
}
OF_ITS_OWN = (r"ArduCopter V4\.5\.6 \(kedrovka\)", r"[0-9a-f]{32}", r"Field Elevation Set: \d+m")
"""Texts of the autopilot that name it or its place."""
TROUBLE = re.compile(
    r"error|warn|fail|traceback|exception|timeout|timed out|no link|link .* down|lost|bad |"
    r"unknown|unexpected|denied|unsupported|not found|retr(y|ies)|missing|breach|low ",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    said: list[str]
    log: Path
    flight: Flight
    mission: list[Item]


@pytest.fixture(scope="module")
def real(shared: Path) -> tuple[Flight, list[Item]]:
    return recorded(shared / "data" / "mavlink" / "survey_mavproxy_rates.tlog")


@pytest.fixture(scope="module")
def outcome(real: tuple[Flight, list[Item]], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The whole of it, once."""
    assert (BIN / "mavproxy.py").exists(), "run `make judges`, which sets MAVProxy up"
    folder = tmp_path_factory.mktemp("mavproxy")
    mission = folder / "survey.waypoints"
    mission.write_text(_waypoint_file(real[1]))
    for url in _simulator(folder):
        with mavproxy(url, folder) as proxy:
            proxy.until(r"Received 1396 parameters \(ftp\)", DEADLINE_S)
            proxy.type("param show WPNAV_SPEED")
            proxy.until(r"WPNAV_SPEED +1000", DEADLINE_S)
            proxy.type("param set MNT1_PITCH_MIN -80")
            proxy.type(f"wp load {mission}")
            proxy.until("AP: Flight plan received", DEADLINE_S)
            proxy.type("wp list")
            proxy.until(r"Saved 18 waypoints", DEADLINE_S)
            # Only now: it sets in the background and would ask before it has set.
            proxy.type("param fetch MNT1_PITCH_MIN")
            proxy.until(r"MNT1_PITCH_MIN += +-80", DEADLINE_S)
            proxy.type("param set MNT1_PITCH_MIN -90")
            proxy.until("AP: EKF3 IMU1 is using GPS", DEADLINE_S)
            proxy.type("mode guided")
            proxy.until("Mode GUIDED", DEADLINE_S)
            proxy.type("arm throttle")
            proxy.until("AP: Arming motors", DEADLINE_S)
            proxy.type("mode auto")
            proxy.until("Mode AUTO", DEADLINE_S)
            proxy.type("long MISSION_START 0 0")
            proxy.until("AP: Disarming motors", FLIGHT_DEADLINE_S)
            proxy.until_logged("Disarming motors", DEADLINE_S)
        log = telemetry_log(folder)
        flight, uploaded = recorded(log)
        return Outcome(proxy.said, log, _at_its_own_pace(flight), uploaded)
    raise AssertionError("no simulator")


def _simulator(folder: Path) -> Iterator[str]:
    """Its link, over flat ground in the recorded wind."""
    np.full((1201, 1201), HOME[2], ">i2").tofile(folder / "N42E131.hgt")
    command = [sys.executable, "-m", "sim.cli", "run", "--json", "--camera", "none"]
    command += ["--listen", "tcp:127.0.0.1:0", "--speedup", str(SPEEDUP), "--terrain", str(folder)]
    command += [f"--home={HOME[0]},{HOME[1]},{HOME[2]},0"]
    command += [word for key, value in SET.items() for word in ("--set", f"{key}={value}")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["autopilot"][0]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0
        process.stdout.close()


def _waypoint_file(mission: list[Item]) -> str:
    """QGC WPL 110: number, current, frame, command, p1..p4, place, autocontinue; tabs between."""
    rows = [
        (seq, int(seq == 0), i.frame, i.command, i.p1, i.p2, i.p3, i.p4,
         f"{i.x / 1e7:.7f}", f"{i.y / 1e7:.7f}", i.z, i.autocontinue)
        for seq, i in enumerate(mission)
    ]  # fmt: skip
    return "\n".join(["QGC WPL 110", *("\t".join(map(str, row)) for row in rows), ""])


def _at_its_own_pace(flight: Flight) -> Flight:
    """In simulated seconds: the log has the clock's."""
    flight.samples = [(sample[0] * SPEEDUP, *sample[1:]) for sample in flight.samples]
    flight.reached_s = {seq: at_s * SPEEDUP for seq, at_s in flight.reached_s.items()}
    flight.end_s *= SPEEDUP
    return flight


def test_it_sends_the_recorded_mission_and_gets_it_back(real, outcome):
    def shown(mission: list[Item]) -> list[tuple[float, ...]]:
        # Item 0 is home, and what DO_MOUNT_CONTROL has in z the autopilot does not keep.
        return [(i.command, i.x, i.y, i.z * (i.command != 205)) for i in mission[1:]]

    assert shown(outcome.mission) == shown(real[1])


def test_every_word_of_the_autopilot_is_one_the_real_one_says(shared, outcome):
    recordings = shared / "data" / "mavlink"
    known = {
        message.text
        for path in recordings.glob("*.tlog")
        for _, message in frames(path)
        if message.get_type() == "STATUSTEXT"
    }
    for path in (recordings / "exchanges").glob("*.jsonl"):
        lines = map(json.loads, path.read_text().splitlines())
        known |= {line["f"]["text"] for line in lines if line.get("msg") == "STATUSTEXT"}
    told = {line.partition("AP: ")[2] for line in outcome.said if "AP: " in line}
    strange = {text for text in told - known if not re.fullmatch("|".join(OF_ITS_OWN), text)}
    assert {text for text in strange if not text.startswith("SIM Hit ground")} == set()


def test_it_prints_no_trouble(outcome):
    assert [line for line in outcome.said if TROUBLE.search(line)] == []


def test_the_survey_takes_as_long_as_the_recorded_one(real, outcome):
    assert outcome.flight.end_s == pytest.approx(real[0].end_s, rel=WITHIN)
    assert sorted(outcome.flight.reached_s) == sorted(real[0].reached_s)
    for before, seq in pairwise((2, *WAYPOINTS)):
        took_s = real[0].reached_s[seq] - real[0].reached_s[before]
        ours_s = outcome.flight.reached_s[seq] - outcome.flight.reached_s[before]
        assert ours_s == pytest.approx(took_s, rel=WITHIN), seq


def test_speed_tilt_and_overshoot_are_the_recorded_ones(real, outcome):
    for seq in WAYPOINTS[1:]:
        speed_m_s, tilt_deg = cruise(real[0], seq)
        ours = cruise(outcome.flight, seq)
        assert ours[0] == pytest.approx(speed_m_s, rel=WITHIN), seq
        if real[0].reached_s[seq] - real[0].reached_s[seq - 1] > 20:
            assert ours[1] == pytest.approx(tilt_deg, rel=WITHIN), seq
    real_m, ours_m = (
        np.mean([overshoot_m(flight, seq) for seq in WAYPOINTS[1:]])
        for flight in (real[0], outcome.flight)
    )
    # Of the position as told, whose error is drawn anew in every run.
    assert ours_m == pytest.approx(real_m, abs=SET["noise.gps_m"])


def test_the_camera_is_released_as_often(real, outcome):
    assert abs(outcome.flight.pictures - real[0].pictures) <= 1
