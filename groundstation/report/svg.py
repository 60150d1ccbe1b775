"""Figures of matplotlib as SVG that a strict Content-Security-Policy lets through.

matplotlib writes `style` attributes and one `<style>` element, which `style-src 'self'` forbids
inside a page. What they say is said again as presentation attributes (SVG 1.1, section 6.2), which
are no style in the sense of the policy. Text stays text: it can be searched, copied and read out.
"""

import io
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from lxml import etree
from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONT = "PT Sans, DejaVu Sans, sans-serif"
SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "kedrovka",  # the same figure, the same bytes
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "hatch.linewidth": 0.6,
}
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


@cache
def empty_figure() -> "type[Figure]":
    """The class of figures, once matplotlib is set up: its settings are one for all threads."""
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    rcParams.update(SETTINGS)  # type: ignore[arg-type]
    return Figure


def drawn(figure: "Figure", name: str, description: str) -> Markup:
    """`<svg>` of a figure; `name` keeps its ids apart from those of the other figures."""
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata=_METADATA)
    root = etree.fromstring(out.getvalue())
    for unwanted in [*root.iter(f"{_NAMESPACE}style"), *root.iter(f"{_NAMESPACE}metadata")]:
        unwanted.getparent().remove(unwanted)
    root.set("stroke-linejoin", "round")
    for element in root.iter(f"{_NAMESPACE}*"):
        for key, value in _attributes(element.attrib.pop("style", "")):
            element.set(key, value)
        _rename(element, name)
    root.set("role", "img")
    title = etree.Element(f"{_NAMESPACE}title")
    title.text = description
    root.insert(0, title)
    etree.cleanup_namespaces(root)
    return Markup(etree.tostring(root, encoding="unicode"))


def _attributes(style: str) -> Iterator[tuple[str, str]]:
    """Presentation attributes for declarations."""
    for declaration in filter(None, (part.strip() for part in style.split(";"))):
        key, _, value = (word.strip() for word in declaration.partition(":"))
        yield key, FONT if key == "font-family" else value


def _rename(element: "etree._Element", name: str) -> None:
    if "id" in element.attrib:
        element.set("id", f"{name}-{element.get('id')}")
    for key, value in element.attrib.items():
        if key.endswith("href") and value.startswith("#"):
            element.set(key, f"#{name}-{value[1:]}")
        elif value.startswith("url(#"):
            element.set(key, f"url(#{name}-{value[5:]}")
