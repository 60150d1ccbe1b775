"""From the dock to the signed quarter: two people at one station, each in a real Chromium."""

import io
import os
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from groundstation.access.roles import Role
from sim.handhelds import units

TABLET = {"width": 1024, "height": 768}
SOON_MS = 15_000
PASSWORD = "длинная тропа вдоль Кедровой"

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def station(run_station: Callable[..., Any], tmp_path: Path) -> Any:
    """One that watches a port."""
    dock = {"ports": [str(tmp_path / "ports" / "*")], "volumes": [tmp_path / "media"]}
    return run_station(dock=dock, station={"zone": "Asia/Vladivostok"})


@pytest.fixture
def sit_down(browser: Browser, station: Any) -> Iterator[Callable[..., BrowserContext]]:
    """`sit_down()`: a browser of one's own; any script error in it fails the test."""
    problems: list[str] = []
    contexts: list[BrowserContext] = []

    def make() -> BrowserContext:
        context = browser.new_context(
            locale="ru-RU",
            viewport=TABLET,  # type: ignore[arg-type]
            user_agent=station.agent,
            timezone_id="Asia/Vladivostok",
        )
        context.set_default_timeout(SOON_MS)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert problems == []


def account_of(station: Any, login: str, role: Role, **of: Any) -> None:
    """An account with a password, as an administrator and its owner make it."""
    wanted = {"login": login, "name": f"Тестов {login}", "role": role, "language": "ru", **of}
    made = station.client.post("/api/v1/accounts", json=wanted)
    assert made.status_code in (200, 201), made.text
    code = {"code": made.json()["code"], "password": PASSWORD}
    with station.client_with({"User-Agent": station.agent}) as nobody:
        assert nobody.post("/api/v1/session/code", json=code).status_code < 300


def signed_in(context: BrowserContext, station: Any, login: str, address: str) -> Page:
    """The page after its owner typed who they are."""
    page = context.new_page()
    page.goto(f"{station.url}/#/{address}")
    page.locator("input[autocomplete=username]").fill(login)
    page.locator("input[autocomplete=current-password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    return page


def looked_at(page: Page, name: str) -> None:
    """Keep what the page looks like for whoever wants to see it."""
    if folder := os.environ.get("KEDROVKA_SHOTS"):
        page.screenshot(path=Path(folder, f"{name}.png"))


def kept_by_the_browser(page: Page) -> None:
    """Wait until the page would open without the station."""
    page.evaluate(
        "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller || "
        "new Promise((r) => navigator.serviceWorker.addEventListener('controllerchange', r)))"
    )


def test_a_docked_raid_is_filed_without_network_and_printed_with_the_quarter(
    sit_down: Callable[..., BrowserContext],
    station: Any,
    plug: Callable[..., Any],
    wait: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = station.station.clock().replace(hour=0, minute=30) - timedelta(days=3)
    monkeypatch.setattr(units, "RAID_START_UNIX_S", int(began.timestamp()))
    person = station.client.post("/api/v1/people", json={"name": "Тестов Игорь"}).json()["person"]
    account_of(station, "ranger", Role.INSPECTOR, person=person)
    account_of(station, "head", Role.HEAD_OF_SECURITY)
    plug("a", "garmin", waypoints=16, fault="cyrillic_names")
    wait(station.ended("a"), "the unit's memory on the station")

    tablet = sit_down()
    page = signed_in(tablet, station, "ranger", "file/docked")
    page.locator(".tiles a").first.wait_for()
    looked_at(page, "1-docked")
    page.locator(".tiles a").first.click()
    marks = page.locator(".marks li")
    expect(marks.first).to_be_visible(timeout=SOON_MS)
    looked_at(page, "2-draft")
    kept_by_the_browser(page)
    for _ in range(3):
        marks.get_by_role("button", name="Взять", exact=True).first.click()
    expect(page.locator("h3", has_text="(3)")).to_be_visible()
    # The unit was issued to nobody: whoever files it was there.
    expect(page.locator(".members li").first).to_contain_text("Тестов Игорь")
    looked_at(page, "3-members")
    page.get_by_role("button", name="Пешком", exact=True).click()
    looked_at(page, "4-filled")

    tablet.set_offline(True)
    page.get_by_role("button", name="Подать", exact=True).click()
    # This unit gives its marks no time.
    expect(page.get_by_role("status").last).to_have_text("Не всё заполнено: когда")
    looked_at(page, "5-asked")
    page.get_by_role("button", name="Всё равно подать").click()
    expect(page.locator(".outbox-badge")).to_have_text("Не отправлено: 4", timeout=SOON_MS)
    looked_at(page, "6-offline")
    page.reload()
    expect(page.locator(".outbox-badge")).to_have_text("Не отправлено: 4", timeout=SOON_MS)
    assert station.client.get("/api/v1/raids").json()["items"] == []
    tablet.set_offline(False)
    expect(page.locator(".outbox-badge")).to_have_count(0, timeout=SOON_MS)
    page.reload()  # nothing is sent again
    expect(page.locator(".tiles a").first).to_be_visible(timeout=SOON_MS)
    looked_at(page, "7-online")

    [line] = station.client.get("/api/v1/raids").json()["items"]
    assert [member["name"] for member in line["members"]] == ["Тестов Игорь"]
    assert (line["leader"]["name"], line["revision"]) == ("Тестов Игорь", 1)
    assert (line["totals"]["finds"], line["transports"]) == (3, ["foot"])
    assert line["totals"]["distance_m"] > 1000
    whole = station.client.get(f"/api/v1/raids/{line['raid_id']}").json()
    assert [o["revision"] for o in whole["observations"]] == [1, 1, 1]
    assert len(whole["raid"]["legs"][0]["tracks"]) == 1

    day = date.fromisoformat(line["start_date"])
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    desk = sit_down()
    page = signed_in(desk, station, "head", f"quarter?from={first}&to={line['end_date']}")
    expect(page.locator("article.report")).to_contain_text("Тестов Игорь", timeout=SOON_MS)
    looked_at(page, "8-quarter")
    printed = page.get_by_role("link", name="Печать (PDF)").get_attribute("href") or ""
    answer = desk.request.get(f"{station.url}/{printed.lstrip('/')}")
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdf.PdfReader(io.BytesIO(answer.body()))
    text = re.sub(r"\s+", " ", " ".join(sheet.extract_text() for sheet in document.pages))
    assert "Тестов Игорь" in text
    kilometres = f"{line['totals']['distance_m'] / 1000:.1f}".replace(".", ",")
    assert kilometres in text
    links = [a.get_object()["/A"]["/URI"] for s in document.pages for a in s.get("/Annots", [])]
    assert any(f"/#/raids?from={first}" in link for link in links)
