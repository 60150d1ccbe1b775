"""Empty databases to file into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundstation.store.engine import migrate, open_engine
from tests.groundstation.records.books import Books


@pytest.fixture(scope="session")
def empty_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy: migrating one for every test costs too much."""
    path = tmp_path_factory.mktemp("book") / "empty.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def books(empty_book: Path, tmp_path: Path) -> Iterator[Books]:
    """An empty SQLite database."""
    path = tmp_path / "books.sqlite"
    path.write_bytes(empty_book.read_bytes())
    made = Books(f"sqlite:///{path}", migrated=True)
    yield made
    made.engine.dispose()


@pytest.fixture
def both_books(database_url: str) -> Iterator[Books]:
    """An empty database, SQLite and PostgreSQL in turn."""
    made = Books(database_url)
    yield made
    made.engine.dispose()
