"""Whole downloads from virtual units on pseudo terminals: every fault, every way to end."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.files import read_file
from firmware_bridge.handheld import left_behind
from firmware_bridge.handheld.capture import read_capture
from firmware_bridge.handheld.conversation import ChangeBaud, Event, Progress
from firmware_bridge.handheld.download import DownloadResult, at_baud, bring_home, download, find
from firmware_bridge.handheld.left_behind import LeftBehind
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.protocols import PROTOCOLS
from firmware_bridge.tracks import Flaw, UnitIdentity

Plug = Callable[..., Any]
SLOW = DownloadOptions()
UNIT = UnitIdentity("garmin", "7", None, None, 9600)
WAIT_S = 20.0


def docked(plug: Plug, folder: Path, **unit: Any) -> DownloadResult:
    return download(plug(**unit).url, UNIT, SLOW, folder=folder)


def in_numbers(result: DownloadResult) -> tuple[int, int]:
    return result.contents.points, len(result.contents.waypoints)


def notes() -> list[Path]:
    """Of raised rates, on this machine."""
    return list(left_behind.notes_folder().glob("*"))


def told(capture: Path) -> list[Flaw]:
    """What is wrong with it, read as a file of long ago."""
    return list(read_file(capture).flaws)


@pytest.mark.parametrize("model", ["etrex", "gps12", "gps60cx", "venture-hc", "forerunner301"])
def test_every_model_is_read_whole_and_its_capture_says_the_same(
    plug: Plug, tmp_path: Path, model: str
) -> None:
    result = docked(plug, tmp_path, model=model)
    assert result.complaint is None
    assert in_numbers(result) == (60, 3)
    assert result.contents.flaws == []
    capture = read_capture(result.capture_path)
    assert told(result.capture_path) == []
    again = PROTOCOLS["garmin"].decode(capture.records)
    assert (again.points, len(again.waypoints)) == (60, 3)
    assert again.unit is not None
    assert result.contents.unit is not None
    assert again.unit.unit_id == result.contents.unit.unit_id
    for ours, theirs in zip(result.contents.tracks, again.tracks, strict=True):
        for one, other in zip(ours.segments, theirs.segments, strict=True):
            assert one.time_us.tobytes() == other.time_us.tobytes()
            assert one.lat_deg.tobytes() == other.lat_deg.tobytes()


@pytest.mark.parametrize(
    "fault",
    [f"{name}{at}" for name in ("corrupt_byte", "lost_ack", "duplicate") for at in ("@1", "@61")]
    + ["noise_before", "stall", "corrupt_byte", "lost_ack", "duplicate"],
)
def test_faults_that_cost_nothing(plug: Plug, tmp_path: Path, fault: str) -> None:
    result = docked(plug, tmp_path, fault=fault)
    assert result.complaint is None
    assert in_numbers(result) == (60, 3)


def test_a_cable_pulled_in_the_middle_keeps_every_whole_record(plug: Plug, tmp_path: Path) -> None:
    result = docked(plug, tmp_path, fault="unplug@31")
    assert "went away" in str(result.complaint)
    contents = result.contents
    announced, received = contents.announced["track"], contents.received["track"]
    assert (announced, received, contents.lost) == (61, received, 61 - received)
    assert 25 <= contents.points <= 31
    assert contents.points == received - 1, "all but the header are points"


def test_a_unit_that_restarts_is_asked_again(plug: Plug, tmp_path: Path) -> None:
    result = docked(plug, tmp_path, fault="reboot@31")
    assert result.complaint is None
    assert in_numbers(result) == (60, 3)


def test_the_clock_s_offset_is_measured(plug: Plug, tmp_path: Path) -> None:
    right = docked(plug, tmp_path).contents.unit
    wrong = docked(plug, tmp_path, fault="clock_1024_weeks").contents.unit
    assert right is not None
    assert wrong is not None
    assert abs(float(right.details["clock_offset_s"])) <= 1.5
    assert float(wrong.details["clock_offset_s"]) == pytest.approx(-1024 * 7 * 86_400, abs=1.5)


def test_the_rate_is_raised_and_returned(plug: Plug, tmp_path: Path) -> None:
    unit = plug(points=200)
    rates: list[int] = []

    def saw(event: Event) -> None:
        if isinstance(event, ChangeBaud):
            rates.append(event.baud)
            assert bool(notes()) or event.baud == 9600

    result = download(unit.url, UNIT, on_event=saw, folder=tmp_path)
    assert rates == [115200, 9600]
    assert (result.complaint, in_numbers(result)) == (None, (200, 3))
    assert (unit.unit.baud, result.left_at_baud) == (9600, None)
    assert notes() == []


def test_a_stop_in_the_middle_brings_the_unit_home(plug: Plug, tmp_path: Path) -> None:
    unit, cancel = plug(points=2000), threading.Event()

    def saw(event: Event) -> None:
        if isinstance(event, Progress) and event.kind == "track" and event.done > 100:
            cancel.set()

    result = download(unit.url, UNIT, on_event=saw, cancel=cancel, folder=tmp_path)
    assert result.complaint == "cancelled before everything was read"
    assert 100 <= result.contents.points < 2000
    assert result.complaint in [flaw.what.split(": ")[-1] for flaw in told(result.capture_path)]
    assert (unit.unit.baud, result.left_at_baud) == (9600, None)


def test_an_error_in_the_middle_brings_the_unit_home(plug: Plug, tmp_path: Path) -> None:
    unit = plug(points=2000)

    def saw(event: Event) -> None:
        if isinstance(event, Progress) and event.kind == "track":
            raise ValueError("the listener's own fault")

    with pytest.raises(ValueError, match="own fault"):
        download(unit.url, UNIT, on_event=saw, folder=tmp_path)
    assert unit.unit.baud == 9600
    assert notes() == []


def test_a_disk_that_fills_up_keeps_what_came_and_brings_the_unit_home(
    plug: Plug, tmp_path: Path
) -> None:
    unit = plug(points=2000)

    def saw(event: Event) -> None:
        if isinstance(event, Progress) and event.kind == "track":
            resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        result = download(unit.url, UNIT, on_event=saw, folder=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert "File too large" in str(result.complaint)
    assert result.contents.announced["track"] == 2001
    assert (unit.unit.baud, result.left_at_baud) == (9600, None)


KILLED = """
import os, signal, sys
from pathlib import Path
from firmware_bridge.handheld.conversation import Progress
from firmware_bridge.handheld.download import download
from firmware_bridge.tracks import UnitIdentity

def saw(event):
    if isinstance(event, Progress) and event.kind == "track" and event.done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

unit = UnitIdentity("garmin", "7", None, None, 9600)
download(sys.argv[1], unit, on_event=saw, folder=Path(sys.argv[2]))
"""


def left_raised(plug: Plug, folder: Path, points_read: int, speedup: float) -> Any:
    """A unit whose download was killed after so many points, so that it speaks 115200."""
    unit = plug(points=2000, speedup=speedup)
    unit.unit.also_understood = ()
    command = [sys.executable, "-c", KILLED, unit.url, str(folder), str(points_read)]
    killed = subprocess.run(command, timeout=WAIT_S, check=False)
    assert killed.returncode == -signal.SIGKILL
    return unit


@pytest.mark.parametrize(("points_read", "speedup"), [(1, 10.0), (300, 1.0)])
def test_after_kill_9_the_next_start_brings_the_unit_home(
    plug: Plug, tmp_path: Path, points_read: int, speedup: float
) -> None:
    unit = left_raised(plug, tmp_path, points_read, speedup)
    (note,) = notes()
    assert json.loads(note.read_text())["raised_baud"] == 115200
    assert unit.unit.baud == 115200
    (capture,) = tmp_path.glob("*.capture")
    assert "the capture ends before the download did" in [flaw.what for flaw in told(capture)]
    salvaged = PROTOCOLS["garmin"].decode(read_capture(capture).records)
    assert salvaged.points > 0, "what came before the kill is on disk"
    assert bring_home(unit.url) is True
    assert unit.unit.baud == 9600
    assert notes() == []
    assert bring_home(unit.url) is None


def test_another_user_who_has_no_note_brings_the_unit_home_too(plug: Plug, tmp_path: Path) -> None:
    unit = left_raised(plug, tmp_path, 300, 1.0)
    (note,) = notes()
    note.unlink()
    assert unit.unit.baud == 115200
    found = find(unit.url)
    assert (found.family, found.unit_id, found.baud) == ("garmin", "3300000001", 9600)
    assert unit.unit.baud == 9600


def test_whoever_names_the_rate_has_the_unit_left_there(plug: Plug) -> None:
    unit = plug(baud=57600)
    unit.unit.also_understood = ()
    assert find(unit.url, baud=57600).baud == 57600
    assert unit.unit.baud == 57600


def test_nobody_there_keeps_the_note(plug: Plug, tmp_path: Path) -> None:
    unit = plug(family="nmea", baud=9600)
    place = unit.url.split(":")[1]
    assert left_behind.can_remember()
    left_behind.remember(LeftBehind(place, "garmin", 115200, 9600))
    assert bring_home(unit.url) is False
    assert left_behind.recall(place) is not None


def test_a_port_is_known_by_each_of_its_names(tmp_path: Path) -> None:
    device, by_id, other = tmp_path / "ttyUSB0", tmp_path / "by-id", tmp_path / "ttyUSB1"
    device.touch()
    by_id.symlink_to(device)
    assert left_behind.can_remember()
    left_behind.remember(LeftBehind(str(by_id), "garmin", 115200, 9600))
    assert left_behind.recall(str(other)) is None
    assert left_behind.recall(str(device)) == left_behind.recall(str(by_id)) is not None
    left_behind.forget(str(device))
    assert notes() == []


def test_no_rate_is_raised_where_no_note_of_it_can_be_kept(plug: Plug, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    unit, rates = plug(), list[Event]()

    def saw(event: Event) -> None:
        rates.extend([event] if isinstance(event, ChangeBaud) else [])

    result = download(unit.url, UNIT, on_event=saw, folder=tmp_path)
    assert (result.complaint, in_numbers(result), rates) == (None, (60, 3), [])


@pytest.mark.parametrize(
    "spoilt",
    [
        "",
        "{",
        "[]",
        '{"port": 1}',
        '{"port":"x","family":"garmin","raised_baud":"a","home_baud":1}',
        '{"port":"x","family":["garmin"],"raised_baud":115200,"home_baud":9600}',
        '{"port":7,"family":"garmin","raised_baud":115200,"home_baud":9600}',
    ],
)
def test_a_spoilt_note_is_taken_away(spoilt: str) -> None:
    assert left_behind.can_remember()
    left_behind.remember(LeftBehind("/dev/x", "garmin", 115200, 9600))
    (note,) = notes()
    note.write_text(spoilt)
    assert left_behind.recall("/dev/x") is None
    assert not note.exists()


@pytest.mark.parametrize(
    ("url", "baud", "changed"),
    [
        ("serial:/dev/ttyUSB0:9600", 115200, "serial:/dev/ttyUSB0:115200"),
        (
            "serial:/dev/serial/by-path/pci-0:1:9600",
            4800,
            "serial:/dev/serial/by-path/pci-0:1:4800",
        ),
        ("serial:/dev/ttyUSB0:9600", None, "serial:/dev/ttyUSB0:9600"),
        ("tcp:10.0.0.7:4001", 115200, "tcp:10.0.0.7:4001"),
    ],
)
def test_rates_in_urls(url: str, baud: int | None, changed: str) -> None:
    assert at_baud(url, baud) == changed


def test_the_capture_s_hash_is_that_of_the_file(plug: Plug, tmp_path: Path) -> None:
    result = docked(plug, tmp_path, points=5)
    told = subprocess.run(
        ["sha256sum", "--check", f"{result.capture_path.name}.sha256"],
        cwd=tmp_path, capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"},
    )  # fmt: skip
    assert told.returncode == 0, told.stdout
