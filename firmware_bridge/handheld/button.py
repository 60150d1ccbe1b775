"""Points that a person marked with a logger's button: the loggers keep them among the others."""

import numpy as np

from firmware_bridge.tracks import NO_TIME_US, Segment, Waypoint
from firmware_bridge.units import utc_from_unix_us


def marked_point(order: int, segment: Segment, place: int) -> Waypoint:
    """The waypoint of the point at `place`, named by its `order` among the marked ones."""
    time_us, alt_amsl_m = int(segment.time_us[place]), float(segment.alt_amsl_m[place])
    return Waypoint(
        f"WP{order:06d}",
        float(segment.lat_deg[place]),
        float(segment.lon_deg[place]),
        None if np.isnan(alt_amsl_m) else alt_amsl_m,
        None if time_us == NO_TIME_US else utc_from_unix_us(time_us),
        extras={"source": "button"},
    )
