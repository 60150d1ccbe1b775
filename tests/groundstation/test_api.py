"""The REST interface over real HTTP, on both databases."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import cv2
import httpx
import numpy as np
import pytest

from firmware_bridge.messages import Hotspot

Make = Callable[..., Hotspot]
STATE = {
    "system_id": 1,
    "time_utc": "2026-05-01T03:00:00Z",
    "lat_deg": 43.5,
    "lon_deg": 131.5,
    "alt_amsl_m": 350.0,
    "height_above_home_m": 100.0,
    "heading_deg": 90.0,
    "speed_m_s": 8.0,
    "mode": "AUTO",
    "armed": True,
    "battery_percent": 71.0,
    "footprint": [[131.49, 43.51], [131.51, 43.51], [131.51, 43.49], [131.49, 43.49]],
}
HEALTH = {
    "time_utc": "2026-05-01T03:00:00Z",
    "uptime_s": 12.5,
    "camera_fps": 8.7,
    "camera_age_s": 0.1,
    "frames_dropped": 3,
    "relative": False,
    "autopilot_connected": True,
    "clock_sigma_s": 0.002,
    "disk_free_mb": 9000.0,
    "spool_backlog": 4,
    "board_celsius": 61.0,
    "problems": ["camera_frozen", "disk_low"],
}


def picture(extension: str) -> bytes:
    done, encoded = cv2.imencode(extension, np.full((48, 64, 3), 90, np.uint8))
    assert done
    return encoded.tobytes()


def test_report_twice_is_stored_once(running: Any, hotspot: Make) -> None:
    assert [running.post(hotspot()).status_code for _ in range(3)] == [201, 200, 200]
    listed = running.client.get("/api/v1/hotspots").json()
    assert [item["hotspot_id"] for item in listed["items"]] == [str(hotspot().hotspot_id)]
    assert listed["next"] is None


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("peak_kelvin",), float("nan"), "peak_kelvin"),
        (("fix", "lat_deg"), 91, "lat_deg"),
        (("fix", "ce90_m"), float("inf"), "ce90_m"),
        (("revision",), 0, "revision"),
        (("system_id",), 255, "system_id"),
        (("kind",), "tiger", "kind"),
        (("first_seen_utc",), "2026-05-01T03:00:00", "first_seen_utc"),
        (("last_seen_utc",), "9999-12-31T23:59:59-12:00", "last_seen_utc"),
        (("views",), 10**30, "views"),
        (("hotspot_id",), "not-a-uuid", "hotspot_id"),
    ],
)
def test_wrong_value_is_refused_by_name(
    sqlite_station: Any,
    hotspot: Make,
    to_json: Callable[[Any], Any],
    path: tuple[str, ...],
    value: object,
    named: str,
) -> None:
    body = to_json(hotspot())
    place = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    answer = sqlite_station.client.post("/api/v1/hotspots", content=json.dumps(body))
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][-1] == named
    assert sqlite_station.client.get("/api/v1/hotspots").json()["items"] == []


def test_huge_body_is_refused_before_it_is_read(sqlite_station: Any) -> None:
    def endless() -> Any:
        for _ in range(40):
            yield b" " * 4096

    declared = sqlite_station.client.post("/api/v1/hotspots", content=b" " * 70_000)
    chunked = sqlite_station.client.post("/api/v1/hotspots", content=endless())
    assert [declared.status_code, chunked.status_code] == [413, 413]
    assert "64 KiB" in declared.json()["detail"]


@pytest.mark.parametrize(
    ("extension", "media_type"), [(".png", "image/png"), (".jpg", "image/jpeg")]
)
def test_thumbnail_comes_back_as_it_was(
    running: Any, hotspot: Make, extension: str, media_type: str
) -> None:
    running.post(hotspot())
    path = f"/api/v1/hotspots/{hotspot().hotspot_id}/thumbnail"
    content = picture(extension)
    assert running.client.get(path).status_code == 404
    assert [running.client.put(path, content=content).status_code for _ in range(2)] == [204, 204]
    answer = running.client.get(path)
    assert (answer.content, answer.headers["content-type"]) == (content, media_type)
    again = running.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    listed = running.client.get("/api/v1/hotspots").json()["items"][0]
    assert f'"{listed["thumbnail_etag"]}"' == answer.headers["etag"]


def huge_png() -> bytes:
    """A PNG that claims 60000 x 60000 pixels."""
    content = bytearray(picture(".png"))
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 415),
        (b"GIF89a" + bytes(100), 415),
        (b"\x89PNG\r\n\x1a\n", 415),
        (b"\x89PNG\r\n\x1a\n" + bytes(300), 415),
        (picture(".png")[:60], 415),
        (huge_png(), 415),
        (b"\xff\xd8\xff" + bytes(300), 415),
        (b"\xff\xd8\xff\xe0\x00\x00", 415),
        (picture(".jpg")[:100], 415),
        (picture(".png") + bytes(256 * 1024), 413),
    ],
)
def test_what_is_no_picture_is_refused(
    sqlite_station: Any, hotspot: Make, content: bytes, status: int
) -> None:
    sqlite_station.post(hotspot())
    path = f"/api/v1/hotspots/{hotspot().hotspot_id}/thumbnail"
    answer = sqlite_station.client.put(path, content=content)
    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)
    assert sqlite_station.client.get(path).status_code == 404


def test_thumbnail_of_an_unknown_hotspot_waits_for_its_report(running: Any) -> None:
    path = f"/api/v1/hotspots/{UUID(int=7)}/thumbnail"
    assert running.client.put(path, content=picture(".png")).status_code == 404


def test_decisions_change_the_state_and_stay_in_the_history(running: Any, hotspot: Make) -> None:
    running.post(hotspot())
    path = f"/api/v1/hotspots/{hotspot().hotspot_id}"

    def decide(action: str, **body: str) -> httpx.Response:
        answer: httpx.Response = running.client.post(f"{path}/{action}", json=body)
        return answer

    assert decide("dismiss").status_code == 422  # no reason
    assert decide("dismiss", reason="  ").status_code == 422
    assert decide("acknowledge", who="Somebody else").json()["state"] == "acknowledged"
    assert decide("acknowledge").status_code == 200  # asked twice, done once
    assert decide("dismiss", reason="camp fire of ours").json()["state"] == "dismissed"
    assert decide("acknowledge").status_code == 409
    running.post(hotspot(revision=2))
    detail = running.client.get(path).json()
    assert detail["hotspot"]["state"] == "dismissed"  # a newer report does not undo a decision
    assert decide("reopen").json()["state"] == "new"
    history = running.client.get(path).json()["history"]
    assert [(entry["action"], entry["who"], entry["reason"]) for entry in history] == [
        ("acknowledge", "administrator", None),
        ("dismiss", "administrator", "camp fire of ours"),
        ("reopen", "administrator", None),
    ]


def test_filters_and_pages_of_the_list(running: Any, hotspot: Make) -> None:
    for number in range(1, 6):
        kind = "signature" if number == 3 else "fire"
        assert running.post(hotspot(number, kind=kind)).status_code == 201
    first = str(hotspot(1).hotspot_id)
    running.client.post(f"/api/v1/hotspots/{first}/acknowledge", json={})

    def count(**query: Any) -> int:
        return len(running.client.get("/api/v1/hotspots", params=query).json()["items"])

    assert count(kind="signature") == 1
    assert count(state="acknowledged") == 1
    assert count(state=["acknowledged", "new"]) == 5
    assert count(since="2026-05-01T03:00:02.5Z") == 5
    assert count(since="2026-05-01T03:00:03Z") == 0
    assert count(bbox="131,43,132,44") == 5
    page = running.client.get("/api/v1/hotspots", params={"limit": 3}).json()
    rest = running.client.get("/api/v1/hotspots", params={"cursor": page["next"]}).json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (3, 2, None)


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3",
        "bbox=nan,0,1,1",
        "bbox=0,10,1,5",
        "cursor=x",
        "cursor=99999999999999999999999_019a0000-0000-7000-8000-000000000001",
        "limit=0",
        "limit=5001",
        "since=yesterday",
        "since=0001-01-01T00:00:00%2B14:00",
        "state=burning",
    ],
)
def test_wrong_query_is_refused(sqlite_station: Any, query: str) -> None:
    assert sqlite_station.client.get(f"/api/v1/hotspots?{query}").status_code == 422


def test_vehicle_state_health_and_trail(running: Any) -> None:
    client = running.client
    for second in range(10):
        body = STATE | {
            "time_utc": f"2026-05-01T03:00:{second:02d}Z",
            "lat_deg": 43.5 + second * 1e-4,
        }
        assert client.post("/api/v1/vehicles/1/state", json=body).status_code == 204
    assert client.post("/api/v1/vehicles/2/health", json=HEALTH).status_code == 204
    one, two = client.get("/api/v1/vehicles").json()
    assert one["state"] | {"time_utc": 0, "lat_deg": 0} == STATE | {"time_utc": 0, "lat_deg": 0}
    assert (one["health"], two["state"], two["health"]) == (None, None, HEALTH)
    trail = client.get("/api/v1/vehicles/1/trail").json()
    assert [point["time_utc"][17:19] for point in trail] == [f"{s:02d}" for s in range(10)]
    newest = client.get("/api/v1/vehicles/1/trail?limit=2&since=2026-05-01T03:00:05Z").json()
    assert [point["time_utc"][17:19] for point in newest] == ["08", "09"]


def test_older_state_does_not_move_a_vehicle_back(running: Any) -> None:
    late = STATE | {"time_utc": "2026-05-01T02:59:00Z", "lat_deg": 1.0}
    for body in (STATE, late):
        assert running.client.post("/api/v1/vehicles/1/state", json=body).status_code == 204
    assert running.client.get("/api/v1/vehicles").json()[0]["state"]["lat_deg"] == 43.5


def test_clock_ahead_does_not_freeze_a_vehicle(running: Any) -> None:
    ahead = STATE | {"time_utc": "2100-01-01T00:00:00Z", "lat_deg": 1.0}
    for body in (ahead, STATE):
        assert running.client.post("/api/v1/vehicles/1/state", json=body).status_code == 204
    assert running.client.get("/api/v1/vehicles").json()[0]["state"]["lat_deg"] == 43.5


def test_clock_that_went_back_does_not_freeze_a_vehicle(
    running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = {"time_utc": "2026-05-01T02:30:00Z"}
    now = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)

    def told() -> tuple[Any, Any]:
        for path, body in (("state", STATE), ("health", HEALTH)):
            answer = running.client.post(f"/api/v1/vehicles/1/{path}", json=body | back)
            assert answer.status_code == 204
        (vehicle,) = running.client.get("/api/v1/vehicles").json()
        return vehicle["state"]["time_utc"], vehicle["health"]["time_utc"]

    monkeypatch.setattr(running.station, "clock", lambda: now)
    for path, body in (("state", STATE), ("health", HEALTH)):
        running.client.post(f"/api/v1/vehicles/1/{path}", json=body)
    assert told() == (STATE["time_utc"], HEALTH["time_utc"])  # a straggler
    monkeypatch.setattr(running.station, "clock", lambda: now + timedelta(seconds=11))
    assert told() == (back["time_utc"], back["time_utc"])


@pytest.mark.parametrize("year", [2026, 2099])
def test_old_trail_is_pruned_and_a_clock_that_jumps_ahead_deletes_nothing_else(
    running: Any, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    for month in ("01", "03", "05"):
        body = STATE | {"time_utc": f"2026-{month}-01T03:00:00Z"}
        assert running.client.post("/api/v1/vehicles/1/state", json=body).status_code == 204
    monkeypatch.setattr(running.station, "clock", lambda: datetime(year, 5, 2, tzinfo=UTC))
    asyncio.run_coroutine_threadsafe(running.station.prune(), running._loop).result(20)
    # The jump has ended every session, as it may.
    kept = running.reader.get("/api/v1/vehicles/1/trail").json()
    assert [point["time_utc"][5:7] for point in kept] == ["03", "05"]


def test_hovering_vehicle_leaves_a_thin_trail(running: Any) -> None:
    for second in range(59):
        body = STATE | {"time_utc": f"2026-05-01T03:00:{second:02d}Z"}
        running.client.post("/api/v1/vehicles/1/state", json=body)
    assert len(running.client.get("/api/v1/vehicles/1/trail").json()) == 2


def test_state_of_another_vehicle_is_refused(sqlite_station: Any) -> None:
    answer = sqlite_station.client.post("/api/v1/vehicles/2/state", json=STATE)
    assert answer.status_code == 422
    assert "system_id 1 in the body, 2 in the path" in answer.json()["detail"]


def test_health_and_openapi_tell_what_is_there(sqlite_station: Any) -> None:
    health = sqlite_station.client.get("/healthz")
    assert health.status_code == 200
    told = health.json()
    assert (told["status"], told["database_writable"]) == ("ok", True)
    names = {"writer", "trail pruner", "audit heads", "dock"}
    assert names <= {watcher["name"] for watcher in told["watchers"]}
    paths = sqlite_station.client.get("/openapi.json").json()["paths"]
    assert {"/api/v1/hotspots", "/api/v1/live", "/healthz"} <= set(paths)
    assert sqlite_station.client.get("/api/v1/settings").json()["languages"] == ["ru", "en"]
