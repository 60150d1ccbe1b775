"""Terrain and a running simulator for the simulator's tests."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.scenario import Scenario, load
from sim.simulation import Simulation
from sim.world import relief, terrain
from sim.world.terrain import Ground

START_UNIX_S = 1_780_000_000.0


@pytest.fixture(scope="session")
def land(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the park's own square, 1201 posts: made once."""
    folder = tmp_path_factory.mktemp("terrain")
    assert terrain.ensure_tile(folder, "N43E131", posts=relief.COARSE_POSTS)
    return folder


@pytest.fixture
def simulation(land: Path) -> Callable[..., Simulation]:
    """Makes simulations: `simulation("wind.speed_m_s=0", seed=3)`."""

    def make(*changes: str, scenario: Scenario | None = None) -> Simulation:
        return Simulation(scenario or load("fire-patrol", changes), Ground(land), START_UNIX_S)

    return make


@pytest.fixture
def simulator(land: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """Starts `kedrovka-sim run` on free ports; returns what it says of itself."""
    yield from _simulator(land)


@pytest.fixture(scope="module")
def module_simulator(land: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """As `simulator`, for all tests of a module together."""
    yield from _simulator(land)


@pytest.fixture(scope="module")
def patrol(land: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """One `fire-patrol` on every kind of port; its names are under `tcp`, `udp` and `pty`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        udp = f"127.0.0.1:{probe.getsockname()[1]}"
    pty = str(tmp_path_factory.mktemp("ports") / "autopilot")
    for start in _simulator(land):
        said = start("fire-patrol", "--listen", f"udpout:{udp}", "--listen", f"pty:{pty}")
        yield said | {"tcp": said["autopilot"][0], "udp": udp, "pty": pty}


def _simulator(land: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "sim.cli", "run", "--json", "--terrain", str(land)]
        command += ["--listen", "tcp:127.0.0.1:0", "--camera", "tcp:127.0.0.1:0", *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "MAVLINK20": "1"}
        )
        processes.append(process)
        assert process.stdout is not None
        said: dict[str, Any] = json.loads(process.stdout.readline())
        said["process"] = process
        return said

    yield start
    for process in processes:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout is not None
        process.stdout.close()
