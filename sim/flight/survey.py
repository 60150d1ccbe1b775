"""The lawn mower of a scenario as a mission: what an operator would have uploaded."""

import math

from firmware_bridge.units import degrees_to_1e7
from sim.flight.plan import Item
from sim.scenario import Scenario
from sim.world import World

NAV_WAYPOINT, NAV_RTL, NAV_TAKEOFF, DO_JUMP = 16, 20, 22, 177
FRAME_GLOBAL, FRAME_RELATIVE, FRAME_TERRAIN = 0, 3, 10
FIRST_LINE = 2
"""Number of the first waypoint."""
FOR_EVER = -1


def survey_items(scenario: Scenario, world: World) -> list[Item]:
    """Home, take-off, the ends of every line again and again, and the way home; or nothing."""
    survey = scenario.survey
    if survey is None:
        return []
    vehicle, height = scenario.vehicle, scenario.vehicle.height_above_terrain_m
    start = world.from_map(vehicle.north_m, vehicle.east_m)
    x, y = _at(*start)
    items = [
        Item(NAV_WAYPOINT, FRAME_GLOBAL, x=x, y=y, z=world.ground.height_at(*start)),
        Item(NAV_TAKEOFF, FRAME_RELATIVE, z=height),
    ]
    heading_rad = math.radians(survey.heading_deg)
    cos, sin = math.cos(heading_rad), math.sin(heading_rad)
    for line in range(survey.lines):
        ends = (0.0, survey.length_m) if line % 2 == 0 else (survey.length_m, 0.0)
        for along in ends:
            across = line * survey.spacing_m
            north_m = vehicle.north_m + along * cos - across * sin
            east_m = vehicle.east_m + along * sin + across * cos
            x, y = _at(*world.from_map(north_m, east_m))
            items.append(Item(NAV_WAYPOINT, FRAME_TERRAIN, x=x, y=y, z=height))
    return [*items, Item(DO_JUMP, p1=FIRST_LINE, p2=FOR_EVER), Item(NAV_RTL)]


def _at(lat_deg: float, lon_deg: float) -> tuple[int, int]:
    return degrees_to_1e7(lat_deg), degrees_to_1e7(lon_deg)
