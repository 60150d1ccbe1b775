"""Raw buffers of UVC cameras, in every shape OpenCV has been seen to deliver them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import CameraError
from onboard.camera.frame import Ffc, Radiometry
from onboard.camera.layout import decode_raw


def lepton(status: int = 0) -> np.ndarray:
    """160x122: a ramp of centikelvin and the telemetry rows of a Lepton 3.5."""
    words = np.zeros((122, 160), np.uint16)
    words[:120] = 29000 + np.arange(120 * 160).reshape(120, 160) % 500
    words[120, :5] = [0x0E, 0x1234, 0x0001, status & 0xFFFF, status >> 16]
    return words


SHAPES = {
    "as it should be": lambda words: words,
    "bytes in rows": lambda words: words.view(np.uint8),
    "flattened words": lambda words: words.reshape(1, -1),
    "flattened bytes, opencv#27166": lambda words: words.view(np.uint8).reshape(1, -1),
    "two channels of bytes": lambda words: words.view(np.uint8).reshape(122, 160, 2),
    "signed": lambda words: words.view(np.int16),
    "a view with gaps": lambda words: np.repeat(words, 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_lepton_with_telemetry_in_any_shape(shape: str) -> None:
    got = decode_raw(SHAPES[shape](lepton()), 160, "y16:/dev/video0")
    np.testing.assert_array_equal(got.pixels, lepton()[:120])
    assert got.layout.camera == "Lepton 160x120"
    assert got.layout.saturation == 45900


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0x0000_0000, Ffc.IDLE),
        (0x0000_0010, Ffc.IMMINENT),
        (0x0000_0020, Ffc.RUNNING),
        (0x0000_0030, Ffc.IDLE),
        (0x0010_1008, Ffc.IDLE),  # FFC desired, AGC on, overheating: other bits
        (0x0020_0000, Ffc.IDLE),  # bits 4 and 5 of the high word are none of ours
    ],
)
def test_ffc_state_stands_in_bits_4_and_5(status: int, expected: Ffc) -> None:
    assert decode_raw(lepton(status), 160, "cam").ffc is expected


def test_lepton_without_telemetry() -> None:
    got = decode_raw(lepton()[:120], 160, "cam")
    assert got.pixels.shape == (120, 160)
    assert got.ffc is Ffc.IDLE


@pytest.mark.parametrize(("width", "height"), [(640, 512), (320, 256)])
def test_boson_telemetry_above_is_cut_off(width: int, height: int) -> None:
    words = np.arange((height + 2) * width, dtype=np.uint32).reshape(height + 2, width)
    buffer = (words % 60000).astype(np.uint16)
    got = decode_raw(buffer, width, "cam")
    np.testing.assert_array_equal(got.pixels, buffer[2:])


def test_tc001_gives_the_lower_half_as_kelvin64() -> None:
    buffer = np.zeros((384, 256, 2), np.uint8)
    buffer[:192] = (200, 128)  # the picture for people, YUYV
    buffer[192:] = (0x4A, 0x49)  # 0x494A = 18762 = 293.16 K
    got = decode_raw(buffer, 256, "cam")
    assert got.pixels.shape == (192, 256)
    assert set(np.unique(got.pixels)) == {18762}
    assert got.layout.radiometry is Radiometry.KELVIN64


def test_an_unknown_size_is_taken_whole() -> None:
    got = decode_raw(np.full((192, 256), 7000, np.uint16), 256, "cam")
    assert got.pixels.shape == (192, 256)
    assert got.layout.radiometry is None


@pytest.mark.parametrize(("size", "width"), [(0, 160), (319, 160), (321, 160), (100, 0), (6, 1)])
def test_a_buffer_of_no_whole_rows_is_named(size: int, width: int) -> None:
    with pytest.raises(CameraError, match=f"y16:/dev/video3: a buffer of {size} bytes"):
        decode_raw(np.zeros(size, np.uint8), width, "y16:/dev/video3")


@given(st.binary(max_size=2000), st.integers(0, 300))
def test_no_buffer_breaks_the_decoder(data: bytes, width: int) -> None:
    try:
        got = decode_raw(np.frombuffer(data, np.uint8), width, "cam")
    except CameraError:
        return
    assert got.pixels.nbytes <= len(data)


def test_decoded_pixels_do_not_share_the_drivers_buffer() -> None:
    buffer = lepton()
    got = decode_raw(buffer, 160, "cam")
    buffer[:] = 0
    assert got.pixels.min() >= 29000
