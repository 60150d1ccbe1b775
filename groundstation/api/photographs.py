"""/api/v1/photographs: what was photographed, and whatever else hangs on a raid or an observation.

GET  /photographs?raid=|observation=    [Photograph], in the order they were taken
PUT  /photographs/{id}?raid=|observation=&level=&name=    the file itself as the body; the
                        Photograph, 201, or 200 when it is there already
GET  /photographs/{id}?size=small|full  its bytes; `small` is a JPEG for the page
POST /photographs/{id}/withdraw {"reason"}                the Photograph

Who sees a record sees its photographs: of an observation whose place is generalised for them, a
copy without metadata; of one with attributes they may not read (an offender's name), none.
"""

import asyncio
import errno
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, HTTPException, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection
from starlette.requests import ClientDisconnect

from groundstation.access.redact import is_sensitive
from groundstation.api.common import AccountOf, StationOf
from groundstation.dock import disk
from groundstation.photographs import folder
from groundstation.photographs.folder import Kept
from groundstation.photographs.picture import SHOWN
from groundstation.photographs.strip import CannotStrip, stripped
from groundstation.photographs.words import TABLE
from groundstation.records.photograph import Level, Photograph
from groundstation.station import Station
from groundstation.store import audit, observations, photographs
from groundstation.store.photograph_sight import Sight, seen
from groundstation.words import Refusal

router = APIRouter(prefix="/photographs", tags=["photographs"])
Id = Annotated[UUID, Path(alias="photograph_id")]
PIECE_BYTES = 1 << 20
DRAINED = 4
"""Of a file that is too large so many times the limit is read and thrown away: a browser that is
cut off while it sends learns nothing but that the connection broke."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it does not count."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


@router.get("")
async def find(
    station: StationOf,
    account: AccountOf,
    raid: UUID | None = None,
    observation: UUID | None = None,
) -> Sequence[Photograph]:
    """Photographs of a raid with its observations, or of one observation."""

    def work(connection: Connection) -> list[Photograph]:
        if raid is not None:
            found = photographs.of_raid(connection, raid)
        elif observation is not None:
            found = photographs.of_observation(connection, observation)
        else:
            raise HTTPException(422, "raid or observation is needed")
        sights = seen(connection, found, account)
        return [sight.photograph for sight in sights if sight is not None]

    return await station.store.read(work)


@router.put("/{photograph_id}", status_code=201, responses={200: {"description": "known already"}})
async def put(
    photograph_id: Id,
    request: Request,
    response: Response,
    station: StationOf,
    account: AccountOf,
    raid: UUID | None = None,
    observation: UUID | None = None,
    level: Level = Level.OBSERVATION,
    name: Annotated[str, Query(max_length=255)] = "",
) -> Photograph:
    """Store one; answered once it is on disk. May be sent any number of times."""
    used = await station.store.read(photographs.used_bytes)
    kept = await _received(request, station, used)
    now = station.clock()

    def work(connection: Connection) -> tuple[Photograph, bool]:
        photographs.check_place(connection, raid, observation, account)
        stored, new = photographs.put(
            connection, kept, photograph_id, name, raid, observation, level, account, now
        )
        if new:
            detail = {"sha256": kept.sha256, "raid": raid, "observation": observation}
            told = str(photograph_id)
            audit.append(connection, account, "filed", "photograph", told, detail, now)
        return stored, new

    stored, new = await station.store.write(work)
    if not new:
        response.status_code = 200
    return stored


@router.get("/{photograph_id}", response_class=Response)
async def one(
    photograph_id: Id,
    station: StationOf,
    account: AccountOf,
    size: Literal["small", "full"] = "small",
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Its bytes."""
    sight = await _sight(station, photograph_id, account)
    photograph = sight.photograph
    etag = f'"{photograph.sha256[:32]}-{size}-{sight.whole:d}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if if_none_match == etag:
        return Response(status_code=304, headers=headers)
    if size == "small":
        content = await asyncio.to_thread(_small, station, photograph)
        return Response(content, media_type="image/jpeg", headers=headers)
    if photograph.media_type not in SHOWN:
        # Whatever it is, a browser is not to run it.
        file_name = quote(photograph.name or str(photograph.photograph_id))
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{file_name}"
    content = await asyncio.to_thread(_full, station, sight)
    return Response(content, media_type=photograph.media_type, headers=headers)


@router.post("/{photograph_id}/withdraw")
async def withdraw(
    photograph_id: Id, body: Reason, station: StationOf, account: AccountOf
) -> Photograph:
    """It does not count any more; the file stays."""
    await _sight(station, photograph_id, account)
    now, reason = station.clock(), body.reason.strip()

    def work(connection: Connection) -> Photograph | None:
        subject, detail = str(photograph_id), {"reason": reason}
        audit.append(connection, account, "withdrawn", "photograph", subject, detail, now)
        return photographs.withdraw(connection, photograph_id, reason)

    withdrawn = await station.store.write(work)
    assert withdrawn is not None
    return withdrawn


async def _sight(station: Station, photograph_id: UUID, account: AccountOf) -> Sight:
    """The photograph as the account may see it; a look at a sensitive one is written down."""

    def look(connection: Connection) -> tuple[Sight | None, bool]:
        photograph = photographs.get(connection, photograph_id)
        if photograph is None:
            return None, False
        of = photograph.observation_id
        observation = observations.get(connection, of) if of is not None else None
        by = observations.rules(connection).sensitive
        sensitive = observation is not None and is_sensitive(observation, by)
        return seen(connection, [photograph], account)[0], sensitive

    sight, sensitive = await station.store.read(look)
    if sight is None:
        raise Refusal(TABLE, "photograph_unknown", 404)
    if sensitive and sight.whole:
        now, subject = station.clock(), str(photograph_id)
        await station.store.write(
            lambda c: audit.append(c, account, "read", "photograph", subject, {}, now)
        )
    return sight


async def _received(request: Request, station: Station, used_bytes: int) -> Kept:
    """The body in the photographs folder; Refusal when it is too large or there is no room."""
    settings = station.settings.photographs
    where, limit = station.settings.photographs_folder(), settings.max_mb << 20
    room = (settings.quota_mb << 20) - used_bytes
    too_large = Refusal(TABLE, "photograph_too_large", 413, max_mb=settings.max_mb)
    no_room = Refusal(TABLE, "photograph_no_room", 507)
    try:
        await asyncio.to_thread(disk.check, where)
        with folder.incoming(where) as file:
            taken = 0
            async for piece in _pieces(request):
                taken += len(piece)
                if taken <= limit:
                    await asyncio.to_thread(file.write, piece)
                elif taken > DRAINED * limit:
                    raise too_large
            if taken > limit:
                raise too_large
            if taken > room:
                raise no_room
            if not taken:
                raise Refusal(TABLE, "photograph_empty")
            return await asyncio.to_thread(file.keep)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_room from error
        raise
    except ClientDisconnect as error:
        raise HTTPException(400, "the sender went away") from error


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces worth a thread's while."""
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) >= PIECE_BYTES:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def _small(station: Station, photograph: Photograph) -> bytes:
    settings = station.settings
    where, previews = settings.photographs_folder(), settings.previews_folder()
    content = folder.small_version(where, previews, photograph.sha256)
    if content is None:
        raise Refusal(TABLE, "photograph_not_shown", 415)
    return content


def _full(station: Station, sight: Sight) -> bytes:
    photograph = sight.photograph
    content = folder.path_of(station.settings.photographs_folder(), photograph.sha256).read_bytes()
    if sight.whole:
        return content
    try:
        return stripped(content, int(photograph.extras.get("orientation", 1)))
    except CannotStrip as error:
        raise Refusal(TABLE, "photograph_withheld", 403) from error
