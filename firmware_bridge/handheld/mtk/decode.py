"""From the items of an MTK memory to tracks and waypoints: one track per logging session."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.handheld.button import marked_point
from firmware_bridge.handheld.mtk import memory
from firmware_bridge.handheld.mtk.rows import RCR_BUTTON, Rows, columns
from firmware_bridge.handheld.rollover import repaired, weeks_lost
from firmware_bridge.tracks import (
    Contents,
    Flaw,
    Segment,
    Track,
    UnitIdentity,
    Waypoint,
)
from firmware_bridge.units import unix_us_from_utc

EARLIEST_US = unix_us_from_utc(datetime(2006, 1, 1, tzinfo=UTC))
"""MediaTek's logger library is of 2006; an earlier date lost 1024 weeks."""
_SETTINGS = {
    memory.PERIOD: "log_period_ds",
    memory.DISTANCE: "log_distance_dm",
    memory.SPEED: "log_speed_dkm_h",
}
_BASE = ("time_us", "lat_deg", "lon_deg", "alt_amsl_m")


def decode_memory(
    data: bytes, *, unit: UnitIdentity | None = None, earliest_us: int = EARLIEST_US
) -> Contents:
    """Everything whole in a dump of the flash."""
    sessions: list[list[Rows]] = []
    settings: list[dict[str, str]] = []
    buttons: list[tuple[int, int]] = []
    flaws: list[Flaw] = []
    now: dict[str, str] = {}
    new_session, pressed = True, False
    for item in memory.items(data):
        match item:
            case Flaw():
                flaws.append(item)
            case memory.Note(memory.LOGGING, value) if value & memory.LOGGING_ON:
                new_session = True
            case memory.Note(kind, value):
                if kind in _SETTINGS:
                    now = {**now, _SETTINGS[kind]: str(value)}
            case memory.ButtonPressed():
                pressed = True
            case Rows():
                if new_session:
                    sessions.append([])
                    settings.append(now)
                    new_session = False
                if pressed:
                    buttons.append((len(sessions) - 1, sum(map(len, sessions[-1]))))
                    pressed = False
                sessions[-1].append(item)
    segments = [_segment(session, earliest_us) for session in sessions]
    _mark_repairs(segments, flaws)
    tracks = [Track(None, [s], kept) for s, kept in zip(segments, settings, strict=True)]
    count = sum(map(len, segments))
    if len(flaws) > memory.MAX_FLAWS:
        more = len(flaws) - memory.MAX_FLAWS
        flaws[memory.MAX_FLAWS :] = [Flaw(flaws[memory.MAX_FLAWS].offset, f"{more} more flaws")]
    return Contents(
        "mtk",
        unit,
        tracks,
        _waypoints(segments, buttons),
        flaws,
        received={"track": count},
    )


def _segment(session: list[Rows], earliest_us: int) -> Segment:
    """The records of one session, unknown where a layout lacks a field others have."""
    parts = [columns(rows) for rows in session]
    names = list(dict.fromkeys(name for part in parts for name in part))
    found = {name: _joined(name, parts) for name in names}
    weeks = weeks_lost(found["time_us"], earliest_us)
    base = [found.pop(name) for name in _BASE]
    if weeks.any():
        found["week_rollover"] = weeks
    return Segment(repaired(base[0], weeks), base[1], base[2], base[3], found)


def _joined(name: str, parts: list[dict[str, NDArray[Any]]]) -> NDArray[Any]:
    filler: Any = "" if name == "satellite_list" else np.nan
    return np.concatenate(
        [part[name] if name in part else np.full(len(part["time_us"]), filler) for part in parts]
    )


def _mark_repairs(segments: list[Segment], flaws: list[Flaw]) -> None:
    for segment in segments:
        weeks = segment.extras.get("week_rollover")
        if weeks is not None:
            first = int(np.argmax(weeks != 0))
            text = f"dates of {np.count_nonzero(weeks)} points were 1024 weeks off"
            flaws.append(Flaw(int(segment.extras["offset"][first]), text, loss=False))


def _waypoints(segments: list[Segment], buttons: list[tuple[int, int]]) -> list[Waypoint]:
    """Points logged because the button was pressed; the unit numbers nothing, so we do."""
    places = set(buttons)
    for number, segment in enumerate(segments):
        codes = segment.extras.get("rcr")
        if codes is not None:
            with np.errstate(invalid="ignore"):
                pressed = np.flatnonzero(np.nan_to_num(codes).astype(np.int64) & RCR_BUTTON)
            places.update((number, int(place)) for place in pressed)
    return [
        marked_point(order, segments[number], place)
        for order, (number, place) in enumerate(sorted(places), 1)
    ]
