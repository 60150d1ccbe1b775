"""The process is killed, the disk fills up, the database goes away: what was acknowledged stays."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from firmware_bridge.messages import Hotspot

Make = Callable[..., Hotspot]


class Process:
    """`kedrovka-ground serve` as its own process."""

    def __init__(self, data: Path, headers: dict[str, str]) -> None:
        self.headers = headers
        self._process = subprocess.Popen(
            [sys.executable, "-m", "groundstation.cli", "serve", "--port", "0"],
            env=os.environ | {"KEDROVKA_GROUND__DATA": str(data)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[-1].rstrip("/")
        self.pid = self._process.pid

    def end(self, number: int) -> int:
        self._process.send_signal(number)
        return self._process.wait(20)


@pytest.fixture
def start(tmp_path: Path, let_in: Callable[[Path], Any]) -> Iterator[Callable[[], Process]]:
    made: list[Process] = []

    def run() -> Process:
        made.append(Process(tmp_path / "data", let_in(tmp_path / "data")))
        return made[-1]

    yield run
    for process in made:
        process.end(signal.SIGKILL)


def test_every_acknowledged_report_survives_kill_9(
    start: Callable[[], Process], hotspot: Make, to_json: Callable[[Any], Any]
) -> None:
    process = start()
    acknowledged: set[str] = set()
    enough = threading.Event()

    def report(first: int) -> None:
        with httpx.Client(base_url=process.url, headers=process.headers) as client:
            for number in range(first, first + 10_000):
                body = to_json(hotspot(number))
                try:
                    answer = client.post("/api/v1/hotspots", json=body)
                except httpx.TransportError:
                    return
                assert answer.status_code == 201
                acknowledged.add(body["hotspot_id"])
                if len(acknowledged) > 60:
                    enough.set()

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(report, 1 + 10_000 * worker) for worker in range(4)]
        assert enough.wait(30)
        process.end(signal.SIGKILL)
    for job in jobs:
        job.result()
    again = start()
    with httpx.Client(base_url=again.url, headers=again.headers) as client:
        kept = client.get("/api/v1/hotspots?limit=5000").json()["items"]
    assert acknowledged <= {item["hotspot_id"] for item in kept}


def test_full_disk_refuses_keeps_and_recovers_without_restart(
    start: Callable[[], Process], hotspot: Make, to_json: Callable[[Any], Any]
) -> None:
    process = start()
    with httpx.Client(base_url=process.url, timeout=20, headers=process.headers) as client:

        def post(number: int) -> httpx.Response:
            return client.post("/api/v1/hotspots", json=to_json(hotspot(number)))

        assert post(1).status_code == 201
        # The kernel refuses every byte beyond this size of a file, as a full disk does.
        limits = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1024, limits[1]))
        refused = post(2)
        sick = client.get("/healthz")
        readable = client.get("/api/v1/hotspots").json()["items"]
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
        assert refused.status_code == 503
        assert "send again later" in refused.json()["detail"]
        assert refused.headers["retry-after"] == "5"
        assert (sick.status_code, sick.json()["database_writable"]) == (503, False)
        assert len(readable) == 1
        assert post(2).status_code == 201
        assert client.get("/healthz").status_code == 200


def test_sigterm_ends_clean(start: Callable[[], Process]) -> None:
    process = start()
    assert httpx.get(f"{process.url}/healthz").status_code == 200
    assert process.end(signal.SIGTERM) == 0


def test_foreign_lock_on_sqlite_is_told_and_passes(
    sqlite_station: Any, hotspot: Make, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "data" / "kedrovka.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    locked = sqlite_station.post(hotspot())
    other.execute("ROLLBACK")
    other.close()
    assert locked.status_code == 503
    assert "database is locked" in locked.json()["detail"]
    assert sqlite_station.post(hotspot()).status_code == 201


def test_postgresql_gone_and_back_without_restart(
    run_station: Callable[..., Any], cluster: Any, hotspot: Make
) -> None:
    running = run_station(database=cluster.empty_database())
    assert running.post(hotspot(1)).status_code == 201
    cluster.stop()
    try:
        refused = running.post(hotspot(2))
        unread = running.client.get("/api/v1/hotspots")
        sick = running.client.get("/healthz")
    finally:
        cluster.start()
    assert [refused.status_code, unread.status_code, sick.status_code] == [503, 503, 503]
    assert running.post(hotspot(2)).status_code == 201
    assert len(running.client.get("/api/v1/hotspots").json()["items"]) == 2
    assert running.client.get("/healthz").status_code == 200
