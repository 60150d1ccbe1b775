"""Numbers, days and places as a reader of Russian or English expects them."""

import math
import re
from datetime import date
from pathlib import Path

import pytest

from groundstation.patrol.trend import Reason
from groundstation.report import reports, writing
from groundstation.report.words import WORDS

TEMPLATES = Path(reports.__file__).parent / "templates"


@pytest.mark.parametrize(
    ("value", "digits", "russian", "english"),
    [
        (0.0, 0, "0", "0"),
        (1234.5, 1, "1234,5", "1,234.5"),
        (12345.678, 2, "12\u00a0345,68", "12,345.68"),
        (-0.04, 1, "0,0", "0.0"),
        (-1.5, 1, "\u22121,5", "\u22121.5"),
        (None, 1, "—", "—"),
        (math.nan, 0, "—", "—"),
        (math.inf, 0, "∞", "∞"),
    ],
)
def test_numbers(value: float | None, digits: int, russian: str, english: str) -> None:
    assert writing.number(value, digits, "ru") == russian
    assert writing.number(value, digits, "en") == english


@pytest.mark.parametrize(
    ("first", "last", "russian", "english"),
    [
        (date(2026, 1, 1), date(2026, 3, 31), "I квартал 2026 года", "Q1 2026"),
        (date(2024, 10, 1), date(2024, 12, 31), "IV квартал 2024 года", "Q4 2024"),
        (date(2025, 1, 1), date(2025, 12, 31), "2025 год", "2025"),
        (
            date(2025, 12, 1),
            date(2026, 2, 28),
            "1\u00a0декабря 2025\u00a0г. – 28\u00a0февраля 2026\u00a0г.",
            "1\u00a0December 2025 – 28\u00a0February 2026",
        ),
        # Nine months are no quarter, and neither are three that begin in February.
        (
            date(2026, 1, 1),
            date(2026, 9, 30),
            "1\u00a0января 2026\u00a0г. – 30\u00a0сентября 2026\u00a0г.",
            "1\u00a0January 2026 – 30\u00a0September 2026",
        ),
        (date(2026, 5, 5), date(2026, 5, 5), "5\u00a0мая 2026\u00a0г.", "5\u00a0May 2026"),
    ],
)
def test_spans(first: date, last: date, russian: str, english: str) -> None:
    assert writing.span(first, last, "ru") == russian
    assert writing.span(first, last, "en") == english


def test_places_name_their_hemispheres() -> None:
    nb = "\u00a0"
    assert writing.place(43.5, 131.25, 2, "ru") == f"43,50°{nb}с.{nb}ш., 131,25°{nb}в.{nb}д."
    assert writing.place(-43.5, -131.25, 1, "en") == f"43.5°{nb}S, 131.2°{nb}W"
    assert writing.place(None, 131.0, 2, "ru") == "—"


def test_templates_say_what_the_table_has_and_nothing_in_it_is_left_over() -> None:
    folder = TEMPLATES.parent
    templates = "".join(path.read_text("utf-8") for path in TEMPLATES.glob("*.html"))
    code = "".join(p.read_text("utf-8") for p in folder.rglob("*.py") if p.name != "words.py")
    said = set(re.findall(r'\bt\("(\w+)"', templates))
    assert said <= set(WORDS)
    written = re.findall(r"[\"'](\w+)[\"']", templates + code)
    chosen = ("kind_", "type_", "total_", "trend_", "why_", "animal_")
    reasons = {str(reason) for reason in Reason}
    left = {key for key in WORDS if not key.startswith(chosen)} - set(written) - reasons
    assert left == set()


def test_both_languages_fill_in_the_same_values() -> None:
    for code, (russian, english) in WORDS.items():
        fields = [sorted(set(re.findall(r"\{(\w+)\}", text))) for text in (russian, english)]
        assert fields[0] == fields[1], code
