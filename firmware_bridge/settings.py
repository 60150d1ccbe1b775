"""Settings from one TOML file with a table per package, and the environment above it.

`[onboard.camera] url = "..."` is overridden by `KEDROVKA_ONBOARD__CAMERA__URL`. A key nobody
knows is an error that names it: a silently ignored setting is found only in the field.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
)

from firmware_bridge.errors import ConfigError

M = TypeVar("M", bound=BaseSettings)


def load_settings(
    model: type[M], path: Path | None, table: str, overrides: Mapping[str, Any] | None = None
) -> M:
    """Settings of one package; `overrides` (a command line's) stand above everything.

    Raises ConfigError naming the file, the key and the value.
    """
    prefix = f"KEDROVKA_{table.upper()}__"
    from_file = _read_table(path, table) if path else {}
    _reject_unknown_environment(model, prefix)

    class Layered(model):  # type: ignore[valid-type, misc]  # the caller's class, known at run time
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            **_: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            environment = EnvSettingsSource(
                settings_cls, env_prefix=prefix, env_nested_delimiter="__"
            )
            return init_settings, environment, InitSettingsSource(settings_cls, from_file)

    Layered.__name__ = model.__name__
    try:
        settings: M = Layered(**(overrides or {}))
    except ValidationError as error:
        where = str(path) if path else "settings"
        lines = [_explain(model, table, details) for details in error.errors()]
        raise ConfigError(f"{where}: " + "; ".join(lines)) from error
    return settings


def _read_table(path: Path, table: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    known = ("onboard", "ground", "sim")
    for key in content:
        if key not in known:
            raise ConfigError(f"{path}: unknown table [{key}]{_guess(key, known)}")
    section = content.get(table, {})
    if not isinstance(section, dict):
        raise ConfigError(f"{path}: '{table}' must be a table, written [{table}]")
    return section


def _reject_unknown_environment(model: type[BaseSettings], prefix: str) -> None:
    for name in os.environ:
        if not name.upper().startswith(prefix):
            continue
        first = name[len(prefix) :].split("__")[0].lower()
        if first not in model.model_fields:
            guess = _guess(first, tuple(model.model_fields))
            raise ConfigError(f"environment: {name} sets unknown key '{first}'{guess}")


def _explain(model: type[BaseModel], table: str, details: ErrorDetails) -> str:
    *parents, last = details["loc"] or ("",)
    place = ".".join([table, *(str(part) for part in parents)])
    if details["type"] == "extra_forbidden":
        siblings = tuple(_fields_at(model, parents))
        return f"[{place}] unknown key '{last}'{_guess(str(last), siblings)}"
    if details["type"] == "missing":
        return f"[{place}] '{last}' is missing"
    return f"[{place}] {last} = {details['input']!r}: {details['msg']}"


def _fields_at(model: type[BaseModel], parents: list[int | str]) -> list[str]:
    """Names of the settings beside a misspelt one."""
    for part in parents:
        field = model.model_fields.get(str(part))
        if field is None:
            continue
        candidates = (field.annotation, *get_args(field.annotation))
        model = next(
            (c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), model
        )
    return list(model.model_fields)


def _guess(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean '{near[0]}'?)" if near else f" (known: {', '.join(known)})"
