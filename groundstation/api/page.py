"""What the page needs besides the records: settings, live events, map tiles."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Path, Response
from fastapi.responses import StreamingResponse

from groundstation.api.common import StationOf
from groundstation.basemap.projection import MAX_ZOOM, MIN_ZOOM

router = APIRouter(tags=["page"])


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
    )


@router.get("/live", response_class=StreamingResponse)
async def live(
    station: StationOf, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """Server-Sent Events as `groundstation.live` describes them; resumes by Last-Event-ID."""
    events: AsyncIterator[bytes] = station.live.stream(last_event_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


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
