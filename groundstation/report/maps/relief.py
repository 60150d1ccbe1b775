"""The relief under a map: tiles of the basemap as one pale JPEG inside the SVG."""

import base64
import math
from collections.abc import Callable
from itertools import product

import cv2
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from groundstation.basemap.projection import MAX_ZOOM, MIN_ZOOM, TILE_PX
from groundstation.report.maps.frame import WIDTH, Frame

Tile = Callable[[int, int, int], bytes]
"""PNG of a map tile by zoom, x, y."""
PALE = 0.45
"""Share of white: what lies over the relief must be seen on paper."""
JPEG_QUALITY = 82
DETAIL_PX = 700
"""The relief has at least so many pixels across, at most twice as many."""


def relief(frame: Frame, tile: Tile) -> Markup:
    """The map tiles under a frame as one picture, paled."""
    zoom = math.ceil(math.log2(DETAIL_PX / (frame.side * TILE_PX)))
    zoom = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
    world_px = TILE_PX << zoom
    left, top = int(frame.left * world_px), int(frame.top * world_px)
    right = math.ceil((frame.left + frame.side) * world_px)
    bottom = math.ceil(frame.bottom * world_px)
    picture = _stitched(tile, zoom, left, top, right, bottom)
    paled = 255 - (255 - picture) * (1 - PALE)
    done, encoded = cv2.imencode(
        ".jpg", paled.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    assert done
    scale = WIDTH / (frame.side * world_px)
    return Markup(
        '<svg width="{:g}" height="{:.1f}"><image x="{:.2f}" y="{:.2f}" width="{:.2f}" '
        'height="{:.2f}" preserveAspectRatio="none" href="data:image/jpeg;base64,{}"/></svg>'
    ).format(
        WIDTH,
        frame.height,
        (left - frame.left * world_px) * scale,
        (top - frame.top * world_px) * scale,
        (right - left) * scale,
        (bottom - top) * scale,
        base64.b64encode(encoded.tobytes()).decode(),
    )


def _stitched(
    tile: Tile, zoom: int, left: int, top: int, right: int, bottom: int
) -> NDArray[np.uint8]:
    """(H, W, 3) BGR pixels of the world at a zoom, over white where there is no terrain."""
    columns = range(left // TILE_PX, (right - 1) // TILE_PX + 1)
    rows = range(top // TILE_PX, (bottom - 1) // TILE_PX + 1)
    whole = np.full((len(rows) * TILE_PX, len(columns) * TILE_PX, 3), 255, np.uint8)
    for (i, row), (j, column) in product(enumerate(rows), enumerate(columns)):
        if not (0 <= row < 1 << zoom and 0 <= column < 1 << zoom):
            continue
        png = np.frombuffer(tile(zoom, column, row), np.uint8)
        part = np.asarray(cv2.imdecode(png, cv2.IMREAD_UNCHANGED))
        if part.shape[2] == 4:
            alpha = part[..., 3:].astype(np.float32) / 255
            part = (part[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
        whole[i * TILE_PX : (i + 1) * TILE_PX, j * TILE_PX : (j + 1) * TILE_PX] = part
    y, x = top - rows[0] * TILE_PX, left - columns[0] * TILE_PX
    return whole[y : y + bottom - top, x : x + right - left]
