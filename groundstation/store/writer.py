"""One writer for the whole station: everybody waiting is committed in one transaction.

A commit costs one flush of the disk, whatever it holds; grouping is what makes single reports
cheap. A caller is answered only after the commit that holds its record.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import (
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from groundstation.store.engine import words
from groundstation.store.errors import StoreUnavailable

T = TypeVar("T")
QUEUE_LIMIT = 2000
BATCH_LIMIT = 200
DEADLINE_S = 10.0
DATABASE_DOWN = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""Locked, full or gone: trying each record alone would only take longer."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """A write that waits for its transaction."""

    work: Callable[[Connection], Any]
    answer: asyncio.Future[Any]
    outcome: Any = field(default=None)


class Writer:
    """Queue of writes in front of one thread with one connection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(writer=True)
        self._queue: asyncio.Queue[Job] = asyncio.Queue(QUEUE_LIMIT)
        self._failing = False
        self.commits = 0
        self.writes = 0

    async def write(self, work: Callable[[Connection], T], deadline_s: float = DEADLINE_S) -> T:
        """Run `work` inside a transaction and return its result once that is on disk.

        Raises StoreUnavailable when the database refuses or the deadline passes. `work` may run
        twice, the first time rolled back: it must touch nothing but the connection.
        """
        job = Job(work, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(job)
        except asyncio.QueueFull:
            raise StoreUnavailable(f"{QUEUE_LIMIT} writes are waiting for the disk") from None
        try:
            async with asyncio.timeout(deadline_s):
                result: T = await job.answer
        except TimeoutError:
            raise StoreUnavailable(
                f"the database has not answered within {deadline_s:g} s"
            ) from None
        return result

    async def run(self) -> None:
        """Commit what waits, for ever; a watcher of the server's task group."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="writer") as thread:
            while True:
                jobs = [await self._queue.get()]
                while len(jobs) < BATCH_LIMIT and not self._queue.empty():
                    jobs.append(self._queue.get_nowait())
                waiting = [job for job in jobs if not job.answer.done()]
                if waiting:
                    await loop.run_in_executor(thread, self._commit, waiting)
                    self._answer(waiting)

    def _commit(self, jobs: list[Job]) -> None:
        """All in one transaction; when one of them fails, each in its own."""
        try:
            with self._engine.begin() as connection:
                outcomes = [job.work(connection) for job in jobs]
        except Exception as error:
            if len(jobs) == 1 or isinstance(error, DATABASE_DOWN):
                for job in jobs:
                    job.outcome = error
                return
            for job in jobs:
                self._commit([job])
            return
        self.commits += 1
        self.writes += len(jobs)
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.outcome = outcome

    def _answer(self, jobs: list[Job]) -> None:
        failed = next(
            (job.outcome for job in jobs if isinstance(job.outcome, SQLAlchemyError)), None
        )
        if failed and not self._failing:
            log.error("writes fail: %s", words(failed))
        if not failed and self._failing:
            log.info("writes succeed again")
        self._failing = failed is not None
        for job in jobs:
            if job.answer.done():
                continue
            if isinstance(job.outcome, SQLAlchemyError):
                job.answer.set_exception(StoreUnavailable(words(job.outcome)))
            elif isinstance(job.outcome, Exception):
                job.answer.set_exception(job.outcome)
            else:
                job.answer.set_result(job.outcome)
