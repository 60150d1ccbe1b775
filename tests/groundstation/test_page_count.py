"""The board of a winter count in a real Chromium: set up on the page, told as it goes on."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

START = datetime(2026, 2, 10, 0, 0, tzinfo=UTC)

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def station(run_station: Callable[..., Any]) -> Any:
    return run_station(dock={"enabled": False}, station={"zone": "Asia/Vladivostok"})


def routes() -> dict[str, Any]:
    """Two routes due east, 0.1 degrees (8.1 km) long each."""
    line = [[131.3, 43.1], [131.4, 43.1]]
    north = [[lon, lat + 0.05] for lon, lat in line]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"number": str(n), "name": name},
                "geometry": {"type": "LineString", "coordinates": where},
            }
            for n, (name, where) in enumerate([("Кедровая падь", line), ("Нарва", north)], 1)
        ],
    }


def walk(station: Any, share: float) -> dict[str, Any]:
    """File a GPX of that much of the first route; the raid it became."""
    fixes = "".join(
        f'<trkpt lat="43.1" lon="{131.3 + n * 1e-3:.4f}">'
        f"<time>{START + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for n in range(int(100 * share) + 1)
    )
    gpx = f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{fixes}'
    gpx += "</trkseg></trk></gpx>"
    answer = station.client.post("/api/v1/imports?name=walk.gpx", content=gpx.encode())
    assert answer.status_code in (200, 201), answer.text
    raid_id = station.client.get("/api/v1/raids").json()["items"][0]["raid_id"]
    raid: dict[str, Any] = station.client.get(f"/api/v1/raids/{raid_id}").json()["raid"]
    return raid


def test_a_count_is_set_up_on_the_page_and_its_board_follows_the_walks(
    open_page: Callable[..., Page], station: Any, tmp_path: Path
) -> None:
    (tmp_path / "routes.geojson").write_text(json.dumps(routes()), encoding="utf-8")
    page = open_page("ru-RU", path="/#/count")
    expect(page.get_by_text("Учётов ещё нет.")).to_be_visible()
    page.get_by_role("link", name="Маршруты").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "routes.geojson")
    expect(page.locator(".board-top")).to_contain_text("2 маршрутов, 16,3 км")

    page.get_by_role("link", name="Новый учёт").click()
    page.get_by_label("Название").fill("Зима 2026")
    page.get_by_label("С", exact=True).fill("2026-02-01")
    page.get_by_label("По", exact=True).fill("2026-02-28")
    page.get_by_role("button", name="Добавить зверя").click()
    page.get_by_label("Чей след").select_option(label="Тигр / След тигра")
    page.get_by_label("Суточный ход, км").fill("9,6")
    page.get_by_role("button", name="Сохранить").click()

    board = page.locator(".board")
    expect(board.locator(".percent")).to_contain_text("0%")
    expect(board.locator(".states .waiting")).to_contain_text("2")
    stored = station.client.get("/api/v1/counts").json()[0]
    assert stored["settings"]["species"][0]["travel"] == {"mean_km": 9.6, "cv": 0.0}

    raid = walk(station, 0.5)
    first = station.client.get("/api/v1/routes").json()[0]
    raid |= {
        "revision": raid["revision"] + 1,
        "kind": "count",
        "count_id": stored["count_id"],
        "route_id": first["route_id"],
    }
    answer = station.client.put(f"/api/v1/raids/{raid['raid_id']}", json=raid)
    assert answer.status_code == 200, answer.text
    expect(board.locator(".percent")).to_contain_text("26%")  # nobody reloaded
    route = board.locator(".routes li", has_text="Кедровая падь")
    expect(route).to_contain_text("51 %")  # half, and the 100 m beyond its end
    expect(route).to_have_class("filed")
    states = """kedrovka.routeMap.source.getFeatures().map((f) => f.get("state")).sort().join()"""
    assert page.evaluate(states) == "filed,waiting"
    route.get_by_role("button").click()
    expect(route.get_by_role("link")).to_have_attribute("href", f"#/raid/{raid['raid_id']}")
    page.get_by_role("link", name="Результат").click()
    expect(page.locator(".results")).to_contain_text("1 из 2 маршрутов, 4 из 16 км")


def test_who_may_not_plan_counts_sees_the_board_and_no_settings(
    open_page: Callable[..., Page], station: Any
) -> None:
    count = {
        "count_id": "01a21948-0000-7000-8000-000000000001",
        "revision": 1,
        "name": "Winter 2026",
        "start_date": "2026-02-01",
        "end_date": "2026-02-28",
    }
    url = f"/api/v1/counts/{count['count_id']}"
    assert station.client.put(url, json=count).status_code == 200
    inspector = station.let_in("inspector", login="ivan")

    def as_inspector(page: Page) -> None:
        token = inspector.headers["Cookie"].partition("=")[2]
        cookie = {"name": "kedrovka_session", "value": token, "url": station.url}
        page.context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict

    page = open_page("en-GB", path=f"/#/count/{count['count_id']}/edit", before=as_inspector)
    expect(page.locator(".board h1")).to_contain_text("Winter 2026")
    expect(page.get_by_role("link", name="Settings")).to_have_count(0)
    expect(page.get_by_role("link", name="New count")).to_have_count(0)
    inspector.close()
