"""A misspelt setting is found at the desk, by name."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from firmware_bridge.errors import ConfigError
from firmware_bridge.settings import load_settings


class Camera(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: str = "none"
    fps: float = Field(9.0, gt=0)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="forbid")
    name: str = "bird"
    camera: Camera = Camera()


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "kedrovka.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_file_gives_values_and_defaults_fill_the_rest(tmp_path: Path) -> None:
    path = write(
        tmp_path, '[onboard]\nname = "lynx"\n[onboard.camera]\nfps = 30\n[ground]\nport=1\n'
    )
    settings = load_settings(Settings, path, "onboard")
    assert (settings.name, settings.camera.url, settings.camera.fps) == ("lynx", "none", 30.0)
    assert load_settings(Settings, None, "onboard").name == "bird"


def test_environment_stands_above_the_file_and_overrides_above_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, '[onboard]\nname = "lynx"\n[onboard.camera]\nurl = "file"\nfps = 30\n')
    monkeypatch.setenv("KEDROVKA_ONBOARD__CAMERA__URL", "environment")
    settings = load_settings(Settings, path, "onboard", {"name": "override"})
    assert (settings.name, settings.camera.url, settings.camera.fps) == (
        "override",
        "environment",
        30,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[onboard.camera]\nurll = "x"\n',
            "[onboard.camera] unknown key 'urll' (did you mean 'url'?)",
        ),
        ("[onboard]\nnmae = 1\n", "[onboard] unknown key 'nmae' (did you mean 'name'?)"),
        ("[onbord]\n", "unknown table [onbord] (did you mean 'onboard'?)"),
        ("[onboard.camera]\nfps = -3\n", "[onboard.camera] fps = -3"),
        ("[onboard\n", "not TOML"),
        ("onboard = 3\n", "must be a table"),
    ],
)
def test_bad_file_is_named_with_key_and_value(tmp_path: Path, text: str, expected: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        load_settings(Settings, path, "onboard")
    assert str(error.value).startswith(str(path))
    assert expected in str(error.value)


def test_misspelt_environment_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEDROVKA_ONBOARD__CAMRA__URL", "x")
    with pytest.raises(ConfigError, match=r"KEDROVKA_ONBOARD__CAMRA__URL .*'camera'"):
        load_settings(Settings, None, "onboard")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read"):
        load_settings(Settings, tmp_path / "absent.toml", "onboard")
