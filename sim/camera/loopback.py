"""Frames into a V4L2 loopback device, where onboard finds them as those of a UVC camera.

The kernel's v4l2loopback module makes such devices (`modprobe v4l2loopback exclusive_caps=1`).
One VIDIOC_S_FMT says what is to come, then every write() is a frame:

    struct v4l2_format (208 bytes on 64-bit kernels)
    0    u32  type, 2: video output
    8    u32  width, height, pixel format (FOURCC), field (1: progressive), bytes per line,
              bytes of an image, colour space (11: raw), and 21 words that stay 0
    36   ...  zeros

Source: Linux, include/uapi/linux/videodev2.h. Tested for its bytes and its errors; not on a
kernel with the module.
"""

import errno
import fcntl
import logging
import os
import struct

from firmware_bridge.errors import ConfigError, PortBusy
from sim.tables.camera import Camera

log = logging.getLogger(__name__)

VIDIOC_S_FMT = 0xC0D05605
FORMAT = struct.Struct("<I4x7I172x")
VIDEO_OUTPUT, PROGRESSIVE, RAW_COLOURS = 2, 1, 11
FOURCC = {"centikelvin": b"Y16 ", "counts": b"Y16 ", "agc": b"GREY"}


class Loopback:
    """One device; `publish` writes a frame."""

    clients = 1
    """Nobody can tell whether somebody reads."""

    def __init__(self, path: str, camera: Camera) -> None:
        self.url = f"v4l2:{path}"
        self.source = f"{'v4l2' if camera.output == 'agc' else 'y16'}:{path}"
        """How onboard names it."""
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            raise ConfigError(
                f"--camera v4l2:{path}: {error.strerror}; a loopback device comes with "
                "`modprobe v4l2loopback`"
            ) from error
        try:
            agreed = fcntl.ioctl(self._file, VIDIOC_S_FMT, video_format(camera))
        except OSError as error:
            os.close(self._file)
            if error.errno == errno.EBUSY:
                raise PortBusy(f"--camera v4l2:{path}: another program writes to it") from error
            raise ConfigError(
                f"--camera v4l2:{path}: takes no frames ({error.strerror}); is it a v4l2loopback "
                "device?"
            ) from error
        if FORMAT.unpack(agreed)[1:4] != FORMAT.unpack(video_format(camera))[1:4]:
            os.close(self._file)
            raise ConfigError(
                f"--camera v4l2:{path}: does not take {camera.width} x {camera.height} "
                f"{FOURCC[camera.output].decode()}"
            )
        self._plugged, self._takes = True, True

    def publish(self, data: bytes) -> None:
        """One frame's pixels, row by row."""
        if not self._plugged:
            return
        try:
            os.write(self._file, data)
        except OSError as error:
            if self._takes:
                log.warning("%s: takes no more frames: %s", self.url, error.strerror)
            self._takes = False
        else:
            if not self._takes:
                log.info("%s: takes frames again", self.url)
            self._takes = True

    def set_plugged(self, plugged: bool) -> None:
        """False: no more frames; the device itself cannot go."""
        self._plugged = plugged

    def close(self) -> None:
        """Let the device go."""
        os.close(self._file)


def video_format(camera: Camera) -> bytes:
    """The v4l2_format of this camera's frames."""
    line = camera.width * (1 if camera.output == "agc" else 2)
    fourcc = int.from_bytes(FOURCC[camera.output], "little")
    return FORMAT.pack(
        VIDEO_OUTPUT, camera.width, camera.height, fourcc, PROGRESSIVE, line,
        line * camera.height, RAW_COLOURS,
    )  # fmt: skip
