"""The onboard companion's end of the autopilot link: bytes and times in, events and bytes out.

It announces itself once a second as component 191 of the vehicle, keeps the clock and the message
rates, and hears one autopilot: component 1 of the chosen system. What other systems and
components send is ignored, except TUNNEL addressed to us. It can put no message on the wire that
arms, changes a mode or moves the vehicle: see `SENDABLE` and `commands.Allowed`.
"""

import contextlib
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot import outgoing
from firmware_bridge.autopilot.codec import MavlinkCodec, Message
from firmware_bridge.autopilot.commands import Allowed, CommandQueue
from firmware_bridge.autopilot.events import (
    CommandResult,
    Event,
    LinkDown,
    LinkUp,
    TunnelReceived,
    VehicleRebooted,
)
from firmware_bridge.autopilot.intervals import StreamKeeper
from firmware_bridge.autopilot.state import AUTOPILOT_COMPONENT, is_autopilot_heartbeat
from firmware_bridge.autopilot.traffic import Traffic
from firmware_bridge.autopilot.vehicle import Vehicle
from firmware_bridge.errors import CommandRefused
from firmware_bridge.messages import LinkStatus

log = logging.getLogger(__name__)

COMPANION_COMPONENT = dialect.MAV_COMP_ID_ONBOARD_COMPUTER
DEFAULT_STREAM_HZ: Mapping[int, float] = MappingProxyType(
    {
        dialect.MAVLINK_MSG_ID_ATTITUDE_QUATERNION: 25.0,
        dialect.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: 25.0,
        dialect.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: 10.0,
        dialect.MAVLINK_MSG_ID_SYS_STATUS: 1.0,
        dialect.MAVLINK_MSG_ID_WIND: 1.0,
    }
)
HEARTBEAT_TIMEOUT_S = 5.0
HEARTBEAT_EVERY_S = 1.0
TIMESYNC_EVERY_S = 1.0
TIMESYNC_FIRST_EVERY_S = 0.2
TIMESYNC_FIRST_COUNT = 10
SPEAK_FIRST_AFTER_S = 2.0
DEFAULT_SYSTEM_ID = 1
MAX_OUTGOING_FRAMES = 256

SENDABLE = (
    dialect.MAVLink_heartbeat_message,
    dialect.MAVLink_timesync_message,
    dialect.MAVLink_command_long_message,
    dialect.MAVLink_tunnel_message,
    dialect.MAVLink_statustext_message,
    dialect.MAVLink_camera_tracking_geo_status_message,
)
"""Every message this class can put on the wire."""


class Companion:
    """Protocol state of one link; not thread-safe, `AutopilotLink` takes care of that."""

    def __init__(
        self,
        system_id: int | None = None,
        component_id: int = COMPANION_COMPONENT,
        vehicle_system_id: int | None = None,
        stream_hz: Mapping[int, float] = DEFAULT_STREAM_HZ,
    ) -> None:
        self._own_system_id = system_id
        self._wanted_system_id = vehicle_system_id
        self._system_id = vehicle_system_id
        self._codec = MavlinkCodec(
            system_id or vehicle_system_id or DEFAULT_SYSTEM_ID, component_id
        )
        self._vehicle = Vehicle()
        self._commands = CommandQueue()
        self._streams = StreamKeeper(stream_hz)
        self._traffic = Traffic()
        self._outgoing: deque[bytes] = deque(maxlen=MAX_OUTGOING_FRAMES)
        self._connected = False
        self._opened_s: float | None = None
        self._heartbeat_s: float | None = None
        self._next_heartbeat_s = 0.0
        self._next_timesync_s = 0.0
        self._timesyncs = 0

    @property
    def connected(self) -> bool:
        """The chosen autopilot is heard."""
        return self._connected

    # What the link calls

    def opened(self, now_s: float) -> None:
        """The port is open, for the first time or again: trust nothing heard before."""
        self._codec.reset()
        self._outgoing.clear()
        self._opened_s = now_s
        self._traffic.opened(now_s)
        self._next_heartbeat_s = now_s
        if self._heartbeat_s is not None:
            self._ask(Allowed.REQUEST_MESSAGE, (dialect.MAVLINK_MSG_ID_HEARTBEAT,))

    def closed(self, reason: str) -> list[Event]:
        """The port is gone."""
        self._opened_s = None
        self._outgoing.clear()
        return self._disconnect(reason)

    def receive(self, data: bytes, now_s: float) -> list[Event]:
        """Events in `data`, which arrived at `now_s`."""
        if self._opened_s is None:
            self.opened(now_s)
        frames = self._codec.frames
        messages = self._codec.feed(data)
        self._traffic.heard(len(data), self._codec.frames - frames, now_s)
        return [event for message in messages for event in self._hear(message, now_s)]

    def poll(self, now_s: float) -> list[Event]:
        """Do what is due; call every few tens of milliseconds."""
        if self._opened_s is None:
            self.opened(now_s)
        events: list[Event] = []
        heard_s = self._heartbeat_s
        if self._connected and heard_s is not None and now_s - heard_s > HEARTBEAT_TIMEOUT_S:
            events += self._disconnect(f"no heartbeat for {HEARTBEAT_TIMEOUT_S:g} s")
        self._announce(now_s)
        if self._connected:
            self._ask_time(now_s)
            for message_id, interval_us in self._streams.due(now_s):
                self._ask(Allowed.SET_MESSAGE_INTERVAL, (message_id, interval_us))
        if heard_s is not None:
            events += self._send_command(now_s)
        return events

    def data_to_send(self) -> bytes:
        """Frames to write now; they are forgotten here."""
        data = b"".join(self._outgoing)
        self._outgoing.clear()
        return data

    # What the program calls

    def send_tunnel(
        self,
        payload_type: int,
        payload: bytes,
        target_system: int = 0,
        target_component: int = 0,
    ) -> bool:
        """Queue a TUNNEL of at most 128 bytes; False when no vehicle is there to carry it."""
        return self._say(outgoing.tunnel(payload_type, payload, target_system, target_component))

    def send_statustext(self, severity: int, text: str) -> bool:
        """Queue a line for people, cut to 50 bytes; False when no vehicle is there."""
        return self._say(outgoing.statustext(severity, text))

    def send_tracking_geo_status(
        self, lat_deg: float, lon_deg: float, alt_amsl_m: float, h_acc_m: float
    ) -> bool:
        """Queue a CAMERA_TRACKING_GEO_STATUS; False when no vehicle is there."""
        return self._say(outgoing.tracking_geo_status(lat_deg, lon_deg, alt_amsl_m, h_acc_m))

    def command(self, command: int, *params: float) -> None:
        """Queue a command of `commands.Allowed`; its CommandResult follows.

        Raises CommandRefused for any other command.
        """
        self._commands.push(command, params)

    def lost(self, component_id: int) -> int:
        """Messages lost from one component of the vehicle, by sequence gaps."""
        return self._codec.lost(self._system_id or 0, component_id)

    def link_status(self, now_s: float) -> LinkStatus:
        """The link as measured; `url` and `reconnects` are for the owner of the port to fill."""
        heard_s, offset = self._heartbeat_s, self._vehicle.clock.offset(now_s)
        return LinkStatus(
            url="",
            connected=self._connected,
            system_id=self._system_id if heard_s is not None else None,
            component_id=AUTOPILOT_COMPONENT if heard_s is not None else None,
            heartbeat_age_s=None if heard_s is None else now_s - heard_s,
            clock_offset_s=offset[0] if offset else None,
            clock_sigma_s=offset[1] if offset else None,
            bytes_per_s=self._traffic.bytes_per_s(now_s),
            messages_lost=self.lost(AUTOPILOT_COMPONENT),
            bytes_dropped=self._codec.bytes_dropped,
            reboots=self._vehicle.reboots,
            reconnects=0,
            last_error=self.complaint(now_s),
        )

    def complaint(self, now_s: float) -> str | None:
        """What is wrong with the bytes of an open port, in words; None when nothing is."""
        return self._traffic.complaint(now_s) if self._opened_s is not None else None

    # Hearing

    def _hear(self, message: Message, now_s: float) -> list[Event]:
        source = (message.get_srcSystem(), message.get_srcComponent())
        if source == (self._codec.system_id, self._codec.component_id):
            return []  # our own frame, come back over a router
        if message.get_msgId() == dialect.MAVLINK_MSG_ID_TUNNEL:
            return self._tunnel(message)
        events = self._adopt(message, now_s) if is_autopilot_heartbeat(message) else []
        if source != (self._system_id, AUTOPILOT_COMPONENT):
            return events
        return events + self._hear_autopilot(message, now_s)

    def _hear_autopilot(self, message: Message, now_s: float) -> list[Event]:
        message_id = message.get_msgId()
        self._streams.heard(message_id)
        if message_id == dialect.MAVLINK_MSG_ID_COMMAND_ACK:
            return self._acknowledged(message, now_s)
        if message_id == dialect.MAVLINK_MSG_ID_TIMESYNC and message.tc1 == 0:
            self._send(dialect.MAVLink_timesync_message(round(now_s * 1e9), message.ts1))
            return []
        events = self._vehicle.hear(message, now_s)
        if any(isinstance(event, VehicleRebooted) for event in events):
            self._start_over(now_s)
        return events

    def _adopt(self, message: Message, now_s: float) -> list[Event]:
        """Take the vehicle that was asked for, else the first heard, until it falls silent."""
        system_id = message.get_srcSystem()
        if self._wanted_system_id not in (None, system_id):
            return []
        if self._connected and system_id != self._system_id:
            return []
        if system_id != self._system_id:
            self._vehicle.forget()
        self._system_id = system_id
        self._codec.system_id = self._own_system_id or system_id
        self._heartbeat_s = now_s
        if self._connected:
            return []
        self._connected = True
        self._start_over(now_s)
        log.info("autopilot of system %d heard", system_id)
        return [LinkUp(system_id, AUTOPILOT_COMPONENT)]

    def _tunnel(self, message: Message) -> list[Event]:
        if not self._is_for_us(message) or message.payload_length > len(message.payload):
            return []
        payload = bytes(message.payload[: message.payload_length])
        source = (message.get_srcSystem(), message.get_srcComponent())
        return [TunnelReceived(*source, message.payload_type, payload)]

    def _acknowledged(self, message: Message, now_s: float) -> list[Event]:
        result = self._commands.acknowledge(message, now_s) if self._is_for_us(message) else None
        if result is None:
            return []
        if _refused_stream(result):
            self._streams.denied(int(result.param1), now_s)
        return [result]

    def _is_for_us(self, message: Message) -> bool:
        """Whether the targets name us or, with 0, everybody."""
        return message.target_system in (0, self._codec.system_id) and (
            message.target_component in (0, self._codec.component_id)
        )

    def _start_over(self, now_s: float) -> None:
        """The autopilot knows nothing of us: ask for its clock and our messages again."""
        self._commands.clear()
        self._streams.restart(now_s)
        self._timesyncs = 0
        self._next_timesync_s = now_s

    def _disconnect(self, reason: str) -> list[Event]:
        self._commands.clear()
        if not self._connected:
            return []
        self._connected = False
        log.warning("autopilot lost: %s", reason)
        return [LinkDown(reason)]

    # Speaking

    def _announce(self, now_s: float) -> None:
        """Say once a second that we are here.

        On a port that must speak first (udpout) no autopilot would be heard before: after two
        silent seconds the heartbeat goes out with the default system id.
        """
        opened_s = self._opened_s if self._opened_s is not None else now_s
        silent = self._heartbeat_s is None and self._wanted_system_id is None
        if silent and self._own_system_id is None and now_s - opened_s < SPEAK_FIRST_AFTER_S:
            return
        if now_s >= self._next_heartbeat_s:
            self._next_heartbeat_s = now_s + HEARTBEAT_EVERY_S
            self._send(outgoing.heartbeat())

    def _ask_time(self, now_s: float) -> None:
        if now_s < self._next_timesync_s:
            return
        self._timesyncs += 1
        first = self._timesyncs < TIMESYNC_FIRST_COUNT
        self._next_timesync_s = now_s + (TIMESYNC_FIRST_EVERY_S if first else TIMESYNC_EVERY_S)
        token_ns = round(now_s * 1e9)
        self._vehicle.clock.request(token_ns, now_s)
        self._send(dialect.MAVLink_timesync_message(0, token_ns))

    def _send_command(self, now_s: float) -> Sequence[Event]:
        message, given_up = self._commands.poll(now_s)
        if message is not None:
            message.target_system = self._system_id
            message.target_component = AUTOPILOT_COMPONENT
            self._send(message)
        return () if given_up is None else (given_up,)

    def _ask(self, command: Allowed, params: Sequence[float]) -> None:
        with contextlib.suppress(CommandRefused):  # queue full: what falls short is asked again
            self._commands.push(command, params)

    def _say(self, message: Message) -> bool:
        if self._connected:
            self._send(message)
        return self._connected

    def _send(self, message: Message) -> None:
        if not isinstance(message, SENDABLE):
            raise CommandRefused(f"a companion does not send {message.get_type()}")
        self._outgoing.append(self._codec.encode(message))


def _refused_stream(result: CommandResult) -> bool:
    return result.command == Allowed.SET_MESSAGE_INTERVAL and result.result in (
        dialect.MAV_RESULT_DENIED,
        dialect.MAV_RESULT_UNSUPPORTED,
    )
