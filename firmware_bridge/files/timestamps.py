"""Columns of ISO 8601 texts (RFC 3339 and GPX's looser use of it) to microseconds UTC, exactly.

Files of one unit write every time alike, so a column of equal shape is read by arithmetic on
its bytes; anything else goes text by text.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.tracks import NO_TIME_US

_TEXT = re.compile(
    rb"\s*([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})"
    rb"(?:[.,]([0-9]{1,30}))?\s*([Zz]|[+-][0-9]{2}:?[0-9]{2})?\s*"
)
_SHAPE = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
_EPOCH = datetime(1970, 1, 1)
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def time_us(text: bytes) -> tuple[int, bool]:
    """Microseconds since 1970 UTC, and whether the text named its zone.

    A text without a zone is UTC, as GPX wants it. Second 60 is the next minute's first. Raises
    ValueError for a date that does not exist or a text that is none.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError("not a time")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    if second > 60:
        raise ValueError("no such second")
    moment = datetime(year, month, day, hour, minute) - _EPOCH
    fraction = int((found[7] or b"0").ljust(6, b"0")[:6])
    total = (moment.days * 86_400 + moment.seconds + second) * 1_000_000 + fraction
    zone = found[8]
    if zone and zone not in b"Zz":
        digits = zone[1:].replace(b":", b"")
        if int(digits[:2]) > 18 or int(digits[2:]) > 59:
            raise ValueError("no such zone")
        away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) // timedelta(seconds=1)
        total += (away if zone[:1] == b"-" else -away) * 1_000_000
    return total, zone is not None


def time_column_us(
    texts: Sequence[bytes], complain: Callable[[int, str], None]
) -> NDArray[np.int64]:
    """(N,) microseconds or NO_TIME_US; `complain(row, what)` for each text that is not a time."""
    even = _even_column(texts)
    if even is not None:
        return even
    column = np.full(len(texts), NO_TIME_US, dtype=np.int64)
    for row, text in enumerate(texts):
        try:
            column[row], zoned = time_us(text)
        except ValueError as error:
            complain(row, f"time {text[:60]!r}: {error}")
            continue
        if not zoned:
            complain(row, NO_ZONE)
    return column


NO_ZONE = "time without a zone, taken as UTC"


def _even_column(texts: Sequence[bytes]) -> NDArray[np.int64] | None:
    """All texts of the first one's shape and valid, or None."""
    if not texts or _SHAPE.fullmatch(texts[0]) is None:
        return None
    width = len(texts[0])
    joined = b"".join(texts)
    if len(joined) != width * len(texts) or any(map(width.__ne__, map(len, texts))):
        return None
    signs = np.frombuffer(joined, dtype=np.uint8).reshape(-1, width)
    first = signs[0]
    fixed = (first < 0x30) | (first > 0x39)
    digits = signs[:, ~fixed].astype(np.int64) - 0x30
    if (signs[:, fixed] != first[fixed]).any() or (digits < 0).any() or (digits > 9).any():
        return None
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    month, day, hour, minute, second = (
        digits[:, at] * 10 + digits[:, at + 1] for at in (4, 6, 8, 10, 12)
    )
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    if (year < 1).any() or (month < 1).any() or (month > 12).any() or (day < 1).any():
        return None
    if (day > _DAYS[month] + (leap & (month == 2))).any():
        return None
    if (hour > 23).any() or (minute > 59).any() or (second > 60).any():
        return None
    fraction = np.zeros(len(texts), dtype=np.int64)
    for place in range(14, digits.shape[1]):
        fraction += digits[:, place] * 10 ** (19 - place)
    # Days by counting from a March that begins the year, so that the leap day comes last.
    shifted = year - (month <= 2)
    days = shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400
    days += (153 * ((month + 9) % 12) + 2) // 5 + day - 1 - 719_468
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    column: NDArray[np.int64] = seconds * 1_000_000 + fraction
    return column
