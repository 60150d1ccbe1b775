"""What stands on the simulated ground at any simulated time, and how warm it is.

Map coordinates are metres east and north of home, along the parallel and the meridian; exact
positions are always latitude, longitude and height AMSL, and the map is only where textures and
outlines live. Everything is a function of simulated time and of the scenario's seed: several
vehicles and cameras may share one world and ask it for any time in any order.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.geodesy import metres_per_degree
from sim.scenario import Scenario
from sim.tables.world import Target as Placed
from sim.world.climate import Climate, Conditions
from sim.world.motion import Place
from sim.world.population import Thing, populate
from sim.world.spread import Spread, spread
from sim.world.target import ENGINE_KELVIN, KINDS, Target, usual_kelvin
from sim.world.terrain import Ground

Array = NDArray[np.float64]

SLOPE_OVER_M = 30.0
"""The slope a fire feels is that between points so far on either side."""


class World:
    """Ground, weather and targets around home."""

    def __init__(self, scenario: Scenario, ground: Ground) -> None:
        home = scenario.home
        self.home_lat_deg, self.home_lon_deg = home.lat_deg, home.lon_deg
        surface = ground.height_at(home.lat_deg, home.lon_deg)
        self.home_alt_amsl_m = surface if home.alt_amsl_m is None else home.alt_amsl_m
        self.ground = ground.lifted(self.home_alt_amsl_m - surface)
        self.metres_per_lat, self.metres_per_lon = metres_per_degree(
            home.lat_deg, self.home_alt_amsl_m
        )
        self.climate = Climate(scenario.weather, home.lat_deg, home.lon_deg)
        from_rad, speed = math.radians(scenario.wind.from_deg), scenario.wind.speed_m_s
        self.wind_towards_m_s = -speed * math.cos(from_rad), -speed * math.sin(from_rad)
        """North and east components of where the air goes."""
        self._things = populate(scenario.target, scenario.seed)
        self._spreads = {
            thing.id: self._spread(thing.placed)
            for thing in self._things
            if thing.placed.kind == "wildfire"
        }
        self._heights = {t.id: self._height(t.motion(0.0)) for t in self._things if t.still}

    @property
    def targets(self) -> list[Target]:
        """All that is there at the start."""
        return self.targets_at(0.0)

    def targets_at(self, time_s: float) -> list[Target]:
        """What stands, walks and burns at a simulated time; unlit fires are not among it."""
        now = self.climate.at(time_s)
        return [t for t in (self._target(thing, time_s, now) for thing in self._things) if t]

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

    def _height(self, place: Place) -> float:
        return self.ground.height_at(*self.from_map(place.north_m, place.east_m))

    def _spread(self, placed: Placed) -> Spread:
        north, east, step = placed.north_m, placed.east_m, SLOPE_OVER_M
        height = [
            self.ground.height_at(*self.from_map(north + dn, east + de))
            for dn, de in ((step, 0), (-step, 0), (0, step), (0, -step))
        ]
        slope_up = (height[0] - height[1]) / 2 / step, (height[2] - height[3]) / 2 / step
        spot_m = placed.radius_m or KINDS["wildfire"].size_m[0] / 2
        return spread(placed.fuel, self.wind_towards_m_s, slope_up, spot_m)

    def _target(self, thing: Thing, time_s: float, now: Conditions) -> Target | None:
        placed = thing.placed
        usual = KINDS[placed.kind]
        age_s = time_s - placed.from_s
        if thing.id in self._spreads:
            return self._wildfire(thing, self._spreads[thing.id], age_s) if age_s >= 0 else None
        if usual.shape == "fire" and not 0 <= age_s < placed.burns_s:
            return None
        place = thing.motion(time_s)
        lat, lon = self.from_map(place.north_m, place.east_m)
        scale = placed.radius_m * 2 / max(usual.size_m[:2]) if placed.radius_m else 1.0
        length, width, height = (side * scale for side in usual.size_m)
        warm = placed.kind == "vehicle" and (place.moving or placed.engine == "warm")
        return Target(
            id=thing.id,
            kind=placed.kind,
            lat_deg=lat,
            lon_deg=lon,
            alt_amsl_m=self._heights[thing.id] if thing.still else self._height(place),
            east_m=place.east_m,
            north_m=place.north_m,
            heading_rad=place.heading_rad,
            size_m=(length, width, height),
            kelvin=placed.kelvin or usual_kelvin(placed.kind, now),
            cover=placed.cover,
            bonnet_kelvin=ENGINE_KELVIN if warm else 0.0,
        )

    def _wildfire(self, thing: Thing, growth: Spread, age_s: float) -> Target:
        """Its place is the middle of the ellipse that has burnt so far."""
        placed, growing_s = thing.placed, min(age_s, thing.placed.burns_s)
        centre = growth.centre_m(growing_s)
        north = placed.north_m + centre * math.cos(growth.towards_rad)
        east = placed.east_m + centre * math.sin(growth.towards_rad)
        lat, lon = self.from_map(north, east)
        half_length, half_breadth = growth.axes_m(growing_s)
        return Target(
            id=thing.id,
            kind=placed.kind,
            lat_deg=lat,
            lon_deg=lon,
            alt_amsl_m=self.ground.height_at(lat, lon),
            east_m=east,
            north_m=north,
            heading_rad=growth.towards_rad,
            size_m=(2 * half_length, 2 * half_breadth, 0.0),
            kelvin=placed.kelvin or KINDS["wildfire"].kelvin,
            cover=placed.cover,
            spread=growth,
            burning_s=age_s,
            growing_s=growing_s,
        )
