"""Live sources at their edges: absent devices, mute streams, a source that vanishes."""

import http.server
import socket
import threading
import time
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from firmware_bridge.errors import CameraError
from onboard.camera import Camera, CameraOptions, Radiometry, open_camera
from onboard.camera.capture import LiveCapture
from onboard.camera.v4l2 import LiveCamera


def video(path: Path, count: int) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (64, 48))
    assert writer.isOpened()
    for number in range(count):
        writer.write(np.full((48, 64, 3), 5 * number, np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize("scheme", ["y16", "v4l2"])
def test_an_absent_device_is_named(scheme: str) -> None:
    with pytest.raises(CameraError, match=f"{scheme}:/dev/video97: /dev/video97 is not there"):
        open_camera(f"{scheme}:/dev/video97")


@pytest.mark.parametrize("scheme", ["y16", "v4l2"])
def test_a_device_that_is_no_camera_is_named(scheme: str) -> None:
    with pytest.raises(CameraError, match="/dev/null does not open as a camera"):
        open_camera(f"{scheme}:/dev/null")


def test_a_stream_nobody_serves_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(CameraError, match=f"rtsp://127.0.0.1:{port}/"):
        open_camera(f"rtsp://127.0.0.1:{port}/thermal", CameraOptions(open_timeout_s=2.0))


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_a_network_stream_gives_frames_until_it_ends(tmp_path: Path) -> None:
    video(tmp_path / "v.avi", 40)
    handler = partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/v.avi"
        camera = open_camera(url)
        frame = camera.read(5.0)
        assert frame is not None
        assert frame.relative
        assert frame.pixels.shape == (48, 64)
        assert frame.clock_sigma_s == 0.2  # said to be known badly
        with pytest.raises(CameraError, match=f"{url}: gone"):
            drain(camera)
        camera.close()
        server.shutdown()
        thread.join(5)


def drain(camera: Camera) -> None:
    """Read until the source fails."""
    while camera.read(5.0) is not None:
        pass


def test_a_mute_server_does_not_hold_the_opening_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(CameraError, match=f"rtsp://127.0.0.1:{port}/"):
            open_camera(f"rtsp://127.0.0.1:{port}/thermal", CameraOptions(open_timeout_s=0.5))
        assert time.monotonic() - began < 3.0


def test_a_source_that_ends_is_gone_by_name(tmp_path: Path) -> None:
    path = video(tmp_path / "v.avi", 6)
    capture = LiveCapture(
        "v4l2:/dev/video9", lambda: cv2.VideoCapture(str(path)), time.monotonic, 5.0, 3.0
    )
    camera = LiveCamera("v4l2:/dev/video9", capture, CameraOptions(), raw=False)
    frames = []

    def read_all() -> None:
        while (frame := camera.read(5.0)) is not None:
            frames.append(frame)

    with pytest.raises(CameraError, match="v4l2:/dev/video9: gone"):
        read_all()
    camera.close()
    assert frames
    assert {frame.radiometry for frame in frames} == {Radiometry.AGC}
    assert len(frames) + camera.missed == 6
    assert [frame.sequence for frame in frames] == sorted({frame.sequence for frame in frames})
    assert all(frame.clock_sigma_s > 0 for frame in frames)


def test_an_opening_that_hangs_ends_at_its_deadline() -> None:
    let_go = threading.Event()

    def hang() -> cv2.VideoCapture:
        let_go.wait(10)
        raise CameraError("late")

    with pytest.raises(CameraError, match=r"did not open within 0\.05 s"):
        LiveCapture("v4l2:/dev/video9", hang, time.monotonic, 0.05, 1.0)
    let_go.set()


def test_reading_after_close_says_so(tmp_path: Path) -> None:
    path = video(tmp_path / "v.avi", 3)
    capture = LiveCapture("cam", lambda: cv2.VideoCapture(str(path)), time.monotonic, 5.0, 3.0)
    capture.close()
    capture.read(0.1)  # what was there before may still be fetched
    with pytest.raises(CameraError, match="cam: closed"):
        capture.read(0.1)
