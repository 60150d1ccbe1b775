"""The vehicle as its firmware sees it: the one object that whoever speaks for it talks to.

No bytes, no clocks but the simulated one: `step` is 5 ms of the body, and every fourth one 20 ms
of the firmware. Source of the behaviour: recordings of ArduCopter 4.5.6.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence

from firmware_bridge.errors import TerrainError
from sim.flight import arming
from sim.flight.air import Air
from sim.flight.auto import Auto
from sim.flight.battery import Battery
from sim.flight.commands import execute
from sim.flight.control import Control
from sim.flight.estimate import Estimate, Estimator
from sim.flight.failsafe import DT_S as FAILSAFE_S
from sim.flight.failsafe import Failsafes
from sim.flight.fence import Fence
from sim.flight.gimbal import Gimbal, Mount
from sim.flight.guided import Guided
from sim.flight.heading import Heading
from sim.flight.landing import Land, Rtl
from sim.flight.legs import LEAST_ACCEL
from sim.flight.mission import Mission
from sim.flight.modes import DT_S, NEEDS_POSITION, Flown, Mode
from sim.flight.orders import (
    ACCEPTED,
    CRITICAL,
    FAILED,
    INFO,
    WARNING,
    CameraShot,
    Place,
    Target,
    Text,
    Verdict,
)
from sim.flight.pilot import Pilot
from sim.flight.piloted import AltHold, Brake, Loiter, Stabilize
from sim.flight.plan import Plan
from sim.flight.quadcopter import GRAVITY, STEP_S, Quadcopter, State
from sim.flight.shaping import clamp
from sim.flight.shutter import Shutter
from sim.flight.takeoff import ARMING_DELAY_S
from sim.flight.waypoints import Route
from sim.scenario import Scenario
from sim.world import World

THINK_EVERY = round(DT_S / STEP_S)
FAILSAFE_EVERY = round(FAILSAFE_S / DT_S)
QUEUE = 200
"""Texts and the like that wait at most."""
MOST_SPIN = 0.4
"""Of MOT_SPIN_ARM: idling propellers do not lift."""
LANDED_AFTER_S = 2.0
"""From touching the ground until the landing is believed, as recorded."""
NAV_FENCE, NAV_RALLY = 1, 2
"""MAV_MISSION_TYPE."""
ON_GROUND, IN_AIR, TAKING_OFF, LANDING = 1, 2, 3, 4
"""MAV_LANDED_STATE."""
ELEVATION_S = 19.9
"""Since power-up, as recorded."""


class Copter:
    """One vehicle. `parameters` is read at every use: a changed one acts at once."""

    def __init__(
        self, scenario: Scenario, world: World, parameters: Mapping[str, float], plan: Plan,
        body: Quadcopter, boot_s: float,
    ) -> None:  # fmt: skip
        """`boot_s`: seconds since power-up."""
        self.parameters, self.plan, self.world = parameters, plan, world
        self.texts: deque[Text] = deque(maxlen=QUEUE)
        """To be said to everybody."""
        self.reached: deque[int] = deque(maxlen=QUEUE)
        """Mission items reached, to be told."""
        self.shots: deque[CameraShot] = deque(maxlen=QUEUE)
        """Camera releases, to be told."""
        self.home: Place | None = None
        self.origin: Place | None = None
        self.estimator = Estimator(scenario.noise, scenario.own_seed, boot_s)
        self.battery = Battery(scenario.vehicle.battery_minutes)
        self.pilot = Pilot()
        self.gimbal = Gimbal(scenario.gimbal)
        self.shutter = Shutter(self._release)
        self.servos: dict[int, int] = {}
        """Set by DO_SET_SERVO, microseconds by number."""
        self.relays: dict[int, bool] = {}
        self._body = body
        self.control = Control(parameters)
        self.route = Route(self.control, parameters)
        self.heading = Heading(self)
        self.fence, self.failsafes = Fence(self), Failsafes(self)
        self.mission = Mission(self)
        self.auto, self.guided_mode, self._rtl = Auto(self), Guided(self), Rtl(self)
        self._land = Land(self)
        self._flown: dict[Mode, Flown] = {
            Mode.STABILIZE: Stabilize(self), Mode.ALT_HOLD: AltHold(self), Mode.AUTO: self.auto,
            Mode.GUIDED: self.guided_mode, Mode.LOITER: Loiter(self), Mode.RTL: self._rtl,
            Mode.LAND: self._land, Mode.BRAKE: Brake(self),
        }  # fmt: skip
        self.mode = Mode.STABILIZE
        self.armed = False
        self.armed_for_s = 0.0
        self.landed = True
        """As the firmware believes."""
        self._touched_s = self._idle_s = 0.0
        self._steps = 0
        self.pictures = 0
        """Camera releases since boot."""
        self.ground_m = 0.0
        """Height of the terrain below, AMSL."""
        self._look_down()
        self._believe()
        self.mission.changed()
        self.fence.changed()
        self._awake()

    @property
    def state(self) -> State:
        """The truth."""
        return self._body.state

    @property
    def air(self) -> Air:
        """What it flies in."""
        return self._body.air

    @property
    def now_s(self) -> float:
        """Simulated seconds."""
        return self._steps * STEP_S

    @property
    def current(self) -> int:
        """Number of the mission item that is flown."""
        return self.mission.current

    @property
    def position_ok(self) -> bool:
        """The estimate of the place is good."""
        return self.estimator.position_ok

    @property
    def needs_position(self) -> bool:
        """The mode cannot fly without."""
        return self.mode in NEEDS_POSITION

    @property
    def landing(self) -> bool:
        """On its way down to the ground."""
        return (
            self.mode is Mode.LAND
            or (self.mode is Mode.RTL and self._rtl.landing)
            or (self.mode is Mode.AUTO and self.auto.landing)
        )

    @property
    def landed_state(self) -> int:
        """MAV_LANDED_STATE."""
        if self.landed:
            return ON_GROUND
        if self.landing:
            return LANDING
        guided_up = self.mode is Mode.GUIDED and self.guided_mode.takeoff.to_m is not None
        return TAKING_OFF if guided_up or (self._is_auto and self.auto.taking_off) else IN_AIR

    @property
    def height_above_ground_m(self) -> float:
        """As the terrain and the estimate have it."""
        return self.control.up - self.ground_m

    @property
    def _is_auto(self) -> bool:
        return self.mode is Mode.AUTO

    def estimate(self) -> Estimate:
        """What it believes now."""
        return self.estimator.estimate(self.state)

    def believed(self) -> Place | None:
        """Where it believes to be; None before the estimate has an origin."""
        if not self.estimator.origin_set:
            return None
        return *self.world.from_map(self.control.north, self.control.east), self.control.up

    def mount(self) -> Mount:
        """Where the camera looks."""
        return self.gimbal.mount(self.state.yaw_rad, self.estimator.gimbal_error_rad())

    def terrain_m(self, north: float, east: float) -> float:
        """Height of the terrain, AMSL."""
        return self._ground_at(*self.world.from_map(north, east))

    def step(self) -> None:
        """5 ms."""
        if self._steps % THINK_EVERY == 0:
            self._think()
        self._body.step(self.control.demand)
        self._steps += 1
        self.state.time_s = self._steps * STEP_S

    def start_in_air(self, seq: int) -> None:
        """As if it had taken off below: armed, in AUTO, towards this mission item."""
        state = self.state
        self.home = self.origin = (state.lat_deg, state.lon_deg, self.ground_m)
        self.armed, self.landed, self.armed_for_s = True, False, ARMING_DELAY_S
        self.state.on_ground, self.state.thrust = False, GRAVITY
        self.control.relax(self.state)
        self.control.yaw_rad = self.state.yaw_rad
        self.control.demand.thrust = GRAVITY
        self.mission.set_current(seq)
        self.set_mode(Mode.AUTO)

    def _think(self) -> None:
        """20 ms of the firmware."""
        state = self.state
        self._look_down()
        start_m = self.home[2] if self.home else self.ground_m
        self.estimator.step(state, state.alt_amsl_m - start_m, self.air.mean_m_s, self.parameters)
        self.texts.extend(self.estimator.texts)
        self.estimator.texts.clear()
        self._believe()
        self._awake()
        self._listen()
        if self._steps % (THINK_EVERY * FAILSAFE_EVERY) == 0:
            self.failsafes.run()
        self.battery.step(state.thrust if self.armed else 0.0, self.armed, self.parameters, DT_S)
        state.battery = self.battery.charge(self.parameters)
        self.armed_for_s = self.armed_for_s + DT_S if self.armed else 0.0
        self.heading.apply()
        self._flown[self.mode].run()
        if not self.armed:
            self.control.demand.thrust = 0.0
        self._feel_ground()
        here = self.control.north, self.control.east
        self.gimbal.step((*here, self.control.up), self.parameters, DT_S)
        self.shutter.step(*here, not self.landed, self.now_s)

    def _ground_at(self, lat_deg: float, lon_deg: float) -> float:
        """Where the terrain ends, or the earth does, it goes on as high as it is here."""
        try:
            return float(self.world.ground.height_at(lat_deg, lon_deg))
        except TerrainError:
            return self.ground_m

    def _look_down(self) -> None:
        state = self.state
        self.ground_m = self._ground_at(state.lat_deg, state.lon_deg)
        self._body.ground_alt_m = self.ground_m
        self.air.at_height(state.alt_amsl_m - self.ground_m)

    def _believe(self) -> None:
        state, estimator = self.state, self.estimator
        self.control.believe(
            state.north_m + estimator.north_error_m,
            state.east_m + estimator.east_error_m,
            state.alt_amsl_m + estimator.up_error_m,
        )
        if any(estimator.jump_m):
            self.control.shift(*estimator.jump_m)

    def _awake(self) -> None:
        """Origin and home, when the estimate gives them; why it cannot be armed, now and then."""
        if self.origin is None and self.estimator.origin_set:
            self.origin = self.believed()
            self.home = self.home or self.origin
        before = self.estimator.boot_s - DT_S
        if before < ELEVATION_S <= self.estimator.boot_s and self.origin is not None:
            self.texts.append((INFO, f"Field Elevation Set: {self.origin[2]:.0f}m"))
        every = arming.SAY_EVERY_S
        if not self.armed and int(self.estimator.boot_s / every) > int(before / every):
            self.say_why_not_ready()

    def say_why_not_ready(self) -> None:
        """The pre-arm check that fails, to everybody."""
        reason = arming.why_not_ready(self)
        if reason is not None:
            self.texts.append((CRITICAL, f"PreArm: {reason}"))

    def _listen(self) -> None:
        """To the sticks and the mode switch."""
        self.pilot.step(self.now_s, self.parameters["RC_OVERRIDE_TIME"])
        number = self.pilot.moved_switch(self.parameters)
        if number is not None:
            self.texts.extend(self.set_mode(number).texts)

    def _feel_ground(self) -> None:
        """Believes a landing; disarms what stands idle for DISARM_DELAY."""
        state = self.state
        if self.landed or not state.on_ground:
            self._touched_s = 0.0
        else:
            self._touched_s += DT_S
            # On the ground there is nothing to lean for.
            self.control.demand.roll_rad = self.control.demand.pitch_rad = 0.0
            if self._touched_s >= LANDED_AFTER_S:
                self.landed = True
        idle = self.armed and self.landed and self.control.demand.thrust < GRAVITY / 2
        idle = idle and not self._is_taking_off and self.pilot.throttle() <= 0
        self._idle_s = self._idle_s + DT_S if idle else 0.0
        delay_s = self.parameters["DISARM_DELAY"]
        if 0 < delay_s <= self._idle_s:
            self.disarm_by_itself()

    @property
    def _is_taking_off(self) -> bool:
        return self.guided_mode.takeoff.to_m is not None and self.mode is Mode.GUIDED

    def idle(self) -> None:
        """Stands on the ground: propellers turn slowly, or not at all."""
        turning = self.armed and self.armed_for_s >= ARMING_DELAY_S
        demand = self.control.demand
        demand.roll_rad = demand.pitch_rad = demand.yaw_rate_rad_s = 0.0
        spin = clamp(self.parameters["MOT_SPIN_ARM"], 0.0, MOST_SPIN)
        demand.thrust = spin * GRAVITY if turning else 0.0
        self.control.relax(self.state)
        self.control.yaw_rad = self.state.yaw_rad

    def lift_off(self) -> None:
        """The thrust carries it: from here on it flies."""
        self.landed = False
        self.control.relax(self.state)
        self.control.demand.thrust = GRAVITY * 1.05

    def stopping_point(self) -> tuple[float, float]:
        """Where it would come to rest: north and east of home."""
        accel = max(self.parameters["WPNAV_ACCEL"] / 100, LEAST_ACCEL)
        state = self.state
        speed = math.hypot(state.north_m_s, state.east_m_s)
        ahead_s = speed / (2 * accel) if self.mode is not Mode.STABILIZE else 0.0
        return (
            self.control.north + state.north_m_s * ahead_s,
            self.control.east + state.east_m_s * ahead_s,
        )

    def head_along_route(self, returning: bool = False) -> None:
        """The nose follows the way."""
        plane = self.control.plane
        if math.hypot(plane.v_north, plane.v_east) > 1.0:
            self.heading.along(math.atan2(plane.v_east, plane.v_north), returning)

    def set_mode(self, number: int) -> Verdict:
        """SET_MODE, DO_SET_MODE."""
        if number not in self._flown:
            return Verdict(FAILED, ((WARNING, f"No such mode {number}"),))
        mode = Mode(number)
        if mode is self.mode:
            return Verdict(ACCEPTED)
        reason = None
        if self.armed and mode in NEEDS_POSITION and not self.position_ok:
            reason = "requires position"
        if reason is None:
            was = self.mode
            self._settle(mode)
            reason = self._flown[mode].enter()
            if reason is not None:
                self.mode = was
        if reason is not None:
            words = f"Mode change to {mode.name} failed: {reason}"
            return Verdict(FAILED, ((WARNING, words),))
        if was is Mode.AUTO:
            self.mission.stop()
        if mode is Mode.AUTO:
            self.mission.start_or_resume()
        return Verdict(ACCEPTED)

    def _settle(self, mode: Mode) -> None:
        """What every new mode starts from: references where the vehicle is and as it moves."""
        self.mode = mode
        self.route.leg = None
        self.route.paused = False
        self.heading.look_at(self.heading.roi if mode in (Mode.AUTO, Mode.GUIDED) else None)
        control, state = self.control, self.state
        control.plane.reset(control.north, control.east, state.north_m_s, state.east_m_s)
        control.height.reset(control.up, -state.down_m_s)
        control.yaw_rad, control.yaw_rate_rad_s = state.yaw_rad, None

    def fall_back(self, mode: Mode) -> None:
        """A failsafe's mode; LAND when that one cannot be."""
        if self.mode is mode or (self.mode is Mode.LAND and mode is Mode.RTL):
            return
        if self.set_mode(mode).result != ACCEPTED:
            self.set_mode(Mode.LAND)

    def arm(self, force: bool = False) -> Verdict:
        """COMPONENT_ARM_DISARM 1; `force` is its param2 of 2989 or 21196."""
        reason = None if self.armed or force else arming.why_not_arm(self, by_client=True)
        if reason is not None:
            return Verdict(FAILED, ((CRITICAL, f"Arm: {reason}"),))
        if not self.armed:
            self.armed, self.armed_for_s, self._idle_s = True, 0.0, 0.0
            self.home = self.believed() or self.home
            self.texts.append((INFO, "Arming motors"))
        return Verdict(ACCEPTED)

    def disarm(self, force: bool = False) -> Verdict:
        """COMPONENT_ARM_DISARM 0; in the air only by force."""
        if not self.armed:
            return Verdict(ACCEPTED)
        if not self.landed and not force:
            return Verdict(FAILED)
        self.disarm_by_itself()
        return Verdict(ACCEPTED)

    def disarm_by_itself(self) -> None:
        """Propellers stop."""
        self.armed = False
        self.control.demand.thrust = 0.0
        if self.state.on_ground:
            self.landed = True
        self.texts.append((INFO, "Disarming motors"))

    def takeoff(self, height_m: float) -> Verdict:
        """NAV_TAKEOFF as a command: above home, in GUIDED, armed and on the ground."""
        if self.mode is not Mode.GUIDED or not self.armed or not self.landed or height_m <= 0:
            return Verdict(FAILED)
        base = self.home[2] if self.home else self.control.up
        self.guided_mode.takeoff.start(base + height_m)
        return Verdict(ACCEPTED)

    def command(
        self, command: int, params: tuple[float, float, float, float, float, float, float],
        frame: int = 3,
    ) -> Verdict:  # fmt: skip
        """Any command that concerns the flight; positions are degrees in param5 and param6."""
        return execute(self, command, params, frame)

    def guided(self, target: Target) -> None:
        """SET_POSITION_TARGET_*, SET_ATTITUDE_TARGET, a guided waypoint."""
        if self.mode is Mode.GUIDED:
            self.guided_mode.take(target)

    def rc_override(self, channels: Sequence[int]) -> None:
        """RC_CHANNELS_OVERRIDE: microseconds by channel; 0 gives it back, 65535 leaves it."""
        self.pilot.override(channels, self.now_s)

    def heard_gcs(self, now_s: float) -> None:
        """A heartbeat of SYSID_MYGCS came."""
        self.failsafes.gcs_heard_s = now_s

    def plan_changed(self, kind: int) -> None:
        """The plan of this MAV_MISSION_TYPE was changed."""
        if kind == NAV_FENCE:
            self.fence.changed()
        elif kind != NAV_RALLY:
            self.mission.changed()

    def set_current(self, seq: int) -> Verdict:
        """MISSION_SET_CURRENT, DO_SET_MISSION_CURRENT."""
        return self.mission.set_current(seq)

    def reboot(self) -> None:
        """A power cycle on the ground; in the air a watchdog reset, which the flight survives."""
        if not self.landed:
            return
        self.armed = False
        self.estimator.boot()
        self.home = self.origin = None
        self.mission.changed()
        self.mode = Mode.STABILIZE
        self.idle()

    def _release(self) -> None:
        here = self.believed()
        if here is None:
            return
        self.pictures += 1
        belief, home_m = self.estimate(), self.home[2] if self.home else 0.0
        self.shots.append(
            CameraShot(
                index=self.pictures,
                time_s=self.now_s,
                lat_deg=here[0],
                lon_deg=here[1],
                alt_amsl_m=here[2],
                height_above_home_m=here[2] - home_m,
                roll_deg=math.degrees(belief.roll_rad),
                pitch_deg=math.degrees(belief.pitch_rad),
                yaw_deg=math.degrees(belief.yaw_rad) % 360,
            )
        )
