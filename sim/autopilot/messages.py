"""The words all of the autopilot's protocols share."""

from typing import Any, TypeAlias

from pymavlink.dialects.v20 import ardupilotmega as dialect

Message: TypeAlias = Any
"""A dialect.MAVLink_message: generated code without types."""

TEXT_BYTES = 50
CLOCK_GRAIN_S = 1e-6
"""Sums of steps are not exact."""


def text(severity: int, words: str) -> Message:
    """STATUSTEXT of at most 50 bytes."""
    return dialect.MAVLink_statustext_message(severity, words.encode()[:TEXT_BYTES], 0, 0)


def sender(message: Message) -> tuple[int, int]:
    """System and component."""
    return message.get_srcSystem(), message.get_srcComponent()
