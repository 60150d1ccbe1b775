"""One target on the sub-pixel grid of its few pixels: outline, leaves before it, and its heat.

Bodies are ellipsoids and vehicles and roofs boxes, met by a ray of every sub-pixel, so that a man
is an oval from above and tall from the side. Fires lie on the ground as it is seen.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.camera.outlook import Outlook, Window
from sim.camera.projection import Optics
from sim.camera.texture import PIXEL_M, Land
from sim.geodesy import enu_from_geodetic
from sim.world.spread import Spread
from sim.world.target import BONNET, Target

Field = NDArray[np.float32]
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

OCCLUDED_M = 3.0
"""A body whose pixel shows ground this far from where it should lies behind a ridge."""
HALO = 3.0
"""Warm ground around a burning heap reaches this many radii out."""
FINE_PX = 1500.0
"""A window of more pixels than this is drawn at two sub-pixels a side, of sixteen times more at
one."""
LARGEST_PX = 3000
"""Of a body's window, beyond the picture's edges too."""
EMBER_KELVIN, ASH_KELVIN, ASH_S = 640.0, 18.0, 3600.0
LASTING, LASTING_S = 0.985, 2700.0
"""Logs and roots that smoulder on: one patch in seventy."""
FLAMING = 0.75
"""Of the front's area, at one moment."""
RAGGED = 0.22
"""How much sooner or later than the ellipse says a front comes by, at most; twice the deviation."""
FARTHEST_M = 3000.0


@dataclass(frozen=True, slots=True)
class Stroke:
    """What a target does to the sub-pixels of its window; arrays are (h * fine, w * fine)."""

    target: Target
    window: Window
    fine: int
    inside: Mask
    """Its outline, leaves or no leaves."""
    open_sky: Field
    """Share of each cell that no leaf hides."""
    kelvin: Field
    """Where it is warmer or colder than what is there; 0 elsewhere."""
    share: Field
    """How far from the ground's temperature to `kelvin`."""
    flames: Mask
    burnt: Mask
    box_px: tuple[int, int, int, int]
    """x, y, width, height."""
    visible: float
    """Share of its area not hidden by canopy, terrain or the picture's edge."""


def draw(target: Target, outlook: Outlook, land: Land, leaves: Field) -> Stroke | None:
    """The target as this shot sees it; None when it is not in the picture.

    `leaves` is the canopy's share of every pixel, (H, W).
    """
    enu = enu_from_geodetic(target.lat_deg, target.lon_deg, target.alt_amsl_m, outlook.origin)
    distance_m = float(np.linalg.norm(enu))
    if distance_m > FARTHEST_M:
        return None
    if target.shape in ("body", "box"):
        return _solid(target, outlook, land, leaves, enu)
    return _fire(target, outlook, land, leaves, enu)


# Bodies and boxes.


def _solid(
    target: Target, outlook: Outlook, land: Land, leaves: Field, enu: Array
) -> Stroke | None:
    height = target.size_m[2]
    centre = enu + np.array([0.0, 0.0, height / 2])
    limits = _limits(_corners(target, enu), outlook)
    if limits is None or _behind_a_ridge(target, enu, outlook):
        return None
    top, bottom, left, right = limits
    window = _clip(limits, outlook.optics)
    if window is None:
        return None
    fine = _fineness((bottom - top) * (right - left))
    met, surface = _meet(target, centre, _rays(limits, fine, outlook))
    rows, columns = window
    crop = (
        slice((rows.start - top) * fine, (rows.stop - top) * fine),
        slice((columns.start - left) * fine, (columns.stop - left) * fine),
    )
    inside = met[crop]
    if not inside.any():
        return None
    open_sky = _open_sky(target, outlook, land, leaves, window, fine)
    visible = float(open_sky[inside].sum()) / max(int(met.sum()), 1)
    nothing = np.zeros(inside.shape, bool)
    return Stroke(
        target, window, fine, inside, open_sky, surface[crop], inside.astype(np.float32),
        nothing, nothing, _box(inside, window, fine), min(visible, 1.0),
    )  # fmt: skip


def _axes(target: Target) -> Array:
    """Rows: along the heading, across it to the right, up; in east, north, up."""
    c, s = math.cos(target.heading_rad), math.sin(target.heading_rad)
    return np.array([[s, c, 0.0], [c, -s, 0.0], [0.0, 0.0, 1.0]])


def _corners(target: Target, enu: Array) -> Array:
    """(8, 3) of the upright box around it, east, north, up of the camera."""
    half = np.array(target.size_m) / 2
    signs = np.array([(i, j, k) for i in (-1, 1) for j in (-1, 1) for k in (0, 2)])
    return enu + (signs * half) @ _axes(target)


def _meet(target: Target, centre: Array, rays: Array) -> tuple[Mask, Field]:
    """Which rays meet it, and how warm it is there, kelvin.

    In the frame that makes it a unit sphere or a cube of side 2 both are one line of algebra.
    """
    scale = _axes(target).T / (np.array(target.size_m) / 2)
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


def _rays(limits: tuple[int, int, int, int], fine: int, outlook: Outlook) -> Array:
    """(rows, columns, 3) unit vectors east, north, up through the sub-pixels."""
    top, bottom, left, right = limits
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


# Fires.


def _fire(target: Target, outlook: Outlook, land: Land, leaves: Field, enu: Array) -> Stroke | None:
    limits = _limits(_ring(target, enu), outlook)
    window = None if limits is None else _clip(limits, outlook.optics)
    if window is None:
        return None
    rows, columns = window
    fine = _fineness((rows.stop - rows.start) * (columns.stop - columns.start))
    north, east = (_refine(a, fine) for a in outlook.map_m(window, target.north_m, target.east_m))
    dapples = _under(outlook, land.dapples, window, fine)
    if target.spread is None:
        inside, kelvin, share, flames = _heap(target, north, east)
        burnt = np.zeros(inside.shape, bool)
    else:
        rough = _under(outlook, land.ragged, window, fine)
        age = _age(target, target.spread, north, east, rough)
        inside = age >= 0
        kelvin, share, flames = _front(target, target.spread, age, dapples)
        burnt = inside
    if not inside.any():
        return None
    open_sky = _open_sky(target, outlook, land, leaves, window, fine)
    area = _refine(_cell_m2(outlook, window), fine) / fine**2
    visible = float((open_sky * area)[inside].sum()) / target.area_m2
    box = _box(inside, window, fine)
    return Stroke(
        target, window, fine, inside, open_sky, kelvin, share, flames, burnt, box, min(visible, 1.0)
    )


def _ring(target: Target, enu: Array) -> Array:
    """(17, 3) points around all it can reach on level ground, and its middle."""
    turn = np.linspace(0, 2 * math.pi, 16, endpoint=False)
    # Over the circle's own radius, so that the polygon's sides stay outside.
    half = np.array(target.size_m[:2]) / 2 * 1.03
    flat = np.stack([np.cos(turn) * half[0], np.sin(turn) * half[1], 0 * turn], -1)
    if target.spread is None:
        return np.vstack([enu, enu + HALO * flat @ _axes(target)])
    # A front runs ahead in proportion to its way from the spot.
    way = np.array([target.spread.centre_m(target.growing_s), 0.0, 0.0])
    return np.vstack([enu, enu + ((flat + way) / (1 - RAGGED) - way) @ _axes(target)])


def _heap(target: Target, north: Field, east: Field) -> tuple[Mask, Field, Field, Mask]:
    """Flames in the inner part, embers around them, hot ash fading outside."""
    radial = np.hypot(north, east) / np.float32(target.radius_m)
    inside = radial <= 1
    ash = 0.10 * np.exp(-((radial - 1) / 0.6))
    share = np.where(inside, 0.45 + 0.55 * np.exp(-((radial / 0.6) ** 2)), ash)
    share = np.where(radial < HALO, share, 0).astype(np.float32)
    flames = inside & (target.kelvin > 700)
    return inside, np.full(radial.shape, target.kelvin, np.float32), share, flames


def _age(target: Target, growth: Spread, north: Field, east: Field, rough: Field) -> Field:
    """Seconds since the front came by; negative where it has not."""
    centre = growth.centre_m(target.growing_s)
    from_spot = (
        north + np.float32(centre * math.cos(growth.towards_rad)),
        east + np.float32(centre * math.sin(growth.towards_rad)),
    )
    arrival = growth.arrival_s(*from_spot) * np.clip(1 + RAGGED / 2 * rough, 1 - RAGGED, 1 + RAGGED)
    age = np.where(arrival <= target.growing_s, target.burning_s - arrival, -1.0)
    return np.asarray(age, np.float32)


def _front(target: Target, growth: Spread, age: Field, dapples: Field) -> tuple[Field, Field, Mask]:
    """Flames for as long as they stand in one place, then embers, then warm ash; here and there a
    log that glows on."""
    fuel = growth.fuel
    behind = age - np.float32(fuel.flames_s)
    glow = np.exp(-np.maximum(behind, 0) / np.float32(fuel.embers_s))
    flames = (age >= 0) & (behind < 0) & (dapples < FLAMING)
    kelvin = np.where(flames, target.kelvin, EMBER_KELVIN).astype(np.float32)
    share = np.where(flames, 1, np.where(dapples < 0.6, 0.7, 0.4) * glow)
    lasting = (behind >= 0) & (dapples > LASTING)
    share = np.where(lasting, np.maximum(share, np.exp(-behind / LASTING_S)), share)
    ash = ASH_KELVIN / 350 * np.exp(-np.maximum(behind, 0) / np.float32(ASH_S))
    share = np.where(age >= 0, np.maximum(share, ash), 0).astype(np.float32)
    return kelvin, share, flames


def _cell_m2(outlook: Outlook, window: Window) -> Field:
    """(h, w) square metres of the map that a pixel of the window covers."""
    rows, columns = window
    around = (
        slice(max(rows.start - 1, 0), rows.stop + 1),
        slice(max(columns.start - 1, 0), columns.stop + 1),
    )
    (x_v, x_u), (y_v, y_u) = (np.gradient(axis[around]) for axis in outlook.floor)
    inner = (
        slice(rows.start - around[0].start, rows.stop - around[0].start),
        slice(columns.start - around[1].start, columns.stop - around[1].start),
    )
    return np.asarray(np.abs(x_u * y_v - x_v * y_u)[inner] * PIXEL_M**2, np.float32)


# Windows, sub-pixels, leaves.


def _limits(points: Array, outlook: Outlook) -> tuple[int, int, int, int] | None:
    """Top, bottom, left, right in whole pixels, not clipped, with room for the blur; of what lies
    behind the camera's back nothing is said but that it may fill the picture."""
    lens = outlook.optics
    seen = points @ outlook.camera_from_enu.T
    if (seen[:, 2] <= 0.5).all():
        return None
    if (seen[:, 2] <= 0.5).any():
        return 0, lens.height, 0, lens.width
    uv = lens.pixels(seen)
    (left, top), (right, bottom) = np.floor(uv.min(0)) - 2, np.ceil(uv.max(0)) + 3
    if max(bottom - top, right - left) > LARGEST_PX:
        return 0, lens.height, 0, lens.width
    return int(top), int(bottom), int(left), int(right)


def _clip(limits: tuple[int, int, int, int], lens: Optics) -> Window | None:
    top, bottom, left, right = limits
    rows = slice(max(top, 0), min(bottom, lens.height))
    columns = slice(max(left, 0), min(right, lens.width))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    return rows, columns


def _fineness(pixels: int) -> int:
    """Sub-pixels a side: many for a point, one for what fills the picture."""
    steps = (FINE_PX / 4, 8), (FINE_PX, 4), (16 * FINE_PX, 2)
    return next((fine for most, fine in steps if pixels < most), 1)


def _refine(values: Field, fine: int) -> Field:
    if fine == 1:
        return values
    size = (values.shape[1] * fine, values.shape[0] * fine)
    return np.asarray(cv2.resize(values, size), np.float32)


def _under(outlook: Outlook, texture: Field, window: Window, fine: int) -> Field:
    """The texture of the floor under the sub-pixels."""
    x, y = (_refine(np.ascontiguousarray(axis[window]), fine) for axis in outlook.floor)
    return outlook.sample(texture, (x, y), nearest=True)


def _open_sky(
    target: Target, outlook: Outlook, land: Land, leaves: Field, window: Window, fine: int
) -> Field:
    if target.cover is not None:
        dapples = _under(outlook, land.dapples, window, fine)
        return (dapples >= target.cover).astype(np.float32)
    return np.clip(1 - _refine(np.ascontiguousarray(leaves[window]), fine), 0, 1)


def _box(inside: Mask, window: Window, fine: int) -> tuple[int, int, int, int]:
    rows = np.flatnonzero(inside.any(1)) // fine
    columns = np.flatnonzero(inside.any(0)) // fine
    top, left = window[0].start + int(rows[0]), window[1].start + int(columns[0])
    return left, top, int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
