"""The pseudo-terminal keeps a wire's time, and its link comes and goes."""

import os
import select
import termios
import threading
import time
from pathlib import Path

import pytest

from firmware_bridge.errors import ConfigError
from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import FAULTS, fault_named
from sim.handhelds.pace import Wire
from tests.sim.handheld_unit import virtual_unit

DEADLINE_S = 20.0
SKYTRAQ_READ = bytes.fromhex("a0a100051d000000011c0d0a")
"""One sector of 4096 bytes."""
ANSWER_BYTES = 9 + 4096 + 13 + 6


def opened(link: Path, baud: int) -> int:
    """The port, raw, at a rate."""
    port = os.open(link, os.O_RDWR | os.O_NOCTTY)
    attributes = termios.tcgetattr(port)
    attributes[4] = attributes[5] = getattr(termios, f"B{baud}")
    termios.tcsetattr(port, termios.TCSANOW, attributes)
    return port


def read_exactly(port: int, size: int) -> bytes:
    data, end_s = b"", time.monotonic() + DEADLINE_S
    while len(data) < size:
        ready, _, _ = select.select([port], [], [], end_s - time.monotonic())
        assert ready, f"{len(data)} of {size} bytes"
        data += os.read(port, size - len(data))
    return data


@pytest.mark.parametrize(("baud", "sectors"), [(9600, 1), (115200, 4)])
def test_a_reader_is_as_quick_as_the_wire_and_no_quicker(
    baud: int, sectors: int, tmp_path: Path
) -> None:
    with virtual_unit(tmp_path, "skytraq", points=3000, baud=baud) as unit:
        port = opened(unit.link, baud)
        try:
            start_s = time.monotonic()
            for _ in range(sectors):
                os.write(port, SKYTRAQ_READ)
                read_exactly(port, ANSWER_BYTES)
            took_s = time.monotonic() - start_s
        finally:
            os.close(port)
    wire_s = sectors * (len(SKYTRAQ_READ) + ANSWER_BYTES) * 10 / baud
    assert wire_s <= took_s
    # 1 % is the wire's; the rest is for a test machine that is busy with others.
    assert took_s <= wire_s * 1.01 + 0.1


def test_a_packet_shorter_than_a_step_comes_in_one_piece(tmp_path: Path) -> None:
    """Its acknowledgement, 8 bytes, and the product data, 45, are on their way together."""
    pieces, end_s = [], time.monotonic() + DEADLINE_S
    with virtual_unit(tmp_path, "garmin", baud=115200) as unit:
        port = opened(unit.link, 115200)
        try:
            os.write(port, bytes.fromhex("10fe0002 1003"))
            while len(b"".join(pieces)) < 50:
                ready, _, _ = select.select([port], [], [], end_s - time.monotonic())
                assert ready, pieces
                pieces.append(os.read(port, 4096))
        finally:
            os.close(port)
    assert all(piece.endswith(b"\x10\x03") for piece in pieces), pieces


def test_the_pseudo_terminal_s_own_part_is_measured_before_the_port_is_offered(
    tmp_path: Path,
) -> None:
    wire = Wire(FAMILIES["nmea"].build(wanted()), tmp_path / "gps")
    port = opened(wire.link, 4800)
    try:
        assert 0 < wire.pty_s < 0.02
        ready, _, _ = select.select([port], [], [], 0)
        assert not ready, "nothing of the echo is left for the host"
    finally:
        os.close(port)
        wire.close()


def test_a_host_at_another_rate_gets_nonsense(tmp_path: Path) -> None:
    with virtual_unit(tmp_path, "nmea", model="10hz", baud=9600) as unit:
        port = opened(unit.link, 4800)
        try:
            wrong = read_exactly(port, 200)
        finally:
            os.close(port)
        port = opened(unit.link, 9600)
        try:
            right = read_exactly(port, 1000)
        finally:
            os.close(port)
    assert b"$GPRMC" not in wrong[100:]
    assert b"$GPRMC" in right[-400:]


def wanted(fault: str = "none", model: str = "1hz") -> Wanted:
    return Wanted(model, 10, 0, 4800, FAULTS[fault], seed=1)


def test_a_killed_runs_link_is_taken_over(tmp_path: Path) -> None:
    link = tmp_path / "gps"
    link.symlink_to("/dev/pts/99999")
    wire = Wire(FAMILIES["nmea"].build(wanted()), link)
    assert str(link.readlink()) == wire.device
    wire.close()
    assert not link.is_symlink()


def test_a_link_never_replaces_somebody_elses_file(tmp_path: Path) -> None:
    link = tmp_path / "gps"
    link.write_text("precious")
    with pytest.raises(ConfigError, match="something else is there"):
        Wire(FAMILIES["nmea"].build(wanted()), link)
    assert link.read_text() == "precious"


def test_unplugging_takes_the_port_away(tmp_path: Path) -> None:
    wire = Wire(FAMILIES["nmea"].build(wanted("unplug", "10hz")), tmp_path / "gps", speedup=100)
    thread = threading.Thread(target=wire.run, args=(threading.Event(),))
    thread.start()
    thread.join(DEADLINE_S)
    assert wire.unplugged
    wire.close()


def test_the_same_seed_makes_the_same_unit() -> None:
    truths = [FAMILIES["nmea"].build(wanted()).truth() for _ in range(2)]
    assert truths[0] == truths[1]


@pytest.mark.parametrize("text", ["gremlins", "corrupt_byte@0", "corrupt_byte@x", "no_time@3"])
def test_a_fault_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=text.split("@")[0]):
        fault_named(text)


def test_a_signal_ends_the_unit_and_removes_its_link(tmp_path: Path) -> None:
    with virtual_unit(tmp_path, "garmin") as unit:
        assert unit.link.is_symlink()
    assert not unit.link.is_symlink()
