"""Machines report with a key of their own, and with nothing else."""

from collections.abc import Callable
from typing import Any

import httpx

from firmware_bridge.messages import Hotspot

STATE = {
    "time_utc": "2026-05-01T03:00:00Z", "lat_deg": 43.5, "lon_deg": 131.5, "alt_amsl_m": 350.0,
    "height_above_home_m": 100.0, "heading_deg": 90.0, "speed_m_s": 8.0, "mode": "AUTO",
    "armed": True, "battery_percent": 71.0, "footprint": None,
}  # fmt: skip


def issue(station: Any, **of: Any) -> tuple[dict[str, Any], httpx.Client]:
    """A key made on the page, and a machine that has it."""
    made = station.client.post("/api/v1/keys", json={"name": "copter", **of})
    assert made.status_code == 201, made.text
    headers = {"Authorization": f"Bearer {made.json()['secret']}"}
    return made.json()["key"], station.client_with(headers)


def test_a_key_of_one_vehicle_speaks_for_no_other(
    sqlite_station: Any, hotspot: Callable[..., Hotspot], to_json: Callable[[Any], Any]
) -> None:
    _, machine = issue(sqlite_station, system_id=3)

    def report(system_id: int, number: int) -> httpx.Response:
        body = to_json(hotspot(number, system_id=system_id))
        return machine.post("/api/v1/hotspots", json=body)

    def state(system_id: int) -> httpx.Response:
        body = STATE | {"system_id": system_id}
        return machine.post(f"/api/v1/vehicles/{system_id}/state", json=body)

    assert (report(3, 1).status_code, state(3).status_code) == (201, 204)
    for answer in (report(4, 2), state(4)):
        assert (answer.status_code, answer.json()["code"]) == (403, "other_vehicle")
        assert answer.json()["values"] == {"system_id": 3}
    sqlite_station.post(hotspot(5, system_id=4))
    picture = machine.put(f"/api/v1/hotspots/{hotspot(5).hotspot_id}/thumbnail", content=b"x")
    assert picture.json()["code"] == "other_vehicle"
    own = machine.put(f"/api/v1/hotspots/{hotspot(1).hotspot_id}/thumbnail", content=b"x")
    assert own.status_code == 415


def test_a_revoked_key_is_none(sqlite_station: Any, hotspot: Callable[..., Hotspot]) -> None:
    key, machine = issue(sqlite_station)
    state = STATE | {"system_id": 1}
    assert key["used_utc"] is None
    assert machine.post("/api/v1/vehicles/1/state", json=state).status_code == 204
    (used, *_) = sqlite_station.client.get("/api/v1/keys").json()
    assert used["used_utc"] is not None
    assert "secret" not in used
    assert sqlite_station.client.delete(f"/api/v1/keys/{key['key']}").status_code == 200
    answer = machine.post("/api/v1/vehicles/1/state", json=state)
    assert (answer.status_code, answer.json()["code"]) == (401, "key")
    assert sqlite_station.client.delete("/api/v1/keys/999").status_code == 404


def test_what_is_no_key_reports_nothing(
    sqlite_station: Any, hotspot: Callable[..., Hotspot], to_json: Any
) -> None:
    body = to_json(hotspot())
    with httpx.Client(base_url=sqlite_station.url) as nobody:
        for header in (b"", b"Bearer", b"Bearer x", b"Bearer kedrovka_\xff", b"Basic eDp4"):
            headers = {"Authorization": header} if header else {}
            answer = nobody.post("/api/v1/hotspots", json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "key"), header


def test_a_key_that_reads_sees_fires_only_and_one_that_reports_sees_nothing(
    sqlite_station: Any, hotspot: Callable[..., Hotspot], to_json: Any
) -> None:
    _, reads = issue(sqlite_station, reads=True)
    _, reports = issue(sqlite_station)
    paths = ("hotspots", "vehicles", "raids", "me", "live", "people")
    seen = [reads.get(f"/api/v1/{path}").status_code for path in paths]
    assert seen == [200, 200, 403, 401, 401, 403]
    assert [reports.get(f"/api/v1/{path}").status_code for path in paths] == [403] * 6
    body = to_json(hotspot())
    assert reads.post("/api/v1/hotspots", json=body).status_code == 403
    assert reports.post("/api/v1/hotspots", json=body).status_code == 201
    decide = f"/api/v1/hotspots/{hotspot().hotspot_id}/acknowledge"
    assert [one.post(decide, json={}).status_code for one in (reads, reports)] == [403, 403]
