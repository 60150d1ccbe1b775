"""Bodies and buildings: ellipsoids and boxes, met by a ray of every sub-pixel.

A man is an oval from above and tall from the side, a vehicle shows its bonnet where it faces.
"""

import math

import numpy as np

from sim.camera.outlook import Outlook
from sim.camera.stroke import (
    Array,
    Bounds,
    Field,
    Mask,
    Stroke,
    axes,
    box,
    clip,
    fineness,
    limits,
    open_sky,
)
from sim.camera.texture import Land
from sim.world.target import BONNET, Target

OCCLUDED_M = 3.0
"""A body whose pixel shows ground this far from where it should lies behind a ridge."""


def solid(target: Target, outlook: Outlook, land: Land, leaves: Field, enu: Array) -> Stroke | None:
    """An ellipsoid or a box as this shot sees it; `enu`: of its foot, from the camera."""
    height = target.size_m[2]
    centre = enu + np.array([0.0, 0.0, height / 2])
    bounds = limits(_corners(target, enu), outlook)
    if bounds is None or _behind_a_ridge(target, enu, outlook):
        return None
    top, bottom, left, right = bounds
    window = clip(bounds, outlook.optics)
    if window is None:
        return None
    fine = fineness((bottom - top) * (right - left))
    met, surface = _meet(target, centre, _rays(bounds, fine, outlook))
    rows, columns = window
    crop = (
        slice((rows.start - top) * fine, (rows.stop - top) * fine),
        slice((columns.start - left) * fine, (columns.stop - left) * fine),
    )
    inside = met[crop]
    if not inside.any():
        return None
    clear = open_sky(target, outlook, land, leaves, window, fine)
    visible = float(clear[inside].sum()) / max(int(met.sum()), 1)
    nothing = np.zeros(inside.shape, bool)
    return Stroke(
        target, window, fine, inside, clear, surface[crop], inside.astype(np.float32),
        nothing, nothing, box(inside, window, fine), min(visible, 1.0),
    )  # fmt: skip


def _corners(target: Target, enu: Array) -> Array:
    """(8, 3) of the upright box around it, east, north, up of the camera."""
    half = np.array(target.size_m) / 2
    signs = np.array([(i, j, k) for i in (-1, 1) for j in (-1, 1) for k in (0, 2)])
    return enu + (signs * half) @ axes(target)


def _meet(target: Target, centre: Array, rays: Array) -> tuple[Mask, Field]:
    """Which rays meet it, and how warm it is there, kelvin.

    In the frame that makes it a unit sphere or a cube of side 2 both are one line of algebra.
    """
    scale = axes(target).T / (np.array(target.size_m) / 2)
    q, p = rays @ scale, -(centre @ scale)
    surface = np.full(q.shape[:2], target.kelvin, np.float32)
    if target.shape == "body":
        along = q @ p
        miss = p @ p - along**2 / (q * q).sum(-1)
        return (miss <= 1) & (along < 0), surface
    with np.errstate(divide="ignore"):
        first, second = (-1 - p) / q, (1 - p) / q
    enters = np.minimum(first, second).max(-1)
    met = (enters <= np.maximum(first, second).min(-1)) & (enters > 0)
    if target.bonnet_kelvin:
        ahead = p[0] + q[..., 0] * enters
        surface[ahead > 1 - 2 * BONNET] = target.bonnet_kelvin
    return met, surface


def _rays(bounds: Bounds, fine: int, outlook: Outlook) -> Array:
    """(rows, columns, 3) unit vectors east, north, up through the sub-pixels."""
    top, bottom, left, right = bounds
    u = left - 0.5 + (np.arange((right - left) * fine) + 0.5) / fine
    v = top - 0.5 + (np.arange((bottom - top) * fine) + 0.5) / fine
    return outlook.optics.directions(*np.meshgrid(u, v)) @ outlook.camera_from_enu


def _behind_a_ridge(target: Target, enu: Array, outlook: Outlook) -> bool:
    """The pixel where it stands shows other ground."""
    lens = outlook.optics
    u, v = lens.pixels(outlook.camera_from_enu @ enu)
    if not (np.isfinite(u) and -1 < u < lens.width and -1 < v < lens.height):
        return False
    row = min(max(round(float(v)), 0), lens.height - 1)
    column = min(max(round(float(u)), 0), lens.width - 1)
    window = slice(row, row + 1), slice(column, column + 1)
    north, east = outlook.map_m(window, target.north_m, target.east_m)
    away = math.hypot(float(north[0, 0]), float(east[0, 0]))
    # A pixel far off covers many metres of the slope.
    pixel_m = float(np.linalg.norm(enu)) / lens.focal_px
    steep = max(-float(enu[2]) / float(np.linalg.norm(enu)), 0.1)
    return away > OCCLUDED_M + target.radius_m + 2 * pixel_m / steep
