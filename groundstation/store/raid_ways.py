"""Where a raid's people went: the stored tracks its legs name, cleaned and merged.

A point is marked by the same clean-up as on the docking board, and a step counts once however
many navigators recorded it (`patrol.merge`). A leg may take only a part of a track: the points
from one time to another and the first one after it, so that two legs which share a track at a
time leave no step out and count none twice.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from firmware_bridge.tracks import NO_TIME_US, Segment
from firmware_bridge.units import unix_us_from_utc
from groundstation.dock.cleanup import Cleaned, Mark, clean
from groundstation.patrol.merge import merge, steps_m
from groundstation.records.raid import Leg, TrackPart
from groundstation.store import people
from groundstation.store.columns import unpack
from groundstation.store.counted import pack_counted
from groundstation.store.raid_rows import Box
from groundstation.store.tables import raid_tracks, tracks

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
DAY_US = 86_400_000_000
SUSTAINED_S = 60.0
"""Over which a speed must hold before it is believed."""
_ASIDE = np.uint8(Mark.OUTLIER | Mark.JITTER | Mark.NO_POSITION)
_EPOCH = date(1970, 1, 1)
LAST_DAY = (date(2200, 1, 1) - _EPOCH).days
LAST_US = LAST_DAY * DAY_US
"""Stands for a segment without any time, which is nobody else's either."""


@dataclass(frozen=True, slots=True, eq=False)
class WayPart:
    """A segment of a track as a leg's way; columns of equal length N."""

    leg: str
    track: int
    unit: str | None
    """None: it came by a file."""
    person: int | None
    person_name: str | None
    """Who had the unit when the track began."""
    utc_offset_s: int
    time_us: NDArray[np.int64]
    """(N,) since 1970 UTC, or NO_TIME_US."""
    lat_deg: FloatArray
    """(N,) NaN where unknown."""
    lon_deg: FloatArray
    alt_amsl_m: FloatArray
    marks: NDArray[np.uint8]
    """(N,) bits of `dock.cleanup.Mark`."""
    counted: BoolArray
    """(N,) whether the step that leads to the point counts."""
    step_m: FloatArray
    """(N,) its length; 0 where none leads."""
    at: NDArray[np.intp]
    """(N,) place of the point among all of the stored track's."""

    @property
    def distance_m(self) -> float:
        """What it adds to the raid's."""
        return float(self.step_m[self.counted].sum())


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """All parts, in the order of the legs and their tracks."""

    parts: Sequence[WayPart]
    points: Mapping[int, int]
    """Of each stored track, all its points."""

    @property
    def distance_m(self) -> float:
        """No kilometre twice."""
        return sum(part.distance_m for part in self.parts)


def way(connection: Connection, raid_id: UUID) -> Way:
    """The way of a stored raid."""
    t = raid_tracks.c
    statement = select(t.leg, t.track, t.from_utc, t.until_utc).where(t.raid_id == raid_id)
    parts = [
        (leg, TrackPart(*values))
        for leg, *values in connection.execute(statement.order_by(t.leg, t.track))
    ]
    return _measured(connection, parts)


def way_of(connection: Connection, legs: Sequence[Leg]) -> Way:
    """The way of legs that are not stored yet; tracks nobody knows are left out."""
    return _measured(connection, [(leg.leg, part) for leg in legs for part in leg.tracks])


def days_m(whole: Way, legs: Sequence[Leg]) -> dict[tuple[str, date], float]:
    """Metres by leg and local day, all of a leg's metres on its days.

    Steps of a day that the leg does not have go to the nearest one it has.
    """
    days = {leg.leg: sorted(day.date for day in leg.days) for leg in legs}
    found: dict[tuple[str, date], float] = defaultdict(float)
    for part in whole.parts:
        if not days[part.leg]:
            continue
        ordinals = np.array([(day - _EPOCH).days for day in days[part.leg]])
        for day, metres in _by_day(part, int(ordinals[0])):
            nearest = int(np.abs(ordinals - day).argmin())
            found[part.leg, days[part.leg][nearest]] += metres
    return dict(found)


def local_days(part: WayPart) -> list[date]:
    """Days of the wall clock on which the part counts anything."""
    days = (day for day, metres in _by_day(part, -1) if metres > 0)
    return [_EPOCH + timedelta(days=day) for day in days if 0 <= day < LAST_DAY]


def boxes(whole: Way) -> dict[tuple[str, int], Box | None]:
    """Extent of each leg's part of a track, without outliers."""
    found: dict[tuple[str, int], Box | None] = {}
    for part in whole.parts:
        on_way = (part.marks & np.uint8(Mark.OUTLIER | Mark.NO_POSITION)) == 0
        lat, lon = part.lat_deg[on_way], part.lon_deg[on_way]
        own = (
            (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
            if len(lat)
            else None
        )
        key = part.leg, part.track
        found[key] = joined_box(found.get(key), own)
    return found


def counted_bits(whole: Way) -> dict[tuple[str, int], bytes]:
    """What `store.counted` keeps, by leg and track."""
    masks: dict[tuple[str, int], tuple[BoolArray, BoolArray]] = {}
    for part in whole.parts:
        points = whole.points[part.track]
        fresh = np.zeros(points, bool), np.zeros(points, bool)
        on_way, counted = masks.setdefault((part.leg, part.track), fresh)
        on_way[part.at] = (part.marks & _ASIDE) == 0
        counted[part.at] = part.counted
    return {key: pack_counted(*both) for key, both in masks.items()}


def joined_box(one: Box | None, other: Box | None) -> Box | None:
    """The box around both."""
    if one is None or other is None:
        return one or other
    low, high = zip(one[:2], other[:2], strict=True), zip(one[2:], other[2:], strict=True)
    west, south = (min(pair) for pair in low)
    east, north = (max(pair) for pair in high)
    return west, south, east, north


def top_m_s(part: WayPart) -> float:
    """The highest speed it holds for a minute; 0 without times, or for less than a minute."""
    on_way = ((part.marks & _ASIDE) == 0) & (part.time_us != NO_TIME_US)
    if np.count_nonzero(on_way) < 2:
        return 0.0
    time_s = part.time_us[on_way] / 1e6
    order = np.argsort(time_s, kind="stable")
    time_s = time_s[order] - time_s[order[0]]
    along_m = np.cumsum(part.step_m[on_way][order])
    starts = time_s[time_s <= time_s[-1] - SUSTAINED_S]
    if not len(starts):
        return 0.0
    ends_m = np.interp(starts + SUSTAINED_S, time_s, along_m)
    return float((ends_m - along_m[: len(starts)]).max() / SUSTAINED_S)


def _measured(connection: Connection, wanted: Sequence[tuple[str, TrackPart]]) -> Way:
    stored = _stored(connection, {part.track for _, part in wanted})
    walks: list[tuple[str, int, Segment, Cleaned, NDArray[np.intp]]] = []
    for leg, part in wanted:
        if part.track in stored:
            begins = 0
            for segment in stored[part.track].segments:
                cut, chosen = _cut(segment, part)
                if len(cut):
                    walks.append((leg, part.track, cut, clean(cut), begins + chosen))
                begins += len(segment)
    navigators = _navigators([(stored[track], cut.time_us) for _, track, cut, *_ in walks])
    masks = merge([[walks[n][2:4] for n in numbers] for numbers in navigators])
    counted: dict[int, BoolArray] = {}
    for numbers, own in zip(navigators, masks, strict=True):
        counted |= dict(zip(numbers, own, strict=True))
    parts = [
        WayPart(
            leg,
            track,
            stored[track].unit,
            stored[track].person,
            stored[track].person_name,
            stored[track].utc_offset_s,
            segment.time_us,
            segment.lat_deg,
            segment.lon_deg,
            segment.alt_amsl_m,
            cleaned.marks,
            counted[number],
            steps_m(cleaned),
            at,
        )
        for number, (leg, track, segment, cleaned, at) in enumerate(walks)
    ]
    return Way(parts, {track: sum(map(len, of.segments)) for track, of in stored.items()})


def _navigators(walks: Sequence[tuple["_Stored", NDArray[np.int64]]]) -> list[list[int]]:
    """Which segments one navigator recorded, by their places in `walks`.

    A unit is one navigator. A file's track may hold several: SMART writes the lines of all of
    them as one. Nobody is in two places, so segments that run at the same time were recorded by
    different ones.
    """
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    free_us: dict[str, list[int]] = defaultdict(list)
    began = [int(time_us[time_us != NO_TIME_US].min(initial=LAST_US)) for _, time_us in walks]
    for number in sorted(range(len(walks)), key=lambda n: began[n]):
        (of, time_us), ends = walks[number], free_us[walks[number][0].navigator]
        lane = 0
        if of.unit is None:
            lane = next((n for n, end_us in enumerate(ends) if end_us <= began[number]), len(ends))
        last_us = int(time_us[time_us != NO_TIME_US].max(initial=-LAST_US))
        ends[lane : lane + 1] = [max([last_us, *ends[lane : lane + 1]])]
        found[of.navigator, lane].append(number)
    return [sorted(numbers) for numbers in found.values()]


@dataclass(frozen=True, slots=True, eq=False)
class _Stored:
    unit: str | None
    navigator: str
    person: int | None
    person_name: str | None
    utc_offset_s: int
    segments: Sequence[Segment]


def _stored(connection: Connection, wanted: set[int]) -> Mapping[int, _Stored]:
    if not wanted:
        return {}
    t = tracks.c
    columns = t.track, t.unit, t.first_utc, t.utc_offset_s, t.content
    rows = connection.execute(select(*columns).where(t.track.in_(sorted(wanted)))).all()
    found: dict[int, _Stored] = {}
    for row in rows:
        who = _holder(connection, row)
        found[row.track] = _Stored(
            row.unit,
            row.unit or f"file {row.track}",
            who.person if who else None,
            who.name if who else None,
            row.utc_offset_s,
            unpack(row.content)[0],
        )
    return found


def _holder(connection: Connection, row: Any) -> people.Person | None:
    if row.unit is None or row.first_utc is None:
        return None
    return people.holder(connection, row.unit, row.first_utc)


def _cut(segment: Segment, part: TrackPart) -> tuple[Segment, NDArray[np.intp]]:
    """Points between the part's times and the first one after, and which they are.

    All of them without times.
    """
    if part.from_utc is None and part.until_utc is None:
        return segment, np.arange(len(segment))
    time_us = _filled(segment.time_us)
    from_us = _us(part.from_utc, np.iinfo(np.int64).min)
    until_us = _us(part.until_utc, np.iinfo(np.int64).max)
    before_end = time_us < until_us
    closing = np.concatenate([[False], before_end[:-1]]) & ~before_end
    chosen = np.flatnonzero((time_us >= from_us) & (before_end | closing))
    extras = {name: column[chosen] for name, column in segment.extras.items()}
    cut = Segment(
        segment.time_us[chosen],
        segment.lat_deg[chosen],
        segment.lon_deg[chosen],
        segment.alt_amsl_m[chosen],
        extras,
    )
    return cut, chosen


def _us(time_utc: datetime | None, otherwise: int) -> int:
    return otherwise if time_utc is None else unix_us_from_utc(time_utc.astimezone(UTC))


def _filled(time_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Points without a time have that of the last one before them, the first ones of the next."""
    known = np.flatnonzero(time_us != NO_TIME_US)
    if not len(known):
        return np.zeros(len(time_us), np.int64)
    before = np.searchsorted(known, np.arange(len(time_us)), "right") - 1
    return np.asarray(time_us[known[np.maximum(before, 0)]])


def _by_day(part: WayPart, undated: int) -> Iterator[tuple[int, float]]:
    """Day since 1970 by the wall clock, and metres; without any time it is `undated`."""
    where = np.flatnonzero(part.counted)
    if not len(where):
        return
    metres = part.step_m[where]
    if not (part.time_us != NO_TIME_US).any():
        yield undated, float(metres.sum())
        return
    local_us = _filled(part.time_us)[where] + part.utc_offset_s * 1_000_000
    days, place = np.unique(local_us // DAY_US, return_inverse=True)
    yield from zip(days.tolist(), np.bincount(place, metres).tolist(), strict=True)
