"""/api/v1/counts and /routes: the winter track count.

GET  /counts?withdrawn          [Count], the last one first
GET  /counts/{count_id}         Count
PUT  /counts/{count_id} Count   Count: filed, or changed with the next revision; 409
                                `changed_elsewhere` with `values.current`
POST /counts/{count_id}/withdraw {"revision", "reason"} -> Count
GET  /counts/{count_id}/board   Board: {"count", "lines": [{"route_id", "number", "name", "team",
                                "state": "waiting" | "out" | "walked" | "filed", "planned_m",
                                "covered" (0 to 1), "walked_m", "walks": [{"raid_id", "number",
                                "date", "people", "walked_m"}], "crossings": {category: times}}],
                                "planned_m", "covered_m", "walked_m", "states", "crossings"}
GET  /counts/{count_id}/result  CountResult: routes, kilometres, and for each species crossings,
                                density with its interval and what that is worth, heel pads, and
                                the ratio to each earlier count
GET  /routes?active             [Route] by number
GET  /routes/{route_id}         Route
PUT  /routes/{route_id} Route   Route, with the length the station measured
POST /routes?name=FILE          raw body: GeoJSON lines, or a GPX with routes -> [Route]; a number
                                that is known becomes that route's new line

The live event `count` is {"count_id", "route_id", "revision"}: the board is to be asked again. So
is it after a `raid` with that `count_id`. `walks` are those within the reader's scope.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Path, Query, Request
from sqlalchemy import Connection

from groundstation.api.common import AccountOf, StationOf
from groundstation.api.filing import Turn, Withdrawn, check_id, filed
from groundstation.exchange.planned_routes import Planned, bring, planned_routes
from groundstation.records.count import Count, Route
from groundstation.records.words import FILING
from groundstation.station import Station
from groundstation.store import count_board, count_result, counts, routes
from groundstation.store.count_board import Board
from groundstation.store.count_result import CountResult
from groundstation.store.counts import CountNews, FiledCount
from groundstation.store.routes import FiledRoute
from groundstation.words import Refusal

router = APIRouter(tags=["counts"])
CountId = Annotated[UUID, Path()]
RouteId = Annotated[UUID, Path()]
MAX_FILE_BYTES = 16 << 20
"""67 routes take some hundred kilobytes."""


@router.get("/counts")
async def find(station: StationOf, withdrawn: Withdrawn = False) -> list[Count]:
    """All counts."""
    return await station.store.read(lambda c: counts.find(c, bool(withdrawn)))


@router.get("/counts/{count_id}")
async def one(count_id: CountId, station: StationOf) -> Count:
    """One count."""
    return await station.store.read(lambda c: _known(c, count_id))


@router.put("/counts/{count_id}")
async def put(count_id: CountId, body: Count, station: StationOf, account: AccountOf) -> Count:
    """File a count, or a change of one."""
    check_id(count_id, body.count_id)
    now = station.clock()
    done = await filed(
        station,
        lambda c: counts.file(c, body, account, now),
        lambda c: counts.get(c, count_id),
    )
    return _told_count(station, done)


@router.post("/counts/{count_id}/withdraw")
async def withdraw(count_id: CountId, body: Turn, station: StationOf, account: AccountOf) -> Count:
    """It is no count any more."""
    now = station.clock()
    done = await filed(
        station,
        lambda c: counts.withdraw(c, count_id, body.revision, body.reason, account, now),
        lambda c: counts.get(c, count_id),
    )
    return _told_count(station, done)


@router.get("/counts/{count_id}/board")
async def board(count_id: CountId, station: StationOf, account: AccountOf) -> Board:
    """How it goes on."""
    return await station.store.read(lambda c: count_board.board(c, _known(c, count_id), account))


@router.get("/counts/{count_id}/result")
async def result(count_id: CountId, station: StationOf, account: AccountOf) -> CountResult:
    """What it adds up to."""
    return await station.store.read(lambda c: count_result.result(c, _known(c, count_id), account))


@router.get("/routes")
async def find_routes(station: StationOf, active: bool | None = None) -> list[Route]:
    """All routes."""
    return await station.store.read(lambda c: routes.find(c, active))


@router.get("/routes/{route_id}")
async def one_route(route_id: RouteId, station: StationOf) -> Route:
    """One route."""
    found = await station.store.read(lambda c: routes.get(c, route_id))
    if found is None:
        raise Refusal(FILING, "unknown_route", 404)
    return found


@router.put("/routes/{route_id}")
async def put_route(
    route_id: RouteId, body: Route, station: StationOf, account: AccountOf
) -> Route:
    """File a route, or a change of one."""
    check_id(route_id, body.route_id)
    now = station.clock()
    done = await filed(
        station,
        lambda c: routes.file(c, body, account, now),
        lambda c: routes.get(c, route_id),
    )
    return _told_routes(station, [done])[0]


@router.post(
    "/routes", openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}}}
)
async def bring_routes(
    request: Request,
    name: Annotated[str, Query(min_length=1, max_length=255, pattern=r"\S")],
    station: StationOf,
    account: AccountOf,
) -> list[Route]:
    """Bring routes from a file."""
    raw = await _body(request)
    planned = await asyncio.to_thread(_planned, raw, name)
    now = station.clock()
    done = await station.store.write(lambda c: bring(c, planned, account, now))
    return _told_routes(station, done)


def _known(connection: Connection, count_id: UUID) -> Count:
    found = counts.get(connection, count_id)
    if found is None:
        raise Refusal(FILING, "unknown_count", 404)
    return found


def _told_count(station: Station, done: FiledCount) -> Count:
    if done.changed:
        station.live.publish("count", CountNews(done.count.count_id, None, done.count.revision))
    return done.count


def _told_routes(station: Station, done: Sequence[FiledRoute]) -> list[Route]:
    for one in done:
        if one.changed:
            news = CountNews(None, one.route.route_id, one.route.revision)
            station.live.publish("count", news)
    return [one.route for one in done]


def _planned(raw: bytes, name: str) -> list[Planned]:
    with tempfile.TemporaryDirectory() as folder:
        path = FilePath(folder, "routes")  # readers of units' files want a file
        path.write_bytes(raw)
        return planned_routes(path, name)


async def _body(request: Request) -> bytes:
    taken = bytearray()
    async for part in request.stream():
        taken += part
        if len(taken) > MAX_FILE_BYTES:
            raise HTTPException(413, f"body larger than {MAX_FILE_BYTES >> 20} MiB")
    return bytes(taken)
