"""Whatever the camera sends: no crash, boxes inside the frame, a bounded list, the same twice."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from firmware_bridge.messages import Detection
from onboard.detect import Detector, DetectSettings

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))
EXAMPLES = 60


def check(found: list[Detection], shape: tuple[int, int]) -> None:
    limits = DetectSettings()
    assert len(found) <= limits.fire.max_regions + limits.signature.max_regions
    height, width = shape
    for one in found:
        x, y, w, h = one.box_px
        assert 0 <= x < x + w <= width
        assert 0 <= y < y + h <= height
        assert 0 <= one.u_px <= width - 1
        assert 0 <= one.v_px <= height - 1
        assert one.area_px >= 1
        assert np.isfinite(one.score)
        assert one.peak_kelvin is None or np.isfinite(one.peak_kelvin)
        assert one.contrast_kelvin is None or np.isfinite(one.contrast_kelvin)


def check_twice(
    kelvin: NDArray[np.float32] | None, counts: NDArray[np.generic], ceiling: float | None
) -> None:
    shape = (counts.shape[0], counts.shape[1])
    before = counts.copy()
    found = Detector().detect(kelvin, counts, ceiling=ceiling, gsd_m=0.1)
    check(found, shape)
    assert found == Detector().detect(kelvin, counts, ceiling=ceiling, gsd_m=0.1)
    np.testing.assert_array_equal(before, counts)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), st.sampled_from([np.uint8, np.uint16, np.int16, np.float32]), SHAPES)
def test_any_counts(data: st.DataObject, dtype: type, shape: tuple[int, int]) -> None:
    counts = data.draw(arrays.arrays(dtype, shape))
    check_twice(None, counts, data.draw(st.none() | st.just(200.0)))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), SHAPES)
def test_any_kelvin_with_holes(data: st.DataObject, shape: tuple[int, int]) -> None:
    values = st.floats(0, 1000, width=32) | st.sampled_from([np.nan, np.inf, -np.inf, 290.0])
    kelvin = data.draw(arrays.arrays(np.float32, shape, elements=values))
    check_twice(kelvin, kelvin, data.draw(st.none() | st.just(460.0)))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(1, 200), st.integers(1, 200)))
def test_hot_blobs_in_frames_of_any_size(seed: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    kelvin = rng.normal(285, 0.1, shape).astype(np.float32)
    for _ in range(rng.integers(0, 12)):
        y, x = rng.integers(0, shape[0]), rng.integers(0, shape[1])
        size = int(rng.integers(1, 20))
        kelvin[y : y + size, x : x + size] = rng.uniform(280, 800)
    check_twice(kelvin, kelvin, None)


@pytest.mark.parametrize("shape", [(1, 1), (1, 640), (512, 1), (2, 2), (4, 1), (3, 3), (512, 640)])
@pytest.mark.parametrize("value", [0.0, 290.0, 900.0, np.nan, np.inf])
def test_constant_frame(shape: tuple[int, int], value: float) -> None:
    kelvin = np.full(shape, value, np.float32)
    check_twice(kelvin, kelvin, None)
    if value != 900.0:
        assert Detector().detect(kelvin, kelvin) == []


def test_checkerboard_and_noise_at_fire_heat_are_bounded() -> None:
    rng = np.random.default_rng(1)
    board = np.where(np.indices((512, 640)).sum(axis=0) % 2, 900.0, 290.0).astype(np.float32)
    check_twice(board, board, None)
    noise = rng.uniform(250, 900, (512, 640)).astype(np.float32)
    check_twice(noise, noise, None)


@pytest.mark.parametrize("shape", [(0, 640), (512, 640, 3), (5,)])
def test_array_that_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"two dimensions.*not \("):
        Detector().detect(None, np.zeros(shape, np.uint16))


def test_dead_pixels_hide_nothing() -> None:
    kelvin = np.random.default_rng(2).normal(283, 0.1, (120, 160)).astype(np.float32)
    kelvin[60:62, 80:82] = 600.0
    clean = Detector().detect(kelvin, kelvin)
    kelvin[::7, ::11] = np.nan
    assert [one.box_px for one in Detector().detect(kelvin, kelvin)] == [(80, 60, 2, 2)]
    assert [one.box_px for one in clean] == [(80, 60, 2, 2)]


def test_view_into_a_larger_array_is_read_as_it_is() -> None:
    large = np.full((240, 320), 283.0, np.float32)
    large[121:123, 161:163] = 600.0
    view = large[1::2, 1::2]
    copy = np.ascontiguousarray(view)
    assert Detector().detect(view, view) == Detector().detect(copy, copy)
    assert len(Detector().detect(view, view)) == 1


def test_threads_do_not_change_the_answer() -> None:
    kelvin = np.random.default_rng(3).normal(283, 1.0, (512, 640)).astype(np.float32)
    kelvin[100:110, 100:106] += 9.0
    kelvin[300:304, 300:304] = 500.0
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = Detector().detect(kelvin, kelvin)
        cv2.setNumThreads(2)
        assert one == Detector().detect(kelvin, kelvin)
    finally:
        cv2.setNumThreads(threads)
    assert len(one) == 2
