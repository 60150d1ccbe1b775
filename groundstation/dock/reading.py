"""The blocking part of docking, for a worker's thread: from a port or a volume to a `Download`."""

import hashlib
import os
import secrets
import tarfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

from firmware_bridge.errors import BridgeError, UnknownDevice
from firmware_bridge.files import read_file
from firmware_bridge.handheld.conversation import Event, Identified, Progress
from firmware_bridge.handheld.download import bring_home, download
from firmware_bridge.handheld.identify import identify
from firmware_bridge.handheld.mass_storage import FoundUnit, find_units, read_files
from firmware_bridge.identity import uuid7
from firmware_bridge.tracks import Contents, Flaw, Track, UnitIdentity, Waypoint
from groundstation.store.downloads import Download

SEARCH_BAUD = 9600
"""Where identification begins; it finds the rate by itself."""
LIVE_ONLY = "nmea"
ARCHIVE = ".tar"
"""Suffix of a volume's capture."""
OnEvent = Callable[[Event], None]


class NoMemory(BridgeError):
    """A receiver that only tells where it is."""


class CannotVerify(BridgeError):
    """The stored copy and the capture do not agree: nothing may be erased."""


def new_id() -> UUID:
    """An id for a download."""
    return uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10))


def read_port(device: str, folder: Path, on_event: OnEvent, cancel: threading.Event) -> Download:
    """Identify and download what hangs on a serial port.

    Raises PortBusy, PortDenied, UnknownDevice, NoMemory, LinkClosed, OSError for the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    url = f"serial:{device}:{SEARCH_BAUD}"
    started_utc = datetime.now(UTC)
    bring_home(url)
    unit = identify(url)
    on_event(Identified(unit))
    if unit.family == LIVE_ONLY:
        raise NoMemory(f"{device}: {unit.model or 'a receiver'} that only tells where it is")
    came = download(url, unit, on_event=on_event, cancel=cancel, folder=folder)
    return Download(
        download=new_id(),
        port=device,
        capture=came.capture_path.name,
        sha256=came.sha256,
        started_utc=started_utc,
        ended_utc=datetime.now(UTC),
        unit=_fuller(came.contents.unit, unit),
        contents=came.contents,
        complaint=came.complaint,
    )


def _fuller(said: UnitIdentity | None, found: UnitIdentity) -> UnitIdentity:
    """What the download said of the unit, completed by what identification found."""
    if said is None:
        return found
    return replace(
        said,
        unit_id=said.unit_id or found.unit_id,
        model=said.model or found.model,
        firmware=said.firmware or found.firmware,
        details={**found.details, **said.details},
    )


def read_volume(
    volume: Path, folder: Path, on_event: OnEvent, cancel: threading.Event
) -> list[Download]:
    """Every unit on a volume; its files go into one archive in `folder` before they are parsed.

    Raises UnknownDevice where there is none, FileUnreadable, OSError for the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = find_units(volume)
    if not found:
        raise UnknownDevice(f"{volume}: no unit and no track file")
    return [_read_found(unit, folder, on_event, cancel) for unit in found]


def _read_found(
    found: FoundUnit, folder: Path, on_event: OnEvent, cancel: threading.Event
) -> Download:
    started_utc = datetime.now(UTC)
    on_event(Identified(found.unit))
    name = started_utc.strftime("%Y%m%dT%H%M%S_%fZ-storage-") + (found.unit.unit_id or "unknown")
    path = folder / f"{''.join(c if c.isalnum() or c in '-_' else '-' for c in name)}{ARCHIVE}"
    archived, sha256, broken = _archive(found, path, cancel)
    contents = contents_of(found, archived, on_event, broken)
    complaint = "; ".join(broken) or None
    return Download(
        new_id(), str(found.volume), path.name, sha256, started_utc, datetime.now(UTC),
        found.unit, contents, complaint,
    )  # fmt: skip


def _archive(
    found: FoundUnit, path: Path, cancel: threading.Event
) -> tuple[list[Path], str, list[str]]:
    """Copy the files as they are; which ones, the archive's SHA-256, and what could not be."""
    taken: list[Path] = []
    broken: list[str] = []
    with path.open("xb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for source in found.files:
                if cancel.is_set():
                    broken.append("cancelled before everything was read")
                    break
                try:
                    data = source.read_bytes()
                    modified_s = source.stat().st_mtime
                except OSError as error:
                    broken.append(f"{source}: {error.strerror or error}")
                    continue
                entry = tarfile.TarInfo(str(source.relative_to(found.volume)))
                entry.size, entry.mtime = len(data), int(modified_s)
                archive.addfile(entry, BytesIO(data))
                taken.append(source)
        file.flush()
        os.fsync(file.fileno())
    sha256 = sha256_of(path)
    beside = path.with_name(path.name + ".sha256")
    beside.write_text(f"{sha256}  {path.name}\n", encoding="utf-8")
    return taken, sha256, broken


def contents_of(
    found: FoundUnit,
    archived: Sequence[Path],
    on_event: OnEvent,
    broken: Sequence[str],
) -> Contents:
    """All files' contents as one; a flaw names its file."""
    tracks: list[Track] = []
    waypoints: list[Waypoint] = []
    flaws = [*found.flaws, *(Flaw(-1, text) for text in broken)]
    present = replace(found, files=list(archived))
    for number, (source, contents) in enumerate(read_files(present), 1):
        tracks += contents.tracks
        waypoints += contents.waypoints
        flaws += [Flaw(flaw.offset, f"{source.name}: {flaw.what}") for flaw in contents.flaws]
        on_event(Progress("file", number, len(archived)))
    counts = {"file": len(found.files)}, {"file": len(archived)}
    return Contents("storage", found.unit, tracks, waypoints, flaws, *counts)


def sha256_of(path: Path) -> str:
    """Of a file, read in pieces. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def reread(path: Path, sha256: str, came: Contents) -> Contents:
    """The capture decoded from disk once more; raises CannotVerify where it is not what came.

    As many points, places and records as the unit announced must be in it.
    """
    try:
        same = sha256_of(path) == sha256
    except OSError as error:
        raise CannotVerify(f"{path}: {error.strerror or error}") from error
    if not same:
        raise CannotVerify(f"{path.name}: the capture has changed since it was written")
    contents = read_file(path)
    for what, now, before in (
        ("points", contents.points, came.points),
        ("waypoints", len(contents.waypoints), len(came.waypoints)),
    ):
        if now != before:
            raise CannotVerify(f"{path.name}: {now} {what} decoded again, {before} before")
    for kind in came.announced.keys() & contents.received.keys():
        now, before = contents.received[kind], came.announced[kind]
        if now < before:
            raise CannotVerify(f"{path.name}: {now} records ({kind}) of {before} announced")
    if contents.lost or came.lost:
        raise CannotVerify(f"{path.name}: {contents.lost or came.lost} records are missing")
    return contents
