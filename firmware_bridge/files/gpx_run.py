"""The points of one GPX segment, gathered in runs of one shape and turned into columns."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from firmware_bridge.files import gpx_columns
from firmware_bridge.files.gpx_columns import Plan, Row
from firmware_bridge.files.xml_element import Element, Event, pattern
from firmware_bridge.tracks import Segment

_BLOCK_POINTS = 8192
_BLOCK_BYTES = 1 << 20
_SMALL_BLOCK = 2048
_TRIED_SHAPES = 7
_MAX_SHAPES = 64
"""A document with more of them is read right, and slowly."""
_MAX_PATTERNS = 1000
"""Made for one document: each costs as much as a hundred points."""

Shape = tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What a shape is read with."""

    plan: Plan
    reader: re.Pattern[bytes] | None
    signs: int
    """`<` in each point of the shape."""
    stray: re.Pattern[bytes] | None
    """Text between two points, which `findall` would pass over."""


Rows = dict[int, tuple[Plan, list[Row], list[int]]]


class PointRun:
    """Points of one segment after another; at most one block of them is held as texts."""

    def __init__(self, data: bytes, encoding: str, complain: Callable[[int, str], None]) -> None:
        self._data, self._encoding, self._complain = data, encoding, complain
        self._known: dict[Shape, _Known] = {}
        self._pending: Rows = {}
        self._starts: list[int] = []
        self._blocks: list[Segment] = []
        self._current: _Known | None = None
        self._slow_until = 0
        self._next_nul = -1
        self._patterns = 0
        self.count = 0
        """Points read so far."""

    def add(self, element: Element) -> None:
        """One point that the scanner read; the next ones are expected to look the same."""
        known = self._known_shape(element.shape)
        self._keep(known.plan, element.values, element.start)
        self._current = known if known.reader and element.plain else None

    def _known_shape(self, shape: Shape) -> _Known:
        known = self._known.get(shape)
        if known is None:
            if len(self._known) >= _MAX_SHAPES:
                self._known.clear()
            signs = sum(event.kind != "text" for event in shape)
            self._patterns += 1
            fast = self._patterns <= _MAX_PATTERNS
            last = rb"</%s>" % re.escape(shape[-1].name) if len(shape) > 1 else rb"/>"
            stray = re.compile(last + rb"\s*+[^\s<]") if fast else None
            reader = pattern(shape) if fast else None
            known = _Known(gpx_columns.plan(shape), reader, signs, stray)
            self._known[shape] = known
        return known

    def _keep(self, plan: Plan, values: Row, start: int) -> None:
        _, rows, places = self._pending.setdefault(id(plan), (plan, [], []))
        self.count += 1
        rows.append(values)
        places.append(len(self._starts))
        self._starts.append(start)
        if len(self._starts) >= _BLOCK_POINTS:
            self._flush()

    def run(self, start: int) -> int:
        """Read the points from `start` on that have a known shape; the offset behind them."""
        if self._current is None:
            return start
        if start >= self._slow_until:
            behind = self._whole_block(start)
            if behind > start:
                return behind
        if self._next_nul < start:
            found_at = self._data.find(b"\0", start)
            self._next_nul = found_at if found_at >= 0 else len(self._data)
        stop = self._next_nul
        others = (known for known in self._known.values() if known is not self._current)
        for known in (self._current, *islice(others, _TRIED_SHAPES)):
            if known.reader is None:
                continue
            step = known.reader.scanner(self._data, start, stop).match  # type: ignore[attr-defined]  # untyped
            at = start
            while (found := step()) is not None:
                self._keep(known.plan, found.groups(), found.start())
                at = found.end()
                if at > start + _BLOCK_BYTES:
                    break
            if at > start:
                self._current = known
                return at
        return start

    def _whole_block(self, start: int) -> int:
        """Up to a megabyte of nothing but points of the current shape, or nothing.

        Every `<` in it must belong to a point, and no text stand between them.
        """
        known, data = self._current, self._data
        if known is None or known.reader is None or known.stray is None:
            return start
        reader = known.reader
        end = data.find(b"</trkseg", start, start + _BLOCK_BYTES)
        if end < 0:
            tag = data[start : start + 100].split(None, 1)[0]
            end = data.rfind(tag, start, start + _BLOCK_BYTES)
        self._slow_until = max(end, start + _SMALL_BLOCK)
        if end - start < _SMALL_BLOCK:
            return start
        rows = reader.findall(data, start, end)
        if (
            len(rows) * known.signs != data.count(b"<", start, end)
            or known.stray.search(data, start, end) is not None
        ):
            return start
        self._flush()
        starts: list[int] = []

        def complain(row: int, what: str) -> None:
            if not starts:
                starts.extend(found.start() for found in reader.finditer(data, start, end))
            self._complain(starts[row], what)

        whole = gpx_columns.block(
            {0: (known.plan, rows, None)}, len(rows), self._encoding, complain
        )
        self.count += len(whole)
        self._blocks.append(whole)
        return end

    def _flush(self) -> None:
        if not self._starts:
            return
        starts = self._starts
        self._blocks.append(
            gpx_columns.block(
                self._pending,
                len(starts),
                self._encoding,
                lambda row, what: self._complain(starts[row], what),
            )
        )
        self._pending, self._starts = {}, []

    def take(self) -> Segment | None:
        """The points since the last call as one segment; None where there were none."""
        self._flush()
        blocks, self._blocks = self._blocks, []
        return joined(blocks) if blocks else None


def joined(blocks: list[Segment]) -> Segment:
    """One segment of many; a column that some lack is unknown there."""
    if len(blocks) == 1:
        return blocks[0]
    names = dict.fromkeys(name for block in blocks for name in block.extras)
    extras = {}
    for name in names:
        empty = "" if name == "raw_extensions" else np.nan
        kind = object if name == "raw_extensions" else np.float64
        extras[name] = np.concatenate(
            [b.extras.get(name, np.full(len(b), empty, dtype=kind)) for b in blocks]
        )
    return Segment(
        np.concatenate([block.time_us for block in blocks]),
        np.concatenate([block.lat_deg for block in blocks]),
        np.concatenate([block.lon_deg for block in blocks]),
        np.concatenate([block.alt_amsl_m for block in blocks]),
        extras,
    )
