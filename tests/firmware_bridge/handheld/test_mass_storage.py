"""Volumes as folders: the unit by its number, every file, nothing written, nothing left out."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.files import FileUnreadable
from firmware_bridge.handheld.mass_storage import find_units, read_files, read_volume

DEVICE = """<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<Device xmlns="http://www.garmin.com/xmlschemas/GarminDevice/v2">
 <Model><PartNumber>006-B1325-00</PartNumber><SoftwareVersion>460</SoftwareVersion>
 <Description>eTrex 30</Description></Model>
 <Id>3861234567</Id>
 <MassStorageMode>
  <DataType><Name>GPSData</Name>
   <File><Location><Path>GPX</Path><FileExtension>GPX</FileExtension></Location>
    <TransferDirection>InputToUnit</TransferDirection></File>
   <File><Location><Path>{path}</Path><FileExtension>GPX</FileExtension></Location>
    <TransferDirection>OutputFromUnit</TransferDirection></File>
  </DataType>
 </MassStorageMode>
</Device>
"""


def gpx(name: str) -> bytes:
    return (
        f"<gpx><trk><name>{name}</name><trkseg>"
        '<trkpt lat="44.5" lon="131.25"/><trkpt lat="44.6" lon="131.25"/>'
        "</trkseg></trk></gpx>"
    ).encode()


def make(volume: Path, path: str = "Garmin/GPX", device: str = "Garmin/GarminDevice.xml") -> Path:
    for name, data in {
        device: DEVICE.format(path=path).encode(),
        "Garmin/GPX/Current/Current.gpx": gpx("current"),
        "Garmin/GPX/Archive/2026-07-19.gpx": gpx("old"),
        "Garmin/GPX/Waypoints_20-JUL-26.gpx": b'<gpx><wpt lat="1" lon="2"/></gpx>',
        "Garmin/GPX/Current/.Current.gpx": b"left behind by a desktop",
        "Garmin/Startup.txt": b"not ours",
        "Garmin/Activities/broken.fit": b"\x0e\x20\0\0\x10\0\0\0.FIT\0\0",
    }.items():
        (volume / name).parent.mkdir(parents=True, exist_ok=True)
        (volume / name).write_bytes(data)
    return volume


def everything(volume: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in volume.rglob("*")
        if path.is_file()
    }


def test_a_unit_is_known_by_its_number_and_all_its_files_are_read(tmp_path: Path) -> None:
    volume = make(tmp_path / "GARMIN")
    before = everything(volume)
    ((unit, files),) = read_volume(volume)
    assert (unit.family, unit.unit_id, unit.model, unit.firmware) == (
        "storage",
        "3861234567",
        "eTrex 30",
        "4.60",
    )
    assert {str(path.relative_to(volume)): contents.points for path, contents in files.items()} == {
        "Garmin/Activities/broken.fit": 0,
        "Garmin/GPX/Archive/2026-07-19.gpx": 2,
        "Garmin/GPX/Current/Current.gpx": 2,
        "Garmin/GPX/Waypoints_20-JUL-26.gpx": 0,
    }
    assert files[volume / "Garmin/Activities/broken.fit"].flaws
    assert everything(volume) == before


def test_a_read_only_volume_is_enough(tmp_path: Path) -> None:
    volume = make(tmp_path / "GARMIN")
    folders = [volume, *(path for path in volume.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        ((_, files),) = read_volume(volume)
        assert sum(contents.points for contents in files.values()) == 4
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_the_folder_the_unit_names_is_read(tmp_path: Path) -> None:
    volume = make(tmp_path / "GARMIN", path="Tracks/Own")
    (volume / "tracks/own").mkdir(parents=True)
    (volume / "tracks/own/a.GPX").write_bytes(gpx("own"))
    ((_, files),) = read_volume(volume)
    assert files[volume / "tracks/own/a.GPX"].points == 2


@pytest.mark.parametrize("path", ["../outside", "/outside", "GPX/../../outside", "link"])
def test_a_path_out_of_the_volume_is_not_followed(tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.gpx").write_bytes(gpx("secret"))
    volume = make(tmp_path / "GARMIN", path=path)
    (volume / "link").symlink_to(outside)
    (volume / "Garmin/GPX/more.gpx").symlink_to(outside / "secret.gpx")
    ((_, files),) = read_volume(volume)
    assert [file for file in files if "secret" in file.name or "more" in file.name] == []
    assert len(files) == 4


def test_upper_and_lower_case_are_the_same_on_a_card(tmp_path: Path) -> None:
    volume = make(tmp_path / "GARMIN", device="Garmin/GARMINDEVICE.XML")
    (volume / "Garmin/GPX").rename(volume / "Garmin/Gpx")
    (volume / "Garmin").rename(volume / "GARMIN")
    ((unit, files),) = read_volume(volume)
    assert unit.unit_id == "3861234567"
    assert sum(contents.points for contents in files.values()) == 4


def test_a_card_with_nothing_but_tracks_is_an_unnamed_unit(tmp_path: Path) -> None:
    (tmp_path / "raid 7").mkdir()
    (tmp_path / "raid 7/day 1.gpx").write_bytes(gpx("day 1"))
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    ((unit, files),) = read_volume(tmp_path)
    assert (unit.unit_id, unit.details) == (None, {"volume": str(tmp_path)})
    assert [path.name for path in files] == ["day 1.gpx"]


def test_a_volume_without_tracks_and_unit_is_nothing_to_us(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    assert read_volume(tmp_path) == []


def test_two_units_with_one_number_stay_two(tmp_path: Path) -> None:
    first = make(tmp_path / "GARMIN")
    second = make(tmp_path / "GARMIN1")
    ((one, _),) = read_volume(first)
    ((other, _),) = read_volume(second)
    assert one.unit_id == other.unit_id
    assert one.details["volume"] != other.details["volume"]


def test_a_volume_pulled_out_while_it_is_read_keeps_what_was_whole(tmp_path: Path) -> None:
    volume = make(tmp_path / "GARMIN")
    (found,) = find_units(volume)
    reading = read_files(found)
    read = [next(reading), next(reading)]
    shutil.rmtree(volume)
    rest = list(reading)
    assert read[1][1].points == 2
    assert len(read) + len(rest) == 4
    for path, contents in rest:
        (flaw,) = contents.flaws
        assert str(path) in flaw.what
        assert f"the volume {volume} is gone" in flaw.what


def test_a_volume_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="absent"):
        find_units(tmp_path / "absent")


def test_a_damaged_device_file_hides_no_track(tmp_path: Path) -> None:
    volume = make(tmp_path / "GARMIN")
    device = volume / "Garmin/GarminDevice.xml"
    device.write_bytes(device.read_bytes()[:240])
    (found,) = find_units(volume)
    assert found.unit.unit_id is None
    assert "unit's number is unknown" in found.flaws[0].what
    assert len(found.files) == 4


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, len(DEVICE)), garbage=st.binary(max_size=40))
def test_any_device_file_is_read_without_an_error(
    cut: int, garbage: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    volume = tmp_path_factory.mktemp("volume")
    (volume / "Garmin").mkdir()
    text = DEVICE.encode()
    (volume / "Garmin/GarminDevice.xml").write_bytes(text[:cut] + garbage + text[cut:])
    (found,) = find_units(volume)
    assert found.unit.unit_id in (None, "3861234567") or garbage


def test_folders_deeper_than_the_bound_are_named(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 12)
    deep.mkdir(parents=True)
    (tmp_path / "a.gpx").write_bytes(gpx("a"))
    (deep / "b.gpx").write_bytes(gpx("b"))
    (found,) = find_units(tmp_path)
    assert [path.name for path in found.files] == ["a.gpx"]
    assert "too deep" in found.flaws[0].what


def test_a_pipe_on_a_volume_is_no_track_file(tmp_path: Path) -> None:
    volume = make(tmp_path)
    before = find_units(volume)[0].files
    os.mkfifo(volume / "Garmin/GPX/pipe.gpx")
    assert find_units(volume)[0].files == before
