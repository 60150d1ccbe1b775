"""Where to go next: rates for effort, unknown is not zero, habits are not hot spots."""

import numpy as np
import pytest

from groundstation.patrol.grid import Grid
from groundstation.patrol.raster import EffortRaster
from groundstation.patrol.where_next import Why, finds_per_cell, hot_spots, where_next

GRID = Grid(1000, 43, 131)
WEST, SOUTH = 10, 5900


def park(km: np.ndarray) -> EffortRaster:
    """A raster of these kilometres (rows, columns), NaN unvisited."""
    j, i = np.nonzero(np.isfinite(km))
    seen = km[j, i]
    none = np.zeros(0, np.int64)
    return EffortRaster(
        GRID, i + WEST, j + SOUTH, seen, seen * 20, np.ones(len(i), np.int64), none, none
    )


def placed(finds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of so many finds in each cell (rows, columns)."""
    j, i = np.nonzero(finds)
    times = finds[j, i]
    return GRID.centres(np.repeat(i, times) + WEST, np.repeat(j, times) + SOUTH)


def test_finds_are_told_to_the_cell_they_lie_in() -> None:
    raster = park(np.array([[1.0, 2.0], [np.nan, 3.0]]))
    lat, lon = placed(np.array([[2, 0], [5, 1]]))  # five where nobody walked
    lat, lon = np.append(lat, np.nan), np.append(lon, np.nan)
    assert finds_per_cell(raster, lat, lon).tolist() == [2, 0, 1]


def test_habit_is_not_taken_for_a_hot_spot() -> None:
    """One path is walked fifty times as often; finds a kilometre are the same everywhere."""
    rng = np.random.default_rng(1)
    km = np.full((12, 12), 4.0)
    km[:, 5] = 200.0
    finds = rng.poisson(km * 0.05)
    raster = park(km)
    told = where_next(raster, *placed(finds), count=12, explored=0)
    assert finds[:, 5].min() > finds[:, :5].max()  # what a map of finds would show
    assert not any(s.why is Why.HOT and s.i == WEST + 5 for s in told)
    assert sum(s.i == WEST + 5 for s in told) < 6


def test_a_real_hot_spot_is_found_though_hardly_anybody_goes_there() -> None:
    rng = np.random.default_rng(2)
    km = np.full((12, 12), 60.0)
    km[2:5, 2:5] = 10.0
    rate = np.full((12, 12), 0.05)
    rate[2:5, 2:5] = 0.6
    told = where_next(park(km), *placed(rng.poisson(km * rate)), count=8, explored=0)
    inside = [2 <= s.i - WEST < 5 and 2 <= s.j - SOUTH < 5 for s in told]
    assert sum(inside) >= 7
    assert told[0].why is Why.HOT
    assert told[0].low is not None
    assert told[0].rate is not None
    assert told[0].high is not None
    assert told[0].low < told[0].rate < told[0].high


def test_one_lucky_kilometre_does_not_outdo_fifty() -> None:
    km = np.full((10, 10), 5.0)
    km[0, 0], km[5, 5] = 0.3, 50.0
    finds = np.zeros((10, 10), int)
    finds[0, 0], finds[5, 5] = 1, 60
    best, *rest = where_next(park(km), *placed(finds), count=3, explored=0)
    assert (best.i, best.j) == (WEST + 5, SOUTH + 5)
    lucky = next((s for s in rest if (s.i, s.j) == (WEST, SOUTH)), None)
    assert lucky is None or (lucky.rate or 9) < 1 / 0.3


def test_a_share_goes_to_cells_nobody_knows() -> None:
    km = np.full((6, 6), 10.0)
    km[3, 3] = km[0, 5] = np.nan
    finds = np.zeros((6, 6), int)
    finds[2:5, 2:5] = 4
    finds[3, 3] = 0
    told = where_next(park(km), *placed(finds), count=8, explored=0.25)
    unknown = [s for s in told if s.why is Why.UNKNOWN]
    assert len(told) == 8
    assert len(unknown) == 2
    assert (unknown[0].i, unknown[0].j) == (WEST + 3, SOUTH + 3)  # its neighbours promise most
    assert (unknown[0].km, unknown[0].low) == (None, None)
    assert told[0].why is not Why.UNKNOWN


def test_only_cells_of_the_area_are_explored() -> None:
    raster = park(np.full((3, 3), 10.0))
    area = (np.array([WEST + 9, WEST]), np.array([SOUTH, SOUTH]))
    told = where_next(raster, *placed(np.eye(3, dtype=int)), count=4, explored=1, area=area)
    assert [(s.i, s.j) for s in told if s.why is Why.UNKNOWN] == [(WEST + 9, SOUTH)]


def test_gi_star_is_ord_and_getis_equation_14() -> None:
    values = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
    gi = hot_spots(park(np.ones((3, 3))), values.ravel())
    # corner: 4 cells of sum 12 (1 + 2 + 4 + 5); mean 5, s = sqrt(20 / 3)
    corner = (12 - 5 * 4) / (np.sqrt(20 / 3) * np.sqrt((9 * 4 - 16) / 8))
    assert gi[0] == pytest.approx(corner)
    assert np.isnan(gi[4])  # all nine cells are its neighbours: nothing to stand out from
    assert np.isnan(hot_spots(park(np.ones((3, 3))), np.full(9, 0.3))).all()


def test_nothing_known_nothing_suggested() -> None:
    none = np.zeros(0)
    assert where_next(park(np.zeros((0, 0))), none, none) == []
    with pytest.raises(ValueError, match="share of exploration"):
        where_next(park(np.ones((2, 2))), none, none, explored=1.5)
