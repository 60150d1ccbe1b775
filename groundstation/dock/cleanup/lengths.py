"""Lengths and times of the way that the marks leave."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundstation.dock.cleanup.way import BoolArray, FloatArray, IndexArray, Way
from groundstation.dock.geodesic import length_m


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A segment's marks, and what follows from them."""

    marks: NDArray[np.uint8]
    """(N,) bits of `Mark`."""
    raw_m: float
    cleaned_m: float
    gaps_m: float
    moving_s: float
    resting_s: float
    gaps_s: float
    speed_m_s: FloatArray
    """(N,) over the leg that leads to the point; NaN off the way, after a gap, without times."""
    along_m: FloatArray
    """(N,) cleaned length up to the point; a marked point has that of the way before it."""


def measured(
    way: Way,
    where: IndexArray,
    kept: IndexArray,
    gap: BoolArray,
    still: BoolArray,
    marks: NDArray[np.uint8],
) -> Cleaned:
    """The lengths and times of the way that the marks leave."""
    raw = way.legs_m
    on_way = kept[~still]
    gap_between = np.diff(np.cumsum(gap)[~still]) > 0
    legs = _between(way, raw, on_way)
    seconds = np.diff(way.time_s[on_way])
    all_seconds = np.nan_to_num(np.diff(way.time_s[kept]))
    lost = gap[1:]
    resting = still[1:] & ~lost
    speed = np.full(len(marks), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        legs_m_s = np.where(~gap_between & (seconds > 0), legs / seconds, np.nan)
    speed[where[on_way[1:]]] = legs_m_s
    steps = np.zeros(len(marks))
    steps[where[on_way[1:]]] = np.where(gap_between, 0.0, legs)
    return Cleaned(
        marks=marks,
        raw_m=float(raw.sum()),
        cleaned_m=float(legs[~gap_between].sum()),
        gaps_m=float(legs[gap_between].sum()),
        moving_s=float(all_seconds[~lost & ~resting].sum()),
        resting_s=float(all_seconds[resting].sum()),
        gaps_s=float(np.maximum(all_seconds[lost], 0).sum()),
        speed_m_s=speed,
        along_m=np.cumsum(steps),
    )


def _between(way: Way, raw: FloatArray, chosen: IndexArray) -> FloatArray:
    """Lengths between neighbouring chosen points; those that stood side by side are known."""
    if chosen.size < 2:
        return np.zeros(0)
    first, second = chosen[:-1], chosen[1:]
    legs = raw[first]
    far = second - first > 1
    legs[far] = length_m(
        way.lat_deg[first[far]],
        way.lon_deg[first[far]],
        way.lat_deg[second[far]],
        way.lon_deg[second[far]],
    )
    return legs
