"""Dates that are wrong by whole GPS eras: found, repaired and marked, never silently.

GPS counts weeks modulo 1024 (19.6 years), so old firmware returns to a date 1024 weeks ago. Two
cases are certain without a clock of our own: a date before the family of units existed, and two
neighbouring points that lie 1024 weeks apart. Anything else is left to whoever knows today's
date. Source: IS-GPS-200, 20.3.3.3.1.1 (ten bits of week number).
"""

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.tracks import NO_TIME_US

ERA_US = 1024 * 7 * 86_400 * 1_000_000
_DAY_US = 86_400 * 1_000_000
_MAX_ERAS = 8


def weeks_lost(time_us: NDArray[np.int64], earliest_us: int | None) -> NDArray[np.int64]:
    """(N,) weeks that must be added to each time, a multiple of 1024; 0 for unknown times.

    `earliest_us` is when the first unit of the family was made; None where that says nothing.
    """
    eras = np.zeros(len(time_us), np.int64)
    known = np.flatnonzero(time_us != NO_TIME_US)
    if not known.size:
        return eras
    times = time_us[known]
    step = np.diff(times)
    jumped = np.rint(step / ERA_US).astype(np.int64)
    jumped[np.abs(step - jumped * ERA_US) > _DAY_US] = 0
    found = np.concatenate([[0], -np.cumsum(jumped)])
    found = np.minimum(found - found.min(), _MAX_ERAS)
    if earliest_us is not None:
        short = earliest_us - (times + found * ERA_US)
        found += np.where(short > 0, np.minimum(-(-short // ERA_US), _MAX_ERAS), 0)
    eras[known] = found
    return eras * 1024


def repaired(time_us: NDArray[np.int64], weeks: NDArray[np.int64]) -> NDArray[np.int64]:
    """The times with the lost weeks added."""
    return np.where(time_us == NO_TIME_US, time_us, time_us + weeks * (7 * _DAY_US))
