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

All lengths are WGS84 geodesics (`geodesic.py`). No source for the thresholds but physics and the
tracks in the tests: they are arguments, not truths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from firmware_bridge.earth import geodetic_to_ecef
from firmware_bridge.tracks import NO_TIME_US, Segment
from groundstation.dock.geodesic import leg_lengths_m, length_m

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

_AROUND = 11
"""Legs that make the surroundings of a leg."""
_LOOK_BACK = 32
"""Runs that a way may leave out."""
_CHUNK = 65_536


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
NOT_THE_WAY = Mark.OUTLIER | Mark.JITTER | Mark.NO_POSITION


@dataclass(frozen=True, slots=True)
class Limits:
    """What is possible, and what counts as rest."""

    speed_m_s: float = 90.0
    """Nothing that carries rangers is faster: a Mi-8 flies at 70 m/s."""
    acceleration_m_s2: float = 10.0
    error_m: float = 30.0
    """Any leg this short is possible: fixes err."""
    aside_m: float = 50.0
    """A single point nearer than this is never called an outlier."""
    aside_m_s: float = 5.0
    """Nor one that is reached more slowly than this, where times are known."""
    unreachable_points: int = 8
    """A run longer than this is not an outlier, though nothing leads to it (nor one twice as long
    that is neither entered nor left)."""
    rest_radius_m: float = 25.0
    rest_s: float = 180.0
    smooth_s: float = 30.0
    """Fixes are averaged over this time before rest is looked for."""
    gap_s: float = 120.0


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
    way = _Way.of(lat[where], lon[where], time_us[where], limits)
    outlier = way.outliers()
    marks[where[outlier]] |= np.uint8(Mark.OUTLIER)
    kept = np.flatnonzero(~outlier)
    gap = way.gaps(kept)
    marks[where[kept[gap]]] |= np.uint8(Mark.GAP_BEFORE)
    still = way.rests(kept, gap)
    marks[where[kept[still]]] |= np.uint8(Mark.JITTER)
    return _measured(way, where, kept, gap, still, marks)


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


def _measured(
    way: "_Way",
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


def _between(way: "_Way", raw: FloatArray, chosen: IndexArray) -> FloatArray:
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


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """The points of a segment that have a position."""

    lat_deg: FloatArray
    lon_deg: FloatArray
    time_s: FloatArray
    """(N,) since the first known time; NaN where unknown."""
    place_m: FloatArray
    """(N, 3) on the ellipsoid, earth-fixed: chords are short work."""
    legs_m: FloatArray
    """(N - 1,) geodesic."""
    limits: Limits

    @classmethod
    def of(
        cls, lat: FloatArray, lon: FloatArray, time_us: NDArray[np.int64], limits: Limits
    ) -> "_Way":
        known = time_us != NO_TIME_US
        first = int(time_us[known][0]) if known.any() else 0
        time_s = np.where(known, time_us - np.where(known, first, time_us), 0) / 1e6
        return cls(
            lat,
            lon,
            np.where(known, time_s, np.nan),
            geodetic_to_ecef(lat, lon, 0.0),
            leg_lengths_m(lat, lon) if len(lat) else np.zeros(0),
            limits,
        )

    def outliers(self) -> BoolArray:
        """(N,) points beside the way."""
        out = self._aside()
        kept = np.flatnonzero(~out)
        out[kept[self._beside(kept)]] = True
        return out

    def _aside(self) -> BoolArray:
        """Single points whose both legs are long and fast, and the way past them short."""
        out = np.zeros(len(self.lat_deg), dtype=bool)
        if len(out) < 4:
            return out
        limits = self.limits
        there, back = self.legs_m[:-1], self.legs_m[1:]
        past = np.linalg.norm(self.place_m[2:] - self.place_m[:-2], axis=1)
        nearer = np.minimum(there, back)
        usual = _median_around(self.legs_m)[:-1]
        spike = (nearer > np.maximum(limits.aside_m, 3 * usual)) & (there + back > 5 * past)
        seconds = np.diff(self.time_s)
        speed = _speed_m_s(self.legs_m, seconds)
        usual_m_s = _median_around(speed)[:-1]
        slower = np.minimum(speed[:-1], speed[1:])
        fast = slower > np.maximum(limits.aside_m_s, 3 * usual_m_s)
        untimed = ~np.isfinite(slower)
        out[1:-1] = spike & (fast | untimed)
        # Neighbours accuse each other: of such a chain every second one is the way back.
        index = np.arange(out.size)
        begins = np.maximum.accumulate(np.where(out, -1, index))
        return np.asarray(out & ((index - begins) % 2 == 1))

    def _beside(self, kept: IndexArray) -> BoolArray:
        """(len(kept),) points of runs that the best way leaves out."""
        beside = np.zeros(kept.size, dtype=bool)
        if kept.size < 2:
            return beside
        legs = np.linalg.norm(np.diff(self.place_m[kept], axis=0), axis=1)
        seconds = np.diff(self.time_s[kept])
        usual = _median_around(_speed_m_s(legs, seconds))
        cuts = np.flatnonzero(~self._possible(legs, seconds, usual)) + 1
        if not cuts.size:
            return beside
        starts = np.concatenate([[0], cuts])
        ends = np.concatenate([cuts, [kept.size]])
        for run in self._left_out(kept, starts, ends, usual):
            beside[starts[run] : ends[run]] = True
        return beside

    def _possible(self, legs: FloatArray, seconds: FloatArray, usual: FloatArray) -> BoolArray:
        """Whether a leg can be gone; unknown times accuse nobody, backward ones are gaps."""
        limits = self.limits
        with np.errstate(invalid="ignore"):
            top = np.fmin(limits.speed_m_s, usual + limits.acceleration_m_s2 * seconds)
            return np.asarray(~(seconds >= 0) | (legs <= top * seconds + limits.error_m))

    def _left_out(
        self, kept: IndexArray, starts: IndexArray, ends: IndexArray, usual: FloatArray
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
            legs = np.linalg.norm(self.place_m[first[run]] - self.place_m[last[before]], axis=1)
            seconds = self.time_s[first[run]] - self.time_s[last[before]]
            possible = self._possible(legs, seconds, around[run])
            score = best[before] - np.where(possible, 0, self.limits.unreachable_points)
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

    def gaps(self, kept: IndexArray) -> BoolArray:
        """(len(kept),) points before which the fix was lost, or time jumped."""
        gap = np.zeros(kept.size, dtype=bool)
        if kept.size < 2:
            return gap
        limits = self.limits
        legs = np.linalg.norm(np.diff(self.place_m[kept], axis=0), axis=1)
        seconds = np.diff(self.time_s[kept])
        known = seconds[seconds > 0]
        usual_s = float(np.median(known)) if known.size else 0.0
        lost = (seconds > max(limits.gap_s, 6 * usual_s)) & (legs > 2 * limits.rest_radius_m)
        usual = _median_around(_speed_m_s(legs, seconds))
        gap[1:] = lost | (seconds < 0) | ~self._possible(legs, seconds, usual)
        return gap

    def rests(self, kept: IndexArray, gap: BoolArray) -> BoolArray:
        """(len(kept),) points of rests, the first of each left out."""
        resting = np.zeros(kept.size, dtype=bool)
        bounds = np.concatenate([[0], np.flatnonzero(gap), [kept.size]])
        for start, end in pairwise(bounds):
            part = kept[start:end]
            time_s = self.time_s[part]
            timed = np.flatnonzero(np.isfinite(time_s))
            if timed.size > 1:
                found = _rests(
                    np.maximum.accumulate(time_s[timed]), self.place_m[part[timed]], self.limits
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


def _speed_m_s(legs: FloatArray, seconds: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(seconds > 0, legs / seconds, np.nan)


def _median_around(values: FloatArray) -> FloatArray:
    """(N,) median of the neighbours within five places, unknown ones left out; 0 if all are."""
    half = _AROUND // 2
    padded = np.pad(values, half, constant_values=np.nan)
    out = np.empty(values.size)
    for start in range(0, values.size, _CHUNK):
        stop = min(start + _CHUNK, values.size)
        windows = np.sort(sliding_window_view(padded[start : stop + 2 * half], _AROUND), axis=1)
        known = np.count_nonzero(np.isfinite(windows), axis=1)  # NaN are sorted to the end
        middle = windows[np.arange(stop - start), np.maximum(known - 1, 0) // 2]
        out[start:stop] = np.where(known, middle, 0.0)
    return out
