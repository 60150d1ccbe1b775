"""Shots from poses a test chooses, without a flight."""

import math
from pathlib import Path

from sim.camera import Scene, View
from sim.flight.gimbal import Mount
from sim.flight.quadcopter import State
from sim.rotation import from_euler
from sim.scenario import Scenario, parse
from sim.shot import Shot
from sim.world import World
from sim.world.terrain import Ground


class Posed:
    """A scenario's world and camera, looked at from anywhere."""

    def __init__(self, land: Path, content: dict) -> None:
        whole = {"vehicle": {"start": "ground"}} | content
        self.scenario: Scenario = parse(whole, "test")
        self.world = World(self.scenario, Ground(land))
        self.scene = Scene(self.scenario, self.world)

    def shot(
        self, north_m: float, east_m: float, over_ground_m: float, *, pitch_deg: float = -90.0,
        heading_deg: float = 0.0, roll_deg: float = 0.0, time_s: float = 0.0,
    ) -> Shot:  # fmt: skip
        """From a point of the map; the gimbal as told, the body rolled by itself."""
        lat, lon = self.world.from_map(north_m, east_m)
        state = State(
            time_s=time_s,
            lat_deg=lat,
            lon_deg=lon,
            alt_amsl_m=self.world.ground.height_at(lat, lon) + over_ground_m,
            yaw_rad=math.radians(heading_deg),
            roll_rad=math.radians(roll_deg),
        )
        q = from_euler(0.0, math.radians(pitch_deg), state.yaw_rad)
        return Shot(1, time_s, state, Mount(q, q, 0), False, 0.0)

    def view(self, *pose: float, **more: float) -> View:
        """The frame from there."""
        return self.scene.render(self.shot(*pose, **more))
