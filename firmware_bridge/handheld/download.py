"""One download from port to disk: identify, capture, raise the rate, read, bring the unit home.

However it ends - error, stop, unplugging, even `kill -9` - the unit is sent back to its own rate,
at the latest when its port is opened the next time.
"""

import contextlib
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from firmware_bridge.errors import BridgeError
from firmware_bridge.handheld import session
from firmware_bridge.handheld.capture import ENDS_WITH, FINISHED, SUFFIX, CaptureWriter
from firmware_bridge.handheld.conversation import ChangeBaud, Event, Finished
from firmware_bridge.handheld.identify import identify, open_named
from firmware_bridge.handheld.left_behind import (
    LeftBehind,
    can_remember,
    forget,
    recall,
    remember,
)
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.protocols import PROTOCOLS, Family
from firmware_bridge.handheld.session import RatedPort
from firmware_bridge.port import Port
from firmware_bridge.port.url import Scheme, parse_url
from firmware_bridge.tracks import Contents, UnitIdentity

log = logging.getLogger(__name__)

HIGHEST_BAUD = 115_200
DEFAULT_OPTIONS = DownloadOptions(max_baud=HIGHEST_BAUD)


@dataclass(frozen=True, slots=True)
class DownloadResult:
    """What one download brought."""

    contents: Contents
    capture_path: Path
    sha256: str
    """Of the capture."""
    complaint: str | None
    """None when everything announced arrived."""
    left_at_baud: int | None = None
    """The raised rate at which the unit may still be; None when it is home."""


def download(
    url: str,
    unit: UnitIdentity | None = None,
    options: DownloadOptions = DEFAULT_OPTIONS,
    on_event: Callable[[Event], None] | None = None,
    cancel: threading.Event | None = None,
    *,
    folder: Path,
) -> DownloadResult:
    """Everything the unit on `url` holds; its raw capture goes into `folder`, which must exist.

    Raises what `identify` raises when `unit` is None, and OSError for a folder that cannot be
    written to. After the port was opened nothing that happens on it raises: it is the complaint.
    """
    if unit is None:
        unit = find(url)
    else:
        bring_home(url)
    forget(parse_url(url).place)
    family = PROTOCOLS[unit.family]
    url = at_baud(url, unit.baud)
    zero_utc = datetime.now(UTC) - timedelta(seconds=time.monotonic())
    with open_named(url) as port:
        raisable = isinstance(port, RatedPort) and family.restore is not None
        if options.max_baud is not None and not (raisable and can_remember()):
            options = replace(options, max_baud=None)
        run = _Run(port, family, unit, on_event or (lambda _: None))
        with CaptureWriter(_capture_path(folder, unit), run.header(), time.monotonic) as capture:
            capture.note(f"zero_utc={datetime.now(UTC).isoformat()}")
            conversation = family.download(unit, replace(options, zero_utc=zero_utc))
            try:
                finished = session.run(port, conversation, capture, run.saw, cancel)
                run.note_end(capture, finished)
            finally:
                run.bring_home(capture)
        contents = conversation.contents()
    assert capture.sha256 is not None
    complaint = finished.complaint or _missing(contents)
    return DownloadResult(contents, capture.path, capture.sha256, complaint, run.left_at)


def find(url: str, baud: int | None = None) -> UnitIdentity:
    """`identify`, the unit brought home from where an earlier run may have left it.

    Whoever names its `baud` has it left there. Raises what `identify` raises.
    """
    bring_home(url)
    unit = identify(url, baud=baud)
    begins_at = PROTOCOLS[unit.family].begins_at_baud
    if baud is not None or unit.baud is None or begins_at is None or unit.baud == begins_at:
        return unit
    # Nobody noted it here: another user's command, or one on another machine, was ended.
    left = LeftBehind(parse_url(url).place, unit.family, unit.baud, begins_at)
    return replace(unit, baud=begins_at) if _returned(url, left) else unit


def bring_home(url: str) -> bool | None:
    """Return a unit that an earlier run left at a raised rate; None when there is none.

    False when nobody answered; the note stays until somebody on that port does.
    """
    address = parse_url(url)
    left = recall(address.place)
    if left is None or address.scheme is not Scheme.SERIAL:
        return None
    home = _returned(url, left)
    if home:
        forget(address.place)
    return home


def _returned(url: str, left: LeftBehind) -> bool | None:
    """Whether the unit came home; None where its family knows no way."""
    family = PROTOCOLS.get(left.family)
    if family is None or family.restore is None:
        return None
    with open_named(at_baud(url, left.raised_baud)) as port:
        finished = session.run(port, family.restore(left.raised_baud, left.home_baud), None)
    log.info("%s: unit left at %d: %s", url, left.raised_baud, finished.complaint or "home again")
    return finished.complaint is None


def at_baud(url: str, baud: int | None) -> str:
    """The URL of a serial port with another rate; any other URL, and no rate, as it is."""
    address = parse_url(url)
    if address.scheme is not Scheme.SERIAL or baud is None:
        return address.url
    return f"{Scheme.SERIAL}:{address.place}:{baud}"


def _missing(contents: Contents) -> str | None:
    """For a conversation that ended well and still has less than was announced."""
    if contents.lost:
        return f"{contents.lost} announced records never came whole"
    return None


def _capture_path(folder: Path, unit: UnitIdentity) -> Path:
    who = re.sub(r"[^0-9A-Za-z]+", "-", f"{unit.family}-{unit.unit_id or 'unknown'}")
    return folder / (datetime.now(UTC).strftime("%Y%m%dT%H%M%S_%fZ-") + who + SUFFIX)


class _Run:
    """Where the unit's rate is, while one download runs."""

    def __init__(
        self,
        port: Port,
        family: Family,
        unit: UnitIdentity,
        on_event: Callable[[Event], None],
    ) -> None:
        self._port, self._family, self._unit = port, family, unit
        self._on_event = on_event
        self._address = parse_url(port.url)
        self._home = unit.baud or self._address.number
        self._now = self._home
        self.left_at: int | None = None

    def header(self) -> dict[str, object]:
        """For the capture."""
        try:
            program = version("kedrovka")
        except PackageNotFoundError:
            program = "not installed"
        return {
            "family": self._unit.family,
            "port": self._address.place,
            "baud": self._home,
            "unit_id": self._unit.unit_id,
            "model": self._unit.model,
            "program": f"kedrovka {program}",
            ENDS_WITH: FINISHED,
        }

    def note_end(self, capture: CaptureWriter, finished: Finished) -> None:
        """How it ended: some families cannot tell a whole download from a cut one by its bytes."""
        with contextlib.suppress(OSError):  # a full disk is the complaint already
            capture.note(FINISHED + (finished.complaint or ""))

    def saw(self, event: Event) -> None:
        """Keep the unit's rate in mind, on disk too, before it changes."""
        if isinstance(event, ChangeBaud):
            if event.baud != self._home:
                left = LeftBehind(self._address.place, self._unit.family, event.baud, self._home)
                remember(left)
            self._now = event.baud
        self._on_event(event)

    def bring_home(self, capture: CaptureWriter) -> None:
        """At the end: back to the home rate, if the conversation did not come to it."""
        restore = self._family.restore
        if self._now != self._home and restore is not None:
            raised = self._now
            record = None if capture.failed else capture
            try:
                finished = session.run(self._port, restore(raised, self._home), record, self._back)
            except BridgeError as error:
                finished = Finished(str(error))
            if finished.complaint is not None:
                log.warning("%s: %s", self._port.url, finished.complaint)
                self.left_at = raised
        if self.left_at is None:
            forget(self._address.place)

    def _back(self, event: Event) -> None:
        if isinstance(event, ChangeBaud):
            self._now = event.baud
