"""Remembers on disk which port's unit was left at a raised rate, until it is home again.

The note is written before the unit changes its rate, so it is there after a crash, `kill -9` and
a flat battery of the dock. One small JSON file a port, in the state folder: whatever opens the
port next on this machine, as this user, finds it there, wherever it puts its captures.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from firmware_bridge.state import state_folder
from firmware_bridge.whole_file import write_whole

log = logging.getLogger(__name__)

SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A unit that may not speak its own rate."""

    port: str
    """Device path, as in the URL."""
    family: str
    raised_baud: int
    home_baud: int


def notes_folder() -> Path:
    """Where the notes lie; it may not exist yet."""
    return state_folder() / "raised"


def can_remember() -> bool:
    """Whether notes can be kept; no rate is raised where they cannot."""
    folder = notes_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        log.warning("no rate is raised: %s: %s", folder, error.strerror)
        return False
    if not os.access(folder, os.W_OK):
        log.warning("no rate is raised: %s cannot be written to", folder)
        return False
    return True


def remember(left: LeftBehind) -> None:
    """Write the note to disk, `can_remember` having been asked; raises OSError."""
    name = hashlib.sha256(left.port.encode()).hexdigest()[:16] + SUFFIX
    write_whole(notes_folder() / name, json.dumps(asdict(left)))


def forget(port: str) -> None:
    """The unit is home. Raises OSError."""
    for path, _ in _notes_of(port):
        path.unlink(missing_ok=True)


def recall(port: str) -> LeftBehind | None:
    """The note for `port`, by whichever of its names; spoilt ones are taken away."""
    return next((left for _, left in _notes_of(port)), None)


def _notes_of(port: str) -> Iterator[tuple[Path, LeftBehind]]:
    """/dev/serial/by-id/... and the /dev/ttyUSB0 it leads to are one port."""
    device = os.path.realpath(port)
    for path in sorted(notes_folder().glob(f"*{SUFFIX}")):
        left = _read(path)
        if left is not None and (left.port == port or os.path.realpath(left.port) == device):
            yield path, left


def _read(path: Path) -> LeftBehind | None:
    """A note; a spoilt one is taken away, it could bring nobody home."""
    try:
        left = LeftBehind(**json.loads(path.read_text(encoding="utf-8")))
        rates = left.raised_baud, left.home_baud
        if not isinstance(left.family, str) or not isinstance(left.port, str):
            raise ValueError(left)
        if not all(type(rate) is int and 50 <= rate <= 12_000_000 for rate in rates):
            raise ValueError(rates)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        path.unlink(missing_ok=True)
        return None
    return left
