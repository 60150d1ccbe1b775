"""Programs nobody here wrote read the virtual units whole: gpsbabel and pygarmin.

gpsbabel's `baud=115200` is no judge here: on a pseudo-terminal most of its runs end with exit code
0 and no points, whatever the unit does; the cause has not been traced.
"""

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from datetime import datetime
from pathlib import Path

import pytest

from tests.sim.handheld_unit import Running, virtual_unit

DEADLINE_S = 60.0
PYGARMIN = Path(sys.executable).parent / "pygarmin"
GPX = "{http://www.topografix.com/GPX/1/0}"
SEMICIRCLE_DEG = 180 / 2**31

needs_gpsbabel = pytest.mark.skipif(
    shutil.which("gpsbabel") is None,
    reason="NOT CHECKED: gpsbabel is not installed (apt-get install gpsbabel)",
)
needs_pygarmin = pytest.mark.skipif(
    not PYGARMIN.exists(), reason="NOT CHECKED: pygarmin is not installed (pip install pygarmin)"
)

Point = tuple[float, float, float | None, int | None]


def gpsbabel(unit: Running, driver: str, folder: Path) -> tuple[list[Point], list[Point]]:
    """(track points, waypoints) as (lat, lon, height, unix_us)."""
    out = folder / "out.gpx"
    command = ["gpsbabel", "-w", "-t", "-i", driver, "-f", str(unit.link)]
    # The MTK driver keeps what it read in the temporary folder and goes on from there.
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(
        [*command, "-o", "gpx", "-F", str(out)],
        env=environment, timeout=DEADLINE_S, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    root = ElementTree.parse(out).getroot()
    return (
        [_gpx_point(p) for p in root.iter(f"{GPX}trkpt")],
        [_gpx_point(p) for p in root.iter(f"{GPX}wpt")],
    )


def _gpx_point(element: ElementTree.Element) -> Point:
    height, stamp = element.findtext(f"{GPX}ele"), element.findtext(f"{GPX}time")
    unix_us = None
    if stamp is not None:
        unix_us = round(datetime.fromisoformat(stamp).timestamp() * 1e6)
    return (
        float(element.attrib["lat"]), float(element.attrib["lon"]),
        None if height is None else float(height), unix_us,
    )  # fmt: skip


def assert_same_places(unit: Running, track: list[Point], places: list[Point]) -> None:
    """Counts, and positions to gpsbabel's nine decimals, in order."""
    assert len(track) == unit.truth["points"] > 0
    for got, (_, lat, lon, _) in zip(track, unit.points, strict=True):
        assert got[:2] == pytest.approx((lat, lon), abs=2e-9)
    assert [p[:2] for p in places] == [
        pytest.approx((w["lat_deg"], w["lon_deg"]), abs=2e-9) for w in unit.truth["waypoints"]
    ]


def assert_same_heights_and_times(unit: Running, track: list[Point]) -> None:
    for (_, _, height, unix_us), (true_us, _, _, alt) in zip(track, unit.points, strict=True):
        assert unix_us == true_us
        # A D300 has no height; gpsbabel writes 0 for it.
        assert height == pytest.approx(0.0 if alt is None else alt, abs=6e-4)


@needs_gpsbabel
@pytest.mark.parametrize("model", ["etrex", "gps12", "gps60cx", "venture-hc", "forerunner301"])
def test_gpsbabel_reads_each_garmin_whole(model: str, tmp_path: Path) -> None:
    options = {"model": model, "points": 60, "waypoints": 9, "speedup": 40}
    with virtual_unit(tmp_path, "garmin", **options) as unit:
        track, places = gpsbabel(unit, "garmin", tmp_path)
    assert_same_places(unit, track, places)
    assert_same_heights_and_times(unit, track)


@needs_gpsbabel
@pytest.mark.parametrize("model", ["bt-q1000", "iblue747"])
def test_gpsbabel_reads_the_mtk_logger_whole(model: str, tmp_path: Path) -> None:
    options = {"model": model, "points": 2500, "waypoints": 7, "speedup": 40}
    with virtual_unit(tmp_path, "mtk", **options) as unit:
        track, places = gpsbabel(unit, "mtk", tmp_path)
    assert_same_places(unit, track, places)
    assert_same_heights_and_times(unit, track)


@needs_gpsbabel
def test_gpsbabel_reads_the_skytraq_logger_whole(tmp_path: Path) -> None:
    with virtual_unit(tmp_path, "skytraq", points=2500, waypoints=4, speedup=40) as unit:
        track, places = gpsbabel(unit, "skytraq", tmp_path)
    assert_same_places(unit, track, places)
    assert_same_heights_and_times(unit, track)


@needs_gpsbabel
def test_gpsbabel_reads_the_magellan_whole(tmp_path: Path) -> None:
    with virtual_unit(tmp_path, "magellan", points=60, waypoints=9, speedup=40) as unit:
        track, places = gpsbabel(unit, "magellan", tmp_path)
    assert_same_places(unit, track, places)
    assert_same_heights_and_times(unit, track)


def pygarmin(unit: Running, *words: str) -> str:
    command = [str(PYGARMIN), "-p", str(unit.link), *words]
    done = subprocess.run(command, timeout=DEADLINE_S, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_pygarmin
@pytest.mark.parametrize("model", ["etrex", "gps60cx"])
def test_pygarmin_reads_the_garmin_whole(model: str, tmp_path: Path) -> None:
    options = {"model": model, "points": 40, "waypoints": 5, "speedup": 40, "unit_id": 3305771777}
    with virtual_unit(tmp_path, "garmin", **options) as unit:
        identity = pygarmin(unit, "unit-id")
        records = json.loads(pygarmin(unit, "get-tracks", "-t", "json"))
        places = json.loads(pygarmin(unit, "get-waypoints", "-t", "json"))
    assert "3305771777" in identity
    assert semicircles(places) == [
        (round(w["lat_deg"] / SEMICIRCLE_DEG), round(w["lon_deg"] / SEMICIRCLE_DEG))
        for w in unit.truth["waypoints"]
    ]
    assert semicircles(records) == [
        (round(lat / SEMICIRCLE_DEG), round(lon / SEMICIRCLE_DEG))
        for _, lat, lon, _ in unit.points
        if lat is not None and lon is not None
    ]


def semicircles(records: object) -> list[tuple[int, int]]:
    """Every position in pygarmin's JSON, in order."""
    if isinstance(records, list):
        return [pair for record in records for pair in semicircles(record)]
    if not isinstance(records, dict):
        return []
    if "posn" in records:
        lat, lon = records["posn"]
        return [(lat, lon)]
    return [pair for value in records.values() for pair in semicircles(value)]
