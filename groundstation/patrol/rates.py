"""Encounter rates with what they are worth: finds / effort, an interval, and shrinkage.

A rate without effort is not 0 but unknown: NaN. Finds are taken for Poisson counts.

**Exact interval** (Garwood): with x finds, from chi2(a/2; 2x)/2 to chi2(1-a/2; 2x+2)/2 expected
ones.

**Shrinkage.** 40 inspectors who are all alike show raw rates that differ tenfold. Each true rate
is taken as drawn from a gamma distribution of mean m and coefficient of variation v, so that

    finds_i | m, v  ~  negative binomial        rate_i | finds_i, m, v  ~  gamma(a + x_i, a/m + E_i)

with a = 1/v^2. Neither m nor v is known: both are integrated over a grid, m with Jeffreys' prior
of a Poisson rate, v with a half-normal one of scale 1 (groups that differ by more than their own
mean are rare). A mere point estimate of the two would call all inspectors exactly equal in every
other quarter. The interval is that of the gamma with the posterior's mean and variance.

Sources: F. Garwood, Biometrika 28 (1936) 437; A. Gelman et al., Bayesian Data Analysis, 3rd ed.,
sections 2.6 and 5.3 (hyperparameters on a grid).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv, gammaln

FloatArray = NDArray[np.float64]

_V = (np.arange(40) + 0.5) * 0.05
"""Coefficients of variation that are tried: 0.025 to 1.975."""
_MEANS = 41
_CHUNK = 2_000_000
_NEGLIGIBLE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Finds per unit of effort (N,); NaN where there was no effort."""

    rate: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Shrunk:
    """The same, drawn towards what all have in common."""

    rate: FloatArray
    low: FloatArray
    high: FloatArray
    common: float
    """Mean of the true rates."""
    spread: float
    """Their coefficient of variation: near 0 when all are alike."""


def rates(finds: ArrayLike, effort: ArrayLike, level: float = 0.95) -> Rates:
    """Raw rates with Garwood's exact interval; shapes broadcast."""
    x, e = _checked(finds, effort)
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        some = np.where(e > 0, e, np.nan)
        low = np.where(x > 0, gammaincinv(np.maximum(x, 1e-9), tail), 0.0)
        return Rates(x / some, low / some, gammaincinv(x + 1, 1 - tail) / some)


def shrunk(finds: ArrayLike, effort: ArrayLike, level: float = 0.95) -> Shrunk:
    """Posterior means and intervals of the true rates (N,), see above."""
    x, e = _checked(finds, effort)
    known = e > 0
    rate, low, high = (np.full(x.shape, np.nan) for _ in range(3))
    if not known.any():
        return Shrunk(rate, low, high, common=float("nan"), spread=float("nan"))
    mean, shape, weight = _hyper(x[known], e[known])
    first, second = _moments(x[known], e[known], mean, shape, weight)
    k = first**2 / np.maximum(second - first**2, np.finfo(float).tiny)
    tail = (1 - level) / 2
    rate[known] = first
    low[known] = gammaincinv(k, tail) * first / k
    high[known] = gammaincinv(k, 1 - tail) * first / k
    spread = float((weight / np.sqrt(shape)).sum())
    return Shrunk(rate, low, high, common=float((weight * mean).sum()), spread=spread)


def _checked(finds: ArrayLike, effort: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, e = np.broadcast_arrays(
        np.asarray(finds, dtype=np.float64), np.asarray(effort, dtype=np.float64)
    )
    if (x < 0).any() or (e < 0).any():
        raise ValueError("finds and effort cannot be negative")
    return x, e


def _hyper(x: FloatArray, e: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means, shapes and weights (K,) of the priors that the data leave possible."""
    middle = (x.sum() + 0.5) / e.sum()
    wide = 5 * np.sqrt(1 / (x.sum() + 0.5) + 1 / len(x))
    mean = middle * np.exp(np.linspace(-wide, wide, _MEANS))
    finds, times = np.unique(x, return_counts=True)
    log = np.empty((len(_V), _MEANS))
    for row, v in enumerate(_V):
        a = v**-2
        told = (times * (gammaln(finds + a) - gammaln(a))).sum()
        by_mean = np.zeros(_MEANS)
        for start in range(0, len(x), _CHUNK // _MEANS):
            part = slice(start, start + _CHUNK // _MEANS)
            odds = e[part, None] * mean / a
            by_mean -= ((x[part, None] + a) * np.log1p(odds)).sum(axis=0)
        # x log(m / a), from the same likelihood; then the two priors, m d(log m) included.
        by_mean += x.sum() * np.log(mean / a) + 0.5 * np.log(mean)
        log[row] = told + by_mean - v**2 / 2
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    kept = weight > _NEGLIGIBLE
    v_kept, mean_kept = (np.broadcast_to(c, log.shape)[kept] for c in (_V[:, None], mean))
    return mean_kept, v_kept**-2, weight[kept] / weight[kept].sum()


def _moments(
    x: FloatArray, e: FloatArray, mean: FloatArray, shape: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """First and second moments (N,) of each rate over all priors."""
    first, second = np.zeros(len(x)), np.zeros(len(x))
    for a, m, w in zip(shape, mean, weight, strict=True):
        k, per = x + a, e + a / m
        first += w * k / per
        second += w * k * (k + 1) / per**2
    return first, second
