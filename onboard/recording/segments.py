"""The files of the recording: append, roll over, delete the oldest, cut a torn tail.

Every record goes to the kernel in one write of a file opened for appending; what the disk took
only in part is cut off again, so that a segment holds whole records after every fault but a
power cut.
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
FREE_CHECK_BYTES = 1 << 20
"""So much may be written between two looks at the free space."""


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
        self._quota = max(quota_bytes, MIN_QUOTA)
        self._limit = min(segment_bytes, self._quota // 4)
        self._reserve = reserve_bytes
        self._unchecked = 0
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
        """Write one whole record or raise OSError, leaving only whole records behind."""
        if self._file is not None and self._size + len(record) > self._limit:
            self.close()
        if self._file is None:
            self._open()
        self._make_room(len(record))
        self._check_free(len(record))
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
            self.close()
            raise
        self._size += len(record)
        self._sizes[self._path] = self._size

    def _open(self) -> None:
        """Start the next segment with the run's header."""
        self.folder.mkdir(parents=True, exist_ok=True)
        old = segment_paths(self.folder)
        self._sizes = {path: path.stat().st_size for path in old}
        number = int(old[-1].stem) + 1 if old else 1
        run = number if self._run is None else self._run
        header = {**self._header, "format": FORMAT, "run": run, "segment": number}
        record = encode_record(Kind.HEADER, 0.0, encode_json(header))
        self._check_free(FREE_CHECK_BYTES)
        self._path = self.folder / f"{number:08d}{SUFFIX}"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        self._size, self._sizes[self._path] = 0, 0
        self._make_room(len(record))
        try:
            self._append_whole(record)
        except OSError:
            self._path.unlink(missing_ok=True)  # an empty file each retry would help nobody
            del self._sizes[self._path]
            raise
        self._run = run

    def _make_room(self, wanted: int) -> None:
        """Delete the oldest segments until the quota holds with `wanted` more bytes."""
        for path in sorted(self._sizes):
            if self.bytes_on_disk + wanted <= self._quota or path == self._path:
                return
            path.unlink(missing_ok=True)
            del self._sizes[path]
            log.info("deleted %s: the recording's quota of %d bytes", path, self._quota)

    def _check_free(self, wanted: int) -> None:
        """Raise OSError where the disk's last room is better left to the reports."""
        self._unchecked += wanted
        if self._unchecked < FREE_CHECK_BYTES:
            return
        self._unchecked = 0
        disk = os.statvfs(self.folder)
        if disk.f_bavail * disk.f_frsize < self._reserve:
            self.close()
            self._unchecked = FREE_CHECK_BYTES
            why = f"less than {self._reserve / 1e6:.0f} MB free, left to the reports"
            raise OSError(errno.ENOSPC, why, str(self.folder))

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
