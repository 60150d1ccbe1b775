"""What one shot sees where: the ground and the canopy's layer under every pixel.

Rays through a coarse grid of pixels are met with the terrain exactly; map coordinates of all
pixels are interpolated between them (terrain is flat over 16 pixels). The canopy is a layer at
one height over the ground: a ray that ends at g passes it at g + h s, where s is the way the ray
runs over the map for a metre of height. Thermal and visible pictures share all this.
"""

import math
from dataclasses import dataclass
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.camera.projection import CAMERA_FROM_MOUNT, Optics, ground_points, optics
from sim.camera.texture import PIXEL_M
from sim.geodesy import geodetic_from_enu
from sim.rotation import from_euler, matrix
from sim.scenario import Scenario
from sim.shot import Shot
from sim.world import World

Field = NDArray[np.float32]
Window = tuple[slice, slice]
"""Rows and columns of the picture."""

GRID_PX = 16
NED_FROM_ENU = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, -1]])
NOWHERE_M = 1e9
CUT_AT_MOST_PX = 1 << 22
"""Of a texture, copied for one frame."""
AnyTexture = TypeVar("AnyTexture", NDArray[np.float32], NDArray[np.uint8])


@dataclass(frozen=True, slots=True)
class Outlook:
    """One pose's geometry."""

    time_s: float
    optics: Optics
    origin: tuple[float, float, float]
    """Of the camera: latitude, longitude, height AMSL."""
    camera_from_enu: NDArray[np.float64]
    """(3, 3)."""
    floor: tuple[Field, Field]
    """(H, W) x and y in the textures, from `zero_px`, of what is seen of the ground."""
    crowns: tuple[Field, Field]
    """Where the ray to it passes the canopy's layer."""
    zero_px: tuple[int, int]
    """Row and column of the endless texture where y and x are 0."""
    size_px: tuple[int, int]
    """Rows and columns of it that are in sight."""
    normals: Field
    """(rows, columns, 3) east, north, up on the coarse grid; 0 in the sky."""
    trees: Field | None
    """(H, W) 1 where trees stand, 0 in clearings; None: everywhere."""
    sky: NDArray[np.bool_] | None
    """(H, W), or None when there is none in the picture."""

    def map_m(self, window: Window, north_m: float, east_m: float) -> tuple[Field, Field]:
        """Metres north and east of a point of the map, for each pixel of a window."""
        # Differences from a near zero first: float32 keeps millimetres over a kilometre only.
        zero_n, zero_e = -self.zero_px[0] * PIXEL_M, self.zero_px[1] * PIXEL_M
        north = np.float32(zero_n - north_m) - self.floor[1][window] * np.float32(PIXEL_M)
        east = np.float32(zero_e - east_m) + self.floor[0][window] * np.float32(PIXEL_M)
        if self.sky is not None:
            north[self.sky[window]] = NOWHERE_M
        return north, east

    def sample(
        self, texture: AnyTexture, where: tuple[Field, Field], *,
        aside_px: tuple[int, int] = (0, 0), nearest: bool = False,
    ) -> AnyTexture:  # fmt: skip
        """The endless texture at these places, or so many rows and columns aside of them."""
        sought = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
        row, column = (zero + aside for zero, aside in zip(self.zero_px, aside_px, strict=True))
        side = texture.shape[0]
        if math.prod(self.size_px) > CUT_AT_MOST_PX:
            x, y = where[0] + np.float32(column % side), where[1] + np.float32(row % side)
            found = cv2.remap(texture, x, y, sought, borderMode=cv2.BORDER_WRAP)
        else:
            # Wrapping around the border costs seven times what a plain look-up does.
            rows = np.arange(row, row + self.size_px[0]) % side
            columns = np.arange(column, column + self.size_px[1]) % side
            cut = texture[rows][:, columns]
            found = cv2.remap(cut, *where, sought, borderMode=cv2.BORDER_REPLICATE)
        return cast(AnyTexture, found)

    def widen(self, coarse: Field) -> Field:
        """From the grid to every pixel, bilinear; the outer ring falls away."""
        return widen(coarse, self.optics)


class Eye:
    """Looks from shots; holds what never changes."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self.optics = optics(scenario.camera, scenario.lens)
        self._world, self._forest = world, scenario.forest
        self._lever = np.array(scenario.camera.lever_frd_m)
        self._rays = _grid_rays(self.optics)

    def look(self, shot: Shot) -> Outlook:
        """The geometry of this pose."""
        origin = self._origin(shot)
        camera_from_enu = CAMERA_FROM_MOUNT @ matrix(shot.mount.q_ned_from_mount).T @ NED_FROM_ENU
        rays = self._rays.reshape(-1, 3) @ camera_from_enu
        lat, lon, alt, _ = ground_points(self._world.ground, origin, rays)
        shape = self._rays.shape[:2]
        north, east = self._world.to_map(lat.reshape(shape), lon.reshape(shape))
        alt = alt.reshape(shape)
        sky = np.isnan(alt)
        axes = [*_in_texture(north, east)]
        axes += _in_texture(*self._at_canopy(north, east, alt, origin))
        column, row = (_lowest(axes[k], axes[k + 2]) for k in (0, 1))
        zero = column, row, column, row
        local = [np.nan_to_num(a - z).astype(np.float32) for a, z in zip(axes, zero, strict=True)]
        size_px = tuple(math.ceil(max(local[k].max(), local[k + 2].max())) + 2 for k in (1, 0))
        x, y, crown_x, crown_y = (widen(a, self.optics) for a in local)
        hidden = widen(sky.astype(np.float32), self.optics) > 0 if sky.any() else None
        return Outlook(
            shot.time_s, self.optics, origin, camera_from_enu, (x, y), (crown_x, crown_y),
            (row, column), (size_px[0], size_px[1]), _normals(north, east, alt),
            self._trees(north, east), hidden,
        )  # fmt: skip

    def _origin(self, shot: Shot) -> tuple[float, float, float]:
        """Where the camera is: the antenna plus the lever arm turned by the body."""
        s = shot.state
        body = matrix(from_euler(s.roll_rad, s.pitch_rad, s.yaw_rad))
        north, east, down = body @ self._lever
        here = (s.lat_deg, s.lon_deg, s.alt_amsl_m)
        lat, lon, alt = geodetic_from_enu(np.array([east, north, -down]), here)
        return float(lat), float(lon), float(alt)

    def _at_canopy(
        self, north: NDArray[np.float64], east: NDArray[np.float64], alt: NDArray[np.float64],
        origin: tuple[float, float, float],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
        here = self._world.map_point(origin[0], origin[1])
        over = np.maximum(origin[2] - alt, 1.0)
        # Beside a camera among the trunks the layer is no higher than the camera itself.
        share = np.minimum(self._forest.canopy_height_m / over, 0.95)
        return north + (here[0] - north) * share, east + (here[1] - east) * share

    def _trees(self, north: NDArray[np.float64], east: NDArray[np.float64]) -> Field | None:
        if not self._forest.clearing:
            return None
        away = np.full(north.shape, 1e3, np.float32)
        for clearing in self._forest.clearing:
            edge = np.hypot(north - clearing.north_m, east - clearing.east_m) - clearing.radius_m
            away = np.fmin(away, edge.astype(np.float32))
        return np.clip(widen(away, self.optics) / 2 + 0.5, 0, 1)


def widen(coarse: Field, lens: Optics) -> Field:
    """From the grid to every pixel, bilinear; the outer ring falls away."""
    rows, columns = coarse.shape
    wide = cv2.resize(coarse, (columns * GRID_PX, rows * GRID_PX), interpolation=cv2.INTER_LINEAR)
    inner = slice(GRID_PX, GRID_PX + lens.height), slice(GRID_PX, GRID_PX + lens.width)
    return np.asarray(wide[inner], np.float32)


def _grid_rays(lens: Optics) -> NDArray[np.float64]:
    """(rows, columns, 3) camera-frame rays, one ring outside the picture, as cv2.resize expects."""
    u = (np.arange(-1, math.ceil(lens.width / GRID_PX) + 1) + 0.5) * GRID_PX - 0.5
    v = (np.arange(-1, math.ceil(lens.height / GRID_PX) + 1) + 0.5) * GRID_PX - 0.5
    return lens.directions(*np.meshgrid(u, v))


def _in_texture(
    north: NDArray[np.float64], east: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x grows east, y grows south."""
    return east / PIXEL_M, north / -PIXEL_M


def _lowest(*axes: NDArray[np.float64]) -> int:
    """Below all of them; 0 when all is sky."""
    seen = [float(np.nanmin(axis)) for axis in axes if np.isfinite(axis).any()]
    return math.floor(min(seen)) if seen else 0


def _normals(
    north: NDArray[np.float64], east: NDArray[np.float64], alt: NDArray[np.float64]
) -> Field:
    edge_a = np.stack([np.gradient(a, axis=1) for a in (east, north, alt)], -1)
    edge_b = np.stack([np.gradient(a, axis=0) for a in (east, north, alt)], -1)
    normal = np.cross(edge_b, edge_a)
    with np.errstate(invalid="ignore", divide="ignore"):
        normal *= np.sign(normal[..., 2:]) / np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.nan_to_num(normal).astype(np.float32)
