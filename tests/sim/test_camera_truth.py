"""The truth beside the frames, recomputed by somebody else's earth and by OpenCV's projection."""

import json
import math
from itertools import pairwise

import cv2
import numpy as np
import pytest

from firmware_bridge import earth
from sim.camera import truth
from sim.camera.sensor import Exposure
from tests.sim.posed import Posed

CAMERA_FROM_MOUNT = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
"""x right, y down, z ahead, out of forward, right, down."""

THINGS = [
    {"kind": "person", "north_m": 6, "east_m": -8, "heading_deg": 40},
    {"kind": "deer", "north_m": -7, "east_m": 5, "heading_deg": 250},
    {"kind": "vehicle", "north_m": 3, "east_m": 9, "heading_deg": 120},
    {"kind": "roof", "north_m": -4, "east_m": -9, "heading_deg": 15, "radius_m": 3},
    {"kind": "rock", "north_m": 9, "east_m": 2},
    {"kind": "fire", "north_m": 0, "east_m": 0, "radius_m": 1.0},
]
DISTORTED = {"k1": -0.21, "k2": 0.07, "p1": 0.0012, "p2": -0.0009, "k3": 0.01}
POSES = {
    "straight down": ((2, 1, 60), {"heading_deg": 33}),
    "from the south": ((-60, 0, 45), {"pitch_deg": -38, "roll_deg": 12}),
    "from the north, low": ((45, 6, 20), {"pitch_deg": -24, "heading_deg": 185}),
}


@pytest.fixture(scope="module", params=[{}, DISTORTED], ids=["pinhole", "distorted"])
def meadow(land, request):
    return Posed(
        land,
        {
            "target": THINGS,
            "lens": request.param,
            "camera": {"horizontal_fov_deg": 45},
            "forest": {"clearing": [{"north_m": 0, "east_m": 0, "radius_m": 200}]},
        },
    )


def line_of(posed: Posed, pose, more) -> dict:
    shot = posed.shot(*pose, **more)
    view = posed.scene.render(shot)
    exposed = Exposure(np.zeros(view.kelvin.shape, np.uint16), "idle")
    return json.loads(truth.line(shot, view, exposed, 0))


def outline(target: dict) -> np.ndarray:
    """(n, 3) forward, right, up of the thing's foot: its surface, closely sampled."""
    half = np.array(target["size_m"]) / 2
    if target["kind"] in ("vehicle", "roof"):
        signs = np.stack(np.meshgrid([-1, 1], [-1, 1], [0, 2]), -1).reshape(-1, 3)
        return signs * half
    turn, tilt = np.meshgrid(np.linspace(0, 2 * math.pi, 120), np.linspace(0, math.pi, 60))
    ball = np.stack([np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), np.cos(tilt)], -1)
    return (ball * half).reshape(-1, 3) + np.array([0, 0, half[2]])


def recomputed(line: dict, target: dict) -> np.ndarray:
    """(n, 2) pixels of the outline, from nothing but the line."""
    camera = line["camera"]
    heading = math.radians(target["heading_deg"])
    ahead = np.array([math.cos(heading), math.sin(heading), 0.0])
    right = np.array([-math.sin(heading), math.cos(heading), 0.0])
    ahead_right_up = outline(target)
    foot = ned_between(camera, target)
    ned = foot + ahead_right_up @ np.array([ahead, right, [0.0, 0.0, -1.0]])
    w, x, y, z = camera["q_ned_from_mount"]
    angle = 2 * math.atan2(math.sqrt(x * x + y * y + z * z), w)
    axis = np.array([x, y, z]) / (math.sin(angle / 2) or 1.0)
    rotation = CAMERA_FROM_MOUNT @ cv2.Rodrigues(axis * angle)[0].T
    f, (cx, cy) = camera["focal_px"], camera["centre_px"]
    inner = np.array([[f, 0, cx], [0, f, cy], [0, 0, 1.0]])
    vector, _ = cv2.Rodrigues(rotation)
    pixels, _ = cv2.projectPoints(ned, vector, np.zeros(3), inner, np.array(camera["distortion"]))
    return pixels[:, 0]


def ned_between(origin: dict, point: dict) -> np.ndarray:
    """Metres north, east, down by the onboard side's earth."""
    heights = [earth.hae_from_amsl_m(p["lat"], p["lon"], p["alt_amsl_m"]) for p in (origin, point)]
    enu = earth.geodetic_to_enu(
        point["lat"], point["lon"], heights[1], origin["lat"], origin["lon"], heights[0]
    )
    east, north, up = np.asarray(enu).reshape(3)
    return np.array([north, east, -up])


@pytest.mark.parametrize("name", POSES)
def test_boxes_are_where_opencv_projects_the_things(meadow, name):
    line = line_of(meadow, *POSES[name])
    assert len(line["targets"]) >= 4
    for target in line["targets"]:
        pixels = recomputed(line, target)
        # A pixel's index is its centre; the box holds whole pixels that the outline touches.
        low, high = np.floor(pixels.min(0) + 0.5), np.floor(pixels.max(0) + 0.5)
        low, high = np.maximum(low, 0), np.minimum(high, [639, 511])
        x, y, width, height = target["box_px"]
        slack = 2 if target["kind"] == "fire" else 1  # it lies on the slope, not level
        got = np.array([x, y, x + width - 1, y + height - 1])
        assert np.abs(got - [*low, *high]).max() <= slack, target


def test_the_line_lists_what_is_in_the_picture_and_counts_the_rest(meadow):
    line = line_of(meadow, *POSES["straight down"])
    assert len(line["targets"]) + line["outside"] == len(THINGS)
    away = line_of(meadow, (500, 500, 60), {})
    assert away["targets"] == []
    assert away["outside"] == len(THINGS)


def test_the_peak_is_the_frames_not_the_things(meadow):
    """From 60 m a fire's hottest pixel is nearly the flame; a man's the man; from 400 m neither."""
    near = {t["kind"]: t for t in line_of(meadow, (0, 0, 60), {})["targets"]}
    far = {t["kind"]: t for t in line_of(meadow, (0, 0, 400), {})["targets"]}
    assert near["fire"]["peak_kelvin"] > 850
    assert near["person"]["peak_kelvin"] == pytest.approx(302.8, abs=1)
    assert 290 < far["person"]["peak_kelvin"] < 299
    assert far["fire"]["peak_kelvin"] < near["fire"]["peak_kelvin"] - 20


def test_what_the_pictures_edge_cuts_off_is_not_visible(meadow):
    whole = {t["kind"]: t["visible_fraction"] for t in line_of(meadow, (0, 0, 60), {})["targets"]}
    assert all(share > 0.95 for share in whole.values()), whole
    shares = []
    for east_m in np.arange(20, 32, 0.25):
        fires = [t for t in line_of(meadow, (0, east_m, 60), {})["targets"] if t["kind"] == "fire"]
        shares += [fire["visible_fraction"] for fire in fires]
        assert all(fire["box_px"][0] == 0 for fire in fires if fire["visible_fraction"] < 0.9)
    assert all(later <= sooner + 0.01 for sooner, later in pairwise(shares))
    assert sum(0.1 < share < 0.9 for share in shares) >= 5, "it leaves step by step"


def test_a_ridge_hides_what_lies_behind_it(land):
    """Somewhere on a line over the hills the ground rises above the sight of a low camera."""
    people = [
        {"kind": "person", "id": f"p{n}", "north_m": 30.0 + 15 * n, "east_m": 0, "cover": 0}
        for n in range(40)
    ]
    posed = Posed(land, {"target": people, "camera": {"horizontal_fov_deg": 60}})
    view = posed.view(0, 0, 15, pitch_deg=0)
    seen = {s.target.id: s.box_px is not None for s in view.sights}
    expected = {}
    eye = posed.world.ground.height_at(*posed.world.from_map(0, 0)) + 15
    for target in posed.world.targets:
        steps = np.arange(10, target.north_m - 8, 2.0)
        ground = [posed.world.ground.height_at(*posed.world.from_map(s, 0)) for s in steps]
        sight = eye + (target.alt_amsl_m + 0.85 - eye) * steps / target.north_m
        gap = float((sight - ground).min()) if len(steps) else 9.0
        if abs(gap) > 2:
            expected[target.id] = gap > 0
    assert {True, False} <= set(expected.values()), "the line has both"
    wrong = {name for name, clear in expected.items() if not clear and seen[name]}
    assert not wrong
