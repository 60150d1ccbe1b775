"""Garmin downloads over a paced pseudo terminal: share of the wire limit, and beside gpsbabel.

The wire limit is what the bytes of both directions take at the rate, one packet after the other:
every record of the unit with its byte stuffing, and our ACK of 8 bytes. At 9600 and for gpsbabel
fewer points are read, to keep the run short; the share does not depend on their number. Both read
in turns, a few times: what separates them there is less than a busy machine's doing.
"""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.handheld_unit import etrex
from benchmarks.report import figure, missing
from firmware_bridge.handheld.capture import CaptureRecord, Direction, read_capture
from firmware_bridge.handheld.download import download
from firmware_bridge.handheld.garmin import link
from firmware_bridge.handheld.garmin.link import FrameReader, Packet, Pid
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.port import Port, open_port
from firmware_bridge.tracks import UnitIdentity

POINTS = 10_000
POINTS_AT_9600 = 500
TURNS = 3
BITS_A_BYTE = 10


def run() -> None:
    """Print seconds, shares and the ratio to gpsbabel."""
    turns = [(_ours(POINTS_AT_9600, 9600), _gpsbabel(POINTS_AT_9600)) for _ in range(TURNS)]
    at_9600 = sorted((ours for ours, _ in turns), key=lambda ours: ours.transfer_s)[TURNS // 2]
    _print_share(f"{POINTS_AT_9600} D301 points at 9600", at_9600, ">= 97 %")
    ratios = sorted(theirs / ours.whole_s for ours, theirs in turns if theirs is not None)
    if len(ratios) == TURNS:
        each = f"{ratios[TURNS // 2]:.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})"
        figure("  gpsbabel's seconds / ours, both all in all", each, ">= 1")
    raised = _ours(POINTS, 115_200)
    _print_share(f"{POINTS} D301 points, rate raised to 115200", raised, ">= 95 %")
    figure("  from 9600 and back to it, all in all", f"{raised.whole_s:.1f} s", "<= 33 s")
    floor_s = _floor(POINTS)
    figure("  a bare loop that only acknowledges, same machine", f"{floor_s:.2f} s")
    figure("  its seconds / ours", f"{floor_s / raised.transfer_s:.3f}", "near 1")


def _floor(points: int) -> float:
    """Seconds of a track at 115200 for a host that does nothing but ACK: what the machine gives."""
    with (
        tempfile.TemporaryDirectory() as name,
        etrex(Path(name), points, 115_200) as unit,
        open_port(f"serial:{unit.link}:115200", timeout_s=1.0) as port,
    ):
        return _acknowledge(port)


def _acknowledge(port: Port) -> float:
    reader, first_s = FrameReader(), 0.0
    port.write(link.command(link.Command.TRACKS), 1.0)
    while True:
        for frame in reader.feed(port.read(4096, 5.0)):
            if not isinstance(frame, Packet) or frame.pid == Pid.ACK:
                continue
            port.write(link.acknowledge(frame.pid), 1.0)
            if frame.pid == Pid.TRACK_HEADER:
                first_s = time.monotonic()
            elif frame.pid == Pid.TRANSFER_COMPLETE:
                return time.monotonic() - first_s


class Measured:
    """Times of one download, out of its capture."""

    def __init__(
        self, records: list[CaptureRecord], baud: int, whole_s: float = 0.0, pty_us: float = 0.0
    ) -> None:
        self.whole_s, self.pty_us = whole_s, pty_us
        self.first_s, self.last_s, bytes_both_ways = _track_transfer(records)
        self.limit_s = bytes_both_ways * BITS_A_BYTE / baud
        self.transfer_s = self.last_s - self.first_s


def _print_share(title: str, measured: Measured, wanted: str) -> None:
    share = measured.limit_s / measured.transfer_s
    figure(title, f"{measured.transfer_s:.2f} s, {share:.1%} of the wire limit", wanted)
    figure("  its pseudo-terminal's part, not charged", f"{measured.pty_us:.0f} us an answer")


def _track_transfer(records: list[CaptureRecord]) -> tuple[float, float, int]:
    """Times of the first and last packet of the track, and bytes both ways between them."""
    reader, inside, first_s, bytes_both_ways = FrameReader(), False, 0.0, 0
    for record in records:
        if record.direction is Direction.NOTE:
            continue
        bytes_both_ways += len(record.data) if inside else 0
        if record.direction is not Direction.RECEIVED:
            continue
        for frame in reader.feed(record.data):
            if not isinstance(frame, Packet):
                continue
            if frame.pid == Pid.TRACK_HEADER:
                inside, first_s = True, record.time_s
            elif frame.pid == Pid.TRANSFER_COMPLETE and inside:
                return first_s, record.time_s, bytes_both_ways
    raise RuntimeError("no whole track in the capture")


def _ours(points: int, max_baud: int) -> Measured:
    with tempfile.TemporaryDirectory() as name, etrex(Path(name), points) as device:
        unit = UnitIdentity("garmin", None, None, None, 9600)
        options = DownloadOptions(max_baud=max_baud)
        before_s = time.monotonic()
        result = download(f"serial:{device.link}:9600", unit, options, folder=Path(name))
        whole_s = time.monotonic() - before_s
        if result.complaint is not None or result.contents.points != points:
            raise RuntimeError(f"{result.contents.points} points: {result.complaint}")
        return Measured(read_capture(result.capture_path).records, max_baud, whole_s, device.pty_us)


def _gpsbabel(points: int) -> float | None:
    program = shutil.which("gpsbabel")
    if program is None:
        missing("gpsbabel is not installed")
        return None
    with tempfile.TemporaryDirectory() as name, etrex(Path(name), points) as device:
        port, out = str(device.link), Path(name) / "out.gpx"
        before_s = time.monotonic()
        subprocess.run(
            [program, "-w", "-t", "-i", "garmin", "-f", port, "-o", "gpx", "-F", str(out)],
            check=True, timeout=600, capture_output=True,
        )  # fmt: skip
        whole_s = time.monotonic() - before_s
        came = out.read_text(encoding="utf-8").count("<trkpt")
        if came != points:
            missing(f"gpsbabel returned {came} of {points} points")
            return None
        return whole_s


if __name__ == "__main__":
    run()
