"""Commands and what they answer: result codes as recorded from ArduCopter 4.5.6.

REQUEST_MESSAGE acknowledges first and sends after; GET_MESSAGE_INTERVAL and GET_HOME_POSITION send
first. What is not in the table is UNSUPPORTED.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.telemetry import BUILDERS, KNOWN_BUT_SILENT, Message, Snapshot

ACCEPTED, DENIED, UNSUPPORTED, FAILED = 0, 2, 3, 4
CLOCK_GRAIN_S = 1e-6
"""Sums of steps are not exact."""
SHORTEST_INTERVAL_US = 5_000
"""One pass of the simulator's loop; the real one's is 2500."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Result of one command, and what goes out around its acknowledgement."""

    result: int
    before: tuple[Message, ...] = ()
    after: tuple[Message, ...] = ()


class Intervals:
    """Message intervals of one link: what is due when. Times are simulated seconds."""

    def __init__(self) -> None:
        self._rows: dict[int, list[float]] = {0: [1.0, 0.0]}

    def set(self, message_id: int, interval_s: float, now_s: float) -> None:
        """Zero or less stops the message."""
        if interval_s <= 0:
            self._rows.pop(message_id, None)
        elif self._rows.get(message_id, [0.0])[0] != interval_s:
            self._rows[message_id] = [interval_s, now_s]

    def microseconds(self, message_id: int) -> int:
        """-1 when it is not sent."""
        row = self._rows.get(message_id)
        return round(row[0] * 1e6) if row else -1

    def due(self, now_s: float) -> list[int]:
        """Ids whose time has come; what was missed is skipped, not caught up."""
        ready = []
        for message_id, row in self._rows.items():
            if now_s >= row[1] - CLOCK_GRAIN_S:
                ready.append(message_id)
                row[1] += row[0] * (int((now_s - row[1] + CLOCK_GRAIN_S) / row[0]) + 1)
        return ready


def answer(
    command: int, params: tuple[float, ...], intervals: Intervals, look: Callable[[], Snapshot]
) -> Answer:
    """The reply to one COMMAND_LONG or COMMAND_INT; NaN, "not given", counts as 0."""
    handler = TABLE.get(command)
    finite = tuple(p if math.isfinite(p) else 0.0 for p in params)
    return handler(finite, intervals, look) if handler else Answer(UNSUPPORTED)


def text(severity: int, words: str) -> Message:
    """STATUSTEXT of at most 50 bytes."""
    return dialect.MAVLink_statustext_message(severity, words.encode()[:50], 0, 0)


def _request_message(
    params: tuple[float, ...], _: Intervals, look: Callable[[], Snapshot]
) -> Answer:
    number = int(params[0])
    if number in KNOWN_BUT_SILENT:
        return Answer(ACCEPTED)
    build = BUILDERS.get(number)
    return Answer(ACCEPTED, after=(build(look()),)) if build else Answer(FAILED)


def _set_interval(
    params: tuple[float, ...], intervals: Intervals, look: Callable[[], Snapshot]
) -> Answer:
    number, interval_us = int(params[0]), params[1]
    if number not in BUILDERS and number not in KNOWN_BUT_SILENT:
        return Answer(DENIED, after=(text(6, f"No ap_message for mavlink id ({number})"),))
    if interval_us > 0:
        interval_us = max(interval_us, SHORTEST_INTERVAL_US)
    intervals.set(number, interval_us / 1e6, look().truth.time_s)
    return Answer(ACCEPTED)


def _get_interval(
    params: tuple[float, ...], intervals: Intervals, _: Callable[[], Snapshot]
) -> Answer:
    number = int(params[0])
    if number not in BUILDERS and number not in KNOWN_BUT_SILENT:
        return Answer(FAILED)
    told = dialect.MAVLink_message_interval_message(number, intervals.microseconds(number))
    return Answer(ACCEPTED, before=(told,))


def _get_home(_: tuple[float, ...], __: Intervals, look: Callable[[], Snapshot]) -> Answer:
    now = look()
    return Answer(ACCEPTED, before=(BUILDERS[242](now), BUILDERS[49](now)))


def _capabilities(params: tuple[float, ...], _: Intervals, look: Callable[[], Snapshot]) -> Answer:
    if int(params[0]) != 1:
        return Answer(FAILED)
    return Answer(ACCEPTED, after=(BUILDERS[148](look()),))


TABLE: dict[int, Callable[[tuple[float, ...], Intervals, Callable[[], Snapshot]], Answer]] = {
    dialect.MAV_CMD_REQUEST_MESSAGE: _request_message,
    dialect.MAV_CMD_SET_MESSAGE_INTERVAL: _set_interval,
    dialect.MAV_CMD_GET_MESSAGE_INTERVAL: _get_interval,
    dialect.MAV_CMD_GET_HOME_POSITION: _get_home,
    dialect.MAV_CMD_REQUEST_AUTOPILOT_CAPABILITIES: _capabilities,
}
