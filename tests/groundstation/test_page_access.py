"""The door of the page in a real Chromium: first administrator, sign-in, a session that ends."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from groundstation.access.roles import Role
from groundstation.server import welcome

TABLET = {"width": 768, "height": 1024}
PASSWORD = "two tame leopards"

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def station(run_station: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    """With an administrator, unless the parameter is False."""
    return run_station(getattr(request, "param", True), dock={"enabled": False})


def made(station: Any, login: str, role: Role) -> str:
    """A one-time code of a new account."""
    body = {"login": login, "name": "Тестов", "role": role, "language": "en"}
    code: str = station.client.post("/api/v1/accounts", json=body).json()["code"]
    return code


def test_a_code_sets_the_password_and_what_one_may_is_what_one_sees(
    open_page: Callable[..., Page], station: Any
) -> None:
    code = made(station, "ivan", Role.INSPECTOR)
    page = open_page("en-GB", TABLET, path=f"/#/code/{code}", nobody=True)
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("The password is shorter than 10 characters.")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    pages = page.get_by_role("navigation").get_by_role("link")
    expect(pages.first).to_have_text("Live map")
    assert "Access" not in pages.all_inner_texts()
    page.goto(f"{station.url}/#/accounts")  # typed by hand: it opens what one may see
    expect(page.locator("#map")).to_be_visible()

    page.get_by_role("button", name="Тестов: signed in").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Login").fill("IVAN")
    page.get_by_label("Password").fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Wrong login or password.")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation")).to_be_visible()


def test_nothing_typed_is_lost_when_the_session_ends_in_the_middle(
    open_page: Callable[..., Page], station: Any
) -> None:
    code = made(station, "olga", Role.ADMINISTRATOR)
    page = open_page("en-GB", path=f"/#/code/{code}", nobody=True)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Access").click()
    page.get_by_role("button", name="Issue a key").click()
    page.get_by_label("For which machine").fill("Quadcopter 7")
    page.get_by_label("Number of the vehicle").fill("7")
    page.context.clear_cookies()
    page.get_by_role("button", name="Issue", exact=True).click()

    door = page.get_by_role("dialog", name="Sign in")
    expect(door).to_contain_text("whatever you typed on the page is still there")
    expect(door.get_by_label("Login")).to_have_value("olga")
    door.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("alertdialog", name="Key for Quadcopter 7")).to_be_visible()
    secret = page.locator(".once code").inner_text()
    machine = station.client_with({"Authorization": f"Bearer {secret}"})
    answer = machine.post("/api/v1/vehicles/7/state", json={})
    assert answer.status_code == 422  # let in, though what it says is nothing
    page.get_by_role("button", name="Noted").click()
    of_it = page.locator(".rows li", has_text="Quadcopter 7")
    of_it.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Yes, revoke").click()
    expect(page.locator(".rows .off")).to_contain_text("Quadcopter 7")
    assert machine.post("/api/v1/vehicles/7/state", json={}).status_code == 401


@pytest.mark.parametrize("station", [False], indirect=True)
def test_the_link_on_the_console_makes_the_first_administrator(
    open_page: Callable[..., Page], station: Any
) -> None:
    link = f"{station.url}/#/setup/"
    code = welcome(station.station, f"{station.url}/").partition(link)[2][:19]
    page = open_page("ru-RU", path=f"/#/setup/{code}", nobody=True, confined=True)
    expect(page.get_by_role("heading")).to_have_text("Первый администратор")
    expect(page.get_by_label("Одноразовый код")).to_have_value(code)
    page.get_by_label("Логин").fill("boss")
    page.get_by_label("Фамилия, имя").fill("Тестов Пётр")
    page.get_by_label("Новый пароль").fill(PASSWORD)
    page.get_by_role("button", name="Создать и войти").click()
    page.get_by_role("link", name="Доступ").click()
    expect(page.locator(".rows").first).to_contain_text("Тестов Пётр")
    assert page.url.endswith("#/accounts")  # the code is out of the address
