"""People, and who has which unit from when until when: a unit changes hands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from groundstation.records.words import FILING
from groundstation.store.tables import people, unit_issues
from groundstation.store.units import note
from groundstation.words import Refusal


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who goes on raids, and to whom units are issued."""

    person: int
    name: str
    active: bool
    """False: has left, and is not offered any more."""
    employee_id: str | None = None
    """SMART's; nobody else has the same one."""
    given_name: str | None = None
    family_name: str | None = None
    team: str | None = None
    """Key of a term."""


COLUMNS = tuple(people.c[name] for name in Person.__slots__)


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


def add(
    connection: Connection,
    name: str,
    now_utc: datetime,
    employee_id: str | None = None,
    given_name: str | None = None,
    family_name: str | None = None,
    team: str | None = None,
    active: bool = True,
) -> Person:
    """A new person; one of that name who is there already, active again.

    Two people of one name are told apart by their employee numbers. What is known of somebody is
    added to, and never wiped out.
    """
    values: dict[str, Any] = {
        "employee_id": employee_id,
        "given_name": given_name,
        "family_name": family_name,
        "team": team,
    }
    stored = _same(connection, name, employee_id)
    if stored is not None:
        known = {key: getattr(stored, key) or value for key, value in values.items()}
        found = change(connection, stored.person, name, stored.active or active, **known)
        assert found is not None
        return found
    row = values | {"name": name, "active": active, "created_utc": now_utc}
    key = connection.execute(people.insert().values(row)).inserted_primary_key
    assert key is not None
    return Person(key[0], name, active, **values)


def change(
    connection: Connection,
    person: int,
    name: str,
    active: bool,
    employee_id: str | None = None,
    given_name: str | None = None,
    family_name: str | None = None,
    team: str | None = None,
) -> Person | None:
    """What is known of somebody, all of it anew; None when nobody has that number.

    Raises Refusal when somebody else has the employee number.
    """
    if employee_id is not None:
        other = by_employee(connection, employee_id)
        if other is not None and other.person != person:
            raise Refusal(FILING, "employee_taken", 409, number=employee_id, name=other.name)
    changed = Person(person, name, active, employee_id, given_name, family_name, team)
    values = {key: getattr(changed, key) for key in Person.__slots__ if key != "person"}
    this = people.c.person == person
    if connection.execute(people.update().where(this).values(values)).rowcount == 0:
        return None
    return changed


def find(connection: Connection) -> list[Person]:
    """Everybody, by name."""
    statement = select(*COLUMNS).order_by(people.c.name, people.c.person)
    return [Person(*row) for row in connection.execute(statement)]


def get(connection: Connection, person: int) -> Person | None:
    """Somebody, by number."""
    row = connection.execute(select(*COLUMNS).where(people.c.person == person)).one_or_none()
    return None if row is None else Person(*row)


def by_employee(connection: Connection, employee_id: str) -> Person | None:
    """Who has that employee number."""
    statement = select(*COLUMNS).where(people.c.employee_id == employee_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else Person(*row)


def names(connection: Connection, wanted: Iterable[int]) -> dict[int, str]:
    """By number, of those who are known."""
    statement = select(people.c.person, people.c.name).where(people.c.person.in_(set(wanted)))
    return {row.person: row.name for row in connection.execute(statement)}


def _same(connection: Connection, name: str, employee_id: str | None) -> Person | None:
    statement = select(*COLUMNS).where(people.c.name == name).order_by(people.c.person)
    if employee_id is None:
        row = connection.execute(statement).first()
        return None if row is None else Person(*row)
    nameless = statement.where(people.c.employee_id.is_(None))
    row = connection.execute(nameless).first()
    return by_employee(connection, employee_id) or (None if row is None else Person(*row))


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
    i = unit_issues.c
    row = connection.execute(
        select(*COLUMNS)
        .join(unit_issues, people.c.person == i.person)
        .where(
            and_(i.unit == unit, i.from_utc <= at_utc),
            or_(i.until_utc.is_(None), i.until_utc > at_utc),
        )
        .order_by(i.from_utc.desc(), i.issue.desc())
        .limit(1)
    ).one_or_none()
    return Person(*row) if row is not None else None
