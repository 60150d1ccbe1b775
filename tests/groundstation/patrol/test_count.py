"""Winter track count: the closed form, simulated winters, honest intervals."""

import numpy as np
import pytest

from benchmarks import patrol_count
from groundstation.patrol.animals import TIGER, Animal, Apart, HeelPad, animal, least_animals
from groundstation.patrol.count import (
    DailyTravel,
    compare,
    exposure_days,
    track_count_density,
    usable_crossings,
    zmu_density_per_1000_ha,
)


def test_closed_form() -> None:
    d = track_count_density(45, 700, 7)
    assert d.per_km2 == pytest.approx(0.01442568, abs=5e-9)
    assert d.per_100_km2 == pytest.approx(1.442568, abs=5e-7)
    assert d.per_1000_ha == pytest.approx(0.1442568, abs=5e-8)
    assert (d.cv, d.low_per_km2, d.coverage) == (None, None, None)  # one route tells no scatter


def test_the_russian_form_is_the_same_with_pi_rounded() -> None:
    per_10_km = 45 / 70
    assert zmu_density_per_1000_ha(per_10_km, 7) == pytest.approx(0.144184, abs=1e-6)
    assert track_count_density(45, 700, 7).crossings_per_10_km == pytest.approx(per_10_km)


def test_simulated_winters_give_the_true_density_and_the_stated_coverage() -> None:
    density, held = patrol_count.judged(100, patrol_count.Cats(0.5, 0.0), draws=400)
    assert density == pytest.approx(0.0200, rel=0.05)
    low, high = track_count_density(np.arange(10), 10, 7).coverage or (0, 0)
    assert low - 0.06 <= held <= high + 0.05


def test_older_snow_counts_for_as_many_days_as_it_lay() -> None:
    rng = np.random.default_rng(2)
    km, days = rng.uniform(8, 14, 67), rng.integers(1, 6, 67)
    crossings = rng.poisson(2 / np.pi * 0.02 * 7 * km * days * 20)
    d = track_count_density(crossings / 20, km, 7, snow_days=days)
    assert d.per_km2 == pytest.approx(0.02, rel=0.1)
    assert d.route_km_days == pytest.approx(float((km * days).sum()))


def test_scatter_of_routes_and_of_daily_travel_add_up() -> None:
    x, s = np.array([0, 3, 1, 0, 2, 5, 0, 1]), np.array([10, 12, 9, 11, 10, 14, 8, 10.0])
    sure = track_count_density(x, s, 7)
    vague = track_count_density(x, s, DailyTravel(7, 0.3))
    # sum x = 12, sum s = 84: residuals x - s / 7
    residual = x - s / 7
    cv_x = np.sqrt(8 / 7 * (residual**2).sum()) / 12
    assert sure.cv == pytest.approx(cv_x)
    assert vague.cv == pytest.approx(np.hypot(cv_x, 0.3))
    assert sure.low_per_km2 is not None
    assert vague.low_per_km2 is not None
    assert vague.low_per_km2 < sure.low_per_km2 < sure.per_km2
    assert vague.coverage == (0.83, 0.92)
    assert track_count_density(x, s, 7, level=0.8).coverage is None


def test_routes_that_were_not_walked_say_nothing() -> None:
    x, s = [1, 0, 2, 0, 1, 4], [10, 10, 10, 10, 10, 10.0]
    with_unwalked = track_count_density([*x, 0], [*s, 0.0], 7)
    assert with_unwalked.routes == 6
    assert with_unwalked.per_km2 == track_count_density(x, s, 7).per_km2


def test_no_track_on_any_route_is_zero_without_an_interval() -> None:
    none = track_count_density(np.zeros(67), np.full(67, 10.0), 7)
    assert (none.per_km2, none.low_per_km2, none.cv) == (0.0, None, None)


@pytest.mark.parametrize(
    ("crossings", "km", "travel", "match"),
    [
        ([1, 2], [0, 0], 7, "no kilometre"),
        ([-1], [10], 7, "from 0 on"),
        ([1], [float("nan")], 7, "from 0 on"),
        ([1], [10], 0, "daily travel 0 km"),
    ],
)
def test_what_cannot_be_is_refused(
    crossings: list[float], km: list[float], travel: float, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        track_count_density(crossings, km, travel)


def test_daily_travel_from_days_followed() -> None:
    travel = DailyTravel.of([5.0, 7.0, 9.0, 7.0])
    assert travel.mean_km == 7.0
    assert travel.cv == pytest.approx(np.std([5, 7, 9, 7], ddof=1) / 2 / 7)
    draws = travel.draws(np.random.default_rng(1), 20_000)
    assert draws.mean() == pytest.approx(7.0, rel=0.01)
    assert draws.std() / 7 == pytest.approx(travel.cv, rel=0.05)


def test_counts_of_two_years_are_compared_with_an_interval() -> None:
    rng = np.random.default_rng(8)
    km = np.full(67, 10.4)
    few, many = rng.poisson(0.6, 67), rng.poisson(1.8, 67)
    earlier, later = track_count_density(few, km, 7), track_count_density(many, km, 7)
    change = compare(later, earlier)
    assert change.ratio == pytest.approx(many.sum() / few.sum())
    assert change.low is not None
    assert change.high is not None
    assert change.low < change.ratio < change.high
    assert change.is_certain
    same = compare(track_count_density(rng.poisson(0.6, 67), km, 7), earlier)
    assert not same.is_certain
    vague = DailyTravel(7, 0.4)
    other = compare(
        track_count_density(many, km, vague), track_count_density(few, km, vague), same_travel=False
    )
    assert other.low is not None
    assert other.low < change.low
    alone = compare(later, track_count_density(45, 700, 7))
    assert (alone.low, alone.is_certain) == (None, False)


def test_ratio_of_equal_counts_holds_one_as_often_as_it_says() -> None:
    rng, km = np.random.default_rng(9), np.full(67, 10.4)
    counts = [track_count_density(rng.poisson(0.8, 67), km, 7, draws=500) for _ in range(80)]
    pairs = zip(counts[::2], counts[1::2], strict=True)
    certain = [compare(later, earlier).is_certain for later, earlier in pairs]
    assert np.mean(certain) < 0.15


def test_tracks_gather_since_the_snowfall_but_no_longer_than_they_last() -> None:
    hours = [6.0, 24.0, 72.0, 400.0, float("nan")]
    fresh = exposure_days(hours, tracks_last_h=168)
    assert fresh[:4].tolist() == [0.25, 1.0, 1.0, 1.0]
    every = exposure_days(hours, tracks_last_h=168, fresh_only=False)
    assert every[:4].tolist() == [0.25, 1.0, 3.0, 7.0]
    assert np.isnan(every[4])


def test_only_fresh_tracks_enter_a_count_of_fresh_tracks() -> None:
    ages = [3.0, 24.0, 25.0, None]
    assert usable_crossings(ages, fresh_only=True).tolist() == [True, True, False, True]
    assert usable_crossings(ages, fresh_only=False).all()


@pytest.mark.parametrize(
    ("pad_cm", "who"),
    [(11.0, Animal.MALE), (10.5, Animal.AMBIGUOUS), (10.0, Animal.AMBIGUOUS),
     (9.9, Animal.FEMALE_OR_YOUNG), (6.5, Animal.CUB), (5.5, Animal.CUB),
     (7.5, Animal.FEMALE_OR_YOUNG), (None, Animal.UNMEASURED)],
)  # fmt: skip
def test_heel_pads_tell_tigers_apart(pad_cm: float | None, who: Animal) -> None:
    assert animal(pad_cm, TIGER) is who


def test_thresholds_that_cross_are_refused() -> None:
    with pytest.raises(ValueError, match="must grow"):
        HeelPad(male_above_cm=9, female_below_cm=10, cub_from_cm=5, cub_to_cm=6)


def test_no_fewer_animals_than_tracks_that_cannot_be_one() -> None:
    apart = Apart(pad_cm=0.7, distance_km=15)
    lat, lon = [43.0, 43.01, 43.0, 43.5, 43.5], [131.0, 131.01, 131.0, 131.5, 131.5]
    assert least_animals(lat, lon, [9.0, 9.3, 11.2, 9.1, None], apart) == 3
    assert least_animals(lat[:2], lon[:2], [9.0, 9.3], apart) == 1
    assert least_animals([], [], [], apart) == 0
