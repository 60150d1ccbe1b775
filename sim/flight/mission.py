"""The lawn mower over terrain: waypoints, and the velocities that fly them.

Missions are kept as MAVLink items (source: common.xml, MAV_CMD), since the autopilot hands them
out by the mission protocol; item 0 is home, heights are above terrain (MAV_FRAME 10).
"""

import math
from enum import Enum

from firmware_bridge.units import degrees_to_1e7
from sim.flight.plan import Item, Plan
from sim.flight.quadcopter import CLIMB_M_S, SINK_M_S, State, Wish
from sim.scenario import Scenario
from sim.world import World

NAV_WAYPOINT, NAV_RTL, NAV_TAKEOFF = 16, 20, 22
FRAME_GLOBAL, FRAME_RELATIVE, FRAME_TERRAIN = 0, 3, 10
ARRIVED_M = 2.0
BRAKE_M_S2 = 1.2
LOOK_AHEAD_S = 1.5
LOW_BATTERY = 0.2
Point = tuple[float, float]
"""Map coordinates, metres north and east of home."""


class Phase(Enum):
    """What the vehicle is doing."""

    TAKEOFF = "takeoff"
    SURVEY = "survey"
    RETURN = "return"
    LAND = "land"
    GROUND = "ground"


def _item(command: int, frame: int, lat_deg: float, lon_deg: float, height_m: float) -> Item:
    return Item(command, frame, x=degrees_to_1e7(lat_deg), y=degrees_to_1e7(lon_deg), z=height_m)


def survey_items(scenario: Scenario, world: World) -> list[Item]:
    """Home, take-off, the ends of every line, and home again; nothing without a survey."""
    survey = scenario.survey
    if survey is None:
        return []
    vehicle, height = scenario.vehicle, scenario.vehicle.height_above_terrain_m
    start = world.from_map(vehicle.north_m, vehicle.east_m)
    home = _item(NAV_WAYPOINT, FRAME_GLOBAL, *start, world.ground.height_at(*start))
    items = [home, _item(NAV_TAKEOFF, FRAME_RELATIVE, 0, 0, height)]
    cos, sin = (
        math.cos(math.radians(survey.heading_deg)),
        math.sin(math.radians(survey.heading_deg)),
    )
    for line in range(survey.lines):
        ends = (0.0, survey.length_m) if line % 2 == 0 else (survey.length_m, 0.0)
        for along in ends:
            across = line * survey.spacing_m
            north_m = vehicle.north_m + along * cos - across * sin
            east_m = vehicle.east_m + along * sin + across * cos
            place = world.from_map(north_m, east_m)
            items.append(_item(NAV_WAYPOINT, FRAME_TERRAIN, *place, height))
    return [*items, _item(NAV_RTL, FRAME_GLOBAL, 0, 0, 0)]


class Navigator:
    """Flies the items again and again until the battery is low; then home, a new one, and on."""

    def __init__(self, scenario: Scenario, world: World, plan: Plan) -> None:
        self.items = plan.mission
        self._world = world
        self._vehicle = scenario.vehicle
        self._last = len(self.items) - 2
        self._waits_for_pilot = scenario.vehicle.start == "ground"
        self.phase = Phase.GROUND if self._waits_for_pilot else Phase.SURVEY
        self.current = 0 if self._waits_for_pilot else 2
        self._home = scenario.vehicle.north_m, scenario.vehicle.east_m
        self._from = self._home if self._waits_for_pilot else self._map(self.items[2])
        self._grounded_s = 0.0

    def wish(self, state: State) -> Wish | None:
        """Velocity and heading to fly next; None on the ground."""
        return {
            Phase.TAKEOFF: self._take_off,
            Phase.SURVEY: self._survey,
            Phase.RETURN: self._return,
            Phase.LAND: self._land,
            Phase.GROUND: self._wait,
        }[self.phase](state)

    def _survey(self, state: State) -> Wish:
        if state.battery < LOW_BATTERY:
            self.phase = Phase.RETURN
        target = self._map(self.items[self.current])
        if math.dist(target, self._here(state)) < ARRIVED_M:
            self._from = target
            self.current = self.current + 1 if self.current < self._last else 2
            target = self._map(self.items[self.current])
        return self._along(state, self._from, target)

    def _return(self, state: State) -> Wish:
        if math.dist(self._here(state), self._home) < ARRIVED_M:
            self.phase = Phase.LAND
        return self._along(state, self._here(state), self._home)

    def _land(self, state: State) -> Wish | None:
        over = state.alt_amsl_m - self._world.ground.height_at(state.lat_deg, state.lon_deg)
        if over < 0.1:
            self.phase, self._grounded_s = Phase.GROUND, state.time_s
            return None
        north, east = self._from_home(state)
        sink = SINK_M_S if over > 10 else 0.5
        return Wish(-0.5 * north, -0.5 * east, -sink, state.yaw_rad)

    def _wait(self, state: State) -> Wish | None:
        if self._waits_for_pilot:
            return None
        if state.time_s - self._grounded_s >= self._vehicle.change_battery_s:
            state.battery, self.phase, self.current = 1.0, Phase.TAKEOFF, 1
        return None

    def _take_off(self, state: State) -> Wish:
        over = state.alt_amsl_m - self._world.ground.height_at(state.lat_deg, state.lon_deg)
        if over > self._vehicle.height_above_terrain_m - 2:
            self.phase, self.current, self._from = Phase.SURVEY, 2, self._here(state)
        north, east = self._from_home(state)
        return Wish(-0.5 * north, -0.5 * east, CLIMB_M_S, state.yaw_rad)

    def _along(self, state: State, start: Point, end: Point) -> Wish:
        """Down the line, slowing before its end, pulled back to it, level above the terrain."""
        north, east = self._here(state)
        to_n, to_e = end[0] - north, end[1] - east
        line = math.dist(start, end)
        if line > ARRIVED_M:
            dir_n, dir_e = (end[0] - start[0]) / line, (end[1] - start[1]) / line
        else:
            away = max(math.hypot(to_n, to_e), 1e-6)
            dir_n, dir_e = to_n / away, to_e / away
        remaining = to_n * dir_n + to_e * dir_e
        speed = math.copysign(
            min(self._vehicle.speed_m_s, math.sqrt(2 * BRAKE_M_S2 * abs(remaining))), remaining
        )
        across = to_e * dir_n - to_n * dir_e
        back = min(max(0.6 * across, -2.0), 2.0)
        yaw = math.atan2(dir_e, dir_n) if line > ARRIVED_M else state.yaw_rad
        return Wish(
            speed * dir_n - back * dir_e, speed * dir_e + back * dir_n, self._climb(state), yaw
        )

    def _climb(self, state: State) -> float:
        """Towards the set height above the higher of the ground here and the ground ahead."""
        ahead_lat = state.lat_deg + state.north_m_s * LOOK_AHEAD_S / self._world.metres_per_lat
        ahead_lon = state.lon_deg + state.east_m_s * LOOK_AHEAD_S / self._world.metres_per_lon
        ground = max(
            self._world.ground.height_at(ahead_lat, ahead_lon),
            self._world.ground.height_at(state.lat_deg, state.lon_deg) - 5.0,
        )
        return 0.8 * (ground + self._vehicle.height_above_terrain_m - state.alt_amsl_m)

    def _here(self, state: State) -> Point:
        return self._world.map_point(state.lat_deg, state.lon_deg)

    def _from_home(self, state: State) -> Point:
        north, east = self._here(state)
        return north - self._home[0], east - self._home[1]

    def _map(self, item: Item) -> Point:
        return self._world.map_point(item.lat_deg, item.lon_deg)
