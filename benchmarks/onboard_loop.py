"""The whole onboard loop on one core: frames a second, delay from frame to spool, memory.

A fresh process pinned to one core runs the real pipeline, recorder and spool on a disk, with ten
heat sources in view of a hovering vehicle over hills. First as fast as it goes, then at the pace
of a 30 Hz camera with telemetry at 50 Hz, each input handed over at its time: the delay counts
from the moment the frame is handed over until what it told is on disk, the wait for the telemetry
after it included.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import figure, missing
from firmware_bridge.messages import AttitudeSample, GimbalSample, PositionSample, YawFrame
from firmware_bridge.settings import load_settings
from onboard.camera import Frame, Radiometry
from onboard.clock import ClockAnchor
from onboard.config import OnboardSettings
from onboard.inputs import Input
from onboard.mailbox import Inbox
from onboard.pipeline import Pipeline
from onboard.recording.recorder import Recorder
from onboard.replay import run_header
from onboard.spool import Spool

LAT_DEG, LON_DEG = 44.5, 131.5
ALTITUDE_M = 420.0
FAST_S, PACED_S = 6.0, 10.0
FRAME_HZ, POSE_HZ = 30.0, 50.0
WARM_UP_FRAMES = 10


def run() -> None:
    """Measure in a fresh process and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.onboard_loop", folder],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    if done.returncode:
        missing(f"the loop ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return
    result = json.loads(done.stdout)
    figure("hotspots confirmed", str(result["hotspots"]), "10 in view")
    figure("frames a second, 640x512 uint16", f"{result['fps']:.1f}", ">= 30")
    figure("  CPU time a frame, recorder included, ms", f"{result['cpu_ms']:.1f}")
    figure("frame to spool at 30 Hz, p50, ms", f"{result['p50_ms']:.1f}")
    figure("frame to spool at 30 Hz, p95, ms", f"{result['p95_ms']:.1f}", "<= 60")
    figure("  of it without the wait for telemetry, p95, ms", f"{result['work_p95_ms']:.1f}")
    figure("  of frames with reports to fsync, p95, ms", f"{result['report_p95_ms']:.1f}")
    figure("frames dropped at 30 Hz", f"{result['dropped']} of {result['paced']}")
    figure("records dropped at 30 Hz", str(result["unrecorded"]))
    figure("resident memory, MB", f"{result['resident_mb']:.0f}", "<= 160")


class Loop:
    """Pipeline, recorder and spool as the process has them."""

    def __init__(self, folder: Path) -> None:
        self.settings = _settings(folder)
        self.anchor = ClockAnchor(time.monotonic(), time.time_ns() // 1000)
        header = run_header(self.settings, self.anchor, bytes(16))
        self.recorder = Recorder(folder / "recording", 200_000_000, header)
        self.spool = Spool(folder / "spool", 64_000_000)
        self.pipeline = Pipeline(self.settings, self.anchor, bytes(16), self.recorder)
        self.hotspots: set[object] = set()

    def feed(self, one: Input | Frame) -> bool:
        """Whether it led to reports."""
        if isinstance(one, Frame):
            reports = self.pipeline.frame(one)
        else:
            reports = self.pipeline.telemetry(one)
        self.spool.put(reports)
        self.hotspots |= {report.hotspot.hotspot_id for report in reports}
        return bool(reports)


def measure(folder: Path) -> dict[str, float]:
    """All figures; pins this process to one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _load_what_the_process_loads()
    pictures = scenes()
    loop = Loop(folder)
    figures = fast(loop, pictures)
    figures["hotspots"] = len(loop.hotspots)
    figures |= paced(loop, pictures)
    figures["resident_mb"] = _resident_mb()
    loop.recorder.close(5.0)
    loop.spool.close()
    return figures


def fast(loop: Loop, pictures: list[NDArray[np.uint16]]) -> dict[str, float]:
    """Frames a second when one follows the other at once."""
    start_s = time.monotonic()
    counted_from_s, cpu_from_s, counted = start_s, time.process_time(), 0
    for n, (_, one) in enumerate(_inputs(pictures, start_s)):
        loop.feed(one)
        counted += isinstance(one, Frame)
        if isinstance(one, Frame) and one.sequence == WARM_UP_FRAMES:
            counted_from_s, cpu_from_s, counted = time.monotonic(), time.process_time(), 0
        if n % 20 == 0 and time.monotonic() - start_s > FAST_S:
            break
    cpu_s = time.process_time() - cpu_from_s
    return {
        "fps": counted / (time.monotonic() - counted_from_s),
        "cpu_ms": cpu_s / counted * 1000,
    }


def paced(loop: Loop, pictures: list[NDArray[np.uint16]]) -> dict[str, float]:
    """Delays when inputs come at their times, through the inbox, from a thread of their own."""
    inbox: Inbox[Frame, Input] = Inbox()
    # Far enough ahead of the fast part's own time that its poses are not neighbours.
    lead_s = FAST_S * 50
    start_s = time.monotonic() + 0.2
    stop = threading.Event()

    def produce() -> None:
        for time_s, one in _inputs(pictures, start_s + lead_s):
            if stop.wait(max(0.0, time_s - lead_s - time.monotonic())):
                return
            if isinstance(one, Frame):
                inbox.frame(one)
            else:
                inbox.event(one)

    before = loop.recorder.status().records_dropped
    thread = threading.Thread(target=produce, daemon=True)
    thread.start()
    consumer = Consumer(loop, lead_s)
    while time.monotonic() < start_s + PACED_S:
        consumer.turn(*inbox.take(0.1))
    stop.set()
    thread.join(2)
    return {
        "p50_ms": _percentile_ms(consumer.delays_s, 50),
        "p95_ms": _percentile_ms(consumer.delays_s, 95),
        "work_p95_ms": _percentile_ms(consumer.works_s, 95),
        "report_p95_ms": _percentile_ms(consumer.report_delays_s, 95),
        "dropped": inbox.frames_dropped,
        "paced": len(consumer.delays_s) + inbox.frames_dropped,
        "unrecorded": loop.recorder.status().records_dropped - before,
    }


class Consumer:
    """Takes from the inbox as the process does, and looks at the clock."""

    def __init__(self, loop: Loop, lead_s: float) -> None:
        self.delays_s: list[float] = []
        self.works_s: list[float] = []
        self.report_delays_s: list[float] = []
        self._loop = loop
        self._lead_s = lead_s
        self._due_s: list[float] = []
        """Of the frames that wait."""

    def turn(self, events: list[Input], frame: Frame | None) -> None:
        """Telemetry first, then the frame."""
        for one in (*events, *([frame] if frame else [])):
            begun_s = time.monotonic()
            if isinstance(one, Frame):
                self._due_s.append(one.time_s - self._lead_s)
            reported = self._loop.feed(one)
            done_s = time.monotonic()
            if isinstance(one, Frame):
                self.works_s.append(done_s - begun_s)
            concluded = len(self._due_s) - self._loop.pipeline.waiting
            delays_s = [done_s - due_s for due_s in self._due_s[:concluded]]
            self.delays_s += delays_s
            if reported:
                self.report_delays_s += delays_s
            del self._due_s[:concluded]


def _inputs(
    pictures: list[NDArray[np.uint16]], start_s: float
) -> Iterator[tuple[float, Input | Frame]]:
    """Telemetry and frames without end, in order of time."""
    frames = poses_sent = 0
    while True:
        pose_s, frame_s = start_s + poses_sent / POSE_HZ, start_s + (frames + 0.5) / FRAME_HZ
        if pose_s <= frame_s:
            poses_sent += 1
            yield from ((pose_s, sample) for sample in poses(pose_s))
            continue
        frames += 1
        pixels = pictures[frames % len(pictures)]
        camera = Radiometry.CENTIKELVIN, 0.001, "benchmark"
        yield frame_s, Frame(frame_s, frames, pixels, *camera)


def scenes(count: int = 8) -> list[NDArray[np.uint16]]:
    """(512, 640) uint16 centikelvin: five fires and five warm bodies over textured ground."""
    random = np.random.default_rng(7)
    coarse = random.normal(0, 60, (32, 40))
    ground = 28_500 + np.kron(coarse, np.ones((16, 16)))
    for n in range(5):
        ground[80:83, 60 + 120 * n : 63 + 120 * n] = 62_000
        ground[400:404, 60 + 120 * n : 68 + 120 * n] = 29_800
    return [(ground + random.normal(0, 4, ground.shape)).astype(np.uint16) for _ in range(count)]


def poses(time_s: float) -> list[Input]:
    """Telemetry of one instant: hovering, looking straight down."""
    half = 0.5**0.5
    return [
        AttitudeSample(time_s, (1.0, 0.0, 0.0, 0.0), 0.002),
        GimbalSample(time_s, (half, 0.0, -half, 0.0), YawFrame.VEHICLE, 0.002),
        PositionSample(time_s, LAT_DEG, LON_DEG, ALTITUDE_M, 90.0, (0.0, 0.0, 0.0), 0.002),
    ]


def _settings(folder: Path) -> OnboardSettings:
    terrain = folder / "terrain"
    terrain.mkdir()
    rows, columns = np.mgrid[0:1201, 0:1201]
    hills = 320 + 10 * np.sin(rows / 9) * np.cos(columns / 11)
    hills.astype(">i2").tofile(terrain / "N44E131.hgt")
    tables = {
        "camera": {"lens": {"horizontal_fov_deg": 32.0}},
        "terrain": {"folder": str(terrain)},
    }
    return load_settings(OnboardSettings, None, "onboard", tables)


def _load_what_the_process_loads() -> None:
    """The process's own modules, uplinks included, so that memory is the process's."""
    importlib.import_module("onboard.process")


def _resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise OSError("/proc/self/status has no VmRSS")


def _percentile_ms(values_s: list[float], percent: float) -> float:
    return float(np.percentile(values_s, percent)) * 1000 if values_s else float("nan")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(Path(sys.argv[1]))))
    else:
        run()
