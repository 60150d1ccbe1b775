"""Verify, then clear: a unit's memory is erased after all of it was found again in the database."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection

from firmware_bridge.errors import BridgeError
from groundstation.dock import reading
from groundstation.dock.board import Code, Docked, Phase
from groundstation.dock.docking import PREPARE_S, STORE_RETRY_S, Docking
from groundstation.dock.line import CannotClear, Line
from groundstation.dock.reading import CannotVerify
from groundstation.store import downloads, units
from groundstation.store.downloads import Download
from groundstation.store.errors import StoreUnavailable

log = logging.getLogger(__name__)


async def clear(docking: Docking, line: Line, key: str, who: str) -> Docked:
    """Read the unit again, store, verify, and only then erase its memory.

    Raises CannotClear in words for people, before anything has been erased; afterwards the
    unit's own confirmation decides, and the history says which it was.
    """
    if line.phase is Phase.CLEARING or line.again.is_set():
        raise CannotClear("the unit is not at rest: it is being read or cleared already")
    line.check_clear()
    docking.say(line, Phase.CLEARING, None)
    try:
        await _clear(docking, line, key, who)
    except Exception as error:
        # Whatever it was, the line must come to rest again.
        if not isinstance(error, BridgeError | OSError):
            log.exception("%s: clearing failed", line.at.path)
        await _clear_failed(docking, line, key, who, str(error))
        raise CannotClear(str(error)) from error
    return line.shown()


async def _clear(docking: Docking, line: Line, key: str, who: str) -> None:
    # Again, because a unit that is switched on goes on recording while it hangs there.
    (came,) = await docking.read(line)
    await docking.keep(line, came)
    if line.unit != key:
        raise CannotClear("another unit hangs there now")
    line.check_clear()
    docking.say(line, Phase.CLEARING, None)
    points, places = await _unstored(docking, came, key)
    if points or places:
        raise CannotVerify(f"{points} points and {places} waypoints are not in the database")
    if line.gone:
        raise CannotClear("the unit was unplugged")  # another one may hang there now
    complaint = await docking.in_thread(reading.erase, line.at.path, came.unit, threading.Event())
    if complaint is not None:
        raise CannotClear(complaint)
    detail = f"{came.contents.points} points, {len(came.contents.waypoints)} waypoints"
    now = docking.clock()
    text = f"{detail}; verified against {came.capture}; confirmed by the unit"
    line.can_clear = False
    await _noted(docking, line, lambda c: units.note(c, key, now, "cleared", who, text))
    docking.say(line, Phase.DONE, Code.CLEARED, points=came.contents.points,
              waypoints=len(came.contents.waypoints))  # fmt: skip


async def _noted(docking: Docking, line: Line, note: Callable[[Connection], None]) -> None:
    """The memory is empty: the history must say so, however long the database is away."""
    while True:
        try:
            return await docking.database.write(note)
        except StoreUnavailable as error:
            docking.say(line, Phase.CLEARING, Code.DATABASE_DOWN, complaint=str(error))
            await asyncio.sleep(STORE_RETRY_S)


async def _unstored(docking: Docking, came: Download, key: str) -> tuple[int, int]:
    """What a fresh decoding of the capture holds and the database does not."""
    path = docking.captures / came.capture
    contents = await docking.in_thread(reading.reread, path, came.sha256, came.contents)
    return await docking.database.read(lambda c: downloads.missing(c, key, contents), PREPARE_S)


async def _clear_failed(docking: Docking, line: Line, key: str, who: str, why: str) -> None:
    now = docking.clock()
    docking.say(line, Phase.DONE, Code.NOT_CLEARED, complaint=why)
    with suppress(StoreUnavailable):
        await docking.database.write(lambda c: units.note(c, key, now, "clear_failed", who, why))
