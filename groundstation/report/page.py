"""From figures to HTML, and from the same HTML to a PDF.

Every text goes through Jinja2's autoescape; pictures are SVG of our own (`svg`), and nothing in a
report is ever fetched from anywhere, on the page or while it is printed.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from groundstation.report import writing
from groundstation.report.words import WORDS
from groundstation.words import Language, Refusal, say

STYLESHEET = Path(__file__).parents[1] / "web" / "report.css"
Form = Literal["part", "page", "pdf"]


@dataclass(frozen=True, slots=True)
class Paper:
    """What a report is written on."""

    language: Language
    park: str
    """Who reports: the station's name."""
    base: str
    """Before every link: `/` on the page, the station's address and `/` in a PDF."""
    written_by: str
    written: str
    """When, as it is printed."""


def part(template: str, paper: Paper, figures: Mapping[str, Any]) -> str:
    """The report's body, for the page's shell."""
    tools = writing_tools(paper.language)
    return _environment().get_template(template).render(figures, paper=paper, **tools)


def whole(body: str, title: str, paper: Paper, paged: bool = False, styled: bool = False) -> str:
    """A document around a body.

    `paged`: with what stands on every sheet of a PDF; `styled`: a file of its own, that finds no
    stylesheet of the station's.
    """
    style = Markup(STYLESHEET.read_text("utf-8")) if styled else None
    return (
        _environment()
        .get_template("document.html")
        .render(
            body=Markup(body),
            title=title,
            paper=paper,
            paged=paged,
            style=style,
            **writing_tools(paper.language),
        )
    )


def pdf(document: str) -> bytes:
    """A4 of a whole document; Refusal `no_library` where the system lacks WeasyPrint's."""
    for talkative in ("fontTools", "weasyprint.progress"):
        logging.getLogger(talkative).disabled = True  # weasyprint sets a level of its own
    try:
        from weasyprint import CSS, HTML, URLFetcher
    except OSError as error:  # ctypes' word for a shared library that is not there
        named = re.search(r"'([^']+)'", str(error))
        library = named[1] if named else str(error)
        raise Refusal(WORDS, "no_library", 503, library=library) from error
    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    style = CSS(filename=STYLESHEET, url_fetcher=fetcher)
    page = HTML(string=document, url_fetcher=fetcher, base_url=None)
    made: bytes = page.write_pdf(stylesheets=[style], pdf_tags=True)
    return made


def writing_tools(language: Language) -> dict[str, Callable[..., str]]:
    """What templates write with, in the language."""
    return {
        "t": partial(_say, language),
        "number": partial(_number, language),
        "interval": lambda low, high, digits=1: writing.interval(low, high, digits, language),
        "day": lambda value: writing.day(value, language),
        "short_day": lambda value: writing.short_day(value, language),
        "clock": writing.clock,
        "place": lambda lat, lon, digits=5: writing.place(lat, lon, digits, language),
    }


def _say(language: Language, code: str, /, **values: object) -> str:
    return say(WORDS, code, language, **values)


def _number(language: Language, value: float | None, digits: int = 0) -> str:
    return writing.number(value, digits, language)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("groundstation.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
