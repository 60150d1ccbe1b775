"""Numbers, dates and places written the way a language writes them.

Russian: decimal comma, a no-break space between thousands from five digits on, dates in the
genitive (GOST R 7.0.97-2016, section 5.10, for the dates). English: decimal point, comma between
thousands.
"""

import math
from datetime import date, datetime, time

from groundstation.words import Language

NOTHING = "\N{EM DASH}"
"""Stands where nothing is known; a zero stands where zero was counted."""
NBSP, DASH, MINUS = "\N{NO-BREAK SPACE}", "\N{EN DASH}", "\N{MINUS SIGN}"
MONTHS = {
    "ru": ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
           "октября", "ноября", "декабря"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
}  # fmt: skip
ROMAN = ("", "I", "II", "III", "IV")


def number(value: float | None, digits: int, language: Language) -> str:
    """With `digits` after the point; a dash for None and NaN."""
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return ("" if value > 0 else MINUS) + "∞"
    text = f"{abs(value):,.{digits}f}"
    whole, _, part = text.partition(".")
    if language == "ru":
        whole = whole.replace(",", NBSP if abs(value) >= 10_000 else "")
    sign = MINUS if value < 0 and text.strip("0.,") else ""
    return sign + whole + (("," if language == "ru" else ".") + part if part else "")


def interval(low: float, high: float, digits: int, language: Language) -> str:
    """Both ends, that do not break apart on a line."""
    if math.isnan(low) or math.isnan(high):
        return NOTHING
    ends = number(low, digits, language), number(high, digits, language)
    return f"{ends[0]}\N{WORD JOINER}{DASH}\N{WORD JOINER}{ends[1]}"


def day(value: date | None, language: Language) -> str:
    """5 мая 2026 г.; 5 May 2026."""
    if value is None:
        return NOTHING
    text = f"{value.day}{NBSP}{MONTHS[language][value.month - 1]} {value.year}"
    return f"{text}{NBSP}г." if language == "ru" else text


def short_day(value: date | None, language: Language) -> str:
    """05.05.2026; 2026-05-05 in English, where day and month are mistaken for each other."""
    if value is None:
        return NOTHING
    return f"{value:%d.%m.%Y}" if language == "ru" else value.isoformat()


def clock(value: time | datetime | None) -> str:
    """Hours and minutes of the wall clock."""
    return NOTHING if value is None else f"{value:%H:%M}"


def days(first: date, last: date, language: Language) -> str:
    """The first and the last one; one alone where they are the same."""
    if first == last:
        return day(first, language)
    return f"{day(first, language)} {DASH} {day(last, language)}"


def span(first: date, last: date, language: Language) -> str:
    """A quarter or a year by its name, anything else by its first and last day."""
    year, same_year = first.year, first.year == last.year
    starts = (first.month, first.day) in ((1, 1), (4, 1), (7, 1), (10, 1))
    ends = (last.month, last.day) in ((3, 31), (6, 30), (9, 30), (12, 31))
    months = last.month - first.month + 1
    if same_year and starts and ends and months == 12:
        return f"{year} год" if language == "ru" else f"{year}"
    if same_year and starts and ends and months == 3:
        quarter = last.month // 3
        return f"{ROMAN[quarter]} квартал {year} года" if language == "ru" else f"Q{quarter} {year}"
    return days(first, last, language)


def place(lat_deg: float | None, lon_deg: float | None, digits: int, language: Language) -> str:
    """Latitude and longitude with their hemispheres."""
    if lat_deg is None or lon_deg is None:
        return NOTHING
    north, south, east, west = (
        (f"с.{NBSP}ш.", f"ю.{NBSP}ш.", f"в.{NBSP}д.", f"з.{NBSP}д.")
        if language == "ru"
        else ("N", "S", "E", "W")
    )
    lat = f"{number(abs(lat_deg), digits, language)}°{NBSP}{north if lat_deg >= 0 else south}"
    lon = f"{number(abs(lon_deg), digits, language)}°{NBSP}{east if lon_deg >= 0 else west}"
    return f"{lat}, {lon}"
