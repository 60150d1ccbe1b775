"""The list and the page of raids in a real Chromium, on raids that came from navigators' files."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

DESKTOP, TABLET = {"width": 1440, "height": 900}, {"width": 768, "height": 1024}
START = datetime(2026, 2, 3, 0, 0, tzinfo=UTC)

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def station(run_station: Callable[..., Any]) -> Any:
    return run_station(dock={"enabled": False}, station={"zone": "Asia/Vladivostok"})


def walk(name: str, lat_deg: float, first: datetime = START, points: int = 120) -> str:
    """A track of GPX: east at 5 km/h, a point every 30 s, up the hill and down again."""
    fixes = "".join(
        f'<trkpt lat="{lat_deg:.6f}" lon="{131.3 + n * 5.135e-4:.6f}">'
        f"<ele>{300 + 4 * min(n, points - n)}</ele>"
        f"<time>{first + timedelta(seconds=30 * n):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for n in range(points)
    )
    return f"<trk><name>{name}</name><trkseg>{fixes}</trkseg></trk>"


def take(station: Any, name: str, *tracks: str) -> str:
    """File a GPX file as a raid; its id."""
    gpx = f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{"".join(tracks)}</gpx>'
    answer = station.client.post(f"/api/v1/imports?name={name}.gpx", content=gpx.encode())
    assert answer.status_code in (200, 201), answer.text
    items = station.client.get("/api/v1/raids").json()["items"]
    raid_id: str = next(line["raid_id"] for line in items if name in line["number"])
    return raid_id


def test_the_list_is_narrowed_walked_with_arrows_and_opened_with_enter(
    open_page: Callable[..., Page], station: Any
) -> None:
    for n in range(1, 4):
        take(station, f"Кедровая-{n}", walk("a", 43.1 + n / 100, START + timedelta(days=n)))
    take(station, "Нарва", walk("b", 43.3))
    page = open_page("ru-RU", path="/#/raids", confined=True)
    lines = page.locator("a.line")
    expect(lines).to_have_count(4)
    expect(page.locator(".above .sums")).to_contain_text("рейдов4")
    expect(lines.first).to_contain_text("5 км")

    page.keyboard.press("/")
    page.keyboard.type("кедр")
    expect(lines).to_have_count(3)
    expect(page.locator(".above .sums")).to_contain_text("рейдов3")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(lines.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Рейд Кедровая-2")).to_be_visible()
    page.go_back()
    expect(lines).to_have_count(3)  # as it was left
    take(station, "Кедровая-5", walk("c", 43.4))
    expect(lines).to_have_count(4)  # told by the station, nobody reloaded


def test_two_navigators_are_shown_and_counted_once_and_the_raid_is_replayed(
    open_page: Callable[..., Page], station: Any
) -> None:
    ten_metres_beside = walk("b", 43.10009)
    raid = take(station, "Вдвоём", walk("a", 43.1), ten_metres_beside)
    page = open_page("en-GB", path=f"/#/raid/{raid}")
    ways = page.locator(".ways button")
    expect(ways).to_have_count(2)
    expect(page.locator(".telling .sums")).to_contain_text("covered5 km")
    expect(page.locator(".ways")).to_contain_text("5 km counted")
    expect(page.locator(".ways")).to_contain_text("0 km counted")
    kinds = """kedrovka.raidMap.ways.getFeatures()
      .filter((f) => f.getGeometry().getCoordinates().flat(2).length)
      .map((f) => f.get("kind")).sort().join()"""
    assert page.evaluate(kinds) == "again,counted"

    page.locator(".replay input").fill(str(30 * 60_000))
    expect(page.locator(".replay output")).to_have_text("03/02/2026, 10:30")
    places = """kedrovka.raidMap.people.getFeatures().filter((f) => f.get("colour"))
      .map((f) => ol.proj.toLonLat(f.getGeometry().getCoordinates())[0].toFixed(3)).join()"""
    assert page.evaluate(places) == "131.331,131.331"
    page.locator(".profile svg").hover(position={"x": 400, "y": 40})
    expect(page.locator(".profile figcaption b")).to_contain_text("km/h")
    spot = "kedrovka.raidMap.people.getFeatures().some((f) => f.get('spot') && f.getGeometry())"
    assert page.evaluate(spot)


def test_a_raid_is_withdrawn_with_a_reason_and_its_history_tells(
    open_page: Callable[..., Page], station: Any
) -> None:
    raid = take(station, "Ошибка", walk("a", 43.1))
    body = station.client.get(f"/api/v1/raids/{raid}").json()["raid"]
    body |= {"revision": 2, "objective": "<b>Засидки</b>", "armed": True}
    assert station.client.put(f"/api/v1/raids/{raid}", json=body).status_code == 200
    page = open_page("ru-RU", TABLET, path=f"/#/raid/{raid}")
    page.get_by_role("button", name="Отозвать").click()
    form = page.get_by_role("alertdialog", name="Отозвать")
    expect(form.get_by_role("button", name="Отозвать")).to_be_disabled()
    form.get_by_placeholder("Причина").fill("Записан дважды")
    form.get_by_role("button", name="Отозвать").click()
    expect(page.locator(".banner")).to_have_text("Отозвано: Записан дважды")

    page.locator(".past summary").click()
    entries = page.locator(".past .history > li")
    expect(entries).to_have_count(3)
    expect(entries.nth(1)).to_contain_text("administrator изменил(а)")
    expect(entries.nth(1).locator("dl")).to_contain_text("<b>Засидки</b>")
    expect(entries.nth(1).locator("dl")).to_contain_text("нет → да")
    expect(entries.nth(2)).to_contain_text("Записан дважды")
    heights = page.evaluate("""[...document.querySelectorAll("button, nav a, .button, select")]
      .filter((target) => target.checkVisibility()).map((target) => target.offsetHeight)""")
    assert min(heights) >= 48
    assert page.evaluate("document.documentElement.scrollWidth") == TABLET["width"]


def test_nights_and_long_rests_take_no_time_in_a_replay(open_page: Callable[..., Page]) -> None:
    page = open_page("en-GB", path="/bird.svg")  # no more than a place to import from
    found = page.evaluate(
        """async () => {
          const { navigatorsOf, linesOf, placeAt, timelineOf } = await import("./raids/way.js");
          const day = 86400e3;
          const part = (track, start, marks) => ({
            track, leg: "1", unit: "u", person_name: "A", utc_offset_s: 36000,
            time_ms: marks.map((_, i) => start + i * 60e3), lat_deg: marks.map(() => 43),
            lon_deg: marks.map((_, i) => 131 + i / 100), alt_amsl_m: marks.map(() => null),
            step_m: marks.map((_, i) => (i ? 800 : null)), counted: marks.map((_, i) => i > 1),
            marks,
          });
          const all = navigatorsOf([part(2, day, [0, 0, 0]), part(1, 0, [0, 0, 1, 0, 4, 0])]);
          const line = timelineOf(all);
          return {
            navigators: all.length, points: all[0].points.length,
            lines: Object.entries(linesOf(all[0])).map(([kind, made]) => [kind, made.length]),
            total: line.total_ms, nextDay: line.timeAt(line.total_ms - 120e3) - day,
            back: line.playedAt(day + 60e3), night: placeAt(all[0], day / 2),
            half: placeAt(all[0], 30e3).lon,
          };
        }"""
    )
    assert found == {
        "navigators": 1,
        "points": 8,  # without the outlier
        "lines": [["counted", 3], ["again", 2], ["gap", 2]],
        "total": 7 * 60_000,
        "nextDay": 0,
        "back": 6 * 60_000,
        "night": None,
        "half": 131.005,
    }
