"""Elevation from a folder of SRTM-like .hgt tiles, mapped from disk as they are needed.

A tile is named after its south-west corner (`N44E131.hgt`, `S02W072.hgt`) and holds one degree
square as big-endian int16 metres above EGM96, row by row from the north, 1201 x 1201 posts (3")
or 3601 x 3601 (1"). Posts lie on pixel centres, so the outermost ones lie on the whole degrees
and belong to both neighbours. -32768 is a void.

Source: USGS, "SRTM Topography" documentation (SRTM_Topo.pdf), sections 2.1 and 2.2; the post
registration was checked against data/geo/golden (see `benchmarks.golden`).
"""

import logging
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firmware_bridge.earth import FloatArray, wrap_longitude_deg
from firmware_bridge.errors import TerrainError
from firmware_bridge.terrain.grid import Grid

log = logging.getLogger(__name__)

POSTS_BY_SIZE = {posts * posts * 2: posts for posts in (1201, 3601)}
VOID = -32768
_NAME = re.compile(r"[NS][0-8]\d[EW](0\d\d|1[0-7]\d|180)\.hgt|S90[EW]\d{3}\.hgt")


def tile_name(south_deg: int, west_deg: int) -> str:
    """File name of the degree square with this south-west corner."""
    latitude = f"{'S' if south_deg < 0 else 'N'}{abs(south_deg):02d}"
    return f"{latitude}{'W' if west_deg < 0 else 'E'}{abs(west_deg):03d}.hgt"


def open_hgt(path: Path, south_deg: int, west_deg: int) -> Grid:
    """Map one tile; raises FileNotFoundError, or TerrainError naming file and trouble."""
    try:
        size = path.stat().st_size
        posts = POSTS_BY_SIZE.get(size)
        if posts is None:
            wanted = " or ".join(str(known) for known in POSTS_BY_SIZE)
            raise TerrainError(f"{path}: {size} bytes, an .hgt tile has {wanted}")
        mapped = np.memmap(path, dtype=">i2", mode="r", shape=(posts, posts))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise TerrainError(f"{path}: {error.strerror or error}") from error
    step = 1 / (posts - 1)
    return Grid(np.asarray(mapped), south_deg + 1.0, float(west_deg), step, step)


class Terrain:
    """Heights of a folder of .hgt tiles and of loose grids, which come before the tiles.

    In flight nothing raises: a tile that is absent, or unusable, is a place without data. Each
    unusable one is logged once and listed in `problems`. Call `check()` where an error is wanted.
    """

    def __init__(
        self, folder: Path | None = None, *, grids: Sequence[Grid] = (), max_open: int = 6
    ) -> None:
        self.folder = folder
        self.grids = tuple(grids)
        self.problems: dict[str, str] = {}
        """Tile name -> what is wrong with it."""
        self._max_open = max_open
        self._open: OrderedDict[str, Grid] = OrderedDict()
        self._lock = Lock()

    @property
    def open_tiles(self) -> tuple[str, ...]:
        """Names of the tiles that are mapped now, the least recently used first."""
        return tuple(self._open)

    def check(self) -> None:
        """Raise TerrainError for a folder that cannot be read or the first unusable tile in it."""
        if self.folder is None:
            return
        if not self.folder.is_dir():
            raise TerrainError(f"{self.folder}: no such folder of .hgt tiles")
        try:
            for path in sorted(self.folder.iterdir()):
                if path.suffix.lower() == ".hgt":
                    _check_name(path)
                    open_hgt(path, 0, 0)
        except OSError as error:
            raise TerrainError(f"{error.filename or self.folder}: {error.strerror}") from error

    def tile(self, south_deg: int, west_deg: int) -> Grid | None:
        """The tile with this south-west corner; None where there is none."""
        name = tile_name(south_deg, west_deg)
        with self._lock:
            if name in self._open:
                self._open.move_to_end(name)
                return self._open[name]
            if self.folder is None or name in self.problems:
                return None
            return self._open_tile(name, south_deg, west_deg)

    def _open_tile(self, name: str, south_deg: int, west_deg: int) -> Grid | None:
        assert self.folder is not None
        try:
            grid = open_hgt(self.folder / name, south_deg, west_deg)
        except FileNotFoundError:
            return None
        except TerrainError as error:
            self.problems[name] = str(error)
            log.error("terrain tile is not used: %s", error)
            return None
        self._open[name] = grid
        if len(self._open) > self._max_open:
            self._open.popitem(last=False)
        return grid

    def split(
        self, lat_deg: FloatArray, lon_deg: FloatArray
    ) -> Iterator[tuple[Grid, NDArray[np.intp]]]:
        """Pairs of a grid and the indices of the (N,) points it answers for; others are left out.

        A point on the border of two squares belongs to the northern or eastern one; when that is
        absent, to whichever of its neighbours is there.
        """
        left = np.flatnonzero((np.abs(lat_deg) <= 90) & np.isfinite(lon_deg))
        for grid in self.grids:
            covered = grid.covers(lat_deg[left], lon_deg[left])
            if covered.any():
                yield grid, left[covered]
                left = left[~covered]
        for south, west in _CORNER_ROUNDINGS:
            if not left.size:
                return
            keys = _square_keys(south(lat_deg[left]), west(wrap_longitude_deg(lon_deg[left])))
            answered = np.zeros(left.size, dtype=np.bool_)
            for key in np.unique(keys):
                grid_or_none = self.tile(*_square_of_key(int(key)))
                if grid_or_none is not None:
                    mine = keys == key
                    answered |= mine
                    yield grid_or_none, left[mine]
            left = left[~answered]
            left = left[_on_whole_degree(lat_deg[left]) | _on_whole_degree(lon_deg[left])]

    def height_amsl_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> FloatArray:
        """Bilinear height of the ground above EGM96, NaN where no data is; any shape."""
        lat, lon = np.broadcast_arrays(
            np.asarray(lat_deg, dtype=np.float64), np.asarray(lon_deg, dtype=np.float64)
        )
        flat_lat, flat_lon = lat.ravel(), lon.ravel()
        height = np.full(flat_lat.shape, np.nan)
        for grid, index in self.split(flat_lat, flat_lon):
            height[index] = grid.height_amsl_m(flat_lat[index], flat_lon[index])
        return height.reshape(lat.shape)


def _check_name(path: Path) -> None:
    """Raise TerrainError for a name that no lookup asks for."""
    if not _NAME.fullmatch(path.name):
        raise TerrainError(
            f"{path}: not the name of a tile, which is its south-west corner, as in N44E131.hgt"
        )


def _below(value_deg: FloatArray) -> FloatArray:
    """The whole degree strictly below."""
    return np.asarray(np.ceil(value_deg) - 1)


_CORNER_ROUNDINGS = (
    (np.floor, np.floor),
    (_below, np.floor),
    (np.floor, _below),
    (_below, _below),
)


def _square_keys(south_deg: FloatArray, west_deg: FloatArray) -> NDArray[np.int64]:
    """One integer a degree square; -181 counts as 179."""
    return (south_deg.astype(np.int64) + 90) * 360 + (west_deg.astype(np.int64) + 180) % 360


def _square_of_key(key: int) -> tuple[int, int]:
    south, west = divmod(key, 360)
    return south - 90, west - 180


def _on_whole_degree(value_deg: FloatArray) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = np.trunc(value_deg) == value_deg
    return result
