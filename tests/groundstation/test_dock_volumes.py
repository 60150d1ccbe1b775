"""Units that are a disk: copied before they are read, bounded, and nothing lost when one goes."""

import gc
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.files import read_file
from firmware_bridge.handheld.conversation import Event, Progress
from firmware_bridge.handheld.mass_storage import FoundUnit
from firmware_bridge.tracks import UnitIdentity
from groundstation.dock import volumes
from groundstation.dock.disk import OverQuota
from groundstation.dock.recovery import recovered
from sim.handhelds import units, volume

GB = 1_000_000_000


def made(folder: Path, points: int = 500, waypoints: int = 3, seed: int = 7) -> Path:
    volume.write_volume(folder, units.scripted(points, waypoints, seed))
    return folder


def read(
    at: Path, captures: Path, on_event: Callable[[Event], None] = lambda _: None, quota: int = GB
) -> Any:
    (came,) = volumes.read_volume(at, captures, quota, on_event, threading.Event())
    return came


def test_archive_holds_the_files_byte_by_byte_and_gives_the_same_once_more(tmp_path: Path) -> None:
    at = made(tmp_path / "GARMIN")
    came = read(at, tmp_path / "captures")
    path = tmp_path / "captures" / came.capture
    with tarfile.open(path) as archive:
        held = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]
    there = {str(f.relative_to(at)): f.read_bytes() for f in at.rglob("*") if f.is_file()}
    assert held == there
    assert came.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    again = recovered(path)
    assert again is not None
    assert again.unit.unit_id == came.unit.unit_id == "3400000001"
    assert (again.contents.points, came.contents.points) == (500, 500)
    assert sorted(p.suffix for p in (tmp_path / "captures").iterdir()) == [".sha256", ".tar"]


def test_volume_pulled_out_while_it_is_copied_keeps_what_came(tmp_path: Path) -> None:
    at = made(tmp_path / "GARMIN")
    files = sorted(at.rglob("*.gpx"))
    first = read_file(files[0])

    def pull(event: Event) -> None:
        if isinstance(event, Progress) and event.kind == "byte" and event.done > 20_000:
            shutil.rmtree(at, ignore_errors=True)

    came = read(at, tmp_path / "captures", pull)
    assert came.contents.points == first.points > 0
    assert came.contents.lost == len(files) - 1 > 0
    assert "No such file" in came.complaint
    assert not at.exists()


def test_file_that_ends_before_its_size_is_kept_as_far_as_it_came(tmp_path: Path) -> None:
    source = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if not source.exists():
        pytest.skip("no file here that is shorter than it says")
    unit = UnitIdentity("storage", None, None, None)
    found = FoundUnit(unit, source.parent, [source], [], None)
    path = tmp_path / "a.tar"
    broken = volumes._archive(found, path, 4096, lambda _: None, threading.Event())
    data = source.read_bytes()
    assert broken == {"enabled": f"{len(data)} of 4096 bytes read"}
    with tarfile.open(path) as archive:
        assert archive.extractfile("enabled").read() == data  # type: ignore[union-attr]
    contents = volumes.contents_of(path, found, lambda _: None, broken)
    assert contents.lost == 1


def test_copy_of_a_station_that_was_killed_gives_its_whole_files(tmp_path: Path) -> None:
    at = made(tmp_path / "GARMIN", 5000)
    dying = """if True:
        import os, sys, threading
        from pathlib import Path
        from groundstation.dock import volumes
        left = [3]
        def die(event):
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)  # nothing is flushed any more
        at, captures = map(Path, sys.argv[1:])
        volumes.read_volume(at, captures, 10**9, die, threading.Event())
    """
    captures = tmp_path / "captures"
    killed = subprocess.run([sys.executable, "-c", dying, str(at), str(captures)], check=False)
    assert killed.returncode == 9
    (path,) = captures.iterdir()
    came = recovered(path)
    assert came is not None
    assert (came.unit.unit_id, came.unit.family) == ("3400000001", "storage")
    assert (came.contents.points, len(came.contents.waypoints)) == (5000, 0)  # the first file
    assert "ended before" in (came.complaint or "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_disk_that_fills_up_while_a_volume_is_copied_leaves_no_half_copy(tmp_path: Path) -> None:
    at = made(tmp_path / "GARMIN", 5000)
    small = tmp_path / "small"
    small.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=90m", "none", str(small)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount a disk")

    def fill(event: Event) -> None:
        with suppress(OSError), (small / "ballast").open("ab", buffering=0) as file:
            while isinstance(event, Progress):
                file.write(bytes(100_000))

    try:
        with pytest.raises(OSError, match="No space left"):
            read(at, small / "captures", fill)
        assert list((small / "captures").iterdir()) == []
        (small / "ballast").unlink()
        assert read(at, small / "captures").contents.points == 5000
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False)


def test_volume_that_does_not_fit_is_not_begun(tmp_path: Path) -> None:
    at = made(tmp_path / "CARD")
    with (at / "Garmin/GPX/long.gpx").open("wb") as file:
        file.truncate(3_000_000)
    with pytest.raises(OverQuota, match="7 MB needed, 4 MB left"):  # the longest lies there twice
        read(at, tmp_path / "captures", quota=4_000_000)
    for number in range(shutil.disk_usage(tmp_path).free // volumes.MAX_BYTES + 1):
        with (at / f"Garmin/GPX/{number}.gpx").open("wb") as file:
            file.truncate(volumes.MAX_BYTES)  # sparse
    with pytest.raises(OSError, match="MB free"):
        read(at, tmp_path / "captures", quota=10**18)
    assert list((tmp_path / "captures").iterdir()) == []


def test_a_hundred_thousand_points_and_waypoints_stop_nobody_else(
    run_station: Callable[..., Any], tmp_path: Path, wait: Callable[..., Any]
) -> None:
    """A full collection of so many objects stops every thread for half a second."""
    made(tmp_path / "made", 100_000, 20_000)
    (tmp_path / "media").mkdir()
    station = run_station(dock={"volumes": [tmp_path / "media"], "ports": []})
    wait(station.station.dock.at_rest, "the start")
    full: list[str] = []

    def watch(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            full.append(phase)

    gc.callbacks.append(watch)
    try:
        (tmp_path / "made").rename(tmp_path / "media" / "GARMIN")
        line = wait(station.ended("GARMIN"), "the storing", 120.0)
    finally:
        gc.callbacks.remove(watch)
    assert full == []
    values = line["said"]["values"]
    assert (values["new"], values["new_waypoints"]) == (100_000, 20_000)
    (track, *_) = sorted(station.client.get("/api/v1/tracks").json(), key=lambda t: -t["points"])
    columns = station.client.get(f"/api/v1/tracks/{track['track']}").json()["segments"]
    lengths = {name: sum(len(s[name]) for s in columns) for name in ("time_ms", "lat_deg", "marks")}
    assert set(lengths.values()) == {track["points"]}
    form = {"form": "geojson"}
    feature = station.client.get(f"/api/v1/tracks/{track['track']}", params=form).json()
    lines = feature["geometry"]["coordinates"]
    assert [len(line) for line in lines] == [len(t) for t in feature["properties"]["coordTimes"]]
    flat = [place[1] for line in lines for place in line]
    assert flat == [lat for s in columns for lat in s["lat_deg"] if lat is not None]


def test_volume_over_the_quota_says_so_and_is_read_when_there_is_room(
    run_station: Callable[..., Any], tmp_path: Path, wait: Callable[..., Any]
) -> None:
    at = made(tmp_path / "made")
    (at / "Garmin/GPX/long.gpx").write_bytes(b"<gpx>" + b" " * 2_000_000 + b"</gpx>")
    (tmp_path / "media").mkdir()
    at.rename(tmp_path / "media" / "GARMIN")
    station = run_station(dock={"volumes": [tmp_path / "media"], "captures_quota_mb": 3})
    line = wait(station.ended("GARMIN"), "the refusal")
    assert (line["phase"], line["said"]["code"]) == ("failed", "over_quota")
    assert line["said"]["values"] == {"wanted_mb": 5, "room_mb": 3}
    (tmp_path / "media/GARMIN/Garmin/GPX/long.gpx").unlink()
    assert station.client.post("/api/v1/dock/again", json={"place": line["place"]}).is_success
    line = wait(station.ended("GARMIN", "done"), "the second try")
    assert line["result"]["new_points"] == 500


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk")
def test_disk_without_tracks_is_called_that(
    run_station: Callable[..., Any], tmp_path: Path, wait: Callable[..., Any]
) -> None:
    stick = tmp_path / "media" / "STICK"
    stick.mkdir(parents=True)
    mounting = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(stick)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount a disk")
    try:
        (stick / "letter.txt").write_text("no track")
        station = run_station(dock={"volumes": [tmp_path / "media"]})
        line = wait(station.ended("STICK"), "the outcome")
        assert (line["phase"], line["said"]["code"]) == ("failed", "no_files")
    finally:
        subprocess.run(["umount", "-l", str(stick)], check=False)
