"""Fires, on the ground as it is seen: heaps of embers, and wildfires with front and burnt heart."""

import math

import numpy as np

from sim.camera.outlook import Outlook, Window
from sim.camera.stroke import (
    Array,
    Field,
    Mask,
    Stroke,
    axes,
    box,
    clip,
    fineness,
    limits,
    open_sky,
    refine,
    under,
)
from sim.camera.texture import PIXEL_M, Land
from sim.world.spread import Spread
from sim.world.target import Target

HALO = 3.0
"""Warm ground around a burning heap reaches this many radii out."""
EMBER_KELVIN, ASH_KELVIN, ASH_S = 640.0, 18.0, 3600.0
LASTING, LASTING_S = 0.985, 2700.0
"""Logs and roots that smoulder on: one patch in seventy."""
FLAMING = 0.75
"""Of the front's area, at one moment."""
RAGGED = 0.22
"""How much sooner or later than the ellipse says a front comes by, at most; twice the deviation."""
LOOK_PX = 8
"""Every so many pixels the ground is asked whether a wildfire reaches it."""


def fire(target: Target, outlook: Outlook, land: Land, leaves: Field, enu: Array) -> Stroke | None:
    """A burning heap or a wildfire as this shot sees it; `enu`: of its middle, from the camera."""
    window = _within_reach(target, target.spread, outlook) if target.spread else None
    if window is None:
        # A heap, or a wildfire that is too small still, or out of the picture.
        bounds = limits(_ring(target, enu), outlook)
        window = None if bounds is None else clip(bounds, outlook.optics)
    if window is None:
        return None
    rows, columns = window
    fine = fineness((rows.stop - rows.start) * (columns.stop - columns.start))
    north, east = (refine(a, fine) for a in outlook.map_m(window, target.north_m, target.east_m))
    dapples = under(outlook, land.dapples, window, fine)
    if target.spread is None:
        inside, kelvin, share, flames = _heap(target, north, east)
        burnt = np.zeros(inside.shape, bool)
    else:
        rough = under(outlook, land.ragged, window, fine)
        age = _age(target, target.spread, north, east, rough)
        inside = age >= 0
        kelvin, share, flames = _front(target, target.spread, age, dapples)
        burnt = inside
    if not inside.any():
        return None
    clear = open_sky(target, outlook, land, leaves, window, fine)
    area = refine(_cell_m2(outlook, window), fine) / fine**2
    visible = float((clear * area)[inside].sum()) / target.area_m2
    outline = box(inside, window, fine)
    return Stroke(
        target,
        window,
        fine,
        inside,
        clear,
        kelvin,
        share,
        flames,
        burnt,
        outline,
        min(visible, 1.0),
    )


def _ring(target: Target, enu: Array) -> Array:
    """(17, 3) points around all it can reach on level ground, and its middle."""
    turn = np.linspace(0, 2 * math.pi, 16, endpoint=False)
    # Over the circle's own radius, so that the polygon's sides stay outside.
    half = np.array(target.size_m[:2]) / 2 * 1.03
    flat = np.stack([np.cos(turn) * half[0], np.sin(turn) * half[1], 0 * turn], -1)
    if target.spread is None:
        return np.vstack([enu, enu + HALO * flat @ axes(target)])
    # A front runs ahead in proportion to its way from the spot.
    way = np.array([target.spread.centre_m(target.growing_s), 0.0, 0.0])
    return np.vstack([enu, enu + ((flat + way) / (1 - RAGGED) - way) @ axes(target)])


def _within_reach(target: Target, growth: Spread, outlook: Outlook) -> Window | None:
    """The part of the picture that shows ground a wildfire may have come to, on whatever slope."""
    lens = outlook.optics
    grid = slice(0, lens.height, LOOK_PX), slice(0, lens.width, LOOK_PX)
    from_middle = outlook.map_m(grid, target.north_m, target.east_m)
    soonest_s = growth.arrival_s(*_from_spot(target, growth, *from_middle)) * (1 - RAGGED)
    near = soonest_s <= target.growing_s
    if not near.any():
        return None
    rows, columns = (np.flatnonzero(near.any(axis)) * LOOK_PX for axis in (1, 0))
    margin = LOOK_PX + 1
    bounds = (rows[0] - LOOK_PX, rows[-1] + margin, columns[0] - LOOK_PX, columns[-1] + margin)
    top, bottom, left, right = (int(bound) for bound in bounds)
    return clip((top, bottom, left, right), lens)


def _from_spot(target: Target, growth: Spread, north: Field, east: Field) -> tuple[Field, Field]:
    """From where a wildfire started, out of north and east of its middle."""
    centre = growth.centre_m(target.growing_s)
    return (
        north + np.float32(centre * math.cos(growth.towards_rad)),
        east + np.float32(centre * math.sin(growth.towards_rad)),
    )


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
    ragged = np.clip(1 + RAGGED / 2 * rough, 1 - RAGGED, 1 + RAGGED)
    arrival = growth.arrival_s(*_from_spot(target, growth, north, east)) * ragged
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
