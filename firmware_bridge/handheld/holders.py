"""Which programs have a device open, out of /proc."""

import os
from pathlib import Path

SERVICES = ("gpsd", "ModemManager")
"""They grab every GPS-like port by themselves."""


def holders(device: Path, proc: Path = Path("/proc")) -> list[tuple[int, str]]:
    """(process id, name) of other processes that have `device` open, as far as we may look.

    Another user's processes show nothing of theirs: the list may be empty though one holds it.
    """
    try:
        wanted = device.resolve(strict=True)
    except OSError:
        return []
    found = []
    for entry in proc.iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid() and _has(entry, wanted):
            found.append((int(entry.name), _name(entry)))
    return sorted(found)


def suspects(proc: Path = Path("/proc")) -> list[tuple[int, str]]:
    """SERVICES that run here: on a busy port whose holder is another user's, and not to be seen."""
    numbers = [int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()]
    named = ((number, _name(proc / str(number))) for number in sorted(numbers))
    return [(number, name) for number, name in named if name in SERVICES]


def told(found: list[tuple[int, str]]) -> str:
    """For people: "gpsd (process 812)"."""
    return ", ".join(f"{name} (process {number})" for number, name in found)


def _has(process: Path, device: Path) -> bool:
    try:
        descriptors = list((process / "fd").iterdir())
    except OSError:
        return False
    return any(_target(descriptor) == str(device) for descriptor in descriptors)


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "a program"
