"""Generated hills: one degree square of forested ridges and valleys, as an .hgt tile.

Heights are a function of absolute latitude and longitude and of the seed, so tiles generated
on different days, or in any order, join at their borders. The land is drained: on a jittered
lattice every point sends its water to the lowest neighbour, the height grows with the distance
from the nearest stream, and each finer network of streams runs down the slopes that the coarser
one left. Ridges are what remains between valleys. A bay lies in the south-east. It looks like the
foothills of the southern Sikhote-Alin; it is not a map of them.

The lattice noise underneath is Perlin's method with cubic B-splines (Ebert et al., Texturing and
Modeling, chapter 2).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Line = NDArray[np.floating]
"""Latitudes or longitudes of rows or columns, degrees."""

COARSE_POSTS = 1201
MARGIN_POSTS = 300
"""Land beyond the tile's border that is drained with it: wider than any valley's reach."""
STREAMS = ((16, 520.0, 46.0), (44, 430.0, 17.0), (120, 190.0, 6.5))
"""Lattice points per degree, relief in metres, and the distance in posts that gives 63 % of it."""


def tile(lat_deg: int, lon_deg: int, seed: int, posts: int = 3601) -> NDArray[np.int16]:
    """(posts, posts) int16 metres AMSL; first row is the north edge, as in an .hgt file."""
    coarse = _hills(lat_deg, lon_deg, seed)
    if posts == COARSE_POSTS:
        return np.rint(coarse).astype(np.int16)
    fine = _spline_zoom(coarse, posts)
    lat, lon = _axes(lat_deg, lon_deg, posts)
    detail = _noise(lat, lon, 400, seed + 90)
    # Rills and rubble grow with height; the valley floors and the sea stay smooth.
    fine += detail * np.clip(fine * 0.008, 0, 4.0)
    return np.rint(np.maximum(fine, 0)).astype(np.int16)


def _hills(lat_deg: int, lon_deg: int, seed: int) -> Field:
    """(COARSE_POSTS, COARSE_POSTS) float32 metres AMSL."""
    step = 1 / (COARSE_POSTS - 1)
    border = np.arange(-MARGIN_POSTS, COARSE_POSTS + MARGIN_POSTS) * step
    lat, lon = lat_deg + 1 - border, lon_deg + border
    land = _distance_from_sea(lat, lon, seed)
    massif = 0.55 + 0.45 * _noise(lat, lon, 3, seed + 30) + 0.2 * _noise(lat, lon, 8, seed + 31)
    massif = (np.clip(massif, 0.18, 1.35) * np.clip(land * 1.5, 0.04, 1)).astype(np.float32)
    height = 25 * land + 110 * massif * land + 14 * _noise(lat, lon, 23, seed + 32)
    for level, (cells, relief_m, reach_posts) in enumerate(STREAMS):
        away = _distance_to_streams(height, lat, lon, cells, seed + 50 + level)
        away = np.asarray(cv2.GaussianBlur(away, (0, 0), 0.06 * reach_posts + 0.6), np.float32)
        rise = relief_m * (1 - np.exp(-away / reach_posts))
        height = height + massif * rise * (
            1 + 0.25 * _noise(lat, lon, 3 * cells, seed + 60 + level)
        )
    inner = slice(MARGIN_POSTS, MARGIN_POSTS + COARSE_POSTS)
    dry = np.where(land <= 0, 0, np.maximum(height, 1)).astype(np.float32)
    return np.asarray(dry[inner, inner])


def _distance_to_streams(height: Field, lat: Line, lon: Line, cells: int, seed: int) -> Field:
    """Posts from every post to the nearest stream of one network."""
    rows, columns, points = _jittered_lattice(lat, lon, cells, seed)
    inside = np.clip(points, 0, np.array(height.shape) - 1).astype(int)
    level = height[inside[..., 0], inside[..., 1]]
    picture = np.full(height.shape, 255, np.uint8)
    bend = _hash(rows, columns, seed + 500)[1:-1, 1:-1, None] * 0.18
    here = points[1:-1, 1:-1]
    moves = [(i, j) for i in (0, 1, 2) for j in (0, 1, 2)]
    inner_rows, inner_columns = here.shape[:2]
    around = [(slice(i, i + inner_rows), slice(j, j + inner_columns)) for i, j in moves]
    lowest = np.argmin([level[part] for part in around], axis=0)
    there = np.take_along_axis(
        np.stack([points[part] for part in around]), lowest[None, :, :, None], axis=0
    )[0]
    along = there - here
    middle = (here + there) / 2 + np.stack([-along[..., 1], along[..., 0]], -1) * bend
    paths = np.rint(np.stack([here, middle, there], axis=2)[..., ::-1]).astype(np.int32)
    cv2.polylines(picture, list(paths.reshape(-1, 3, 2)), isClosed=False, color=(0,), thickness=1)
    away = cv2.distanceTransform(picture, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away, np.float32)


def _jittered_lattice(
    lat: Line, lon: Line, cells: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Lattice rows and columns over the area, and (n, m, 2) row and column in posts."""
    rows = np.arange(int(np.floor(lat[-1] * cells)), int(np.ceil(lat[0] * cells)) + 1)
    columns = np.arange(int(np.floor(lon[0] * cells)), int(np.ceil(lon[-1] * cells)) + 1)
    point_lat = (rows[:, None] + 0.42 * _hash(rows, columns, seed)) / cells
    point_lon = (columns[None, :] + 0.42 * _hash(rows, columns, seed + 1000)) / cells
    per_degree = COARSE_POSTS - 1
    return (
        rows,
        columns,
        np.stack([(lat[0] - point_lat) * per_degree, (point_lon - lon[0]) * per_degree], axis=-1),
    )


def _distance_from_sea(lat: Line, lon: Line, seed: int) -> Field:
    """(H, W) 0 at sea, growing to 1 inland: a bay around 42.95 N 131.90 E."""
    shore = 0.04 * _noise(lat, lon, 11, seed + 40) + 0.012 * _noise(lat, lon, 37, seed + 41)
    north, east = (lat - 42.95)[:, None] / 0.32, (lon - 131.90)[None, :] / 0.30
    away = np.hypot(north, east) - 1.0 + shore / 0.3
    return np.asarray(np.clip(away * 1.6, 0, 1), np.float32)


def _axes(lat_deg: int, lon_deg: int, posts: int) -> tuple[Line, Line]:
    steps = np.arange(posts) / (posts - 1)
    return lat_deg + 1 - steps, lon_deg + steps


def _hash(rows: NDArray[np.int64], columns: NDArray[np.int64], seed: int) -> Field:
    """Uniform -1..1 on integer lattice points, the same for the same point for ever (splitmix)."""
    x = rows[:, None].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = x ^ (columns[None, :].astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F))
    x = x + np.uint64((seed * 0x165667B19E3779F9) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    x = x ^ (x >> np.uint64(31))
    return ((x >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - 1).astype(np.float32)


def _noise(lat: Line, lon: Line, cells: int, seed: int) -> Field:
    """(len(lat), len(lon)) smooth noise, about -1..1, `cells` to a degree; separable."""
    (rows, row_weights), (columns, column_weights) = _spline(lat * cells), _spline(lon * cells)
    row0, column0 = int(rows.min()), int(columns.min())
    lattice = _hash(
        np.arange(row0, int(rows.max()) + 4), np.arange(column0, int(columns.max()) + 4), seed
    )
    wide = _blend(lattice, (rows - row0, row_weights), (columns - column0, column_weights))
    return wide * np.float32(1.9)


def _blend(
    values: Field,
    rows: tuple[NDArray[np.int64], list[Field]],
    columns: tuple[NDArray[np.int64], list[Field]],
) -> Field:
    """Four neighbours each way, weighted: first down the rows, then along them."""
    tall = np.zeros((len(rows[0]), values.shape[1]), np.float32)
    for k, weight in enumerate(rows[1]):
        tall += weight[:, None] * values[rows[0] + k]
    wide = np.zeros((len(rows[0]), len(columns[0])), np.float32)
    for k, weight in enumerate(columns[1]):
        wide += weight * tall[:, columns[0] + k]
    return wide


def _spline(position: NDArray[np.floating]) -> tuple[NDArray[np.int64], list[Field]]:
    """First of four lattice points, and the weights of the uniform cubic B-spline."""
    first = np.floor(position).astype(np.int64)
    t = (position - first).astype(np.float32)
    weights = [
        (1 - t) ** 3 / 6,
        (3 * t**3 - 6 * t**2 + 4) / 6,
        (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
        t**3 / 6,
    ]
    return first - 1, [w.astype(np.float32) for w in weights]


def _spline_zoom(coarse: Field, posts: int) -> Field:
    """Catmull-Rom through the coarse posts; the outermost cell is mirrored linearly."""
    padded = np.pad(coarse, 1, mode="reflect", reflect_type="odd")
    position = np.linspace(0, coarse.shape[0] - 1, posts)
    first = np.minimum(position.astype(np.int64), coarse.shape[0] - 2)
    t = (position - first).astype(np.float32)
    weights = [
        (-(t**3) + 2 * t**2 - t) / 2,
        (3 * t**3 - 5 * t**2 + 2) / 2,
        (-3 * t**3 + 4 * t**2 + t) / 2,
        (t**3 - t**2) / 2,
    ]
    return _blend(padded.astype(np.float32), (first, weights), (first, weights))
