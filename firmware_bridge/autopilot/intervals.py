"""Keeps the autopilot's messages coming at the wanted rates; no I/O.

A rate is asked for when the link comes up and whenever the measured one falls short, with
growing pauses: a reboot forgets rates, another client can change them, a narrow radio may never
reach them, and stock ArduCopter sends no WIND before its filter has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SHORT_OF = 0.7
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 60.0
DENIED_PAUSE_S = 300.0


@dataclass(slots=True)
class _Stream:
    hz: float
    since_s: float
    count: int = 0
    asked: bool = False
    pause_s: float = FIRST_PAUSE_S
    judge_at_s: float = 0.0


class StreamKeeper:
    """The wanted messages, what arrived of them, and when to ask again."""

    def __init__(self, wanted_hz: Mapping[int, float]) -> None:
        self._streams = {message_id: _Stream(hz, 0.0) for message_id, hz in wanted_hz.items()}

    def restart(self, now_s: float) -> None:
        """Ask for everything at the next `due`."""
        for message_id, stream in self._streams.items():
            self._streams[message_id] = _Stream(stream.hz, now_s, judge_at_s=now_s)

    def heard(self, message_id: int) -> None:
        """A message of the autopilot arrived."""
        stream = self._streams.get(message_id)
        if stream is not None:
            stream.count += 1

    def denied(self, message_id: int, now_s: float) -> None:
        """The autopilot does not have this message: ask again only much later."""
        stream = self._streams.get(message_id)
        if stream is not None:
            stream.judge_at_s = now_s + DENIED_PAUSE_S

    def due(self, now_s: float) -> list[tuple[int, float]]:
        """(message id, interval in us) of every message to ask for now."""
        return [
            (message_id, 1e6 / stream.hz)
            for message_id, stream in self._streams.items()
            if now_s >= stream.judge_at_s and _judge(stream, now_s)
        ]


def _judge(stream: _Stream, now_s: float) -> bool:
    """Whether to ask for this stream; begins its next window."""
    short = stream.count < SHORT_OF * stream.hz * (now_s - stream.since_s)
    ask = short or not stream.asked
    if not short:
        stream.pause_s = FIRST_PAUSE_S
    elif stream.asked:
        stream.pause_s = min(2 * stream.pause_s, LONGEST_PAUSE_S)
    stream.asked = True
    stream.since_s, stream.count = now_s, 0
    stream.judge_at_s = now_s + stream.pause_s
    return ask
