"""A live OpenCV device or stream behind a thread: newest frame wins, every wait has an end.

OpenCV blocks where it likes (10 s in V4L2's select, for ever in some RTSP servers), so its calls
live in a thread of their own. A frame not fetched before the next one came is counted as missed.
A device that vanished, or is silent too long, makes `read` raise with its name; the caller opens
it anew.
"""

import logging
import threading
from collections.abc import Callable

import cv2
import numpy as np

from firmware_bridge.errors import CameraError

log = logging.getLogger(__name__)

FAILED_READS = 5
"""Successive failed reads that mean the device is gone (a single bad USB packet is not)."""
JOIN_S = 2.0

Picture = np.ndarray  # whatever OpenCV delivers


class LiveCapture:
    """Owner of one `cv2.VideoCapture`, from opening to release, in one thread."""

    def __init__(
        self,
        url: str,
        open_capture: Callable[[], cv2.VideoCapture],
        now_s: Callable[[], float],
        open_timeout_s: float,
        silence_s: float,
    ) -> None:
        self.url = url
        self.missed = 0
        self.width = 0
        self._open_capture = open_capture
        self._now_s = now_s
        self._silence_s = silence_s
        self._changed = threading.Condition()
        self._newest: tuple[Picture, float] | None = None
        self._opened = self._closing = False
        self._error: str | None = None
        self._heard_s = now_s()
        self._thread = threading.Thread(target=self._run, name=f"camera {url}", daemon=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._opened or self._error, open_timeout_s)
        if not self._opened:
            self._closing = True
            raise CameraError(self._error or f"{url}: did not open within {open_timeout_s:g} s")

    def read(self, timeout_s: float) -> tuple[Picture, float] | None:
        """(picture, arrival s) or None; raises CameraError when the device is gone or silent."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._error or self._closing, timeout_s)
            newest, self._newest = self._newest, None
            if newest is not None:
                return newest
            silent_s = self._now_s() - self._heard_s
            if self._closing:
                raise CameraError(f"{self.url}: closed")
            if self._error is not None:
                raise CameraError(self._error)
            if silent_s > self._silence_s:
                raise CameraError(f"{self.url}: silent for {silent_s:.1f} s")
            return None

    def close(self) -> None:
        """Release the device; a call stuck in the driver is left to its thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            log.warning("%s: the driver does not return; its thread is left behind", self.url)

    def _run(self) -> None:
        capture: cv2.VideoCapture | None = None
        try:
            capture = self._open_capture()
            self.width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
            with self._changed:
                self._opened, self._heard_s = True, self._now_s()
                self._changed.notify_all()
            self._loop(capture)
        except (CameraError, cv2.error) as error:
            self._fail(str(error).strip())
        finally:
            if capture is not None:
                capture.release()

    def _loop(self, capture: cv2.VideoCapture) -> None:
        failed = 0
        while not self._closing:
            good, picture = capture.read()
            if not good:
                failed += 1
                if failed >= FAILED_READS:
                    raise CameraError(f"{self.url}: gone: the device gives no more frames")
                continue
            failed = 0
            with self._changed:
                self.missed += self._newest is not None
                self._heard_s = self._now_s()
                self._newest = (picture, self._heard_s)
                self._changed.notify_all()

    def _fail(self, error: str) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()
