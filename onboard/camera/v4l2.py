"""Live cameras through OpenCV: raw 16-bit UVC (`y16:`), ordinary V4L2 (`v4l2:`), RTSP.

Order matters for raw frames: FOURCC `Y16 ` first, CONVERT_RGB off afterwards, a queue of one.
The TC001 and P2 Pro offer no Y16: their YUYV of 256x384 is fetched unconverted.

Written from documentation and users' reports; `layout.py` is tested on literal buffers, but the
opening of a real V4L2 device has not been tried on hardware.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from firmware_bridge.errors import CameraError
from onboard.camera.capture import LiveCapture
from onboard.camera.frame import CameraOptions, Ffc, Frame, Pixels, Radiometry
from onboard.camera.layout import decode_raw
from onboard.camera.plausible import choose
from onboard.camera.video import grey

log = logging.getLogger(__name__)

Y16 = 0x20363159  # b"Y16 " little endian
YUYV = 0x56595559
TC001_SIZE = (256, 384)
USB_SIGMA_S = 0.05
RTSP_SIGMA_S = 0.2
"""How late a frame may be said to arrive where the camera tells no time: assumed, not measured;
give `latency_s` and `clock_sigma_s` once they are."""


class LiveCamera:
    """Frames of a live capture, stamped with their arrival less the known latency."""

    live = True

    def __init__(self, url: str, capture: LiveCapture, options: CameraOptions, raw: bool) -> None:
        self.url = url
        self._capture = capture
        self._options = options
        self._raw = raw
        self._sequence = -1
        self._radiometry = options.radiometry

    def read(self, timeout_s: float) -> Frame | None:
        """Newest frame or None; raises CameraError naming the device when it is gone."""
        taken = self._capture.read(timeout_s)
        if taken is None:
            return None
        picture, arrival_s = taken
        self._sequence += 1
        if self._raw:
            return self._raw_frame(picture, arrival_s)
        return self._frame(grey(picture), Radiometry.AGC, arrival_s, self.url, None, Ffc.IDLE)

    @property
    def missed(self) -> int:
        """Frames replaced by a newer one before anybody read them."""
        return self._capture.missed

    def _raw_frame(self, picture: np.ndarray, arrival_s: float) -> Frame:
        raw = decode_raw(picture, self._capture.width, self.url)
        if self._radiometry is None:  # decided once: it must not flicker with the scene
            choice = choose(raw.pixels, raw.layout.radiometry)
            self._radiometry = choice.radiometry
            log.info("%s: %s: %s (%s)", self.url, raw.layout.camera, *choice)
        calibrated = self._radiometry is Radiometry.CENTIKELVIN
        saturation = raw.layout.saturation if calibrated else None
        name = f"{raw.layout.camera} at {self.url}"
        return self._frame(raw.pixels, self._radiometry, arrival_s, name, saturation, raw.ffc)

    def _frame(
        self,
        pixels: Pixels,
        radiometry: Radiometry,
        arrival_s: float,
        camera: str,
        saturation: float | None,
        ffc: Ffc,
    ) -> Frame:
        said, assumed = self._options, RTSP_SIGMA_S if "://" in self.url else USB_SIGMA_S
        return Frame(
            time_s=arrival_s - said.latency_s,
            sequence=self._sequence + self._capture.missed,
            pixels=pixels,
            radiometry=radiometry,
            clock_sigma_s=assumed if said.clock_sigma_s is None else said.clock_sigma_s,
            camera=camera,
            saturation=saturation if said.saturation is None else said.saturation,
            ffc=ffc,
        )

    def close(self) -> None:
        """Let the device go."""
        self._capture.close()


def open_y16(url: str, device: str, options: CameraOptions) -> LiveCamera:
    """Open a raw 16-bit UVC camera; raises CameraError naming the device."""
    return _open(url, lambda: _raw_device(url, device, options), options, raw=True)


def open_v4l2(url: str, device: str, options: CameraOptions) -> LiveCamera:
    """Open an ordinary V4L2 camera: an 8-bit, relative picture."""
    return _open(url, lambda: _device(url, device, options), options, raw=False)


def open_rtsp(url: str, options: CameraOptions) -> LiveCamera:
    """Open a network stream, with OpenCV's own deadlines for opening and reading set."""
    return _open(url, lambda: _stream(url, options), options, raw=False)


def _open(
    url: str, opener: Callable[[], cv2.VideoCapture], options: CameraOptions, *, raw: bool
) -> LiveCamera:
    timeouts = options.open_timeout_s, options.read_timeout_s
    return LiveCamera(url, LiveCapture(url, opener, options.now_s, *timeouts), options, raw)


def _device(url: str, device: str, options: CameraOptions) -> cv2.VideoCapture:
    if not Path(device).exists():
        raise CameraError(f"{url}: {device} is not there: camera unplugged, or the wrong name")
    capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    if not capture.isOpened():
        raise CameraError(f"{url}: {device} does not open as a camera: in use, or not a camera")
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if options.width and options.height:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, options.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, options.height)
    return capture


def _raw_device(url: str, device: str, options: CameraOptions) -> cv2.VideoCapture:
    capture = _device(url, device, options)
    size = tuple(
        int(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    capture.set(cv2.CAP_PROP_FOURCC, YUYV if size == TC001_SIZE else Y16)
    capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
    got = int(capture.get(cv2.CAP_PROP_FOURCC))
    if size != TC001_SIZE and got != Y16:
        name = got.to_bytes(4, "little", signed=False) if got >= 0 else b"?"
        capture.release()
        raise CameraError(f"{url}: {device} gives {name!r}, no raw Y16 (v4l2: takes it as 8-bit)")
    return capture


def _stream(url: str, options: CameraOptions) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(
        url,
        cv2.CAP_FFMPEG,
        [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            int(1000 * options.open_timeout_s),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            int(1000 * options.read_timeout_s),
        ],
    )
    if not capture.isOpened():
        raise CameraError(f"{url}: no stream answered within {options.open_timeout_s:g} s")
    return capture
