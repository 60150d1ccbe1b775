"""Routes of the winter count: filed and changed like every record, and measured."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, Row, select, update

from groundstation.access.account import Account
from groundstation.patrol.coverage import line_length_m
from groundstation.records.count import Route
from groundstation.store import history
from groundstation.store.history import Action
from groundstation.store.tables import routes

COLUMNS = tuple(routes.c[field.name] for field in fields(Route))


@dataclass(frozen=True, slots=True)
class FiledRoute:
    """A route as it stands after filing."""

    route: Route
    changed: bool
    """False: it was filed before just so."""


def file(connection: Connection, route: Route, account: Account, now_utc: datetime) -> FiledRoute:
    """File a new route, or a change of one. Raises Refusal when somebody else changed it."""
    route = _measured(route)
    stored = get(connection, route.route_id, lock=True)
    if not history.is_change(connection, "route", stored, route):
        assert stored is not None
        return FiledRoute(stored, False)
    row = {field.name: getattr(route, field.name) for field in fields(Route)}
    row["line"] = [list(place) for place in route.line]
    this = routes.c.route_id == route.route_id
    if connection.execute(update(routes).where(this).values(row)).rowcount == 0:
        connection.execute(routes.insert().values(row))
    action = Action.FILED if stored is None else Action.CHANGED
    history.note(connection, "route", route, stored, action, account, now_utc)
    return FiledRoute(route, True)


def get(connection: Connection, route_id: UUID, lock: bool = False) -> Route | None:
    """One route."""
    statement = select(*COLUMNS).where(routes.c.route_id == route_id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    return None if row is None else _stored(row)


def find(connection: Connection, active: bool | None = None) -> list[Route]:
    """All of them by number, 2 before 10; only those in use, or only others, where asked."""
    statement = select(*COLUMNS)
    if active is not None:
        statement = statement.where(routes.c.active == active)
    found = [_stored(row) for row in connection.execute(statement)]
    return sorted(found, key=lambda route: (_number(route.number), route.number))


def _measured(route: Route) -> Route:
    lon, lat = np.array(route.line, np.float64).T
    line = tuple((float(x), float(y)) for x, y in route.line)
    return replace(route, line=line, planned_m=round(line_length_m(lat, lon), 3))


def _stored(row: Row[Any]) -> Route:
    values = dict(row._mapping)
    return Route(**values | {"line": tuple((x, y) for x, y in values["line"])})


def _number(text: str) -> int:
    digits = "".join(c for c in text if c.isascii() and c.isdigit())
    return int(digits[:18]) if digits else 1 << 60
