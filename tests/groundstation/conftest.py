"""A real ground station on a real port, over SQLite and over a throw-away PostgreSQL."""

import asyncio
import contextlib
import dataclasses
import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Connection

from firmware_bridge.messages import GroundFix, HeatKind, Hotspot
from groundstation.access.account import console
from groundstation.access.roles import Role
from groundstation.app import create_app
from groundstation.config import GroundSettings
from groundstation.server import bind, serve
from groundstation.station import Station
from groundstation.store import accounts, keys, sessions
from groundstation.store.console import open_store, writing
from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import fault_named
from sim.handhelds.pace import Wire
from sim.handhelds.unit import VirtualUnit

DEADLINE_S = 20.0


def wait_for(condition: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
    """The first true value of `condition`."""
    end_s = time.monotonic() + deadline_s
    while not (value := condition()):
        assert time.monotonic() < end_s, f"{what}: not within {deadline_s:g} s"
        threading.Event().wait(0.02)
    return value


class Cluster:
    """A PostgreSQL server of our own: one folder, one socket, no network."""

    def __init__(self, programs: Path, folder: Path, user: str) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self._server: subprocess.Popen[bytes] | None = None
        options = ["-D", str(folder / "data"), "-U", "postgres", "--auth=trust", "--no-sync"]
        self._run([str(programs / "initdb"), *options])

    def _as_user(self) -> dict[str, Any]:
        same = self._user == getpass.getuser()
        return {} if same else {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid}

    def _run(self, command: list[str]) -> None:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            cwd=self._folder,
            timeout=60,
            **self._as_user(),
        )

    def start(self) -> None:
        options = ["-k", str(self._folder), "-c", "listen_addresses=", "-c", "fsync=off"]
        self._server = subprocess.Popen(
            [str(self._programs / "postgres"), "-D", str(self._folder / "data"), *options],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._as_user(),
        )
        wait_for(self._answers, "PostgreSQL's start")

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(3)  # immediate shutdown, as in a power cut
            self._server.wait(DEADLINE_S)
            self._server = None

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self._connection("postgres")).close()
            return True
        return False

    def _connection(self, database: str) -> str:
        return f"host={self._folder} user=postgres dbname={database}"

    def empty_database(self) -> str:
        """URL of the database, emptied: cheaper than a new one for each test."""
        with psycopg.connect(self._connection("postgres"), autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return f"postgresql://postgres@/postgres?host={self._folder}"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One PostgreSQL server a test process; skipped loudly where none is installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL absent: /usr/lib/postgresql/*/bin/initdb (install postgresql)")
    user = getpass.getuser()
    if os.geteuid() == 0:  # postgres refuses root
        known = {entry.pw_name for entry in pwd.getpwall()}
        user = "postgres" if "postgres" in known else "nobody"
    folder = Path(tempfile.mkdtemp(prefix="kedrovka-pg-"))
    try:
        shutil.chown(folder, user)
        made = Cluster(programs[-1].parent, folder, user)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of both kinds in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kedrovka.sqlite'}"
    made: Cluster = request.getfixturevalue("cluster")
    return made.empty_database()


AGENT = "tests"
"""What our clients call themselves; sessions are bound to it."""


def headers_of(
    connection: Connection, role: Role = Role.ADMINISTRATOR, login: str | None = None, **of: Any
) -> dict[str, str]:
    """Headers of somebody who is signed in; no password is hashed for it."""
    now, name = datetime.now(UTC), login or str(role).replace("_", "-")
    known = accounts.by_login(connection, name)
    if known is None:
        wanted = accounts.Wanted("Тестов", role, **of)
        known = accounts.add(connection, console("tests"), name, wanted, now, "en")
        accounts.put_password(connection, known.account, "nobody's")
    opened = sessions.open_session(connection, known.account, AGENT, now)
    return {
        "User-Agent": AGENT,
        "Cookie": f"kedrovka_session={opened.token}",
        "X-Kedrovka-CSRF": opened.csrf,
    }


def key_headers(
    connection: Connection, reads: bool = False, system_id: int | None = None
) -> dict[str, str]:
    """Headers of a machine with a key."""
    by, now = console("tests"), datetime.now(UTC)
    _, secret = keys.add(connection, by, "tests", now, system_id, reads)
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def let_in() -> Callable[[Path], dict[str, str]]:
    """`let_in(data)`: headers of an administrator, and of a vehicle, for a station whose SQLite
    lies in that folder, now or later."""

    def make(data: Path) -> dict[str, str]:
        with open_store(GroundSettings(data=data)) as engine, writing(engine) as connection:
            return headers_of(connection) | key_headers(connection)

    return make


@pytest.fixture
def headers_for() -> Callable[..., dict[str, str]]:
    """`headers_for(connection, role)`: of somebody signed in; of a machine for None."""

    def make(connection: Connection, role: Role | None, **of: Any) -> dict[str, str]:
        if role is None:
            return key_headers(connection, **of)
        return headers_of(connection, role, **of)

    return make


class Running:
    """A ground station that serves in a thread of this process.

    `client` is signed in as an administrator and has a vehicle's key as well; `reader` has a key
    to read hotspots.
    """

    def __init__(self, settings: GroundSettings, administrator: bool = True) -> None:
        self.settings = settings
        self._app = create_app(settings)
        self.station: Station = self._app.state.station
        headers, reading = {"Content-Type": "application/json"}, {}
        if administrator:
            at_start = self.station.store.at_start
            reading = at_start(lambda c: key_headers(c, reads=True))
            headers |= at_start(lambda c: headers_of(c) | key_headers(c))
        given = settings.model_fields_set
        self._listener = bind("127.0.0.1", settings.port if "port" in given else 0)
        scheme = "https" if settings.tls.certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self.error: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        self.client = self.client_with(headers)
        self.reader = self.client_with(reading)

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(serve(self._app, self._listener, self._stop))
        except BaseException as error:
            self.error = error
        finally:
            self._listener.close()
            self._loop.close()

    agent = AGENT

    def client_with(self, headers: dict[str, str]) -> httpx.Client:
        """Somebody else's client."""
        verify = self.settings.tls.certificate is None  # ours is nobody's
        return httpx.Client(base_url=self.url, timeout=DEADLINE_S, headers=headers, verify=verify)

    def let_in(self, role: Role, **of: Any) -> httpx.Client:
        """Somebody signed in with that role."""
        return self.client_with(self.station.store.at_start(lambda c: headers_of(c, role, **of)))

    def sign_in(self, context: BrowserContext) -> None:
        """Let a browser in whose `user_agent` is `agent`."""
        token = self.client.headers["Cookie"].partition("=")[2]
        cookie = {"name": "kedrovka_session", "value": token, "url": self.url}
        context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict

    def post(self, report: Hotspot) -> httpx.Response:
        return self.client.post("/api/v1/hotspots", json=as_json(report))

    def line(self, name: str) -> Any:
        """The docking board's line of a port or volume of that name; None while there is none."""
        items = self.client.get("/api/v1/dock").json()["items"]
        return next((item for item in items if item["place"].endswith(f"/{name}")), None)

    def ended(self, name: str, *phases: str) -> Callable[[], Any]:
        """For `wait`: the line once it is in one of the phases, done or failed by default."""

        def look() -> Any:
            line = self.line(name)
            return line if line and line["phase"] in (phases or ("done", "failed")) else None

        return look

    def call(self, function: Callable[[], object]) -> None:
        """Run in the server's loop."""
        self._loop.call_soon_threadsafe(function)

    def join(self) -> None:
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive(), "the server does not end"

    def close(self) -> None:
        self.client.close()
        self.reader.close()
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
        self.join()


@pytest.fixture
def run_station(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts ground stations: `run_station(database=URL, terrain=..., radio=...)`.

    `administrator=False`: one that was never set up.
    """
    stations: list[Running] = []

    def run(administrator: bool = True, **settings: Any) -> Running:
        given = GroundSettings(**{"data": tmp_path / "data", **settings})
        station = Running(given, administrator)
        stations.append(station)
        return station

    yield run
    for station in stations:
        station.close()


@pytest.fixture
def running(run_station: Callable[..., Running], database_url: str) -> Running:
    """A ground station over either database."""
    return run_station(database=database_url)


@pytest.fixture
def sqlite_station(run_station: Callable[..., Running]) -> Running:
    """A ground station over SQLite, for what does not touch the database."""
    return run_station()


FIX = GroundFix(
    lat_deg=43.5,
    lon_deg=131.5,
    alt_amsl_m=250.0,
    var_east_m2=4.0,
    var_north_m2=9.0,
    cov_east_north_m2=1.0,
    ce90_m=5.5,
)
HOTSPOT = Hotspot(
    hotspot_id=UUID("019a0000-0000-7000-8000-000000000001"),
    revision=1,
    system_id=1,
    kind=HeatKind.FIRE,
    first_seen_utc=datetime(2026, 5, 1, 3, 0, 0, tzinfo=UTC),
    last_seen_utc=datetime(2026, 5, 1, 3, 0, 2, 500000, tzinfo=UTC),
    views=6,
    fix=FIX,
    unlocated_because=None,
    peak_kelvin=650.0,
    contrast_kelvin=360.0,
    saturated=False,
    area_m2=2.5,
)


def as_json(item: Any) -> Any:
    """A dataclass as the wire has it, made without the code under test."""
    values = dataclasses.asdict(item)
    return {
        key: value.isoformat()
        if isinstance(value, datetime)
        else str(value)
        if isinstance(value, UUID)
        else value
        for key, value in values.items()
    }


@pytest.fixture
def hotspot() -> Callable[..., Hotspot]:
    """Makes a report: `hotspot(revision=2, ...)`; `number` gives another id."""

    def make(number: int = 1, **changes: Any) -> Hotspot:
        identifier = UUID(int=HOTSPOT.hotspot_id.int - 1 + number)
        return dataclasses.replace(HOTSPOT, **{"hotspot_id": identifier, **changes})

    return make


@pytest.fixture
def wait() -> Callable[..., Any]:
    """`wait(condition, what)`: the first true value, within a deadline."""
    return wait_for


@pytest.fixture
def to_json() -> Callable[[Any], Any]:
    """A dataclass as the wire has it."""
    return as_json


FAST = 50.0
"""Virtual wires are so many times faster than their rate."""


def built(family: str, wanted: dict[str, Any]) -> VirtualUnit:
    """A virtual unit: a small one unless it is told otherwise."""
    row = FAMILIES[family]
    defaults: dict[str, Any] = {
        "model": row.models[0], "points": 200, "waypoints": 5, "baud": row.baud, "seed": 1,
    }  # fmt: skip
    defaults |= wanted | {"fault": fault_named(wanted.get("fault", "none"))}
    return row.build(Wanted(**defaults))


class Plugged:
    """A virtual unit whose wire runs in a thread; `pull` takes the port away."""

    def __init__(self, link: Path, family: str, speedup: float = FAST, **wanted: Any) -> None:
        self.unit = built(family, wanted)
        self.truth = self.unit.truth()
        self._wire = Wire(self.unit, link, speedup)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._wire.run(self._stop)
        finally:
            self._wire.close()

    def swap(self, family: str, **wanted: Any) -> None:
        """Another unit at the same cable: its port stays what it was."""
        self.unit = self._wire._unit = built(family, wanted)
        self.truth = self.unit.truth()

    def pull(self) -> None:
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Callable[..., Plugged]]:
    """`plug("a", "garmin", points=...)`: a unit on the port tmp/ports/a."""
    (tmp_path / "ports").mkdir()
    plugged: list[Plugged] = []

    def run(name: str, family: str, **wanted: Any) -> Plugged:
        plugged.append(Plugged(tmp_path / "ports" / name, family, **wanted))
        return plugged[-1]

    yield run
    for one in plugged:
        with contextlib.suppress(AssertionError):
            one.pull()


@pytest.fixture
def docking(run_station: Callable[..., Running], database_url: str, tmp_path: Path) -> Running:
    """A station that watches tmp/ports and tmp/media, over either database."""
    return run_station(database=database_url, dock=dock_settings(tmp_path))


def dock_settings(tmp_path: Path) -> dict[str, Any]:
    return {"ports": [str(tmp_path / "ports" / "*")], "volumes": [tmp_path / "media"]}


QUIET = (
    f"--user-agent={AGENT}",  # a context's own is not its service worker's
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Chromium without a screen, and without words to anybody outside."""


# Not for the whole session: while Playwright runs, its thread cannot run another event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium; skips where none is installed."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed: the page is not tested")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield chromium
        chromium.close()


DESKTOP = {"width": 1440, "height": 900}


@pytest.fixture
def open_page(browser: Browser, station: Running) -> Iterator[Callable[..., Page]]:
    """Opens the page of the test's `station` in a language and size, as its administrator or
    nobody; any script error, foreign request or breach of the page's policy fails the test."""
    problems: list[str] = []
    contexts = []

    def open_in(
        locale: str = "en-GB",
        viewport: dict[str, int] = DESKTOP,
        path: str = "/",
        clock: bool = False,
        confined: bool = False,
        nobody: bool = False,
        before: Callable[[Page], object] = lambda page: None,
    ) -> Page:
        # `wait_for_function` is evaluated in the page, which its own policy forbids.
        context = browser.new_context(
            locale=locale,
            viewport=viewport,  # type: ignore[arg-type]
            bypass_csp=not confined,
            user_agent=station.agent,
            # Keeping the page for later costs a second, and is what the tests of filing are about.
            service_workers="block",
        )
        contexts.append(context)
        if not nobody:
            station.sign_in(context)
        # What the person chose on an earlier visit.
        context.add_init_script(f"localStorage.language ??= '{locale[:2]}'")
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda r: r.url.startswith(station.url) or problems.append(r.url))
        page.on("console", lambda m: problems.append(m.text) if "Security" in m.text else None)
        if clock:
            page.clock.install()
        before(page)
        page.goto(station.url + path)
        return page

    yield open_in
    for context in contexts:
        context.close()
    assert problems == []
