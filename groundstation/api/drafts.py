"""/api/v1/drafts: what docked units brought that is in no raid yet.

GET /drafts?days  [{"units": [{"unit", "person", "person_name"}], "tracks": [StoredTrack],
                  "raid": Raid, "observations": [Observation], "proposals": {observation_id:
                  [{"category", "confidence", "reasons"}]}}], the latest first

A draft is filed by PUT /raids and PUT /observations of what the ranger keeps of it. Its ids are
the same for every reader: two tablets cannot file the same tracks twice.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from groundstation.api.common import AccountOf, StationOf
from groundstation.store import drafts
from groundstation.store.drafts import Draft

router = APIRouter(tags=["raids"])


@router.get("/drafts")
async def find(
    station: StationOf,
    account: AccountOf,
    days: Annotated[int, Query(ge=1, le=3660, description="how far back")] = 90,
) -> list[Draft]:
    """What waits to be filed."""
    since, table = station.clock() - timedelta(days=days), station.observations
    return await station.store.read(lambda c: drafts.find(c, account, table, since))
