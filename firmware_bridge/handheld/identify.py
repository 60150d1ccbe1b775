"""Finds out who hangs on an unknown port: every family at every rate, in one opening of it.

At each rate the probes of all families that may speak it ask one after the other and then listen
together. The first window is long enough to hear anything that talks once a second by itself.
Where something talks, windows grow until a sentence has had time to come whole; a silent port is
given up after `deadline_s`. What only talks NMEA is asked by all other families at that rate
before it counts as plain NMEA.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from firmware_bridge.errors import PortBusy, UnknownDevice
from firmware_bridge.handheld.capture import SUFFIX, CaptureWriter, Direction
from firmware_bridge.handheld.conversation import Conversation, Event, Finished, Identified
from firmware_bridge.handheld.holders import SERVICES, holders, suspects, told
from firmware_bridge.handheld.protocols import PROTOCOLS, Family
from firmware_bridge.handheld.session import RatedPort
from firmware_bridge.port import Port, open_port
from firmware_bridge.port.url import Scheme, parse_url
from firmware_bridge.tracks import UnitIdentity

log = logging.getLogger(__name__)

SILENT_S = 3.8
"""For all families and rates together, on a port on which nothing is heard."""
LISTEN_S = 1.1
"""The first window: receivers say something once a second."""
LEAST_WINDOW_S = 0.25
TALKING_S = 1.2
"""A window goes on so long after the last byte."""
LONGEST_WINDOW_S = 6.0
"""While text comes; what is no text after LISTEN_S is another rate: whoever is asked in bytes has
answered by then, or its probe has given up."""
FINISH_S = 5.0
"""For the rest of a probe that has recognised its unit."""
PASSIVE_S = 2.6
"""For a talker at one rate: some speak every two seconds."""
OPEN_S = 2.0
WRITE_S = 1.0
READ_BYTES = 4096
PASSIVE = "nmea"
"""The family any unit may look like."""


def identify(
    url: str,
    capture_folder: Path | None = None,
    families: Mapping[str, Family] | None = None,
    deadline_s: float = SILENT_S,
    baud: int | None = None,
) -> UnitIdentity:
    """The unit on the port `url`, whose rate is only where the search begins.

    `baud` restricts the search to one rate. Raises PortBusy with the holder's name, UnknownDevice
    when nothing known answers, and what `open_port` raises.
    """
    with open_named(url) as port:
        capture = _capture(url, capture_folder)
        try:
            search = _Search(port, PROTOCOLS if families is None else families, capture)
            unit = search.run(deadline_s, baud)
        finally:
            if capture is not None:
                capture.close()
    if unit is not None:
        log.info("%s: %s %s, unit %s", url, unit.family, unit.model, unit.unit_id)
        return unit
    raise _nobody(url, search.heard_bytes)


def open_named(url: str) -> Port:
    """`open_port`, with the name of whoever holds a busy port."""
    try:
        return open_port(url, timeout_s=OPEN_S)
    except PortBusy as error:
        found = _holders(url)
        if not found:
            guessed = suspects()
            may = f"; {told(guessed)} runs here and may be it" if guessed else ""
            raise PortBusy(f"{error}{may}") from error
        raise PortBusy(f"{url}: held by {told(found)}") from error


def _holders(url: str) -> list[tuple[int, str]]:
    address = parse_url(url)
    return holders(Path(address.place)) if address.scheme is Scheme.SERIAL else []


def _nobody(url: str, heard_bytes: int) -> PortBusy | UnknownDevice:
    found = _holders(url)
    if any(name in SERVICES for _, name in found):
        return PortBusy(f"{url}: {told(found)} has it open and takes what the unit says")
    what = f"{heard_bytes} bytes came, of no family we know" if heard_bytes else "nothing answers"
    beside = f"; {told(found)} has it open too" if found else ""
    return UnknownDevice(f"{url}: {what}{beside}")


def _capture(url: str, folder: Path | None) -> CaptureWriter | None:
    if folder is None:
        return None
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S_%fZ-identify") + SUFFIX
    return CaptureWriter(folder / name, {"family": None, "port": url}, time.monotonic)


def _is_text(heard: bytes | bytearray) -> bool:
    """Whether it may be sentences: at a wrong rate few bytes are printable."""
    printable = sum(32 <= byte < 127 or byte in b"\r\n" for byte in heard)
    return printable >= 0.9 * len(heard)


def _as_talker(row: tuple[int | None, list[Family]], families: Mapping[str, Family]) -> int:
    """Where to look for a rate at which something was heard talking, the likeliest first."""
    bauds = families[PASSIVE].bauds if PASSIVE in families else ()
    return bauds.index(row[0]) if row[0] in bauds else len(bauds)


def _go_on(probe: Conversation, data: bytes, now_s: float) -> list[Event]:
    if data:
        probe.receive(data, now_s)
    return probe.poll(now_s)


class _Search:
    """One opening of the port."""

    def __init__(
        self, port: Port, families: Mapping[str, Family], capture: CaptureWriter | None
    ) -> None:
        self._port, self._families, self._capture = port, families, capture
        self.heard_bytes = 0

    def run(self, deadline_s: float, only_baud: int | None) -> UnitIdentity | None:
        plan = list(self._plan(only_baud))
        ends_s = time.monotonic() + deadline_s
        plain: UnitIdentity | None = None
        window_s = min(LISTEN_S, deadline_s)
        while plan:
            baud, families = plan.pop(0)
            self._set_baud(baud)
            unit = self._window(families, window_s, baud)
            if unit is not None and unit.family != PASSIVE:
                return unit
            if unit is not None:
                plain = unit
                break
            window_s = max(LEAST_WINDOW_S, (ends_s - time.monotonic()) / max(1, len(plan)))
            if self.heard_bytes:
                plan.sort(key=lambda row: _as_talker(row, self._families))
                window_s = LISTEN_S
        if plain is None and self.heard_bytes:
            plain = self._listen(list(self._plan(only_baud)))
        if plain is None:
            return None
        others = [f for f in self._families.values() if f.name != PASSIVE]
        return self._window(others, LISTEN_S, plain.baud, patient=False) or plain

    def _listen(self, plan: list[tuple[int | None, list[Family]]]) -> UnitIdentity | None:
        """Something talks: give it at each rate the time to say a few whole sentences."""
        for baud, families in plan:
            passive = [family for family in families if family.name == PASSIVE]
            if passive:
                self._set_baud(baud)
                unit = self._window(passive, PASSIVE_S, baud)
                if unit is not None:
                    return unit
        return None

    def _plan(self, only_baud: int | None) -> Iterator[tuple[int | None, list[Family]]]:
        """Rates, the likeliest of each family first, with the families to be tried there."""
        everybody = list(self._families.values())
        if only_baud is not None or not isinstance(self._port, RatedPort):
            yield only_baud, everybody
            return
        depth = max((len(f.bauds) for f in everybody), default=0)
        order = [f.bauds[i] for i in range(depth) for f in everybody if i < len(f.bauds)]
        for baud in dict.fromkeys(order):
            yield baud, [f for f in everybody if baud in f.bauds]

    def _set_baud(self, baud: int | None) -> None:
        if baud is not None and isinstance(self._port, RatedPort):
            self._port.set_baud(baud)
            self._read(0.0)  # what came at the rate before says nothing about this one
            if self._capture is not None:
                self._capture.note(f"baud={baud}")

    def _window(
        self, families: Iterable[Family], window_s: float, baud: int | None, patient: bool = True
    ) -> UnitIdentity | None:
        """All probes at one rate; `patient` waits for more while bytes come."""
        probes = [family.probe() for family in families]
        live: list[Conversation] = []
        began_s = time.monotonic()
        ends_s = began_s + window_s
        heard = bytearray()
        passive: UnitIdentity | None = None
        for probe in probes:
            self._obey(probe, probe.start(time.monotonic()))
            live.append(probe)
        while live and (now_s := time.monotonic()) < ends_s:
            data = self._read(min(0.05, ends_s - now_s))
            now_s = time.monotonic()
            if data and patient:
                heard += data
                longest_s = LONGEST_WINDOW_S if _is_text(heard) else LISTEN_S
                ends_s = min(max(ends_s, now_s + TALKING_S), began_s + longest_s)
            for probe in list(live):
                events = _go_on(probe, data, now_s)
                unit = self._obey(probe, events)
                if unit is not None and unit.family != PASSIVE:
                    return replace(self._finish(probe, unit, events), baud=baud or unit.baud)
                passive = unit or passive
                if any(isinstance(event, Finished) for event in events):
                    live.remove(probe)
            if passive is not None:
                break
        return None if passive is None else replace(passive, baud=baud or passive.baud)

    def _finish(self, probe: Conversation, unit: UnitIdentity, events: list[Event]) -> UnitIdentity:
        """Let the probe that recognised its unit end its exchange properly."""
        ends_s = time.monotonic() + FINISH_S
        while not any(isinstance(event, Finished) for event in events):
            if time.monotonic() >= ends_s:
                events = probe.cancel(time.monotonic())
                self._obey(probe, events)
                break
            data = self._read(0.05)
            now_s = time.monotonic()
            events = _go_on(probe, data, now_s)
            unit = self._obey(probe, events) or unit
        return unit

    def _read(self, timeout_s: float) -> bytes:
        data = self._port.read(READ_BYTES, max(0.0, timeout_s))
        self.heard_bytes += len(data)
        if data and self._capture is not None:
            self._capture.write(Direction.RECEIVED, data)
        return data

    def _obey(self, probe: Conversation, events: list[Event]) -> UnitIdentity | None:
        data = probe.data_to_send()
        if data:
            if self._capture is not None:
                self._capture.write(Direction.SENT, data)
            self._port.write(data, WRITE_S)
        units = [event.unit for event in events if isinstance(event, Identified)]
        return units[-1] if units else None
