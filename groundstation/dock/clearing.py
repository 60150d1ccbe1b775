"""Verify, then clear: a unit's memory is erased after all of it was found again in the database.

The history knows before the unit does: `clearing` is noted first, then the unit is told, then its
answer is noted, however long the database is away. Where a `clearing` has no answer, because the
station ended in between, the next start notes that nobody knows (`note_unanswered`).
"""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from firmware_bridge.errors import BridgeError
from groundstation.access.account import Account
from groundstation.dock import reading
from groundstation.dock.board import Code, Docked, Phase
from groundstation.dock.docking import PREPARE_S, STORE_RETRY_S, Docking
from groundstation.dock.erasing import erase
from groundstation.dock.line import CannotClear, Line, NotConfirmed
from groundstation.dock.reading import CannotVerify
from groundstation.store import audit, downloads, units
from groundstation.store.downloads import Download
from groundstation.store.errors import StoreUnavailable

log = logging.getLogger(__name__)

UNANSWERED = "the station ended before the unit had answered; whether it erased is not known"


async def clear(docking: Docking, line: Line, key: str, by: Account) -> Docked:
    """Read the unit again, store, verify, and only then erase its memory.

    Raises CannotClear in words for people when the memory was left alone, NotConfirmed when the
    unit was told to erase it and did not say that it had.
    """
    if line.phase is Phase.CLEARING or line.again.is_set():
        raise CannotClear("the unit is not at rest: it is being read or cleared already")
    line.check_clear()
    docking.say(line, Phase.CLEARING, None)
    try:
        came = await _verified(docking, line, key)
        await _erase(docking, line, key, by, came)
    except NotConfirmed:
        raise
    except Exception as error:
        # Whatever it was, the line must come to rest again.
        if not isinstance(error, BridgeError | OSError):
            log.exception("%s: clearing failed", line.at.path)
        await _left_alone(docking, line, key, by, str(error))
        raise CannotClear(str(error)) from error
    return line.shown()


async def _verified(docking: Docking, line: Line, key: str) -> Download:
    """All that the unit holds now, found again in the database."""
    # Again, because a unit that is switched on goes on recording while it hangs there.
    (came,) = await docking.read(line)
    await docking.keep(line, came)
    if line.unit != key:
        raise CannotClear("another unit hangs there now")
    line.check_clear()
    docking.say(line, Phase.CLEARING, None)
    path = docking.captures / came.capture
    contents = await docking.in_thread(reading.reread, path, came.sha256, came.contents)
    points, places = await docking.database.read(
        lambda c: downloads.missing(c, key, contents, came.ended_utc), PREPARE_S
    )
    if points or places:
        raise CannotVerify(f"{points} points and {places} waypoints are not in the database")
    return came


async def _erase(docking: Docking, line: Line, key: str, by: Account, came: Download) -> None:
    """Tell the unit, and note what it says. Raises NotConfirmed, or what left the memory alone."""
    points, waypoints = came.contents.points, len(came.contents.waypoints)
    held = f"{points} points, {waypoints} waypoints; verified against {came.capture}"
    if line.gone:
        raise CannotClear("the unit was unplugged")  # another one may hang there now
    now = docking.clock()
    await docking.database.write(lambda c: _note(c, key, now, "clearing", by, held))
    complaint = await docking.in_thread(erase, line.at.path, came.unit, came.contents)
    line.can_clear = False
    if complaint is not None:
        await _noted(docking, line, key, "clear_unknown", by, f"{held}; {complaint}")
        docking.say(line, Phase.DONE, Code.NOT_CONFIRMED, complaint=complaint)
        raise NotConfirmed(complaint)
    await _noted(docking, line, key, "cleared", by, f"{held}; confirmed by the unit")
    docking.say(line, Phase.DONE, Code.CLEARED, points=points, waypoints=waypoints)


async def _noted(
    docking: Docking, line: Line, key: str, action: str, by: Account, detail: str
) -> None:
    """The unit was told: the history must say what came of it, however long that takes."""
    now = docking.clock()
    while True:
        try:
            return await docking.database.write(lambda c: _note(c, key, now, action, by, detail))
        except StoreUnavailable as error:
            docking.say(line, Phase.CLEARING, Code.DATABASE_DOWN, complaint=str(error))
            await asyncio.sleep(STORE_RETRY_S)


async def _left_alone(docking: Docking, line: Line, key: str, by: Account, why: str) -> None:
    now = docking.clock()
    docking.say(line, Phase.DONE, Code.NOT_CLEARED, complaint=why)
    with suppress(StoreUnavailable):
        await docking.database.write(lambda c: _note(c, key, now, "clear_failed", by, why))


async def note_unanswered(docking: Docking, began_utc: datetime) -> None:
    """Say of units that a run before `began_utc` told to erase that nobody knows whether."""

    def work(connection: Connection) -> list[str]:
        left = units.left_clearing(connection, began_utc)
        for unit in left:
            units.note(connection, unit, began_utc, "clear_unknown", None, UNANSWERED)
        return left

    for unit in await docking.database.write(work):
        log.warning("%s: %s", unit, UNANSWERED)


def _note(
    connection: Connection, key: str, now_utc: datetime, action: str, by: Account, detail: str
) -> None:
    """Into the unit's history, and into the audit log."""
    units.note(connection, key, now_utc, action, by.login, detail)
    audit.append(connection, by, action, "unit", key, {"detail": detail}, now_utc)
