"""The docking board in a real Chromium, with virtual units on the ports of a real station."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from groundstation.dock.board import Code, Phase
from groundstation.store.downloads import Mark
from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import fault_named
from sim.handhelds.pace import Wire

DESKTOP, TABLET = {"width": 1440, "height": 900}, {"width": 768, "height": 1024}
SOON_MS = 20_000

HEIGHTS = """[...document.querySelectorAll("button, nav a")]
  .filter((target) => target.checkVisibility()).map((target) => target.offsetHeight)"""

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def station(run_station: Callable[..., Any], tmp_path: Path) -> Any:
    (tmp_path / "ports").mkdir()
    dock = {"ports": [str(tmp_path / "ports" / "*")], "volumes": [tmp_path / "media"]}
    return run_station(dock=dock)


@pytest.fixture
def open_board(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the page with the board."""

    def open_in(locale: str, viewport: dict[str, int] = DESKTOP, **more: bool) -> Page:
        return open_page(locale, viewport, path="/#/live/dock", **more)

    return open_in


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Callable[..., Callable[[], None]]]:
    """`plug("a", "garmin", speedup=1, points=...)`: a unit on a port; the result pulls it out."""
    pulls: list[Callable[[], None]] = []

    def run(name: str, family: str, speedup: float = 50.0, **wanted: Any) -> Callable[[], None]:
        row = FAMILIES[family]
        values: dict[str, Any] = {
            "model": row.models[0], "points": 200, "waypoints": 8, "baud": row.baud, "seed": 1,
        }  # fmt: skip
        values |= wanted | {"fault": fault_named(wanted.get("fault", "none"))}
        wire = Wire(row.build(Wanted(**values)), tmp_path / "ports" / name, speedup)
        stop = threading.Event()

        def serve() -> None:
            with contextlib.closing(wire):
                wire.run(stop)

        thread = threading.Thread(target=serve)
        thread.start()

        def pull() -> None:
            stop.set()
            thread.join(10)
            assert not thread.is_alive()

        pulls.append(pull)
        return pull

    yield run
    for pull in pulls:
        pull()


def card(page: Page, text: str) -> Locator:
    return page.locator(".docked", has_text=text)


def test_a_unit_is_read_before_the_eyes_of_the_ranger_and_known_when_it_comes_again(
    open_board: Callable[..., Page], plug: Callable[..., Callable[[], None]]
) -> None:
    page = open_board("ru-RU")
    expect(page.get_by_text("Подключите навигатор")).to_be_visible()
    pull = plug("usb-a", "garmin", speedup=0.5, points=900)
    unit = card(page, "3300000001")
    expect(unit.locator("progress")).to_be_visible(timeout=SOON_MS)
    expect(unit.locator(".facts")).to_contain_text("в секунду", timeout=SOON_MS)
    expect(unit.locator(".facts")).to_contain_text("осталось")
    expect(unit.locator(".said")).to_have_text(
        "Всё на диске. Точек: 900 новых, 0 уже было. Меток: 8 новых, 0 было.", timeout=SOON_MS
    )
    expect(unit.locator("progress")).to_have_count(0)
    expect(unit.locator(".person")).to_have_text("Никому не выдан")
    pull()
    expect(unit.locator(".said")).to_contain_text("Отключён.", timeout=SOON_MS)
    plug("usb-a", "garmin", points=900)
    expect(unit.locator(".said")).to_contain_text("Точек: 0 новых, 900 уже было", timeout=SOON_MS)
    expect(page.get_by_role("button", name="Док 1")).to_be_visible()


def test_a_pulled_cable_is_told_with_the_number_lost_and_why(
    open_board: Callable[..., Page], plug: Callable[..., Callable[[], None]]
) -> None:
    plug("usb-a", "garmin", fault="unplug@150")
    page = open_board("ru-RU")
    unit = card(page, "3300000001")
    expect(unit.locator(".said")).to_contain_text("Потеряно записей: 5", timeout=SOON_MS)
    expect(unit.locator(".said")).to_contain_text("(прибор отключили)")
    expect(unit).to_have_class("docked gone bad")


def test_a_unit_is_issued_and_labelled_with_one_finger_and_other_pages_see_it(
    open_board: Callable[..., Page], plug: Callable[..., Callable[[], None]], station: Any
) -> None:
    plug("usb-a", "garmin")
    page, other = open_board("en-GB", TABLET), open_board("ru-RU")
    unit = card(page, "3300000001")
    expect(unit.locator(".said")).to_contain_text("All on disk", timeout=SOON_MS)
    unit.locator(".person").click()
    heights = page.evaluate(HEIGHTS)
    assert min(heights) >= 48
    assert page.evaluate("document.documentElement.scrollWidth") == TABLET["width"]
    unit.get_by_placeholder("new name").fill("Anna Petrova")
    unit.get_by_role("button", name="Issue", exact=True).click()
    expect(unit.locator(".person")).to_have_text("Anna Petrova")
    expect(card(other, "3300000001").locator(".person")).to_have_text("Anna Petrova")
    unit.locator(".person").click()
    unit.get_by_placeholder("written on the unit").fill("No. 7 <b>")
    unit.get_by_role("button", name="Save").click()
    expect(card(other, "3300000001").locator("h2")).to_have_text("No. 7 <b>")
    unit.locator(".person").click()
    unit.get_by_role("button", name="Returned to the store").click()
    expect(unit.locator(".person")).to_have_text("Issued to nobody")
    history = station.client.get("/api/v1/units/garmin-3300000001").json()["history"]
    assert [entry["action"] for entry in history] == ["issued", "returned"]


def test_a_track_is_put_on_the_map_and_marked_places_are_proposed(
    open_board: Callable[..., Page], plug: Callable[..., Callable[[], None]]
) -> None:
    plug("usb-a", "garmin", fault="cyrillic_names")
    page = open_board("ru-RU")
    unit = card(page, "3300000001")
    expect(unit.locator(".said")).to_contain_text("Всё на диске", timeout=SOON_MS)
    unit.get_by_role("button", name="Пути и метки").click()
    track = unit.locator(".tracks button").first
    expect(track).to_contain_text("точек: 200")
    track.click()
    ways = """kedrovka.tracks.source.getFeatures().find((f) => f.get("part") === "way")
      ?.getGeometry().getCoordinates().flat().length"""
    page.wait_for_function(f"{ways} > 150")
    track.click()
    page.wait_for_function(f"{ways} === undefined")
    places = unit.locator(".places li")
    expect(places.filter(has_text="РОДНИ2")).to_contain_text("Возможно: Тигр, уверенность 80 %")
    places.filter(has_text="РОДНИ2").get_by_role("button").click()
    page.wait_for_function("kedrovka.map.map.getView().getZoom() >= 15")


def test_memory_is_cleared_only_after_a_second_yes_and_under_one_s_name(
    open_board: Callable[..., Page], plug: Callable[..., Callable[[], None]], station: Any
) -> None:
    plug("usb-a", "mtk")
    plug("usb-b", "garmin", fault="unplug@150")
    page = open_board("en-GB")
    unit = page.locator(".docked.done", has_text="usb-a")
    expect(unit.locator(".said")).to_contain_text("All on disk", timeout=SOON_MS)
    expect(card(page, "usb-b").locator(".said")).to_contain_text("lost", timeout=SOON_MS)
    expect(card(page, "usb-b").get_by_role("button", name="Clear memory")).to_have_count(0)

    unit.get_by_role("button", name="Clear memory").click()
    unit.get_by_role("button", name="Cancel").click()
    unit.get_by_role("button", name="Clear memory").click()
    unit.get_by_role("button", name="Yes, erase").click()
    cleared = card(page, "usb-a")
    expect(cleared.locator(".said")).to_contain_text(
        "Verified and cleared, the unit confirmed. It held 200 points", timeout=SOON_MS
    )
    expect(cleared.get_by_role("button", name="Clear memory")).to_have_count(0)
    entries = station.client.get("/api/v1/units/mtk-unnumbered").json()["history"]
    said = [(entry["action"], entry["who"]) for entry in entries]
    assert said == [("clearing", "administrator"), ("cleared", "administrator")]


def test_a_new_fire_is_not_hidden_by_the_board(
    open_board: Callable[..., Page], station: Any, hotspot: Callable[..., Any]
) -> None:
    page = open_board("en-GB", confined=True)
    expect(page.get_by_text("Plug in a navigator")).to_be_visible()
    station.post(hotspot())
    page.get_by_role("button", name="New alarms: 1").click()
    expect(page.locator(".card.fire")).to_be_visible()


def test_what_lies_beside_the_way_is_drawn_apart(open_board: Callable[..., Page]) -> None:
    page = open_board("en-GB")
    counts = page.evaluate(
        """async () => {
          const { partsOf } = await import("./map/tracks.js");
          const lon_deg = [131.5, 131.501, 132.0, 131.502, 131.503, 131.503, null, 131.6, 131.601];
          const segment = { lon_deg, lat_deg: lon_deg.map((v) => v && 43.5),
            marks: [0, 0, 1, 0, 0, 2, 16, 4, 0] };
          const { lines, points } = partsOf([segment]);
          const count = (parts) => Object.entries(parts).map(([name, made]) => [name, made.length]);
          return Object.fromEntries([...count(lines), ...count(points)]);
        }"""
    )
    assert counts == {
        "way": 2, "gap": 1, "beside": 2, "outlier": 1, "jitter": 1, "start": 1, "end": 1,
    }  # fmt: skip


def test_every_word_of_the_board_exists_in_both_languages(open_board: Callable[..., Page]) -> None:
    page = open_board("en-GB")
    keys = [
        *(f"phase_{phase}" for phase in Phase),
        *(f"said_{code}" for code in Code),
        *(f"mark_{mark}" for mark in Mark),
        *(f"step_{step}" for step in ("track", "waypoint", "byte", "sector", "entry", "file")),
    ]
    for language in ("ru", "en"):
        words = page.evaluate(
            """async ([language, keys]) => {
              const { wordsOf } = await import("./words.js");
              const { TABLE } = await import("./live/page.js");
              return keys.map((key) => wordsOf(language, TABLE).known(key));
            }""",
            [language, keys],
        )
        assert [key for key, word in zip(keys, words, strict=True) if not word] == []
