"""/api/v1/people: who goes on raids, and to whom units are issued.

GET  /people               [Person] by name: {"person", "name", "active", "employee_id",
                           "given_name", "family_name", "team"}
POST /people {"name", ...} add somebody, or bring a name back; 201
POST /people/{person}      {"name", "active", ...}: what is known of somebody, all of it anew

Nobody is ever deleted: tracks and raids keep their people.
"""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field
from sqlalchemy import Connection

from groundstation.api.common import AccountOf, StationOf
from groundstation.records.raid import Key
from groundstation.records.words import FILING
from groundstation.store import audit, people
from groundstation.store.people import Person
from groundstation.words import Refusal

router = APIRouter(prefix="/people", tags=["people"])
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody's name and number."""

    name: Name
    employee_id: Key | None = None
    given_name: Key | None = None
    family_name: Key | None = None
    team: Key | None = None


@dataclass(frozen=True, slots=True)
class ChangedPerson(NewPerson):
    """The same, and whether units are still issued to them."""

    active: bool = True


@router.get("")
async def find(station: StationOf) -> list[Person]:
    """Everybody."""
    return await station.store.read(people.find)


@router.post("", status_code=201)
async def add(body: NewPerson, station: StationOf, account: AccountOf) -> Person:
    """Add somebody."""
    now = station.clock()

    def work(connection: Connection) -> Person:
        added = people.add(connection, body.name.strip(), now, **_said(body))
        audit.append(connection, account, "filed", "person", str(added.person), asdict(added), now)
        return added

    return await station.store.write(work)


@router.post("/{person}")
async def change(
    person: Annotated[int, Path(ge=1, lt=2**63)],
    body: ChangedPerson,
    station: StationOf,
    account: AccountOf,
) -> Person:
    """Change what is known of somebody, or let them go."""
    now = station.clock()

    def work(connection: Connection) -> Person:
        before = people.get(connection, person)
        if before is None:
            raise Refusal(FILING, "unknown_person", 404, person=person)
        changed = people.change(connection, person, body.name.strip(), body.active, **_said(body))
        assert changed is not None
        detail = {"before": asdict(before), "after": asdict(changed)}
        audit.append(connection, account, "changed", "person", str(person), detail, now)
        return changed

    return await station.store.write(work)


def _said(body: NewPerson) -> dict[str, Any]:
    return {
        "employee_id": body.employee_id and body.employee_id.strip(),
        "given_name": body.given_name and body.given_name.strip(),
        "family_name": body.family_name and body.family_name.strip(),
        "team": body.team,
    }
