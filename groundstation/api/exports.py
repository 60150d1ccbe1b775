"""/api/v1/exports/{format}: raids and observations as a file of another program.

GET with `from`, `to` (days; raids that touch the span), `raid` (one of them), `public` (as a guest
would see it) gives the file. The formats are those of `exchange.exports.formats`. What the account
may not see is not in it; what was left out is counted in the header `X-Kedrovka-Left-Out`
(JSON). Two are written at a time; a third one is told to come back.
"""

import json
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from groundstation.access.account import Account
from groundstation.api.common import AccountOf, LanguageOf, StationOf
from groundstation.exchange.exports.export import Exported, write
from groundstation.exchange.exports.formats import FORMATS
from groundstation.exchange.exports.gather import Gathering, Wanted, public
from groundstation.exchange.exports.words import REFUSALS
from groundstation.records.wall_clock import zone_of
from groundstation.station import Station
from groundstation.words import Language, Refusal

router = APIRouter(prefix="/exports", tags=["exports"])
AT_ONCE, DEADLINE_S, CHUNK = 2, 900.0, 1 << 18
"""Exports written at a time: there are four readers, and the page needs some."""


@router.get("/{format}")
async def export(
    format: str,
    request: Request,
    station: StationOf,
    account: AccountOf,
    language: LanguageOf,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    raid: UUID | None = None,
    public_: Annotated[bool, Query(alias="public")] = False,
) -> StreamingResponse:
    """The file."""
    if format not in FORMATS:
        raise Refusal(REFUSALS, "unknown_format", 404, format=format, formats=", ".join(FORMATS))
    wanted = Wanted(first, last, raid)
    seen_as = public(account) if public_ else account
    running: set[object] = request.app.state.__dict__.setdefault("exports", set())
    if len(running) >= AT_ONCE:
        raise Refusal(REFUSALS, "busy", 503)
    running.add(request)
    try:
        done, file = await station.store.read(
            lambda c: _written(c, station, format, account, seen_as, wanted, language),
            DEADLINE_S,
        )
        now = station.clock()
        await station.store.write(lambda c: done.note(c, now))
    finally:
        running.discard(request)
    left_out = {**done.written.left_out, "withheld": done.gathering.withheld}
    headers = {
        "Content-Disposition": f'attachment; filename="{_name(done)}"',
        "X-Kedrovka-Left-Out": json.dumps({code: n for code, n in left_out.items() if n}),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_chunks(file), headers=headers, media_type=FORMATS[format].media_type)


def _written(
    connection: Connection,
    station: Station,
    format: str,
    account: Account,
    seen_as: Account,
    wanted: Wanted,
    language: Language,
) -> tuple[Exported, BinaryIO]:
    """The finished file without a name: it is gone when it is closed, whatever happens."""
    settings = station.settings
    gathering = Gathering(connection, account, seen_as, wanted, zone_of(settings.station.zone))
    target = Path(f"export{FORMATS[format].suffix}")
    settings.data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=settings.data) as folder:
        path = Path(folder) / target
        done = write(format, path, target, gathering, language, settings.photographs_folder())
        return done, path.open("rb")


def _name(done: Exported) -> str:
    return f"kedrovka-{done.format}-{done.gathering.span()}{FORMATS[done.format].suffix}"


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
