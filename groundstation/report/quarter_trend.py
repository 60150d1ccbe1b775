"""Violations against effort by quarters, and what may and may not be read out of it."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from firmware_bridge.earth import FloatArray
from groundstation.patrol.effort import Group, effort
from groundstation.patrol.rates import Rates, rates
from groundstation.patrol.trend import NotEnough, Trend, Verdict, trend
from groundstation.report import writing
from groundstation.report.part import Part
from groundstation.report.quarter import Panel
from groundstation.report.words import WORDS
from groundstation.words import Language, say

QUARTERS = 40


def quarters_before(last: date) -> list[date]:
    """First days of the quarters that are over by the end of `last`, the earliest first."""
    following = date.fromordinal(last.toordinal() + 1)
    number = following.year * 4 + (following.month - 1) // 3
    return [date(n // 4, n % 4 * 3 + 1, 1) for n in range(number - QUARTERS, number)]


def panel(part: Part, quarters: Sequence[date], language: Language) -> Panel:
    """From the first quarter with raids on."""
    days = {key: line.days for key, line in effort(part.table, Group.QUARTER).items()}
    shown = list(quarters)
    while shown and shown[0] not in days:
        shown.pop(0)
    if not shown:
        return Panel(verdict=say(WORDS, "no_raids", language))
    walked = np.array([days.get(quarter, 0) for quarter in shown], float)
    found = _found(part, shown)
    fit = trend(found, walked, [quarter.month // 3 for quarter in shown])
    told = rates(found, walked)
    return Panel(
        verdict=_verdict(fit, language),
        quarters=[f"{writing.ROMAN[quarter.month // 3 + 1]} {quarter.year}" for quarter in shown],
        days=walked.tolist(),
        rates=Rates(told.rate * 100, told.low * 100, told.high * 100),
        fit=None if isinstance(fit, NotEnough) else fit,
        naive_says=_naive(fit, language),
    )


def _found(part: Part, quarters: Sequence[date]) -> FloatArray:
    """(Q,) violations of consecutive quarters."""
    first = quarters[0].year * 12 + quarters[0].month - 1
    months = part.violations.date.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    which = (months - first) // 3
    inside = (which >= 0) & (which < len(quarters))
    return np.bincount(which[inside], minlength=len(quarters)).astype(np.float64)


def _verdict(fit: Trend | NotEnough, language: Language) -> str:
    if isinstance(fit, NotEnough):
        have, need = (writing.number(value, 0, language) for value in (fit.have, fit.need))
        return say(WORDS, str(fit.reason), language, have=have, need=need)
    low, change, high = (
        _percent(ratio, language) for ratio in (fit.doubling_low, fit.doubling, fit.doubling_high)
    )
    return say(WORDS, f"trend_{fit.verdict}", language, change=change, low=low, high=high)


def _percent(ratio: float, language: Language) -> str:
    """A ratio as a change."""
    change = (ratio - 1) * 100
    sign = "+" if round(change) > 0 else ""
    return sign + writing.number(change, 0, language) + say(WORDS, "percent", language)


def _naive(fit: Trend | NotEnough, language: Language) -> str:
    if isinstance(fit, NotEnough):
        return ""
    falls = fit.naive.verdict is Verdict.DECLINE
    return say(WORDS, "naive_fall" if falls else "naive_none", language)
