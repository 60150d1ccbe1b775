"""Teams, stations, mandates and means of transport: those of `records/terms.toml` and the park's.

A stored term stands in the place of the common one of the same kind and key.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from groundstation.records.raid import PatrolType
from groundstation.records.term import Term, TermKind, common
from groundstation.store.tables import terms


def find(connection: Connection, kind: TermKind | None = None) -> list[Term]:
    """All of them, or of one kind; the common ones first, then by key."""
    stored = {(term.kind, term.key): term for term in _stored(connection)}
    ours = [stored.pop((term.kind, term.key), term) for term in common()]
    found = [*ours, *stored.values()]
    return [term for term in found if kind is None or term.kind is kind]


def put(
    connection: Connection,
    kind: TermKind | str,
    key: str,
    names: Mapping[str, str],
    patrol_type: PatrolType | str | None = None,
    active: bool = True,
) -> Term:
    """Add a term, or change the one of that kind and key."""
    of = None if patrol_type is None else PatrolType(patrol_type)
    term = Term(TermKind(kind), key, dict(names), of, active)
    values = {"names": dict(names), "patrol_type": of, "active": active}
    t = terms.c
    this = t.kind == term.kind, t.key == key
    if connection.execute(terms.update().where(*this).values(values)).rowcount == 0:
        connection.execute(terms.insert().values(values | {"kind": term.kind, "key": key}))
    return term


def by_label(
    connection: Connection, kind: TermKind | str, label: str, language: str | None = None
) -> str | None:
    """The key of the term that is called so, in that language or any; None: nothing is.

    A key itself counts as a label; upper and lower case make no difference.
    """
    wanted = label.strip().casefold()
    of_kind = find(connection, TermKind(kind))
    for term in of_kind:
        names = term.names if language is None else {language: term.names.get(language, "")}
        if wanted in (name.strip().casefold() for name in names.values()):
            return term.key
    if language is not None:
        return by_label(connection, kind, label)
    return next((term.key for term in of_kind if term.key.casefold() == wanted), None)


def _stored(connection: Connection) -> list[Term]:
    t = terms.c
    columns = t.kind, t.key, t.names, t.patrol_type, t.active
    rows = connection.execute(select(*columns).order_by(t.kind, t.key))
    return [
        Term(TermKind(kind), key, names, None if of is None else PatrolType(of), active)
        for kind, key, names, of, active in rows
    ]
