"""Legs between waypoints: speed profiles limited in jerk, corners cut within WPNAV_RADIUS.

A leg runs along a straight line in space from rest to rest. When the next waypoint is flown
through, the next leg sets off before this one has ended, as early as the sum of both stays within
the radius of the corner, below the speed of both and within the acceleration of a turn; the
waypoint counts as reached when both are equally far through it. Along the way time is stretched
while the vehicle cannot follow, so that in a head wind the reference waits for it.

Parameters are ArduCopter's: WPNAV_SPEED, _SPEED_UP, _SPEED_DN, _ACCEL, _ACCEL_Z, _ACCEL_C, _JERK,
_RADIUS. A spline waypoint is flown as a straight one.
"""

import math
from collections.abc import Mapping

from sim.flight.control import Control
from sim.flight.legs import SLOWEST_M_S, Leg, Limits, Point, may_turn, share_of
from sim.flight.quadcopter import State
from sim.flight.shaping import Axis, clamp

FOLLOW_MARGIN = 0.05
"""Speed by which the reference may outrun a vehicle that cannot follow: share of its own."""
LONGEST_LEG_S = 1e6


class Route:
    """The leg that is flown, the one before that still ends, and the one after that may begin."""

    def __init__(self, control: Control, parameters: Mapping[str, float]) -> None:
        self._control, self._parameters = control, parameters
        self.leg: Leg | None = None
        self._previous: Leg | None = None
        self._next: Leg | None = None
        self._rate = 1.0
        """How fast the time of the legs runs."""
        self._pace = 1.0
        """What a change of the speed on the way makes of it."""
        self.speed_m_s: float | None = None
        """Of DO_CHANGE_SPEED; None: WPNAV_SPEED."""
        self.reached = True
        self.paused = False
        """DO_PAUSE_CONTINUE: stands still on the way."""
        self.terrain = False
        """Heights of the legs are above terrain."""
        self._ground = Axis()

    @property
    def destination(self) -> Point | None:
        """Of the leg that is flown."""
        return self.leg.end if self.leg else None

    def off_track(self, control: Control) -> float:
        """Metres to the right of the leg."""
        if self.leg is None:
            return 0.0
        (n, e, _), (dn, de, _) = self.leg.start, self.leg.direction
        flat = math.hypot(dn, de)
        return ((control.east - e) * dn - (control.north - n) * de) / flat if flat else 0.0

    def start(self, origin: Point, end: Point, terrain: bool, ground_m: float) -> None:
        """A leg from rest."""
        self.leg = Leg(origin, end, self._limits())
        self._previous = self._next = None
        self._rate, self._pace, self.reached = 1.0, 1.0, False
        if terrain and not self.terrain:
            self._ground.reset(ground_m)
        self.terrain = terrain

    def go_on(self, end: Point, terrain: bool, ground_m: float) -> None:
        """The next leg: the one announced by `then`, or one from the end of the last."""
        if self.leg is None or terrain != self.terrain:
            c = self._control
            up = c.height.position - (ground_m if terrain else 0.0)
            self.start((c.plane.north, c.plane.east, up), end, terrain, ground_m)
        elif self._next is not None and self._next.end == end:
            self._previous, self.leg, self._next = self.leg, self._next, None
            self.reached = False
        else:
            self._previous = self.leg if self.leg.left_s > 0 else None
            self.leg, self._next = Leg(self.leg.end, end, self._limits()), None
            self.reached = False

    def then(self, end: Point, terrain: bool) -> None:
        """The waypoint is to be flown through, towards this one."""
        if self.leg is not None and terrain == self.terrain:
            self._next = Leg(self.leg.end, end, self._limits())

    def set_speed(self, speed_m_s: float) -> None:
        """DO_CHANGE_SPEED: acts on the leg that is flown as well."""
        self.speed_m_s = speed_m_s

    def step(self, state: State, dt_s: float, ground_m: float) -> None:
        """Moves the reference of the controller."""
        leg = self.leg
        if leg is None:
            return
        self._keep_time(state, leg, dt_s)
        step_s = dt_s * self._rate * self._pace
        leg.time_s = min(leg.time_s + step_s, LONGEST_LEG_S)
        if self._previous is not None:
            self._previous.time_s += step_s
            if self._previous.left_s <= 0:
                self._previous = None
        after = self._next
        if after is not None and (after.time_s > 0 or may_turn(leg, after, self._parameters)):
            after.time_s += step_s
        self._place(leg, dt_s, ground_m)
        if not self.reached:
            self.reached = self._is_reached(leg)

    def _limits(self) -> Limits:
        return Limits.of(self._parameters, self.speed_m_s)

    def _keep_time(self, state: State, leg: Leg, dt_s: float) -> None:
        """Slows time while the vehicle falls behind; and to the speed now wanted."""
        c = self._control
        ref = c.plane
        speed = math.sqrt(ref.v_north**2 + ref.v_east**2 + c.height.speed**2)
        wanted = 1.0
        if speed > 0.01:
            n, e, u = ref.v_north / speed, ref.v_east / speed, c.height.speed / speed
            behind = (
                (ref.north - c.north) * n + (ref.east - c.east) * e + (c.height.position - c.up) * u
            )
            along = state.north_m_s * n + state.east_m_s * e - state.down_m_s * u
            gain = self._parameters["PSC_POSXY_P"]
            wanted = clamp(FOLLOW_MARGIN + (along - gain * behind) / speed, 0.0, 1.0)
        limits = self._limits()
        settle_s = max(limits.accel / limits.jerk, dt_s)
        self._rate += (wanted - self._rate) * dt_s / settle_s
        if leg.profile is not None:
            most = max(leg.profile.speed, SLOWEST_M_S)
            flat = math.hypot(leg.direction[0], leg.direction[1])
            change = limits.accel / most * dt_s
            goal = 0.0 if self.paused else min(share_of(limits.speed, flat) / most, 1.0)
            self._pace += clamp(goal - self._pace, -change, change)

    def _place(self, leg: Leg, dt_s: float, ground_m: float) -> None:
        c, pace = self._control, self._rate * self._pace
        n, e, u = leg.start
        vn = ve = vu = an = ae = au = 0.0
        for part in (leg, self._previous, self._next):
            if part is None:
                continue
            s, v, a = part.at(part.time_s)
            if part is self._previous:
                # What it still has to go: the leg after it already counts from its end.
                s -= part.profile.length if part.profile else 0.0
            dn, de, du = part.direction
            n, e, u = n + dn * s, e + de * s, u + du * s
            vn, ve, vu = vn + dn * v, ve + de * v, vu + du * v
            an, ae, au = an + dn * a, ae + de * a, au + du * a
        plane, height = c.plane, c.height
        plane.north, plane.east = n, e
        plane.v_north, plane.v_east = vn * pace, ve * pace
        plane.a_north, plane.a_east = an * pace * pace, ae * pace * pace
        height.position, height.speed, height.accel = u, vu * pace, au * pace * pace
        if self.terrain:
            self._follow_ground(ground_m, dt_s)

    def _follow_ground(self, ground_m: float, dt_s: float) -> None:
        p, height = self._parameters, self._control.height
        self._ground.to_position(
            ground_m, -p["WPNAV_SPEED_DN"] / 100, p["WPNAV_SPEED_UP"] / 100,
            p["WPNAV_ACCEL_Z"] / 100, p["PSC_JERK_Z"], dt_s,
        )  # fmt: skip
        height.position += self._ground.position
        height.speed += self._ground.speed
        height.accel += self._ground.accel

    def _is_reached(self, leg: Leg) -> bool:
        if self._next is not None and self._next.time_s > 0:
            return self._next.time_s >= leg.left_s
        if leg.left_s > 0:
            return False
        if self._next is not None:
            return True
        c = self._control
        up = c.up - (self._ground.position if self.terrain else 0.0)
        away = math.dist(leg.end, (c.north, c.east, up))
        return away <= self._parameters["WPNAV_RADIUS"] / 100
