"""From the wall clock of a place to UTC and back, with a word where the clock says it twice.

SMART writes dates and times without a zone; they are the station's. Where clocks are put back an
hour comes twice, and where they are put forward one never comes: such times get the offset that
was in force before the change (PEP 495's fold 0) and a flaw, never silently.
"""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import ConfigError
from firmware_bridge.tracks import NO_TIME_US
from firmware_bridge.units import utc_from_unix_us

AMBIGUOUS, NONEXISTENT = "ambiguous_time", "nonexistent_time"
"""Flaw codes of `records.flaws`."""
_BIN_US = 900_000_000
"""No clock of the last hundred years was changed but on a quarter of an hour."""
_FIRST_US, _LAST_US = -2_208_988_800_000_000, 7_258_118_400_000_000
"""1900 to 2200: outside, the offset of the nearer end is used."""
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A reading of the wall clock, as an instant."""

    utc: datetime
    utc_offset_s: int
    flaw: str | None


def zone_of(name: str | None) -> tzinfo:
    """The zone of that IANA name, this machine's for None. Raises ConfigError naming it."""
    if name is None:
        return _machines()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"zone {name!r} is no IANA time zone like Asia/Vladivostok") from error


def _machines() -> tzinfo:
    named = os.environ.get("TZ", "").removeprefix(":")
    if named:
        try:
            return ZoneInfo(named)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass  # a POSIX rule or nonsense: the C library's affair, not a record's
    try:
        with Path("/etc/localtime").open("rb") as file:
            return ZoneInfo.from_file(file, "localtime")
    except (OSError, ValueError):
        return UTC


def moment(day: date, at: time, zone: tzinfo) -> Moment:
    """The instant at which the clock on the wall showed that. Raises OverflowError past year 1."""
    first = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    before, after = (_offset_s(first.replace(fold=fold), zone) for fold in (0, 1))
    utc = (first - timedelta(seconds=before)).replace(tzinfo=UTC)
    if before == after:
        return Moment(utc, before, None)
    return Moment(utc, before, AMBIGUOUS if before > after else NONEXISTENT)


def reading(utc: datetime, utc_offset_s: int) -> datetime:
    """What the clock on the wall showed then; naive."""
    return (utc.astimezone(UTC) + timedelta(seconds=utc_offset_s)).replace(tzinfo=None)


def offset_s(utc: datetime, zone: tzinfo) -> int:
    """Wall clock minus UTC at that instant."""
    return round((utc.astimezone(zone).utcoffset() or timedelta()).total_seconds())


def utc_us_from_local(
    local_us: NDArray[np.int64], zone: tzinfo
) -> tuple[NDArray[np.int64], frozenset[str]]:
    """(N,) readings of the clock as microseconds since 1970, in the order of a way, to UTC.

    Within an hour that comes twice a step back of the clock is its change: what follows is the
    second time. Without such a step the first one is taken and the flaw says so. NO_TIME_US stays.
    """
    known = local_us != NO_TIME_US
    bins, back = np.unique(local_us[known] // _BIN_US, return_inverse=True)
    offsets = np.array([_both_offsets_s(int(b), zone) for b in bins], np.int64).reshape(-1, 2)
    before, after = (offsets[:, fold][back] for fold in (0, 1))
    chosen = before.copy()
    flaws: set[str] = set()
    if (before < after).any():
        flaws.add(NONEXISTENT)
    twice = before > after
    if twice.any():
        second = _after_the_change(local_us[known], twice)
        chosen[second] = after[second]
        if not second.any():
            flaws.add(AMBIGUOUS)
    utc_us = local_us.copy()
    utc_us[known] -= chosen * 1_000_000
    return utc_us, frozenset(flaws)


def _after_the_change(local_us: NDArray[np.int64], twice: NDArray[np.bool_]) -> NDArray[np.bool_]:
    back = np.flatnonzero(np.diff(local_us) < 0) + 1
    back = back[twice[back]]
    second = np.zeros(len(local_us), np.bool_)
    if len(back):
        second[back[0] :] = True
    return second & twice


def local_us_from_utc(utc_us: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """(N,) microseconds since 1970 UTC to readings of the clock. NO_TIME_US stays."""
    known = utc_us != NO_TIME_US
    bins, back = np.unique(utc_us[known] // _BIN_US, return_inverse=True)
    starts = [min(max(int(b) * _BIN_US, _FIRST_US), _LAST_US) for b in bins]
    offsets = np.array([offset_s(utc_from_unix_us(us), zone) for us in starts], np.int64)
    local_us = utc_us.copy()
    local_us[known] += offsets[back] * 1_000_000
    return local_us


def _both_offsets_s(number: int, zone: tzinfo) -> tuple[int, int]:
    """Of one quarter of an hour of the wall clock, before and after a change."""
    start_us = min(max(number * _BIN_US, _FIRST_US), _LAST_US)
    first = _EPOCH + timedelta(microseconds=start_us)
    return _offset_s(first, zone), _offset_s(first.replace(fold=1), zone)


def _offset_s(local: datetime, zone: tzinfo) -> int:
    return round((local.replace(tzinfo=zone).utcoffset() or timedelta()).total_seconds())
