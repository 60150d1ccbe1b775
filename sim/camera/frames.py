"""The frame stream of docs/wires.md, from the camera's side.

Every client gets the newest frame when it has taken the one before; a slow one skips, and is
never waited for. Pulling the plug closes every connection and refuses new ones.
"""

import json
import logging
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.errors import BridgeError, PortBusy
from sim.camera.sensor import Exposure
from sim.tables.camera import Camera

log = logging.getLogger(__name__)

MAGIC = b"KFS1"
SEND_TIMEOUT_S = 5.0
CLIENTS_AT_MOST = 8
AGAIN_S = 0.1
WAKE_S = 1.0
"""A client's thread looks this often whether it is still wanted."""


@dataclass(frozen=True, slots=True)
class CameraClock:
    """The camera's own time: another zero and another rate."""

    offset_s: float
    drift_ppm: float

    def ns(self, time_s: float, jump_s: float = 0.0) -> int:
        """Camera nanoseconds at a simulated time."""
        return round((time_s * (1 + self.drift_ppm * 1e-6) + self.offset_s + jump_s) * 1e9)


def record(
    exposure: Exposure, sequence: int, start_ns: int, camera: Camera, saturation: int | None
) -> bytes:
    """One record of the wire."""
    header = json.dumps(
        {
            "sequence": sequence,
            "camera_time_ns": start_ns,
            "exposure_ns": round(camera.exposure_ms * 1e6),
            "width": camera.width,
            "height": camera.height,
            "dtype": exposure.pixels.dtype.name,
            "radiometry": camera.output,
            "saturation": saturation,
            "ffc": exposure.ffc,
            "camera": f"Kedrovka simulated {camera.model}",
        },
        separators=(",", ":"),
    ).encode()
    pixels = (
        exposure.pixels.tobytes()
        if camera.output == "agc"
        else exposure.pixels.astype("<u2", copy=False).tobytes()
    )
    crc = zlib.crc32(pixels, zlib.crc32(header))
    sizes = struct.pack("<4sII", MAGIC, len(header), len(pixels))
    return b"".join((sizes, header, pixels, struct.pack("<I", crc)))


class FrameServer:
    """Listens on TCP; `publish` never blocks."""

    def __init__(
        self, host: str, port: int, greet: Callable[[socket.socket], None] | None = None
    ) -> None:
        """`greet` speaks with a new client first, and may refuse it by a BridgeError."""
        self._greet = greet
        try:
            self._listener = socket.create_server((host, port), backlog=4)
        except OSError as error:
            raise PortBusy(f"camera port tcp:{host}:{port}: {error.strerror}") from error
        bound = self._listener.getsockname()
        self.url = f"tcp:{bound[0]}:{bound[1]}"
        self._newest: tuple[int, bytes] = (0, b"")
        self._ready = threading.Condition()
        self._clients: set[socket.socket] = set()
        self._plugged, self._open = True, True
        threading.Thread(target=self._accept, name="camera-accept", daemon=True).start()

    @property
    def clients(self) -> int:
        """Connected now."""
        return len(self._clients)

    def publish(self, data: bytes) -> None:
        """The newest frame for everybody."""
        with self._ready:
            self._newest = (self._newest[0] + 1, data)
            self._ready.notify_all()

    def set_plugged(self, plugged: bool) -> None:
        """False: as if the cable were pulled."""
        with self._ready:
            if plugged == self._plugged:
                return
            self._plugged = plugged
            for client in () if plugged else tuple(self._clients):
                _hang_up(client)
            self._ready.notify_all()

    def close(self) -> None:
        """Ends all connections."""
        with self._ready:
            self._open = False
            self._ready.notify_all()
        _hang_up(self._listener)
        self.set_plugged(False)

    def _accept(self) -> None:
        while self._open:
            try:
                client, address = self._listener.accept()
            except OSError as error:
                # A client that hung up at once, or no descriptor left: others may still come.
                if self._open:
                    log.warning("camera: a client was not taken: %s", error.strerror)
                    time.sleep(AGAIN_S)
                continue
            client.settimeout(SEND_TIMEOUT_S)
            with self._ready:
                welcome = self._plugged and len(self._clients) < CLIENTS_AT_MOST
                if welcome:
                    self._clients.add(client)
            if not welcome:
                client.close()
                continue
            log.info("camera: client %s:%d", *address[:2])
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        sent = self._newest[0]
        try:
            if self._greet is not None:
                self._greet(client)
            while self._open and self._plugged:
                with self._ready:
                    if self._newest[0] == sent and not self._ready.wait(WAKE_S):
                        continue
                    fresh = self._newest[0] > sent
                    sent, data = self._newest
                if fresh:
                    client.sendall(data)
        except (OSError, BridgeError) as error:
            log.info("camera: client gone: %s", error)
        finally:
            with self._ready:
                self._clients.discard(client)
            client.close()


def _hang_up(endpoint: socket.socket) -> None:
    """Wakes whoever is blocked on it."""
    try:
        endpoint.shutdown(socket.SHUT_RDWR)
    except OSError:
        log.debug("already gone")
    endpoint.close()
