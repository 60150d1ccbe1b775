"""Whether the ground stands between a vehicle and the station's antenna.

The telemetry radios of such vehicles are at 433 to 915 MHz and a watt at most: over a bare ridge
a little comes round the edge, through forest nothing worth having. Here the edge is sharp.
"""

import math

import numpy as np

from sim.tables.trouble import Radio
from sim.world import World
from sim.world.terrain import Ground

STEP_M = 15.0
"""Between points of the ray; a 1201-post tile has one every 90 m."""
STEPS_AT_MOST = 2000
EARTH_M = 6_371_000.0 * 4 / 3
"""Radio waves bend with the air: the usual four-thirds earth."""
LOOK_EVERY_S = 0.25

Point = tuple[float, float, float]
"""Latitude, longitude, metres AMSL."""


class Station:
    """The ground station's antenna, on its mast."""

    def __init__(self, world: World, radio: Radio) -> None:
        self._world = world
        place = world.from_map(radio.station_north_m, radio.station_east_m)
        self._antenna = (*place, world.ground.height_at(*place) + radio.mast_m)
        self._looked_s, self._heard = -math.inf, True

    def hears(self, vehicle: Point, now_s: float) -> bool:
        """As it was at most LOOK_EVERY_S ago."""
        if now_s - self._looked_s >= LOOK_EVERY_S:
            north_m, east_m = self._world.map_point(vehicle[0], vehicle[1])
            from_n, from_e = self._world.map_point(self._antenna[0], self._antenna[1])
            away_m = math.hypot(north_m - from_n, east_m - from_e)
            self._heard = clear(self._world.ground, self._antenna, vehicle, away_m)
            self._looked_s = now_s
        return self._heard


def clear(ground: Ground, a: Point, b: Point, away_m: float) -> bool:
    """No ground above the straight line between two points that are `away_m` apart on the map."""
    count = min(max(int(away_m / STEP_M), 1), STEPS_AT_MOST)
    share = np.arange(1, count) / count
    lat, lon, alt = (x + (y - x) * share for x, y in zip(a, b, strict=True))
    if not share.size:
        return True
    # The earth's bulge between the two ends.
    bulge_m = share * (1 - share) * away_m**2 / (2 * EARTH_M)
    return bool((ground.height_m(lat, lon) + bulge_m < alt).all())
