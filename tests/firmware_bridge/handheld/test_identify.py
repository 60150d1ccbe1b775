"""Who hangs on the port: each family, nobody, and somebody else who holds it."""

import fcntl
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.errors import PortBusy, UnknownDevice
from firmware_bridge.handheld.capture import read_capture
from firmware_bridge.handheld.holders import holders, suspects
from firmware_bridge.handheld.identify import _Search, identify
from firmware_bridge.handheld.protocols import PROTOCOLS

Plug = Callable[..., Any]


@pytest.fixture
def silent() -> Iterator[str]:
    """URL of a port at whose far end nobody is."""
    master, slave = pty.openpty()
    yield f"serial:{os.ttyname(slave)}:9600"
    os.close(slave)
    os.close(master)


@pytest.mark.parametrize(
    ("family", "baud", "model", "within_s"),
    [
        ("garmin", 9600, "eTrex", 3.0),
        ("mtk", 115200, "QST1000", 4.0),
        ("skytraq", 9600, "SkyTraq Venus", 3.0),
        ("magellan", 4800, "Meridian", 5.0),
        ("ublox", 9600, "NEO-M8N-0", 4.0),
        ("ublox", 38400, "NEO-M8N-0", 4.0),
        ("ublox", 115200, "NEO-M8N-0", 5.0),
        ("nmea", 4800, None, 8.0),
    ],
)
def test_each_family_is_known(
    plug: Plug, family: str, baud: int, model: str | None, within_s: float
) -> None:
    plugged = plug(family=family, baud=baud, speedup=1.0)
    before_s = time.monotonic()
    unit = identify(plugged.url.rpartition(":")[0] + ":57600")
    assert (unit.family, unit.baud, unit.model) == (family, baud, model)
    assert time.monotonic() - before_s < within_s


@pytest.mark.parametrize(
    ("family", "baud"),
    [("mtk", 9600), ("mtk", 57600), ("skytraq", 4800), ("ublox", 4800), ("ublox", 57600)],
)
def test_a_unit_set_to_another_usual_rate_is_known(plug: Plug, family: str, baud: int) -> None:
    plugged = plug(family=family, baud=baud, speedup=1.0)
    unit = identify(plugged.url)
    assert (unit.family, unit.baud) == (family, baud)


def test_a_silent_port_is_given_up_in_four_seconds_with_all_families_tried(
    silent: str, tmp_path: Path
) -> None:
    before_s = time.monotonic()
    with pytest.raises(UnknownDevice, match="nothing answers"):
        identify(silent, tmp_path)
    assert time.monotonic() - before_s <= 4.0
    (capture,) = tmp_path.glob("*-identify.capture")
    said = b"".join(record.data for record in read_capture(capture).records)
    rates = {baud for family in PROTOCOLS.values() for baud in family.bauds}
    assert all(b"baud=%d" % baud in said for baud in rates)
    for request in (b"\x10\xfe\x00\x02\x10\x03", b"$PMTK605", b"$PMGNCMD,VERSION", b"\xa0\xa1",
                    b"\xb5\x62"):  # fmt: skip
        assert request in said


def test_one_rate_may_be_named(plug: Plug) -> None:
    plugged = plug(speedup=1.0)
    assert identify(plugged.url, baud=9600).unit_id == "3300000001"


HOLD = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_busy_port_names_its_holder(silent: str) -> None:
    device = silent.split(":")[1]
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, device], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert [number for number, _ in holders(Path(device))] == [holder.pid]
        with pytest.raises(PortBusy, match=rf"held by python\S* \(process {holder.pid}\)"):
            identify(silent)
        holder.communicate()


def test_a_service_that_listens_too_is_named(silent: str, tmp_path: Path) -> None:
    """gpsd's own name is what counts; a copy of the interpreter under that name has it."""
    gpsd = tmp_path / "gpsd"
    gpsd.write_text(f"#!{sys.executable}\n{HOLD.replace('fcntl.flock', 'print')}")
    gpsd.chmod(0o755)
    device = silent.split(":")[1]
    with subprocess.Popen([gpsd, device], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(PortBusy, match=rf"gpsd \(process {holder.pid}\) has it open"):
            identify(silent, families={"garmin": PROTOCOLS["garmin"]}, deadline_s=0.3)
        holder.communicate()


def test_our_own_process_is_no_holder(silent: str) -> None:
    device = Path(silent.split(":")[1])
    descriptor = os.open(device, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert holders(device) == []
    with pytest.raises(PortBusy, match="another program holds it"):
        identify(silent)
    os.close(descriptor)


def process(proc: Path, number: int, name: str) -> None:
    """One whose open files are not ours to see."""
    (proc / str(number)).mkdir(parents=True)
    (proc / str(number) / "comm").write_text(f"{name}\n")


def test_a_service_of_another_user_is_suspected_by_name(tmp_path: Path) -> None:
    process(tmp_path, 812, "gpsd")
    process(tmp_path, 77, "bash")
    process(tmp_path, 90, "ModemManager")
    assert suspects(tmp_path) == [(90, "ModemManager"), (812, "gpsd")]


def test_a_missing_device_is_named() -> None:
    with pytest.raises(UnknownDevice, match="/dev/nothing-here"):
        identify("serial:/dev/nothing-here:9600")
    assert holders(Path("/dev/nothing-here")) == []


class Stale:
    """A port at a wrong rate: nobody is heard, but a sentence of before lies in its buffer."""

    def __init__(self) -> None:
        self._pending = b"$GPRMC,012345.00,A,4330.0000,N,13130.0000,E,0.1,0.0,010526,,,A*5A\r\n" * 3

    def set_baud(self, baud: int) -> None:
        pass

    def read(self, size: int, timeout_s: float) -> bytes:
        data, self._pending = self._pending[:size], b""
        if not data:
            time.sleep(min(timeout_s, 0.01))
        return data

    def write(self, data: bytes, timeout_s: float) -> None:
        pass


def test_what_was_heard_before_the_rate_was_set_makes_nobody_a_talker_at_it() -> None:
    search = _Search(Stale(), {"nmea": PROTOCOLS["nmea"]}, None)  # type: ignore[arg-type]
    assert search.run(0.2, 9600) is None
    assert search.heard_bytes > 0
