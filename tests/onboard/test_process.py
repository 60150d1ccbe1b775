"""The whole process on real sockets: foreign autopilot, foreign camera, foreign ground."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from firmware_bridge.messages import Hotspot
from onboard.replay import replay_recording
from tests.onboard.http_ground import Ground, Request
from tests.onboard.peers import (
    GROUND_M,
    LAT_DEG,
    LON_DEG,
    AutopilotPeer,
    CameraPeer,
    flat_terrain,
)

ROOT = Path(__file__).resolve().parents[2]

HOTSPOT = TypeAdapter(Hotspot)

pytestmark = pytest.mark.xdist_group("process")


class Process:
    """kedrovka-onboard in a process of its own, its log in a file."""

    def __init__(self, folder: Path, camera: str, autopilot: str, ground: str) -> None:
        config = folder / "k.toml"
        config.write_text(f"""
[onboard.camera.lens]
horizontal_fov_deg = 50.0
[onboard.terrain]
folder = "{flat_terrain(folder / "terrain")}"
[onboard.recorder]
folder = "{folder / "recording"}"
quota_mb = 50
[onboard.spool]
folder = "{folder / "spool"}"
[onboard.uplink.http]
url = "{ground}"
key = "s3cret"
timeout_s = 2.0
""")
        self.log = folder / "log"
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(f"\0kedrovka-test-{os.getpid()}-{time.monotonic_ns()}")
        self.notify.settimeout(20)
        address = "@" + self.notify.getsockname()[1:].decode()
        command = [sys.executable, "-m", "onboard.cli", "run", "--config", config]
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [*command, "--camera", camera, "--autopilot", autopilot],
                stderr=log,
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(ROOT), "NOTIFY_SOCKET": address},
            )

    def end(self, number: int = signal.SIGTERM, timeout_s: float = 5.0) -> int:
        self.popen.send_signal(number)
        return self.popen.wait(timeout_s)

    def text(self) -> str:
        return self.log.read_text()


@contextmanager
def process(folder: Path, camera: str, autopilot: str, ground: str) -> Iterator[Process]:
    running = Process(folder, camera, autopilot, ground)
    try:
        yield running
    finally:
        if running.popen.poll() is None:
            running.popen.kill()
            running.popen.wait(5)
        running.notify.close()


def wait_until(condition: Callable[[], bool], running: Process) -> None:
    """Look 20 times a second until `condition` holds; fails with the log after 20 s."""
    pause = threading.Event()
    deadline_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline_s, running.text()
        assert running.popen.poll() is None, running.text()
        pause.wait(0.05)


def hotspots(requests: list[Request]) -> list[Request]:
    return [r for r in requests if r.path.endswith("/hotspots")]


def ending(requests: list[Request], word: str) -> list[Request]:
    return [r for r in requests if r.path.endswith(word)]


def test_a_fire_in_the_picture_is_at_the_ground_with_place_picture_and_state(
    tmp_path: Path,
) -> None:
    with (
        CameraPeer() as camera,
        AutopilotPeer() as autopilot,
        Ground() as ground,
        process(tmp_path, camera.url, autopilot.url, ground.url) as running,
    ):
        requests = ground.wait_for(
            lambda r: bool(
                len([h for h in hotspots(r) if h.json["fix"]]) >= 2
                and ending(r, "thumbnail")
                and ending(r, "state")
                and ending(r, "health")
            ),
            timeout_s=20,
        )
        located = next(h.json for h in hotspots(requests) if h.json["fix"])
        assert located["kind"] == "fire"
        assert located["system_id"] == 7
        assert located["peak_kelvin"] == pytest.approx(600, abs=1)
        fix = located["fix"]
        # Straight down from 80 m with 50 degrees over 160 pixels, the fire 20.5 px right of the
        # axis (east, for a vehicle heading north) and 0.5 px below it (south).
        east_m = (fix["lon_deg"] - LON_DEG) * 111_320 * 0.7133
        assert east_m == pytest.approx(20.5 * 80 / (80 / 0.46631), abs=0.3)
        assert (fix["lat_deg"] - LAT_DEG) * 111_115 == pytest.approx(-0.23, abs=0.3)
        assert fix["alt_amsl_m"] == GROUND_M
        assert 1 < fix["ce90_m"] < 30
        assert ending(requests, "thumbnail")[0].body.startswith(b"\x89PNG")
        state = next(r for r in reversed(requests) if r.path.endswith("state"))
        assert state.path == "/api/v1/vehicles/7/state"
        assert state.headers["Authorization"] == "Bearer s3cret"
        assert state.json["armed"] is False
        assert ending(requests, "health")[0].json["autopilot_connected"] is True
        assert running.notify.recv(100) == b"READY=1"
        assert running.notify.recv(100) == b"WATCHDOG=1"
        started_s = time.monotonic()
        assert running.end() == 0
        assert time.monotonic() - started_s < 3
        assert {"TUNNEL", "STATUSTEXT", "CAMERA_TRACKING_GEO_STATUS"} <= autopilot.types()
        assert "Traceback" not in running.text()
    sent = {request.body for request in hotspots(ground.requests)}
    replayed = {HOTSPOT.dump_json(r.hotspot) for r in replay_recording(tmp_path / "recording")}
    assert sent <= replayed
    assert len(sent) >= 2


def test_reports_unsent_when_the_process_is_killed_arrive_after_its_restart(
    tmp_path: Path,
) -> None:
    with Ground() as ground:
        port = ground.port
    url = f"http://127.0.0.1:{port}"
    with (
        CameraPeer() as camera,
        AutopilotPeer() as autopilot,
        process(tmp_path, camera.url, autopilot.url, url) as running,
    ):
        wait_until(lambda: "TUNNEL" in autopilot.types(), running)
        identifier = next(
            bytes(m.payload[1:17]) for m in autopilot.heard if m.get_type() == "TUNNEL"
        )
        assert running.end(signal.SIGKILL) == -signal.SIGKILL
    with (
        CameraPeer(fire=lambda _: False) as camera,
        AutopilotPeer() as autopilot,
        Ground(port=port) as ground,
        process(tmp_path, camera.url, autopilot.url, url),
    ):
        requests = ground.wait_for(lambda r: bool(hotspots(r) and ending(r, "thumbnail")), 20)
    assert hotspots(requests)[0].json["hotspot_id"].replace("-", "") == identifier.hex()
    replayed = {HOTSPOT.dump_json(r.hotspot) for r in replay_recording(tmp_path / "recording")}
    assert {hotspots(requests)[0].body} <= replayed


def test_camera_and_autopilot_may_be_away_and_come_back(tmp_path: Path) -> None:
    with CameraPeer() as camera, AutopilotPeer() as autopilot:
        camera_port, autopilot_port = camera.port, autopilot.port
        camera_url, autopilot_url = camera.url, autopilot.url
    with Ground() as ground, process(tmp_path, camera_url, autopilot_url, ground.url) as running:
        wait_until(lambda: "health: camera_lost, autopilot_lost" in running.text(), running)
        with CameraPeer(camera_port) as camera, AutopilotPeer(autopilot_port) as autopilot:
            ground.wait_for(lambda r: any(h.json["fix"] for h in hotspots(r)), timeout_s=20)
        assert running.end(signal.SIGINT) == 0
        assert str(camera_port) in running.text()
        assert "Traceback" not in running.text()


def test_a_ground_that_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    release = threading.Event()

    def hang(request: Request) -> tuple[int, str]:
        release.wait(20)
        return 204, ""

    with (
        CameraPeer() as camera,
        AutopilotPeer() as autopilot,
        Ground(hang) as ground,
        process(tmp_path, camera.url, autopilot.url, ground.url) as running,
    ):
        wait_until(lambda: "TUNNEL" in autopilot.types(), running)
        started_s = time.monotonic()
        assert running.end() == 0
        assert time.monotonic() - started_s < 3
        release.set()


def test_a_loop_that_dies_ends_the_process_with_one_line_and_70(tmp_path: Path) -> None:
    with Ground() as ground:
        command = [sys.executable, "-c", DYING]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, cwd=tmp_path, check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert ground.requests == []
    assert done.returncode == 70
    assert done.stderr.count("loop camera died, the process ends: ZeroDivisionError") == 1


DYING = """
import logging, threading, sys
from onboard.loops import run_loops
logging.basicConfig()
def idle(stop): stop.wait()
def fail(stop): 1 / 0
sys.exit(70 if run_loops({"idle": idle, "camera": fail}, threading.Event()) else 0)
"""


def test_a_missing_url_or_a_misspelt_key_ends_with_2_and_its_name(tmp_path: Path) -> None:
    config = tmp_path / "k.toml"
    config.write_text("[onboard.uplink.http]\nurrl = 'x'\n")
    command = [sys.executable, "-m", "onboard.cli", "run", "--config", str(config)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=20, cwd=ROOT, check=False
    )
    assert done.returncode == 2
    assert "[onboard.uplink.http] unknown key 'urrl' (did you mean 'url'?)" in done.stderr
    config.write_text("[onboard]\n")
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=20, cwd=ROOT, check=False
    )
    assert done.returncode == 2
    assert "[onboard.autopilot] url is missing" in done.stderr
