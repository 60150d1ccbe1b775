"""The web application: REST and live events under /api/v1, /healthz, and the page at /."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, Response
from fastapi.routing import iter_route_contexts
from fastapi.staticfiles import StaticFiles

from groundstation.access.routes import ROUTES
from groundstation.api import (
    accounts,
    audit,
    common,
    dock,
    health,
    hotspots,
    imports,
    keys,
    page,
    people,
    proposals,
    reports,
    session,
    units,
    vehicles,
)
from groundstation.api.doors import Doors
from groundstation.api.guard import Guard
from groundstation.config import GroundSettings
from groundstation.station import Station

PARTS = (
    session, accounts, keys, audit, hotspots, vehicles, page, dock, units, people, proposals,
    reports, imports,
)  # fmt: skip
WEB = Path(__file__).parent / "web"


def create_app(settings: GroundSettings) -> FastAPI:
    """The application on an opened and migrated database; `server.serve` runs it.

    Raises StoreBroken when the database cannot be opened, ConfigError for a wrong setting.
    """
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
    api = APIRouter(prefix="/api/v1")
    for part in PARTS:
        api.include_router(part.router)
    app.include_router(api)
    app.include_router(health.router)
    app.add_api_route("/", _index, include_in_schema=False, response_class=Response)
    app.mount("/", StaticFiles(directory=WEB, check_dir=False))
    _check_doors(app)
    return app


def _check_doors(app: FastAPI) -> None:
    """Every route has its row in the table of who may what."""
    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        for method in route.methods or ():
            if path.startswith("/api/") and (method, path) not in ROUTES:
                raise LookupError(f"access/routes.py does not say who may {method} {path}")


async def _index() -> Response:
    if not (WEB / "vendor" / "ol.js").is_file():
        text = "The page's libraries are not installed: run 'make web' (needs npm), then reload.\n"
        return PlainTextResponse(text, 503)
    if not (WEB / "index.html").is_file():
        return PlainTextResponse("This installation has no page: index.html is missing.\n", 503)
    return FileResponse(WEB / "index.html")
