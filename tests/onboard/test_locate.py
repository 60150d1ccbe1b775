"""Pixel to ground: exact on golden vectors, honest about errors, never a guess."""

import csv
import math
from dataclasses import replace

import numpy as np
import pytest

from firmware_bridge.earth import geodetic_to_enu, hae_from_amsl_m
from firmware_bridge.messages import AttitudeSample, GimbalSample, Pose, PositionSample, YawFrame
from firmware_bridge.terrain import Grid, Terrain
from firmware_bridge.terrain.geotiff import Datum, read_geotiff
from onboard.locate import Locator, Mounting
from onboard.locate.covariance import Sigmas, bias_jacobians, ce90_m, ground_covariances
from onboard.locate.lens import Lens
from onboard.locate.pose import NoPose, PoseBuffer
from onboard.locate.rotation import NED_FROM_ENU, about_down, from_euler, matrix, multiply

D = math.radians(1.0)
LENS = Lens(640, 512, 1000.0, 1000.0, 319.5, 255.5)
LAT, LON, GROUND_M = 43.2, 131.5, 200.0


def flat(half_deg=0.2, height_m=GROUND_M):
    posts = np.full((401, 401), height_m, dtype=np.float32)
    step = half_deg / 200
    return Terrain(grids=[Grid(posts, LAT + half_deg, LON - half_deg, step, step)])


FLAT = flat()


def pose(pitch_deg=-45.0, yaw_deg=0.0, agl_m=100.0, body=(0.0, 0.0, 0.0), **changes):
    mount = from_euler(yaw_deg * D, pitch_deg * D, 0.0)
    made = Pose(
        0.0, LAT, LON, GROUND_M + agl_m, (0.0, 0.0, 0.0), from_euler(*np.radians(body)), mount, 0.0
    )
    return replace(made, **changes)


def offset_m(fix, lat=LAT, lon=LON, alt=GROUND_M):
    """(3,) east, north, up of a fix."""
    hae = hae_from_amsl_m(fix.lat_deg, fix.lon_deg, fix.alt_amsl_m)
    return geodetic_to_enu(
        fix.lat_deg, fix.lon_deg, hae, lat, lon, float(hae_from_amsl_m(lat, lon, alt))
    )


def at_centre(locator, where):
    return locator.locate(where, [319.5], [255.5])[0]


# --- golden vectors ---------------------------------------------------------------------------


def golden_cases(shared):
    geo = shared / "data" / "geo"
    for name, stride in (("rays_N44W072", 4), ("rays_slc_cop30", 2)):
        with (geo / "golden" / f"{name}.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))[::stride]
        if rows[0]["dem"].endswith(".hgt"):
            terrain = Terrain(geo / "dem")
        else:
            terrain = Terrain(grids=[read_geotiff(geo / "dem" / rows[0]["dem"], datum=Datum.EGM96)])
        for row in rows:
            yield terrain, {k: float(v) for k, v in row.items() if k not in ("dem", "camera")}


def solve(terrain, case, *, frame=YawFrame.VEHICLE, lever=True, distortion=True, alt_key=None):
    """Error in metres of one golden case, with one deliberate mistake if asked; NaN if lost."""
    names = ("k1", "k2", "p1", "p2", "k3") if distortion else ()
    lens = Lens(
        int(case["width"]), int(case["height"]),
        *(case[n] for n in ("fx", "fy", "cx", "cy", *names)),
    )  # fmt: skip
    arm = tuple(case[f"lever_{n}"] for n in ("x_fwd", "y_right", "z_down"))
    body = from_euler(*(case[f"veh_{n}_deg"] * D for n in ("yaw", "pitch", "roll")))
    gimbal = from_euler(
        *(case[f"gimbal_{n}_deg"] * D for n in ("yaw_vehicle_frame", "pitch", "roll"))
    )
    buffer = PoseBuffer()
    place = case["veh_lat"], case["veh_lon"], case[alt_key or "veh_alt_amsl_egm96"]
    buffer.add(AttitudeSample(0.0, body, 0.0))
    buffer.add(GimbalSample(0.0, gimbal, frame, 0.0))
    buffer.add(PositionSample(0.0, *place, 0.0, (0.0, 0.0, 0.0), 0.0))
    locator = Locator(terrain, lens, Mounting(arm if lever else (0.0, 0.0, 0.0)))
    fix = locator.locate(buffer.at(0.0), [case["px_u"]], [case["px_v"]])[0].fix
    if fix is None:
        return math.nan
    expected = case["expect_lat"], case["expect_lon"], case["expect_alt_amsl"]
    return float(np.linalg.norm(offset_m(fix, *expected)))


@pytest.fixture(scope="module")
def cases(shared):
    return list(golden_cases(shared))


def test_golden_vectors_are_met_and_none_is_lost(cases):
    errors = np.array([solve(*case) for case in cases])
    assert len(errors) == 200
    assert not np.isnan(errors).any()
    assert np.quantile(errors, 0.5) <= 0.005
    assert np.quantile(errors, 0.99) <= 0.25


@pytest.mark.parametrize(
    ("mistake", "least_p50_m"),
    [
        ({"frame": YawFrame.EARTH}, 10.0),
        ({"lever": False}, 0.15),
        ({"distortion": False}, 0.02),
        ({"alt_key": "veh_alt_hae"}, 10.0),
    ],
    ids=["gimbal yaw taken from north", "no lever arm", "no distortion", "ellipsoid as AMSL"],
)
def test_each_mistake_shows_on_the_golden_vectors(cases, mistake, least_p50_m):
    errors = [solve(*case, **mistake) for case in cases[::4]]
    assert np.nanquantile(errors, 0.5) > least_p50_m


# --- geometry ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("yaw_deg", "east_m", "north_m"), [(0, 0, 100), (90, 100, 0)])
def test_the_centre_pixel_goes_where_the_camera_points(yaw_deg, east_m, north_m):
    view = at_centre(Locator(FLAT, LENS), pose(yaw_deg=yaw_deg))
    assert offset_m(view.fix) == pytest.approx([east_m, north_m, 0.0], abs=0.01)


def test_flat_earth_would_miss_the_drop_of_the_horizon():
    """At 2 km the ground has dropped 0.31 m: 3.5 degrees down that is 5 m farther."""
    keen = Sigmas(tilt_deg=0.01, yaw_deg=0.01, terrain_m=1.0)
    view = at_centre(Locator(FLAT, LENS, sigmas=keen), pose(pitch_deg=-3.5, agl_m=120.0))
    north = float(offset_m(view.fix)[1])
    flat_m = 120.0 / math.tan(3.5 * D)
    assert north - flat_m == pytest.approx(north**2 / 2 / 6.37e6 / math.tan(3.5 * D), rel=0.05)
    assert north - flat_m > 4.0


def test_the_lever_arm_turns_with_the_body_and_not_with_the_gimbal():
    locator = Locator(FLAT, LENS, Mounting(lever_frd_m=(1.0, 0.0, 0.0)))
    view = at_centre(locator, pose(pitch_deg=-90.0, body=(90.0, 0.0, 0.0)))
    assert offset_m(view.fix)[:2] == pytest.approx([1.0, 0.0], abs=0.01)


def test_boresight_turns_the_optical_axis_in_the_mount():
    right = Mounting(q_mount_from_camera=from_euler(2.0 * D, 0.0, 0.0))
    view = at_centre(Locator(FLAT, LENS, right), pose(pitch_deg=-45.0))
    range_m = 100 * math.sqrt(2)
    assert offset_m(view.fix)[0] == pytest.approx(range_m * math.tan(2 * D), rel=0.01)


def test_all_detections_of_a_frame_come_in_order():
    views = Locator(FLAT, LENS).locate(pose(), [100.0, 319.5, 600.0], [255.5, 400.0, 255.5])
    east = [offset_m(v.fix)[0] for v in views]
    assert east[0] < -20 < east[1] < 20 < east[2]
    assert offset_m(views[1].fix)[1] < 100


def test_pixel_area_on_the_ground_is_that_of_its_footprint():
    sight = at_centre(Locator(FLAT, LENS), pose(pitch_deg=-45.0)).sight
    left, right, top, low = Locator(FLAT, LENS).locate(
        pose(), [319.0, 320.0, 319.5, 319.5], [255.5, 255.5, 255.0, 256.0]
    )
    wide = offset_m(right.fix)[0] - offset_m(left.fix)[0]
    deep = offset_m(top.fix)[1] - offset_m(low.fix)[1]
    assert sight.ground_m2_per_px == pytest.approx(wide * deep, rel=0.001)


# --- never a guess ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "pixel", "reason"),
    [
        (NoPose("gimbal gap 1.2 s"), (319.5, 255.5), "no pose: gimbal gap 1.2 s"),
        (pose(pitch_deg=10.0), (319.5, 255.5), "no ground within 5000 m"),
        (pose(agl_m=-5.0), (319.5, 255.5), "below the terrain"),
        (pose(pitch_deg=-2.0), (319.5, 255.5), "grazes"),
        (pose(lat_deg=50.0), (319.5, 255.5), "no terrain data"),
        (pose(pitch_deg=-3.2, agl_m=250.0), (319.5, 255.5), "error too large: CE90"),
    ],
)
def test_where_there_is_no_clean_answer_the_reason_is_given(where, pixel, reason):
    view = Locator(FLAT, LENS).locate(where, [pixel[0]], [pixel[1]])[0]
    assert view.fix is None
    assert view.sight is None
    assert reason in view.reason


def test_a_pixel_outside_the_lens_model_is_no_detection_place():
    folding = Lens(640, 512, 300.0, 300.0, 319.5, 255.5, -0.4)
    corner, centre = Locator(FLAT, folding).locate(pose(-90.0), [0, 319.5], [0, 255.5])
    assert corner.reason == "pixel lies outside the lens model"
    assert centre.fix is not None


# --- covariance -------------------------------------------------------------------------------

# facts/geolocation.md: attitude roll-pitch, yaw; DEM; CE90 at nadir, 60, 45 and 30 degrees down
TABLE = [
    (1, 2, 0, (4.3, 6.1, 9.1, 16.0)),
    (1, 2, 5, (4.3, 7.6, 12.0, 21.0)),
    (1, 2, 10, (4.3, 11.2, 18.5, 33.0)),
    (2, 4, 10, (6.5, 13.5, 22.2, 40.0)),
]
DEPRESSIONS_DEG = (90.0, 60.0, 45.0, 30.0)
CLOCK_S, VELOCITY = 0.05, np.array([0.0, 10.0, 0.0])


def monte_carlo_ce90_m(tilt_deg, yaw_deg, dem_m, depression_deg, runs=40_000):
    """True radius by exact geometry over flat ground; camera Euler angles in error."""
    rng = np.random.default_rng(3)
    yaw = rng.normal(size=runs) * yaw_deg * D
    pitch = -depression_deg * D + rng.normal(size=runs) * tilt_deg * D
    north, east, down = np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), -np.sin(pitch)
    position = rng.normal(size=(runs, 3)) * [1.5, 1.5, 2.5]
    ground = rng.normal(size=runs) * dem_m
    range_m = (100.0 + position[:, 2] - ground) / down
    late = rng.normal(size=runs) * CLOCK_S * VELOCITY[1]
    back = 100.0 / math.tan(depression_deg * D)
    x = position[:, 0] + range_m * east
    y = position[:, 1] + range_m * north + late - back
    return float(np.quantile(np.hypot(x, y), 0.9))


def formula_ce90_m(tilt_deg, yaw_deg, dem_m, depression_deg):
    """The formula for the same errors: camera Euler angles, so no tilt about the optical axis."""
    down = depression_deg * D
    direction = np.array([[0.0, math.cos(down), -math.sin(down)]])
    range_m = np.array([100.0 / math.sin(down)])
    jacobian = bias_jacobians(direction, range_m, 0.0, VELOCITY, np.zeros((1, 3)))
    sigmas = Sigmas(tilt_deg=tilt_deg, yaw_deg=yaw_deg)
    variance = sigmas.bias_variances(CLOCK_S, 0.0)
    variance[0] = 0.0
    rays = (jacobian * variance) @ jacobian.transpose(0, 2, 1)
    return float(ce90_m(ground_covariances(direction, np.zeros((1, 2)), rays, dem_m))[0])


@pytest.mark.parametrize(("tilt", "yaw", "dem", "published"), TABLE)
def test_formula_and_simulation_agree_with_the_published_table(tilt, yaw, dem, published):
    for depression, expected_m in zip(DEPRESSIONS_DEG, published, strict=True):
        assert monte_carlo_ce90_m(tilt, yaw, dem, depression) == pytest.approx(expected_m, rel=0.1)
        assert formula_ce90_m(tilt, yaw, dem, depression) == pytest.approx(expected_m, rel=0.1)


@pytest.mark.parametrize(("tilt", "yaw", "dem", "published"), TABLE)
def test_the_locator_never_claims_less_than_the_table(tilt, yaw, dem, published):
    """It counts tilt about both level axes, which Euler angles of a camera at nadir do not."""
    sigmas = Sigmas(tilt_deg=tilt, yaw_deg=yaw, terrain_m=dem, pixel_px=0.0)
    locator = Locator(FLAT, LENS, sigmas=sigmas)
    for depression, expected_m in zip(DEPRESSIONS_DEG, published, strict=True):
        moving = pose(-depression, velocity_ned_m_s=(10.0, 0.0, 0.0), clock_sigma_s=CLOCK_S)
        told_m = at_centre(locator, moving).fix.ce90_m
        # 2.146 sqrt(trace / 2) is up to 8 % low for an elongated ellipse, as at 30 degrees.
        assert 0.92 * expected_m <= told_m <= 1.27 * expected_m


def numeric_jacobian_column(locator, where, change, step):
    """Central difference of a fix, (2,) metres per unit."""
    ends = [
        offset_m(locator.locate(change(where, s), [500.0], [100.0])[0].fix)[:2]
        for s in (step, -step)
    ]
    return (ends[0] - ends[1]) / (2 * step)


def shifted_east(where, metres):
    return replace(where, lon_deg=where.lon_deg + metres / 81_240.0)


def raised(where, metres):
    return replace(where, alt_amsl_m=where.alt_amsl_m + metres)


def turned_right(where, angle):
    return replace(where, q_ned_from_mount=multiply(about_down(angle), where.q_ned_from_mount))


@pytest.mark.parametrize(
    ("column", "change", "step"),
    [(2, turned_right, 1e-4), (3, shifted_east, 1.0), (5, raised, 1.0)],
    ids=["yaw", "east", "height"],
)
def test_jacobian_is_the_derivative_of_the_fix(column, change, step):
    locator, where = Locator(FLAT, LENS), pose(pitch_deg=-50.0, yaw_deg=35.0)
    sight = locator.locate(where, [500.0], [100.0])[0].sight
    onto = np.eye(3) - np.outer(sight.direction, sight.normal) / (sight.normal @ sight.direction)
    analytic = (onto @ sight.bias_jacobian[:, column])[:2]
    numeric = numeric_jacobian_column(locator, where, change, step)
    assert analytic == pytest.approx(numeric, rel=0.002, abs=0.002)


def test_focal_column_is_the_derivative_of_the_fix():
    where = pose(pitch_deg=-50.0, yaw_deg=35.0)
    ends = []
    for step in (1e-3, -1e-3):
        lens = replace(LENS, fx=LENS.fx * (1 + step), fy=LENS.fy * (1 + step))
        ends.append(offset_m(Locator(FLAT, lens).locate(where, [500.0], [100.0])[0].fix)[:2])
    sight = Locator(FLAT, LENS).locate(where, [500.0], [100.0])[0].sight
    onto = np.eye(3) - np.outer(sight.direction, sight.normal) / (sight.normal @ sight.direction)
    numeric = (ends[0] - ends[1]) / 2e-3
    assert (onto @ sight.bias_jacobian[:, 7])[:2] == pytest.approx(numeric, rel=0.002)


def test_an_uncalibrated_lens_costs_accuracy_at_the_corner_and_not_at_the_centre():
    guessed = replace(LENS, focal_sigma=0.1)
    sure, unsure = Locator(FLAT, LENS), Locator(FLAT, guessed)
    assert at_centre(unsure, pose()).fix.ce90_m == pytest.approx(at_centre(sure, pose()).fix.ce90_m)
    corner = ([10.0], [500.0])
    sure_m = sure.locate(pose(), *corner)[0].fix.ce90_m
    assert unsure.locate(pose(), *corner)[0].fix.ce90_m > sure_m + 1.0


def test_a_bad_clock_matters_by_the_speed():
    locator = Locator(FLAT, LENS)
    quick = pose(velocity_ned_m_s=(0.0, 15.0, 0.0))
    told = [at_centre(locator, replace(quick, clock_sigma_s=s)).fix for s in (0.0, 0.5)]
    assert told[1].var_east_m2 - told[0].var_east_m2 == pytest.approx((15 * 0.5) ** 2, rel=0.01)
    assert told[1].var_north_m2 == pytest.approx(told[0].var_north_m2, rel=0.01)


# --- footprint and view -----------------------------------------------------------------------


def signed_area_m2(ring):
    x = (np.array([p[0] for p in ring]) - LON) * 81_240
    y = (np.array([p[1] for p in ring]) - LAT) * 111_100
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def test_footprint_is_clockwise_and_of_the_right_size():
    ring = Locator(FLAT, LENS).footprint(pose(pitch_deg=-90.0))
    assert len(ring) == 12
    assert signed_area_m2(ring) == pytest.approx(-63.9 * 51.1, rel=0.01)


def test_footprint_towards_the_horizon_is_cut_at_the_range():
    ring = Locator(FLAT, LENS, max_range_m=1500.0).footprint(pose(pitch_deg=-8.0))
    north_m = (np.array([p[1] for p in ring]) - LAT) * 111_100
    assert 700 < north_m.max() < 1500
    assert signed_area_m2(ring) < 0


@pytest.mark.parametrize("where", [NoPose("no gimbal yet"), pose(pitch_deg=40.0)])
def test_there_is_no_footprint_of_the_sky(where):
    assert Locator(FLAT, LENS).footprint(where) is None


def test_sees_what_it_locates():
    locator, where = Locator(FLAT, LENS), pose(pitch_deg=-60.0, yaw_deg=77.0)
    inner = locator.locate(where, [1.0, 638.0, 320.0], [1.0, 510.0, 256.0])
    outer = locator.locate(where, [-9.0, 650.0], [256.0, 256.0])
    places = [(v.fix.lat_deg, v.fix.lon_deg, v.fix.alt_amsl_m) for v in (*inner, *outer)]
    assert list(locator.sees(where, *np.array(places).T)) == [True] * 3 + [False] * 2
    assert not locator.sees(NoPose("lost"), LAT, LON, GROUND_M).any()


def test_axes_of_ned_and_enu():
    assert (np.eye(3) == NED_FROM_ENU @ NED_FROM_ENU).all()
    assert np.allclose(matrix(from_euler(90 * D, 0, 0)) @ [1, 0, 0], [0, 1, 0])
