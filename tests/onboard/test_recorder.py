"""The recorder on real disks: quota, full disk, SIGKILL, and a pipeline that never waits."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.messages import AttitudeSample
from onboard.camera import Frame, Radiometry
from onboard.recording import Damage, Kind, decode_json, read_recording, read_segment, segment_paths
from onboard.recording.recorder import Recorder

ROOT = Path(__file__).resolve().parents[2]


def frame(sequence: int, size: int = 64) -> Frame:
    noise = np.random.default_rng(sequence)
    pixels = (29315 + noise.normal(0, 300, (size, size))).astype(np.uint16)
    return Frame(sequence / 9, sequence, pixels, Radiometry.CENTIKELVIN, 0.01, "test")


def until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait for what the writer's thread does, with a deadline."""
    deadline_s = time.monotonic() + timeout_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline_s, "not within the deadline"
        pause.wait(0.005)


def test_records_come_back_in_the_order_of_the_calls(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, 1 << 24, {"system_id": 3})
    recorder.event(0.5, AttitudeSample(0.5, (1.0, 0.0, 0.0, 0.0), 0.01))
    recorder.frame(frame(5))
    recorder.mavlink(0.6, b"\xfd\x09", sent=False)
    recorder.note(0.7, "камера открыта")
    recorder.close()
    records = list(read_recording(tmp_path))
    assert [record.kind for record in records] == [
        Kind.HEADER, Kind.EVENT, Kind.FRAME, Kind.MAVLINK, Kind.NOTE,
    ]  # fmt: skip
    header = decode_json(records[0].payload)
    assert header == {"system_id": 3, "format": 1, "run": 1, "segment": 1}
    assert records[4].payload.decode() == "камера открыта"
    assert recorder.status().records_written == 4
    assert not recorder.status().recording


def test_the_oldest_segments_give_way_and_each_is_readable_alone(tmp_path: Path) -> None:
    quota = 200_000
    recorder = Recorder(tmp_path, quota, {"system_id": 3}, segment_bytes=30_000)
    for sequence in range(100):
        recorder.frame(frame(sequence))
        until(lambda sequence=sequence: recorder.status().records_written > sequence)  # type: ignore[misc]
        assert sum(path.stat().st_size for path in segment_paths(tmp_path)) <= quota
    recorder.close()
    paths = segment_paths(tmp_path)
    assert int(paths[0].stem) > 1
    for path in paths:
        assert path.stat().st_size <= 30_000
        records = list(read_segment(path))
        assert records[0].kind is Kind.HEADER
        assert decode_json(records[0].payload)["run"] == 1
    times = [record.time_s for record in read_recording(tmp_path) if record.kind is Kind.FRAME]
    assert times == [sequence / 9 for sequence in range(100 - len(times), 100)]
    assert len(times) > 10


def test_a_new_run_goes_on_behind_the_old_one(tmp_path: Path) -> None:
    for name in ("first", "second"):
        recorder = Recorder(tmp_path, 1 << 24, {"flight": name})
        recorder.note(1.0, name)
        recorder.close()
    headers = [decode_json(r.payload) for r in read_recording(tmp_path) if r.kind is Kind.HEADER]
    assert [(h["flight"], h["run"]) for h in headers] == [("first", 1), ("second", 2)]


def test_earlier_runs_count_against_the_quota(tmp_path: Path) -> None:
    (tmp_path / "00000001.krec").write_bytes(bytes(90_000))
    recorder = Recorder(tmp_path, 100_000, {})
    recorder.frame(frame(1, 128))
    recorder.close()
    assert [path.name for path in segment_paths(tmp_path)] == ["00000002.krec"]


def test_a_full_queue_drops_counts_and_tells(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, 1 << 24, {}, queue_bytes=30_000)
    began_s = time.monotonic()
    for sequence in range(300):  # 8 kB each: far faster than any compression
        recorder.frame(frame(0) if sequence == 0 else FRAME)
    assert time.monotonic() - began_s < 2.0
    until(lambda: _idle(recorder, 300))
    recorder.note(99.0, "after")
    recorder.close()
    status = recorder.status()
    assert status.records_dropped > 100
    notes = [r.payload.decode() for r in read_recording(tmp_path) if r.kind is Kind.NOTE]
    lost = sum(int(note.split()[0]) for note in notes if "records lost" in note)
    assert lost == status.records_dropped


FRAME = frame(1)


def _idle(recorder: Recorder, total: int) -> bool:
    status = recorder.status()
    return status.records_written + status.records_dropped == total


def test_a_disk_that_refuses_stops_with_one_line_and_recovers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The kernel itself refuses: the process may write no file beyond 20 kB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    recorder = Recorder(tmp_path, 1 << 24, {}, retry_s=0.0)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        for count in range(10):
            recorder.frame(frame(count))
        until(lambda: recorder.status().records_dropped == 10)
        status = recorder.status()
        assert not status.recording
        assert str(tmp_path) in str(status.stopped_because)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    recorder.frame(frame(10))
    until(lambda: recorder.status().recording)
    recorder.close()
    assert caplog.text.count("recording stopped") == 1
    assert caplog.text.count("again") == 1
    damage: list[Damage] = []
    records = list(read_recording(tmp_path, damage))
    assert [record.time_s for record in records if record.kind is Kind.FRAME] == [10 / 9]
    assert [r.payload.decode() for r in records if r.kind is Kind.NOTE] == [
        "10 records lost before this one"
    ]
    assert not damage


ON_DISK = """
import os, sys, time, logging
import numpy as np
from pathlib import Path
from onboard.camera import Frame, Radiometry
from onboard.recording import Kind, read_recording, segment_paths
from onboard.recording.recorder import Recorder
logging.basicConfig(level=logging.WARNING, format="%(message)s")
folder = Path(sys.argv[1])
pushed = 0
noise = np.random.default_rng(0)
def wait(condition):
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)
def push(count):
    global pushed
    for _ in range(count):
        pixels = noise.integers(0, 60000, (64, 64)).astype(np.uint16)
        recorder.frame(Frame(float(pushed), pushed, pixels, Radiometry.COUNTS, 0.0, "t"))
        pushed += 1
        wait(lambda: taken() >= pushed)
def taken():
    status = recorder.status()
    return status.records_written + status.records_dropped
def whole():
    damage = []
    times = [r.time_s for r in read_recording(folder / "flight", damage) if r.kind is Kind.FRAME]
    assert not damage, damage
    return times
def fill():  # somebody else takes every block that is free
    with (folder / "other").open("ab", buffering=0) as other:
        try:
            while True:
                other.write(bytes(4096))
        except OSError:
            pass
"""

MODEST = """
(folder / "other").write_bytes(bytes(600_000))
modest = Recorder(folder / "modest", 1 << 30, {}, reserve_bytes=900_000)
modest.note(0.0, "a fire may still need this room")
modest.close()
assert "left to the reports" in modest.status().stopped_because, modest.status()
assert not list((folder / "modest").iterdir())
"""

ROLLS = """
(folder / "other").write_bytes(bytes(600_000))
recorder = Recorder(folder / "flight", 1 << 30, {}, reserve_bytes=100_000)
push(200)
recorder.close()
status = recorder.status()
assert status.records_written == 200 and status.stopped_because is None, status
times = whole()
assert times == [float(n) for n in range(200 - len(times), 200)], times
assert len(times) > 15, times
disk = os.statvfs(folder)
assert disk.f_bavail * disk.f_frsize > 80_000, "the reserve"
"""

SQUEEZED = """
from onboard.spool import Spool, Transport
recorder = Recorder(folder / "flight", 1 << 30, {}, retry_s=0.0, reserve_bytes=400_000)
push(40)
assert len(segment_paths(folder / "flight")) > 2
(folder / "other").write_bytes(bytes(300_000))  # within the reserve and the recording's part
push(130)
status = recorder.status()
assert status.recording and status.records_written == 170, status
spool = Spool(folder / "spool", 8 << 20)
fill()
push(100)
status = recorder.status()
assert not status.recording and "left to the reports" in status.stopped_because, status
assert len(segment_paths(folder / "flight")) == 1, "only the newest is kept"
from test_spool import hotspot
spool.put([(hotspot(number), bytes(1000)) for number in range(10)])
assert not spool.problems()
assert len(spool.waiting(Transport.IP, 100)) == 10
(folder / "other").unlink()
recorder.note(1000.0, "there is room again")
wait(lambda: recorder.status().recording)
recorder.close()
assert whole()
"""


def run_on_a_small_disk(tmp_path: Path, script: str) -> str:
    """Standard error of a script on a file system of 1 MB, in a mount namespace of our own."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    (tmp_path / "fill.py").write_text(ON_DISK + script)
    disk = tmp_path / "disk"
    disk.mkdir()
    shell = 'mount -t tmpfs -o size=1m none "$1" || exit 77; exec "$2" "$3" "$1"'
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", shell, "sh", disk, sys.executable, tmp_path / "fill.py"],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{Path(__file__).parent}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip(f"no mount namespace here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_where_others_left_only_the_reserve_nothing_is_recorded(tmp_path: Path) -> None:
    assert run_on_a_small_disk(tmp_path, MODEST).count("recording stopped") == 1


def test_on_a_small_disk_the_oldest_segments_give_way_and_recording_goes_on(
    tmp_path: Path,
) -> None:
    told = run_on_a_small_disk(tmp_path, ROLLS)
    assert told.count("oldest segments give way") == 1
    assert "stopped" not in told


def test_a_filling_disk_takes_the_recording_down_to_its_newest_segment_and_no_report(
    tmp_path: Path,
) -> None:
    told = run_on_a_small_disk(tmp_path, SQUEEZED)
    assert told.count("recording stopped") == 1
    assert told.count("recording to") == 1


KILLED = """
import sys
from pathlib import Path
from onboard.recording.recorder import Recorder
recorder = Recorder(Path(sys.argv[1]), 1 << 26, {"system_id": 1})
count = 0
while True:
    recorder.note(float(count), "n" * 3000)
    count += 1
    while recorder.status().records_written < count:
        pass
    print(count, flush=True)
"""


def test_what_was_written_survives_sigkill(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 200:
            process.kill()
            break
    written = [200] + [int(line) for line in process.stdout if line.strip().isdecimal()]
    process.wait(10)
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL
    damage: list[Damage] = []
    times = [r.time_s for r in read_recording(tmp_path, damage) if r.kind is Kind.NOTE]
    assert times == [float(count) for count in range(len(times))]
    assert len(times) >= max(written) - 1
    assert sum(lost.lost_bytes for lost in damage) < 3100
