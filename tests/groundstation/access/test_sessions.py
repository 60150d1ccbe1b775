"""What becomes of sessions, by the clock: renewed, idle, too old, stolen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from groundstation.access.account import console
from groundstation.access.roles import Role
from groundstation.config import GroundSettings
from groundstation.store import accounts, audit, sessions
from groundstation.store.console import open_store, writing
from groundstation.store.sessions import Lifetimes, Verdict

NOW = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)
LIVES = Lifetimes(timedelta(hours=12), timedelta(days=7), timedelta(minutes=30))
CHROME = "Mozilla/5.0 Chrome/140"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """An empty database."""
    with open_store(GroundSettings(data=tmp_path)) as engine, writing(engine) as opened:
        yield opened


@pytest.fixture
def ranger(connection: Connection) -> int:
    """Somebody with an account."""
    wanted = accounts.Wanted("Тестов", Role.INSPECTOR)
    return accounts.add(connection, console("x"), "ranger", wanted, NOW).account


def verdict(
    connection: Connection, token: str, after: timedelta, agent: str = CHROME
) -> Verdict | None:
    found = sessions.look(connection, token, agent, LIVES, NOW + after)
    return None if found is None else found.verdict


AFTER = [
    (timedelta(0), Verdict.FINE),
    (timedelta(minutes=5), Verdict.FINE),
    (timedelta(minutes=6), Verdict.TOUCH),
    (timedelta(minutes=31), Verdict.OFFER),
    (timedelta(hours=11, minutes=59), Verdict.OFFER),
    (timedelta(hours=12, minutes=1), Verdict.OVER),
    (timedelta(days=-3), Verdict.FINE),  # the station's clock went back
]


def test_a_session_is_renewed_in_use_and_over_when_idle(
    connection: Connection, ranger: int
) -> None:
    opened = sessions.open_session(connection, ranger, CHROME, NOW)
    seen = [(after, verdict(connection, opened.token, after)) for after, _ in AFTER]
    assert seen == AFTER


def test_a_session_in_use_is_over_after_a_week(connection: Connection, ranger: int) -> None:
    opened = sessions.open_session(connection, ranger, CHROME, NOW)
    sessions.touch(connection, opened.session, NOW + timedelta(days=7))
    assert verdict(connection, opened.token, timedelta(days=7)) is Verdict.OFFER
    assert verdict(connection, opened.token, timedelta(days=7, seconds=1)) is Verdict.OVER


def test_tokens_are_nowhere_in_the_database(
    connection: Connection, ranger: int, tmp_path: Path
) -> None:
    opened = sessions.open_session(connection, ranger, CHROME, NOW)
    connection.commit()
    for file in tmp_path.glob("kedrovka.sqlite*"):
        assert opened.token.encode() not in file.read_bytes()


def test_an_offer_that_never_arrived_costs_nothing(connection: Connection, ranger: int) -> None:
    opened = sessions.open_session(connection, ranger, CHROME, NOW)
    for minutes in (31, 62, 93):
        now = NOW + timedelta(minutes=minutes)
        assert verdict(connection, opened.token, now - NOW) is Verdict.OFFER
        assert sessions.offer(connection, opened.session, now) is not None
        assert sessions.offer(connection, opened.session, now) is None  # a request beside it


def test_a_replaced_token_has_a_grace_and_then_it_was_stolen(
    connection: Connection, ranger: int
) -> None:
    opened = sessions.open_session(connection, ranger, CHROME, NOW)
    other = sessions.open_session(connection, ranger, "Firefox", NOW)
    fresh = sessions.offer(connection, opened.session, NOW + timedelta(minutes=31))
    assert fresh is not None
    minutes = timedelta(minutes=32)
    assert verdict(connection, fresh, minutes) is Verdict.CONFIRM
    sessions.confirm(connection, opened.session, fresh, NOW + minutes)
    assert verdict(connection, fresh, minutes) is Verdict.FINE
    assert verdict(connection, opened.token, minutes + timedelta(seconds=60)) is Verdict.FINE
    late = minutes + timedelta(seconds=61)
    assert verdict(connection, opened.token, late) is Verdict.STOLEN
    # A thief's browser is another one: it is told no less.
    assert verdict(connection, opened.token, late, "curl") is Verdict.STOLEN

    found = sessions.look(connection, opened.token, CHROME, LIVES, NOW + late)
    assert found is not None
    for _ in range(2):
        sessions.report_stolen(connection, found.account, "10.0.0.9", NOW + late)
    for token, agent in ((fresh, CHROME), (opened.token, CHROME), (other.token, "Firefox")):
        assert verdict(connection, token, late, agent) is None
    (entry,) = [e for e in audit.find(connection, 10) if e.action == "session_stolen"]
    assert entry.detail == {"address": "10.0.0.9", "sessions_ended": 2}
    assert accounts.take_notice(connection, ranger) == "stolen"
    assert accounts.take_notice(connection, ranger) is None


def test_a_token_two_renewals_old_is_recognised_too(connection: Connection, ranger: int) -> None:
    opened = sessions.open_session(connection, ranger, CHROME, NOW)
    for minutes in (31, 70):
        fresh = sessions.offer(connection, opened.session, NOW + timedelta(minutes=minutes))
        assert fresh is not None
        sessions.confirm(connection, opened.session, fresh, NOW + timedelta(minutes=minutes + 1))
    assert verdict(connection, opened.token, timedelta(minutes=80)) is Verdict.STOLEN


def test_another_browser_does_not_get_in_with_a_copy(connection: Connection, ranger: int) -> None:
    opened = sessions.open_session(connection, ranger, CHROME, NOW)
    assert verdict(connection, opened.token, timedelta(0), "curl/8") is Verdict.OTHER_AGENT
    found = sessions.look(connection, opened.token, "curl/8", LIVES, NOW)
    assert found is not None
    sessions.end_astray(connection, found, "10.0.0.9", NOW)
    assert verdict(connection, opened.token, timedelta(0)) is None


def test_an_account_that_is_switched_off_is_out_at_once(
    connection: Connection, ranger: int
) -> None:
    opened = sessions.open_session(connection, ranger, CHROME, NOW)
    found = sessions.look(connection, opened.token, CHROME, LIVES, NOW)
    assert found is not None
    assert sessions.still(connection, found, LIVES, NOW) is Verdict.FINE
    off = accounts.Wanted("Тестов", Role.INSPECTOR, active=False)
    accounts.change(connection, console("x"), ranger, off, NOW)
    assert verdict(connection, opened.token, timedelta(0)) is None
    assert sessions.still(connection, found, LIVES, NOW) is Verdict.OVER


def test_what_is_over_is_forgotten(connection: Connection, ranger: int) -> None:
    idle = sessions.open_session(connection, ranger, CHROME, NOW)
    used = sessions.open_session(connection, ranger, CHROME, NOW)
    sessions.touch(connection, used.session, NOW + timedelta(hours=10))
    assert sessions.prune(connection, LIVES, NOW + timedelta(hours=13)) == 1
    assert verdict(connection, idle.token, timedelta(0)) is None
    assert verdict(connection, used.token, timedelta(hours=13)) is Verdict.OFFER
