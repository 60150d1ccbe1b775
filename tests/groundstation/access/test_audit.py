"""The log tells of every change made behind its back, and says honestly where it begins."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from groundstation import cli
from groundstation.access.account import Account, console
from groundstation.access.roles import Role
from groundstation.store import audit, audit_heads
from groundstation.store.audit_check import check
from groundstation.store.audit_heads import Head
from groundstation.store.console import writing
from groundstation.store.engine import migrate, open_engine

NOW = datetime(2026, 5, 1, 3, 0, 0, 250000, tzinfo=UTC)
DROP = {
    "sqlite": ["DROP TRIGGER audit_log_no_update", "DROP TRIGGER audit_log_no_delete"],
    "postgresql": ["DROP TRIGGER audit_log_no_change ON audit_log"],
}


def write(engine: Engine, count: int = 5) -> None:
    ivan = Account("иван", "Иван", Role.INSPECTOR, account=7)
    for number in range(count):
        with writing(engine) as connection:
            detail = {"number": number, "what": 'снял "петлю"\0', "when": NOW}
            audit.append(connection, ivan, "filed", "raid", f"raid-{number}", detail, NOW)


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Engine]:
    """The same in SQLite alone, where the kind of database makes no difference."""
    opened = open_engine(f"sqlite:///{tmp_path / 'kedrovka.sqlite'}")
    migrate(opened)
    write(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of either kind with five entries."""
    opened = open_engine(database_url)
    migrate(opened)
    write(opened)
    yield opened
    opened.dispose()


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET who = 'x'", "DELETE FROM audit_log"])
def test_the_database_itself_refuses_to_change_an_entry(engine: Engine, statement: str) -> None:
    with pytest.raises(DatabaseError, match="only appended to"), engine.begin() as connection:
        connection.execute(text(statement))
    with engine.connect() as connection:
        assert check(connection, []).fault is None


@pytest.mark.parametrize(
    ("statement", "code", "entry"),
    [
        ("UPDATE audit_log SET who = 'x' WHERE entry = 3", "altered", 3),
        ("UPDATE audit_log SET time_utc = '2026-05-01 02:00:00' WHERE entry = 5", "altered", 5),
        ("UPDATE audit_log SET detail = '{}' WHERE entry = 1", "altered", 1),
        (f"UPDATE audit_log SET hash = '{'0' * 64}' WHERE entry = 2", "altered", 2),
        (f"UPDATE audit_log SET previous = '{'1' * 64}' WHERE entry = 4", "unlinked", 4),
        ("DELETE FROM audit_log WHERE entry = 1", "missing", 1),
        ("DELETE FROM audit_log WHERE entry = 4", "missing", 4),
        ("DELETE FROM audit_log WHERE entry >= 4", "cut", 4),
    ],
)
def test_tampering_is_found_and_the_first_wrong_entry_named(
    on_sqlite: Engine, statement: str, code: str, entry: int
) -> None:
    with on_sqlite.connect() as connection:
        heads = [Head("2026-05-01T03:00:00Z", *audit.head(connection))]
    with on_sqlite.begin() as connection:
        for trigger in DROP["sqlite"]:
            connection.execute(text(trigger))
        connection.execute(text(statement))
    with on_sqlite.connect() as connection:
        fault = check(connection, heads).fault
    assert fault is not None
    assert (fault.code, fault.values["entry"]) == (code, entry)


def test_tampering_is_found_in_either_database(engine: Engine) -> None:
    with engine.begin() as connection:
        for trigger in DROP[engine.dialect.name]:
            connection.execute(text(trigger))
        connection.execute(text("UPDATE audit_log SET detail = '{}' WHERE entry = 4"))
        fault = check(connection, []).fault
    assert fault is not None
    assert (fault.code, fault.values["entry"]) == ("altered", 4)


def test_a_log_that_was_written_anew_does_not_fit_a_noted_head(tmp_path: Path) -> None:
    engines = [open_engine(f"sqlite:///{tmp_path / name}.sqlite") for name in "ab"]
    heads = []
    for engine in engines:
        migrate(engine)
        write(engine, 4 if heads else 3)
        with engine.connect() as connection:
            heads.append(Head("then", *audit.head(connection)))
            assert check(connection, heads[-1:]).fault is None
    with writing(engines[1]) as connection:
        forged = "UPDATE audit_log SET hash = :h, who = 'x' WHERE entry = 3"
        for trigger in DROP["sqlite"]:
            connection.execute(text(trigger))
        row = connection.execute(text("SELECT * FROM audit_log WHERE entry = 3")).one()._mapping
        values = dict(row) | {"who": "x", "time_utc": NOW}
        connection.execute(text(forged), {"h": audit.seal(values)})
        connection.execute(text("DELETE FROM audit_log WHERE entry = 4"))
        fault = check(connection, heads[:1]).fault
    assert fault is not None
    assert (fault.code, fault.values["entry"]) == ("rewritten", 3)
    for engine in engines:
        engine.dispose()


def test_the_seal_is_what_the_page_on_it_says() -> None:
    values = {
        "entry": 2, "time_utc": NOW, "who": "иван", "action": "filed", "kind": "raid",
        "subject": "r", "detail": '{"a":1}', "previous": "ab",
    }  # fmt: skip
    told = (
        b'[2,"2026-05-01T03:00:00.250000Z","\\u0438\\u0432\\u0430\\u043d","filed","raid","r",'
        b'"{\\"a\\":1}","ab"]'
    )
    assert audit.seal(values) == hashlib.sha256(told).hexdigest()


def test_several_writers_of_one_database_make_one_chain(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: write(engine, 5), range(4)))
    with engine.connect() as connection:
        found = check(connection, [])
    assert (found.entries, found.fault) == (25, None)


def test_an_entry_stays_or_goes_with_the_deed(on_sqlite: Engine) -> None:
    def fail() -> None:
        with writing(on_sqlite) as connection:
            audit.append(connection, console("x"), "filed", "raid", "lost", {}, NOW)
            raise KeyError("the deed failed")

    with pytest.raises(KeyError):
        fail()
    with on_sqlite.connect() as connection:
        assert audit.head(connection)[0] == 5


def test_heads_survive_a_torn_line(tmp_path: Path) -> None:
    file = tmp_path / "data" / "audit-heads.txt"
    audit_heads.note(file, 0, audit.START, NOW)
    assert not file.exists()
    audit_heads.note(file, 3, "a" * 64, NOW)
    audit_heads.note(file, 3, "a" * 64, NOW)
    with file.open("a") as torn:
        torn.write("2026-05-01T03:10:00Z 4 bbb")
    audit_heads.note(file, 5, "c" * 64, NOW)
    heads, damaged = audit_heads.noted(file)
    assert ([(head.entry, head.hash[0]) for head in heads], damaged) == ([(3, "a"), (5, "c")], 1)


def test_the_command_counts_names_and_exits_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEDROVKA_GROUND__DATA", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    engine = open_engine(f"sqlite:///{tmp_path / 'kedrovka.sqlite'}")
    migrate(engine)
    write(engine)

    (tmp_path / "audit-heads.txt").touch()  # the station makes it

    def verify() -> tuple[int, str]:
        return cli.main(["audit", "verify"]), capsys.readouterr().out

    code, said = verify()
    assert (code, "Проверено записей: 5; последняя печать" in said) == (0, True)
    with engine.begin() as connection:
        for statement in (*DROP["sqlite"], "DELETE FROM audit_log WHERE entry > 3"):
            connection.execute(text(statement))
    code, said = verify()
    assert (code, "записей с 4 по 5 нет" in said) == (1, True)
    engine.dispose()


def test_the_page_of_the_log_goes_back_in_time(sqlite_station: Any) -> None:
    sqlite_station.client.post("/api/v1/keys", json={"name": "a"}).raise_for_status()
    first = sqlite_station.client.get("/api/v1/audit?limit=2").json()
    assert [item["action"] for item in first["items"]][:1] == ["key_issued"]
    rest = sqlite_station.client.get(f"/api/v1/audit?before={first['before']}").json()
    assert rest["before"] is None
    numbers = [item["entry"] for item in first["items"] + rest["items"]]
    assert numbers == list(range(numbers[0], 0, -1))
