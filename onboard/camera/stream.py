"""Client of a frame stream over TCP: bytes in from a socket, frames out on the host's clock."""

import socket
from collections import deque

from firmware_bridge.errors import CameraError
from onboard.camera.clock import CameraClock
from onboard.camera.frame import CameraOptions, Frame
from onboard.camera.stream_parser import FrameStreamParser, StreamRecord

FOREIGN_BYTES = 1 << 20
"""So many bytes without one whole record: whatever talks there is no frame stream."""


class StreamCamera:
    """Client of a frame stream; the server's clock is mapped to ours."""

    live = True

    def __init__(self, url: str, host: str, port: int, options: CameraOptions) -> None:
        self.url = url
        self._options = options
        self.parser = FrameStreamParser()
        self.clock = CameraClock()
        self._ready: deque[tuple[StreamRecord, float]] = deque()
        self._heard_s = options.now_s()
        try:
            self._socket = socket.create_connection((host, port), options.open_timeout_s)
        except OSError as error:
            raise CameraError(f"{url}: cannot connect: {error}") from error

    def read(self, timeout_s: float) -> Frame | None:
        """Next frame or None; raises CameraError when the server closed, hung or is foreign."""
        deadline_s = self._options.now_s() + timeout_s
        while not self._ready:
            left_s = deadline_s - self._options.now_s()
            if left_s <= 0 or not self._receive(left_s):
                self._check_alive()
                return None
        return self._frame(*self._ready.popleft())

    def _receive(self, timeout_s: float) -> bool:
        """Feed what arrives within the time; False: nothing did."""
        try:
            self._socket.settimeout(max(timeout_s, 1e-3))
            data = self._socket.recv(1 << 18)
        except TimeoutError:
            return False
        except OSError as error:
            raise CameraError(f"{self.url}: {error}") from error
        if not data:
            raise CameraError(f"{self.url}: the camera server closed the connection")
        self._heard_s = arrival_s = self._options.now_s()
        self._ready.extend((record, arrival_s) for record in self.parser.feed(data))
        if not self.parser.records and self.parser.bytes_dropped > FOREIGN_BYTES:
            dropped, why = self.parser.bytes_dropped, self.parser.last_error
            raise CameraError(f"{self.url}: not a frame stream: {dropped} foreign bytes ({why})")
        return True

    def _check_alive(self) -> None:
        silent_s = self._options.now_s() - self._heard_s
        if silent_s > self._options.read_timeout_s:
            raise CameraError(f"{self.url}: silent for {silent_s:.1f} s")

    def _frame(self, record: StreamRecord, arrival_s: float) -> Frame:
        """A frame on the host's clock; a record cannot leave before its exposure ends."""
        start_s, exposure_s = record.camera_time_ns / 1e9, record.exposure_ns / 1e9
        offset_s, sigma_s = self.clock.offset(start_s + exposure_s, arrival_s)
        said_s = self._options.clock_sigma_s
        saturation = self._options.saturation
        return Frame(
            time_s=start_s + exposure_s / 2 + offset_s - self._options.latency_s,
            sequence=record.sequence,
            pixels=record.pixels,
            radiometry=self._options.radiometry or record.radiometry,
            clock_sigma_s=sigma_s if said_s is None else said_s,
            camera=record.camera,
            saturation=record.saturation if saturation is None else saturation,
            ffc=record.ffc,
        )

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def open_stream(url: str, address: str, options: CameraOptions) -> StreamCamera:
    """Connect to `tcp:HOST:PORT`; raises CameraError naming the URL."""
    return StreamCamera(url, *host_and_port(url, address), options)


def host_and_port(url: str, address: str) -> tuple[str, int]:
    """Parts of `tcp:HOST:PORT`; raises CameraError naming the URL."""
    scheme, _, rest = address.partition(":")
    host, _, port = rest.rpartition(":")
    if scheme != "tcp" or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CameraError(f"{url}: a frame stream is stream:tcp:HOST:PORT")
    return host.strip("[]"), int(port)
