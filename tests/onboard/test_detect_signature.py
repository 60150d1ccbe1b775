"""The signature branch on scenes whose truth is known."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.messages import Detection, HeatKind
from onboard.detect import Detector, DetectSettings

KELVIN = 273.15


def scene(celsius: float = 8.0, seed: int = 1, noise: float = 0.08) -> NDArray[np.float32]:
    """Ground (512, 640) with gentle texture under the fixed pattern of an uncooled camera."""
    rng = np.random.default_rng(seed)
    ground = cv2.resize(rng.normal(0, 0.6, (21, 26)), (640, 512), interpolation=cv2.INTER_CUBIC)
    pattern = rng.normal(0, noise, (512, 640)) + rng.normal(0, 0.05, (512, 1))
    return (celsius + KELVIN + ground + pattern).astype(np.float32)


def signatures(image: NDArray[np.float32], gsd_m: float | None = None) -> list[Detection]:
    found = Detector().detect(image, image, gsd_m=gsd_m)
    return [one for one in found if one.kind is HeatKind.SIGNATURE]


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_ground_alone_has_no_signature(noise: float) -> None:
    assert signatures(scene(noise=noise)) == []


@pytest.mark.parametrize(("w", "h"), [(3, 3), (5, 3), (9, 6), (6, 10), (14, 7), (28, 14), (36, 30)])
def test_person_and_animals_of_every_size_are_found(w: int, h: int) -> None:
    image = scene()
    image[200 : 200 + h, 300 : 300 + w] += 8.0
    (found,) = signatures(image)
    assert found.u_px == pytest.approx(300 + (w - 1) / 2, abs=max(1.0, 0.15 * w))
    assert found.v_px == pytest.approx(200 + (h - 1) / 2, abs=max(1.0, 0.15 * h))
    assert 0.4 * w * h <= found.area_px <= 2.5 * max(w, 4) * max(h, 4)
    assert found.contrast_kelvin == pytest.approx(8.0, abs=2.0)
    assert found.peak_kelvin == pytest.approx(8.0 + 8.0 + KELVIN, abs=3.0)


def test_one_thing_is_one_signature_and_a_herd_is_each_of_its_animals() -> None:
    image = scene()
    truth = set()
    for i in range(12):
        x, y = 100 + 30 * (i % 4), 100 + 40 * (i // 4)
        image[y : y + 7, x : x + 13] += 9.0
        truth.add((x + 6, y + 3))
    found = {(one.u_px, one.v_px) for one in signatures(image)}
    assert len(found) == len(truth)
    for x, y in truth:
        assert min(max(abs(u - x), abs(v - y)) for u, v in found) <= 1.0


def test_path_and_edge_are_no_signature() -> None:
    image = scene()
    image[:, 200:206] += 8.0  # a warm path
    image[300:, 400:] += 8.0  # a field
    assert signatures(image) == []


def test_cold_thing_is_no_signature() -> None:
    image = scene()
    image[200:210, 300:306] -= 10.0
    assert signatures(image) == []


@pytest.mark.parametrize(("gsd_m", "count"), [(0.005, 0), (0.05, 1), (0.2, 1), (0.8, 0)])
def test_size_on_the_ground_decides_where_it_is_known(gsd_m: float, count: int) -> None:
    image = scene()
    image[200:210, 300:310] += 8.0
    assert len(signatures(image, gsd_m)) == count


@pytest.mark.parametrize(
    ("gsd_m", "size_px", "kelvin", "count"),
    [(0.25, (1, 2), 18, 1), (0.41, (1, 2), 18, 0), (0.41, (2, 2), 12, 0), (0.41, (4, 1), 18, 1)],
    ids=["a person, resolved", "too coarse", "between four pixels", "a deer, resolved"],
)
def test_where_a_person_is_smaller_than_a_pixel_only_what_is_resolved_is_claimed(
    gsd_m: float, size_px: tuple[int, int], kelvin: float, count: int
) -> None:
    image = scene()
    image[200 : 200 + size_px[0], 300 : 300 + size_px[1]] += kelvin
    assert len(signatures(image, gsd_m)) == count


def test_fire_is_not_reported_again_as_a_signature() -> None:
    image = scene()
    image[200:204, 300:304] = 500.0
    image[198:206, 298:306] = np.maximum(image[198:206, 298:306], 300.0)  # its glow
    assert [one.kind for one in Detector().detect(image, image)] == [HeatKind.FIRE]


def campfire(image: NDArray[np.float32], radius_px: int = 12) -> None:
    """Fire in the middle, its heated ground around it: radii and kelvin of a fire of embers."""
    rows, columns = np.indices(image.shape)
    radial = np.hypot(rows - 256, columns - 320) / radius_px
    ash = 70.0 * np.exp(-(radial - 1) / 0.6)
    image += np.where(radial < 3, ash, 0).clip(0, 70).astype(np.float32)
    image[radial <= 1] = 500.0


@pytest.mark.parametrize("gsd_m", [0.06, None])
@pytest.mark.parametrize("radii", [1.8, 2.5])
def test_a_warm_patch_in_the_ash_of_a_fire_is_no_signature(
    radii: float, gsd_m: float | None
) -> None:
    image = scene()
    campfire(image)
    at = 320 + round(12 * radii)
    image[252:260, at - 3 : at + 4] = 315.0
    assert [one.kind for one in Detector().detect(image, image, gsd_m=gsd_m)] == [HeatKind.FIRE]


def test_a_person_fifteen_metres_from_a_campfire_is_a_signature() -> None:
    image = scene()
    campfire(image)
    at = 320 - round(15 / 0.06)
    image[252:260, at - 3 : at + 3] += 13.0
    found = Detector().detect(image, image, gsd_m=0.06)
    assert [one.kind for one in found] == [HeatKind.FIRE, HeatKind.SIGNATURE]
    assert found[1].u_px == pytest.approx(at, abs=2)


def test_a_large_fire_does_not_hide_the_people_before_it() -> None:
    """Three radii of a front of 9 m would be 27 m of ground without people."""
    image = scene()
    image[156:356, 220:420] = 500.0
    image[252:260, 540:547] += 13.0
    found = Detector().detect(image, image, gsd_m=0.09)
    assert [one.kind for one in found] == [HeatKind.FIRE, HeatKind.SIGNATURE]


def test_clutter_of_the_frame_raises_the_bar() -> None:
    """Among hundreds of 4 K clumps only what stands well above them is worth a report."""
    rng = np.random.default_rng(7)
    image = scene()
    for x, y in rng.integers(10, [630, 500], (600, 2)):
        image[y : y + 5, x : x + 5] += 4.0
    image[250:260, 320:326] = 8.0 + 35.0 + KELVIN
    found = signatures(image)
    assert len(found) <= 3
    assert found[0].box_px[0] <= 323 <= found[0].box_px[0] + found[0].box_px[2]
    assert found[0].box_px[1] <= 255 <= found[0].box_px[1] + found[0].box_px[3]


def test_number_is_bounded_and_the_clearest_come_first() -> None:
    image = scene()
    for i in range(36):
        image[20 + 80 * (i // 6) :, :][:6, 20 + 100 * (i % 6) :][:, :6] += 5.0 + 0.2 * i
    found = signatures(image)
    assert len(found) == DetectSettings().signature.max_regions
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_a_ground_sample_distance_of_nothing_is_refused() -> None:
    image = scene()
    with pytest.raises(ValueError, match="ground sample distance of 0"):
        Detector().detect(image, image, gsd_m=0.0)
