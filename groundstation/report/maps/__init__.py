"""Maps of a report: our own relief, and over it what was walked and found, as one SVG.

Frame and overlay share Web Mercator (`basemap.projection`). Without terrain there is the graticule
alone.
"""

from collections.abc import Iterable

from markupsafe import Markup

from groundstation.report.maps import layers
from groundstation.report.maps.frame import WIDTH, Box, Frame, around, box_of, frame_of
from groundstation.report.maps.layers import SHAPES, Cell, Sign, Way
from groundstation.report.maps.relief import Tile, relief
from groundstation.report.svg import FONT
from groundstation.words import Language

__all__ = [
    "SHAPES",
    "Box",
    "Cell",
    "Frame",
    "Sign",
    "Tile",
    "Way",
    "around",
    "box_of",
    "drawn",
    "frame_of",
]


def drawn(
    frame: Frame,
    tile: Tile | None,
    language: Language,
    description: str,
    cells: Iterable[Cell] = (),
    ways: Iterable[Way] = (),
    signs: Iterable[Sign] = (),
    unknown: bool = False,
) -> Markup:
    """`<svg>`; with `unknown`, what no cell covers is hatched."""
    parts = [
        relief(frame, tile) if tile else Markup(""),
        layers.hatching(frame) if unknown else Markup(""),
        *layers.cells_of(frame, cells),
        *layers.graticule(frame, language),
        *(line for way in ways for line in layers.way_of(frame, way)),
        *(layers.sign_of(frame, sign) for sign in signs),
        layers.bar(frame, language),
    ]
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {w:g} {h:.1f}" '
        'width="{w:g}" height="{h:.1f}" font-family="{font}" font-size="9">'
        "<title>{title}</title>"
        '<rect width="{w:g}" height="{h:.1f}" fill="#fbfaf6"/>'
    ).format(w=WIDTH, h=frame.height, font=FONT, title=description)
    edge = Markup(
        '<rect x=".5" y=".5" width="{:g}" height="{:.1f}" fill="none" stroke="#555"/></svg>'
    ).format(WIDTH - 1, frame.height - 1)
    return head + Markup("").join(parts) + edge
