"""The blocking part of docking a port, for a worker's thread: from a device to a `Download`."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from firmware_bridge.errors import BridgeError
from firmware_bridge.files import read_file
from firmware_bridge.handheld.conversation import Event, Identified
from firmware_bridge.handheld.download import download, find
from firmware_bridge.identity import uuid7
from firmware_bridge.tracks import Contents, UnitIdentity
from groundstation.store.downloads import Download

SEARCH_BAUD = 9600
"""Where identification begins; it finds the rate by itself."""
LIVE_ONLY = "nmea"
OnEvent = Callable[[Event], None]


class NoMemory(BridgeError):
    """Something that only tells where it is: a receiver, or a navigator set to NMEA."""

    def __init__(self, device: str, unit: UnitIdentity) -> None:
        super().__init__(f"{device}: {unit.model or 'a receiver'} that only tells where it is")
        self.baud = unit.baud or SEARCH_BAUD


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
    unit = find(url)
    on_event(Identified(unit))
    if unit.family == LIVE_ONLY:
        raise NoMemory(device, unit)
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
