"""The recording's format: literal bytes, exact round trips, salvage of whatever was torn."""

import math
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from firmware_bridge.errors import CameraError, ProtocolError
from firmware_bridge.messages import AttitudeSample, GimbalSample, PositionSample, YawFrame
from onboard.camera import EndOfFrames, Ffc, Frame, Radiometry, open_camera
from onboard.recording import (
    Damage,
    Kind,
    Record,
    decode_event,
    decode_frame,
    decode_mavlink,
    encode_event,
    encode_frame,
    encode_mavlink,
    encode_record,
    parse_records,
    read_recording,
)
from onboard.recording.pixels import pack_pixels, unpack_pixels

TYPES = {cls.__name__: cls for cls in (AttitudeSample, GimbalSample, PositionSample)}


def a_frame(pixels: np.ndarray, **changes: object) -> Frame:
    fields = {
        "time_s": 12.1,
        "sequence": 3,
        "radiometry": Radiometry.CENTIKELVIN,
        "clock_sigma_s": 0.1 + 0.2,
        "camera": "Лептон 3.5",
        "saturation": 45900.0,
        "ffc": Ffc.IMMINENT,
    } | changes
    return Frame(pixels=pixels, **fields)  # type: ignore[arg-type]  # built for brevity


def test_a_record_is_laid_out_as_documented() -> None:
    data = encode_record(Kind.NOTE, 1.5, b"hi")
    assert data[:22] == b"KDR1\x05\0\0\0" + struct.pack("<d", 1.5) + b"\x02\0\0\0hi"
    assert data[22:] == struct.pack("<I", zlib.crc32(data[4:22]))
    assert list(parse_records(data)) == [Record(Kind.NOTE, 1.5, b"hi")]


@given(
    npst.arrays(
        st.sampled_from([np.uint16, np.uint8, np.float32]),
        st.tuples(st.integers(2, 9), st.integers(2, 9)),
    )
)
def test_pixels_come_back_bit_for_bit(pixels: np.ndarray) -> None:
    height, width = pixels.shape
    back = unpack_pixels(pack_pixels(pixels), width, height, pixels.dtype.name)
    assert back.dtype == pixels.dtype
    assert back.tobytes() == pixels.tobytes()  # NaN and -0.0 too


def test_a_frame_comes_back_whole() -> None:
    pixels = np.arange(30000, 30192, dtype=np.uint16).reshape(12, 16)
    frame = a_frame(pixels)
    back = decode_frame(Record(Kind.FRAME, frame.time_s, encode_frame(frame)))
    np.testing.assert_array_equal(back.pixels, pixels)
    for name in (
        "time_s",
        "sequence",
        "radiometry",
        "clock_sigma_s",
        "camera",
        "saturation",
        "ffc",
    ):
        assert getattr(back, name) == getattr(frame, name)


@pytest.mark.parametrize(
    "event",
    [
        AttitudeSample(1 / 3, (0.1 + 0.2, -1e-300, math.pi, 5e-324), 0.005),
        GimbalSample(2.0, (1.0, 0.0, -0.0, 0.0), YawFrame.EARTH, 1e-3),
        PositionSample(3.0, 43.123456789012345, 131.9, 512.25, 80.0, (1.0, -2.0, 0.5), 0.01),
    ],
)
def test_events_come_back_exactly(event: object) -> None:
    assert repr(decode_event(encode_event(event), TYPES)) == repr(event)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"{", "does not parse"),
        (b"[1]", "a list, not an object"),
        (b'{"type":"Nothing","value":{}}', "unknown type 'Nothing'"),
        (b'{"type":"AttitudeSample","value":{"time_s":1}}', "AttitudeSample"),
        (b'{"type":"AttitudeSample"}', "AttitudeSample"),
    ],
)
def test_a_broken_event_is_named(payload: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        decode_event(payload, TYPES)


def test_mavlink_keeps_its_direction() -> None:
    assert decode_mavlink(encode_mavlink(True, b"\xfd\x01")) == (True, b"\xfd\x01")
    assert decode_mavlink(encode_mavlink(False, b"")) == (False, b"")


def test_what_stands_around_a_broken_record_is_salvaged() -> None:
    parts = [encode_record(Kind.NOTE, float(i), b"note %d" % i) for i in range(4)]
    broken = bytearray(parts[1])
    broken[22] ^= 1
    found = list(parse_records(b"xy" + parts[0] + bytes(broken) + parts[2] + parts[3][:-1]))
    size = len(parts[0])
    assert [item.payload if isinstance(item, Record) else item for item in found] == [
        (0, 2),
        b"note 0",
        (2 + size, size),
        b"note 2",
        (2 + 3 * size, size - 1),
    ]


@given(st.integers(0, 200), st.binary(max_size=5), st.integers(0, 130))
def test_no_bytes_break_the_reader_and_none_go_uncounted(at: int, patch: bytes, cut: int) -> None:
    data = bytearray(b"".join(encode_record(Kind.NOTE, 0.0, b"%d" % i) for i in range(4)))
    data[at : at + len(patch)] = patch
    data = data[:cut]
    read = lost = 0
    for item in parse_records(bytes(data)):
        if isinstance(item, Record):
            read += 24 + len(item.payload)
        else:
            lost += item[1]
    assert read + lost == len(data)


@settings(max_examples=200)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=6))
def test_no_frame_record_breaks_the_reader(at: int, patch: bytes) -> None:
    payload = bytearray(encode_frame(a_frame(np.full((4, 4), 30000, np.uint16))))
    payload[at % len(payload) : at % len(payload) + len(patch)] = patch
    try:
        frame = decode_frame(Record(Kind.FRAME, 0.0, bytes(payload)))
    except ProtocolError:
        return
    assert frame.pixels.size <= 1 << 22


def test_a_small_record_cannot_unpack_into_a_large_picture() -> None:
    packed = zlib.compress(bytes(50_000_000))
    with pytest.raises(ProtocolError, match="33 bytes or more, 32 wanted"):
        unpack_pixels(packed, 4, 4, "uint16")


def write_segments(folder: Path) -> None:
    frames = [encode_frame(a_frame(np.full((12, 16), 29000 + i, np.uint16))) for i in range(3)]
    first = encode_record(Kind.HEADER, 0.0, b"{}") + encode_record(Kind.FRAME, 1.0, frames[0])
    second = encode_record(Kind.HEADER, 0.0, b"{}") + encode_record(Kind.FRAME, 2.0, frames[1])
    (folder / "00000009.krec").write_bytes(first)
    (folder / "00000010.krec").write_bytes(second + encode_record(Kind.FRAME, 3.0, frames[2])[:-9])
    (folder / "00000011.krec").write_bytes(b"")


def test_a_folder_is_read_in_order_and_the_cut_tail_is_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_segments(tmp_path)
    damage: list[Damage] = []
    records = list(read_recording(tmp_path, damage))
    assert [record.time_s for record in records if record.kind is Kind.FRAME] == [1.0, 2.0]
    (lost,) = damage
    assert lost.path.name == "00000010.krec"
    assert lost.lost_bytes > 100
    assert f"{lost.lost_bytes} bytes at offset {lost.offset}" in caplog.text


def test_a_recording_is_a_camera(tmp_path: Path) -> None:
    write_segments(tmp_path)
    camera = open_camera(tmp_path)
    frames = [camera.read(1.0), camera.read(1.0)]
    assert [frame.time_s for frame in frames if frame] == [1.0, 2.0]
    with pytest.raises(EndOfFrames, match="bytes of it were lost"):
        camera.read(1.0)
    single = open_camera(tmp_path / "00000010.krec")
    frame = single.read(1.0)
    assert frame is not None
    assert frame.pixels[0, 0] == 29001
    single.close()


def test_a_recording_without_frames_is_named(tmp_path: Path) -> None:
    (tmp_path / "00000001.krec").write_bytes(b"KDR1 nothing of worth")
    with pytest.raises(CameraError, match="without a whole frame"):
        open_camera(tmp_path).read(1.0)


def test_real_burns_are_recorded_without_loss_and_smaller(shared: Path) -> None:
    camera = open_camera(shared / "data/thermal/dji_rjpeg_empty")
    frame = camera.read(1.0)
    camera.close()
    assert frame is not None
    payload = encode_frame(frame)
    assert len(payload) < frame.pixels.nbytes / 3
    back = decode_frame(Record(Kind.FRAME, frame.time_s, payload))
    np.testing.assert_array_equal(back.pixels, frame.pixels)
