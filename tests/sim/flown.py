"""A vehicle on flat ground that tests arm, send up and watch, by the calls of its autopilot."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from sim.flight.copter import Copter
from sim.flight.modes import Mode
from sim.flight.orders import ACCEPTED, Text
from sim.flight.plan import Item
from sim.scenario import parse
from sim.simulation import Simulation
from sim.tables.trouble import Fault
from sim.world.terrain import Ground

HOME = (42.95, 131.40, 200.0)
METRES = (111_085.0, 81_600.0)
"""Of one degree of latitude and longitude there, to a metre."""
READY_S = 42.0
STEPS_A_SECOND = 200


class Flown:
    """One simulation without clients."""

    def __init__(self, folder: Path, *faults: Fault, boot_s: float = READY_S, **tables) -> None:
        tile = folder / "N42E131.hgt"
        if not tile.exists():
            np.full((1201, 1201), HOME[2], ">i2").tofile(tile)
        quiet = {"gps_m": 0, "altitude_m": 0, "tilt_deg": 0, "yaw_deg": 0}
        content = {
            "home": {"lat_deg": HOME[0], "lon_deg": HOME[1]},
            "vehicle": {"start": "ground", "speed_m_s": 10.0, "battery_minutes": 20.0},
            "wind": {"speed_m_s": 0.0, "gust_m_s": 0.0},
            "noise": quiet,
            "clock": {"boot_s": boot_s},
        } | tables
        scenario = parse(content, "flat").model_copy(update={"fault": faults})
        self.simulation = Simulation(scenario, Ground(folder), 1_780_000_000.0)
        self.copter: Copter = self.simulation.copter
        self.said: list[Text] = []

    def run(self, seconds: float) -> "Flown":
        """Lets it fly, and hears what it says."""
        for _ in range(round(seconds * STEPS_A_SECOND)):
            self.simulation.faults.starting(self.copter.now_s)
            self._suffer()
            self.copter.step()
            while self.copter.texts:
                self.said.append(self.copter.texts.popleft())
        return self

    def _suffer(self) -> None:
        faults, now_s = self.simulation.faults, self.copter.now_s
        self.copter.estimator.glitch_m = faults.size("gps_glitch", now_s)
        self.copter.estimator.gps_lost = faults.active("gps_loss", now_s)
        self.copter.pilot.lost = faults.active("rc_loss", now_s)

    def until(self, condition: Callable[[], bool], longest_s: float) -> float:
        """Runs until it is so; how long that took."""
        begin_s = self.copter.now_s
        while not condition():
            assert self.copter.now_s - begin_s < longest_s, (self.copter.mode, self.said[-5:])
            self.run(0.1)
        return self.copter.now_s - begin_s

    def up(self, height_m: float = 20.0) -> "Flown":
        """Armed, in GUIDED, and hovering at a height."""
        copter = self.copter
        self.run(0.1)
        assert copter.set_mode(Mode.GUIDED).result == ACCEPTED
        assert copter.arm().result == ACCEPTED
        assert copter.takeoff(height_m).result == ACCEPTED
        self.until(lambda: copter.landed_state == 2, 60)
        self.said.clear()
        return self

    def upload(self, *items: Item) -> "Flown":
        """Home and these."""
        self.copter.plan.mission[:] = [at(0, 0, HOME[2], frame=0), *items]
        self.copter.plan_changed(0)
        return self

    def fly_mission(self) -> "Flown":
        """Armed and sent on its way."""
        copter = self.copter
        self.run(0.1)
        assert copter.set_mode(Mode.GUIDED).result == ACCEPTED
        assert copter.arm().result == ACCEPTED
        verdict = copter.set_mode(Mode.AUTO)
        assert verdict.result == ACCEPTED, verdict
        return self

    @property
    def height_m(self) -> float:
        """Above home."""
        return self.copter.state.alt_amsl_m - HOME[2]

    @property
    def place(self) -> tuple[float, float]:
        """Metres north and east of home."""
        return self.copter.state.north_m, self.copter.state.east_m

    def words(self) -> list[str]:
        """What was said, without severities."""
        return [text for _, text in self.said]


def at(
    north_m: float, east_m: float, height_m: float, command: int = 16, frame: int = 3, **more: float
) -> Item:
    """A mission item at a place."""
    x = round((HOME[0] + north_m / METRES[0]) * 1e7)
    y = round((HOME[1] + east_m / METRES[1]) * 1e7)
    return Item(command, frame, x=x, y=y, z=height_m, **more)
