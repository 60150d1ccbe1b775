"""Three quadcopters in one process, each with a thermal camera that somebody reads, live."""

import json
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import figure
from sim.world.relief import COARSE_POSTS
from sim.world.terrain import ensure_tile

SCENARIO = "fire-season"
FLIGHT_S = 30.0
FLEW = re.compile(r"flew ([\d.]+) s, (\d+) frames, (\d+) dropped")
FRAMES_HZ = 9


def run() -> None:
    """Print the figures: wall clock, and CPU time of the process by what began before it flew."""
    with TemporaryDirectory() as folder:
        ensure_tile(Path(folder), "N43E131", posts=COARSE_POSTS)
        command = [sys.executable, "-m", "sim.cli", "run", SCENARIO, "--json"]
        command += ["--terrain", folder, "--duration", str(FLIGHT_S)]
        command += ["--listen", "tcp:127.0.0.1:0", "--camera", "tcp:127.0.0.1:0"]
        before_s = _children_s()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        vehicles = json.loads(process.stdout.readline())["vehicles"]
        began_s, starting_s = time.monotonic(), _cpu_s(process.pid)
        for vehicle in vehicles:
            host, port = vehicle["camera"].removeprefix("stream:tcp:").split(":")
            threading.Thread(target=_drain, args=(host, int(port)), daemon=True).start()
        _, said = process.communicate(timeout=10 * FLIGHT_S)
        wall_s, spent_s = time.monotonic() - began_s, _children_s() - before_s - starting_s
    flew = FLEW.search(said)
    assert flew is not None, said
    wanted = round(len(vehicles) * FLIGHT_S * FRAMES_HZ)
    figure(
        f"{len(vehicles)} vehicles, thermal 640x512 at 9 Hz: x real time",
        f"{float(flew[1]) / wall_s:.2f}", "1",
    )  # fmt: skip
    figure("  frames rendered of those due", f"{flew[2]} of {wanted}", f"{wanted}")
    figure("  cores in use", f"{spent_s / wall_s:.2f}", "2")


def _children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _cpu_s(pid: int) -> float:
    """Of a process so far (proc(5), stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _drain(host: str, port: int) -> None:
    """Read a camera's stream until it ends."""
    with socket.create_connection((host, port)) as stream:
        while stream.recv(1 << 20):
            pass


if __name__ == "__main__":
    run()
