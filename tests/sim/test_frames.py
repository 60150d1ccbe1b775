"""The frame stream, read by a reader of its own that knows only docs/wires.md."""

import struct

import numpy as np
import pytest

from firmware_bridge.errors import ConfigError, PortBusy
from sim.camera.frames import CameraClock, FrameServer
from sim.link import Air, frames, open_link
from sim.tables.trouble import Radio
from tests.sim.stream_reader import DEADLINE_S, connect, read_record


def test_a_foreign_reader_understands_the_frames(patrol):
    with connect(patrol["camera"]) as end:
        records = [read_record(end) for _ in range(6)]
    first, last = records[0][0], records[-1][0]
    assert (first["width"], first["height"], first["dtype"]) == (640, 512, "uint16")
    assert (first["radiometry"], first["saturation"], first["ffc"]) == (
        "centikelvin",
        46015,
        "idle",
    )
    frames_apart = last["sequence"] - first["sequence"]
    apart_s = (last["camera_time_ns"] - first["camera_time_ns"]) / 1e9
    assert apart_s == pytest.approx(frames_apart / 9, abs=0.01)
    pixels = np.frombuffer(records[-1][1], "<u2").reshape(512, 640)
    assert 270 < np.median(pixels) / 100 < 310


def test_a_slow_client_skips_and_others_do_not_wait():
    server = FrameServer("127.0.0.1", 0)
    url = server.url
    with connect(url) as slow, connect(url) as quick:
        quick.settimeout(0.02)
        last = b""
        for i in range(400):
            server.publish(struct.pack("<I", i) * 50_000)
            try:
                last = quick.recv(1 << 20) or last
            except TimeoutError:
                continue
        quick.settimeout(DEADLINE_S)
        while not last.endswith(struct.pack("<I", 399)):
            last = last[-3:] + quick.recv(1 << 20)
        received = slow.recv(1 << 16)
        assert received, "the slow one is still connected"
    server.close()


def test_pulling_the_plug_ends_the_stream_and_refuses_until_it_is_back():
    server = FrameServer("127.0.0.1", 0)
    url = server.url
    with connect(url) as end:
        server.set_plugged(False)
        assert end.recv(10) == b""
    with connect(url) as end:
        assert end.recv(10) == b""
    server.set_plugged(True)
    with connect(url) as end:
        for _ in range(200):
            server.publish(b"frame")
            end.settimeout(0.05)
            try:
                assert end.recv(5) == b"frame"
                break
            except TimeoutError:
                continue
        else:
            pytest.fail("no frame after the plug was back")
    server.close()


def test_the_camera_clock_has_its_own_zero_and_rate():
    clock = CameraClock(offset_s=100.0, drift_ppm=50.0)
    assert clock.ns(0.0) == 100_000_000_000
    assert clock.ns(1000.0) == 1_100_050_000_000
    assert clock.ns(0.0, jump_s=3600.0) == 3_700_000_000_000


def test_a_radio_carries_its_rate_loses_its_share_and_is_late():
    frame = b"\xfd\x00\x00\x00\x00\x01\x01\x00\x00\x00\xaa\xbb"
    air = Air(Radio(bits_per_s=9600, latency_s=0.5), seed=1)
    carried = 0
    for step in range(2000):
        now_s = step * 0.005
        air.send(frame * 3, now_s)
        arrived = b"".join(air.arrived(now_s))
        assert not (arrived and now_s < 0.5)
        carried += len(arrived)
    assert carried == pytest.approx(960 * 9.5, rel=0.1)
    lossy = Air(Radio(loss=0.3), seed=1)
    lossy.send(frame * 1000, 0.0)
    kept = 0
    while batch := lossy.arrived(1.0):
        kept += len(batch)
    assert kept == pytest.approx(700, abs=60)


def test_frames_are_cut_where_they_end():
    v2, v1 = b"\xfd\x02\x00" + bytes(11), b"\xfe\x01" + bytes(7)
    signed = b"\xfd\x00\x01" + bytes(22)
    assert frames(v2 + v1 + signed + b"boot text") == [v2, v1, signed, b"boot text"]


def test_a_host_nobody_knows_is_named():
    with pytest.raises(ConfigError, match=r"udpout:no-such-host\.invalid:14550"):
        open_link("udpout:no-such-host.invalid:14550")


def test_a_pseudo_terminal_takes_the_place_of_an_older_one_and_of_nothing_else(tmp_path):
    link = tmp_path / "autopilot"
    for _ in range(2):
        open_link(f"pty:{link}").close()
        link.symlink_to("/dev/pts/4711")
    link.unlink()
    link.symlink_to("/dev/null")
    with pytest.raises(PortBusy, match=str(link)):
        open_link(f"pty:{link}")
    assert str(link.readlink()) == "/dev/null"


@pytest.mark.parametrize("url", ["tcp:127.0.0.1", "udp:127.0.0.1:1", "tcp::5", "tcp:h:70000"])
def test_a_bad_listen_url_is_named(url):
    with pytest.raises(ConfigError, match=url):
        open_link(url)
