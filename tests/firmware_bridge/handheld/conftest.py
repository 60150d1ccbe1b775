"""Virtual units on pseudo terminals, for the tests of whole downloads."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import fault_named
from sim.handhelds.pace import Wire
from sim.handhelds.unit import VirtualUnit


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds another's notes of raised rates."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


class Plugged:
    """One virtual unit on its wire."""

    def __init__(self, unit: VirtualUnit, link: Path, speedup: float) -> None:
        self.unit, self.url = unit, f"serial:{link}:{unit.baud}"
        self._stop = threading.Event()
        self._wire = Wire(unit, link, speedup)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self._wire.run(self._stop)
        self._wire.close()

    def unplug(self) -> None:
        """Take it away."""
        self._stop.set()
        self._thread.join(timeout=10.0)
        assert not self._thread.is_alive()


Plug = Callable[..., Plugged]


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    """Plugs virtual units in; all are unplugged at the end."""
    with ExitStack() as stack:
        count = 0

        def plug_in(
            family: str = "garmin",
            model: str | None = None,
            fault: str = "none",
            points: int = 60,
            waypoints: int = 3,
            speedup: float = 10.0,
            baud: int | None = None,
        ) -> Plugged:
            nonlocal count
            count += 1
            row = FAMILIES[family]
            wanted = Wanted(
                model=model or next(iter(row.models)),
                points=points,
                waypoints=waypoints,
                baud=baud or row.baud,
                fault=fault_named(fault),
                seed=1,
            )
            plugged = Plugged(row.build(wanted), tmp_path / f"port{count}", speedup)
            stack.callback(plugged.unplug)
            return plugged

        yield plug_in
