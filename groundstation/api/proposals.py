"""/api/v1/proposals: what marked places may be, for a person to judge.

GET /proposals?unit&limit  [{"waypoint": StoredWaypoint, "proposals": [{"category",
                           "confidence", "reasons": [{"rule", "field", "pattern", "negated"}]}]}]
                           the surest proposal first; waypoints without one are left out; `limit`
                           counts the waypoints looked at, those stored last first
GET /categories            [{"code", "ru", "en"}], in the table's order

Nothing is filed here, whatever the confidence (`groundstation.dock.proposals`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from groundstation.api.common import AccountOf, StationOf
from groundstation.dock.proposals import Proposal, propose
from groundstation.store import tracks
from groundstation.store.track_scope import waypoints_of
from groundstation.store.tracks import StoredWaypoint

router = APIRouter(tags=["dock"])


@dataclass(frozen=True, slots=True)
class Proposed:
    """A marked place and what it may be."""

    waypoint: StoredWaypoint
    proposals: Sequence[Proposal]


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the table and its names."""

    code: str
    ru: str
    en: str


@router.get("/categories")
async def categories(station: StationOf) -> list[Category]:
    """What can be proposed."""
    return [Category(o.code, o.ru, o.en) for o in station.observations.categories.values()]


@router.get("/proposals")
async def proposals(
    station: StationOf,
    account: AccountOf,
    unit: Annotated[str | None, Query(max_length=120)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> list[Proposed]:
    """Marked places the table has something to say about."""
    places = await station.store.read(
        lambda c: tracks.find_waypoints(c, unit, limit, waypoints_of(account))
    )
    table = station.observations

    def work() -> list[Proposed]:
        made = [Proposed(place, propose(tracks.words_of(place), table)) for place in places]
        return [one for one in made if one.proposals]

    return await asyncio.to_thread(work)
