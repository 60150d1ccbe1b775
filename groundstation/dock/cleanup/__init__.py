"""What of a track is the way somebody went: every point is kept, and marked where it is not.

A point may carry several marks. From the marks come the lengths:

- raw: every leg between points with a position, as the unit recorded them;
- cleaned: legs between points that are neither outliers nor jitter, gaps left out;
- gaps: the straight lines over the gaps, a lower bound of what was walked unseen.

**Outlier.** A leg is impossible when it asks for more than `Limits.speed_m_s`, or for a change
of speed above `acceleration_m_s2` against the median speed of its surroundings. Impossible legs
cut a track into runs; of all ways through the runs the one with the most points is right, and
what lies beside it are outliers. Two long runs that cannot both be reached (somebody set the
clock) are both kept, with a gap between them: nothing says which of them is wrong. Besides, a
single point far aside is one whose two legs are long and fast for the place, and the way past
it is short. Where times are missing only this last rule applies, without the speed.

**Jitter.** While a unit rests its fixes wander. Where a person stays within `rest_radius_m` for
`rest_s`, all points after the first are marked, so that a night under a tree adds no kilometre.

**Gap.** No fix for `gap_s` (and six usual intervals), while the place changed by more than a
rest's radius; or time went backwards.

All lengths are WGS84 geodesics (`dock/geodesic.py`). No source for the thresholds but physics and
the tracks in the tests: they are arguments, not truths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from firmware_bridge.tracks import NO_TIME_US, Segment
from groundstation.dock.cleanup.gaps import gaps
from groundstation.dock.cleanup.lengths import Cleaned, measured
from groundstation.dock.cleanup.outliers import outliers
from groundstation.dock.cleanup.rests import rests
from groundstation.dock.cleanup.way import Limits, Way

__all__ = ["Cleaned", "Limits", "Mark", "Totals", "clean", "total"]


class Mark(IntFlag):
    """Bits of a point's mark, stored as one byte."""

    OUTLIER = 1
    JITTER = 2
    GAP_BEFORE = 4
    NO_TIME = 8
    NO_POSITION = 16
    TIME_REPAIRED = 32
    """Whole eras were added to its time: a column of REPAIRED_BY says how many weeks."""
    TIME_DOUBTFUL = 64
    """Its time is in the future or in another decade, and nothing says what it should be."""


REPAIRED_BY = ("weeks_added", "week_rollover")
"""Columns of a segment that hold the weeks added to a point's time, else 0."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over segments."""

    points: int
    raw_m: float
    cleaned_m: float
    gaps_m: float
    moving_s: float
    resting_s: float
    gaps_s: float
    marked: dict[str, int]
    """Points by name of mark in lower case, where there are any."""


def clean(segment: Segment, limits: Limits | None = None) -> Cleaned:
    """Marks and lengths of one segment; never drops, moves or reorders a point."""
    limits = limits or Limits()
    lat, lon, time_us = segment.lat_deg, segment.lon_deg, segment.time_us
    placed = np.isfinite(lat) & np.isfinite(lon) & (np.abs(lat) <= 90)
    timed = time_us != NO_TIME_US
    marks = np.where(placed, 0, int(Mark.NO_POSITION)).astype(np.uint8)
    marks[~timed] |= np.uint8(Mark.NO_TIME)
    for column in REPAIRED_BY:
        if column in segment.extras:
            marks[segment.extras[column] != 0] |= np.uint8(Mark.TIME_REPAIRED)
    where = np.flatnonzero(placed)
    way = Way.of(lat[where], lon[where], time_us[where], limits)
    outlier = outliers(way)
    marks[where[outlier]] |= np.uint8(Mark.OUTLIER)
    kept = np.flatnonzero(~outlier)
    gap = gaps(way, kept)
    marks[where[kept[gap]]] |= np.uint8(Mark.GAP_BEFORE)
    still = rests(way, kept, gap)
    marks[where[kept[still]]] |= np.uint8(Mark.JITTER)
    return measured(way, where, kept, gap, still, marks)


def total(parts: Sequence[Cleaned]) -> Totals:
    """The sums; the ways between segments are in none of them."""
    counts = {
        mark.name.lower(): sum(int(np.count_nonzero(part.marks & np.uint8(mark))) for part in parts)
        for mark in Mark
        if mark.name
    }
    return Totals(
        points=sum(len(part.marks) for part in parts),
        raw_m=sum(part.raw_m for part in parts),
        cleaned_m=sum(part.cleaned_m for part in parts),
        gaps_m=sum(part.gaps_m for part in parts),
        moving_s=sum(part.moving_s for part in parts),
        resting_s=sum(part.resting_s for part in parts),
        gaps_s=sum(part.gaps_s for part in parts),
        marked={name: count for name, count in counts.items() if count},
    )
