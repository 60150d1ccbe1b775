"""Plots of a report, drawn by matplotlib: dark ink on white, told apart without colour.

Sizes are inches of the printed page; all text is the size of the report's small print.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from firmware_bridge.earth import FloatArray
from groundstation.report import svg
from groundstation.report.words import WORDS
from groundstation.words import Language, say

WIDE_IN, HALF_IN = 6.9, 3.3
INK, QUIET, PALE = "#1c1c1c", "#777777", "#d5d2c8"


def profile(
    km: FloatArray, height_m: FloatArray, speed_kmh: FloatArray, language: Language
) -> Markup:
    """Height over the way above speed over it, (N,) each; NaN leaves a gap."""
    figure = svg.empty_figure()(figsize=(WIDE_IN, 3.0), layout="constrained")
    with_height = bool(np.isfinite(height_m).any())
    axes = figure.subplots(2 if with_height else 1, 1, sharex=True, squeeze=False)[:, 0].tolist()
    if with_height:
        floor = float(np.nanmin(height_m))
        axes[0].fill_between(km, height_m, floor, color=PALE, linewidth=0)
        axes[0].plot(km, height_m, color=INK, linewidth=1)
        axes[0].set_ylabel(say(WORDS, "axis_height", language))
    axes[-1].plot(km, speed_kmh, color=INK, linewidth=0.9)
    axes[-1].set_ylim(bottom=0)
    axes[-1].set_ylabel(say(WORDS, "axis_speed", language))
    axes[-1].set_xlabel(say(WORDS, "axis_way", language))
    axes[-1].margins(x=0)
    return _drawn(figure, axes, "profile", say(WORDS, "profile", language), language)


def intervals(
    names: Sequence[str],
    rate: FloatArray,
    low: FloatArray,
    high: FloatArray,
    raw: FloatArray | None,
    mean: float | None,
    label: str,
    name: str,
    language: Language,
) -> Markup:
    """One line a name: estimate with its interval, the raw number beside it, the mean of all."""
    figure = svg.empty_figure()(figsize=(WIDE_IN, 0.7 + 0.24 * len(names)), layout="constrained")
    axes = figure.subplots()
    y = np.arange(len(names))[::-1]
    axes.hlines(y, low, high, color=INK, linewidth=1.4)
    axes.plot(rate, y, "o", color=INK, markersize=4.5)
    if raw is not None:
        axes.plot(raw, y, "x", color=QUIET, markersize=5)
    if mean is not None and np.isfinite(mean):
        axes.axvline(mean, color=QUIET, linewidth=0.8, linestyle="--")
    axes.set_yticks(y, names)
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.set_xlim(left=0)
    axes.set_xlabel(label)
    axes.tick_params(axis="y", length=0)
    return _drawn(figure, [axes], name, label, language, y_too=False)


def rate_by_quarter(
    names: Sequence[str],
    rate: FloatArray,
    low: FloatArray,
    high: FloatArray,
    days: FloatArray,
    language: Language,
) -> Markup:
    """Rates with intervals over columns of effort; every quarter in order, NaN where no effort."""
    figure = svg.empty_figure()(figsize=(WIDE_IN, 2.5), layout="constrained")
    effort = figure.subplots()
    rates = effort.twinx()
    x = np.arange(len(names))
    effort.bar(x, days, color=PALE, width=0.8)
    effort.set_ylabel(say(WORDS, "axis_days", language))
    rates.vlines(x, low, high, color=INK, linewidth=1.2)
    rates.plot(x, rate, "o-", color=INK, markersize=3.5, linewidth=0.8)
    rates.set_ylabel(say(WORDS, "axis_rate", language))
    rates.set_ylim(bottom=0)
    rates.spines["right"].set_visible(True)
    step = -(-len(names) // 10)
    effort.set_xticks(x[::step], list(names)[::step])
    axes = [effort, rates]
    return _drawn(figure, axes, "trend", say(WORDS, "trend", language), language, x_too=False)


def scatter(
    x: FloatArray, y: FloatArray, labels: tuple[str, str], name: str, zero: bool, language: Language
) -> Markup:
    """Dots; with `zero` the axes through nothing changed."""
    figure = svg.empty_figure()(figsize=(HALF_IN, 2.4), layout="constrained")
    axes = figure.subplots()
    if zero:
        axes.axhline(0, color=QUIET, linewidth=0.7)
        axes.axvline(0, color=QUIET, linewidth=0.7)
    axes.plot(x, y, "o", color=INK, markersize=3.5)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    return _drawn(figure, [axes], name, f"{labels[1]} / {labels[0]}", language)


def columns(names: Sequence[str], values: FloatArray, label: str, language: Language) -> Markup:
    """A column a name."""
    figure = svg.empty_figure()(figsize=(WIDE_IN, 2.0), layout="constrained")
    axes = figure.subplots()
    axes.bar(np.arange(len(names)), values, color=QUIET, width=0.8)
    step = -(-len(names) // 12)
    axes.set_xticks(np.arange(len(names))[::step], list(names)[::step])
    axes.set_ylabel(label)
    return _drawn(figure, [axes], "columns", label, language, x_too=False)


def _drawn(
    figure: Any,
    axes: Sequence[Any],
    name: str,
    description: str,
    language: Language,
    x_too: bool = True,
    y_too: bool = True,
) -> Markup:
    """With the language's decimal sign on the axes that carry numbers."""
    if language == "ru":
        for one in axes:
            for axis in [one.xaxis] * x_too + [one.yaxis] * y_too:
                axis.set_major_formatter(_with_comma)
    return svg.drawn(figure, name, description)


def _with_comma(value: float, _: int) -> str:
    return f"{value:.6g}".replace(".", ",").replace("-", "\N{MINUS SIGN}")
