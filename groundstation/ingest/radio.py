"""Vehicles heard over a MAVLink link: UDP, TCP or a serial telemetry radio.

The station announces itself with a heartbeat a second, so that vehicles and routers answer it;
positions become vehicle states, TUNNEL reports (docs/wires.md) are stored and acknowledged after
the commit. A report that could not be stored is not acknowledged: the vehicle sends it again.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot import report as wire
from firmware_bridge.autopilot.codec import MavlinkCodec
from firmware_bridge.autopilot.report import TUNNEL_PAYLOAD_TYPE, Acknowledgement, Footprint
from firmware_bridge.errors import BridgeError, LinkTimeout, ProtocolError
from firmware_bridge.messages import Health, Hotspot, VehicleState
from firmware_bridge.port import Port, open_port
from firmware_bridge.port.url import parse_url
from groundstation.ingest.vehicle import HeardVehicle
from groundstation.store.errors import StoreUnavailable
from groundstation.store.hotspots import Source

T = TypeVar("T")
HEARTBEAT_PERIOD_S = 1.0
READ_S, WRITE_S, OPEN_S = 0.2, 1.0, 3.0
READ_BYTES = 4096
BACKOFF_FIRST_S, BACKOFF_LAST_S = 0.5, 15.0
SILENT_S = 5.0
MAX_VEHICLES = 32
AUTOPILOT, COMPANION = 1, 191

log = logging.getLogger(__name__)


class Receiver(Protocol):
    """Where reports go; the station."""

    async def receive_hotspot(self, report: Hotspot, source: Source) -> object:
        """Store it; returns after the commit, raises StoreUnavailable."""

    async def receive_state(self, state: VehicleState, source: Source) -> object:
        """Store it; returns after the commit, raises StoreUnavailable."""

    async def receive_health(self, system_id: int, health: Health, source: Source) -> object:
        """Store it; returns after the commit, raises StoreUnavailable."""


@dataclass(frozen=True, slots=True)
class RadioStatus:
    """One link as live evidence."""

    url: str
    open: bool
    hearing: bool
    """A valid frame came within the last seconds."""
    silent_s: float | None
    """Since the last valid frame; None before the first."""
    vehicles: list[int]
    frames: int
    bytes_dropped: int
    reports: int
    """TUNNEL reports stored and acknowledged."""
    reconnects: int
    last_error: str | None


class RadioLink:
    """One link, kept open for ever."""

    def __init__(
        self,
        url: str,
        system_id: int,
        component_id: int,
        receiver: Receiver,
        utc: Callable[[], datetime],
        monotonic_s: Callable[[], float],
    ) -> None:
        parse_url(url)
        self.url = url
        self._receiver = receiver
        self._utc = utc
        self._monotonic_s = monotonic_s
        self._codec = MavlinkCodec(system_id, component_id)
        self._vehicles: OrderedDict[int, HeardVehicle] = OrderedDict()
        self._port: Port | None = None
        self._heard_s: float | None = None
        self._backoff_s = BACKOFF_FIRST_S
        self._reports = 0
        self._reconnects = 0
        self._last_error: str | None = None

    def status(self) -> RadioStatus:
        """What the link is like now."""
        silent_s = None if self._heard_s is None else self._monotonic_s() - self._heard_s
        return RadioStatus(
            url=self._port.url if self._port else self.url,
            open=self._port is not None,
            hearing=silent_s is not None and silent_s < SILENT_S,
            silent_s=silent_s,
            vehicles=sorted(self._vehicles),
            frames=self._codec.frames,
            bytes_dropped=self._codec.bytes_dropped,
            reports=self._reports,
            reconnects=self._reconnects,
            last_error=self._last_error,
        )

    async def run(self) -> None:
        """Open, listen, and open again after a while; a watcher of the server's task group."""
        with ThreadPoolExecutor(1, thread_name_prefix="radio") as thread:
            while True:
                try:
                    await self._listen(thread)
                except BridgeError as error:
                    if str(error) != self._last_error:
                        log.warning("radio link: %s", error)
                    self._last_error = str(error)
                await asyncio.sleep(self._backoff_s)
                self._backoff_s = min(self._backoff_s * 2, BACKOFF_LAST_S)
                self._reconnects += 1

    async def _listen(self, thread: ThreadPoolExecutor) -> None:
        """Until the port fails. The port is used by `thread` alone, and closed there."""

        async def blocking(call: Callable[[], T]) -> T:
            return await asyncio.get_running_loop().run_in_executor(thread, call)

        with ExitStack() as stack:
            port = await blocking(lambda: open_port(self.url, timeout_s=OPEN_S))
            stack.callback(lambda: thread.submit(port.close))
            self._port = port
            stack.callback(lambda: setattr(self, "_port", None))
            log.info("radio link %s is open", port.url)
            self._codec.reset()
            beat_s = self._monotonic_s()
            while True:
                out = b""
                if self._monotonic_s() >= beat_s:
                    beat_s = self._monotonic_s() + HEARTBEAT_PERIOD_S
                    out = self._heartbeat()
                data = await blocking(lambda: port.read(READ_BYTES, READ_S))
                out += await self._receive(data)
                if out:
                    await blocking(lambda: _send(port, out))  # noqa: B023  # awaited at once

    async def _receive(self, data: bytes) -> bytes:
        """Handle what came; frames to answer with."""
        answers = b""
        for message in self._codec.feed(data):
            self._heard_s = self._monotonic_s()
            self._backoff_s = BACKOFF_FIRST_S
            try:
                answers += await self._handle(message)
            except StoreUnavailable as error:
                log.warning("radio report not stored: %s", error)
        return answers

    async def _handle(self, message: Any) -> bytes:
        system_id, component_id = message.get_srcSystem(), message.get_srcComponent()
        if not 1 <= system_id <= 254 or system_id == self._codec.system_id:
            return b""
        if component_id == AUTOPILOT:
            vehicle = self._vehicle(system_id)
            state = vehicle.receive(message, self._utc(), self._monotonic_s())
            if state:
                await self._receiver.receive_state(state, Source.RADIO)
        elif message.get_type() == "TUNNEL" and message.payload_type == TUNNEL_PAYLOAD_TYPE:
            return await self._tunnel(message, system_id, component_id)
        return b""

    async def _tunnel(self, message: Any, system_id: int, component_id: int) -> bytes:
        payload = bytes(message.payload[: message.payload_length])
        try:
            report = wire.decode(payload, system_id, self._utc())
        except ProtocolError as error:
            log.warning("vehicle %d: %s", system_id, error)
            return b""
        match report:
            case Hotspot():
                await self._receiver.receive_hotspot(report, Source.RADIO)
                self._reports += 1
                answer = wire.encode(Acknowledgement.of(report))
                return self._codec.encode(_tunnel_message(system_id, component_id, answer))
            case Footprint():
                self._vehicle(system_id).see(report, self._monotonic_s())
            case Health():
                await self._receiver.receive_health(system_id, report, Source.RADIO)
            case Acknowledgement():
                pass  # another ground station's
        return b""

    def _vehicle(self, system_id: int) -> HeardVehicle:
        vehicle = self._vehicles.pop(system_id, None) or HeardVehicle(system_id)
        self._vehicles[system_id] = vehicle
        if len(self._vehicles) > MAX_VEHICLES:
            self._vehicles.popitem(last=False)
        return vehicle

    def _heartbeat(self) -> bytes:
        return self._codec.encode(
            dialect.MAVLink_heartbeat_message(
                type=dialect.MAV_TYPE_GCS,
                autopilot=dialect.MAV_AUTOPILOT_INVALID,
                base_mode=0,
                custom_mode=0,
                system_status=dialect.MAV_STATE_ACTIVE,
                mavlink_version=3,
            )
        )


def _tunnel_message(system_id: int, component_id: int, payload: bytes) -> Any:
    padded = list(payload.ljust(128, b"\0"))
    return dialect.MAVLink_tunnel_message(
        system_id, component_id, TUNNEL_PAYLOAD_TYPE, len(payload), padded
    )


def _send(port: Port, data: bytes) -> None:
    """A radio that cannot take it now loses it, as radios do; the next one comes in a second."""
    try:
        port.write(data, WRITE_S)
    except LinkTimeout as error:
        log.warning("radio link: %s", error)
