"""Rays against terrain: every answer is compared with a slow and exact walk along the ray."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_bridge.earth import enu_to_geodetic, geoid_undulation_m, hae_from_amsl_m
from firmware_bridge.terrain import Grid, RayHits, RayStatus, Terrain, intersect
from firmware_bridge.terrain.tiles import tile_name

FloatArray = NDArray[np.float64]
STEP_DEG = 1 / 3600
LAT, LON = 44.3, 131.6


def grid_of(heights: NDArray[np.generic], lat: float = LAT, lon: float = LON) -> Grid:
    """A loose grid of 1" posts centred near the given place."""
    rows, columns = heights.shape
    north, west = lat + rows / 2 * STEP_DEG, lon - columns / 2 * STEP_DEG
    return Grid(heights.astype(np.float32), north, west, STEP_DEG, STEP_DEG)


def hills(seed: int, rows: int = 64, columns: int = 64, relief_m: float = 60) -> FloatArray:
    """Smooth random relief: a few waves of random direction, length and height."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns].astype(float)
    heights = np.full((rows, columns), 300.0)
    for _ in range(5):
        ky, kx, phase = *random.normal(0, 0.3, 2).tolist(), random.uniform(0, 6)
        heights += random.uniform(0, relief_m / 5) * np.sin(ky * y + kx * x + phase)
    return heights


def directions(depression_deg: float, count: int = 16) -> FloatArray:
    """(count, 3) unit ENU all around at one angle below the horizon."""
    azimuth = np.linspace(0.1, 0.1 + 2 * np.pi, count, endpoint=False)
    level = np.cos(np.radians(depression_deg))
    down = np.full(count, -np.sin(np.radians(depression_deg)))
    return np.column_stack([level * np.sin(azimuth), level * np.cos(azimuth), down])


def clearance_m(
    terrain: Terrain, origin: tuple[float, float, float], enu: FloatArray
) -> FloatArray:
    """Height of ENU points over the ground by the exact conversions; NaN without data."""
    lat, lon, alt = origin
    place = enu_to_geodetic(enu, lat, lon, float(hae_from_amsl_m(lat, lon, alt)))
    return place[2] - geoid_undulation_m(place[0], place[1]) - terrain.height_amsl_m(*place[:2])


def slow_ranges_m(
    terrain: Terrain, origin: tuple[float, float, float], rays: FloatArray, end_m: float
) -> FloatArray:
    """(N,) range of the first point below ground in steps of 0.5 m, then halved; NaN: none."""
    steps = np.arange(0.5, end_m + 0.5, 0.5)
    under = clearance_m(terrain, origin, rays[:, None, :] * steps[None, :, None]) < 0
    far = np.where(under.any(axis=1), steps[under.argmax(axis=1)], np.nan)
    near = far - 0.5
    for _ in range(40):
        middle = (near + far) / 2
        below = clearance_m(terrain, origin, rays * middle[:, None]) < 0
        near, far = np.where(below, near, middle), np.where(below, middle, far)
    return far


def cast(terrain: Terrain, above_m: float, rays: FloatArray, **options: float) -> RayHits:
    """Rays from `above_m` over the ground at the test's place."""
    ground_m = float(terrain.height_amsl_m(LAT, LON))
    return intersect(terrain, LAT, LON, ground_m + above_m, rays, **options)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(5, 150),
    st.floats(0.5, 90),
    st.floats(-400, 400),
    st.floats(-400, 400),
)
def test_rays_meet_random_hills_where_a_slow_exact_walk_does(
    seed: int, above_m: float, depression_deg: float, east_m: float, north_m: float
) -> None:
    terrain = Terrain(grids=[grid_of(hills(seed))])
    lat, lon = LAT + north_m / 111_000, LON + east_m / 80_000
    origin = (lat, lon, float(terrain.height_amsl_m(lat, lon)) + above_m)
    rays = directions(depression_deg)
    hits = intersect(terrain, *origin, rays, max_range_m=1500)
    truth = slow_ranges_m(terrain, origin, rays, 1500)
    known = np.isfinite(truth)
    met = hits.status == RayStatus.HIT
    # A ridge touched for less than the slow walk's step is seen by the fast one only.
    assert (met | ~known).all()
    error_m = np.abs(hits.range_m - truth)[known]
    touched = hits.range_m[known] < truth[known] - 0.01
    assert (error_m[~touched] < 0.01).all()
    at_hit = clearance_m(terrain, origin, rays * hits.range_m[:, None])
    assert (np.abs(at_hit[met]) < 0.005).all()


@pytest.mark.parametrize("depression_deg", [85, 45, 20, 8])
def test_surface_and_answer_differ_by_less_than_a_micrometre(depression_deg: float) -> None:
    terrain = Terrain(grids=[grid_of(hills(3))])
    hits = cast(terrain, 40, directions(depression_deg, 500))
    met = hits.status == RayStatus.HIT
    assert met.sum() > 100
    surface = terrain.height_amsl_m(hits.lat_deg[met], hits.lon_deg[met])
    np.testing.assert_allclose(hits.alt_amsl_m[met], surface, rtol=0, atol=1e-6)


def test_straight_down_is_the_height_over_ground() -> None:
    terrain = Terrain(grids=[grid_of(hills(1))])
    hits = cast(terrain, 80, np.array([[0.0, 0.0, -1.0]]))
    assert hits.range_m[0] == pytest.approx(80, abs=1e-6)
    assert hits.lat_deg[0] == pytest.approx(LAT, abs=1e-12)
    assert hits.lon_deg[0] == pytest.approx(LON, abs=1e-12)


def test_gradient_is_the_slope_of_a_plane() -> None:
    """Ten metres up per post eastward, five down per post northward."""
    y, x = np.mgrid[:64, :64]
    terrain = Terrain(grids=[grid_of(10 * x + 5 * y)])
    hits = cast(terrain, 50, directions(60))
    post_north_m, post_east_m = 111_110 / 3600, 79_800 / 3600
    np.testing.assert_allclose(hits.gradient_en[:, 0], 10 / post_east_m, rtol=0.002)
    np.testing.assert_allclose(hits.gradient_en[:, 1], -5 / post_north_m, rtol=0.002)


def test_ridge_one_post_wide_stops_a_grazing_ray() -> None:
    """Nothing is stepped over: the ray clears flat ground by 4 m and the ridge stands 5 m high."""
    heights = np.zeros((64, 400))
    heights[:, 300] = 5
    terrain = Terrain(grids=[grid_of(heights)])
    level = np.array([[1.0, 0.0, 0.0]])
    hits = intersect(terrain, LAT, LON, 4.0, level, max_range_m=4000)
    post_m = 79_800 / 3600
    assert hits.status[0] == RayStatus.HIT
    assert hits.range_m[0] == pytest.approx((300 - 200) * post_m, abs=post_m)
    heights[:, 300] = 3
    lower = Terrain(grids=[grid_of(heights)])
    missed = intersect(lower, LAT, LON, 4.0, level, max_range_m=4000)
    assert missed.status[0] != RayStatus.HIT


def test_earth_curves_away_under_a_flat_ray() -> None:
    """10 m over the sea at 0.3 degrees down a flat earth is met at 1910 m, the round one later."""
    sea = Terrain(grids=[grid_of(np.zeros((64, 400)))])
    ray = np.array([[np.cos(np.radians(0.3)), 0, -np.sin(np.radians(0.3))]])
    hits = intersect(sea, LAT, LON, 10.0, ray)
    sine = np.sin(np.radians(0.3))
    # Sphere, with the geoid's slope along the way: N falls or rises by a few centimetres per km.
    rise = float(geoid_undulation_m(LAT, LON + 0.02) - geoid_undulation_m(LAT, LON)) / 1596
    bend, slope = 1 / (2 * 6.388e6), -(sine + rise)
    expected = (-slope - np.sqrt(slope**2 - 4 * bend * 10)) / (2 * bend)
    flat = 10 / sine
    assert hits.range_m[0] == pytest.approx(expected, rel=0.002)
    assert abs(hits.range_m[0] - flat) > 50


@pytest.mark.parametrize(
    ("ray", "status"),
    [
        ((0.0, 0.0, 1.0), RayStatus.OUT_OF_RANGE),
        ((0.0, 0.8, 0.6), RayStatus.OUT_OF_RANGE),
        ((1.0, 0.0, 0.0), RayStatus.NO_TERRAIN),
        ((np.nan, 0.0, -1.0), RayStatus.NO_TERRAIN),
        ((np.inf, 0.0, -1.0), RayStatus.NO_TERRAIN),
        ((0.0, 0.0, -1.0), RayStatus.HIT),
    ],
)
def test_status_says_what_became_of_a_ray(
    ray: tuple[float, float, float], status: RayStatus
) -> None:
    terrain = Terrain(grids=[grid_of(np.zeros((64, 64)))])
    range_m = 500 if status is RayStatus.OUT_OF_RANGE else 5000
    hits = intersect(terrain, LAT, LON, 60.0, np.array([ray]), max_range_m=range_m)
    assert hits.status[0] == status
    assert np.isnan(hits.lat_deg[0]) == (status != RayStatus.HIT)


def test_range_cap_is_kept() -> None:
    terrain = Terrain(grids=[grid_of(np.zeros((64, 64)))])
    down = np.array([[0.0, 0.0, -1.0]])
    assert intersect(terrain, LAT, LON, 60.0, down, 59.9).status[0] == RayStatus.OUT_OF_RANGE
    assert intersect(terrain, LAT, LON, 60.0, down, 60.1).status[0] == RayStatus.HIT


def test_start_below_ground_is_told() -> None:
    terrain = Terrain(grids=[grid_of(hills(5))])
    rays = np.array([[0.0, 0.0, -1.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    assert (cast(terrain, -1.0, rays).status == RayStatus.BELOW_SURFACE).all()


@pytest.mark.parametrize(
    "origin", [(np.nan, LON, 100.0), (LAT, np.inf, 100.0), (LAT, LON, np.nan), (91.0, LON, 100.0)]
)
def test_impossible_origin_gives_no_terrain(origin: tuple[float, float, float]) -> None:
    terrain = Terrain(grids=[grid_of(hills(5))])
    assert (intersect(terrain, *origin, directions(45)).status == RayStatus.NO_TERRAIN).all()


def test_no_rays_give_no_hits() -> None:
    hits = intersect(Terrain(), LAT, LON, 100.0, np.empty((0, 3)))
    assert hits.status.shape == (0,)
    assert hits.gradient_en.shape == (0, 2)


def test_void_in_the_way_is_no_terrain() -> None:
    heights = np.zeros((64, 64))
    heights[:, 40] = -32768
    terrain = Terrain(grids=[grid_of(heights)])
    east, west = np.array([[0.8, 0.0, -0.6]]), np.array([[-0.8, 0.0, -0.6]])
    assert intersect(terrain, LAT, LON, 200.0, east).status[0] == RayStatus.NO_TERRAIN
    assert intersect(terrain, LAT, LON, 200.0, west).status[0] == RayStatus.HIT


def surface(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Hills that know nothing of tiles."""
    return 400 + 60 * np.sin(lat * 900) * np.cos(lon * 700) + 15 * np.sin(lon * 4000)


def write_surface(folder: Path, south: int, west: int, posts: int) -> None:
    lat = south + 1 - np.arange(posts)[:, None] / (posts - 1)
    lon = west + np.arange(posts)[None, :] / (posts - 1)
    surface(lat, lon).round().astype(">i2").tofile(folder / tile_name(south, west))


@pytest.fixture(scope="module")
def four_tiles(tmp_path_factory: pytest.TempPathFactory) -> Terrain:
    """Tiles of two resolutions around the corner 45 N 132 E."""
    folder = tmp_path_factory.mktemp("tiles")
    for south, west, posts in ((44, 131, 1201), (44, 132, 1201), (45, 131, 1201), (45, 132, 3601)):
        write_surface(folder, south, west, posts)
    return Terrain(folder)


@pytest.mark.parametrize("lat", [44.9995, 45.0, 45.0004])
@pytest.mark.parametrize("lon", [131.9994, 132.0, 132.0003])
@pytest.mark.parametrize("depression_deg", [50, 15])
def test_rays_cross_tile_borders(
    four_tiles: Terrain, lat: float, lon: float, depression_deg: float
) -> None:
    origin = (lat, lon, float(four_tiles.height_amsl_m(lat, lon)) + 70)
    rays = directions(depression_deg, 32)
    hits = intersect(four_tiles, *origin, rays, max_range_m=1200)
    truth = slow_ranges_m(four_tiles, origin, rays, 1200)
    np.testing.assert_allclose(hits.range_m, truth, atol=0.02)
    crossed = (np.floor(hits.lat_deg) != np.floor(lat)) | (np.floor(hits.lon_deg) != np.floor(lon))
    assert crossed.any()


def test_ray_over_the_antimeridian(tmp_path: Path) -> None:
    for west in (179, -180):
        write_surface(tmp_path, 65, west, 1201)
    terrain = Terrain(tmp_path)
    lon = 179.9995
    alt = float(terrain.height_amsl_m(65.5, lon)) + 60
    east = np.array([[0.8, 0.0, -0.6]])
    hits = intersect(terrain, 65.5, lon, alt, east)
    assert hits.status[0] == RayStatus.HIT
    assert hits.lon_deg[0] < -179.99
    truth = slow_ranges_m(terrain, (65.5, lon, alt), east, 1000)
    assert hits.range_m[0] == pytest.approx(truth[0], abs=0.01)


def test_ray_that_leaves_the_last_tile_meets_no_terrain(tmp_path: Path) -> None:
    write_surface(tmp_path, 44, 131, 1201)
    terrain = Terrain(tmp_path)
    alt = float(terrain.height_amsl_m(44.5, 131.999)) + 200
    assert intersect(terrain, 44.5, 131.999, alt, [[0.9, 0, -0.43]]).status[0] == (
        RayStatus.NO_TERRAIN
    )


def test_a_rays_answer_does_not_depend_on_its_company() -> None:
    terrain = Terrain(grids=[grid_of(hills(9))])
    rays = np.vstack([directions(angle, 200) for angle in (3, 10, 30, 60, 88)])
    together = cast(terrain, 60, rays)
    alone = np.array([cast(terrain, 60, ray[None]).range_m[0] for ray in rays[::97]])
    np.testing.assert_array_equal(together.range_m[::97], alone)
