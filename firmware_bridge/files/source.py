"""Bytes from a disk that may go away, and a bounded list of what was wrong with them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from firmware_bridge.errors import BridgeError
from firmware_bridge.tracks import Contents, Flaw

MAX_BYTES = 256 << 20
"""Of one file; a unit's whole memory is far smaller. What lies behind is named, not read."""
MAX_FLAWS = 1000
_CHUNK = 1 << 20


class FileUnreadable(BridgeError):
    """A path that cannot be opened; the text names it and what the system said."""


class Flaws:
    """Collects flaws; past MAX_FLAWS only counts them."""

    def __init__(self) -> None:
        self._kept: list[Flaw] = []
        self._more = 0
        self._more_from = 0

    def add(self, offset: int, what: str, loss: bool = True) -> None:
        """Remember one; `what` is cut at 300 characters."""
        if len(self._kept) < MAX_FLAWS:
            self._kept.append(Flaw(offset, what if len(what) <= 300 else what[:297] + "...", loss))
            return
        self._more_from = self._more_from if self._more else offset
        self._more += 1

    @property
    def full(self) -> bool:
        """Further ones are only counted."""
        return len(self._kept) >= MAX_FLAWS

    def listed(self) -> list[Flaw]:
        """In the order of their offsets."""
        listed = sorted(self._kept, key=lambda flaw: flaw.offset)
        if self._more:
            listed.append(Flaw(self._more_from, f"and {self._more} more flaws"))
        return listed


def read_bytes(path: Path, flaws: Flaws, limit: int = MAX_BYTES) -> bytes:
    """What of the file can be read; a medium that goes away meanwhile is a flaw, not an error.

    Raises FileUnreadable where the file cannot even be opened. Never maps the file: a mapping
    of a medium that is pulled out kills the process.
    """
    chunks: list[bytes] = []
    have = 0
    try:
        if not path.is_dir() and not path.is_file() and path.exists():
            # To open a pipe would wait for somebody to write into it.
            raise FileUnreadable(f"{path}: is no regular file")
        file = path.open("rb")
    except OSError as error:
        raise FileUnreadable(f"{path}: {error.strerror or error}") from error
    with file:
        while have <= limit:
            try:
                chunk = file.read(_CHUNK)
            except OSError as error:
                if not have:
                    raise FileUnreadable(f"{path}: {error.strerror or error}") from error
                flaws.add(have, f"{path} went away while it was read: {error.strerror or error}")
                break
            if not chunk:
                break
            chunks.append(chunk)
            have += len(chunk)
    if have > limit:
        flaws.add(limit, f"{path} is longer than {limit} bytes; the rest was not read")
    return b"".join(chunks)[:limit]


def read_with(decode: Callable[[bytes], Contents], path: Path, block: int = 1) -> Contents:
    """What `decode` finds in the file, and what was wrong with the medium.

    A memory is read in whole blocks: another length than such of `block` bytes is a cut file's.
    Raises FileUnreadable.
    """
    flaws = Flaws()
    data = read_bytes(path, flaws)
    found = decode(data)
    if len(data) % block:
        flaws.add(len(data), f"{len(data)} bytes, no multiple of {block}: the end may be missing")
    return replace(found, flaws=[*flaws.listed(), *found.flaws])
