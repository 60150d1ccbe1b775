"""/api/v1/observations: what was found, inside raids and outside of them.

GET  /observations?from&to&category&raid&site&bbox&text&withdrawn&limit&after
                                       {"items": [Observation], "after": cursor or null}, newest
                                       first; `category` stands for those below it too
GET  /observations/{observation_id}    Observation
PUT  /observations/{observation_id} Observation
                                       Observation, with the flaws that were found; 409
                                       `changed_elsewhere` with `values.current`
POST /observations/{observation_id}/withdraw, /restore {"revision", "reason"} -> Observation
GET  /observations/{observation_id}/history
                                       as of raids, "before": Observation or null

Places and personal attributes are told as the account may know them (`access.redact`); what is
withheld altogether does not exist for it. What an account does not see, its changes keep.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from sqlalchemy import Connection

from groundstation.access.account import Account
from groundstation.access.redact import Sensitive, is_sensitive, seen_observation, sensitive
from groundstation.api.common import AccountOf, StationOf, parse_bbox
from groundstation.api.filing import (
    After,
    PastEntry,
    Since,
    Text,
    Turn,
    Until,
    Withdrawn,
    check_id,
    cursor,
    filed,
    note_read,
    parse_cursor,
    seen_observation_entries,
    seen_whole,
    tell,
)
from groundstation.records.observation import Observation
from groundstation.records.words import FILING
from groundstation.station import Station
from groundstation.store import history, models, observations, raids
from groundstation.store.observations import FiledObservation, ObservationFilter
from groundstation.words import Refusal

router = APIRouter(prefix="/observations", tags=["raids"])
ObservationId = Annotated[UUID, Path()]


@dataclass(frozen=True, slots=True)
class ObservationPage:
    """Some of the list."""

    items: Sequence[Observation]
    after: str | None
    """Ask for it to get the next page; None: this was the last one."""


@router.get("")
async def find(
    station: StationOf,
    account: AccountOf,
    since: Since = None,
    until: Until = None,
    category: Annotated[str | None, Query(max_length=255)] = None,
    raid: UUID | None = None,
    site: UUID | None = None,
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees")] = None,
    text: Text = None,
    withdrawn: Withdrawn = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    after: After = None,
) -> ObservationPage:
    """The list."""
    box = parse_bbox(bbox) if bbox else None
    wanted = ObservationFilter(account, since, until, category, raid, site, box, text, withdrawn)
    place = parse_cursor(after)

    def work(connection: Connection) -> tuple[ObservationPage, int]:
        rules = sensitive(models.current(connection))
        seen, last = observations.find_seen(connection, wanted, rules, limit, place)
        after = cursor(*observations.cursor_of(connection, last)) if last else None
        whole = sum(o == stored and is_sensitive(stored, rules) for stored, o in seen)
        return ObservationPage([o for _, o in seen], after), whole

    page, whole = await station.store.read(work)
    if whole:
        await note_read(station, account, "observations", "list", {"sensitive": whole})
    return page


@router.get("/{observation_id}")
async def one(observation_id: ObservationId, station: StationOf, account: AccountOf) -> Observation:
    """One observation."""

    def work(connection: Connection) -> tuple[Observation, int]:
        rules = sensitive(models.current(connection))
        found = _visible(connection, observation_id, rules, account)
        seen, whole = seen_whole([found], rules, account)
        return seen[0], whole

    seen, whole = await station.store.read(work)
    if whole:
        await note_read(station, account, "observation", str(observation_id), {})
    return seen


@router.put("/{observation_id}")
async def put(
    observation_id: ObservationId, body: Observation, station: StationOf, account: AccountOf
) -> Observation:
    """File an observation, or a change of one."""
    check_id(observation_id, body.observation_id)
    now = station.clock()
    done = await filed(
        station,
        lambda c: _seen(c, observations.file(c, body, account, now), account),
        lambda c: _current(c, observation_id, account),
    )
    return await _told(station, *done)


@router.post("/{observation_id}/withdraw")
async def withdraw(
    observation_id: ObservationId, body: Turn, station: StationOf, account: AccountOf
) -> Observation:
    """It no longer counts."""
    now, turn = station.clock(), (observation_id, body.revision, body.reason, account)
    done = await filed(
        station,
        lambda c: _seen(c, observations.withdraw(c, *turn, now), account),
        lambda c: _current(c, observation_id, account),
    )
    return await _told(station, *done)


@router.post("/{observation_id}/restore")
async def restore(
    observation_id: ObservationId, body: Turn, station: StationOf, account: AccountOf
) -> Observation:
    """It counts again."""
    now, turn = station.clock(), (observation_id, body.revision, body.reason, account)
    done = await filed(
        station,
        lambda c: _seen(c, observations.restore(c, *turn, now), account),
        lambda c: _current(c, observation_id, account),
    )
    return await _told(station, *done)


@router.get("/{observation_id}/history")
async def past(
    observation_id: ObservationId, station: StationOf, account: AccountOf
) -> list[PastEntry]:
    """What was done with it."""

    def work(connection: Connection) -> list[PastEntry]:
        rules = sensitive(models.current(connection))
        _visible(connection, observation_id, rules, account)
        entries = history.of_record(connection, observation_id)
        return seen_observation_entries(entries, rules, account)

    return await station.store.read(work)


def _seen(
    connection: Connection, done: FiledObservation, account: Account
) -> tuple[Observation, raids.RaidNews | None]:
    """As its author may see it, and the news of its raid when something changed."""
    rules = sensitive(models.current(connection))
    seen = seen_observation(done.observation, rules, account)
    if (
        seen is None
    ):  # a den, filed by somebody who may not be told of dens: they know what they sent
        seen = done.observation
    raid_id = done.observation.raid_id
    found = raids.get(connection, raid_id) if done.changed and raid_id is not None else None
    if found is None or raid_id is None:
        return seen, None
    return seen, raids.news(found[0], raids.filed_by(connection, raid_id))


async def _told(station: Station, seen: Observation, news: raids.RaidNews | None) -> Observation:
    if news is not None:
        tell(station, news)
    return seen


def _visible(
    connection: Connection, observation_id: UUID, rules: Sensitive, account: Account
) -> Observation:
    found = observations.get(connection, observation_id)
    if (
        found is None
        or not observations.visible(connection, observation_id, account)
        or seen_observation(found, rules, account) is None
    ):
        raise Refusal(FILING, "unknown_record", 404)
    return found


def _current(connection: Connection, observation_id: UUID, account: Account) -> Observation | None:
    rules = sensitive(models.current(connection))
    found = observations.get(connection, observation_id)
    if found is None or not observations.visible(connection, observation_id, account):
        return None
    return seen_observation(found, rules, account)
