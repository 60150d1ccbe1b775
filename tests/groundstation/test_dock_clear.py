"""Clearing a unit: only what was verified, and the history says no more than the unit did."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from groundstation.access.account import console
from groundstation.config import DockSettings
from groundstation.dock.board import Kind, Phase
from groundstation.dock.line import CannotClear, Line
from groundstation.dock.service import Dock
from groundstation.dock.watch import Place
from groundstation.store.store import Store
from sim.handhelds import mtk

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
            await dock.clear("mtk-1", console("x"))

    asyncio.run(work())


SLOW_ERASE_S = 4.0
LOGGER = "mtk-unnumbered"


@pytest.fixture
def slow_erase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual loggers take their time, as real ones do: up to a minute."""
    monkeypatch.setattr(mtk, "ERASE_S", SLOW_ERASE_S)


@pytest.fixture
def on_sqlite(run_station: Callable[..., Any], tmp_path: Path) -> Any:
    """A station whose moments are found by locking its file."""
    return run_station(dock={"ports": [str(tmp_path / "ports" / "*")], "volumes": []})


class Clearing:
    """A request to clear the unit on port `a`, on its way."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._answer: Any = None
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        with suppress(httpx.TransportError):  # the station may be killed
            url = f"/api/v1/dock/units/{LOGGER}/clear"
            self._answer = self._client.post(url, timeout=120)

    def join(self) -> None:
        self._thread.join(120)

    def answer(self) -> Any:
        self.join()
        assert self._answer is not None, "no answer"
        return self._answer

    def history(self) -> list[str]:
        return [entry["action"] for entry in history(self._client)]


def history(client: httpx.Client) -> Any:
    return client.get(f"/api/v1/units/{LOGGER}").json()["history"]


def docked(station: Any, plug: Callable[..., Any], wait: Callable[..., Any]) -> Any:
    """An MTK logger on port `a`, read and stored."""
    unit = plug("a", "mtk", points=300)
    assert wait(station.ended("a"), "the docking", 60.0)["can_clear"]
    return unit


def erasing(plugged: Any) -> Callable[[], bool]:
    return lambda: plugged.unit.due_s is not None


def held(plugged: Any) -> int:
    """Bytes in a virtual logger's flash that say something."""
    return int(plugged.unit._flash.write_address)


@contextmanager
def locked(database: str) -> Iterator[None]:
    """Another program holds the SQLite file: reading goes on, nothing can be written."""
    other = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_erasure_is_noted_when_the_locked_file_is_free_again(
    on_sqlite: Any, plug: Any, wait: Any, slow_erase: None
) -> None:
    docking, database_url = on_sqlite, on_sqlite.settings.database_url()
    unit = docked(docking, plug, wait)
    clearing = Clearing(docking.client)
    wait(erasing(unit), "the erasure", 60.0)
    with locked(database_url):
        said = wait(lambda: docking.line("a")["said"], "the complaint", 60.0)
        assert said["code"] == "database_down"
        assert clearing.history() == ["clearing"]
    assert clearing.answer().json()["said"]["code"] == "cleared"
    assert clearing.history() == ["clearing", "cleared"]


def test_erasure_is_noted_when_postgresql_is_back(
    run_station: Any, cluster: Any, plug: Any, wait: Any, tmp_path: Path, slow_erase: None
) -> None:
    ports = {"ports": [str(tmp_path / "ports" / "*")], "volumes": []}
    station = run_station(database=cluster.empty_database(), dock=ports)
    unit = docked(station, plug, wait)
    clearing = Clearing(station.client)
    wait(erasing(unit), "the erasure", 60.0)
    cluster.stop()
    try:
        said = wait(lambda: station.line("a")["said"], "the complaint", 60.0)
        assert said["code"] == "database_down"
    finally:
        cluster.start()
    assert clearing.answer().json()["said"]["code"] == "cleared"
    assert clearing.history() == ["clearing", "cleared"]


def test_database_that_is_away_before_the_erasure_keeps_the_memory(
    run_station: Any, cluster: Any, plug: Any, wait: Any, tmp_path: Path
) -> None:
    ports = {"ports": [str(tmp_path / "ports" / "*")], "volumes": []}
    station = run_station(database=cluster.empty_database(), dock=ports)
    unit = docked(station, plug, wait)
    before = held(unit)
    clearing = Clearing(station.client)
    cluster.stop()
    try:
        line = wait(station.ended("a", "storing"), "storing without a database", 60.0)
        assert line["phase"] == "storing"
        assert held(unit) == before
    finally:
        cluster.start()
    assert clearing.answer().json()["said"]["code"] == "cleared"


def test_unit_pulled_out_while_it_erases_is_not_called_cleared(
    docking: Any, plug: Any, wait: Any, slow_erase: None
) -> None:
    unit = docked(docking, plug, wait)
    clearing = Clearing(docking.client)
    wait(erasing(unit), "the erasure", 60.0)
    unit.pull()
    answer = clearing.answer()
    assert answer.status_code == 502, answer.text
    assert clearing.history() == ["clearing", "clear_unknown"]
    line = wait(docking.ended("a", "gone"), "the unplugging")
    assert line["said"]["code"] == "not_confirmed"
    assert not line["can_clear"]


@pytest.mark.parametrize("seed", [2, 3])
def test_unit_swapped_at_its_cable_after_it_was_read_keeps_its_memory(
    on_sqlite: Any, plug: Any, wait: Any, seed: int
) -> None:
    """Two loggers of one model without a number, behind an adapter that stays where it is."""
    docking, database_url = on_sqlite, on_sqlite.settings.database_url()
    unit = docked(docking, plug, wait)
    with locked(database_url):
        clearing = Clearing(docking.client)
        wait(docking.ended("a", "storing"), "the storing", 60.0)
        unit.swap("mtk", points=300 if seed == 2 else 0, waypoints=0, seed=seed)
        before = held(unit)
    answer = clearing.answer()
    assert answer.status_code == 409, answer.text
    assert "another unit hangs there" in answer.json()["detail"]
    assert held(unit) == before
    assert clearing.history() == ["clearing", "clear_failed"]
    assert docking.line("a")["said"]["code"] == "not_cleared"


def test_station_killed_before_the_unit_answered_says_afterwards_that_nobody_knows(
    run_station: Any, plug: Any, wait: Any, tmp_path: Path, slow_erase: None, let_in: Any
) -> None:
    ports = {"ports": [str(tmp_path / "ports" / "*")], "volumes": []}
    station = run_station(dock=ports)
    unit = docked(station, plug, wait)
    station.close()
    serve = [sys.executable, "-m", "groundstation.cli", "serve", "--port", "auto"]
    settings = {
        "KEDROVKA_GROUND__DATA": str(tmp_path / "data"),
        "KEDROVKA_GROUND__DOCK__PORTS": f'["{tmp_path / "ports"}/*"]',
        "KEDROVKA_GROUND__DOCK__VOLUMES": "[]",
    }
    process = subprocess.Popen(serve, env=os.environ | settings, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().rsplit(" ", 1)[1].strip()
        headers = let_in(tmp_path / "data")
        with httpx.Client(base_url=url, timeout=20, headers=headers) as client:
            board = lambda: client.get("/api/v1/dock").json()["items"]  # noqa: E731
            wait(lambda: [line for line in board() if line["can_clear"]], "the docking", 60.0)
            clearing = Clearing(client)
            wait(erasing(unit), "the erasure", 60.0)
            process.send_signal(signal.SIGKILL)
            clearing.join()
    finally:
        process.kill()
        process.wait(10)
    for _ in range(2):  # said once, however often the station starts
        again = run_station(dock=ports)
        wait(lambda: len(history(again.client)) > 1, "the note")  # noqa: B023
        wait(again.ended("a"), "the docking", 60.0)
        entries = history(again.client)
        assert [entry["action"] for entry in entries] == ["clearing", "clear_unknown"]
        assert "not known" in entries[1]["detail"]
        again.close()
