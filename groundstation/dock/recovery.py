"""Captures that never reached the database: the station was ended, or the power went, before.

Found by their names at start, decoded from disk and stored like any other download.
"""

import json
import logging
import tarfile
import tempfile
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmware_bridge.errors import BridgeError
from firmware_bridge.files import read_file
from firmware_bridge.handheld.capture import MAX_HEADER_BYTES, SUFFIX
from firmware_bridge.handheld.holders import holders
from firmware_bridge.handheld.mass_storage import find_units
from firmware_bridge.tracks import UnitIdentity
from groundstation.dock.reading import new_id, sha256_of
from groundstation.dock.volumes import ARCHIVE, contents_of, is_sealed
from groundstation.store.downloads import Download

log = logging.getLogger(__name__)

FOUND_AGAIN = "found in the captures folder: the station had ended before it was stored"


def left_over(folder: Path, stored: Collection[str]) -> list[Path]:
    """Captures in the folder that are not stored, oldest first; none that is being written."""
    if not folder.is_dir():
        return []
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix in (SUFFIX, ARCHIVE) and path.name not in stored and not holders(path)
    ]
    return [path for path in found if path.suffix == ARCHIVE or _header(path).get("family")]


def recovered(path: Path) -> Download | None:
    """The download a capture is of; None where nothing of a unit is in it. Raises OSError."""
    read: Callable[[Path], Download | None]
    read = _of_archive if path.suffix == ARCHIVE else _of_capture
    try:
        return read(path)
    except (BridgeError, tarfile.TarError) as error:
        log.warning("%s: %s", path, error)
        return None


def _of_capture(path: Path) -> Download | None:
    header = _header(path)
    contents = read_file(path)
    if contents.unit is None and not contents.points and not contents.waypoints:
        return None
    family = str(header.get("family"))
    said = UnitIdentity(family, _text(header, "unit_id"), _text(header, "model"), None)
    unit = contents.unit or said
    unit = replace(
        unit, family=family, unit_id=unit.unit_id or said.unit_id, model=unit.model or said.model
    )
    return Download(
        download=new_id(),
        port=str(header.get("port", "")),
        capture=path.name,
        sha256=sha256_of(path),
        started_utc=_started(header, path),
        ended_utc=_modified(path),
        unit=unit,
        contents=contents,
        complaint=FOUND_AGAIN if contents.lost or not contents.announced else None,
    )


def _of_archive(path: Path) -> Download | None:
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=path.parent) as name:
        folder = Path(name)
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
        found = find_units(folder)
        if not found:
            return None
        contents = contents_of(path, found[0], lambda _: None, {})
    return Download(
        new_id(), "", path.name, sha256_of(path), _modified(path), _modified(path),
        found[0].unit, contents, None if is_sealed(path) else FOUND_AGAIN,
    )  # fmt: skip


def _header(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline(MAX_HEADER_BYTES))
    except (OSError, ValueError):
        return {}
    return header if isinstance(header, dict) else {}


def _text(header: dict[str, Any], key: str) -> str | None:
    value = header.get(key)
    return None if value is None else str(value)


def _started(header: dict[str, Any], path: Path) -> datetime:
    try:
        started = datetime.fromisoformat(str(header.get("started_utc")))
    except ValueError:
        return _modified(path)
    return started.astimezone(UTC) if started.tzinfo else _modified(path)


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
