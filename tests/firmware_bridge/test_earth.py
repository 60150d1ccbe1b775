"""The earth's figure against published numbers, and there and back again."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import earth

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg", "undulation_m"),
    [
        # EGM96 5' values of NGA's grid; a 15' grid differs by centimetres here.
        (43.2, 131.5, 25.54),
        (48.14, 11.58, 45.48),
        # Posts of the 15' grid itself.
        (90.0, 0.0, 13.61),
        (-90.0, 77.0, -29.53),
        (0.0, 180.0, 21.15),
        (0.0, -180.0, 21.15),
    ],
)
def test_undulation_at_known_places(lat_deg: float, lon_deg: float, undulation_m: float) -> None:
    assert earth.geoid_undulation_m(lat_deg, lon_deg) == pytest.approx(undulation_m, abs=0.06)


def test_undulation_is_positive_where_the_geoid_stands_above_the_ellipsoid() -> None:
    """h = H + N: backwards, every height comes out 2 N = 51 m wrong."""
    assert earth.hae_from_amsl_m(43.2, 131.5, 100.0) == pytest.approx(125.54, abs=0.06)
    assert earth.amsl_from_hae_m(43.2, 131.5, 125.54) == pytest.approx(100.0, abs=0.06)


def test_undulation_between_posts_is_their_mean() -> None:
    corners = earth.geoid_undulation_m([44.0, 44.0, 44.25, 44.25], [131.0, 131.25, 131.0, 131.25])
    assert earth.geoid_undulation_m(44.125, 131.125) == pytest.approx(corners.mean())


def test_undulation_agrees_with_an_independent_excerpt(shared: Path) -> None:
    file = shared / "data" / "geo" / "geoid" / "egm96_40-50N_125-140E_15min.csv"
    rows = [row for row in csv.reader(file.open()) if not row[0].startswith("#")]
    expected = np.array(rows, dtype=float)
    lat, lon = 40 + 0.25 * np.arange(41), 125 + 0.25 * np.arange(61)
    assert expected.shape == (41, 61)
    np.testing.assert_allclose(
        earth.geoid_undulation_m(lat[:, None], lon[None, :]), expected, atol=0.0051
    )


@given(LATITUDES)
def test_antimeridian_is_no_step_in_the_geoid(lat_deg: float) -> None:
    west, east = earth.geoid_undulation_m(lat_deg, [-179.9999999, 179.9999999])
    assert west == pytest.approx(east, abs=0.001)


@given(LONGITUDES)
def test_pole_has_one_undulation(lon_deg: float) -> None:
    assert earth.geoid_undulation_m(90, lon_deg) == pytest.approx(13.61)


def test_longitude_may_be_counted_on() -> None:
    assert earth.geoid_undulation_m(44, 131 + 360) == earth.geoid_undulation_m(44, 131)


@pytest.mark.parametrize("lat_deg", [90.001, -91.0, float("nan"), float("inf")])
def test_latitude_that_does_not_exist_has_no_undulation(lat_deg: float) -> None:
    assert np.isnan(earth.geoid_undulation_m(lat_deg, 131.0))


def test_longitude_that_does_not_exist_has_no_undulation() -> None:
    assert np.isnan(earth.geoid_undulation_m(44.0, [np.nan, np.inf])).all()


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg", "alt_hae_m", "ecef_m"),
    [
        (0.0, 0.0, 0.0, (6378137.0, 0.0, 0.0)),
        (0.0, 90.0, 100.0, (0.0, 6378237.0, 0.0)),
        (-90.0, 0.0, 0.0, (0.0, 0.0, -6356752.3142)),
        # EPSG Guidance Note 7-2, method 9602.
        (53.80939444, 2.12955, 73.0, (3771793.968, 140253.342, 5124304.349)),
    ],
)
def test_ecef_of_known_places(
    lat_deg: float, lon_deg: float, alt_hae_m: float, ecef_m: tuple[float, float, float]
) -> None:
    np.testing.assert_allclose(
        earth.geodetic_to_ecef(lat_deg, lon_deg, alt_hae_m), ecef_m, atol=0.002
    )


@given(LATITUDES, LONGITUDES, st.floats(-10_000, 1_000_000))
def test_ecef_and_back_is_exact_to_a_micrometre(lat: float, lon: float, alt_m: float) -> None:
    ecef = earth.geodetic_to_ecef(lat, lon, alt_m)
    back = earth.geodetic_to_ecef(*earth.ecef_to_geodetic(ecef))
    np.testing.assert_allclose(back, ecef, atol=1e-6)
    assert earth.ecef_to_geodetic(ecef)[2] == pytest.approx(alt_m, abs=1e-6)


@given(LATITUDES, LONGITUDES)
def test_enu_matrix_is_a_rotation_whose_third_row_points_up(lat: float, lon: float) -> None:
    matrix = earth.enu_matrix(lat, lon)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1)
    climb = earth.geodetic_to_ecef(lat, lon, 100.0) - earth.geodetic_to_ecef(lat, lon, 0.0)
    np.testing.assert_allclose(matrix @ climb, (0, 0, 100), atol=1e-6)


@pytest.mark.parametrize(("lat_deg", "lon_deg", "axis"), [(44.001, 131.0, 1), (44.0, 131.001, 0)])
def test_enu_axes_point_east_and_north(lat_deg: float, lon_deg: float, axis: int) -> None:
    enu = earth.geodetic_to_enu(lat_deg, lon_deg, 0.0, 44.0, 131.0, 0.0)
    east_m, north_m = earth.metres_per_degree(44.0)
    assert enu[axis] == pytest.approx((east_m, north_m)[axis] * 0.001, rel=1e-4)
    assert abs(enu[1 - axis]) < 0.01


@given(
    st.floats(-85, 85),
    LONGITUDES,
    st.tuples(*[st.floats(-20_000, 20_000)] * 3),
)
def test_enu_and_back(lat: float, lon: float, enu_m: tuple[float, float, float]) -> None:
    place = earth.enu_to_geodetic(enu_m, lat, lon, 300.0)
    np.testing.assert_allclose(earth.geodetic_to_enu(*place, lat, lon, 300.0), enu_m, atol=1e-6)


def test_arrays_keep_their_shape() -> None:
    lat, lon = np.full((3, 4), 44.0), np.full((3, 4), 131.0)
    assert earth.geoid_undulation_m(lat, lon).shape == (3, 4)
    assert earth.geodetic_to_ecef(lat, lon, 0.0).shape == (3, 4, 3)
    assert earth.ecef_to_geodetic(earth.geodetic_to_ecef(lat, lon, 0.0))[0].shape == (3, 4)
