"""From a pixel to a point on the terrain with its covariance: or the reason why there is none.

pixel -> lens -> boresight -> mount -> north-east-down at the camera (vehicle position plus lever
arm turned by the body's attitude) -> ray against terrain. Every detection of a frame goes into
one ray call. Nothing is guessed: without pose, terrain or a clean hit a `View` says so.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firmware_bridge.earth import (
    amsl_from_hae_m,
    enu_to_geodetic,
    geodetic_to_enu,
    hae_from_amsl_m,
)
from firmware_bridge.messages import Pose, Quaternion
from firmware_bridge.terrain import RayHits, RayStatus, Terrain, intersect
from onboard.locate.covariance import Sigmas
from onboard.locate.footprint import border_pixels, pulled_in
from onboard.locate.lens import Lens
from onboard.locate.pose import NoPose
from onboard.locate.rotation import IDENTITY, NED_FROM_ENU, FloatArray, matrix
from onboard.locate.sight import Sight, View, fix_of, sights

MIN_INCIDENCE_SINE = 0.05
"""Rays flatter than 2.9 degrees against the slope: the linear error model no longer holds."""
REASONS = {
    RayStatus.NO_TERRAIN: "no terrain data along the ray",
    RayStatus.OUT_OF_RANGE: "no ground within {range:.0f} m",
    RayStatus.BELOW_SURFACE: "camera position is below the terrain",
}


@dataclass(frozen=True, slots=True)
class Mounting:
    """How the camera sits on the vehicle."""

    lever_frd_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Camera as seen from the point whose position the autopilot reports, body FRD."""
    q_mount_from_camera: Quaternion = IDENTITY
    """Boresight: optical FRD to the FRD of the mount whose attitude is reported."""


@dataclass(frozen=True, slots=True)
class Locator:
    """Terrain, lens and mounting of one camera."""

    terrain: Terrain
    lens: Lens
    mounting: Mounting = field(default_factory=Mounting)
    sigmas: Sigmas = field(default_factory=Sigmas)
    max_range_m: float = 5000.0
    max_ce90_m: float = 500.0
    """A worse fix would send people to another valley: it counts as none."""

    def locate(self, pose: Pose | NoPose, u_px: ArrayLike, v_px: ArrayLike) -> list[View]:
        """One view for each of N pixels of the frame taken at `pose`."""
        camera_rays = self.lens.directions(u_px, v_px)
        if isinstance(pose, NoPose):
            return [_unlocated(f"no pose: {pose.reason}") for _ in camera_rays]
        if not len(camera_rays):
            return []
        directions = camera_rays @ self._enu_from_camera(pose).T
        hits = self._intersect(pose, directions)
        axis = self._enu_from_camera(pose)[:, 0]
        rays = sights(pose, self.lens, self.sigmas, directions, axis, hits)
        return [self._view(sight, int(hits.status[i])) for i, sight in enumerate(rays)]

    def footprint(self, pose: Pose | NoPose) -> list[tuple[float, float]] | None:
        """(lon, lat) of 12 border points clockwise from the top left corner, corners every third.

        Border pixels that see the sky, or beyond `max_range_m`, are pulled in towards the
        steepest one; None without a pose, or where no border pixel sees the ground.
        """
        if isinstance(pose, NoPose):
            return None
        pixels = border_pixels(self.lens.width, self.lens.height)
        directions, points, seen = self._ground(pose, pixels)
        if not seen.any():
            return None
        lost = np.flatnonzero(~seen)
        if len(lost):
            steepest = pixels[np.flatnonzero(seen)[np.argmin(directions[seen, 2])]]
            nearer = pulled_in(pixels[lost], steepest)
            _, inner, inner_seen = self._ground(pose, nearer.reshape(-1, 2))
            inner, inner_seen = inner.reshape(*nearer.shape), inner_seen.reshape(nearer.shape[:2])
            points[lost] = inner[np.arange(len(lost)), np.argmax(inner_seen, axis=1)]
        return [(float(lon), float(lat)) for lon, lat in points]

    def sees(
        self, pose: Pose | NoPose, lat_deg: ArrayLike, lon_deg: ArrayLike, alt_amsl_m: ArrayLike
    ) -> NDArray[np.bool_]:
        """(N,) whether each place falls on the sensor; ridges in between are not looked for."""
        lat, lon = np.atleast_1d(np.asarray(lat_deg, float)), np.atleast_1d(np.asarray(lon_deg))
        if isinstance(pose, NoPose) or not len(lat):
            return np.zeros(len(lat), dtype=bool)
        cam_lat, cam_lon, cam_alt = self._camera(pose)
        offsets = geodetic_to_enu(
            lat,
            lon,
            hae_from_amsl_m(lat, lon, alt_amsl_m),
            cam_lat,
            cam_lon,
            float(hae_from_amsl_m(cam_lat, cam_lon, cam_alt)),
        )
        return self.lens.contains(offsets @ self._enu_from_camera(pose))

    def _enu_from_camera(self, pose: Pose) -> FloatArray:
        """(3, 3) rotation of the optical FRD to ENU."""
        mount = NED_FROM_ENU @ matrix(pose.q_ned_from_mount)
        return np.asarray(mount @ matrix(self.mounting.q_mount_from_camera))

    def _camera(self, pose: Pose) -> tuple[float, float, float]:
        """Latitude, longitude, height AMSL of the lens."""
        lever_enu = NED_FROM_ENU @ matrix(pose.q_ned_from_body) @ self.mounting.lever_frd_m
        hae_m = float(hae_from_amsl_m(pose.lat_deg, pose.lon_deg, pose.alt_amsl_m))
        lat, lon, alt_hae = enu_to_geodetic(lever_enu, pose.lat_deg, pose.lon_deg, hae_m)
        return float(lat), float(lon), float(amsl_from_hae_m(lat, lon, alt_hae))

    def _intersect(self, pose: Pose, directions: FloatArray) -> RayHits:
        lat, lon, alt = self._camera(pose)
        return intersect(self.terrain, lat, lon, alt, directions, max_range_m=self.max_range_m)

    def _ground(
        self, pose: Pose, pixels: FloatArray
    ) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
        """Directions (N, 3), (lon, lat) (N, 2) and whether each of (N, 2) pixels sees ground."""
        directions = (
            self.lens.directions(pixels[:, 0], pixels[:, 1]) @ self._enu_from_camera(pose).T
        )
        hits = self._intersect(pose, directions)
        seen = (hits.status == RayStatus.HIT) & np.isfinite(directions[:, 0])
        return directions, np.column_stack([hits.lon_deg, hits.lat_deg]), seen

    def _view(self, sight: Sight, ray_status: int) -> View:
        if not np.isfinite(sight.direction).all():
            return _unlocated("pixel lies outside the lens model")
        status = RayStatus(ray_status)
        if status is not RayStatus.HIT:
            return _unlocated(REASONS[status].format(range=self.max_range_m))
        facing = float(sight.normal @ sight.direction) / float(np.linalg.norm(sight.normal))
        if facing > -MIN_INCIDENCE_SINE:
            degrees = float(np.degrees(np.arcsin(abs(facing))))
            return _unlocated(f"ray grazes the slope at {degrees:.1f} degrees")
        fix = fix_of(sight)
        if not fix.ce90_m <= self.max_ce90_m:
            return _unlocated(f"error too large: CE90 {fix.ce90_m:.0f} m")
        return View(fix, sight, None)


def _unlocated(reason: str) -> View:
    return View(None, None, reason)
