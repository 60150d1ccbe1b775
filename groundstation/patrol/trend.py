"""Do more raids mean fewer violations? A model that can say no, and the plot that cannot.

Violations per raid day against raid days of the same quarter fall even where raids deter nobody:
when one more raid finds ever less of what is there (detection saturates), or when violations do
not ask how often the park is walked. So the question is put to the quarter **before**:

    violations_t ~ quasi-Poisson
    log E = log effort_t + b0 + b_same log(effort_t / mean) + b_before log(effort_{t-1} / mean)
            + season

`b_same` takes up whatever is wrong with "finds grow as effort does" (0: they do; -1: they ignore
it). `b_before` is the answer: negative where many raids are followed by fewer violations. Fitted by
iteratively reweighted least squares; dispersion from Pearson's chi-square, never below 1; interval
from Student's t.

Beside it the lagged changes: the change of the rate against the change of effort one period
earlier. And the naive plot, with the verdict it would have suggested.

Sources: A. Dobson et al. 2018 (lagged changes; why the naive plot misleads); P. McCullagh and
J. A. Nelder, Generalized Linear Models, 2nd ed., sections 2.5 and 6.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

FloatArray = NDArray[np.float64]

LEAST_PERIODS = 8
LEAST_FREEDOM = 4
LEAST_FINDS = 20
LEAST_VARIATION = 0.1
"""Standard deviation of log effort: raids that are always the same cannot show an effect."""
_ROUNDS = 100
_STILL = 1e-10


class Verdict(StrEnum):
    """What follows an increase of raids, as far as the data say."""

    DECLINE = "decline"
    RISE = "rise"
    UNDECIDED = "undecided"


class Reason(StrEnum):
    """Why nothing can be said."""

    FEW_PERIODS = "few_periods"
    FEW_FINDS = "few_finds"
    SAME_EFFORT = "same_effort"
    NO_FIT = "no_fit"


@dataclass(frozen=True, slots=True)
class NotEnough:
    """Not enough data."""

    reason: Reason
    have: float
    need: float


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A quasi-Poisson regression."""

    coefficients: FloatArray
    """(P,)"""
    errors: FloatArray
    """(P,) standard errors, for a dispersion of at least 1."""
    dispersion: float
    """Pearson's chi-square by degrees of freedom."""
    freedom: int


@dataclass(frozen=True, slots=True, eq=False)
class Association:
    """Points of a plot, and what their correlation says."""

    x: FloatArray
    y: FloatArray
    correlation: float
    p: float
    """Two-sided, of no correlation."""
    verdict: Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """What followed more or fewer raids."""

    verdict: Verdict
    doubling: float
    """Violations after a period of twice the raids, against those after an ordinary one."""
    doubling_low: float
    doubling_high: float
    saturation: float
    """0: finds grow as effort does; -1: they ignore it."""
    dispersion: float
    freedom: int
    lagged: Association
    """Change of the rate against the change of effort a period earlier."""
    naive: Association
    """Rate against effort of the same period: shown as a warning, it proves nothing."""


def trend(
    finds: ArrayLike,
    effort: ArrayLike,
    season: Sequence[int] | None = None,
    level: float = 0.95,
) -> Trend | NotEnough:
    """The effect of raids in one period on violations in the next.

    `finds` and `effort` (T,) are those of consecutive periods of equal length, `season` (T,) a
    number of each (quarter of the year). Periods without effort, and the ones after them, are left
    out: what happened in them is unknown.
    """
    x, e = np.asarray(finds, dtype=np.float64), np.asarray(effort, dtype=np.float64)
    known = e > 0
    used = np.flatnonzero(known[1:] & known[:-1]) + 1
    seasons = np.zeros(len(x), int) if season is None else np.asarray(season)
    short = _shortage(x[used], e[used - 1], len(np.unique(seasons[used])))
    if short is not None:
        return short
    log_effort = np.log(np.where(known, e, 1))
    log_effort -= log_effort[known].mean()
    design = np.column_stack(
        [
            np.ones(len(used)),
            log_effort[used],
            log_effort[used - 1],
            *(seasons[used] == s for s in np.unique(seasons[used])[1:]),
        ]
    )
    fit = quasi_poisson(x[used], design, np.log(e[used]))
    if fit is None:
        return NotEnough(Reason.NO_FIT, 0, 0)
    effect = float(fit.coefficients[2])
    reach = float(stdtrit(fit.freedom, (1 + level) / 2) * fit.errors[2])
    rate = np.where(known, x / np.where(known, e, 1), np.nan)
    return Trend(
        verdict=_sign(effect - reach, effect + reach),
        doubling=float(2**effect),
        doubling_low=float(2 ** (effect - reach)),
        doubling_high=float(2 ** (effect + reach)),
        saturation=float(fit.coefficients[1]),
        dispersion=fit.dispersion,
        freedom=fit.freedom,
        lagged=_association(np.diff(np.where(known, e, np.nan))[:-1], np.diff(rate)[1:], level),
        naive=_association(e, rate, level),
    )


def quasi_poisson(finds: FloatArray, design: FloatArray, offset: FloatArray) -> Fit | None:
    """log E[finds] = design @ b + offset by IRLS; None where the data do not determine b."""
    freedom = len(finds) - design.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    mu = np.maximum(finds, 0.5)
    b: FloatArray = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        working = np.log(mu) - offset + (finds - mu) / mu
        root = np.sqrt(mu)
        after = np.linalg.lstsq(design * root[:, None], working * root, rcond=None)[0]
        moved, b = float(np.abs(after - b).max()), np.asarray(after, dtype=np.float64)
        mu = np.asarray(np.exp(np.clip(design @ b + offset, -30, 30)), dtype=np.float64)
        if moved < _STILL:
            break
    else:
        return None
    dispersion = float(((finds - mu) ** 2 / mu).sum() / freedom)
    covariance = np.linalg.inv(design.T @ (design * mu[:, None])) * max(dispersion, 1.0)
    return Fit(b, np.sqrt(np.diag(covariance)), dispersion, freedom)


def _shortage(finds: FloatArray, before: FloatArray, seasons: int) -> NotEnough | None:
    periods, need = len(finds), max(LEAST_PERIODS, 2 + seasons + LEAST_FREEDOM)
    if periods < need:
        return NotEnough(Reason.FEW_PERIODS, periods, need)
    if finds.sum() < LEAST_FINDS:
        return NotEnough(Reason.FEW_FINDS, float(finds.sum()), LEAST_FINDS)
    variation = float(np.log(before).std())
    if variation < LEAST_VARIATION:
        return NotEnough(Reason.SAME_EFFORT, variation, LEAST_VARIATION)
    return None


def _association(x: FloatArray, y: FloatArray, level: float) -> Association:
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < 3 or x.std() == 0 or y.std() == 0:
        return Association(x, y, float("nan"), float("nan"), Verdict.UNDECIDED)
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))
    t = r * np.sqrt((len(x) - 2) / max(1 - r**2, 1e-15))
    p = float(2 * stdtr(len(x) - 2, -abs(t)))
    sign = r if p < 1 - level else 0.0
    return Association(x, y, r, p, _sign(sign, sign))


def _sign(low: float, high: float) -> Verdict:
    if high < 0:
        return Verdict.DECLINE
    return Verdict.RISE if low > 0 else Verdict.UNDECIDED
