"""The loop around a camera: how soon it looks again after a failure."""

import json
import socket
import struct
import threading
import zlib

from onboard.camera import CameraOptions, Frame
from onboard.camera.feed import FIRST_PAUSE_S, CameraFeed

HEADER = json.dumps({
    "sequence": 1, "camera_time_ns": 1, "exposure_ns": 0, "width": 2, "height": 2,
    "dtype": "uint16", "radiometry": "counts", "saturation": None, "ffc": "idle",
}).encode()  # fmt: skip
BODY = HEADER + bytes(range(8))
RECORD = b"KFS1" + struct.pack("<II", len(HEADER), 8) + BODY + struct.pack("<I", zlib.crc32(BODY))
ANSWERS = [b"", b"", b"", RECORD, b"", b""]
"""What the camera says at each connection before it goes away again."""


class Pauses(threading.Event):
    """Notes how long one wanted to wait instead of waiting; set after `most` times."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.asked_s: list[float | None] = []
        self._most = most

    def wait(self, timeout: float | None = None) -> bool:
        self.asked_s.append(timeout)
        if len(self.asked_s) == self._most:
            self.set()
        return self.is_set()


def serve(server: socket.socket) -> None:
    for answer in ANSWERS:
        client, _ = server.accept()
        with client:
            client.sendall(answer)


def test_pauses_grow_and_a_camera_that_gave_frames_is_looked_for_soon_again() -> None:
    frames: list[Frame] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        url = f"stream:tcp:127.0.0.1:{server.getsockname()[1]}"
        pauses = Pauses(len(ANSWERS))
        CameraFeed(url, CameraOptions(), frames.append).run(pauses)
        thread.join(10)
    assert len(frames) == 1
    first = FIRST_PAUSE_S
    assert pauses.asked_s == [first, 2 * first, 4 * first, first, 2 * first, 4 * first]
