"""A raid's way as JSON: columns for the map, the profile and the replay."""

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

from firmware_bridge.tracks import NO_TIME_US
from groundstation.store.raid_ways import Way, WayPart


def way_json(way: Way) -> bytes:
    """{"parts": [...]} as `api.raids` describes it."""
    return to_json({"parts": [_part(part) for part in way.parts]})


def _part(part: WayPart) -> dict[str, object]:
    return {
        "leg": part.leg,
        "track": part.track,
        "unit": part.unit,
        "person": part.person,
        "person_name": part.person_name,
        "utc_offset_s": part.utc_offset_s,
        "time_ms": [None if us == NO_TIME_US else us // 1000 for us in part.time_us.tolist()],
        "lat_deg": _numbers(part.lat_deg, 7),
        "lon_deg": _numbers(part.lon_deg, 7),
        "alt_amsl_m": _numbers(part.alt_amsl_m, 1),
        "step_m": _numbers(part.step_m, 2),
        "counted": part.counted.tolist(),
        "marks": part.marks.tolist(),
    }


def _numbers(column: NDArray[np.float64], digits: int) -> list[float | None]:
    """Null where unknown."""
    known = np.isfinite(column).tolist()
    values = np.round(column, digits).tolist()
    return [value if yes else None for value, yes in zip(values, known, strict=True)]
