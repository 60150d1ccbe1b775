"""A unit that is a disk: its files go into one archive, and the archive is what is read.

The volume may be pulled out at any moment. So every file is copied byte by byte first, as far as
it comes; what is parsed is the copy, and the copy is what is kept. An archive is a tar of the
files as they lie on the volume, GarminDevice.xml first; of a longer file than any reader reads,
its beginning.
"""

import os
import tarfile
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from firmware_bridge.errors import UnknownDevice
from firmware_bridge.files import FileUnreadable, read_file
from firmware_bridge.files.source import MAX_BYTES
from firmware_bridge.handheld.capture import seal, seal_of
from firmware_bridge.handheld.conversation import Identified, Progress
from firmware_bridge.handheld.mass_storage import FoundUnit, find_units
from firmware_bridge.tracks import Contents, Flaw, Track, Waypoint
from groundstation.dock import disk
from groundstation.dock.reading import OnEvent, new_id, sha256_of
from groundstation.store.downloads import Download

ARCHIVE = ".tar"
"""Suffix of a volume's capture."""
CANCELLED = "cancelled before everything was read"
MAX_MTIME_S = 8**11 - 1
"""What a plain header takes: its length must be known before the data."""
_CHUNK = 1 << 20


def read_volume(
    volume: Path, folder: Path, quota_bytes: int, on_event: OnEvent, cancel: threading.Event
) -> list[Download]:
    """Every unit on a volume.

    Raises UnknownDevice where there is none, FileUnreadable, OverQuota, OSError for the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = find_units(volume)
    if not found:
        raise UnknownDevice(f"{volume}: no unit and no track file")
    return [_read_found(unit, folder, quota_bytes, on_event, cancel) for unit in found]


def _read_found(
    found: FoundUnit, folder: Path, quota_bytes: int, on_event: OnEvent, cancel: threading.Event
) -> Download:
    started_utc = datetime.now(UTC)
    on_event(Identified(found.unit))
    sizes = [_size(path) for path in found.files]
    # The largest file lies there twice while it is read.
    disk.check_room(folder, sum(sizes) + max(sizes, default=0), quota_bytes)
    name = started_utc.strftime("%Y%m%dT%H%M%S_%fZ-storage-") + (found.unit.unit_id or "unknown")
    path = folder / f"{''.join(c if c.isalnum() or c in '-_' else '-' for c in name)}{ARCHIVE}"
    try:
        broken = _archive(found, path, sum(sizes), on_event, cancel)
        sha256 = sha256_of(path)
        seal(path, sha256)
    except OSError:
        path.unlink(missing_ok=True)  # the disk is full; the volume has it all
        raise
    contents = contents_of(path, found, on_event, broken)
    complaint = "; ".join(f"{name}: {why}" for name, why in broken.items()) or None
    return Download(
        new_id(), str(found.volume), path.name, sha256, started_utc, datetime.now(UTC),
        found.unit, contents, complaint,
    )  # fmt: skip


def _size(path: Path) -> int:
    try:
        return min(path.stat().st_size, MAX_BYTES)
    except OSError:
        return 0


def _archive(
    found: FoundUnit, path: Path, total: int, on_event: OnEvent, cancel: threading.Event
) -> dict[str, str]:
    """Copy the files as they are; by name, why one is not whole. Raises OSError for `path`."""
    broken: dict[str, str] = {}
    with path.open("xb") as file:
        for source in (*([] if found.device is None else [found.device]), *found.files):
            name = str(source.relative_to(found.volume))
            complaint = CANCELLED if cancel.is_set() else _copy(source, name, file, cancel)
            if complaint is not None:
                broken[name] = complaint
            on_event(Progress("byte", min(file.tell(), total), total))
        file.write(tarfile.NUL * 2 * tarfile.BLOCKSIZE)
        file.flush()
        os.fsync(file.fileno())
    return broken


def _copy(source: Path, name: str, file: BinaryIO, cancel: threading.Event) -> str | None:
    """Append a file to the tar as far as it comes; the complaint when that is not all of it."""
    start, entry = file.tell(), tarfile.TarInfo(name)
    file.seek(len(entry.tobuf()), os.SEEK_CUR)
    complaint = None
    try:
        with source.open("rb") as opened:
            status = os.fstat(opened.fileno())
            entry.mtime = min(max(0, int(status.st_mtime)), MAX_MTIME_S)
            for chunk in _chunks(opened, status.st_size):
                if cancel.is_set():
                    raise OSError(CANCELLED)
                _write(file, chunk)
                entry.size += len(chunk)
        if entry.size < status.st_size:
            complaint = f"{entry.size} of {status.st_size} bytes read"
    except _OurDisk as error:
        raise error.reason from error
    except OSError as error:
        complaint = error.strerror or str(error)
    file.write(tarfile.NUL * (-entry.size % tarfile.BLOCKSIZE))
    end = file.tell()
    file.seek(start)
    file.write(entry.tobuf())
    file.seek(end)
    return complaint


def _chunks(opened: BinaryIO, size: int) -> Iterator[bytes]:
    left = min(size, MAX_BYTES)
    while left and (chunk := opened.read(min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk


class _OurDisk(Exception):
    """Writing failed, not reading."""

    def __init__(self, reason: OSError) -> None:
        self.reason = reason


def _write(file: BinaryIO, data: bytes) -> None:
    try:
        file.write(data)
    except OSError as error:
        raise _OurDisk(error) from error


def is_sealed(path: Path) -> bool:
    """Whether the archive was written to its end."""
    return seal_of(path).exists()


def contents_of(
    path: Path, found: FoundUnit, on_event: OnEvent, broken: Mapping[str, str]
) -> Contents:
    """What all track files of an archive hold, as one; a flaw names its file.

    `found` says who the unit is and what should be there, `broken` which copies are not whole.
    Raises OSError, tarfile.TarError.
    """
    tracks: list[Track] = []
    waypoints: list[Waypoint] = []
    flaws = [*found.flaws, *(Flaw(-1, f"{name}: {why}") for name, why in broken.items())]
    wanted = {str(file.relative_to(found.volume)) for file in found.files}
    read = 0
    with (
        tarfile.open(path) as archive,
        TemporaryDirectory(prefix=".reading-", dir=path.parent) as name,
    ):
        for entry in archive:
            if entry.name not in wanted:
                continue
            archive.extract(entry, name, filter="data")
            copy = Path(name) / entry.name
            contents = _read(copy)
            copy.unlink()
            tracks += contents.tracks
            waypoints += contents.waypoints
            flaws += [
                Flaw(flaw.offset, f"{copy.name}: {flaw.what.replace(f'{name}/', '')}", flaw.loss)
                for flaw in contents.flaws
            ]
            read += 1
            on_event(Progress("file", read, len(wanted)))
    counts = {"file": len(wanted)}, {"file": len(wanted - broken.keys())}
    return Contents("storage", found.unit, tracks, waypoints, flaws, *counts)


def _read(path: Path) -> Contents:
    try:
        return read_file(path)
    except FileUnreadable as error:
        return Contents("unread", None, [], [], [Flaw(0, str(error))])
