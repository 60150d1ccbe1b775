"""/api/v1/hotspots: reports in, lists and pictures out, and what people decide."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, HTTPException, Path, Query, Request, Response
from pydantic import AwareDatetime, Field
from sqlalchemy import Connection

from firmware_bridge.errors import ProtocolError
from firmware_bridge.messages import HeatKind, Hotspot
from firmware_bridge.units import unix_us_from_utc, utc_from_unix_us
from groundstation.access.account import Account
from groundstation.api.common import AccountOf, KeyOf, StationOf, check_times, parse_bbox
from groundstation.api.picture import media_type_of
from groundstation.station import Station
from groundstation.store import audit, decisions, hotspots
from groundstation.store.decisions import Action, Decision
from groundstation.store.hotspots import Filters, HotspotState, Source, StoredHotspot

router = APIRouter(prefix="/hotspots", tags=["hotspots"])
HotspotId = Annotated[UUID, Path(description="the hotspot's UUID")]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is on disk after a report."""

    hotspot_id: UUID
    revision: int
    stored: bool
    """False: this, or something newer, was known already."""


@dataclass(frozen=True, slots=True)
class HotspotPage:
    """Part of a list."""

    items: list[StoredHotspot]
    next: str | None
    """`cursor` of the following page; None at the end."""


@dataclass(frozen=True, slots=True)
class HotspotDetail:
    """One hotspot and what people did with it."""

    hotspot: StoredHotspot
    history: list[Decision]


@dataclass(frozen=True, slots=True)
class Remark:
    """Why, where somebody cares to say."""

    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Dismissal:
    """What it really was."""

    reason: Reason


@router.post("", status_code=201, responses={200: {"description": "known already"}})
async def report(body: Hotspot, station: StationOf, response: Response, key: KeyOf) -> Receipt:
    """Store a report; answered once it is on disk. May be sent any number of times."""
    if key is not None:
        key.check(body.system_id)
    check_times(first_seen_utc=body.first_seen_utc, last_seen_utc=body.last_seen_utc)
    stored, changed = await station.receive_hotspot(body, Source.IP)
    if not changed:
        response.status_code = 200
    return Receipt(stored.hotspot_id, stored.revision, changed)


@router.get("")
async def find(
    station: StationOf,
    state: Annotated[list[HotspotState] | None, Query(max_length=3)] = None,
    kind: HeatKind | None = None,
    since: AwareDatetime | None = None,
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees")] = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
    cursor: Annotated[str | None, Query(max_length=80)] = None,
) -> HotspotPage:
    """Hotspots, newest first."""
    check_times(since=since)
    filters = Filters(
        states=state,
        kind=kind,
        since=since,
        bbox=parse_bbox(bbox) if bbox else None,
        after=_parse_cursor(cursor) if cursor else None,
        limit=limit,
    )
    items = await station.store.read(lambda connection: hotspots.find(connection, filters))
    return HotspotPage(items, _cursor(items[-1]) if len(items) == limit else None)


@router.get("/{hotspot_id}")
async def one(hotspot_id: HotspotId, station: StationOf) -> HotspotDetail:
    """One hotspot with its history."""
    stored, history = await station.store.read(
        lambda connection: (
            hotspots.get(connection, hotspot_id),
            decisions.history(connection, hotspot_id),
        )
    )
    return HotspotDetail(_known(stored, hotspot_id), history)


@router.put("/{hotspot_id}/thumbnail", status_code=204)
async def put_thumbnail(
    hotspot_id: HotspotId, request: Request, station: StationOf, key: KeyOf
) -> None:
    """Store the hotspot's picture, a PNG or JPEG of at most 256 KiB."""
    if key is not None and key.system_id is not None:
        whose = await station.store.read(lambda connection: hotspots.get(connection, hotspot_id))
        key.check(_known(whose, hotspot_id).system_id)
    content = await request.body()
    try:
        media_type = media_type_of(content)
    except ProtocolError as error:
        raise HTTPException(415, str(error)) from error
    etag, now = hashlib.sha256(content).hexdigest()[:32], station.clock()
    stored = await station.store.write(
        lambda connection: hotspots.put_thumbnail(
            connection, hotspot_id, media_type, content, etag, now
        )
    )
    station.live.publish("hotspot", _known(stored, hotspot_id))


@router.get("/{hotspot_id}/thumbnail", response_class=Response)
async def get_thumbnail(
    hotspot_id: HotspotId,
    station: StationOf,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The hotspot's picture."""
    picture = await station.store.read(
        lambda connection: hotspots.get_thumbnail(connection, hotspot_id)
    )
    if picture is None:
        raise HTTPException(404, f"hotspot {hotspot_id} has no thumbnail")
    media_type, content = picture
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag}
    if if_none_match == etag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


@router.post("/{hotspot_id}/acknowledge")
async def acknowledge(
    hotspot_id: HotspotId, body: Remark, station: StationOf, by: AccountOf
) -> StoredHotspot:
    """Somebody has seen it and deals with it."""
    return await _decide(station, hotspot_id, Action.ACKNOWLEDGE, body, by)


@router.post("/{hotspot_id}/dismiss")
async def dismiss(
    hotspot_id: HotspotId, body: Dismissal, station: StationOf, by: AccountOf
) -> StoredHotspot:
    """It is nothing, and the reason is kept."""
    return await _decide(station, hotspot_id, Action.DISMISS, body, by)


@router.post("/{hotspot_id}/reopen")
async def reopen(
    hotspot_id: HotspotId, body: Remark, station: StationOf, by: AccountOf
) -> StoredHotspot:
    """Back to new."""
    return await _decide(station, hotspot_id, Action.REOPEN, body, by)


async def _decide(
    station: Station, hotspot_id: UUID, action: Action, body: Remark | Dismissal, by: Account
) -> StoredHotspot:
    decision = Decision(station.clock(), action, by.login, body.reason)

    def work(connection: Connection) -> tuple[StoredHotspot | None, bool]:
        stored, allowed = decisions.decide(connection, hotspot_id, decision)
        if allowed:
            subject, detail = str(hotspot_id), {"reason": body.reason}
            audit.append(connection, by, action, "hotspot", subject, detail, decision.time_utc)
        return stored, allowed

    stored, allowed = await station.store.write(work)
    known = _known(stored, hotspot_id)
    if not allowed:
        raise HTTPException(
            409, f"cannot {action} a hotspot that is {known.state}: reopen it first"
        )
    station.live.publish("hotspot", known)
    return known


def _known(stored: StoredHotspot | None, hotspot_id: UUID) -> StoredHotspot:
    if stored is None:
        raise HTTPException(404, f"hotspot {hotspot_id} is not known")
    return stored


def _cursor(last: StoredHotspot) -> str:
    return f"{unix_us_from_utc(last.listed_utc)}_{last.hotspot_id}"


def _parse_cursor(text: str) -> tuple[datetime, UUID]:
    try:
        time_us, _, hotspot_id = text.partition("_")
        return utc_from_unix_us(int(time_us)), UUID(hotspot_id)
    except (ValueError, OverflowError, OSError):
        raise HTTPException(422, f"cursor {text!r} is not one of ours") from None
