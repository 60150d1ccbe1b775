"""FIT files whole, cut and damaged; the files are made here, record by record."""

import json
import struct
from datetime import UTC, datetime
from pathlib import Path

import fitdecode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.files.fit import decode_fit, is_fit
from firmware_bridge.tracks import Contents
from firmware_bridge.units import unix_us_from_utc

EPOCH = int(datetime(1989, 12, 31, tzinfo=UTC).timestamp())
START = int(datetime(2026, 7, 20, 9, 11, 32, tzinfo=UTC).timestamp()) - EPOCH
UNKNOWN = 0x7FFFFFFF
# FIT Protocol: a definition names each field as (number, size, base type).
FILE_ID = b"\x40\0\0\0\0\x03" + b"\x00\x01\x00" + b"\x03\x04\x8c" + b"\x01\x02\x84"
RECORD = (
    b"\x41\0\0\x14\0\x07" + b"\xfd\x04\x86" + b"\x00\x04\x85" + b"\x01\x04\x85"
    b"\x02\x02\x84" + b"\x03\x01\x02" + b"\x0d\x01\x01" + b"\x3d\x02\x84"
)
EVENT = b"\x42\0\0\x15\0\x03" + b"\xfd\x04\x86" + b"\x00\x01\x00" + b"\x01\x01\x00"


def record(number: int, lat: int = 530_000_000, lon: int = 1_570_000_000) -> bytes:
    return b"\x01" + struct.pack("<IiiHBbH", START + number, lat, lon, 3500, 90, -21, 77)


def event(number: int, kind: int) -> bytes:
    return b"\x02" + struct.pack("<IBB", START + number, 0, kind)


def fit(*messages: bytes, length: int | None = None) -> bytes:
    body = FILE_ID + b"\x00" + struct.pack("<BIH", 4, 3819484191, 1) + RECORD + EVENT
    body += b"".join(messages)
    head = struct.pack("<BBHI4s", 14, 0x20, 2140, len(body) if length is None else length, b".FIT")
    head += struct.pack("<H", fitdecode.utils.compute_crc(head))
    whole = head + body
    return whole + struct.pack("<H", fitdecode.utils.compute_crc(whole))


WHOLE = fit(*(record(n) for n in range(50)))


def seconds(contents: Contents) -> list[list[int]]:
    """The times of each segment, counted from the first record."""
    zero = unix_us_from_utc(datetime(2026, 7, 20, 9, 11, 32, tzinfo=UTC))
    return [
        ((segment.time_us - zero) // 1_000_000).tolist()
        for track in contents.tracks
        for segment in track.segments
    ]


def test_a_whole_activity() -> None:
    contents = decode_fit(WHOLE)
    assert list(contents.flaws) == []
    assert contents.unit is not None
    assert contents.unit.unit_id == "3819484191"
    assert seconds(contents) == [list(range(50))]
    segment = contents.tracks[0].segments[0]
    assert segment.lat_deg[0] == 530_000_000 * 180 / 2**31
    assert segment.lon_deg[0] == 1_570_000_000 * 180 / 2**31
    assert segment.alt_amsl_m[0] == 200.0
    assert segment.extras["heart_rate_bpm"][0] == 90
    assert segment.extras["temperature_celsius"][0] == -21
    assert json.loads(segment.extras["raw_extensions"][0]) == {"unknown_61": 77}


def test_a_record_without_a_position_is_kept_and_is_no_point() -> None:
    contents = decode_fit(fit(record(0), record(1, UNKNOWN, UNKNOWN), record(2)))
    assert seconds(contents) == [[0, 2]]
    (lost,) = json.loads(contents.tracks[0].extras["records_without_position"])
    assert lost["heart_rate"] == 90
    assert lost["timestamp"] == "2026-07-20 09:11:33+00:00"


def test_a_stopped_timer_breaks_the_track() -> None:
    parts = [event(0, 0), record(0), event(1, 4), record(1), event(9, 0), record(10)]
    assert seconds(decode_fit(fit(*parts))) == [[0, 1], [10]]


def test_every_cut_keeps_the_whole_records() -> None:
    one = len(record(0))
    first = len(WHOLE) - 2 - 50 * one
    for cut in range(15, len(WHOLE)):
        contents = decode_fit(WHOLE[:cut])
        whole = min(50, max(0, (cut - first) // one))
        assert contents.points == whole, cut
        assert contents.flaws, cut


def test_a_file_that_was_never_closed_has_no_length() -> None:
    data = fit(*(record(n) for n in range(50)), length=0)[:-2]
    contents = decode_fit(data)
    assert contents.points == 50
    assert contents.flaws[0].offset == 4


def test_a_wrong_crc_is_said_and_costs_nothing() -> None:
    data = bytearray(WHOLE)
    data[-1] ^= 1
    contents = decode_fit(bytes(data))
    assert contents.points == 50
    assert [(flaw.offset, "CRC" in flaw.what) for flaw in contents.flaws] == [
        (len(WHOLE) - 2, True)
    ]


def test_nul_bytes_behind_the_end_are_said() -> None:
    contents = decode_fit(WHOLE + bytes(64))
    assert contents.points == 50
    assert contents.flaws[0].offset == len(WHOLE)


def test_two_files_in_one_are_two_tracks() -> None:
    contents = decode_fit(WHOLE + WHOLE)
    assert [len(track.segments) for track in contents.tracks] == [1, 1]
    assert list(contents.flaws) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6))
def test_any_damage_is_read_without_an_error(wounds: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for at, value in wounds:
        data[at] = value
    contents = decode_fit(bytes(data))
    if bytes(data) != WHOLE:
        assert contents.flaws


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    decode_fit(data)
    decode_fit(WHOLE[:14] + data)


def test_a_real_activity_cut_in_the_middle(shared: Path) -> None:
    data = (shared / "data/gps/gpsbabel__fit-sample.fit").read_bytes()
    assert is_fit(data)
    whole = decode_fit(data)
    assert (whole.points, len(whole.waypoints), list(whole.flaws)) == (533, 7, [])
    for cut in range(2000, len(data), 2111):
        contents = decode_fit(data[:cut])
        assert contents.flaws
        assert 0 < contents.points < 533
        # What is there is what was there.
        there = contents.tracks[0].segments[0]
        assert there.time_us.tolist() == whole.tracks[0].segments[0].time_us[: len(there)].tolist()


def test_a_damaged_file_says_so(shared: Path) -> None:
    data = bytearray((shared / "data/gps/gpsbabel__fit-sample.fit").read_bytes())
    data[5000] ^= 4
    assert any("CRC" in flaw.what for flaw in decode_fit(bytes(data)).flaws)
    with pytest.raises(fitdecode.FitError):
        list(fitdecode.FitReader(bytes(data[:9000])))
