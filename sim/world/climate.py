"""How warm air, ground, stone and roofs are, by the hour.

A surface follows the sun with a delay of its own: what it has taken up is the exponential mean of
past sunshine over its time constant, as a vector, so that east slopes are warm in the morning.
To an open sky it loses a few kelvin by day and night. The time constants are those of thin layers
of litter, sheet metal and stone; the sizes of the effects are chosen, not measured.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.units import kelvin_from_celsius
from sim.tables.world import Weather
from sim.world.sun import sun_enu

LITTER_S, STONE_S, METAL_S = 3600.0, 3 * 3600.0, 1500.0
LITTER_SKY_KELVIN = 2.0
STONE_SUN_KELVIN, STONE_SKY_KELVIN = 25.0, 1.0
METAL_SUN_KELVIN, METAL_SKY_KELVIN = 24.0, 6.0
CROWN_KELVIN = -0.7
"""Leaves that transpire are a little cooler than the air; they keep near it all night."""
WARMEST_HOUR = 15.0
MEMORY_S, PAST_STEP_S = 86_400.0, 300.0
STEADY_S = 60.0
"""For so long conditions count as constant."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Of one minute."""

    air_kelvin: float
    sun_enu: NDArray[np.float64]
    """(3,) towards the sun; below the horizon its last component is negative."""
    litter_sun: NDArray[np.float64]
    """(3,) kelvin: a slope of unit normal n is max(0, n . litter_sun) warmer for the sun."""
    litter_kelvin: float
    """Of ground that the sun never reaches."""
    contrast: float
    """How much of the ground's texture shows: 1 in full sun, less at night."""
    crown_kelvin: float
    stone_kelvin: float
    roof_kelvin: float

    @property
    def daylight(self) -> float:
        """0 at the end of civil twilight, 1 with the sun ten degrees high."""
        height_deg = math.degrees(math.asin(min(max(float(self.sun_enu[2]), -1.0), 1.0)))
        share = min(max((height_deg + 6) / 16, 0.0), 1.0)
        return share * share * (3 - 2 * share)


class Climate:
    """Conditions at simulated times over one place."""

    def __init__(self, weather: Weather, lat_deg: float, lon_deg: float) -> None:
        self._weather, self._place = weather, (lat_deg, lon_deg)
        self._start_s = weather.start_utc.timestamp()
        self._now: tuple[int, Conditions] | None = None

    def at(self, time_s: float) -> Conditions:
        """The conditions, renewed every minute."""
        minute, now = int(time_s // STEADY_S), self._now
        if now is None or now[0] != minute:
            now = self._now = minute, self._conditions(minute * STEADY_S)
        return now[1]

    def _conditions(self, time_s: float) -> Conditions:
        weather = self._weather
        clear = 1 - weather.cloud
        past_s = np.arange(0, MEMORY_S, PAST_STEP_S)
        sun = sun_enu(self._start_s + time_s - past_s, *self._place)
        shine = np.where(sun[:, 2:] > 0, sun, 0.0) * clear
        air = kelvin_from_celsius(weather.air_celsius) + self._swing(time_s)
        litter, stone, metal = (
            _taken_up(shine, past_s, tau) for tau in (LITTER_S, STONE_S, METAL_S)
        )
        return Conditions(
            air_kelvin=air,
            sun_enu=sun[0],
            litter_sun=litter * weather.sun_kelvin,
            litter_kelvin=air - LITTER_SKY_KELVIN * clear,
            contrast=0.4 + 0.6 * min(float(litter[2]) / 0.7, 1.0),
            crown_kelvin=air + CROWN_KELVIN,
            stone_kelvin=air + STONE_SUN_KELVIN * float(stone[2]) - STONE_SKY_KELVIN * clear,
            roof_kelvin=air + METAL_SUN_KELVIN * float(metal[2]) - METAL_SKY_KELVIN * clear,
        )

    def _swing(self, time_s: float) -> float:
        """Of the air since the start, kelvin."""

        def height(after_s: float) -> float:
            solar_hour = (self._start_s + after_s) / 3600 % 24 + self._place[1] / 15
            return math.cos((solar_hour - WARMEST_HOUR) / 24 * math.tau)

        return self._weather.swing_kelvin * (height(time_s) - height(0.0))


def _taken_up(
    shine: NDArray[np.float64], past_s: NDArray[np.float64], tau_s: float
) -> NDArray[np.float64]:
    weight = np.exp(-past_s / tau_s)
    return np.asarray(weight @ shine / weight.sum())
