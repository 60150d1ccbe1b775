"""What the routers share: the station behind a request, and refusals in clear words."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from groundstation.station import Station
from groundstation.store.errors import StoreUnavailable

MAX_JSON_BYTES = 64 * 1024
MAX_THUMBNAIL_BYTES = 256 * 1024
RETRY_AFTER_S = 5
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Times outside are no clock's, however wrong, and overflow elsewhere."""


def _station(request: Request) -> Station:
    station: Station = request.app.state.station
    return station


StationOf = Annotated[Station, Depends(_station)]


def check_times(**times: datetime | None) -> None:
    """Refuse, by name, a time that cannot be one."""
    for name, value in times.items():
        if value is not None and not EARLIEST <= value <= LATEST:
            raise HTTPException(422, [_problem(name, f"not between {EARLIEST.year} and 2200")])


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
        picture = scope["path"].endswith("/thumbnail")
        limit = MAX_THUMBNAIL_BYTES if picture else MAX_JSON_BYTES
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


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
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
    app.add_exception_handler(StoreUnavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
