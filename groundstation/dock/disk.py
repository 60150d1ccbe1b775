"""The disk that takes the captures: what lies there, what is free, and when that is too little."""

import errno
import shutil
from contextlib import suppress
from pathlib import Path

from firmware_bridge.errors import BridgeError

LEAST_FREE_BYTES = 64 << 20
"""With less, no download is begun: a full disk must not cut one short."""
LOW_FREE_BYTES = 1 << 30
"""With less, the board warns."""


def check(folder: Path) -> None:
    """Raises OSError ENOSPC when there is too little room for a capture."""
    free = free_bytes(folder)
    if free is not None and free < LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, f"{free / 1e6:.0f} MB free", str(folder))


def check_room(folder: Path, wanted_bytes: int, quota_bytes: int) -> None:
    """For copies of a volume's files. Raises OSError ENOSPC, or OverQuota: none is ever deleted."""
    used, free = usage(folder)
    if free is not None and free < wanted_bytes + LEAST_FREE_BYTES:
        text = f"{wanted_bytes / 1e6:.0f} MB wanted, {free / 1e6:.0f} MB free"
        raise OSError(errno.ENOSPC, text, str(folder))
    if used + wanted_bytes > quota_bytes:
        raise OverQuota(wanted_bytes, max(0, quota_bytes - used))


class OverQuota(BridgeError):
    """A volume's files do not fit into what the setting leaves for captures."""

    def __init__(self, wanted_bytes: int, room_bytes: int) -> None:
        self.wanted_mb, self.room_mb = -(-wanted_bytes // 1_000_000), room_bytes // 1_000_000
        super().__init__(f"{self.wanted_mb} MB needed, {self.room_mb} MB left for captures")


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
