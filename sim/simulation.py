"""One vehicle in its world, stepped in simulated time: no sockets, no wall clock, no threads.

`step` advances 5 ms; `receive` and `data_to_send` are the autopilot's links; every frame that is
due comes out of `step` as a `Shot`, to be rendered wherever there is time for it.
"""

import copy
import math
from collections.abc import Mapping

from sim.autopilot.messages import text
from sim.autopilot.parameters import Parameters
from sim.autopilot.telemetry import BANNER, Snapshot
from sim.autopilot.vehicle import Autopilot
from sim.faults import Faults
from sim.flight.copter import Copter
from sim.flight.gimbal import Mount, point
from sim.flight.mission import survey_items
from sim.flight.orders import INFO
from sim.flight.plan import Plan
from sim.flight.quadcopter import GRAVITY, STEP_S, Quadcopter, State
from sim.scenario import Scenario
from sim.shot import Shot
from sim.world import World
from sim.world.terrain import Ground

BATTERY_MAH = 5200.0
HOVER_A = 15.0
STREAMED = ("EXT_STAT", "POSITION", "EXTRA1", "EXTRA2", "EXTRA3")
"""Groups that the radio gets unasked."""


class Simulation:
    """Truth, belief and the wire of one vehicle."""

    def __init__(
        self, scenario: Scenario, ground: Ground, unix_s_at_start: float,
        kept: Mapping[str, float] | None = None, world: World | None = None,
    ) -> None:  # fmt: skip
        """`kept` are the parameters that were changed in earlier runs; vehicles of one fleet share
        one `world`."""
        self.scenario = scenario
        self.world = World(scenario, ground) if world is None else world
        self.faults = Faults(scenario.fault)
        self._unix_s = unix_s_at_start
        self._boot_zero_s, self._clock_jump_s = 0.0, 0.0
        self._boot_s = scenario.clock.boot_s
        vehicle = scenario.vehicle
        self.parameters = Parameters(_set_up(scenario), kept, [text(INFO, line) for line in BANNER])
        plan = Plan(mission=survey_items(scenario, self.world))
        body = Quadcopter(
            self._start(),
            _wind_towards(scenario),
            scenario.wind.gust_m_s,
            vehicle.battery_minutes,
            scenario.own_seed,
        )
        self.copter = Copter(scenario, self.world, self.parameters.values, plan, body)
        self.autopilot = Autopilot(
            vehicle.system_id, self.copter, self.parameters, self.look, self.boot_ns, self._restart
        )
        self.parameters.boot(0.0, since_s=self._boot_s)
        self._steps = 0
        self._shots = 0

    @property
    def time_s(self) -> float:
        """Simulated seconds since the start."""
        return self._steps * STEP_S

    def step(self) -> Shot | None:
        """5 ms of flight; a frame when one is due."""
        for fault in self.faults.starting(self.time_s):
            self._begin(fault.kind, fault.size)
        self.copter.estimator.glitch_m = self.faults.size("gps_glitch", self.time_s)
        self.copter.step()
        self._steps += 1
        if not self.faults.active("autopilot_reboot", self.time_s):
            self.autopilot.poll(self.time_s)
        return self._shoot()

    def boot_ns(self, now_s: float) -> int:
        """The autopilot's clock: nanoseconds that count whole microseconds, as ArduPilot's do."""
        rate = 1 + self.scenario.clock.drift_ppm * 1e-6
        return round(((now_s - self._boot_zero_s) * rate + self._boot_s) * 1e6) * 1000

    def look(self) -> Snapshot:
        """What the autopilot knows now."""
        state = self.copter.state
        estimate = self.copter.estimate()
        world = self.world
        throttle = state.thrust / (2 * GRAVITY)
        motor = 1000 + round(1000 * throttle)
        utc_s = self._unix_s + self.time_s - self.scenario.clock.utc_lag_s + self._clock_jump_s
        return Snapshot(
            boot_ns=self.boot_ns(self.time_s),
            unix_us=round(utc_s * 1e6),
            truth=state,
            estimate=estimate,
            mount=self._mount(),
            lat_deg=state.lat_deg + estimate.north_error_m / world.metres_per_lat,
            lon_deg=state.lon_deg + estimate.east_error_m / world.metres_per_lon,
            home=self.copter.home,
            origin=self.copter.origin,
            metres_per_degree=(world.metres_per_lat, world.metres_per_lon),
            wind_from_deg=self.scenario.wind.from_deg,
            wind_m_s=self.scenario.wind.speed_m_s,
            mode=self.copter.mode,
            armed=self.copter.armed,
            landed_state=self.copter.landed_state,
            mission_seq=self.copter.current,
            mission_total=len(self.copter.plan.mission),
            voltage_v=13.6 + 3.1 * state.battery,
            current_a=HOVER_A * (state.thrust / GRAVITY) ** 1.5,
            used_mah=(1 - state.battery) * BATTERY_MAH,
            remaining=state.battery,
            throttle=throttle,
            motors_us=(motor, motor, motor, motor),
            force_m_s2=(0.0, 0.0, -state.thrust or -GRAVITY),
        )

    def _mount(self) -> Mount:
        error = self.copter.estimator.gimbal_error_rad()
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
            system_id=self.scenario.vehicle.system_id,
        )

    def _begin(self, kind: str, size: float) -> None:
        if kind == "autopilot_reboot":
            # In flight only the companion's view of the autopilot goes dark: a watchdog reset.
            self._restart()
        elif kind == "clock_jump":
            self._clock_jump_s += size

    def _restart(self) -> None:
        self._boot_zero_s, self._boot_s = self.time_s, 0.0
        self.copter.reboot()
        self.autopilot.reboot(self.time_s)

    def _start(self) -> State:
        """On the ground at its home; or in the air at the start of the first line, on course."""
        world, scenario = self.world, self.scenario
        height_m, heading_deg = 0.0, scenario.home.heading_deg
        if scenario.vehicle.start == "air" and scenario.survey is not None:
            height_m = scenario.vehicle.height_above_terrain_m
            heading_deg += scenario.survey.heading_deg
        lat_deg, lon_deg = world.from_map(scenario.vehicle.north_m, scenario.vehicle.east_m)
        return State(
            time_s=0.0,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            alt_amsl_m=world.ground.height_at(lat_deg, lon_deg) + height_m,
            yaw_rad=math.radians(heading_deg),
        )


def _set_up(scenario: Scenario) -> dict[str, float]:
    """Parameters that the scenario decides; the wind is estimated from the drag."""
    stream_hz, wind = scenario.radio.stream_hz, scenario.wind
    return {
        "SYSID_THISMAV": scenario.vehicle.system_id,
        "WPNAV_SPEED": scenario.vehicle.speed_m_s * 100,
        "BATT_CAPACITY": BATTERY_MAH,
        "SIM_WIND_SPD": wind.speed_m_s,
        "SIM_WIND_DIR": wind.from_deg % 360,
        "EK3_DRAG_BCOEF_X": 16.288,
        "EK3_DRAG_BCOEF_Y": 16.288,
        "EK3_DRAG_MCOEF": 0.209,
        **dict.fromkeys((f"SR1_{group}" for group in STREAMED), stream_hz),
    }


def _wind_towards(scenario: Scenario) -> tuple[float, float]:
    """North and east components of where the air goes."""
    from_rad = math.radians(scenario.wind.from_deg)
    speed = scenario.wind.speed_m_s
    return -speed * math.cos(from_rad), -speed * math.sin(from_rad)
