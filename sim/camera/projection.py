"""Pinhole camera with Brown's distortion, both ways, and rays against the terrain.

Camera axes: x right, y down, z along the optical axis; pixel (0, 0) is the centre of the first
pixel. The mount's axes are forward (optical axis), right, down. Distortion forward as in OpenCV's
calibration chapter, inverted by Newton steps on the coarse grid only.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.geodesy import SEMI_MAJOR_M, geodetic_from_enu, metres_per_degree
from sim.tables.camera import Camera, Lens
from sim.world.terrain import Ground

Array = NDArray[np.float64]

CAMERA_FROM_MOUNT = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
MAX_RANGE_M = 3000.0
MARCH_STEPS = 20
SECANT_STEPS = 6
STEEP, STEEP_STEPS = 0.72, 7
"""Down component of a ray at 46 degrees."""
CLOSE_M = 0.002


@dataclass(frozen=True, slots=True)
class Optics:
    """Focal lengths and centre in pixels, and OpenCV's five coefficients."""

    width: int
    height: int
    focal_px: float
    cx: float
    cy: float
    lens: Lens

    def pixels(self, points: ArrayLike) -> Array:
        """(..., 2) u, v of camera-frame points (..., 3); NaN behind the camera."""
        points = np.asarray(points, float)
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y = points[..., 0] / points[..., 2], points[..., 1] / points[..., 2]
        xd, yd = _distort(self.lens, x, y)
        uv = np.stack([self.focal_px * xd + self.cx, self.focal_px * yd + self.cy], -1)
        return np.where(points[..., 2:] > 0, uv, np.nan)

    def directions(self, u_px: ArrayLike, v_px: ArrayLike) -> Array:
        """(..., 3) unit vectors in the camera frame through the pixels."""
        xd = (np.asarray(u_px, float) - self.cx) / self.focal_px
        yd = (np.asarray(v_px, float) - self.cy) / self.focal_px
        x, y = xd.copy(), yd.copy()
        for _ in range(12):
            now_x, now_y = _distort(self.lens, x, y)
            x, y = x + xd - now_x, y + yd - now_y
        rays = np.stack([x, y, np.ones_like(x)], -1)
        return np.asarray(rays / np.linalg.norm(rays, axis=-1, keepdims=True))


def optics(camera: Camera, lens: Lens) -> Optics:
    """From the horizontal field of view, measured between the outer edges of the pixels."""
    focal = camera.width / 2 / math.tan(math.radians(camera.horizontal_fov_deg) / 2)
    return Optics(
        camera.width, camera.height, focal, (camera.width - 1) / 2, (camera.height - 1) / 2, lens
    )


def _distort(lens: Lens, x: Array, y: Array) -> tuple[Array, Array]:
    r2 = x * x + y * y
    radial = 1 + r2 * (lens.k1 + r2 * (lens.k2 + r2 * lens.k3))
    return (
        x * radial + 2 * lens.p1 * x * y + lens.p2 * (r2 + 2 * x * x),
        y * radial + lens.p1 * (r2 + 2 * y * y) + 2 * lens.p2 * x * y,
    )


def ground_points(
    ground: Ground, origin: tuple[float, float, float], enu: Array
) -> tuple[Array, Array, Array, Array]:
    """Where unit rays (N, 3) meet the terrain: latitude, longitude, height AMSL, range.

    NaN where nothing is met within MAX_RANGE_M.
    """
    range_m = _steep(ground, origin, enu)
    if range_m is None:
        range_m = _march(ground, origin, enu)
    lat, lon, alt = geodetic_from_enu(enu * range_m[:, None], origin)
    return lat, lon, alt, range_m


def _steep(ground: Ground, origin: tuple[float, float, float], enu: Array) -> Array | None:
    """Ranges of rays that all go down steeply, by the secant rule from flat ground; None where
    some ray is too flat for that, or does not close in.

    No slope of the land is as steep as such a ray, so it meets the ground once.
    """
    down = -enu[:, 2]
    if down.min() < STEEP:
        return None
    before = np.full(len(enu), origin[2] - ground.height_at(origin[0], origin[1])) / down
    gap_before = _above(ground, origin, enu, before)
    here = before + gap_before / down
    for _ in range(STEEP_STEPS):
        gap = _above(ground, origin, enu, here)
        if np.abs(gap).max() < CLOSE_M:
            return None if here.min() <= 0 else here
        run = gap_before - gap
        step = np.where(np.abs(run) > 1e-9, gap * (here - before) / np.where(run, run, 1), 0)
        before, gap_before, here = here, gap, here + step
    return None


def _march(ground: Ground, origin: tuple[float, float, float], enu: Array) -> Array:
    """Ranges, NaN where nothing is met, by steps over what the heights around leave open."""
    near, far = _interval(ground, origin, enu)
    low = np.array(near)
    before = _above(ground, origin, enu, low)
    found = np.zeros(len(enu), bool)
    start, end, start_gap, end_gap = low.copy(), low.copy(), before.copy(), before.copy()
    for step in range(1, MARCH_STEPS + 1):
        here = near + (far - near) * (step / MARCH_STEPS)
        gap = _above(ground, origin, enu, here)
        hit = ~found & (gap <= 0)
        start[hit], start_gap[hit], end[hit], end_gap[hit] = (
            low[hit],
            before[hit],
            here[hit],
            gap[hit],
        )
        found |= hit
        low, before = here, gap
        if found.all():
            break
    range_m = end
    for _ in range(SECANT_STEPS):
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(start_gap != end_gap, start_gap / (start_gap - end_gap), 0.0)
        range_m = start + (end - start) * np.clip(share, 0, 1)
        gap = _above(ground, origin, enu, range_m)
        above = gap > 0
        start, start_gap = np.where(above, range_m, start), np.where(above, gap, start_gap)
        end, end_gap = np.where(above, end, range_m), np.where(above, end_gap, gap)
    range_m[~found] = np.nan
    return range_m


def _above(ground: Ground, origin: tuple[float, float, float], enu: Array, range_m: Array) -> Array:
    """Height over the ground, from the earth's curvatures at the camera: no trigonometry of each
    point, and off by millimetres at MAX_RANGE_M."""
    lat0, lon0, alt0 = origin
    east, north, up = enu[:, 0] * range_m, enu[:, 1] * range_m, enu[:, 2] * range_m
    per_lat, per_lon = metres_per_degree(lat0, alt0)
    bend = math.tan(math.radians(lat0)) / SEMI_MAJOR_M
    lat = lat0 + (north - east * east * (bend / 2)) / per_lat
    lon = lon0 + east * (1 + north * bend) / per_lon
    alt = alt0 + up + (east * east + north * north) / (2 * SEMI_MAJOR_M)
    return alt - ground.height_m(lat, lon)


def _interval(
    ground: Ground, origin: tuple[float, float, float], enu: Array
) -> tuple[Array, Array]:
    """Ranges between which each ray must meet the ground, from the heights around."""
    lat0, lon0, alt0 = origin
    down = np.maximum(-enu[:, 2], 1e-6)
    beneath = alt0 - ground.height_at(lat0, lon0)
    flat = np.minimum(2.5 * beneath / down, MAX_RANGE_M)
    reach = float(flat.max()) * float(np.sqrt(1 - np.min(down) ** 2)) + 50
    span = np.linspace(-1, 1, 9) * reach / 111_000
    dlat, dlon = np.meshgrid(span, span / math.cos(math.radians(lat0)))
    heights = ground.height_m(lat0 + dlat, lon0 + dlon)
    # Samples between the nine lines can be higher or lower: allow for a steep slope.
    slack = 0.35 * reach / 4 + 5
    near = np.clip((alt0 - (heights.max() + slack)) / down, 0, MAX_RANGE_M)
    far = np.clip((alt0 - (heights.min() - slack)) / down, 0, MAX_RANGE_M)
    return near, np.maximum(far, near + 1)
