"""How a count goes on: a line for each route.

    waiting  nobody filed a walk of it
    out      a walk was filed that has not ended: somebody is on the way
    walked   they are back, and their navigator is not docked yet
    filed    its way is here

How far the count is, everybody sees who may read records; who walked and what they met only of the
walks within their scope, and crossings only those who may know of sightings.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, select

from groundstation.access.account import Account
from groundstation.access.roles import May
from groundstation.records.count import Count, Route
from groundstation.store.count_walks import CountWalk, covered, routes_of, walks
from groundstation.store.raid_lines import scope_clause
from groundstation.store.tables import raids


class RouteState(StrEnum):
    """How far a route is."""

    WAITING = "waiting"
    OUT = "out"
    WALKED = "walked"
    FILED = "filed"


@dataclass(frozen=True, slots=True)
class BoardWalk:
    """A walk within the reader's scope."""

    raid_id: UUID
    number: str
    date: date
    people: Sequence[str]
    walked_m: float


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A route."""

    route_id: UUID
    number: str
    name: str
    team: str | None
    state: RouteState
    planned_m: float
    covered: float
    """Share of the planned line that was walked, 0 to 1."""
    walked_m: float
    """All that was gone, there and back and around."""
    walks: Sequence[BoardWalk]
    crossings: Mapping[str, float] | None
    """By category; None for who may not know of sightings."""


@dataclass(frozen=True, slots=True)
class Board:
    """All routes by number, and their sums."""

    count: Count
    lines: Sequence[BoardLine]
    planned_m: float
    covered_m: float
    walked_m: float
    states: Mapping[RouteState, int]
    crossings: Mapping[str, float] | None


def board(connection: Connection, count: Count, account: Account) -> Board:
    """The board as the account sees it."""
    by_route: dict[UUID, list[CountWalk]] = defaultdict(list)
    for walk in walks(connection, count):
        by_route[walk.route_id].append(walk)
    r = raids.c
    own = select(r.raid_id).where(r.count_id == count.count_id, scope_clause(account))
    seen = set(connection.scalars(own))
    lines = [
        _line(route, by_route[route.route_id], count, seen, account)
        for route in routes_of(connection, count)
    ]
    told: dict[str, float] = defaultdict(float)
    for line in lines:
        for category, times in (line.crossings or {}).items():
            told[category] += times
    return Board(
        count=count,
        lines=lines,
        planned_m=sum(line.planned_m for line in lines),
        covered_m=sum(line.planned_m * line.covered for line in lines),
        walked_m=sum(line.walked_m for line in lines),
        states=Counter(line.state for line in lines),
        crossings=dict(told) if account.may(May.SIGHTINGS) else None,
    )


def _line(
    route: Route, walked: Sequence[CountWalk], count: Count, seen: set[UUID], account: Account
) -> BoardLine:
    own = [walk for walk in walked if walk.raid_id in seen]
    return BoardLine(
        route_id=route.route_id,
        number=route.number,
        name=route.name,
        team=route.team,
        state=_state(walked),
        planned_m=route.planned_m or 0.0,
        covered=covered(route, walked, count.settings.near_m),
        walked_m=sum(walk.walked_m for walk in walked),
        walks=[BoardWalk(w.raid_id, w.number, w.date, w.people, w.walked_m) for w in own],
        crossings=_crossings(own, count) if account.may(May.SIGHTINGS) else None,
    )


def _state(walked: Sequence[CountWalk]) -> RouteState:
    if not walked:
        return RouteState.WAITING
    if any(len(walk.lat_deg) for walk in walked):
        return RouteState.FILED
    return RouteState.WALKED if all(walk.is_back for walk in walked) else RouteState.OUT


def _crossings(walked: Sequence[CountWalk], count: Count) -> Mapping[str, float]:
    """Of each species the count is about; of all tracks where it names none."""
    found: dict[str, float] = defaultdict(float)
    roots = [species.category for species in count.settings.species]
    for crossing in (c for walk in walked for c in walk.crossings):
        own = [root for root in roots if crossing.category.startswith(root)]
        if own:
            found[own[0]] += crossing.times
        elif not roots and ".track." in crossing.category:
            found[crossing.category] += crossing.times
    return dict(found)
