"""Thermal frames: where things are, how hot, and how a real camera spoils them."""

import json

import numpy as np
import pytest

from sim.camera import Scene
from sim.camera.sensor import Microbolometer
from sim.camera.studio import Studio
from sim.scenario import load
from sim.simulation import Simulation
from sim.tables.camera import Camera
from sim.tables.world import Target
from sim.world.terrain import Ground
from tests.sim.conftest import START_UNIX_S

QUARTER = Camera(width=320, height=256)


def shots(sim, until_s: float):
    while sim.time_s < until_s:
        shot = sim.step()
        if shot is not None:
            yield shot


@pytest.fixture(scope="module")
def flown(land):
    """The first 46 s of the patrol, flown once: the simulation at its end, and all its shots."""
    sim = Simulation(load("fire-patrol"), Ground(land), START_UNIX_S)
    return sim, list(shots(sim, 46.0))


@pytest.fixture(scope="module")
def scene(flown):
    sim, _ = flown
    return Scene(sim.scenario, sim.world)


def last_before(flown, time_s: float):
    return [shot for shot in flown[1] if shot.time_s < time_s][-1]


@pytest.fixture(scope="module")
def over_the_fire(flown, scene):
    """The frame that has the first fire nearest to its middle."""
    views = [scene.render(shot) for shot in flown[1] if 17.5 < shot.time_s < 20.0]

    def off_centre(view):
        box = view.sights[0].box_px
        return 1e9 if box is None else abs(box[1] + box[3] / 2 - 256)

    return min(views, key=off_centre)


def test_the_first_fire_comes_into_view_within_seventeen_seconds(flown, scene):
    assert scene.render(last_before(flown, 17.2)).sights[0].box_px is not None


def test_the_hottest_pixel_lies_in_the_fires_box(over_the_fire):
    sight = over_the_fire.sights[0]
    v, u = np.unravel_index(np.argmax(over_the_fire.kelvin), over_the_fire.kelvin.shape)
    x, y, width, height = sight.box_px
    assert x <= u < x + width
    assert y <= v < y + height
    assert sight.peak_kelvin == pytest.approx(float(over_the_fire.kelvin.max()))
    assert 700 < sight.peak_kelvin < 985


def test_the_fire_is_as_large_as_geometry_says(over_the_fire):
    sight = over_the_fire.sights[0]
    focal_px = 320 / np.tan(np.radians(16))
    expected = 2 * sight.target.radius_m * focal_px / 70
    assert sight.box_px[2] == pytest.approx(expected, rel=0.15)
    assert sight.visible == pytest.approx(1.0, abs=0.05)


def test_a_subpixel_fire_lifts_its_pixel_by_its_share(simulation):
    """0.10 m radius at 70 m and 640 px covers about 2.5 pixels; at 500 m well below one."""
    peaks = []
    for radius in (0.05, 0.1, 0.2):
        sim = simulation("vehicle.height_above_terrain_m=500", "vehicle.speed_m_s=2")
        fire = Target(kind="fire", north_m=0.0, east_m=0.0, radius_m=radius, cover=0.0)
        sim = simulation(scenario=sim.scenario.model_copy(update={"target": (fire,)}))
        scene = Scene(sim.scenario, sim.world)
        peaks.append(scene.render(next(shots(sim, 1.0))).sights[0].peak_kelvin)
    assert 288 < peaks[0] < peaks[1] < peaks[2] < 700


def test_cover_hides_its_share(flown, simulation):
    shares = []
    for cover in (0.0, 0.5, 0.9):
        scenario = flown[0].scenario
        placed = scenario.target[0].model_copy(update={"cover": cover})
        sim = simulation(scenario=scenario.model_copy(update={"target": (placed,)}))
        covered = Scene(sim.scenario, sim.world)
        shares.append(covered.render(last_before(flown, 18.5)).sights[0].visible)
    assert shares == pytest.approx([1.0, 0.5, 0.1], abs=0.15)


def test_ground_is_smooth_and_people_stand_out_by_some_kelvin(flown, scene):
    person = next(t for t in flown[0].world.targets if t.kind == "person")
    view = scene.render(last_before(flown, 43.2))
    sight = next(s for s in view.sights if s.target.id == person.id)
    width, height = sight.box_px[2:]
    assert 6 <= max(width, height) <= 12, "0.5 m at 5.6 cm a pixel"
    ground = float(np.median(view.kelvin))
    assert 5 < sight.peak_kelvin - ground < 25


def test_pattern_and_noise_are_as_measured_on_real_cameras():
    sensor = Microbolometer(QUARTER, seed=1)
    flat = np.full((256, 320), 290.0, np.float32)
    frames = np.array([sensor.expose(flat, i / 9).pixels for i in range(80)], float) / 100
    pattern = frames.mean(0)
    assert 0.06 < pattern.std() < 0.11
    assert 0.03 < pattern.mean(1).std() < 0.08
    assert 0.015 < pattern.mean(0).std() < 0.035
    change = np.diff(frames, axis=0)
    assert 0.014 < change.std() < 0.027
    assert 0.6 < (change == 0).mean() < 0.85


def test_the_ceiling_is_a_plateau_not_an_overflow():
    sensor = Microbolometer(Camera(saturation_celsius=187), seed=1)
    hot = np.full((512, 640), 900.0, np.float32)
    assert (sensor.expose(hot, 0.0).pixels == 46015).all()
    assert Microbolometer(Camera(saturation_celsius=500), seed=1).saturation == 65535


def test_the_shutter_is_announced_freezes_the_picture_and_changes_the_pattern():
    shutter = {"ffc_first_s": 10, "ffc_period_s": 30}
    sensor = Microbolometer(QUARTER.model_copy(update=shutter), seed=1)
    flat = np.full((256, 320), 290.0, np.float32)
    seen = {}
    for i in range(9 * 14):
        exposure = sensor.expose(flat + np.float32(i), i / 9)
        seen.setdefault(exposure.ffc, []).append((i / 9, exposure.pixels))
    assert [round(seen["imminent"][k][0], 1) for k in (0, -1)] == [8.0, 9.9]
    assert [round(seen["running"][k][0], 1) for k in (0, -1)] == [10.0, 10.9]
    assert all(np.array_equal(p, seen["imminent"][-1][1]) for _, p in seen["running"])


def test_a_frozen_camera_repeats_itself_for_ever():
    sensor = Microbolometer(Camera(), seed=1)
    first = sensor.expose(np.full((512, 640), 290.0, np.float32), 0.0)
    again = sensor.expose(np.full((512, 640), 300.0, np.float32), 1.0, frozen=True)
    assert np.array_equal(first.pixels, again.pixels)


def test_frames_and_truth_of_one_seed_are_the_same_byte_for_byte(simulation, tmp_path):
    results = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        sim = simulation(f"seed={seed}")
        path = tmp_path / name
        with path.open("w") as out:
            studio = Studio(sim.scenario, sim.world, None, out)
            records = [studio.develop(shot) for shot in shots(sim, 0.6)]
            studio.finish()
        results.append((records, path.read_text()))
    assert results[0] == results[1]
    assert results[0][0][-1] != results[2][0][-1]
    line = json.loads(results[0][1].splitlines()[0])
    assert len(line["targets"]) + line["outside"] == 9
    assert line["vehicle"]["alt_amsl_m"] == pytest.approx(line["camera"]["alt_amsl_m"], abs=0.2)
