"""SkyTraq sectors and frames, u-blox frames, Magellan sentences: damage and nonsense."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.earth import geodetic_to_ecef
from firmware_bridge.handheld import skytraq
from firmware_bridge.handheld.skytraq.frames import (
    ACK,
    READ_SECTORS,
    SECTOR,
    TAG,
    SectorBlock,
    SkyFrame,
    SkyReader,
    fold,
    frame,
)
from firmware_bridge.tracks import NO_TIME_US

WEEK, SECOND = 2375, 216_018  # 2025-07-15T12:00:00Z


def low_first(value: int) -> bytes:
    value &= 0xFFFFFFFF
    return struct.pack(">HH", value & 0xFFFF, value >> 16)


def full(second: int = SECOND, lat: float = 43.1, kind: int = 4) -> bytes:
    place = geodetic_to_ecef(lat, 131.9, 150.0)
    stamp = second << 12 | WEEK % 1024
    return struct.pack(">H", kind << 12 | 5) + b"".join(
        low_first(round(float(v))) for v in (stamp, *place)
    )


def short(dt: int, dx: int = 1, dy: int = -2, dz: int = 3) -> bytes:
    x, y, z = (d if d >= 0 else 511 - d for d in (dx, dy, dz))
    packed = x << 22 | (y & 0x3F) << 16 | (y >> 6) << 12 | z
    return struct.pack(">HHI", 0x8005, dt, packed)


def sector(*items: bytes) -> bytes:
    return b"".join(items).ljust(SECTOR, b"\xff")


def seconds(data: bytes) -> list[int]:
    start = 1_752_580_800
    tracks = skytraq.decode_memory(data).tracks
    times = tracks[0].segments[0].time_us.tolist() if tracks else []
    return [-1 if t == NO_TIME_US else t // 1_000_000 - start for t in times]


def test_short_items_go_on_from_the_full_one() -> None:
    contents = skytraq.decode_memory(sector(full(), short(5), short(7)))
    segment = contents.tracks[0].segments[0]
    assert seconds(sector(full(), short(5), short(7))) == [0, 5, 12]
    assert abs(segment.lat_deg[0] - 43.1) < 1e-5
    assert abs(segment.extras["alt_hae_m"][0] - 150) < 1.0
    assert segment.alt_amsl_m[0] < segment.extras["alt_hae_m"][0] - 20
    assert segment.extras["week_rollover"].tolist() == [1024] * 3


def test_what_hangs_on_a_damaged_item_is_not_invented() -> None:
    lost = bytearray(full(SECOND + 10))
    lost[8] ^= 0xFF
    data = sector(full(), bytes(lost), short(1), short(1), full(SECOND + 20), short(1))
    assert seconds(data) == [0, 20, 21]
    flaw = skytraq.decode_memory(data).flaws[0]
    assert flaw.offset == 18
    assert "34 bytes" in flaw.what


@pytest.mark.parametrize("came", [18, 19, 25, 26, 27, 43, 44])
def test_an_item_cut_in_two_is_none(came: int) -> None:
    whole = sector(full(), short(5), full(SECOND + 20))
    cut = whole[:came].ljust(SECTOR, b"\xff")
    contents = skytraq.decode_memory(cut + sector(full(SECOND + 90)), cut={0: came})
    times = [t // 1_000_000 - 1_752_580_800 for t in contents.tracks[0].segments[0].time_us]
    whole_items = (came >= 18) + (came >= 26) + (came >= 44)
    assert times == [*[0, 5, 20][:whole_items], 90]
    assert bool(contents.flaws[:1] and "no whole item" in contents.flaws[0].what) == (
        came not in (18, 26, 44)
    )


def test_the_button_makes_a_waypoint() -> None:
    contents = skytraq.decode_memory(sector(full(), full(SECOND + 3, kind=6)))
    assert len(contents.waypoints) == 1
    assert contents.points == 2


def test_a_ring_begins_at_its_oldest_sector() -> None:
    data = sector(full(SECOND + 200)) + sector(full()) + sector(full(SECOND + 100))
    assert seconds(data) == [0, 100, 200]


def test_sectors_behind_an_acknowledgement_are_taken_raw() -> None:
    data = sector(full()) + sector(full(SECOND + 9))
    reader = SkyReader()
    reader.expect_sectors(3, 2)
    tail = TAG + bytes([fold(data)]) + b"\3\0\0\0\0\r\n"
    stream = frame(ACK, bytes([READ_SECTORS])) + data + tail + frame(ACK, b"\2")
    found = [
        item for at in range(0, len(stream), 100) for item in reader.feed(stream[at : at + 100])
    ]
    assert found == [
        SkyFrame(ACK, bytes([READ_SECTORS])),
        SectorBlock(3, 2, data),
        SkyFrame(ACK, b"\2"),
    ]


def test_a_block_with_one_wrong_byte_is_not_taken() -> None:
    for lost in (False, True):
        data = sector(full())
        broken = data[:50] + (b"" if lost else bytes([data[50] ^ 4])) + data[51:]
        reader = SkyReader()
        reader.expect_sectors(0, 1)
        tail = TAG + bytes([fold(data)]) + b"\0\0\0\0\0\r\n"
        found = reader.feed(frame(ACK, bytes([READ_SECTORS])) + broken + tail)
        assert found[1] == SectorBlock(0, 1, None)
        assert reader.broken == 1


@given(st.binary(max_size=3 * SECTOR))
@settings(max_examples=100, deadline=None)
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    contents = skytraq.decode_memory(data)
    for track in contents.tracks:
        lat_deg = track.segments[0].lat_deg
        assert (np.isnan(lat_deg) | (np.abs(lat_deg) <= 90)).all()


@given(st.lists(st.sampled_from([full(), short(1), b"\0", b"\xff", b"\x40", b"\x21"]), max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_mixture_of_items_breaks_the_decoder(parts: list[bytes]) -> None:
    skytraq.decode_memory(sector(*parts))


@given(st.lists(st.binary(max_size=200), max_size=20), st.booleans(), st.integers(1, 99))
@settings(max_examples=100, deadline=None)
def test_no_bytes_break_the_framing(parts: list[bytes], asked: bool, size: int) -> None:
    reader = SkyReader()
    if asked:
        reader.expect_sectors(0, 1)
    stream = b"".join(part + frame(ACK, b"\5") for part in parts)
    for at in range(0, len(stream), size):
        reader.feed(stream[at : at + size])


@given(st.integers(0, 255), st.binary(max_size=100), st.data())
@settings(max_examples=100, deadline=None)
def test_a_frame_with_a_wrong_byte_is_not_taken(
    kind: int, body: bytes, data: st.DataObject
) -> None:
    whole = bytearray(frame(kind, body))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    assert SkyFrame(kind, body) not in SkyReader().feed(bytes(whole))
