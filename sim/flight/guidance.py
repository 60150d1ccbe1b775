"""Where the vehicle is going, as its messages tell it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.flight.modes import Mode
from sim.flight.orders import Place

if TYPE_CHECKING:
    from sim.flight.copter import Copter


def target(copter: Copter) -> Place | None:
    """Where it flies to by itself."""
    end = destination(copter)
    return None if end is None else (*copter.world.from_map(end[0], end[1]), end[2])


def course_deg(copter: Copter) -> float:
    """Bearing of the way it is to go, 0..360."""
    plane = copter.control.plane
    return math.degrees(math.atan2(plane.v_east, plane.v_north)) % 360


def leg(copter: Copter) -> tuple[float, float, float, float]:
    """Bearing of the target (degrees), its distance, height error, cross-track error (metres)."""
    control, end = copter.control, destination(copter)
    climb = control.height.position - control.up
    if end is None:
        return 0.0, 0.0, climb, 0.0
    north, east = end[0] - control.north, end[1] - control.east
    bearing = math.degrees(math.atan2(east, north)) % 360
    return bearing, math.hypot(north, east), climb, copter.route.off_track(control)


def destination(copter: Copter) -> tuple[float, float, float] | None:
    """North, east, height AMSL."""
    if copter.mode is Mode.GUIDED:
        return copter.guided_mode.destination
    end = copter.route.destination if copter.mode in (Mode.AUTO, Mode.RTL) else None
    if end is None:
        return None
    return end[0], end[1], end[2] + (copter.ground_m if copter.route.terrain else 0.0)
