"""The loop around a camera: opens it, opens it again when it is gone, and knows how it is."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware_bridge.errors import CameraError
from onboard.camera import Camera, CameraOptions, EndOfFrames, Frame, open_camera

logger = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 5.0
READ_TIMEOUT_S = 0.5
_RATE_OVER_S = 3.0


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """The camera as live evidence."""

    fps: float
    last_frame_s: float | None
    error: str | None
    """Why there is no camera now."""


class CameraFeed:
    """Frames of one camera URL, for ever."""

    def __init__(
        self,
        url: str,
        options: CameraOptions,
        on_frame: Callable[[Frame], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._options = options
        self._on_frame = on_frame
        self._clock = clock
        self._arrivals: deque[float] = deque(maxlen=500)
        self._error: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Serve the camera until told to stop; its absence is no reason to end."""
        pause_s = FIRST_PAUSE_S
        while not stop.is_set():
            try:
                self._session(stop)
            except EndOfFrames as end:
                self._complain(str(end), logging.INFO)
                stop.wait()
            except CameraError as error:
                if self._error is None:  # it gave frames since the last failure
                    pause_s = FIRST_PAUSE_S
                self._complain(str(error), logging.WARNING)
                stop.wait(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def status(self) -> FeedStatus:
        """From any thread."""
        now_s, arrivals = self._clock(), tuple(self._arrivals)
        recent = sum(now_s - arrival < _RATE_OVER_S for arrival in arrivals)
        return FeedStatus(recent / _RATE_OVER_S, arrivals[-1] if arrivals else None, self._error)

    def _session(self, stop: threading.Event) -> None:
        """From opening until told to stop. Raises what the camera raises."""
        heard = False
        camera = open_camera(self._url, replace(self._options, start_s=self._clock()))
        try:
            while not stop.is_set():
                frame = camera.read(READ_TIMEOUT_S)
                if frame is None:
                    continue
                self._pace(camera, frame, stop)
                if self._error is not None or not heard:
                    logger.info("%s: frames of %s", self._url, frame.camera)
                heard, self._error = True, None
                self._arrivals.append(self._clock())
                self._on_frame(frame)
        finally:
            camera.close()

    def _pace(self, camera: Camera, frame: Frame, stop: threading.Event) -> None:
        """A file gives frames at once; here they come at their times."""
        if not camera.live:
            stop.wait(max(0.0, frame.time_s - self._clock()))

    def _complain(self, why: str, level: int) -> None:
        if why != self._error:
            logger.log(level, "%s", why)
        self._error = why
