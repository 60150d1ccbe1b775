"""Count and route of a walk that came by a file, among those of the station."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import Column, Connection, select

from groundstation.exchange.remarks import Remarks
from groundstation.exchange.smart import kinds
from groundstation.records.raid import Raid, RaidKind
from groundstation.store.tables import counts, routes


def with_references(connection: Connection, raid: Raid, remarks: Remarks) -> Raid:
    """The raid with what is known here; the rest stays named among its attributes."""
    if raid.kind is not RaidKind.COUNT:
        return raid
    attributes = dict(raid.attributes)
    count_id, route_id = raid.count_id, raid.route_id
    if count_id is not None and not _known(connection, counts.c.count_id, count_id):
        attributes[kinds.COUNT], count_id = str(count_id), None
    if route_id is not None and not _known(connection, routes.c.route_id, route_id):
        attributes[kinds.ROUTE_ID], route_id = str(route_id), None
    if route_id is None and kinds.ROUTE in attributes:
        route_id = _route(connection, str(attributes[kinds.ROUTE]))
    if count_id is None:
        count_id = _count(connection, raid.start_date)
    if count_id is None or route_id is None:
        remarks.add("unknown_count")
    return replace(raid, attributes=attributes, count_id=count_id, route_id=route_id)


def _known(connection: Connection, column: Column[UUID], key: UUID) -> bool:
    return connection.scalar(select(column).where(column == key)) is not None


def _route(connection: Connection, number: str) -> UUID | None:
    """The only one of that number; some programs write it as 14.0."""
    wanted = number.removesuffix(".0")
    found = connection.scalars(select(routes.c.route_id).where(routes.c.number == wanted)).all()
    return found[0] if len(found) == 1 else None


def _count(connection: Connection, on: date) -> UUID | None:
    """The only one that goes on that day."""
    c = counts.c
    where = c.start_date <= on, c.end_date >= on, c.withdrawn.is_(None)
    found = connection.scalars(select(c.count_id).where(*where)).all()
    return found[0] if len(found) == 1 else None
