"""Where to go next: from what was found for the effort it took, not from where people always go.

Finds and kilometres of each cell give a shrunk rate (`rates.shrunk`): a cell walked twice with one
find does not outdo one walked fifty times with twenty. Hot spots are looked for on these rates
only (Getis and Ord's Gi* over a cell and its neighbours): on raw finds it would find the paths.

A cell nobody visited is unknown, never zero. A share of the suggestions goes to such cells, those
first whose neighbours promise most, so that the map of next year is not the map of last year's
habits.

Sources: J. K. Ord and A. Getis, Geographical Analysis 27 (1995) 286, equation 14; R. Critchlow et
al., Conservation Biology 29 (2015) and Conservation Letters 10 (2017) (raw and per-effort maps are
biased; reallocation raised detections).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from groundstation.patrol.raster import EffortRaster
from groundstation.patrol.rates import shrunk

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

HOT = 1.96
"""Gi* above which a neighbourhood is called hot: one in forty by chance."""
EXPLORED = 0.25
_AROUND = [(di, dj) for dj in (-1, 0, 1) for di in (-1, 0, 1)]


class Why(StrEnum):
    """Reason of a suggestion."""

    HOT = "hot"
    """Much is found here and around for the kilometres walked."""
    RATE = "rate"
    """Much is found here for the kilometres walked."""
    UNKNOWN = "unknown"
    """Nobody was here."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A cell to go to."""

    i: int
    j: int
    why: Why
    lat_deg: float
    lon_deg: float
    finds: int
    km: float | None
    """Walked there; None: nobody was there."""
    rate: float | None
    """Finds a kilometre, shrunk; for an unknown cell what its neighbours promise."""
    low: float | None
    high: float | None
    hot: float | None
    """Gi* of the neighbourhood; None where it cannot be said."""


def where_next(
    raster: EffortRaster,
    finds_lat_deg: FloatArray,
    finds_lon_deg: FloatArray,
    count: int = 10,
    explored: float = EXPLORED,
    area: tuple[IntArray, IntArray] | None = None,
) -> list[Suggestion]:
    """The `count` best cells, the best first; of them the share `explored` is unknown ones.

    Finds (N,) with a place are told to the cell they lie in; those in cells nobody's way touched
    (a camera, a call) are no measure of effort and left out. `area` are the cells (i, j) that may
    be suggested though unvisited; without it the neighbours of visited ones.
    """
    if not 0 <= explored <= 1:
        raise ValueError(f"share of exploration {explored}: 0 to 1 wanted")
    found = finds_per_cell(raster, finds_lat_deg, finds_lon_deg)
    walked = np.flatnonzero(raster.km > 0)
    drawn = shrunk(found[walked], raster.km[walked])
    rate, low, high = (np.full(len(raster.i), np.nan) for _ in range(3))
    rate[walked], low[walked], high[walked] = drawn.rate, drawn.low, drawn.high
    gi = hot_spots(raster, rate)
    unknown = _unknown(raster, rate, drawn.common, area)
    new = min(round(count * explored), len(unknown))
    lat, lon = raster.grid.centres(raster.i, raster.j)
    best = walked[np.lexsort((walked, -gi[walked], -rate[walked]))][: count - new]
    known = [
        Suggestion(
            i=int(raster.i[c]),
            j=int(raster.j[c]),
            why=Why.HOT if gi[c] >= HOT else Why.RATE,
            lat_deg=float(lat[c]),
            lon_deg=float(lon[c]),
            finds=int(found[c]),
            km=float(raster.km[c]),
            rate=float(rate[c]),
            low=float(low[c]),
            high=float(high[c]),
            hot=float(gi[c]) if np.isfinite(gi[c]) else None,
        )
        for c in best
    ]
    return _mixed(known, unknown[:new])


def finds_per_cell(raster: EffortRaster, lat_deg: FloatArray, lon_deg: FloatArray) -> IntArray:
    """(K,) finds in each visited cell."""
    placed = np.isfinite(lat_deg) & np.isfinite(lon_deg)
    cell = raster.at(*raster.grid.cells(lat_deg[placed], lon_deg[placed]))
    return np.bincount(cell[cell >= 0], minlength=len(raster.i))


def hot_spots(raster: EffortRaster, values: FloatArray) -> FloatArray:
    """(K,) Gi* of each cell with its visited neighbours; NaN where `values` do not vary."""
    known = np.isfinite(values)
    n = int(known.sum())
    out = np.full(len(values), np.nan)
    spread = float(values[known].std()) if n else 0.0
    if n < 2 or spread <= 1e-12 * abs(float(values[known].mean())):
        return out
    total, weight = np.zeros(len(values)), np.zeros(len(values))
    for di, dj in _AROUND:
        near = raster.at(raster.i + di, raster.j + dj)
        there = near >= 0
        there[there] = known[near[there]]
        total[there] += values[near[there]]
        weight += there
    scale = spread * np.sqrt(np.maximum(n * weight - weight**2, 0) / (n - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        gi = (total - values[known].mean() * weight) / scale
    out[known] = np.where(scale[known] > 0, gi[known], np.nan)
    return out


def _unknown(
    raster: EffortRaster,
    rate: FloatArray,
    common: float,
    area: tuple[IntArray, IntArray] | None,
) -> list[Suggestion]:
    """Unvisited cells, those first whose visited neighbours promise most."""
    if area is None:
        i = np.concatenate([raster.i + di for di, _ in _AROUND])
        j = np.concatenate([raster.j + dj for _, dj in _AROUND])
    else:
        i, j = area
    cells = np.unique(np.column_stack([j, i]), axis=0)
    j, i = cells[:, 0], cells[:, 1]
    new = raster.at(i, j) < 0
    i, j = i[new], j[new]
    total, weight = np.zeros(len(i)), np.zeros(len(i))
    for di, dj in _AROUND:
        near = raster.at(i + di, j + dj)
        there = near >= 0
        there[there] = np.isfinite(rate[near[there]])
        total[there] += rate[near[there]]
        weight += there
    # One cell's worth of what is common to all: a single rich neighbour is a weak promise.
    promise = (total + common) / (weight + 1)
    lat, lon = raster.grid.centres(i, j)
    return [
        Suggestion(
            i=int(i[c]),
            j=int(j[c]),
            why=Why.UNKNOWN,
            lat_deg=float(lat[c]),
            lon_deg=float(lon[c]),
            finds=0,
            km=None,
            rate=float(promise[c]) if np.isfinite(promise[c]) else None,
            low=None,
            high=None,
            hot=None,
        )
        for c in np.argsort(-promise, kind="stable")
    ]


def _mixed(known: Sequence[Suggestion], unknown: Sequence[Suggestion]) -> list[Suggestion]:
    """Both in their order, the unknown ones spread evenly among the others."""
    total = len(known) + len(unknown)
    order = sorted(
        [((k + 0.5) * total / len(known), 0, s) for k, s in enumerate(known)]
        + [((k + 0.5) * total / len(unknown), 1, s) for k, s in enumerate(unknown)],
        key=lambda entry: entry[:2],
    )
    return [s for _, _, s in order]
