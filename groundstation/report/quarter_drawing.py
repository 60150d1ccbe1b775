"""Plots and the effort map of the quarterly report."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from markupsafe import Markup

from firmware_bridge.earth import FloatArray
from groundstation.patrol.raster import EffortRaster
from groundstation.report import maps, plots, writing
from groundstation.report.drawing import Desk
from groundstation.report.quarter import Next, Quarter, Ranked
from groundstation.report.words import WORDS
from groundstation.words import Language, say

SHADES = ("#e3eedd", "#b9d8ab", "#7fb069", "#3f7f3a", "#1d4d20")
"""From little to much effort; in grey they stay in this order."""
SHOWN_QUARTERS = 4
"""Fewer are no course of anything."""
_ROUND_KM = (0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 1000)


def draw(quarter: Quarter, desk: Desk) -> Mapping[str, Any]:
    """What the template shows."""
    language = desk.language
    pictures = ("groups_plot", "trend_plot", "lagged_plot", "naive_plot", "map")
    context: dict[str, Any] = {"quarter": quarter, **dict.fromkeys(pictures), "cell_km": 0.0}
    if len(quarter.groups) > 1:
        context["groups_plot"] = _ratios(quarter.groups, language)
    context |= _trend(quarter, language)
    raster = quarter.raster
    if raster is not None:
        context["cell_km"] = raster.grid.cell_m / 1000
        if len(raster.i):
            breaks = _breaks(raster.km)
            context |= {
                "map": _map(raster, breaks, quarter.next, desk),
                "shades": list(zip(SHADES, _legend(breaks, language), strict=False)),
                "cells": len(raster.i),
                "raster_km": float(raster.km.sum()),
            }
    return context


def _ratios(lines: Sequence[Ranked], language: Language) -> Markup:
    ratio, low, high, raw = np.array([(x.ratio, x.low, x.high, x.raw) for x in lines]).T
    names, label = [line.name for line in lines], say(WORDS, "axis_ratio", language)
    return plots.intervals(names, ratio, low, high, raw, 1.0, label, "groups", language)


def _trend(quarter: Quarter, language: Language) -> dict[str, Any]:
    trend = quarter.trend
    if trend.rates is None or len(trend.quarters) < SHOWN_QUARTERS:
        return {}
    bounds = trend.rates.rate, trend.rates.low, trend.rates.high
    days = np.array(trend.days)
    drawn = {"trend_plot": plots.rate_by_quarter(trend.quarters, *bounds, days, language)}
    if trend.fit is not None:
        change = _labels("axis_effort_change", "axis_rate_change", language)
        lagged, naive = trend.fit.lagged, trend.fit.naive
        drawn["lagged_plot"] = plots.scatter(lagged.x, lagged.y, change, "lagged", True, language)
        same = _labels("axis_days", "axis_rate_day", language)
        drawn["naive_plot"] = plots.scatter(naive.x, naive.y, same, "naive", False, language)
    return drawn


def _labels(x: str, y: str, language: Language) -> tuple[str, str]:
    return say(WORDS, x, language), say(WORDS, y, language)


def _map(
    raster: EffortRaster, breaks: Sequence[float], chosen: Sequence[Next], desk: Desk
) -> Markup:
    cells = list(_cells(raster, breaks))
    numbered = _numbered(raster, chosen)
    box = maps.around([cell.box for cell in cells] + [cell.box for cell in numbered])
    assert box is not None
    title = say(WORDS, "where_we_were", desk.language)
    return maps.drawn(
        maps.frame_of(box), desk.tile, desk.language, title, [*cells, *numbered], unknown=True
    )


def _cells(raster: EffortRaster, breaks: Sequence[float]) -> Iterator[maps.Cell]:
    south, west = raster.grid.place(raster.i, raster.j)
    north, east = raster.grid.place(raster.i + 1, raster.j + 1)
    shade = np.digitize(raster.km, breaks)
    corners = np.stack([west, south, east, north], axis=1)
    for box, number in zip(corners.tolist(), shade.tolist(), strict=True):
        yield maps.Cell((box[0], box[1], box[2], box[3]), SHADES[number])


def _numbered(raster: EffortRaster, chosen: Sequence[Next]) -> list[maps.Cell]:
    """Outlines of the cells to go to."""
    if not chosen:
        return []
    lat = np.array([cell.lat_deg for cell in chosen])
    lon = np.array([cell.lon_deg for cell in chosen])
    i, j = raster.grid.cells(lat, lon)
    south, west = raster.grid.place(i, j)
    north, east = raster.grid.place(i + 1, j + 1)
    boxes = np.stack([west, south, east, north], axis=1).tolist()
    return [
        maps.Cell((box[0], box[1], box[2], box[3]), None, str(number))
        for number, box in enumerate(boxes, 1)
    ]


def _breaks(km: FloatArray) -> list[float]:
    """Round kilometres near the quintiles, each once."""
    wanted = np.quantile(km, (0.2, 0.4, 0.6, 0.8))
    round_km = np.array(_ROUND_KM)
    near = {float(round_km[np.abs(round_km - value).argmin()]) for value in wanted}
    return sorted(near)


def _legend(breaks: Sequence[float], language: Language) -> list[str]:
    ends = [0.0, *breaks]
    texts = [writing.number(end, 1 if end % 1 else 0, language) for end in ends]
    told = [say(WORDS, "shade", language, low=low, high=high) for low, high in pairwise(texts)]
    return [*told, say(WORDS, "shade_last", language, low=texts[-1])]
