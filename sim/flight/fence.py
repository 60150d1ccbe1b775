"""The fence: a ceiling, a circle around home, and polygons and circles of the plan.

FENCE_ENABLE, FENCE_TYPE (1 ceiling, 2 circle, 4 polygons, 8 floor), FENCE_ALT_MAX, _ALT_MIN,
FENCE_RADIUS; the plan's items are MAV_CMD_NAV_FENCE_* (source: common.xml).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.flight.copter import Copter

CEILING, CIRCLE, POLYGON, FLOOR = 1, 2, 4, 8
RETURN_POINT, INSIDE, OUTSIDE, INSIDE_CIRCLE, OUTSIDE_CIRCLE = range(5000, 5005)
Point = tuple[float, float]


class Fence:
    """Where the vehicle may be."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self.enabled: bool | None = None
        """By DO_FENCE_ENABLE; None: as FENCE_ENABLE says."""
        self._areas: list[tuple[bool, list[Point], float]] = []
        """Inside or not, corners or a centre, radius."""

    def changed(self) -> None:
        """Another fence has been stored."""
        self._areas = []
        items, world, index = self._copter.plan.fence, self._copter.world, 0
        while index < len(items):
            item = items[index]
            count = 1
            if item.command in (INSIDE, OUTSIDE):
                count = max(int(item.p1), 1)
                corners = [world.map_point(i.lat_deg, i.lon_deg) for i in items[index:][:count]]
                self._areas.append((item.command == INSIDE, corners, 0.0))
            elif item.command in (INSIDE_CIRCLE, OUTSIDE_CIRCLE):
                centre = world.map_point(item.lat_deg, item.lon_deg)
                self._areas.append((item.command == INSIDE_CIRCLE, [centre], item.p1))
            index += count

    @property
    def on(self) -> bool:
        """It is watched."""
        if self.enabled is not None:
            return self.enabled
        return int(self._copter.parameters["FENCE_ENABLE"]) == 1

    @property
    def needs_position(self) -> bool:
        """More than heights are watched."""
        return self.on and bool(int(self._copter.parameters["FENCE_TYPE"]) & (CIRCLE | POLYGON))

    def breached(self, margin: bool) -> str:
        """What is breached now, "" for nothing; `margin`: in flight the floor counts too."""
        c = self._copter
        if not self.on or c.home is None:
            return ""
        p, kind = c.parameters, int(c.parameters["FENCE_TYPE"])
        height = c.control.up - c.home[2]
        if kind & CEILING and height > p["FENCE_ALT_MAX"]:
            return "Max Alt"
        if margin and kind & FLOOR and height < p["FENCE_ALT_MIN"]:
            return "Min Alt"
        here = c.control.north, c.control.east
        home = c.world.map_point(c.home[0], c.home[1])
        if kind & CIRCLE and c.position_ok and math.dist(here, home) > p["FENCE_RADIUS"]:
            return "Circle"
        if kind & POLYGON and c.position_ok and not all(_keeps(a, here) for a in self._areas):
            return "Polygon"
        return ""


def _keeps(area: tuple[bool, list[Point], float], here: Point) -> bool:
    inside, corners, radius = area
    if radius > 0:
        return (math.dist(here, corners[0]) <= radius) == inside
    return _contains(corners, here) == inside


def _contains(corners: list[Point], here: Point) -> bool:
    """Ray casting: an odd number of edges lies to the north."""
    odd = False
    for (n1, e1), (n2, e2) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (e1 > here[1]) != (e2 > here[1]):
            crossing = n1 + (here[1] - e1) * (n2 - n1) / (e2 - e1)
            odd ^= crossing > here[0]
    return odd
