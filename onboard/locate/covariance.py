"""How far off a located point can be: every error's lever on the ground, and their sum.

A ray with direction d (unit, ENU) meets terrain with gradient g after R metres. With
n = (-dz/dE, -dz/dN, 1) a shift s of the ray moves the point by P s, P = I - d nT / (nT d), and a
terrain error e moves it by d e / (nT d). So the point's covariance is

    S = P (J B JT + W) PT + d dT s_dem^2 / (nT d)^2

where J (3, 8) holds what one unit of each bias does to the ray at the hit: three turns (tilt about
the camera's level forward axis, tilt about its right axis, yaw about down), three of position, one
of clock (velocity), one of relative focal length; W is what is new in every frame.

The tilt axes turn with the camera: a misaligned mount errs ahead of itself on every heading. At
nadir tilt counts about both level axes; a model by Euler angles of the camera would lose one.

Source: first-order propagation, e.g. Santana et al., Sensors 22(3) 1150 (2022), section 3.
"""

from dataclasses import dataclass

import numpy as np

from onboard.locate.rotation import NED_FROM_ENU, FloatArray, about_down, matrix

BIASES = 8
CE90_FACTOR = 2.146
"""sqrt(-2 ln 0.1): of a circular normal distribution; at most 8 % low for an elongated one."""


@dataclass(frozen=True, slots=True)
class Sigmas:
    """What the sensors are trusted to, one sigma each."""

    tilt_deg: float = 1.0
    """Roll and pitch of the camera mount, each."""
    yaw_deg: float = 2.0
    horizontal_m: float = 1.5
    """GPS, per axis."""
    vertical_m: float = 2.5
    terrain_m: float = 10.0
    """DEM under forest: the surface model's canopy is metres of bias."""
    pixel_px: float = 0.5
    attitude_bias_share: float = 0.7
    """Part of the attitude's variance that stays the same from frame to frame."""

    def bias_variances(self, clock_s: float, focal: float) -> FloatArray:
        """(8,) variances in the order of J's columns, attitude whole (bias and white)."""
        tilt, yaw = np.radians(self.tilt_deg), np.radians(self.yaw_deg)
        level, height = self.horizontal_m, self.vertical_m
        return np.array([tilt, tilt, yaw, level, level, height, clock_s, focal]) ** 2


def bias_jacobians(
    directions: FloatArray,
    ranges_m: FloatArray,
    heading_rad: float,
    velocity_enu_m_s: FloatArray,
    focal_shift_enu: FloatArray,
) -> FloatArray:
    """J, (N, 3, 8) metres at the hit per unit of each bias (rad, m, s, relative focal length).

    `focal_shift_enu` (N, 3) is the change of each unit direction with the logarithm of the focal
    length.
    """
    jacobian = np.zeros((len(directions), 3, BIASES))
    axes_enu = NED_FROM_ENU @ matrix(about_down(heading_rad))
    for column in range(3):
        turned = np.cross(axes_enu[:, column], directions)
        jacobian[:, :, column] = ranges_m[:, None] * turned
    jacobian[:, :, 3:6] = np.eye(3)
    jacobian[:, :, 6] = velocity_enu_m_s
    jacobian[:, :, 7] = ranges_m[:, None] * focal_shift_enu
    return jacobian


def white_covariance(
    jacobian: FloatArray,
    directions: FloatArray,
    ranges_m: FloatArray,
    sigmas: Sigmas,
    focal_px: float,
) -> FloatArray:
    """(N, 3, 3) square metres at the hit: the fresh part of the attitude, and the pixel's."""
    share = 1.0 - sigmas.attitude_bias_share
    turn = share * sigmas.bias_variances(0.0, 0.0)[:3]
    attitude = (jacobian[:, :, :3] * turn) @ jacobian[:, :, :3].transpose(0, 2, 1)
    across = np.eye(3) - directions[:, :, None] * directions[:, None, :]
    spread_m = sigmas.pixel_px * ranges_m / focal_px
    return np.asarray(attitude + spread_m[:, None, None] ** 2 * across)


def across_rays(directions: FloatArray) -> FloatArray:
    """B, (N, 2, 3): two unit vectors square to each of (N, 3) unit directions and to each other."""
    axes = np.eye(3)[np.argmin(np.abs(directions), axis=1)]
    first = axes - np.sum(axes * directions, axis=1, keepdims=True) * directions
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.stack([first, np.cross(directions, first)], axis=1)


def surface_normals(gradients_en: FloatArray) -> FloatArray:
    """(N, 3) normals n = (-dz/dE, -dz/dN, 1), not of unit length."""
    return np.column_stack([-gradients_en, np.ones(len(gradients_en))])


def ground_covariances(
    directions: FloatArray,
    gradients_en: FloatArray,
    ray_covariances: FloatArray,
    terrain_sigma_m: float,
) -> FloatArray:
    """S, (N, 3, 3): covariance of each point from (N, 3, 3) of its ray at the hit."""
    normals = surface_normals(gradients_en)
    facing = np.sum(normals * directions, axis=1)[:, None, None]
    outer = directions[:, :, None] * normals[:, None, :]
    onto = np.eye(3) - outer / facing
    along = directions[:, :, None] * directions[:, None, :]
    terrain = along * (terrain_sigma_m / facing) ** 2
    return np.asarray(onto @ ray_covariances @ onto.transpose(0, 2, 1) + terrain)


def ce90_m(covariance: FloatArray) -> FloatArray:
    """Radius that holds the truth nine times in ten, from (..., 2 or 3, 2 or 3)."""
    return np.asarray(CE90_FACTOR * np.sqrt((covariance[..., 0, 0] + covariance[..., 1, 1]) / 2))
