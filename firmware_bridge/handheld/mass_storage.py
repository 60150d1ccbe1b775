"""Units that are a disk: which one, and every track file on it. Nothing is ever written.

    Garmin/GarminDevice.xml     Model/Description, Model/SoftwareVersion, Id (the unit's number),
                                MassStorageMode/DataType[Name=GPSData]/File with Location/Path and
                                TransferDirection OutputFromUnit
    Garmin/GPX/Current/Current.gpx, Garmin/GPX/Archive/*.gpx, Garmin/GPX/*.gpx
    Garmin/Activities/*.fit     watches

A card without GarminDevice.xml, the SD card of such a unit too, is one unnamed unit with the
track files that lie on it. Source: Garmin's GarminDevice XML schema v2 as written by units.
[K] SoftwareVersion is the version times 100.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from firmware_bridge.files import FileUnreadable, read_file
from firmware_bridge.files.gpx_waypoint import fields
from firmware_bridge.files.source import Flaws, read_bytes
from firmware_bridge.files.text import document
from firmware_bridge.files.xml_element import Broken, Endings, local, read_element
from firmware_bridge.tracks import Contents, Flaw, UnitIdentity

DEVICE_FILE = PurePosixPath("Garmin/GarminDevice.xml")
USUAL_FOLDERS = ("Garmin/GPX", "Garmin/Activities", "Garmin/Activity")
SUFFIXES = frozenset({".gpx", ".fit", ".nmea", ".nma"})
OUTPUT = frozenset({"OutputFromUnit", "InputOutput", "InputToAndOutputFromUnit"})
MAX_FILES = 10_000
MAX_ENTRIES = 100_000
MAX_DEPTH = 8
_DEVICE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """A unit on a volume, and its files."""

    unit: UnitIdentity
    volume: Path
    files: Sequence[Path]
    """Sorted; below `volume`."""
    flaws: Sequence[Flaw]
    """Of the volume itself: a damaged GarminDevice.xml, too many files."""
    device: Path | None
    """GarminDevice.xml; None on a card that has none."""


def find_units(volume: Path) -> list[FoundUnit]:
    """The unit a mounted volume belongs to; none where it holds no track file and no unit.

    Raises FileUnreadable where the volume itself cannot be listed.
    """
    flaws = Flaws()
    try:
        device = _inside(volume, DEVICE_FILE)
    except OSError as error:
        raise FileUnreadable(f"{volume}: {error.strerror or error}") from error
    if device is None:
        files = _track_files(volume, volume, flaws)
        unit = UnitIdentity("storage", None, None, None, details={"volume": str(volume)})
        return [FoundUnit(unit, volume, files, flaws.listed(), None)] if files else []
    unit, folders = _device(device, volume, flaws)
    found: dict[Path, None] = {}
    for name in dict.fromkeys((*folders, *USUAL_FOLDERS)):
        folder = _inside(volume, PurePosixPath(name))
        if folder is not None and folder.is_dir():
            found.update(dict.fromkeys(_track_files(volume, folder, flaws)))
    return [FoundUnit(unit, volume, sorted(found)[:MAX_FILES], flaws.listed(), device)]


def read_volume(volume: Path) -> list[tuple[UnitIdentity, dict[Path, Contents]]]:
    """Every unit on the volume with the contents of each of its files."""
    return [(found.unit, dict(read_files(found))) for found in find_units(volume)]


def read_files(found: FoundUnit) -> Iterator[tuple[Path, Contents]]:
    """File by file, so that a season does not lie in memory at once.

    Every file is answered: one that cannot be read, because the volume is gone too, with a flaw
    that names it.
    """
    for path in found.files:
        try:
            contents = read_file(path)
        except FileUnreadable as error:
            gone = "" if _mounted(found.volume) else f"; the volume {found.volume} is gone"
            contents = Contents("unread", None, [], [], [Flaw(0, f"{error}{gone}")])
        yield path, contents


def _mounted(volume: Path) -> bool:
    try:
        with os.scandir(volume) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def _inside(volume: Path, name: PurePosixPath) -> Path | None:
    """The path below the volume, in whatever case its parts are written there; None if absent.

    Never leaves the volume: no "..", no symbolic link. Raises OSError for the volume itself.
    """
    at = volume
    for depth, part in enumerate(name.parts):
        if part in ("..", "/", "."):
            return None
        try:
            with os.scandir(at) as entries:
                same = [e for e in entries if e.name.lower() == part.lower() and not e.is_symlink()]
        except OSError:
            if depth == 0:
                raise
            return None
        if not same:
            return None
        at = Path(min(same, key=lambda entry: entry.name != part).path)
    return at


def _track_files(volume: Path, folder: Path, flaws: Flaws) -> list[Path]:
    """Files with a track file's suffix below the folder, bounded in number and depth."""
    found: list[Path] = []
    seen = 0
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            flaws.add(-1, f"{here}: {error.strerror or error}")
            continue
        for entry in listed:
            seen += 1
            if seen > MAX_ENTRIES or len(found) >= MAX_FILES:
                flaws.add(-1, f"{volume}: more than {MAX_FILES} files; the rest was not looked at")
                return sorted(found)
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < MAX_DEPTH:
                    waiting.append((Path(entry.path), depth + 1))
                else:
                    flaws.add(-1, f"{entry.path}: too deep, not looked at")
            elif entry.is_file() and Path(entry.name).suffix.lower() in SUFFIXES:
                found.append(Path(entry.path))
    return sorted(found)


def _device(path: Path, volume: Path, flaws: Flaws) -> tuple[UnitIdentity, list[str]]:
    """Who the unit is, and the folders it puts files in."""
    try:
        data, encoding, _, _ = document(read_bytes(path, flaws, _DEVICE_BYTES))
    except FileUnreadable as error:
        flaws.add(-1, str(error))
        data, encoding = b"", "utf-8"
    model: Mapping[str, str] = next(_elements(data, b"Model", encoding), {})
    number = next(_elements(data, b"Id", encoding), {}).get("", None)
    if number is None:
        flaws.add(0, f"{path}: no whole <Id>: the unit's number is unknown")
    folders = [
        file["Location/Path"].replace("\\", "/").strip("/")
        for file in _elements(data, b"File", encoding)
        if file.get("TransferDirection") in OUTPUT and "Location/Path" in file
    ]
    details = {"volume": str(volume)}
    if "PartNumber" in model:
        details["part_number"] = model["PartNumber"]
    unit = UnitIdentity(
        "storage",
        number,
        model.get("Description"),
        _version(model.get("SoftwareVersion")),
        details=details,
    )
    return unit, folders


def _version(text: str | None) -> str | None:
    if text is not None and text.isascii() and text.isdigit():
        return f"{int(text) / 100:.2f}"
    return text


def _elements(data: bytes, name: bytes, encoding: str) -> Iterator[dict[str, str]]:
    """The fields of every whole element of that local name, at any depth."""
    at, endings = 0, Endings(data)
    while (at := data.find(b"<", at)) >= 0:
        tag = data[at + 1 : at + 60].split(b">", 1)[0].split(None, 1)
        if tag and local(tag[0]) == name:
            with suppress(Broken):
                yield fields(read_element(data, at, frozenset(), endings), encoding)
        at += 1
