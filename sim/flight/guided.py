"""GUIDED: a place, a velocity, an acceleration or an attitude that a client asks for.

Velocity, acceleration and attitude are forgotten after GUID_TIMEOUT; then it stops. Source:
ArduCopter's documentation, "Copter Commands in Guided Mode"; the recorded flights.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.flight.control import TILT_LIMITS_DEG
from sim.flight.modes import DT_S, hold_height, hold_here
from sim.flight.orders import Target
from sim.flight.quadcopter import MAX_THRUST
from sim.flight.shaping import clamp
from sim.flight.takeoff import TakeOff
from sim.rotation import Quaternion

if TYPE_CHECKING:
    from sim.flight.copter import Copter

GLOBAL, GLOBAL_RELATIVE, GLOBAL_TERRAIN = (0, 5), (3, 6), (10, 11)
LOCAL_NED, LOCAL_OFFSET, BODY, BODY_OFFSET = 1, 7, 8, 9
HEADING_SPEED_M_S = 1.0
"""Slower than this the heading does not follow the way."""
THRUST_IS_THRUST = 8
"""Bit of GUID_OPTIONS."""


class Guided:
    """The last target, until another one comes."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self.takeoff = TakeOff(copter)
        self._place: tuple[float, float, float] | None = None
        self._terrain = False
        self._velocity: tuple[float, float, float] | None = None
        self._accel: tuple[float, float, float] | None = None
        self._attitude: Target | None = None
        self._heard_s = 0.0
        self._speed_m_s: float | None = None

    def enter(self) -> str | None:
        """Stops where it is."""
        self.takeoff.cancel()
        self._forget()
        self._speed_m_s = None
        return None

    def _forget(self) -> None:
        self._place = self._velocity = self._accel = self._attitude = None

    def set_speed(self, speed_m_s: float) -> None:
        """DO_CHANGE_SPEED."""
        self._speed_m_s = speed_m_s

    @property
    def destination(self) -> tuple[float, float, float] | None:
        """North, east, height AMSL or above terrain; None without one."""
        return self._place

    def take(self, target: Target) -> bool:
        """A new target; False when it makes no sense here."""
        c = self._copter
        if not _is_finite(target):
            return False
        if self.takeoff.to_m is not None:
            # Once it has left the ground a target ends the take-off.
            if c.landed:
                return False
            self.takeoff.cancel()
        if target.attitude is not None:
            self._forget()
            self._attitude = target
        elif target.position is not None:
            place = self._absolute(target)
            if place is None:
                return False
            self._forget()
            self._place = place
            self._terrain = target.frame in GLOBAL_TERRAIN
            self._velocity = _turned(target.velocity_m_s, target.frame, c.state.yaw_rad)
        elif target.velocity_m_s is not None or target.acceleration_m_s2 is not None:
            self._forget()
            yaw = c.state.yaw_rad
            self._velocity = _turned(target.velocity_m_s, target.frame, yaw)
            self._accel = _turned(target.acceleration_m_s2, target.frame, yaw)
        else:
            return False
        self._heard_s = c.now_s
        self._set_heading(target)
        return True

    def _set_heading(self, target: Target) -> None:
        c = self._copter
        if target.yaw_rate_rad_s is not None:
            c.heading.turn(target.yaw_rate_rad_s)
        elif target.yaw_rad is not None:
            base = c.state.yaw_rad if target.frame in (BODY, BODY_OFFSET) else 0.0
            c.heading.fix(base + target.yaw_rad)
        elif target.position is not None:
            c.heading.follow()
        else:
            c.heading.fix(c.control.yaw_rad)

    def _absolute(self, target: Target) -> tuple[float, float, float] | None:
        c = self._copter
        assert target.position is not None
        x, y, z = target.position
        if target.frame in (*GLOBAL, *GLOBAL_RELATIVE, *GLOBAL_TERRAIN):
            if not (-90 <= x <= 90 and -180 <= y <= 180) or c.home is None:
                return None
            north, east = c.world.map_point(x, y)
            return north, east, z + (c.home[2] if target.frame in GLOBAL_RELATIVE else 0.0)
        if target.frame in (LOCAL_NED, LOCAL_OFFSET, BODY, BODY_OFFSET) and c.origin is not None:
            if target.frame in (LOCAL_NED, BODY):
                north, east = c.world.map_point(c.origin[0], c.origin[1])
                up = c.origin[2]
            else:
                north, east, up = c.control.north, c.control.east, c.control.up
            turned = _turned((x, y, z), target.frame, c.state.yaw_rad)
            assert turned is not None
            return north + turned[0], east + turned[1], up - turned[2]
        return None

    def run(self) -> None:
        """Whatever the last target was."""
        c = self._copter
        if self.takeoff.to_m is not None:
            self.takeoff.run(DT_S)
            return
        if c.landed:
            if not (self._attitude and c.armed and (self._attitude.thrust or 0) > 0.5):
                c.idle()
                return
            if not self.takeoff.spun_up(DT_S):
                return
            c.lift_off()
        if c.now_s - self._heard_s > c.parameters["GUID_TIMEOUT"] and self._place is None:
            self._forget()
        if self._attitude is not None and self._attitude.attitude is not None:
            self._lean(self._attitude.attitude, self._attitude.thrust)
            return
        if self._place is not None:
            self._go(self._place)
        else:
            self._drive()
        c.control.fly(c.state, DT_S)

    def _go(self, place: tuple[float, float, float]) -> None:
        c, p = self._copter, self._copter.parameters
        speed = self._speed_m_s or p["WPNAV_SPEED"] / 100
        plane, height = c.control.plane, c.control.height
        plane.to_position(place[0], place[1], speed, p["WPNAV_ACCEL"] / 100, p["PSC_JERK_XY"], DT_S)
        height.to_position(
            place[2] + (c.ground_m if self._terrain else 0.0),
            -p["WPNAV_SPEED_DN"] / 100, p["WPNAV_SPEED_UP"] / 100,
            p["WPNAV_ACCEL_Z"] / 100, p["PSC_JERK_Z"], DT_S,
        )  # fmt: skip
        if math.hypot(plane.v_north, plane.v_east) > HEADING_SPEED_M_S:
            c.heading.along(math.atan2(plane.v_east, plane.v_north))

    def _drive(self) -> None:
        c, p = self._copter, self._copter.parameters
        plane, accel, jerk = c.control.plane, p["WPNAV_ACCEL"] / 100, p["PSC_JERK_XY"]
        if self._velocity is None and self._accel is None:
            hold_here(c)
            hold_height(c, 0.0)
            return
        north, east, down = self._velocity or (plane.v_north, plane.v_east, -c.control.height.speed)
        if self._velocity is None and self._accel is not None:
            plane.accelerate(self._accel[0], self._accel[1], accel, jerk, DT_S)
            down += self._accel[2] * DT_S
        else:
            plane.to_speed(north, east, accel, jerk, DT_S)
        up = clamp(-down, -p["WPNAV_SPEED_DN"] / 100, p["WPNAV_SPEED_UP"] / 100)
        c.control.height.to_speed(up, p["WPNAV_ACCEL_Z"] / 100, p["PSC_JERK_Z"], DT_S)

    def _lean(self, attitude: Quaternion, thrust: float | None) -> None:
        c, p = self._copter, self._copter.parameters
        roll, pitch, yaw = _euler(attitude)
        most = math.radians(clamp(p["ANGLE_MAX"] / 100, *TILT_LIMITS_DEG))
        share = 0.5 if thrust is None else clamp(thrust, 0.0, 1.0)
        c.heading.fix(yaw)
        c.heading.apply()
        c.control.demand.roll_rad = clamp(roll, -most, most)
        c.control.demand.pitch_rad = clamp(pitch, -most, most)
        if int(p["GUID_OPTIONS"]) & THRUST_IS_THRUST:
            c.control.fly_level(c.state, DT_S)
            c.control.throttle(c.state, share * MAX_THRUST)
            return
        limit = p["WPNAV_SPEED_UP"] if share > 0.5 else p["WPNAV_SPEED_DN"]
        hold_height(c, (share - 0.5) * 2 * limit / 100)
        c.control.fly_level(c.state, DT_S)


def _is_finite(target: Target) -> bool:
    """A NaN or an infinity from a client must not get into the flight."""
    vectors = (
        target.position, target.velocity_m_s, target.acceleration_m_s2, target.attitude,
        (target.yaw_rad or 0.0, target.yaw_rate_rad_s or 0.0, target.thrust or 0.0),
    )  # fmt: skip
    return all(math.isfinite(value) for vector in vectors for value in vector or ())


def _turned(
    vector: tuple[float, float, float] | None, frame: int, yaw_rad: float
) -> tuple[float, float, float] | None:
    if vector is None or frame not in (BODY, BODY_OFFSET):
        return vector
    cos, sin = math.cos(yaw_rad), math.sin(yaw_rad)
    return cos * vector[0] - sin * vector[1], sin * vector[0] + cos * vector[1], vector[2]


def _euler(q: Quaternion) -> tuple[float, float, float]:
    w, x, y, z = q
    size = math.sqrt(w * w + x * x + y * y + z * z) or 1.0
    w, x, y, z = w / size, x / size, y / size, z / size
    return (
        math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
        math.asin(clamp(2 * (w * y - z * x), -1.0, 1.0)),
        math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
    )
