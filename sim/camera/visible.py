"""The same outlook to the eye: forest by day, smoke that drifts, glow at night. BGR, 8 bits."""

import math
import random
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.camera.outlook import Outlook
from sim.camera.stroke import Stroke
from sim.camera.texture import PIXEL_M, Land
from sim.camera.thermal import coarse
from sim.geodesy import enu_from_geodetic
from sim.world.climate import Conditions
from sim.world.target import Target

Field = NDArray[np.float32]
Colours = NDArray[np.uint8]
Colour = tuple[int, int, int]

SKY_BGR: Colour = (235, 206, 170)
SMOKE_BGR, CHAR_BGR, FLAME_BGR = (196, 192, 190), (28, 30, 32), (60, 170, 255)
BODY_BGR: dict[str, Colour] = {
    "person": (70, 74, 58), "deer": (62, 96, 138), "boar": (40, 46, 54),
    "leopard": (96, 152, 196), "vehicle": (205, 205, 200), "rock": (140, 145, 150),
    "roof": (120, 96, 84), "smoulder": (70, 74, 80),
}  # fmt: skip
SHADE, NIGHT = 0.55, 0.015
"""Light in a shadow by day, and what a moonless night leaves."""
LONGEST_SHADOW = 6.0
"""Metres of shadow for a metre of tree: lower suns are dim as well."""
PUFF_EVERY_S, PUFF_LASTS_S, PUFFS = 1.5, 48.0, 32
RISE_M_S, RISE_S = 2.2, 14.0
SMOKE_SCALE = 4
"""Smoke has no edges: it is drawn at a quarter of the size."""
GLOW_M = 4.0


def ground(
    land: Land, outlook: Outlook, leaves: Field, now: Conditions, canopy_m: float
) -> Colours:
    """Floor, crowns over it, sun and shadow on both."""
    floor = outlook.sample(land.floor_bgr, outlook.floor)
    crowns = outlook.sample(land.crown_bgr, outlook.crowns)
    sun = now.sun_enu.astype(np.float32)
    light = outlook.widen(
        (SHADE + (1 - SHADE) * np.clip(outlook.normals @ sun, 0, 1) ** 0.5).astype(np.float32)
    )
    bright = NIGHT + (1 - NIGHT) * now.daylight
    bare = 1 - leaves
    picture = cv2.blendLinear(floor, crowns, bare, leaves)
    light *= (leaves + bare * _shadow(land, outlook, now, canopy_m)) * np.float32(bright)
    picture = cv2.multiply(picture, cv2.merge([light, light, light]), dtype=cv2.CV_8U)
    if outlook.sky is not None:
        picture[outlook.sky] = [round(c * bright) for c in SKY_BGR]
    return np.asarray(picture, np.uint8)


def _shadow(land: Land, outlook: Outlook, now: Conditions, canopy_m: float) -> Field | float:
    """(H, W) light on the floor where crowns stand between it and the sun."""
    east, north, up = (float(c) for c in now.sun_enu)
    if up <= 0:
        return 1.0
    away = canopy_m * min(1 / up, LONGEST_SHADOW / max(math.hypot(east, north), 1e-6)) / PIXEL_M
    aside_px = round(-north * away), round(east * away)
    crowns = outlook.sample(land.cover, outlook.floor, aside_px=aside_px)
    if outlook.trees is not None:
        crowns = crowns * outlook.trees
    return np.asarray(1 - crowns * np.float32(1 - SHADE), np.float32)


def paint(stroke: Stroke, picture: Colours, now: Conditions) -> None:
    """Put a target into its pixels; flames shine by themselves."""
    fine, patch = stroke.fine, picture[stroke.window]
    bright = NIGHT + (1 - NIGHT) * now.daylight
    colour = CHAR_BGR if stroke.burnt.any() else BODY_BGR.get(stroke.target.kind, CHAR_BGR)
    _cover(patch, coarse(stroke.inside * stroke.open_sky, fine), [c * bright for c in colour])
    if stroke.flames.any():
        flames = coarse(stroke.flames * stroke.open_sky, fine)
        _cover(patch, flames, FLAME_BGR)
        _glow(stroke, flames, picture, 1 - now.daylight)


def _cover(patch: Colours, share: Field, colour: Sequence[float]) -> None:
    mixed = patch + (np.array(colour, np.float32) - patch) * share[..., None]
    np.copyto(patch, mixed, casting="unsafe")


def _glow(stroke: Stroke, flames: Field, picture: Colours, dark: float) -> None:
    """Lit ground around flames, and the lens's own bloom."""
    if dark < 0.05:
        return
    rows, columns = stroke.window
    reach = round(GLOW_M * stroke.box_px[2] / max(2 * stroke.target.radius_m, 1.0)) + 8
    top, left = max(rows.start - reach, 0), max(columns.start - reach, 0)
    around = picture[top : rows.stop + reach, left : columns.stop + reach]
    light = np.zeros(around.shape[:2], np.float32)
    light[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = flames
    wide = cv2.GaussianBlur(light, (0, 0), reach / 3) + cv2.GaussianBlur(light, (0, 0), 2.0)
    shine = np.minimum(wide * 2.5, 1)[..., None] * np.array(FLAME_BGR, np.float32) * dark * 0.7
    np.copyto(around, np.minimum(around + shine, 255), casting="unsafe")


def smoke(
    picture: Colours, outlook: Outlook, targets: Sequence[Target],
    wind_towards_m_s: tuple[float, float], now: Conditions,
) -> None:  # fmt: skip
    """Plumes of everything that burns, drifting with the wind; in the picture or not, their fires
    may smoke into it."""
    height, width = picture.shape[0] // SMOKE_SCALE, picture.shape[1] // SMOKE_SCALE
    free = np.ones((height, width), np.float32)
    for target in targets:
        for u, v, radius, thick in _puffs(target, outlook, wind_towards_m_s):
            _puff(free, u / SMOKE_SCALE, v / SMOKE_SCALE, radius / SMOKE_SCALE, thick)
    if free.min() > 0.99:
        return
    soft = cv2.GaussianBlur(free, (0, 0), 1.5)
    clear = np.asarray(cv2.resize(soft, (picture.shape[1], picture.shape[0])), np.float32)
    bright = NIGHT + (1 - NIGHT) * now.daylight
    grey = np.full_like(picture, [round(c * bright) for c in SMOKE_BGR])
    cv2.blendLinear(picture, grey, clear, 1 - clear, picture)


def _puffs(
    target: Target, outlook: Outlook, wind_towards_m_s: tuple[float, float]
) -> Iterator[tuple[float, float, float, float]]:
    """Column, row, radius (pixels) and thickness of each puff of a fire's smoke."""
    if target.shape not in ("fire", "wildfire"):
        return
    base = enu_from_geodetic(target.lat_deg, target.lon_deg, target.alt_amsl_m, outlook.origin)
    strength = min(0.25 + 0.12 * target.radius_m, 0.7)
    newest = math.floor(outlook.time_s / PUFF_EVERY_S)
    for number in range(newest, newest - PUFFS, -1):
        age_s = outlook.time_s - number * PUFF_EVERY_S
        chance = random.Random(f"{target.id} {number}")
        north, east = (w + chance.gauss(0, 0.35) for w in wind_towards_m_s)
        start = target.radius_m * 0.7
        # Lifted by its own heat, which it soon loses; the wind takes hold with height.
        up = RISE_M_S * RISE_S * (1 - math.exp(-age_s / RISE_S))
        drift_s = age_s - 3 * (1 - math.exp(-age_s / 3))
        point = base + np.array(
            [
                chance.gauss(0, start) + east * drift_s,
                chance.gauss(0, start) + north * drift_s,
                up,
            ]
        )
        seen = outlook.camera_from_enu @ point
        if seen[2] < 3:
            continue
        u, v = outlook.optics.pixels(seen)
        radius = (0.5 + target.radius_m * 0.3 + 0.28 * age_s) * outlook.optics.focal_px / seen[2]
        fades = math.exp(-age_s / 18) * min((PUFF_LASTS_S - age_s) / 8, 1)
        yield float(u), float(v), float(radius), strength * max(fades, 0.0)


def _puff(free: Field, u: float, v: float, radius: float, thick: float) -> None:
    """Take a soft disc's share of what light still comes through."""
    height, width = free.shape
    top, bottom = max(int(v - radius), 0), min(int(v + radius) + 2, height)
    left, right = max(int(u - radius), 0), min(int(u + radius) + 2, width)
    if top >= bottom or left >= right:
        return
    dv = (np.arange(top, bottom, dtype=np.float32) - np.float32(v)) / np.float32(radius)
    du = (np.arange(left, right, dtype=np.float32) - np.float32(u)) / np.float32(radius)
    soft = np.maximum(1 - (dv * dv)[:, None] - (du * du)[None, :], 0)
    free[top:bottom, left:right] *= 1 - np.float32(thick) * soft
