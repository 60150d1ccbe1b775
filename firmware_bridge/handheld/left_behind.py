"""Remembers on disk which port's unit was left at a raised rate, until it is home again.

The note is written before the unit changes its rate, so it is there after a crash, `kill -9` and
a flat battery of the dock. One small JSON file a port.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

PREFIX, SUFFIX = "raised-", ".json"


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A unit that may not speak its own rate."""

    port: str
    """Device path, as in the URL."""
    family: str
    raised_baud: int
    home_baud: int


def remember(folder: Path, left: LeftBehind) -> None:
    """Write the note to disk; raises OSError."""
    path = _path(folder, left.port)
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(asdict(left), file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder_fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(folder_fd)
    finally:
        os.close(folder_fd)


def forget(folder: Path, port: str) -> None:
    """The unit is home."""
    _path(folder, port).unlink(missing_ok=True)


def recall(folder: Path, port: str) -> LeftBehind | None:
    """The note for `port`; a spoilt one is taken away, it could bring nobody home."""
    path = _path(folder, port)
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        left = LeftBehind(**fields)
        rates = left.raised_baud, left.home_baud
        if not isinstance(left.family, str):
            raise ValueError(left.family)
        if not all(type(rate) is int and 50 <= rate <= 12_000_000 for rate in rates):
            raise ValueError(rates)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        path.unlink(missing_ok=True)
        return None
    return left


def _path(folder: Path, port: str) -> Path:
    name = hashlib.sha256(port.encode()).hexdigest()[:16]
    return folder / f"{PREFIX}{name}{SUFFIX}"
