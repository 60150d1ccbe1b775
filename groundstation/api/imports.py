"""/api/v1/imports: files that come from elsewhere.

POST /imports?name=FILE&ours  raw body: SMART patrol or data model XML, a ZIP of them with
                            attachments, a file of a GPS unit (GPX, FIT, NMEA, ...), a CSV table of
                            observations; `docs/exchange.md` says what each becomes. 200 with the
                            report; 422 {"code", "detail"} when nothing of it can be taken, 413
                            when it is too large. Either way its bytes are kept first. `ours`:
                            people and terms that are new are the park's own, and active at once;
                            for those who may manage them (403)
GET  /imports?limit         [report], the last one first

A report: {"import", "name", "format", "already", "summary", "losses", "taken": {"raids", ...},
"remarks": [{"where", "code", "text", "times"}], "time_utc", "who"}. `already`: these very bytes
came before, then; `losses`: something of the file was not taken, as the remarks say.
"""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from groundstation.access.roles import May
from groundstation.api.common import AccountOf, LanguageOf, StationOf
from groundstation.api.filing import tell
from groundstation.exchange.filing import file, outcome_of, refused
from groundstation.exchange.taking import MAX_BYTES, Taking, keep, prepare
from groundstation.exchange.told import as_json
from groundstation.exchange.words import REFUSALS
from groundstation.records.wall_clock import zone_of
from groundstation.store import imports, models
from groundstation.words import Language, Refusal

router = APIRouter(prefix="/imports", tags=["exchange"])
Name = Annotated[str, Query(min_length=1, max_length=255, pattern=r"\S")]
WRITE_DEADLINE_S = 120.0
"""A year of patrols in one archive."""


@router.post("", openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}}})
async def take(
    request: Request,
    name: Name,
    station: StationOf,
    by: AccountOf,
    language: LanguageOf,
    ours: bool = False,
) -> dict[str, Any]:
    """Take a file."""
    if ours and not by.may(May.MANAGE):
        raise Refusal(REFUSALS, "ours_not_allowed", 403)
    raw = await _body(request, name)
    settings, now = station.settings, station.clock()
    kept = await asyncio.to_thread(keep, settings.imports_folder(), raw)
    model = await station.store.read(models.current)
    zone = zone_of(settings.station.zone)
    taking = Taking(model, zone, station.observations, settings.photographs_folder())
    try:
        ready = await asyncio.to_thread(prepare, kept, raw, name, taking, now)
    except Refusal as why:
        told = why
        await station.store.write(lambda c: refused(c, kept, name, told, by, now))
        raise
    outcome = await station.store.write(
        lambda c: file(c, ready, by, zone, now, ours), WRITE_DEADLINE_S
    )
    for news in outcome.raids:
        tell(station, news)
    return as_json(outcome, language)


@router.get("")
async def find(
    station: StationOf,
    language: LanguageOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[dict[str, Any]]:
    """What came, the last one first."""
    stored = await station.store.read(lambda c: imports.find(c, limit))
    return [_line(one, language) for one in stored]


def _line(one: imports.StoredImport, language: Language) -> dict[str, Any]:
    return as_json(outcome_of(one), language) | {"time_utc": one.time_utc, "who": one.who}


async def _body(request: Request, name: str) -> bytes:
    parts: list[bytes] = []
    have = 0
    async for part in request.stream():
        have += len(part)
        if have > MAX_BYTES:
            raise Refusal(REFUSALS, "too_large", 413, name=name, limit_mb=MAX_BYTES >> 20)
        parts.append(part)
    return b"".join(parts)
