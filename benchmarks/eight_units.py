"""Eight Garmins docked at once: each one's share of its wire limit, and what their reader costs.

Eight virtual units, each in a process of its own as a real one is, stand on eight ports and are
raised to 115200 by one `kedrovka-ground dock`, which stores what it reads; before that one unit
alone. Then a loop in one thread that does nothing but acknowledge reads eight ports as well. What
it does not reach is the machine's limit: the processes that pace the bytes want cores too, and
every record's way from process to process and back takes its time.

Shares are of the track transfer, counted in the captures as in `garmin_download`. Cores are taken
over the time in which all units transfer their tracks, out of /proc; storing comes after it.

    python -m benchmarks eight
"""

import os
import select
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tty
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.garmin_download import Measured
from benchmarks.handheld_unit import STOP_S, etrex
from benchmarks.report import figure, missing
from firmware_bridge.handheld.capture import read_capture
from firmware_bridge.handheld.garmin import link
from firmware_bridge.handheld.garmin.link import FrameReader, Packet, Pid

UNITS = 8
POINTS = 3_000
FLOOR_POINTS = 1_500
BAUD = 115_200
BITS_A_BYTE = 10
GIVE_UP_S = 90.0
FALL_SILENT_S = 10.0
SAMPLE_S = 0.2
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Docking:
    """How `units` went through one reading process."""

    shares: Sequence[float]
    """Of the wire limit, (units,)."""
    pty_us: float
    """The pseudo-terminals' part of every answer, which their wires do not charge; the median."""
    reader_cores: float
    units_cores: float
    machine_cores: float
    """Everything that ran on the machine, ourselves and strangers too."""
    records_per_s: float
    stored: Sequence[int]
    """Points in the database, (units,)."""
    lost: int
    complaints: Sequence[str]


def run() -> None:
    """Print shares, cores and counts."""
    one = _dock(1)
    figure("one unit alone", f"{one.shares[0]:.1%} of its wire limit")
    figure("  CPU of the reading process", f"{one.reader_cores:.2f} cores")
    eight = _dock(UNITS)
    least, median = min(eight.shares), statistics.median(eight.shares)
    figure(f"{UNITS} units at once, each of its own wire limit",
           f"min {least:.1%}, median {median:.1%}", ">= 95 %")  # fmt: skip
    figure("  their pseudo-terminals' part, not charged", f"{eight.pty_us:.0f} us an answer")
    figure("  the slowest of eight / the one alone", f"{least / one.shares[0]:.3f}", "near 1")
    figure("  CPU of the reading process", f"{eight.reader_cores:.2f} cores", "<= 1")
    cost_us = eight.reader_cores / eight.records_per_s * 1e6
    rate = f"{eight.records_per_s:.0f} records/s"
    figure("    at", f"{rate}, {cost_us:.0f} us a record, capture and board included")
    figure("  CPU of the eight virtual units", f"{eight.units_cores:.2f} cores")
    figure("  busy on the whole machine", f"{eight.machine_cores:.2f} of {os.cpu_count()} cores")
    whole = f"{min(eight.stored, default=0)} to {max(eight.stored, default=0)} of {POINTS} each"
    figure(f"  points stored of {len(eight.stored)} units", whole, f"all of {UNITS}")
    figure("  lost", str(eight.lost), "0")
    for complaint in eight.complaints:
        missing(f"a unit's download ended with: {complaint}")
    alone, _ = _floor(1)
    figure("a bare loop that only acknowledges: one port", f"{alone[0]:.1%}")
    bare, cores = _floor(UNITS)
    middle = statistics.median(bare)
    shares = f"min {min(bare):.1%}, median {middle:.1%}, {cores:.2f} cores"
    figure(f"  {UNITS} ports in one thread", shares)
    figure("  the dock's median share / its", f"{median / middle:.3f}", "near 1")


def _dock(count: int) -> Docking:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        units = [stack.enter_context(etrex(folder, POINTS, 9600, n)) for n in range(count)]
        reader = stack.enter_context(_reader(folder))
        sampler = stack.enter_context(_Sampler(reader.pid, [unit.pid for unit in units]))
        _wait_until_stored(folder / "kedrovka.sqlite", count, reader)
        sampler.stop()
        pty_us = statistics.median(unit.pty_us for unit in units)
        return _evaluate(folder, count, sampler, pty_us)


@contextmanager
def _reader(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    config = folder / "ground.toml"
    config.write_text(f'[ground]\ndata = "{folder}"\n[ground.dock]\nvolumes = []\n')
    command = [sys.executable, "-m", "groundstation.cli", "dock", "--config", str(config)]
    command += ["--ports", str(folder / "unit*")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_stored(database: Path, count: int, reader: subprocess.Popen[bytes]) -> None:
    give_up_s = time.monotonic() + GIVE_UP_S
    while _downloads(database) < count:
        if reader.poll() is not None:
            raise RuntimeError(f"the dock ended with code {reader.returncode}")
        if time.monotonic() > give_up_s:
            raise RuntimeError(f"{_downloads(database)} of {count} stored in {GIVE_UP_S:.0f} s")
        time.sleep(0.5)


def _downloads(database: Path) -> int:
    with suppress(sqlite3.OperationalError):  # not created yet
        return int(_rows(database, "SELECT count(*) FROM downloads")[0][0])
    return 0


def _rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def _evaluate(folder: Path, count: int, sampler: "_Sampler", pty_us: float) -> Docking:
    spans, shares = [], []
    for path in (folder / "captures").glob("*.capture"):
        capture = read_capture(path)
        measured = Measured(capture.records, BAUD)
        shares.append(measured.limit_s / measured.transfer_s)
        began_s = datetime.fromisoformat(capture.header["started_utc"]).timestamp()
        spans.append((began_s + measured.first_s, began_s + measured.last_s))
    if len(spans) != count:
        raise RuntimeError(f"{len(spans)} captures of {count} units")
    window = max(first for first, _ in spans), min(last for _, last in spans)
    if window[1] - window[0] < 1.0:
        raise RuntimeError("the units were not read at the same time")
    reader, units, machine = sampler.cores(*window)
    records_per_s = sum(POINTS / (last - first) for first, last in spans)
    database = folder / "kedrovka.sqlite"
    stored = _rows(database, "SELECT sum(points) FROM tracks GROUP BY unit")
    ends = _rows(database, "SELECT lost, complaint FROM downloads")
    return Docking(
        shares, pty_us, reader, units, machine, records_per_s, [int(row[0] or 0) for row in stored],
        sum(int(lost or 0) for lost, _ in ends), [str(said) for _, said in ends if said],
    )  # fmt: skip


class _Sampler(threading.Thread):
    """Notes CPU seconds of the reader, of all units together, and of the machine."""

    def __init__(self, reader: int, units: Sequence[int]) -> None:
        super().__init__(daemon=True)
        self._reader, self._units = reader, units
        self._over = threading.Event()
        self._times_s: list[float] = []
        self._samples: list[tuple[float, float, float]] = []

    def run(self) -> None:
        """Sample until stopped."""
        with suppress(OSError):  # a process has ended
            while not self._over.wait(SAMPLE_S):
                sample = _cpu_s(self._reader), sum(map(_cpu_s, self._units)), _machine_cpu_s()
                self._times_s.append(time.time())
                self._samples.append(sample)

    def stop(self) -> None:
        """End it; harmless when done twice."""
        self._over.set()
        self.join()

    def cores(self, from_s: float, to_s: float) -> tuple[float, float, float]:
        """Mean use between two Unix times, by the samples inside."""
        first, last = bisect(self._times_s, from_s), bisect(self._times_s, to_s) - 1
        seconds = self._times_s[last] - self._times_s[first]
        before, after = self._samples[first], self._samples[last]
        reader, units, machine = (b - a for a, b in zip(before, after, strict=True))
        return reader / seconds, units / seconds, machine / seconds

    def __enter__(self) -> "_Sampler":
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


def _cpu_s(pid: int) -> float:
    """User and system time of all threads, proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _machine_cpu_s() -> float:
    """Everything that was not idle nor waiting for a disk, of all cores."""
    user, nice, system, _, _, irq, softirq, *_ = Path("/proc/stat").read_text().split()[1:9]
    return sum(map(int, (user, nice, system, irq, softirq))) / TICKS_PER_S


def _floor(count: int) -> tuple[list[float], float]:
    """Shares of `count` ports under a host that does nothing but ACK, and its cores."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        units = [stack.enter_context(etrex(folder, FLOOR_POINTS, BAUD, n)) for n in range(count)]
        ports = [stack.enter_context(_raw(unit.link)) for unit in units]
        links = {descriptor: _Bare(descriptor) for descriptor in ports}
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        _acknowledge(links)
        cores = (time.process_time() - began_cpu_s) / (time.monotonic() - began_s)
        return [bare.limit_s / (bare.last_s - bare.first_s) for bare in links.values()], cores


@contextmanager
def _raw(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def _acknowledge(links: Mapping[int, "_Bare"]) -> None:
    poll = select.poll()
    for descriptor in links:
        poll.register(descriptor, select.POLLIN)
        os.write(descriptor, link.command(link.Command.TRACKS))
    while not all(bare.last_s for bare in links.values()):
        ready = poll.poll(FALL_SILENT_S * 1000)
        if not ready:
            raise RuntimeError("the virtual units fell silent")
        for descriptor, _ in ready:
            links[descriptor].hear(os.read(descriptor, 4096))


class _Bare:
    """One port of the bare loop."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._reader = descriptor, FrameReader()
        self.first_s = self.last_s = self.limit_s = 0.0

    def hear(self, data: bytes) -> None:
        """Acknowledge what came; bytes both ways count while the track comes."""
        now_s = time.monotonic()
        carried = len(data) if self.first_s and not self.last_s else 0
        for frame in self._reader.feed(data):
            if not isinstance(frame, Packet) or frame.pid == Pid.ACK:
                continue
            if frame.pid == Pid.TRACK_HEADER:
                self.first_s = now_s
            elif frame.pid == Pid.TRANSFER_COMPLETE:
                self.last_s = now_s
            answer = link.acknowledge(frame.pid)
            os.write(self._descriptor, answer)
            carried += 0 if self.last_s else len(answer)
        self.limit_s += carried * BITS_A_BYTE / BAUD
