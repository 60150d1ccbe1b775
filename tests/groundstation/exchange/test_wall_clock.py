"""The wall clock of a place: offsets, and the hours that come twice or never."""

from datetime import UTC, date, datetime, time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.errors import ConfigError
from firmware_bridge.tracks import NO_TIME_US
from firmware_bridge.units import unix_us_from_utc
from groundstation.records.wall_clock import (
    local_us_from_utc,
    moment,
    offset_s,
    reading,
    utc_us_from_local,
    zone_of,
)

VLADIVOSTOK = zone_of("Asia/Vladivostok")


@pytest.mark.parametrize(
    ("day", "at", "utc", "offset_h", "flaw"),
    [
        ("2026-02-01", "08:00", "2026-01-31T22:00", 10, None),
        ("2010-07-01", "08:00", "2010-06-30T21:00", 11, None),
        # 26 October 2014: from UTC+11 to UTC+10, so that 01:00 to 02:00 came twice.
        ("2014-10-26", "01:30", "2014-10-25T14:30", 11, "ambiguous_time"),
        ("2014-10-26", "02:00", "2014-10-25T16:00", 10, None),
        # 27 March 2011: from UTC+10 to UTC+11, so that 02:00 to 03:00 never came.
        ("2011-03-27", "02:30", "2011-03-26T16:30", 10, "nonexistent_time"),
        ("2011-03-27", "03:00", "2011-03-26T16:00", 11, None),
    ],
)
def test_reading_of_the_clock_becomes_an_instant(
    day: str, at: str, utc: str, offset_h: int, flaw: str | None
) -> None:
    found = moment(date.fromisoformat(day), time.fromisoformat(at), VLADIVOSTOK)
    assert found.utc == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert (found.utc_offset_s, found.flaw) == (offset_h * 3600, flaw)
    assert reading(found.utc, found.utc_offset_s).isoformat() == f"{day}T{at}:00"


def test_walk_through_the_change_of_clocks_keeps_its_order() -> None:
    # A point every 20 minutes from 00:40 by the summer clock; local times step back once.
    utc = [unix_us_from_utc(datetime(2014, 10, 25, 13, 40, tzinfo=UTC)) + n * 1_200_000_000
           for n in range(10)]  # fmt: skip
    there = np.array(utc, np.int64)
    local = local_us_from_utc(there, VLADIVOSTOK)
    assert (np.diff(local) < 0).sum() == 1
    back, flaws = utc_us_from_local(local, VLADIVOSTOK)
    assert back.tolist() == utc
    assert flaws == frozenset()


def test_lone_times_within_the_hour_that_came_twice_are_flagged() -> None:
    at = unix_us_from_utc(datetime(2014, 10, 26, 1, 30, tzinfo=UTC))
    local = np.array([at, NO_TIME_US, at + 1_000_000], np.int64)
    back, flaws = utc_us_from_local(local, VLADIVOSTOK)
    assert flaws == {"ambiguous_time"}
    first = unix_us_from_utc(datetime(2014, 10, 25, 14, 30, tzinfo=UTC))
    assert back.tolist() == [first, NO_TIME_US, first + 1_000_000]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), max_size=8),
    st.sampled_from(["Asia/Vladivostok", "America/New_York", "Asia/Kolkata", "UTC"]),
)
def test_every_instant_comes_back_or_is_flagged(instants: list[datetime], name: str) -> None:
    zone = zone_of(name)
    utc = np.array([unix_us_from_utc(t.replace(tzinfo=UTC)) for t in instants], np.int64)
    for one in utc.reshape(-1, 1):
        back, flaws = utc_us_from_local(local_us_from_utc(one, zone), zone)
        assert back.tolist() == one.tolist() or flaws == {"ambiguous_time"}


def test_offset_is_the_zones_at_that_time() -> None:
    assert offset_s(datetime(2014, 1, 1, tzinfo=UTC), VLADIVOSTOK) == 11 * 3600
    assert offset_s(datetime(2026, 1, 1, tzinfo=UTC), VLADIVOSTOK) == 10 * 3600


def test_misspelt_zone_is_named() -> None:
    with pytest.raises(ConfigError, match="'Asia/Vladivostock' is no IANA time zone"):
        zone_of("Asia/Vladivostock")


def test_machines_zone_is_the_one_named_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Vladivostok")
    assert offset_s(datetime(2026, 1, 1, tzinfo=UTC), zone_of(None)) == 10 * 3600
