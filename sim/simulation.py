"""One vehicle in its world, stepped in simulated time: no sockets, no wall clock, no threads.

`step` advances 5 ms; `receive` and `data_to_send` are the autopilot's links; every frame that is
due comes out of `step` as a `Shot`, to be rendered wherever there is time for it.
"""

import copy
import math
from collections.abc import Mapping

from sim.autopilot.messages import text
from sim.autopilot.parameters import Parameters
from sim.autopilot.sensors import to_body
from sim.autopilot.snapshot import Snapshot
from sim.autopilot.vehicle import Autopilot
from sim.autopilot.version import BANNER
from sim.crew import Crew
from sim.faults import Faults
from sim.flight import arming, guidance
from sim.flight.air import Air
from sim.flight.copter import Copter
from sim.flight.orders import INFO, Triple
from sim.flight.plan import Plan
from sim.flight.quadcopter import GRAVITY, MAX_THRUST, STEP_S, Quadcopter, State
from sim.flight.survey import FIRST_LINE, survey_items
from sim.scenario import Scenario
from sim.shot import Shot
from sim.world import World
from sim.world.terrain import Ground

BATTERY_MAH = 5200.0
LOW_BATTERY = 0.2
RETURN_HOME = 2
"""BATT_FS_LOW_ACT."""
STREAMED = ("EXT_STAT", "POSITION", "EXTRA1", "EXTRA2", "EXTRA3")
"""Groups that the radio gets unasked."""
MOTOR_IDLE_US = 1000
UP_FOR_S = 90.0
"""Since power-up, of a vehicle that starts in the air."""


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
        flying = scenario.vehicle.start == "air"
        usual_s = UP_FOR_S if flying else 0.0
        self._boot_s = usual_s if scenario.clock.boot_s is None else scenario.clock.boot_s
        self.parameters = Parameters(_set_up(scenario), kept, [text(INFO, line) for line in BANNER])
        plan = Plan(mission=survey_items(scenario, self.world))
        self.copter = Copter(
            scenario, self.world, self.parameters.values, plan, self._body(), self._boot_s
        )
        self.autopilot = Autopilot(
            scenario.vehicle.system_id, self.copter, self.parameters, self.look, self.boot_ns,
            self._restart,
        )  # fmt: skip
        self.parameters.boot(0.0, since_s=self._boot_s)
        self._crew: Crew | None = None
        if flying:
            self._crew = Crew(self.copter, scenario.vehicle.change_battery_s)
            self.copter.start_in_air(FIRST_LINE + 1)
        self._steps = 0
        self._shots = 0

    @property
    def time_s(self) -> float:
        """Simulated seconds since the start."""
        return self._steps * STEP_S

    def step(self) -> Shot | None:
        """5 ms of flight; a frame when one is due."""
        now_s = self.time_s
        for fault in self.faults.starting(now_s):
            self._begin(fault.kind, fault.size)
        copter = self.copter
        copter.estimator.glitch_m = self.faults.size("gps_glitch", now_s)
        copter.estimator.gps_lost = self.faults.active("gps_loss", now_s)
        copter.pilot.lost = self.faults.active("rc_loss", now_s)
        copter.step()
        self._steps += 1
        if self._crew is not None:
            self._crew.step(self.time_s)
        if not self.faults.active("autopilot_reboot", self.time_s):
            self.autopilot.poll(self.time_s)
        return self._shoot()

    def boot_ns(self, now_s: float) -> int:
        """The autopilot's clock: nanoseconds that count whole microseconds, as ArduPilot's do."""
        rate = 1 + self.scenario.clock.drift_ppm * 1e-6
        return round(((now_s - self._boot_zero_s) * rate + self._boot_s) * 1e6) * 1000

    def look(self) -> Snapshot:
        """What the autopilot knows now."""
        copter, world = self.copter, self.world
        state, control, estimator = copter.state, copter.control, copter.estimator
        estimate = copter.estimate()
        here, gps_error = copter.believed(), estimator.gps_error_m
        wind_n, wind_e = estimator.wind_m_s
        wind_known = wind_n != 0 or wind_e != 0
        utc_s = self._unix_s + self.time_s - self.scenario.clock.utc_lag_s + self._clock_jump_s
        parameters, battery = self.parameters.values, copter.battery
        throttle = state.thrust / MAX_THRUST
        motor = MOTOR_IDLE_US + round(1000 * throttle**0.65) if copter.armed else MOTOR_IDLE_US
        return Snapshot(
            boot_ns=self.boot_ns(self.time_s),
            unix_us=round(utc_s * 1e6) if estimator.gps_fix >= 3 or copter.origin else 0,
            truth=state,
            estimate=estimate,
            mount=copter.mount(),
            lat_deg=here[0] if here else 0.0,
            lon_deg=here[1] if here else 0.0,
            gps_deg=world.from_map(state.north_m + gps_error[0], state.east_m + gps_error[1]),
            home=copter.home,
            origin=copter.origin,
            metres_per_degree=(world.metres_per_lat, world.metres_per_lon),
            wind_from_deg=math.degrees(math.atan2(-wind_e, -wind_n)) if wind_known else -180.0,
            wind_m_s=math.hypot(wind_n, wind_e),
            mode=copter.mode,
            armed=copter.armed,
            landed_state=copter.landed_state,
            mission_seq=copter.current,
            mission_total=len(copter.plan.mission),
            mission_state=copter.mission.state,
            gps_fix=estimator.gps_fix,
            satellites=estimator.satellites,
            voltage_v=battery.volts(parameters),
            current_a=battery.amps,
            used_mah=battery.used_mah,
            remaining=battery.charge(parameters),
            ekf_flags=estimator.flags,
            ekf_variances=(0.02, estimator.position_variance, 0.002, 0.02),
            wanted=(control.demand.roll_rad, control.demand.pitch_rad, guidance.course_deg(copter)),
            leg=guidance.leg(copter),
            target=guidance.target(copter),
            channels_us=tuple(copter.pilot.now[:8]),
            motors_us=(motor, motor, motor, motor),
            throttle=throttle,
            force_m_s2=_specific_force(state),
            ready_to_arm=arming.why_not_ready(copter) is None,
            failsafe=copter.failsafes.any,
            images=copter.pictures,
        )

    def _shoot(self) -> Shot | None:
        if self.time_s + 1e-9 < (self._shots + 1) / self.scenario.camera.fps:
            return None
        self._shots += 1
        return Shot(
            sequence=self._shots,
            time_s=self.time_s,
            state=copy.copy(self.copter.state),
            mount=self.copter.mount(),
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

    def _body(self) -> Quadcopter:
        """On the ground at its home; or in the air at the start of the first line, on course."""
        world, scenario, wind = self.world, self.scenario, self.scenario.wind
        flying = scenario.vehicle.start == "air"
        height_m, heading_deg = 0.0, scenario.home.heading_deg
        if flying and scenario.survey is not None:
            height_m = scenario.vehicle.height_above_terrain_m
            heading_deg += scenario.survey.heading_deg
        north_m, east_m = scenario.vehicle.north_m, scenario.vehicle.east_m
        lat_deg, lon_deg = world.from_map(north_m, east_m)
        state = State(
            time_s=0.0,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            alt_amsl_m=world.ground.height_at(lat_deg, lon_deg) + height_m,
            yaw_rad=math.radians(heading_deg),
            north_m=north_m,
            east_m=east_m,
            on_ground=not flying,
        )
        gust = wind.gust_m_s, wind.gust_memory_s
        air = Air(wind.speed_m_s, wind.from_deg, *gust, scenario.own_seed)
        return Quadcopter(state, air, world.from_map)


def _specific_force(s: State) -> Triple:
    """What an accelerometer feels: thrust and drag in the air, the ground's push on it."""
    if s.on_ground:
        return to_body((0.0, 0.0, -GRAVITY), s.roll_rad, s.pitch_rad, 0.0)
    ahead, right, down = to_body(s.drag_m_s2, s.roll_rad, s.pitch_rad, 0.0)
    return ahead, right, down - s.thrust


def _set_up(scenario: Scenario) -> dict[str, float]:
    """Parameters that the scenario decides; the wind is estimated from the drag."""
    stream_hz, wind = scenario.radio.stream_hz, scenario.wind
    return {
        "SYSID_THISMAV": scenario.vehicle.system_id,
        "WPNAV_SPEED": scenario.vehicle.speed_m_s * 100,
        "BATT_CAPACITY": BATTERY_MAH,
        "BATT_LOW_MAH": LOW_BATTERY * BATTERY_MAH,
        "BATT_FS_LOW_ACT": RETURN_HOME,
        "SIM_WIND_SPD": wind.speed_m_s,
        "SIM_WIND_DIR": wind.from_deg % 360,
        "EK3_DRAG_BCOEF_X": 16.288,
        "EK3_DRAG_BCOEF_Y": 16.288,
        "EK3_DRAG_MCOEF": 0.209,
        **dict.fromkeys((f"SR1_{group}" for group in STREAMED), stream_hz),
    }
