"""Writes the recording beside the pipeline: a bounded queue, a thread, a quota, and no mercy.

The pipeline never waits for the disk. What does not fit the queue is dropped and counted, and a
note in the recording says so. Each record reaches the kernel in one write, so that a killed
process loses at most its queue and the record being written; `fdatasync` every `SYNC_S`, while
records come, bounds what a power cut takes. A disk that others fill takes the oldest segments;
when only the newest is left, or the disk refuses otherwise, recording stops with one line and is
tried again later.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from onboard.camera.frame import Frame
from onboard.recording import Kind, encode_event, encode_frame, encode_mavlink, encode_record
from onboard.recording.segments import Segments

log = logging.getLogger(__name__)

SEGMENT_BYTES = 32 << 20
QUEUE_BYTES = 12 << 20
QUEUE_RECORDS = 4096
RESERVE_BYTES = 64 << 20
"""Free space the recording does not touch: reports of fires must find room after it."""
SYNC_S = 2.0
RETRY_S = 10.0


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """The recorder as live evidence."""

    recording: bool
    stopped_because: str | None
    records_written: int
    records_dropped: int
    bytes_on_disk: int


class Recorder:
    """Append-only recording of one run into `folder`, oldest segments deleted beyond the quota.

    Calls return at once and never raise for the disk's sake; any thread may make them.
    """

    def __init__(
        self,
        folder: Path,
        quota_bytes: int,
        header: Mapping[str, Any],
        *,
        segment_bytes: int = SEGMENT_BYTES,
        queue_bytes: int = QUEUE_BYTES,
        reserve_bytes: int = RESERVE_BYTES,
        retry_s: float = RETRY_S,
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self._segments = Segments(folder, quota_bytes, header, segment_bytes, reserve_bytes)
        self._queue: deque[tuple[Kind, float, Callable[[], bytes], int]] = deque()
        self._queue_bytes, self._queue_limit = 0, queue_bytes
        self._wake = threading.Condition()
        self._closing = False
        self._retry_s, self._now_s = retry_s, now_s
        self._written = self._dropped = self._noted = 0
        self._stopped_because: str | None = None
        self._retry_at_s = self._sync_at_s = 0.0
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def frame(self, frame: Frame) -> None:
        """Record a frame as the pipeline consumed it; compressed in the writer's thread."""
        size = frame.pixels.nbytes
        self._put(Kind.FRAME, frame.time_s, lambda: encode_frame(frame), size)

    def event(self, time_s: float, event: Any) -> None:
        """Record a pipeline input: a dataclass of numbers, texts and enums (TypeError else)."""
        payload = encode_event(event)
        self._put(Kind.EVENT, time_s, lambda: payload, len(payload) + 200)

    def mavlink(self, time_s: float, data: bytes, *, sent: bool) -> None:
        """Record bytes of the autopilot's port."""
        self._put(Kind.MAVLINK, time_s, lambda: encode_mavlink(sent, data), len(data) + 200)

    def note(self, time_s: float, text: str) -> None:
        """Record a line for people."""
        self._put(Kind.NOTE, time_s, text.encode, len(text) + 200)

    def _put(self, kind: Kind, time_s: float, encode: Callable[[], bytes], size: int) -> None:
        with self._wake:
            full = self._queue_bytes + size > self._queue_limit or len(self._queue) >= QUEUE_RECORDS
            if full or self._closing:
                self._dropped += 1
                return
            self._queue.append((kind, time_s, encode, size))
            self._queue_bytes += size
            self._wake.notify()

    def status(self) -> RecorderStatus:
        """Live state, for health."""
        with self._wake:
            return RecorderStatus(
                recording=self._stopped_because is None and self._thread.is_alive(),
                stopped_because=self._stopped_because,
                records_written=self._written,
                records_dropped=self._dropped,
                bytes_on_disk=self._segments.bytes_on_disk,
            )

    def close(self, timeout_s: float = 10.0) -> None:
        """Write what is queued, sync, end the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.warning("recorder: the disk did not take the rest within %.0f s", timeout_s)

    def _run(self) -> None:
        """Thread body; an unforeseen fault ends recording with its trace, not the flight."""
        try:
            while (item := self._next()) is not None:
                self._write(*item)
        except Exception as error:
            log.exception("recording ended")
            self._stopped_because = f"fault in the recorder: {error!r}"
            self._closing = True
        finally:
            self._segments.close()

    def _next(self) -> tuple[Kind, float, Callable[[], bytes]] | None:
        with self._wake:
            while not self._queue:
                if self._closing:
                    return None
                self._wake.wait(SYNC_S)
            kind, time_s, encode, size = self._queue.popleft()
            self._queue_bytes -= size
            return kind, time_s, encode

    def _write(self, kind: Kind, time_s: float, encode: Callable[[], bytes]) -> None:
        """Put one record on disk, or count it as lost while the disk refuses."""
        now_s = self._now_s()
        if self._stopped_because is not None and now_s < self._retry_at_s:
            self._dropped += 1
            return
        try:
            if self._noted != self._dropped:
                text = f"{self._dropped - self._noted} records lost before this one"
                self._segments.append(encode_record(Kind.NOTE, time_s, text.encode()))
                self._noted = self._dropped
            self._segments.append(encode_record(kind, time_s, encode()))
            if now_s >= self._sync_at_s:
                self._segments.sync()
                self._sync_at_s = now_s + SYNC_S
        except OSError as error:
            self._stop(error, now_s)
            return
        self._written += 1
        if self._stopped_because is not None:
            log.warning("recording to %s again", self._segments.folder)
            self._stopped_because = None

    def _stop(self, error: OSError, now_s: float) -> None:
        self._dropped += 1
        self._retry_at_s = now_s + self._retry_s
        if self._stopped_because is None:
            self._stopped_because = f"{self._segments.folder}: {error.strerror or error}"
            log.error(
                "recording stopped: %s; everything else goes on, next try every %.0f s",
                self._stopped_because,
                self._retry_s,
            )
