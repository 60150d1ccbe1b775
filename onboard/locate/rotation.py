"""Rotations: Hamilton quaternions (w, x, y, z) and 3x3 matrices, aerospace yaw-pitch-roll order.

A quaternion or matrix named `b_from_a` takes the coordinates of a vector in frame a to those in
frame b. Euler angles are those of MAVLink's ATTITUDE: R = Rz(yaw) Ry(pitch) Rx(roll).

Source: Diebel, "Representing Attitude" (2006), sections 5.6 and 8; Shoemake, SIGGRAPH 1985 (slerp).
"""

import math

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.messages import Quaternion

FloatArray = NDArray[np.float64]

IDENTITY: Quaternion = (1.0, 0.0, 0.0, 0.0)
NED_FROM_ENU: FloatArray = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
"""Its own inverse."""
POLE_COSINE = 0.02
"""Below this cosine of pitch (88.9 degrees) yaw is read from the right axis instead of forward."""


def multiply(p: Quaternion, q: Quaternion) -> Quaternion:
    """The Hamilton product: first q, then p."""
    pw, px, py, pz = p
    qw, qx, qy, qz = q
    return (
        pw * qw - px * qx - py * qy - pz * qz,
        pw * qx + px * qw + py * qz - pz * qy,
        pw * qy - px * qz + py * qw + pz * qx,
        pw * qz + px * qy - py * qx + pz * qw,
    )


def normalised(q: Quaternion) -> Quaternion | None:
    """The unit quaternion along q; None where q is zero or not finite (a sensor's "unknown")."""
    norm = math.sqrt(sum(c * c for c in q))
    if not math.isfinite(norm) or norm < 1e-6:
        return None
    w, x, y, z = q
    return (w / norm, x / norm, y / norm, z / norm)


def slerp(p: Quaternion, q: Quaternion, fraction: float) -> Quaternion:
    """From p (fraction 0) to q (1) at constant rate by the short way, whatever their signs."""
    dot = sum(a * b for a, b in zip(p, q, strict=True))
    sign = -1.0 if dot < 0.0 else 1.0
    angle = math.acos(min(1.0, abs(dot)))
    if angle < 1e-6:
        a, b = 1.0 - fraction, fraction * sign
    else:
        a = math.sin((1.0 - fraction) * angle) / math.sin(angle)
        b = math.sin(fraction * angle) / math.sin(angle) * sign
    mixed = tuple(a * c + b * d for c, d in zip(p, q, strict=True))
    return normalised((mixed[0], mixed[1], mixed[2], mixed[3])) or p


def from_euler(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Quaternion:
    """The quaternion of Rz(yaw) Ry(pitch) Rx(roll)."""
    about_z = (math.cos(yaw_rad / 2), 0.0, 0.0, math.sin(yaw_rad / 2))
    about_y = (math.cos(pitch_rad / 2), 0.0, math.sin(pitch_rad / 2), 0.0)
    about_x = (math.cos(roll_rad / 2), math.sin(roll_rad / 2), 0.0, 0.0)
    return multiply(about_z, multiply(about_y, about_x))


def matrix(q: Quaternion) -> FloatArray:
    """The (3, 3) rotation matrix of a unit quaternion."""
    w, x, y, z = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def heading_rad(q_ned_from_frd: Quaternion) -> float:
    """Yaw of a body or mount, steady at the poles.

    Looking straight up or down, yaw and roll turn about the same axis; all of the turn is then
    called yaw, which is what the right-hand axis shows.
    """
    rotation = matrix(q_ned_from_frd)
    north, east = float(rotation[0, 0]), float(rotation[1, 0])
    if math.hypot(north, east) > POLE_COSINE:
        return math.atan2(east, north)
    return math.atan2(-float(rotation[0, 1]), float(rotation[1, 1]))


def about_down(angle_rad: float) -> Quaternion:
    """A turn to the right by the given angle: what a heading adds to a gimbal's own yaw."""
    return (math.cos(angle_rad / 2), 0.0, 0.0, math.sin(angle_rad / 2))
