"""/api/v1/vehicles: where they are, how they are, where they have been."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import AwareDatetime

from firmware_bridge.messages import Health, VehicleState
from groundstation.api.common import KeyOf, StationOf, check_times
from groundstation.store import vehicles
from groundstation.store.hotspots import Source
from groundstation.store.vehicles import TrailPoint, Vehicle

router = APIRouter(prefix="/vehicles", tags=["vehicles"])
SystemIdPath = Annotated[int, Path(ge=1, le=254, description="MAVLink system id")]


@router.post("/{system_id}/state", status_code=204)
async def report_state(
    system_id: SystemIdPath, body: VehicleState, station: StationOf, key: KeyOf
) -> None:
    """Store where a vehicle is; answered once it is on disk."""
    if key is not None:
        key.check(system_id)
    check_times(time_utc=body.time_utc)
    if body.system_id != system_id:
        raise HTTPException(422, f"system_id {body.system_id} in the body, {system_id} in the path")
    await station.receive_state(body, Source.IP)


@router.post("/{system_id}/health", status_code=204)
async def report_health(
    system_id: SystemIdPath, body: Health, station: StationOf, key: KeyOf
) -> None:
    """Store how a vehicle's companion is; answered once it is on disk."""
    if key is not None:
        key.check(system_id)
    check_times(time_utc=body.time_utc)
    await station.receive_health(system_id, body, Source.IP)


@router.get("")
async def find(station: StationOf) -> list[Vehicle]:
    """Every vehicle ever heard of."""
    return await station.store.read(vehicles.find)


@router.get("/{system_id}/trail")
async def trail(
    system_id: SystemIdPath,
    station: StationOf,
    since: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=20_000)] = 2000,
) -> list[TrailPoint]:
    """Where it has been: the newest points, oldest first."""
    check_times(since=since)
    return await station.store.read(
        lambda connection: vehicles.trail(connection, system_id, since, limit)
    )
