"""The dock: watches ports and volumes, and has every unit that is plugged in read and stored."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from groundstation.access.account import Account
from groundstation.config import DockSettings
from groundstation.dock import disk
from groundstation.dock.board import Board, Docked, Phase
from groundstation.dock.clearing import clear, note_unanswered
from groundstation.dock.docking import STORE_RETRY_S, Docking
from groundstation.dock.line import CannotClear, Line
from groundstation.dock.recovery import left_over, recovered
from groundstation.dock.watch import Place, Waker, scan
from groundstation.store import downloads
from groundstation.store.errors import StoreUnavailable
from groundstation.store.store import Store

log = logging.getLogger(__name__)

AT_REST = frozenset({Phase.DONE, Phase.FAILED, Phase.GONE})
SCAN_S = 1.0
KEEP_GONE = timedelta(hours=12)
MAX_GONE = 50
MEGABYTE = 1e6


class Dock:
    """All places and what hangs there. Lives in one event loop."""

    def __init__(
        self,
        settings: DockSettings,
        captures: Path,
        never: frozenset[str],
        store: Store,
        publish: Callable[[Docked, bool], None],
        clock: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        """`never` are devices of our own links; `publish` takes a line and whether it is only
        progress; `zone` is the wall clock's, None: this machine's."""
        self._settings, self._captures, self._never = settings, captures, never
        self._store, self._publish, self._clock = store, publish, clock
        self._lines: dict[str, Line] = {}
        quota_bytes = settings.captures_quota_mb * 1_000_000
        self._docking = Docking(self._lines, captures, quota_bytes, store, publish, clock, zone)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._began_s = 0.0
        """By the wall clock, as files have it."""

    # What is there.

    async def run(self) -> None:
        """Watch for ever; a watcher of the server's task group."""
        self._began_s = time.time()
        waker = Waker(self._wake)
        waker.open()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._recover(), name="dock recovery")
                while True:
                    self._wake.clear()
                    self._look(group, await asyncio.to_thread(self._scan))
                    with suppress(TimeoutError):
                        async with asyncio.timeout(SCAN_S):
                            await self._wake.wait()
        finally:
            waker.close()
            self.close()

    def close(self) -> None:
        """Ask every conversation to end; their threads end by themselves."""
        for line in self._lines.values():
            line.cancel.set()
        self._docking.close()

    def _scan(self) -> dict[str, Place]:
        return scan(self._settings.ports, self._settings.volumes, self._never)

    def _look(self, group: asyncio.TaskGroup, there: dict[str, Place]) -> None:
        for path, line in list(self._lines.items()):
            now = there.get(path)
            if line.phase is not Phase.GONE and (now is None or now.born != line.at.born):
                self._went(line)
        for path, place in there.items():
            known = self._lines.get(path)
            if known is None or known.phase is Phase.GONE:
                busy = self._tasks.get(path)
                if busy is None or busy.done():
                    self._begin(group, place)
        self._forget()

    def _begin(self, group: asyncio.TaskGroup, place: Place) -> None:
        line = Line(place, self._clock())
        self._lines[place.path] = line
        self._tasks[place.path] = group.create_task(
            self._docking.stay(line), name=f"dock {place.path}"
        )

    def _went(self, line: Line) -> None:
        log.info("%s: gone", line.at.path)
        line.gone = True
        line.cancel.set()
        line.again.set()
        if line.phase is not Phase.STORING:
            self._docking.say(line, Phase.GONE)

    def _forget(self) -> None:
        gone = [line for line in self._lines.values() if line.phase is Phase.GONE]
        gone.sort(key=lambda line: line.updated_utc)
        old = self._clock() - KEEP_GONE
        for number, line in enumerate(reversed(gone)):
            if number >= MAX_GONE or line.updated_utc < old:
                del self._lines[line.at.path]

    async def _recover(self) -> None:
        """Put right what an earlier run left behind: erasures without an answer, captures."""
        began_utc = self._clock()
        while True:
            try:
                await note_unanswered(self._docking, began_utc)
                stored = await self._store.read(downloads.captures)
                break
            except StoreUnavailable:
                await asyncio.sleep(STORE_RETRY_S)
        for path in await asyncio.to_thread(left_over, self._captures, stored):
            try:
                if path.stat().st_mtime >= self._began_s:
                    continue  # our own, of a unit that hangs on the dock now
                came = await self._docking.in_thread(recovered, path)
                if came is not None:
                    outcome = await self._docking.store_persistently(came, frozenset)
                    log.info("%s: stored now, %d new points", path.name, outcome.new_points)
            except OSError as error:
                log.warning("%s: %s", path, error)
            except Exception:
                # As in `Docking`: an old capture must not keep the station from starting.
                log.exception("%s: cannot be stored", path)

    # What people ask for.

    async def board(self) -> Board:
        """Everything on the board, the newest first."""
        used, free = await asyncio.to_thread(disk.usage, self._captures)
        quota = self._settings.captures_quota_mb
        warning = None
        if used / MEGABYTE > quota:
            warning = "quota"
        if free is not None and free < disk.LOW_FREE_BYTES:
            warning = "disk"
        lines = sorted(self._lines.values(), key=lambda line: line.since_utc, reverse=True)
        return Board(
            enabled=True,
            items=[line.shown() for line in lines],
            captures_mb=round(used / MEGABYTE, 1),
            quota_mb=quota,
            free_mb=None if free is None else round(free / MEGABYTE, 1),
            warning=warning,
        )

    async def renamed(self, key: str) -> None:
        """A unit got another label or person: say so on the board."""
        for line in self._lines.values():
            if line.shown_unit == key:
                await self._docking.name(line, key)
                self._publish(line.shown(), False)

    def at_rest(self) -> bool:
        """Whether nothing is being read or stored."""
        return all(line.phase in AT_REST for line in self._lines.values())

    def again(self, place: str) -> bool:
        """Read a place again at once; False when nothing rests there."""
        line = self._lines.get(place)
        if line is None or line.phase not in (Phase.FAILED, Phase.DONE):
            return False
        line.again.set()
        return True

    async def clear(self, key: str, by: Account) -> Docked:
        """Read the unit again, store, verify, and only then erase its memory.

        Raises CannotClear in words for people; the history says how it ended.
        """
        line = next((li for li in self._lines.values() if li.unit == key and not li.gone), None)
        if line is None:
            raise CannotClear("the unit is not docked")
        return await clear(self._docking, line, key, by)
