"""/api/v1/people: to whom units are issued.

GET gives [{"person", "name", "active"}] by name; POST {"name"} adds somebody, or brings a name
back; POST /{person} {"name", "active"} renames, or lets go. Nobody is ever deleted: tracks keep
their people.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from pydantic import Field

from groundstation.api.common import StationOf
from groundstation.store import people
from groundstation.store.people import Person

router = APIRouter(prefix="/people", tags=["people"])
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody's name."""

    name: Name


@dataclass(frozen=True, slots=True)
class ChangedPerson:
    """A name, and whether units are still issued to them."""

    name: Name
    active: bool


@router.get("")
async def find(station: StationOf) -> list[Person]:
    """Everybody."""
    return await station.store.read(people.find)


@router.post("", status_code=201)
async def add(body: NewPerson, station: StationOf) -> Person:
    """Add somebody."""
    now = station.clock()
    return await station.store.write(lambda c: people.add(c, body.name.strip(), now))


@router.post("/{person}")
async def change(
    person: Annotated[int, Path(ge=1, lt=2**63)], body: ChangedPerson, station: StationOf
) -> Person:
    """Rename somebody, or let them go."""
    changed = await station.store.write(
        lambda c: people.change(c, person, body.name.strip(), body.active)
    )
    if changed is None:
        raise HTTPException(404, f"nobody has the number {person}")
    return changed
