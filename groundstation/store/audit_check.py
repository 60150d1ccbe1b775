"""Is the audit log whole? Every seal is made again, and noted heads are looked for.

What this can show and what not: docs/access.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from groundstation.store import audit
from groundstation.store.audit_heads import Head


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong."""

    code: str
    """`missing`, `altered`, `unlinked`, `cut` or `rewritten`, of `access.words`."""
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found."""

    entries: int
    head: str
    fault: Fault | None


def check(connection: Connection, heads: Iterable[Head]) -> Checked:
    """Read the whole log once."""
    noted = {head.entry: head for head in heads}
    count, previous = 0, audit.START
    fault: Fault | None = None
    for row in audit.rows(connection):
        expected = count + 1
        if row.entry != expected:
            fault = Fault("missing", {"entry": expected, "found": row.entry})
        elif row.previous != previous:
            fault = Fault("unlinked", {"entry": row.entry})
        elif audit.seal(row._asdict()) != row.hash:
            fault = Fault("altered", {"entry": row.entry})
        elif row.entry in noted and noted[row.entry].hash != row.hash:
            head = noted[row.entry]
            fault = Fault("rewritten", {"entry": row.entry, "noted": head.noted})
        if fault is not None:
            return Checked(count, previous, fault)
        count, previous = row.entry, row.hash
    cut = [head for head in noted.values() if head.entry > count]
    if cut:
        first = min(cut, key=lambda head: head.entry)
        values = {"entry": count + 1, "noted": first.noted, "until": max(h.entry for h in cut)}
        fault = Fault("cut", values)
    return Checked(count, previous, fault)
