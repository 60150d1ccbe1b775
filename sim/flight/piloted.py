"""Modes in which the pilot flies: STABILIZE, ALT_HOLD, LOITER; and BRAKE, which only stops."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.flight.control import TILT_LIMITS_DEG
from sim.flight.legs import SLOWEST_M_S
from sim.flight.modes import DT_S, hold_height
from sim.flight.quadcopter import GRAVITY, HOVER_THROTTLE, MAX_THRUST
from sim.flight.shaping import clamp
from sim.flight.takeoff import TakeOff

if TYPE_CHECKING:
    from sim.flight.copter import Copter

BRAKE_ACCEL = 7.5


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
    most = math.radians(clamp(copter.parameters["ANGLE_MAX"] / 100, *TILT_LIMITS_DEG))
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
        angle_deg = p["LOIT_ANG_MAX"] or p["ANGLE_MAX"] / 100 * 2 / 3
        angle = math.radians(clamp(angle_deg, *TILT_LIMITS_DEG))
        most = min(p["LOIT_ACC_MAX"] / 100, GRAVITY * math.tan(angle))
        forward, right = -c.pilot.pitch() * most, c.pilot.roll() * most
        cos, sin = math.cos(c.state.yaw_rad), math.sin(c.state.yaw_rad)
        drag = most / max(p["LOIT_SPEED"] / 100, SLOWEST_M_S)
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
