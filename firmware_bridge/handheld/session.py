"""Drives one conversation over one port: deadlines, baud rates, a pulled plug, a person's stop.

Every byte received goes into the capture before the conversation sees it, every byte sent as soon
as the port has it.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from firmware_bridge.errors import BridgeError, LinkClosed
from firmware_bridge.handheld.capture import CaptureWriter, Direction
from firmware_bridge.handheld.conversation import ChangeBaud, Conversation, Event, Finished
from firmware_bridge.port import Port

log = logging.getLogger(__name__)

READ_BYTES = 4096
WRITE_S = 5.0
GOODBYE_S = 0.5
LOOK_UP_S = 0.2
"""How often a stop is looked for on a silent port."""
LAST_BYTES_S = 0.1
"""Before a new rate: adapters still hold bytes when the kernel says that all are sent."""


@runtime_checkable
class RatedPort(Protocol):
    """A port whose baud rate can be changed while it is open."""

    def set_baud(self, baud: int) -> None:
        """Raises LinkClosed when the device refuses."""
        ...


class CannotRecord(BridgeError):
    """The capture cannot be written, as when the disk is full."""


def run(
    port: Port,
    conversation: Conversation,
    capture: CaptureWriter | None,
    on_event: Callable[[Event], None] | None = None,
    cancel: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Finished:
    """Drive `conversation` to its end, which a pulled plug, a full disk and `cancel` are too.

    What is whole is in `conversation.contents()`, however it ended. An exception out of
    `on_event` says the unit's goodbye and goes on upwards.
    """
    driver = _Driver(port, conversation, capture, on_event or (lambda _: None), clock)
    try:
        return driver.drive(cancel or threading.Event())
    except (LinkClosed, CannotRecord) as error:
        log.warning("%s", error)
        driver.goodbye(speak=isinstance(error, CannotRecord))
        return Finished(str(error))
    except BaseException:
        driver.goodbye(speak=True)
        raise


class _Driver:
    def __init__(
        self,
        port: Port,
        conversation: Conversation,
        capture: CaptureWriter | None,
        on_event: Callable[[Event], None],
        clock: Callable[[], float],
    ) -> None:
        self._port, self._conversation, self._capture = port, conversation, capture
        self._on_event, self._clock = on_event, clock

    def drive(self, cancel: threading.Event) -> Finished:
        conversation = self._conversation
        finished = self._obey(conversation.start(self._clock()))
        while finished is None:
            if cancel.is_set():
                finished = self._obey(conversation.cancel(self._clock()))
                return finished or Finished("cancelled")
            data = self._port.read(READ_BYTES, self._wait_s())
            if data:
                self._record(Direction.RECEIVED, data)
                conversation.receive(data, self._clock())
                # The unit waits for its ACK. All else has time until its next packet is here.
                self._flush()
            finished = self._obey(conversation.poll(self._clock()))
        return finished

    def goodbye(self, speak: bool) -> None:
        """End the conversation; `speak` while there is somebody to hear it."""
        self._conversation.cancel(self._clock())
        farewell = self._conversation.data_to_send()
        if farewell and speak:
            try:
                self._port.write(farewell, GOODBYE_S)
            except BridgeError as error:
                log.debug("no goodbye: %s", error)

    def _wait_s(self) -> float:
        deadline_s = self._conversation.deadline_s
        if deadline_s is None:
            return LOOK_UP_S
        return min(LOOK_UP_S, max(0.0, deadline_s - self._clock()))

    def _obey(self, events: list[Event]) -> Finished | None:
        finished = None
        for event in events:
            # Whoever keeps the unit's rate in mind must know before the unit has changed it.
            self._on_event(event)
            if isinstance(event, ChangeBaud):
                self._change_rate(event.baud)
            elif isinstance(event, Finished):
                finished = event
        self._flush()
        return finished

    def _flush(self) -> None:
        data = self._conversation.data_to_send()
        if data:
            # The unit waits for its ACK: the disk comes second here, and only here.
            self._port.write(data, WRITE_S)
            self._record(Direction.SENT, data)

    def _change_rate(self, baud: int) -> None:
        if not isinstance(self._port, RatedPort):
            raise LinkClosed(f"{self._port.url}: has no baud rate to change")
        self._flush()
        until_s = self._clock() + LAST_BYTES_S
        while (left_s := until_s - self._clock()) > 0:
            # What still comes at the old rate is kept; the conversation has no use for it.
            late = self._port.read(READ_BYTES, left_s)
            if late:
                self._record(Direction.RECEIVED, late)
        self._port.set_baud(baud)
        if self._capture is not None:
            self._note(f"baud={baud}")
        log.info("%s: now at %d baud", self._port.url, baud)

    def _record(self, direction: Direction, data: bytes) -> None:
        if self._capture is None:
            return
        try:
            self._capture.write(direction, data)
        except OSError as error:
            raise CannotRecord(f"{self._capture.path}: {error.strerror}") from error

    def _note(self, text: str) -> None:
        self._record(Direction.NOTE, text.encode())
