"""AUTO: how each mission item is flown (source: MAVLink, MAV_CMD; ArduCopter's mission commands).

Heights by MAV_FRAME: 0 AMSL, 3 above home, 10 above terrain; a place of 0, 0 is "here" and a
height of 0 with it "as high as now". A spline waypoint is flown straight to.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.flight.landing import Land, Rtl
from sim.flight.legs import LEAST_ACCEL
from sim.flight.modes import DT_S, hold_height, hold_here
from sim.flight.orders import CRITICAL, INFO
from sim.flight.plan import Item
from sim.flight.takeoff import TakeOff

if TYPE_CHECKING:
    from sim.flight.copter import Copter

WAYPOINT, LOITER_UNLIM, LOITER_TURNS, LOITER_TIME, RTL, LAND, TAKEOFF = range(16, 23)
SPLINE, DELAY = 82, 93
CONDITION_DELAY, CONDITION_DISTANCE, CONDITION_YAW = 112, 114, 115
RELATIVE, TERRAIN = (3, 6), (10, 11)
FLOWN_THROUGH_TO = frozenset({WAYPOINT, SPLINE, LOITER_UNLIM, LOITER_TIME})
"""A waypoint before one of these is not stopped at."""
YAW_THERE_RAD = math.radians(2)
SAYS_REACHED = frozenset({WAYPOINT, SPLINE, LOITER_TIME})
DEFAULT_RADIUS_M, LEAST_RADIUS_M = 10.0, 1.0


class Auto:
    """The mission's hands."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self._takeoff = TakeOff(copter)
        self._rtl, self._land = Rtl(copter), Land(copter)
        self._how = "hold"
        self._wait_s = 0.0
        self._do_wait_s = 0.0
        self._turned_rad, self._turns = 0.0, 0.0
        self._angle_rad = self._radius_m = 0.0
        self._centre = (0.0, 0.0)

    @property
    def landing(self) -> bool:
        """On its way down."""
        return self._how == "land" or (self._how == "rtl" and self._rtl.landing)

    @property
    def taking_off(self) -> bool:
        """On its way up."""
        return self._how == "takeoff" and not self._copter.landed

    def enter(self) -> str | None:
        """Needs a mission; on the ground and armed, one that takes off."""
        c = self._copter
        if not c.mission.exists:
            return "init failed"
        if c.armed and c.landed and not c.mission.starts_with_takeoff():
            c.texts.append((CRITICAL, "Auto: Missing Takeoff Cmd"))
            return "init failed"
        c.route.speed_m_s = None
        c.heading.look_at(None)
        self._hold()
        return None

    def run(self) -> None:
        """Flies what the current item says."""
        c = self._copter
        c.mission.run()
        if self._how == "takeoff":
            self._takeoff.run(DT_S)
        elif self._how == "rtl":
            self._rtl.run()
        elif self._how == "land":
            self._fly_land()
        elif c.landed:
            c.idle()
        elif self._how == "route":
            c.route.step(c.state, DT_S, c.ground_m)
            c.head_along_route()
            c.control.fly(c.state, DT_S)
        elif self._how == "circle":
            self._circle()
        else:
            hold_here(c)
            hold_height(c, 0.0)
            c.control.fly(c.state, DT_S)

    def begin(self, seq: int, item: Item) -> None:
        """An item that navigates."""
        if item.command not in (WAYPOINT, SPLINE) or not self._copter.heading.is_fixed:
            self._copter.heading.follow()
        self._wait_s = 0.0
        begin = BEGIN.get(item.command)
        if begin is None:
            self._hold()
        else:
            begin(self, seq, item)

    def is_done(self, item: Item) -> bool:
        """The item that navigates is over."""
        done = self._is_done(item)
        if done and item.command in SAYS_REACHED:
            self._copter.texts.append((INFO, f"Reached command #{self._copter.mission.current}"))
        return done

    def _is_done(self, item: Item) -> bool:
        c = self._copter
        if item.command == TAKEOFF:
            return self._takeoff.to_m is None and not c.landed
        if item.command in (WAYPOINT, SPLINE):
            return c.route.reached and self._waited(item.p1)
        if item.command == LOITER_TIME:
            return c.route.reached and self._waited(item.p1)
        if item.command == LOITER_TURNS:
            return self._how == "circle" and self._turned_rad >= 2 * math.pi * self._turns
        if item.command == RTL:
            return self._rtl.done
        if item.command == LAND:
            return c.landed and not c.armed
        if item.command == DELAY:
            return self._waited(max(item.p1, 0.0))
        return item.command not in BEGIN

    def _waited(self, seconds: float) -> bool:
        self._wait_s += DT_S
        return self._wait_s > seconds

    def do(self, item: Item) -> None:
        """An item that does or waits for something."""
        c = self._copter
        self._do_wait_s = 0.0
        if item.command == CONDITION_YAW or item.command not in (
            CONDITION_DELAY, CONDITION_DISTANCE,
        ):  # fmt: skip
            params = (item.p1, item.p2, item.p3, item.p4, item.lat_deg, item.lon_deg, item.z)
            c.command(item.command, params, item.frame)

    def is_through(self, item: Item) -> bool:
        """What was to be done is done, what was waited for has come."""
        c = self._copter
        if item.command == CONDITION_DELAY:
            self._do_wait_s += DT_S
            return self._do_wait_s >= item.p1
        if item.command == CONDITION_DISTANCE:
            end = c.route.destination
            here = (c.control.north, c.control.east)
            return end is None or math.dist(here, end[:2]) <= item.p1
        if item.command == CONDITION_YAW:
            return not c.heading.is_fixed or c.heading.fixed_error_rad < YAW_THERE_RAD
        return True

    def over(self) -> None:
        """No items left: stays where it is, or is off when it stands."""
        c = self._copter
        if c.landed and c.armed:
            c.disarm_by_itself()
        elif not c.landed:
            self._hold()

    def _hold(self) -> None:
        self._how = "hold"

    def _point(self, item: Item) -> tuple[tuple[float, float, float], bool]:
        """North, east and height, above terrain or not."""
        c = self._copter
        terrain = item.frame in TERRAIN
        north, east = c.control.plane.north, c.control.plane.east
        here = item.x == 0 and item.y == 0
        if not here:
            north, east = c.world.map_point(item.lat_deg, item.lon_deg)
        elif c.route.destination is not None and self._how == "route":
            north, east = c.route.destination[:2]
        if here and item.z == 0:
            up = c.control.height.position
            return (north, east, up - (c.ground_m if terrain else 0.0)), terrain
        base = c.home[2] if item.frame in RELATIVE and c.home else 0.0
        return (north, east, item.z + base), terrain

    def _begin_takeoff(self, seq: int, item: Item) -> None:
        c = self._copter
        self._how = "takeoff"
        base = 0.0
        if item.frame in RELATIVE and c.home:
            base = c.home[2]
        elif item.frame in TERRAIN:
            base = c.ground_m
        self._takeoff.start(max(item.z + base, c.control.up))

    def _begin_route(self, seq: int, item: Item) -> None:
        c = self._copter
        end, terrain = self._point(item)
        if self._how != "route" or c.route.leg is None:
            up = c.control.height.position - (c.ground_m if terrain else 0.0)
            c.route.start((*c.stopping_point(), up), end, terrain, c.ground_m)
        else:
            c.route.go_on(end, terrain, c.ground_m)
        self._how = "route"
        after = c.mission.after(seq)
        through = item.command in (WAYPOINT, SPLINE) and item.p1 <= 0
        if through and after is not None and after.command in FLOWN_THROUGH_TO:
            following, other = self._point(after)
            if other == terrain:
                c.route.then(following, terrain)

    def _begin_turns(self, seq: int, item: Item) -> None:
        c = self._copter
        (north, east, _), _ = self._point(item)
        self._centre = north, east
        self._turns = max(item.p1, 0.0)
        radius = abs(item.p3) or c.parameters["CIRCLE_RADIUS"] / 100 or DEFAULT_RADIUS_M
        self._radius_m = max(radius, LEAST_RADIUS_M)
        self._turned_rad = 0.0
        self._angle_rad = math.atan2(c.control.east - east, c.control.north - north)
        self._way = -1.0 if item.p3 < 0 else 1.0
        self._how = "circle"

    def _circle(self) -> None:
        """Round the centre, to its edge first; the nose to the centre."""
        c, p = self._copter, self._copter.parameters
        radius, accel = self._radius_m, max(p["WPNAV_ACCEL"] / 100, LEAST_ACCEL)
        fastest = min(math.sqrt(accel * radius), p["WPNAV_SPEED"] / 100) / radius
        rate = min(math.radians(abs(p["CIRCLE_RATE"]) or 20.0), fastest)
        edge = (
            self._centre[0] + radius * math.cos(self._angle_rad),
            self._centre[1] + radius * math.sin(self._angle_rad),
        )
        plane = c.control.plane
        if math.dist(edge, (c.control.north, c.control.east)) < radius / 2 + 2.0:
            self._angle_rad += self._way * rate * DT_S
            self._turned_rad += rate * DT_S
        speed = p["WPNAV_SPEED"] / 100
        plane.to_position(edge[0], edge[1], speed, accel, p["PSC_JERK_XY"], DT_S)
        hold_height(c, 0.0)
        c.heading.along(math.atan2(self._centre[1] - plane.east, self._centre[0] - plane.north))
        c.control.fly(c.state, DT_S)

    def _begin_rtl(self, seq: int, item: Item) -> None:
        self._how = "rtl"
        if self._rtl.enter() is not None:
            self._hold()

    def _begin_land(self, seq: int, item: Item) -> None:
        c = self._copter
        if item.x == 0 and item.y == 0:
            self._how = "land"
            self._land.enter()
            return
        north, east = c.world.map_point(item.lat_deg, item.lon_deg)
        up = c.control.height.position
        c.route.start((*c.stopping_point(), up), (north, east, up), False, 0.0)
        self._how = "land"

    def _fly_land(self) -> None:
        """To the place first, then down."""
        c = self._copter
        if not c.landed and c.route.leg is not None and not c.route.reached:
            c.route.step(c.state, DT_S, c.ground_m)
            c.head_along_route()
            c.control.fly(c.state, DT_S)
            return
        self._land.run()

    def _begin_hold(self, seq: int, item: Item) -> None:
        self._hold()


BEGIN = {
    TAKEOFF: Auto._begin_takeoff,
    WAYPOINT: Auto._begin_route,
    SPLINE: Auto._begin_route,
    LOITER_UNLIM: Auto._begin_route,
    LOITER_TIME: Auto._begin_route,
    LOITER_TURNS: Auto._begin_turns,
    RTL: Auto._begin_rtl,
    LAND: Auto._begin_land,
    DELAY: Auto._begin_hold,
}
"""What navigates here; any other item is passed over."""
