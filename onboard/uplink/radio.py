"""Reports over the autopilot's telemetry radio (docs/wires.md, over the MAVLink radio).

A hotspot goes as TUNNEL until the ground acknowledges it. Beside its first report go a STATUSTEXT
and, once it has a place, a CAMERA_TRACKING_GEO_STATUS, for ground stations that know nothing of
us. Footprint every 2 s and health every 10 s cost 26 bytes/s together; the two standard messages
are spaced so that they cost 250 bytes/s at most.
"""

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from uuid import UUID

from firmware_bridge.autopilot.companion import Companion
from firmware_bridge.autopilot.events import TunnelReceived
from firmware_bridge.autopilot.report import (
    TUNNEL_PAYLOAD_TYPE,
    Acknowledgement,
    Footprint,
    Report,
    decode,
    encode,
)
from firmware_bridge.autopilot.resend import ReportSender
from firmware_bridge.errors import ProtocolError
from firmware_bridge.messages import Health, HeatKind, Hotspot
from firmware_bridge.units import celsius_from_kelvin, utc_from_unix_us
from onboard.mailbox import Latest
from onboard.spool import Spool, Transport

logger = logging.getLogger(__name__)

POLL_S = 0.1
FOOTPRINT_EVERY_S = 2.0
ANNOUNCE_EVERY_S = 0.5
_AT_ONCE = 32
"""Fewer than a ReportSender holds in flight."""
_REMEMBERED = 1000
_SEVERITY = {HeatKind.FIRE: 4, HeatKind.SIGNATURE: 5}
"""MAV_SEVERITY: warning, notice."""

Send = Callable[[Companion], object]


class RadioUplink:
    """Brings the spool's reports to the ground by way of the autopilot."""

    def __init__(self, spool: Spool, call: Callable[[Send], object], bytes_per_s: float) -> None:
        """`call` runs a function on the link's companion (`AutopilotLink.call`)."""
        self._spool = spool
        self._call = call
        self._sender = ReportSender(bytes_per_s)
        self._in_flight: dict[UUID, Hotspot] = {}
        self._answers: deque[Acknowledgement] = deque(maxlen=256)
        self._announcements = Announcements()
        self._next_footprint_s = 0.0
        self._foreign = False
        """Somebody else sends TUNNEL under our type: anybody may, so it must not fill the log."""
        self.footprint: Latest[Footprint] = Latest()
        self.health: Latest[Health] = Latest()
        self.answered_s: float | None = None
        """When the ground last acknowledged something, monotonic."""

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop."""
        while not stop.wait(POLL_S):
            self.step(time.monotonic())

    def received(self, event: TunnelReceived) -> None:
        """A TUNNEL came; what is no acknowledgement of ours is left alone. Any thread."""
        if event.payload_type != TUNNEL_PAYLOAD_TYPE:
            return
        try:
            report = decode(event.payload, 1, utc_from_unix_us(0))
        except ProtocolError as error:
            if not self._foreign:
                logger.warning("TUNNEL from %d/%d: %s; more of the kind are not told",
                               event.source_system, event.source_component, error)  # fmt: skip
            self._foreign = True
            return
        if isinstance(report, Acknowledgement):
            self._answers.append(report)

    def step(self, now_s: float) -> None:
        """Take in answers and send what is due."""
        while self._answers:
            self._settle(self._answers.popleft(), now_s)
        connected: list[bool] = []
        self._call(lambda companion: connected.append(companion.link_status(now_s).connected))
        if not connected[0]:
            return  # nobody carries it now, and waiting must not use up the resends
        self._push(self._spool.waiting(Transport.RADIO, _AT_ONCE), now_s)
        for hotspot, payload in self._sender.poll(now_s):
            self._tunnel(payload)
            self._announcements.add(hotspot)
        if sends := self._announcements.due(now_s):
            self._call(lambda companion: [send(companion) for send in sends])
        self._send_states(now_s)

    def _push(self, waiting: Sequence[Hotspot], now_s: float) -> None:
        """Bring reports in flight; where nobody answers, a new fire takes an old one's place."""
        wanted = {hotspot.hotspot_id for hotspot in waiting}
        for hotspot in waiting:
            while not self._sender.push(hotspot, now_s):
                held = self._in_flight.items()
                older = next((one for key, one in held if key not in wanted), None)
                if older is None:
                    return
                self._sender.acknowledge(Acknowledgement.of(older))  # it stays in the spool
                del self._in_flight[older.hotspot_id]
            self._in_flight[hotspot.hotspot_id] = hotspot

    def _settle(self, answer: Acknowledgement, now_s: float) -> None:
        self.answered_s = now_s
        hotspot = self._sender.acknowledge(answer)
        if hotspot is not None:
            self._in_flight.pop(hotspot.hotspot_id, None)
            self._spool.acknowledge(Transport.RADIO, hotspot.hotspot_id, hotspot.revision)

    def _send_states(self, now_s: float) -> None:
        states: list[Report] = []
        if now_s >= self._next_footprint_s and (footprint := self.footprint.take(0)):
            self._next_footprint_s = now_s + FOOTPRINT_EVERY_S
            states.append(footprint)
        if health := self.health.take(0):
            states.append(health)
        for state in states:
            self._tunnel(encode(state))

    def _tunnel(self, payload: bytes) -> None:
        self._call(lambda companion: companion.send_tunnel(TUNNEL_PAYLOAD_TYPE, payload))


class Announcements:
    """The two standard messages of each hotspot, once, one hotspot at a time."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[UUID, Hotspot] = OrderedDict()
        self._told: OrderedDict[UUID, bool] = OrderedDict()
        """Told hotspots, and whether with a place."""
        self._next_s = 0.0

    def add(self, hotspot: Hotspot) -> None:
        """A report of `hotspot` went out."""
        told_place = self._told.get(hotspot.hotspot_id)
        if told_place is None or (hotspot.fix is not None and not told_place):
            self._waiting[hotspot.hotspot_id] = hotspot
            if len(self._waiting) > _REMEMBERED:
                self._waiting.popitem(last=False)

    def due(self, now_s: float) -> list[Send]:
        """What to send now."""
        if not self._waiting or now_s < self._next_s:
            return []
        self._next_s = now_s + ANNOUNCE_EVERY_S
        _, hotspot = self._waiting.popitem(last=False)
        first = hotspot.hotspot_id not in self._told
        self._told[hotspot.hotspot_id] = hotspot.fix is not None
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        sends: list[Send] = []
        if first:
            sends.append(lambda c: c.send_statustext(_SEVERITY[hotspot.kind], status_line(hotspot)))
        if (fix := hotspot.fix) is not None:
            sends.append(
                lambda c: c.send_tracking_geo_status(
                    fix.lat_deg, fix.lon_deg, fix.alt_amsl_m, fix.ce90_m
                )
            )
        return sends


def status_line(hotspot: Hotspot) -> str:
    """At most 50 ASCII characters for a pilot: what, how hot, where, how sure."""
    heat = ""
    if hotspot.peak_kelvin is not None:
        at_least = ">" if hotspot.saturated else ""
        heat = f" {at_least}{celsius_from_kelvin(hotspot.peak_kelvin):.0f}C"
    place = " no position"
    if fix := hotspot.fix:
        place = f" {fix.lat_deg:.5f} {fix.lon_deg:.5f} +-{fix.ce90_m:.0f}m"
    return f"{hotspot.kind.upper()}{heat}{place}"[:50]
