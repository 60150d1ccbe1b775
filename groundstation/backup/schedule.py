"""Backups while the station serves: one as soon as the newest is too old."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from firmware_bridge.errors import BridgeError
from groundstation.access.account import Account
from groundstation.access.roles import Role
from groundstation.backup import job
from groundstation.config import GroundSettings
from groundstation.store.engine import open_engine

STATION = Account("station", "station", Role.ADMINISTRATOR)
"""In the audit log."""
LOOK_EVERY_S = 300.0
AFTER_FAILURE_S = 3600.0

log = logging.getLogger(__name__)


class Backups:
    """The loop, and how the last one went."""

    def __init__(
        self, settings: GroundSettings, clock: Callable[[], datetime], version: str
    ) -> None:
        self._settings, self._clock, self._version = settings, clock, version
        self.failed: str | None = None
        """Why the last attempt made none; None: it did, or there was none yet."""

    async def run(self) -> None:
        """For ever; what goes wrong is told and tried again."""
        while True:
            # First of all: a station that has just started has more urgent things to do.
            await asyncio.sleep(AFTER_FAILURE_S if self.failed else LOOK_EVERY_S)
            if self.due(self._clock()):
                await asyncio.to_thread(self._make)

    def newest_utc(self) -> datetime | None:
        """When the newest backup was made, by its name."""
        names = sorted(path.name for path in self._settings.backup_folder().glob(job.PATTERN))
        for name in reversed(names):
            try:
                return datetime.strptime(name, "kedrovka-%Y%m%dT%H%M%SZ.age").replace(tzinfo=UTC)
            except ValueError:
                continue
        return None

    def due(self, now_utc: datetime) -> bool:
        """Whether the newest is older than the settings allow."""
        newest = self.newest_utc()
        every = timedelta(hours=self._settings.backup.every_hours)
        return newest is None or now_utc - newest >= every

    def _make(self) -> None:
        settings, folder = self._settings, self._settings.backup_folder()
        engine = open_engine(settings.database_url())
        try:
            about = {"version": self._version, "station": settings.station.name}
            identity = job.key(settings.backup_key())
            folders, now = settings.kept_folders(), self._clock()
            made = job.make(engine, folders, identity, folder, now, about)
            job.note(engine, STATION, "make", made.path, now)
            job.thin_out(folder, settings.backup.keep)
        except (BridgeError, OSError) as error:
            self.failed = str(error)
            log.error("no backup: %s", error)
        else:
            self.failed = None
            log.info("backup %s: %d MB, read back whole", made.path.name, made.bytes // 2**20)
        finally:
            engine.dispose()
