"""Many walkers at once, step by step: on towards a goal, down the slope, a little as it comes.

A walker's heading is a unit complex number. Each step turns it towards the sum of the way to the
goal, the push of the ground and noise; that is a correlated random walk (Kareiva & Shigesada
1983, Oecologia 56) with a drift.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.patrols.ground import Ground, Places

STEP_S = 15.0
ON_STEPS = 60
"""A goal is looked up once in so many steps: a quarter of an hour."""
TURN, TO_GOAL, PUSH, NOISE = 0.3, 0.75, 0.62, 0.55
NEAR_M = 400.0
"""Closer than this the goal draws less."""


@dataclass(frozen=True, slots=True, eq=False)
class Walker:
    """One way to be walked."""

    start: complex
    goals: Places
    """(G,) one after the other, each for an equal share of the time."""
    speed_m_s: NDArray[np.float32]
    """(S,) for each step; 0 while resting."""
    afloat: bool = False
    stops: bool = False
    """Waits at a goal for the next one's time, instead of looking around."""


def walk(ground: Ground, walkers: Sequence[Walker], rng: np.random.Generator) -> list[Places]:
    """For each walker (S + 1,) places, the start first."""
    order = sorted(range(len(walkers)), key=lambda n: -len(walkers[n].speed_m_s))
    sorted_ = [walkers[n] for n in order]
    lengths = np.array([len(one.speed_m_s) for one in sorted_])
    ways = np.empty((int(lengths.max(initial=0)) + 1, len(sorted_)), np.complex128)
    speeds = np.zeros((len(ways), len(sorted_)), np.float32)
    for column, one in enumerate(sorted_):
        speeds[: len(one.speed_m_s), column] = one.speed_m_s
    ways[0] = [one.start for one in sorted_]
    heading = np.exp(2j * np.pi * rng.random(len(sorted_)))
    afloat = np.array([one.afloat for one in sorted_], bool)
    stops = np.array([one.stops for one in sorted_], bool)
    for step in range(len(ways) - 1):
        if step % ON_STEPS == 0:
            active = int(np.searchsorted(-lengths, -step, side="left"))
            goal = np.array([_goal(one, step) for one in sorted_[:active]])
            heading, on_water, waits = heading[:active], afloat[:active], stops[:active]
        here = ways[step, :active]
        to_goal = goal - here
        away = np.abs(to_goal) + 1e-9
        post = ground.index(here)
        push = np.where(on_water, ground.sea_push[post], ground.land_push[post])
        noise = rng.standard_normal((2, active))
        wanted = TO_GOAL * to_goal / np.maximum(away, NEAR_M) + PUSH * push
        heading = heading + TURN * (wanted + NOISE * (noise[0] + 1j * noise[1]))
        heading /= np.abs(heading) + 1e-12
        if waits.any():
            heading = np.where(waits & (away < NEAR_M), to_goal / away, heading)
        stride = speeds[step, :active] * STEP_S
        ways[step + 1, :active] = here + heading * np.where(waits, np.minimum(stride, away), stride)
    walked: list[Places] = [ways[:0, 0]] * len(walkers)
    for column, n in enumerate(order):
        walked[n] = ways[: lengths[column] + 1, column].copy()
    return walked


def _goal(walker: Walker, step: int) -> complex:
    share = step / len(walker.speed_m_s)
    return complex(walker.goals[min(int(share * len(walker.goals)), len(walker.goals) - 1)])


def paces(
    steps: int, mean_m_s: float, rng: np.random.Generator, rest_every_s: float = 5400.0
) -> NDArray[np.float32]:
    """(S,) speeds around the mean, slowly changing, with rests of ten to thirty minutes."""
    knots = np.exp(0.25 * rng.standard_normal(steps // 40 + 2))
    speed = mean_m_s * np.interp(np.arange(steps) / 40, np.arange(len(knots)), knots)
    at = rng.exponential(rest_every_s) + 1200
    while at < steps * STEP_S:
        rest_s = rng.uniform(600, 1800)
        speed[int(at / STEP_S) : int((at + rest_s) / STEP_S)] = 0
        at += rest_s + rng.exponential(rest_every_s) + 1200
    return speed.astype(np.float32)
