"""One-time codes: the first administrator, a forgotten password, a way in without one."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, delete, select

from groundstation.access.account import Account
from groundstation.store import audit
from groundstation.store.accounts import StoredAccount
from groundstation.store.sessions import hashed
from groundstation.store.tables import one_time_codes

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing in it looks like something else."""
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
SIGNS = 16
"""80 bits."""
LIFETIME = timedelta(hours=24)


class Purpose(StrEnum):
    """What a code is good for."""

    SETUP = "setup"
    """Makes the first administrator; valid until it is used."""
    PASSWORD = "password"
    """Sets an account's password."""
    ENTRY = "entry"
    """Signs in once; the password stays what it is."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for."""

    purpose: Purpose
    account: int | None
    """None: the first administrator, who is not there yet."""


def issue(
    connection: Connection, by: Account, purpose: Purpose, owner: StoredAccount, now_utc: datetime
) -> tuple[str, datetime]:
    """A fresh code for an account, and when it expires; earlier ones are void."""
    expires = now_utc + LIFETIME
    audit.append(
        connection, by, "code_issued", "account", owner.login, {"purpose": purpose}, now_utc
    )
    return _store(connection, purpose, owner.account, expires), expires


def issue_setup(connection: Connection) -> str:
    """A fresh code for the first administrator; earlier ones are void."""
    return _store(connection, Purpose.SETUP, None, None)


def _store(
    connection: Connection, purpose: Purpose, account: int | None, expires: datetime | None
) -> str:
    """A random code, in groups of four; its hash takes the place of the ones before."""
    signs = "".join(secrets.choice(LETTERS) for _ in range(SIGNS))
    same = one_time_codes.c.account.is_not_distinct_from(account)
    connection.execute(delete(one_time_codes).where(same))
    values = {
        "code_hash": hashed(signs), "account": account, "purpose": purpose, "expires_utc": expires,
    }  # fmt: skip
    connection.execute(one_time_codes.insert().values(values))
    return "-".join(signs[at : at + 4] for at in range(0, SIGNS, 4))


def look(connection: Connection, code: str, now_utc: datetime) -> Code | None:
    """What a code stands for; None when it is none, was used or has expired."""
    c = one_time_codes.c
    row = connection.execute(
        select(c.purpose, c.account, c.expires_utc).where(c.code_hash == _hashed(code))
    ).first()
    if row is None or (row.expires_utc is not None and row.expires_utc <= now_utc):
        return None
    return Code(Purpose(row.purpose), row.account)


def take(connection: Connection, code: str, now_utc: datetime) -> Code | None:
    """The same, and from now on it is used."""
    found = look(connection, code, now_utc)
    if found is not None:
        used = one_time_codes.c.code_hash == _hashed(code)
        if connection.execute(delete(one_time_codes).where(used)).rowcount == 0:
            return None  # another station on this database was quicker
    return found


def _hashed(code: str) -> str:
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashed(signs.translate(MISREAD))
