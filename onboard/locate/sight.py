"""Lines of sight: what a ray met, and what every error of its making does to the point it met."""

import math
from dataclasses import dataclass

import numpy as np

from firmware_bridge.messages import GroundFix, Pose
from firmware_bridge.terrain import RayHits
from onboard.locate.covariance import (
    Sigmas,
    across_rays,
    bias_jacobians,
    ce90_m,
    ground_covariances,
    surface_normals,
    white_covariance,
)
from onboard.locate.lens import Lens
from onboard.locate.rotation import NED_FROM_ENU, FloatArray, heading_rad


@dataclass(frozen=True, slots=True)
class Sight:
    """One line of sight and what its errors do: the tracker's raw material. Arrays are ENU."""

    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    """The point where the ray meets the terrain."""
    direction: FloatArray
    """(3,) unit vector from camera to ground."""
    normal: FloatArray
    """(3,) (-dz/dE, -dz/dN, 1) of the terrain at the hit."""
    bias_jacobian: FloatArray
    """(3, 8) metres at the hit per unit of each bias of `onboard.locate.covariance`."""
    bias_variance: FloatArray
    """(8,) prior variance of the biases."""
    rows: FloatArray
    """(2, 11) B (I, -J): what place and biases do to the offset across the ray."""
    noise_m2: FloatArray
    """(2, 2) B W BT: what is new in every frame, across the ray."""
    white_level_m2: float
    """Sum of the horizontal variances that W alone gives the hit."""
    covariance_m2: FloatArray
    """(3, 3) of the hit by this sight alone."""
    terrain_sigma_m: float
    ground_m2_per_px: float
    """Level area that one pixel covers."""


@dataclass(frozen=True, slots=True)
class View:
    """What one frame says about one pixel's place: a fix with its sight, or the reason why not."""

    fix: GroundFix | None
    sight: Sight | None
    reason: str | None


def sights(
    pose: Pose, lens: Lens, sigmas: Sigmas, directions: FloatArray, axis: FloatArray, hits: RayHits
) -> list[Sight]:
    """A sight for each of (N, 3) unit ENU directions; meaningless where its ray has no hit.

    `axis` (3,) is the optical axis, ENU.
    """
    velocity_enu = NED_FROM_ENU @ np.array(pose.velocity_ned_m_s)
    # A longer focal length pulls each direction d towards the axis a: d(d)/d(ln f) is
    # (d.a) (a - (d.a) d), since the offsets in the image plane shrink and the axis stays.
    along = directions @ axis
    focal_shift = along[:, None] * (axis - along[:, None] * directions)
    jacobian = bias_jacobians(
        directions, hits.range_m, heading_rad(pose.q_ned_from_mount), velocity_enu, focal_shift
    )
    variance = sigmas.bias_variances(pose.clock_sigma_s, lens.focal_sigma)
    variance[:3] *= sigmas.attitude_bias_share
    focal_px = math.sqrt(lens.fx * lens.fy)
    white = white_covariance(jacobian, directions, hits.range_m, sigmas, focal_px)
    normals = surface_normals(hits.gradient_en)
    across = across_rays(directions)
    rows = np.concatenate([across, -across @ jacobian], axis=2)
    noise = across @ white @ across.transpose(0, 2, 1)
    biased = (jacobian * variance) @ jacobian.transpose(0, 2, 1)
    gradients = hits.gradient_en
    covariances = ground_covariances(directions, gradients, biased + white, sigmas.terrain_m)
    fresh = ground_covariances(directions, gradients, white, 0.0)
    with np.errstate(divide="ignore"):
        area = (hits.range_m / focal_px) ** 2 / np.abs(np.sum(normals * directions, axis=1))
    return [
        Sight(
            lat_deg=float(hits.lat_deg[i]),
            lon_deg=float(hits.lon_deg[i]),
            alt_amsl_m=float(hits.alt_amsl_m[i]),
            direction=directions[i],
            normal=normals[i],
            bias_jacobian=jacobian[i],
            bias_variance=variance,
            rows=rows[i],
            noise_m2=noise[i],
            white_level_m2=float(fresh[i, 0, 0] + fresh[i, 1, 1]),
            covariance_m2=covariances[i],
            terrain_sigma_m=sigmas.terrain_m,
            ground_m2_per_px=float(area[i]),
        )
        for i in range(len(directions))
    ]


def fix_of(sight: Sight) -> GroundFix:
    """The fix that this one sight gives."""
    return ground_fix(sight.lat_deg, sight.lon_deg, sight.alt_amsl_m, sight.covariance_m2)


def ground_fix(
    lat_deg: float, lon_deg: float, alt_amsl_m: float, covariance: FloatArray
) -> GroundFix:
    """A fix from a place and its ENU covariance, (2, 2) or larger, square metres."""
    return GroundFix(
        lat_deg,
        lon_deg,
        alt_amsl_m,
        float(covariance[0, 0]),
        float(covariance[1, 1]),
        float(covariance[0, 1]),
        float(ce90_m(covariance)),
    )
