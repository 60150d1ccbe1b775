"""A database to file into, somebody who files, and records to be filed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import Connection, Engine, update

from firmware_bridge.tracks import Contents, Segment, Track, UnitIdentity, Waypoint
from groundstation.access.account import Account, console
from groundstation.access.roles import Role
from groundstation.records.observation import Observation
from groundstation.records.raid import (
    Day,
    Leg,
    Member,
    PatrolType,
    Raid,
    RaidKind,
    TrackPart,
)
from groundstation.store import downloads, tracks
from groundstation.store.engine import migrate, open_engine
from groundstation.store.tables import tracks as track_table

NOW = datetime(2026, 5, 10, 3, 0, tzinfo=UTC)
OFFSET_S = 36_000
DAY = date(2026, 5, 1)
LAT_DEG, LON_DEG = 43.5, 131.5
METRE_DEG = 1 / 111_120.0
"""Of latitude, near enough here."""


class Books:
    """A database; `with books() as connection` is one transaction of a writer."""

    def __init__(self, url: str, migrated: bool = False) -> None:
        self.engine: Engine = open_engine(url)
        if not migrated:
            migrate(self.engine)

    @contextmanager
    def __call__(self) -> Iterator[Connection]:
        with self.engine.execution_options(writer=True).begin() as connection:
            yield connection


BOSS = console("tests")
"""Whoever sits at the console."""


def account(role: Role, login: str = "somebody", **of: Any) -> Account:
    """`account(Role.INSPECTOR, login=..., person=..., team=...)`: somebody signed in."""
    return Account(login, login, role, account=1, **of)


def raid(*people: int, tracks: tuple[int, ...] = (), day: date = DAY, **of: Any) -> Raid:
    """A day's raid of the given people, the first of them its leader."""
    start, end = of.pop("start", time(8)), of.pop("end", time(18))
    leg = Leg(
        "1",
        day,
        day,
        transport=of.pop("transport", "foot"),
        members=[Member(person, person == people[0]) for person in people],
        days=[Day(day, start, end, of.pop("rest", 60.0), OFFSET_S)],
        tracks=[TrackPart(track) for track in tracks],
    )
    own = {"raid_id": uuid4(), "revision": 1, "kind": RaidKind.RAID, "number": "Р-1"}
    own |= {"patrol_type": PatrolType.GROUND, "start_date": day, "end_date": day}
    return Raid(**{**own, "legs": [leg], "flaws": [], **of})


def observation(**of: Any) -> Observation:
    """A fresh tiger's track at noon of the raid's day."""
    own: dict[str, Any] = {
        "observation_id": uuid4(),
        "revision": 1,
        "category": "tiger.track.",
        "attributes": {"heel_pad_cm": 9.5},
        "observed_utc": datetime(2026, 5, 1, 2, 0, tzinfo=UTC),
        "utc_offset_s": OFFSET_S,
        "lat_deg": LAT_DEG,
        "lon_deg": LON_DEG,
    }
    return Observation(**{**own, **of})


def walk(
    start_utc: datetime, metres: float, minutes: float, east_m: float = 0.0, every_s: float = 30.0
) -> Segment:
    """Straight north at an even pace, so and so far east of the place all walks begin at."""
    count = round(minutes * 60 / every_s) + 1
    share = np.linspace(0, 1, count)
    first_us = round(start_utc.timestamp() * 1e6)
    east_deg = east_m * METRE_DEG / np.cos(np.radians(LAT_DEG))
    return Segment(
        (first_us + share * minutes * 60e6).astype(np.int64),
        LAT_DEG + share * metres * METRE_DEG,
        np.full(count, LON_DEG + east_deg),
        np.full(count, 250.0),
    )


def stored_track(
    connection: Connection,
    hour: float,
    metres: float,
    minutes: float,
    east_m: float = 0.0,
    days: int = 0,
    speed_up: float = 1.0,
) -> int:
    """`stored_track(connection, hour, metres, minutes, east_m=, days=)`: a track of a file."""
    start = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(days=days, hours=hour - 10)
    return stored(connection, [walk(start, metres, minutes / speed_up, east_m)])


def stored(connection: Connection, segments: Sequence[Segment]) -> int:
    """`stored(connection, segments)`: a track of a file."""
    whole, continues = Track("walk", segments), [False] * len(segments)
    row = tracks.row_of(whole, continues, 0, round(NOW.timestamp() * 1e6))
    values = row | {"utc_offset_s": OFFSET_S}
    key = connection.execute(track_table.insert().values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def docked(
    connection: Connection,
    number: str,
    walks: list[tuple[float, float, float, float]],
    marked: Sequence[Waypoint] = (),
) -> str:
    """`docked(connection, "123", [walks], [waypoints])`: a unit's memory, stored; its key."""
    zero = datetime(2026, 5, 1, tzinfo=UTC)
    segments = [
        walk(zero + timedelta(hours=hour - 10), metres, minutes, east_m)
        for hour, metres, minutes, east_m in walks
    ]
    unit = UnitIdentity("garmin", number, "eTrex", "2.1")
    found = [Track(f"day {n}", [segment]) for n, segment in enumerate(segments)]
    contents = Contents("garmin", unit, found, marked, [])
    came = downloads.Download(
        UUID(int=int(number)), "port", f"{number}.bin", "0" * 64, NOW, NOW, unit, contents, None
    )
    done = downloads.commit(connection, downloads.prepare(connection, came, frozenset()))
    # The machine that runs this test may be anywhere.
    connection.execute(update(track_table).values(utc_offset_s=OFFSET_S))
    return done.unit
