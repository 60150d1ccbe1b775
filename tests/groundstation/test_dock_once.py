"""`kedrovka-ground dock once` against virtual units: outcome, exit code, capture."""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from groundstation.dock import once_command
from groundstation.dock.once_command import port_url
from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import fault_named
from sim.handhelds.pace import Wire
from sim.handhelds.unit import VirtualUnit
from tests.groundstation.conftest import wait_for


def once(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    once_command.add(parser.add_subparsers())
    options = parser.parse_args(["once", *arguments])
    code: int = options.run(options)
    return code


@contextmanager
def plugged(link: Path, fault: str, points: int, speedup: float) -> Iterator[VirtualUnit]:
    """A virtual eTrex on a port."""
    wanted = Wanted("etrex", points, 2, 9600, fault_named(fault), 1)
    unit, stop = FAMILIES["garmin"].build(wanted), threading.Event()
    wire = Wire(unit, link, speedup)
    thread = threading.Thread(target=wire.run, args=(stop,))
    thread.start()
    try:
        yield unit
    finally:
        stop.set()
        thread.join(timeout=10.0)
        wire.close()


@pytest.fixture(params=["none"])
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Of a virtual eTrex with the fault of the parameter."""
    link = tmp_path / "unit"
    with plugged(link, request.param, points=40, speedup=10.0):
        yield link


def test_a_whole_download_is_told_as_json(
    port: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert once("--port", str(port), "--json", "--out", str(out)) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["unit_id"], told["points"], told["waypoints"]) == ("3300000001", 40, 2)
    assert told["announced"] == told["received"] == {"track": 41, "waypoint": 2}
    assert (told["complaint"], told["problems"]) == (None, [])
    assert Path(told["capture"]).parent == out
    assert Path(told["capture"]).is_file()


@pytest.mark.parametrize("port", ["unplug@21"], indirect=True)
def test_a_pulled_cable_is_exit_3_with_the_counts(
    port: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"serial:{port}:9600"
    assert once("--port", url, "--baud", "9600", "--out", str(tmp_path)) == 3
    told = capsys.readouterr().out
    assert "of 41 announced records" in told
    assert "INCOMPLETE" in told
    assert "announced records missing" in told


def test_after_kill_9_another_folder_still_finds_the_unit_at_its_raised_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    link, before, after = (tmp_path / name for name in ("unit", "before", "after"))
    command = [sys.executable, "-m", "groundstation.cli", "dock", "once", "--port", str(link)]
    with plugged(link, "none", points=1500, speedup=1.0) as unit:
        unit.also_understood = ()
        with subprocess.Popen([*command, "--out", str(before)]) as killed:
            wait_for(lambda: unit.bulk_sent > 20, "the track at the raised rate")
            os.kill(killed.pid, signal.SIGKILL)
        assert unit.baud == 115200
        assert once("--port", str(link), "--out", str(after)) == 0
        assert unit.baud == 9600
    assert len(list(after.glob("*.capture"))) == 1
    assert list((tmp_path / "state").rglob("*.json")) == []


def test_nobody_there_is_exit_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert once("--port", "/dev/nothing-here", "--json", "--out", str(tmp_path)) == 4
    told = json.loads(capsys.readouterr().out)
    assert "no such device" in told["complaint"]
    assert (told["announced"], told["received"], told["points"]) == ({}, {}, 0)


@pytest.mark.parametrize("baud", ["0", "-5"])
def test_a_wrong_rate_is_exit_2(
    baud: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert once("--port", "/dev/ttyUSB0", "--baud", baud, "--out", str(tmp_path)) == 2
    assert f"--baud {baud}" in capsys.readouterr().err


def test_a_wrong_url_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert once("--port", "carrier-pigeon", "--out", str(tmp_path)) == 2
    assert "must begin with" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "baud", "url"),
    [
        ("/dev/ttyUSB0", None, "serial:/dev/ttyUSB0:9600"),
        ("/dev/ttyUSB0", 4800, "serial:/dev/ttyUSB0:4800"),
        ("serial:/dev/ttyUSB0", None, "serial:/dev/ttyUSB0:9600"),
        ("dev/../unit", None, f"serial:{Path.cwd()}/dev/../unit:9600"),
        ("serial:/dev/ttyUSB0:38400", None, "serial:/dev/ttyUSB0:38400"),
        ("serial:/dev/ttyUSB0:38400", 4800, "serial:/dev/ttyUSB0:4800"),
        ("tcp:10.0.0.7:4001", None, "tcp:10.0.0.7:4001"),
    ],
)
def test_ports_as_people_write_them(given: str, baud: int | None, url: str) -> None:
    assert port_url(given, baud) == url
