"""Import of GeoTIFF elevation models; needs the extra `geotiff` (tifffile, imagecodecs).

What differs between products, and is handled here:

- Registration (GTRasterTypeGeoKey 1025): with PixelIsArea the tie point is the corner of a pixel
  and its post lies half a pixel inside; with PixelIsPoint it is the post. Half a pixel is 15 m.
- Datum (VerticalGeoKey 4096): the usual products leave it out, so the caller names it. Ellipsoidal
  heights lose the EGM96 undulation. EGM2008 heights (Copernicus GLO-30) are taken as EGM96 as they
  stand: no EGM2008 grid is packaged, and the two geoids agree to within a metre nearly
  everywhere, several times less than the model's own error.
- Void marks (GDAL_NODATA tag 42113) become -32768 or NaN.

Only geographic WGS84 models are read; a projected one is to be warped to EPSG:4326 first.

Source: OGC 19-008r4, "GeoTIFF Standard" 1.1, sections 7.1 to 7.5 and annex B.
"""

import logging
from collections.abc import Iterator
from enum import StrEnum
from itertools import product
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.earth import geoid_undulation_m, wrap_longitude_deg
from firmware_bridge.errors import TerrainError
from firmware_bridge.terrain.grid import VOID_BELOW_M, Grid, Posts
from firmware_bridge.terrain.tiles import POSTS_BY_SIZE, VOID, open_hgt, tile_name

log = logging.getLogger(__name__)

_GEOGRAPHIC_MODEL = 2
_WGS84 = 4326
_PIXEL_IS_POINT = 2
_METRE = 9001
_MOST_POSTS = 225_000_000
"""Four by four degrees at 1"; a damaged header asks for more."""
_BLOCK_ROWS = 64
"""Posts are worked on by so many rows at a time: a tile is 26 MB on disk and 104 MB as float64."""
_SLACK_POSTS = 1e-3
"""Tie points and scales are rounded: a post this little over the edge (3 cm) is on it."""
_FACING = {
    -1: (slice(0, 1), slice(-1, None)),
    0: (slice(None), slice(None)),
    1: (slice(-1, None), slice(0, 1)),
}
"""Posts that a tile and its neighbour one step back, level or ahead have in common."""


class Datum(StrEnum):
    """What heights are measured from."""

    EGM96 = "egm96"
    EGM2008 = "egm2008"
    ELLIPSOID = "ellipsoid"


_DATUM_OF_KEY = {5773: Datum.EGM96, 3855: Datum.EGM2008, 5030: Datum.ELLIPSOID}
"""EPSG vertical systems and, for the ellipsoid, the code GeoTIFF 1.0 gave it."""


def read_geotiff(path: Path, *, datum: Datum | None = None) -> Grid:
    """The elevation model as a grid in EGM96; raises TerrainError naming file and tag.

    `datum` is needed where the file does not name its own, and stands above what it says.
    """
    posts, keys, nodata = _read(path)
    origin, steps = _placement(path, keys, posts.shape)
    north, west = origin[1], float(wrap_longitude_deg(origin[0]))
    datum = datum or _datum(path, keys)
    heights = _with_voids(posts, nodata, whole_metres=datum is not Datum.ELLIPSOID)
    if datum is Datum.ELLIPSOID:
        _subtract_geoid(heights, north, west, steps)
    if datum is Datum.EGM2008:
        log.info("%s: EGM2008 heights are used as EGM96", path)
    return Grid(heights, north, west, steps[1], steps[0])


def import_geotiff(
    path: Path, folder: Path, *, datum: Datum | None = None, posts: int | None = None
) -> list[Path]:
    """Write an elevation model into the .hgt tiles of `folder`; returns those written.

    Heights are resampled bilinearly at the tiles' posts and rounded to whole metres, as the
    format wants. A tile that is there already keeps its posts where the model has none. Posts
    on a border belong to both tiles, and go to a neighbour in `folder` that lacks them: models
    of 3600 x 3600 posts (Copernicus) hold two of their four borders only. `posts` a side is 3601
    or 1201; by default the one that loses nothing. Raises TerrainError, and OSError when the
    folder cannot be written.
    """
    grid = read_geotiff(path, datum=datum)
    posts = posts or (3601 if grid.step_lat_deg < 2 / 3600 else 1201)
    if posts not in (1201, 3601):
        raise TerrainError(f"{folder}: tiles of {posts} posts asked for, .hgt has 1201 or 3601")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for south, west in _squares(grid):
        tile = _write_tile(grid, folder, south, west, posts)
        if tile is not None:
            _sew(folder, tile, south, west)
            written.append(tile)
    return written


def _read(path: Path) -> tuple[NDArray[Any], dict[str, Any], float | None]:
    """Pixels, GeoKeys and void mark of the first page."""
    import tifffile  # an extra: the companion computer works without it

    try:
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages.first
            if page.size > _MOST_POSTS:
                raise ValueError(f"{page.shape} pixels, at most {_MOST_POSTS} are read")
            keys = dict(page.geotiff_tags or {})
            tag = page.tags.get(42113)
            nodata = None if tag is None else float(str(tag.value).strip("\0 "))
            posts = np.asarray(page.asarray())
    except FileNotFoundError as error:
        raise TerrainError(f"{path}: no such file") from error
    # tifffile and its codecs answer damage with whatever they stumbled over.
    except Exception as error:
        raise TerrainError(f"{path}: not a readable GeoTIFF: {error}") from error
    if posts.ndim != 2 or min(posts.shape) < 2 or posts.dtype.kind not in "iuf":
        raise TerrainError(
            f"{path}: pixels {posts.shape} {posts.dtype}, wanted one band of heights"
        )
    return posts, keys, nodata


def _placement(
    path: Path, keys: dict[str, Any], shape: tuple[int, ...]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """(lon, lat) of the north-west post and (lon, lat) steps, degrees."""
    model, system = keys.get("GTModelTypeGeoKey"), keys.get("GeographicTypeGeoKey")
    if model != _GEOGRAPHIC_MODEL or system != _WGS84:
        raise TerrainError(
            f"{path}: GTModelTypeGeoKey {model}, GeographicTypeGeoKey {system}: only geographic"
            " WGS84 (2, 4326) is read; warp it to EPSG:4326 first"
        )
    unit = keys.get("VerticalUnitsGeoKey", _METRE)
    if unit != _METRE:
        raise TerrainError(f"{path}: VerticalUnitsGeoKey {unit}, wanted metres (9001)")
    scale = np.asarray(keys.get("ModelPixelScale", ()), dtype=np.float64)
    tie = np.asarray(keys.get("ModelTiepoint", ()), dtype=np.float64)
    inside = 0.0 if keys.get("GTRasterTypeGeoKey") == _PIXEL_IS_POINT else 0.5
    if scale.size < 2 or tie.size < 6 or not ((scale[:2] > 0) & (scale[:2] < 1)).all():
        raise TerrainError(f"{path}: no usable ModelPixelScale and ModelTiepoint")
    lon = tie[3] + (inside - tie[0]) * scale[0]
    lat = tie[4] - (inside - tie[1]) * scale[1]
    south, width = lat - (shape[0] - 1) * scale[1], (shape[1] - 1) * scale[0]
    if not (-90 <= south <= lat <= 90 and abs(lon) <= 360 and width <= 359):
        raise TerrainError(
            f"{path}: reaches from {lat} to {south} N and {width} degrees east of {lon} E"
        )
    return (float(lon), float(lat)), (float(scale[0]), float(scale[1]))


def _datum(path: Path, keys: dict[str, Any]) -> Datum:
    for name in ("VerticalGeoKey", "VerticalCSTypeGeoKey", "VerticalCitationGeoKey"):
        value = keys.get(name)
        if isinstance(value, int) and int(value) in _DATUM_OF_KEY:
            return _DATUM_OF_KEY[int(value)]
    names = ", ".join(Datum)
    raise TerrainError(
        f"{path}: no known vertical datum in its GeoKeys: say which (--datum: {names})"
    )


def _with_voids(posts: NDArray[Any], nodata: float | None, *, whole_metres: bool) -> Posts:
    """A copy: int16 with -32768 where it is allowed and enough, else float32 with NaN for voids."""
    if posts.dtype == np.int16 and whole_metres:
        heights = np.array(posts, dtype=np.int16)
        if nodata is not None:
            heights[posts == nodata] = VOID
        return heights
    metres = np.array(posts, dtype=np.float32)
    metres[~(metres > VOID_BELOW_M)] = np.nan
    if nodata is not None:
        metres[posts == nodata] = np.nan
    return metres


def _subtract_geoid(heights: Posts, north: float, west: float, steps: tuple[float, float]) -> None:
    """Turn ellipsoidal heights into EGM96 ones, in place."""
    lon = west + steps[0] * np.arange(heights.shape[1])
    for first in range(0, heights.shape[0], _BLOCK_ROWS):
        block = heights[first : first + _BLOCK_ROWS]
        lat = north - steps[1] * (first + np.arange(block.shape[0]))
        undulation = geoid_undulation_m(lat[:, None], lon[None, :])
        np.subtract(block, undulation, out=block, casting="same_kind")


def _squares(grid: Grid) -> Iterator[tuple[int, int]]:
    """South-west corners of the degree squares a grid reaches into."""
    rows, columns = grid.cells
    slack_lat, slack_lon = _SLACK_POSTS * grid.step_lat_deg, _SLACK_POSTS * grid.step_lon_deg
    south = grid.north_deg - rows * grid.step_lat_deg + slack_lat
    east = grid.west_deg + columns * grid.step_lon_deg - slack_lon
    for corner_south in range(floor(south), ceil(grid.north_deg - slack_lat)):
        for corner_west in range(floor(grid.west_deg + slack_lon), ceil(east)):
            yield corner_south, int(wrap_longitude_deg(corner_west))


def _write_tile(grid: Grid, folder: Path, south: int, west: int, posts: int) -> Path | None:
    """Merge the grid into one tile, whole or not at all; None where the grid adds nothing."""
    path = folder / tile_name(south, west)
    if path.exists():
        old = open_hgt(path, south, west).posts
        if old.shape[0] != posts:
            raise TerrainError(f"{path}: has {old.shape[0]} posts a side, {posts} asked for")
        tile = np.array(old)
    else:
        tile = np.full((posts, posts), VOID, dtype=">i2")
    lon = west + np.arange(posts) / (posts - 1)
    added = 0
    for first in range(0, posts, _BLOCK_ROWS):
        block = tile[first : first + _BLOCK_ROWS]
        lat = south + 1 - (first + np.arange(block.shape[0])) / (posts - 1)
        row, column = np.nonzero(grid.covers(lat[:, None], lon[None, :], _SLACK_POSTS))
        heights = grid.height_amsl_m(lat[row], lon[column])
        known = heights > VOID_BELOW_M
        block[row[known], column[known]] = np.rint(heights[known]).astype(np.int16)
        added += int(known.sum())
    if not added:
        return None
    part = path.with_suffix(".part")
    try:
        tile.tofile(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _sew(folder: Path, tile: Path, south: int, west: int) -> None:
    """Fill voids on the borders of a tile and of its neighbours from each other, in place."""
    mine = _writable(tile)
    for northward, eastward in product((-1, 0, 1), repeat=2):
        beside = folder / tile_name(south + northward, int(wrap_longitude_deg(west + eastward)))
        if beside == tile or not beside.exists():
            continue
        if beside.stat().st_size != tile.stat().st_size:
            continue  # of another resolution, or damaged: whoever opens it is told
        theirs = _writable(beside)
        rows, columns = _FACING[-northward], _FACING[eastward]
        here, there = mine[rows[0], columns[0]], theirs[rows[1], columns[1]]
        np.copyto(here, there, where=here == VOID)
        np.copyto(there, here, where=there == VOID)


def _writable(tile: Path) -> NDArray[np.int16]:
    posts = POSTS_BY_SIZE[tile.stat().st_size]
    return np.memmap(tile, dtype=">i2", mode="r+", shape=(posts, posts))
