"""Words that are commands elsewhere, and files that attack: kept as words, refused in words."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from lxml import etree, html

from groundstation.access.roles import Role
from tests.groundstation.records.test_records_api import RAID

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"; DROP TABLE raids; --${7*7}{{7*7}}"
TAG = "<script>alert(1)</script>."
RAID_ID, SEEN_ID, SITE_ID, SHOT_ID = (str(UUID(int=n)) for n in (1, 2, 3, 4))


def _filed(client: httpx.Client) -> None:
    """Evil in every text that people fill in."""

    def put(path: str, body: dict[str, Any]) -> None:
        answer = client.put(f"/api/v1/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text

    names = {"ru": EVIL[:80], "en": EVIL[:80]}
    added = client.post("/api/v1/people", json={"name": EVIL[:80], "given_name": EVIL[:40]})
    assert added.status_code == 201, added.text
    person = added.json()["person"]
    for kind in ("team", "station", "mandate", "transport"):
        put(f"terms/{kind}/evil", {"names": names, "patrol_type": None, "active": True})
    leg = {**RAID["legs"][0], "members": [{"person": person, "is_leader": True}]}
    leg |= {"transport": "evil", "mandate": "evil", "leg": EVIL[:60], "tracks": []}
    texts = {"number": EVIL[:80], "objective": EVIL, "comment": EVIL, "team": "evil"}
    whole = RAID | texts | {"raid_id": RAID_ID, "revision": 1, "legs": [leg], "station": "evil"}
    put(f"raids/{RAID_ID}", whole | {"attributes": {"evil": EVIL}})
    seen = {
        "observation_id": SEEN_ID, "revision": 1, "category": "violation.snare.",
        "raid_id": RAID_ID, "observed_utc": None, "utc_offset_s": 36000, "lat_deg": 43.5,
        "lon_deg": 131.5, "waypoint": EVIL[:60], "comment": EVIL, "observer": person,
        "attributes": {"action_taken": EVIL, "protocol_number": EVIL, "offender_name": EVIL},
    }  # fmt: skip
    put(f"observations/{SEEN_ID}", seen)
    put(f"observations/{UUID(int=9)}", seen | {"observation_id": str(UUID(int=9)), "category": TAG})
    put(f"sites/{SITE_ID}", {"site_id": SITE_ID, "revision": 1, "kind": "camera_trap",
        "name": EVIL[:80], "lat_deg": 43.5, "lon_deg": 131.5, "attributes": {}})  # fmt: skip
    query = {"observation": SEEN_ID, "name": EVIL}
    sent = client.put(f"/api/v1/photographs/{SHOT_ID}", params=query, content=b"no picture")
    assert sent.status_code == 201, sent.text


@pytest.fixture
def evil(run_station: Callable[..., Any]) -> Iterator[tuple[Any, httpx.Client]]:
    """A station full of it, and the head of security who reads it."""
    station = run_station(dock={"enabled": False})
    _filed(station.client)
    with station.let_in(Role.HEAD_OF_SECURITY) as head:
        yield station, head


def test_script_and_sql_in_every_text_are_only_words_in_reports(
    evil: tuple[Any, httpx.Client],
) -> None:
    _, head = evil
    span = "from=2026-01-01&to=2026-12-31"
    for path in (f"raid?raid={RAID_ID}", f"quarterly?{span}", f"donor?{span}"):
        for lang in ("ru", "en"):
            for form in ("part", "page"):
                answer = head.get(f"/api/v1/reports/{path}&lang={lang}&form={form}")
                assert answer.status_code == 200, answer.text
                tree = html.fromstring(answer.text)
                assert tree.xpath("//script | //img[@src='x'] | //@onerror") == [], path
    raid = html.fromstring(head.get(f"/api/v1/reports/raid?raid={RAID_ID}&form=part").text)
    assert raid.text_content().count("<script>alert(1)</script>") >= 8


def test_script_and_sql_in_every_text_come_back_whole_and_leave_whole(
    evil: tuple[Any, httpx.Client],
) -> None:
    _, head = evil
    raid = head.get(f"/api/v1/raids/{RAID_ID}").json()
    assert (raid["raid"]["comment"], raid["raid"]["objective"]) == (EVIL, EVIL)
    assert {o["comment"] for o in raid["observations"]} == {EVIL}
    found = head.get("/api/v1/raids", params={"text": "DROP TABLE"}).json()["items"]
    assert [line["raid_id"] for line in found] == [RAID_ID]
    for format in ("smart", "kml", "gpx"):
        answer = head.get(f"/api/v1/exports/{format}", params={"raid": RAID_ID})
        assert answer.status_code == 200, answer.text
        documents = [answer.content]
        if answer.content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                documents = [archive.read(n) for n in archive.namelist() if n.endswith("ml")]
        for document in documents:
            tree = etree.fromstring(document)
            assert tree.xpath("//*[local-name() = 'script' or local-name() = 'img']") == []
            assert EVIL in "".join([*tree.itertext(), *tree.xpath("//@*")])
    geojson = head.get("/api/v1/exports/geojson", params={"raid": RAID_ID}).json()
    assert any(EVIL in map(str, one["properties"].values()) for one in geojson["features"])
    table = head.get("/api/v1/exports/csv", params={"raid": RAID_ID})
    assert table.status_code == 200


BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "{}">{}]>
<ns2:patrol xmlns:ns2="http://www.smartconservationsoftware.org/xml/1.3/patrol" id="&j;"/>"""
GROWING = "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">'
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<{root} xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="x"><wpt lat="43" lon="131">
<name>&x;</name></wpt></{root}>"""


def _zeros() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("patrol.xml", b"\0" * (64 << 20))
    return file.getvalue()


ATTACKS: dict[str, Callable[[], bytes]] = {
    "laughs.xml": lambda: BOMB.format("ha" * 50, GROWING).encode(),
    "outside.xml": lambda: OUTSIDE.format(root="patrol").encode(),
    "outside.gpx": lambda: OUTSIDE.format(root="gpx").encode(),
    "zeros.zip": _zeros,
    "nothing.zip": lambda: b"PK\x03\x04",
}


def test_files_that_attack_are_refused_in_the_readers_language_and_kept(
    run_station: Callable[..., Any],
) -> None:
    station = run_station(dock={"enabled": False})
    told: dict[str, dict[str, str]] = {"ru": {}, "en": {}}
    for language, said in told.items():
        station.client.post("/api/v1/me/language", json={"language": language})
        for name, make in ATTACKS.items():
            answer = station.client.post("/api/v1/imports", params={"name": name}, content=make())
            assert "root:" not in answer.text
            assert answer.status_code in (200, 413, 422), (name, answer.text)
            if answer.status_code != 200:
                said[name] = answer.json()["detail"]
    assert set(told["ru"]) == set(told["en"]) >= {"laughs.xml", "zeros.zip", "nothing.zip"}
    for name in told["ru"]:
        assert any("а" <= letter <= "я" for letter in told["ru"][name].lower()), told["ru"][name]
        assert told["en"][name].isascii(), told["en"][name]
    assert "root:" not in station.client.get("/api/v1/raids").text
    kept = station.settings.imports_folder()
    assert sum(file.is_file() for file in kept.rglob("*")) >= len(ATTACKS) - 1
    assert station.client.get("/healthz").status_code < 500
