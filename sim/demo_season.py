"""The demo's raids: a synthetic park's patrols since the last quarter began, as SMART files.

They come in through the ground station's own command, as a park's files of many years would, while
the quadcopter is in the air.
"""

import logging
import subprocess
import sys
import threading
from datetime import date, timedelta
from pathlib import Path

RAIDS_PER_YEAR = 120
"""A fifth of a real park's: they are in after some seconds."""
DEADLINE_S = 300.0
NICE = 10
"""Behind the three that fly, see and show."""

log = logging.getLogger("demo")


def begin(folder: Path, config: Path, today: date) -> threading.Thread:
    """Make them in `folder` and bring them in, meanwhile; the thread that does."""
    thread = threading.Thread(target=_bring, args=(folder, config, today), daemon=True)
    thread.start()
    return thread


def first_day(today: date) -> date:
    """Of the quarter before this one."""
    this_quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    last_of_it = this_quarter - timedelta(days=1)
    return date(last_of_it.year, last_of_it.month - 2, 1)


def _bring(folder: Path, config: Path, today: date) -> None:
    span = ["--from", first_day(today).isoformat(), "--to", today.isoformat()]
    wanted = ["--out", str(folder), *span, "--raids-per-year", str(RAIDS_PER_YEAR)]
    try:
        _run(["sim.cli", "patrols", *wanted])
        files = [str(path) for path in sorted((folder / "patrols").glob("*.xml"))]
        _run(["groundstation.cli", "import", "--ours", "--config", str(config), *files])
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("no raids in this demo: %s", error)
    else:
        log.info("raids of the synthetic park since %s: %d files taken in", span[1], len(files))


def _run(command: list[str]) -> None:
    subprocess.run(
        ["nice", "-n", str(NICE), sys.executable, "-m", *command],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=DEADLINE_S,
    )
