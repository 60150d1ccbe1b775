"""The pictures of docs/simulator.md: frames of the simulator, thermal and visible side by side.

python -m benchmarks.simulated_pictures [FOLDER]      docs/pictures unless told
"""

import math
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from sim.camera import Scene
from sim.camera.sensor import Microbolometer
from sim.flight.gimbal import Mount
from sim.flight.quadcopter import State
from sim.rotation import from_euler
from sim.scenario import parse
from sim.shot import Shot
from sim.world import World
from sim.world.relief import COARSE_POSTS
from sim.world.terrain import Ground, ensure_tile

Pose = tuple[float, float, float, float, float]
"""North, east, over the ground (metres), heading and pitch (degrees)."""

CAMP = [
    {"kind": "campfire", "north_m": 2, "east_m": -4, "cover": 0},
    {"kind": "person", "north_m": 4, "east_m": -2, "count": 3, "apart_m": 2.5},
    {"kind": "vehicle", "north_m": -9, "east_m": 8, "heading_deg": 25},
    {"kind": "roof", "north_m": 9, "east_m": 10, "heading_deg": 70},
    {"kind": "rock", "north_m": -8, "east_m": -12, "radius_m": 1.2},
]
HERD = [
    {"kind": "deer", "north_m": 0, "east_m": 2, "count": 9, "apart_m": 5},
    {"kind": "leopard", "north_m": -14, "east_m": -16, "heading_deg": 40},
]
CLEARING = {"north_m": 0, "east_m": 0, "radius_m": 20}
WILDFIRE = {"kind": "wildfire", "north_m": -12, "east_m": -20, "from_s": -2400}
NEAR_CAMP = {"kind": "wildfire", "north_m": 8, "east_m": -24, "from_s": -1000}

PICTURES: dict[str, tuple[dict[str, Any], Pose]] = {
    "sim-wildfire": ({"target": [WILDFIRE]}, (-70, -25, 55, 20, -38)),
    "sim-camp": ({"target": CAMP, "forest": {"clearing": [CLEARING]}}, (0, 0, 62, 0, -90)),
    "sim-night": (
        {
            "target": [NEAR_CAMP, *CAMP],
            "weather": {"start_utc": "2026-04-20T11:10:00Z", "air_celsius": 6},
            "forest": {"clearing": [CLEARING]},
        },
        (0, 0, 70, 0, -90),
    ),
    "sim-winter": (
        {
            "target": HERD,
            "weather": {"start_utc": "2026-01-20T03:00:00Z", "air_celsius": -14},
            "forest": {"snow": True, "crown_cover": 0.15, "clearing": [CLEARING]},
        },
        (-45, 4, 38, 0, -40),
    ),
}
SETTLED = 40
"""Frames until the gain control stands."""


def main(folder: Path) -> None:
    """Write them all."""
    with TemporaryDirectory() as name:
        ensure_tile(Path(name), "N43E131", posts=COARSE_POSTS)
        ground = Ground(Path(name))
        for title, (content, pose) in PICTURES.items():
            path = folder / f"{title}.jpg"
            cv2.imwrite(str(path), picture(content, pose, ground), [cv2.IMWRITE_JPEG_QUALITY, 88])
            print(path)


def picture(content: dict[str, Any], pose: Pose, ground: Ground) -> np.ndarray:
    """(512, 1288, 3) BGR: the 8-bit thermal picture and the visible one."""
    whole = {
        "vehicle": {"start": "ground"},
        "camera": {"model": "agc-640", "horizontal_fov_deg": 50},
        **content,
    }
    scenario = parse(whole, "picture")
    world = World(scenario, ground)
    scene, sensor = Scene(scenario, world), Microbolometer(scenario.camera, 1)
    north, east, over_m, heading_deg, pitch_deg = pose
    lat, lon = world.from_map(north, east)
    yaw = math.radians(heading_deg)
    q = from_euler(0.0, math.radians(pitch_deg), yaw)
    state = State(0.0, lat, lon, ground.height_at(lat, lon) + over_m, yaw)
    view = scene.render(Shot(1, 0.0, state, Mount(q, q, 0), False, 0.0))
    for frame in range(SETTLED):
        thermal = sensor.expose(view.kelvin, frame / 9).pixels
    gap = np.full((512, 8, 3), 255, np.uint8)
    grey = cv2.cvtColor(thermal.astype(np.uint8), cv2.COLOR_GRAY2BGR)
    return np.hstack([grey, gap, scene.visible(view)])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
