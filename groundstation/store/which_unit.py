"""Which stored unit a download came from: by number and model, unless the points contradict.

Two units may give the same number, and many give none; what a memory holds tells them apart.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from sqlalchemy import Connection

from firmware_bridge.tracks import Segment, UnitIdentity
from groundstation.store import tracks, units
from groundstation.store.known import all_keys
from groundstation.store.units import Unit

ELSEWHERE_M = 2000.0
"""Between two stored neighbours of a walk nobody gets so far away."""
NEIGHBOURS_US = 120_000_000
LEAST_CONTRADICTIONS = 3
METRES_PER_DEGREE = 111_195.0


def choose(
    connection: Connection,
    identity: UnitIdentity,
    segments: Sequence[Segment],
    elsewhere: AbstractSet[str],
    station_us: int,
) -> tuple[Unit | None, list[Segment]]:
    """The stored unit this is, and its stored points; (None, []) for a new one.

    By number and model, unless what it holds contradicts what is stored. A unit without a number
    is known by what it holds.
    """
    best: tuple[int, Unit, list[Segment]] | None = None
    keys = all_keys(segments)
    for unit in units.of_number(connection, identity):
        if unit.unit in elsewhere or _differ(unit.model, identity.model):
            continue
        stored = tracks.stored_segments(connection, unit.unit, segments, station_us)
        if contradicts(stored, segments, station_us):
            continue
        shared = int(np.isin(keys, all_keys(stored)).sum())
        if identity.unit_id is None and not shared and len(keys):
            continue
        if best is None or shared > best[0]:
            best = shared, unit, stored
    return (None, []) if best is None else best[1:]


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def contradicts(stored: Sequence[Segment], came: Sequence[Segment], station_us: int) -> bool:
    """Whether one unit cannot have made both: in two far places at the same times.

    Times that cannot be true are no times: a clock may begin in 1999 again and again.
    """
    have, new = _timed(stored, station_us), _timed(came, station_us)
    if have.shape[1] < 2 or not new.shape[1]:
        return False
    at = np.clip(np.searchsorted(have[0], new[0]), 1, have.shape[1] - 1)
    between = (have[0][at] - have[0][at - 1] <= NEIGHBOURS_US) & (
        (new[0] >= have[0][at - 1]) & (new[0] <= have[0][at])
    )
    if between.sum() < LEAST_CONTRADICTIONS:
        return False
    lat, lon = new[1][between], new[2][between]
    old_lat, old_lon = have[1][at][between], have[2][at][between]
    north_m = (lat - old_lat) * METRES_PER_DEGREE
    east_m = ((lon - old_lon + 180) % 360 - 180) * METRES_PER_DEGREE * np.cos(np.radians(lat))
    return bool(np.median(np.hypot(north_m, east_m)) > ELSEWHERE_M)


def _timed(segments: Sequence[Segment], station_us: int) -> Any:
    """(3, N) time in microseconds, latitude, longitude of points that have likely ones, by time."""
    if not segments:
        return np.zeros((3, 0))
    time = np.concatenate([s.time_us for s in segments])
    lat = np.concatenate([s.lat_deg for s in segments])
    lon = np.concatenate([s.lon_deg for s in segments])
    fits = tracks.likely(time, station_us) & np.isfinite(lat + lon)
    order = np.argsort(time[fits], kind="stable")
    return np.stack([time[fits].astype(np.float64), lat[fits], lon[fits]])[:, order]
