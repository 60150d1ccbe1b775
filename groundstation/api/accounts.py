"""/api/v1/accounts: who may sign in, and as what.

GET  /accounts                [StoredAccount], by name
POST /accounts {"login", "name", "role", "person", "team", "language"}
                              {"account": StoredAccount, "code", "expires_utc"}: the code sets the
                              password, once; 409 "login_taken"
POST /accounts/{account} {"name", "role", "person", "team", "active"}
                              the StoredAccount; off, its sessions end; 409 "last_administrator"
POST /accounts/{account}/code {"code", "expires_utc"}: a forgotten password; earlier codes are void
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import Connection

from groundstation.access.roles import Role
from groundstation.access.words import ACCESS
from groundstation.api.common import AccountOf, StationOf
from groundstation.api.session import Login, Name
from groundstation.records.raid import Key as Term
from groundstation.records.raid import Person
from groundstation.store import accounts, codes
from groundstation.store.accounts import StoredAccount, Wanted
from groundstation.words import Language, Refusal

router = APIRouter(prefix="/accounts", tags=["access"])
Number = Annotated[int, Path(ge=1, lt=2**63)]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Somebody who is to sign in."""

    login: Login
    name: Name
    role: Role
    person: Person | None = None
    team: Term | None = None
    language: Language = "ru"


@dataclass(frozen=True, slots=True)
class ChangedAccount:
    """What they are from now on."""

    name: Name
    role: Role
    active: bool
    person: Person | None = None
    team: Term | None = None


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """To be handed to its owner; told once."""

    code: str
    expires_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Made:
    """A new account and the code that sets its password."""

    account: StoredAccount
    code: str
    expires_utc: datetime | None


@router.get("")
async def find(station: StationOf) -> list[StoredAccount]:
    """Everybody."""
    return await station.store.read(accounts.find)


@router.post("", status_code=201)
async def add(body: NewAccount, station: StationOf, by: AccountOf) -> Made:
    """Somebody new."""
    now = station.clock()
    wanted = Wanted(body.name.strip(), body.role, body.person, body.team)

    def work(connection: Connection) -> Made:
        stored = accounts.add(connection, by, body.login, wanted, now, body.language)
        purpose = codes.Purpose.PASSWORD
        return Made(stored, *codes.issue(connection, by, purpose, stored, now))

    return await station.store.write(work)


@router.post("/{account}")
async def change(
    account: Number, body: ChangedAccount, station: StationOf, by: AccountOf
) -> StoredAccount:
    """Another role, or off."""
    now = station.clock()
    wanted = Wanted(body.name.strip(), body.role, body.person, body.team, body.active)
    changed = await station.store.write(lambda c: accounts.change(c, by, account, wanted, now))
    station.remembered.clear()
    return changed


@router.post("/{account}/code")
async def code(account: Number, station: StationOf, by: AccountOf) -> OneTimeCode:
    """For somebody who forgot their password."""
    now = station.clock()

    def work(connection: Connection) -> OneTimeCode:
        stored = accounts.get(connection, account)
        if stored is None:
            raise Refusal(ACCESS, "no_account", 404, account=account)
        return OneTimeCode(*codes.issue(connection, by, codes.Purpose.PASSWORD, stored, now))

    return await station.store.write(work)
