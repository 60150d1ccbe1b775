"""What part of the world a map shows, and where on the drawing a place is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firmware_bridge.earth import FloatArray
from groundstation.basemap.projection import EQUATOR_M

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
WIDTH = 640.0
"""Of every map, in SVG's own units; text and strokes are given in these."""
FLATTEST, TALLEST = 0.45, 0.82
"""Height over width: a map neither becomes a ribbon nor takes more than a page."""
MARGIN = 0.06
NARROWEST_DEG = 0.02


@dataclass(frozen=True, slots=True)
class Frame:
    """What a map shows: a rectangle of Web Mercator."""

    left: float
    top: float
    side: float
    """Left and upper edge, and width, as parts of the world's width."""
    height: float
    """Of the drawing, in SVG's units."""

    def xy(self, lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray:
        """(N, 2) SVG units, x to the right, y down."""
        across, down = mercator(np.asarray(lat_deg, float), np.asarray(lon_deg, float))
        scale = WIDTH / self.side
        return np.stack([(across - self.left) * scale, (down - self.top) * scale], axis=-1)

    @property
    def bottom(self) -> float:
        """Lower edge, as a part of the world's width."""
        return self.top + self.height / WIDTH * self.side

    @property
    def metres_per_unit(self) -> float:
        """On the ground, in the middle of the map."""
        down = (self.top + self.bottom) / 2
        lat_rad = math.atan(math.sinh(math.pi * (1 - 2 * down)))
        return EQUATOR_M * math.cos(lat_rad) * self.side / WIDTH

    def degrees(self) -> Box:
        """West, south, east, north of what is shown."""
        south, north = (
            math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down))))
            for down in (self.bottom, self.top)
        )
        return self.left * 360 - 180, south, (self.left + self.side) * 360 - 180, north


def frame_of(box: Box) -> Frame:
    """Around a box, with a margin, no flatter and no taller than a page bears."""
    west, south, east, north = box
    (x0, x1), (y1, y0) = mercator(np.array([south, north]), np.array([west, east]))
    least = NARROWEST_DEG / 360
    wide, high = max(x1 - x0, least), max(y1 - y0, least * FLATTEST)
    side = max(wide, high / TALLEST) * (1 + 2 * MARGIN)
    tall = max(high * (1 + 2 * MARGIN), side * FLATTEST)
    left, top = (x0 + x1 - side) / 2, (y0 + y1 - tall) / 2
    return Frame(float(left), float(top), float(side), float(tall / side * WIDTH))


def around(boxes: Sequence[Box | None]) -> Box | None:
    """The smallest box around all that are known; None without any."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    west, south, east, north = zip(*known, strict=True)
    return min(west), min(south), max(east), max(north)


def box_of(lat_deg: FloatArray, lon_deg: FloatArray) -> Box | None:
    """Around places (N,); None where none is known."""
    known = np.isfinite(lat_deg) & np.isfinite(lon_deg)
    if not known.any():
        return None
    lat, lon = lat_deg[known], lon_deg[known]
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def mercator(lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Parts of the world's width, from its upper left corner."""
    down = 0.5 - np.arcsinh(np.tan(np.radians(lat_deg))) / (2 * np.pi)
    return (lon_deg + 180) / 360, down
