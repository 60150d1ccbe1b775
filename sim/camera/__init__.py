"""A thermal picture of the world from one pose: kelvin per pixel, and the truth about it.

Rays through a coarse grid of pixels are met with the terrain exactly; map coordinates of all
pixels are interpolated between them (terrain is flat over 16 pixels); ground texture is sampled
there, and each target is painted into its few pixels with sub-pixel mixing of radiance.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.camera import texture
from sim.camera.projection import CAMERA_FROM_MOUNT, Optics, ground_points, optics
from sim.camera.radiance import kelvin as kelvin_of
from sim.camera.radiance import radiance
from sim.geodesy import enu_from_geodetic, geodetic_from_enu
from sim.rotation import from_euler, matrix
from sim.scenario import Scenario
from sim.simulation import Shot
from sim.world import PERSON_ASPECT, Target, World

Picture = NDArray[np.float32]

GRID_PX = 16
NED_FROM_ENU = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, -1]])
OCCLUDED_M = 3.0
"""A target whose pixel shows ground this far from it lies behind a ridge."""
HALO = 3.0
"""Warm ground around a fire reaches this many radii out."""
BLUR_PX = 0.55
"""Optics and detector: sigma of the point spread."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One target as one frame shows it."""

    target: Target
    box_px: tuple[int, int, int, int] | None
    """x, y, width, height; None when it is out of the picture."""
    visible: float
    """Share of its area not hidden by canopy, terrain or the picture's edge."""
    peak_kelvin: float | None
    """Hottest pixel before noise and saturation."""


@dataclass(frozen=True, slots=True)
class View:
    """A frame before the detector: (H, W) float32 kelvin, and what is in it."""

    kelvin: Picture
    sights: tuple[Sight, ...]
    origin: tuple[float, float, float]
    """Of the camera: latitude, longitude, height AMSL."""


class ThermalScene:
    """Renders shots; holds what never changes."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self._world = world
        self._optics = optics(scenario.camera, scenario.lens)
        self._lever = np.array(scenario.camera.lever_frd_m)
        self._texture = texture.forest(scenario.seed)
        self._rays = _grid_rays(self._optics)
        self._seed = scenario.seed

    def render(self, shot: Shot) -> View:
        """The picture from this pose."""
        origin = self._origin(shot)
        camera_from_enu = CAMERA_FROM_MOUNT @ matrix(shot.mount.q_ned_from_mount).T @ NED_FROM_ENU
        shape = self._rays.shape[:2]
        rays = self._rays.reshape(-1, 3) @ camera_from_enu
        lat, lon, alt, _ = ground_points(self._world.ground, origin, rays)
        north, east = self._world.to_map(lat, lon)
        coarse = [a.reshape(shape).astype(np.float32) for a in (north, east, alt)]
        north_px, east_px = (_widen(a, self._optics) for a in coarse[:2])
        picture = self._ground(north_px, east_px) + self._sunshine(*coarse)
        sights = tuple(
            self._paint(target, picture, north_px, east_px, origin, camera_from_enu)
            for target in self._world.targets
        )
        return View(picture, sights, origin)

    def _origin(self, shot: Shot) -> tuple[float, float, float]:
        """Where the camera is: the antenna plus the lever arm turned by the body."""
        s = shot.state
        body = matrix(from_euler(s.roll_rad, s.pitch_rad, s.yaw_rad))
        north, east, down = body @ self._lever
        here = (s.lat_deg, s.lon_deg, s.alt_amsl_m)
        lat, lon, alt = geodetic_from_enu(np.array([east, north, -down]), here)
        return float(lat), float(lon), float(alt)

    def _ground(self, north_px: Picture, east_px: Picture) -> Picture:
        """Texture under every pixel; sky (NaN on the map) is far colder."""
        scale, size = 1 / texture.PIXEL_M, texture.SIZE_PX
        x = np.mod(east_px * scale, size).astype(np.float32)
        y = np.mod(-north_px * scale, size).astype(np.float32)
        offset = cv2.remap(self._texture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        sky = np.isnan(north_px)
        if sky.any():
            offset[sky] = -45.0
        return np.asarray(offset + np.float32(self._world.air_kelvin), np.float32)

    def _sunshine(self, north: Picture, east: Picture, alt: Picture) -> Picture:
        """How much each slope faces the sun, from the coarse grid."""
        edge_a = np.stack([np.gradient(a, axis=1) for a in (north, east, alt)], -1)
        edge_b = np.stack([np.gradient(a, axis=0) for a in (north, east, alt)], -1)
        normal = np.cross(edge_b, edge_a)
        normal *= np.sign(normal[..., 2:]) / np.linalg.norm(normal, axis=-1, keepdims=True)
        azimuth = self._world.sun_azimuth_rad
        towards = np.array([math.cos(azimuth), math.sin(azimuth), 0.0])
        warm = np.nan_to_num(normal @ towards) * self._world.sun_kelvin
        return _widen(warm.astype(np.float32), self._optics)

    def _paint(
        self, target: Target, picture: Picture, north_px: Picture, east_px: Picture,
        origin: tuple[float, float, float], camera_from_enu: NDArray[np.float64],
    ) -> Sight:  # fmt: skip
        enu = enu_from_geodetic(target.lat_deg, target.lon_deg, target.alt_amsl_m, origin)
        seen = camera_from_enu @ enu
        u, v = self._optics.pixels(seen)
        nothing = Sight(target, None, 0.0, None)
        if not np.isfinite(u):
            return nothing
        reach = target.radius_m * self._optics.focal_px / float(seen[2])
        window = _window(u, v, reach * (HALO + 0.5) + 3, self._optics)
        if window is None or self._hidden(target, u, v, north_px, east_px):
            return nothing
        rows, columns = window
        fine = _fineness(reach)
        radial, where_n, where_e = _outline(target, north_px[window], east_px[window], fine)
        inside = radial <= 1
        open_sky = _dapples(where_n, where_e, self._seed) >= target.cover
        patch = picture[window]
        hot = self._heat(target, radial, np.repeat(np.repeat(patch, fine, 0), fine, 1))
        glow = radiance(np.where(open_sky, hot, np.repeat(np.repeat(patch, fine, 0), fine, 1)))
        mixed = cv2.GaussianBlur(glow, (0, 0), BLUR_PX * fine)
        mixed = mixed.reshape(patch.shape[0], fine, patch.shape[1], fine).mean(axis=(1, 3))
        cells = inside.reshape(patch.shape[0], fine, patch.shape[1], fine)
        core = np.asarray(cells.any(axis=(1, 3)), np.uint8)
        patch[:] = kelvin_of(mixed)
        if not core.any():
            return nothing
        box = _box(core, rows.start, columns.start)
        whole = math.pi * reach**2 * (PERSON_ASPECT if target.kind == "person" else 1.0)
        share = float((inside & open_sky).sum()) / fine**2 / max(whole, 1e-9)
        around = np.asarray(cv2.dilate(core, np.ones((3, 3), np.uint8)), bool)
        return Sight(target, box, min(share, 1.0), float(patch[around].max()))

    def _hidden(
        self, target: Target, u: float, v: float, north_px: Picture, east_px: Picture
    ) -> bool:
        """A ridge stands between: the pixel shows other ground."""
        row = min(max(round(v), 0), self._optics.height - 1)
        column = min(max(round(u), 0), self._optics.width - 1)
        if abs(row - v) > 1 or abs(column - u) > 1:
            return False
        away = math.hypot(
            float(north_px[row, column]) - target.north_m,
            float(east_px[row, column]) - target.east_m,
        )
        return not away < OCCLUDED_M + target.radius_m

    def _heat(
        self, target: Target, radial: NDArray[np.float64], ground: Picture
    ) -> NDArray[np.float64]:
        """Temperature over the target's outline and around it."""
        if target.kind == "fire":
            # Flames in the inner part, embers around them, hot ash fading outside.
            ash = 0.10 * np.exp(-((radial - 1) / 0.6))
            share = np.where(radial <= 1, 0.45 + 0.55 * np.exp(-((radial / 0.6) ** 2)), ash)
            share = np.where(radial < HALO, share, 0)
            return np.asarray(ground + (target.kelvin - ground) * share)
        return np.where(radial <= 1, target.kelvin, ground)


def _grid_rays(lens: Optics) -> NDArray[np.float64]:
    """(rows, columns, 3) camera-frame rays, one ring outside the picture, as cv2.resize expects."""
    u = (np.arange(-1, math.ceil(lens.width / GRID_PX) + 1) + 0.5) * GRID_PX - 0.5
    v = (np.arange(-1, math.ceil(lens.height / GRID_PX) + 1) + 0.5) * GRID_PX - 0.5
    return lens.directions(*np.meshgrid(u, v))


def _widen(coarse: Picture, lens: Optics) -> Picture:
    """From the grid to every pixel, bilinear; the outer ring falls away."""
    rows, columns = coarse.shape
    wide = cv2.resize(coarse, (columns * GRID_PX, rows * GRID_PX), interpolation=cv2.INTER_LINEAR)
    inner = slice(GRID_PX, GRID_PX + lens.height), slice(GRID_PX, GRID_PX + lens.width)
    return np.asarray(wide[inner], np.float32)


def _window(u: float, v: float, reach_px: float, lens: Optics) -> tuple[slice, slice] | None:
    left, right = max(int(u - reach_px), 0), min(int(u + reach_px) + 2, lens.width)
    top, bottom = max(int(v - reach_px), 0), min(int(v + reach_px) + 2, lens.height)
    if left >= right or top >= bottom:
        return None
    return slice(top, bottom), slice(left, right)


def _fineness(reach_px: float) -> int:
    """Sub-pixels a side: many for a point, few for what fills a hundred pixels."""
    return 8 if reach_px < 6 else 4 if reach_px < 20 else 2


def _outline(
    target: Target, north_px: Picture, east_px: Picture, fine: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Distance from the middle in radii on the sub-pixel grid, and map coordinates there."""
    size = (north_px.shape[1] * fine, north_px.shape[0] * fine)
    # Differences first: float32 keeps millimetres near the target only.
    north = cv2.resize(north_px - np.float32(target.north_m), size).astype(float)
    east = cv2.resize(east_px - np.float32(target.east_m), size).astype(float)
    squash = PERSON_ASPECT if target.kind == "person" else 1.0
    radial = np.hypot(north / squash, east) / target.radius_m
    return radial, north + target.north_m, east + target.east_m


def _dapples(
    north: NDArray[np.float64], east: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """Uniform 0..1 in patches of leaves a third of a metre wide, fixed to the ground."""
    cell = np.floor(north * 3).astype(np.int64) * 73_856_093
    cell = cell ^ (np.floor(east * 3).astype(np.int64) * 19_349_663) ^ (seed * 83_492_791)
    return np.asarray(((cell * 2_654_435_761) >> 7) % 65_536 / 65_536)


def _box(core: NDArray[np.uint8], top: int, left: int) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(core.any(1)), np.flatnonzero(core.any(0))
    height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    return left + int(columns[0]), top + int(rows[0]), width, height
