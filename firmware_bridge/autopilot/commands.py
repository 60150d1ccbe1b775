"""Commands to the autopilot that wait for their acknowledgement and retry; no I/O.

What may be asked is a short list: the companion watches. Nothing on it arms, changes a mode or
moves the vehicle. Source: mavlink.io, "Command Protocol".
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.codec import Message
from firmware_bridge.autopilot.events import CommandResult
from firmware_bridge.errors import CommandRefused

log = logging.getLogger(__name__)


class Allowed(IntEnum):
    """Every command this package can put on the wire."""

    SET_MESSAGE_INTERVAL = dialect.MAV_CMD_SET_MESSAGE_INTERVAL
    REQUEST_MESSAGE = dialect.MAV_CMD_REQUEST_MESSAGE


ACK_TIMEOUT_S = 1.0
IN_PROGRESS_TIMEOUT_S = 10.0
MAX_SENDS = 5
MAX_REJECTIONS = 8
MAX_WAITING = 32


@dataclass(slots=True)
class _Pending:
    command: Allowed
    params: tuple[float, ...]
    sends: int = 0
    rejections: int = 0
    due_s: float = field(default=0.0)


class CommandQueue:
    """One command on the wire at a time: COMMAND_ACK names the command, not the request."""

    def __init__(self) -> None:
        self._waiting: deque[_Pending] = deque()
        self._current: _Pending | None = None
        self._failing: set[tuple[int, float]] = set()

    def push(self, command: int, params: Sequence[float]) -> None:
        """Queue a command, up to seven params; one already waiting is not queued twice.

        Raises CommandRefused for a command off the list, and when 32 wait already.
        """
        if command not in set(Allowed):
            raise CommandRefused(f"command {command} is not on the companion's list")
        pending = _Pending(Allowed(command), (*params, *(0.0,) * (7 - len(params))))
        if len(pending.params) != 7:
            raise CommandRefused(f"command {command} takes 7 params, not {len(params)}")
        queued = [*self._waiting, *([self._current] if self._current else [])]
        if any((p.command, p.params) == (pending.command, pending.params) for p in queued):
            return
        if len(self._waiting) >= MAX_WAITING:
            raise CommandRefused(f"command {command}: {MAX_WAITING} commands wait already")
        self._waiting.append(pending)

    def clear(self) -> None:
        """Forget everything, as after a reboot."""
        self._waiting.clear()
        self._current = None

    def poll(self, now_s: float) -> tuple[Message | None, CommandResult | None]:
        """A message to send now (targets still 0), and a command given up."""
        given_up = None
        current = self._current
        if current is not None and now_s >= current.due_s and current.sends >= MAX_SENDS:
            given_up = self._finish(current, None)
        if self._current is None and self._waiting:
            self._current = self._waiting.popleft()
            self._current.due_s = now_s
        current = self._current
        if current is None or now_s < current.due_s:
            return None, given_up
        message = _command_long(current)
        current.sends += 1
        current.due_s = now_s + ACK_TIMEOUT_S
        return message, given_up

    def acknowledge(self, ack: Message, now_s: float) -> CommandResult | None:
        """Take a COMMAND_ACK; a result where it ends the command on the wire."""
        current = self._current
        if current is None or ack.command != current.command or not current.sends:
            return None
        if ack.result == dialect.MAV_RESULT_IN_PROGRESS:
            current.due_s = now_s + IN_PROGRESS_TIMEOUT_S
            return None
        if ack.result == dialect.MAV_RESULT_TEMPORARILY_REJECTED:
            current.rejections += 1
            if current.rejections < MAX_REJECTIONS:
                current.sends = 0
                current.due_s = now_s + ACK_TIMEOUT_S * 2 ** min(current.rejections - 1, 4)
                return None
        return self._finish(current, ack.result)

    def _finish(self, pending: _Pending, result: int | None) -> CommandResult:
        self._current = None
        self._log(pending, result)
        return CommandResult(int(pending.command), pending.params[0], result)

    def _log(self, pending: _Pending, result: int | None) -> None:
        """Say once that a command fails, not each time it is asked again."""
        key = (int(pending.command), pending.params[0])
        if result == dialect.MAV_RESULT_ACCEPTED:
            self._failing.discard(key)
        elif key not in self._failing and len(self._failing) < MAX_WAITING:
            self._failing.add(key)
            words = "was never acknowledged" if result is None else f"ended with result {result}"
            log.warning("command %s %g %s", pending.command.name, pending.params[0], words)


def _command_long(pending: _Pending) -> Message:
    confirmation = min(pending.sends, 255)
    return dialect.MAVLink_command_long_message(
        0, 0, int(pending.command), confirmation, *pending.params
    )
