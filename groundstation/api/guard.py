"""Keeps other people's web pages away from the station, and the page to itself.

A hostile page open in the ranger's browser can post to this address (cross-site request), or
point a name of its own at it (DNS rebinding). A browser says in `Origin` whose page asks, and in
`Host` by which name. Vehicles are no browsers: they post without `Origin` and are never refused.

Sources: RFC 6454 (Origin), RFC 9110 section 15.5.20 (421), W3C Content Security Policy Level 3.
"""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READING = {"GET", "HEAD"}
LOCAL_SUFFIXES = (".localhost", ".local", ".lan", ".home", ".internal", ".localdomain", ".arpa")
"""No stranger can register a name under these, nor one without a dot."""
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    # Asked again every time (304): after an update no page is put together from two versions.
    "Cache-Control": "no-cache",
}


class Guard:
    """Refuses foreign origins and foreign names; adds the headers that confine the page."""

    def __init__(self, app: ASGIApp, host: str, names: Iterable[str]) -> None:
        self._app = app
        self._public = {name.lower() for name in names}
        own = (host, socket.gethostname(), socket.getfqdn())
        self._names = self._public | {name.lower() for name in own}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def confined(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, confined)

    def _refusal(self, method: str, headers: Headers) -> JSONResponse | None:
        origin, host = headers.get("origin"), headers.get("host", "")
        if origin is None and method not in READING:
            return None  # every browser names the origin of what changes something
        name = _name(f"//{host}")
        if not self._ours(name):
            text = f"{name!r:.80} is not a name of this station; see 'names' in its configuration"
            return JSONResponse({"detail": text}, 421)
        if method in READING or origin is None or origin.partition("//")[2] == host:
            return None
        if _name(origin) in self._public:
            return None  # a proxy in between gave the request another Host
        return JSONResponse({"detail": f"a page of {origin!r:.80} has no say here"}, 403)

    def _ours(self, name: str) -> bool:
        if "." not in name.rstrip(".") or name in self._names or name.endswith(LOCAL_SUFFIXES):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _name(url: str) -> str:
    """The host's name in a URL, lower case; empty when there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return "a broken name"
