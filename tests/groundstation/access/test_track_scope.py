"""Where rangers went is seen by themselves, their leader, and those who look after all of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from groundstation.access.roles import Role
from groundstation.store import people
from groundstation.store.columns import pack
from groundstation.store.tables import downloads, tracks, unit_issues, units, waypoints

DAY = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)


def filled(connection: Connection) -> None:
    """Three units: Ivan's (team north), Olga's (team south), and one nobody was given."""
    for number, team in ((1, "north"), (2, "south")):
        people.add(connection, f"Тестов {number}", DAY, team=team)
    for number in (1, 2, 3):
        unit = f"unit-{number}"
        connection.execute(
            units.insert().values(
                unit=unit, family="garmin", first_docked_utc=DAY, last_docked_utc=DAY, revision=1
            )
        )
        if number < 3:
            issue = {"unit": unit, "person": number, "from_utc": datetime(2026, 1, 1, tzinfo=UTC)}
            connection.execute(unit_issues.insert().values(issue))
        download = _download(connection, unit, number)
        connection.execute(
            tracks.insert().values(
                track=number, unit=unit, download=download, extras={}, first_utc=DAY,
                last_utc=DAY, utc_offset_s=0, weeks_added=0, segments=0, points=0, length_m=0.0,
                cleaned_length_m=0.0, content=pack([], []),
            )
        )  # fmt: skip
        connection.execute(
            waypoints.insert().values(
                waypoint=number, unit=unit, download=download, digest=str(number), name="001",
                time_utc=DAY if number == 1 else None, extras={},
            )
        )  # fmt: skip


def _download(connection: Connection, unit: str, number: int) -> Any:
    values = {
        "download": UUID(int=number), "unit": unit, "port": "x", "capture": unit, "sha256": "",
        "format": "x", "started_utc": DAY, "ended_utc": DAY, "announced": {}, "received": {},
        "new_points": 0, "known_points": 0, "new_waypoints": 0, "known_waypoints": 0, "lost": 0,
        "flaws": [], "weeks_added": 0, "marks": {},
    }  # fmt: skip
    connection.execute(downloads.insert().values(values))
    return values["download"]


WHO_SEES: list[tuple[Role, dict[str, Any], list[int]]] = [
    (Role.ADMINISTRATOR, {}, [3, 2, 1]),
    (Role.ANALYST, {}, [3, 2, 1]),
    (Role.GROUP_LEADER, {"team": "north"}, [3, 1]),
    (Role.GROUP_LEADER, {}, [3]),
    (Role.INSPECTOR, {"person": 2, "team": "north"}, [3, 2]),
    (Role.INSPECTOR, {"team": "north"}, [3]),
]


def test_tracks_and_places_of_others_stay_theirs(run_station: Callable[..., Any]) -> None:
    station = run_station(dock={"enabled": False})
    station.station.store.at_start(filled)
    read = []
    for number, (role, of, seen) in enumerate(WHO_SEES):
        login = f"person{number}"
        with station.let_in(role, login=login, **of) as client:
            listed = client.get("/api/v1/tracks").json()
            assert [track["track"] for track in listed] == seen, role
            single = {n: client.get(f"/api/v1/tracks/{n}").status_code for n in (3, 2, 1)}
            assert single == {n: 200 if n in seen else 404 for n in (3, 2, 1)}, role
            if role is not Role.ANALYST:
                marked = client.get("/api/v1/waypoints").json()
                assert [place["waypoint"] for place in marked] == seen, role
        read += [(login, str(track)) for track in seen]
    log = station.client.get("/api/v1/audit").json()["items"]
    assert [(e["who"], e["subject"]) for e in reversed(log) if e["action"] == "read"] == read
