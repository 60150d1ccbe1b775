"""Sessions of people who are signed in, and how a stolen one is found out.

A session is known by a random token in a cookie; the database has its hash only. From time to
time a fresh token is offered. When the browser first comes with the fresh one, the older ones
are replaced: whoever brings a replaced token later than the grace for requests that were under
way has a copy, or the owner has and the fresh one is the thief's. Which of the two cannot be
told, so every session of that account ends. An offer that never arrived costs nothing: until it
is used, the old token stays good.

Source of the method: OAuth 2.0 Security Best Current Practice (RFC 9700), section 4.14.2,
refresh token rotation, with the offer confirmed by use because links at a station are bad.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select

from groundstation.access.account import Account
from groundstation.access.roles import Role
from groundstation.store import audit
from groundstation.store.tables import accounts, session_tokens, sessions
from groundstation.words import Language

GRACE = timedelta(seconds=60)
"""Requests with the older token may still be under way."""
OFFER_AGAIN = timedelta(seconds=60)
TOUCH = timedelta(minutes=5)
"""How exactly the last use is known: not every request writes."""
STOLEN = "stolen"


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions last."""

    idle: timedelta
    longest: timedelta
    renew: timedelta


class Verdict(StrEnum):
    """What to do with a request that brings a token."""

    FINE = "fine"
    TOUCH = "touch"
    """Fine, and the use is written down."""
    CONFIRM = "confirm"
    """Fine: the offered token came back, the older ones are replaced."""
    OFFER = "offer"
    """Fine, and it is time for a fresh token."""
    OVER = "over"
    """Too old, unused for too long, or the account is off."""
    OTHER_AGENT = "other_agent"
    """Brought by another browser."""
    STOLEN = "stolen"


REFUSED = {Verdict.OVER, Verdict.OTHER_AGENT, Verdict.STOLEN}


@dataclass(frozen=True, slots=True)
class Session:
    """What a token stands for."""

    session: int
    account: Account
    csrf: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Opened:
    """A fresh session; the token exists nowhere else."""

    session: int
    token: str
    csrf: str


def hashed(secret: str) -> str:
    """As random secrets are stored: they are too long to be guessed, so one hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_session(connection: Connection, account: int, agent: str, now_utc: datetime) -> Opened:
    """A session of that account for that browser."""
    csrf = secrets.token_urlsafe(32)
    values = {
        "account": account, "csrf": csrf, "agent_hash": hashed(agent),
        "created_utc": now_utc, "used_utc": now_utc,
    }  # fmt: skip
    key = connection.execute(sessions.insert().values(values)).inserted_primary_key
    assert key is not None
    return Opened(key[0], _add_token(connection, key[0], now_utc, used=True), csrf)


def look(
    connection: Connection, token: str, agent: str, lifetimes: Lifetimes, now_utc: datetime
) -> Session | None:
    """What a token stands for, as far as reading tells; None: nothing known."""
    s, t, a = sessions.c, session_tokens.c, accounts.c
    statement = (
        select(
            s.session, s.csrf, s.agent_hash, s.created_utc, s.used_utc,
            t.made_utc, t.used, t.replaced_utc,
            a.account, a.login, a.name, a.role, a.person, a.team, a.language, a.active,
        )
        .join(session_tokens, t.session == s.session)
        .join(accounts, a.account == s.account)
        .where(t.token_hash == hashed(token))
    )  # fmt: skip
    row = connection.execute(statement).first()
    if row is None:
        return None
    language: Language = "en" if row.language == "en" else "ru"
    account = Account(
        row.login, row.name, Role(row.role), row.account, row.person, row.team, language
    )
    return Session(row.session, account, row.csrf, _verdict(row, agent, lifetimes, now_utc))


def _verdict(
    row: Row[*tuple[Any, ...]], agent: str, lifetimes: Lifetimes, now_utc: datetime
) -> Verdict:
    if _is_over(row, lifetimes, now_utc):
        return Verdict.OVER
    if row.replaced_utc is not None and now_utc - row.replaced_utc > GRACE:
        return Verdict.STOLEN
    if not hmac.compare_digest(row.agent_hash, hashed(agent)):
        return Verdict.OTHER_AGENT
    if row.replaced_utc is not None:
        return Verdict.FINE
    if not row.used:
        return Verdict.CONFIRM
    if now_utc - row.made_utc > lifetimes.renew:
        return Verdict.OFFER
    return Verdict.TOUCH if now_utc - row.used_utc > TOUCH else Verdict.FINE


def still(
    connection: Connection, session: Session, lifetimes: Lifetimes, now_utc: datetime
) -> Verdict:
    """Whether a session that was let in before goes on, its account being what it was."""
    s, a = sessions.c, accounts.c
    row = connection.execute(
        select(s.created_utc, s.used_utc, a.active, a.role)
        .join(accounts, a.account == s.account)
        .where(s.session == session.session)
    ).first()
    if row is None or row.role != session.account.role or _is_over(row, lifetimes, now_utc):
        return Verdict.OVER
    return Verdict.TOUCH if now_utc - row.used_utc > TOUCH else Verdict.FINE


def _is_over(row: Row[*tuple[Any, ...]], lifetimes: Lifetimes, now_utc: datetime) -> bool:
    idle, age = now_utc - row.used_utc, now_utc - row.created_utc
    return not row.active or idle > lifetimes.idle or age > lifetimes.longest


def touch(connection: Connection, session: int, now_utc: datetime) -> None:
    """It was used just now."""
    this = sessions.c.session == session
    connection.execute(sessions.update().where(this).values(used_utc=now_utc))


def confirm(connection: Connection, session: int, token: str, now_utc: datetime) -> None:
    """The offered token came back: the others are replaced from now on."""
    t = session_tokens.c
    this = t.token_hash == hashed(token)
    connection.execute(session_tokens.update().where(this).values(used=True))
    others = t.session == session, t.token_hash != hashed(token), t.replaced_utc.is_(None)
    connection.execute(session_tokens.update().where(*others).values(replaced_utc=now_utc))
    touch(connection, session, now_utc)


def offer(connection: Connection, session: int, now_utc: datetime) -> str | None:
    """A fresh token; None when one was offered just before, to a request beside this one."""
    touch(connection, session, now_utc)
    t = session_tokens.c
    waiting = t.session == session, t.used.is_(False), t.made_utc > now_utc - OFFER_AGAIN
    if connection.execute(select(t.session).where(*waiting)).first() is not None:
        return None
    return _add_token(connection, session, now_utc, used=False)


def end(connection: Connection, session: int) -> None:
    """Forget one session."""
    connection.execute(delete(session_tokens).where(session_tokens.c.session == session))
    connection.execute(delete(sessions).where(sessions.c.session == session))


def end_all(connection: Connection, account: int, but: int | None = None) -> int:
    """Forget an account's sessions, or all but one; how many."""
    theirs = select(sessions.c.session).where(sessions.c.account == account)
    if but is not None:
        theirs = theirs.where(sessions.c.session != but)
    connection.execute(delete(session_tokens).where(session_tokens.c.session.in_(theirs)))
    return connection.execute(delete(sessions).where(sessions.c.session.in_(theirs))).rowcount


def end_astray(connection: Connection, session: Session, address: str, now_utc: datetime) -> None:
    """A session whose token another browser brings ends; its account goes on."""
    end(connection, session.session)
    account = session.account
    detail = {"address": address}
    action = "session_astray"
    audit.append(connection, account, action, "account", account.login, detail, now_utc)


def report_stolen(
    connection: Connection, account: Account, address: str, now_utc: datetime
) -> None:
    """Every session of the account ends; it is logged, and the person told at the next sign-in."""
    assert account.account is not None
    ended = end_all(connection, account.account)
    if ended == 0:
        return  # a request beside this one has reported it
    this = accounts.c.account == account.account
    connection.execute(accounts.update().where(this).values(notice=STOLEN))
    detail = {"address": address, "sessions_ended": ended}
    audit.append(connection, account, "session_stolen", "account", account.login, detail, now_utc)


def prune(connection: Connection, lifetimes: Lifetimes, now_utc: datetime) -> int:
    """Forget what is over; how many."""
    s = sessions.c
    idle, old = s.used_utc < now_utc - lifetimes.idle, s.created_utc < now_utc - lifetimes.longest
    over = select(s.session).where(or_(idle, old))
    connection.execute(delete(session_tokens).where(session_tokens.c.session.in_(over)))
    return connection.execute(delete(sessions).where(or_(idle, old))).rowcount


def _add_token(connection: Connection, session: int, now_utc: datetime, used: bool) -> str:
    token = secrets.token_urlsafe(32)
    values = {
        "token_hash": hashed(token), "session": session, "made_utc": now_utc, "used": used,
        "replaced_utc": None,
    }  # fmt: skip
    connection.execute(session_tokens.insert().values(values))
    return token
