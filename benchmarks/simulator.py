"""The simulator's own cost: terrain, and flight faster than real time."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import simulated_camera
from benchmarks.report import figure
from sim.scenario import load
from sim.simulation import Simulation
from sim.world.relief import COARSE_POSTS
from sim.world.terrain import Ground, ensure_tile

FLIGHT_S = 60.0


def run() -> None:
    """Print the figures; CPU time of this process."""
    with TemporaryDirectory() as folder:
        began_s = time.process_time()
        ensure_tile(Path(folder), "N43E131")
        figure("one tile of hills, 3601 posts, s", f"{time.process_time() - began_s:.1f}")
        (Path(folder) / "N43E131.hgt").unlink()
        ensure_tile(Path(folder), "N43E131", posts=COARSE_POSTS)
        scenario = load("fire-patrol", ("radio.stream_hz=4",))
        simulation = Simulation(scenario, Ground(Path(folder)), 1_780_000_000.0)
        simulation.autopilot.connect(1, 0.0, port=1)
        began_s, sent = time.process_time(), 0
        while simulation.time_s < FLIGHT_S:
            simulation.step()
            sent += len(simulation.autopilot.data_to_send(1))
        spent_s = time.process_time() - began_s
        figure("flight and MAVLink at 4 Hz, x real time", f"{FLIGHT_S / spent_s:.0f}")
        figure("MAVLink at 4 Hz, kbit/s", f"{sent * 8 / FLIGHT_S / 1000:.1f}")
    simulated_camera.run()
