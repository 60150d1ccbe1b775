"""Wrong passwords: who tries too often has to wait, longer each time.

Counted by login, known or not, so that nobody learns which exist, and by address. An attempt
counts as failed before the password is looked at: a thousand at once are a thousand. Kept in the
database, so that a restart forgives nothing.
"""

import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from groundstation.store.accounts import normal_login
from groundstation.store.tables import sign_in_failures

FIRST_WAIT_S, LONGEST_WAIT_S = 15, 900
FORGOTTEN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Counted:
    """Something attempts are counted by."""

    subject: str
    free: int
    """So many failures cost nothing; several people may share an address."""


def counted_by(login: str | None, address: str) -> list[Counted]:
    """What an attempt counts against; without a login, as with a code, only its address."""
    by_address = Counted(f"address:{_network(address)}", 20)
    return [by_address] if login is None else [Counted(f"login:{login_key(login)}", 5), by_address]


def login_key(login: str) -> str:
    """As much of a login as is kept; longer ones belong to nobody."""
    return normal_login(login)[:100]


def attempt(connection: Connection, subjects: Sequence[Counted], now_utc: datetime) -> int | None:
    """Count an attempt; seconds to wait when it may not be made now, else None."""
    f = sign_in_failures.c
    connection.execute(delete(sign_in_failures).where(f.last_utc < now_utc - FORGOTTEN))
    names = [counted.subject for counted in subjects]
    known = {
        row.subject: row
        for row in connection.execute(select(sign_in_failures).where(f.subject.in_(names)))
    }
    waits: list[float] = [
        (row.locked_until_utc - now_utc).total_seconds()
        for row in known.values()
        if row.locked_until_utc is not None and row.locked_until_utc > now_utc
    ]
    if waits:
        return math.ceil(max(waits))
    for counted in subjects:
        row = known.get(counted.subject)
        _store(connection, counted, (row.failures if row else 0) + 1, now_utc)
    return None


def succeeded(connection: Connection, subjects: Sequence[Counted], now_utc: datetime) -> None:
    """The attempt was good: the login is forgiven, the address only this one attempt.

    Else whoever has an account of their own could forgive their address as often as they like.
    """
    f = sign_in_failures.c
    for counted in subjects:
        this = f.subject == counted.subject
        failures = connection.scalar(select(f.failures).where(this)) or 0
        if counted.subject.startswith("login:") or failures <= 1:
            connection.execute(delete(sign_in_failures).where(this))
        else:
            _store(connection, counted, failures - 1, now_utc)


def wait_s(failures: int, free: int) -> int:
    """How long to wait after so many failures."""
    beyond = failures - free - 1
    return 0 if beyond < 0 else min(FIRST_WAIT_S << min(beyond, 10), LONGEST_WAIT_S)


def _store(connection: Connection, counted: Counted, failures: int, now_utc: datetime) -> None:
    wait = wait_s(failures, counted.free)
    until = now_utc + timedelta(seconds=wait) if wait else None
    values = {"failures": failures, "last_utc": now_utc, "locked_until_utc": until}
    this = sign_in_failures.c.subject == counted.subject
    changed = connection.execute(sign_in_failures.update().where(this).values(values))
    if changed.rowcount == 0:
        row = values | {"subject": counted.subject}
        connection.execute(sign_in_failures.insert().values(row))


def _network(address: str) -> str:
    """The address; of IPv6 the /64, which one household has whole."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if parsed.version == 6:
        return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
    return str(parsed)
