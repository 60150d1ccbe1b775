"""Camera traps: filed, changed, withdrawn like every record; their checks are observations."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from groundstation.access.account import Account
from groundstation.records.site import Site, SiteKind
from groundstation.records.words import FILING
from groundstation.store import history
from groundstation.store.history import Action
from groundstation.store.tables import sites
from groundstation.words import Refusal

COLUMNS = tuple(sites.c[field.name] for field in fields(Site))


@dataclass(frozen=True, slots=True)
class FiledSite:
    """A site as it stands after filing."""

    site: Site
    changed: bool
    """False: it was filed before just so."""


def file(connection: Connection, site: Site, account: Account, now_utc: datetime) -> FiledSite:
    """File a new site, or a change of one. Raises Refusal when somebody else changed it."""
    stored = get(connection, site.site_id, lock=True)
    if not history.is_change(connection, "site", stored, site):
        assert stored is not None
        return FiledSite(stored, False)
    row = {field.name: getattr(site, field.name) for field in fields(Site)}
    row["attributes"] = dict(site.attributes)
    this = sites.c.site_id == site.site_id
    if connection.execute(update(sites).where(this).values(row)).rowcount == 0:
        connection.execute(sites.insert().values(row))
    action = Action.FILED if stored is None else Action.CHANGED
    history.note(connection, "site", site, stored, action, account, now_utc)
    return FiledSite(site, True)


def withdraw(
    connection: Connection,
    site_id: UUID,
    revision: int,
    reason: str,
    account: Account,
    now_utc: datetime,
) -> FiledSite:
    """It stands there no longer, for that reason; its checks stay what they are."""
    stored = get(connection, site_id, lock=True)
    if stored is None:
        raise Refusal(FILING, "unknown_record", 404)

    def write(now: Site) -> None:
        changes = {"revision": now.revision, "withdrawn": now.withdrawn}
        connection.execute(update(sites).where(sites.c.site_id == site_id).values(changes))

    now = history.turned(
        connection, "site", stored, revision, reason, reason, write, account, now_utc
    )
    return FiledSite(now, now is not stored)


def get(connection: Connection, site_id: UUID, lock: bool = False) -> Site | None:
    """One site."""
    statement = select(*COLUMNS).where(sites.c.site_id == site_id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    return None if row is None else _site(row)


def find(connection: Connection, withdrawn: bool = False) -> Sequence[Site]:
    """All of them by name; withdrawn ones too where they are wanted."""
    statement = select(*COLUMNS).order_by(sites.c.name, sites.c.site_id)
    if not withdrawn:
        statement = statement.where(sites.c.withdrawn.is_(None))
    return [_site(row) for row in connection.execute(statement)]


def _site(row: Row[Any]) -> Site:
    values = dict(row._mapping)
    return Site(**values | {"kind": SiteKind(values["kind"])})
