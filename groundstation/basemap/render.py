"""One map tile: elevation tint, hillshade, contours.

A margin around the tile gives slopes and lines the same neighbours on both sides of its border,
so tiles join without a seam.
"""

import math
from functools import lru_cache

import cv2
import numpy as np
from contourpy import contour_generator
from numpy.typing import NDArray

from firmware_bridge.earth import FloatArray
from firmware_bridge.errors import BridgeError
from firmware_bridge.terrain import Terrain
from groundstation.basemap import style
from groundstation.basemap.projection import TILE_PX, pixel_metres
from groundstation.basemap.relief import MARGIN_PX, relief

SUN_AZIMUTH_DEG, SUN_ELEVATION_DEG = 315.0, 45.0
DARKEST = 0.55
STEEPEN = {6: 6.0, 7: 5.0, 8: 4.0, 9: 3.0, 10: 2.5, 11: 2.0, 12: 1.8}
"""Slopes flatten as pixels grow; relief is kept visible by exaggerating it."""
STEEPEN_NEAR = 1.3
SHIFT = 4
"""Fraction bits of OpenCV's line coordinates."""
LABEL_MARGIN_PX = 32
LABEL_DISTANCE_PX = 90

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def render(terrain: Terrain, z: int, x: int, y: int) -> bytes:
    """PNG of one tile; where no data is, a faint hatching that lets the background through."""
    heights, missing = relief(terrain, z, x, y)
    if missing.all():
        return _png(_hatching())
    inner = slice(MARGIN_PX, -MARGIN_PX)
    shade = _hillshade(heights, pixel_metres(z, y), z)
    colour = _tint(heights[inner, inner]) * shade[inner, inner, None]
    _draw_contours(colour, heights, missing, z)
    picture = np.empty((TILE_PX, TILE_PX, 4), np.uint8)
    picture[..., :3] = np.clip(colour[..., ::-1], 0, 255)
    picture[..., 3] = 255
    holes = missing[inner, inner]
    if not holes.any():
        return _png(picture[..., :3])
    picture[holes] = _hatching()[holes]
    return _png(picture)


@lru_cache(maxsize=1)
def _tint_table() -> Floats:
    return style.tint_table()


def _tint(heights: Floats) -> Floats:
    index = (heights - style.LUT_LOWEST_M).astype(np.int32)
    colours: Floats = _tint_table()[np.clip(index, 0, len(_tint_table()) - 1)]
    return colours


def _hillshade(heights: Floats, spacing_m: float, z: int) -> Floats:
    """(H, W) float32 brightness, 1 on level ground.

    Lambert's cosine of the sun and the normal (-dz/de, -dz/dn, 1).
    """
    steep = STEEPEN.get(z, STEEPEN_NEAR)
    scale = steep / (8 * spacing_m)
    east = cv2.Sobel(heights, cv2.CV_32F, 1, 0, ksize=3, scale=scale)
    north = -cv2.Sobel(heights, cv2.CV_32F, 0, 1, ksize=3, scale=scale)
    azimuth, elevation = math.radians(SUN_AZIMUTH_DEG), math.radians(SUN_ELEVATION_DEG)
    sun_e = math.sin(azimuth) * math.cos(elevation)
    sun_n = math.cos(azimuth) * math.cos(elevation)
    sun_up = math.sin(elevation)
    cosine = (sun_up - east * sun_e - north * sun_n) / np.sqrt(1 + east**2 + north**2)
    light = np.maximum(cosine, 0) / sun_up
    shade: Floats = (DARKEST + (1 - DARKEST) * np.minimum(light, 1.25)).astype(np.float32)
    return shade


def _draw_contours(colour: Floats, heights: Floats, missing: Mask, z: int) -> None:
    """Darken `colour` (256, 256, 3) along contours, and write the index heights."""
    step = style.CONTOUR_STEP_M.get(z)
    if step is None:
        return
    low, high = float(heights.min()), float(heights.max())
    levels = np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step
    lines = contour_generator(z=np.ma.masked_array(heights, missing))
    labels: list[FloatArray] = []
    plain = np.zeros((TILE_PX, TILE_PX), np.uint8)
    index = np.zeros((TILE_PX, TILE_PX), np.uint8)
    for level in levels.tolist():
        mask = index if level % (step * style.INDEX_EVERY) == 0 else plain
        found = [np.asarray(line) for line in lines.lines(level)]
        fixed = [np.round((line - MARGIN_PX) * (1 << SHIFT)).astype(np.int32) for line in found]
        cv2.polylines(mask, fixed, False, 255, 1, cv2.LINE_AA, SHIFT)
        if mask is index:
            _label(index, found, level, labels)
    strength = np.maximum(
        plain * np.float32(style.CONTOUR_STRENGTH / 255),
        index * np.float32(style.INDEX_STRENGTH / 255),
    )[..., None]
    # Multiplied, so that a line is seen in the shade of a mountain too.
    colour *= 1 - strength * (1 - np.array(style.CONTOUR_RGB, np.float32) / 200)


def _label(mask: Pixels, lines: list[FloatArray], level: float, taken: list[FloatArray]) -> None:
    """Write a height into a gap of its longest line, well inside the tile and off the others."""
    longest = max(lines, key=len, default=None)
    if longest is None or len(longest) < TILE_PX // 3:
        return
    place = longest[len(longest) // 2] - MARGIN_PX
    if np.any(np.abs(place - TILE_PX / 2) > TILE_PX / 2 - LABEL_MARGIN_PX):
        return
    if any(np.hypot(*(place - other)) < LABEL_DISTANCE_PX for other in taken):
        return
    taken.append(place)
    u, v = place
    text, font, size = f"{level:.0f}", cv2.FONT_HERSHEY_SIMPLEX, 0.34
    (width, height), _ = cv2.getTextSize(text, font, size, 1)
    left, bottom = round(float(u) - width / 2), round(float(v) + height / 2)
    cv2.rectangle(mask, (left - 2, bottom - height - 2), (left + width + 1, bottom + 2), 0, -1)
    cv2.putText(mask, text, (left, bottom), font, size, 255, 1, cv2.LINE_AA)


@lru_cache(maxsize=1)
def _hatching() -> Pixels:
    """(256, 256, 4) BGRA: diagonal lines 16 px apart that join across tiles."""
    row, column = np.indices((TILE_PX, TILE_PX))
    picture = np.zeros((TILE_PX, TILE_PX, 4), np.uint8)
    picture[(row + column) % 16 == 0] = (*style.NO_DATA_RGB[::-1], style.NO_DATA_ALPHA)
    return picture


def _png(picture: Pixels) -> bytes:
    done, encoded = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise BridgeError("a map tile could not be encoded as PNG")
    return encoded.tobytes()
