"""The database for commands: opened, migrated, written in one transaction, given back."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from groundstation.config import GroundSettings
from groundstation.store.engine import migrate, open_engine, words
from groundstation.store.errors import StoreUnavailable


@contextmanager
def open_store(settings: GroundSettings) -> Iterator[Engine]:
    """The station's database, beside a running station or without one. Raises StoreBroken."""
    engine = open_engine(settings.database_url())
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A snapshot. Raises StoreUnavailable when the database fails meanwhile."""
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreUnavailable(words(error)) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it on the disk at the end, or nothing.

    Raises StoreUnavailable when the database fails meanwhile, as when it stays locked.
    """
    try:
        with engine.execution_options(writer=True).begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreUnavailable(words(error)) from error
