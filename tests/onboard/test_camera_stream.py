"""The frame stream: literal bytes, garbage, real sockets, and the camera's clock on ours."""

import json
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import CameraError
from onboard.camera import CameraOptions, Ffc, Radiometry, open_camera
from onboard.camera.clock import CameraClock
from onboard.camera.stream_parser import MAX_HEADER, MAX_PAYLOAD, FrameStreamParser

HEADER = {
    "sequence": 7,
    "camera_time_ns": 5_000_000_000,
    "exposure_ns": 10_000_000,
    "width": 3,
    "height": 2,
    "dtype": "uint16",
    "radiometry": "centikelvin",
    "saturation": 45985,
    "ffc": "imminent",
    "camera": "Lepton 3.5 no 42",
}
PAYLOAD = bytes([0x0F, 0x73, 0x10, 0x73, 0x11, 0x73, 0x12, 0x73, 0x13, 0x73, 0xA1, 0xB3])


def record(header: object = HEADER, payload: bytes = PAYLOAD) -> bytes:
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    body = head + payload
    return (b"KFS1" + struct.pack("<II", len(head), len(payload)) + body) + struct.pack(
        "<I", zlib.crc32(body)
    )


@contextmanager
def serving(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A one-client TCP server on a free port; yields its camera URL."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client, suppress(ConnectionError):
                talk(client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"stream:tcp:127.0.0.1:{server.getsockname()[1]}"
        finally:
            thread.join(5)
            assert not thread.is_alive()


def test_a_literal_record_is_read_field_by_field() -> None:
    head = (
        b'{"sequence":1,"camera_time_ns":2,"exposure_ns":3,"width":2,"height":2,"dtype":"uint8",'
        b'"radiometry":"agc","saturation":null,"ffc":"running","camera":"C \xc3\xa9"}'
    )
    literal = b"KFS1" + b"\x9b\0\0\0" + b"\x04\0\0\0" + head + b"\x01\x02\x03\x04"
    literal += bytes.fromhex("9958f5c1")
    (got,) = FrameStreamParser().feed(literal)
    assert (got.sequence, got.camera_time_ns, got.exposure_ns) == (1, 2, 3)
    assert got.pixels.tolist() == [[1, 2], [3, 4]]
    assert (got.radiometry, got.saturation, got.ffc) == (Radiometry.AGC, None, Ffc.RUNNING)
    assert got.camera == "C é"


def test_sixteen_bit_pixels_are_little_endian() -> None:
    (got,) = FrameStreamParser().feed(record())
    assert got.pixels.tolist() == [[29455, 29456, 29457], [29458, 29459, 45985]]
    assert got.pixels.dtype == np.uint16
    assert got.saturation == 45985.0


def test_bytes_may_come_in_any_portions() -> None:
    parser, data = FrameStreamParser(), record() * 3
    got = [frame for at in range(len(data)) for frame in parser.feed(data[at : at + 1])]
    assert len(got) == 3
    assert parser.bytes_dropped == 0


def test_garbage_between_records_is_skipped_and_counted() -> None:
    parser = FrameStreamParser()
    assert len(parser.feed(b"noise KFS" + record() + b"KFS1" + record() + bytes(100_000))) == 2
    assert parser.bytes_dropped == 9 + 4 + 100_000 - 3  # three may be the start of a magic
    assert len(parser.feed(record())) == 1


def test_a_damaged_record_costs_only_itself() -> None:
    broken = bytearray(record())
    broken[-6] ^= 1
    parser = FrameStreamParser()
    assert len(parser.feed(bytes(broken) + record())) == 1
    assert parser.bytes_dropped == len(broken)
    assert parser.last_error is not None


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("width", 0, "0x2"),
        ("width", 4, "payload is 12 bytes"),
        ("width", 65535, "payload"),
        ("height", "2", "height"),
        ("sequence", -1, "sequence"),
        ("sequence", True, "sequence"),
        ("dtype", "float64", "dtype"),
        ("dtype", [], "dtype"),
        ("radiometry", "celsius", "radiometry"),
        ("saturation", "hot", "saturation"),
        ("ffc", None, "ffc"),
    ],
)
def test_a_header_that_lies_is_named_and_skipped(key: str, value: object, words: str) -> None:
    parser = FrameStreamParser()
    assert len(parser.feed(record({**HEADER, key: value}) + record())) == 1
    assert parser.bad_records == 1
    assert words in str(parser.last_error)


@pytest.mark.parametrize("head", [b"[]", b"{", b"\xff", b"[" * 4000, b"nan"])
def test_a_header_that_is_no_object_is_skipped(head: bytes) -> None:
    parser = FrameStreamParser()
    assert len(parser.feed(record(head) + record())) == 1


def test_sizes_over_the_bound_are_not_waited_for() -> None:
    parser = FrameStreamParser()
    huge = b"KFS1" + struct.pack("<II", MAX_HEADER + 1, 0)
    endless = b"KFS1" + struct.pack("<II", 10, MAX_PAYLOAD + 1)
    assert len(parser.feed(huge + endless + record())) == 1


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(record()), st.just(b"KFS1"))))
def test_no_bytes_break_the_parser(parts: list[bytes]) -> None:
    parser = FrameStreamParser()
    total = sum(len(part) for part in parts)
    frames = sum(len(parser.feed(part)) for part in parts)
    assert frames * len(record()) + parser.bytes_dropped <= total


def test_frames_arrive_over_tcp_on_the_hosts_clock() -> None:
    def talk(client: socket.socket) -> None:
        client.sendall(b"junk" + record())

    clock = iter(float(tick) for tick in range(100, 1000))
    with serving(talk) as url:
        camera = open_camera(url, CameraOptions(now_s=lambda: next(clock) / 100))
        frame = None
        while frame is None:
            frame = camera.read(1.0)
        camera.close()
    assert frame.camera == "Lepton 3.5 no 42"
    assert frame.sequence == 7
    assert 1.0 < frame.time_s < 10.0  # the camera's own 5.005 s has gone
    assert frame.clock_sigma_s >= 0.0058


def test_a_server_that_closes_is_named() -> None:
    with serving(lambda client: client.sendall(record())) as url:
        camera = open_camera(url)
        assert camera.read(5.0) is not None
        with pytest.raises(CameraError, match=f"{url}: .*closed"):
            camera.read(5.0)


def test_a_foreign_server_is_named() -> None:
    with serving(lambda client: client.sendall(b"HTTP/1.1 400 Bad Request\r\n" * 60_000)) as url:
        camera = open_camera(url)
        with pytest.raises(CameraError, match="not a frame stream"):
            camera.read(5.0)
        camera.close()


def test_a_silent_server_gives_none_and_then_an_error() -> None:
    done = threading.Event()
    with serving(lambda client: (done.wait(5), None)[1]) as url:
        camera = open_camera(url, CameraOptions(read_timeout_s=0.05))
        assert camera.read(0.001) is None
        with pytest.raises(CameraError, match="silent for"):
            camera.read(0.1)
        camera.close()
        done.set()


def test_nobody_listening_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(CameraError, match=f"127.0.0.1:{port}: cannot connect"):
        open_camera(f"stream:tcp:127.0.0.1:{port}")


@pytest.mark.parametrize(
    "url", ["stream:udp:h:1", "stream:tcp:h", "stream:tcp::5", "stream:tcp:h:70000"]
)
def test_a_malformed_stream_url_is_named(url: str) -> None:
    with pytest.raises(CameraError, match="stream:tcp:HOST:PORT"):
        open_camera(url)


def test_the_least_delay_wins_and_sigma_covers_the_truth() -> None:
    random, clock = np.random.default_rng(3), CameraClock()
    true_offset_s, errors = 1234.5, []
    for count in range(900):
        camera_s = count / 9.0
        true_now_s = true_offset_s + 50e-6 * camera_s  # a crystal 50 ppm off
        delay_s = 0.002 + random.exponential(0.015) + (0.4 if count % 40 == 0 else 0.0)
        offset_s, sigma_s = clock.offset(camera_s, camera_s + true_now_s + delay_s)
        if count > 20:
            errors.append((offset_s - true_now_s, sigma_s))
    assert max(abs(error) for error, _ in errors) < 0.012
    assert np.mean([abs(error) <= 2 * sigma for error, sigma in errors]) > 0.95
    assert np.mean([sigma for _, sigma in errors]) < 0.012
    assert clock.resets == 0


@pytest.mark.parametrize("jump_s", [-4.0, 30.0])
def test_a_camera_that_restarts_gets_a_new_offset(jump_s: float) -> None:
    clock = CameraClock()
    for count in range(50):
        clock.offset(5 + count * 0.1, 105 + count * 0.1)
    offset_s, sigma_s = clock.offset(10 + jump_s, 110.0)
    assert offset_s == pytest.approx(100.0 - jump_s)
    assert clock.resets == 1
    assert sigma_s > 0.05  # one sample knows little


def test_exposure_is_taken_at_its_middle() -> None:
    def talk(client: socket.socket) -> None:
        client.sendall(record({**HEADER, "exposure_ns": 2_000_000_000}))

    with serving(talk) as url:
        camera = open_camera(url, CameraOptions(now_s=lambda: 50.0))
        frame = camera.read(5.0)
        camera.close()
    assert frame is not None
    assert frame.time_s == pytest.approx(49.0)  # left at its end, 50 s; middle a second before
