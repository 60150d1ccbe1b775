"""The edge of the autopilot link: a port, a thread and the clock around a `Companion`.

The port is reopened for ever with growing pauses, by its path, so that a device which USB has
enumerated anew is found again. A port that stays open but silent is reopened too.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeVar

from firmware_bridge.autopilot.companion import Companion
from firmware_bridge.autopilot.events import Event
from firmware_bridge.errors import BridgeError, ConfigError, LinkTimeout
from firmware_bridge.messages import LinkStatus
from firmware_bridge.port import Port, open_port
from firmware_bridge.port.url import Scheme, parse_url

log = logging.getLogger(__name__)

T = TypeVar("T")

OPEN_TIMEOUT_S = 3.0
READ_BYTES = 4096
READ_TIMEOUT_S = 0.02
WRITE_TIMEOUT_S = 0.5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 5.0
SILENT_S = 15.0

OnBytes = Callable[[Literal["in", "out"], bytes, float], None]


class AutopilotLink:
    """Runs a companion on a port.

    `on_event` and `on_bytes` are called in the link's thread and must return at once: put what
    takes longer into a queue. An exception in them ends `run`. Raises ConfigError for a bad URL.
    """

    def __init__(
        self,
        url: str,
        companion: Companion,
        on_event: Callable[[Event], None],
        on_bytes: OnBytes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scheme = parse_url(url).scheme
        self._url = url
        self._companion = companion
        self._on_event = on_event
        self._on_bytes = on_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._openings = 0
        self._last_error: str | None = None
        self._complaining = False

    def run(self, stop: threading.Event) -> None:
        """Serve the link until `stop`; survives every failure of the port."""
        pause_s = FIRST_PAUSE_S
        while not stop.is_set():
            if self._session(stop):
                pause_s = FIRST_PAUSE_S
            if stop.wait(pause_s):
                return
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def call(self, function: Callable[[Companion], T]) -> T:
        """`function(companion)` while the link's thread keeps its hands off; from any thread."""
        with self._lock:
            return function(self._companion)

    def status(self) -> LinkStatus:
        """The link as it is now; from any thread."""
        with self._lock:
            status = self._companion.link_status(self._clock())
        error = f"{self._url}: {status.last_error}" if status.last_error else self._last_error
        return replace(
            status, url=self._url, reconnects=max(0, self._openings - 1), last_error=error
        )

    def _session(self, stop: threading.Event) -> bool:
        """From opening to failure; whether the autopilot was heard in between."""
        heard = False
        try:
            with open_port(self._url, timeout_s=OPEN_TIMEOUT_S) as port:
                log.info("%s open", port.url)
                self._openings += 1
                self.call(lambda companion: companion.opened(self._clock()))
                heard_s = self._clock()
                while not stop.is_set():
                    heard_s = self._exchange(port, heard_s)
                    if not heard and self._companion.connected:
                        heard, self._last_error = True, None
        except ConfigError:
            raise
        except BridgeError as error:
            self._fail(str(error))
        return heard

    def _exchange(self, port: Port, heard_s: float) -> float:
        """One read and what it leads to; the time when bytes were last heard."""
        data = port.read(READ_BYTES, READ_TIMEOUT_S)
        now_s = self._clock()
        with self._lock:
            events = self._companion.receive(data, now_s) if data else []
            events += self._companion.poll(now_s)
            reply = self._companion.data_to_send()
        if data and self._on_bytes is not None:
            self._on_bytes("in", data, now_s)
        self._dispatch(events)
        if reply:
            if self._on_bytes is not None:
                self._on_bytes("out", reply, now_s)
            port.write(reply, WRITE_TIMEOUT_S)
        if data:
            self._note_complaint(now_s)
            return now_s
        self._check_silence(now_s - heard_s)
        return heard_s

    def _check_silence(self, silent_s: float) -> None:
        # A UDP socket cannot hang, and a server may wait for its client as long as it likes.
        if self._scheme in (Scheme.SERIAL, Scheme.TCP) and silent_s > SILENT_S:
            raise LinkTimeout(f"{self._url}: open, but no byte for {SILENT_S:g} s")

    def _note_complaint(self, now_s: float) -> None:
        """Log a wrong baud rate when it is first suspected, not at every byte."""
        complaint = self._companion.complaint(now_s)
        if complaint and not self._complaining:
            log.error("%s: %s", self._url, complaint)
        self._complaining = complaint is not None

    def _fail(self, reason: str) -> None:
        if reason != self._last_error:
            log.warning("%s", reason)
        self._last_error = reason
        self._dispatch(self.call(lambda companion: companion.closed(reason)))

    def _dispatch(self, events: list[Event]) -> None:
        for event in events:
            self._on_event(event)
