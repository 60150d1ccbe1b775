"""Accounts: who may sign in, and as what. Every change is written into the audit log with it."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from groundstation.access.account import Account
from groundstation.access.roles import Role
from groundstation.access.words import ACCESS
from groundstation.store import audit
from groundstation.store.sessions import end_all
from groundstation.store.tables import accounts, people
from groundstation.words import Language, Refusal

LOGIN_MIN, LOGIN_MAX = 2, 40


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account without its secrets."""

    account: int
    login: str
    name: str
    role: Role
    person: int | None
    """Which of the people they are."""
    team: str | None
    language: Language
    active: bool
    has_password: bool
    """False: the one-time code that sets it was not used yet."""
    created_utc: datetime

    def as_account(self) -> Account:
        """Who asks, when they are signed in."""
        return Account(
            self.login, self.name, self.role, self.account, self.person, self.team, self.language
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator says of an account."""

    name: str
    role: Role
    person: int | None = None
    team: str | None = None
    active: bool = True


def normal_login(login: str) -> str:
    """A login as it is stored and compared: upper case, width and accents' spelling are one."""
    return unicodedata.normalize("NFKC", login).casefold().strip()


def add(
    connection: Connection,
    by: Account,
    login: str,
    wanted: Wanted,
    now_utc: datetime,
    language: Language = "ru",
) -> StoredAccount:
    """A new account without a password; Refusal when the login is taken or none."""
    normal = normal_login(login)
    signs = normal.replace(".", "").replace("-", "").replace("_", "")
    if not (LOGIN_MIN <= len(normal) <= LOGIN_MAX and signs.isalnum()):
        raise Refusal(ACCESS, "login_form", shortest=LOGIN_MIN, longest=LOGIN_MAX)
    if by_login(connection, normal) is not None:
        raise Refusal(ACCESS, "login_taken", 409, login=normal)
    _check_person(connection, wanted.person)
    values = _values(wanted) | {
        "login": normal, "language": language, "created_utc": now_utc,
    }  # fmt: skip
    key = connection.execute(accounts.insert().values(values)).inserted_primary_key
    assert key is not None
    detail = {"login": normal, **_values(wanted)}
    audit.append(connection, by, "account_added", "account", normal, detail, now_utc)
    return _known(connection, key[0])


def change(
    connection: Connection, by: Account, account: int, wanted: Wanted, now_utc: datetime
) -> StoredAccount:
    """Another role, person, team or name, or off and on again; Refusal for the last
    administrator and for an account nobody has."""
    before = _known(connection, account)
    _check_person(connection, wanted.person)
    values = _values(wanted)
    pairs = {k: [getattr(before, k), v] for k, v in values.items()}
    changed = {k: pair for k, pair in pairs.items() if pair[0] != pair[1]}
    if not changed:
        return before
    connection.execute(accounts.update().where(accounts.c.account == account).values(values))
    if before.role is Role.ADMINISTRATOR and not administrator_exists(connection):
        raise Refusal(ACCESS, "last_administrator", 409)
    if not wanted.active:
        end_all(connection, account)
    audit.append(connection, by, "account_changed", "account", before.login, changed, now_utc)
    return _known(connection, account)


def administrator_exists(connection: Connection) -> bool:
    """Whether somebody can sign in who may make others' accounts."""
    a = accounts.c
    able = a.role == Role.ADMINISTRATOR, a.active.is_(True), a.password.is_not(None)
    return connection.execute(select(a.account).where(*able).limit(1)).first() is not None


def find(connection: Connection) -> list[StoredAccount]:
    """Everybody, by name."""
    rows = connection.execute(select(accounts).order_by(accounts.c.name, accounts.c.login))
    return [_stored(row) for row in rows]


def get(connection: Connection, account: int) -> StoredAccount | None:
    """One account."""
    row = connection.execute(select(accounts).where(accounts.c.account == account)).first()
    return None if row is None else _stored(row)


def by_login(connection: Connection, login: str) -> StoredAccount | None:
    """One account by its login, however it is written."""
    same = accounts.c.login == normal_login(login)
    row = connection.execute(select(accounts).where(same)).first()
    return None if row is None else _stored(row)


def password_hash(connection: Connection, login: str) -> str | None:
    """Of an account that may sign in; None for every other, known or not."""
    same = accounts.c.login == normal_login(login), accounts.c.active.is_(True)
    return connection.scalar(select(accounts.c.password).where(*same))


def put_password(connection: Connection, account: int, hashed: str) -> None:
    """Store argon2's text."""
    this = accounts.c.account == account
    connection.execute(accounts.update().where(this).values(password=hashed))


def put_language(connection: Connection, account: int, language: Language) -> None:
    """In which language they are spoken to."""
    this = accounts.c.account == account
    connection.execute(accounts.update().where(this).values(language=language))


def take_notice(connection: Connection, account: int) -> str | None:
    """What they must be told, once."""
    this = accounts.c.account == account
    notice = connection.scalar(select(accounts.c.notice).where(this))
    if notice is not None:
        connection.execute(accounts.update().where(this).values(notice=None))
    return notice


def _values(wanted: Wanted) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in Wanted.__slots__}


def _check_person(connection: Connection, person: int | None) -> None:
    if person is None:
        return
    if connection.scalar(select(people.c.person).where(people.c.person == person)) is None:
        raise Refusal(ACCESS, "no_person", 404, person=person)


def _known(connection: Connection, account: int) -> StoredAccount:
    stored = get(connection, account)
    if stored is None:
        raise Refusal(ACCESS, "no_account", 404, account=account)
    return stored


def _stored(row: Row[Any]) -> StoredAccount:
    return StoredAccount(
        account=row.account,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        person=row.person,
        team=row.team,
        language="en" if row.language == "en" else "ru",
        active=row.active,
        has_password=row.password is not None,
        created_utc=row.created_utc,
    )
