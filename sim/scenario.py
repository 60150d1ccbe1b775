"""Scenarios: short TOML files that say who flies where over what, and what goes wrong.

A key nobody knows is an error that names it and the nearest known one. `--set wind.speed_m_s=9`
changes one value after the file is read, with the same checks; the unit at a key's end may be
left away.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator

from firmware_bridge.errors import ConfigError
from sim.tables import Table
from sim.tables.camera import Camera, Gimbal, Lens
from sim.tables.fleet import Home, Survey, Vehicle, Wingman
from sim.tables.navigator import Navigator
from sim.tables.scoring import Scoring
from sim.tables.trouble import Clock, Fault, Noise, Radio, Wind
from sim.tables.world import Forest, Target, Weather

UNITS = frozenset(("m", "amsl_m", "m_s", "s", "ms", "minutes", "deg", "kelvin", "celsius", "ppm"))
"""What `--set` may leave away at the end of a key."""


class Scenario(Table):
    title: str = ""
    seed: int = Field(default=1, ge=0)
    home: Home = Home()
    vehicle: Vehicle = Vehicle()
    survey: Survey | None = None
    """None: the vehicle holds no mission."""
    wingman: tuple[Wingman, ...] = Field(default=(), max_length=15)
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
    navigator: tuple[Navigator, ...] = Field(default=(), max_length=64)
    score: Scoring = Scoring()

    @model_validator(mode="before")
    @classmethod
    def _on_the_ground_without_a_survey(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "survey" in given:
            return given
        vehicle = given.get("vehicle", {})
        if not isinstance(vehicle, dict):
            return given
        return given | {"vehicle": {"start": "ground"} | vehicle}

    @model_validator(mode="after")
    def _in_the_air_for_a_reason(self) -> "Scenario":
        if self.vehicle.start == "air" and self.survey is None:
            raise ValueError('vehicle.start = "air" needs a [survey] to fly')
        return self

    @model_validator(mode="after")
    def _navigators_names_differ(self) -> "Scenario":
        names = [one.name for one in self.navigator]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two navigators are called '{min(twice)}'")
        return self

    @model_validator(mode="after")
    def _system_ids_differ(self) -> "Scenario":
        ids = [one.vehicle.system_id for one in self.fleet()]
        if twice := {number for number in ids if ids.count(number) > 1}:
            raise ValueError(f"system_id {min(twice)} is given to two vehicles")
        if max(ids) > 254:
            raise ValueError(f"system_id {max(ids)} is above 254")
        return self

    def fleet(self) -> tuple["Scenario", ...]:
        """The same scenario as each of its vehicles has it, the first one's first."""
        alone = self.model_copy(update={"wingman": ()})
        wingmen = (self._of(number, wingman) for number, wingman in enumerate(self.wingman, 1))
        return alone, *wingmen

    def _of(self, number: int, wingman: Wingman) -> "Scenario":
        system_id = wingman.system_id or self.vehicle.system_id + number
        place = {"north_m": wingman.north_m, "east_m": wingman.east_m}
        vehicle = self.vehicle.model_copy(update={"system_id": system_id, **place})
        heading = self.home.heading_deg if wingman.heading_deg is None else wingman.heading_deg
        home = self.home.model_copy(update={"heading_deg": heading})
        survey = wingman.survey or self.survey
        changes = {"vehicle": vehicle, "home": home, "survey": survey, "wingman": ()}
        return self.model_copy(update=changes)

    @property
    def own_seed(self) -> int:
        """Of what differs from vehicle to vehicle: errors, gusts, noise."""
        return self.seed + 15_485_863 * (self.vehicle.system_id - 1)


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
    *parents, last = _with_units(key.split("."))
    place: Any = content
    for name in parents:
        place = _inside(place, name, change)
    if isinstance(place, list):
        _inside(place, last, change)
        place[int(last)] = parsed
    elif isinstance(place, dict):
        place[last] = parsed
    else:
        raise ConfigError(f"--set {change}: '{'.'.join(parents)}' is not a table")


def _inside(place: Any, name: str, change: str) -> Any:
    """What is under a key, or at a number, of the parsed file."""
    if isinstance(place, dict):
        return place.setdefault(name, {})
    if isinstance(place, list):
        if name.isdecimal() and int(name) < len(place):
            return place[int(name)]
        raise ConfigError(f"--set {change}: there is no {name} among {len(place)}, counted from 0")
    return place


def _with_units(parts: Sequence[str]) -> list[str]:
    """The same path; a last name without its unit gets it where only one key fits."""
    model, last = _model_at(parts[:-1]), parts[-1]
    if model is None or last in model.model_fields:
        return [*parts]
    fitting = [field for field in model.model_fields if _without_unit(field) == last]
    return [*parts[:-1], fitting[0] if len(fitting) == 1 else last]


def _without_unit(key: str) -> str:
    units = [unit for unit in UNITS if key.endswith(f"_{unit}")]
    return key.removesuffix(f"_{max(units, key=len)}") if units else key


def _explain(loc: tuple[int | str, ...], kind: str, value: object, message: str) -> str:
    if not loc:
        return message
    key = ".".join(str(part) for part in loc)
    if kind != "extra_forbidden":
        return f"{key} = {value!r}: {message}"
    near = _nearest(str(loc[-1]), _siblings(loc))
    guess = f" (did you mean '{near}'?)" if near else f" (known: {', '.join(_siblings(loc))})"
    return f"unknown key '{key}'{guess}"


def _nearest(name: str, known: Sequence[str]) -> str | None:
    """The known key that looks most like this, with its unit or without."""
    forms = {form: key for key in known for form in (_without_unit(key), key)}
    near = difflib.get_close_matches(name, forms, n=1)
    return forms[near[0]] if near else None


def _siblings(loc: tuple[int | str, ...]) -> list[str]:
    model = _model_at([part for part in loc[:-1] if isinstance(part, str)])
    return [] if model is None else list(model.model_fields)


def _model_at(names: Sequence[str]) -> type[BaseModel] | None:
    """The table that these keys lead to; numbers among them count items of a list."""
    model: type[BaseModel] = Scenario
    for name in names:
        if name.isdecimal():
            continue
        if name not in model.model_fields:
            return None
        annotation = model.model_fields[name].annotation
        candidates = (annotation, *get_args(annotation))
        tables = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        if not tables:
            return None
        model = tables[0]
    return model
