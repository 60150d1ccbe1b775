"""The disk that takes the captures: what lies there, what is free, and when that is too little."""

import errno
import shutil
from contextlib import suppress
from pathlib import Path

LEAST_FREE_BYTES = 64 << 20
"""With less, no download is begun: a full disk must not cut one short."""
LOW_FREE_BYTES = 1 << 30
"""With less, the board warns."""


def check(folder: Path) -> None:
    """Raises OSError ENOSPC when there is too little room for a capture."""
    free = free_bytes(folder)
    if free is not None and free < LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, f"{free / 1e6:.0f} MB free", str(folder))


def free_bytes(folder: Path) -> int | None:
    """Free space where the folder is or will be."""
    for at in (folder, *folder.absolute().parents):
        with suppress(OSError):
            return shutil.disk_usage(at).free
    return None


def usage(folder: Path) -> tuple[int, int | None]:
    """Bytes in the captures folder, and free ones on its disk."""
    used = 0
    with suppress(OSError):
        used = sum(entry.stat().st_size for entry in folder.iterdir())
    return used, free_bytes(folder)
