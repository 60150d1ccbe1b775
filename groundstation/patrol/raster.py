"""Kilometres, minutes and raids per cell: every step clipped exactly on the grid lines.

Nearly all steps begin and end in one cell: those are summed in runs. The others are cut where
they cross a meridian or a parallel of the grid; the shares of a step add up to one, so that the
kilometres of the cells are those of the steps. A cell nobody set foot in is absent, and NaN in the
dense arrays: unknown, never zero.

Minutes are those of steps between neighbouring points. A step that leads away from a rest spans
points that clean-up took out; its kilometres count, its hours were spent at the fire.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.tracks import NO_TIME_US
from groundstation.patrol.grid import FloatArray, Grid, IntArray, step_lengths_m

BoolArray = NDArray[np.bool_]

Item = TypeVar("Item")

BATCH_WAYS = 32
"""What one thread works on at a time: a hundred thousand points, temporaries of some megabytes."""
_HALF = 1 << 31


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Points of one raid's way in the order they were gone, of one track."""

    raid: int
    """Any number that is the same for all ways of a raid."""
    time_us: IntArray
    """(N,) or NO_TIME_US."""
    lat_deg: FloatArray
    """(N,)"""
    lon_deg: FloatArray
    counted: BoolArray
    """(N,) whether the step that leads to a point counts; the first one's is not looked at."""
    adjacent: BoolArray
    """(N,) whether that step was recorded point after point, with no rest in between."""


@dataclass(frozen=True, slots=True, eq=False)
class EffortRaster:
    """What each visited cell saw, in the order of j, then i."""

    grid: Grid
    i: IntArray
    """(K,) columns, from the grid's meridian to the east."""
    j: IntArray
    """(K,) rows, to the north."""
    km: FloatArray
    """(K,)"""
    minutes: FloatArray
    """(K,) of walking, 0 where no unit kept time."""
    raids: IntArray
    """(K,) different ones."""
    visit_raid: IntArray
    """(V,) raid of each visit of a raid to a cell."""
    visit_cell: NDArray[np.intp]
    """(V,) its cell, as an index into the arrays above."""

    @property
    def extent(self) -> tuple[int, int, int, int]:
        """First i, first j, columns and rows of the smallest rectangle with all visited cells."""
        if not len(self.i):
            return 0, 0, 0, 0
        west, south = int(self.i.min()), int(self.j.min())
        return west, south, int(self.i.max()) - west + 1, int(self.j.max()) - south + 1

    def dense(self, values: NDArray[np.float64] | NDArray[np.int64]) -> FloatArray:
        """(rows, columns) of `values` (K,) over `extent`, south first; NaN where unvisited."""
        west, south, columns, rows = self.extent
        out = np.full((rows, columns), np.nan)
        out[self.j - south, self.i - west] = values
        return out

    def at(self, i: IntArray, j: IntArray) -> IntArray:
        """Where in the arrays the cells (i, j) are; -1 for unvisited ones."""
        keys, wanted = _key(self.i, self.j), _key(i, j)
        where = np.searchsorted(keys, wanted)
        where[where == len(keys)] = 0
        found = keys[where] == wanted if len(keys) else np.zeros(len(wanted), bool)
        return np.where(found, where, -1)


class _Sums(NamedTuple):
    """Of a batch: by cell, and which raid was in which."""

    key: IntArray
    km: FloatArray
    minutes: FloatArray
    raid: IntArray


def effort_raster(
    ways: Iterable[Item], grid: Grid, load: Callable[[Item], Way], threads: int = 2
) -> EffortRaster:
    """The raster of all ways, in any order.

    `ways` may be a generator that reads as it goes: a few batches are held at a time. `load` makes
    a `Way` of each in one of the `threads`, where zlib and numpy let go of the interpreter.
    """

    def work(batch: Sequence[Item]) -> _Sums:
        return _summed([load(item) for item in batch], grid)

    return _joined(list(_in_threads(work, _batches(ways), threads)), grid)


def _batches(ways: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(ways)
    while batch := list(islice(rest, BATCH_WAYS)):
        yield batch


def _in_threads(
    work: Callable[[Sequence[Item]], _Sums], batches: Iterable[Sequence[Item]], threads: int
) -> Iterator[_Sums]:
    """The results in order, with no more than two batches a thread in memory."""
    waiting: deque[Future[_Sums]] = deque()
    with ThreadPoolExecutor(threads, "raster") as pool:
        for batch in batches:
            waiting.append(pool.submit(work, batch))
            if len(waiting) >= 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _summed(ways: Sequence[Way], grid: Grid) -> _Sums:
    lengths = [len(way.time_us) for way in ways]
    lat, lon, time_us = (
        np.concatenate([getattr(way, name) for way in ways])
        for name in ("lat_deg", "lon_deg", "time_us")
    )
    raid = np.repeat(np.array([way.raid for way in ways], np.int64), lengths)
    counted = np.concatenate([way.counted for way in ways])
    adjacent = np.concatenate([way.adjacent for way in ways])
    counted[np.cumsum([0, *lengths[:-1]])[np.array(lengths) > 0]] = False
    x, y = grid.project(lat, lon)
    last = np.flatnonzero(counted)
    first = last - 1
    km = step_lengths_m(lat[first], lon[first], lat[last], lon[last]) / 1000
    timed = adjacent[last] & (time_us[first] != NO_TIME_US) & (time_us[last] != NO_TIME_US)
    minutes = np.where(timed, np.maximum(time_us[last] - time_us[first], 0), 0) / 60e6
    i, j = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    inside = (i[first] == i[last]) & (j[first] == j[last])
    whole = _by_run(
        _key(i[last[inside]], j[last[inside]]), km[inside], minutes[inside], raid[last[inside]]
    )
    cut = ~inside
    step, share, key = _pieces(x[first[cut]], y[first[cut]], x[last[cut]], y[last[cut]])
    pieces = _Sums(key, km[cut][step] * share, minutes[cut][step] * share, raid[last[cut]][step])
    return _by_run(*(np.concatenate(column) for column in zip(whole, pieces, strict=True)))


def _by_run(key: IntArray, km: FloatArray, minutes: FloatArray, raid: IntArray) -> _Sums:
    """Neighbours of the same cell and raid summed up: a tenth is left to be sorted."""
    if not len(key):
        return _Sums(key, km, minutes, raid)
    new = np.flatnonzero((np.diff(key) != 0) | (np.diff(raid) != 0)) + 1
    starts = np.concatenate([[0], new])
    return _Sums(
        key[starts], np.add.reduceat(km, starts), np.add.reduceat(minutes, starts), raid[starts]
    )


def _pieces(
    x0: FloatArray, y0: FloatArray, x1: FloatArray, y1: FloatArray
) -> tuple[NDArray[np.intp], FloatArray, IntArray]:
    """Steps that leave their cell, cut on the grid lines: of each piece, step, share and cell."""
    steps = np.arange(len(x0))
    owner, at = [steps, steps], [np.zeros(len(x0)), np.ones(len(x0))]
    for begin, end in ((x0, x1), (y0, y1)):
        low, high = np.minimum(begin, end), np.maximum(begin, end)
        line0 = np.floor(low).astype(np.int64) + 1
        crossed = np.maximum(np.ceil(high).astype(np.int64) - line0, 0)
        step = np.repeat(steps, crossed)
        nth = np.arange(len(step)) - np.repeat(np.cumsum(crossed) - crossed, crossed)
        owner.append(step)
        at.append((line0[step] + nth - begin[step]) / (end - begin)[step])
    step, cut = np.concatenate(owner), np.clip(np.concatenate(at), 0, 1)
    order = np.lexsort((cut, step))
    step, cut = step[order], cut[order]
    same = step[1:] == step[:-1]
    step, share = step[:-1][same], np.diff(cut)[same]
    middle = ((cut[1:] + cut[:-1]) / 2)[same]
    i = np.floor(x0[step] + middle * (x1 - x0)[step]).astype(np.int64)
    j = np.floor(y0[step] + middle * (y1 - y0)[step]).astype(np.int64)
    kept = share > 0
    return step[kept], share[kept], _key(i[kept], j[kept])


def _joined(parts: Sequence[_Sums], grid: Grid) -> EffortRaster:
    none = (np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
    sums = _Sums(*(np.concatenate(column) for column in zip(none, *parts, strict=True)))
    order = np.lexsort((sums.raid, sums.key))
    # In order, a run is all that a raid did in a cell.
    by_raid = _by_run(sums.key[order], sums.km[order], sums.minutes[order], sums.raid[order])
    key, where, raids = np.unique(by_raid.key, return_inverse=True, return_counts=True)
    return EffortRaster(
        grid,
        (key & (2 * _HALF - 1)) - _HALF,
        key >> 32,
        _added(where, by_raid.km, len(key)),
        _added(where, by_raid.minutes, len(key)),
        raids,
        by_raid.raid,
        where,
    )


def _added(where: NDArray[np.intp], values: FloatArray, count: int) -> FloatArray:
    return np.bincount(where, values, count).astype(np.float64)


def _key(i: IntArray, j: IntArray) -> IntArray:
    """One number a cell, in the order of j, then i."""
    return np.asarray((j << 32) | (i + _HALF))
