"""Ambushes, flights and walks of a count in SMART's file, which has patrols only.

What makes them what they are stands among the custom attributes of the patrol.
"""

from dataclasses import replace
from uuid import UUID

from groundstation.records.raid import Raid, RaidKind

KIND = "raid_kind"
DECOY, LAT, LON = "decoy", "ambush_lat_deg", "ambush_lon_deg"
SYSTEM, COUNT, ROUTE_ID = "system_id", "count_id", "route_id"
ROUTE = "route"
"""Number of the count's route, where a file has no more."""
_TOLD = (KIND, DECOY, LAT, LON, SYSTEM, COUNT, ROUTE_ID)
_KINDS = frozenset(kind.value for kind in RaidKind) - {RaidKind.RAID.value}
_MAX_DECOY = 80


def of_kind(raid: Raid) -> Raid:
    """The raid as what its attributes say it is; they stay where they make no sense."""
    told = {name: raid.attributes.get(name) for name in _TOLD}
    kind, decoy, lat, lon, system, count, route = told.values()
    if kind not in _KINDS:
        return raid
    try:
        return replace(
            raid,
            kind=RaidKind(str(kind)),
            decoy=None if decoy is None else str(decoy)[:_MAX_DECOY],
            lat_deg=None if lat is None else float(lat),
            lon_deg=None if lon is None else float(lon),
            system_id=None if system is None else int(float(system)),
            count_id=None if count is None else UUID(str(count)),
            route_id=None if route is None else UUID(str(route)),
            attributes={name: v for name, v in raid.attributes.items() if name not in told},
        )
    except (ValueError, OverflowError):
        return raid


def kind_attributes(raid: Raid) -> dict[str, str | float]:
    """The attributes that make it one."""
    if raid.kind is RaidKind.RAID:
        return {}
    told: dict[str, str | float | None] = {
        KIND: raid.kind.value,
        DECOY: raid.decoy,
        LAT: raid.lat_deg,
        LON: raid.lon_deg,
        SYSTEM: raid.system_id,
        COUNT: None if raid.count_id is None else str(raid.count_id),
        ROUTE_ID: None if raid.route_id is None else str(raid.route_id),
    }
    return {key: value for key, value in told.items() if value is not None}
