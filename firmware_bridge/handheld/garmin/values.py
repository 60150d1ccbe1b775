"""What Garmin's numbers and texts mean, and which of them mean "unknown".

Source: Garmin Device Interface Specification 001-00063-00 Rev. C, section 7.3, except where a
line says otherwise.
"""

import re
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.tracks import NO_TIME_US

EPOCH_UNIX_S = 631_065_600
"""1989-12-31 00:00 UTC."""
NO_TIMES = (0, 0x7FFFFFFF, 0xFFFFFFFF)
NO_POSITION = 0x7FFFFFFF
NO_FLOAT = 1.0e24
"""From here on a float is unknown; units write 1.0e25."""
_COMMENT_TIME = re.compile(
    r"\b(\d{1,2})-([A-Z]{3})-(\d{2}) (\d{1,2}):(\d{2})(?::(\d{2}))? ?([AP]M)?\b"
)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def time_us(seconds: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
    """Microseconds since 1970 of the unit's seconds since 1989; NO_TIME_US where it has none."""
    known = ~np.isin(seconds, NO_TIMES)
    unix_us = (seconds.astype(np.int64) + EPOCH_UNIX_S) * 1_000_000
    return np.where(known, unix_us, NO_TIME_US)


def degrees(semicircles: NDArray[np.signedinteger]) -> NDArray[np.float64]:
    """Exactly semicircles x 180 / 2^31."""
    return semicircles.astype(np.float64) * (180.0 / 2**31)


def positions(
    lat: NDArray[np.signedinteger], lon: NDArray[np.signedinteger]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Degrees; both NaN where either is the unit's mark for unknown, or beyond a pole."""
    lat_deg, lon_deg = degrees(lat), degrees(lon)
    unknown = (lat == NO_POSITION) | (lon == NO_POSITION) | (np.abs(lat_deg) > 90.0)
    return np.where(unknown, np.nan, lat_deg), np.where(unknown, np.nan, lon_deg)


def known_floats(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """NaN where the unit writes its 1.0e25, or what is no number."""
    with np.errstate(invalid="ignore"):  # some bit patterns are NaNs that complain
        wide = values.astype(np.float64)
    return np.where(np.isfinite(wide) & (np.abs(wide) < NO_FLOAT), wide, np.nan)


def text(raw: bytes) -> tuple[str, bool]:
    """The text of `raw`, and whether its alphabet had to be guessed.

    ASCII and valid UTF-8 prove themselves; other bytes are read as CP1251, the page of Russian
    firmware, which hardly ever happens to be valid UTF-8.
    """
    try:
        return raw.decode("utf-8").rstrip(" "), False
    except UnicodeDecodeError:
        return raw.decode("cp1251", errors="replace").rstrip(" "), True


def padded_text(raw: bytes) -> tuple[str, bool]:
    """`text` of a field of fixed size, padded with spaces or closed by a zero."""
    return text(raw.partition(b"\0")[0])


def time_in_comment(comment: str) -> str | None:
    """ISO local time out of a comment like "20-JUL-26 9:11:32AM"; None without one.

    Units before D110 leave a waypoint's date nowhere else. It is the unit's wall clock, of an
    unknown zone, so it is proposed and not taken for UTC.
    """
    found = _COMMENT_TIME.search(comment.upper())
    if found is None or found[2] not in _MONTHS:
        return None
    hour = int(found[4])
    if found[7] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[7] == "PM" else 0)
    year = int(found[3])
    # The units are of 1990 and later; a two-digit year above that is of the last century.
    year += 1900 if year >= 89 else 2000
    try:
        month = _MONTHS.index(found[2]) + 1
        local = datetime(year, month, int(found[1]), hour, int(found[5]), int(found[6] or 0))
    except ValueError:
        return None
    return local.isoformat()
