"""People, and who has which unit from when until when: a unit changes hands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from groundstation.store.tables import people, unit_issues
from groundstation.store.units import note


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody units are issued to."""

    person: int
    name: str
    active: bool
    """False: has left, and is not offered any more."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A unit in somebody's hands."""

    issue: int
    unit: str
    person: int
    name: str
    from_utc: datetime
    until_utc: datetime | None
    """None: until today."""


def add(connection: Connection, name: str, now_utc: datetime) -> Person:
    """A new person; one of that name who is there already, active again."""
    stored = connection.execute(
        select(people.c.person).where(people.c.name == name).order_by(people.c.person)
    ).first()
    if stored is not None:
        changed = change(connection, stored.person, name, True)
        assert changed is not None
        return changed
    values = {"name": name, "active": True, "created_utc": now_utc}
    key = connection.execute(people.insert().values(values)).inserted_primary_key
    assert key is not None
    return Person(key[0], name, True)


def change(connection: Connection, person: int, name: str, active: bool) -> Person | None:
    """Rename, or let go; None when nobody has that number."""
    values = {"name": name, "active": active}
    this = people.c.person == person
    if connection.execute(people.update().where(this).values(values)).rowcount == 0:
        return None
    return Person(person, name, active)


def find(connection: Connection) -> list[Person]:
    """Everybody, by name."""
    c = people.c
    rows = connection.execute(select(c.person, c.name, c.active).order_by(c.name, c.person))
    return [Person(*row) for row in rows]


def issue(
    connection: Connection,
    unit: str,
    person: int | None,
    from_utc: datetime,
    who: str | None,
    now_utc: datetime,
) -> Issue | None:
    """From `from_utc` on the unit is that person's, nobody's for None; the issue now in force.

    It holds as long as the one it cuts short did, else until the next one that is known to begin
    later. Raises LookupError for a person nobody knows.
    """
    i = unit_issues.c
    this = i.unit == unit
    cut = this, i.from_utc <= from_utc, i.until_utc > from_utc
    until_utc = connection.scalar(select(func.min(i.until_utc)).where(*cut))
    connection.execute(
        unit_issues.update()
        .where(this, i.from_utc <= from_utc, or_(i.until_utc.is_(None), i.until_utc > from_utc))
        .values(until_utc=from_utc)
    )
    if person is None:
        note(connection, unit, now_utc, "returned", who, f"from {from_utc.isoformat()}")
        return None
    name = connection.scalar(select(people.c.name).where(people.c.person == person))
    if name is None:
        raise LookupError(f"nobody has the number {person}")
    later = select(func.min(i.from_utc)).where(this, i.from_utc > from_utc)
    until_utc = until_utc or connection.scalar(later)
    values = {"unit": unit, "person": person, "from_utc": from_utc, "until_utc": until_utc}
    key = connection.execute(unit_issues.insert().values(values)).inserted_primary_key
    assert key is not None
    note(connection, unit, now_utc, "issued", who, f"to {name} from {from_utc.isoformat()}")
    return Issue(key[0], unit, person, name, from_utc, until_utc)


def issues(connection: Connection, unit: str) -> list[Issue]:
    """Who had it when, newest first; overruled entries left out."""
    i = unit_issues.c
    statement = (
        select(i.issue, i.unit, i.person, people.c.name, i.from_utc, i.until_utc)
        .join(people, people.c.person == i.person)
        .where(i.unit == unit, or_(i.until_utc.is_(None), i.until_utc > i.from_utc))
        .order_by(i.from_utc.desc(), i.issue.desc())
    )
    return [Issue(*row) for row in connection.execute(statement)]


def hands(
    issued: Sequence[Issue], first_utc: datetime | None, last_utc: datetime | None
) -> list[Issue]:
    """Who of a unit's `issues` had it between the two, in that order; nobody without a time."""
    if first_utc is None or last_utc is None:
        return []
    touching = (i for i in reversed(issued) if i.from_utc <= last_utc)
    return [i for i in touching if i.until_utc is None or i.until_utc > first_utc]


def holder(connection: Connection, unit: str, at_utc: datetime) -> Person | None:
    """Who had the unit at that time; None: nobody it was issued to."""
    i, p = unit_issues.c, people.c
    row = connection.execute(
        select(p.person, p.name, p.active)
        .join(unit_issues, p.person == i.person)
        .where(
            and_(i.unit == unit, i.from_utc <= at_utc),
            or_(i.until_utc.is_(None), i.until_utc > at_utc),
        )
        .order_by(i.from_utc.desc(), i.issue.desc())
        .limit(1)
    ).one_or_none()
    return Person(*row) if row is not None else None
