"""Encounter rates: exact intervals, honest shrinkage, nothing where there was no effort."""

import numpy as np
import pytest

from groundstation.patrol.rates import rates, shrunk


@pytest.mark.parametrize(
    ("finds", "low", "high"),
    # chi2.ppf(0.025, 2x) / 2 and chi2.ppf(0.975, 2x + 2) / 2 of scipy.stats 1.17.1
    [(0, 0.0, 3.688879), (1, 0.025318, 5.571643), (5, 1.623486, 11.668332),
     (10, 4.795389, 18.390356), (100, 81.363991, 121.626794)],
)  # fmt: skip
def test_intervals_are_garwoods(finds: int, low: float, high: float) -> None:
    found = rates(finds, 1.0)
    assert (float(found.low), float(found.high)) == pytest.approx((low, high), abs=1e-5)
    half = rates(finds, 4.0)
    assert float(half.high) == pytest.approx(high / 4, abs=1e-5)


def test_without_effort_nothing_is_known() -> None:
    found = rates([0, 3, 2], [0, 0, 10])
    assert np.isnan(found.rate).tolist() == [True, True, False]
    assert np.isnan(found.high).tolist() == [True, True, False]
    drawn = shrunk([0, 3, 2], [0, 0, 10])
    assert np.isnan(drawn.rate).tolist() == [True, True, False]
    assert np.isnan(shrunk([0.0], [0.0]).common)
    with pytest.raises(ValueError, match="negative"):
        rates([-1], [1])


def test_forty_identical_inspectors_are_not_ranked_by_luck() -> None:
    """True rate 0.15 for all; raw rates spread tenfold, shrunk ones hardly."""
    rng = np.random.default_rng(20)
    raw_ends, ends, covered, common = [], [], [], []
    for _ in range(30):
        days = rng.integers(10, 41, 40)
        finds = rng.poisson(0.15 * days)
        raw, drawn = rates(finds, days), shrunk(finds, days)
        raw_ends.append((raw.rate.min(), raw.rate.max()))
        ends.append((drawn.rate.min(), drawn.rate.max()))
        covered.append(((drawn.low <= 0.15) & (drawn.high >= 0.15)).mean())
        common.append(drawn.common)
    raw_low, raw_high = np.mean(raw_ends, axis=0)
    low, high = np.mean(ends, axis=0)
    assert raw_low < 0.05
    assert raw_high > 0.35
    assert (low, high) == (pytest.approx(0.13, abs=0.01), pytest.approx(0.18, abs=0.01))
    assert np.max(ends) < 0.30 < np.max(raw_ends)
    assert np.mean(covered) > 0.99
    assert np.mean(common) == pytest.approx(0.15, rel=0.05)


def test_inspectors_who_differ_are_told_apart() -> None:
    rng = np.random.default_rng(4)
    true = rng.gamma(4, 0.15 / 4, 40)  # coefficient of variation 0.5
    days = np.full(40, 60.0)
    finds = rng.poisson(true * days)
    drawn, raw = shrunk(finds, days), rates(finds, days)
    assert drawn.spread == pytest.approx(0.5, abs=0.2)
    assert np.corrcoef(drawn.rate, true)[0, 1] > 0.8
    assert ((drawn.rate - true) ** 2).mean() < ((raw.rate - true) ** 2).mean()


def test_intervals_cover_rates_drawn_from_a_gamma() -> None:
    rng = np.random.default_rng(6)
    covered = []
    for _ in range(25):
        true = rng.gamma(2.0, 0.1, 30)
        days = rng.integers(5, 60, 30)
        drawn = shrunk(rng.poisson(true * days), days)
        covered.append(((drawn.low <= true) & (true <= drawn.high)).mean())
    assert 0.92 < float(np.mean(covered)) < 0.98


def test_no_finds_at_all_is_an_upper_bound_and_no_certainty() -> None:
    drawn = shrunk(np.zeros(10), np.full(10, 20.0))
    assert (drawn.high > 0.001).all()
    assert (drawn.high < 0.1).all()


def test_one_alone_is_hardly_moved() -> None:
    alone = shrunk([20.0], [100.0])
    assert float(alone.rate[0]) == pytest.approx(0.2, rel=0.1)
