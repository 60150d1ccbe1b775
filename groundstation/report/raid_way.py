"""A raid's way on its sheet: the map, and height and speed along what counts."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from firmware_bridge.earth import FloatArray
from firmware_bridge.tracks import NO_TIME_US
from groundstation.dock.cleanup import Mark
from groundstation.report import maps
from groundstation.report.raid_sheet import RaidSheet
from groundstation.report.words import WORDS
from groundstation.store.raid_ways import Way, WayPart
from groundstation.words import Language, say

STRETCH_M = 200.0
"""Of the profile: over less, a speed is mostly the receiver's noise."""
_ASIDE = np.uint8(Mark.OUTLIER | Mark.JITTER | Mark.NO_POSITION)


@dataclass(frozen=True, slots=True)
class Profile:
    """Along the counted way, one entry a stretch (N,)."""

    km: FloatArray
    height_m: FloatArray
    speed_kmh: FloatArray


def drawn_map(sheet: RaidSheet, tile: maps.Tile | None, language: Language) -> Markup | None:
    """The way with the observations on it; None where there is nothing to draw."""
    ways = list(_ways(sheet.way)) if sheet.way is not None else []
    signs = [
        maps.Sign(line.lat_deg, line.lon_deg, line.shape, str(number))
        for number, line in enumerate(sheet.observations, 1)
        if line.lat_deg is not None and line.lon_deg is not None
    ]
    if sheet.raid.lat_deg is not None and sheet.raid.lon_deg is not None:
        signs.append(maps.Sign(sheet.raid.lat_deg, sheet.raid.lon_deg, "diamond"))
    box = maps.around(
        [maps.box_of(way.lat_deg, way.lon_deg) for way in ways]
        + [(sign.lon_deg, sign.lat_deg, sign.lon_deg, sign.lat_deg) for sign in signs]
    )
    if box is None:
        return None
    title = say(WORDS, "way", language)
    return maps.drawn(maps.frame_of(box), tile, language, title, ways=ways, signs=signs)


def _ways(way: Way) -> Iterator[maps.Way]:
    """Runs of points whose steps count, and of those whose do not, without the outliers."""
    for part in way.parts:
        good = np.flatnonzero((part.marks & _ASIDE) == 0)
        counted = part.counted[good]
        cuts = np.flatnonzero(np.diff(counted[1:].astype(np.int8))) + 2
        for run in np.split(np.arange(len(good)), cuts):
            points = good[max(run[0] - 1, 0) : run[-1] + 1] if len(run) else good
            solid = bool(counted[run[-1]]) if len(run) else False
            yield maps.Way(part.lat_deg[points], part.lon_deg[points], dashed=not solid)


def profile_of(way: Way) -> Profile | None:
    """Height and speed along what counts; the parts follow each other by time.

    None where nothing counts.
    """
    lines: list[tuple[float, float, float]] = []
    for part in sorted(way.parts, key=lambda part: int(part.time_us[0])):
        start_km = lines[-1][0] if lines else 0.0
        lines += _stretches(part, start_km)
    return Profile(*np.array(lines).T) if len(lines) > 1 else None


def _stretches(part: WayPart, start_km: float) -> Iterator[tuple[float, float, float]]:
    """Of each stretch: kilometre of its end, mean height, speed over its timed steps."""
    step_m = np.where(part.counted, part.step_m, 0.0)
    step_us = np.where(part.counted, _step_us(part.time_us), 0)
    reach_m = np.cumsum(step_m)
    if not len(reach_m) or reach_m[-1] <= 0:
        return
    number = np.floor(reach_m / STRETCH_M).astype(np.int64)
    ends = np.flatnonzero(np.diff(number, append=number[-1] + 1))
    for begin, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        inside = slice(begin + 1, end + 1)
        timed = step_us[inside] > 0
        hours = float(step_us[inside][timed].sum()) / 3.6e9
        km = float(step_m[inside][timed].sum()) / 1000
        heights = part.alt_amsl_m[inside]
        heights = heights[np.isfinite(heights)]
        yield (
            start_km + float(reach_m[end]) / 1000,
            float(heights.mean()) if len(heights) else math.nan,
            km / hours if hours > 0 else math.nan,
        )


def _step_us(time_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) time of the step that leads to each point; 0 where a time is not known."""
    step = np.zeros(len(time_us), np.int64)
    known = (time_us[1:] != NO_TIME_US) & (time_us[:-1] != NO_TIME_US)
    step[1:][known] = (time_us[1:] - time_us[:-1])[known]
    return step
