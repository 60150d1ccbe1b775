"""How much of a planned route was walked."""

import numpy as np
import pytest

from groundstation.patrol.coverage import covered_share, line_length_m

M = 1 / 111_110.0
"""A metre of latitude at 43 degrees, near enough."""
PLANNED = np.array([43.0, 43.0 + 10_000 * M]), np.array([131.0, 131.0])


def way(*metres: float, east_m: float = 0) -> tuple[np.ndarray, np.ndarray]:
    lat = 43.0 + np.array(metres) * M
    return lat, np.full(len(lat), 131.0 + east_m * M / np.cos(np.radians(43)))


def share(walked: tuple[np.ndarray, np.ndarray], joined: bool | list[bool] = True) -> float:
    return covered_share(PLANNED, walked, np.broadcast_to(joined, len(walked[0])))


def test_a_route_is_as_long_as_its_line() -> None:
    assert line_length_m(*PLANNED) == pytest.approx(10_000, rel=1e-3)


def test_all_of_it_half_of_it_none_of_it() -> None:
    assert share(way(0, 10_000)) == 1.0
    assert share(way(0, 5000)) == pytest.approx(0.51, abs=0.005)  # and 100 m past its end
    assert share(way(0, 10_000, east_m=90)) == 1.0
    assert share(way(0, 10_000, east_m=110)) == 0.0


def test_a_way_back_and_detours_add_nothing() -> None:
    assert share(way(0, 3000, 0, 3000)) == pytest.approx(share(way(0, 3000)))


def test_over_a_gap_nobody_is_known_to_have_walked() -> None:
    gap = way(0, 2000, 8000, 10_000)
    assert share(gap) == 1.0
    assert share(gap, [True, True, False, True]) == pytest.approx(0.42, abs=0.005)


def test_without_a_line_or_a_way_nothing_is_covered() -> None:
    none = np.zeros(0)
    assert share((none, none)) == 0.0
    assert covered_share((none, none), way(0, 1), np.ones(2, bool)) == 0.0
