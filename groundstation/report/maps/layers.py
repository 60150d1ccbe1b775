"""What lies over the relief: ways, signs, cells, the graticule, the scale.

Signs differ in shape, not only in colour: most reports are printed in black and white. Halos are
drawn as strokes under the same text, since not every reader knows `paint-order`.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from firmware_bridge.earth import FloatArray
from groundstation.report.maps.frame import WIDTH, Box, Frame
from groundstation.report.writing import number
from groundstation.words import Language

_STEPS_DEG = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_BARS_KM = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_KM = {"ru": "км", "en": "km"}
SHAPES = {
    "triangle": "M0-5.5 5 4-5 4z",
    "circle": "M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0z",
    "square": "M-3.8-3.8h7.6v7.6h-7.6z",
    "diamond": "M0-5 5 0 0 5-5 0z",
}
"""Outlines around 0, 0 in SVG's units."""
FILLS = {"triangle": "#c81e1e", "circle": "#f2b807", "square": "#3568a8", "diamond": "#ffffff"}


@dataclass(frozen=True, slots=True)
class Way:
    """A line on the map."""

    lat_deg: FloatArray
    lon_deg: FloatArray
    dashed: bool = False
    """Walked beside somebody whose way counts, or planned and not walked."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something at a place."""

    lat_deg: float
    lon_deg: float
    shape: str
    """One of SHAPES."""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled rectangle."""

    box: Box
    shade: str | None
    """Colour; None: white in a strong outline, for a label."""
    label: str = ""


def graticule(frame: Frame, language: Language) -> Iterator[Markup]:
    """Meridians and parallels, with their degrees at the border."""
    west, south, east, north = frame.degrees()
    step = next((s for s in _STEPS_DEG if (east - west) / s <= 6), _STEPS_DEG[-1])
    digits = max(0, -math.floor(math.log10(step)))
    line = Markup('<path d="{}" stroke="#000" stroke-opacity=".18" stroke-width=".6"/>')
    for lon in _multiples(west, east, step):
        x = frame.xy(np.array([south]), np.array([lon]))[0, 0]
        yield line.format(f"M{x:.1f} 0V{frame.height:.1f}")
        yield _text(x + 2, 10, f"{number(lon, digits, language)}°")
    for lat in _multiples(south, north, step):
        y = frame.xy(np.array([lat]), np.array([west]))[0, 1]
        yield line.format(f"M0 {y:.1f}H{WIDTH:g}")
        yield _text(3, y - 2, f"{number(lat, digits, language)}°")


def _multiples(low: float, high: float, step: float) -> list[float]:
    numbers = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [i * step for i in numbers]


def _text(x: float, y: float, text: str, anchor: str = "start", bold: bool = False) -> Markup:
    """Text on a halo."""
    made = Markup('<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{bold}{halo}>{text}</text>')
    weight = Markup(' font-weight="bold"') if bold else Markup("")
    halo = Markup(' aria-hidden="true" fill="#fff" stroke="#fff" stroke-width="2.2"')
    both = (halo, Markup(' fill="#1c1c1c"'))
    return Markup("").join(
        made.format(x=x, y=y, anchor=anchor, bold=weight, halo=part, text=text) for part in both
    )


def hatching(frame: Frame) -> Markup:
    """Over all of it: where nobody was, nothing is known."""
    high = frame.height
    starts = range(0, int(WIDTH + high), 9)
    lines = "".join(f"M{x} 0l{-high:.0f} {high:.0f}" for x in starts)
    return Markup(
        '<svg width="{:g}" height="{:.1f}"><path d="{}" stroke="#555" stroke-opacity=".3" '
        'stroke-width=".6" fill="none"/></svg>'
    ).format(WIDTH, high, lines)


def cells_of(frame: Frame, cells: Iterable[Cell]) -> Iterator[Markup]:
    """Rectangles, those of one shade as one path, then the labels."""
    shapes: dict[str | None, list[str]] = defaultdict(list)
    labels = []
    for cell in cells:
        west, south, east, north = cell.box
        (x0, y1), (x1, y0) = frame.xy(np.array([south, north]), np.array([west, east]))
        shapes[cell.shade].append(f"M{x0:.1f} {y0:.1f}H{x1:.1f}V{y1:.1f}H{x0:.1f}z")
        if cell.label:
            labels.append(_text((x0 + x1) / 2, (y0 + y1) / 2 + 3.5, cell.label, "middle", True))
    made = Markup('<path d="{}" fill="{}" fill-opacity=".85" stroke="{}" stroke-width="{}"/>')
    for shade, paths in shapes.items():
        line = ("#fff", ".4") if shade else ("#111", "1.6")
        yield made.format("".join(paths), shade or "#fff", *line)
    yield from labels


def way_of(frame: Frame, way: Way) -> Iterator[Markup]:
    """A line on a halo; a dashed one without."""
    points = frame.xy(way.lat_deg, way.lon_deg)
    points = thinned(points[np.isfinite(points).all(axis=1)])
    if len(points) < 2:
        return
    at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points.tolist())
    line = Markup(
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="{}" stroke-opacity="{}" '
        'stroke-linejoin="round" stroke-linecap="round"{}/>'
    )
    if way.dashed:
        yield line.format(at, "#444", "1.3", "1", Markup(' stroke-dasharray="3 3"'))
    else:
        yield line.format(at, "#fff", "3.6", ".75", "")
        yield line.format(at, "#7a1f5c", "1.6", "1", "")


def thinned(points: FloatArray, least: float = 0.7) -> FloatArray:
    """Points of a line (N, 2) without those that lie within `least` of the last one kept."""
    if len(points) < 3:
        return points
    kept = [0]
    x, y = points[:, 0].tolist(), points[:, 1].tolist()
    for i in range(1, len(points) - 1):
        if abs(x[i] - x[kept[-1]]) + abs(y[i] - y[kept[-1]]) >= least:
            kept.append(i)
    return points[[*kept, len(points) - 1]]


def sign_of(frame: Frame, sign: Sign) -> Markup:
    """Its shape, and its label beside it."""
    x, y = frame.xy(np.array([sign.lat_deg]), np.array([sign.lon_deg]))[0]
    made = Markup(
        '<path transform="translate({:.1f} {:.1f})" d="{}" fill="{}" stroke="#111"/>'
    ).format(x, y, SHAPES[sign.shape], FILLS[sign.shape])
    return made + (_text(x + 6.5, y + 3, sign.label, bold=True) if sign.label else Markup(""))


def bar(frame: Frame, language: Language) -> Markup:
    """A scale bar in the lower right corner, true in the middle of the map."""
    per_km = 1000 / frame.metres_per_unit
    km = max((k for k in _BARS_KM if k * per_km <= WIDTH / 4), default=_BARS_KM[0])
    long = km * per_km
    x, y = WIDTH - 12 - long, frame.height - 10
    label = f"{number(km, 0 if km >= 1 else 1, language)} {_KM[language]}"
    made = Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="22" fill="#fff" fill-opacity=".8"/>'
        '<path d="M{:.1f} {:.1f}v4h{:.1f}v-4" fill="none" stroke="#111" stroke-width="1.2"/>'
    ).format(x - 6, y - 15, long + 12, x, y - 1, long)
    return made + _text(x + long / 2, y - 4, label, "middle")
