"""A virtual eTrex in a process of its own, as a real one is."""

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_S = 20.0
STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class UnitProcess:
    """One that runs."""

    pid: int
    link: Path
    """Leads to its port."""
    pty_us: float
    """Its pseudo-terminal's own part of every answer, which the wire does not charge."""


@contextmanager
def etrex(folder: Path, points: int, baud: int = 9600, number: int = 0) -> Iterator[UnitProcess]:
    """Until the block ends; `number` tells the units in one folder apart."""
    link = folder / f"unit{number}"
    command = [sys.executable, "-m", "sim.handhelds.command", "--json", "--family", "garmin"]
    command += ["--model", "etrex", "--link", str(link), "--baud", str(baud)]
    command += ["--points", str(points), "--waypoints", "0"]
    command += ["--seed", str(number + 1), "--unit-id", str(1000 + number)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], START_S)
        said = process.stdout.readline() if ready else b""
        if not said:
            raise RuntimeError("the virtual unit did not start")
        yield UnitProcess(process.pid, link, float(json.loads(said)["pty_us"]))
    finally:
        process.terminate()
        process.wait(STOP_S)
        process.stdout.close()
