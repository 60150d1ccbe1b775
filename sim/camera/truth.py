"""What was really there, one JSON line a frame.

    {"sequence", "time_s", "camera_time_ns", "ffc", "vehicle": {...}, "camera": {...},
     "targets": [{"id", "kind", "lat", "lon", "alt_amsl_m", "box_px", "visible", "peak_kelvin"}]}

`time_s` is simulated time at the middle of the exposure; quaternions are w, x, y, z to NED;
`box_px` is x, y, width, height or null.
"""

import json
import math
from typing import Any

from sim.camera import Sight, View
from sim.camera.sensor import Exposure
from sim.simulation import Shot


def line(shot: Shot, view: View, exposure: Exposure, camera_time_ns: int) -> str:
    """The line, with its newline."""
    s = shot.state
    entry = {
        "sequence": shot.sequence,
        "time_s": round(shot.time_s, 6),
        "camera_time_ns": camera_time_ns,
        "ffc": exposure.ffc,
        "frozen": shot.frozen,
        "vehicle": {
            "lat": s.lat_deg,
            "lon": s.lon_deg,
            "alt_amsl_m": s.alt_amsl_m,
            "roll_deg": math.degrees(s.roll_rad),
            "pitch_deg": math.degrees(s.pitch_rad),
            "yaw_deg": math.degrees(s.yaw_rad),
            "velocity_ned_m_s": [s.north_m_s, s.east_m_s, s.down_m_s],
        },
        "camera": {
            "lat": view.origin[0],
            "lon": view.origin[1],
            "alt_amsl_m": view.origin[2],
            "q_ned_from_mount": shot.mount.q_ned_from_mount,
        },
        "targets": [_target(sight) for sight in view.sights],
    }
    return json.dumps(entry, separators=(",", ":")) + "\n"


def _target(sight: Sight) -> dict[str, Any]:
    t = sight.target
    return {
        "id": t.id,
        "kind": t.kind,
        "lat": t.lat_deg,
        "lon": t.lon_deg,
        "alt_amsl_m": t.alt_amsl_m,
        "box_px": sight.box_px,
        "visible": round(sight.visible, 3),
        "peak_kelvin": None if sight.peak_kelvin is None else round(sight.peak_kelvin, 2),
    }
