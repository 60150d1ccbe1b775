"""What crowns hide, and from where: fires and the visible picture included."""

import math

import numpy as np
import pytest

from sim.camera import texture
from sim.camera.texture import PIXEL_M, SIZE_PX
from tests.sim.posed import Posed

HEIGHT_M = 9.0


@pytest.fixture(scope="module")
def wood(land):
    """Half covered, with a grid of two hundred small fires under the trees."""
    grid = [
        {"kind": "fire", "north_m": 1.5 * (n // 15) - 10, "east_m": 1.5 * (n % 15) - 10,
         "radius_m": 0.15}
        for n in range(200)
    ]  # fmt: skip
    return Posed(
        land,
        {
            "target": grid,
            "camera": {"horizontal_fov_deg": 40},
            "forest": {"crown_cover": 0.5, "canopy_height_m": HEIGHT_M},
        },
    )


def shares(posed: Posed, *pose, **more) -> np.ndarray:
    return np.array([sight.visible for sight in posed.view(*pose, **more).sights])


def test_crowns_cover_what_the_scenario_says():
    for cover in (0.0, 0.24, 0.6):
        made = texture.land(3, cover, snow=False).cover
        assert made.mean() == pytest.approx(cover, abs=0.05)


def test_crowns_hide_their_share_of_what_stands_under_them(wood):
    view = wood.view(0, 0, 60)
    boxes = np.array([sight.box_px for sight in view.sights])
    (left, top), (right, bottom) = boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)
    free = 1 - view.leaves[top:bottom, left:right].mean()
    assert 0.3 < free < 0.75
    assert np.mean([sight.visible for sight in view.sights]) == pytest.approx(free, abs=0.07)


def test_what_is_hidden_is_what_the_ray_to_it_meets_at_the_height_of_the_crowns(wood):
    """By hand: the place 9 m over the ground on the line to the camera, looked up in the crowns."""
    cover = texture.land(wood.scenario.seed, 0.5, snow=False).cover
    for pose in ((0, 0, 60), (10, 12, 60), (-14, 4, 80)):
        view = wood.view(*pose)
        sure, agreed = 0, 0
        for sight in view.sights:
            if sight.box_px is None:
                continue
            target = sight.target
            over_m = view.origin[2] - target.alt_amsl_m
            eye = wood.world.map_point(*view.origin[:2])
            north = target.north_m + (eye[0] - target.north_m) * HEIGHT_M / over_m
            east = target.east_m + (eye[1] - target.east_m) * HEIGHT_M / over_m
            row, column = round(-north / PIXEL_M), round(east / PIXEL_M)
            around = cover[
                np.ix_(
                    np.arange(row - 1, row + 2) % SIZE_PX,
                    np.arange(column - 1, column + 2) % SIZE_PX,
                )
            ]
            if around.min() > 0.95 or around.max() < 0.05:
                sure += 1
                agreed += (sight.visible > 0.5) == (around.max() < 0.05)
        assert sure > 60
        assert agreed == sure


def test_another_place_shows_what_one_place_hides(wood):
    first, second = shares(wood, 0, 0, 60), shares(wood, 12, 0, 60)
    assert ((first < 0.1) & (second > 0.9)).sum() > 5
    assert ((first > 0.9) & (second < 0.1)).sum() > 5


def test_a_scenario_may_say_the_cover_itself(land):
    placed = {"kind": "fire", "north_m": 0, "east_m": 0, "radius_m": 2}
    for cover in (0.0, 0.4, 1.0):
        posed = Posed(land, {"target": [placed | {"cover": cover}], "forest": {"crown_cover": 0.9}})
        assert shares(posed, 0, 0, 60)[0] == pytest.approx(1 - cover, abs=0.1)


def test_no_tree_stands_in_a_clearing(land):
    clearing = {"north_m": 0, "east_m": 0, "radius_m": 40}
    forest = {"crown_cover": 0.9, "clearing": [clearing]}
    assert Posed(land, {"forest": forest}).view(0, 0, 60).leaves.max() == 0
    assert Posed(land, {"forest": forest}).view(0, 100, 60).leaves.mean() > 0.8


# A wildfire in both pictures.


@pytest.fixture(scope="module")
def burning(land):
    return Posed(
        land,
        {
            "target": [{"kind": "wildfire", "north_m": 0, "east_m": 0, "from_s": -1500}],
            "wind": {"speed_m_s": 4, "from_deg": 180},
            "camera": {"horizontal_fov_deg": 60},
            "forest": {"crown_cover": 0},
        },
    )


def test_a_wildfire_has_a_front_embers_behind_it_and_a_burnt_heart(burning):
    (stroke,) = burning.view(10, 0, 80).strokes
    picture = burning.view(10, 0, 80).kelvin
    x, y, width, height = stroke.box_px
    target = stroke.target
    assert max(width, height) * 0.13 == pytest.approx(target.size_m[0], rel=0.45)
    air = burning.world.climate.at(0).air_kelvin
    inside = picture[y : y + height, x : x + width]
    front = (inside > 700).mean()
    warm_ash = ((inside > air + 8) & (inside < air + 40)).mean()
    assert 0.005 < front < 0.3
    assert warm_ash > 0.1, "what burnt first is only warm"
    assert stroke.flames.sum() < 0.3 * stroke.burnt.sum()


@pytest.mark.parametrize(
    ("pose", "more"),
    [((10, 0, 120), {}), ((-70, -25, 60), {"pitch_deg": -38, "heading_deg": 20}),
     ((90, 60, 60), {"pitch_deg": -35, "heading_deg": 215})],
)  # fmt: skip
def test_a_wildfire_is_drawn_whole_on_any_slope(burning, pose, more):
    """Its ragged front ends inside its window, or at the picture's edge, and nowhere else."""
    for time_s in (0, 600, 1500):
        (stroke,) = burning.view(*pose, time_s=time_s, **more).strokes
        rows, columns = stroke.window
        rims = {
            "top": (stroke.inside[0], rows.start > 0),
            "bottom": (stroke.inside[-1], rows.stop < 512),
            "left": (stroke.inside[:, 0], columns.start > 0),
            "right": (stroke.inside[:, -1], columns.stop < 640),
        }
        assert [name for name, (rim, free) in rims.items() if free and rim.any()] == []


def test_a_fire_grows_from_frame_to_frame(burning):
    areas = [burning.view(10, 0, 120, time_s=t).strokes[0].inside.mean() for t in (0, 900)]
    boxes = [burning.view(10, 0, 120, time_s=t).strokes[0].box_px for t in (0, 900)]
    assert boxes[1][2] * boxes[1][3] > 1.5 * boxes[0][2] * boxes[0][3]
    assert min(areas) > 0.2


def test_smoke_drifts_with_the_wind_and_charred_ground_is_dark(burning, land):
    view = burning.view(30, 0, 150, heading_deg=0)
    picture = burning.scene.visible(view).astype(int)
    bare = Posed(land, {"forest": {"crown_cover": 0}, "camera": {"horizontal_fov_deg": 60}})
    calm = bare.scene.visible(bare.view(30, 0, 150)).astype(int)
    brighter = (picture - calm).min(axis=2) > 25
    x, y, width, height = view.strokes[0].box_px
    rows = np.flatnonzero(brighter.any(1))
    assert brighter.sum() > 500
    assert np.average(np.arange(512), weights=brighter.sum(1)) < y + height / 2, "north is up"
    assert rows.min() < y
    charred = view.strokes[0]
    assert picture[y : y + height, x : x + width].min() < 50
    assert charred.burnt.any()


def test_at_night_only_the_flames_are_seen_and_where_the_heat_is(land):
    night = Posed(
        land,
        {
            "target": [{"kind": "wildfire", "north_m": 0, "east_m": 0, "from_s": -1500}],
            "weather": {"start_utc": "2026-04-20T14:30:00Z"},
            "camera": {"horizontal_fov_deg": 60},
            "forest": {"crown_cover": 0},
        },
    )
    view = night.view(10, 0, 80)
    picture = night.scene.visible(view)
    assert np.median(picture) < 5
    shining = picture.max(axis=2) > 150
    assert shining.sum() > 50
    hot = view.kelvin > 600
    assert hot[shining].mean() > 0.7, "the same pixels in both pictures"


def test_snow_is_white_and_a_man_on_it_dark(land):
    winter = Posed(
        land,
        {
            "forest": {"snow": True, "crown_cover": 0.1},
            "weather": {"air_celsius": -15, "start_utc": "2026-01-20T03:00:00Z"},
            "target": [{"kind": "person", "north_m": 0, "east_m": 0, "cover": 0}],
        },
    )
    view = winter.view(0, 0, 30)
    picture = winter.scene.visible(view)
    x, y, width, height = view.sights[0].box_px
    assert np.median(picture) > 150
    assert picture[y + height // 2, x + width // 2].max() < 100
    assert view.sights[0].peak_kelvin > np.median(view.kelvin) + 20


def test_a_standing_man_is_small_from_above_and_tall_from_the_side(land):
    man = {"kind": "person", "north_m": 0, "east_m": 0, "cover": 0}
    posed = Posed(land, {"target": [man], "camera": {"horizontal_fov_deg": 20}})
    above = posed.view(0, 0, 40).sights[0].box_px
    level_m = posed.world.targets[0].alt_amsl_m + 6
    ground_m = posed.world.ground.height_at(*posed.world.from_map(-40, 0))
    beside = posed.view(-40, 0, level_m - ground_m, pitch_deg=-8).sights[0].box_px
    assert above[2] * above[3] < 0.5 * beside[2] * beside[3]
    assert beside[3] / beside[2] == pytest.approx(1.7 / 0.5, rel=0.25)
    pixel_m = math.hypot(40, 6) * 2 * math.tan(math.radians(10)) / 640
    assert beside[3] * pixel_m == pytest.approx(1.7, rel=0.15)
