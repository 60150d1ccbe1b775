"""Which reader a file gets, by what is in it; and media that fail."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.files import READERS, FileUnreadable, read_file, source
from firmware_bridge.files.source import MAX_FLAWS, Flaws, read_bytes

GPX = b'<gpx><wpt lat="1" lon="2"><name>A</name></wpt></gpx>'
RMC = b"$GPRMC,032908.379,A,4231.8291,N,08807.3033,W,0.17,138.92,070804,,*12\r\n"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (GPX, "gpx"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<g:gpx>", "gpx"),
        (GPX.decode().encode("utf-16"), "gpx"),
        (b'<trkpt lat="1" lon="2"/>', "gpx"),
        (RMC, "nmea"),
        (b"# a comment\n" + RMC, "nmea"),
        (b"\x0e\x20\x00\x00\x00\x00\x00\x00.FIT\0\0", "fit"),
        (b"\xb5\x62\x21\x0b\x00\x00", "ublox"),
        (b"$PMGNTRK,4322.061,N,07948.473,W,00116,M,173949.42,A,,020602*67\r\n", "magellan"),
        (b'<kml xmlns:gpxx="u"><trackpoint/></kml>', "unknown"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x01\x00\x48\x00\x48", "unknown"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00\x21\x00\xa5\xd6\xa7\xe7", "unknown"),
        (b"A file about $GPRMC,123519,A and no log", "unknown"),
        (b"", "unknown"),
        (bytes(10_000), "unknown"),
    ],
)
def test_content_decides_not_the_name(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    contents = read_file(path)
    assert contents.format == name
    if name == "unknown":
        assert str(path) in contents.flaws[0].what


def test_a_path_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"absent\.gpx"):
        read_file(tmp_path / "absent.gpx")
    with pytest.raises(FileUnreadable, match="directory"):
        read_file(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.gpx")
    with pytest.raises(FileUnreadable, match="no regular file"):
        read_file(tmp_path / "a.gpx")


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs Linux")  # noqa: PTH110
def test_a_medium_that_fails_at_the_first_byte_is_unreadable() -> None:
    # The kernel answers EIO for address 0, as it does for a card that was pulled out.
    with pytest.raises(FileUnreadable, match="/proc/self/mem"):
        read_file(Path("/proc/self/mem"))


def test_what_lies_behind_the_bound_is_named(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(bytes(100))
    flaws = Flaws()
    assert len(read_bytes(path, flaws, 60)) == 60
    assert [flaw.offset for flaw in flaws.listed()] == [60]


def test_flaws_are_bounded_and_the_others_counted() -> None:
    flaws = Flaws()
    for at in range(MAX_FLAWS + 5):
        flaws.add(at, "x" * 1000)
    listed = flaws.listed()
    assert len(listed) == MAX_FLAWS + 1
    assert (listed[-1].offset, listed[-1].what) == (MAX_FLAWS, "and 5 more flaws")
    assert all(len(flaw.what) <= 300 for flaw in listed)
    assert source.MAX_BYTES <= 256 << 20


@settings(max_examples=60, deadline=None)
@given(
    start=st.sampled_from(
        [b"", GPX, RMC, b"\x0e\x20\0\0\0\0\0\0.FIT", b"\xb5\x62\x21\x0b", b'{"kedrovka_capture": 1']
    ),
    rest=st.binary(max_size=2000),
)
def test_every_reader_takes_any_bytes(
    start: bytes, rest: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(start + rest)
    read_file(path)
    for reader in READERS.values():
        reader.recognises(rest)
        reader.read(path)


@pytest.mark.parametrize(
    ("name", "block"), [("gpsbabel__mtk_logger.bin", 512), ("gpsbabel__skytraq.bin", 4096)]
)
def test_a_dump_cut_between_two_records_is_no_whole_one(
    shared: Path, tmp_path: Path, name: str, block: int
) -> None:
    whole = (shared / "data/gps" / name).read_bytes()
    assert read_file(shared / "data/gps" / name).flaws == []
    for size in range(600, min(block * 8, len(whole)), 97):
        if size % block:
            (tmp_path / "dump").write_bytes(whole[:size])
            assert any("may be missing" in f.what for f in read_file(tmp_path / "dump").flaws)
