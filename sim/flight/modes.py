"""Flight modes with ArduCopter's numbers, names and rules of entry.

A mode is entered by `enter`, which answers with the reason for a refusal, and then runs fifty
times a second. Source: ArduCopter 4.5, mode numbers of its parameter FLTMODE1; which modes need a
position, and which may be armed in, from its documentation and the recordings.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from sim.flight.quadcopter import GRAVITY, HOVER_THROTTLE, MAX_THRUST
from sim.flight.shaping import clamp, sqrt_controller
from sim.flight.takeoff import TakeOff
from sim.rotation import wrap_pi

if TYPE_CHECKING:
    from sim.flight.copter import Copter

DT_S = 0.02
"""Between two runs of a mode."""
BRAKE_ACCEL = 7.5
LAND_SLOWER_M_S2 = 1.0


class Mode(IntEnum):
    """Those that fly here; any other number is refused."""

    STABILIZE = 0
    ALT_HOLD = 2
    AUTO = 3
    GUIDED = 4
    LOITER = 5
    RTL = 6
    LAND = 9
    BRAKE = 17


NEEDS_POSITION = frozenset({Mode.AUTO, Mode.GUIDED, Mode.LOITER, Mode.RTL, Mode.BRAKE})
MANUAL_THROTTLE = frozenset({Mode.STABILIZE})
ARMABLE = frozenset({Mode.STABILIZE, Mode.ALT_HOLD, Mode.LOITER, Mode.GUIDED})
"""AUTO too, when AUTO_OPTIONS allows it."""
PILOTED = frozenset({Mode.STABILIZE, Mode.ALT_HOLD, Mode.LOITER})


class Flown(Protocol):
    """What every mode is made of."""

    def enter(self) -> str | None:
        """Begins; or says why it cannot."""

    def run(self) -> None:
        """`DT_S` of it."""


def hold_here(copter: Copter) -> None:
    """Stops, and stays where that is."""
    p, plane = copter.parameters, copter.control.plane
    accel, jerk = p["WPNAV_ACCEL"] / 100, p["PSC_JERK_XY"]
    plane.to_speed(0.0, 0.0, accel, jerk, DT_S)


def hold_height(copter: Copter, climb_m_s: float) -> None:
    """Climbs at a rate; keeps the height at 0."""
    p = copter.parameters
    accel = p["PILOT_ACCEL_Z"] / 100
    copter.control.height.to_speed(climb_m_s, accel, p["PSC_JERK_Z"], DT_S)


def pilot_turns(copter: Copter) -> None:
    """Yaw stick to rate of turn; centred, the heading is kept."""
    stick = copter.pilot.yaw()
    control = copter.control
    if stick:
        control.yaw_rate_rad_s = stick * math.radians(copter.parameters["PILOT_Y_RATE"])
    elif control.yaw_rate_rad_s is not None:
        control.yaw_rate_rad_s, control.yaw_rad = None, copter.state.yaw_rad


def pilot_leans(copter: Copter) -> None:
    """Roll and pitch sticks to angles, together within ANGLE_MAX."""
    most = math.radians(copter.parameters["ANGLE_MAX"] / 100)
    roll, pitch = copter.pilot.roll() * most, copter.pilot.pitch() * most
    much = math.hypot(roll, pitch)
    scale = most / much if much > most else 1.0
    copter.control.demand.roll_rad, copter.control.demand.pitch_rad = roll * scale, pitch * scale


class Stabilize:
    """Sticks are angles, a rate of turn, and thrust: half of the stick carries the vehicle."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter

    def enter(self) -> str | None:
        """Always."""
        return None

    def run(self) -> None:
        """Leaves the ground when thrust does."""
        c = self._copter
        pilot_leans(c)
        pilot_turns(c)
        stick = c.pilot.throttle()
        c.control.fly_level(c.state, DT_S)
        if stick <= 0 or not c.armed:
            c.idle()
            c.control.demand.thrust = 0.0 if c.landed else 0.1 * GRAVITY
            return
        if stick < 0.5:
            share = HOVER_THROTTLE * 2 * stick
        else:
            share = HOVER_THROTTLE + (1 - HOVER_THROTTLE) * (2 * stick - 1) ** 2
        c.control.throttle(c.state, share * MAX_THRUST)
        if share > HOVER_THROTTLE:
            c.landed = False


class AltHold:
    """Sticks are angles and climb rate."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self._takeoff = TakeOff(copter)

    def enter(self) -> str | None:
        """Always."""
        return None

    def run(self) -> None:
        """Takes off when the throttle is raised above its middle."""
        c = self._copter
        if not stick_flies(c, self._takeoff):
            return
        pilot_leans(c)
        pilot_turns(c)
        c.control.fly_level(c.state, DT_S)


def stick_flies(copter: Copter, takeoff: TakeOff) -> bool:
    """Height by the throttle stick: False while it stands on the ground."""
    climb = copter.pilot.climb(copter.parameters)
    if copter.landed:
        if not copter.armed or climb <= 0:
            takeoff.cancel()
            copter.idle()
            return False
        if not takeoff.spun_up(DT_S):
            return False
        copter.lift_off()
    hold_height(copter, climb)
    return True


class Loiter:
    """Sticks are accelerations; centred, it brakes and stays (LOIT_SPEED, _ACC_MAX, _BRK_*)."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self._takeoff = TakeOff(copter)
        self._centred_s = 0.0

    def enter(self) -> str | None:
        """From any state."""
        self._centred_s = 0.0
        return None

    def run(self) -> None:
        """The pilot's acceleration less a drag that ends at LOIT_SPEED."""
        c, p = self._copter, self._copter.parameters
        pilot_turns(c)
        if not stick_flies(c, self._takeoff):
            return
        plane = c.control.plane
        angle = math.radians(p["LOIT_ANG_MAX"] or p["ANGLE_MAX"] / 100 * 2 / 3)
        most = min(p["LOIT_ACC_MAX"] / 100, GRAVITY * math.tan(angle))
        forward, right = -c.pilot.pitch() * most, c.pilot.roll() * most
        cos, sin = math.cos(c.state.yaw_rad), math.sin(c.state.yaw_rad)
        drag = most / (p["LOIT_SPEED"] / 100)
        if forward or right:
            self._centred_s = 0.0
        else:
            self._centred_s += DT_S
        if self._centred_s > p["LOIT_BRK_DELAY"]:
            plane.to_speed(0, 0, p["LOIT_BRK_ACCEL"] / 100, p["LOIT_BRK_JERK"] / 100, DT_S)
        else:
            plane.accelerate(
                cos * forward - sin * right - drag * plane.v_north,
                sin * forward + cos * right - drag * plane.v_east,
                most, p["PSC_JERK_XY"], DT_S,
            )  # fmt: skip
        c.control.fly(c.state, DT_S)


class Brake:
    """Stops as fast as it may, and stays."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter

    def enter(self) -> str | None:
        """From any state."""
        return None

    def run(self) -> None:
        """On the ground it only waits."""
        c = self._copter
        if c.landed:
            c.idle()
            return
        c.control.plane.to_speed(0.0, 0.0, BRAKE_ACCEL, c.parameters["PSC_JERK_XY"], DT_S)
        hold_height(c, 0.0)
        c.control.fly(c.state, DT_S)


class Land:
    """Straight down: fast above LAND_ALT_LOW, at LAND_SPEED below; disarms on the ground."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter

    def enter(self) -> str | None:
        """With or without a position."""
        self._copter.control.yaw_rad = self._copter.state.yaw_rad
        return None

    def run(self) -> None:
        """Also the last part of RTL and of a mission."""
        c = self._copter
        if c.landed:
            c.idle()
            if c.armed:
                c.disarm_by_itself()
            return
        descend(c)
        if c.position_ok:
            hold_here(c)
            c.control.fly(c.state, DT_S)
        else:
            c.control.demand.roll_rad = c.control.demand.pitch_rad = 0.0
            c.control.fly_level(c.state, DT_S)


def descend(copter: Copter) -> None:
    """The height reference of a landing."""
    p = copter.parameters
    slow = p["LAND_SPEED"] / 100
    fast = (p["LAND_SPEED_HIGH"] or p["WPNAV_SPEED_DN"]) / 100
    over = copter.height_above_ground_m - p["LAND_ALT_LOW"] / 100
    sink = clamp(sqrt_controller(over, p["PSC_POSZ_P"], LAND_SLOWER_M_S2), slow, max(fast, slow))
    accel = p["WPNAV_ACCEL_Z"] / 100
    copter.control.height.to_speed(-sink, accel, p["PSC_JERK_Z"], DT_S)


class Rtl:
    """Up to RTL_ALT, home (or to the nearest rally point), a wait, and down."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self._land = Land(copter)
        self._stage = "climb"
        self._wait_s = 0.0
        self._to = (0.0, 0.0)
        self.done = False

    @property
    def landing(self) -> bool:
        """On its way down."""
        return self._stage == "land"

    def enter(self) -> str | None:
        """From where it stops."""
        c = self._copter
        if c.home is None:
            return "home not set"
        self._stage, self.done = "climb", False
        here = c.stopping_point()
        self._to = c.nearest_return()
        away = math.dist(here, self._to)
        top = self._height(away)
        up = max(top, c.control.up)
        c.route.speed_m_s = c.parameters["RTL_SPEED"] / 100 or None
        c.route.start((*here, c.control.height.position), (*here, up), False, 0.0)
        return None

    def _height(self, away_m: float) -> float:
        """AMSL; near home no higher than a cone, but at least what RTL_CLIMB_MIN adds."""
        c, p = self._copter, self._copter.parameters
        top = p["RTL_ALT"] / 100
        if p["RTL_CONE_SLOPE"] > 0:
            top = min(top, away_m * p["RTL_CONE_SLOPE"])
        assert c.home is not None
        lowest = c.control.up - c.home[2] + max(p["RTL_CLIMB_MIN"] / 100, 0.0)
        return c.home[2] + max(top, lowest, 2.0)

    def run(self) -> None:
        """Stage after stage."""
        c = self._copter
        if c.landed:
            self._stage = "land"
        if self._stage == "land":
            self._land.run()
            self.done = c.landed and not c.armed
            return
        c.route.step(c.state, DT_S, c.ground_m)
        if self._stage == "return":
            c.head_along_route(returning=True)
        c.control.fly(c.state, DT_S)
        if not c.route.reached:
            return
        if self._stage == "climb":
            end = (*self._to, c.route.destination[2]) if c.route.destination else None
            if end is not None:
                c.route.start(c.route.destination or end, end, False, 0.0)
            self._stage = "return"
        elif self._stage == "return":
            self._stage, self._wait_s = "loiter", c.parameters["RTL_LOIT_TIME"] / 1000
        elif self._wait_s > 0:
            self._wait_s -= DT_S
        else:
            self._down()

    def _down(self) -> None:
        c = self._copter
        final_m = c.parameters["RTL_ALT_FINAL"] / 100
        if final_m <= 0 or c.failsafes.pilot_is_gone:
            self._stage = "land"
            return
        end = c.route.destination
        if end is None or c.home is None:
            return
        if abs(end[2] - (c.home[2] + final_m)) > 0.1:
            c.route.start(end, (end[0], end[1], c.home[2] + final_m), False, 0.0)


def turn_towards(copter: Copter, yaw_rad: float) -> None:
    """A heading to keep."""
    copter.control.yaw_rate_rad_s, copter.control.yaw_rad = None, wrap_pi(yaw_rad)
