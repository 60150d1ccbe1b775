"""A conversation written down as one readable script: send, wait for a frame, decide.

The script is a generator. It yields events for the driver, or a number of seconds it is willing
to wait; it is resumed with the next frame, or with None when the time is over. It returns the
complaint, None when all is well. `Cancelled` is thrown into it where it stands: its `finally`
blocks queue the unit's goodbye and must not wait any more.
"""

from collections import deque
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

from firmware_bridge.handheld.conversation import Event, Finished
from firmware_bridge.tracks import Contents

Frame = TypeVar("Frame")
Script = Generator[Event | float, Frame | None, str | None]
"""Yields events and waits, receives frames, returns the complaint."""
Reply = TypeVar("Reply")
Step = Generator[Event | float, Frame | None, Reply]
"""Part of a script with a result, for `yield from`."""

CANCELLED = "cancelled before everything was read"


class Cancelled(Exception):
    """The person or the port ended it."""


class Dialogue(Generic[Frame]):
    """`Conversation` over a script, a framing and a way to sum up what is whole."""

    def __init__(self, feed: Callable[[bytes], list[Frame]]) -> None:
        self.now_s = 0.0
        """The driver's clock at the event in hand."""
        self.answer: Callable[[Frame], None] | None = None
        """Queues what the unit waits for when it has sent a frame; sees each at once."""
        self.unasked: Callable[[Frame], None] | None = None
        """Sees every frame before the script does."""
        self._feed = feed
        self._arrived: list[Frame] = []
        self._frames: deque[Frame] = deque()
        self._outgoing = bytearray()
        self._deadline_s: float | None = None
        self._script: Script[Frame] | None = None
        self._contents: Callable[[], Contents] | None = None

    def follow(self, script: Script[Frame], contents: Callable[[], Contents]) -> None:
        """Set the script, which needs the dialogue to be written."""
        self._script, self._contents = script, contents

    def send(self, data: bytes) -> None:
        """Queue bytes for the unit."""
        self._outgoing += data

    @property
    def deadline_s(self) -> float | None:
        """When `poll` must be called at the latest; None when it is over."""
        return self._deadline_s

    def start(self, now_s: float) -> list[Event]:
        """Run the script to its first wait."""
        self.now_s = now_s
        return self._resume(None)

    def receive(self, data: bytes, now_s: float) -> None:
        """Frame the bytes and answer the frames; `poll` goes on with them."""
        self.now_s = now_s
        if self._deadline_s is None:
            return
        for frame in self._feed(data):
            if self.answer is not None:
                self.answer(frame)
            self._arrived.append(frame)

    def poll(self, now_s: float) -> list[Event]:
        """Hand the script what arrived, or tell it that its wait was in vain, if it was."""
        self.now_s = now_s
        if self._deadline_s is None:
            return []
        self._take_arrived()
        if self._frames:
            return self._resume(self._frames.popleft())
        return self._resume(None) if now_s >= self._deadline_s else []

    def cancel(self, now_s: float) -> list[Event]:
        """Stop the script where it stands; what its goodbye queues may still be written."""
        self.now_s = now_s
        if self._script is None or self._deadline_s is None:
            return []
        self._deadline_s = None
        self._take_arrived()  # whole, and perhaps all that is left of a pulled cable
        events: list[Event] = []
        try:
            wanted = self._script.throw(Cancelled())
            while not isinstance(wanted, float):
                events.append(wanted)
                wanted = self._script.send(None)
        except (Cancelled, StopIteration):
            pass
        else:
            self._script.close()
        return [*events, Finished(CANCELLED)]

    def data_to_send(self) -> bytes:
        """Bytes to write now; forgotten here."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def contents(self) -> Contents:
        """Everything whole so far."""
        assert self._contents is not None, "follow() comes first"
        return self._contents()

    def _take_arrived(self) -> None:
        arrived, self._arrived = self._arrived, []
        if self.unasked is not None:
            for frame in arrived:
                self.unasked(frame)
        self._frames.extend(arrived)

    def _resume(self, frame: Frame | None) -> list[Event]:
        """Run the script until it has to wait for something that is not here yet."""
        assert self._script is not None, "follow() comes first"
        events: list[Event] = []
        try:
            wanted = self._script.send(frame)
            while True:
                if not isinstance(wanted, float):
                    events.append(wanted)
                    wanted = self._script.send(None)
                elif self._frames:
                    wanted = self._script.send(self._frames.popleft())
                else:
                    self._deadline_s = self.now_s + max(wanted, 0.0)
                    return events
        except StopIteration as end:
            self._deadline_s = None
            events.append(Finished(end.value))
        return events

    def expect(
        self, match: Callable[[Frame], Reply | None], timeout_s: float
    ) -> Step[Frame, Reply | None]:
        """The first frame that `match` makes something of, or None after `timeout_s`."""
        until_s = self.now_s + timeout_s
        while (left_s := until_s - self.now_s) > 0:
            frame = yield left_s
            if frame is not None and (reply := match(frame)) is not None:
                return reply
        return None

    def ask(
        self,
        request: bytes,
        match: Callable[[Frame], Reply | None],
        timeout_s: float = 1.0,
        tries: int = 3,
    ) -> Step[Frame, Reply | None]:
        """Send and wait for the answer, again when it does not come; None after the last try."""
        for _ in range(tries):
            self.send(request)
            reply = yield from self.expect(match, timeout_s)
            if reply is not None:
                return reply
        return None
