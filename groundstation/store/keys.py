"""Keys of machines: vehicles that report, and programs that read hotspots."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from groundstation.access.account import Account
from groundstation.access.roles import Role
from groundstation.access.words import ACCESS
from groundstation.store import audit
from groundstation.store.sessions import hashed
from groundstation.store.tables import machine_keys
from groundstation.words import Refusal

TOUCH = timedelta(minutes=10)
"""How exactly the last use is known."""
PREFIX = "kedrovka_"
"""So that people, and programs that look for leaked secrets, recognise one."""


@dataclass(frozen=True, slots=True)
class Key:
    """A machine's key; the secret itself is told once and not kept."""

    key: int
    name: str
    system_id: int | None
    """The only vehicle it may report for; None: any."""
    reads: bool
    """True: it reads hotspots and vehicles; False: it reports them."""
    created_utc: datetime
    created_by: str
    used_utc: datetime | None
    revoked_utc: datetime | None

    def as_account(self) -> Account:
        """A machine that reads may what a guest may."""
        return Account(f"key:{self.name}", self.name, Role.GUEST, key=self.key)

    def check(self, system_id: int) -> None:
        """Refusal when it may not speak for that vehicle."""
        if self.system_id is not None and self.system_id != system_id:
            raise Refusal(ACCESS, "other_vehicle", 403, system_id=self.system_id)


COLUMNS = [machine_keys.c[name] for name in Key.__slots__]


def add(
    connection: Connection,
    by: Account,
    name: str,
    now_utc: datetime,
    system_id: int | None = None,
    reads: bool = False,
) -> tuple[Key, str]:
    """A new key and its secret."""
    secret = PREFIX + secrets.token_urlsafe(32)
    values = {
        "name": name, "system_id": system_id, "reads": reads,
        "created_utc": now_utc, "created_by": by.login,
    }  # fmt: skip
    made = connection.execute(machine_keys.insert().values(values | {"key_hash": hashed(secret)}))
    key = made.inserted_primary_key
    assert key is not None
    detail = {"name": name, "system_id": system_id, "reads": reads}
    audit.append(connection, by, "key_issued", "key", str(key[0]), detail, now_utc)
    stored = connection.execute(select(*COLUMNS).where(machine_keys.c.key == key[0])).one()
    return Key(*stored), secret


def revoke(connection: Connection, by: Account, key: int, now_utc: datetime) -> Key:
    """Good for nothing from now on; Refusal for a key nobody issued."""
    this = machine_keys.c.key == key
    row = connection.execute(select(*COLUMNS).where(this)).first()
    if row is None:
        raise Refusal(ACCESS, "no_key", 404, key=key)
    if row.revoked_utc is None:
        connection.execute(machine_keys.update().where(this).values(revoked_utc=now_utc))
        audit.append(connection, by, "key_revoked", "key", str(key), {"name": row.name}, now_utc)
    return Key(*connection.execute(select(*COLUMNS).where(this)).one())


def find(connection: Connection) -> list[Key]:
    """All that were ever issued, newest first."""
    rows = connection.execute(select(*COLUMNS).order_by(machine_keys.c.key.desc()))
    return [Key(*row) for row in rows]


def look(connection: Connection, secret: str) -> Key | None:
    """The key with that secret, unless it was revoked."""
    same = machine_keys.c.key_hash == hashed(secret), machine_keys.c.revoked_utc.is_(None)
    row = connection.execute(select(*COLUMNS).where(*same)).first()
    return None if row is None else Key(*row)


def touch(connection: Connection, key: int, now_utc: datetime) -> None:
    """It was used just now."""
    this = machine_keys.c.key == key
    connection.execute(machine_keys.update().where(this).values(used_utc=now_utc))
