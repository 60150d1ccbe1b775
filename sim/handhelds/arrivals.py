"""An evening at the dock: virtual units that come to a folder one after the other, and go.

    DIR/ports/NAME      a link to the pseudo-terminal of a unit with a serial port
    DIR/volumes/NAME    the tree of a unit that is a disk

A dock that watches `DIR/ports/*` and `DIR/volumes` sees them as it sees real ones. Each port has
a thread of its own; times are simulated seconds.
"""

import contextlib
import logging
import math
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware_bridge.errors import BridgeError, ConfigError
from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import fault_named
from sim.handhelds.pace import Wire
from sim.handhelds.units import Holding, scripted, walked
from sim.handhelds.volume import write_volume
from sim.tables.navigator import VOLUME, Navigator

log = logging.getLogger(__name__)

END_S = 1.0


class Arrivals:
    """`advance` lets units come and go; `close` takes all of them away."""

    def __init__(
        self, navigators: Sequence[Navigator], folder: Path, seed: int, speedup: float,
        place_of: Callable[[float, float], tuple[float, float, float]], began_unix_s: float,
    ) -> None:  # fmt: skip
        """`place_of` gives latitude, longitude and height of metres north and east of home.
        Raises ConfigError for the folder."""
        self._expected = sorted(navigators, key=lambda one: one.arrives_s)
        self._here: list[_Visit] = []
        self._folder, self._seed, self._speedup = folder, seed, speedup
        self._place_of, self._began_unix_s = place_of, began_unix_s
        try:
            for part in ("ports", "volumes"):
                (folder / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"--navigators {folder}: {error.strerror}") from error

    def advance(self, time_s: float) -> None:
        """Whoever is due comes or goes; raises BridgeError when one could not be set up."""
        while self._expected and self._expected[0].arrives_s <= time_s:
            navigator = self._expected.pop(0)
            self._here.append(self._welcome(navigator, time_s))
            log.info("navigator %s (%s) is there", navigator.name, navigator.family)
        for visit in [visit for visit in self._here if visit.leaves_s <= time_s]:
            visit.end()
            self._here.remove(visit)
            log.info("navigator %s has gone", visit.name)
        for visit in self._here:
            if visit.failure is not None:
                raise BridgeError(f"navigator {visit.name}: {visit.failure}") from visit.failure

    def close(self) -> None:
        """All go at once."""
        for visit in self._here:
            visit.stop.set()
        for visit in self._here:
            visit.end()
        self._here.clear()
        for folder in (self._folder / "ports", self._folder / "volumes", self._folder):
            with contextlib.suppress(OSError):  # somebody keeps something there
                folder.rmdir()

    def _welcome(self, navigator: Navigator, time_s: float) -> "_Visit":
        leaves_s = math.inf if navigator.stays_s is None else time_s + navigator.stays_s
        raid = self._raid(navigator)
        number = self._seed * 1000 + sum(navigator.name.encode())
        if navigator.family == VOLUME:
            root = self._folder / "volumes" / navigator.name
            return _Disk(navigator, leaves_s, root, raid or _scripted(navigator, number), number)
        link = self._folder / "ports" / navigator.name
        family = FAMILIES[navigator.family]
        wanted = Wanted(
            navigator.model or family.models[0], navigator.points, navigator.waypoints,
            family.baud, fault_named(navigator.fault), number, navigator.unit_id, raid,
        )  # fmt: skip
        unit = family.build(wanted)
        return _Port(navigator, leaves_s, lambda: Wire(unit, link, self._speedup))

    def _raid(self, navigator: Navigator) -> Holding | None:
        if not navigator.path:
            return None
        corners = [self._place_of(north_m, east_m) for north_m, east_m in navigator.path]
        return walked(corners, navigator.waypoints, self._began_unix_s)


def _scripted(navigator: Navigator, seed: int) -> Holding:
    return scripted(navigator.points, navigator.waypoints, seed)


class _Visit:
    """One unit that is there."""

    def __init__(self, navigator: Navigator, leaves_s: float) -> None:
        self.name, self.leaves_s = navigator.name, leaves_s
        self.stop = threading.Event()
        self.failure: Exception | None = None

    def end(self) -> None:
        """It goes."""
        self.stop.set()


class _Port(_Visit):
    def __init__(self, navigator: Navigator, leaves_s: float, plug: Callable[[], Wire]) -> None:
        super().__init__(navigator, leaves_s)
        self._plug = plug
        self._thread = threading.Thread(target=self._run, name=navigator.name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            wire = self._plug()
            try:
                wire.run(self.stop)
            finally:
                wire.close()
        # The simulator's own loop raises it again: a unit that quietly is not there helps nobody.
        except Exception as error:
            self.failure = error

    def end(self) -> None:
        super().end()
        self._thread.join(END_S)


class _Disk(_Visit):
    def __init__(
        self, navigator: Navigator, leaves_s: float, root: Path, raid: Holding, seed: int
    ) -> None:
        super().__init__(navigator, leaves_s)
        self._root = root
        # Written aside: nobody shall see half of it.
        aside = root.with_name(f".{root.name}")
        for old in (aside, root):
            shutil.rmtree(old, ignore_errors=True)
        model = navigator.model or "eTrex 30"
        write_volume(aside, raid, unit_id=navigator.unit_id or 3_400_000_000 + seed, model=model)
        aside.rename(root)

    def end(self) -> None:
        super().end()
        shutil.rmtree(self._root, ignore_errors=True)
