"""When the ground is to be told (again) about a track: on news, and not at every frame."""

import math
from collections.abc import Sequence

from onboard.track.estimate import metres_per_degree
from onboard.track.settings import TrackSettings
from onboard.track.state import LAST_REVISION, Told, Track


def due(track: Track, time_s: float, settings: TrackSettings) -> bool:
    """Whether a confirmed track has news enough for a revision, and the last one is old enough."""
    told = track.told
    if told is None:
        return True
    if track.revision >= LAST_REVISION:
        return False
    if told.kind is not track.kind:
        return True
    if track.views == told.views:
        return False
    since_s = time_s - told.time_s
    if told.fix is None and track.estimate is not None:
        return True
    if since_s < settings.revise_interval_s:
        return False
    return (
        since_s >= settings.refresh_interval_s
        or time_s - track.time_s >= settings.lost_after_s
        or track.views >= 2 * told.views
        or _hotter(track, told, settings)
        or _elsewhere(track, told, settings)
    )


def _hotter(track: Track, told: Told, settings: TrackSettings) -> bool:
    if track.peak_kelvin is None or told.peak_kelvin is None:
        return track.peak_kelvin is not told.peak_kelvin
    return track.peak_kelvin > told.peak_kelvin + settings.revise_peak_kelvin


def _elsewhere(track: Track, told: Told, settings: TrackSettings) -> bool:
    if told.fix is None or track.estimate is None:
        return False
    now = track.estimate.fix()
    moved_m = apart_m((now.lat_deg, now.lon_deg), (told.fix.lat_deg, told.fix.lon_deg))
    return (
        moved_m > settings.revise_position_share * told.fix.ce90_m
        or now.ce90_m < settings.revise_ce90_ratio * told.fix.ce90_m
    )


def apart_m(one: Sequence[float], other: Sequence[float]) -> float:
    """Level distance of two places that begin with latitude and longitude."""
    east_m, north_m = metres_per_degree(one[0])
    return math.hypot(east_m * (one[1] - other[1]), north_m * (one[0] - other[0]))
