"""Units plugged into a real station: read whole, stored once, known by their number."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import fault_named
from sim.handhelds.pace import Wire

FAST = 50.0


class Plugged:
    """A virtual unit whose wire runs in a thread; `pull` takes the port away."""

    def __init__(self, link: Path, family: str, speedup: float = FAST, **wanted: Any) -> None:
        row = FAMILIES[family]
        defaults: dict[str, Any] = {
            "model": row.models[0], "points": 200, "waypoints": 5, "baud": row.baud, "seed": 1,
        }  # fmt: skip
        defaults |= wanted | {"fault": fault_named(wanted.get("fault", "none"))}
        self.unit = row.build(Wanted(**defaults))
        self.truth = self.unit.truth()
        self._wire = Wire(self.unit, link, speedup)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._wire.run(self._stop)
        finally:
            self._wire.close()

    def pull(self) -> None:
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Callable[..., Plugged]]:
    """`plug("a", "garmin", points=...)`: a unit on the port tmp/ports/a."""
    (tmp_path / "ports").mkdir()
    plugged: list[Plugged] = []

    def run(name: str, family: str, **wanted: Any) -> Plugged:
        plugged.append(Plugged(tmp_path / "ports" / name, family, **wanted))
        return plugged[-1]

    yield run
    for one in plugged:
        with contextlib.suppress(AssertionError):
            one.pull()


@pytest.fixture
def docking(run_station: Callable[..., Any], database_url: str, tmp_path: Path) -> Any:
    """A station that watches tmp/ports and tmp/media, over either database."""
    return run_station(database=database_url, dock=dock_settings(tmp_path))


def dock_settings(tmp_path: Path) -> dict[str, Any]:
    return {"ports": [str(tmp_path / "ports" / "*")], "volumes": [tmp_path / "media"]}


def line_of(station: Any, name: str) -> Any:
    items = station.client.get("/api/v1/dock").json()["items"]
    return next((item for item in items if item["place"].endswith(f"/{name}")), None)


def ended(station: Any, name: str, *phases: str) -> Callable[[], Any]:
    def look() -> Any:
        line = line_of(station, name)
        return line if line and line["phase"] in (phases or ("done", "failed")) else None

    return look


def test_garmin_docked_twice_is_stored_once(
    docking: Any, plug: Callable[..., Plugged], wait: Callable[..., Any]
) -> None:
    first = plug("a", "garmin")
    line = wait(ended(docking, "a"), "the first docking")
    assert line["said"]["code"] == "stored", line
    assert line["said"]["values"] == {
        "new": 200, "known": 0, "new_waypoints": 5, "known_waypoints": 0,
    }  # fmt: skip
    assert line["number"] == first.truth["unit_id"]
    assert line["person"] is None
    first.pull()
    wait(ended(docking, "a", "gone"), "its going")
    plug("a", "garmin", points=200)
    line = wait(ended(docking, "a"), "the second docking")
    assert line["said"]["values"] == {
        "new": 0, "known": 200, "new_waypoints": 0, "known_waypoints": 5,
    }  # fmt: skip
    stored = docking.client.get("/api/v1/tracks", params={"unit": line["unit"]}).json()
    assert sum(track["points"] for track in stored) == 200
