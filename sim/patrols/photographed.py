"""Which leopards a camera trap has taken pictures of: the half-normal detection of spatial
capture-recapture (Efford 2004, Oikos 106), so that a density comes out that is known.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from sim.patrols.park import Park

NIGHTS = 30
"""What a card holds when it is looked at."""
PER_NIGHT, SIGMA_M = 0.04, 3000.0
"""Pictures a night in the middle of a leopard's range, and the width of the range."""


def photographed(
    park: Park, camera: str, day: date, rng: np.random.Generator
) -> Iterator[tuple[str, date]]:
    """Leopard and day of each picture since the last check, in the order of the days."""
    trap = park.camera_traps[camera]
    away = np.array([abs(centre - trap) for centre in park.leopards.values()])
    per_night = PER_NIGHT * np.exp(-(away**2) / (2 * SIGMA_M**2))
    taken = rng.random((NIGHTS, len(away))) < 1 - np.exp(-per_night)
    names = list(park.leopards)
    for night, n in zip(*np.nonzero(taken), strict=True):
        yield names[int(n)], day - timedelta(days=NIGHTS - int(night))
