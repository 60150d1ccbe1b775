"""Where the nose points in the modes that fly by themselves (WP_YAW_BEHAVIOR, CONDITION_YAW, ROI).

A fixed heading or a region of interest stands until the mode or the next waypoint ends it, as
AC's automatic yaw does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.rotation import wrap_pi

if TYPE_CHECKING:
    from sim.flight.copter import Copter

BEHAVIOUR_NEVER, BEHAVIOUR_ALWAYS, BEHAVIOUR_NOT_IN_RTL = 0, 1, 2


class Heading:
    """Says the controller where to point."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self._wanted = "follow"
        self._yaw_rad = 0.0
        self._rate_rad_s = 0.0
        self.roi: tuple[float, float] | None = None
        """North and east of what it looks at."""

    def follow(self) -> None:
        """The way ahead, as WP_YAW_BEHAVIOR says."""
        if self.roi is None:
            self._wanted = "follow"

    def fix(self, yaw_rad: float) -> None:
        """This heading."""
        self._wanted, self._yaw_rad = "fixed", wrap_pi(yaw_rad)
        self.apply()

    def turn(self, rate_rad_s: float) -> None:
        """Goes round at a rate."""
        self._wanted, self._rate_rad_s = "rate", rate_rad_s
        self.apply()

    def look_at(self, place: tuple[float, float] | None) -> None:
        """A region of interest; None ends it."""
        self.roi = place
        self._wanted = "follow"

    @property
    def fixed_error_rad(self) -> float:
        """How far it is from a fixed heading."""
        return abs(wrap_pi(self._yaw_rad - self._copter.state.yaw_rad))

    @property
    def is_fixed(self) -> bool:
        """CONDITION_YAW or a client has set it."""
        return self._wanted == "fixed"

    def along(self, way_rad: float, returning: bool = False) -> None:
        """The way goes there: followed or not."""
        behaviour = int(self._copter.parameters["WP_YAW_BEHAVIOR"])
        ignored = behaviour == BEHAVIOUR_NEVER or (returning and behaviour == BEHAVIOUR_NOT_IN_RTL)
        if self._wanted == "follow" and self.roi is None and not ignored:
            self._copter.control.yaw_rate_rad_s = None
            self._copter.control.yaw_rad = way_rad

    def apply(self) -> None:
        """Tells the controller, once a step."""
        control = self._copter.control
        if self.roi is not None:
            north, east = self.roi[0] - control.north, self.roi[1] - control.east
            control.yaw_rate_rad_s = None
            if math.hypot(north, east) > 1.0:
                control.yaw_rad = math.atan2(east, north)
        elif self._wanted == "fixed":
            control.yaw_rate_rad_s, control.yaw_rad = None, self._yaw_rad
        elif self._wanted == "rate":
            control.yaw_rate_rad_s = self._rate_rad_s
        else:
            control.yaw_rate_rad_s = None
