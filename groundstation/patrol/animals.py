"""What heel pads say of the animals that were tracked: sex and age, and the least number of them.

Thresholds are settings, not truths: the ones for tigers below are those of the Amur tiger counts
(over 10.5 cm a grown male, under 10 a female or a young male, 5.5 to 6.5 a cub of five months);
for leopards we know none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundstation.dock.geodesic import length_m


class Animal(StrEnum):
    """As far as a heel pad tells."""

    MALE = "male"
    FEMALE_OR_YOUNG = "female_or_young"
    CUB = "cub"
    AMBIGUOUS = "ambiguous"
    """Between the thresholds."""
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, slots=True)
class HeelPad:
    """Widths of the front heel pad that tell animals apart."""

    male_above_cm: float
    female_below_cm: float
    cub_from_cm: float
    cub_to_cm: float

    def __post_init__(self) -> None:
        ladder = (0, self.cub_from_cm, self.cub_to_cm, self.female_below_cm, self.male_above_cm)
        if not all(a <= b < 100 for a, b in pairwise(ladder)):
            raise ValueError(f"heel pads must grow from cub to male, not {ladder[1:]}")


TIGER = HeelPad(male_above_cm=10.5, female_below_cm=10.0, cub_from_cm=5.5, cub_to_cm=6.5)


@dataclass(frozen=True, slots=True)
class Apart:
    """From when on two tracks cannot be one animal's."""

    pad_cm: float
    """Heel pads that differ by more; measuring the same track twice differs by some millimetres."""
    distance_km: float
    """Tracks of one day further apart than an animal goes."""

    def __post_init__(self) -> None:
        if not (0 < self.pad_cm < 100 and 0 < self.distance_km < 10_000):
            raise ValueError(f"apart by {self.pad_cm} cm or {self.distance_km} km")


def animal(pad_cm: float | None, thresholds: HeelPad) -> Animal:
    """What left a track with this heel pad."""
    if pad_cm is None or not np.isfinite(pad_cm):
        return Animal.UNMEASURED
    if thresholds.cub_from_cm <= pad_cm <= thresholds.cub_to_cm:
        return Animal.CUB
    if pad_cm > thresholds.male_above_cm:
        return Animal.MALE
    return Animal.FEMALE_OR_YOUNG if pad_cm < thresholds.female_below_cm else Animal.AMBIGUOUS


def least_animals(
    lat_deg: ArrayLike, lon_deg: ArrayLike, pad_cm: Sequence[float | None], apart: Apart
) -> int:
    """No fewer animals than this left the tracks (N,): so many are apart from each other.

    A lower bound, found by taking tracks with the fewest others apart from them last; with
    overlapping ranges there may well be more animals.
    """
    lat, lon = np.asarray(lat_deg, dtype=np.float64), np.asarray(lon_deg, dtype=np.float64)
    pads = np.array([np.nan if pad is None else pad for pad in pad_cm], np.float64)
    if not len(lat):
        return 0
    far = length_m(lat[:, None], lon[:, None], lat, lon) > apart.distance_km * 1000
    with np.errstate(invalid="ignore"):
        differ = np.abs(pads[:, None] - pads) > apart.pad_cm
    return _clique(far | differ)


def _clique(other: NDArray[np.bool_]) -> int:
    """Size of a set of which all are apart, greedily from each track in turn."""
    best = 1
    for first in range(len(other)):
        candidates = np.flatnonzero(other[first])
        size = 1
        while len(candidates):
            degrees = other[np.ix_(candidates, candidates)].sum(axis=1)
            chosen = candidates[int(np.argmax(degrees))]
            candidates = candidates[other[chosen, candidates]]
            size += 1
        best = max(best, size)
    return best
