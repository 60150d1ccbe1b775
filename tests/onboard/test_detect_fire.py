"""The fire branch on scenes whose truth is known: fixed pattern noise, fires, rocks, fronts."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.messages import Detection, HeatKind
from onboard.detect import Detector, DetectSettings

KELVIN = 273.15
WIDTH, HEIGHT = 640, 512


def scene(
    celsius: float, seed: int = 1, texture_kelvin: float = 1.0, shape: tuple[int, int] = (512, 640)
) -> NDArray[np.float32]:
    """Ground with gentle texture under the fixed pattern of an uncooled camera, kelvin."""
    rng = np.random.default_rng(seed)
    height, width = shape
    coarse = rng.normal(0, texture_kelvin, (max(2, height // 24), max(2, width // 24)))
    ground = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    pattern = rng.normal(0, 0.08, shape) + rng.normal(0, 0.05, (height, 1))
    columns = rng.normal(0, 0.025, (1, width))
    return (celsius + KELVIN + ground + pattern + columns).astype(np.float32)


def warm(image: NDArray[np.float32], x: int, y: int, w: int, h: int, celsius: float) -> None:
    image[y : y + h, x : x + w] = celsius + KELVIN


def fires(image: NDArray[np.float32], **more: float) -> list[Detection]:
    return [one for one in Detector().detect(image, image, **more) if one.kind is HeatKind.FIRE]


@pytest.mark.parametrize("ground_celsius", [-25.0, 0.0, 10.0, 25.0, 40.0])
def test_bare_ground_has_no_fire_by_day_or_night(ground_celsius: float) -> None:
    assert fires(scene(ground_celsius, texture_kelvin=3.0)) == []


@pytest.mark.parametrize("peak_celsius", [38.0, 45.0, 60.0, 87.0])
@pytest.mark.parametrize("size_px", [1, 2, 3])
def test_fire_smaller_than_a_pixel_is_found_over_cool_ground(
    peak_celsius: float, size_px: int
) -> None:
    image = scene(8.0)
    warm(image, 300, 200, size_px, size_px, peak_celsius)
    (found,) = fires(image)
    assert found.u_px == pytest.approx(300 + (size_px - 1) / 2, abs=0.5)
    assert found.v_px == pytest.approx(200 + (size_px - 1) / 2, abs=0.5)
    assert found.peak_kelvin == pytest.approx(peak_celsius + KELVIN, abs=0.01)
    assert found.contrast_kelvin == pytest.approx(peak_celsius - 8.0, abs=3.0)
    assert found.area_px == size_px**2


@pytest.mark.parametrize("peak_celsius", [55.0, 60.0, 65.0, 70.0])
@pytest.mark.parametrize("ground_celsius", [10.0, 25.0, 38.0])
@pytest.mark.parametrize("size_px", [5, 12, 40])
def test_rock_warmed_by_the_sun_is_no_fire(
    peak_celsius: float, ground_celsius: float, size_px: int
) -> None:
    image = scene(ground_celsius)
    warm(image, 100, 100, size_px, size_px, peak_celsius)
    softened = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.8), np.float32)
    assert fires(softened) == []


def test_small_stones_in_a_hot_scene_are_no_fire_and_a_hotter_point_is() -> None:
    image = scene(38.0)
    warm(image, 100, 100, 3, 3, 62.0)
    warm(image, 400, 300, 2, 2, 85.0)
    (found,) = fires(image)
    assert found.box_px == (400, 300, 2, 2)


@pytest.mark.parametrize("ground_celsius", [-25.0, 5.0, 30.0])
def test_warm_body_is_no_fire(ground_celsius: float) -> None:
    image = scene(ground_celsius)
    warm(image, 200, 200, 6, 9, 33.0)
    assert fires(image) == []


@pytest.mark.parametrize("ground_celsius", [-25.0, 5.0, 15.0])
def test_what_leaves_let_through_of_a_warm_body_is_no_fire(ground_celsius: float) -> None:
    """As small as a point source looks, and warmer than the ground than any contrast asked for."""
    image = scene(ground_celsius)
    warm(image, 200, 200, 3, 3, 35.0)
    warm(image, 400, 300, 2, 4, 33.0)
    assert fires(image) == []


def test_front_is_not_eaten_by_its_own_background() -> None:
    """A front wider than the first background windows keeps its pixels and its contrast."""
    image = scene(20.0)
    warm(image, 40, 200, 560, 60, 400.0)
    (found,) = fires(image)
    assert found.box_px == (40, 200, 560, 60)
    assert found.area_px == 560 * 60
    assert found.contrast_kelvin == pytest.approx(380.0, abs=4.0)


def test_front_grows_to_its_glowing_edge_and_no_further() -> None:
    image = scene(20.0)
    warm(image, 90, 190, 60, 40, 75.0)  # hot ash around it
    warm(image, 98, 198, 44, 24, 95.0)  # glowing edge: below the sure level
    warm(image, 100, 200, 40, 20, 300.0)
    (found,) = fires(image)
    assert found.box_px == (98, 198, 44, 24)


def test_edge_that_no_sure_pixel_touches_is_judged_by_its_own_contrast() -> None:
    image = scene(20.0)
    warm(image, 100, 200, 40, 20, 95.0)  # broad, and 15 K hotter than the sun can make it
    warm(image, 400, 200, 40, 20, 75.0)  # broad, within the sun's reach
    (found,) = fires(image)
    assert found.box_px == (100, 200, 40, 20)


def test_spot_fire_beside_a_front_is_its_own_region() -> None:
    image = scene(15.0)
    warm(image, 100, 100, 200, 12, 350.0)
    warm(image, 200, 140, 2, 2, 120.0)
    assert [one.box_px for one in fires(image)] == [(100, 100, 200, 12), (200, 140, 2, 2)]


def test_flames_a_pixel_apart_are_one_fire() -> None:
    image = scene(15.0)
    for x in (100, 103, 106):
        warm(image, x, 100, 2, 2, 250.0)
    (found,) = fires(image)
    assert found.box_px == (100, 100, 8, 2)
    assert found.area_px == 12


def test_centre_of_a_bent_front_lies_on_the_front() -> None:
    image = scene(15.0)
    ring = np.zeros(image.shape, np.uint8)
    cv2.ellipse(ring, (320, 256), (120, 120), 0, 0, 180, 1, 7)
    image[ring > 0] = 300 + KELVIN
    (found,) = fires(image)
    assert ring[round(found.v_px), round(found.u_px)] == 1


def test_declared_ceiling_marks_the_peak_as_at_least() -> None:
    image = scene(15.0)
    warm(image, 100, 100, 1, 1, 186.7)
    warm(image, 300, 100, 4, 4, 150.0)
    saturated = {one.box_px: one.saturated for one in fires(image, ceiling=186.7 + KELVIN - 0.01)}
    assert saturated == {(100, 100, 1, 1): True, (300, 100, 4, 4): False}


def test_clipped_plateau_is_saturation_even_when_undeclared() -> None:
    image = scene(15.0)
    warm(image, 100, 100, 3, 3, 186.7)
    image[300:303, 300:303] = np.linspace(100, 140, 9).reshape(3, 3) + KELVIN
    assert [one.saturated for one in fires(image)] == [True, False]


def test_whole_frame_on_fire_has_no_background_and_is_still_a_fire() -> None:
    image = np.full((HEIGHT, WIDTH), 700.0, np.float32)
    (found,) = fires(image)
    assert found.area_px == HEIGHT * WIDTH
    assert found.contrast_kelvin is None
    assert found.saturated


def test_hundred_fires_are_bounded_and_the_hottest_come_first() -> None:
    image = scene(10.0)
    for i in range(100):
        warm(image, 30 + 60 * (i % 10), 20 + 48 * (i // 10), 3, 3, 120.0 + i)
    found = fires(image)
    assert len(found) == DetectSettings().fire.max_regions
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert {one.peak_kelvin for one in found} >= {
        np.float32(peak + KELVIN) for peak in np.arange(200.0, 220.0)
    }


def test_lepton_sized_frame_shows_the_same_fire() -> None:
    image = scene(8.0, shape=(120, 160))
    warm(image, 80, 60, 1, 1, 60.0)
    (found,) = fires(image)
    assert found.box_px == (80, 60, 1, 1)


def counts_scene(seed: int = 3) -> NDArray[np.uint16]:
    """Raw counts of an uncalibrated camera, 25 counts a kelvin."""
    return np.round((scene(10.0, seed) - 250.0) * 25.0 + 2000).astype(np.uint16)


def fires_in_counts(counts: NDArray[np.uint16], **more: float) -> list[Detection]:
    found = Detector().detect(None, counts, **more)
    return [one for one in found if one.kind is HeatKind.FIRE]


def test_fire_in_raw_counts_is_relative() -> None:
    counts = counts_scene()
    assert fires_in_counts(counts) == []
    counts[200:203, 300:303] = 12_000
    found = fires_in_counts(counts)
    assert [one.box_px for one in found] == [(300, 200, 3, 3)]
    assert found[0].peak_kelvin is None
    assert found[0].contrast_kelvin is None
    assert found[0].score > 1000


def test_saturated_counts_are_a_fire_and_at_least() -> None:
    counts = counts_scene()
    counts[200:203, 300:303] = 3800  # 40 K over the ground
    assert fires_in_counts(counts) == []  # by contrast alone it could be anything warm
    (found,) = fires_in_counts(counts, ceiling=3800.0)
    assert found.saturated
    assert found.box_px == (300, 200, 3, 3)


def test_white_of_an_8_bit_picture_is_no_temperature() -> None:
    picture = np.full((HEIGHT, WIDTH), 100, np.uint8)
    picture += np.random.default_rng(5).integers(0, 20, picture.shape, np.uint8)
    picture[200:220, 300:310] = 255
    found = Detector().detect(None, picture, ceiling=255.0)
    assert [(one.kind, one.saturated) for one in found] == [(HeatKind.SIGNATURE, False)]
