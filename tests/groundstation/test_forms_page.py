"""Filing on a tablet, in a real Chromium against a real station, with and without network."""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from groundstation.access.roles import Role

TABLET, UPRIGHT = {"width": 1024, "height": 768}, {"width": 768, "height": 1024}
SOON_MS = 15_000
GLOVE_PX = 56

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def station(run_station: Callable[..., Any]) -> Any:
    return run_station(dock={"enabled": False}, photographs={"max_mb": 1})


class Tablet:
    """One browser whose disk outlives whoever is signed in."""

    def __init__(self, context: BrowserContext, station: Any) -> None:
        self.context, self.station = context, station

    def hand_to(self, login: str) -> Any:
        """Somebody else signs in here; their client."""
        client = self.station.let_in(Role.GROUP_LEADER, login=login)
        token = client.headers["Cookie"].partition("=")[2]
        cookie = {"name": "kedrovka_session", "value": token, "url": self.station.url}
        self.context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict
        return client

    def open(self, address: str = "file") -> Page:
        page = self.context.new_page()
        page.goto(f"{self.station.url}/#/{address}")
        return page


@pytest.fixture
def tablet(browser: Browser, station: Any) -> Iterator[Callable[..., Tablet]]:
    """`tablet(locale, viewport)`; any script error fails the test."""
    problems: list[str] = []
    contexts: list[BrowserContext] = []

    def make(locale: str = "en-GB", viewport: dict[str, int] = TABLET) -> Tablet:
        context = browser.new_context(
            locale=locale,
            viewport=viewport,  # type: ignore[arg-type]
            user_agent=station.agent,
            timezone_id="Asia/Vladivostok",
        )
        context.set_default_timeout(SOON_MS)
        contexts.append(context)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        return Tablet(context, station)

    yield make
    for context in contexts:
        context.close()
    assert problems == []


def noise(side: int, kind: str = ".jpg") -> bytes:
    pixels = np.random.default_rng(side).integers(0, 256, (side, side, 3), np.uint8)
    return cv2.imencode(kind, pixels)[1].tobytes()


def kept_by_the_browser(page: Page) -> None:
    """Wait until the page would open without the station."""
    page.evaluate(
        "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller || "
        "new Promise((r) => navigator.serviceWorker.addEventListener('controllerchange', r)))"
    )


def snare(page: Page) -> None:
    """Fill in a violation at a typed place."""
    page.get_by_role("link", name="Violation").click()
    page.get_by_role("button", name="Snare", exact=True).click()
    page.get_by_role("button", name="Coordinates").click()
    page.get_by_placeholder("43.51234").fill("43°30′36″N 131°15′E")
    expect(page.locator(".where")).to_contain_text("43.51000° N, 131.25000° E")


def badge(page: Page) -> Any:
    return page.locator(".outbox-badge")


def test_a_violation_written_without_network_survives_and_arrives_once_under_its_authors_name(
    tablet: Callable[..., Tablet], station: Any, tmp_path: Path
) -> None:
    mine = tablet()
    anna = mine.hand_to("anna")
    page = mine.open()
    expect(page.get_by_role("link", name="Violation")).to_be_visible(timeout=SOON_MS)
    kept_by_the_browser(page)
    mine.context.set_offline(True)

    page.reload()
    snare(page)
    page.get_by_role("button", name="How many +").click()
    page.get_by_role("button", name="How many +").click()
    content = noise(64)
    (tmp_path / "петля.jpg").write_bytes(content)
    page.locator("input[type=file][multiple]").set_input_files(tmp_path / "петля.jpg")
    expect(page.locator("figure img")).to_be_visible()
    page.reload()  # half-filled
    expect(page.locator(".where")).to_contain_text("43.51000° N")
    expect(page.locator("figure")).to_have_count(1)
    page.get_by_role("button", name="File", exact=True).click()
    expect(badge(page)).to_have_text("Unsent: 2")
    page.close()

    mine.context.set_offline(False)
    boris = mine.hand_to("boris")  # before it could be sent
    page = mine.open("file/outbox")
    expect(page.locator(".others")).to_contain_text("Тестов: 2", timeout=SOON_MS)
    expect(badge(page)).to_have_count(0)
    assert boris.get("/api/v1/observations").json()["items"] == []
    page.close()

    mine.hand_to("anna")
    page = mine.open("file/outbox")
    expect(page.get_by_text("Everything is on the station.")).to_be_visible(timeout=SOON_MS)
    [seen] = anna.get("/api/v1/observations").json()["items"]
    assert (seen["category"], seen["attributes"]["count"]) == ("violation.snare.", 2)
    assert (seen["lat_deg"], seen["lon_deg"]) == (pytest.approx(43.51), pytest.approx(131.25))
    assert (seen["revision"], seen["utc_offset_s"]) == (1, 36_000)
    url = f"/api/v1/photographs?observation={seen['observation_id']}"
    [photograph] = anna.get(url).json()
    assert (photograph["sha256"], photograph["name"]) == (
        hashlib.sha256(content).hexdigest(),
        "петля.jpg",
    )
    assert photograph["filed_by"] == "anna"


def test_a_photograph_too_large_stays_and_its_smaller_copy_goes(
    tablet: Callable[..., Tablet], tmp_path: Path, wait: Callable[..., Any]
) -> None:
    mine = tablet("ru-RU", UPRIGHT)
    anna = mine.hand_to("anna")
    anna.post("/api/v1/me/language", json={"language": "ru"})
    page = mine.open()
    page.get_by_role("link", name="Нарушение").click()
    page.get_by_role("button", name="Петля", exact=True).click()
    large = noise(700, ".png")
    assert len(large) > 1 << 20
    (tmp_path / "large.png").write_bytes(large)
    page.locator("input[type=file][multiple]").set_input_files(tmp_path / "large.png")
    expect(page.locator("figure")).to_have_count(1)
    heights = page.evaluate(
        "[...document.querySelectorAll('.file :is(button, input:not([type=file]), .button)')]"
        ".filter((e) => e.offsetParent).map((e) => e.offsetHeight)"
    )
    assert len(heights) > 15
    assert min(heights) >= GLOVE_PX
    assert page.evaluate("document.documentElement.scrollWidth") == UPRIGHT["width"]
    page.get_by_role("button", name="Подать", exact=True).click()
    expect(page.get_by_text("Не всё заполнено:")).to_be_visible()
    page.get_by_role("button", name="Всё равно подать").click()

    expect(badge(page)).to_have_text("Станция не приняла: 1", timeout=SOON_MS)
    badge(page).click()
    expect(page.locator(".entry")).to_contain_text("больше 1 МБ")
    page.reload()
    page.get_by_role("button", name="Отправить уменьшенную копию").click()
    expect(page.locator(".entry.aside")).to_contain_text("Отложено")
    [seen] = anna.get("/api/v1/observations").json()["items"]
    url = f"/api/v1/photographs?observation={seen['observation_id']}"
    [copy] = wait(lambda: anna.get(url).json(), "the smaller copy")
    assert (copy["media_type"], copy["extras"]) == (
        "image/jpeg",
        {"width_px": 700, "height_px": 700},
    )
    with page.expect_download() as download:
        page.locator(".entry.aside").get_by_role("button", name="Сохранить оригинал").click()
    assert Path(download.value.path()).read_bytes() == large
    assert download.value.suggested_filename == "large.png"


def test_a_raid_changed_elsewhere_is_shown_with_both_versions_and_a_choice(
    tablet: Callable[..., Tablet], station: Any, wait: Callable[..., Any]
) -> None:
    mine = tablet()
    anna = mine.hand_to("anna")
    person = station.client.post("/api/v1/people", json={"name": "Тестов Г."}).json()["person"]
    page = mine.open()
    page.get_by_role("link", name="Raid by hand").click()
    page.get_by_role("button", name="Add members").first.click()
    page.get_by_role("button", name="Тестов Г.").click()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="On foot").click()
    page.get_by_role("button", name="+ Add an observation").click()
    page.get_by_role("button", name="Tiger", exact=False).first.click()
    page.get_by_role("button", name="Tiger track").click()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="File", exact=True).click()
    page.get_by_role("button", name="File all the same").click()
    expect(page).to_have_url(re.compile("#/file$"))

    def with_its_find() -> list[Any]:
        items = anna.get("/api/v1/raids").json()["items"]
        return [item for item in items if item["totals"]["finds"]]

    [line] = wait(with_its_find, "the raid and its observation")
    assert (line["leader"]["person"], line["transports"], line["totals"]["finds"]) == (
        person,
        ["foot"],
        1,
    )

    page.goto(f"{station.url}/#/file/raid/{line['raid_id']}")
    page.locator("textarea[aria-label=Objective]").fill("the western valley")
    raid = anna.get(f"/api/v1/raids/{line['raid_id']}").json()["raid"]
    theirs = raid | {"revision": 2, "objective": "the eastern valley"}
    assert anna.put(f"/api/v1/raids/{line['raid_id']}", json=theirs).is_success
    page.get_by_role("button", name="File", exact=True).click()
    expect(badge(page)).to_have_text("Not taken: 1", timeout=SOON_MS)
    badge(page).click()
    entry = page.locator(".entry.conflict")
    expect(entry.locator("tr", has_text="valley").locator("td")).to_have_text(
        ["the western valley", "the eastern valley"]
    )
    entry.get_by_role("button", name="Mine is right").click()
    expect(page.get_by_text("Everything is on the station.")).to_be_visible(timeout=SOON_MS)
    after = anna.get(f"/api/v1/raids/{line['raid_id']}").json()
    assert (after["raid"]["revision"], after["raid"]["objective"]) == (3, "the western valley")
    assert len(after["observations"]) == 1


PLACES = {
    "43.5123, 131.2": (43.5123, 131.2),
    "43,5123 131,2": (43.5123, 131.2),
    "43°30.6'N 131°12'E": (43.51, 131.2),
    "43 30 36 131 12 0": (43.51, 131.2),
    "43°30′36″ с.ш. 131°12′ в.д.": (43.51, 131.2),
    "N43 30 36, E131.2": (43.51, 131.2),
    "С43.5 В131.2": (43.5, 131.2),
    "131.2E 43.5N": (43.5, 131.2),
    "43.5° с. ш., 131.2° в. д.": (43.5, 131.2),
    "-43.5 131": (-43.5, 131),
    "43 61 131 5": None,
    "91 131": None,
    "43.5": None,
    "43.5N 131.2N": None,
    "дом у реки": None,
}


def test_places_are_understood_as_people_write_them(tablet: Callable[..., Tablet]) -> None:
    mine = tablet()
    mine.hand_to("anna")
    page = mine.open()
    parsed = page.evaluate(
        """async (texts) => {
          const { parsePlace } = await import('/forms/place.js');
          return texts.map((t) => parsePlace(t)).map((p) => p && [p.lat_deg, p.lon_deg]);
        }""",
        list(PLACES),
    )
    for (text, place), found in zip(PLACES.items(), parsed, strict=True):
        assert found == (None if place is None else pytest.approx(place)), text


def test_the_data_model_is_changed_by_keyboard_and_a_faster_hand_is_told(
    tablet: Callable[..., Tablet], station: Any
) -> None:
    mine = tablet(viewport={"width": 1440, "height": 900})
    station.sign_in(mine.context)
    page = mine.open("model")
    tree = page.get_by_role("tree")
    page.get_by_role("treeitem", name="Snare").click()
    tree.focus()
    page.keyboard.press("Alt+ArrowDown")
    page.locator(".detail .names input").nth(1).fill("Wire snare")
    page.get_by_role("button", name="+ Add inside").click()
    page.reload()  # unsaved changes are kept
    page.get_by_role("button", name="Save the model").click()
    expect(page.get_by_text("State no. 1")).to_be_visible(timeout=SOON_MS)
    stored = station.client.get("/api/v1/model").json()
    violation = stored["document"]["categories"][0]
    assert [c["key"] for c in violation["children"]][:2] == ["trap", "snare"]
    assert violation["children"][1]["names"]["en"] == "Wire snare"
    assert [c["key"] for c in violation["children"][1]["children"]] == ["new"]

    page.get_by_role("treeitem", name="Wire snare").click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)  # it may be in records
    page.locator(".detail .names input").nth(1).fill("Noose")
    stored["document"]["categories"].reverse()
    faster = {"base": 1, "document": stored["document"]}
    assert station.client.put("/api/v1/model", json=faster).is_success
    page.get_by_role("button", name="Save the model").click()
    expect(page.locator(".complaint")).to_contain_text("Somebody else saved the model")
    page.get_by_role("button", name="Open the new model").click()
    expect(page.get_by_text("State no. 2")).to_be_visible()
