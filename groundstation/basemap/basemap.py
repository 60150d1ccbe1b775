"""Map tiles: from the cache, or rendered in a small pool of threads and kept."""

import asyncio
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from firmware_bridge.terrain import Terrain
from groundstation.basemap.cache import TileCache
from groundstation.basemap.render import render

RENDERING = 2
"""Grows when the same terrain must look different."""
LOOK_AGAIN_S = 10.0
OPEN_TILES = 64
"""One map tile at zoom 6 spans up to 49 degree squares; they are only mapped, not loaded."""


class Basemap:
    """The map of one terrain folder; a changed folder is noticed within seconds."""

    def __init__(self, folder: Path | None, cache: Path, quota_mb: int, threads: int) -> None:
        self._folder = folder
        self._cache = TileCache(cache, quota_mb * 1_000_000)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="tiles")
        self._terrain = Terrain(folder, max_open=OPEN_TILES)
        self._fingerprint = fingerprint(folder)
        self._looked_s = time.monotonic()

    async def tile(self, z: int, x: int, y: int) -> bytes:
        """PNG of one tile."""
        self._look_again()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, self._tile, self._terrain, self._fingerprint, z, x, y
        )

    def rendered(self, z: int, x: int, y: int) -> bytes:
        """PNG of one tile, in the caller's thread."""
        self._look_again()
        return self._tile(self._terrain, self._fingerprint, z, x, y)

    def fingerprint(self) -> str:
        """Changes with the terrain and with the rendering."""
        self._look_again()
        return self._fingerprint

    def problems(self) -> list[str]:
        """Elevation tiles that cannot be used, and why."""
        return list(self._terrain.problems.values())

    def close(self) -> None:
        """Drop what is still to be rendered."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _tile(self, terrain: Terrain, mark: str, z: int, x: int, y: int) -> bytes:
        name = f"{z}-{x}-{y}.png"
        kept = self._cache.get(mark, name)
        if kept is None:
            kept = render(terrain, z, x, y)
            self._cache.put(mark, name, kept)
        return kept

    def _look_again(self) -> None:
        now_s = time.monotonic()
        if now_s - self._looked_s < LOOK_AGAIN_S:
            return
        self._looked_s = now_s
        mark = fingerprint(self._folder)
        if mark != self._fingerprint:
            self._fingerprint = mark
            self._terrain = Terrain(self._folder, max_open=OPEN_TILES)


def fingerprint(folder: Path | None) -> str:
    """Of names, sizes and times of the .hgt files, and of the rendering."""
    digest = hashlib.sha256(f"{RENDERING}".encode())
    for path in sorted(folder.glob("*.hgt")) if folder else ():
        try:
            stat = path.stat()
        except OSError:  # just deleted, or a link to a disk that was pulled out
            continue
        digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]
