"""One vehicle in its world, stepped in simulated time: no sockets, no wall clock, no threads.

`step` advances 5 ms; `receive` and `data_to_send` are the autopilot's links; every frame that is
due comes out of `step` as a `Shot`, to be rendered wherever there is time for it.
"""

import copy
import math
from dataclasses import dataclass

from sim.autopilot.parameters import defaults
from sim.autopilot.telemetry import Snapshot
from sim.autopilot.vehicle import Autopilot
from sim.faults import Faults
from sim.flight.estimate import Estimator
from sim.flight.gimbal import Mount, point
from sim.flight.mission import Navigator, Phase
from sim.flight.quadcopter import STEP_S, Quadcopter, State
from sim.scenario import Scenario
from sim.world import World
from sim.world.terrain import Ground

ESTIMATE_EVERY = 4
"""Steps between two advances of the slow errors."""
BATTERY_MAH = 5200.0
TEXTS = {
    Phase.RETURN: (4, "Battery 1 is low, returning"),
    Phase.LAND: (6, "Land"),
    Phase.GROUND: (6, "Disarming motors"),
    Phase.TAKEOFF: (6, "Mission: 1 Takeoff"),
    Phase.SURVEY: (6, "Mission: 2 WP"),
}


@dataclass(frozen=True, slots=True)
class Shot:
    """What the camera sees from, for one frame; times are simulated seconds."""

    sequence: int
    time_s: float
    """Middle of the exposure."""
    state: State
    mount: Mount
    frozen: bool
    clock_jump_s: float


class Simulation:
    """Truth, belief and the wire of one vehicle."""

    def __init__(self, scenario: Scenario, ground: Ground, unix_s_at_start: float) -> None:
        self.scenario = scenario
        self.world = World(scenario, ground)
        self.navigator = Navigator(scenario, self.world)
        self.faults = Faults(scenario.fault)
        self._unix_s = unix_s_at_start
        self._boot_zero_s, self._clock_jump_s = 0.0, 0.0
        self._boot_s = scenario.clock.boot_s
        self.copter = Quadcopter(
            self._start(),
            _wind_towards(scenario),
            scenario.wind.gust_m_s,
            scenario.vehicle.battery_minutes,
            scenario.seed,
        )
        self._estimator = Estimator(scenario.noise, scenario.seed)
        vehicle = scenario.vehicle
        parameters = defaults(
            vehicle.system_id, vehicle.speed_m_s, BATTERY_MAH, scenario.radio.stream_hz
        )
        self.autopilot = Autopilot(
            vehicle.system_id, parameters, self.navigator.items, self.look, self.boot_ns
        )
        self._steps = 0
        self._shots = 0
        self._phase = self.navigator.phase
        self._wish = self.navigator.wish(self.copter.state)

    @property
    def time_s(self) -> float:
        """Simulated seconds since the start."""
        return self._steps * STEP_S

    def step(self) -> Shot | None:
        """5 ms of flight; a frame when one is due."""
        for fault in self.faults.starting(self.time_s):
            self._begin(fault.kind, fault.size)
        self._estimator.glitch_m = self.faults.size("gps_glitch", self.time_s)
        if self._steps % ESTIMATE_EVERY == 0:
            self._wish = self.navigator.wish(self.copter.state)
            self._estimator.step(ESTIMATE_EVERY * STEP_S)
        if self._wish is None:
            self.copter.rest()
        else:
            self.copter.step(self._wish)
        self._steps += 1
        self.copter.state.time_s = self.time_s
        if not self.faults.active("autopilot_reboot", self.time_s):
            self._announce()
            self.autopilot.poll(self.time_s)
        return self._shoot()

    def boot_ns(self, now_s: float) -> int:
        """The autopilot's clock: nanoseconds that count whole microseconds, as ArduPilot's do."""
        rate = 1 + self.scenario.clock.drift_ppm * 1e-6
        return round(((now_s - self._boot_zero_s) * rate + self._boot_s) * 1e6) * 1000

    def look(self) -> Snapshot:
        """What the autopilot knows now."""
        state = self.copter.state
        estimate = self._estimator.estimate(state)
        world = self.world
        utc_s = self._unix_s + self.time_s - self.scenario.clock.utc_lag_s + self._clock_jump_s
        return Snapshot(
            boot_ns=self.boot_ns(self.time_s),
            unix_us=round(utc_s * 1e6),
            truth=state,
            estimate=estimate,
            mount=self._mount(),
            lat_deg=state.lat_deg + estimate.north_error_m / world.metres_per_lat,
            lon_deg=state.lon_deg + estimate.east_error_m / world.metres_per_lon,
            home=(world.home_lat_deg, world.home_lon_deg, world.home_alt_amsl_m),
            metres_per_degree=(world.metres_per_lat, world.metres_per_lon),
            wind_from_deg=self.scenario.wind.from_deg,
            wind_m_s=self.scenario.wind.speed_m_s,
            phase=self.navigator.phase,
            mission_seq=self.navigator.current,
            mission_total=len(self.navigator.items),
        )

    def _mount(self) -> Mount:
        error = self._estimator.gimbal_error_rad()
        return point(self.scenario.gimbal, self.copter.state.yaw_rad, error)

    def _shoot(self) -> Shot | None:
        if self.time_s + 1e-9 < (self._shots + 1) / self.scenario.camera.fps:
            return None
        self._shots += 1
        return Shot(
            sequence=self._shots,
            time_s=self.time_s,
            state=copy.copy(self.copter.state),
            mount=self._mount(),
            frozen=self.faults.active("frozen_camera", self.time_s),
            clock_jump_s=self._clock_jump_s,
        )

    def _announce(self) -> None:
        if self.navigator.phase is not self._phase:
            self._phase = self.navigator.phase
            self.autopilot.announce(*TEXTS[self._phase])

    def _begin(self, kind: str, size: float) -> None:
        if kind == "autopilot_reboot":
            # In flight only the companion's view of the autopilot goes dark: a watchdog reset.
            self._boot_zero_s, self._boot_s = self.time_s, 0.0
            self.autopilot.reboot(self.time_s)
        elif kind == "clock_jump":
            self._clock_jump_s += size

    def _start(self) -> State:
        """In the air at the start of the first line, on course."""
        home = self.world
        return State(
            time_s=0.0,
            lat_deg=home.home_lat_deg,
            lon_deg=home.home_lon_deg,
            alt_amsl_m=home.ground.height_at(home.home_lat_deg, home.home_lon_deg)
            + self.scenario.vehicle.height_above_terrain_m,
            yaw_rad=math.radians(self.scenario.home.heading_deg + self.scenario.survey.heading_deg),
        )


def _wind_towards(scenario: Scenario) -> tuple[float, float]:
    """North and east components of where the air goes."""
    from_rad = math.radians(scenario.wind.from_deg)
    speed = scenario.wind.speed_m_s
    return -speed * math.cos(from_rad), -speed * math.sin(from_rad)
