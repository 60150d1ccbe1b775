"""The autopilot: bytes and times in, bytes out, for any number of links.

Stream messages, answers and forwarded frames of one link come out in the order they were made.
Each link has its own sequence numbers and message intervals. The intervals of a port outlive the
client that set them: the next client of that port takes them over, as on a serial port.
"""

from collections.abc import Callable

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot import camera, guided, sensors, telemetry
from sim.autopilot.channel import Channel
from sim.autopilot.commands import Commands
from sim.autopilot.ftp import Ftp
from sim.autopilot.gimbal import GimbalManager
from sim.autopilot.logs import HANDLERS as LOG_HANDLERS
from sim.autopilot.logs import Logs
from sim.autopilot.messages import Message, sender, text
from sim.autopilot.missions import MESSAGES as MISSION_MESSAGES
from sim.autopilot.missions import Missions
from sim.autopilot.outgoing import EVERYBODY, Outgoing
from sim.autopilot.parameters import HANDLERS as PARAMETER_HANDLERS
from sim.autopilot.parameters import Parameters
from sim.autopilot.routing import Router
from sim.autopilot.signing import Signing
from sim.autopilot.snapshot import Builder, Snapshot
from sim.autopilot.streams import RATES, STREAMS, Schedule, rate_hz
from sim.autopilot.terrain import Terrain
from sim.autopilot.traffic import Traffic
from sim.flight.copter import Copter
from sim.flight.orders import WARNING, Place

BOOT_TEXT = (
    b"\r\n\r\nInit ArduCopter V4.5.6 (simulated by kedrovka-sim)\r\n\r\n"
    b"Free RAM: 131072\r\nFirmware change: erasing EEPROM...\r\ndone.\r\n"
    b"load_all took 8us\r\nBattery monitor ready\r\n"
)
"""Raw ASCII before the first frame, as SERIAL0 opens with after power-up."""
CONSOLE = 0
"""SERIAL0: boot text is printed here."""
TIMESYNC_EVERY_S = 10.0
SECOND_S = 1.0
TERRAIN_REPORT, ADSB_VEHICLE = 136, 246
MAVLINK1 = 1
"""SERIALn_PROTOCOL."""
Handler = Callable[[Message, int, float], Outgoing]
"""Message, link and simulated seconds."""


class Autopilot:
    """One vehicle's MAVLink side. `look` gives the state of the vehicle now."""

    def __init__(
        self, system_id: int, copter: Copter, parameters: Parameters,
        look: Callable[[], Snapshot], boot_ns: Callable[[float], int],
        restart: Callable[[], None],
    ) -> None:  # fmt: skip
        self._system_id = system_id
        self._copter = copter
        self.parameters = parameters
        self._look, self._boot_ns, self._restart = look, boot_ns, restart
        self.router = Router(system_id)
        self._signing = Signing()
        self._terrain, self._traffic = Terrain(), Traffic()
        self._gimbal = GimbalManager(copter, parameters, look)
        self._missions = Missions(copter, parameters)
        self._logs = Logs(parameters, copter.plan, look)
        self._ftp = Ftp(parameters, self._logs.files, parameters.banner)
        self._builders: dict[int, Builder] = {
            **telemetry.STATE,
            **sensors.MEASURED,
            **camera.BUILDERS,
            **self._gimbal.builders,
            TERRAIN_REPORT: lambda s: self._terrain.report(s, self._spacing),
        }
        self._commands = Commands(copter, parameters, self._builders, look, self._want_restart)
        self._commands.table |= camera.COMMANDS
        self._commands.table[dialect.MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE] = self._gimbal.configure
        self._handlers = self._table()
        self.links: dict[int, Channel] = {}
        self._idle: dict[int, list[Schedule]] = {}
        self._known: tuple[bool, Place | None, Place | None] = (copter.armed, *self._places())
        self._second_s = 0.0
        self._restart_wanted = False

    def _table(self) -> dict[str, Handler]:
        """Who answers which message."""
        return {
            "HEARTBEAT": self._on_heartbeat,
            "TIMESYNC": self._on_timesync,
            "COMMAND_LONG": self._on_command,
            "COMMAND_INT": self._on_command,
            "SET_MODE": self._on_set_mode,
            "REQUEST_DATA_STREAM": self._on_data_stream,
            "AUTOPILOT_VERSION_REQUEST": self._on_version_request,
            "SETUP_SIGNING": self._on_signing,
            "TERRAIN_DATA": _without_answer(self._terrain.keep),
            "TERRAIN_CHECK": self._on_terrain_check,
            "ADSB_VEHICLE": self._on_traffic,
            "DIGICAM_CONTROL": _without_answer(
                lambda m: camera.on_digicam_control(self._copter, m)
            ),
            "GIMBAL_MANAGER_SET_PITCHYAW": _without_answer(self._gimbal.on_pitch_yaw),
            "GIMBAL_MANAGER_SET_ATTITUDE": _without_answer(self._gimbal.on_attitude),
            "MOUNT_CONTROL": _without_answer(self._gimbal.on_mount_control),
            "MOUNT_CONFIGURE": _without_answer(self._gimbal.on_mount_configure),
            **dict.fromkeys(guided.HANDLERS, self._on_guided),
            **dict.fromkeys(guided.STICK_HANDLERS, self._on_sticks),
            **dict.fromkeys(PARAMETER_HANDLERS, self.parameters.handle),
            **dict.fromkeys(MISSION_MESSAGES, self._missions.handle),
            "FILE_TRANSFER_PROTOCOL": self._ftp.handle,
            **dict.fromkeys(LOG_HANDLERS, self._logs.handle),
        }

    def connect(self, link: int, now_s: float, port: int = CONSOLE, greet: bool = False) -> None:
        """A link of SERIAL`port` comes up; 0 is USB, 1 a telemetry radio."""
        speaks_v1 = self.parameters.values.get(f"SERIAL{port}_PROTOCOL") == MAVLINK1
        channel = Channel(link, port, self._system_id, speaks_v1)
        self.links[link] = channel
        self._signing.equip(channel.codec, link, port)
        for slow in (self.parameters, self._ftp, self._logs):
            slow.connect(link, radio=port != CONSOLE)
        if greet:
            channel.put(BOOT_TEXT)
        self._start_streams(channel, now_s)
        if self._idle.get(port):
            channel.schedule = self._idle[port].pop()

    def _start_streams(self, channel: Channel, now_s: float) -> None:
        channel.schedule, channel.next_timesync_s = Schedule(now_s), now_s
        # What another client of the port has asked for is not for this one.
        lasting = self.parameters.lasting
        for stream in STREAMS:
            self._set_stream(channel, stream, rate_hz(lasting, channel.port, stream), now_s)

    def _set_stream(self, channel: Channel, stream: int, hertz: float, now_s: float) -> None:
        for number in STREAMS[stream]:
            channel.schedule.set(number, 1 / hertz if hertz > 0 else 0.0, now_s)

    def disconnect(self, link: int) -> None:
        """The client is gone, and with it what was learnt on its link."""
        channel = self.links.pop(link, None)
        if channel is not None:
            self._idle.setdefault(channel.port, []).append(channel.schedule)
        for slow in (self.parameters, self._ftp, self._logs):
            slow.disconnect(link)
        self.router.forget_link(link)

    def data_to_send(self, link: int) -> bytes:
        """What has gathered for this link."""
        return self.links[link].take()

    def receive(self, link: int, data: bytes, now_s: float) -> None:
        """Bytes from a client. Whatever they are, the autopilot goes on."""
        channel = self.links[link]
        for message in channel.feed(data):
            decision = self.router.decide(message, link)
            for other in decision.links:
                if other in self.links:
                    self.links[other].put(bytes(message.get_msgbuf()))
            handle = self._handlers.get(message.get_type())
            if decision.for_us and handle and self._is_for_this_vehicle(message):
                self._put_out(handle(message, link, now_s))

    def poll(self, now_s: float) -> None:
        """Whatever is due by now on every link."""
        if self._restart_wanted:
            self._restart_wanted = False
            self._restart()
            return
        self._tell_news(now_s)
        self._put_out(self.parameters.poll(now_s, self._copter.armed))
        self._put_out(self._commands.poll(now_s))
        self._put_out(self._missions.poll(now_s))
        self._put_out(self._ftp.poll(now_s))
        self._put_out(self._logs.poll(now_s, self._copter.armed))
        now: Snapshot | None = None
        for channel in self.links.values():
            due = channel.schedule.due(now_s)
            if due:
                now = now or self._look()
                for number in due:
                    self._stream(channel, number, now, now_s)
            if now_s >= channel.next_timesync_s:
                channel.next_timesync_s = now_s + TIMESYNC_EVERY_S
                # The real one adds its system id to the nanoseconds to know its own again.
                ours = self._boot_ns(now_s) + self._system_id
                channel.send(dialect.MAVLink_timesync_message(0, ours))
        if now_s >= self._second_s:
            self._second_s = now_s + SECOND_S
            self._keep_time()

    def _stream(self, channel: Channel, number: int, now: Snapshot, now_s: float) -> None:
        build = self._builders.get(number)
        message = build(now) if build is not None else None
        if number == ADSB_VEHICLE:
            message = self._traffic.tell(channel.number, now_s)
        if message is not None and (number != 35 or channel.speaks_v1):
            channel.send(message)
        if number == TERRAIN_REPORT:
            wanted = self._terrain.request(channel.number, now, self._spacing, now_s)
            if wanted is not None:
                channel.send(wanted)

    def _tell_news(self, now_s: float) -> None:
        """What the vehicle says by itself: where home is, shots, waypoints, words."""
        copter = self._copter
        known = copter.armed, *self._places()
        if known != self._known:
            moved = known[1:] != self._known[1:]
            if moved or known[0]:
                now = self._look()
                told = telemetry.gps_origin(now), telemetry.home_position(now)
                self._put_out([(EVERYBODY, m) for m in told if m is not None])
            self._known = known
        while copter.shots:
            shot, now = copter.shots.popleft(), self._look()
            unix_us = now.unix_us - round((now_s - shot.time_s) * 1e6)
            self._put_out([(EVERYBODY, camera.feedback(shot, unix_us))])
        while copter.texts:
            self.announce(*copter.texts.popleft())
        while copter.reached:
            reached = dialect.MAVLink_mission_item_reached_message(copter.reached.popleft())
            self._put_out([(EVERYBODY, reached)])

    def _places(self) -> tuple[Place | None, Place | None]:
        return self._copter.home, self._copter.origin

    def _keep_time(self) -> None:
        if self._signing.key is not None:
            now = self._look()
            for channel in self.links.values():
                self._signing.tick(channel.codec, now.unix_us)

    @property
    def _spacing(self) -> int:
        return max(int(self.parameters.values.get("TERRAIN_SPACING", 100)), 1)

    def announce(self, severity: int, words: str) -> None:
        """STATUSTEXT to everybody."""
        self._put_out([(EVERYBODY, text(severity, words))])

    def _put_out(self, outgoing: Outgoing) -> None:
        for link, message in outgoing:
            if link == EVERYBODY:
                self._logs.note(message)
                for channel in self.links.values():
                    channel.send(message)
            elif link in self.links:
                self.links[link].send(message)

    def _want_restart(self) -> None:
        self._restart_wanted = True

    def reboot(self, now_s: float) -> None:
        """Everything a power cycle forgets: intervals, routes, half-sent lists."""
        self.router = Router(self._system_id)
        self._idle.clear()
        self._signing.restart()
        self.parameters.boot(now_s)
        self._missions.reboot()
        self._ftp.reboot()
        self._logs.reboot()
        for link, channel in self.links.items():
            fresh = Channel(link, channel.port, self._system_id, channel.speaks_v1)
            self.links[link] = fresh
            self._signing.equip(fresh.codec, link, fresh.port)
            self._start_streams(fresh, now_s)
            if fresh.port == CONSOLE:
                fresh.put(BOOT_TEXT)

    def _is_for_this_vehicle(self, message: Message) -> bool:
        return getattr(message, "target_system", 0) in (0, self._system_id)

    def _on_heartbeat(self, message: Message, link: int, now_s: float) -> Outgoing:
        if message.get_srcSystem() == self.parameters.values.get("SYSID_MYGCS"):
            self._copter.heard_gcs(now_s)
        return []

    def _on_timesync(self, message: Message, link: int, now_s: float) -> Outgoing:
        if message.tc1:
            return []
        return [(link, dialect.MAVLink_timesync_message(self._boot_ns(now_s), message.ts1))]

    def _on_command(self, message: Message, link: int, now_s: float) -> Outgoing:
        return self._commands.handle(message, self.links[link], now_s)

    def _on_set_mode(self, message: Message, link: int, now_s: float) -> Outgoing:
        answer = self._commands.set_mode(message.base_mode, message.custom_mode)
        number = dialect.MAVLINK_MSG_ID_SET_MODE
        ack = dialect.MAVLink_command_ack_message(number, answer.result, 0, 0, *sender(message))
        return [(link, ack), *((EVERYBODY, text(*words)) for words in answer.texts)]

    def _on_data_stream(self, message: Message, link: int, now_s: float) -> Outgoing:
        hertz = message.req_message_rate if message.start_stop else 0
        wanted, channel = message.req_stream_id, self.links[link]
        for stream, name in RATES.items():
            if wanted in (dialect.MAV_DATA_STREAM_ALL, stream):
                self._set_stream(channel, stream, hertz, now_s)
                self.parameters.put_until_boot(f"SR{channel.port}_{name}", hertz)
        return []

    def _on_version_request(self, message: Message, link: int, now_s: float) -> Outgoing:
        return [(link, self._builders[dialect.MAVLINK_MSG_ID_AUTOPILOT_VERSION](self._look()))]

    def _on_signing(self, message: Message, link: int, now_s: float) -> Outgoing:
        if self._copter.armed:
            return [(link, text(WARNING, "ERROR: Won't setup signing when armed"))]
        self._signing.set_up(message)
        for channel in self.links.values():
            self._signing.equip(channel.codec, channel.number, channel.port)
        return []

    def _on_terrain_check(self, message: Message, link: int, now_s: float) -> Outgoing:
        return [(link, self._terrain.check(message, self._look(), self._spacing))]

    def _on_traffic(self, message: Message, link: int, now_s: float) -> Outgoing:
        if self.parameters.values.get("ADSB_TYPE", 0):
            self._traffic.hear(message, now_s)
        return []

    def _on_guided(self, message: Message, link: int, now_s: float) -> Outgoing:
        guided.HANDLERS[message.get_type()](self._copter, message)
        return []

    def _on_sticks(self, message: Message, link: int, now_s: float) -> Outgoing:
        if message.get_srcSystem() == self.parameters.values.get("SYSID_MYGCS"):
            guided.STICK_HANDLERS[message.get_type()](self._copter, message)
            self._copter.heard_gcs(now_s)
        return []


def _without_answer(take: Callable[[Message], None]) -> Handler:
    def handle(message: Message, link: int, now_s: float) -> Outgoing:
        take(message)
        return []

    return handle
