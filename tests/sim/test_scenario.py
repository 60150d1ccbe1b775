"""Scenario files: the shipped ones load, the wrong ones say what is wrong."""

from pathlib import Path

import pytest

from firmware_bridge.errors import ConfigError
from sim import cli, scenario
from sim.flight.modes import Mode
from sim.simulation import Simulation
from sim.world import World
from sim.world.terrain import Ground

START_UNIX_S = 1_780_000_000.0


def test_every_shipped_scenario_loads_and_has_a_title():
    assert "fire-patrol" in scenario.names()
    for name in scenario.names():
        assert scenario.load(name).title


def test_fire_patrol_has_three_fires_two_people_and_rocks():
    kinds = [target.kind for target in scenario.load("fire-patrol").target]
    assert kinds.count("fire") == 3
    assert kinds.count("person") == 2
    assert kinds.count("rock") >= 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[wind]\nsped_m_s = 3", r"unknown key 'wind.sped_m_s' \(did you mean 'speed_m_s'\?\)"),
        ("[camra]\nfps = 3", r"unknown key 'camra' \(did you mean 'camera'\?\)"),
        (
            '[[target]]\nkind = "fire"\nnorth_m = 1\neast_m = 1\nkelvn = 3',
            "'target.0.kelvn'.*kelvin",
        ),
        ('[[target]]\nkind = "tiger"\nnorth_m = 1\neast_m = 1', "target.0.kind = 'tiger'"),
        ("[camera]\nfps = 0", "camera.fps = 0"),
        ("[wind]\nfrom_deg = nan", "wind.from_deg = nan"),
        ('[[fault]]\nkind = "rain"\nat_s = 1', "fault.0.kind = 'rain'"),
        ("[wind\n", "not TOML"),
        ('[vehicle]\nstart = "air"', r'start = "air" needs a \[survey\]'),
        ("[[wingman]]\nsystem_id = 1", "system_id 1 is given to two vehicles"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(tmp_path: Path, text: str, words: str):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        scenario.load(str(path))
    assert "mine.toml" in str(caught.value)


def test_set_changes_one_value_and_is_checked_as_well():
    changed = scenario.load("fire-patrol", ["wind.speed_m_s=9", "gimbal.yaw_frame=earth"])
    assert changed.wind.speed_m_s == 9
    assert changed.gimbal.yaw_frame == "earth"
    with pytest.raises(ConfigError, match="did you mean 'speed_m_s'"):
        scenario.load("fire-patrol", ["wind.speed_ms=9"])
    with pytest.raises(ConfigError, match="KEY=VALUE"):
        scenario.load("fire-patrol", ["wind"])


@pytest.mark.parametrize(
    ("change", "place", "value"),
    [
        ("wind.speed=9", ("wind", "speed_m_s"), 9),
        ("wind.from=90", ("wind", "from_deg"), 90),
        ("camera.clock_drift=3", ("camera", "clock_drift_ppm"), 3),
        ("home.alt=12.5", ("home", "alt_amsl_m"), 12.5),
        ("target.1.kelvin=700", ("target", 1, "kelvin"), 700),
        ("vehicle.start=ground", ("vehicle", "start"), "ground"),
    ],
)
def test_set_takes_a_name_without_its_unit_and_reaches_into_lists(change, place, value):
    at = scenario.load("fire-patrol", [change])
    for name in place:
        at = at[name] if isinstance(name, int) else getattr(at, name)
    assert at == value


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("clock.boot_ms=3", "did you mean 'boot_s'"),
        ("target.99.kelvin=3", "there is no 99 among"),
        ("target.x.kelvin=3", "there is no x among"),
        ("seed.x=3", "seed = {'x': 3}"),
        ("seed=many", "seed = 'many'"),
        ("wind.speed=fast", "wind.speed_m_s = 'fast'"),
        ("wind.spead=9", r"unknown key 'wind.spead' \(did you mean 'speed_m_s'"),
    ],
)
def test_a_wrong_change_is_named(change: str, words: str):
    with pytest.raises(ConfigError, match=words):
        scenario.load("rough-day", [change])


def test_a_fleet_has_system_ids_and_places_of_its_own(tmp_path: Path):
    path = tmp_path / "three.toml"
    path.write_text(
        "[home]\nheading_deg = 10\n[survey]\nlines = 3\n[[wingman]]\neast_m = 200\n"
        "heading_deg = 90\n[[wingman]]\nsystem_id = 9\nsurvey = { lines = 7 }"
    )
    fleet = scenario.load(str(path)).fleet()
    assert [one.vehicle.system_id for one in fleet] == [1, 2, 9]
    assert [one.vehicle.east_m for one in fleet] == [0, 200, 0]
    assert [one.home.heading_deg for one in fleet] == [10, 90, 10]
    assert [one.survey and one.survey.lines for one in fleet] == [3, 3, 7]
    assert len({one.own_seed for one in fleet}) == 3


def test_a_misspelt_scenario_is_guessed():
    with pytest.raises(ConfigError, match="did you mean 'fire-patrol'"):
        scenario.load("fire-patrl")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "--set", "wind.sped=3"], 2),
        (["run", "--home", "43,131"], 2),
        (["run", "--listen", "smoke:signal"], 2),
        (["run", "--speedup", "0"], 2),
        (["run", "--speedup", "nan"], 2),
        (["run", "--speedup", "inf"], 2),
        (["run", "--duration", "-1"], 2),
        (["run", "--seed", "-1"], 2),
        (["run", "--home", "43,131,nan,0"], 2),
        (["run", "--home", "43,131,north,0"], 2),
        (["run", "--home", "91,131,0,0"], 2),
        (["run", "--terrain", "/proc/nowhere"], 2),
        (["run", "--camera", "tcp:nowhere"], 2),
        (["camera", "--autopilot", "tcp:127.0.0.1:5760", "--duration", "0"], 2),
        (["camera", "--autopilot", "tcp:127.0.0.1:5760", "--out", "nowhere"], 2),
        (["camera", "--autopilot", "tcp:127.0.0.1:5760", "--home", "-91,131,0"], 2),
        (["terrain", "--out", "/tmp", "--tile", "Q1"], 2),
        (["list"], 0),
    ],
)
def test_exit_codes_mean_something(arguments: list[str], code: int, land: Path):
    extra = ["--terrain", str(land)] if arguments[0] in ("run", "camera") else []
    extra = [] if "--terrain" in arguments else extra
    if "--camera" in arguments:  # the one option that is opened after the autopilot's ports
        extra += ["--listen", "tcp:127.0.0.1:0"]
    assert cli.main([*arguments, *extra]) == code


def test_without_a_survey_a_vehicle_stands_at_home_disarmed(simulation, land: Path):
    parked = simulation(scenario=scenario.load("ready-to-fly"))
    for _ in range(400):
        parked.step()
    seen = parked.look()
    height_m = seen.truth.alt_amsl_m - parked.world.ground.height_at(43.187, 131.402)
    assert (seen.armed, seen.mode, seen.landed_state, seen.mission_total) == (False, 0, 1, 0)
    assert height_m == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("name", scenario.names())
def test_every_shipped_scenario_can_be_flown(name: str, land: Path):
    loaded = scenario.load(name)
    world = World(loaded, Ground(land))
    fleet = [Simulation(own, world.ground, START_UNIX_S, world=world) for own in loaded.fleet()]
    for vehicle in fleet:
        while vehicle.time_s < 15:
            vehicle.step()
        flies = vehicle.scenario.vehicle.start == "air"
        assert (vehicle.copter.mode == Mode.AUTO, vehicle.copter.armed) == (flies, flies)
        state = vehicle.copter.state
        height_m = state.alt_amsl_m - world.ground.height_at(state.lat_deg, state.lon_deg)
        wanted_m = vehicle.scenario.vehicle.height_above_terrain_m if flies else 0
        assert height_m == pytest.approx(wanted_m, abs=12)


def test_three_quadcopters_fly_their_own_lines(land: Path):
    loaded = scenario.load("fire-season")
    world = World(loaded, Ground(land))
    east_m = []
    for own in loaded.fleet():
        vehicle = Simulation(own, world.ground, START_UNIX_S, world=world)
        while vehicle.time_s < 20:
            vehicle.step()
        state = vehicle.copter.state
        north, east = world.map_point(state.lat_deg, state.lon_deg)
        assert 80 < north < 200
        east_m.append(east)
    assert east_m == pytest.approx([0, 190, 380], abs=6)
    assert len({round(east - 190 * k, 3) for k, east in enumerate(east_m)}) == 3
