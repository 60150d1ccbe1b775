"""Text fields to numbers, a whole column at a time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
US_PER_S = 1_000_000
_DAY_US = 86_400 * US_PER_S
NO_US = np.iinfo(np.int64).min


def numbers(fields: Sequence[bytes]) -> Floats:
    """(N,) float64, NaN where a field is empty or no number."""
    try:
        return np.array([field or b"nan" for field in fields], dtype="S").astype(np.float64)
    except ValueError:
        return np.array([_number(field) for field in fields], dtype=np.float64)


def _number(field: bytes) -> float:
    try:
        return float(field or b"nan")
    except ValueError:
        return float("nan")


def degrees(values: Sequence[bytes], hemispheres: Sequence[bytes], limit_deg: float) -> Floats:
    """(N,) degrees from `ddmm.mmmm` and N/S/E/W; NaN where either is missing or impossible."""
    packed = numbers(values)
    whole = np.floor(packed / 100)
    with np.errstate(invalid="ignore"):  # a number too large for a float is no place either
        found = whole + (packed - whole * 100) / 60
    sides = np.array(hemispheres, dtype="S1") if len(hemispheres) else np.zeros(0, "S1")
    found = np.where((sides == b"S") | (sides == b"W"), -found, found)
    known = (sides == b"N") | (sides == b"S") | (sides == b"E") | (sides == b"W")
    with np.errstate(invalid="ignore"):
        return np.where(known & (np.abs(found) <= limit_deg) & (packed >= 0), found, np.nan)


def time_of_day_us(fields: Sequence[bytes]) -> NDArray[np.int64]:
    """(N,) microseconds of the day from `hhmmss.sss`, NO_US where it is none."""
    packed = numbers(fields)
    good = (packed >= 0) & (packed < 240_000)
    micros = np.rint(np.where(good, packed, 0.0) * US_PER_S).astype(np.int64)
    seconds, fraction = micros // US_PER_S, micros % US_PER_S
    hour, minute, second = seconds // 10_000, seconds // 100 % 100, seconds % 100
    good &= (minute < 60) & (second <= 60)
    total = ((hour * 60 + minute) * 60 + second) * US_PER_S + fraction
    return np.where(good, total, NO_US)


def days(fields: Sequence[bytes]) -> NDArray[np.int64]:
    """(N,) days since 1970 from `ddmmyy` (80 to 99 are 1980 to 1999) or `ddmmyyyy`, or NO_US."""
    known = {field: _day(field) for field in set(fields)}
    return np.array([known[field] for field in fields], dtype=np.int64)


def _day(field: bytes) -> int:
    if len(field) not in (6, 8) or not field.isdigit():
        return NO_US
    day, month, year = int(field[:2]), int(field[2:4]), int(field[4:])
    if len(field) == 6:
        year += 1900 if year >= 80 else 2000
    try:
        return int(np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "D").astype(np.int64))
    except ValueError:
        return NO_US


def utc_us(day: NDArray[np.int64], tod_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) UTC where each epoch's date is its own or, missing, counted on from a neighbour's.

    The clock running back by more than half a day between two epochs is midnight.
    """
    if not len(day):
        return np.zeros(0, np.int64)
    timed = tod_us != NO_US
    running = np.where(timed, tod_us, 0)
    if timed.any():
        last = np.maximum.accumulate(np.where(timed, np.arange(len(day)), -1))
        running = running[np.where(last < 0, np.argmax(timed), last)]
    step = np.diff(running, prepend=running[:1])
    turned = np.cumsum((step < -_DAY_US // 2).astype(np.int64) - (step > _DAY_US // 2))
    dated = (day != NO_US) & timed
    if not dated.any():
        return np.full(len(day), NO_US, np.int64)
    before = np.maximum.accumulate(np.where(dated, np.arange(len(day)), -1))
    anchor = np.where(before < 0, int(np.argmax(dated)), before)
    found = (day[anchor] + turned - turned[anchor]) * _DAY_US + tod_us
    return np.where(timed, found, NO_US)
