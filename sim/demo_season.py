"""The demo's raids: a synthetic park's patrols since the last quarter began, as SMART files.

They come in through the ground station's own command, as a park's files of many years would, while
the quadcopter is in the air.
"""

import logging
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from sim.supervise import start_mortal

RAIDS_PER_YEAR = 120
"""A fifth of a real park's: they are in after some seconds."""
NICE = 10
"""Behind the three that fly, see and show."""

log = logging.getLogger("demo")


class Season:
    """Makes them, then brings them in, one process after the other. Lives in the main thread."""

    def __init__(self, folder: Path, config: Path, today: date) -> None:
        self._folder, self._config, self._today = folder, config, today
        self._process: subprocess.Popen[bytes] | None = None
        self._steps = [self._make, self._bring]

    def watch(self) -> None:
        """Begin the next step when the last one is done."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._process = None
            if code:
                log.warning("no raids in this demo: exit code %d", code)
                self._steps.clear()
            elif not self._steps:
                log.info("raids of the synthetic park since %s are in", first_day(self._today))
        if self._steps:
            self._process = _start(self._steps.pop(0)())

    def stop(self) -> None:
        """Leave it as far as it is; a file is taken whole or not at all."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _make(self) -> list[str]:
        span = ["--from", first_day(self._today).isoformat(), "--to", self._today.isoformat()]
        wanted = ["--out", str(self._folder), *span, "--raids-per-year", str(RAIDS_PER_YEAR)]
        return ["sim.cli", "patrols", *wanted]

    def _bring(self) -> list[str]:
        files = [str(path) for path in sorted((self._folder / "patrols").glob("*.xml"))]
        return ["groundstation.cli", "import", "--ours", "--config", str(self._config), *files]


def first_day(today: date) -> date:
    """Of the quarter before this one."""
    this_quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    last_of_it = this_quarter - timedelta(days=1)
    return date(last_of_it.year, last_of_it.month - 2, 1)


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    whole = ["nice", "-n", str(NICE), sys.executable, "-m", *command]
    return start_mortal(whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
