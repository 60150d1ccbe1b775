"""The effort raster of ten years, out of the database; and kilometres against ecoscope's.

Raids are correlated random walks over a park, one point in fifteen seconds, each a track packed
as the station packs them and a leg's way of which every step counts. To save minutes of packing,
600 different tracks stand in 6000 rows.
"""

import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from benchmarks.report import figure, missing
from firmware_bridge.tracks import Segment
from groundstation.access.account import console
from groundstation.patrol.grid import Grid, step_lengths_m
from groundstation.patrol.raster import Way, effort_raster
from groundstation.store import efforts
from groundstation.store.columns import pack
from groundstation.store.counted import pack_counted
from groundstation.store.efforts import Span
from groundstation.store.engine import migrate, open_engine
from groundstation.store.tables import raid_legs, raid_tracks, raids, tracks

RAIDS, DIFFERENT, POINTS = 6000, 600, 2500
STEP_S = 15
FIRST = datetime(2016, 1, 1, tzinfo=UTC)
PEER = Path(".venv-peers/bin/python")
PEER_RAIDS = 100


def walks(count: int, seed: int = 1) -> Iterator[Way]:
    """Raids of POINTS points over a park of 60 km."""
    rng = np.random.default_rng(seed)
    yes = np.ones(POINTS, bool)
    for raid in range(count):
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.25, POINTS))
        lat0, lon0 = 43.2 + rng.uniform(-0.27, 0.27), 131.3 + rng.uniform(-0.37, 0.37)
        lat = np.round(lat0 + np.cumsum(np.cos(heading)) * 1.6e-4, 7)
        lon = np.round(lon0 + np.cumsum(np.sin(heading)) * 2.2e-4, 7)
        begin_us = round((FIRST + timedelta(hours=14 * raid)).timestamp() * 1e6)
        time_us: NDArray[np.int64] = begin_us + np.arange(POINTS) * STEP_S * 1_000_000
        yield Way(raid, time_us, lat, lon, yes, yes)


def fill(connection: Connection) -> float:
    """Ten years of raids; the kilometres in them."""
    blobs = []
    for way in walks(DIFFERENT):
        high = np.full(POINTS, 250.0)
        segment = Segment(way.time_us, way.lat_deg, way.lon_deg, high)
        blobs.append(pack([segment], [False]))
    yes = np.ones(POINTS, bool)
    bits = pack_counted(yes, np.concatenate([[False], yes[1:]]))
    for number in range(RAIDS):
        day = date(2016, 1, 1) + timedelta(days=number % 3650)
        raid_id = uuid.UUID(int=number + 1)
        connection.execute(raids.insert().values(_raid(raid_id, number, day)))
        leg = {"raid_id": raid_id, "leg": "1"}
        whole = {"position": 0, "start_date": day, "end_date": day + timedelta(days=1)}
        connection.execute(raid_legs.insert().values(leg | whole))
        row = {"track": number + 1, "content": blobs[number % DIFFERENT], **_TRACK}
        connection.execute(tracks.insert().values(row))
        part = leg | {"track": number + 1, "counted": bits}
        connection.execute(raid_tracks.insert().values(part))
    return sum(_km(way) for way in walks(DIFFERENT)) * RAIDS / DIFFERENT


def _km(way: Way) -> float:
    lat, lon = way.lat_deg, way.lon_deg
    return float(step_lengths_m(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum()) / 1000


_TRACK = {
    "extras": {}, "utc_offset_s": 36_000, "weeks_added": 0, "segments": 1, "points": POINTS,
    "length_m": 0.0, "cleaned_length_m": 0.0,
}  # fmt: skip


def _raid(raid_id: uuid.UUID, number: int, day: date) -> dict[str, object]:
    return {
        "raid_id": raid_id, "revision": 1, "kind": "raid", "number": str(number), "search": "",
        "patrol_type": "GROUND", "armed": False, "start_date": day,
        "end_date": day + timedelta(days=1), "attributes": {}, "flaws": [], "filed_by": "bench",
        "filed_utc": FIRST, "updated_utc": FIRST, "distance_m": 0.0, "patrol_s": 0.0,
        "active_s": 0.0, "days": 1, "finds": 0, "west_deg": 131.0, "south_deg": 43.0,
        "east_deg": 131.6, "north_deg": 43.4,
    }  # fmt: skip


def run() -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as folder:
        _ten_years(Path(folder))
        _ecoscope(Path(folder))


def _ten_years(folder: Path) -> None:
    engine = open_engine(f"sqlite:///{folder / 'ten_years.sqlite'}")
    migrate(engine)
    with engine.execution_options(writer=True).begin() as connection:
        km = fill(connection)
    with engine.connect() as connection:
        started = time.perf_counter()
        made = efforts.raster(connection, Span(console("bench")), 1000)
        seconds = time.perf_counter() - started
    engine.dispose()
    name = f"effort raster, 1 km, {RAIDS * POINTS / 1e6:g} M points out of SQLite"
    figure(name, f"{seconds:.2f} s", "(6 s wanted)")
    figure("kilometres lost or won on the grid's lines", f"{abs(made.km.sum() / km - 1):.1e}")


def _ecoscope(folder: Path) -> None:
    ways = list(walks(PEER_RAIDS))
    if not PEER.exists():
        missing("ecoscope: .venv-peers is not there (make bench makes it)")
        return
    path = folder / "points.npz"
    time_us, lat_deg, lon_deg = (
        np.concatenate([getattr(way, name) for way in ways])
        for name in ("time_us", "lat_deg", "lon_deg")
    )
    raid = np.repeat(np.arange(PEER_RAIDS), POINTS)
    np.savez(path, raid=raid, time_us=time_us, lat_deg=lat_deg, lon_deg=lon_deg)
    peer = [str(PEER), "benchmarks/peer_ecoscope.py", str(path)]
    done = subprocess.run(peer, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        missing(f"ecoscope: {done.stderr.strip().splitlines()[-1:]}")
        return
    its_s, its_km, points = (float(word) for word in done.stdout.split()[-3:])
    started = time.perf_counter()
    own = effort_raster(ways, Grid.around(43.2, 131.3, 1000), lambda way: way)
    own_s = time.perf_counter() - started
    own_km = float(own.km.sum())
    figure(f"{points / 1e3:.0f} k points to kilometres by raid and cell", f"{own_s:.3f} s")
    figure("ecoscope's kilometres by patrol, of the same points", f"{its_s:.2f} s")
    figure("times as fast", f"{its_s / own_s:.0f}", "(10 wanted)")
    figure("kilometres against ecoscope's", f"{abs(own_km / its_km - 1):.1e}")


if __name__ == "__main__":
    run()
