"""The physics between a warm thing and a microbolometer's count.

Formulas: Thermimage (R package by G. Tattersall), functions `raw2temp` and `temp2raw`, which
follow FLIR's own constants; the whole path is taken as air, without a window. Verified here
against the transmissions 0.93 (120 m, 20 C, 50 %) and 0.88 (120 m, 30 C, 80 %).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import CameraError
from firmware_bridge.units import ZERO_CELSIUS_KELVIN


@dataclass(frozen=True, slots=True)
class Planck:
    """Calibration of one camera: S = R1 / (R2 (exp(B / T) - F)) - O."""

    r1: float
    r2: float
    b_kelvin: float
    f: float
    o: float


@dataclass(frozen=True, slots=True)
class Atmosphere:
    """Coefficients of transmission through humid air."""

    alpha1: float = 0.006569
    alpha2: float = 0.01262
    beta1: float = -0.002276
    beta2: float = -0.00667
    x: float = 1.9


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands between the object and the camera."""

    emissivity: float
    distance_m: float
    reflected_kelvin: float
    air_kelvin: float
    humidity: float
    """Relative, 0 to 1."""


def water_vapour_g_m3(air_kelvin: float, humidity: float) -> float:
    """Water in the air, g/m3, from temperature and relative humidity 0 to 1 (Thermimage)."""
    t = air_kelvin - ZERO_CELSIUS_KELVIN
    exponent = 1.5587 + 0.06939 * t - 0.00027816 * t**2 + 0.00000068455 * t**3
    return humidity * math.exp(exponent)


def transmission(
    distance_m: float, air_kelvin: float, humidity: float, air: Atmosphere | None = None
) -> float:
    """Share of the radiance that passes `distance_m` of air."""
    air = air or Atmosphere()
    root_w = math.sqrt(water_vapour_g_m3(air_kelvin, humidity))
    root_d = math.sqrt(distance_m)
    first = air.x * math.exp(-root_d * (air.alpha1 + air.beta1 * root_w))
    second = (1 - air.x) * math.exp(-root_d * (air.alpha2 + air.beta2 * root_w))
    return first + second


def counts_from_kelvin(kelvin: float, planck: Planck) -> float:
    """Signal of a black body."""
    radiance = planck.r1 / (planck.r2 * (math.exp(planck.b_kelvin / kelvin) - planck.f))
    return radiance - planck.o


def kelvin_from_counts(signal: NDArray[np.float64], planck: Planck) -> NDArray[np.float32]:
    """(H, W) float32, kelvin of a black body giving (H, W) `signal`: B / ln(R1/(R2(S+O)) + F).

    A signal the constants give no temperature for becomes NaN.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        argument = planck.r1 / (planck.r2 * (signal + planck.o)) + planck.f
        kelvin = planck.b_kelvin / np.log(argument)
    return np.where(argument > 1, kelvin, np.nan).astype(np.float32)


def object_signal(
    counts: NDArray[np.uint16], planck: Planck, scene: Scene, air: Atmosphere | None = None
) -> NDArray[np.float64]:
    """(H, W) float64, the object's own part: (S - (1-e) t S_refl - (1-t) S_air) / (e t)."""
    t = transmission(scene.distance_m, scene.air_kelvin, scene.humidity, air)
    if not (0 < scene.emissivity <= 1 and 0 < t <= 1.001):
        raise CameraError(f"impossible emissivity {scene.emissivity:g} or transmission {t:g}")
    reflected = (1 - scene.emissivity) * t * counts_from_kelvin(scene.reflected_kelvin, planck)
    emitted_by_air = (1 - t) * counts_from_kelvin(scene.air_kelvin, planck)
    return (counts.astype(np.float64) - reflected - emitted_by_air) / (scene.emissivity * t)
