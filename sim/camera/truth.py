"""What was really there, one JSON line a frame.

    {"sequence", "time_s", "camera_time_ns", "ffc", "frozen", "vehicle": {...}, "camera": {...},
     "targets": [{"id", "kind", "lat", "lon", "alt_amsl_m", "heading_deg", "size_m", "box_px",
                  "visible_fraction", "peak_kelvin"}], "outside": n}

`time_s` is simulated time at the middle of the exposure; quaternions are w, x, y, z to NED; the
camera's focal length and centre are in pixels, its distortion in OpenCV's order. `size_m` is
length along the heading, width and height over `alt_amsl_m`; `box_px` is x, y, width, height.
`peak_kelvin` is the hottest pixel of the frame there, before noise and ceiling, not the thing's.
`outside` counts the targets that are not in the picture.
"""

import json
import math
from typing import Any

from sim.camera import Sight, View
from sim.camera.sensor import Exposure
from sim.shot import Shot


def line(shot: Shot, view: View, exposure: Exposure, camera_time_ns: int) -> str:
    """The line, with its newline."""
    s = shot.state
    seen = [sight for sight in view.sights if sight.box_px is not None]
    entry = {
        "sequence": shot.sequence,
        "time_s": round(shot.time_s, 6),
        "camera_time_ns": camera_time_ns,
        "ffc": exposure.ffc,
        "frozen": shot.frozen,
        "vehicle": {
            "system_id": shot.system_id,
            "lat": s.lat_deg,
            "lon": s.lon_deg,
            "alt_amsl_m": s.alt_amsl_m,
            "roll_deg": math.degrees(s.roll_rad),
            "pitch_deg": math.degrees(s.pitch_rad),
            "yaw_deg": math.degrees(s.yaw_rad),
            "velocity_ned_m_s": [s.north_m_s, s.east_m_s, s.down_m_s],
        },
        "camera": _camera(shot, view),
        "targets": [_target(sight) for sight in seen],
        "outside": len(view.sights) - len(seen),
    }
    return json.dumps(entry, separators=(",", ":")) + "\n"


def _camera(shot: Shot, view: View) -> dict[str, Any]:
    lens = view.outlook.optics
    return {
        "lat": view.origin[0],
        "lon": view.origin[1],
        "alt_amsl_m": view.origin[2],
        "q_ned_from_mount": shot.mount.q_ned_from_mount,
        "focal_px": lens.focal_px,
        "centre_px": [lens.cx, lens.cy],
        "distortion": [lens.lens.k1, lens.lens.k2, lens.lens.p1, lens.lens.p2, lens.lens.k3],
    }


def _target(sight: Sight) -> dict[str, Any]:
    t = sight.target
    return {
        "id": t.id,
        "kind": t.kind,
        "lat": t.lat_deg,
        "lon": t.lon_deg,
        "alt_amsl_m": t.alt_amsl_m,
        "heading_deg": round(math.degrees(t.heading_rad) % 360, 2),
        "size_m": [round(side, 3) for side in t.size_m],
        "box_px": sight.box_px,
        "visible_fraction": round(sight.visible, 3),
        "peak_kelvin": None if sight.peak_kelvin is None else round(sight.peak_kelvin, 2),
    }
