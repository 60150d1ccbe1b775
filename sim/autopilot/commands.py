"""Commands and what they answer: result codes and order as recorded from ArduCopter 4.5.6.

REQUEST_MESSAGE acknowledges first and sends after; GET_MESSAGE_INTERVAL and GET_HOME_POSITION send
first; texts come last and are heard on every link. What is not in the table concerns the flight:
the vehicle decides, UNSUPPORTED included. A parameter that is not finite is "not given".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.channel import Channel
from sim.autopilot.messages import Message, text
from sim.autopilot.outgoing import EVERYBODY, Outgoing
from sim.autopilot.parameters import Parameters
from sim.autopilot.snapshot import Builder, Snapshot
from sim.autopilot.streams import STREAM_OF, rate_hz
from sim.autopilot.version import BANNER
from sim.flight.copter import Copter
from sim.flight.orders import (
    ACCEPTED,
    DENIED,
    FAILED,
    INFO,
    NOTICE,
    TEMPORARILY_REJECTED,
    UNSUPPORTED,
    WARNING,
    Text,
)  # fmt: skip

IN_PROGRESS = 5
NAN = math.nan
Params = tuple[float, float, float, float, float, float, float]
GLOBAL_FRAMES = frozenset({0, 3, 5, 6, 10, 11})
RELATIVE = frozenset({
    dialect.MAV_CMD_NAV_TAKEOFF, dialect.MAV_CMD_DO_SET_ROI, dialect.MAV_CMD_DO_SET_ROI_LOCATION,
})  # fmt: skip
"""A COMMAND_LONG has no frame: of these the height is above home, of all others above the sea."""
SILENT = frozenset({
    22, 26, 34, 46, 83, 85, 100, 108, 124, 127, 128, 132, 143, 162, 165, 173, 180, 191, 192, 194,
    225, 226, 271, 301, 373, 376, 9005, 11020, 11031, 11032, 11038, 12920,
})  # fmt: skip
"""Messages the firmware knows and has nothing to say in: accepted as the real one accepts them."""
UNASKABLE = frozenset({136})
"""TERRAIN_REPORT comes with a stream, but not on request."""
FORCE_ARM, FORCE_DISARM = (2989.0, 21196.0), 21196.0
SETTLED_NS = 5_000_000_000
"""Before that no accelerometer calibration."""
BAROMETER_S = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """One COMMAND_LONG or COMMAND_INT; positions are degrees."""

    params: Params
    frame: int
    sender: tuple[int, int]
    channel: Channel
    now_s: float

    def number(self, index: int) -> int:
        """A parameter, 1..7, that stands for an integer; 0 when not given."""
        value = self.params[index - 1]
        return int(value) if math.isfinite(value) else 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Result of one command, and what goes out around its acknowledgement."""

    result: int
    before: tuple[Message, ...] = ()
    after: tuple[Message, ...] = ()
    texts: tuple[Text, ...] = ()


class Commands:
    """The vehicle's ear for commands. `builders` makes every message that can be asked for."""

    def __init__(
        self, copter: Copter, parameters: Parameters, builders: dict[int, Builder],
        look: Callable[[], Snapshot], restart: Callable[[], None],
    ) -> None:  # fmt: skip
        self.copter, self.parameters = copter, parameters
        self.builders, self.look, self.restart = builders, look, restart
        self.table: dict[int, Callable[[Order], Answer]] = {
            dialect.MAV_CMD_REQUEST_MESSAGE: self._request_message,
            dialect.MAV_CMD_SET_MESSAGE_INTERVAL: self._set_interval,
            dialect.MAV_CMD_GET_MESSAGE_INTERVAL: self._get_interval,
            dialect.MAV_CMD_GET_HOME_POSITION: self._get_home,
            dialect.MAV_CMD_REQUEST_AUTOPILOT_CAPABILITIES: self._capabilities,
            dialect.MAV_CMD_DO_SEND_BANNER: self._banner,
            dialect.MAV_CMD_CONTROL_HIGH_LATENCY: self._high_latency,
            dialect.MAV_CMD_DO_SET_MODE: self._set_mode,
            dialect.MAV_CMD_COMPONENT_ARM_DISARM: self._arm,
            dialect.MAV_CMD_NAV_TAKEOFF: self._takeoff,
            dialect.MAV_CMD_DO_SET_MISSION_CURRENT: self._set_current,
            dialect.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN: self._reboot,
            dialect.MAV_CMD_PREFLIGHT_STORAGE: self._storage,
            dialect.MAV_CMD_PREFLIGHT_CALIBRATION: self._calibrate,
            dialect.MAV_CMD_DO_START_MAG_CAL: self._accept,
            dialect.MAV_CMD_DO_ACCEPT_MAG_CAL: self._accept,
            dialect.MAV_CMD_DO_CANCEL_MAG_CAL: self._accept,
        }
        self._later: list[tuple[float, int, Message]] = []

    def handle(self, message: Message, channel: Channel, now_s: float) -> Outgoing:
        """Before, acknowledgement, after, texts."""
        sender = message.get_srcSystem(), message.get_srcComponent()
        order = Order(*_content(message), sender, channel, now_s)
        answer = self.answer(message.command, order)
        ack = dialect.MAVLink_command_ack_message
        out: Outgoing = [(channel.number, m) for m in answer.before]
        out.append((channel.number, ack(message.command, answer.result, 0, 0, *sender)))
        out += [(channel.number, m) for m in answer.after]
        out += [(EVERYBODY, text(*words)) for words in answer.texts]
        if answer.result == IN_PROGRESS:
            done = ack(message.command, ACCEPTED, 0, 0, *sender)
            self._later.append((now_s + BAROMETER_S, channel.number, done))
        return out

    def answer(self, command: int, order: Order) -> Answer:
        """By the table, else by the vehicle."""
        handler = self.table.get(command)
        if handler is not None:
            return handler(order)
        verdict = self.copter.command(command, order.params, order.frame)
        return Answer(verdict.result, texts=verdict.texts)

    def poll(self, now_s: float) -> Outgoing:
        """Acknowledgements of what took its time."""
        if not self._later:
            return []
        due = [(link, message) for at_s, link, message in self._later if at_s <= now_s]
        self._later = [row for row in self._later if row[0] > now_s]
        return due

    def _request_message(self, order: Order) -> Answer:
        number = order.number(1)
        if number in SILENT:
            return Answer(ACCEPTED)
        build = None if number in UNASKABLE else self.builders.get(number)
        if build is None:
            return Answer(FAILED)
        message = build(self.look())
        return Answer(ACCEPTED, after=() if message is None else (message,))

    def _known(self, number: int) -> bool:
        return number in SILENT or (number in self.builders and number not in UNASKABLE)

    def _set_interval(self, order: Order) -> Answer:
        number, interval_us = order.number(1), order.params[1]
        if not self._known(number):
            unknown = (INFO, f"No ap_message for mavlink id ({number})")
            return Answer(DENIED, texts=(unknown,))
        interval_s = interval_us / 1e6 if math.isfinite(interval_us) else 0.0
        if interval_s == 0:
            hertz = self._usual_hz(number, order.channel)
            interval_s = 1 / hertz if hertz else 0.0
        order.channel.schedule.set(number, interval_s, order.now_s)
        return Answer(ACCEPTED)

    def _usual_hz(self, number: int, channel: Channel) -> float:
        stream = STREAM_OF.get(number)
        return 0.0 if stream is None else rate_hz(self.parameters.values, channel.port, stream)

    def _get_interval(self, order: Order) -> Answer:
        number = order.number(1)
        if not self._known(number):
            return Answer(FAILED)
        interval_us = order.channel.schedule.interval_us(number)
        told = dialect.MAVLink_message_interval_message(number, interval_us)
        return Answer(ACCEPTED, before=(told,))

    def _get_home(self, _: Order) -> Answer:
        now = self.look()
        told = (self.builders[242](now), self.builders[49](now))
        if told[0] is None:
            return Answer(FAILED)
        return Answer(ACCEPTED, before=tuple(m for m in told if m is not None))

    def _capabilities(self, order: Order) -> Answer:
        if order.number(1) != 1:
            return Answer(FAILED)
        return Answer(ACCEPTED, after=(self.builders[148](self.look()),))

    def _banner(self, _: Order) -> Answer:
        return Answer(ACCEPTED, after=tuple(text(INFO, line) for line in BANNER))

    def _high_latency(self, order: Order) -> Answer:
        on = order.number(1) == 1
        words = f"High Latency {'enabled' if on else 'disabled'}"
        return Answer(ACCEPTED, texts=((NOTICE, words),))

    def _set_mode(self, order: Order) -> Answer:
        return self.set_mode(order.number(1), order.number(2))

    def set_mode(self, base_mode: int, custom_mode: int) -> Answer:
        """Only ArduPilot's own numbers are understood."""
        if not base_mode & dialect.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED:
            return Answer(DENIED)
        verdict = self.copter.set_mode(custom_mode)
        return Answer(verdict.result, texts=verdict.texts)

    def _arm(self, order: Order) -> Answer:
        wanted, force = order.params[0], order.params[1]
        if wanted == 1:
            verdict = self.copter.arm(force in FORCE_ARM)
        elif wanted == 0:
            verdict = self.copter.disarm(force == FORCE_DISARM)
        else:
            return Answer(UNSUPPORTED)
        return Answer(verdict.result, texts=verdict.texts)

    def _takeoff(self, order: Order) -> Answer:
        height_m = order.params[6]
        if not math.isfinite(height_m):
            return Answer(FAILED)
        verdict = self.copter.takeoff(height_m)
        return Answer(verdict.result, texts=verdict.texts)

    def _set_current(self, order: Order) -> Answer:
        seq = order.params[0]
        if not 0 <= seq <= 65535:
            return Answer(DENIED)
        verdict = self.copter.set_current(int(seq))
        return Answer(verdict.result, texts=verdict.texts)

    def _reboot(self, order: Order) -> Answer:
        if order.number(1) not in (1, 3):
            return Answer(UNSUPPORTED)
        if self.copter.armed:
            return Answer(FAILED)
        self.restart()
        return Answer(ACCEPTED)

    def _storage(self, order: Order) -> Answer:
        if order.number(1) != 2:
            return Answer(UNSUPPORTED)
        self.parameters.erase()
        return Answer(ACCEPTED, texts=((WARNING, "All parameters reset, reboot board"),))

    def _calibrate(self, order: Order) -> Answer:
        if self.copter.armed:
            return Answer(FAILED, texts=((NOTICE, "Disarm to allow calibration"),))
        if order.number(3) == 1:
            return Answer(IN_PROGRESS)
        if order.number(5) in (2, 4) and self.look().boot_ns < SETTLED_NS:
            return Answer(TEMPORARILY_REJECTED)
        if order.number(1) == 1 or order.number(5) in (1, 2, 4):
            return Answer(ACCEPTED)
        return Answer(UNSUPPORTED)

    def _accept(self, _: Order) -> Answer:
        return Answer(ACCEPTED)


def _content(message: Message) -> tuple[Params, int]:
    """Parameters and frame of either kind of command; what is not finite is NaN."""
    first = [_given(getattr(message, f"param{i}")) for i in range(1, 5)]
    if message.get_type() == "COMMAND_LONG":
        rest = [_given(getattr(message, f"param{i}")) for i in range(5, 8)]
        frame = 3 if message.command in RELATIVE else 0
    else:
        scale = 1e-7 if message.frame in GLOBAL_FRAMES else 1e-4
        rest = [message.x * scale, message.y * scale, _given(message.z)]
        frame = message.frame
    a, b, c, d = first
    x, y, z = rest
    return (a, b, c, d, x, y, z), frame


def _given(value: float) -> float:
    return value if math.isfinite(value) else NAN
