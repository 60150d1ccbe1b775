"""Where somebody rested: fixes that wander around one place."""

from itertools import pairwise

import numpy as np

from groundstation.dock.cleanup.way import BoolArray, FloatArray, IndexArray, Limits, Way


def rests(way: Way, kept: IndexArray, gap: BoolArray) -> BoolArray:
    """(len(kept),) points of rests, the first of each left out."""
    resting = np.zeros(kept.size, dtype=bool)
    bounds = np.concatenate([[0], np.flatnonzero(gap), [kept.size]])
    for start, end in pairwise(bounds):
        part = kept[start:end]
        time_s = way.time_s[part]
        timed = np.flatnonzero(np.isfinite(time_s))
        if timed.size > 1:
            found = _rests(
                np.maximum.accumulate(time_s[timed]), way.place_m[part[timed]], way.limits
            )
            resting[start + timed[found]] = True
    return resting


def _rests(time_s: FloatArray, place_m: FloatArray, limits: Limits) -> BoolArray:
    """(N,) points of rests but their first; times ascend."""
    low = np.searchsorted(time_s, time_s - limits.smooth_s / 2)
    high = np.searchsorted(time_s, time_s + limits.smooth_s / 2, side="right")
    sums = np.concatenate([np.zeros((1, 3)), np.cumsum(place_m - place_m[0], axis=0)])
    smooth = (sums[high] - sums[low]) / (high - low)[:, None]
    end = np.searchsorted(time_s, time_s + limits.rest_s)
    starts = np.flatnonzero(end < time_s.size)
    for share in (1.0, 0.75, 0.5, 0.25):
        at = np.searchsorted(time_s, time_s[starts] + share * limits.rest_s)
        moved = np.linalg.norm(smooth[at] - smooth[starts], axis=1)
        starts = starts[moved <= limits.rest_radius_m]
    # A rest covers the points after its start up to its end.
    steps = np.zeros(time_s.size + 1, dtype=np.int64)
    np.add.at(steps, starts + 1, 1)
    np.add.at(steps, end[starts] + 1, -1)
    resting = np.asarray(np.cumsum(steps[:-1]) > 0)
    resting[_strayed(resting, smooth, 2 * limits.rest_radius_m)] = False
    return resting


def _strayed(resting: BoolArray, smooth: FloatArray, radius_m: float) -> list[int]:
    """Points of rests that lie too far from where the rest began: somebody creeps, or drifts.

    Each begins a rest of its own, so that a slow way keeps its length.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], resting, [False]])))
    strayed = []
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        anchor, at, block = first - 1, first, 64
        while at < end:
            stop = min(at + block, end)
            away = np.linalg.norm(smooth[at:stop] - smooth[anchor], axis=1) > radius_m
            if away.any():
                anchor = at + int(np.argmax(away))
                strayed.append(int(anchor))
                at, block = anchor + 1, 64
            else:
                at, block = stop, 2 * block
    return strayed
