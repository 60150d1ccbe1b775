"""The CE90 that is told holds the truth nine times in ten: Monte Carlo over flat ground."""

import numpy as np
import pytest

from firmware_bridge.messages import Pose
from firmware_bridge.terrain import RayHits, Terrain
from onboard.locate import Locator
from onboard.locate.covariance import Sigmas
from onboard.locate.lens import Lens
from onboard.locate.rotation import NED_FROM_ENU, about_down, from_euler, matrix
from onboard.locate.sight import sights
from onboard.track.estimate import PlaceEstimate, metres_per_degree

LENS = Lens(640, 512, 1000.0, 1000.0, 319.5, 255.5)
SIGMAS = Sigmas(pixel_px=0.0)
CLOCK_S, SPEED_M_S, HEIGHT_M = 0.05, 10.0, 100.0
LAT0, LON0 = 43.2, 131.5
RUNS = 250


def pass_over(heading_deg: float, pitch_deg: float, depressions_deg: np.ndarray) -> list[tuple]:
    """Camera ENU from the target, heading and pitch, while flying along `heading`."""
    heading = np.radians(heading_deg)
    forward = np.array([np.sin(heading), np.cos(heading), 0.0])
    back_m = HEIGHT_M / np.tan(np.radians(depressions_deg))
    return [(-b * forward + [0, 0, HEIGHT_M], heading_deg, pitch_deg) for b in back_m]


PATHS = {
    "one view at 45 degrees": pass_over(30.0, -45.0, np.array([45.0])),
    "one view straight down": pass_over(30.0, -90.0, np.array([90.0])),
    "straight pass": pass_over(30.0, -45.0, np.linspace(33, 58, 12)),
    "two opposed passes": pass_over(30.0, -45.0, np.linspace(33, 58, 6))
    + pass_over(210.0, -45.0, np.linspace(33, 58, 6)),
    "nadir pass": pass_over(30.0, -90.0, np.linspace(76, 104, 12)),
}


def simulate(path: list[tuple], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(RUNS, 2) errors and (RUNS,) told CE90 of the estimate after the path.

    The exact geometry: turned directions, shifted camera, a terrain model at the wrong height.
    """
    rng = np.random.default_rng(seed)
    variance = SIGMAS.bias_variances(CLOCK_S, 0.0)
    attitude = np.sqrt(variance[:3])
    share = SIGMAS.attitude_bias_share
    errors, told = np.zeros((RUNS, 2)), np.zeros(RUNS)
    for run in range(RUNS):
        turn_bias = rng.normal(size=3) * attitude * np.sqrt(share)
        shift = rng.normal(size=3) * np.sqrt(variance[3:6])
        late_s = rng.normal() * CLOCK_S
        ground_m = rng.normal() * SIGMAS.terrain_m
        estimate = None
        for step, (camera, heading_deg, pitch_deg) in enumerate(path):
            turn = turn_bias + rng.normal(size=3) * attitude * np.sqrt(1 - share)
            sight = observe(camera, heading_deg, pitch_deg, turn, shift, late_s, ground_m)
            if estimate is None:
                estimate = PlaceEstimate(
                    sight, 0.0, moves=False, white_time_s=1.0, bias_time_s=900.0
                )
            else:
                estimate.update(sight, float(step))
        lat, lon, _ = estimate.place
        errors[run] = (np.array([lon, lat]) - [LON0, LAT0]) * metres_per_degree(LAT0)
        told[run] = estimate.fix().ce90_m
    return errors, told


def spin(vector):
    """(3, 3) turn about a vector by its length."""
    angle = np.linalg.norm(vector)
    return matrix((np.cos(angle / 2), *(np.sin(angle / 2) * vector / max(angle, 1e-12))))


def observe(camera, heading_deg, pitch_deg, turn, shift, late_s, ground_m):
    """The sight that wrong telemetry and a wrong DEM make of a target at (0, 0, 0)."""
    heading = np.radians(heading_deg)
    velocity = SPEED_M_S * np.array([np.sin(heading), np.cos(heading), 0.0])
    axes = NED_FROM_ENU @ matrix(about_down(heading))
    direction = -camera / np.linalg.norm(camera)
    seen = spin(axes @ turn) @ direction
    origin = camera + shift + velocity * late_s
    range_m = (origin[2] - ground_m) / -seen[2]
    hit = origin + range_m * seen
    lon, lat = np.array([LON0, LAT0]) + hit[:2] / metres_per_degree(LAT0)
    hits = RayHits(
        np.array([lat]), np.array([lon]), np.array([hit[2]]), np.array([range_m]),
        np.zeros((1, 2)), np.zeros(1, dtype=np.uint8),
    )  # fmt: skip
    mount = from_euler(heading, np.radians(pitch_deg), 0.0)
    axis = NED_FROM_ENU @ matrix(mount)[:, 0]
    pose = Pose(0.0, LAT0, LON0, HEIGHT_M, tuple(NED_FROM_ENU @ velocity), mount, mount, CLOCK_S)
    return sights(pose, LENS, SIGMAS, seen[None], axis, hits)[0]


# Bounds of the true radius after 12 views; `docs/geolocation.md` has the measured values.
@pytest.mark.parametrize(
    ("name", "least_m", "most_m"),
    [
        ("one view at 45 degrees", 16.0, 21.0),
        ("one view straight down", 4.0, 5.6),
        ("straight pass", 4.5, 8.0),
        ("two opposed passes", 2.4, 4.5),
        ("nadir pass", 3.2, 5.6),
    ],
)
def test_the_circle_that_is_told_holds_the_truth(name, least_m, most_m):
    errors, told = simulate(PATHS[name], seed=7)
    distance = np.linalg.norm(errors, axis=1)
    inside = np.mean(distance <= told)
    true_m = np.quantile(distance, 0.9)
    print(f"\n{name}: true CE90 {true_m:.1f} m, told {np.median(told):.1f} m, inside {inside:.3f}")
    assert 0.85 <= inside <= 0.97
    assert least_m <= true_m <= most_m


def test_the_circle_holds_the_truth_over_real_mountains(shared):
    """Through locator and a real DEM: the plane under the target is only near enough."""
    terrain = Terrain(shared / "data" / "geo" / "dem")
    locator = Locator(terrain, LENS, sigmas=SIGMAS)
    rng = np.random.default_rng(4)
    inside, runs = 0, 60
    for _ in range(runs):
        lat, lon = rng.uniform((44.2, -71.6), (44.4, -71.2))
        ground = float(terrain.height_amsl_m(lat, lon)) + rng.normal() * SIGMAS.terrain_m
        variance = SIGMAS.bias_variances(CLOCK_S, 0.0)
        bias = rng.normal(size=8) * np.sqrt(variance)
        bias[:3] *= np.sqrt(SIGMAS.attitude_bias_share)
        estimate = None
        for step, (camera, heading_deg, pitch_deg) in enumerate(PATHS["straight pass"]):
            fresh = np.sqrt(variance[:3] * (1 - SIGMAS.attitude_bias_share))
            turn = bias[:3] + rng.normal(size=3) * fresh
            view = look(locator, (lat, lon, ground), camera, heading_deg, pitch_deg, turn, bias)
            if view.sight is None:
                continue  # behind a ridge of the wrong DEM, or grazing it
            if estimate is None:
                estimate = PlaceEstimate(
                    view.sight, step, moves=False, white_time_s=1.0, bias_time_s=900.0
                )
            else:
                estimate.update(view.sight, float(step))
        assert estimate is not None
        error = (np.array(estimate.place[1::-1]) - [lon, lat]) * metres_per_degree(lat)
        inside += bool(np.linalg.norm(error) <= estimate.fix().ce90_m)
    print(f"\nmountains: inside {inside / runs:.3f}")
    assert inside / runs >= 0.8


def look(locator, target, camera, heading_deg, pitch_deg, turn, bias):
    """What the locator says of a target at (lat, lon, alt), seen from `camera` (ENU from it)."""
    lat, lon, alt = target
    heading = np.radians(heading_deg)
    velocity = SPEED_M_S * np.array([np.sin(heading), np.cos(heading), 0.0])
    axes = NED_FROM_ENU @ matrix(about_down(heading))
    mount = from_euler(heading, np.radians(pitch_deg), 0.0)
    # The telemetry says `mount`; the truth is turned back by the errors.
    rays = (NED_FROM_ENU @ matrix(mount)).T @ spin(axes @ turn) @ -camera
    u, v = LENS.cx + LENS.fx * rays[1] / rays[0], LENS.cy + LENS.fy * rays[2] / rays[0]
    told = camera + bias[3:6] + velocity * bias[6]
    place = np.array([lon, lat]) + told[:2] / metres_per_degree(lat)
    velocity_ned = tuple(NED_FROM_ENU @ velocity)
    height_m = alt + told[2]
    pose = Pose(0.0, place[1], place[0], height_m, velocity_ned, mount, mount, CLOCK_S)
    return locator.locate(pose, [u], [v])[0]
