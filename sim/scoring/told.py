"""What was told: the ground station's list of hotspots, asked over REST or kept in a file.

A file holds the station's answer, a list, or one JSON object a line; each object has the fields
of a `Hotspot` that are named here, `received_utc` if it is known when people could see it.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from firmware_bridge.errors import BridgeError, ConfigError
from firmware_bridge.messages import HeatKind

TIMEOUT_S = 10.0
PAGES_AT_MOST = 200
PAGE = 500
KEY_NAME = "KEDROVKA_KEY"
"""Environment variable with a key that reads."""


class ToldFix(BaseModel):
    """Where, and how sure."""

    model_config = ConfigDict(from_attributes=True, frozen=True, allow_inf_nan=False)

    lat_deg: float = Field(ge=-90, le=90)
    lon_deg: float = Field(ge=-180, le=180)
    ce90_m: float = Field(ge=0)


class Told(BaseModel):
    """One hotspot as it was told last."""

    model_config = ConfigDict(from_attributes=True, frozen=True, allow_inf_nan=False)

    kind: HeatKind
    fix: ToldFix | None
    hotspot_id: Any = None
    """Several objects of one id are revisions: the last counts, told when the first was."""
    first_seen_utc: AwareDatetime | None = None
    last_seen_utc: AwareDatetime | None = None
    received_utc: AwareDatetime | None = None
    """When the ground station had it."""
    views: int | None = None
    peak_kelvin: float | None = None
    contrast_kelvin: float | None = None


_LIST = TypeAdapter(list[Told])


def read_told(source: str) -> list[Told]:
    """Of a file, or of a station's URL; raises ConfigError for the file, BridgeError."""
    if source.startswith(("http://", "https://")):
        return fetch(source)
    path = Path(source)
    try:
        return _checked(_parsed(path.read_text("utf-8"), source), source)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def fetch(station: str, since: datetime | None = None) -> list[Told]:
    """All hotspots of a ground station, or those seen since; raises BridgeError."""
    items: list[Any] = []
    cursor: str | None = None
    for _ in range(PAGES_AT_MOST):
        query = {"limit": str(PAGE)}
        if since is not None:
            query["since"] = since.isoformat()
        if cursor is not None:
            query["cursor"] = cursor
        url = f"{station.rstrip('/')}/api/v1/hotspots?{urllib.parse.urlencode(query)}"
        page = _get(url)
        if not isinstance(page, dict) or not isinstance(page.get("items"), list):
            raise BridgeError(f"{station}: the answer is no list of hotspots")
        items += page["items"]
        cursor = page.get("next")
        if cursor is None:
            break
    return _checked(items, station)


def _get(url: str) -> Any:
    key = os.environ.get(KEY_NAME)
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            issue = f"${KEY_NAME} must hold one of kedrovka-ground key add NAME --reads"
            raise BridgeError(f"{url}: the station wants a key: {issue}") from error
        raise BridgeError(f"{url}: {error}") from error
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise BridgeError(f"{url}: {reason}") from error


def _parsed(text: str, where: str) -> Any:
    """A page of the station, a list, or JSON lines."""
    try:
        content = json.loads(text)
    except ValueError:
        return [_line(line, f"{where}:{n}") for n, line in enumerate(text.splitlines(), 1) if line]
    if isinstance(content, dict):
        return content.get("items", [content])
    return content


def _line(line: str, where: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise ConfigError(f"{where}: not JSON: {error}") from error


def _checked(items: Any, where: str) -> list[Told]:
    try:
        return newest(_LIST.validate_python(items))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{where}: {key} = {first['input']!r}: {first['msg']}") from error


def newest(told: Sequence[Told]) -> list[Told]:
    """One a hotspot: the last revision, received when the first was."""
    kept: dict[Any, Told] = {}
    for number, one in enumerate(told):
        key = number if one.hotspot_id is None else str(one.hotspot_id)
        if key in kept and kept[key].received_utc is not None:
            one = one.model_copy(update={"received_utc": kept[key].received_utc})
        kept[key] = one
    return list(kept.values())
