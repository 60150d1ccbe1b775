"""The database as the rest of the station sees it: `read` and `write` with functions on it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from groundstation.store.console import writing
from groundstation.store.engine import describe, migrate, open_engine, words
from groundstation.store.errors import StoreUnavailable
from groundstation.store.writer import DEADLINE_S, Writer

T = TypeVar("T")
READERS = 4


class Store:
    """An open, migrated database; `run_writer` must run while anything is written."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        migrate(self._engine)
        self._writer = Writer(self._engine)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self.name = describe(self._engine)
        self.write = self._writer.write
        self.run_writer = self._writer.run

    def at_start(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction, before the writer runs; StoreUnavailable if it cannot be."""
        with writing(self._engine) as connection:
            return work(connection)

    async def read(self, work: Callable[[Connection], T], deadline_s: float = DEADLINE_S) -> T:
        """Run `work` on a snapshot in a reader thread; StoreUnavailable when it cannot be."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(deadline_s):
                return await loop.run_in_executor(self._readers, self._read, work)
        except TimeoutError:
            raise StoreUnavailable(
                f"the database has not answered within {deadline_s:g} s"
            ) from None

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise StoreUnavailable(words(error)) from error

    def close(self) -> None:
        """Give back every connection and thread."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()
