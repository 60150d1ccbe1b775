"""The files of the recording: append, roll over, delete the oldest, cut a torn tail.

Every record goes to the kernel in one write of a file opened for appending; what the disk took
only in part is cut off again, so that a segment holds whole records after every fault but a
power cut.

The quota is what was set or what the disk has to give above the reserve, whichever is less: where
others fill the disk the oldest segments give way, and only the newest is kept when even that is
not enough.
"""

import errno
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from onboard.recording import (
    FORMAT,
    SUFFIX,
    Kind,
    encode_json,
    encode_record,
    segment_paths,
)

log = logging.getLogger(__name__)

MIN_QUOTA = 1 << 16
LOOK_BYTES = 1 << 20
"""So much may be written between two looks at the free space."""
FULL = (errno.ENOSPC, errno.EDQUOT)


class Segments:
    """The files of the recording: append, roll over, delete the oldest, cut a torn tail."""

    def __init__(
        self,
        folder: Path,
        quota_bytes: int,
        header: Mapping[str, Any],
        segment_bytes: int,
        reserve_bytes: int,
    ) -> None:
        self.folder = folder
        self._quota = self._set_quota = max(quota_bytes, MIN_QUOTA)
        self._segment_bytes = segment_bytes
        self._reserve = reserve_bytes
        self._unlooked = LOOK_BYTES
        self._short = False
        self._header = dict(header)
        self._run: int | None = None
        self._file: int | None = None
        self._path = folder
        self._size = 0
        self._sizes: dict[Path, int] = {}

    @property
    def bytes_on_disk(self) -> int:
        """Of all segments, those of earlier runs too."""
        return sum(dict(self._sizes).values())

    def append(self, record: bytes) -> None:
        """Write one whole record or raise OSError, leaving only whole records behind.

        A full disk takes the oldest segments first, and the newest never.
        """
        while True:
            try:
                self._append(record)
                return
            except OSError as error:
                self._unlooked = LOOK_BYTES
                if error.errno not in FULL or not self._give_oldest():
                    self.close()
                    raise

    def _append(self, record: bytes) -> None:
        if self._file is None:
            self._find_old()
        self._look_at_disk(len(record))
        limit = min(self._segment_bytes, self._quota // 4)
        if self._file is not None and self._size + len(record) > limit:
            self.close()
        if self._file is None:
            self._open()
        self._make_room(len(record))
        self._append_whole(record)

    def _append_whole(self, record: bytes) -> None:
        if self._file is None:
            raise OSError(f"{self._path} is not open")
        if len(record) > self._quota // 2:
            raise OSError(f"one record of {len(record)} bytes against a quota of {self._quota}")
        left = memoryview(record)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(record)
        self._sizes[self._path] = self._size

    def _find_old(self) -> None:
        """List the segments that lie there already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sizes = {path: path.stat().st_size for path in segment_paths(self.folder)}

    def _open(self) -> None:
        """Start the next segment with the run's header."""
        number = max((int(path.stem) for path in self._sizes), default=0) + 1
        run = number if self._run is None else self._run
        header = {**self._header, "format": FORMAT, "run": run, "segment": number}
        record = encode_record(Kind.HEADER, 0.0, encode_json(header))
        self._make_room(len(record))
        self._path = self.folder / f"{number:08d}{SUFFIX}"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        self._size, self._sizes[self._path] = 0, 0
        try:
            self._append_whole(record)
        except OSError:
            self.close()
            self._path.unlink(missing_ok=True)  # an empty file each retry would help nobody
            del self._sizes[self._path]
            raise
        self._run = run

    def _make_room(self, wanted: int) -> None:
        """Delete the oldest segments until the quota holds with `wanted` more bytes."""
        for path in sorted(self._sizes):
            if self.bytes_on_disk + wanted <= self._quota or self._is_open(path):
                return
            self._delete(path)

    def _give_oldest(self) -> bool:
        """Delete the oldest segment, unless it is the newest too."""
        if len(self._sizes) < 2:
            return False
        self._delete(min(self._sizes))
        return True

    def _is_open(self, path: Path) -> bool:
        return self._file is not None and path == self._path

    def _delete(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        del self._sizes[path]
        log.info("deleted %s: the recording may have %d bytes", path, self._quota)

    def _look_at_disk(self, wanted: int) -> None:
        """Set the quota to what the disk has to give; raise OSError where that is nothing."""
        self._unlooked += wanted
        if self._unlooked < LOOK_BYTES:
            return
        disk = os.statvfs(self.folder)
        room = self.bytes_on_disk + disk.f_bavail * disk.f_frsize - self._reserve
        if room < MIN_QUOTA:
            why = f"less than {self._reserve / 1e6:.0f} MB free, left to the reports"
            raise OSError(errno.ENOSPC, why, str(self.folder))
        self._unlooked = 0
        self._quota = min(self._set_quota, room)
        self._tell_quota(room)

    def _tell_quota(self, room: int) -> None:
        """One line when the disk has less to give than was set, until it has a quarter more."""
        if self._short:
            self._short = room < 1.25 * self._set_quota
        elif room < self._set_quota:
            self._short = True
            log.warning(
                "%s: the disk has %.1f MB for the recording, not the %.1f MB of its quota; "
                "its oldest segments give way",
                self.folder,
                room / 1e6,
                self._set_quota / 1e6,
            )

    def sync(self) -> None:
        """Bring what was written to the medium."""
        if self._file is not None:
            os.fdatasync(self._file)

    def close(self) -> None:
        """Sync and close the segment."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            os.fdatasync(file)
        except OSError as error:
            log.warning("%s: %s", self._path, error)
        finally:
            os.close(file)
