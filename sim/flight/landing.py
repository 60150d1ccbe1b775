"""LAND and RTL: down to the ground, here or at home."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.flight.modes import DT_S, hold_here
from sim.flight.shaping import clamp, sqrt_controller

if TYPE_CHECKING:
    from sim.flight.copter import Copter

LAND_SLOWER_M_S2 = 1.0
RALLY_NONE_M = math.inf
"""A RALLY_LIMIT_KM of 0 is no limit."""


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
        self._to = nearest_return(c)
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


def nearest_return(copter: Copter) -> tuple[float, float]:
    """Home or a rally point within RALLY_LIMIT_KM: north and east."""
    assert copter.home is not None
    home = copter.world.map_point(copter.home[0], copter.home[1])
    here = copter.control.north, copter.control.east
    points = [copter.world.map_point(i.lat_deg, i.lon_deg) for i in copter.plan.rally]
    limit_m = copter.parameters["RALLY_LIMIT_KM"] * 1000 or RALLY_NONE_M
    near = [point for point in points if math.dist(point, here) <= limit_m]
    if not near or copter.parameters["RALLY_INCL_HOME"] >= 1:
        near.append(home)
    return min(near, key=lambda point: math.dist(point, here))
