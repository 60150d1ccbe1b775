"""UBX frames and log entries: damage, duplicates, unknown times, nonsense."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.handheld import ublox
from firmware_bridge.handheld.ublox import log as ublox_log
from firmware_bridge.handheld.ublox.frames import MAX_PAYLOAD, UbxReader, fletcher, frame
from firmware_bridge.tracks import NO_TIME_US

POS, EXTRA, TEXT = 0x210B, 0x210F, 0x210D


def position(index: int, year: int = 2025, fix: int = 3, lat: int = 431000000) -> bytes:
    date = struct.pack("<H5B", year, 7, 15, 12, 0, index % 60)
    values = (index, 1319000000, lat, 120_500, 2500, 1500, 9_000_000, 0, fix)
    return frame(POS, struct.pack("<IiiiIIIBB", *values) + date + b"\0\x08\0")


def text(index: int, words: bytes) -> bytes:
    date = struct.pack("<H5B", 2025, 7, 15, 12, 0, 0)
    head = struct.pack("<IBB", index, 0, 0) + date + b"\0" + struct.pack("<H", len(words))
    return frame(TEXT, head + words)


def test_entries_come_in_the_order_of_their_index_and_once() -> None:
    data = position(2) + position(0) + b"$GPTXT,noise\r\n" + position(1) + position(1)
    contents = ublox.decode_log(data)
    segment = contents.tracks[0].segments[0]
    assert segment.extras["entry_index"].tolist() == [0, 1, 2]
    assert segment.alt_amsl_m.tolist() == [120.5] * 3
    assert any("twice" in flaw.what for flaw in contents.flaws)


def test_unknown_times_and_places_stay_unknown() -> None:
    data = position(0, year=0) + position(1, fix=0) + position(2, lat=910000000)
    segment = ublox.decode_log(data).tracks[0].segments[0]
    assert segment.time_us[0] == NO_TIME_US
    assert np.isnan(segment.lat_deg).tolist() == [False, False, True]


def test_long_payloads_have_the_same_checksum() -> None:
    body = bytes(range(256)) * 3
    a = b = 0
    for octet in body:
        a = (a + octet) & 255
        b = (b + a) & 255
    assert fletcher(body) == bytes((a, b))


def test_strings_are_kept() -> None:
    contents = ublox.decode_log(position(0) + text(1, "Тигр".encode()))
    assert contents.tracks[0].extras == {"string_1": "Тигр"}


def test_a_false_start_costs_no_good_frame() -> None:
    data = b"\xb5\x62\x21\x0b\xff\x0f" + position(0) + b"\xb5" + position(1)
    contents = ublox.decode_log(data)
    assert contents.points == 2
    assert contents.flaws[0].offset == 0


@given(st.lists(st.binary(max_size=60), max_size=20), st.integers(1, 77))
@settings(max_examples=150, deadline=None)
def test_framing_does_not_depend_on_how_bytes_arrive(parts: list[bytes], size: int) -> None:
    stream = b"".join(part + position(i) for i, part in enumerate(parts))
    whole, pieces = UbxReader(), UbxReader()
    at_once = whole.feed(stream, last=True)
    found = [f for at in range(0, len(stream), size) for f in pieces.feed(stream[at : at + size])]
    found += pieces.feed(b"", last=True)
    assert [(f.offset, f.payload) for f in found] == [(f.offset, f.payload) for f in at_once]


@given(st.binary(max_size=5000))
@settings(max_examples=100, deadline=None)
def test_no_bytes_break_the_reader_or_fill_the_memory(data: bytes) -> None:
    reader = UbxReader()
    for at in range(0, len(data), 50):
        reader.feed(data[at : at + 50])
        assert len(reader._buffer) <= MAX_PAYLOAD + 8 + 50
    ublox.decode_log(data)


@given(st.sampled_from([POS, EXTRA, TEXT]), st.binary(max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_payload_breaks_the_decoder(kind: int, payload: bytes) -> None:
    ublox.decode_log(frame(kind, payload))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_flipped_bit_only_loses(data: st.DataObject) -> None:
    whole = bytearray(b"".join(position(i) for i in range(10)))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    segment = ublox.decode_log(bytes(whole)).tracks[0].segments[0]
    assert len(segment) == 9
    assert (segment.lat_deg == 43.1).all()


def test_a_log_read_in_pieces_is_the_same_and_gives_up_on_what_is_no_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = b"".join(position(index) for index in range(20)) + b"\xb5\x62\x21\x0b"
    whole = ublox.decode_log(data)
    monkeypatch.setattr(ublox_log, "_PIECE_BYTES", 7)
    parted = ublox.decode_log(data)
    assert (parted.points, parted.flaws) == (whole.points, whole.flaws)
    monkeypatch.setattr(ublox_log, "MAX_BROKEN", 10)
    given_up = ublox.decode_log(data + b"\xb5\x62\x21\x0b" * 500)
    assert given_up.points == 20
    assert "not read" in given_up.flaws[-1].what
