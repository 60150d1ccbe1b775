"""Every route of the station, knocked at by everybody: a table written by hand, not by the code."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from groundstation import app as application
from groundstation.access.roles import Role
from groundstation.access.routes import ROUTES
from groundstation.app import create_app
from groundstation.config import GroundSettings

WHO = {
    "A": Role.ADMINISTRATOR,
    "H": Role.HEAD_OF_SECURITY,
    "N": Role.ANALYST,
    "L": Role.GROUP_LEADER,
    "I": Role.INSPECTOR,
    "U": Role.UAV_OPERATOR,
    "G": Role.GUEST,
}
# And a vehicle's key (v), a program's that reads (r), and whoever brings nothing (-).
EVERYBODY = "AHNLIUGvr-"

TABLE = """
    AHNLIUGvr-  GET    /settings
    AHNLIUGvr-  POST   /session
    AHNLIUGvr-  POST   /session/code
    AHNLIUG     DELETE /session
    AHNLIUG     GET    /me
    AHNLIUG     POST   /me/password
    AHNLIUG     POST   /me/language
    AHNLIUG     GET    /live
    AHNLIUGr    GET    /tiles/{z}/{x}/{y}.png

    A           GET    /accounts
    A           POST   /accounts
    A           POST   /accounts/{account}
    A           POST   /accounts/{account}/code
    A           GET    /keys
    A           POST   /keys
    A           DELETE /keys/{key}
    AH          GET    /audit

    v           POST   /hotspots
    v           PUT    /hotspots/{hotspot_id}/thumbnail
    v           POST   /vehicles/{system_id}/state
    v           POST   /vehicles/{system_id}/health
    AHNLIUGr    GET    /hotspots
    AHNLIUGr    GET    /hotspots/{hotspot_id}
    AHNLIUGr    GET    /hotspots/{hotspot_id}/thumbnail
    AHNLIUGr    GET    /vehicles
    AHNLIUGr    GET    /vehicles/{system_id}/trail
    AHLIU       POST   /hotspots/{hotspot_id}/acknowledge
    AHLIU       POST   /hotspots/{hotspot_id}/dismiss
    AHLIU       POST   /hotspots/{hotspot_id}/reopen

    AHLI        GET    /dock
    AHLI        POST   /dock/again
    AHLI        POST   /dock/units/{unit}/clear
    AHLI        GET    /units
    AHLI        GET    /units/{unit}
    AHLI        POST   /units/{unit}/label
    AHLI        POST   /units/{unit}/issue
    AHNLI       GET    /tracks
    AHNLI       GET    /tracks/{track}
    AHLI        GET    /waypoints
    AHLI        GET    /proposals
    AHLI        GET    /categories
    AHLI        GET    /drafts

    AHNLIU      GET    /people
    A           POST   /people
    A           POST   /people/{person}
    AHNLIU      GET    /terms
    A           PUT    /terms/{kind}/{key}
    AHNLIU      GET    /model
    AH          PUT    /model
    AHNLIU      GET    /model/history
    AHNLIU      GET    /model/model.xml
    AHNLIU      GET    /flaws

    AHNLIU      GET    /raids
    AHNLIU      GET    /raids/{raid_id}
    AHLIU       PUT    /raids/{raid_id}
    AH          POST   /raids/{raid_id}/withdraw
    AH          POST   /raids/{raid_id}/restore
    AHNLIU      GET    /raids/{raid_id}/history
    AHNLI       GET    /raids/{raid_id}/way
    AHNLIU      GET    /observations
    AHNLIU      GET    /observations/{observation_id}
    AHLIU       PUT    /observations/{observation_id}
    AH          POST   /observations/{observation_id}/withdraw
    AH          POST   /observations/{observation_id}/restore
    AHNLIU      GET    /observations/{observation_id}/history
    AHNLIU      GET    /sites
    AHNLIU      GET    /sites/{site_id}
    AHLIU       PUT    /sites/{site_id}
    AH          POST   /sites/{site_id}/withdraw
    AHNLIU      GET    /photographs
    AHNLIU      GET    /photographs/{photograph_id}
    AHLIU       PUT    /photographs/{photograph_id}
    AH          POST   /photographs/{photograph_id}/withdraw

    AHN         GET    /imports
    AHN         POST   /imports
    AHN         GET    /exports/{format}
    AHNL        GET    /effort
    AHNL        GET    /suggestions
    AHNLIU      GET    /counts
    AHNLIU      GET    /counts/{count_id}
    AHN         PUT    /counts/{count_id}
    AHN         POST   /counts/{count_id}/withdraw
    AHNLIU      GET    /counts/{count_id}/board
    AHNL        GET    /counts/{count_id}/result
    AHNLIU      GET    /routes
    AHN         POST   /routes
    AHNLIU      GET    /routes/{route_id}
    AHN         PUT    /routes/{route_id}
    AHNLIU      GET    /reports/{report}
"""
SOMETHING = {
    "z": "12", "x": "3544", "y": "1512", "account": "999", "key": "999", "person": "999",
    "system_id": "1", "track": "1", "unit": "nobody", "kind": "nothing", "format": "nothing",
    "report": "nothing",
}  # fmt: skip
AN_ID = "019a0000-0000-7000-8000-00000000ffff"


def table() -> dict[tuple[str, str], str]:
    rows = (line.split() for line in TABLE.splitlines() if line.strip())
    return {(method, f"/api/v1{path}"): who for who, method, path in rows}


def filled(path: str) -> str:
    """The path with something in the place of its names that nobody has."""
    names = [part.partition("}")[0] for part in path.split("{")[1:]]
    return path.format_map({name: SOMETHING.get(name, AN_ID) for name in names})


def test_the_table_is_the_one_in_force_for_every_route_there_is() -> None:
    assert set(application.routes()) == set(table())
    assert set(ROUTES) == set(table())


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Any]:
    """The whole application over an empty database."""
    made = create_app(GroundSettings(data=tmp_path, dock={"enabled": False}))
    made.state.station.live.close()  # a stream of events would have no end
    yield made
    made.state.station.close()


def test_everybody_gets_in_where_the_table_says_and_nowhere_else(
    app: Any, headers_for: Callable[..., dict[str, str]]
) -> None:
    station = app.state.station
    headers = {
        who: station.store.at_start(lambda c, role=role: headers_for(c, role))
        for who, role in WHO.items()
    }
    headers["v"] = station.store.at_start(lambda c: headers_for(c, None))
    headers["r"] = station.store.at_start(lambda c: headers_for(c, None, reads=True))
    headers["-"] = {}

    async def knock(client: httpx.AsyncClient, method: str, path: str, who: str) -> str | None:
        """What is wrong with the answer."""
        json = {"Content-Type": "application/json"}
        answer = await client.request(method, filled(path), headers=headers[who] | json)
        refused = answer.status_code in (401, 403)
        let_in = who in table()[method, path]
        code = answer.json().get("code") if refused else None
        expected = {"sign_in", "key", "forbidden"}
        if let_in == (refused and code in expected) or answer.status_code >= 500:
            return f"{who} {method} {path}: {answer.status_code} {answer.text[:80]}"
        return None

    async def walk() -> list[str]:
        writer = asyncio.create_task(station.store.run_writer())
        transport = httpx.ASGITransport(app=app)
        wrong = []
        # Signing out comes last.
        routes = sorted(application.routes(), key=lambda route: route[1].endswith("/session"))
        async with httpx.AsyncClient(transport=transport, base_url="http://station") as client:
            for method, path in routes:
                for who in EVERYBODY:
                    wrong.append(await knock(client, method, path, who))
        writer.cancel()
        return [one for one in wrong if one is not None]

    assert asyncio.run(walk()) == []


def test_a_route_nobody_thought_about_keeps_the_station_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(ROUTES, ("GET", "/api/v1/people"))
    with pytest.raises(LookupError, match="does not say who may GET /api/v1/people"):
        create_app(GroundSettings(data=tmp_path))


def test_what_is_no_route_is_not_there(sqlite_station: Any) -> None:
    client = sqlite_station.client
    assert client.get("/api/v1/nothing").status_code == 404
    assert client.get("/api/v1/people/").status_code == 404
    wrong = client.put("/api/v1/people")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
