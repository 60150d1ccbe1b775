"""Dates of a docked unit against the station's clock: eras given back, doubtful ones marked.

A receiver with old firmware believes itself 1024 weeks (19.6 years) in the past; its clock, read
while it hangs on the dock, shows that beyond doubt. Whatever it recorded since then is as far
off, while what it recorded before its rollover is right: a time that would come to lie in the
future is left alone. Without a clock nothing is repaired here; times that cannot be true are
marked, kept and shown. Source: IS-GPS-200, 20.3.3.3.1.1 (ten bits of week number).
"""

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.tracks import NO_TIME_US

_DAY_US = 86_400 * 1_000_000
ERA_US = 1024 * 7 * _DAY_US
_SURE_US = 2 * _DAY_US
"""How far a clock that lost whole eras may be from the station's besides: time zones, drift."""
_MAX_ERAS = 8
FUTURE_US = _DAY_US
"""A time further ahead of the station's clock than this is doubtful."""
OLDEST_US = 10 * 366 * _DAY_US
"""A time in a unit's memory older than this is doubtful."""


def eras_behind(unit_clock_us: int, station_us: int) -> int:
    """Eras of 1024 weeks that the unit's clock is behind (negative: ahead) of the station's.

    0 when the difference is no whole number of eras: then the clock is wrong in another way.
    """
    behind = station_us - unit_clock_us
    eras = round(behind / ERA_US)
    sure = abs(behind - eras * ERA_US) <= _SURE_US and abs(eras) <= _MAX_ERAS
    return eras if sure else 0


def repaired(
    time_us: NDArray[np.int64], eras: int, station_us: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The times with `eras` added where that does not lead into the future, and where it was done.

    Shapes (N,), (N,).
    """
    latest_us = station_us + FUTURE_US - eras * ERA_US  # nothing overflows, however odd the time
    change = (time_us != NO_TIME_US) & (time_us <= latest_us) & (eras != 0)
    return np.where(change, time_us + change * (eras * ERA_US), time_us), change


def doubtful(time_us: NDArray[np.int64], station_us: int) -> NDArray[np.bool_]:
    """(N,) times that a unit docked at `station_us` can hardly have recorded: 1999, 2040."""
    known = time_us != NO_TIME_US
    odd = (time_us > station_us + FUTURE_US) | (time_us < station_us - OLDEST_US)
    return np.asarray(known & odd)
