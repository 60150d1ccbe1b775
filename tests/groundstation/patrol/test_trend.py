"""More raids, fewer violations? The naive plot says so of anything; ours must not."""

import numpy as np
import pytest

from groundstation.patrol.trend import NotEnough, Reason, Trend, Verdict, quasi_poisson, trend

QUARTERS = 20
SEASON = np.arange(QUARTERS) % 4
RUNS = 100


def expected(kind: str, effort: np.ndarray) -> np.ndarray:
    """Violations found a quarter on average."""
    there = 60 * np.array([1, 0.8, 1.2, 1])[SEASON]
    found = 1 - np.exp(-effort / 40)
    before = np.concatenate([[effort.mean()], effort[:-1]])
    return {
        "detection saturates": there * found,
        "violations ignore effort": there * 0.5,
        "finds grow as effort does": there * effort / 100,
        "raids deter": there * np.exp(-0.02 * (before - 70)) * found,
    }[kind]


def verdicts(kind: str) -> dict[str, float]:
    """Share of simulated five-year histories in which each method says "decline"."""
    rng = np.random.default_rng(1)
    told = {"ours": 0, "lagged": 0, "naive": 0}
    for _ in range(RUNS):
        effort = rng.uniform(20, 120, QUARTERS).round()
        mean = expected(kind, effort) * rng.gamma(10, 0.1, QUARTERS)
        found = trend(rng.poisson(mean), effort, SEASON.tolist())
        assert isinstance(found, Trend)
        told["ours"] += found.verdict is Verdict.DECLINE
        told["lagged"] += found.lagged.verdict is Verdict.DECLINE
        told["naive"] += found.naive.verdict is Verdict.DECLINE
    return {name: count / RUNS for name, count in told.items()}


@pytest.mark.parametrize(
    ("kind", "naive"),
    [
        ("detection saturates", 0.6),
        ("violations ignore effort", 0.95),
        ("finds grow as effort does", 0.0),
    ],
)
def test_no_false_decline_where_raids_deter_nobody(kind: str, naive: float) -> None:
    told = verdicts(kind)
    assert told["ours"] <= 0.08
    assert told["lagged"] <= 0.08
    assert told["naive"] >= naive


def test_a_strong_effect_is_found() -> None:
    told = verdicts("raids deter")
    assert told["ours"] > 0.95
    assert told["lagged"] > 0.7


def test_the_effect_is_told_as_what_twice_the_raids_do() -> None:
    rng = np.random.default_rng(3)
    effort = rng.uniform(20, 120, 200)
    before = np.concatenate([[70.0], effort[:-1]])
    found = trend(rng.poisson(0.5 * effort * (before / 70) ** -0.5), effort)
    assert isinstance(found, Trend)
    assert found.doubling == pytest.approx(2**-0.5, abs=0.05)
    assert found.doubling_low < 2**-0.5 < found.doubling_high
    assert found.saturation == pytest.approx(0, abs=0.1)


def test_the_fit_is_that_of_statsmodels() -> None:
    """GLM(y, z, Poisson(), offset=o).fit(scale="X2") of statsmodels 0.15.0."""
    y = np.array([3, 0, 17, 60, 11, 4, 55, 2, 9, 16.0])
    z = np.column_stack([np.ones(10), [0.1, -0.5, 0.4, 1.2, 0.8, 0.0, 1.1, -0.2, 0.5, 1.0]])
    fit = quasi_poisson(y, z, np.log([5, 4, 6, 5, 7, 6, 8, 5, 5, 6]))
    assert fit is not None
    np.testing.assert_allclose(fit.coefficients, [-0.6655261652832563, 2.341926343528851], 1e-8)
    np.testing.assert_allclose(fit.errors, [0.4938436799308479, 0.4930683075075107], 1e-7)
    assert (fit.dispersion, fit.freedom) == (pytest.approx(4.169184584309967, rel=1e-8), 8)


def test_less_scatter_than_poisson_makes_nobody_surer() -> None:
    flat = np.full(12, 25.0)
    fit = quasi_poisson(flat, np.ones((12, 1)), np.zeros(12))
    assert fit is not None
    assert fit.dispersion == pytest.approx(0)
    assert fit.errors[0] == pytest.approx(1 / np.sqrt(12 * 25))


@pytest.mark.parametrize(
    ("finds", "effort", "reason", "have"),
    [
        ([5] * 8, [10, 20] * 4, Reason.FEW_PERIODS, 7),
        ([1] * 12, [10, 20] * 6, Reason.FEW_FINDS, 11),
        ([9] * 12, [10] * 12, Reason.SAME_EFFORT, 0),
        ([], [], Reason.FEW_PERIODS, 0),
        # Effort of one period repeats that of the one before: the two cannot be told apart.
        ([9] * 12, [10, 20] * 6, Reason.NO_FIT, 0),
    ],
)
def test_not_enough_data_is_said_with_its_reason(
    finds: list[int], effort: list[float], reason: Reason, have: float
) -> None:
    found = trend(finds, effort)
    assert isinstance(found, NotEnough)
    assert (found.reason, found.have) == (reason, pytest.approx(have, abs=1e-12))


def test_a_quarter_without_raids_is_unknown_and_no_quarter_without_violations() -> None:
    rng = np.random.default_rng(5)
    effort = rng.uniform(20, 120, 24)
    finds = rng.poisson(effort * 0.3)
    effort[10] = finds[10] = 0
    found = trend(finds, effort)
    assert isinstance(found, Trend)
    assert found.freedom == 21 - 3
    assert len(found.naive.x) == 23
