"""Points beside the way: single ones far aside, and runs that the best way leaves out."""

import numpy as np

from groundstation.dock.cleanup.way import (
    BoolArray,
    FloatArray,
    IndexArray,
    Way,
    leg_speeds_m_s,
    median_around,
)

_LOOK_BACK = 32
"""Runs that a way may leave out."""


def outliers(way: Way) -> BoolArray:
    """(N,) points beside the way."""
    out = _aside(way)
    kept = np.flatnonzero(~out)
    out[kept[_beside(way, kept)]] = True
    return out


def _aside(way: Way) -> BoolArray:
    """Single points whose both legs are long and fast, and the way past them short."""
    out = np.zeros(len(way.lat_deg), dtype=bool)
    if len(out) < 4:
        return out
    limits = way.limits
    there, back = way.legs_m[:-1], way.legs_m[1:]
    past = np.linalg.norm(way.place_m[2:] - way.place_m[:-2], axis=1)
    nearer = np.minimum(there, back)
    usual = median_around(way.legs_m)[:-1]
    spike = (nearer > np.maximum(limits.aside_m, 3 * usual)) & (there + back > 5 * past)
    seconds = np.diff(way.time_s)
    speed = leg_speeds_m_s(way.legs_m, seconds)
    usual_m_s = median_around(speed)[:-1]
    slower = np.minimum(speed[:-1], speed[1:])
    fast = slower > np.maximum(limits.aside_m_s, 3 * usual_m_s)
    untimed = ~np.isfinite(slower)
    out[1:-1] = spike & (fast | untimed)
    # Neighbours accuse each other: of such a chain every second one is the way back.
    index = np.arange(out.size)
    begins = np.maximum.accumulate(np.where(out, -1, index))
    return np.asarray(out & ((index - begins) % 2 == 1))


def _beside(way: Way, kept: IndexArray) -> BoolArray:
    """(len(kept),) points of runs that the best way leaves out."""
    beside = np.zeros(kept.size, dtype=bool)
    if kept.size < 2:
        return beside
    legs = np.linalg.norm(np.diff(way.place_m[kept], axis=0), axis=1)
    seconds = np.diff(way.time_s[kept])
    usual = median_around(leg_speeds_m_s(legs, seconds))
    cuts = np.flatnonzero(~way.possible(legs, seconds, usual)) + 1
    if not cuts.size:
        return beside
    starts = np.concatenate([[0], cuts])
    ends = np.concatenate([cuts, [kept.size]])
    for run in _left_out(way, kept, starts, ends, usual):
        beside[starts[run] : ends[run]] = True
    return beside


def _left_out(
    way: Way, kept: IndexArray, starts: IndexArray, ends: IndexArray, usual: FloatArray
) -> list[int]:
    """The runs that are not on the way with the most points."""
    first, last = kept[starts], kept[ends - 1]
    around = usual[np.minimum(starts, usual.size - 1)]
    best = np.zeros(len(starts))
    came_from = np.full(len(starts), -1)
    for run, points in enumerate(ends - starts):
        best[run] = points
        before = np.arange(max(0, run - _LOOK_BACK), run)
        if not before.size:
            continue
        legs = np.linalg.norm(way.place_m[first[run]] - way.place_m[last[before]], axis=1)
        seconds = way.time_s[first[run]] - way.time_s[last[before]]
        possible = way.possible(legs, seconds, around[run])
        score = best[before] - np.where(possible, 0, way.limits.unreachable_points)
        choice = int(np.argmax(score))
        if score[choice] > 0:
            best[run] += score[choice]
            came_from[run] = before[choice]
    on_way = set()
    run = int(np.argmax(best))
    while run >= 0:
        on_way.add(run)
        run = int(came_from[run])
    return [run for run in range(len(starts)) if run not in on_way]
