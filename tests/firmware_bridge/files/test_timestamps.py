"""ISO times against Python's own calendar, column by column."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.files.timestamps import NO_ZONE, time_column_us, time_us
from firmware_bridge.tracks import NO_TIME_US
from firmware_bridge.units import unix_us_from_utc

MOMENTS = st.datetimes(
    min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31), timezones=st.just(UTC)
)


@given(st.lists(MOMENTS, min_size=1, max_size=20), st.sampled_from([0, 1, 3, 6]))
def test_a_column_is_what_the_calendar_says(moments: list[datetime], digits: int) -> None:
    texts, expected = [], []
    for moment in moments:
        kept = moment.microsecond // 10 ** (6 - digits) * 10 ** (6 - digits)
        whole = moment.replace(microsecond=kept)
        expected.append(unix_us_from_utc(whole))
        fraction = f".{whole.microsecond:06d}"[: digits + 1] if digits else ""
        texts.append(
            f"{whole:%Y}".zfill(4).encode() + f"{whole:-%m-%dT%H:%M:%S}{fraction}Z".encode()
        )
    complaints: list[object] = []
    column = time_column_us(texts, lambda row, what: complaints.append((row, what)))
    assert column.tolist() == expected
    assert complaints == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"2010-08-05T14:23:59Z", "2010-08-05T14:23:59"),
        (b" 2010-08-05t14:23:59.5z ", "2010-08-05T14:23:59.500000"),
        (b"2010-08-05T14:23:59+10:00", "2010-08-05T04:23:59"),
        (b"2010-08-05T14:23:59-0330", "2010-08-05T17:53:59"),
        (b"2010-08-05 14:23:59,123456789Z", "2010-08-05T14:23:59.123456"),
        (b"2016-12-31T23:59:60Z", "2017-01-01T00:00:00"),
    ],
)
def test_loose_forms_are_read(text: bytes, expected: str) -> None:
    micros, zoned = time_us(text)
    assert datetime(1970, 1, 1) + timedelta(microseconds=micros) == datetime.fromisoformat(expected)
    assert zoned


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"today",
        b"2010-02-29T00:00:00Z",
        b"2010-13-01T00:00:00Z",
        b"0000-01-01T00:00:00Z",
        b"2010-01-01T24:00:00Z",
        b"2010-01-01T00:00:61Z",
        b"2010-01-01T00:00:00+99:00",
        b"2010-01-01",
    ],
)
def test_what_is_no_time_is_named_and_the_others_of_its_column_stand(text: bytes) -> None:
    complaints: list[int] = []
    column = time_column_us(
        [b"2010-08-05T14:23:59Z", text], lambda row, what: complaints.append(row)
    )
    assert column.tolist() == [1281018239_000000, NO_TIME_US]
    assert complaints == [1]


def test_a_time_without_a_zone_is_utc_and_said() -> None:
    complaints: list[tuple[int, str]] = []
    column = time_column_us(
        [b"2010-08-05T14:23:59"], lambda row, what: complaints.append((row, what))
    )
    assert column.tolist() == [1281018239_000000]
    assert complaints == [(0, NO_ZONE)]


@given(st.lists(st.binary(max_size=30), max_size=5))
def test_any_bytes_give_a_column(texts: list[bytes]) -> None:
    assert len(time_column_us(texts, lambda row, what: None)) == len(texts)
