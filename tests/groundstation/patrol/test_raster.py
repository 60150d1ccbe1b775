"""The effort raster: exact on the grid lines, no kilometre lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.tracks import NO_TIME_US
from groundstation.dock.geodesic import leg_lengths_m
from groundstation.patrol.grid import Grid, step_lengths_m
from groundstation.patrol.raster import EffortRaster, Way, effort_raster

GRID = Grid(1000.0, 43.0, 131.0)


def as_it_is(way: Way) -> Way:
    return way


def way(lat: list[float], lon: list[float], raid: int = 1, step_s: float = 60) -> Way:
    count = len(lat)
    time_us = (np.arange(count) * step_s * 1e6).astype(np.int64)
    yes = np.ones(count, bool)
    return Way(raid, time_us, np.array(lat), np.array(lon), yes, yes.copy())


def in_cells(points: list[tuple[float, float]], raid: int = 1) -> Way:
    """A way through places given in cells."""
    lat, lon = GRID.place(*np.array(points).T)
    return way(lat.tolist(), lon.tolist(), raid)


def raster(*ways: Way) -> EffortRaster:
    return effort_raster(ways, GRID, as_it_is)


def cells(made: EffortRaster, values: np.ndarray) -> dict[tuple[int, int], float]:
    return {(i, j): v for i, j, v in zip(made.i.tolist(), made.j.tolist(), values, strict=True)}


def walks(count: int, points: int, seed: int) -> list[Way]:
    rng = np.random.default_rng(seed)
    made = []
    for raid in range(count):
        heading = np.cumsum(rng.normal(0, 0.2, points))
        lat = 43.3 + rng.uniform(-0.2, 0.2) + np.cumsum(np.cos(heading)) * 2e-4
        lon = 131.3 + rng.uniform(-0.2, 0.2) + np.cumsum(np.sin(heading)) * 3e-4
        made.append(way(lat.tolist(), lon.tolist(), raid, 15))
    return made


def test_the_grid_comes_back_and_its_cells_have_equal_area() -> None:
    lat, lon = np.array([42.4, 43.0, 44.9, -60.0, 79.0]), np.array([130.2, 131.0, 132.9, 179.9, -9])
    back = GRID.place(*GRID.project(lat, lon))
    np.testing.assert_allclose(back[0], lat, atol=1e-11)
    np.testing.assert_allclose(back[1], lon, atol=1e-11)
    # A cell's area from its edges on the ellipsoid: half the sum of its parallels, times its height
    for j in (5900, 6050):
        south, north = j, j + 1
        corner_lat, corner_lon = GRID.place([7, 8, 7, 8], [south, south, north, north])
        lengths = [
            float(leg_lengths_m(corner_lat[[a, b]], corner_lon[[a, b]])[0])
            for a, b in ((0, 1), (2, 3), (0, 2))
        ]
        assert (lengths[0] + lengths[1]) / 2 * lengths[2] == pytest.approx(1e6, rel=2e-6)


@pytest.mark.parametrize(("step_m", "within"), [(20, 1e-8), (1000, 2e-8), (10_000, 1e-6)])
def test_short_steps_are_as_long_as_the_geodesic(step_m: float, within: float) -> None:
    turn = np.linspace(0, 2 * np.pi, 50)
    lat = np.column_stack([np.full(50, 43.5), 43.5 + np.cos(turn) * step_m / 111_000]).ravel()
    lon = np.column_stack([np.full(50, 131.5), 131.5 + np.sin(turn) * step_m / 80_900]).ravel()
    exact = leg_lengths_m(lat, lon)
    np.testing.assert_allclose(step_lengths_m(lat[:-1], lon[:-1], lat[1:], lon[1:]), exact, within)


def test_a_step_over_three_cells_is_cut_on_the_lines() -> None:
    # From the middle of (10, 5900) over its east side and then the north side of (11, 5900).
    made = raster(in_cells([(10.5, 5900.5), (11.5, 5901.25)]))
    total = float(made.km.sum())
    shares = {cell: km / total for cell, km in cells(made, made.km).items()}
    # At x = 11 half is gone; y = 5901 is reached at two thirds.
    assert shares == pytest.approx({(10, 5900): 1 / 2, (11, 5900): 1 / 6, (11, 5901): 1 / 3})
    assert cells(made, made.minutes) == pytest.approx(
        {(10, 5900): 0.5, (11, 5900): 1 / 6, (11, 5901): 1 / 3}
    )


def test_a_step_over_a_corner_and_one_along_a_line_belong_to_one_cell_each() -> None:
    corner = raster(in_cells([(10.25, 5900.25), (11.75, 5901.75)]))
    assert sum(corner.km) == pytest.approx(2**0.5 * 1.5, rel=2e-3)
    assert cells(corner, corner.km)[(10, 5900)] == pytest.approx(sum(corner.km) / 2, rel=1e-6)
    lat = GRID.place([10.2, 10.4], [5900.5, 5900.5])[0]
    west_edge = float(GRID.place(10.0, 5900.5)[1])
    along = raster(way([float(lat[0]), float(lat[0]) + 0.001], [west_edge, west_edge]))
    assert len(along.km) == 1


def test_kilometres_are_conserved() -> None:
    ways = walks(60, 500, 3)
    made = raster(*ways)
    total_km = sum(
        float(step_lengths_m(w.lat_deg[:-1], w.lon_deg[:-1], w.lat_deg[1:], w.lon_deg[1:]).sum())
        for w in ways
    )
    assert made.km.sum() == pytest.approx(total_km / 1000, rel=1e-12)
    assert made.minutes.sum() == pytest.approx(60 * 499 * 15 / 60, rel=1e-12)
    geodesic_km = sum(float(leg_lengths_m(w.lat_deg, w.lon_deg).sum()) for w in ways) / 1000
    assert made.km.sum() == pytest.approx(geodesic_km, rel=5e-9)  # Vincenty ends 0.1 um short


def test_every_cell_agrees_with_steps_cut_into_thousand_crumbs() -> None:
    [one] = walks(1, 40, 5)
    made = raster(one)
    share = (np.arange(1000) + 0.5) / 1000
    crumbs: dict[tuple[int, int], float] = {}
    for p in range(39):
        lat = one.lat_deg[p] + share * (one.lat_deg[p + 1] - one.lat_deg[p])
        lon = one.lon_deg[p] + share * (one.lon_deg[p + 1] - one.lon_deg[p])
        length_km = float(leg_lengths_m(one.lat_deg[p : p + 2], one.lon_deg[p : p + 2])[0]) / 1000
        for i, j in zip(*(c.tolist() for c in GRID.cells(lat, lon)), strict=True):
            crumbs[i, j] = crumbs.get((i, j), 0) + length_km / 1000
    found = cells(made, made.km)
    for cell in {*crumbs, *found}:
        assert found.get(cell, 0) == pytest.approx(crumbs.get(cell, 0), abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-40, 40), st.floats(5860, 5940)), min_size=2, max_size=12
    ),
    st.sampled_from([50.0, 1000.0, 20_000.0]),
)  # fmt: skip
def test_no_way_loses_anything(points: list[tuple[float, float]], cell_m: float) -> None:
    one = in_cells(points)
    made = effort_raster([one], Grid(cell_m, 43.0, 131.0), as_it_is)
    lat, lon = one.lat_deg, one.lon_deg
    total_km = float(step_lengths_m(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum()) / 1000
    assert float(made.km.sum()) == pytest.approx(total_km, rel=1e-9, abs=1e-12)
    assert (made.km >= 0).all()


def test_a_raid_is_counted_once_a_cell_wherever_its_ways_lie() -> None:
    again = in_cells([(10.2, 5900.2), (10.8, 5900.8), (10.2, 5900.3)], raid=7)
    other = in_cells([(10.2, 5900.2), (10.8, 5900.8)], raid=8)
    made = raster(again, other, *walks(40, 5, 1), again)
    assert cells(made, made.raids)[10, 5900] == 2
    here = made.at(np.array([10]), np.array([5900]))[0]
    assert sorted(made.visit_raid[made.visit_cell == here].tolist()) == [7, 8]


def test_what_nobody_visited_is_unknown() -> None:
    made = raster(in_cells([(10.5, 5900.5), (10.6, 5900.5)]), in_cells([(12.5, 5901.5)] * 2))
    assert made.extent == (10, 5900, 3, 2)
    km = made.dense(made.km)
    assert np.isnan(km).tolist() == [[False, True, True], [True, True, False]]
    assert km[1, 2] == 0.0  # stood there: visited, and not walked
    assert made.at(np.array([10, 11, 12]), np.array([5900, 5900, 5901])).tolist() == [0, -1, 1]


def test_steps_that_do_not_count_leave_no_trace() -> None:
    one = in_cells([(10.5, 5900.5), (11.5, 5900.5), (12.5, 5900.5)])
    one.counted[1] = False
    assert set(cells(raster(one), raster(one).km)) == {(11, 5900), (12, 5900)}


def test_rests_and_missing_times_add_kilometres_but_no_minutes() -> None:
    one = in_cells([(10.2, 5900.5), (10.4, 5900.5), (10.6, 5900.5), (10.8, 5900.5)])
    one.adjacent[1] = False
    one.time_us[3] = NO_TIME_US
    made = raster(one)
    assert made.minutes.tolist() == [1.0]
    assert made.km[0] == pytest.approx(0.6, rel=1e-2)


def test_no_ways_no_cells() -> None:
    made = raster()
    assert (len(made.km), made.extent, made.dense(made.km).shape) == (0, (0, 0, 0, 0), (0, 0))
    assert raster(way([], [])).km.size == 0


@pytest.mark.parametrize("grid", [(0, 43, 131), (1000, 91, 131), (1000, 43, float("nan"))])
def test_impossible_grids_are_refused(grid: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"cells of|no grid"):
        Grid(*grid)
