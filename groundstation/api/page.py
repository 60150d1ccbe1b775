"""What the page needs besides the records: settings, live events, map tiles."""

import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Path, Response
from fastapi.responses import StreamingResponse

from groundstation.api.common import SessionOf, StationOf
from groundstation.basemap.projection import MAX_ZOOM, MIN_ZOOM
from groundstation.station import Station
from groundstation.store import sessions
from groundstation.store.errors import StoreUnavailable
from groundstation.store.sessions import Session, Verdict

router = APIRouter(tags=["page"])
LOOK_EVERY_S = 30.0
"""How soon somebody who was signed out hears no more."""


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What the page is told at start."""

    name: str
    version: str
    lat_deg: float
    lon_deg: float
    zoom: float
    languages: list[str]
    basemap: bool
    """False: no terrain folder is configured, all tiles are empty."""
    min_tile_zoom: int
    max_tile_zoom: int
    photograph_max_mb: int
    """MiB; a larger photograph is not taken."""


@router.get("/settings")
async def settings(station: StationOf) -> PageSettings:
    """Name and place of the station."""
    place = station.settings.station
    return PageSettings(
        name=place.name,
        version=station.version,
        lat_deg=place.lat_deg,
        lon_deg=place.lon_deg,
        zoom=place.zoom,
        languages=list(place.languages),
        basemap=station.settings.terrain is not None,
        min_tile_zoom=MIN_ZOOM,
        max_tile_zoom=MAX_ZOOM,
        photograph_max_mb=station.settings.photographs.max_mb,
    )


@router.get("/live", response_class=StreamingResponse)
async def live(
    station: StationOf,
    session: SessionOf,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Server-Sent Events as `groundstation.live` describes them; resumes by Last-Event-ID."""
    events = _while_welcome(station, session, station.live.stream(last_event_id, session.account))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _while_welcome(
    station: Station, session: Session, events: AsyncGenerator[bytes, None]
) -> AsyncIterator[bytes]:
    """The events, as long as the session lasts; an open map keeps it from going idle."""
    look_s = time.monotonic() + LOOK_EVERY_S
    async with aclosing(events):
        async for frame in events:
            yield frame
            if time.monotonic() < look_s:
                continue
            look_s = time.monotonic() + LOOK_EVERY_S
            with contextlib.suppress(StoreUnavailable):  # no reason to hide a fire
                if not await _is_welcome(station, session):
                    return


async def _is_welcome(station: Station, session: Session) -> bool:
    now, lifetimes = station.clock(), station.lifetimes()
    verdict = await station.store.read(lambda c: sessions.still(c, session, lifetimes, now))
    if verdict is Verdict.TOUCH:
        await station.store.write(lambda c: sessions.touch(c, session.session, now))
    return verdict is not Verdict.OVER


@router.get("/tiles/{z}/{x}/{y}.png", response_class=Response)
async def tile(
    z: Annotated[int, Path(ge=MIN_ZOOM, le=MAX_ZOOM)],
    x: Annotated[int, Path(ge=0)],
    y: Annotated[int, Path(ge=0)],
    station: StationOf,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Map tile of 256 x 256 px in Web Mercator, rendered from the terrain."""
    if x >= 1 << z or y >= 1 << z:
        raise HTTPException(404, f"there is no tile {z}/{x}/{y}")
    etag = f'"{station.basemap.fingerprint()}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=300"}
    if if_none_match == etag:
        return Response(status_code=304, headers=headers)
    content = await station.basemap.tile(z, x, y)
    return Response(content, media_type="image/png", headers=headers)
