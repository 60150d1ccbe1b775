"""The autopilot: bytes and times in, bytes out, for any number of links.

Stream messages, answers and forwarded frames of one link come out in the order they were made.
Each link has its own sequence numbers and message intervals; intervals outlive the client that
set them on a UDP or serial link, and die with a TCP client, which is a link of its own here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot import commands, missions
from sim.autopilot.commands import Intervals, text
from sim.autopilot.outgoing import EVERYBODY, Outgoing
from sim.autopilot.parameters import HANDLERS as PARAMETER_HANDLERS
from sim.autopilot.parameters import Parameters
from sim.autopilot.routing import Router
from sim.autopilot.telemetry import BUILDERS, STREAMS, Message, Snapshot
from sim.flight.plan import Item

BOOT_TEXT = (
    b"\r\n\r\nInit ArduCopter V4.5.6 (simulated by kedrovka-sim)\r\n\r\n"
    b"Free RAM: 131072\r\nFirmware change: erasing EEPROM...\r\ndone.\r\n"
    b"load_all took 8us\r\nBattery monitor ready\r\n"
)
"""Raw ASCII before the first frame, as SERIAL0 opens with after power-up."""
TIMESYNC_EVERY_S = 10.0
OUT_LIMIT_BYTES = 64 * 1024


@dataclass(slots=True)
class _Link:
    codec: dialect.MAVLink
    stream_hz: int
    """By the SR parameters, which outlive a reboot."""
    console: bool
    """SERIAL0: boot text is printed here."""
    intervals: Intervals = field(default_factory=Intervals)
    out: bytearray = field(default_factory=bytearray)
    next_timesync_s: float = 0.0


class Autopilot:
    """One vehicle's MAVLink side. `look` gives the state of the vehicle now."""

    def __init__(
        self, system_id: int, parameters: Parameters, items: Sequence[Item],
        look: Callable[[], Snapshot], boot_ns: Callable[[float], int], armed: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._system_id = system_id
        self.parameters = parameters
        self._items = items
        self._look, self._boot_ns, self._armed = look, boot_ns, armed
        self._router = Router(system_id)
        self._links: dict[int, _Link] = {}

    def connect(self, link: int, now_s: float, stream_hz: int = 0, greet: bool = False) -> None:
        """A link comes up; `stream_hz` is what the vehicle's SR parameters make it send unasked."""
        # Without a file: frames are packed here and sent by the link.
        codec = dialect.MAVLink(None, srcSystem=self._system_id, srcComponent=1)
        codec.robust_parsing = True
        row = _Link(codec, stream_hz=stream_hz, console=stream_hz == 0)
        self._links[link] = row
        self.parameters.connect(link, radio=not row.console)
        if greet:
            row.out += BOOT_TEXT
        self._start_streams(row, now_s)

    def _start_streams(self, row: _Link, now_s: float) -> None:
        row.intervals, row.next_timesync_s = Intervals(), now_s
        for group, ids in STREAMS.items():
            if group != dialect.MAV_DATA_STREAM_RC_CHANNELS and row.stream_hz:
                for message_id in ids:
                    row.intervals.set(message_id, 1 / row.stream_hz, now_s)

    def disconnect(self, link: int) -> None:
        """The link is gone, and with it what was learnt on it."""
        self._links.pop(link, None)
        self.parameters.disconnect(link)
        self._router.forget_link(link)

    def data_to_send(self, link: int) -> bytes:
        """What has gathered for this link."""
        row = self._links[link]
        data = bytes(row.out)
        row.out.clear()
        return data

    def receive(self, link: int, data: bytes, now_s: float) -> None:
        """Bytes from a client. Whatever they are, the autopilot goes on."""
        row = self._links[link]
        for message in row.codec.parse_buffer(data) or ():
            if message.get_type() == "BAD_DATA":
                continue
            decision = self._router.decide(message, link)
            for other in decision.links:
                if other in self._links:
                    self._put(self._links[other], bytes(message.get_msgbuf()))
            handle = HANDLERS.get(message.get_type())
            if decision.for_us and handle and self._is_for_this_vehicle(message):
                handle(self, link, message, now_s)

    def poll(self, now_s: float) -> None:
        """Whatever is due by now on every link."""
        self._put_out(self.parameters.poll(now_s, self._armed()))
        for link, row in self._links.items():
            due = row.intervals.due(now_s)
            if due:
                now = self._look()
                for message_id in due:
                    if message_id in BUILDERS:
                        self.send(link, BUILDERS[message_id](now))
            if now_s >= row.next_timesync_s:
                row.next_timesync_s = now_s + TIMESYNC_EVERY_S
                # The real one adds its system id to the nanoseconds to know its own again.
                ours = self._boot_ns(now_s) + self._system_id
                self.send(link, dialect.MAVLink_timesync_message(0, ours))

    def send(self, link: int, message: Message) -> None:
        """One message of the autopilot's own to one link."""
        row = self._links[link]
        self._put(row, message.pack(row.codec))
        row.codec.seq = (row.codec.seq + 1) % 256

    def announce(self, severity: int, words: str) -> None:
        """STATUSTEXT to everybody."""
        for link in self._links:
            self.send(link, text(severity, words))

    def reboot(self, now_s: float) -> None:
        """Everything a power cycle forgets: intervals, routes, half-sent lists."""
        self._router = Router(self._system_id)
        self.parameters.boot(now_s)
        for row in self._links.values():
            self._start_streams(row, now_s)
            row.codec.seq = 0
            row.out.clear()
            if row.console:
                row.out += BOOT_TEXT

    def _put(self, row: _Link, frame: bytes) -> None:
        # A client that does not read loses messages, as on a serial port without flow control.
        if len(row.out) + len(frame) <= OUT_LIMIT_BYTES:
            row.out += frame

    def _is_for_this_vehicle(self, message: Message) -> bool:
        return getattr(message, "target_system", 0) in (0, self._system_id)

    def _on_timesync(self, link: int, message: Message, now_s: float) -> None:
        if message.tc1 == 0:
            reply = dialect.MAVLink_timesync_message(self._boot_ns(now_s), message.ts1)
            self.send(link, reply)

    def _on_command(self, link: int, message: Message, now_s: float) -> None:
        params = (message.param1, message.param2, message.param3, message.param4)
        row = self._links[link]
        reply = commands.answer(message.command, params, row.intervals, self._look)
        sender = (message.get_srcSystem(), message.get_srcComponent())
        for before in reply.before:
            self.send(link, before)
        ack = dialect.MAVLink_command_ack_message
        self.send(link, ack(message.command, reply.result, 0, 0, *sender))
        for after in reply.after:
            self.send(link, after)

    def _on_data_stream(self, link: int, message: Message, now_s: float) -> None:
        rate = message.req_message_rate if message.start_stop else 0
        every_s = 1 / rate if rate else 0.0
        wanted = message.req_stream_id
        for group, ids in STREAMS.items():
            if wanted in (dialect.MAV_DATA_STREAM_ALL, group):
                for message_id in ids:
                    self._links[link].intervals.set(message_id, every_s, now_s)

    def _on_parameter(self, link: int, message: Message, now_s: float) -> None:
        self._put_out(self.parameters.handle(message, link, now_s))

    def _put_out(self, outgoing: Outgoing) -> None:
        for link, message in outgoing:
            for to in (link,) if link != EVERYBODY else tuple(self._links):
                if to in self._links:
                    self.send(to, message)

    def _on_version_request(self, link: int, message: Message, now_s: float) -> None:
        self.send(link, BUILDERS[148](self._look()))

    def _on_mission(self, link: int, message: Message, now_s: float) -> None:
        for reply in missions.answer(message, self._items):
            self.send(link, reply)


HANDLERS: dict[str, Callable[[Autopilot, int, Message, float], None]] = {
    "TIMESYNC": Autopilot._on_timesync,
    "COMMAND_LONG": Autopilot._on_command,
    "COMMAND_INT": Autopilot._on_command,
    "REQUEST_DATA_STREAM": Autopilot._on_data_stream,
    **dict.fromkeys(PARAMETER_HANDLERS, Autopilot._on_parameter),
    "AUTOPILOT_VERSION_REQUEST": Autopilot._on_version_request,
    **dict.fromkeys(missions.MESSAGES, Autopilot._on_mission),
}
