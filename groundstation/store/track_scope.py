"""Whose docked tracks and marked places an account sees: one place for lists and single ones.

Everybody's to those with the scope of all; else those of units that were in their own hands, or in
their team's, those whose units nobody was given, and those that are the way of a raid they see.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, false, func, literal, or_, select, true

from groundstation.access.account import Account
from groundstation.access.roles import Scope
from groundstation.store.raid_lines import scope_clause
from groundstation.store.tables import (
    downloads,
    people,
    raid_tracks,
    raids,
    tracks,
    unit_issues,
    waypoints,
)


def tracks_of(account: Account) -> ColumnElement[bool]:
    """Which rows of `tracks` the account may see."""
    if account.scope in _SIMPLE:
        return _SIMPLE[account.scope]()
    t, i = tracks.c, unit_issues.c
    way = (
        select(literal(1))
        .join(raids, raids.c.raid_id == raid_tracks.c.raid_id)
        .where(raid_tracks.c.track == t.track, scope_clause(account))
    )
    during = and_(
        i.unit == t.unit,
        i.from_utc <= t.last_utc,
        or_(i.until_utc.is_(None), i.until_utc > t.first_utc),
    )
    return or_(way.exists(), _in_hands(account, t.unit.is_not(None), during))


def waypoints_of(account: Account) -> ColumnElement[bool]:
    """Which rows of `waypoints` the account may see."""
    if account.scope in _SIMPLE:
        return _SIMPLE[account.scope]()
    w, i = waypoints.c, unit_issues.c
    # Many units give places no time: whoever had the unit before it was read may have marked them.
    read = select(downloads.c.ended_utc).where(downloads.c.download == w.download)
    during = and_(
        i.unit == w.unit,
        i.from_utc <= func.coalesce(w.time_utc, read.scalar_subquery()),
        or_(w.time_utc.is_(None), i.until_utc.is_(None), i.until_utc > w.time_utc),
    )
    return _in_hands(account, true(), during)


def sees_track(connection: Connection, account: Account, track: int) -> bool:
    """Whether it is in the account's scope."""
    seen = select(tracks.c.track).where(tracks.c.track == track, tracks_of(account))
    return connection.execute(seen).first() is not None


def sees_waypoint(connection: Connection, account: Account, waypoint: int) -> bool:
    """Whether it is in the account's scope."""
    w = waypoints.c
    seen = select(w.waypoint).where(w.waypoint == waypoint, waypoints_of(account))
    return connection.execute(seen).first() is not None


def may_issue(connection: Connection, account: Account, unit: str, from_utc: datetime) -> bool:
    """Whether they may say who had the unit since that time: whose it was sees its tracks."""
    if account.scope is Scope.ALL:
        return True
    p, i = people.c, unit_issues.c
    since = (
        select(p.person, p.team)
        .join(unit_issues, i.person == p.person)
        .where(i.unit == unit, or_(i.until_utc.is_(None), i.until_utc > from_utc))
    )
    of_team = account.scope is Scope.TEAM and account.team is not None
    return all(
        person == account.person or (of_team and team == account.team)
        for person, team in connection.execute(since)
    )


_SIMPLE = {Scope.ALL: true, Scope.NONE: false}


def _in_hands(
    account: Account, docked: ColumnElement[bool], during: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Own hands, the team's, or nobody's."""
    p, i = people.c, unit_issues.c
    theirs: list[ColumnElement[bool]] = [p.person == account.person]
    if account.scope is Scope.TEAM and account.team is not None:
        theirs.append(p.team == account.team)
    held = select(literal(1)).join(people, p.person == i.person).where(during, or_(*theirs))
    anybody = select(literal(1)).select_from(unit_issues).where(during)
    return and_(docked, or_(held.exists(), ~anybody.exists()))
