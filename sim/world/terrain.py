"""The ground of the simulated world: .hgt tiles read, and made where there are none.

An .hgt tile holds big-endian int16 metres AMSL, row by row from the north-west corner, its outer
posts shared with the neighbours; -32768 is a hole. The surface between posts is bilinear. The
name gives the south-west corner: N43E131.hgt. (Source: SRTM documentation, JPL, 2.1.1.)
"""

import logging
import math
import os
import re
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firmware_bridge.errors import TerrainError
from sim.world import relief

log = logging.getLogger(__name__)

Array = NDArray[np.float64]
POSTS = {2 * 1201 * 1201: 1201, 2 * 3601 * 3601: 3601}
HOLE = -32768
DEFAULT_SEED = 1


class Ground:
    """Heights of one folder of .hgt tiles, one tile in memory at a time for each square used.

    `grows`: a tile that is not there is made, a coarse one, which takes a second or two.
    """

    def __init__(self, folder: Path, grows: bool = False) -> None:
        self._folder, self._grows, self._lift_m = folder, grows, 0.0
        self._tiles: dict[tuple[int, int], NDArray[np.int16]] = {}

    def lifted(self, by_m: float) -> "Ground":
        """The same ground, all of it higher by so much."""
        ground = Ground(self._folder, self._grows)
        ground._tiles, ground._lift_m = self._tiles, self._lift_m + by_m
        return ground

    def height_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        """Metres AMSL on the bilinear surface; raises TerrainError where no tile is."""
        lat, lon = (
            np.atleast_1d(np.asarray(lat_deg, float)),
            np.atleast_1d(np.asarray(lon_deg, float)),
        )
        squares = {
            (math.floor(y), math.floor(x))
            for y in {float(lat.min()), float(lat.max())}
            for x in {float(lon.min()), float(lon.max())}
        }
        if len(squares) == 1:
            return _bilinear(self._tile(*squares.pop()), lat, lon) + self._lift_m
        out = np.full(lat.shape, np.nan)
        corners = np.floor(np.stack([lat, lon], -1)).astype(int)
        for south, west in np.unique(corners.reshape(-1, 2), axis=0):
            here = (corners[..., 0] == south) & (corners[..., 1] == west)
            out[here] = _bilinear(self._tile(int(south), int(west)), lat[here], lon[here])
        return out + self._lift_m

    def height_at(self, lat_deg: float, lon_deg: float) -> float:
        """One height, in plain floats: the flight loop asks two hundred times a second."""
        south, west = math.floor(lat_deg), math.floor(lon_deg)
        tile = self._tile(south, west)
        last = tile.shape[0] - 1
        row: float = (south + 1 - lat_deg) * last
        column: float = (lon_deg - west) * last
        i, j = min(int(row), last - 1), min(int(column), last - 1)
        f, g = row - i, column - j
        north = float(tile[i, j]) * (1 - g) + float(tile[i, j + 1]) * g
        below = float(tile[i + 1, j]) * (1 - g) + float(tile[i + 1, j + 1]) * g
        return float(north * (1 - f) + below * f) + self._lift_m

    def _tile(self, south: int, west: int) -> NDArray[np.int16]:
        tile = self._tiles.get((south, west))
        if tile is None:
            name = tile_name(south, west)
            if self._grows and ensure_tile(self._folder, name, posts=relief.COARSE_POSTS):
                log.info("terrain: made %s", self._folder / name)
            tile = _read_tile(self._folder / name)
            self._tiles[south, west] = tile
        return tile


def _bilinear(tile: NDArray[np.int16], lat: Array, lon: Array) -> Array:
    last = tile.shape[0] - 1
    row = (np.floor(lat.flat[0]) + 1 - lat) * last
    column = (lon - np.floor(lon.flat[0])) * last
    i = np.clip(row.astype(np.int64), 0, last - 1)
    j = np.clip(column.astype(np.int64), 0, last - 1)
    f, g = row - i, column - j
    north = tile[i, j] * (1 - g) + tile[i, j + 1] * g
    below = tile[i + 1, j] * (1 - g) + tile[i + 1, j + 1] * g
    return np.asarray(north * (1 - f) + below * f)


def _read_tile(path: Path) -> NDArray[np.int16]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise TerrainError(
            f"{path}: no terrain here; `kedrovka-sim terrain --out {path.parent} "
            f"--tile {path.stem}` makes it"
        ) from error
    if size not in POSTS:
        raise TerrainError(f"{path}: {size} bytes is neither a 1201 nor a 3601 post tile")
    posts = POSTS[size]
    tile = np.fromfile(path, ">i2").astype(np.int16).reshape(posts, posts)
    # A hole in a real tile becomes sea level: the vehicle must not fall into -32768.
    tile[tile == HOLE] = 0
    return tile


def default_folder() -> Path:
    """Where generated tiles are kept when nobody says otherwise."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "kedrovka" / "terrain"


def tile_name(south: int, west: int) -> str:
    """File name of the tile with this south-west corner."""
    return f"{'NS'[south < 0]}{abs(south):02d}{'EW'[west < 0]}{abs(west):03d}.hgt"


def tile_corner(name: str) -> tuple[int, int]:
    """South-west corner from a name such as N43E131; raises TerrainError."""
    match = re.fullmatch(r"([NS])(\d{2})([EW])(\d{3})(\.hgt)?", name)
    if match is None:
        raise TerrainError(f"'{name}' is not a tile name; write it like N43E131")
    south = int(match[2]) * (1 if match[1] == "N" else -1)
    west = int(match[4]) * (1 if match[3] == "E" else -1)
    if not (-90 <= south < 90 and -180 <= west < 180):
        raise TerrainError(f"'{name}' lies outside the earth")
    return south, west


def ensure_tile(folder: Path, name: str, seed: int = DEFAULT_SEED, posts: int = 3601) -> bool:
    """Write the generated tile unless the folder has one; True when it was written.

    A tile that is there, real or generated, is never touched.
    """
    south, west = tile_corner(name)
    path = folder / tile_name(south, west)
    if path.exists():
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A name of its own: two simulators may begin in the same empty folder.
        with NamedTemporaryFile(dir=folder, prefix=f"{path.stem}.", delete=False) as unfinished:
            relief.tile(south, west, seed, posts).astype(">i2").tofile(unfinished)
        Path(unfinished.name).chmod(0o644)
        Path(unfinished.name).replace(path)
    except OSError as error:
        raise TerrainError(f"{path}: cannot be written: {error.strerror}") from error
    return True
