"""`kedrovka-ground decode` as a person or a script meets it."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from groundstation.dock import decode_command

GPX = (
    b'<gpx><wpt lat="1" lon="2"><name>A</name></wpt><trk><trkseg>'
    b'<trkpt lat="1" lon="2"><time>2026-07-20T09:11:32.250Z</time></trkpt>'
    b'<trkpt lat="1" lon="2"/></trkseg><trkseg>'
    b'<trkpt lat="1" lon="2"><time>2026-07-20T09:12:00Z</time></trkpt></trkseg></trk></gpx>'
)


def decode(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    decode_command.add(parser.add_subparsers(required=True))
    options = parser.parse_args(["decode", *map(str, arguments)])
    code: int = options.run(options)
    return code


def test_a_whole_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.gpx"
    path.write_bytes(GPX)
    assert decode(path, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "format": "gpx",
        "unit_id": None,
        "tracks": 1,
        "segments": 2,
        "points": 3,
        "waypoints": 1,
        "first": "2026-07-20T09:11:32.250Z",
        "last": "2026-07-20T09:12:00Z",
        "problems": [],
    }


def test_a_cut_file_exits_with_3_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.gpx"
    path.write_bytes(GPX[:-60])
    assert decode(path, "--json") == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["points"], told["waypoints"]) == (2, 1)
    assert told["problems"][0]["offset"] == GPX.rindex(b"<trkpt")
    assert told["problems"][0]["what"]


@pytest.mark.parametrize("data", [b"", bytes(5000), b"\xff\xd8 a photo", b"<gpx><trkpt lat="])
def test_nothing_readable_exits_with_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    path = tmp_path / "a.gpx"
    path.write_bytes(data)
    assert decode(path, "--json") == 4
    told = json.loads(capsys.readouterr().out)
    assert told["points"] == 0
    assert told["problems"]


def test_an_absent_file_exits_with_4_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decode(tmp_path / "absent.gpx", "--json") == 4
    printed = capsys.readouterr()
    assert "absent.gpx" in printed.err
    assert "absent.gpx" in json.loads(printed.out)["problems"][0]["what"]


def test_what_was_repaired_is_a_problem_and_no_loss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.gpx"
    path.write_bytes(b'<gpx><wpt lat="1" lon="2"><time>2026-07-20T10:00:00</time></wpt></gpx>')
    assert decode(path, "--json") == 0
    assert "without a zone" in json.loads(capsys.readouterr().out)["problems"][0]["what"]


def test_people_get_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.gpx"
    path.write_bytes(GPX[:-60])
    assert decode(path) == 3
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["points", "2"] for line in lines)
    assert any("not whole" in line for line in lines)


EXPECTED: dict[str, dict[str, Any]] = {
    "qmapshack__gpx_ext_GarminTPX1_gpxtpx.gpx": {"points": 8, "problems": []},
    "gpxpy__cerknicko-jezero.gpx": {"points": 296, "tracks": 8, "segments": 7, "waypoints": 7},
    "gpsbabel__fit-sample.fit": {
        "points": 533,
        "waypoints": 7,
        "first": "2011-05-02T08:30:54Z",
        "last": "2011-05-02T09:17:44Z",
        "problems": [],
    },
    "gpsbabel__nmeadate.nmea": {"points": 6, "first": "1998-08-07T03:29:08.379Z"},
    "gpsbabel__nmea.nmea": {
        "points": 154,
        "first": "2004-08-07T03:29:08.379Z",
        "last": "2004-08-07T03:31:41.370Z",
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_real_files(shared: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    decode(shared / "data/gps" / name, "--json")
    told = json.loads(capsys.readouterr().out)
    assert {key: told[key] for key in EXPECTED[name]} == EXPECTED[name]
