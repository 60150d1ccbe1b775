"""Lets in whom `access.routes` lets in, before a body is read or a handler runs.

People come with the cookie of a session, and with its CSRF token in a header for whatever
changes something; machines come with `Authorization: Bearer KEY`. A path under /api that the
table does not have is not there. Until there is an administrator only the page's settings and the
one-time code are answered, and vehicles on this very machine may report: no fire waits for us.
"""

import hmac
import ipaddress
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse
from sqlalchemy import Connection
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from groundstation.access.remembered import PATIENCE_S
from groundstation.access.roles import May
from groundstation.access.routes import ROUTES, Door, Needs
from groundstation.access.words import ACCESS
from groundstation.api import cookie
from groundstation.api.common import refused, unavailable
from groundstation.station import Station
from groundstation.store import accounts, keys, sessions
from groundstation.store.errors import StoreUnavailable
from groundstation.store.keys import Key
from groundstation.store.sessions import Session, Verdict
from groundstation.store.writer import DEADLINE_S
from groundstation.words import Refusal

T = TypeVar("T")
CSRF_HEADER = "x-kedrovka-csrf"
READING = {"GET", "HEAD"}
OPEN_IN_SETUP = {"/api/v1/settings", "/api/v1/session/code"}
AGENT_CHARACTERS = 400

log = logging.getLogger(__name__)


class Doors:
    """In front of every route under /api."""

    def __init__(self, app: ASGIApp, station: Station) -> None:
        self._app = app
        self._station = station
        # Paths without parameters first: `/model/history` is not `/model/{something}`.
        ordered = sorted(ROUTES, key=lambda route: (route[1].count("{"), route))
        self._patterns = [(route, compile_path(route[1])[0]) for route in ordered]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        route = self._route(scope["method"], scope["path"])
        if route is None:
            await self._nothing(scope["path"])(scope, receive, send)
            return
        scope["door"] = route
        try:
            fresh = await self._admit(request, route[1], ROUTES[route])
        except Refusal as refusal:
            await refused(request, refusal)(scope, receive, send)
            return
        except StoreUnavailable as error:
            await (await unavailable(request, error))(scope, receive, send)
            return
        if fresh is None:
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # A sign-out, or a sign-in, has said its own.
                if "set-cookie" not in headers:
                    headers.append("set-cookie", cookie.text(request, fresh))
            await send(message)

        await self._app(scope, receive, with_cookie)

    def _route(self, method: str, path: str) -> tuple[str, str] | None:
        for route, pattern in self._patterns:
            if route[0] == method and pattern.match(path):
                return route
        return None

    def _nothing(self, path: str) -> Response:
        methods = {route[0] for route, pattern in self._patterns if pattern.match(path)}
        if not methods:
            return JSONResponse({"detail": "Not Found"}, 404)
        allow = {"Allow": ", ".join(sorted(methods))}
        return JSONResponse({"detail": "Method Not Allowed"}, 405, allow)

    async def _admit(self, request: Request, path: str, needs: Needs) -> str | None:
        """Note who asks in the request's state; a fresh token for the cookie when it is time."""
        if self._station.setup and await self._still_setup():
            if path not in OPEN_IN_SETUP and not (needs is Door.MACHINE and _is_here(request)):
                raise Refusal(ACCESS, "setup", 401)
            return None
        if needs is Door.PUBLIC:
            return None
        if needs is Door.MACHINE:
            request.state.key = await self._key(request, reads=False)
            return None
        return await self._person(request, needs)

    async def _still_setup(self) -> bool:
        """The first administrator may be made on the command line meanwhile."""
        self._station.setup = not await self._station.store.read(accounts.administrator_exists)
        return self._station.setup

    async def _person(self, request: Request, needs: Needs) -> str | None:
        token, fresh = request.cookies.get(cookie.NAME), None
        if token is not None:
            session, fresh = await self._session(request, token)
            if request.method not in READING:
                given = request.headers.get(CSRF_HEADER, "")
                if not hmac.compare_digest(given.encode(), session.csrf.encode()):
                    raise Refusal(ACCESS, "csrf", 403)
            request.state.session = session
            request.state.account = session.account
        elif "authorization" in request.headers:
            request.state.account = (await self._key(request, reads=True)).as_account()
        else:
            raise Refusal(ACCESS, "sign_in", 401)
        if isinstance(needs, May) and not request.state.account.may(needs):
            raise Refusal(ACCESS, "forbidden", 403)
        return fresh

    async def _session(self, request: Request, token: str) -> tuple[Session, str | None]:
        """The session of a token, and a fresh token when it is time; Refusal when it is none."""
        found = await self._look(request, token)
        if found is None:
            raise Refusal(ACCESS, "sign_in", 401)
        note, number, now = self._note, found.session, self._station.clock()
        account, address = found.account, address_of(request)
        if found.verdict is Verdict.STOLEN:
            await note(lambda c: sessions.report_stolen(c, account, address, now))
        elif found.verdict is Verdict.OTHER_AGENT:
            await note(lambda c: sessions.end_astray(c, found, address, now))
        elif found.verdict is Verdict.CONFIRM:
            await note(lambda c: sessions.confirm(c, number, token, now))
        elif found.verdict is Verdict.TOUCH:
            await note(lambda c: sessions.touch(c, number, now))
        elif found.verdict is Verdict.OFFER:
            return found, await note(lambda c: sessions.offer(c, number, now))
        if found.verdict in sessions.REFUSED:
            raise Refusal(ACCESS, "sign_in", 401)
        return found, None

    async def _look(self, request: Request, token: str) -> Session | None:
        """What the database knows of a token; while it is away, what it knew lately."""
        station, hashed = self._station, sessions.hashed(token)
        now, agent, lifetimes = station.clock(), agent_of(request), station.lifetimes()
        known = station.remembered.get(hashed)
        patience_s = DEADLINE_S if known is None else PATIENCE_S
        try:
            found = await station.store.read(
                lambda c: sessions.look(c, token, agent, lifetimes, now), patience_s
            )
        except StoreUnavailable:
            if known is None:
                raise
            return replace(known, verdict=Verdict.FINE)
        if found is None or found.verdict in sessions.REFUSED:
            station.remembered.forget(hashed)
        else:
            station.remembered.put(hashed, found)
        return found

    async def _note(self, work: Callable[[Connection], T]) -> T | None:
        """Write something about a session down; a full disk must not lock its owner out."""
        try:
            return await self._station.store.write(work, PATIENCE_S)
        except StoreUnavailable as error:
            log.warning("the use of a session is not noted: %s", error)
            return None

    async def _key(self, request: Request, reads: bool) -> Key:
        """The key of a machine that reads, or of one that reports; Refusal without it."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        now = self._station.clock()
        found = None
        if scheme.lower() == "bearer" and secret:
            found = await self._station.store.read(lambda c: keys.look(c, secret.strip()))
        if found is None:
            raise Refusal(ACCESS, "key", 401)
        if found.reads != reads:
            raise Refusal(ACCESS, "forbidden", 403)
        number = found.key
        if found.used_utc is None or now - found.used_utc > keys.TOUCH:
            await self._note(lambda c: keys.touch(c, number, now))
        return found


def agent_of(request: Request) -> str:
    """What the browser calls itself."""
    return request.headers.get("user-agent", "")[:AGENT_CHARACTERS]


def address_of(request: Request) -> str:
    """Where the request came from; a proxy on this machine is believed."""
    return request.client.host if request.client is not None else ""


def _is_here(request: Request) -> bool:
    """Whether it came from this machine."""
    try:
        return ipaddress.ip_address(address_of(request)).is_loopback
    except ValueError:
        return False
