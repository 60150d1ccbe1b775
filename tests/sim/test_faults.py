"""Faults of a scenario file, as the clients on the ports feel them."""

import socket
import time
from itertools import pairwise
from pathlib import Path

from pymavlink import mavutil

from tests.sim.stream_reader import connect, read_record

DEADLINE_S = 20.0


def scenario_file(folder: Path, *faults: str) -> str:
    path = folder / "trouble.toml"
    path.write_text("".join(f"[[fault]]\n{fault}\n" for fault in faults))
    return str(path)


def read_until_closed(url: str) -> int:
    """Frames before the other end hung up."""
    count = 0
    with connect(url) as end:
        try:
            while read_record(end):
                count += 1
        except (EOFError, ConnectionError):
            return count
    raise AssertionError("unreachable")


def test_an_unplugged_camera_hangs_up_and_comes_back(simulator, tmp_path):
    trouble = scenario_file(tmp_path, 'kind = "camera_unplug"\nat_s = 4.0\nduration_s = 2.0')
    url = simulator(trouble, "--speedup", "4")["camera"]
    assert read_until_closed(url) > 0
    end_s, refused = time.monotonic() + DEADLINE_S, 0
    while time.monotonic() < end_s:
        try:
            with connect(url) as end:
                header, _ = read_record(end)
                break
        except (EOFError, ConnectionError):
            refused += 1
    assert refused > 0
    assert header["sequence"] >= 6 * 9 - 2


def test_a_frozen_camera_sends_the_same_picture_under_new_numbers(simulator, tmp_path):
    trouble = scenario_file(tmp_path, 'kind = "frozen_camera"\nat_s = 0.5\nduration_s = 600.0')
    with connect(simulator(trouble, "--speedup", "4")["camera"]) as end:
        while True:
            header, pixels = read_record(end)
            following, again = read_record(end)
            if header["sequence"] > 10:
                break
    assert following["sequence"] > header["sequence"]
    assert again == pixels


def test_radio_loss_silences_the_radio_and_not_the_wire(simulator, tmp_path):
    trouble = scenario_file(tmp_path, 'kind = "radio_loss"\nat_s = 1.5\nduration_s = 3.0')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ground = mavutil.mavlink_connection(f"udpin:127.0.0.1:{port}", source_system=255)
    said = simulator(trouble, "--speedup", "4", "--listen", f"udpout:127.0.0.1:{port}")
    wire = mavutil.mavlink_connection(said["autopilot"][0], source_system=1, source_component=191)
    stamps = []
    while not stamps or stamps[-1] < 5.5:
        message = ground.recv_match(type="ATTITUDE", blocking=True, timeout=DEADLINE_S)
        assert message is not None
        stamps.append(message.time_boot_ms / 1000 - 90)
    gap = max(b - a for a, b in pairwise(stamps))
    assert 2.5 < gap < 4.5
    beats = []
    while message := wire.recv_match(type="HEARTBEAT", blocking=False):
        beats.append(message)
    assert len(beats) >= 5, "one a second, all through"
    ground.close()
    wire.close()
