"""How a wildfire grows: an ellipse with the spot it started from at its rear focus.

Rate and shape follow the Canadian system (Forestry Canada 1992, Information Report ST-X-3): the
wind acts as exp(0.05039 U) with U in km/h at 10 m; a slope as exp(3.533 tan^1.2), which is taken
as the wind that would do the same and added to the real one as a vector; the length-to-breadth
ratio comes from the sum. The backing rate is what the focus makes of the ellipse (Alexander 1985).
Rates at 15 km/h are those of the Rothermel models TL6 and GR4 at 6 % dead fuel moisture, 0.79 and
19.5 m/min. The slope is the one where the fire starts.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

WIND_PER_KM_H = 0.05039
SLOPE_FACTOR, SLOPE_POWER = 3.533, 1.2
STRONGEST_KM_H = 60.0
"""Beyond this the exponential says nothing sensible."""


@dataclass(frozen=True, slots=True)
class Fuel:
    """What burns."""

    m_s_at_15_km_h: float
    flames_s: float
    """How long flames stand in one place; measured residence is 10 to 60 s in fine fuels."""
    embers_s: float
    """Time constant of what glows behind them."""


FUELS = {
    "litter": Fuel(0.79 / 60, 45.0, 240.0),
    "grass": Fuel(19.5 / 60, 12.0, 40.0),
}


@dataclass(frozen=True, slots=True)
class Spread:
    """A fire's growth: rates and direction, constant over its life."""

    fuel: Fuel
    head_m_s: float
    back_m_s: float
    length_to_breadth: float
    towards_rad: float
    """Of the head, from north over east."""
    spot_m: float
    """Radius of what burns at once."""

    def axes_m(self, after_s: float) -> tuple[float, float]:
        """Half the length and half the breadth."""
        half = (self.head_m_s + self.back_m_s) / 2 * after_s
        return half + self.spot_m, half / self.length_to_breadth + self.spot_m

    def centre_m(self, after_s: float) -> float:
        """How far the ellipse's middle has moved from the spot, along `towards_rad`."""
        return (self.head_m_s - self.back_m_s) / 2 * after_s

    def arrival_s(self, north_m: Field, east_m: Field) -> Field:
        """Seconds after ignition at which the front is `north_m`, `east_m` from the spot.

        From the focus an ellipse is R (1 - e) / (1 - e cos a), and everything grows with time.
        """
        away = np.hypot(north_m, east_m)
        along = north_m * math.cos(self.towards_rad) + east_m * math.sin(self.towards_rad)
        e = math.sqrt(1 - self.length_to_breadth**-2)
        # |r| (1 - e cos a) with |r| cos a = along; no angle is needed.
        path = (away - e * along) / (1 - e)
        start = np.maximum(1 - self.spot_m / np.maximum(away, 1e-3), 0)
        return np.asarray(path * start / self.head_m_s, np.float32)


def spread(
    fuel: str, wind_towards_m_s: tuple[float, float], slope_up: tuple[float, float], spot_m: float
) -> Spread:
    """Growth under a wind (north and east components of where it goes) on a slope (the gradient
    of the height, north and east, metres per metre)."""
    material = FUELS[fuel]
    steepness = math.hypot(*slope_up)
    of_slope = SLOPE_FACTOR * steepness**SLOPE_POWER / WIND_PER_KM_H
    uphill = (slope_up[0] / steepness, slope_up[1] / steepness) if steepness else (0.0, 0.0)
    north = wind_towards_m_s[0] * 3.6 + of_slope * uphill[0]
    east = wind_towards_m_s[1] * 3.6 + of_slope * uphill[1]
    u_km_h = min(math.hypot(north, east), STRONGEST_KM_H)
    head = material.m_s_at_15_km_h * math.exp(WIND_PER_KM_H * (u_km_h - 15))
    ratio = length_to_breadth(fuel, u_km_h)
    root = math.sqrt(ratio**2 - 1)
    back = head * (ratio - root) / (ratio + root)
    return Spread(material, head, back, ratio, math.atan2(east, north), spot_m)


def length_to_breadth(fuel: str, u_km_h: float) -> float:
    """Of the ellipse (ST-X-3, equations 79 and 80)."""
    if fuel == "grass":
        return max(1.1 * math.pow(u_km_h, 0.464), 1.0)
    return 1 + 8.729 * math.pow(1 - math.exp(-0.030 * u_km_h), 2.155)
