"""Observations from a table: CSV with a header, one observation in a line.

Columns of ours (`COLUMNS`) are told by their name in the header, in any order; every further
column is an attribute, by its key in the data model. Separator (comma, semicolon, tab) and
encoding (UTF-8, UTF-16 with a mark, windows-1251) are found out; a number may have a decimal
comma. A line that cannot be read is named by its number and does not keep the others out.
"""

import csv
import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from groundstation.exchange.came import Came, Making
from groundstation.exchange.smart.document import cleaned
from groundstation.exchange.smart.extra import category_key
from groundstation.exchange.smart.patrol import Employee
from groundstation.exchange.words import REFUSALS
from groundstation.records.model import AttributeDef, AttributeType
from groundstation.records.observation import Observation
from groundstation.records.raid import Attribute
from groundstation.records.wall_clock import moment, offset_s
from groundstation.words import Refusal

MAX_ROWS = 200_000
MAX_COLUMNS = 500
_NEEDED = ({"lat_deg", "lon_deg"}, {"category"}, {"comment"})
"""A table with none of these in its header is none of observations."""
_ENCODINGS = ("utf-8-sig", "cp1251")
_YEARS = range(1970, 2200)
_TRUE, _FALSE = ("true", "yes", "да", "1"), ("false", "no", "нет", "0")


class _Bad(ValueError):
    """A cell that cannot be read; its text is the column."""


def _number(text: str, low: float, high: float) -> float:
    number = float(text.replace(",", ".").replace("\u00a0", ""))
    if not (math.isfinite(number) and low <= number <= high):
        raise ValueError(text)
    return number


def _between(low: float, high: float) -> Callable[[str], float]:
    return lambda text: _number(text, low, high)


def _date(text: str) -> date:
    """ISO 8601, or day, month, year with dots."""
    if text.count(".") == 2:
        day, month, year = text.split(".")
        found = date(int(year), int(month), int(day))
    else:
        found = date.fromisoformat(text)
    if found.year not in _YEARS:
        raise ValueError(text)
    return found


def _instant(text: str) -> datetime:
    """With its zone, or UTC, as the column's name says."""
    found = datetime.fromisoformat(text)
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if found.year not in _YEARS:
        raise ValueError(text)
    return found


def _category(text: str) -> str:
    key = category_key(text)
    if key is None:
        raise ValueError(text)
    return key


COLUMNS: dict[str, Callable[[str], Any]] = {
    "observation_id": UUID,
    "category": _category,
    "observed_utc": _instant,
    "date": _date,
    "time": lambda text: time.fromisoformat(text).replace(tzinfo=None),
    "lat_deg": _between(-90, 90),
    "lon_deg": _between(-180, 180),
    "accuracy_m": _between(0, 1e6),
    "direction_deg": _between(0, 360),
    "distance_m": _between(0, 1e6),
    "waypoint": lambda text: text[:80],
    "observer": str,
    "comment": lambda text: text[:10_000],
}
"""Name in the header -> what its cells are. `date` and `time` are the station's wall clock; the
observer is an employee's number."""
PASSED_OVER = frozenset({"raid", "raid_id", "leg", "group", "flaws", "withdrawn", "revision"})
"""Of our own tables: known, and not read back from one."""


def is_csv(head: bytes) -> bool:
    """Whether the first line is a header with columns of ours."""
    try:
        columns = _header(_decoded(head)[0])
    except (ValueError, csv.Error):
        return False
    return any(needed <= set(columns) for needed in _NEEDED)


def observations_of(raw: bytes, name: str, making: Making) -> Came:
    """The observations, outside any raid. Raises Refusal where no line can be read."""
    text, encoding = _decoded(raw)
    text = cleaned(text, making.remarks)
    making.remarks.add("csv_read_as", encoding=encoding, separator=_separator(text))
    lines = csv.reader(io.StringIO(text), delimiter=_separator(text))
    table = _Table([column.strip() for column in next(lines)], making)
    try:
        for cells in lines:
            if len(table.observations) >= MAX_ROWS:
                making.remarks.add("csv_too_many", lines.line_num, limit=MAX_ROWS)
                break
            if any(cell.strip() for cell in cells):
                table.take(cells, lines.line_num)
    except csv.Error as error:
        making.remarks.add("csv_broken", lines.line_num, why=str(error))
    if not table.observations:
        raise Refusal(REFUSALS, "csv_empty", name=name)
    return Came(name, None, table.observations)


def _decoded(raw: bytes) -> tuple[str, str]:
    """The text and its encoding; a character cut at the end of a head is no matter."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace"), "utf-16"
    try:
        return raw.decode(_ENCODINGS[0]), "utf-8"
    except UnicodeDecodeError as error:
        if len(raw) - error.start < 4 and error.reason == "unexpected end of data":
            return raw[: error.start].decode(_ENCODINGS[0]), "utf-8"
    return raw.decode(_ENCODINGS[1], "replace"), "windows-1251"


def _separator(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _header(text: str) -> list[str]:
    first = next(csv.reader(io.StringIO(text.partition("\n")[0]), delimiter=_separator(text)), [])
    return [column.strip() for column in first]


@dataclass(slots=True)
class _Table:
    """Reads lines under one header."""

    header: list[str]
    making: Making
    observations: list[Observation] = field(default_factory=list)
    seen: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        remarks, known = self.making.remarks, self.making.known
        if len(self.header) > MAX_COLUMNS:
            remarks.add("csv_columns", 1, limit=MAX_COLUMNS)
            self.header = self.header[:MAX_COLUMNS]
        for column in self.header:
            if column in PASSED_OVER:
                remarks.add("csv_passed_over", 1, column=column)
            elif column and column not in COLUMNS and column not in known.attributes:
                remarks.add("unknown_attribute", 1, key=column)

    def take(self, cells: list[str], line: int) -> None:
        """One line; told when it cannot be read."""
        if len(cells) > len(self.header):
            self.making.remarks.add("csv_cells", line)
        told = {c: cell.strip() for c, cell in zip(self.header, cells, strict=False) if c}
        told = {column: cell for column, cell in told.items() if cell}
        try:
            observation = self._observation(told)
        except _Bad as bad:
            column = str(bad)
            self.making.remarks.add("csv_line", line, column=column, value=told[column])
            return
        if observation.observation_id in self.seen:
            self.making.remarks.add("csv_twice", line, id=str(observation.observation_id))
            return
        self.seen.add(observation.observation_id)
        self.observations.append(observation)

    def _observation(self, told: Mapping[str, str]) -> Observation:
        ours = {column: _read(column, cell) for column, cell in told.items() if column in COLUMNS}
        flaws: list[str] = []
        placed = "lat_deg" in ours and "lon_deg" in ours
        utc, offset = self._when(ours, flaws)
        category = ours.get("category")
        if category is not None and category not in self.making.known.categories:
            self.making.remarks.add("unknown_category", category=category)
        observer = ours.get("observer")
        return Observation(
            observation_id=ours.get("observation_id") or self.making.new_id(),
            revision=1,
            category=category,
            attributes=dict(self._attributes(told)),
            observed_utc=utc,
            utc_offset_s=offset,
            lat_deg=ours["lat_deg"] if placed else None,
            lon_deg=ours["lon_deg"] if placed else None,
            accuracy_m=ours.get("accuracy_m"),
            waypoint=ours.get("waypoint"),
            direction_deg=ours.get("direction_deg"),
            distance_m=ours.get("distance_m"),
            observer=self.making.names.person(Employee(observer, "", "")) if observer else None,
            comment=ours.get("comment"),
            flaws=flaws,
        )

    def _when(self, ours: Mapping[str, Any], flaws: list[str]) -> tuple[datetime | None, int]:
        zone = self.making.zone
        if "observed_utc" in ours:
            utc: datetime = ours["observed_utc"]
            return utc, offset_s(utc, zone)
        if "date" not in ours:
            return None, 0
        found = moment(ours["date"], ours.get("time", time()), zone)
        if found.flaw and "time" in ours:
            flaws.append(found.flaw)
            self.making.remarks.add(found.flaw, day=str(ours["date"]))
        return (found.utc if "time" in ours else None), found.utc_offset_s

    def _attributes(self, told: Mapping[str, str]) -> Mapping[str, Attribute]:
        """What is no column of ours; a date without a time stands there too."""
        found: dict[str, Attribute] = {}
        if "date" in told and "time" not in told and "observed_utc" not in told:
            found["@date"] = str(_date(told["date"]))
        for column, cell in told.items():
            if column in COLUMNS or column in PASSED_OVER:
                continue
            attribute = self.making.known.attributes.get(column)
            found[column[:255]] = cell[:10_000] if attribute is None else _value(attribute, cell)
        return found


def _read(column: str, cell: str) -> Any:
    try:
        return COLUMNS[column](cell)
    except (ValueError, OverflowError) as error:
        raise _Bad(column) from error


def _value(attribute: AttributeDef, cell: str) -> Attribute:
    """As the attribute's type has it; what does not fit stays the text it is, and gets a flaw
    when it is checked."""
    word = cell.casefold()
    if attribute.type is AttributeType.BOOLEAN and word in _TRUE + _FALSE:
        return word in _TRUE
    if attribute.type is AttributeType.MLIST:
        return [item for part in cell.split("|") if (item := part.strip())]
    if attribute.type is AttributeType.NUMERIC:
        try:
            return _number(cell, -math.inf, math.inf)
        except ValueError:
            pass
    return cell[:10_000]
