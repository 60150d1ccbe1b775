"""The web application: REST and live events under /api/v1, /healthz, and the page at /."""

from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, Response
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from groundstation.access.routes import ROUTES
from groundstation.api import (
    accounts,
    audit,
    common,
    counts,
    dock,
    drafts,
    effort,
    exports,
    health,
    hotspots,
    imports,
    keys,
    model,
    observations,
    page,
    people,
    photographs,
    proposals,
    raids,
    reports,
    session,
    shell,
    sites,
    terms,
    units,
    vehicles,
)
from groundstation.api.doors import Doors
from groundstation.api.guard import Guard
from groundstation.config import GroundSettings
from groundstation.station import Station

PARTS = (
    session, accounts, keys, audit, hotspots, vehicles, page, dock, units, people, proposals,
    reports, imports, raids, observations, sites, terms, model, drafts,
    photographs, exports, effort, counts,
)  # fmt: skip
API = "/api/v1"
WEB = Path(__file__).parent / "web"


def create_app(settings: GroundSettings) -> FastAPI:
    """The application on an opened and migrated database; `server.serve` runs it.

    Raises StoreBroken when the database cannot be opened, ConfigError for a wrong setting.
    """
    if strays := [f"{method} {path}" for method, path in routes() if (method, path) not in ROUTES]:
        raise LookupError(f"access/routes.py does not say who may {', '.join(strays)}")
    station = Station(settings)
    app = FastAPI(
        title="Kedrovka ground station",
        version=station.version,
        description="Hotspots and vehicles: reports in, the ranger's map out. "
        "Every answer of 2xx to a report means: on disk.",
        docs_url=None,  # its assets come from the internet, which is not there
        redoc_url=None,
    )
    app.state.station = station
    common.install(app)
    app.add_middleware(Doors, station=station)
    app.add_middleware(Guard, host=settings.host, names=settings.names)
    for part in PARTS:
        app.include_router(part.router, prefix=API)
    app.include_router(health.router)
    app.include_router(shell.router)
    app.add_api_route("/", _index, include_in_schema=False, response_class=Response)
    app.mount("/", StaticFiles(directory=WEB, check_dir=False))
    return app


def routes() -> Iterator[tuple[str, str]]:
    """Method and path of everything under /api."""
    for part in PARTS:
        for route in part.router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, API + route.path


async def _index() -> Response:
    if not (WEB / "vendor" / "ol.js").is_file():
        text = "The page's libraries are not installed: run 'make web' (needs npm), then reload.\n"
        return PlainTextResponse(text, 503)
    if not (WEB / "index.html").is_file():
        return PlainTextResponse("This installation has no page: index.html is missing.\n", 503)
    return FileResponse(WEB / "index.html")
