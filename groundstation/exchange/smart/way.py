"""A SMART track as a way of ours, and back: Z is the wall clock, in milliseconds since 1970."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.tracks import NO_TIME_US, Segment
from groundstation.exchange.remarks import Remarks
from groundstation.exchange.smart.geometry import Line
from groundstation.records.wall_clock import local_us_from_utc, utc_us_from_local

Z_COLUMN = "z_ms"
"""Of a track whose Z is not a time everywhere: Z as it came."""
_EARLIEST_MS, _LATEST_MS = 0.0, 7_258_118_400_000.0
"""Z outside of 1970 to 2200 is no time; exactly 0 is what a program writes that knows none."""
_EPOCH = date(1970, 1, 1)
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A way as it goes out: what counts of it."""

    leg: str
    segments: Sequence[Segment]
    day: date | None = None
    """Of an imported one: the day its file put it to."""
    distance_km: float | None = None
    """The same: the length its file stated."""


def segment_of(line: Line, zone: tzinfo, remarks: Remarks) -> tuple[Segment, frozenset[str]]:
    """The points of a line, and what its times are flagged with."""
    lon, lat, z = (np.ascontiguousarray(line[:, n]) for n in range(3))
    placed = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    if not placed.all():
        remarks.add("bad_points", times=int((~placed).sum()))
    timed = (z > _EARLIEST_MS) & (z < _LATEST_MS)
    local_us = np.full(len(z), NO_TIME_US, np.int64)
    local_us[timed] = np.rint(z[timed] * 1000).astype(np.int64)
    time_us, flaws = utc_us_from_local(local_us, zone)
    if not timed.all():
        remarks.add("no_times", times=int((~timed).sum()))
    segment = Segment(
        time_us=time_us,
        lat_deg=np.where(placed, lat, np.nan),
        lon_deg=np.where(placed, lon, np.nan),
        alt_amsl_m=np.full(len(z), np.nan),
        extras={} if timed.all() else {Z_COLUMN: z},
    )
    return segment, flaws


def lines_by_day(way: Way, otherwise: date, zone: tzinfo) -> Iterator[tuple[date, list[Line]]]:
    """Its lines by day of the wall clock; of the day `otherwise` where no point has a time."""
    parts: dict[date, list[Line]] = {}
    for segment in way.segments:
        local_us = local_us_from_utc(segment.time_us, zone)
        placed = np.isfinite(segment.lat_deg) & np.isfinite(segment.lon_deg)
        line = _line(segment, local_us)[placed]
        if way.day is not None:
            parts.setdefault(way.day, []).append(line)
            continue
        days = _day_numbers(local_us[placed], otherwise)
        cuts = np.flatnonzero(np.diff(days)) + 1
        for piece, of in zip(np.split(line, cuts), np.split(days, cuts), strict=True):
            if len(piece):
                parts.setdefault(_EPOCH + timedelta(days=int(of[0])), []).append(piece)
    yield from parts.items()


def _line(segment: Segment, local_us: NDArray[np.int64]) -> Line:
    """(N, 3) with what stood in Z where that was no time."""
    as_came = segment.extras.get(Z_COLUMN)
    unknown = np.full(len(segment), np.nan) if as_came is None else as_came
    z = np.where(local_us == NO_TIME_US, unknown, local_us / 1000)
    return np.column_stack([segment.lon_deg, segment.lat_deg, z])


def _day_numbers(local_us: NDArray[np.int64], otherwise: date) -> NDArray[np.int64]:
    """(N,) days since 1970; a point without a time is of the day of the one before."""
    timed = local_us != NO_TIME_US
    if not timed.any():
        return np.full(len(local_us), (otherwise - _EPOCH).days, np.int64)
    last = np.maximum.accumulate(np.where(timed, np.arange(len(local_us)), -1))
    last[last < 0] = np.flatnonzero(timed)[0]
    days: NDArray[np.int64] = local_us[last] // _DAY_US
    return days
