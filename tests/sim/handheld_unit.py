"""A virtual unit as its own process, for tests of anything that reads one."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

END_S = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """A unit on its port."""

    link: Path
    truth: dict[str, Any]

    @property
    def points(self) -> list[list[float | None]]:
        """[unix_us, lat, lon, alt] of all tracks and segments."""
        return [p for track in self.truth["tracks"] for seg in track["segments"] for p in seg]


@contextmanager
def virtual_unit(folder: Path, family: str, **options: object) -> Iterator[Running]:
    """`kedrovka-sim handheld` until the block ends; options by their names."""
    link, truth = folder / "gps", folder / "truth.json"
    command = [sys.executable, "-m", "sim.handhelds.command", "--family", family]
    command += ["--link", str(link), "--truth", str(truth), "--json"]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            # The line comes when the port stands; an end of file when the unit never stood up.
            assert process.stdout.readline(), f"no unit: {command}"
            yield Running(link, json.loads(truth.read_text(encoding="utf-8")))
        finally:
            process.terminate()
            process.wait(END_S)
