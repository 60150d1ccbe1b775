"""Getting in: the first administrator, passwords, one-time codes, cookies, and not getting in."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from groundstation.access.account import console
from groundstation.access.passwords import NOBODY, Passwords
from groundstation.access.roles import Role
from groundstation.api import page
from groundstation.config import GroundSettings
from groundstation.dock.board import Docked, Kind, Phase
from groundstation.server import listening_host, welcome
from groundstation.station import Station
from groundstation.store import accounts, codes
from groundstation.store.console import open_store, writing

BY = console("tests")
PASSWORD = "сорок пять кедров"
HASHED = (
    "$argon2id$v=19$m=65536,t=3,p=4$gX6mYQM0WLfUZW6cjvQ"
    "MNw$+5+t6dj0qjK9z/Qo0Z1yEJco10DVST3iYJvjaCkmUvA"
)
"""Of PASSWORD, so that not every test waits for one to be made."""


def docked() -> Docked:
    """A line of the board."""
    now = datetime.now(UTC)
    nothing: list[Any] = [None] * 13
    return Docked("/dev/ttyUSB0", Kind.PORT, Phase.READING, now, now, *nothing, can_clear=False)


@pytest.fixture
def station(sqlite_station: Any) -> Any:
    """A station with an inspector `ivan` who has a password."""

    def work(connection: Any) -> None:
        wanted = accounts.Wanted("Иван Тестов", Role.INSPECTOR)
        ivan = accounts.add(connection, BY, "ivan", wanted, sqlite_station.station.clock())
        accounts.put_password(connection, ivan.account, HASHED)

    sqlite_station.station.store.at_start(work)
    return sqlite_station


@pytest.fixture
def visitor(station: Any) -> Iterator[Callable[[], httpx.Client]]:
    """Makes browsers of people who are not signed in."""
    made: list[httpx.Client] = []

    def make() -> httpx.Client:
        made.append(station.client_with({"User-Agent": "Chrome", "Accept-Language": "en"}))
        return made[-1]

    yield make
    for client in made:
        client.close()


def sign_in(client: httpx.Client, login: str = "ivan", password: str = PASSWORD) -> httpx.Response:
    body = {"login": login, "password": password}
    answer = client.post("/api/v1/session", json=body)
    if answer.status_code == 200:
        client.headers["X-Kedrovka-CSRF"] = answer.json()["csrf"]
    return answer


def test_a_station_without_an_administrator_lets_only_fires_and_the_code_in(
    run_station: Callable[..., Any], hotspot: Callable[..., Any]
) -> None:
    station = run_station(administrator=False, host="0.0.0.0")
    client = station.client
    assert client.get("/api/v1/settings").status_code == 200
    assert client.get("/healthz").status_code == 200
    for path in ("me", "hotspots", "accounts", "live", "tiles/12/3544/1512.png"):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "setup")
    assert client.post("/api/v1/session", json={}).json()["code"] == "setup"
    assert station.post(hotspot()).status_code == 201  # no fire waits for us

    said = welcome(station.station, f"{station.url}/")
    assert "Администратора ещё нет" in said
    assert "0.0.0.0 after a restart" in said
    code = said.partition("#/setup/")[2][:19]
    body = {"code": code, "login": "Boss", "name": "Тестов", "password": PASSWORD}

    def use(**changes: str) -> httpx.Response:
        answer: httpx.Response = client.post("/api/v1/session/code", json=body | changes)
        return answer

    assert use(code="0000-0000-0000-0000").json()["code"] == "code"
    assert use(password="123456789").json()["code"] == "password_short"
    assert use(login="boss-and-chief", password="Boss-And-Chief").json()["code"] == "password_easy"
    assert use(login="<script>").json()["code"] == "login_form"
    assert use(login="").json()["code"] == "code_needs"
    made = use(code=code.lower().replace("-", " "))  # as one types it
    assert made.status_code == 200, made.text
    assert (made.json()["login"], made.json()["role"]) == ("boss", "administrator")
    assert "0.0.0.0" in made.json()["restart"]
    assert client.get("/api/v1/me").json()["login"] == "boss"
    assert use().json()["code"] == "code"  # used
    assert station.post(hotspot(2)).json()["code"] == "key"


def test_it_listens_on_this_machine_only_until_then(tmp_path: Path) -> None:
    def host_of(host: str) -> tuple[str, str | None]:
        station = Station(GroundSettings(data=tmp_path, host=host))
        try:
            return listening_host(station), station.restart_needed()
        finally:
            station.close()

    assert host_of("0.0.0.0") == ("127.0.0.1", "0.0.0.0")
    assert host_of("station.example.org") == ("127.0.0.1", "station.example.org")
    assert host_of("::1") == ("::1", None)
    with open_store(GroundSettings(data=tmp_path)) as engine, writing(engine) as connection:
        wanted = accounts.Wanted("Тестов", Role.ADMINISTRATOR)
        boss = accounts.add(connection, BY, "boss", wanted, datetime.now(UTC))
    assert host_of("0.0.0.0")[0] == "127.0.0.1"  # who has no password yet lets nobody in
    with open_store(GroundSettings(data=tmp_path)) as engine, writing(engine) as connection:
        accounts.put_password(connection, boss.account, HASHED)
    assert host_of("0.0.0.0") == ("0.0.0.0", None)


def test_nobody_learns_what_was_wrong_and_guessing_is_locked(
    station: Any, visitor: Callable[[], httpx.Client]
) -> None:
    client = visitor()
    answers = [sign_in(client, "ivan", "wrong password") for _ in range(6)]
    answers += [sign_in(client, login, PASSWORD) for login in ("nobody", "administrator")]
    assert {(a.status_code, a.text) for a in answers} == {(401, answers[0].text)}
    assert answers[0].json()["detail"] == "Wrong login or password."
    locked = sign_in(client)
    assert (locked.status_code, locked.json()["code"]) == (429, "locked")
    assert 0 < locked.json()["values"]["seconds"] <= 15
    assert not Passwords().is_outdated(NOBODY)  # as dear to look at as anybody's


def test_a_flood_of_sign_ins_is_turned_away_before_it_eats_the_memory(
    station: Any, visitor: Callable[[], httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    running: list[int] = []

    def slow(stored: str, password: str) -> bool:
        running.append(1)
        gate.wait(20)
        return False

    monkeypatch.setattr(station.station.passwords, "_same", slow)
    answers: list[int] = []
    client = visitor()

    def ask(number: int) -> None:
        answers.append(sign_in(client, f"u{number}").status_code)
        if answers.count(503) == 4:
            gate.set()

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [401] * 16 + [503] * 4
    assert len(running) == 16


def test_what_changes_something_needs_the_session_s_token(
    station: Any, visitor: Callable[[], httpx.Client]
) -> None:
    ivan, other = visitor(), visitor()
    assert sign_in(ivan, "IVAN").json()["may"][0] == "decide"
    sign_in(other)
    body = {"language": "en"}
    for token in ("", "x", "ключ".encode(), other.headers["X-Kedrovka-CSRF"]):
        answer = ivan.post("/api/v1/me/language", json=body, headers={"X-Kedrovka-CSRF": token})
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert ivan.post("/api/v1/me/language", json=body).json()["language"] == "en"
    assert ivan.get("/api/v1/audit").json()["detail"] == "Your account does not allow this."
    assert ivan.delete("/api/v1/session").status_code == 204
    assert ivan.get("/api/v1/me").status_code == 401


def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(
    station: Any, visitor: Callable[[], httpx.Client]
) -> None:
    cookie = sign_in(visitor()).headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_a_stolen_cookie_ends_every_session_and_its_owner_is_told_once(
    station: Any, visitor: Callable[[], httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = datetime.now(UTC)
    owner, tablet, thief = visitor(), visitor(), visitor()
    assert sign_in(owner).json()["notice"] is None
    sign_in(tablet)
    thief.cookies.update(owner.cookies)

    def at(minutes: float) -> None:
        monkeypatch.setattr(station.station, "clock", lambda: start + timedelta(minutes=minutes))

    at(31)
    assert "kedrovka_session=" in owner.get("/api/v1/me").headers["set-cookie"]
    at(32)
    assert owner.get("/api/v1/me").status_code == 200
    assert thief.get("/api/v1/me").status_code == 200  # it may be a request under way
    at(34)
    assert thief.get("/api/v1/me").json()["code"] == "sign_in"
    assert [one.get("/api/v1/me").status_code for one in (owner, tablet)] == [401, 401]
    assert "копии" in sign_in(owner).json()["notice"]
    assert sign_in(owner).json()["notice"] is None


def test_a_one_time_code_sets_a_password_once(
    station: Any, visitor: Callable[[], httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = {"login": "Olga", "name": "Ольга Тестова", "role": "analyst"}
    made = station.client.post("/api/v1/accounts", json=new).json()
    assert (made["account"]["login"], made["account"]["has_password"]) == ("olga", False)
    again = station.client.post("/api/v1/accounts", json=new)
    assert (again.status_code, again.json()["code"]) == (409, "login_taken")
    number = made["account"]["account"]
    second = station.client.post(f"/api/v1/accounts/{number}/code").json()

    def use(code: str, **of: str) -> Any:
        return visitor().post("/api/v1/session/code", json={"code": code, **of})

    assert use(made["code"], password=PASSWORD).json()["code"] == "code"  # the second voids it
    assert use(second["code"]).json()["code"] == "code_needs"
    assert use(second["code"], password=PASSWORD).json()["role"] == "analyst"
    assert use(second["code"], password=PASSWORD).json()["code"] == "code"
    assert sign_in(visitor(), "olga").status_code == 200

    late = station.client.post(f"/api/v1/accounts/{number}/code").json()["code"]
    tomorrow = datetime.now(UTC) + timedelta(hours=25)
    monkeypatch.setattr(station.station, "clock", lambda: tomorrow)
    assert use(late, password=PASSWORD).json()["code"] == "code"


def test_a_code_for_entry_signs_in_and_leaves_the_password(
    station: Any, visitor: Callable[[], httpx.Client]
) -> None:
    def work(connection: Any) -> str:
        ivan = accounts.by_login(connection, "ivan")
        now, entry = station.station.clock(), codes.Purpose.ENTRY
        return codes.issue(connection, BY, entry, ivan, now)[0]

    code = station.station.store.at_start(work)
    answer = visitor().post("/api/v1/session/code", json={"code": code})
    assert answer.json()["login"] == "ivan"
    assert sign_in(visitor()).status_code == 200


def test_a_new_password_ends_the_other_sessions(
    station: Any, visitor: Callable[[], httpx.Client]
) -> None:
    here, elsewhere = visitor(), visitor()
    sign_in(here)
    sign_in(elsewhere)

    def change(old: str, new: str) -> httpx.Response:
        return here.post("/api/v1/me/password", json={"old": old, "new": new})

    assert change("wrong", "another password").json()["code"] == "wrong_old"
    assert change(PASSWORD, "short").json()["code"] == "password_short"
    assert change(PASSWORD, "another password").status_code == 204
    assert [one.get("/api/v1/me").status_code for one in (here, elsewhere)] == [200, 401]


def test_the_last_administrator_stays(station: Any) -> None:
    everybody = station.client.get("/api/v1/accounts").json()
    (boss,) = [one for one in everybody if one["role"] == "administrator"]
    url = f"/api/v1/accounts/{boss['account']}"
    for change in ({"role": "guest", "active": True}, {"role": "administrator", "active": False}):
        answer = station.client.post(url, json={"name": "Тестов"} | change)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_administrator")
    assert "password" not in everybody[0]


def test_whoever_is_signed_out_hears_no_more_and_a_guest_hears_of_fires_only(
    station: Any, hotspot: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "LOOK_EVERY_S", 0.0)
    with station.let_in(Role.GUEST) as guest, guest.stream("GET", "/api/v1/live") as answer:
        lines = (line for line in answer.iter_lines() if line.startswith("event"))
        assert next(lines) == "event: hello"
        station.call(lambda: station.station.live.publish("dock", docked()))
        station.post(hotspot())
        assert next(lines) == "event: hotspot"
        assert guest.delete("/api/v1/session").status_code == 204
        station.post(hotspot(2))
        assert len(list(lines)) <= 1
