"""Raw captures: what was written is read, a cut or damaged file as far as it is whole."""

import hashlib
import resource
import shutil
import signal
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.handheld.capture import (
    CaptureRecord,
    CaptureWriter,
    Direction,
    is_capture,
    parse_capture,
    read_capture,
)

SENT, RECEIVED, NOTE = Direction.SENT, Direction.RECEIVED, Direction.NOTE


class Clock:
    """Seconds as told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def written(path: Path) -> CaptureWriter:
    clock = Clock()
    capture = CaptureWriter(path, {"family": "garmin", "baud": 9600}, clock)
    clock.now_s += 0.25
    capture.write(SENT, b"\x10\xfe\x00\x02\x10\x03")
    clock.now_s += 0.5
    capture.write(RECEIVED, b"\xa7" * 40)
    capture.note("baud=115200")
    capture.close()
    return capture


RECORDS = [
    CaptureRecord(0.25, SENT, b"\x10\xfe\x00\x02\x10\x03"),
    CaptureRecord(0.75, RECEIVED, b"\xa7" * 40),
    CaptureRecord(0.75, NOTE, b"baud=115200"),
]


def test_a_capture_says_what_was_said_and_when(tmp_path: Path) -> None:
    path = tmp_path / "x.capture"
    capture = written(path)
    data = path.read_bytes()
    assert is_capture(data[:64])
    assert not is_capture(b"$GPRMC")
    read = read_capture(path)
    assert (read.header["family"], read.header["baud"]) == ("garmin", 9600)
    assert read.header["started_utc"].endswith("+00:00")
    assert read.records == RECORDS
    assert read.flaws == []
    assert capture.sha256 == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "x.capture.sha256").read_text() == f"{capture.sha256}  x.capture\n"


@pytest.mark.parametrize("room_bytes", [0, 10])
def test_on_a_full_disk_the_hash_is_absent_and_the_capture_is_read(
    tmp_path: Path, room_bytes: int
) -> None:
    path = tmp_path / "x.capture"
    capture = CaptureWriter(path, {}, Clock())
    capture.write(RECEIVED, b"abc")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, hard))
    try:
        capture.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert list(tmp_path.iterdir()) == [path]
    assert capture.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_capture(path).records == [CaptureRecord(0.0, RECEIVED, b"abc")]


def test_a_record_in_literal_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.capture"
    written(path)
    body = path.read_bytes().partition(b"\n")[2]
    assert body[:18] == bytes.fromhex("a7 01 0600 90d0030000000000 10fe00021003")


def test_every_byte_is_in_the_file_before_write_returns(tmp_path: Path) -> None:
    path = tmp_path / "x.capture"
    with CaptureWriter(path, {}, Clock()) as capture:
        capture.write(RECEIVED, b"abc")
        assert read_capture(path).records == [CaptureRecord(0.0, RECEIVED, b"abc")]


def test_a_capture_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "x.capture"
    written(path)
    with pytest.raises(FileExistsError):
        CaptureWriter(path, {}, Clock())


def test_a_folder_that_went_away_costs_no_result(tmp_path: Path) -> None:
    folder = tmp_path / "card"
    folder.mkdir()
    capture = CaptureWriter(folder / "a.capture", {}, lambda: 0.0)
    capture.write(Direction.RECEIVED, b"12")
    whole = capture.path.read_bytes()
    shutil.rmtree(folder)
    assert capture.close() == hashlib.sha256(whole).hexdigest()


def test_a_file_made_to_cost_time_is_given_up_soon() -> None:
    bait = bytes.fromhex("a701ffff") * (1 << 20)
    began_s = time.monotonic()
    capture = parse_capture(b'{"kedrovka_capture": 1}\n' + bait)
    assert time.monotonic() - began_s < 5.0
    assert capture.records == []
    assert "not searched" in capture.flaws[-1].what


def test_what_is_longer_than_a_record_is_cut_into_several(tmp_path: Path) -> None:
    path = tmp_path / "x.capture"
    with CaptureWriter(path, {}, Clock()) as capture:
        capture.write(RECEIVED, bytes(150_000))
    assert b"".join(r.data for r in read_capture(path).records) == bytes(150_000)


def test_a_cut_tail_costs_the_last_record_only(tmp_path: Path) -> None:
    path = tmp_path / "x.capture"
    written(path)
    data = path.read_bytes()
    for cut in range(1, 15 + 11):
        read = parse_capture(data[:-cut])
        assert read.records == RECORDS[:2]
        assert [flaw.offset for flaw in read.flaws] == [len(data) - 27]


def test_damage_in_the_middle_is_skipped_and_told(tmp_path: Path) -> None:
    path = tmp_path / "x.capture"
    written(path)
    data = bytearray(path.read_bytes())
    at = data.index(b"\n") + 1 + 22
    data[at + 20] ^= 1
    read = parse_capture(bytes(data))
    assert read.records == [RECORDS[0], RECORDS[2]]
    assert [(flaw.offset, flaw.what) for flaw in read.flaws] == [
        (at, "56 bytes are no whole record")
    ]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    parse_capture(data)
    parse_capture(b'{"kedrovka_capture": 1}\n' + data)
