"""Scenario files: the shipped ones load, the wrong ones say what is wrong."""

from pathlib import Path

import pytest

from firmware_bridge.errors import ConfigError
from sim import cli, scenario


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
        ("[wind]\n", r'start = "air" needs a \[survey\]'),
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
        (["run", "--home", "43,131,nan,0"], 2),
        (["run", "--terrain", "/proc/nowhere"], 2),
        (["run", "--camera", "tcp:nowhere"], 2),
        (["terrain", "--out", "/tmp", "--tile", "Q1"], 2),
        (["list"], 0),
    ],
)
def test_exit_codes_mean_something(arguments: list[str], code: int, land: Path):
    extra = ["--terrain", str(land)] if arguments[0] == "run" else []
    extra = [] if "--terrain" in arguments else extra
    if "--camera" in arguments:
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
