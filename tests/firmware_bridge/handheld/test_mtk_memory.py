"""MTK flash: damage, rings, changed formats, Holux, satellites; and bytes that mean nothing."""

import struct
from functools import reduce
from operator import xor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.handheld import mtk
from firmware_bridge.handheld.mtk.image import MAX_BYTES, Image
from firmware_bridge.handheld.mtk.transfer import data_line, flash_bytes
from firmware_bridge.tracks import NO_TIME_US, Contents

MASK = 0x0002001F  # time, fix, place, height, reason
START = 1_752_580_800  # 2025-07-15T12:00:00Z
SECTOR, HEADER = 0x10000, 0x200
SATELLITES = 1 << 13 | 1 << 14 | 1 << 16


def record(second: int, lat: float = 43.1, lon: float = 131.9, rcr: int = 1, fix: int = 2) -> bytes:
    body = struct.pack("<IHddfH", second, fix, lat, lon, 120.5, rcr)
    return body + b"*" + bytes([reduce(xor, body)])


def with_satellites(second: int, in_view: int) -> bytes:
    head = struct.pack("<IHddf", second, 2, 43.1, 131.9, 120.5)
    each = [struct.pack("<BBHhH", 5 + i, 1, in_view, 30 + i, 44) for i in range(in_view)]
    listed = b"".join(each) or struct.pack("<BBH", 0, 0, 0)
    body = head + listed + struct.pack("<H", 1)
    return body + b"*" + bytes([reduce(xor, body)])


def note(kind: int, value: int) -> bytes:
    return b"\xaa" * 7 + struct.pack("<BI", kind, value) + b"\xbb" * 4


def sector(content: bytes, mask: int = MASK, count: int = 0xFFFF) -> bytes:
    head = struct.pack("<HIHIII", count, mask, 0x0106, 50, 0, 0).ljust(0x1FA, b"\xff")
    return (head + b"*\0" + b"\xbb" * 4 + content).ljust(SECTOR, b"\xff")


def seconds(contents: Contents) -> list[int]:
    times = [t for k in contents.tracks for s in k.segments for t in s.time_us.tolist()]
    return [-1 if t == NO_TIME_US else t // 1_000_000 - START for t in times]


def test_each_start_of_logging_is_a_track() -> None:
    data = sector(record(START) + note(7, 0x0104) + note(7, 0x0106) + record(START + 1))
    contents = mtk.decode_memory(data)
    assert [len(s) for t in contents.tracks for s in t.segments] == [1, 1]
    assert contents.tracks[0].extras["log_period_ds"] == "50"


def test_records_around_damage_are_whole_and_the_gap_is_named() -> None:
    rows = [record(START + i) for i in range(20)]
    rows[7] = rows[7][:9] + b"\x55" + rows[7][10:]
    rows[12] = rows[12][:-5]
    contents = mtk.decode_memory(sector(b"".join(rows)))
    assert seconds(contents) == [i for i in range(20) if i not in (7, 12)]
    length = len(rows[0])
    starts = [HEADER + 7 * length, HEADER + 12 * length]
    assert [flaw.offset for flaw in contents.flaws] == starts


def test_a_record_that_lost_power_is_a_flaw_and_no_point() -> None:
    cut = record(START + 1)[:-2] + b"\xff\xff"
    contents = mtk.decode_memory(sector(record(START) + cut + note(7, 0x0106) + record(START + 2)))
    assert seconds(contents) == [0, 2]
    assert len(contents.flaws) == 1


def test_a_changed_format_changes_what_is_read() -> None:
    short = struct.pack("<Idd", START + 1, 43.2, 131.8)
    short += b"*" + bytes([reduce(xor, short)])
    contents = mtk.decode_memory(sector(record(START) + note(2, 0x0D) + short))
    segment = contents.tracks[0].segments[0]
    assert seconds(contents) == [0, 1]
    assert np.isnan(segment.alt_amsl_m).tolist() == [False, True]
    assert np.isnan(segment.extras["rcr"]).tolist() == [False, True]


def test_a_ring_is_read_from_its_oldest_sector() -> None:
    newest = sector(record(START + 20))
    oldest, middle = sector(record(START), count=1), sector(record(START + 10), count=1)
    contents = mtk.decode_memory(newest + oldest + middle)
    assert seconds(contents) == [0, 10, 20]


def test_a_sector_without_header_is_read_by_its_neighbour() -> None:
    broken = b"\0" * HEADER + sector(record(START))[HEADER:]
    contents = mtk.decode_memory(broken + sector(record(START + 1), count=1))
    assert seconds(contents) == [0, 1]
    assert contents.flaws[0].offset == 0


def test_a_sector_that_announces_more_than_it_holds_says_so() -> None:
    contents = mtk.decode_memory(sector(record(START), count=5))
    assert "announces 5" in contents.flaws[0].what


def test_lists_of_satellites_vary_in_length() -> None:
    rows = b"".join(with_satellites(START + i, n) for i, n in enumerate([3, 0, 12, 1]))
    contents = mtk.decode_memory(sector(rows, MASK | SATELLITES))
    assert seconds(contents) == [0, 1, 2, 3]
    listed = contents.tracks[0].segments[0].extras["satellite_list"]
    assert listed[3] == "5:1:30:44"
    assert listed[1] == ""


def test_holux_records_are_shorter_and_signed() -> None:
    body = struct.pack("<Iff", START, 43.125, 131.875) + struct.pack("<f", 120.5)[1:]
    row = body + bytes([reduce(xor, body)])
    data = sector(b"HOLUXGR241LOGGER" + row + b"HOLUXGR241WAYPNT" + row, 0x8000001D)
    contents = mtk.decode_memory(data)
    segment = contents.tracks[0].segments[0]
    assert segment.lat_deg.tolist() == [43.125, 43.125]
    assert segment.alt_amsl_m.tolist() == [120.5, 120.5]
    assert len(contents.waypoints) == 1


def test_the_button_makes_a_waypoint_of_its_point() -> None:
    contents = mtk.decode_memory(sector(record(START) + record(START + 1, rcr=8)))
    assert [w.name for w in contents.waypoints] == ["WP000001"]
    assert contents.points == 2


def test_unknown_is_not_a_place_or_a_time() -> None:
    rows = record(0) + record(START + 1, 0.0, 0.0, fix=1) + record(START + 2, 91.0, 200.0)
    segment = mtk.decode_memory(sector(rows)).tracks[0].segments[0]
    assert segment.time_us[0] == NO_TIME_US
    assert np.isnan(segment.lat_deg).tolist() == [False, True, True]


def test_a_date_before_such_loggers_is_repaired_and_marked() -> None:
    contents = mtk.decode_memory(sector(record(START - 1024 * 7 * 86_400)))
    assert seconds(contents) == [0]
    assert contents.tracks[0].segments[0].extras["week_rollover"].tolist() == [1024]
    assert "1024 weeks" in contents.flaws[0].what


@pytest.mark.parametrize(
    "body",
    [b"PMTK182,8,0000,", b"PMTK182,8,000G,FF", b"PMTK182,8,0,F", b"PMTK182,8,123456789,FF", b"X"],
)
def test_a_line_that_is_no_data_is_none(body: bytes) -> None:
    assert data_line(body) is None


def test_the_flash_id_tells_the_size() -> None:
    assert flash_bytes(0x1C70171C) == 8 << 20
    assert flash_bytes(0xC22015C2) == 2 << 20
    assert flash_bytes(None) == 8 << 20


@given(st.lists(st.tuples(st.integers(-10, MAX_BYTES + 10), st.binary(max_size=40)), max_size=20))
@settings(max_examples=60, deadline=None)
def test_an_image_stays_within_its_bounds(lines: list[tuple[int, bytes]]) -> None:
    image = Image()
    for address, data in lines:
        image.put(address % 5000 if address % 2 else address, data)
    assert len(image.dump()) <= MAX_BYTES


@given(st.lists(st.tuples(st.integers(0, 300), st.binary(min_size=1, max_size=50)), max_size=20))
@settings(max_examples=100, deadline=None)
def test_holes_are_what_was_not_put(lines: list[tuple[int, bytes]]) -> None:
    image, known = Image(), set()
    for address, data in lines:
        image.put(address, data)
        known.update(range(address, address + len(data)))
    holes = {i for start, length in image.missing(0, 400) for i in range(start, start + length)}
    assert holes == set(range(400)) - known
    assert image.known == len(known)


@given(st.binary(max_size=3000), st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_the_decoder(content: bytes, mask: int, headed: bool) -> None:
    mtk.decode_memory(sector(content, mask) if headed else content)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_flipped_bits_and_cuts_only_lose(data: st.DataObject) -> None:
    whole = bytearray(sector(b"".join(record(START + i) for i in range(30))))
    length = len(record(0))
    for struck in data.draw(st.sets(st.integers(0, 29), max_size=5)):  # one bit each: XOR sees one
        at = HEADER + struck * length + data.draw(st.integers(0, length - 1))
        whole[at] ^= 1 << data.draw(st.integers(0, 7))
    cut = data.draw(st.integers(0, len(whole)))
    found = seconds(mtk.decode_memory(bytes(whole[:cut])))
    assert found == sorted(set(found))
    assert set(found) <= set(range(30))
