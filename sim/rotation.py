"""Rotations between north-east-down and a forward-right-down body, in plain floats.

Quaternions are Hamilton, (w, x, y, z), and take body vectors to NED; Euler angles are yaw, then
pitch, then roll, as everywhere in flight (source: Diebel 2006, section 8.10).
"""

import math

import numpy as np
from numpy.typing import NDArray

Quaternion = tuple[float, float, float, float]


def from_euler(roll_rad: float, pitch_rad: float, yaw_rad: float) -> Quaternion:
    """Body to NED."""
    cr, sr = math.cos(roll_rad / 2), math.sin(roll_rad / 2)
    cp, sp = math.cos(pitch_rad / 2), math.sin(pitch_rad / 2)
    cy, sy = math.cos(yaw_rad / 2), math.sin(yaw_rad / 2)
    return (
        cr * cp * cy + sr * sp * sy,
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
    )


def matrix(q: Quaternion) -> NDArray[np.float64]:
    """(3, 3): columns are the body's axes in NED."""
    w, x, y, z = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def wrap_pi(angle_rad: float) -> float:
    """The same angle in -pi..pi."""
    return math.remainder(angle_rad, 2 * math.pi)
