"""Clearing a unit: once at a time, and the history says what happened to the memory."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from groundstation.config import DockSettings
from groundstation.dock import service
from groundstation.dock.board import Kind, Phase
from groundstation.dock.line import CannotClear, Line
from groundstation.dock.service import Dock
from groundstation.dock.watch import Place
from groundstation.store.errors import StoreUnavailable

NOW = datetime(2026, 7, 1, tzinfo=UTC)


class Away:
    """A database that is away for one write."""

    def __init__(self) -> None:
        self.tried = 0
        self.notes: list[Any] = []

    async def write(self, work: Any) -> None:
        self.tried += 1
        if self.tried == 1:
            raise StoreUnavailable("away")
        self.notes.append(work)


def line_of(phase: Phase) -> Line:
    line = Line(Place("/dev/a", Kind.PORT, "/dev/a", (1, 1)), NOW)
    line.unit, line.can_clear, line.phase = "mtk-1", True, phase
    return line


def dock_with(line: Line, store: Any, tmp_path: Path) -> Dock:
    dock = Dock(DockSettings(), tmp_path, frozenset(), store, lambda _l, _p: None, lambda: NOW)
    dock._lines[line.at.path] = line
    return dock


@pytest.mark.parametrize("asked_again", [False, True])
def test_unit_that_is_being_cleared_or_about_to_be_read_is_not_cleared_beside_it(
    tmp_path: Path, asked_again: bool
) -> None:
    async def work() -> None:
        line = line_of(Phase.DONE if asked_again else Phase.CLEARING)
        dock = dock_with(line, None, tmp_path)
        if asked_again:
            assert dock.again("/dev/a")
        with pytest.raises(CannotClear, match="already"):
            await dock.clear("mtk-1", "Сидоров")

    asyncio.run(work())


def test_line_comes_to_rest_whatever_ended_the_clearing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(*_: object) -> None:
        raise ValueError("odd bytes")

    monkeypatch.setattr(service.reading, "read_port", odd)
    line, store = line_of(Phase.DONE), Away()
    with pytest.raises(CannotClear, match="odd bytes"):
        asyncio.run(dock_with(line, store, tmp_path).clear("mtk-1", "Сидоров"))
    assert line.phase is Phase.DONE


def test_erased_memory_is_noted_even_when_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "STORE_RETRY_S", 0.0)
    line, store = line_of(Phase.CLEARING), Away()
    asyncio.run(dock_with(line, store, tmp_path)._noted(line, lambda _: None))
    assert (store.tried, len(store.notes)) == (2, 1)
