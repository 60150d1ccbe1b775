"""Pixels to directions: distortion undone to the end, and no direction where the model has none."""

import math

import cv2
import numpy as np
import pytest

from onboard.locate.lens import Lens

THERMAL = Lens(640, 512, 1122.0, 1120.0, 318.4, 257.9, -0.28, 0.12, 0.0006, -0.0004, -0.02)


def test_directions_of_a_barrel_lens_project_back_to_their_pixels():
    u, v = np.meshgrid(np.linspace(0, 639, 9), np.linspace(0, 511, 9))
    rays = THERMAL.directions(u.ravel(), v.ravel())
    points = np.column_stack([rays[:, 1], rays[:, 2], rays[:, 0]])
    back, _ = cv2.projectPoints(
        points, np.zeros(3), np.zeros(3), THERMAL.matrix, THERMAL.distortion
    )
    assert np.abs(back.reshape(-1, 2) - np.column_stack([u.ravel(), v.ravel()])).max() < 1e-6
    assert np.allclose(np.linalg.norm(rays, axis=1), 1.0)


def test_a_wide_barrel_is_undone_where_default_iterations_miss():
    wide = Lens(640, 512, 600.0, 600.0, 319.5, 255.5, -0.35, 0.15, 0.0, 0.0, -0.02)
    hasty = cv2.undistortPoints(np.array([[[0.0, 0.0]]]), wide.matrix, wide.distortion).ravel()
    exact = wide.directions(0, 0)[0]
    back, _ = cv2.projectPoints(
        exact[[1, 2, 0]][None], np.zeros(3), np.zeros(3), wide.matrix, wide.distortion
    )
    assert np.abs(back).max() < 1e-6
    assert 600 * np.linalg.norm(hasty - exact[1:] / exact[0]) > 0.1


def test_axis_is_forward_and_the_first_pixel_is_up_and_left():
    ideal = Lens(640, 512, 500.0, 500.0, 319.5, 255.5)
    centre, first = ideal.directions([319.5, 0.0], [255.5, 0.0])
    assert np.allclose(centre, [1, 0, 0])
    assert first[1] < 0
    assert first[2] < 0


def test_a_pixel_the_model_cannot_reach_has_no_direction():
    folding = Lens(640, 512, 300.0, 300.0, 319.5, 255.5, -0.4)
    corner, inner = folding.directions([0, 200], [0, 200])
    assert np.isnan(corner).all()
    assert np.isfinite(inner).all()


def test_no_pixels_give_no_directions():
    assert THERMAL.directions([], []).shape == (0, 3)


@pytest.mark.parametrize(
    ("direction", "inside"),
    [((1, 0, 0), True), ((-1, 0, 0), False), ((1, 0.27, 0), True), ((1, 0.3, 0), False),
     ((1, 0, -0.3), False), ((1, 3, 0.2), False), ((0, 1, 0), False)],
)  # fmt: skip
def test_contains_what_falls_on_the_sensor(direction, inside):
    assert THERMAL.contains(np.array([direction], float))[0] == inside


def test_a_strong_barrel_does_not_fold_the_far_side_into_the_picture():
    lens = Lens(640, 512, 600.0, 600.0, 319.5, 255.5, -0.3)
    assert not lens.contains(np.array([[1.0, 1.8, 0.0]]))[0]


def test_field_of_view_gives_focal_length_and_its_error():
    lens = Lens.from_field_of_view(640, 512, 32.0, sigma_deg=1.0)
    left, right = lens.directions([-0.5, 639.5], [255.5, 255.5])
    assert math.degrees(math.acos(left @ right)) == pytest.approx(32.0)
    wider = Lens.from_field_of_view(640, 512, 32.1)
    assert lens.focal_sigma * 0.1 == pytest.approx(1 - wider.fx / lens.fx, rel=0.01)
