"""The photographs folder: `ab/abcd...`, under the SHA-256 of the bytes; `.12ef` while they come.

The same picture sent twice is one file. A file is on disk, whole and synced, before any row of
the database names it; one that no row names is harmless and is taken over when it comes again.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from groundstation.photographs.picture import Look, look, small

UNFINISHED_S = 3600.0
"""What is younger may be coming in from a command beside the station."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is in the folder."""

    sha256: str
    bytes: int
    look: Look


class Incoming:
    """A file on its way in: `write` its bytes, then `keep`; leaves nothing behind otherwise."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._path = folder / f".{secrets.token_hex(8)}"
        self._file: BinaryIO = self._path.open("xb")
        self._hash = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> None:
        """Append; raises OSError, as when the disk is full."""
        self._file.write(data)
        self._hash.update(data)
        self.bytes += len(data)

    def keep(self) -> Kept:
        """Sync, and give it its name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        sha256 = self._hash.hexdigest()
        path = path_of(self._folder, sha256)
        path.parent.mkdir(exist_ok=True)
        self._path.replace(path)
        _sync(path.parent)
        _sync(self._folder)
        return Kept(sha256, self.bytes, look(path))

    def close(self) -> None:
        """Give up what was not kept."""
        self._file.close()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def incoming(folder: Path) -> Iterator[Incoming]:
    """An `Incoming` that is closed in any case."""
    file = Incoming(folder)
    try:
        yield file
    finally:
        file.close()


def keep(folder: Path, content: bytes) -> Kept:
    """Keep bytes that are in memory already."""
    with incoming(folder) as file:
        file.write(content)
        return file.keep()


def path_of(folder: Path, sha256: str) -> Path:
    """Where a kept file lies."""
    return folder / sha256[:2] / sha256


def forget_unfinished(folder: Path, now_s: float) -> None:
    """Delete what was on its way when the station stopped; whoever sent it sends it again."""
    for path in folder.glob(".*"):
        with contextlib.suppress(OSError):
            if now_s - path.stat().st_mtime > UNFINISHED_S:
                path.unlink()


def small_version(folder: Path, previews: Path, sha256: str) -> bytes | None:
    """For the page, made when first asked for; None when the file cannot be shown."""
    cached = previews / sha256[:2] / f"{sha256}.jpg"
    with contextlib.suppress(OSError):
        return cached.read_bytes()
    content = small(path_of(folder, sha256))
    if content is not None:
        with contextlib.suppress(OSError):  # a full disk costs time, never the picture
            cached.parent.mkdir(parents=True, exist_ok=True)
            fresh = cached.with_suffix(f".{secrets.token_hex(4)}")
            fresh.write_bytes(content)
            fresh.replace(cached)
    return content


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
