"""/api/v1/raids: raids, ambushes, flights and walks of a count.

GET  /raids?from&to&kind&team&station&person&transport&text&count&withdrawn&limit&after
                               {"items": [RaidLine], "after": cursor or null, "sums": {"raids",
                               "distance_m", "patrol_s", "active_s", "days", "finds"} of the whole
                               selection, null behind the first page}; those that began last first
GET  /raids/{raid_id}          {"raid": Raid, "totals": RaidTotals, "observations": [Observation],
                               "names": {person: name}, "hotspots": [id], "sentences": {flaw:
                               what it says}, "may_change": bool}
PUT  /raids/{raid_id} Raid     {"raid", "totals"}: filed, or changed with the next revision. Sent
                               twice it is answered twice and done once; 409 `changed_elsewhere`
                               with `values.current`, the raid as it stands; 403, 422 with reasons
POST /raids/{raid_id}/withdraw {"revision", "reason"} -> {"raid", "totals"}
POST /raids/{raid_id}/restore  {"revision", "reason"} -> {"raid", "totals"}
GET  /raids/{raid_id}/history  [{"entry", "revision", "time_utc", "who", "action", "reason",
                               "before": Raid or null}], oldest first
GET  /raids/{raid_id}/way      {"parts": [{"leg", "track", "unit", "person", "person_name",
                               "utc_offset_s", "time_ms", "lat_deg", "lon_deg", "alt_amsl_m",
                               "step_m", "counted", "marks"}]}: columns of equal length, null
                               where unknown; a step that another navigator counts is not
                               `counted`; marks as in GET /tracks
GET  /flaws                    {code: [Russian, English]}: what the codes in `flaws` say; behind
                               a colon stands what fills {what}

Everybody sees and files within their scope. The live event `raid` names what changed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Connection

from groundstation.access.account import Account
from groundstation.access.redact import seen_raid, seen_totals, sensitive
from groundstation.access.roles import May
from groundstation.api.common import AccountOf, LanguageOf, StationOf
from groundstation.api.filing import (
    After,
    PastEntry,
    Since,
    TermKey,
    Text,
    Turn,
    Until,
    Withdrawn,
    check_id,
    cursor,
    filed,
    note_read,
    parse_cursor,
    seen_raid_entries,
    seen_whole,
    tell,
)
from groundstation.api.ways import way_json
from groundstation.records.flaws import FLAWS, sentence, united
from groundstation.records.observation import Observation
from groundstation.records.raid import Raid, RaidKind, RaidTotals
from groundstation.records.words import FILING
from groundstation.station import Station
from groundstation.store import history, models, observations, people, raid_lines, raid_ways, raids
from groundstation.store.flights import flight_hotspots
from groundstation.store.raid_lines import Sums
from groundstation.store.raids import Filed, RaidFilter, RaidLine
from groundstation.words import Refusal

router = APIRouter(tags=["raids"])
RaidId = Annotated[UUID, Path()]


@dataclass(frozen=True, slots=True)
class RaidPage:
    """Some of the list."""

    items: Sequence[RaidLine]
    after: str | None
    """Ask for it to get the next page; None: this was the last one."""
    sums: Sums | None
    """Of the whole selection, with its first page."""


@dataclass(frozen=True, slots=True)
class FiledRaid:
    """A raid and what it adds up to."""

    raid: Raid
    totals: RaidTotals


@dataclass(frozen=True, slots=True)
class RaidDetail(FiledRaid):
    """Everything about one raid but its way."""

    observations: Sequence[Observation]
    names: Mapping[int, str]
    """Of everybody who is mentioned."""
    hotspots: Sequence[UUID]
    """Of a flight: what its vehicle told."""
    sentences: Mapping[str, str]
    """What each flaw of the raid and its observations says, in the reader's language."""
    may_change: bool


@router.get("/raids")
async def find(
    station: StationOf,
    account: AccountOf,
    since: Since = None,
    until: Until = None,
    kind: Annotated[list[RaidKind] | None, Query()] = None,
    team: TermKey = None,
    of_station: Annotated[str | None, Query(alias="station", max_length=80)] = None,
    person: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    transport: TermKey = None,
    text: Text = None,
    count: UUID | None = None,
    withdrawn: Withdrawn = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: After = None,
) -> RaidPage:
    """The list."""
    wanted = RaidFilter(
        account, since, until, kind, team, of_station, person, transport, text, count, withdrawn
    )
    place = parse_cursor(after)
    items, whole = await station.store.read(
        lambda c: (
            raids.find(c, wanted, limit, place),
            None if place else raid_lines.sums(c, wanted),
        )
    )
    last = items[-1] if len(items) == limit else None
    return RaidPage(
        [raid_lines.seen_line(line, account) for line in items],
        cursor(last.start_date, last.raid_id) if last else None,
        whole,
    )


@router.get("/raids/{raid_id}")
async def one(
    raid_id: RaidId, station: StationOf, account: AccountOf, language: LanguageOf
) -> RaidDetail:
    """One raid with its observations."""
    now = station.clock()

    def work(connection: Connection) -> tuple[RaidDetail, int]:
        raid, totals = _visible(connection, raid_id, account)
        rules = sensitive(models.current(connection))
        made = observations.of_raid(connection, raid_id)
        seen, whole = seen_whole(made, rules, account)
        who = {member.person for leg in raid.legs for member in leg.members}
        who |= {o.observer for o in seen if o.observer is not None}
        odd = [o.flaws for o in seen]
        told = flight_hotspots(connection, raid) if account.may(May.HOTSPOTS) else []
        detail = RaidDetail(
            seen_raid(raid, account),
            seen_totals(totals, account),
            seen,
            people.names(connection, who),
            told,
            {entry: sentence(entry, language) for entry in united(raid.flaws, *odd)},
            raids.may_change(connection, raid_id, account, now),
        )
        return detail, whole

    detail, whole = await station.store.read(work)
    if whole:
        await note_read(station, account, "raid", str(raid_id), {"sensitive": whole})
    return detail


@router.put("/raids/{raid_id}")
async def put(raid_id: RaidId, body: Raid, station: StationOf, account: AccountOf) -> FiledRaid:
    """File a raid, or a change of one."""
    check_id(raid_id, body.raid_id)
    now = station.clock()
    done = await filed(
        station,
        lambda c: raids.file(c, body, account, now),
        lambda c: _current(c, raid_id, account),
    )
    return _answer(station, done, account)


@router.post("/raids/{raid_id}/withdraw")
async def withdraw(
    raid_id: RaidId, body: Turn, station: StationOf, account: AccountOf
) -> FiledRaid:
    """It no longer counts."""
    now = station.clock()
    done = await filed(
        station,
        lambda c: raids.withdraw(c, raid_id, body.revision, body.reason, account, now),
        lambda c: _current(c, raid_id, account),
    )
    return _answer(station, done, account)


@router.post("/raids/{raid_id}/restore")
async def restore(raid_id: RaidId, body: Turn, station: StationOf, account: AccountOf) -> FiledRaid:
    """It counts again."""
    now = station.clock()
    done = await filed(
        station,
        lambda c: raids.restore(c, raid_id, body.revision, body.reason, account, now),
        lambda c: _current(c, raid_id, account),
    )
    return _answer(station, done, account)


@router.get("/raids/{raid_id}/history")
async def past(raid_id: RaidId, station: StationOf, account: AccountOf) -> list[PastEntry]:
    """What was done with it."""

    def work(connection: Connection) -> list[PastEntry]:
        _visible(connection, raid_id, account)
        return seen_raid_entries(history.of_record(connection, raid_id), account)

    return await station.store.read(work)


@router.get("/raids/{raid_id}/way", response_class=Response)
async def way(raid_id: RaidId, station: StationOf, account: AccountOf) -> Response:
    """Where its people went."""

    def work(connection: Connection) -> raid_ways.Way:
        _visible(connection, raid_id, account)
        return raid_ways.way(connection, raid_id)

    found = await station.store.read(work)
    await note_read(station, account, "way", str(raid_id), {})
    body = await asyncio.to_thread(way_json, found)
    return Response(body, media_type="application/json")


@router.get("/flaws")
async def flaws() -> dict[str, tuple[str, str]]:
    """What may be odd about a record, in words."""
    return dict(FLAWS)


def _answer(station: Station, done: Filed, account: Account) -> FiledRaid:
    raid = done.raid
    if done.changed:
        tell(station, raids.news(raid, done.filed_by))
    return FiledRaid(seen_raid(raid, account), seen_totals(done.totals, account))


def _visible(connection: Connection, raid_id: UUID, account: Account) -> tuple[Raid, RaidTotals]:
    found = raids.get(connection, raid_id)
    if found is None or not raids.visible(connection, raid_id, account):
        raise Refusal(FILING, "unknown_record", 404)
    return found


def _current(connection: Connection, raid_id: UUID, account: Account) -> Raid | None:
    """For whoever was too late; None for who may not see it."""
    found = raids.get(connection, raid_id)
    if found is None or not raids.visible(connection, raid_id, account):
        return None
    return seen_raid(found[0], account)
