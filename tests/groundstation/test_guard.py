"""Other people's web pages, open in the ranger's browser, decide nothing and see nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from firmware_bridge.messages import Hotspot

PUBLIC = "station.example.org"


@pytest.fixture
def acknowledge(run_station: Callable[..., Any], hotspot: Callable[..., Hotspot]) -> Any:
    """Posts an acknowledgement with these headers; the status."""
    station = run_station(names=[PUBLIC])
    station.post(hotspot())

    def send(headers: dict[str, str]) -> int:
        host = station.url.removeprefix("http://")
        filled = {name: value.replace("HOST", host) for name, value in headers.items()}
        path = f"/api/v1/hotspots/{hotspot().hotspot_id}/acknowledge"
        status: int = station.client.post(path, json={}, headers=filled).status_code
        return status

    return send


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # a vehicle, a script
        ({"Origin": "http://HOST"}, 200),
        ({"Origin": "http://kordon.local:8080", "Host": "kordon.local:8080"}, 200),
        ({"Origin": "http://[::1]:8080", "Host": "[::1]:8080"}, 200),
        ({"Origin": f"https://{PUBLIC}"}, 200),  # behind a proxy
        ({"Host": "vehicles-may-call-it-anything.com"}, 200),
        ({"Origin": "https://evil.com"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://[broken"}, 403),
        ({"Origin": "http://evil.com:8080", "Host": "evil.com:8080"}, 421),
        ({"Origin": "http://evil.com.:8080", "Host": "evil.com.:8080"}, 421),
        ({"Origin": "http://10.evil.com", "Host": "10.evil.com"}, 421),
    ],
)
def test_only_the_station_s_own_page_decides(
    acknowledge: Callable[[dict[str, str]], int], headers: dict[str, str], status: int
) -> None:
    assert acknowledge(headers) == status


def test_a_foreign_name_reads_nothing(sqlite_station: Any) -> None:
    answer = sqlite_station.client.get("/api/v1/hotspots", headers={"Host": "evil.com"})
    assert answer.status_code == 421
    assert "'evil.com' is not a name of this station" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/", "/main.js", "/healthz", "/api/v1/hotspots", "/nothing"])
def test_every_answer_confines_the_page(sqlite_station: Any, path: str) -> None:
    headers = sqlite_station.client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"


def test_tiles_and_live_events_keep_their_own_caching(sqlite_station: Any) -> None:
    tile = sqlite_station.client.get("/api/v1/tiles/12/3544/1512.png")
    assert tile.headers["cache-control"] == "public, max-age=300"
    with sqlite_station.client.stream("GET", "/api/v1/live") as answer:
        assert answer.headers["cache-control"] == "no-store"
