"""Every operation of the API, asked by everybody: it never breaks, and nobody reads what is not
theirs.

The database holds two teams. What the southern one filed carries texts and places that stand
nowhere else (`Marked`); the others ask for all of it by its very ids.
"""

import asyncio
import io
import itertools
import zipfile
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from PIL import Image
from schemathesis.generation import GenerationMode
from sqlalchemy import Connection

from firmware_bridge.tracks import Waypoint
from groundstation.access.account import Account
from groundstation.access.roles import Role
from groundstation.app import routes
from groundstation.live import Live
from groundstation.photographs import folder
from groundstation.records.photograph import Level
from groundstation.store import people, photographs
from groundstation.store.counts import CountNews
from groundstation.store.observations import file as file_observation
from groundstation.store.raids import file as file_raid
from groundstation.store.raids import news
from groundstation.store.track_scope import may_issue
from tests.groundstation.records.books import (
    BOSS,
    LON_DEG,
    NOW,
    docked,
    observation,
    raid,
    stored_track,
)

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DEN, TIGER, OFFENDER = "leopard.den.", "tiger.track.", "violation.people."
PLACES = {DEN: 43.712345, TIGER: 43.612345, OFFENDER: 43.812345}
"""Latitudes, degrees."""
WORDS = {DEN: "seen-the-den", TIGER: "seen-the-tiger", OFFENDER: "seen-the-poacher"}
NAME, WAY_DEG = "the-offenders-name", "43.50899"
"""The way's last latitude."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What the southern team has, and what only it and some others may read."""

    ids: dict[str, list[str]]
    """Values of the parameters of paths and queries."""

    def forbidden(self, role: Role, team: str) -> set[str]:
        """Texts that must be in no answer."""
        whole = {Role.ADMINISTRATOR, Role.HEAD_OF_SECURITY, Role.ANALYST}
        own = role in {Role.GROUP_LEADER, Role.INSPECTOR} and team == "south"
        found = set()
        if role not in {Role.ADMINISTRATOR, Role.HEAD_OF_SECURITY}:
            found |= {WORDS[DEN], "picture-of-den", str(PLACES[DEN])}
        if role is not Role.HEAD_OF_SECURITY and not own:
            found |= {NAME, "picture-of-poacher"}
        if role not in whole and not own:
            found |= {*WORDS.values(), *map(str, PLACES.values()), WAY_DEG, "southern-raid",
                      "southern-picture", "southern-place"}  # fmt: skip
        if role is Role.ANALYST:
            found.add("southern-place")
        return found


def filled(connection: Connection, pictures: Path) -> Marked:
    """Two teams; the southern one was out, marked, found and photographed."""
    for team in ("north", "south"):
        people.add(connection, f"Тестов {team}", LONG_AGO, team=team)
    marked = Waypoint("southern-place", 43.55, LON_DEG, time_utc=datetime(2026, 5, 1, tzinfo=UTC))
    unit = docked(connection, "2", [(9, 1000, 30, 0)], [marked])
    people.issue(connection, unit, 2, LONG_AGO, None, LONG_AGO)
    walked = stored_track(connection, 12, metres=1000, minutes=30)
    own = raid(2, tracks=(walked,), number="S-77", team="south", comment="southern-raid")
    filed = file_raid(connection, own, BOSS, NOW).raid
    told = [str(filed.raid_id)]
    seen, shots = [], []
    kept = _picture(pictures)
    for category, lat_deg in PLACES.items():
        one = observation(raid_id=filed.raid_id, category=category, lat_deg=lat_deg,
                          attributes={"offender_name": NAME} if category == OFFENDER else {},
                          comment=WORDS[category])  # fmt: skip
        file_observation(connection, one, BOSS, NOW)
        seen.append(str(one.observation_id))
        what = {DEN: "picture-of-den", OFFENDER: "picture-of-poacher"}
        name = f"{what.get(category, 'southern-picture')}.jpg"
        shots.append(uuid4())
        photographs.put(connection, kept, shots[-1], name, None, one.observation_id,
                        Level.OBSERVATION, BOSS, NOW)  # fmt: skip
    file_raid(connection, raid(1, number="northern", team="north"), BOSS, NOW)
    return Marked(
        {
            "raid_id": told, "observation_id": seen, "photograph_id": [str(s) for s in shots],
            "raid": told, "observation": seen, "track": ["1", "2"], "unit": [unit],
        }
    )  # fmt: skip


def _picture(where: Path) -> folder.Kept:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(file, "JPEG")
    return folder.keep(where, file.getvalue())


WHO: dict[str, tuple[Role, dict[str, Any]]] = {
    "administrator": (Role.ADMINISTRATOR, {}),
    "head": (Role.HEAD_OF_SECURITY, {}),
    "analyst": (Role.ANALYST, {}),
    "leader": (Role.GROUP_LEADER, {"person": 1, "team": "north"}),
    "inspector": (Role.INSPECTOR, {"person": 1, "team": "north"}),
    "southerner": (Role.INSPECTOR, {"person": 2, "team": "south"}),
    "pilot": (Role.UAV_OPERATOR, {"person": 1, "team": "north"}),
    "guest": (Role.GUEST, {}),
}
FORMATS = ("smart", "gpx", "kml", "geojson", "gpkg", "csv")
SPAN = "from=2026-04-01&to=2026-06-30"
MORE = [
    f"/reports/quarterly?{SPAN}&form=part&lang=en",
    f"/reports/donor?{SPAN}&form=part&lang=en",
    "/reports/raid?raid={raid}&form=part&lang=en",
    "/reports/raid?raid=S-77&form=part&lang=en",
    "/photographs?raid={raid}",
    "/photographs?observation={observation}",
    "/photographs/{photograph_id}?size=full",
    "/observations?raid={raid}&limit=1",
    "/observations?text=seen",
    "/observations?bbox=131,43,132,44",
    "/observations?withdrawn=true",
    "/raids?text=S-77",
    "/raids?team=south",
    "/raids?person=2",
    "/drafts?days=3660",
    "/tracks/{track}?form=geojson",
    f"/suggestions?{SPAN}&category={DEN}",
    f"/suggestions?{SPAN}&category={OFFENDER}",
    *(f"/exports/{form}?raid={{raid}}" for form in FORMATS),
    *(f"/exports/{form}" for form in (*FORMATS, "capthist")),
    "/exports/geojson?public=true",
]  # fmt: skip


@pytest.fixture
def whole(run_station: Callable[..., Any]) -> Iterator[tuple[Any, Marked, dict[str, httpx.Client]]]:
    """A station with two teams, and everybody signed in."""
    station = run_station(dock={"enabled": False})
    where = station.settings.photographs_folder()
    marked = station.station.store.at_start(lambda c: filled(c, where))
    clients = {who: station.let_in(role, login=who, **of) for who, (role, of) in WHO.items()}
    yield station, marked, clients
    for client in clients.values():
        client.close()


def asked(marked: Marked) -> Iterator[str]:
    """Every address that reads, with the southern team's own ids."""
    reading = [p for method, p in routes() if method == "GET" and not p.endswith("/live")]
    known = [path.removeprefix("/api/v1") for path in reading] + MORE
    for path in known:
        names = [part.partition("}")[0] for part in path.split("{")[1:]]
        last = [marked.ids[name] for name in names if name in marked.ids]
        if len(last) == len(names):
            for value in last[0] if last else [""]:
                yield path.format_map(dict.fromkeys(names, value))


def texts(answer: httpx.Response) -> Iterator[bytes]:
    """What an answer says, in archives too."""
    yield answer.content
    yield repr(answer.headers).encode()
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield archive.read(name)


def test_nobody_reads_what_is_not_theirs(
    whole: tuple[Any, Marked, dict[str, httpx.Client]],
) -> None:
    _, marked, clients = whole
    leaks, met = [], set()
    own = {*WORDS.values(), NAME, WAY_DEG}
    for who, (role, of) in WHO.items():
        forbidden = {word.encode() for word in marked.forbidden(role, of.get("team", ""))}
        for path in asked(marked):
            answer = clients[who].get(f"/api/v1{path}")
            assert answer.status_code < 500, (who, path, answer.text)
            for text in texts(answer):
                leaks += [(who, path, word) for word in forbidden if word in text]
                if who in ("head", "southerner"):
                    met |= {(who, word) for word in own if word.encode() in text}
    assert leaks == []
    assert met == {*(("head", m) for m in own), *(("southerner", m) for m in own - {WORDS[DEN]})}


def test_what_is_withheld_is_found_by_no_empty_page(
    whole: tuple[Any, Marked, dict[str, httpx.Client]],
) -> None:
    _, marked, clients = whole
    lat = PLACES[DEN]
    around: dict[str, str | int] = {"bbox": f"131.49,{lat - 1e-4},131.51,{lat + 1e-4}", "limit": 1}
    for who in ("analyst", "southerner"):
        by_kind: dict[str, str | int] = {"category": DEN, "limit": 1}
        by_word: dict[str, str | int] = {"text": WORDS[DEN], "limit": 1}
        for query in (around, by_kind, by_word):
            told = clients[who].get("/api/v1/observations", params=query).json()
            assert told == {"items": [], "after": None}, (who, query)
        seen = clients[who].get("/api/v1/observations", params={"limit": 2}).json()
        assert len(seen["items"]) == 2
        raid_id = marked.ids["raid"][0]
        north = clients[who].get(f"/api/v1/raids/{raid_id}").json()["totals"]["bbox"][3]
        assert north < min(PLACES.values())


def test_nobody_takes_what_is_of_others_by_naming_it(
    whole: tuple[Any, Marked, dict[str, httpx.Client]],
) -> None:
    station, marked, clients = whole
    me = clients["inspector"]
    unit = marked.ids["unit"][0]
    back = {"person": 1, "from_utc": "2026-02-01T00:00:00Z"}
    refused = me.post(f"/api/v1/units/{unit}/issue", json=back)
    assert (refused.status_code, refused.json()["code"]) == (403, "was_with_others")
    assert me.post(f"/api/v1/units/{unit}/issue", json={"person": 1}).status_code == 200
    assert me.get("/api/v1/waypoints").json() == []
    assert {t["track"] for t in me.get("/api/v1/tracks").json()} == set()
    placed = {
        "observation_id": str(UUID(int=9)), "revision": 1, "category": TIGER, "attributes": {},
        "docked": 1, "observed_utc": None, "utc_offset_s": 36000, "lat_deg": None, "lon_deg": None,
    }  # fmt: skip
    answer = me.put(f"/api/v1/observations/{UUID(int=9)}", json=placed)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_waypoint")
    shot = clients["head"].get(
        f"/api/v1/photographs/{marked.ids['photograph_id'][1]}", params={"size": "full"}
    )
    own = me.get("/api/v1/raids").json()["items"][0]["raid_id"]
    again = me.put(
        f"/api/v1/photographs/{marked.ids['photograph_id'][1]}",
        params={"raid": own}, content=shot.content,
    )  # fmt: skip
    assert again.status_code == 409
    assert "southern" not in again.text
    hers = Account("leader", "leader", Role.GROUP_LEADER, 1, person=1, team="south")
    assert station.station.store.at_start(lambda c: may_issue(c, hers, unit, LONG_AGO))


def test_a_raid_is_told_of_to_those_it_belongs_to() -> None:
    sent = raid(2, number="1", team="south", day=date(2026, 5, 1))
    readers = {
        "filed it": (Account("one", "", Role.INSPECTOR, 1, person=7), True),
        "was there": (Account("two", "", Role.INSPECTOR, 2, person=2), True),
        "leads them": (Account("three", "", Role.GROUP_LEADER, 3, team="south"), True),
        "heads all": (Account("four", "", Role.HEAD_OF_SECURITY, 4), True),
        "of the team": (Account("five", "", Role.INSPECTOR, 5, person=8, team="south"), False),
        "leads others": (Account("six", "", Role.GROUP_LEADER, 6, team="north"), False),
        "of no team": (Account("seven", "", Role.GROUP_LEADER, 7), False),
    }

    async def heard(account: Account) -> tuple[bytes, bytes]:
        """At once, and when the connection comes back; all up to what everybody is told."""
        live = Live("1", lambda: NOW)
        stream = live.stream(None, account)
        hello = await anext(stream) + await anext(stream)
        live.publish("raid", news(sent, "one"))
        live.publish("count", CountNews(None, None, 1))
        at_once = await _until_count(stream)
        back = live.stream(hello.split(b"id: ")[1].split(b"\n")[0].decode(), account)
        missed = await _until_count(back)
        live.close()
        return at_once, missed

    for what, (account, told) in readers.items():
        for frames in asyncio.run(heard(account)):
            assert (str(sent.raid_id).encode() in frames) == told, what
            assert b"circle" not in frames
            assert b"filed_by" not in frames


async def _until_count(stream: AsyncGenerator[bytes, None]) -> bytes:
    frames = b""
    while b"event: count" not in frames:
        frames += await anext(stream)
    await stream.aclose()
    return frames


BESIDE = {
    ("GET", "/api/v1/live"),  # has no end
    ("DELETE", "/api/v1/session"),  # the next request would be nobody's
    ("POST", "/api/v1/session"),  # a hash each; the doors' own tests knock there
}


def examples(station: Any, count: int, ask: Callable[[Any], None]) -> int:
    """Ask that many examples of every operation; how many operations there are."""
    document = station.client.get("/openapi.json").json()
    schema: Any = schemathesis.openapi.from_dict(document)
    operations = [result.ok() for result in schema.get_all_operations()]
    for operation in operations:
        if (operation.method.upper(), operation.path) in BESIDE:
            continue

        @settings(
            max_examples=count, derandomize=True, database=None, deadline=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def sent(case: Any) -> None:
            ask(case)

        sent()
    return len(operations)


def fuzz(whole: tuple[Any, Marked, dict[str, httpx.Client]], count: int) -> None:
    """Ask what the document allows, as everybody; nothing breaks, nothing leaks."""
    station, marked, clients = whole
    session = requests.Session()
    forbidden = {
        who: {word.encode() for word in marked.forbidden(role, of.get("team", ""))}
        for who, (role, of) in WHO.items()
    }

    turn = itertools.count()

    def ask(case: Any) -> None:
        if (
            next(turn) % 3
        ):  # made-up ids are nobody's: two of three times they are the southern ones
            for given in (case.path_parameters or {}, case.query or {}):
                for name in given.keys() & marked.ids.keys():
                    given[name] = marked.ids[name][next(turn) % len(marked.ids[name])]
        sent = case.as_transport_kwargs(base_url=station.url)
        given = {k: v for k, v in sent.pop("headers", {}).items() if k.lower() != "cookie"}
        for name in ("Authorization", "X-Kedrovka-CSRF", "User-Agent"):
            given.pop(name, None)
        sent.pop("cookies", None)
        for who, client in clients.items():
            own = ("Cookie", "X-Kedrovka-CSRF", "User-Agent")
            headers = given | {name: client.headers[name] for name in own}
            answer = session.request(**sent, headers=headers, timeout=60)
            assert answer.status_code < 500, (who, case, answer.text)
            assert not [word for word in forbidden[who] if word in answer.content], (who, case)

    assert examples(station, count, ask) > 80


def test_whatever_the_document_allows_is_answered(
    whole: tuple[Any, Marked, dict[str, httpx.Client]],
) -> None:
    fuzz(whole, 3)
