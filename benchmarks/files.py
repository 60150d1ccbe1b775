"""Reading files of GPS units: ours and the usual Python libraries, by CPU time on one core.

Every reader keeps all fields; the peers run in the same minute, each in its own process, import
of the library included (a tenth of a second of theirs). The season is a unit's volume with 200
raids of 20,000 points, docked in a process of its own: copied, decoded, reconciled, cleaned up,
and in SQLite.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date, timedelta
from functools import reduce
from operator import xor
from pathlib import Path

from benchmarks.report import figure, missing
from firmware_bridge.files import read_file
from groundstation.dock.volumes import read_volume
from groundstation.store import downloads
from groundstation.store.engine import migrate, open_engine

PEERS = Path(__file__).resolve().parents[1] / ".venv-peers" / "bin" / "python"
RAIDS, RAID_POINTS = 200, 20_000
RAID_DAY = b"2026-07-20"
GPX_POINTS, NMEA_EPOCHS, FIT_COPIES = 50_000, 5_000, 20
REPEATS = 3


def run() -> None:
    """Figures against each peer, and the season."""
    with tempfile.TemporaryDirectory(prefix="kedrovka-files-") as name:
        folder = Path(name)
        plain, rich = folder / "plain.gpx", folder / "rich.gpx"
        plain.write_bytes(gpx(GPX_POINTS, 0))
        rich.write_bytes(gpx(GPX_POINTS, 0, extensions=True))
        _against("GPX, place, height, time", plain, "gpxpy", "points/s", ">= 10 x gpxpy")
        _against("GPX with Garmin extensions", rich, "gpxpy", "points/s", ">= 10 x gpxpy")
        log = folder / "log.nmea"
        log.write_bytes(nmea(NMEA_EPOCHS))
        _against("NMEA", log, "pynmeagps", "messages/s", ">= 10 x pynmeagps")
        _fit(folder)
        _season(folder)


def gpx(points: int, seed: int, extensions: bool = False) -> bytes:
    """A raid as a unit writes it, a point a second."""
    more = (
        b"<extensions><gpxtpx:TrackPointExtension><gpxtpx:atemp>%d.5</gpxtpx:atemp><gpxtpx:hr>%d"
        b"</gpxtpx:hr></gpxtpx:TrackPointExtension></extensions>"
    )
    rows = [
        b'<trkpt lat="44.%09d" lon="131.%09d"><ele>%d.%02d</ele>'
        b"<time>2026-07-20T%02d:%02d:%02dZ</time>%b</trkpt>\n"
        % (
            *((n * 7919 + seed) % 10**9, (n * 104_729 + seed) % 10**9),
            *(300 + n % 700, n % 100, n // 3600 % 24, n // 60 % 60, n % 60),
            more % (n % 30, 60 + n % 120) if extensions else b"",
        )
        for n in range(points)
    ]
    head = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<gpx xmlns="http://www.topografix.com/GPX/1/1"'
        b' xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v1" version="1.1"'
        b' creator="eTrex 30"><trk><name>ACTIVE LOG</name><trkseg>\n'
    )
    return head + b"".join(rows) + b"</trkseg></trk></gpx>\n"


def nmea(epochs: int) -> bytes:
    """A log of four sentences a second."""
    lines = []
    for n in range(epochs):
        clock = b"%02d%02d%02d.000" % (n // 3600 % 24, n // 60 % 60, n % 60)
        place = b"44%02d.%04d,N,131%02d.%04d,E" % (n % 60, n * 37 % 10_000, n % 60, n % 10_000)
        lines += [
            b"GPGGA,%b,%b,1,08,1.1,%d.5,M,24.0,M,," % (clock, place, n % 900),
            b"GPGSA,A,3,28,08,11,27,07,,,,,,,,4.9,1.6,4.5",
            b"GPRMC,%b,A,%b,1.17,138.92,200726,,,A" % (clock, place),
            b"GPVTG,138.92,T,,M,1.17,N,2.2,K,A",
        ]
    return b"".join(b"$%b*%02X\r\n" % (line, reduce(xor, line)) for line in lines)


def _ours(path: Path) -> tuple[int, float]:
    """Records (for NMEA sentences, else points) and the CPU seconds of the best run."""
    best, count = float("inf"), 0
    for _ in range(REPEATS):
        started = time.process_time()
        contents = read_file(path)
        best = min(best, time.process_time() - started)
        if contents.flaws:
            raise ValueError(f"{path} should be whole: {contents.flaws[0]}")
        count = contents.received.get("sentence", contents.points)
    return count, best


def _peer(library: str, path: Path) -> tuple[int, float]:
    script = Path(__file__).with_name("peer_files.py")
    if not PEERS.exists():
        raise FileNotFoundError(f"{PEERS} absent: `make bench` installs the peers")
    command: list[str | Path] = [PEERS, script, library, path]
    done = subprocess.run(command, check=True, timeout=300, stdout=subprocess.PIPE, text=True)
    count, seconds = done.stdout.split()
    return int(count), float(seconds)


def _against(name: str, path: Path, library: str, unit: str, wanted: str) -> None:
    count, seconds = _ours(path)
    figure(f"{name}: kedrovka", f"{count / seconds:,.0f} {unit}")
    try:
        peer_count, peer_seconds = _peer(library, path)
    except (OSError, subprocess.SubprocessError) as error:
        missing(f"{name}: {library}: {error}")
        return
    if count != peer_count:
        missing(f"{name}: {library} reads {peer_count}, ours {count}")
        return
    figure(f"{name}: {library}", f"{peer_count / peer_seconds:,.0f} {unit}")
    figure(f"{name}: ratio", f"{peer_seconds / seconds:.1f}", wanted)


def _fit(folder: Path) -> None:
    default = Path(__file__).resolve().parents[2] / "shared"
    real = Path(os.environ.get("KEDROVKA_SHARED", default)) / "data/gps/gpsbabel__fit-sample.fit"
    if not real.exists():
        missing(f"FIT: {real} absent (set KEDROVKA_SHARED)")
        return
    # FIT files may be chained: so a short activity makes a long file.
    path = folder / "chained.fit"
    path.write_bytes(real.read_bytes() * FIT_COPIES)
    _, seconds = _ours(path)
    records = read_file(path).received["record"]
    figure("FIT: kedrovka (fitdecode underneath)", f"{records / seconds:,.0f} records/s")
    try:
        count, peer_seconds = _peer("fitdecode", path)
    except (OSError, subprocess.SubprocessError) as error:
        missing(f"FIT: fitdecode: {error}")
        return
    figure("FIT: fitdecode alone", f"{count / peer_seconds:,.0f} records/s")
    figure("FIT: ratio", f"{peer_seconds / count * records / seconds:.2f}")


def _season(folder: Path) -> None:
    archive = folder / "volume" / "Garmin" / "GPX" / "Archive"
    archive.mkdir(parents=True)
    for raid in range(RAIDS):
        day = date(2025, 10, 1) + timedelta(days=raid)
        data = gpx(RAID_POINTS, raid * 1_000_003).replace(RAID_DAY, day.isoformat().encode())
        (archive / f"raid{raid}.gpx").write_bytes(data)
    command = [sys.executable, "-m", "benchmarks.files", str(folder)]
    done = subprocess.run(command, check=True, timeout=600, stdout=subprocess.PIPE, text=True)
    points, seconds, resident_mb = done.stdout.split()
    figure(f"season of {RAIDS} raids, {int(points):,} points: time", f"{seconds} s", "<= 120 s")
    figure(f"season of {RAIDS} raids: resident", f"{resident_mb} MB", "<= 300 MB")


def dock_season(folder: Path) -> None:
    """Dock the volume as the station does; print points, wall seconds and peak resident MB."""
    engine = open_engine(f"sqlite:///{folder}/season.db")
    migrate(engine)
    started, points = time.perf_counter(), 0
    quota_bytes = 1 << 40
    for came in read_volume(
        folder / "volume", folder / "captures", quota_bytes, lambda _: None, threading.Event()
    ):
        with engine.connect() as connection:
            ready = downloads.prepare(connection, came, frozenset())
        with engine.execution_options(writer=True).begin() as connection:
            points += downloads.commit(connection, ready).new_points
    seconds = time.perf_counter() - started
    resident_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(points, f"{seconds:.1f}", f"{resident_mb:.0f}")


if __name__ == "__main__":
    dock_season(Path(sys.argv[1]))
