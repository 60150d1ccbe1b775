"""Opens the database, SQLite or PostgreSQL, and brings its schema up to date.

SQLite: write-ahead log with synchronous=FULL, so that a commit is on the disk when it returns.
"""

import logging
import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from groundstation.store.errors import StoreBroken

BUSY_TIMEOUT_MS = 3000
"""How long SQLite waits for another process's lock."""
CONNECT_TIMEOUT_S = 3
DEAD_PEER = {
    "tcp_user_timeout": 8000,
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}
"""libpq gives up a server behind a cut cable within about 8 s; Linux alone takes 15 minutes."""
MIGRATION_LOCK = 0x6B656472
"""Any number, the same in every station: two of them must not migrate one database at once."""

log = logging.getLogger(__name__)


def open_engine(url: str) -> Engine:
    """Engine for a SQLAlchemy URL; nothing is connected yet.

    Raises StoreBroken naming what is wrong with the URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # Not the URL itself: it may hold a password.
        form = "postgresql://USER:PASSWORD@HOST/NAME or sqlite:///PATH"
        raise StoreBroken(f"database URL has not the form {form}") from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        psycopg = parsed.set(drivername="postgresql+psycopg")
        return create_engine(
            psycopg,
            pool_pre_ping=True,
            pool_timeout=CONNECT_TIMEOUT_S,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S, **DEAD_PEER},
        )
    if backend != "sqlite":
        raise StoreBroken(f"database URL: '{backend}' is neither sqlite nor postgresql")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreBroken("database URL: SQLite needs a file, sqlite:///PATH")
    return _open_sqlite(url, Path(parsed.database))


def _open_sqlite(url: str, path: Path) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreBroken(f"database folder {path.parent}: {error.strerror}") from error
    engine = create_engine(url, pool_timeout=CONNECT_TIMEOUT_S)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions on its own
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: a reader that turns writer later can only fail.
        writer = connection.get_execution_options().get("writer", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to `revision`; StoreBroken says why it cannot be."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with engine.execution_options(writer=True).begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except CommandError as error:
        raise StoreBroken(
            f"{describe(engine)}: made by a newer version of this program ({error})"
        ) from error
    except SQLAlchemyError as error:
        raise StoreBroken(f"{describe(engine)}: cannot be opened: {words(error)}") from error


def describe(engine: Engine) -> str:
    """The database's URL without its password."""
    return engine.url.render_as_string(hide_password=True)


def words(error: SQLAlchemyError | NoSuchModuleError) -> str:
    """One line of the driver's own words, without the statement."""
    inner = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(inner).split()) or type(inner).__name__
