"""A station with ten years of raids: report, effort, list, size, and fifty people at once.

Out of the database of `benchmarks.decade`, or, with `--postgresql URL`, out of an empty one of
those into which it is copied first. The fifty are threads of a process of their own; each asks
for what a page asks for, over and over, and thinks for a second in between. None of them has a
report drawn meanwhile: that holds the server up for seconds.

    python -m benchmarks.patrol_decade [--postgresql URL]
"""

import argparse
import http.client
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np

from benchmarks import decade
from benchmarks.doors import let_in
from benchmarks.report import figure, machine
from groundstation.backup import snapshot
from groundstation.config import GroundSettings
from groundstation.store.engine import open_engine

PEOPLE, THINK_S, ROUND_S = 50, 1.0, 20.0
LISTS = 200
START_S = 60.0
QUARTERS = [(date(year, month, 1), date(year, month + 2, 28)) for year in range(2017, 2026)
            for month in (1, 4, 7, 10)]  # fmt: skip


@contextmanager
def station(database: str | None = None) -> Iterator[tuple[tuple[str, int], dict[str, str]]]:
    """A real one, in a process of its own, on a copy: its address, and headers that get in."""
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        lines = [f"[ground]\ndata = {json.dumps(name)}\nport = 0\n"]
        if database is None:
            shutil.copy(decade.sqlite(), data / "kedrovka.sqlite")
        else:
            lines.append(f"database = {json.dumps(database)}\n")
        lines.append("[ground.dock]\nenabled = false\n[ground.backup]\nevery_hours = 0\n")
        config = data / "kedrovka.toml"
        config.write_text("".join(lines))
        doors = let_in(GroundSettings(data=data, database=database))
        command = [sys.executable, "-m", "groundstation.cli", "serve", "--config", str(config)]
        with (data / "log").open("w") as log:
            server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert server.stdout is not None
            address = urlsplit(server.stdout.readline().split()[-1])
            assert address.hostname
            assert address.port
            yield (address.hostname, address.port), doors
        finally:
            server.terminate()
            server.wait(START_S)


def ask(connection: http.client.HTTPConnection, path: str, doors: dict[str, str]) -> float:
    """Seconds until the whole answer was there; raises RuntimeError when it is none."""
    began_s = time.perf_counter()
    connection.request("GET", path, headers=doors_of(doors))
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {content[:200]!r}")
    return time.perf_counter() - began_s


def filters(rng: random.Random) -> str:
    """A list of raids as somebody narrows it down."""
    wanted: dict[str, object] = {"limit": 50}
    since, until = rng.choice(QUARTERS)
    chosen = rng.randrange(6)
    if chosen in (0, 1, 4):
        wanted |= {"from": since, "to": until}
    if chosen in (1, 2):
        wanted["team"] = rng.choice(["team1", "team2", "team3"])
    if chosen == 3:
        wanted["person"] = rng.randint(1, 24)
    if chosen == 4:
        wanted["transport"] = rng.choice(["foot", "car", "motorboat"])
    if chosen == 5:
        wanted["text"] = rng.choice(["охрана", "фотоловуш", "2019-3-1"])
    return f"/api/v1/raids?{urlencode(wanted)}"


def run(database: str | None = None) -> None:
    """Print all of it."""
    if database is None:
        figure("database, SQLite", f"{decade.sqlite().stat().st_size / 1e9:.2f} GB", "(1.2 wanted)")
    with station(database) as (address, doors):
        connection = http.client.HTTPConnection(*address, timeout=120)
        found = _held(connection, doors)
        figure("raids in it", str(found))
        span = "from=2026-07-01&to=2026-09-30"
        for form, wanted in (("part", "(3 s wanted)"), ("pdf", "")):
            paths = [f"/api/v1/reports/quarterly?{span}&form={form}"] * 3
            seconds = [ask(connection, path, doors) for path in paths]
            name = "page" if form == "part" else "PDF"
            text = f"{seconds[0]:.2f} s first, {min(seconds):.2f} s then"
            figure(f"quarterly report, {name}, over HTTP", text, wanted)
        whole = f"/api/v1/effort?from={decade.FIRST}&to={decade.LAST}&cell_m=1000"
        figure(
            "effort, 1 km cells, all ten years, over HTTP",
            f"{min(ask(connection, whole, doors) for _ in range(2)):.2f} s",
            "(6 s wanted)",
        )
        rng = random.Random(1)
        times = [ask(connection, filters(rng), doors) for _ in range(LISTS)]
        figure("raid list with filters, p95", f"{_p95_ms(times):.0f} ms", "(50 wanted)")
        _fifty(address, doors)


def _held(connection: http.client.HTTPConnection, doors: dict[str, str]) -> int:
    connection.request("GET", "/api/v1/raids?limit=1", headers=doors_of(doors))
    answer = json.loads(connection.getresponse().read())
    count: int = answer["sums"]["raids"]
    return count


def doors_of(doors: dict[str, str]) -> dict[str, str]:
    """Of a person, not of a vehicle."""
    return {name: value for name, value in doors.items() if name != "Authorization"}


def _fifty(address: tuple[str, int], doors: dict[str, str]) -> None:
    with ProcessPoolExecutor(1) as other:
        times, errors = other.submit(crowd, address, doors).result()
    figure(
        f"{PEOPLE} people at once, {len(times)} answers, p95",
        f"{_p95_ms(times):.0f} ms, {errors} errors",
        "(150 wanted, 0)",
    )


def crowd(address: tuple[str, int], doors: dict[str, str]) -> tuple[list[float], int]:
    """Seconds of each answer, and how many there were none of."""
    stop_s = time.monotonic() + ROUND_S

    def person(number: int) -> tuple[list[float], int]:
        rng, times, errors = random.Random(number), [], 0
        connection = http.client.HTTPConnection(*address, timeout=30)
        while time.monotonic() < stop_s:
            time.sleep(rng.uniform(0, 2 * THINK_S))
            try:
                times.append(ask(connection, page(rng), doors))
            except (OSError, RuntimeError, http.client.HTTPException):
                errors += 1
                connection.close()
        return times, errors

    with ThreadPoolExecutor(PEOPLE) as people:
        told = list(people.map(person, range(PEOPLE)))
    return [second for times, _ in told for second in times], sum(errors for _, errors in told)


def page(rng: random.Random) -> str:
    """What a page asks for: mostly lists, now and then the words of the forms."""
    kinds: Sequence[Callable[[], str]] = (
        lambda: filters(rng),
        lambda: filters(rng),
        lambda: "/api/v1/observations?limit=50&from=2026-07-01&to=2026-09-30",
        lambda: "/api/v1/hotspots?limit=100",
        lambda: "/api/v1/people",
        lambda: "/api/v1/me",
    )
    return rng.choice(kinds)()


def _p95_ms(times: Sequence[float]) -> float:
    return float(np.percentile(times, 95)) * 1000


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgresql", metavar="URL", help="an empty database")
    url: str | None = parser.parse_args().postgresql
    print(machine())
    if url is not None:
        began_s = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(shutil.copy(decade.sqlite(), folder))
            engine = open_engine(url)
            snapshot.put_back(copy, engine)
            engine.dispose()
        figure("SQLite put into PostgreSQL, as a backup is", f"{time.monotonic() - began_s:.0f} s")
    run(url)


if __name__ == "__main__":
    main()
