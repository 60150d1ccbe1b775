"""Kelvin from pixels, and the physics between a warm thing and a microbolometer.

Formulas: Thermimage (R package by G. Tattersall), functions `raw2temp` and `temp2raw`, which
follow FLIR's own constants; the whole path is taken as air, without a window. Verified here
against the transmissions 0.93 (120 m, 20 C, 50 %) and 0.88 (120 m, 30 C, 80 %).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import CameraError
from firmware_bridge.units import ZERO_CELSIUS_KELVIN
from onboard.camera.frame import Frame, Pixels, Radiometry

SCALE_KELVIN = {Radiometry.CENTIKELVIN: 1 / 100, Radiometry.KELVIN64: 1 / 64}

PLATEAU_PIXELS = 9
"""So many pixels at exactly the top value are a ceiling: noise of 20 mK does not repeat so."""
PLATEAU_ABOVE_KELVIN = 410.0
"""Below every known camera's ceiling (140 C and up); a cool flat scene is no saturation."""


class Kelvin(NamedTuple):
    """Temperatures of one frame."""

    pixels: NDArray[np.float32] | None
    """(H, W) float32, kelvin; None: the camera is relative."""
    saturated: NDArray[np.bool_]
    """(H, W) bool; where True the temperature is at least the one given."""


def to_kelvin(frame: Frame) -> Kelvin:
    """Temperatures of a frame, and where they are only a lower bound."""
    saturated = saturation_mask(frame)
    if frame.radiometry is Radiometry.CELSIUS:
        offset = np.float32(ZERO_CELSIUS_KELVIN)
        return Kelvin(np.add(frame.pixels, offset, dtype=np.float32), saturated)
    scale = SCALE_KELVIN.get(frame.radiometry)
    if scale is None:
        return Kelvin(None, saturated)
    return Kelvin(np.multiply(frame.pixels, np.float32(scale), dtype=np.float32), saturated)


def saturation_mask(frame: Frame) -> NDArray[np.bool_]:
    """(H, W) bool, True where the pixel is at the camera's ceiling or at the sample's top."""
    limit = frame.saturation
    if limit is None:
        if frame.radiometry is Radiometry.AGC:  # white is the gain control's choice
            return np.zeros(frame.pixels.shape, np.bool_)
        limit = 65535.0
    return np.asarray(frame.pixels >= limit, dtype=np.bool_)


def plateau(pixels: Pixels, radiometry: Radiometry) -> float | None:
    """Pixel value of the ceiling a calibrated picture shows by itself, or None.

    A fire never gives several pixels of exactly the same temperature; a clipped one does (the
    FLAME 3 burns: 9 to 67 pixels at exactly 500 C).
    """
    top = float(pixels.max())
    if radiometry is Radiometry.CELSIUS:
        kelvin = top + ZERO_CELSIUS_KELVIN
    elif radiometry in SCALE_KELVIN:
        kelvin = top * SCALE_KELVIN[radiometry]
    else:
        return None
    if kelvin < PLATEAU_ABOVE_KELVIN or np.count_nonzero(pixels == top) < PLATEAU_PIXELS:
        return None
    return top


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
    return float(humidity * np.exp(exponent))


def transmission(
    distance_m: float, air_kelvin: float, humidity: float, air: Atmosphere | None = None
) -> float:
    """Share of the radiance that passes `distance_m` of air."""
    air = air or Atmosphere()
    root_w = np.sqrt(water_vapour_g_m3(air_kelvin, humidity))
    root_d = np.sqrt(distance_m)
    first = air.x * np.exp(-root_d * (air.alpha1 + air.beta1 * root_w))
    second = (1 - air.x) * np.exp(-root_d * (air.alpha2 + air.beta2 * root_w))
    return float(first + second)


def counts_from_kelvin(kelvin: float, planck: Planck) -> float:
    """Signal of a black body."""
    return planck.r1 / (planck.r2 * (np.exp(planck.b_kelvin / kelvin) - planck.f)) - planck.o


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
