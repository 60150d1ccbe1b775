"""Leaving the ground: motors spin up, thrust rises until it carries, then a climb to a height."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.flight.quadcopter import HOVER_THROTTLE, MAX_THRUST

if TYPE_CHECKING:
    from sim.flight.copter import Copter

ARMING_DELAY_S = 2.0
"""From arming until the propellers may turn, as recorded."""


class TakeOff:
    """The first seconds of a flight (TKOFF_SLEW_TIME, TKOFF_THR_MAX, MOT_SPOOL_TIME)."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self._since_s = 0.0
        self.to_m: float | None = None
        """AMSL; None: not taking off."""

    def start(self, alt_amsl_m: float) -> None:
        """Up to this height."""
        self._since_s, self.to_m = 0.0, alt_amsl_m

    def cancel(self) -> None:
        """No more."""
        self._since_s, self.to_m = 0.0, None

    def spun_up(self, dt_s: float) -> bool:
        """One step on the ground; True when the thrust carries the vehicle."""
        c = self._copter
        c.idle()
        if c.armed_for_s < ARMING_DELAY_S:
            return False
        self._since_s += dt_s
        p = c.parameters
        since_s = self._since_s - p["MOT_SPOOL_TIME"]
        slew_s = max(p["TKOFF_SLEW_TIME"], 0.1)
        share = max(since_s, 0.0) / slew_s * p["TKOFF_THR_MAX"]
        c.control.demand.thrust = min(share, p["TKOFF_THR_MAX"]) * MAX_THRUST
        return share >= HOVER_THROTTLE

    def run(self, dt_s: float) -> bool:
        """One step; True once it is up."""
        c, p = self._copter, self._copter.parameters
        if self.to_m is None:
            return True
        if c.landed:
            if not c.armed:
                self._since_s = 0.0
                c.idle()
            elif self.spun_up(dt_s):
                c.lift_off()
            return False
        height = c.control.height
        up = p["WPNAV_SPEED_UP"] / 100
        height.to_position(
            self.to_m, -p["WPNAV_SPEED_DN"] / 100, up,
            p["WPNAV_ACCEL_Z"] / 100, p["PSC_JERK_Z"], dt_s,
        )  # fmt: skip
        plane = c.control.plane
        plane.to_speed(0.0, 0.0, p["WPNAV_ACCEL"] / 100, p["PSC_JERK_XY"], dt_s)
        c.control.fly(c.state, dt_s)
        if height.position >= self.to_m - 0.1 and abs(height.speed) < 0.1 * up:
            self.to_m = None
            return True
        return False
