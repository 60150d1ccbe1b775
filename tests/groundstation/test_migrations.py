"""Any older database becomes today's, with what it holds; a newer one is left alone."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from groundstation.store.engine import migrate, open_engine
from groundstation.store.errors import StoreBroken
from groundstation.store.tables import METADATA


@pytest.mark.parametrize("first", ["base", "0001"])
def test_schema_is_the_tables_from_empty_and_from_the_first_version(
    database_url: str, first: str
) -> None:
    engine = open_engine(database_url)
    if first != "base":
        migrate(engine, first)
        with engine.begin() as connection:
            row = {"now": "2026-05-01 00:00:00+00:00"}
            connection.execute(text("INSERT INTO liveness VALUES (1, :now)"), row)
    migrate(engine)
    migrate(engine)  # a second start
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        kept = connection.scalar(text("SELECT count(*) FROM liveness"))
    assert kept == (0 if first == "base" else 1)
    engine.dispose()


def test_newer_schema_is_refused_by_name(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreBroken, match="newer version"):
        migrate(engine)
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "has not the form"),
        ("mysql://host/db", "neither sqlite nor postgresql"),
        ("sqlite://", "needs a file"),
        ("postgresql://nobody@127.0.0.1:1/none", "127.0.0.1"),
    ],
)
def test_database_that_cannot_be_is_named(url: str, words: str) -> None:
    with pytest.raises(StoreBroken, match=words):
        migrate(open_engine(url))


def test_a_database_url_is_not_said_aloud_with_its_password() -> None:
    with pytest.raises(StoreBroken, match="has not the form") as error:
        open_engine("postgres//user:secret@host/db")
    assert "secret" not in str(error.value)


def test_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "kedrovka.sqlite"
    path.write_bytes(b"not a database, and more than a hundred bytes " * 10)
    before = path.read_bytes()
    with pytest.raises(StoreBroken, match="not a database"):
        migrate(open_engine(f"sqlite:///{path}"))
    assert path.read_bytes() == before
