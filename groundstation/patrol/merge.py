"""The ways of several navigators of one party, so that no kilometre counts twice.

Of people who walk together each may carry a navigator, and SMART sums what all of them recorded.
Here a step is left out where another navigator, whose step there counts, was beside it at the same
time: nearer than `radius_m` at both ends of the step, or in its middle. Ends catch a unit that
wrote few points over a bend, the middle one that was switched on or off on the way.

The longest way goes first, since it has lost the least; then the next longest, measured against
all that counts already. What follows:

- every step that is left out has a step that counts, of the same time, within the radius;
- people who part count each on their own, from the step on in which they do;
- where one navigator has a gap or is off, another takes over.

A step without times counts: nothing says that somebody else walked it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.earth import metres_per_degree
from firmware_bridge.tracks import NO_TIME_US, Segment
from groundstation.dock.cleanup import Cleaned, Mark

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

RADIUS_M = 150.0
"""Within call in the taiga, and several times the error of a handheld unit under leaves."""
_ASIDE = np.uint8(Mark.OUTLIER | Mark.JITTER | Mark.NO_POSITION)


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Steps of one navigator between neighbouring points of its way, in the order of time."""

    point: NDArray[np.intp]
    """(K,) point each leads to, counted over all segments."""
    from_us: NDArray[np.int64]
    until_us: NDArray[np.int64]
    from_m: FloatArray
    """(K, 2) east, north of where it begins."""
    until_m: FloatArray
    length_m: FloatArray

    def only(self, chosen: BoolArray) -> "_Steps":
        return _Steps(*(getattr(self, name)[chosen] for name in self.__slots__))


def merge(
    navigators: Sequence[Sequence[tuple[Segment, Cleaned]]], radius_m: float = RADIUS_M
) -> list[list[BoolArray]]:
    """Which steps count: for each navigator and segment (N,), of the step that leads to a point.

    False where no step leads: at the first point, at points that clean-up marked, after a gap.
    `steps_m` gives the lengths, so that `(steps_m(c) * counted).sum()` is what a segment adds.
    """
    places = [s for walks in navigators for s, _ in walks]
    known = [s.lat_deg[np.isfinite(s.lat_deg)] for s in places]
    lat_deg = float(np.median(np.concatenate(known))) if sum(map(len, known)) else 0.0
    ways = [_steps(walks, lat_deg) for walks in navigators]
    longest_first = np.argsort([-way.length_m.sum() for way in ways], kind="stable")
    counting: list[_Steps] = []
    for number in longest_first:
        way = ways[number]
        own = ~_shared(way, counting, radius_m)
        ways[number] = way.only(own)
        counting.append(ways[number].only(_timed(ways[number])))
    return [_masks(walks, way) for walks, way in zip(navigators, ways, strict=True)]


def steps_m(cleaned: Cleaned) -> FloatArray:
    """(N,) length of the step that leads to each point; 0 where none does."""
    return np.diff(cleaned.along_m, prepend=0.0)


def _steps(walks: Sequence[tuple[Segment, Cleaned]], lat_deg: float) -> _Steps:
    east_m, north_m = (float(scale) for scale in metres_per_degree(lat_deg))
    parts, at = [], 0
    for segment, cleaned in walks:
        on_way = np.flatnonzero((cleaned.marks & _ASIDE) == 0)
        joined = (cleaned.marks[on_way[1:]] & np.uint8(Mark.GAP_BEFORE)) == 0
        first, last = on_way[:-1][joined], on_way[1:][joined]
        place = np.column_stack([segment.lon_deg * east_m, segment.lat_deg * north_m])
        times, lengths = segment.time_us, steps_m(cleaned)
        parts.append(
            (last + at, times[first], times[last], place[first], place[last], lengths[last])
        )
        at += len(segment)
    if not parts:
        none, flat = np.zeros(0, np.int64), np.zeros((0, 2))
        return _Steps(none.astype(np.intp), none, none, flat, flat, np.zeros(0))
    steps = _Steps(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    return _Steps(
        *(getattr(steps, n)[np.argsort(steps.from_us, kind="stable")] for n in steps.__slots__)
    )


def _timed(way: _Steps) -> BoolArray:
    return np.asarray((way.from_us != NO_TIME_US) & (way.until_us >= way.from_us))


def _shared(way: _Steps, counting: Sequence[_Steps], radius_m: float) -> BoolArray:
    """(K,) steps beside which another one counts."""
    shared = np.zeros(len(way.point), bool)
    timed = np.flatnonzero(_timed(way))
    from_us, until_us = way.from_us[timed], way.until_us[timed]
    middle_us = from_us + (until_us - from_us) // 2
    middle_m = (way.from_m[timed] + way.until_m[timed]) / 2
    begins, middle, ends = (np.zeros(len(timed), bool) for _ in range(3))
    for other in counting:
        begins |= _beside(other, from_us, way.from_m[timed], radius_m)
        middle |= _beside(other, middle_us, middle_m, radius_m)
        ends |= _beside(other, until_us, way.until_m[timed], radius_m)
    shared[timed] = middle | (begins & ends)
    return shared


def _beside(
    other: _Steps, time_us: NDArray[np.int64], place_m: FloatArray, radius_m: float
) -> BoolArray:
    """(Q,) whether the other one was within the radius at that time."""
    if not len(other.point):
        return np.zeros(len(time_us), bool)
    step = np.searchsorted(other.from_us, time_us, "right") - 1
    walking = (step >= 0) & (time_us <= other.until_us[step])
    span_us = np.maximum(other.until_us - other.from_us, 1)[step]
    share = np.clip((time_us - other.from_us[step]) / span_us, 0, 1)[:, None]
    there = other.from_m[step] * (1 - share) + other.until_m[step] * share
    return np.asarray(walking & (np.hypot(*(place_m - there).T) <= radius_m))


def _masks(walks: Sequence[tuple[Segment, Cleaned]], way: _Steps) -> list[BoolArray]:
    lengths = [len(segment) for segment, _ in walks]
    counted = np.zeros(sum(lengths), bool)
    counted[way.point] = True
    return np.split(counted, np.cumsum(lengths)[:-1]) if lengths else []
