"""What stands on the simulated ground, and how warm the ground is.

Map coordinates are metres east and north of home, along the parallel and the meridian; exact
positions are always latitude, longitude and height AMSL, and the map is only where textures and
outlines live.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firmware_bridge.units import kelvin_from_celsius
from sim.geodesy import metres_per_degree
from sim.scenario import Scenario
from sim.scenario import Target as Placed
from sim.world.terrain import Ground

Array = NDArray[np.float64]

USUAL_RADIUS_M = {"fire": 0.6, "person": 0.25, "rock": 1.5}
USUAL_KELVIN = {"fire": 900.0, "person": 303.0, "rock": 0.0}
ROCK_OVER_AIR_KELVIN = 14.0
PERSON_ASPECT = 0.6
"""A man from above is 0.5 x 0.3 m."""


@dataclass(frozen=True, slots=True)
class Target:
    """One warm thing."""

    id: str
    kind: str
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    east_m: float
    """Map coordinates."""
    north_m: float
    radius_m: float
    kelvin: float
    cover: float


class World:
    """Ground, weather and targets around home."""

    def __init__(self, scenario: Scenario, ground: Ground) -> None:
        home = scenario.home
        self.ground = ground
        self.home_lat_deg, self.home_lon_deg = home.lat_deg, home.lon_deg
        surface = ground.height_at(home.lat_deg, home.lon_deg)
        self.home_alt_amsl_m = surface if home.alt_amsl_m is None else home.alt_amsl_m
        self.metres_per_lat, self.metres_per_lon = metres_per_degree(
            home.lat_deg, self.home_alt_amsl_m
        )
        self.air_kelvin = kelvin_from_celsius(scenario.weather.air_celsius)
        self.sun_kelvin = scenario.weather.sun_kelvin
        self.sun_azimuth_rad = math.radians(scenario.weather.sun_azimuth_deg)
        self.targets = [
            self._place(index, placed) for index, placed in enumerate(scenario.target, start=1)
        ]

    def from_map(self, north_m: float, east_m: float) -> tuple[float, float]:
        """Latitude and longitude of a point of the map."""
        return (
            self.home_lat_deg + north_m / self.metres_per_lat,
            self.home_lon_deg + east_m / self.metres_per_lon,
        )

    def to_map(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[Array, Array]:
        """North and east on the map."""
        north = (np.asarray(lat_deg) - self.home_lat_deg) * self.metres_per_lat
        east = (np.asarray(lon_deg) - self.home_lon_deg) * self.metres_per_lon
        return north, east

    def map_point(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """North and east of one point, in plain floats."""
        return (
            (lat_deg - self.home_lat_deg) * self.metres_per_lat,
            (lon_deg - self.home_lon_deg) * self.metres_per_lon,
        )

    def _place(self, index: int, placed: Placed) -> Target:
        lat, lon = self.from_map(placed.north_m, placed.east_m)
        kelvin = placed.kelvin or USUAL_KELVIN[placed.kind]
        return Target(
            id=placed.id or f"{placed.kind}-{index}",
            kind=placed.kind,
            lat_deg=lat,
            lon_deg=lon,
            alt_amsl_m=self.ground.height_at(lat, lon),
            east_m=placed.east_m,
            north_m=placed.north_m,
            radius_m=placed.radius_m or USUAL_RADIUS_M[placed.kind],
            kelvin=kelvin or self.air_kelvin + ROCK_OVER_AIR_KELVIN,
            cover=placed.cover,
        )
