"""The simulator's own optics and earth, against OpenCV and against plain geometry."""

import cv2
import numpy as np
import pytest

from sim import geodesy
from sim.camera.projection import CAMERA_FROM_MOUNT, ground_points, optics
from sim.camera.radiance import kelvin, radiance
from sim.rotation import from_euler, matrix
from sim.tables.camera import Camera, Lens
from sim.world.terrain import Ground

DISTORTED = Lens(k1=-0.21, k2=0.07, p1=0.0012, p2=-0.0009, k3=0.01)


@pytest.mark.parametrize("lens", [Lens(), DISTORTED])
def test_pixels_agree_with_opencv(lens: Lens):
    view = optics(Camera(horizontal_fov_deg=50), lens)
    points = np.random.default_rng(5).uniform([-20, -16, 40], [20, 16, 120], (500, 3))
    inner = np.array([[view.focal_px, 0, view.cx], [0, view.focal_px, view.cy], [0, 0, 1]])
    coefficients = np.array([lens.k1, lens.k2, lens.p1, lens.p2, lens.k3])
    expected, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), inner, coefficients)
    assert np.abs(view.pixels(points) - expected[:, 0]).max() < 1e-9


@pytest.mark.parametrize("lens", [Lens(), DISTORTED])
def test_directions_undo_pixels(lens: Lens):
    view = optics(Camera(), lens)
    u, v = np.meshgrid(np.linspace(-10, 649, 40), np.linspace(-10, 521, 33))
    back = view.pixels(view.directions(u, v) * 70.0)
    assert np.abs(back - np.stack([u, v], -1)).max() < 1e-4


def test_the_field_of_view_is_between_the_outer_edges_of_the_pixels():
    view = optics(Camera(horizontal_fov_deg=32), Lens())
    left, right = view.directions([-0.5, 639.5], [view.cy, view.cy])
    assert np.degrees(np.arccos(left @ right)) == pytest.approx(32, abs=1e-9)


def test_looking_down_the_top_of_the_picture_is_ahead_and_right_is_right():
    mount = matrix(from_euler(0, np.radians(-90), np.radians(90)))  # heading east
    camera_from_ned = CAMERA_FROM_MOUNT @ mount.T
    ahead, right, down = camera_from_ned @ np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1.0]]).T
    east, south, below = (camera_from_ned @ a for a in ([0, 1, 0], [-1, 0, 0], [0, 0, 1]))
    assert east == pytest.approx([0, -1, 0], abs=1e-12), "ahead is up"
    assert south == pytest.approx([1, 0, 0], abs=1e-12), "right is right"
    assert below == pytest.approx([0, 0, 1], abs=1e-12), "down is along the axis"
    assert np.linalg.det(np.array([ahead, right, down])) == pytest.approx(-1)


def test_rays_end_on_the_terrain(land):
    ground = Ground(land)
    origin = (43.187, 131.402, ground.height_at(43.187, 131.402) + 90)
    rng = np.random.default_rng(2)
    rays = np.stack(
        [rng.uniform(-0.9, 0.9, 400), rng.uniform(-0.9, 0.9, 400), np.full(400, -1.0)], -1
    )
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    lat, lon, alt, range_m = ground_points(ground, origin, rays)
    assert np.abs(alt - ground.height_m(lat, lon)).max() < 0.01
    enu = geodesy.enu_from_geodetic(lat, lon, alt, origin)
    assert np.abs(enu - rays * range_m[:, None]).max() < 1e-4


def test_rays_into_the_sky_meet_nothing(land):
    origin = (43.187, 131.402, 900.0)
    _, _, _, range_m = ground_points(Ground(land), origin, np.array([[0, 0.6, 0.8], [0, 0, -1.0]]))
    assert np.isnan(range_m[0])
    assert np.isfinite(range_m[1])


@pytest.mark.parametrize("lat", [-80.0, -43.2, 0.0, 43.2, 89.9])
def test_geodetic_round_trip(lat: float):
    height = np.array([-100.0, 0, 500, 9000])
    back = geodesy.geodetic_from_ecef(geodesy.ecef_from_geodetic(lat, 131.4, height))
    assert np.abs(back[0] - lat).max() < 1e-10  # 11 micrometres
    assert np.abs(back[2] - height).max() < 1e-6


def test_ecef_of_known_points():
    assert geodesy.ecef_from_geodetic(0, 0, 0) == pytest.approx([6378137, 0, 0])
    assert geodesy.ecef_from_geodetic(90, 0, 10) == pytest.approx([0, 0, 6356762.314245], abs=1e-5)


def test_a_hundredth_of_a_pixel_at_600_c_lifts_10_c_ground_to_30_c():
    def mixed(share):
        return float(kelvin(share * radiance(873.15) + (1 - share) * radiance(283.15))) - 273.15

    assert mixed(0.01) == pytest.approx(30, abs=1)
    assert mixed(0.05) == pytest.approx(87, abs=1.5)
    assert mixed(0) == pytest.approx(10, abs=1e-4)


def test_euler_angles_turn_yaw_then_pitch_then_roll():
    roll, pitch, yaw = 0.3, -0.4, 2.0

    def turn(axis, angle):
        return cv2.Rodrigues(np.eye(3)[axis] * angle)[0]

    expected = turn(2, yaw) @ turn(1, pitch) @ turn(0, roll)
    assert matrix(from_euler(roll, pitch, yaw)) == pytest.approx(expected, abs=1e-12)
