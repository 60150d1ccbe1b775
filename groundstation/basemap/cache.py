"""Rendered tiles on disk, under a quota; a full disk costs time, never the map."""

import logging
import os
import shutil
import threading
from pathlib import Path

log = logging.getLogger(__name__)
KEEP_SHARE = 0.8
"""What a clean-up leaves of the quota, so that it does not run for every tile."""


class TileCache:
    """Files `FINGERPRINT/z-x-y.png`; another fingerprint's are deleted. For several threads."""

    def __init__(self, folder: Path, quota_bytes: int) -> None:
        self._folder = folder
        self._quota = quota_bytes
        self._lock = threading.Lock()
        self._fingerprint = ""
        self._bytes = 0
        self._warned = False

    def get(self, fingerprint: str, name: str) -> bytes | None:
        """A tile; None when it has to be rendered."""
        try:
            return (self._folder / fingerprint / name).read_bytes() or None
        except OSError:
            return None

    def put(self, fingerprint: str, name: str, content: bytes) -> None:
        """Keep a tile."""
        with self._lock:
            try:
                self._enter(fingerprint)
                path = self._folder / fingerprint / name
                part = path.with_suffix(".part")
                part.write_bytes(content)
                part.replace(path)
                self._bytes += len(content)
                if self._bytes > self._quota:
                    self._shrink()
            except OSError as error:
                if not self._warned:
                    log.warning("map tiles are not kept: %s", error)
                self._warned = True

    def _enter(self, fingerprint: str) -> None:
        if fingerprint == self._fingerprint:
            return
        (self._folder / fingerprint).mkdir(parents=True, exist_ok=True)
        for other in self._folder.iterdir():
            if other.is_dir() and other.name != fingerprint:
                shutil.rmtree(other, ignore_errors=True)
        self._fingerprint = fingerprint
        self._bytes = sum(size for _, size, _ in self._files())

    def _files(self) -> list[tuple[float, int, str]]:
        """Age, size and path of every file kept."""
        with os.scandir(self._folder / self._fingerprint) as entries:
            found = [(entry.stat(), entry.path) for entry in entries]
        return [(stat.st_mtime, stat.st_size, path) for stat, path in found]

    def _shrink(self) -> None:
        """Delete the oldest."""
        files = sorted(self._files())
        self._bytes = sum(size for _, size, _ in files)
        for _, size, path in files:
            if self._bytes <= self._quota * KEEP_SHARE:
                break
            Path(path).unlink(missing_ok=True)
            self._bytes -= size
