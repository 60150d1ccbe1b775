"""/api/v1/terms: teams, stations, mandates, means of transport.

GET /terms                               [{"kind", "key", "names": {"ru", "en"}, "patrol_type",
                                         "active"}], those every station has first
PUT /terms/{kind}/{key} {"names", "patrol_type", "active"}
                                         add one, or change it; none is deleted, records hold them
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from sqlalchemy import Connection

from groundstation.api.common import AccountOf, StationOf
from groundstation.records.raid import Key, PatrolType
from groundstation.records.term import Term, TermKind, TermName
from groundstation.store import audit, terms

router = APIRouter(prefix="/terms", tags=["raids"])
LanguageCode = Annotated[str, Field(min_length=1, max_length=10)]


@dataclass(frozen=True, slots=True)
class Called:
    """What people call it."""

    names: Annotated[Mapping[LanguageCode, TermName], Field(min_length=1, max_length=20)]
    patrol_type: PatrolType | None = None
    """Of a means of transport."""
    active: bool = True


@router.get("")
async def find(station: StationOf) -> list[Term]:
    """All of them."""
    return await station.store.read(terms.find)


@router.put("/{kind}/{key}")
async def put(
    kind: TermKind,
    key: Annotated[Key, Path()],
    body: Called,
    station: StationOf,
    account: AccountOf,
) -> Term:
    """Add one, or change it."""
    now = station.clock()

    def work(connection: Connection) -> Term:
        before = [term for term in terms.find(connection, kind) if term.key == key]
        term = terms.put(connection, kind, key, body.names, body.patrol_type, body.active)
        if before != [term]:
            detail = {"before": [asdict(old) for old in before], "after": asdict(term)}
            audit.append(connection, account, "changed", "term", f"{kind}/{key}", detail, now)
        return term

    return await station.store.write(work)
