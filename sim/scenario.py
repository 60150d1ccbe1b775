"""Scenarios: short TOML files that say who flies where over what, and what goes wrong.

A key nobody knows is an error that names it and the nearest known one. `--set wind.speed_m_s=9`
changes one value after the file is read, with the same checks.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator

from firmware_bridge.errors import ConfigError
from sim.tables import Table
from sim.tables.camera import Camera, Gimbal, Lens
from sim.tables.world import Forest, Target, Weather


class Home(Table):
    lat_deg: float = Field(default=43.187, ge=-90, le=90)
    lon_deg: float = Field(default=131.402, ge=-180, le=180)
    alt_amsl_m: float | None = None
    """None: the terrain's."""
    heading_deg: float = 0.0


class Vehicle(Table):
    system_id: int = Field(default=1, ge=1, le=254)
    start: Literal["air", "ground"] = "air"
    """On the first line of its survey; or at home, disarmed, for whoever flies it."""
    speed_m_s: float = Field(default=8.0, gt=0, le=20)
    height_above_terrain_m: float = Field(default=70.0, gt=5, le=500)
    battery_minutes: float = Field(default=25.0, gt=0)
    """Endurance in a hover without wind."""
    change_battery_s: float = Field(default=60.0, ge=0)
    """Time on the ground before it takes off again."""


class Survey(Table):
    """A lawn mower: parallel lines, the first one from home along the heading."""

    heading_deg: float = 0.0
    length_m: float = Field(default=450.0, gt=10, le=20_000)
    spacing_m: float = Field(default=32.0, gt=1)
    lines: int = Field(default=5, ge=1, le=200)


class Wind(Table):
    speed_m_s: float = Field(default=4.0, ge=0, le=25)
    from_deg: float = 240.0
    gust_m_s: float = Field(default=0.8, ge=0, le=10)


class Noise(Table):
    """What the vehicle does not know about itself; one sigma."""

    gps_m: float = Field(default=1.5, ge=0)
    altitude_m: float = Field(default=1.5, ge=0)
    wander_s: float = Field(default=60.0, gt=0)
    tilt_deg: float = Field(default=0.5, ge=0)
    yaw_deg: float = Field(default=1.2, ge=0)
    gimbal_deg: float = Field(default=0.3, ge=0)


class Clock(Table):
    boot_s: float = Field(default=90.0, ge=0)
    """Autopilot time since boot when the simulation starts."""
    drift_ppm: float = 15.0
    utc_lag_s: float = 2.1


class Radio(Table):
    """The telemetry radio: every `udpout:` link."""

    bits_per_s: int = Field(default=0, ge=0)
    """0 is unlimited; 57600 is the usual one."""
    loss: float = Field(default=0.0, ge=0, lt=1)
    latency_s: float = Field(default=0.0, ge=0, le=5)
    stream_hz: int = Field(default=2, ge=0, le=50)
    """Positions and attitudes sent unasked, as SR1_* of a configured vehicle."""


FaultKind = Literal[
    "autopilot_reboot", "camera_unplug", "frozen_camera", "radio_loss", "gps_glitch", "clock_jump"
]


class Fault(Table):
    kind: FaultKind
    at_s: float = Field(ge=0)
    duration_s: float = Field(default=5.0, ge=0)
    size: float = 30.0
    """Metres of a gps_glitch, seconds of a clock_jump."""


class Scenario(Table):
    title: str = ""
    seed: int = Field(default=1, ge=0)
    home: Home = Home()
    vehicle: Vehicle = Vehicle()
    survey: Survey | None = None
    """None: the vehicle holds no mission."""
    wind: Wind = Wind()
    weather: Weather = Weather()
    forest: Forest = Forest()
    gimbal: Gimbal = Gimbal()
    lens: Lens = Lens()
    camera: Camera = Camera()
    noise: Noise = Noise()
    clock: Clock = Clock()
    radio: Radio = Radio()
    target: tuple[Target, ...] = ()
    fault: tuple[Fault, ...] = ()

    @model_validator(mode="after")
    def _in_the_air_for_a_reason(self) -> "Scenario":
        if self.vehicle.start == "air" and self.survey is None:
            raise ValueError('vehicle.start = "air" needs a [survey] to fly')
        return self


def names() -> list[str]:
    """Scenarios that come with the program."""
    folder = resources.files("sim") / "scenarios"
    return sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml"))


def load(name_or_path: str, changes: Iterable[str] = ()) -> Scenario:
    """A scenario by name or by file, with KEY=VALUE changes; raises ConfigError."""
    if name_or_path in names():
        text = (resources.files("sim") / "scenarios" / f"{name_or_path}.toml").read_text("utf-8")
    else:
        text = _read(name_or_path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name_or_path}: not TOML: {error}") from error
    for change in changes:
        _apply(content, change)
    return parse(content, name_or_path)


def parse(content: Mapping[str, Any], where: str) -> Scenario:
    """Checks a parsed file; raises ConfigError naming file, key and value."""
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        lines = [_explain(tuple(e["loc"]), e["type"], e["input"], e["msg"]) for e in error.errors()]
        raise ConfigError(f"{where}: " + "; ".join(lines)) from error


def _read(name_or_path: str) -> str:
    path = Path(name_or_path)
    if not path.suffix:
        near = difflib.get_close_matches(name_or_path, names(), n=1)
        guess = f"; did you mean '{near[0]}'?" if near else ""
        raise ConfigError(f"no scenario '{name_or_path}' (there are: {', '.join(names())}){guess}")
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def _apply(content: dict[str, Any], change: str) -> None:
    key, equals, value = change.partition("=")
    if not equals or not key:
        raise ConfigError(f"--set {change}: write KEY=VALUE, such as wind.speed_m_s=9")
    try:
        parsed = tomllib.loads(f"v = {value}")["v"]
    except tomllib.TOMLDecodeError:
        parsed = value
    *parents, last = key.split(".")
    place: Any = content
    for name in parents:
        place = place.setdefault(name, {}) if isinstance(place, dict) else place
    if not isinstance(place, dict):
        raise ConfigError(f"--set {change}: '{'.'.join(parents)}' is not a table")
    place[last] = parsed


def _explain(loc: tuple[int | str, ...], kind: str, value: object, message: str) -> str:
    if not loc:
        return message
    key = ".".join(str(part) for part in loc)
    if kind != "extra_forbidden":
        return f"{key} = {value!r}: {message}"
    near = difflib.get_close_matches(str(loc[-1]), _siblings(loc), n=1)
    guess = f" (did you mean '{near[0]}'?)" if near else f" (known: {', '.join(_siblings(loc))})"
    return f"unknown key '{key}'{guess}"


def _siblings(loc: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Scenario
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        candidates = (annotation, *get_args(annotation))
        model = next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return list(model.model_fields)
