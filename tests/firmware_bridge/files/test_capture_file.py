"""A raw capture of a unit decodes again, through the family that its header names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.files import read_file
from firmware_bridge.handheld.capture import CaptureWriter, Direction

LINES = [
    b"$GPRMC,032908.379,A,4231.8291,N,08807.3033,W,0.17,138.92,070804,,*12\r\n",
    b"$GPRMC,032909.379,A,4231.8291,N,08807.3034,W,0.18,145.85,070804,,*17\r\n",
    b"$GPRMC,032910.379,A,4231.8292,N,08807.3036,W,0.19,143.25,070804,,*13\r\n",
]


def capture(path: Path, family: str, pieces: Sequence[bytes]) -> Path:
    with CaptureWriter(path, {"family": family, "port": "/dev/ttyUSB0"}, lambda: 0.0) as writer:
        for piece in pieces:
            writer.write(Direction.RECEIVED, piece)
    return path


def test_a_capture_is_decoded_by_its_family(tmp_path: Path) -> None:
    contents = read_file(capture(tmp_path / "a.capture", "nmea", LINES))
    assert (contents.format, contents.points, list(contents.flaws)) == ("nmea", 3, [])


def test_a_unit_that_said_its_number_before_the_download_keeps_it(tmp_path: Path) -> None:
    """As with a family that is asked for its number while it is being identified only."""
    path = tmp_path / "a.capture"
    header = {"family": "nmea", "unit_id": "4711", "model": "Logger", "baud": 4800}
    with CaptureWriter(path, header, lambda: 0.0) as writer:
        writer.write(Direction.RECEIVED, LINES[0])
    unit = read_file(path).unit
    assert unit is not None
    assert (unit.family, unit.unit_id, unit.model, unit.baud) == ("nmea", "4711", "Logger", 4800)


@pytest.mark.parametrize("spoilt", [{"unit_id": 7, "model": []}, {"baud": "fast"}])
def test_a_header_that_says_nonsense_of_the_unit_is_harmless(tmp_path: Path, spoilt: Any) -> None:
    path = tmp_path / "a.capture"
    with CaptureWriter(path, {"family": "nmea", **spoilt}, lambda: 0.0) as writer:
        writer.write(Direction.RECEIVED, LINES[0])
    contents = read_file(path)
    assert contents.points == 1
    assert contents.unit is None or contents.unit.unit_id is None


def test_a_cut_capture_keeps_its_whole_records(tmp_path: Path) -> None:
    path = capture(tmp_path / "a.capture", "nmea", LINES)
    path.write_bytes(path.read_bytes()[:-10])
    contents = read_file(path)
    assert contents.points == 2
    assert "capture file" in contents.flaws[0].what


@pytest.mark.parametrize("family", ["sextant", ""])
def test_a_family_nobody_knows_is_named(tmp_path: Path, family: str) -> None:
    contents = read_file(capture(tmp_path / "a.capture", family, LINES))
    assert contents.points == 0
    assert repr(family) in contents.flaws[0].what
