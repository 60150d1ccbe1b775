"""Who guesses passwords has to wait, longer each time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from groundstation.config import GroundSettings
from groundstation.store.console import open_store, writing
from groundstation.store.lockout import attempt, counted_by, succeeded, wait_s

NOW = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """An empty database."""
    with open_store(GroundSettings(data=tmp_path)) as engine, writing(engine) as opened:
        yield opened


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 0), (5, 0), (6, 15), (7, 30), (8, 60), (11, 480), (12, 900), (1000, 900)],
)
def test_the_wait_grows_and_ends(failures: int, seconds: int) -> None:
    assert wait_s(failures, free=5) == seconds


def test_a_login_is_locked_after_six_however_it_is_written_and_wherever_from(
    connection: Connection,
) -> None:
    for number in range(6):
        subjects = counted_by(["Boss", "boss", "ＢＯＳＳ "][number % 3], f"10.0.0.{number}")
        assert attempt(connection, subjects, NOW) is None
    assert attempt(connection, counted_by("boss", "10.0.0.99"), NOW) == 15
    assert attempt(connection, counted_by("other", "10.0.0.99"), NOW) is None
    later = NOW + timedelta(seconds=15)
    assert attempt(connection, counted_by("boss", "10.0.0.99"), later) is None
    assert attempt(connection, counted_by("boss", "10.0.0.99"), later) == 30


def test_an_address_that_tries_many_logins_is_locked(connection: Connection) -> None:
    tried = [attempt(connection, counted_by(f"u{n}", "2001:db8::1"), NOW) for n in range(21)]
    assert tried == [None] * 21
    # The neighbour in the same /64 is the same household.
    assert attempt(connection, counted_by("u99", "2001:db8::2"), NOW) == 15
    assert attempt(connection, counted_by("u99", "2001:db8:0:1::2"), NOW) is None


def test_success_forgives_the_login_and_only_itself_at_the_address(
    connection: Connection,
) -> None:
    own = counted_by("mine", "10.0.0.1")
    for number in range(10):
        assert attempt(connection, counted_by(f"victim{number}", "10.0.0.1"), NOW) is None
        assert attempt(connection, own, NOW) is None
        succeeded(connection, own, NOW)
    for number in range(10, 21):
        assert attempt(connection, counted_by(f"victim{number}", "10.0.0.1"), NOW) is None
    assert attempt(connection, own, NOW) is not None


def test_a_day_without_failures_forgets(connection: Connection) -> None:
    for _ in range(6):
        attempt(connection, counted_by("boss", "10.0.0.1"), NOW)
    assert attempt(connection, counted_by("boss", "10.0.0.1"), NOW + timedelta(hours=25)) is None
