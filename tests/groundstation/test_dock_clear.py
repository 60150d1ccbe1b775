"""Clearing a unit: once at a time, and never beside a reading of the same port."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from groundstation.config import DockSettings
from groundstation.dock.board import Kind, Phase
from groundstation.dock.line import CannotClear, Line
from groundstation.dock.service import Dock
from groundstation.dock.watch import Place
from groundstation.store.store import Store

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def line_of(phase: Phase) -> Line:
    line = Line(Place("/dev/a", Kind.PORT, "/dev/a", (1, 1)), NOW)
    line.unit, line.can_clear, line.phase = "mtk-1", True, phase
    return line


def dock_with(line: Line, tmp_path: Path) -> Dock:
    store = Store(f"sqlite:///{tmp_path / 'kedrovka.sqlite'}")
    dock = Dock(DockSettings(), tmp_path, frozenset(), store, lambda _l, _p: None, lambda: NOW)
    dock._lines[line.at.path] = line
    return dock


@pytest.mark.parametrize("asked_again", [False, True])
def test_unit_that_is_being_cleared_or_about_to_be_read_is_not_cleared_beside_it(
    tmp_path: Path, asked_again: bool
) -> None:
    async def work() -> None:
        line = line_of(Phase.DONE if asked_again else Phase.CLEARING)
        dock = dock_with(line, tmp_path)
        if asked_again:
            assert dock.again("/dev/a")
        with pytest.raises(CannotClear, match="already"):
            await dock.clear("mtk-1", "Сидоров")

    asyncio.run(work())
