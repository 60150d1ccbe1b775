"""Heads of the audit log noted in a file outside the database, so that a cut tail shows.

2026-05-01T03:00:00Z 1234 9f86d081884c7d65...     when, the last entry's number, its hash
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_LINE = re.compile(r"(\S+) (\d{1,18}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """The log once ended with this entry."""

    noted: str
    entry: int
    hash: str


def note(file: Path, entry: int, hash_: str, now_utc: datetime) -> None:
    """Write a head down, unless it is the last one noted; OSError when it cannot be."""
    if entry == 0 or _last(file).endswith(f" {entry} {hash_}"):
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    torn = "" if _ends_whole(file) else "\n"
    with file.open("a", encoding="ascii") as out:
        out.write(f"{torn}{now_utc.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {entry} {hash_}\n")


def noted(file: Path) -> tuple[list[Head], int]:
    """All that were noted, and how many lines are none, as after a power cut."""
    if not file.exists():
        return [], 0
    lines = [line for line in file.read_text("ascii", "replace").splitlines() if line]
    found = [match for line in lines if (match := _LINE.fullmatch(line))]
    return [Head(m[1], int(m[2]), m[3]) for m in found], len(lines) - len(found)


def _last(file: Path) -> str:
    lines = _tail(file).decode("ascii", "replace").splitlines()
    return lines[-1] if lines else ""


def _ends_whole(file: Path) -> bool:
    tail = _tail(file)
    return not tail or tail.endswith(b"\n")


def _tail(file: Path) -> bytes:
    if not file.exists():
        return b""
    with file.open("rb") as content:
        content.seek(max(0, file.stat().st_size - 200))
        return content.read()
