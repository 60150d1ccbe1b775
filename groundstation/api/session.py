"""/api/v1/session and /me: signing in and out, and who one is.

POST   /session {"login", "password"}     Me, and the cookie; 401 "wrong" whatever was wrong;
                                          429 "locked" with {"seconds"} after many failures
POST   /session/code {"code", "login", "name", "password"}
                                          a one-time code: makes the first administrator (all
                                          four), or sets a forgotten password (code, password),
                                          or, a code for entry, signs in (code alone); Me and the
                                          cookie; `restart` says when a restart is needed
DELETE /session                           signs out; 204
GET    /me                                Me; 401 "sign_in", or "setup" while there is no
                                          administrator
POST   /me/password {"old", "new"}        other sessions of the account end; 204
POST   /me/language {"language"}          "ru" or "en"; Me

Me is {"login", "name", "role", "scope", "may": [...], "person", "team", "language", "csrf",
"notice", "restart"}; `csrf` goes into the header X-Kedrovka-CSRF of every request of the page
that changes something; `notice` is told once, after a session was stolen.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from groundstation.access.account import Account
from groundstation.access.passwords import check_password
from groundstation.access.roles import RIGHTS, May, Role, Scope
from groundstation.access.words import ACCESS
from groundstation.api import cookie
from groundstation.api.common import LanguageOf, SessionOf, StationOf
from groundstation.api.doors import address_of, agent_of
from groundstation.station import Station
from groundstation.store import accounts, audit, codes, lockout, sessions
from groundstation.store.accounts import Wanted
from groundstation.store.codes import Code, Purpose
from groundstation.store.lockout import Counted
from groundstation.store.sessions import Opened
from groundstation.words import Language, Refusal, say

router = APIRouter(tags=["access"])
log = logging.getLogger(__name__)

Login = Annotated[str, Field(max_length=200)]
Password = Annotated[str, Field(max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who, and the proof."""

    login: Login
    password: Password


@dataclass(frozen=True, slots=True)
class WithCode:
    """A one-time code and what it is to do."""

    code: Annotated[str, Field(max_length=80)]
    login: Login | None = None
    name: Name | None = None
    password: Password | None = None


@dataclass(frozen=True, slots=True)
class NewPassword:
    """Of oneself."""

    old: Password
    new: Password


@dataclass(frozen=True, slots=True)
class Spoken:
    """In which language to answer."""

    language: Language


@dataclass(frozen=True, slots=True)
class Me:
    """Who one is, and what one may."""

    login: str
    name: str
    role: Role
    scope: Scope
    may: Sequence[May]
    person: int | None
    team: str | None
    language: Language
    csrf: str
    notice: str | None = None
    restart: str | None = None


def me_of(account: Account, csrf: str) -> Me:
    """For the page."""
    may = sorted(RIGHTS[account.role].may)
    return Me(
        account.login, account.name, account.role, account.scope, may,
        account.person, account.team, account.language, csrf,
    )  # fmt: skip


@router.post("/session")
async def sign_in(body: SignIn, request: Request, response: Response, station: StationOf) -> Me:
    """Sign in with login and password."""
    counted = lockout.counted_by(body.login, address_of(request))
    await _count(station, counted)
    stored = await station.store.read(lambda c: accounts.password_hash(c, body.login))
    if not await station.passwords.verify(stored, body.password):
        raise Refusal(ACCESS, "wrong", 401)
    assert stored is not None
    stronger = None
    if station.passwords.is_outdated(stored):
        stronger = await station.passwords.hash(body.password)
    now, agent, address = station.clock(), agent_of(request), address_of(request)

    def work(connection: Connection) -> tuple[Account, Opened, str | None]:
        # Once more: it may have been changed, or switched off, while it was looked at.
        if accounts.password_hash(connection, body.login) != stored:
            raise Refusal(ACCESS, "wrong", 401)
        known = accounts.by_login(connection, body.login)
        assert known is not None
        lockout.succeeded(connection, counted, now)
        if stronger is not None:
            accounts.put_password(connection, known.account, stronger)
        return _open(connection, known.as_account(), "signed_in", agent, address, now)

    account, opened, notice = await station.store.write(work)
    return _welcome(request, response, account, opened, notice)


@router.post("/session/code")
async def with_code(
    body: WithCode, request: Request, response: Response, station: StationOf, language: LanguageOf
) -> Me:
    """Use a one-time code."""
    counted = lockout.counted_by(None, address_of(request))
    await _count(station, counted)
    now, agent, address = station.clock(), agent_of(request), address_of(request)
    known = await station.store.read(lambda c: _code(codes.look(c, body.code, now)))
    login = await _check(station, known, body)
    password = await station.passwords.hash(body.password) if body.password else None

    def work(connection: Connection) -> tuple[Account, Opened, str | None]:
        if _code(codes.take(connection, body.code, now)) != known:
            raise Refusal(ACCESS, "code")
        lockout.succeeded(connection, counted, now)
        if known.account is None:
            account = _first_administrator(connection, body, language, now)
        else:
            account = _active(connection, known.account)
        assert account.account is not None
        if known.purpose is not Purpose.ENTRY and password is not None:
            accounts.put_password(connection, account.account, password)
            sessions.end_all(connection, account.account)
            lockout.succeeded(connection, lockout.counted_by(login, address)[:1], now)
        return _open(connection, account, "code_used", agent, address, now)

    account, opened, notice = await station.store.write(work)
    me = _welcome(request, response, account, opened, notice)
    restart = station.restart_needed() if known.purpose is Purpose.SETUP else None
    if restart is None:
        return me
    log.warning(say(ACCESS, "restart", "en", host=restart))
    return replace(me, restart=say(ACCESS, "restart", account.language, host=restart))


@router.delete("/session", status_code=204)
async def sign_out(
    request: Request, response: Response, station: StationOf, session: SessionOf
) -> None:
    """Sign out."""
    now = station.clock()

    def work(connection: Connection) -> None:
        sessions.end(connection, session.session)
        who = session.account
        audit.append(connection, who, "signed_out", "account", who.login, {}, now)

    await station.store.write(work)
    station.remembered.clear()
    cookie.take(request, response)


@router.get("/me")
async def me(session: SessionOf) -> Me:
    """Who one is."""
    return me_of(session.account, session.csrf)


@router.post("/me/password", status_code=204)
async def change_password(
    body: NewPassword, request: Request, station: StationOf, session: SessionOf
) -> None:
    """Another password; whoever else was signed in with the old one no longer is."""
    account = session.account
    counted = lockout.counted_by(account.login, address_of(request))
    await _count(station, counted)
    stored = await station.store.read(lambda c: accounts.password_hash(c, account.login))
    # An account that only ever came in by a code for entry has no old password.
    if stored is not None and not await station.passwords.verify(stored, body.old):
        raise Refusal(ACCESS, "wrong_old", 403)
    check_password(body.new, account.login)
    hashed, now = await station.passwords.hash(body.new), station.clock()

    def work(connection: Connection) -> None:
        assert account.account is not None
        lockout.succeeded(connection, counted, now)
        accounts.put_password(connection, account.account, hashed)
        ended = sessions.end_all(connection, account.account, but=session.session)
        detail = {"sessions_ended": ended}
        action = "password_changed"
        audit.append(connection, account, action, "account", account.login, detail, now)

    await station.store.write(work)
    station.remembered.clear()


@router.post("/me/language")
async def change_language(body: Spoken, station: StationOf, session: SessionOf) -> Me:
    """Another language."""
    number = session.account.account
    assert number is not None
    await station.store.write(lambda c: accounts.put_language(c, number, body.language))
    return me_of(replace(session.account, language=body.language), session.csrf)


async def _count(station: Station, counted: Sequence[Counted]) -> None:
    now = station.clock()
    seconds = await station.store.write(lambda c: lockout.attempt(c, counted, now))
    if seconds is not None:
        raise Refusal(ACCESS, "locked", 429, seconds=seconds)


def _code(code: Code | None) -> Code:
    if code is None:
        raise Refusal(ACCESS, "code")
    return code


async def _check(station: Station, code: Code, body: WithCode) -> str:
    """Whether all that the code needs is there; the login it is for."""
    if code.account is None:
        if not (body.login and body.name and body.password):
            raise Refusal(ACCESS, "code_needs")
        login = body.login
    else:
        number = code.account
        known = await station.store.read(lambda c: _active(c, number))
        login = known.login
        if code.purpose is Purpose.PASSWORD and not body.password:
            raise Refusal(ACCESS, "code_needs")
    if code.purpose is not Purpose.ENTRY:
        check_password(body.password or "", accounts.normal_login(login))
    return login


def _active(connection: Connection, number: int) -> Account:
    known = accounts.get(connection, number)
    if known is None or not known.active:
        raise Refusal(ACCESS, "code")
    return known.as_account()


def _first_administrator(
    connection: Connection, body: WithCode, language: Language, now: datetime
) -> Account:
    if accounts.administrator_exists(connection):
        raise Refusal(ACCESS, "setup_done", 409)
    assert body.login is not None
    assert body.name is not None
    name = body.name.strip()
    by = Account(accounts.normal_login(body.login), name, Role.ADMINISTRATOR)
    wanted = Wanted(name, Role.ADMINISTRATOR)
    return accounts.add(connection, by, body.login, wanted, now, language).as_account()


def _open(
    connection: Connection, account: Account, action: str, agent: str, address: str, now: datetime
) -> tuple[Account, Opened, str | None]:
    assert account.account is not None
    detail = {"address": address}
    audit.append(connection, account, action, "account", account.login, detail, now)
    opened = sessions.open_session(connection, account.account, agent, now)
    return account, opened, accounts.take_notice(connection, account.account)


def _welcome(
    request: Request, response: Response, account: Account, opened: Opened, notice: str | None
) -> Me:
    cookie.give(request, response, opened.token)
    me = me_of(account, opened.csrf)
    return replace(me, notice=say(ACCESS, notice, account.language)) if notice else me
