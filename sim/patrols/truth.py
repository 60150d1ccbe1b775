"""What is known of a span of the synthetic park, for whoever judges an analysis of it.

    {"seed", "from", "to", "utc_offset_s",
     "inspectors": [{"employee_id", "given_name", "family_name", "team"}],
     "rates": {"violations_per_km": {category: {transport: rate}},
               "signs_per_km_on_foot": {category: {"snow", "no_snow"}},
               "signs_seen_riding": share, "ambush_finds_per_h": rate,
               "team_factors": {team: factor}},
     "risk": {"base", "places": [{"lat_deg", "lon_deg", "risk", "sigma_m"}]},
     "camera_traps": [{"name", "lat_deg", "lon_deg"}],
     "leopards": [{"name", "lat_deg", "lon_deg"}],
     "photographs": {"nights", "per_night", "sigma_m"},
     "routes": [{"number", "team", "planned_m"}],
     "animals": {year: {species: {"count", "area_km2", "per_100_km2", "daily_travel_km"}}},
     "raids": [{"number", "kind", "team", "transports", "distance_m", "points", "navigators",
                "expected_violations", "violations", "finds", "route"}],
     "teams": {team: {"distance_m", "expected_violations", "violations"}}}

`expected_violations` is what the true rates give for the way really gone; team factors are in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from sim.patrols.census import ANIMALS, AREA_HALF_M, Route, make_herd
from sim.patrols.finds import RIDING_SEES, TRANSPORT_COLUMN
from sim.patrols.navigator import way_length_m
from sim.patrols.park import AMBUSH_FINDS_PER_H, RATES_PER_KM, SIGNS_PER_KM, TEAM_FINDS, Park
from sim.patrols.photographed import NIGHTS, PER_NIGHT, SIGMA_M
from sim.patrols.plan import COUNT_DAYS, count_days
from sim.patrols.records import UTC_OFFSET_S, Raid


def truth(
    park: Park, first: date, last: date, lines: Sequence[Mapping[str, Any]], routes: Sequence[Route]
) -> dict[str, Any]:
    """The document; `lines` are those of `raid_line`."""
    years = range(first.year, last.year + 1)
    counted = [y for y in years if first <= count_days(y)[0] <= last]
    return {
        "seed": park.seed,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "utc_offset_s": UTC_OFFSET_S,
        "inspectors": [asdict(one) for one in park.inspectors],
        "rates": _rates(),
        "risk": {
            "base": park.base_risk,
            "places": [
                _degrees(park, complex(hot.east_m, hot.north_m))
                | {"risk": hot.risk, "sigma_m": hot.sigma_m}
                for hot in park.hot_places
            ],
        },
        "camera_traps": [
            {"name": name} | _degrees(park, place) for name, place in park.camera_traps.items()
        ],
        "leopards": [
            {"name": name} | _degrees(park, place) for name, place in park.leopards.items()
        ],
        "photographs": {"nights": NIGHTS, "per_night": PER_NIGHT, "sigma_m": SIGMA_M},
        "routes": [
            {
                "number": route.number,
                "team": route.team,
                "planned_m": way_length_m(route.places, park.ground),
            }
            for route in routes
        ],
        "animals": {str(year): _animals(park, year) for year in counted},
        "raids": list(lines),
        "teams": {team: _team(team, lines) for team in TEAM_FINDS},
    }


def raid_line(raid: Raid) -> dict[str, Any]:
    """What is known of one raid."""
    found = [find.category for leg in raid.legs for find in leg.finds]
    carriers = {one.employee_id for leg in raid.legs for one in leg.recordings}
    return {
        "number": raid.number,
        "kind": raid.kind,
        "team": raid.team,
        "transports": [leg.transport for leg in raid.legs],
        "distance_m": sum(leg.distance_m for leg in raid.legs),
        "points": raid.points,
        "navigators": len(carriers),
        "expected_violations": sum(leg.expected_violations for leg in raid.legs),
        "violations": sum(category in _COUNTED for category in found),
        "finds": len(found),
        "route": raid.route,
    }


_COUNTED = frozenset(RATES_PER_KM)


def _rates() -> dict[str, Any]:
    return {
        "violations_per_km": {
            category: {key: rates[n] for key, n in TRANSPORT_COLUMN.items()}
            for category, rates in RATES_PER_KM.items()
        },
        "signs_per_km_on_foot": {
            category: {"snow": snow, "no_snow": bare}
            for category, (snow, bare) in SIGNS_PER_KM.items()
        },
        "signs_seen_riding": RIDING_SEES,
        "ambush_finds_per_h": AMBUSH_FINDS_PER_H,
        "team_factors": TEAM_FINDS,
    }


def _animals(park: Park, year: int) -> dict[str, Any]:
    herds = {species: make_herd(park, species, year, COUNT_DAYS) for species in ANIMALS}
    return {
        species: {
            "count": herd.count,
            "area_km2": (2 * AREA_HALF_M / 1e3) ** 2,
            "per_100_km2": herd.per_100_km2,
            "daily_travel_km": float(herd.travel_m.mean()) / 1e3,
        }
        for species, herd in herds.items()
    }


def _team(team: str, lines: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    own = [line for line in lines if line["team"] == team]
    keys = ("distance_m", "expected_violations", "violations")
    return {key: sum(line[key] for line in own) for key in keys}


def _degrees(park: Park, place: complex) -> dict[str, float]:
    lat, lon = park.ground.lat_lon(np.array([place]))
    return {"lat_deg": round(float(lat[0]), 7), "lon_deg": round(float(lon[0]), 7)}
