"""/healthz: is the station really alive? The database is written to, the watchers are looked at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from groundstation.api.common import StationOf
from groundstation.ingest.radio import RadioStatus
from groundstation.station import Station
from groundstation.store.errors import StoreUnavailable
from groundstation.store.tables import liveness

router = APIRouter(tags=["health"])
DEADLINE_S = 4.0


@dataclass(frozen=True, slots=True)
class Watcher:
    """A loop beside the server."""

    name: str
    alive: bool


@dataclass(frozen=True, slots=True)
class StationHealth:
    """What the station sees of itself."""

    status: Literal["ok", "failing"]
    version: str
    time_utc: datetime
    database: str
    """URL without password."""
    database_writable: bool
    database_error: str | None
    watchers: list[Watcher]
    radio: list[RadioStatus]
    live_clients: int
    terrain_problems: list[str]
    last_backup_utc: datetime | None
    """Of the station's own schedule or by hand into its folder."""
    backup_error: str | None
    """Why the last attempt made none; None: it did, or none was due yet."""


@router.get("/healthz", responses={503: {"model": StationHealth}})
async def healthz(station: StationOf, response: Response) -> StationHealth:
    """200 when reports can be stored and every loop runs, else 503; the body says what fails."""
    error = await _write_error(station)
    watchers = [Watcher(name, not task.done()) for name, task in station.watchers.items()]
    fine = error is None and bool(watchers) and all(watcher.alive for watcher in watchers)
    if not fine:
        response.status_code = 503
    return StationHealth(
        status="ok" if fine else "failing",
        version=station.version,
        time_utc=station.clock(),
        database=station.store.name,
        database_writable=error is None,
        database_error=error,
        watchers=watchers,
        radio=[link.status() for link in station.radio],
        live_clients=station.live.clients,
        terrain_problems=station.basemap.problems(),
        last_backup_utc=station.backups.newest_utc(),
        backup_error=station.backups.failed,
    )


async def _write_error(station: Station) -> str | None:
    now = station.clock()

    def touch(connection: Connection) -> None:
        if connection.execute(liveness.update().values(written_utc=now)).rowcount == 0:
            connection.execute(liveness.insert().values(station=1, written_utc=now))

    try:
        await station.store.write(touch, DEADLINE_S)
    except StoreUnavailable as error:
        return str(error)
    return None
