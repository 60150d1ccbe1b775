"""What the routers share: the station behind a request, who asks, and refusals in clear words."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from groundstation.access.account import Account
from groundstation.access.routes import BODY_BYTES, USUAL_BODY_BYTES
from groundstation.access.words import ACCESS
from groundstation.station import Station
from groundstation.store.errors import StoreUnavailable
from groundstation.store.keys import Key
from groundstation.store.sessions import Session
from groundstation.words import Language, Refusal

RETRY_AFTER_S = 5
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Times outside are no clock's, however wrong, and overflow elsewhere."""


def _station(request: Request) -> Station:
    station: Station = request.app.state.station
    return station


StationOf = Annotated[Station, Depends(_station)]


def _account(request: Request) -> Account:
    """Whom `api.doors` let in."""
    account: Account | None = getattr(request.state, "account", None)
    if account is None:
        raise Refusal(ACCESS, "sign_in", 401)
    return account


def _session(request: Request) -> Session:
    session: Session | None = getattr(request.state, "session", None)
    if session is None:
        raise Refusal(ACCESS, "sign_in", 401)
    return session


def _key(request: Request) -> Key | None:
    key: Key | None = getattr(request.state, "key", None)
    return key


def language_of(request: Request) -> Language:
    """The account's language; before somebody signs in, the first the browser asks for."""
    account: Account | None = getattr(request.state, "account", None)
    if account is not None:
        return account.language
    for wanted in request.headers.get("accept-language", "").lower().split(","):
        if wanted.strip().startswith("ru"):
            return "ru"
        if wanted.strip().startswith("en"):
            return "en"
    return _station(request).settings.station.languages[0]


AccountOf = Annotated[Account, Depends(_account)]
"""Who asks; the right the route needs has been looked at."""
SessionOf = Annotated[Session, Depends(_session)]
"""Of a person; a machine is refused."""
KeyOf = Annotated[Key | None, Depends(_key)]
"""Of a machine that reports; None on this very machine while the station is being set up."""
LanguageOf = Annotated[Language, Depends(language_of)]
"""In which to answer."""


def check_times(**times: datetime | None) -> None:
    """Refuse, by name, a time that cannot be one."""
    for name, value in times.items():
        if value is not None and not EARLIEST <= value <= LATEST:
            raise HTTPException(422, [_problem(name, f"not between {EARLIEST.year} and 2200")])


def parse_bbox(text: str) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees; 422 for what is none."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise HTTPException(422, f"bbox {text!r:.80}: not four numbers") from None
    if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90):
        raise HTTPException(422, f"bbox {text!r:.80}: not west,south,east,north in degrees")
    return west, south, east, north


def _problem(name: str, text: str) -> dict[str, object]:
    return {"loc": ["body", name], "msg": text, "type": "value_error"}


class BodyLimit:
    """Refuses a body above the limit before it is in memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = BODY_BYTES.get(scope.get("door", ("", "")), USUAL_BODY_BYTES)
        text = f"body larger than {limit // 1024} KiB"
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:18]) > limit:
            await JSONResponse({"detail": text}, 413)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413, text)
            return message

        await self._app(scope, counted, send)


def refused(request: Request, refusal: Refusal) -> JSONResponse:
    """The answer to what is not done."""
    values = jsonable_encoder(dict(refusal.values))
    body = {"code": refusal.code, "detail": refusal.text(language_of(request)), "values": values}
    wait = {"Retry-After": str(RETRY_AFTER_S)} if refusal.status == 503 else None
    return JSONResponse(body, refusal.status, wait)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return refused(request, error)


async def unavailable(_: Request, error: Exception) -> JSONResponse:
    """The answer while the database is not there."""
    text = f"not stored, send again later: {error}"
    return JSONResponse({"detail": text}, 503, {"Retry-After": str(RETRY_AFTER_S)})


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Which field and why; the value itself is left out, since NaN cannot be said in JSON."""
    assert isinstance(error, RequestValidationError)
    problems = [{key: e[key] for key in ("loc", "msg", "type")} for e in error.errors()]
    return JSONResponse({"detail": problems}, 422)


def install(app: FastAPI) -> None:
    """Give the app these limits and answers."""
    app.add_middleware(BodyLimit)
    app.add_exception_handler(StoreUnavailable, unavailable)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
