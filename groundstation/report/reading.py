"""Names of people and terms, as reports write them."""

from sqlalchemy import Connection, select

from groundstation.report.naming import name
from groundstation.store import tables as t
from groundstation.store import terms
from groundstation.words import Language


def people_names(connection: Connection) -> dict[int, str]:
    """Everybody's name by number."""
    rows = connection.execute(select(t.people.c.person, t.people.c.name))
    return {row.person: row.name for row in rows}


def term_names(connection: Connection, language: Language) -> dict[tuple[str, str], str]:
    """Of all teams, stations, mandates, transports, by kind and key."""
    return {
        (term.kind, term.key): name(term.names, language, term.key)
        for term in terms.find(connection)
    }
