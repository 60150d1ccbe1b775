"""The simulated cameras' cost: frames a second on one core, and three vehicles in real time.

python -m benchmarks.simulated_camera
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.report import figure
from onboard.camera.stream_parser import FrameStreamParser
from sim.camera import Scene, View, mjpeg
from sim.camera.sensor import Microbolometer
from sim.flight.gimbal import Mount
from sim.flight.quadcopter import State
from sim.rotation import from_euler
from sim.scenario import Scenario, load
from sim.shot import Shot
from sim.world import World
from sim.world.relief import COARSE_POSTS
from sim.world.terrain import Ground, ensure_tile

FRAMES = 60
WARM = 3
HEIGHT_M, SPEED_M_S, FPS = 70.0, 8.0, 9.0
VEHICLES, WATCHED_S = 3, 20.0
BURNING = {
    "vehicle": {"start": "ground"},
    "target": [{"kind": "wildfire", "north_m": 20, "east_m": -12, "from_s": -2500}],
}
"""A fire that fills the picture."""


def run() -> None:
    """Print the figures; CPU time."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        ensure_tile(folder, "N43E131", posts=COARSE_POSTS)
        one_camera(folder)
        three_vehicles(folder)


def one_camera(folder: Path) -> None:
    """Frames a second of CPU time, detector included."""
    scenario = load("fire-patrol")
    world = World(scenario, Ground(folder))
    scene = Scene(scenario, world)
    sensor = Microbolometer(scenario.camera, scenario.seed)
    shots = line(world)

    def thermal(shot: Shot) -> View:
        view = scene.render(shot)
        sensor.expose(view.kelvin, shot.time_s)
        return view

    figure("thermal 640x512, frames/s", f"{rate(thermal, shots):.0f}", "60")
    figure(
        "thermal and visible with its JPEG, frames/s",
        f"{rate(lambda shot: mjpeg.part(scene.visible(thermal(shot))), shots):.0f}",
    )
    burning = Scenario.model_validate(BURNING)
    hot = Scene(burning, World(burning, Ground(folder)))
    figure(
        "thermal with a wildfire that fills it, frames/s",
        f"{rate(lambda shot: hot.render(shot), shots):.0f}",
    )


def line(world: World) -> list[Shot]:
    """North over the first line of the patrol, looking down."""
    q = from_euler(0.0, -np.pi / 2, 0.0)
    shots = []
    for number in range(FRAMES + WARM):
        lat, lon = world.from_map(number * SPEED_M_S / FPS, 0.0)
        state = State(number / FPS, lat, lon, world.ground.height_at(lat, lon) + HEIGHT_M, 0.0)
        shots.append(Shot(number, number / FPS, state, Mount(q, q, 0), False, 0.0))
    return shots


def rate(work: Callable[[Shot], Any], shots: Sequence[Shot]) -> float:
    """Shots a second of CPU time."""
    for shot in shots[:WARM]:
        work(shot)
    began_s = time.process_time()
    for shot in shots[WARM:]:
        work(shot)
    return (len(shots) - WARM) / (time.process_time() - began_s)


def three_vehicles(folder: Path) -> None:
    """Whole simulators with a client on each stream: frames that came, and cores they took."""
    processes, counts = [], [0] * VEHICLES
    for number in range(VEHICLES):
        process, camera = start(folder, number)
        processes.append(process)
        threading.Thread(target=watch, args=(camera, counts, number), daemon=True).start()
    while min(counts) < 1:
        time.sleep(0.05)
    before, began_s, cpu_s = list(counts), time.monotonic(), [spent(p) for p in processes]
    time.sleep(WATCHED_S)
    wall_s = time.monotonic() - began_s
    used = sum(spent(p) - was for p, was in zip(processes, cpu_s, strict=True)) / wall_s
    came = [(now - was) / wall_s for now, was in zip(counts, before, strict=True)]
    for process in processes:
        process.terminate()
        process.wait(10)
    figure(f"{VEHICLES} vehicles at 9 Hz, cores", f"{used:.2f}", "2")
    figure("  frames/s that came from the slowest", f"{min(came):.1f}", "9")


def start(folder: Path, number: int) -> tuple[subprocess.Popen[str], str]:
    """One simulator of its own, and where its frames are."""
    process = subprocess.Popen(
        [
            sys.executable, "-m", "sim.cli", "run", "fire-patrol", "--json", "--terrain",
            str(folder), "--listen", "tcp:127.0.0.1:0", "--camera", "tcp:127.0.0.1:0",
            "--seed", str(number),
        ],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())["camera"]


def watch(camera: str, counts: list[int], number: int) -> None:
    """Count what comes until the stream ends."""
    host, port = camera.removeprefix("stream:tcp:").split(":")
    parser = FrameStreamParser()
    with socket.create_connection((host, int(port)), 10.0) as end:
        while data := end.recv(1 << 20):
            counts[number] += len(parser.feed(data))


def spent(process: subprocess.Popen[str]) -> float:
    """CPU seconds of a running process (proc(5): fields 14 and 15, in ticks of 10 ms)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    run()
