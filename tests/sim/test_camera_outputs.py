"""What leaves the camera: the models' pixels, motion JPEG over HTTP, and the loopback device."""

import socket
import struct

import cv2
import numpy as np
import pytest

from firmware_bridge.errors import ConfigError, PortBusy, ProtocolError
from onboard.camera.frame import CameraOptions, Radiometry
from onboard.camera.sources import open_source
from onboard.camera.stream_parser import FrameStreamParser
from sim.camera import mjpeg
from sim.camera.frames import FrameServer, record
from sim.camera.loopback import FORMAT, VIDIOC_S_FMT, video_format
from sim.camera.outputs import open_output, open_visible, visible_url
from sim.camera.sensor import Microbolometer
from sim.scenario import parse
from sim.tables.camera import Camera
from tests.sim.stream_reader import connect

SMALL = {"width": 64, "height": 48}


def exposed(camera: Camera, kelvin: float) -> np.ndarray:
    sensor = Microbolometer(camera, seed=1)
    flat = np.full((camera.height, camera.width), kelvin, np.float32)
    return sensor.expose(flat, 0.0).pixels


# Models.


def test_a_model_brings_its_figures_and_a_scenario_changes_them():
    lepton = Camera(model="lepton-3.5")
    assert (lepton.width, lepton.height, lepton.fps) == (160, 120, 8.7)
    assert Camera(model="lepton-3.5", fps=4).fps == 4
    assert (Camera().width, Camera().height, Camera().output) == (640, 512, "centikelvin")
    with pytest.raises(ConfigError, match=r"camera\.model = 'bison'"):
        parse({"vehicle": {"start": "ground"}, "camera": {"model": "bison"}}, "test")


def test_counts_are_linear_in_radiance_and_end_at_fourteen_bits():
    camera = Camera(output="counts", **SMALL)

    def planck(kelvin):
        return 1 / (np.exp(1501 / kelvin) - 1)

    means = {k: exposed(camera, k).mean() for k in (280.0, 300.0, 340.0, 400.0)}
    slopes = [
        (means[b] - means[a]) / (planck(b) - planck(a))
        for a, b in ((280.0, 300.0), (300.0, 340.0), (340.0, 400.0))
    ]
    assert slopes == pytest.approx([slopes[0]] * 3, rel=0.01)
    assert (exposed(camera, 600.0) == 16383).all()
    assert 20 < means[300.0] - exposed(camera, 299.0).mean() < 80, "counts a kelvin"


def test_low_gain_sees_hotter_things_and_is_noisier():
    high, low = (Camera(output="counts", gain=gain, **SMALL) for gain in ("high", "low"))
    assert (exposed(high, 700.0) == 16383).all()
    assert (exposed(low, 700.0) < 16383).all()
    still = [
        np.std(exposed(Camera(gain=gain, **SMALL), 290.0).astype(float)) for gain in ("high", "low")
    ]
    assert still[1] == pytest.approx(3 * still[0], rel=0.1)


def test_the_gain_control_shows_contrast_hides_temperature_and_follows_slowly():
    camera = Camera(model="agc-640", **SMALL)
    ramp = np.linspace(285, 295, 64, dtype=np.float32)[None].repeat(48, 0)
    cold, warm = (Microbolometer(camera, 1).expose(ramp + k, 0.0).pixels for k in (0, 40))
    assert cold.dtype == np.uint8
    assert cold.min() == 0
    assert cold.max() > 250
    assert np.abs(cold.astype(int) - warm).max() <= 2, "forty kelvin more look the same"
    sensor = Microbolometer(camera, 1)
    sensor.expose(ramp, 0.0)
    means = [sensor.expose(ramp + 6, k / 9).pixels.mean() for k in range(60)]
    assert means[0] > means[20] > means[59]
    assert means[59] == pytest.approx(cold.mean(), abs=3)


@pytest.mark.parametrize(
    ("output", "meaning", "dtype"),
    [
        ("centikelvin", Radiometry.CENTIKELVIN, np.uint16),
        ("counts", Radiometry.COUNTS, np.uint16),
        ("agc", Radiometry.AGC, np.uint8),
    ],
)
def test_onboard_reads_every_output_of_the_stream(output, meaning, dtype):
    camera = Camera(output=output, **SMALL)
    sensor = Microbolometer(camera, 1)
    exposure = sensor.expose(np.full((48, 64), 300.0, np.float32), 0.0)
    parser = FrameStreamParser()
    (got,) = parser.feed(record(exposure, 7, 123, camera, sensor.saturation))
    assert (got.radiometry, got.pixels.dtype, got.sequence) == (meaning, dtype, 7)
    assert np.array_equal(got.pixels, exposure.pixels)
    assert got.saturation == (None if output == "agc" else sensor.saturation)


# Motion JPEG.


@pytest.fixture
def served():
    server = open_visible("--visible", "tcp:127.0.0.1:0")
    yield server
    server.close()


def publish_until(server: FrameServer, data: bytes, taken) -> None:
    for _ in range(1000):
        server.publish(data)
        if taken():
            return
    pytest.fail("nobody took a frame")


def test_a_foreign_client_gets_an_answer_and_whole_jpegs(served):
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, :, 2] = 200
    part = mjpeg.part(picture)
    with connect(served.url) as end:
        end.sendall(b"GET /anything HTTP/1.1\r\nHost: x\r\n\r\n")
        got = bytearray()
        end.settimeout(0.05)

        def enough() -> bool:
            try:
                got.extend(end.recv(1 << 16))
            except TimeoutError:
                return False
            return got.count(b"--kedrovka-frame") >= 2

        publish_until(served, part, enough)
    head, _, rest = bytes(got).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"multipart/x-mixed-replace; boundary=kedrovka-frame" in head
    fields, _, body = rest.partition(b"\r\n\r\n")
    assert fields.startswith(b"--kedrovka-frame\r\nContent-Type: image/jpeg\r\nContent-Length: ")
    size = int(fields.rsplit(b" ", 1)[1])
    jpeg = cv2.imdecode(np.frombuffer(body[:size], np.uint8), cv2.IMREAD_COLOR)
    assert jpeg.shape == (48, 64, 3)
    assert np.abs(jpeg.astype(int) - picture).max() < 8


def test_onboard_opens_the_visible_picture_as_an_ip_camera(patrol_with_eyes):
    camera = open_source(patrol_with_eyes["visible"], CameraOptions())
    try:
        frames = [frame for _ in range(20) if (frame := camera.read(2.0)) is not None]
    finally:
        camera.close()
    assert len(frames) >= 10
    assert {f.pixels.shape for f in frames} == {(512, 640)}
    assert {f.radiometry for f in frames} == {Radiometry.AGC}
    assert frames[0].pixels.std() > 5
    assert not np.array_equal(frames[0].pixels, frames[-1].pixels), "it flies"


@pytest.fixture
def patrol_with_eyes(simulator):
    return simulator("fire-patrol", "--visible", "tcp:127.0.0.1:0")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"POST / HTTP/1.1\r\n\r\n", b"HTTP/1.0 405 Method Not Allowed"),
        (b"\xfd" * 9000, b""),
    ],
)
def test_what_is_no_request_is_refused_and_the_next_client_served(served, sent, answer):
    with connect(served.url) as end:
        end.sendall(sent)
        got = b""
        try:
            while piece := end.recv(4096):
                got += piece
        except ConnectionResetError:
            assert not answer
        assert got.startswith(answer)
    with connect(served.url) as end:
        end.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert end.recv(12) == b"HTTP/1.0 200"


def test_a_client_that_says_nothing_ends_in_its_own_deadline():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0.05)
        with pytest.raises(TimeoutError):
            mjpeg.greet(ours)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(ProtocolError, match="no HTTP request"):
            mjpeg.greet(ours)


# V4L2 loopback.


def test_the_format_is_the_kernels_struct_byte_for_byte():
    said = video_format(Camera())
    assert len(said) == 208
    assert said[:36] == bytes.fromhex(
        "02000000 00000000 80020000 00020000 59313620 01000000 00050000 00000a00 0b000000"
    )
    assert said[36:] == bytes(172)
    assert video_format(Camera(output="agc"))[16:20] == b"GREY"
    # _IOWR('V', 5, struct v4l2_format) of <linux/ioctl.h>
    assert (3 << 30) | (FORMAT.size << 16) | (ord("V") << 8) | 5 == VIDIOC_S_FMT
    assert struct.unpack_from("<I", said, 28)[0] == 640 * 512 * 2


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/dev/no-such-video", "No such file or directory; a loopback device comes with"),
        ("/dev/null", "takes no frames .Inappropriate ioctl for device.; is it a v4l2loopback"),
    ],
)
def test_what_is_no_loopback_device_is_named(path, why):
    with pytest.raises(ConfigError, match=f"--camera v4l2:{path}: {why}"):
        open_output("--camera", f"v4l2:{path}", Camera())


@pytest.mark.parametrize(
    ("option", "url"),
    [("--camera", "udp:1.2.3.4:5"), ("--out", "tcp:127.0.0.1"), ("--camera", "v4l2:")],
)
def test_an_output_that_is_none_is_named_with_its_option(option, url):
    with pytest.raises(ConfigError, match=f"{option} {url}: write tcp:HOST:PORT, v4l2:"):
        open_output(option, url, Camera())


def test_a_taken_port_is_named(served):
    port = served.url.rpartition(":")[2]
    with pytest.raises(PortBusy, match=port):
        open_visible("--visible", f"tcp:127.0.0.1:{port}")
    assert visible_url(served) == f"http://127.0.0.1:{port}/"


def test_no_camera_is_a_choice():
    assert open_output("--camera", "none", Camera()) is None
    assert open_visible("--visible", "none") is None
