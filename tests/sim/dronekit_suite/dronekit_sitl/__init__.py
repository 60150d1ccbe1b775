"""`SITL` as dronekit's tests know it: starts kedrovka-sim on tcp:127.0.0.1:5760."""

import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

LISTEN = "tcp:127.0.0.1:5760"
READY_S = 60.0
END_S = 10.0
LONGEST_S = 1500
"""Simulated: a vehicle whose test was killed ends by itself and frees the port."""
_PASSED_ON = ("--home", "--speedup")
"""Of the arguments for ArduPilot's simulator, those that ours has too."""


class SITL:
    """One simulated vehicle at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def download(self, system: str, version: str) -> None:
        """Nothing to fetch."""

    def launch(self, arguments: Sequence[str], await_ready: bool, restart: bool) -> None:
        """Start it and wait until clients can connect; raises RuntimeError with its last words."""
        command = [sys.executable, "-m", "sim.cli", "run", "--json", "--listen", LISTEN]
        command += ["--camera", "none", "--duration", str(LONGEST_S)]
        command += ["--terrain", os.environ["KEDROVKA_TEST_TERRAIN"], *_passed_on(arguments)]
        with tempfile.NamedTemporaryFile(prefix="kedrovka-sim-") as words:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words)
            if not _says_something(self._process):
                self.stop()
                said = Path(words.name).read_text(errors="replace")
                raise RuntimeError(f"the simulator did not start: {said[-2000:]}")

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            assert process.stdout is not None
            process.stdout.close()


def _says_something(process: "subprocess.Popen[bytes]") -> bool:
    """The first line of standard output comes when the ports are open."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return bool(selector.select(READY_S)) and bool(process.stdout.readline())


def _passed_on(arguments: Sequence[str]) -> list[str]:
    """`--home=X` and `--home X` alike."""
    words = [word for argument in arguments for word in argument.split("=", 1)]
    following = pairwise(words)
    return [f"{name}={value}" for name, value in following if name in _PASSED_ON]
