"""What one target does to its few pixels, on a grid of sub-pixels: windows, leaves, outline."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.camera.outlook import Outlook, Window
from sim.camera.projection import Optics
from sim.camera.texture import Land
from sim.world.target import Target

Field = NDArray[np.float32]
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Bounds = tuple[int, int, int, int]
"""Top, bottom, left, right in whole pixels; may lie outside the picture."""

FINE_PX = 1500.0
"""A window of more pixels than this is drawn at two sub-pixels a side, of sixteen times more at
one."""
LARGEST_PX = 3000
"""Of a body's window, beyond the picture's edges too."""


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


def axes(target: Target) -> Array:
    """Rows: along the heading, across it to the right, up; in east, north, up."""
    c, s = math.cos(target.heading_rad), math.sin(target.heading_rad)
    return np.array([[s, c, 0.0], [c, -s, 0.0], [0.0, 0.0, 1.0]])


def limits(points: Array, outlook: Outlook) -> Bounds | None:
    """Around points east, north, up of the camera, not clipped, with room for the blur; of what
    lies behind the camera's back nothing is said but that it may fill the picture."""
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


def clip(bounds: Bounds, lens: Optics) -> Window | None:
    """The part of it inside the picture, if any."""
    top, bottom, left, right = bounds
    rows = slice(max(top, 0), min(bottom, lens.height))
    columns = slice(max(left, 0), min(right, lens.width))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    return rows, columns


def fineness(pixels: int) -> int:
    """Sub-pixels a side: many for a point, one for what fills the picture."""
    steps = (FINE_PX / 4, 8), (FINE_PX, 4), (16 * FINE_PX, 2)
    return next((fine for most, fine in steps if pixels < most), 1)


def refine(values: Field, fine: int) -> Field:
    """Interpolated to the sub-pixels."""
    if fine == 1:
        return values
    size = (values.shape[1] * fine, values.shape[0] * fine)
    return np.asarray(cv2.resize(values, size), np.float32)


def under(outlook: Outlook, texture: Field, window: Window, fine: int) -> Field:
    """The texture of the floor under the sub-pixels."""
    x, y = (refine(np.ascontiguousarray(axis[window]), fine) for axis in outlook.floor)
    return outlook.sample(texture, (x, y), nearest=True)


def open_sky(
    target: Target, outlook: Outlook, land: Land, leaves: Field, window: Window, fine: int
) -> Field:
    """Share of each sub-pixel that no leaf hides."""
    if target.cover is not None:
        dapples = under(outlook, land.dapples, window, fine)
        return (dapples >= target.cover).astype(np.float32)
    return np.clip(1 - refine(np.ascontiguousarray(leaves[window]), fine), 0, 1)


def box(inside: Mask, window: Window, fine: int) -> tuple[int, int, int, int]:
    """x, y, width, height of the whole pixels that hold it."""
    rows = np.flatnonzero(inside.any(1)) // fine
    columns = np.flatnonzero(inside.any(0)) // fine
    top, left = window[0].start + int(rows[0]), window[1].start + int(columns[0])
    return left, top, int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
