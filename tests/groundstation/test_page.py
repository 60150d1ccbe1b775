"""The page in a real Chromium, on a real ground station, as the people on watch use it."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

TABLET = {"width": 768, "height": 1024}

HEIGHTS = """[...document.querySelectorAll("button, nav a")]
  .filter((target) => target.checkVisibility()).map((target) => target.offsetHeight)"""

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def station(run_station: Callable[..., Any]) -> Any:
    return run_station()


def recent(hotspot: Callable[..., Any], number: int = 1, **changes: Any) -> Any:
    now = datetime.now(UTC)
    first = now - timedelta(seconds=30)
    return hotspot(number, first_seen_utc=first, last_seen_utc=now, **changes)


def post_vehicle(station: Any, **changes: Any) -> None:
    state = {
        "system_id": 3,
        "time_utc": datetime.now(UTC).isoformat(),
        "lat_deg": 43.501,
        "lon_deg": 131.501,
        "alt_amsl_m": 520.0,
        "height_above_home_m": 118.0,
        "heading_deg": 77.0,
        "speed_m_s": 11.0,
        "mode": "AUTO",
        "armed": True,
        "battery_percent": 64.0,
        "footprint": [[131.5, 43.502], [131.502, 43.502], [131.502, 43.5], [131.5, 43.5]],
        **changes,
    }
    assert station.client.post("/api/v1/vehicles/3/state", json=state).status_code == 204


def drawn(page: Page, source: int) -> int:
    """How many things the map shows in one of its layers (2: hotspots, 3: vehicles)."""
    count: int = page.evaluate(
        f"kedrovka.map.map.getLayers().item({source}).getSource().getFeatures().length"
    )
    return count


def test_a_fire_appears_within_seconds_with_temperature_place_and_error(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    page = open_page("en-GB")
    expect(page.get_by_text("No new alarms")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("live")

    assert station.post(recent(hotspot)).status_code == 201

    card = page.locator(".card")
    expect(card).to_contain_text("Fire", timeout=3000)
    expect(card).to_contain_text("377 °C")
    expect(card).to_contain_text("43.50000° N, 131.50000° E")
    expect(card).to_contain_text("±6 m (9 in 10)")
    assert drawn(page, 2) == 1


def test_a_picture_that_comes_later_is_shown(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    report = recent(hotspot)
    station.post(report)
    page = open_page("en-GB")
    expect(page.locator(".card .no-picture")).to_be_visible()
    picture = cv2.imencode(".png", np.full((48, 48, 3), 90, np.uint8))[1].tobytes()
    url = f"/api/v1/hotspots/{report.hotspot_id}/thumbnail"
    assert station.client.put(url, content=picture).status_code == 204
    expect(page.locator(".card img")).to_have_js_property("naturalWidth", 48)


def test_the_watch_acknowledges_and_dismisses_under_its_own_name(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    fire, rock = recent(hotspot, 1), recent(hotspot, 2, kind="signature")
    station.post(fire)
    station.post(rock)
    page = open_page("ru-RU")
    page.locator(".card.fire").get_by_text("Принять").click()
    page.locator(".card.signature").get_by_text("Отклонить").click()
    page.get_by_text("Нагретый камень").click()

    expect(page.get_by_text("Новых тревог нет")).to_be_visible()
    history = station.client.get(f"/api/v1/hotspots/{rock.hotspot_id}").json()["history"]
    assert [(d["action"], d["who"], d["reason"]) for d in history] == [
        ("dismiss", "administrator", "warm_rock")
    ]
    items = station.client.get("/api/v1/hotspots").json()["items"]
    assert {h["hotspot_id"]: h["state"] for h in items} == {
        str(fire.hotspot_id): "acknowledged",
        str(rock.hotspot_id): "dismissed",
    }
    assert drawn(page, 2) == 1  # what was dismissed is off the map

    page.get_by_role("tab", name="Отклонены").click()
    dismissed = "kedrovka.map.map.getLayers().item(4)"
    page.wait_for_function(f"{dismissed}.getVisible()")
    assert drawn(page, 4) == 1
    page.locator(".card .look").click()
    expect(page.locator(".history")).to_contain_text("отклонено · administrator · Нагретый камень")
    page.get_by_text("Вернуть").click()
    expect(page.get_by_role("tab", name="Новые 1")).to_be_visible()


def test_the_page_says_that_the_station_is_gone_and_catches_up_when_it_returns(
    open_page: Callable[..., Page],
    station: Any,
    run_station: Callable[..., Any],
    hotspot: Callable[..., Any],
) -> None:
    page = open_page("en-GB")
    expect(page.get_by_role("status")).to_have_text("live")
    station.close()
    expect(page.get_by_role("status")).to_have_text("station not answering")
    again = run_station(port=int(station.url.rpartition(":")[2]))
    again.post(recent(hotspot))
    expect(page.get_by_role("status")).to_have_text("live", timeout=15_000)
    expect(page.locator(".card.fire")).to_be_visible()


def test_a_pulled_cable_is_told_though_no_connection_ends(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    post_vehicle(station)
    page = open_page("en-GB", clock=True)
    expect(page.get_by_role("status")).to_have_text("live")
    page.clock.fast_forward(12_000)
    expect(page.locator(".vehicle .silent")).to_be_visible()
    marks = "kedrovka.map.map.getLayers().item(3).getSource().getFeatures()"
    page.wait_for_function(f"{marks}[0].get('silent')")
    page.route("**/api/v1/live", lambda route: route.abort())
    page.clock.fast_forward(20_000)
    expect(page.get_by_role("status")).to_have_text("station not answering")
    page.unroute("**/api/v1/live")
    station.post(recent(hotspot))
    page.clock.fast_forward(5_000)
    expect(page.get_by_role("status")).to_have_text("live", timeout=15_000)
    expect(page.locator(".card.fire")).to_be_visible()


def test_a_list_under_way_does_not_undo_what_happened_since(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    report = recent(hotspot)
    station.post(report)
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append((route, route.fetch()))

    page = open_page("en-GB", before=lambda page: page.route("**/hotspots?state=new*", hold))
    while not held:
        page.wait_for_timeout(20)
    station.client.post(f"/api/v1/hotspots/{report.hotspot_id}/acknowledge", json={})
    page.wait_for_function("kedrovka.records.hotspots.size === 1")
    route, answer = held[0]
    with page.expect_response("**/hotspots?state=dismissed*"):
        route.fulfill(response=answer)
    expect(page.get_by_role("tab", name="Acknowledged 1")).to_be_visible()


COUNT_TONES = """
  globalThis.tones = 0;
  const Tone = OscillatorNode;
  globalThis.OscillatorNode = function (...given) { tones++; return new Tone(...given); };
"""


def test_a_fire_that_was_reported_late_sounds_and_many_are_one_alarm(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    page = open_page("en-GB", before=lambda page: page.add_init_script(COUNT_TONES))
    expect(page.get_by_role("status")).to_have_text("live")
    page.get_by_role("button", name="Sound off").click()
    page.wait_for_function("tones === 4")  # so it sounds
    page.wait_for_timeout(1600)
    page.evaluate("location.hash = '#/account'")  # an alarm is heard whichever page is open
    expect(page.locator("#map")).to_be_hidden()
    for number in range(1, 4):
        assert station.post(hotspot(number)).status_code == 201  # seen months ago by its clock
    page.wait_for_function("kedrovka.records.hotspots.size === 3")
    assert page.evaluate("tones") == 8
    page.get_by_role("button", name="New alarms: 3").click()
    expect(page.locator("#map")).to_be_visible()


def test_a_mark_far_down_the_list_and_a_card_reached_by_keyboard_are_chosen(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    for number in range(1, 46):
        old = datetime.now(UTC) - timedelta(minutes=number)
        fix = dataclasses.replace(hotspot().fix, lat_deg=43.5 + number * 1e-3)
        station.post(hotspot(number, first_seen_utc=old, last_seen_utc=old, fix=fix))
    page = open_page("en-GB")
    expect(page.get_by_role("tab", name="New 45")).to_be_visible()
    page.evaluate("kedrovka.map.showAll()")
    far = str(hotspot(45).hotspot_id)
    mark = f"""kedrovka.map.map.getPixelFromCoordinate(kedrovka.map.map.getLayers().item(2)
      .getSource().getFeatureById("{far}").getGeometry().getCoordinates())"""
    page.wait_for_function("!kedrovka.map.map.getView().getAnimating()")
    x, y = page.evaluate(mark)
    page.locator("#map").click(position={"x": x, "y": y})
    expect(page.locator(f"#card-{far}")).to_have_class("card fire selected")
    near = page.locator(f"#card-{hotspot(1).hotspot_id}")
    near.get_by_role("button").first.press("Enter")
    expect(near).to_have_class("card fire selected")


def test_the_page_s_own_policy_lets_everything_of_it_through(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    station.post(recent(hotspot))
    post_vehicle(station)
    page = open_page("en-GB", confined=True)  # a violation on the console fails the test
    expect(page.locator(".card")).to_be_visible()
    expect(page.locator(".vehicle")).to_be_visible()
    page.evaluate("kedrovka.map.showAll()")
    page.wait_for_timeout(600)


def test_two_open_pages_agree(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    station.post(recent(hotspot))
    first, second = open_page("en-GB"), open_page("ru-RU")
    first.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(second.get_by_role("tab", name="Приняты 1")).to_be_visible()


def test_a_vehicle_moves_and_its_ills_are_named(
    open_page: Callable[..., Page], station: Any
) -> None:
    post_vehicle(station)
    page = open_page("ru-RU")
    expect(page.locator(".vehicle")).to_contain_text("Борт 3")
    expect(page.locator(".vehicle")).to_contain_text("64 %")
    marks = "kedrovka.map.map.getLayers().item(3).getSource().getFeatures()"
    page.wait_for_function(f"{marks}.length")
    place = f"{marks}[0].getGeometry().getCoordinates()"
    before = page.evaluate(place)
    post_vehicle(station, lon_deg=131.51)
    page.wait_for_function(f"{place}[0] > {before[0]}")

    health = {
        "time_utc": datetime.now(UTC).isoformat(),
        "uptime_s": 60,
        "camera_fps": 0,
        "camera_age_s": 12.0,
        "frames_dropped": 0,
        "relative": False,
        "autopilot_connected": True,
        "clock_sigma_s": 0.002,
        "disk_free_mb": 900,
        "spool_backlog": 2,
        "board_celsius": 84,
        "problems": ["camera_lost", "board_hot"],
    }
    assert station.client.post("/api/v1/vehicles/3/health", json=health).status_code == 204
    expect(page.locator(".vehicle .problems")).to_have_text("нет кадров с камеры, плата перегрета")


def test_language_and_theme_outlive_the_visit(open_page: Callable[..., Page]) -> None:
    page = open_page("en-GB")
    page.get_by_role("button", name="Русский").click()
    page.get_by_role("button", name="День / ночь").click()
    page.reload()
    expect(page.get_by_role("heading", name="Кедровка")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("html")).to_have_attribute("lang", "ru")


def test_a_tablet_shows_map_and_cards_and_every_target_fits_a_finger(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    station.post(recent(hotspot))
    post_vehicle(station)
    page = open_page("ru-RU", TABLET)
    expect(page.locator(".card")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == TABLET["width"]
    map_box = page.locator("#map").bounding_box()
    assert map_box is not None
    assert map_box["height"] > 300
    station.close()  # the longest words in the header
    expect(page.get_by_role("status")).to_have_text("нет связи со станцией")
    assert page.evaluate("document.documentElement.scrollWidth") == TABLET["width"]
    heights = page.evaluate(HEIGHTS)
    assert min(heights) >= 48


def test_script_in_a_reason_stays_text(
    open_page: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    trap = "<img src=x onerror=document.title='broken'>"
    station.post(recent(hotspot, fix=None, unlocated_because=trap))
    page = open_page("en-GB")
    expect(page.locator(".card")).to_contain_text("No coordinates")
    assert page.title() == "Kedrovka"
    assert page.locator(".card img").count() == 0


def test_every_word_of_every_page_exists_in_both_languages_and_every_problem_has_words(
    open_page: Callable[..., Page],
) -> None:
    from firmware_bridge.messages import Problem

    page = open_page("en-GB")
    for language in ("ru", "en"):
        words = page.evaluate(
            """async ([language, keys]) => {
              const { wordsOf } = await import("./words.js");
              const { TABLE } = await import("./live/page.js");
              return keys.map((key) => wordsOf(language, TABLE).known(key));
            }""",
            [language, [f"problem_{problem}" for problem in Problem]],
        )
        assert not [word for word in words if not word or word.startswith("problem_")]
    wrong = page.evaluate(
        """async () => {
          const { TABLE: SHELL } = await import("./strings.js");
          const { PAGES } = await import("./pages.js");
          const wrong = [];
          for (const [name, { load }] of Object.entries(PAGES)) {
            for (const [key, said] of Object.entries((await load()).TABLE)) {
              if (key in SHELL) wrong.push(`${name} ${key}: twice`);
              if (said.length !== 2 || said.some((text) => !text)) wrong.push(`${name} ${key}`);
              const holes = said.map((text) => (text.match(/{\\w+}/g) ?? []).sort().join());
              if (holes[0] !== holes[1]) wrong.push(`${name} ${key}: ${holes}`);
            }
          }
          for (const name of Object.keys(PAGES)) if (!(`page_${name}` in SHELL)) wrong.push(name);
          return wrong;
        }"""
    )
    assert wrong == []
