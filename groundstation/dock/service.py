"""The dock: watches ports and volumes, reads every unit that is plugged in, stores what is new.

One task a place; reading blocks, so it runs in threads, eight at once. What was read stays in
memory until the database has it, and on disk as a capture in any case.
"""

import asyncio
import errno
import logging
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from firmware_bridge.errors import BridgeError, LinkClosed, PortBusy, PortDenied, UnknownDevice
from firmware_bridge.files import FileUnreadable
from firmware_bridge.handheld.conversation import Event
from groundstation.config import DockSettings
from groundstation.dock import reading
from groundstation.dock.board import Board, Code, Docked, Kind, Phase
from groundstation.dock.line import CannotClear, Line
from groundstation.dock.reading import CannotVerify, NoMemory
from groundstation.dock.recovery import left_over, recovered
from groundstation.dock.watch import Place, Waker, scan
from groundstation.store import downloads, people, units
from groundstation.store.downloads import Download, Outcome, Overtaken, Prepared
from groundstation.store.errors import StoreUnavailable
from groundstation.store.store import Store

log = logging.getLogger(__name__)

T = TypeVar("T")
SCAN_S = 1.0
AT_ONCE = 8
RETRY_S = 10.0
"""For a port where nothing answers, that is busy, or a disk that is full."""
MAX_RETRY_S = 300.0
"""Silent ports are asked ever more seldom: what hangs there may be no GPS unit at all."""
STORE_RETRY_S = 3.0
PREPARE_S = 300.0
COMMIT_S = 120.0
PUBLISH_S = 0.4
"""Progress is told at most so often."""
KEEP_GONE = timedelta(hours=12)
MAX_GONE = 50
LEAST_FREE_BYTES = 64 << 20
"""With less, no download is begun: a full disk must not cut one short."""
LOW_FREE_BYTES = 1 << 30
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
    ) -> None:
        """`never` are devices of our own links; `publish` takes a line and whether it is only
        progress."""
        self._settings, self._captures, self._never = settings, captures, never
        self._store, self._publish, self._clock = store, publish, clock
        self._lines: dict[str, Line] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._storing = asyncio.Lock()
        self._began_s = 0.0
        """By the wall clock, as files have it."""
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dock")

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
        self._workers.shutdown(wait=False, cancel_futures=True)

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
        self._tasks[place.path] = group.create_task(self._dock(line), name=f"dock {place.path}")

    def _went(self, line: Line) -> None:
        log.info("%s: gone", line.at.path)
        line.gone = True
        line.cancel.set()
        line.again.set()
        if line.phase is not Phase.STORING:
            self._say(line, Phase.GONE)

    def _forget(self) -> None:
        gone = [line for line in self._lines.values() if line.phase is Phase.GONE]
        gone.sort(key=lambda line: line.updated_utc)
        old = self._clock() - KEEP_GONE
        for number, line in enumerate(reversed(gone)):
            if number >= MAX_GONE or line.updated_utc < old:
                del self._lines[line.at.path]

    async def _recover(self) -> None:
        """Store the captures that an earlier run left behind."""
        while True:
            try:
                stored = await self._store.read(downloads.captures)
                break
            except StoreUnavailable:
                await asyncio.sleep(STORE_RETRY_S)
        for path in await asyncio.to_thread(left_over, self._captures, stored):
            try:
                if path.stat().st_mtime >= self._began_s:
                    continue  # our own, of a unit that hangs on the dock now
                came = await self._in_thread(recovered, path)
                if came is not None:
                    outcome = await self._persistently(came, frozenset)
                    log.info("%s: stored now, %d new points", path.name, outcome.new_points)
            except OSError as error:
                log.warning("%s: %s", path, error)
            except Exception:
                # As in `_once`: an old capture must not keep the station from starting.
                log.exception("%s: cannot be stored", path)

    # One place.

    async def _dock(self, line: Line) -> None:
        """From plugging in to going; read again while there is a reason, or somebody asks."""
        while not line.gone:
            again_s = await self._once(line)
            if line.gone:
                break
            line.again.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(again_s):
                    await line.again.wait()
        if line.gone and line.phase is not Phase.GONE:
            self._say(line, Phase.GONE)

    async def _once(self, line: Line) -> float | None:
        """Read and store; seconds until it is worth another try, None when it is done."""
        try:
            came = await self._read(line)
            for one in came:
                await self._keep(line, one)
            if any(one.complaint for one in came):
                await self._check_disk()
        except NoMemory:
            self._say(line, Phase.DONE, Code.NO_MEMORY)
        except PortBusy as error:
            self._say(line, Phase.FAILED, Code.BUSY, holder=str(error))
            return RETRY_S
        except PortDenied as error:
            self._say(line, Phase.FAILED, Code.DENIED, complaint=str(error))
            return RETRY_S
        except (UnknownDevice, FileUnreadable) as error:
            self._say(line, Phase.FAILED, Code.SILENT, complaint=str(error))
            line.silences += 1
            return min(MAX_RETRY_S, RETRY_S * 2.0 ** min(line.silences - 1, 10))
        except (LinkClosed, BridgeError) as error:
            self._say(line, Phase.FAILED, Code.UNPLUGGED, complaint=str(error))
            return RETRY_S
        except OSError as error:
            place = error.filename or self._captures
            complaint = f"{place}: {error.strerror or error}"
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            code = Code.DISK_FULL if full else Code.FOLDER
            self._say(line, Phase.FAILED, code, complaint=complaint)
            return RETRY_S
        except Exception as error:
            # One unit's odd bytes must not end a station that fires are reported to.
            log.exception("%s: docking failed", line.at.path)
            complaint = f"{type(error).__name__}: {error}"
            self._say(line, Phase.FAILED, Code.BROKEN, complaint=complaint)
        return None

    async def _read(self, line: Line) -> list[Download]:
        self._say(line, Phase.IDENTIFYING, None)
        await self._check_disk()
        loop = asyncio.get_running_loop()

        def on_event(event: Event) -> None:
            with suppress(RuntimeError):  # the loop has ended, this thread has not
                loop.call_soon_threadsafe(self._heard, line, event)

        if line.at.kind is Kind.VOLUME:
            return await self._in_thread(
                reading.read_volume, Path(line.at.path), self._captures, on_event, line.cancel
            )
        return [
            await self._in_thread(
                reading.read_port, line.at.path, self._captures, on_event, line.cancel
            )
        ]

    async def _check_disk(self) -> None:
        """Raises OSError ENOSPC when there is too little room for a capture."""
        free = await asyncio.to_thread(free_bytes, self._captures)
        if free is not None and free < LEAST_FREE_BYTES:
            raise OSError(errno.ENOSPC, f"{free / MEGABYTE:.0f} MB free", str(self._captures))

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, work, *arguments)

    def _heard(self, line: Line, event: Event) -> None:
        """In the loop: an event out of a conversation."""
        if line.gone:
            return
        identified = line.heard(event, asyncio.get_running_loop().time())
        if identified:
            line.guessing = asyncio.get_running_loop().create_task(self._guess(line))
            self._say(line, Phase.READING, None)
        elif line.due(PUBLISH_S, asyncio.get_running_loop().time()):
            line.updated_utc = self._clock()
            self._publish(line.shown(), True)

    async def _guess(self, line: Line) -> None:
        """Name and person of the unit it most likely is, until its contents have said so."""
        identity = line.identity
        if identity is None or identity.unit_id is None:
            return
        with suppress(StoreUnavailable):
            known = await self._store.read(lambda c: units.of_number(c, identity))
            same = [unit for unit in known if unit.model in (None, identity.model)]
            if len(same) == 1 and line.unit is None:
                await self._name(line, same[0].unit)
                self._publish(line.shown(), False)

    async def _name(self, line: Line, key: str) -> None:
        now = self._clock()
        unit, person = await self._store.read(
            lambda c: (units.get(c, key), people.holder(c, key, now))
        )
        line.name(unit, person)

    async def _keep(self, line: Line, came: Download) -> None:
        """Into the database, however long that takes; what is in memory is on disk as well."""
        self._say(line, Phase.STORING, None)
        outcome = await self._persistently(came, lambda: self._elsewhere(line), line)
        line.stored(came, outcome)
        with suppress(StoreUnavailable):
            await self._name(line, outcome.unit)
        values = {
            "new": outcome.new_points,
            "known": outcome.known_points,
            "new_waypoints": outcome.new_waypoints,
            "known_waypoints": outcome.known_waypoints,
        }
        lost: dict[str, int | str] = {}
        if outcome.complaint is not None or outcome.lost:
            lost = {"lost": outcome.lost, "complaint": outcome.complaint or ""}
        code = Code.LOST if lost else Code.STORED if sum(values.values()) else Code.EMPTY
        log.info("%s: %s: %s", line.at.path, outcome.unit, values | lost)
        self._say(line, Phase.DONE, code, **values, **lost)

    async def _persistently(
        self,
        came: Download,
        elsewhere: Callable[[], frozenset[str]],
        line: Line | None = None,
    ) -> Outcome:
        while True:
            try:
                # One after the other: of two units with one number the first must be known.
                async with self._storing:
                    outcome = await self._stored(came, elsewhere())
                    if line is not None:
                        line.unit = outcome.unit
                    return outcome
            except StoreUnavailable as error:
                if line is not None:
                    self._say(line, Phase.STORING, Code.DATABASE_DOWN, complaint=str(error))
                await asyncio.sleep(STORE_RETRY_S)

    def _elsewhere(self, line: Line) -> frozenset[str]:
        """Units that hang on other places now."""
        return frozenset(
            other.unit
            for other in self._lines.values()
            if other is not line and other.unit and not other.gone
        )

    async def _stored(self, came: Download, elsewhere: frozenset[str]) -> Outcome:
        while True:
            ready = await self._store.read(
                lambda c: downloads.prepare(c, came, elsewhere), PREPARE_S
            )
            with suppress(Overtaken):
                return await self._store.write(partial(_commit, ready), COMMIT_S)

    def _say(self, line: Line, phase: Phase, code: Code | None = None, **values: int | str) -> None:
        if line.gone and phase is not Phase.STORING:
            # Unplugged meanwhile; how it ended is told all the same.
            phase = Phase.GONE
        keep = phase is Phase.GONE and code is None
        line.say(phase, self._clock(), code, values, keep_said=keep)
        self._publish(line.shown(), False)

    # What people ask for.

    async def board(self) -> Board:
        """Everything on the board, the newest first."""
        used, free = await asyncio.to_thread(_usage, self._captures)
        quota = self._settings.captures_quota_mb
        warning = None
        if used / MEGABYTE > quota:
            warning = "quota"
        if free is not None and free < LOW_FREE_BYTES:
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
                await self._name(line, key)
                self._publish(line.shown(), False)

    def again(self, place: str) -> bool:
        """Read a place again at once; False when nothing rests there."""
        line = self._lines.get(place)
        if line is None or line.phase not in (Phase.FAILED, Phase.DONE):
            return False
        line.again.set()
        return True

    async def clear(self, key: str, who: str) -> Docked:
        """Read the unit again, store, verify, and only then erase its memory.

        Raises CannotClear in words for people, before anything has been erased; afterwards the
        unit's own confirmation decides, and the history says which it was.
        """
        line = next((li for li in self._lines.values() if li.unit == key and not li.gone), None)
        if line is None:
            raise CannotClear("the unit is not docked")
        if line.phase is Phase.CLEARING or line.again.is_set():
            raise CannotClear("the unit is not at rest: it is being read or cleared already")
        line.check_clear()
        self._say(line, Phase.CLEARING, None)
        try:
            await self._clear(line, key, who)
        except Exception as error:
            # Whatever it was, the line must come to rest again.
            if not isinstance(error, BridgeError | OSError):
                log.exception("%s: clearing failed", line.at.path)
            await self._clear_failed(line, key, who, str(error))
            raise CannotClear(str(error)) from error
        return line.shown()

    async def _clear(self, line: Line, key: str, who: str) -> None:
        # Again, because a unit that is switched on goes on recording while it hangs there.
        (came,) = await self._read(line)
        await self._keep(line, came)
        if line.unit != key:
            raise CannotClear("another unit hangs there now")
        line.check_clear()
        self._say(line, Phase.CLEARING, None)
        points, places = await self._unstored(came, key)
        if points or places:
            raise CannotVerify(f"{points} points and {places} waypoints are not in the database")
        if line.gone:
            raise CannotClear("the unit was unplugged")  # another one may hang there now
        complaint = await self._in_thread(reading.erase, line.at.path, came.unit, threading.Event())
        if complaint is not None:
            raise CannotClear(complaint)
        detail = f"{came.contents.points} points, {len(came.contents.waypoints)} waypoints"
        now = self._clock()
        text = f"{detail}; verified against {came.capture}; confirmed by the unit"
        line.can_clear = False
        await self._noted(line, lambda c: units.note(c, key, now, "cleared", who, text))
        self._say(line, Phase.DONE, Code.CLEARED, points=came.contents.points,
                  waypoints=len(came.contents.waypoints))  # fmt: skip

    async def _noted(self, line: Line, note: Callable[[Connection], None]) -> None:
        """The memory is empty: the history must say so, however long the database is away."""
        while True:
            try:
                return await self._store.write(note)
            except StoreUnavailable as error:
                self._say(line, Phase.CLEARING, Code.DATABASE_DOWN, complaint=str(error))
                await asyncio.sleep(STORE_RETRY_S)

    async def _unstored(self, came: Download, key: str) -> tuple[int, int]:
        """What a fresh decoding of the capture holds and the database does not."""
        path = self._captures / came.capture
        contents = await self._in_thread(reading.reread, path, came.sha256, came.contents)
        return await self._store.read(lambda c: downloads.missing(c, key, contents), PREPARE_S)

    async def _clear_failed(self, line: Line, key: str, who: str, why: str) -> None:
        now = self._clock()
        self._say(line, Phase.DONE, Code.NOT_CLEARED, complaint=why)
        with suppress(StoreUnavailable):
            await self._store.write(lambda c: units.note(c, key, now, "clear_failed", who, why))


def _commit(ready: Prepared, connection: Connection) -> Outcome:
    return downloads.commit(connection, ready)


def free_bytes(folder: Path) -> int | None:
    """Free space where the folder is or will be."""
    for at in (folder, *folder.absolute().parents):
        with suppress(OSError):
            return shutil.disk_usage(at).free
    return None


def _usage(folder: Path) -> tuple[int, int | None]:
    """Bytes in the captures folder, and free ones on its disk."""
    used = 0
    with suppress(OSError):
        used = sum(entry.stat().st_size for entry in folder.iterdir())
    return used, free_bytes(folder)
