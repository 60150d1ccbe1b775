"""Which detection of a frame belongs to which track.

Squared Mahalanobis distances across the rays, for all pairs at once, and then the assignment with
the least sum. The sum matters: within one frame all sights share their error, so two fires side
by side shift together; a nearest-first choice would swap them, the least sum does not, because a
shift common to all adds the same to every full assignment.

A thing that walks has two chances: to have stayed where it was seen last, and to have gone on. The
second one's distance is taken within a gate that closes as the ground it may have reached grows:
beyond some ten metres, or forty seconds, a thing found there is as likely another one.

Source: Kuhn-Munkres in the shortest augmenting path form, Jonker and Volgenant, Computing 38
(1987); Blackman and Popoli, "Modern Tracking Systems" (1999), sections 6.3 (the gate of maximum
likelihood) and 6.4.
"""

import math
from collections.abc import Sequence

import numpy as np

from onboard.locate.rotation import FloatArray
from onboard.locate.sight import Sight
from onboard.track.estimate import PlaceEstimate

OUT_OF_GATE = 1e9
THINGS_PER_M2 = 1e-3
"""Warm things that a patrol may come upon: one in 32 m by 32 m, as in a camp or a loose herd.
An assumption, not a measurement."""


def ground_distances(
    estimates: Sequence[PlaceEstimate], sights: Sequence[Sight], gate: float
) -> FloatArray:
    """(T, S) squared Mahalanobis distances of S sights from T estimated places.

    What walks is compared where it was and, farther off by what its narrower gate lacks of
    `gate`, where it may have gone.
    """
    if not estimates or not sights:
        return np.zeros((len(estimates), len(sights)))
    rows = np.array([s.rows for s in sights])
    noise = np.array([s.noise_m2 for s in sights])
    places = np.array([[s.lon_deg, s.lat_deg, s.alt_amsl_m] for s in sights])
    anchors = np.array([e.anchor for e in estimates])
    scales = np.array([e.scale for e in estimates])
    means = np.array([e.mean for e in estimates])
    covariances = np.array([e.covariance for e in estimates])
    offsets = (places[None] - anchors[:, None]) * scales[:, None]
    measured = np.einsum("sij,tsj->tsi", rows[:, :, :3], offsets)
    innovation = measured - np.einsum("sij,tj->tsi", rows, means)
    spread = rows[None] @ covariances[:, None] @ rows.transpose(0, 2, 1)[None] + noise[None]
    distances = _squared(innovation, spread)
    walked_m2 = np.array([e.walked_m2 for e in estimates])
    walkers = walked_m2 > 0.0
    if walkers.any():
        crosswise = rows[:, :, :2] @ rows[:, :, :2].transpose(0, 2, 1)
        wider = spread[walkers] + walked_m2[walkers, None, None, None] * crosswise[None]
        chances = 2.0 * np.pi * THINGS_PER_M2 * np.sqrt(np.linalg.det(wider))
        short = np.maximum(gate + 2.0 * np.log(chances), 0.0)
        gone = _squared(innovation[walkers], wider) + short
        distances[walkers] = np.minimum(distances[walkers], gone)
    return distances


def _squared(innovation: FloatArray, spread: FloatArray) -> FloatArray:
    weighted = np.linalg.solve(spread, innovation[..., None])[..., 0]
    return np.asarray(np.sum(innovation * weighted, axis=2))


def assign(cost: FloatArray, gate: float) -> list[tuple[int, int]]:
    """Pairs (row, column) of a (R, C) cost, none above `gate`: as many as fit, at least cost."""
    allowed = cost <= gate
    rows, columns = np.flatnonzero(allowed.any(axis=1)), np.flatnonzero(allowed.any(axis=0))
    if not len(rows):
        return []
    free = allowed.sum(axis=1) == 1
    lone = [
        (int(r), int(np.argmax(allowed[r])))
        for r in rows
        if free[r] and allowed[:, int(np.argmax(allowed[r]))].sum() == 1
    ]
    taken_rows, taken_columns = {r for r, _ in lone}, {c for _, c in lone}
    rest_rows = [int(r) for r in rows if r not in taken_rows]
    rest_columns = [int(c) for c in columns if c not in taken_columns]
    if not rest_rows:
        return lone
    bounded = np.where(allowed, cost, OUT_OF_GATE)[np.ix_(rest_rows, rest_columns)]
    contested = _least_sum(bounded) if len(rest_rows) <= len(rest_columns) else _flipped(bounded)
    chosen = [(rest_rows[r], rest_columns[c]) for r, c in contested]
    return sorted(lone + [(r, c) for r, c in chosen if allowed[r, c]])


def _flipped(cost: FloatArray) -> list[tuple[int, int]]:
    return [(r, c) for c, r in _least_sum(cost.T)]


def _least_sum(cost: FloatArray) -> list[tuple[int, int]]:
    """Column for every row of an (R, C) cost, R <= C, least sum: O(R^2 C)."""
    rows, columns = cost.shape
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    row_of = np.zeros(columns + 1, dtype=int)
    for row in range(1, rows + 1):
        row_of[0] = row
        slack, came_from = np.full(columns + 1, math.inf), np.zeros(columns + 1, dtype=int)
        done = np.zeros(columns + 1, dtype=bool)
        column = 0
        while row_of[column]:
            done[column] = True
            at = row_of[column]
            reduced = cost[at - 1] - row_price[at] - column_price[1:]
            nearer = ~done[1:] & (reduced < slack[1:])
            slack[1:][nearer], came_from[1:][nearer] = reduced[nearer], column
            following = int(np.argmin(np.where(done, math.inf, slack)))
            step = slack[following]
            row_price[row_of[done]] += step
            column_price[done] -= step
            slack[~done] -= step
            column = following
        while column:
            row_of[column] = row_of[came_from[column]]
            column = int(came_from[column])
    return [(int(row_of[c]) - 1, c - 1) for c in range(1, columns + 1) if row_of[c]]
