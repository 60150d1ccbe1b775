"""`SITL` as dronekit's tests know it: starts kedrovka-sim on tcp:127.0.0.1:5760.

Each vehicle is a process of its own, forked from one that has the simulator imported already: that
is a second for each of the 33.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

LISTEN = "tcp:127.0.0.1:5760"
READY_S = 60.0
END_S = 10.0
LONGEST_S = 1500
"""Simulated: a vehicle whose test was killed ends by itself and frees the port."""
_PASSED_ON = ("--home", "--speedup")
"""Of the arguments for ArduPilot's simulator, those that ours has too."""

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["sim.cli"])


class SITL:
    """One simulated vehicle at a time."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None

    def download(self, system: str, version: str) -> None:
        """Nothing to fetch."""

    def launch(self, arguments: Sequence[str], await_ready: bool, restart: bool) -> None:
        """Start it and wait until clients can connect; raises RuntimeError with its last words."""
        command = ["run", "--json", "--listen", LISTEN, "--camera", "none"]
        command += ["--duration", str(LONGEST_S), "--terrain", os.environ["KEDROVKA_TEST_TERRAIN"]]
        command += _passed_on(arguments)
        theirs, ours = _forks.Pipe(duplex=False)
        with tempfile.NamedTemporaryFile(prefix="kedrovka-sim-") as words, theirs:
            self._process = _forks.Process(target=_fly, args=(command, ours, words.name))
            self._process.start()
            ours.close()
            if not theirs.poll(READY_S) or not _line(theirs):
                self.stop()
                said = Path(words.name).read_text(errors="replace")
                raise RuntimeError(f"the simulator did not start: {said[-2000:]}")

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.join(END_S)
            process.kill()


def _line(output: Connection) -> str:
    """What it says of itself when its ports are open; empty when it died before."""
    with open(output.fileno(), closefd=False) as text:
        return text.readline()


def _fly(command: list[str], output: Connection, words: str) -> None:
    """The child: its standard output, which speaks when the ports are open, and its words."""
    from sim import cli

    os.dup2(output.fileno(), 1)
    os.dup2(os.open(words, os.O_WRONLY), 2)
    sys.exit(cli.main(command))


def _passed_on(arguments: Sequence[str]) -> list[str]:
    """`--home=X` and `--home X` alike."""
    words = [word for argument in arguments for word in argument.split("=", 1)]
    return [f"{name}={value}" for name, value in pairwise(words) if name in _PASSED_ON]
