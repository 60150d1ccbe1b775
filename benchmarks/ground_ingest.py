"""Single hotspot reports a second over HTTP into SQLite, and whether they survive kill -9.

Four keep-alive clients in a process of their own post one report a request to a real
`kedrovka-ground serve`, each a new hotspot. Then the server is killed without warning, started
again, and every acknowledged report is looked for.

    python -m benchmarks.ground_ingest [--seconds 5] [--clients 4]
"""

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from benchmarks.doors import let_in
from benchmarks.report import figure, machine
from groundstation.config import GroundSettings

TARGET_PER_S = 300
START_S = 30


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw until the server was gone."""

    acknowledged: list[str]
    latencies_s: list[float]
    seconds: float


def body(number: int) -> dict[str, object]:
    """A report as an onboard process posts it."""
    return {
        "hotspot_id": str(UUID(int=(0x019A << 112) | (7 << 76) | (2 << 62) | number)),
        "revision": 1,
        "system_id": 1,
        "kind": "fire",
        "first_seen_utc": "2026-05-01T03:00:00Z",
        "last_seen_utc": "2026-05-01T03:00:02.5Z",
        "views": 6,
        "fix": {
            "lat_deg": 43.5 + number * 1e-6,
            "lon_deg": 131.5,
            "alt_amsl_m": 250.0,
            "var_east_m2": 4.0,
            "var_north_m2": 9.0,
            "cov_east_north_m2": 1.0,
            "ce90_m": 5.5,
        },
        "unlocated_because": None,
        "peak_kelvin": 650.0,
        "contrast_kelvin": 360.0,
        "saturated": False,
        "area_m2": 2.5,
    }


def post_until_gone(
    address: tuple[str, int], first: int, stop_s: float, doors: dict[str, str]
) -> Load:
    """Post on one connection until the server dies."""
    connection = http.client.HTTPConnection(*address, timeout=10)
    acknowledged, latencies = [], []
    began_s, number = time.monotonic(), first
    last_s = began_s
    while time.monotonic() < stop_s:
        report = body(number)
        sent_s = time.monotonic()
        try:
            headers = doors | {"Content-Type": "application/json"}
            connection.request("POST", "/api/v1/hotspots", json.dumps(report), headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            break
        if answer.status != 201:
            raise SystemExit(f"the server answered {answer.status}")
        last_s = time.monotonic()
        acknowledged.append(str(report["hotspot_id"]))
        latencies.append(last_s - sent_s)
        number += 1
    return Load(acknowledged, latencies, last_s - began_s)


def load(
    address: tuple[str, int], clients: int, seconds: float, doors: dict[str, str]
) -> list[Load]:
    """Run the clients in threads of this process."""
    stop_s = time.monotonic() + seconds + 5
    with ThreadPoolExecutor(clients) as pool:
        jobs = [
            pool.submit(post_until_gone, address, index * 1_000_000, stop_s, doors)
            for index in range(clients)
        ]
        return [job.result() for job in jobs]


def start_server(data: Path) -> tuple[subprocess.Popen[str], tuple[str, int]]:
    """A real server process on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "groundstation.cli", "serve", "--port", "0"],
        env=os.environ | {"KEDROVKA_GROUND__DATA": str(data)},
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    )
    watchdog = threading.Timer(START_S, process.kill)
    watchdog.start()
    assert process.stdout is not None
    parts = urlsplit(process.stdout.readline().split()[-1])
    watchdog.cancel()
    assert parts.hostname is not None
    assert parts.port is not None
    return process, (parts.hostname, parts.port)


def count_kept(address: tuple[str, int], doors: dict[str, str]) -> set[str]:
    """Ids of all hotspots the server lists."""
    connection = http.client.HTTPConnection(*address, timeout=30)
    kept: set[str] = set()
    query = "?limit=5000"
    while True:
        connection.request("GET", f"/api/v1/hotspots{query}", headers=doors)
        page = json.loads(connection.getresponse().read())
        kept |= {item["hotspot_id"] for item in page["items"]}
        if page["next"] is None:
            return kept
        query = f"?limit=5000&cursor={page['next']}"


@dataclass(frozen=True, slots=True)
class Figures:
    """The outcome."""

    reports_per_s: float
    p50_ms: float
    p95_ms: float
    acknowledged: int
    lost: int


def measure(clients: int, seconds: float) -> Figures:
    """Load a server, kill it, start it again, count."""
    with tempfile.TemporaryDirectory(prefix="kedrovka-ingest-") as folder:
        doors = let_in(GroundSettings(data=Path(folder)))
        process, address = start_server(Path(folder))
        with ProcessPoolExecutor(1) as pool:
            job = pool.submit(load, address, clients, seconds, doors)
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            loads = job.result()
        process, address = start_server(Path(folder))
        kept = count_kept(address, doors)
        process.terminate()
        process.wait(20)
    acknowledged = {identifier for one in loads for identifier in one.acknowledged}
    latencies = sorted(latency for one in loads for latency in one.latencies_s)
    return Figures(
        reports_per_s=len(latencies) / max(one.seconds for one in loads),
        p50_ms=latencies[len(latencies) // 2] * 1e3,
        p95_ms=latencies[len(latencies) * 95 // 100] * 1e3,
        acknowledged=len(acknowledged),
        lost=len(acknowledged - kept),
    )


def run(clients: int = 4, seconds: float = 5.0) -> None:
    """Print the figures."""
    got = measure(clients, seconds)
    rate = f"{got.reports_per_s:.0f}/s, p50 {got.p50_ms:.1f} ms, p95 {got.p95_ms:.1f} ms"
    figure(f"single reports over HTTP into SQLite, {clients} clients", rate, f">= {TARGET_PER_S}/s")
    kept = f"{got.lost} of {got.acknowledged}"
    figure("acknowledged reports lost by kill -9 under load", kept, "0")


def main() -> int:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=4)
    options = parser.parse_args()
    print(machine())
    run(options.clients, options.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
