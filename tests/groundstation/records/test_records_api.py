"""Records over HTTP: filed, listed, told to each within their scope, and said live."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from groundstation.access.roles import Role
from groundstation.store import people
from groundstation.store.observations import file as file_observation
from groundstation.store.raids import file as file_raid
from tests.groundstation.conftest import Running, headers_of
from tests.groundstation.records.books import BOSS, observation, raid, stored_track

RAID: dict[str, Any] = {
    "kind": "raid",
    "number": "Р-7",
    "patrol_type": "GROUND",
    "start_date": "2026-05-01",
    "end_date": "2026-05-01",
    "objective": "Обход у Ёлочной пади",
    "legs": [
        {
            "leg": "1",
            "start_date": "2026-05-01",
            "end_date": "2026-05-01",
            "transport": "foot",
            "members": [{"person": 1, "is_leader": True}],
            "days": [
                {
                    "date": "2026-05-01",
                    "start_time": "08:00:00",
                    "end_time": "16:00:00",
                    "utc_offset_s": 36000,
                }
            ],
        }
    ],
}


def _raid(**changes: Any) -> dict[str, Any]:
    return {"raid_id": str(uuid.UUID(int=1)), "revision": 1, **RAID, **changes}


def _observation(**changes: Any) -> dict[str, Any]:
    own = {
        "observation_id": str(uuid.UUID(int=99)),
        "revision": 1,
        "category": "leopard.sign.",
        "attributes": {"sex": "female"},
        "observed_utc": "2026-05-01T12:00:00+10:00",
        "utc_offset_s": 36000,
        "lat_deg": 43.5123,
        "lon_deg": 131.4567,
    }
    return own | changes


@pytest.fixture
def client(sqlite_station: Running) -> httpx.Client:
    """An administrator's, at a station that knows one person."""
    made = sqlite_station.client.post("/api/v1/people", json={"name": "Тестов"})
    assert made.status_code == 201
    return sqlite_station.client


def _other(station: Running, role: Role, login: str, **of: Any) -> httpx.Client:
    headers = station.station.store.at_start(lambda c: headers_of(c, role, login, **of))
    return httpx.Client(base_url=station.url, headers=headers, timeout=20)


def test_a_raid_is_filed_listed_changed_and_withdrawn(running: Running) -> None:
    client = running.client
    client.post("/api/v1/people", json={"name": "Тестов"})
    sent = _raid()
    url = f"/api/v1/raids/{sent['raid_id']}"
    filed = client.put(url, json=sent)
    assert filed.status_code == 200, filed.text
    assert filed.json()["totals"]["active_s"] == 8 * 3600
    assert client.put(url, json=sent).json() == filed.json()

    made = client.put(
        f"/api/v1/observations/{uuid.UUID(int=99)}", json=_observation(raid_id=sent["raid_id"])
    )
    assert made.status_code == 200, made.text
    page = client.get("/api/v1/raids", params={"text": "елочн", "from": "2026-05-01"}).json()
    (line,) = page["items"]
    assert line["leader"] == {"person": 1, "name": "Тестов"}
    assert (line["transports"], line["totals"]["finds"]) == (["foot"], 1)
    assert page["sums"]["days"] == 1
    detail = client.get(url).json()
    assert detail["names"] == {"1": "Тестов"}
    assert detail["may_change"] is True
    assert [o["category"] for o in detail["observations"]] == ["leopard.sign."]

    changed = client.put(url, json=_raid(revision=2, comment="снег"))
    assert changed.json()["raid"]["comment"] == "снег"
    late = client.put(url, json=_raid(revision=2, comment="дождь"))
    assert late.status_code == 409
    assert late.json()["code"] == "changed_elsewhere"
    assert late.json()["values"]["current"]["comment"] == "снег"

    gone = client.post(f"{url}/withdraw", json={"revision": 2, "reason": "двойник"})
    assert gone.json()["raid"]["withdrawn"] == "двойник"
    assert client.get("/api/v1/raids").json()["items"] == []
    assert client.get("/api/v1/observations").json()["items"] == []
    back = client.post(f"{url}/restore", json={"revision": 3, "reason": "верный"})
    assert back.json()["raid"]["revision"] == 4
    entries = client.get(f"{url}/history").json()
    assert [e["action"] for e in entries] == ["filed", "changed", "withdrawn", "restored"]
    assert entries[1]["before"]["comment"] is None


REFUSED = [
    {"raid_id": str(uuid.UUID(int=5))},
    {"start_date": "0001-01-01"},
    {"attributes": {"fuel_l": 1e999}},
    {"number": ""},
    {"legs": [RAID["legs"][0], RAID["legs"][0]]},
    {"legs": [{**RAID["legs"][0], "members": [{"person": 2**62}]}]},
]


def test_what_no_raid_can_be_is_refused_and_what_is_only_words_is_kept(
    client: httpx.Client,
) -> None:
    url = f"/api/v1/raids/{uuid.UUID(int=1)}"
    for change in REFUSED:
        answer = client.put(url, content=json.dumps(_raid(**change)))
        assert answer.status_code == 422, (change, answer.text)
    words = {"number": "'; DROP TABLE raids; --", "comment": "<script>alert(1)</script>"}
    assert client.put(url, json=_raid(**words)).json()["raid"]["number"] == words["number"]
    (line,) = client.get("/api/v1/raids", params={"text": "drop table"}).json()["items"]
    assert line["number"] == words["number"]
    assert client.get("/api/v1/raids", params={"text": "100%_"}).json()["items"] == []


def test_each_sees_their_own_and_a_leopard_as_they_may(sqlite_station: Running) -> None:
    now = datetime(2026, 5, 10, tzinfo=UTC)

    def fill(c: Connection) -> tuple[int, int, str]:
        mine, other = (people.add(c, name, now).person for name in ("Тестов", "Пробный"))
        track = stored_track(c, 9, metres=3000, minutes=60)
        filed = file_raid(c, raid(mine, tracks=(track,), number="С"), BOSS, now).raid
        file_raid(c, raid(other, number="Ю"), BOSS, now)
        for category in ("leopard.sign.", "leopard.den.", "violation.people."):
            attributes = {"offender_name": "Условный"} if category.startswith("v") else {}
            made = observation(raid_id=filed.raid_id, category=category, attributes=attributes)
            file_observation(c, made, BOSS, now)
        return mine, other, str(filed.raid_id)

    mine, other, raid_id = sqlite_station.station.store.at_start(fill)
    inspector = _other(sqlite_station, Role.INSPECTOR, "one", person=mine)
    stranger = _other(sqlite_station, Role.INSPECTOR, "two", person=other)
    pilot = _other(sqlite_station, Role.UAV_OPERATOR, "three", person=mine)
    url = f"/api/v1/raids/{raid_id}"

    def told(client: httpx.Client) -> dict[str, Any]:
        found = client.get("/api/v1/observations").json()["items"]
        return {o["category"]: (o["lat_deg"], len(o["attributes"])) for o in found}

    assert told(sqlite_station.client) == {
        "leopard.sign.": (43.5, 0),
        "leopard.den.": (43.5, 0),
        "violation.people.": (43.5, 0),  # an administrator minds no offenders
    }
    assert told(inspector) == {"leopard.sign.": (43.5, 0), "violation.people.": (43.5, 1)}
    assert told(pilot) == {"leopard.sign.": (43.55, 0), "violation.people.": (43.5, 0)}
    assert told(stranger) == {}
    assert [r["number"] for r in stranger.get("/api/v1/raids").json()["items"]] == ["Ю"]
    for path in (url, f"{url}/history", f"{url}/way"):
        assert stranger.get(path).status_code == 404
    (part,) = inspector.get(f"{url}/way").json()["parts"]
    assert len(part["time_ms"]) == len(part["lat_deg"]) == len(part["counted"]) == 121
    assert pilot.get(f"{url}/way").status_code == 403
    assert pilot.get(url).json()["raid"]["legs"][0]["tracks"] == []
    assert pilot.get(url).json()["totals"]["bbox"] is None
    closely = {"bbox": "131.4999,43.4999,131.5001,43.5001"}
    assert [
        o["category"] for o in pilot.get("/api/v1/observations", params=closely).json()["items"]
    ] == ["violation.people."]
    log = sqlite_station.client.get("/api/v1/audit").json()["items"]
    reads = [(e["who"], e["kind"]) for e in log if e["action"] == "read"]
    assert ("one", "way") in reads
    assert ("one", "observations") in reads
    assert ("three", "observations") not in reads


def test_pages_follow_one_another_without_a_gap(sqlite_station: Running) -> None:
    now = datetime(2026, 5, 10, tzinfo=UTC)

    def fill(c: Connection) -> None:
        mine = people.add(c, "Тестов", now).person
        for number in range(7):
            filed = file_raid(c, raid(mine, number=str(number)), BOSS, now).raid
            file_observation(c, observation(raid_id=filed.raid_id), BOSS, now)

    sqlite_station.station.store.at_start(fill)
    for path, key in (("raids", "raid_id"), ("observations", "observation_id")):
        seen: list[str] = []
        after: str | None = None
        while True:
            params = {"limit": 3} | ({"after": after} if after else {})
            page = sqlite_station.client.get(f"/api/v1/{path}", params=params).json()
            seen += [item[key] for item in page["items"]]
            after = page["after"]
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 7
    assert sqlite_station.client.get("/api/v1/raids?after=nonsense").status_code == 422


def test_the_model_and_terms_are_read_and_changed(client: httpx.Client) -> None:
    model = client.get("/api/v1/model").json()
    assert model["model"] == 0
    model["document"]["categories"][0]["names"]["ru"] = "Нарушения режима"
    changed = client.put("/api/v1/model", json={"base": 0, "document": model["document"]})
    assert changed.status_code == 200, changed.text
    assert "Нарушения режима" in client.get("/api/v1/model/model.xml").text
    late = client.put("/api/v1/model", json={"base": 0, "document": {"attributes": []}})
    assert late.status_code == 409
    broken = {"categories": [{"key": "a", "names": {}, "attributes": [{"key": "none"}]}]}
    base = changed.json()["model"]
    refused = client.put("/api/v1/model", json={"base": base, "document": broken})
    assert refused.json()["code"] == "model_broken"
    assert len(client.get("/api/v1/model/history").json()) == 1
    put = client.put("/api/v1/terms/team/north", json={"names": {"ru": "Северная"}})
    assert put.status_code == 200
    assert [t["key"] for t in client.get("/api/v1/terms").json() if t["kind"] == "team"] == [
        "north"
    ]
    assert client.get("/api/v1/flaws").json()["no_place"][1] == "The place is not known."


def test_what_is_filed_is_said_live(client: httpx.Client) -> None:
    with client.stream("GET", "/api/v1/live") as events:
        lines = events.iter_lines()
        while next(lines) != "event: hello":
            pass
        client.put(f"/api/v1/raids/{uuid.UUID(int=1)}", json=_raid())
        while next(lines) != "event: raid":
            pass
        assert '"revision":1' in next(lines)


def test_drafts_and_camera_traps_over_http(client: httpx.Client) -> None:
    assert client.get("/api/v1/drafts").json() == []
    site = {"site_id": str(uuid.UUID(int=3)), "revision": 1, "kind": "camera_trap", "name": "ФЛ-1"}
    site |= {"lat_deg": 43.51, "lon_deg": 131.52}  # type: ignore[dict-item]
    url = f"/api/v1/sites/{site['site_id']}"
    assert client.put(url, json=site).status_code == 200
    assert client.get(url).json()["lat_deg"] == 43.51
    gone = client.post(f"{url}/withdraw", json={"revision": 1, "reason": "снята"})
    assert gone.json()["withdrawn"] == "снята"
    assert client.get("/api/v1/sites").json() == []


def test_an_employee_number_is_one_persons(client: httpx.Client) -> None:
    second = client.post("/api/v1/people", json={"name": "Пробный", "employee_id": "17"}).json()
    answer = client.post(
        "/api/v1/people/1", json={"name": "Тестов", "active": True, "employee_id": "17"}
    )
    assert answer.status_code == 409
    assert answer.json()["code"] == "employee_taken"
    named = client.post("/api/v1/people", json={"name": "Тестов", "employee_id": "18"}).json()
    assert (second["person"], named["person"], named["employee_id"]) == (2, 1, "18")
