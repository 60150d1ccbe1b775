"""The file that keeps a vehicle's changed parameters from run to run: NAME VALUE lines."""

import logging
import os
from pathlib import Path

from firmware_bridge.errors import ConfigError
from sim.autopilot.parameters import Parameters, dump, parse

log = logging.getLogger(__name__)

SAVE_EVERY_S = 1.0
LONGEST_BYTES = 1_000_000


class ParameterFile:
    """One vehicle's. It need not be there yet; its folder has to be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._next_s = 0.0
        self._failed = False

    def read(self) -> dict[str, float]:
        """What was changed in earlier runs; raises ConfigError."""
        try:
            if self.path.exists() and self.path.stat().st_size > LONGEST_BYTES:
                raise ConfigError(f"--parameters {self.path}: too long to be one")
            text = self.path.read_text("ascii") if self.path.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"--parameters {self.path}: cannot be read: {error}") from error
        kept = parse(text, f"--parameters {self.path}")
        try:
            self._write(dump(kept))
        except OSError as error:
            where = f"--parameters {self.path}"
            raise ConfigError(f"{where}: cannot be written: {error.strerror}") from error
        return kept

    def save(self, parameters: Parameters, now_s: float) -> None:
        """Writes changes, at most once a second of `now_s`; a disk that fails is told once."""
        if not parameters.changed or now_s < self._next_s:
            return
        self._next_s = now_s + SAVE_EVERY_S
        try:
            self._write(dump(parameters.kept))
        except OSError as error:
            if not self._failed:
                log.error("parameters not saved to %s: %s", self.path, error.strerror)
            self._failed = True
            return
        if self._failed:
            log.warning("parameters saved to %s again", self.path)
        self._failed = parameters.changed = False

    def _write(self, content: str) -> None:
        """The old file or the new one, never a part, whatever happens to the machine."""
        part = self.path.with_name(f"{self.path.name}.part")
        with part.open("w", encoding="ascii") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        part.replace(self.path)


def of_vehicle(path: Path, number: int) -> Path:
    """The file of the vehicle that is `number` after the first: kept.parm, kept-2.parm."""
    return path.with_stem(f"{path.stem}-{number + 1}") if number else path
