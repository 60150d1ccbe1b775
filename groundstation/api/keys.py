"""/api/v1/keys: keys of quadcopters, and of programs that read hotspots.

GET    /keys                  [Key], newest first, without their secrets
POST   /keys {"name", "system_id", "reads"}
                              {"key": Key, "secret"}: told once; goes into [onboard.uplink.http] key
                              of the vehicle, or Authorization: Bearer of a program
DELETE /keys/{key}            revoked from now on; the Key
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from firmware_bridge.messages import SystemId
from groundstation.api.common import AccountOf, StationOf
from groundstation.store import keys
from groundstation.store.keys import Key

router = APIRouter(prefix="/keys", tags=["access"])


@dataclass(frozen=True, slots=True)
class NewKey:
    """For what machine."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"\S")]
    system_id: SystemId | None = None
    """The only vehicle it may report for."""
    reads: bool = False
    """True: it reads hotspots and vehicles instead of reporting them."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A key with its secret."""

    key: Key
    secret: str


@router.get("")
async def find(station: StationOf) -> list[Key]:
    """All of them."""
    return await station.store.read(keys.find)


@router.post("", status_code=201)
async def add(body: NewKey, station: StationOf, by: AccountOf) -> Issued:
    """Issue one."""
    name, now = body.name.strip(), station.clock()
    return Issued(
        *await station.store.write(lambda c: keys.add(c, by, name, now, body.system_id, body.reads))
    )


@router.delete("/{key}")
async def revoke(
    key: Annotated[int, Path(ge=1, lt=2**63)], station: StationOf, by: AccountOf
) -> Key:
    """Take one back."""
    now = station.clock()
    return await station.store.write(lambda c: keys.revoke(c, by, key, now))
