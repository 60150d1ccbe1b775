"""People and terms of a file among those of the station, and the way back.

SMART knows people by their employee number and terms by their label; so does this. Whoever and
whatever is new is told, and added inactive so that a person looks at it, unless the file is said
to be the park's own.
"""

from datetime import datetime

from sqlalchemy import Connection, select

from groundstation.exchange.came import NamedTerm, Names
from groundstation.exchange.remarks import Remarks
from groundstation.exchange.smart.patrol import Employee, Label
from groundstation.records.term import TermKind
from groundstation.store import people, tables, terms

MAX_NAME, MAX_PART, MAX_KEY = 120, 80, 80
LANGUAGES = ("ru", "en")
"""In which terms go out, the first one they have a name in."""


def settle_people(
    connection: Connection, names: Names, remarks: Remarks, now_utc: datetime, ours: bool
) -> dict[int, int]:
    """Number that stands for somebody -> their own; who is new is active where they are ours."""
    return {
        stands: _person(connection, employee, remarks, now_utc, ours)
        for employee, stands in names.people.items()
    }


def settle_terms(
    connection: Connection, names: Names, remarks: Remarks, ours: bool
) -> dict[str, str]:
    """Key that stands for a term -> its own; what is new is active where it is ours."""
    return {
        stands: _term(connection, named, remarks, ours) for named, stands in names.terms.items()
    }


def _person(
    connection: Connection, employee: Employee, remarks: Remarks, now_utc: datetime, ours: bool
) -> int:
    number = (employee.employee_id or "")[:MAX_PART]
    called = _called(employee)
    if number:
        known = people.by_employee(connection, number)
        if known is not None:
            here = _called(employee_of(connection, known.person))
            if called and here != called:
                remarks.add("person_name_differs", employee=number, told=called, ours=here)
            return known.person
    named = _by_name(connection, employee) if called else None
    if named is not None:
        if number:
            remarks.add("person_by_name", name=called, employee=number)
        return named
    code = "person_ours_added" if ours else "person_added"
    remarks.add(code, name=called or "?", employee=number or "-")
    added = people.add(
        connection,
        (called or number or "?")[:MAX_NAME],
        now_utc,
        employee_id=number or None,
        given_name=employee.given_name[:MAX_PART] or None,
        family_name=employee.family_name[:MAX_PART] or None,
        active=ours,
    )
    return added.person


def _called(employee: Employee) -> str:
    return " ".join(part for part in (employee.family_name, employee.given_name) if part)


def _by_name(connection: Connection, employee: Employee) -> int | None:
    """The only one of that name whose number nobody knows, or who came by the same name."""
    p = tables.people.c
    given, family = employee.given_name, employee.family_name
    ways = {_called(employee), f"{given} {family}".strip()}
    statement = select(p.person, p.employee_id).where(p.name.in_(ways))
    rows = connection.execute(statement).all()
    fitting = [row.person for row in rows if not employee.employee_id or row.employee_id is None]
    return fitting[0] if len(fitting) == 1 else None


def _term(connection: Connection, named: NamedTerm, remarks: Remarks, ours: bool) -> str:
    kind, label = named.kind, named.label
    key = terms.by_label(connection, kind, label.text, label.language)
    if key is not None:
        return key
    key = _free_key(connection, kind, label.text)
    remarks.add(f"{kind}_ours_added" if ours else f"{kind}_added", label=label.text)
    names = {label.language or LANGUAGES[0]: label.text}
    terms.put(connection, kind, key, names, named.patrol_type, ours)
    return key


def _free_key(connection: Connection, kind: str, text: str) -> str:
    taken = {term.key for term in terms.find(connection, TermKind(kind))}
    wanted, number = text.strip()[: MAX_KEY - 6], 1
    key = wanted
    while key in taken:
        number += 1
        key = f"{wanted} ({number})"
    return key


def employee_of(connection: Connection, person: int) -> Employee:
    """Somebody as SMART names them; LookupError for a number nobody has."""
    p = tables.people.c
    columns = p.employee_id, p.given_name, p.family_name, p.name
    row = connection.execute(select(*columns).where(p.person == person)).one_or_none()
    if row is None:
        raise LookupError(f"nobody has the number {person}")
    given, family = row.given_name or "", row.family_name or ""
    if not given and not family:
        family, _, given = row.name.partition(" ")
    return Employee(row.employee_id, given, family)


class Namer:
    """Names of the station's people and terms, for one connection's life."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._terms = {(term.kind.value, term.key): term for term in terms.find(connection)}
        self._people: dict[int, Employee] = {}

    def employee(self, person: int) -> Employee:
        """Who has that number."""
        if person not in self._people:
            self._people[person] = employee_of(self._connection, person)
        return self._people[person]

    def label(self, kind: str, key: str, language: str | None) -> Label:
        """The term's name, in that language, in Russian or in any; its key where it has none."""
        term = self._terms.get((kind, key))
        names = {} if term is None else term.names
        for wanted in filter(None, (language, *LANGUAGES, *names)):
            if names.get(wanted):
                return Label(names[wanted], wanted)
        return Label(key, LANGUAGES[0])
