"""Which ports and volumes are there now; a udev event makes us look sooner than in a second."""

import asyncio
import glob
import logging
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundstation.dock.board import Kind

log = logging.getLogger(__name__)

MAX_PLACES = 64
DEVICE_FILE = ("garmin", "garmindevice.xml")


@dataclass(frozen=True, slots=True)
class Place:
    """A port or a volume that is there."""

    path: str
    """As found: a link of /dev/serial/by-id, a mount point."""
    kind: Kind
    device: str
    """What is behind links."""
    born: tuple[int, ...]
    """Differs after it went and came back."""


def scan(ports: Sequence[str], volumes: Iterable[Path], never: frozenset[str]) -> dict[str, Place]:
    """Every place that is there, by path; devices in `never` are left out."""
    found: dict[str, Place] = {}
    seen: set[str] = set(never)
    for pattern in ports:
        for path in sorted(glob.glob(pattern)):  # noqa: PTH207  patterns are absolute
            _add(found, seen, path, Kind.PORT)
    for root in volumes:
        for volume in _volumes(root):
            _add(found, seen, str(volume), Kind.VOLUME)
    return found


def _add(found: dict[str, Place], seen: set[str], path: str, kind: Kind) -> None:
    try:
        device = str(Path(path).resolve(strict=True))
        status = Path(device).stat()
    except OSError:
        return
    if kind is Kind.PORT and not stat.S_ISCHR(status.st_mode):
        return
    if device in seen or len(found) >= MAX_PLACES:
        return
    seen.add(device)
    number = status.st_rdev if kind is Kind.PORT else status.st_dev
    found[path] = Place(path, kind, device, (number, status.st_ino))


def _volumes(root: Path) -> list[Path]:
    """Volumes mounted in `root` or in a user's folder in it; a unit's folder counts as one."""
    found: list[Path] = []
    for child in _folders(root):
        if os.path.ismount(child) or _is_unit(child):
            found.append(child)
        else:
            found += [c for c in _folders(child) if os.path.ismount(c) or _is_unit(c)]
    return found


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(e.path) for e in entries if e.is_dir(follow_symlinks=False))
    except OSError:
        return []


def _is_unit(folder: Path) -> bool:
    at = [folder]
    for name in DEVICE_FILE:
        at = [child for here in at for child in _children(here) if child.name.lower() == name]
    return bool(at)


def _children(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return []


class Waker:
    """Sets an event when udev tells of a port or a disk; without udev it never does."""

    def __init__(self, wake: asyncio.Event) -> None:
        self._wake = wake
        self._monitor: Any = None

    def open(self) -> None:
        """Listen, in the running loop."""
        try:
            import pyudev  # not needed to work, only to be quicker
        except ImportError:
            log.info("no pyudev: new ports are seen within a second")
            return
        try:
            self._monitor = pyudev.Monitor.from_netlink(pyudev.Context())
            for subsystem in ("tty", "block"):
                self._monitor.filter_by(subsystem)
            self._monitor.start()
        except (OSError, ValueError) as error:
            self._monitor = None
            log.info("udev is not heard (%s): new ports are seen within a second", error)
            return
        asyncio.get_running_loop().add_reader(self._monitor.fileno(), self._heard)

    def _heard(self) -> None:
        while self._monitor.poll(timeout=0) is not None:
            pass
        self._wake.set()

    def close(self) -> None:
        """Stop listening."""
        if self._monitor is not None:
            asyncio.get_running_loop().remove_reader(self._monitor.fileno())
            self._monitor = None
