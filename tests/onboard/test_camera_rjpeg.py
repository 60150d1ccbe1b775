"""R-JPEG of DJI and FLIR: joined segments, EXIF model, constants, and every way to be broken."""

import math
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.errors import CameraError
from onboard.camera.fff import read_fff
from onboard.camera.frame import Radiometry
from onboard.camera.jpeg import exif_model, segments
from onboard.camera.rjpeg import read_rjpeg
from onboard.camera.still import read_still

SOS = b"\xff\xda\x00\x02rest"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def exif(model: bytes, order: str = "<") -> bytes:
    text = model + b"\0"
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    entry = struct.pack(order + "HHII", 0x0110, 2, len(text), 26)
    if len(text) <= 4:
        entry = struct.pack(order + "HHI", 0x0110, 2, len(text)) + text.ljust(4, b"\0")
        text = b""
    return b"Exif\0\0" + head + struct.pack(order + "H", 1) + entry + bytes(4) + text


def dji(pixels: np.ndarray, model: bytes, order: str = "<") -> bytes:
    raw = pixels.astype("<u2").tobytes()
    chunks = [raw[at : at + 65000] for at in range(0, len(raw), 65000)]
    parts = [segment(0xE1, exif(model, order))] + [segment(0xE3, chunk) for chunk in chunks]
    return b"\xff\xd8" + b"".join(parts) + SOS


def picture(width: int = 640, height: int = 512) -> np.ndarray:
    ramp = np.arange(width * height, dtype=np.uint32).reshape(height, width)
    return (18700 + ramp % 211).astype(np.uint16)


@pytest.mark.parametrize("size", [(640, 512), (1280, 1024)])
@pytest.mark.parametrize("order", ["<", ">"])
def test_joined_app3_segments_are_the_sensor(size: tuple[int, int], order: str) -> None:
    got = read_rjpeg(dji(picture(*size), b"M3T", order), "a.jpg")
    np.testing.assert_array_equal(got.pixels, picture(*size))
    assert got.camera == "M3T"
    assert got.radiometry is Radiometry.KELVIN64


@pytest.mark.parametrize("model", [b"M4T", b"ZH20T", b"XYZ"])
def test_other_models_give_counts(model: bytes) -> None:
    got = read_rjpeg(dji(picture(), model), "a.jpg")
    assert got.radiometry is Radiometry.COUNTS
    told = read_rjpeg(dji(picture(), model), "a.jpg", Radiometry.KELVIN64)
    assert told.radiometry is Radiometry.KELVIN64


def test_a_known_model_with_an_impossible_scene_gives_counts() -> None:
    got = read_rjpeg(dji(picture() // 4, b"M3T"), "a.jpg")
    assert got.radiometry is Radiometry.COUNTS
    assert "73" in got.why  # kelvin


def test_app3_of_another_size_is_named() -> None:
    with pytest.raises(CameraError, match=r"odd\.jpg: APP3 segments hold 1280 bytes"):
        read_rjpeg(b"\xff\xd8" + segment(0xE3, bytes(1280)) + SOS, "odd.jpg")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG", "not a JPEG"),
        (b"\xff\xd8", "truncated: ends at 2"),
        (b"\xff\xd8\xff\xe3\x10\x00abc", "segment at 2 reaches to 4100 of 9"),
        (b"\xff\xd8\xff\xe3\x00\x00abc", "truncated"),
        (b"\xff\xd8\x00\xe3\x00\x04ab", "offset 2: 0x00"),
        (b"\xff\xd8" + SOS, "without radiometric data"),
        (b"\xff\xd8" + b"\xff\xd0" * 3000, "over 2000"),
    ],
)
def test_broken_files_say_where(data: bytes, words: str) -> None:
    with pytest.raises(CameraError, match=f"f.jpg: .*{words}"):
        read_rjpeg(data, "f.jpg")


def test_models_shorter_than_four_letters_stand_in_the_entry() -> None:
    assert exif_model(exif(b"M3T")) == "M3T"
    assert exif_model(exif(b"M30T")) == "M30T"
    assert exif_model(exif(b"M30T", ">")) == "M30T"
    assert exif_model(b"Exif\0\0II") is None
    assert exif_model(b"http://ns.adobe.com/xap/1.0/\0<x/>") is None


def fff(counts: np.ndarray, order: str = ">", png: bool = False, swap: bool = False) -> bytes:
    """An FFF block as ExifTool describes it, with the constants of a real AX8."""
    height, width = counts.shape
    body = counts.astype("<u2").tobytes()
    if png:
        body = cv2.imencode(".png", counts.byteswap() if swap else counts)[1].tobytes()
    raw = struct.pack("<HHH", 2, width, height).ljust(32, b"\0") + body
    camera = bytearray(0x400)
    for offset, value in {
        0x20: 0.95, 0x24: 0.0, 0x28: 293.15, 0x2C: 293.15, 0x3C: 0.5, 0x58: 16951.797,
        0x5C: 1435.1, 0x60: 1.0, 0x70: 0.006569, 0x74: 0.01262, 0x78: -0.002276,
        0x7C: -0.00667, 0x80: 1.9, 0x30C: 0.012545258,
    }.items():  # fmt: skip
        struct.pack_into("<f", camera, offset, value)
    struct.pack_into("<i", camera, 0x308, -7142)
    camera[0xD4:0xDC] = b"FLIR AX8"
    entries = b""
    at = 32 + 2 * 32
    for kind, record in ((1, raw), (0x20, bytes(camera))):
        entries += struct.pack(order + "HHIIII", kind, 0, 100, 0, at, len(record)).ljust(32, b"\0")
        at += len(record)
    head = b"FFF\0" + bytes(16) + struct.pack(order + "III", 100, 32, 2)
    return head + entries + raw + bytes(camera)


def black_body(kelvin: float) -> float:
    return 16951.797 / (0.012545258 * (math.exp(1435.1 / kelvin) - 1)) + 7142


def flir_scene(celsius: float = 60.0) -> np.ndarray:
    """Counts of a grey body of emissivity .95 that mirrors .05 of 20 C, no air between."""
    counts = 0.95 * black_body(celsius + 273.15) + 0.05 * black_body(293.15)
    return (counts - 126 + np.arange(48 * 64).reshape(48, 64) % 64 * 4).astype(np.uint16)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("png", "swap"), [(False, False), (True, False), (True, True)])
def test_flir_constants_turn_counts_into_celsius(order: str, png: bool, swap: bool) -> None:
    got = read_fff(fff(flir_scene(), order, png, swap), "a.fff")
    assert got.radiometry is Radiometry.CELSIUS
    assert got.camera == "FLIR AX8"
    assert float(np.median(got.pixels)) == pytest.approx(60.0, abs=0.05)


def test_counts_that_make_no_sense_stay_counts() -> None:
    got = read_fff(fff(np.full((48, 64), 100, np.uint16)), "a.fff")
    assert got.radiometry is Radiometry.COUNTS
    assert "no usable constants" in got.why


def test_flir_segments_of_a_jpeg_are_joined() -> None:
    block = fff(flir_scene())
    half = len(block) // 2
    parts = [block[:half], block[half:]]
    data = b"\xff\xd8"
    for number, part in enumerate(parts):
        data += segment(0xE1, b"FLIR\0\x01" + bytes([number, 1]) + part)
    got = read_rjpeg(data + SOS, "a.jpg")
    np.testing.assert_array_equal(got.pixels, read_fff(block, "a.fff").pixels)


@pytest.mark.parametrize("length", [0, 10, 40, 100, 3000])
def test_a_cut_fff_is_named(length: int) -> None:
    with pytest.raises(CameraError, match=r"cut\.fff"):
        read_fff(fff(flir_scene())[:length], "cut.fff")


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(max_size=8))
def test_no_jpeg_breaks_the_reader(tail: bytes, at: int, patch: bytes) -> None:
    data = bytearray(b"\xff\xd8" + segment(0xE1, exif(b"M30T")) + segment(0xE3, bytes(99)) + tail)
    data[at : at + len(patch)] = patch
    with pytest.raises(CameraError, match="any"):
        read_rjpeg(bytes(data), "any")
    for marker, _ in _tolerant(bytes(data)):
        assert 0 <= marker < 256


def _tolerant(data: bytes) -> list[tuple[int, bytes]]:
    try:
        return list(segments(data, "any"))
    except CameraError:
        return []


@settings(max_examples=150)
@given(st.integers(0, 1200), st.binary(min_size=1, max_size=8))
def test_no_fff_breaks_the_reader(at: int, patch: bytes) -> None:
    whole = fff(np.full((4, 6), 13000, np.uint16))
    data = bytearray(whole)
    data[at % len(whole) : at % len(whole) + len(patch)] = patch
    try:
        got = read_fff(bytes(data), "any")
    except CameraError:
        return
    assert got.pixels.size <= 24


@given(st.binary(max_size=400))
def test_no_exif_breaks_the_reader(body: bytes) -> None:
    assert exif_model(b"Exif\0\0II*\0" + body) is None or len(body) > 10


@pytest.mark.parametrize(
    ("name", "camera", "radiometry", "shape", "celsius"),
    [
        ("M3T_DJI_0003_R.JPG", "M3T", Radiometry.KELVIN64, (512, 640), 31.5),
        ("M30T_DJI_0002_R.JPG", "M30T", Radiometry.KELVIN64, (512, 640), 20.7),
        ("DJI_XTR.jpg", "FLIR", Radiometry.CELSIUS, (512, 640), 27.8),
        ("FLIR_AX8.jpg", "FLIR AX8", Radiometry.CELSIUS, (60, 80), 25.0),
        ("FLIR.jpg", "*", Radiometry.CELSIUS, (320, 240), 26.6),
        ("flirpy_frame_000000.fff", "Duo Pro R", Radiometry.CELSIUS, (512, 640), 11.7),
    ],
)
def test_real_pictures_of_six_cameras(
    shared: Path,
    name: str,
    camera: str,
    radiometry: Radiometry,
    shape: tuple[int, int],
    celsius: float,
) -> None:
    got = read_still(shared / "data/thermal/rjpeg_formats" / name)
    assert (got.camera, got.radiometry, got.pixels.shape) == (camera, radiometry, shape)
    median = float(np.median(got.pixels))
    if radiometry is Radiometry.KELVIN64:
        median = median / 64 - 273.15
    assert median == pytest.approx(celsius, abs=0.05)
