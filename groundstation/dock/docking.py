"""What happens at one place: identify, read, store, and try again while there is a reason.

Reading blocks, so it runs in threads, eight at once. What was read stays in memory until the
database has it, and on disk as a capture in any case.
"""

import asyncio
import errno
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from firmware_bridge.errors import BridgeError, LinkClosed, PortBusy, PortDenied, UnknownDevice
from firmware_bridge.files import FileUnreadable
from firmware_bridge.handheld.conversation import Event
from groundstation.dock import disk, reading
from groundstation.dock.board import Code, Docked, Kind, Phase
from groundstation.dock.disk import OverQuota
from groundstation.dock.line import Line
from groundstation.dock.reading import NoMemory
from groundstation.dock.volumes import read_volume
from groundstation.store import downloads, people, units
from groundstation.store.downloads import Download, Mark, Outcome, Overtaken, Prepared
from groundstation.store.errors import StoreUnavailable
from groundstation.store.store import Store

log = logging.getLogger(__name__)

T = TypeVar("T")
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


class Docking:
    """Brings lines of the board from plugged in to stored. Lives in the dock's event loop."""

    def __init__(
        self,
        lines: Mapping[str, Line],
        captures: Path,
        quota_bytes: int,
        store: Store,
        publish: Callable[[Docked, bool], None],
        clock: Callable[[], datetime],
        zone: tzinfo | None,
    ) -> None:
        """`lines` are all of the board, as they are at any time; `zone` is the wall clock's."""
        self.captures, self.database, self.clock = captures, store, clock
        self._lines, self._publish = lines, publish
        self._quota_bytes, self._zone = quota_bytes, zone
        self._storing = asyncio.Lock()
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dock")

    def close(self) -> None:
        """Begin nothing more; threads end by themselves."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    async def stay(self, line: Line) -> None:
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
            self.say(line, Phase.GONE)

    async def _once(self, line: Line) -> float | None:
        """Read and store; seconds until it is worth another try, None when it is done."""
        try:
            came = await self.read(line)
            for one in came:
                await self.keep(line, one)
            if any(one.complaint for one in came):
                await asyncio.to_thread(disk.check, self.captures)
        except NoMemory as error:
            self.say(line, Phase.DONE, Code.NO_MEMORY, port=line.at.path, baud=error.baud)
        except OverQuota as error:
            values = {"wanted_mb": error.wanted_mb, "room_mb": error.room_mb}
            self.say(line, Phase.FAILED, Code.OVER_QUOTA, **values)
            return MAX_RETRY_S
        except PortBusy as error:
            self.say(line, Phase.FAILED, Code.BUSY, holder=str(error))
            return RETRY_S
        except PortDenied as error:
            self.say(line, Phase.FAILED, Code.DENIED, complaint=str(error))
            return RETRY_S
        except (UnknownDevice, FileUnreadable) as error:
            silent = Code.SILENT if line.at.kind is Kind.PORT else Code.NO_FILES
            self.say(line, Phase.FAILED, silent, complaint=str(error))
            line.silences += 1
            return min(MAX_RETRY_S, RETRY_S * 2.0 ** min(line.silences - 1, 10))
        except (LinkClosed, BridgeError) as error:
            self.say(line, Phase.FAILED, Code.UNPLUGGED, complaint=str(error))
            return RETRY_S
        except OSError as error:
            place = error.filename or self.captures
            complaint = f"{place}: {error.strerror or error}"
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            code = Code.DISK_FULL if full else Code.FOLDER
            self.say(line, Phase.FAILED, code, complaint=complaint)
            return RETRY_S
        except Exception as error:
            # One unit's odd bytes must not end a station that fires are reported to.
            log.exception("%s: docking failed", line.at.path)
            complaint = f"{type(error).__name__}: {error}"
            self.say(line, Phase.FAILED, Code.BROKEN, complaint=complaint)
        return None

    async def read(self, line: Line) -> list[Download]:
        self.say(line, Phase.IDENTIFYING, None)
        await asyncio.to_thread(disk.check, self.captures)
        loop = asyncio.get_running_loop()

        def on_event(event: Event) -> None:
            with suppress(RuntimeError):  # the loop has ended, this thread has not
                loop.call_soon_threadsafe(self._heard, line, event)

        if line.at.kind is Kind.VOLUME:
            return await self.in_thread(
                read_volume,
                Path(line.at.path),
                self.captures,
                self._quota_bytes,
                on_event,
                line.cancel,
            )
        return [
            await self.in_thread(
                reading.read_port, line.at.path, self.captures, on_event, line.cancel
            )
        ]

    async def in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, work, *arguments)

    def _heard(self, line: Line, event: Event) -> None:
        """In the loop: an event out of a conversation."""
        if line.gone:
            return
        identified = line.heard(event, asyncio.get_running_loop().time())
        if identified:
            line.guessing = asyncio.get_running_loop().create_task(self._guess(line))
            self.say(line, Phase.READING, None)
        elif line.due(PUBLISH_S, asyncio.get_running_loop().time()):
            line.updated_utc = self.clock()
            self._publish(line.shown(), True)

    async def _guess(self, line: Line) -> None:
        """Name and person of the unit it most likely is, until its contents have said so."""
        identity = line.identity
        if identity is None or identity.unit_id is None:
            return
        with suppress(StoreUnavailable):
            known = await self.database.read(lambda c: units.of_number(c, identity))
            same = [unit for unit in known if unit.model in (None, identity.model)]
            if len(same) == 1 and line.unit is None:
                await self.name(line, same[0].unit)
                self._publish(line.shown(), False)

    async def name(self, line: Line, key: str) -> None:
        now = self.clock()
        unit, person = await self.database.read(
            lambda c: (units.get(c, key), people.holder(c, key, now))
        )
        line.name(unit, person)

    async def keep(self, line: Line, came: Download) -> None:
        """Into the database, however long that takes; what is in memory is on disk as well."""
        self.say(line, Phase.STORING, None)
        outcome = await self.store_persistently(came, lambda: self._elsewhere(line), line)
        line.stored(came, outcome)
        if Mark.SAME_NUMBER in outcome.marks:
            self._tell_twins(line)
        with suppress(StoreUnavailable):
            await self.name(line, outcome.unit)
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
        self.say(line, Phase.DONE, code, **values, **lost)

    async def store_persistently(
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
                    self.say(line, Phase.STORING, Code.DATABASE_DOWN, complaint=str(error))
                await asyncio.sleep(STORE_RETRY_S)

    def _tell_twins(self, line: Line) -> None:
        """Units docked before this one that give its number: the eye must fall on both cards."""
        for other in self._lines.values():
            if other.number == line.number and other.unit != line.unit and other.has_twin():
                self._publish(other.shown(), False)

    def _elsewhere(self, line: Line) -> frozenset[str]:
        """Units that hang on other places now."""
        return frozenset(
            other.unit
            for other in self._lines.values()
            if other is not line and other.unit and not other.gone
        )

    async def _stored(self, came: Download, elsewhere: frozenset[str]) -> Outcome:
        while True:
            ready = await self.database.read(
                lambda c: downloads.prepare(c, came, elsewhere, self._zone), PREPARE_S
            )
            with suppress(Overtaken):
                return await self.database.write(partial(_commit, ready), COMMIT_S)

    def say(self, line: Line, phase: Phase, code: Code | None = None, **values: int | str) -> None:
        if line.gone and phase is not Phase.STORING:
            # Unplugged meanwhile; how it ended is told all the same.
            phase = Phase.GONE
        keep = phase is Phase.GONE and code is None
        line.say(phase, self.clock(), code, values, keep_said=keep)
        if self._lines.get(line.at.path) is line:  # another unit may hang there meanwhile
            self._publish(line.shown(), False)


def _commit(ready: Prepared, connection: Connection) -> Outcome:
    return downloads.commit(connection, ready)
