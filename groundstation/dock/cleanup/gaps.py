"""Where the fix was lost, or time jumped."""

import numpy as np

from groundstation.dock.cleanup.way import (
    BoolArray,
    IndexArray,
    Way,
    leg_speeds_m_s,
    median_around,
)


def gaps(way: Way, kept: IndexArray) -> BoolArray:
    """(len(kept),) points before which the fix was lost, or time jumped."""
    gap = np.zeros(kept.size, dtype=bool)
    if kept.size < 2:
        return gap
    limits = way.limits
    legs = np.linalg.norm(np.diff(way.place_m[kept], axis=0), axis=1)
    seconds = np.diff(way.time_s[kept])
    known = seconds[seconds > 0]
    usual_s = float(np.median(known)) if known.size else 0.0
    lost = (seconds > max(limits.gap_s, 6 * usual_s)) & (legs > 2 * limits.rest_radius_m)
    usual = median_around(leg_speeds_m_s(legs, seconds))
    gap[1:] = lost | (seconds < 0) | ~way.possible(legs, seconds, usual)
    return gap
