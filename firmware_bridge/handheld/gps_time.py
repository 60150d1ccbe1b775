"""GPS weeks and seconds to UTC: the leap seconds between the two.

Source: IERS Bulletin C; none was announced after that of 2017-01-01.
"""

import numpy as np
from numpy.typing import NDArray

GPS_EPOCH_S = 315_964_800
"""1980-01-06 as unix seconds."""
_LEAP_DATES = (
    *("1981-07-01", "1982-07-01", "1983-07-01", "1985-07-01", "1988-01-01", "1990-01-01"),
    *("1991-01-01", "1992-07-01", "1993-07-01", "1994-07-01", "1996-01-01", "1997-07-01"),
    *("1999-01-01", "2006-01-01", "2009-01-01", "2012-07-01", "2015-07-01", "2017-01-01"),
)
_LEAPS = np.array(_LEAP_DATES, "datetime64[D]").astype("datetime64[s]").astype(np.int64)


def utc_us(week: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) microseconds since 1970 UTC from whole GPS weeks since 1980 and seconds of the week."""
    gps_s = GPS_EPOCH_S + week * 604_800 + second
    started = _LEAPS + np.arange(len(_LEAPS))
    return (gps_s - np.searchsorted(started, gps_s, side="right")) * 1_000_000
