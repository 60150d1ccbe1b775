"""Several navigators of one party: no kilometre counts twice, none is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.tracks import NO_TIME_US, Segment
from groundstation.dock.cleanup import Cleaned, clean
from groundstation.patrol.merge import merge, steps_m

START_US = 1_770_000_000_000_000
STEP_S = 15
NORTH_DEG, EAST_DEG = 1 / 111_100.0, 1 / 80_900.0
"""About a metre, at 43.5 degrees north."""


def walk(
    east_m: np.ndarray, north_m: np.ndarray, begin_s: float = 0, step_s: float = STEP_S
) -> tuple[Segment, Cleaned]:
    time_us = START_US + ((begin_s + np.arange(len(east_m)) * step_s) * 1e6).astype(np.int64)
    lat, lon = 43.5 + north_m * NORTH_DEG, 131.5 + east_m * EAST_DEG
    segment = Segment(time_us, lat, lon, np.full(len(lat), np.nan))
    return segment, clean(segment)


def winding(points: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A walk at 1.2 m/s whose heading drifts."""
    heading = np.cumsum(np.random.default_rng(seed).normal(0, 0.05, points))
    stride = 1.2 * STEP_S
    return np.cumsum(stride * np.sin(heading)), np.cumsum(stride * np.cos(heading))


def counted_m(navigators: list[list[tuple[Segment, Cleaned]]]) -> list[float]:
    masks = merge(navigators)
    return [
        sum(float((steps_m(c) * m).sum()) for (_, c), m in zip(walks, mask, strict=True))
        for walks, mask in zip(navigators, masks, strict=True)
    ]


def test_one_navigator_counts_as_clean_up_measured_it() -> None:
    alone = walk(*winding(400))
    assert counted_m([[alone]]) == [pytest.approx(alone[1].cleaned_m, rel=1e-12)]


def test_two_who_walk_together_count_once() -> None:
    east, north = winding(400)
    rng = np.random.default_rng(2)
    noisy = walk(east + rng.normal(40, 8, 400), north + rng.normal(0, 8, 400))
    quiet = walk(east, north)
    first, second = counted_m([[quiet], [noisy]])
    assert (first, second) == (0.0, pytest.approx(noisy[1].cleaned_m))  # the longer one


def test_people_who_part_count_each_from_there() -> None:
    together, apart = 100, 200
    north = np.arange(together + apart) * 18.0
    aside = np.concatenate([np.zeros(together), np.arange(apart) * 18.0])
    one = walk(np.zeros(together + apart), north)
    other = walk(aside, np.concatenate([north[:together], np.full(apart, north[together - 1])]))
    total_km = sum(counted_m([[one], [other]])) / 1000
    walked_km = (together + 2 * apart) * 18.0 / 1000
    assert total_km == pytest.approx(walked_km, abs=0.15)  # up to the radius nobody is apart


def test_a_navigator_takes_over_where_another_was_off() -> None:
    east, north = winding(600)
    whole = walk(east, north)
    morning, evening = walk(east[:200], north[:200]), walk(east[400:], north[400:], 400 * STEP_S)
    middle = walk(east[150:450] + 20, north[150:450], 150 * STEP_S)
    total_m = sum(counted_m([[morning, evening], [middle]]))
    assert total_m == pytest.approx(whole[1].cleaned_m, abs=60)


def test_a_unit_with_few_points_over_bends_adds_nothing() -> None:
    turn = np.arange(800) * 0.02
    dense = walk(900 * np.sin(turn), 900 * np.cos(turn))
    sparse = walk(900 * np.sin(turn[::40]), 900 * np.cos(turn[::40]), step_s=40 * STEP_S)
    first, second = counted_m([[sparse], [dense]])
    assert second == pytest.approx(dense[1].cleaned_m)
    assert first == 0.0


def test_the_same_way_a_day_later_counts_again() -> None:
    east, north = winding(300)
    first, second = counted_m([[walk(east, north)], [walk(east, north, begin_s=86_400)]])
    assert first == pytest.approx(second)


def test_steps_without_times_count() -> None:
    segment, _ = walk(*winding(100))
    untimed = Segment(
        np.full(100, NO_TIME_US), segment.lat_deg, segment.lon_deg, segment.alt_amsl_m
    )
    parts = counted_m([[(segment, clean(segment))], [(untimed, clean(untimed))]])
    assert parts[0] == pytest.approx(parts[1])
    assert parts[0] > 0


def test_nothing_in_nothing_out() -> None:
    empty = Segment(np.zeros(0, np.int64), *(np.zeros(0) for _ in range(3)))
    assert merge([]) == []
    assert merge([[]]) == [[]]
    assert [m.tolist() for m in merge([[(empty, clean(empty))], []])[0]] == [[]]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.floats(-400, 400), st.integers(0, 900)),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_what_is_left_out_has_somebody_beside_it(party: list[tuple[int, float, int]]) -> None:
    navigators = []
    for seed, aside_m, begin_s in party:
        east, north = winding(60, seed)
        navigators.append([walk(east + aside_m, north, begin_s)])
    masks = [mask[0] for mask in merge(navigators)]
    for number, [(segment, cleaned)] in enumerate(navigators):
        left_out = np.flatnonzero((steps_m(cleaned) > 0) & ~masks[number])
        for point in left_out:
            assert any(
                _near(segment, point, other[0][0], masks[k])
                for k, other in enumerate(navigators)
                if k != number
            )
    longest = max(float(steps_m(walks[0][1]).sum()) for walks in navigators)
    assert sum(counted_m(navigators)) >= longest * (1 - 1e-9)


def _near(segment: Segment, point: int, other: Segment, counted: np.ndarray) -> bool:
    """By brute force: a counted step of the other overlaps in time, within 150 m of either end."""
    overlaps = (other.time_us[:-1] <= segment.time_us[point]) & (
        other.time_us[1:] >= segment.time_us[point - 1]
    )
    for step in np.flatnonzero(overlaps & counted[1:]) + 1:
        east = (other.lon_deg[[step - 1, step]] - segment.lon_deg[[point]]) / EAST_DEG
        north = (other.lat_deg[[step - 1, step]] - segment.lat_deg[[point]]) / NORTH_DEG
        if np.hypot(east, north).min() <= 150 + 18.0 * 2:
            return True
    return False
