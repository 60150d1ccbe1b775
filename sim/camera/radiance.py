"""Kelvin to what a microbolometer feels, and back.

Planck's law for one effective wavelength: L = 1 / (exp(B / T) - 1) with B = 1501 K, the usual
constant of uncooled 7.5-13 um cameras (Thermimage; FLIR's R-B-F model with F = 1). Checked
against the facts of the field: one per cent of a pixel at 600 C lifts 10 C ground to 30 C, five
per cent to 87 C.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

PLANCK_B_KELVIN = 1501.0


def radiance(kelvin: ArrayLike) -> NDArray[np.float64]:
    """Relative in-band radiance."""
    return np.asarray(1 / np.expm1(PLANCK_B_KELVIN / np.asarray(kelvin, np.float64)))


def kelvin(value: ArrayLike) -> NDArray[np.float64]:
    """Temperature of a black body with this radiance."""
    return np.asarray(PLANCK_B_KELVIN / np.log1p(1 / np.asarray(value, np.float64)))
