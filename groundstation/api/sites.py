"""/api/v1/sites: camera traps.

GET  /sites?withdrawn          [Site] by name
GET  /sites/{site_id}          Site
PUT  /sites/{site_id} Site     Site: filed, or changed with the next revision; 409
                               `changed_elsewhere` with `values.current`
POST /sites/{site_id}/withdraw {"revision", "reason"} -> Site

A camera's checks are observations with its `site_id`. Who may not see exact places is told the
centre of its cell of 0.01 degrees, as of its checks, and nothing that is noted of it; they cannot
change either.
"""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from sqlalchemy import Connection

from groundstation.access.account import Account
from groundstation.access.redact import CELL_DEG, cell_centre_deg
from groundstation.access.roles import May
from groundstation.api.common import AccountOf, StationOf
from groundstation.api.filing import Turn, Withdrawn, check_id, filed
from groundstation.records.site import Site
from groundstation.records.words import FILING
from groundstation.store import sites
from groundstation.words import Refusal

router = APIRouter(prefix="/sites", tags=["raids"])
SiteId = Annotated[UUID, Path()]
CATEGORY = 3
"""Sensitivity of a camera's place: it is stolen where it is known."""
HIDDEN = ("lat_deg", "lon_deg", "attributes")
"""What is noted of a camera tells how to get there."""


@router.get("")
async def find(station: StationOf, account: AccountOf, withdrawn: Withdrawn = False) -> list[Site]:
    """All of them."""
    found = await station.store.read(lambda c: sites.find(c, bool(withdrawn)))
    return [_seen(site, account) for site in found]


@router.get("/{site_id}")
async def one(site_id: SiteId, station: StationOf, account: AccountOf) -> Site:
    """One camera trap."""
    found = await station.store.read(lambda c: sites.get(c, site_id))
    if found is None:
        raise Refusal(FILING, "unknown_record", 404)
    return _seen(found, account)


@router.put("/{site_id}")
async def put(site_id: SiteId, body: Site, station: StationOf, account: AccountOf) -> Site:
    """File a camera trap, or a change of one."""
    check_id(site_id, body.site_id)
    now = station.clock()

    def work(connection: Connection) -> Site:
        stored = sites.get(connection, site_id)
        kept = body
        if stored is not None and not account.may(May.SIGHTINGS):
            hidden = {name: getattr(stored, name) for name in HIDDEN}
            kept = replace(body, **hidden)
        return sites.file(connection, kept, account, now).site

    done = await filed(station, work, lambda c: _current(c, site_id, account))
    return _seen(done, account)


@router.post("/{site_id}/withdraw")
async def withdraw(site_id: SiteId, body: Turn, station: StationOf, account: AccountOf) -> Site:
    """It stands there no longer."""
    now, turn = station.clock(), (site_id, body.revision, body.reason, account)
    done = await filed(
        station,
        lambda c: sites.withdraw(c, *turn, now).site,
        lambda c: _current(c, site_id, account),
    )
    return _seen(done, account)


def _current(connection: Connection, site_id: UUID, account: Account) -> Site | None:
    found = sites.get(connection, site_id)
    return None if found is None else _seen(found, account)


def _seen(site: Site, account: Account) -> Site:
    if account.may(May.SIGHTINGS):
        return site
    cell = CELL_DEG[CATEGORY]
    lat, lon = cell_centre_deg(site.lat_deg, cell), cell_centre_deg(site.lon_deg, cell)
    return replace(site, lat_deg=lat, lon_deg=lon, attributes={})
