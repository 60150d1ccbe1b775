"""What goes wrong at a dock is said in clear words, and nothing that came is lost."""

import contextlib
import os
import signal
import subprocess
import sys
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.files import read_file
from sim.handhelds import units, volume

MIB = 1 << 20


def dock(tmp_path: Path, **more: Any) -> dict[str, Any]:
    return {
        "ports": [str(tmp_path / "ports" / "*")], "volumes": [tmp_path / "media"], **more,
    }  # fmt: skip


def test_volume_is_read_and_docked_again_stores_nothing(
    docking: Any, tmp_path: Path, wait: Callable[..., Any]
) -> None:
    holding = units.scripted(500, 3, 7)
    truth = volume.write_volume(tmp_path / "made", holding)
    (tmp_path / "media").mkdir()
    (tmp_path / "made").rename(tmp_path / "media" / "GARMIN")
    line = wait(docking.ended("GARMIN"), "the volume")
    assert line["said"]["code"] == "stored", line
    assert line["unit"] == "storage-3400000001"
    assert line["said"]["values"]["new"] == 500
    assert line["said"]["values"]["new_waypoints"] == 3
    assert truth
    archive = tmp_path / "data" / "captures" / line["result"]["capture"]
    assert archive.stat().st_size > 10_000
    place = {"place": line["place"]}
    assert docking.client.post("/api/v1/dock/again", json=place).status_code == 204
    line = wait(
        lambda: (li := docking.line("GARMIN")) and li["result"]["known_points"] and li, "again"
    )
    assert (line["result"]["new_points"], line["result"]["known_points"]) == (0, 500)


def test_port_of_our_own_radio_is_never_touched(
    run_station: Callable[..., Any], tmp_path: Path, plug: Callable[..., Any], wait: Any
) -> None:
    radio = tmp_path / "ports" / "radio"
    master, slave = os.openpty()
    tty.setraw(slave)
    radio.symlink_to(os.ttyname(slave))
    links = {"links": [f"serial:{radio}:57600"]}
    station = run_station(dock=dock(tmp_path), radio=links)
    plug("a", "garmin")
    wait(station.ended("a"), "the unit beside it")
    assert station.line("radio") is None
    os.close(master)
    os.close(slave)


def test_silent_port_says_so_and_waits_for_the_unit_to_be_switched_on(
    docking: Any, tmp_path: Path, plug: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    (tmp_path / "ports" / "quiet").symlink_to(os.ttyname(slave))
    line = wait(docking.ended("quiet"), "the silence")
    assert line["phase"] == "failed"
    assert line["said"]["code"] == "silent"
    os.close(master)
    os.close(slave)


def test_unit_that_only_talks_says_so_and_is_read_once_its_interface_is_set(
    docking: Any, tmp_path: Path, plug: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    unit = plug("a", "nmea", speedup=1.0)
    line = wait(docking.ended("a"), "the talker", 30.0)
    assert (line["phase"], line["said"]["code"]) == ("done", "no_memory")
    assert line["said"]["values"] == {"port": line["place"], "baud": unit.unit.baud}
    assert not line["can_clear"]
    assert docking.client.get("/api/v1/tracks").json() == []
    assert list((tmp_path / "data" / "captures").glob("*.capture")) == []
    unit.swap("garmin")  # what switching the interface does
    docking.client.post("/api/v1/dock/again", json={"place": line["place"]})
    wait(lambda: docking.line("a")["result"], "the reading", 60.0)
    line = wait(docking.ended("a", "done"), "the storing")
    assert line["said"]["values"]["new"] == 200


def test_captures_folder_that_cannot_be_written_is_named(
    run_station: Callable[..., Any], tmp_path: Path, plug: Callable[..., Any], wait: Any
) -> None:
    (tmp_path / "occupied").write_text("a file")
    plug("a", "garmin")
    station = run_station(dock=dock(tmp_path, captures=tmp_path / "occupied"))
    line = wait(station.ended("a"), "the refusal")
    assert line["said"]["code"] == "folder"
    assert "occupied" in line["said"]["values"]["complaint"]
    (tmp_path / "occupied").unlink()
    station.client.post("/api/v1/dock/again", json={"place": line["place"]})
    line = wait(station.ended("a", "done"), "the second try")
    assert line["said"]["values"]["new"] == 200


def test_database_that_goes_away_gets_everything_when_it_is_back(
    run_station: Callable[..., Any],
    cluster: Any,
    tmp_path: Path,
    plug: Callable[..., Any],
    wait: Callable[..., Any],
) -> None:
    station = run_station(database=cluster.empty_database(), dock=dock(tmp_path))
    assert station.line("a") is None  # who was let in before goes on seeing the board
    cluster.stop()
    try:
        plug("a", "garmin")

        def waiting() -> Any:
            line = station.line("a")
            return line if line and line["said"] else None

        line = wait(waiting, "the complaint", 40.0)
        assert (line["phase"], line["said"]["code"]) == ("storing", "database_down")
        assert len(list((tmp_path / "data" / "captures").glob("*.capture"))) == 1
    finally:
        cluster.start()
    line = wait(station.ended("a"), "the storing", 40.0)
    assert line["said"]["values"]["new"] == 200


def test_capture_of_a_station_that_was_killed_is_stored_at_the_next_start(
    run_station: Callable[..., Any], tmp_path: Path, plug: Callable[..., Any], wait: Any
) -> None:
    captures = tmp_path / "data" / "captures"
    captures.mkdir(parents=True)
    unit = plug("a", "garmin", points=2000, speedup=5.0)
    command = [sys.executable, "-m", "groundstation.cli", "dock", "once", "--max-baud", "0"]
    command += ["--port", str(tmp_path / "ports" / "a"), "--out", str(captures)]
    reader = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: any(f.stat().st_size > 20_000 for f in captures.glob("*.capture")), "bytes")
    finally:
        reader.send_signal(signal.SIGKILL)
        reader.wait(10)
    unit.pull()
    (capture,) = captures.glob("*.capture")
    whole = read_file(capture).points
    assert 0 < whole < 2000
    station = run_station(dock=dock(tmp_path))
    (stored,) = wait(lambda: station.client.get("/api/v1/tracks").json(), "the recovery")
    assert stored["points"] == whole
    (held,) = station.client.get("/api/v1/units").json()
    detail = station.client.get(f"/api/v1/units/{held['unit']['unit']}").json()
    assert detail["downloads"][0]["capture"] == capture.name
    assert "ended before" in detail["downloads"][0]["complaint"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_disk_that_fills_up_mid_download_is_said_and_nothing_is_lost(
    run_station: Callable[..., Any], tmp_path: Path, plug: Callable[..., Any], wait: Any
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=80m", "none", str(small)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount a small disk")
    try:
        ballast = small / "ballast"
        unit = plug("a", "garmin", points=3000, speedup=3.0)
        station = run_station(dock=dock(tmp_path, captures=small))
        wait(lambda: (((li := station.line("a")) and li["done"]) or 0) > 200, "some points")
        with contextlib.suppress(OSError), ballast.open("wb") as file:
            while True:
                file.write(bytes(MIB))
                file.flush()
        line = wait(station.ended("a", "failed"), "the full disk", 60.0)
        assert line["said"]["code"] == "disk_full", line
        assert line["result"]["lost"] > 0
        ballast.unlink()
        station.client.post("/api/v1/dock/again", json={"place": line["place"]})
        line = wait(station.ended("a", "done"), "the second try", 60.0)
        assert line["said"]["code"] == "stored"
        assert line["result"]["new_points"] + line["result"]["known_points"] == 3000
        unit.pull()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False)
