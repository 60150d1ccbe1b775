"""What people meet on their way: a Poisson process whose rates are known (`park.py`).

Each thing is met once, by whoever walked past it first: those who walk together do not find it
again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.patrols.ground import Places
from sim.patrols.park import (
    GINSENG_MONTHS,
    RATES_PER_KM,
    SIGNS_PER_KM,
    SNOW,
    TEAM_FINDS,
    Park,
    TransportKey,
)
from sim.patrols.records import Value

TRANSPORT_COLUMN: dict[TransportKey, int] = {"foot": 0, "vehicle": 1, "boat": 2, "snowmobile": 3}
RIDING_SEES = 0.1
"""Share of the signs that are seen otherwise than on foot."""
ACTIONS = ("warned", "protocol", "detained", "none")
PREY = ("sika_deer", "roe_deer", "wild_boar", "red_deer")


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """Where on a way, and what."""

    index: NDArray[np.intp]
    """(F,) of the place that was reached before it."""
    places: Places
    categories: Sequence[str]


def expected(park: Park, team: str, transport: TransportKey, month: int, way: Places) -> float:
    """Violations to be met on a way, all kinds together."""
    return float(_violation_rates(team, transport, month).sum() * _risk_m(park, way)[1].sum() / 1e3)


def meet(
    park: Park,
    team: str,
    transport: TransportKey,
    month: int,
    way: Places,
    rng: np.random.Generator,
) -> Met:
    """What is met on a way of (N,) places."""
    length_m, risk_m = _risk_m(park, way)
    found: list[NDArray[np.float64]] = []
    kinds: list[str] = []
    violations = _violation_rates(team, transport, month)
    signs = _sign_rates(transport, month)
    for categories, rates, weight_m in (
        (list(RATES_PER_KM), violations, risk_m),
        (list(SIGNS_PER_KM), signs, length_m),
    ):
        along = np.concatenate([[0.0], np.cumsum(weight_m)])
        counts = rng.poisson(rates * along[-1] / 1e3)
        drawn = rng.random(int(counts.sum())) * along[-1]
        found.append(np.interp(drawn, along, np.arange(len(along))))
        kinds += [c for c, count in zip(categories, counts, strict=True) for _ in range(count)]
    at = np.concatenate(found)
    index = np.minimum(at.astype(np.intp), max(len(way) - 2, 0))
    places = way[index] + (way[np.minimum(index + 1, len(way) - 1)] - way[index]) * (at - index)
    return Met(index, places, kinds)


def _risk_m(park: Park, way: Places) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N - 1,) lengths of the steps, and the same times the risk of the place."""
    length_m = np.abs(np.diff(way))
    middle = way[:-1] + np.diff(way) / 2
    return length_m, length_m * park.risk(middle)


def _violation_rates(team: str, transport: TransportKey, month: int) -> NDArray[np.float64]:
    column = TRANSPORT_COLUMN[transport]
    rates = np.array([by_transport[column] for by_transport in RATES_PER_KM.values()])
    if month not in GINSENG_MONTHS:
        rates[list(RATES_PER_KM).index("violation.ginseng.")] = 0
    return np.asarray(rates * TEAM_FINDS[team])


def _sign_rates(transport: TransportKey, month: int) -> NDArray[np.float64]:
    if transport == "boat":
        return np.zeros(len(SIGNS_PER_KM))
    share = 1.0 if transport == "foot" else RIDING_SEES
    snow = 0 if month in SNOW else 1
    return np.array([by_snow[snow] * share for by_snow in SIGNS_PER_KM.values()])


def attributes(category: str, month: int, rng: np.random.Generator) -> dict[str, Value]:
    """What is asked about such a thing, answered."""
    top, _, kind = category.rstrip(".").partition(".")
    if top == "violation":
        return _of_violation(kind, rng)
    if kind == "track" and top in PAD_CM:
        return track_attributes(top, float(rng.uniform(2, 72)), rng) | (
            {"snow_depth_cm": float(rng.integers(2, 40))} if month in SNOW else {}
        )
    if kind == "scat":
        return {"sample_number": f"ЭК-{int(rng.integers(1, 10_000)):04d}"}
    if category == "animal.prey.":
        return {"count": float(rng.integers(1, 6)), "species": str(rng.choice(PREY))}
    if kind == "prey":
        return {"species": str(rng.choice(PREY))}
    return {}


def _of_violation(kind: str, rng: np.random.Generator) -> dict[str, Value]:
    if kind == "people":
        action = str(rng.choice(ACTIONS))
        values: dict[str, Value] = {"persons": float(rng.integers(1, 5)), "action_taken": action}
        if action in ("protocol", "detained"):
            number = int(rng.integers(1, 1000))
            values |= {
                "protocol_number": f"25-{number:03d}",
                "offender_name": f"Условный Нарушитель {number:03d}",
            }
        return values
    if kind in ("snare", "trap", "ammunition"):
        return {"count": float(rng.integers(1, 8))}
    return {}


PAD_CM = {"tiger": (9.6, 1.2), "leopard": (6.8, 0.7)}
"""Width of the heel pad: mean and standard deviation over the animals."""


def track_attributes(top: str, age_h: float, rng: np.random.Generator) -> dict[str, Value]:
    """Of a tiger's or a leopard's track."""
    mean_cm, sigma_cm = PAD_CM[top]
    return {
        "track_age_h": round(age_h, 1),
        "heel_pad_cm": round(float(rng.normal(mean_cm, sigma_cm)), 1),
        "stride_cm": float(round(rng.normal(130 if top == "tiger" else 95, 12))),
    }
