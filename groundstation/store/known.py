"""Which points of a download are new: recognised one by one, because some units always send all.

A point is its time and its place. Equal points are counted: a unit that lay without a fix stores
the same record again and again, and those are as many points as there are records. Times count
modulo 1024 weeks, so that a point stays the same whether or not its date had to be repaired.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.handheld.rollover import ERA_US
from firmware_bridge.tracks import NO_TIME_US, Segment

Keys = NDArray[np.uint64]
_PLACE = 1e7
_SHARES = np.uint8(16)
_NOWHERE = np.int64(1) << np.int64(62)


def point_keys(segment: Segment) -> Keys:
    """(N,) uint64, equal for equal points; two different ones meet once in 10^19 pairs."""
    timed = segment.time_us != NO_TIME_US
    time = np.where(timed, segment.time_us % ERA_US, -1)
    key = _mixed(np.zeros(len(segment), np.uint64), time)
    for column in (segment.lat_deg, segment.lon_deg):
        key = _mixed(key, _integers(column, _PLACE))
    # Without a time the height is all that tells two passings of one place apart.
    height = np.where(timed, 0, _integers(segment.alt_amsl_m, 100.0))
    return _mixed(key, height)


def all_keys(segments: Sequence[Segment]) -> Keys:
    """Keys of all points of the segments."""
    parts = [point_keys(segment) for segment in segments]
    return np.concatenate(parts) if parts else np.zeros(0, np.uint64)


def is_new(keys: Keys, stored: Keys) -> NDArray[np.bool_]:
    """(N,) which points are not among the stored ones, each stored one counted once.

    Equal keys have equal last bits, so a share of them is sorted at a time: of a season, all at
    once would take four times the memory of its keys.
    """
    new = np.empty(len(keys), np.bool_)
    mine, theirs = _shares(keys), _shares(stored)
    for share in range(int(_SHARES)):
        here = np.flatnonzero(mine == share)
        new[here] = _is_new(keys[here], stored[theirs == share])
    return new


def _shares(keys: Keys) -> NDArray[np.uint8]:
    return (keys.view(np.uint8)[:: keys.itemsize] if len(keys) else keys.astype(np.uint8)) % _SHARES


def _is_new(keys: Keys, stored: Keys) -> NDArray[np.bool_]:
    values, counts = np.unique(stored, return_counts=True)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.searchsorted(ordered, ordered, side="left")
    rank = np.arange(len(keys)) - first
    if len(values):
        place = np.minimum(np.searchsorted(values, ordered), len(values) - 1)
        have = np.where(values[place] == ordered, counts[place], 0)
    else:
        have = np.zeros(len(keys), np.int64)
    new = np.empty(len(keys), np.bool_)
    new[order] = rank >= have
    return new


def only(segment: Segment, new: NDArray[np.bool_]) -> list[tuple[Segment, bool]]:
    """The new points of a segment, parted where known ones lay between; whether each part
    continues known points."""
    if new.all():
        return [(segment, False)] if len(segment) else []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], new, [False]]).astype(np.int8)))
    return [
        (_slice(segment, int(start), int(end)), bool(start > 0))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def _slice(segment: Segment, start: int, end: int) -> Segment:
    return Segment(
        segment.time_us[start:end],
        segment.lat_deg[start:end],
        segment.lon_deg[start:end],
        segment.alt_amsl_m[start:end],
        {name: column[start:end] for name, column in segment.extras.items()},
    )


def _integers(values: NDArray[np.float64], scale: float) -> NDArray[np.int64]:
    known = np.isfinite(values) & (np.abs(values) < 1e9)
    return np.where(known, np.rint(np.where(known, values, 0.0) * scale).astype(np.int64), _NOWHERE)


def _mixed(key: Keys, values: NDArray[np.int64]) -> Keys:
    """Folds a column into the keys: the finaliser of splitmix64 (Steele, Lea, Flood 2014)."""
    mixed = (key * np.uint64(0x9E3779B97F4A7C15)) ^ values.astype(np.int64).view(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
