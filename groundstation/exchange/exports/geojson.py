"""GeoJSON (RFC 7946): a feature a raid with its way, a feature an observation.

Properties are the records' own fields by their own names. Times of a way's points are in
`coordTimes`, as other programs write them, one list for each line.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TextIO

from pydantic import TypeAdapter

from groundstation.exchange.exports.gather import Leaving, Written
from groundstation.exchange.exports.names import Names
from groundstation.exchange.exports.text import on_way, places, times
from groundstation.records.observation import Observation
from groundstation.records.raid import Raid

_RAID, _OBSERVATION = TypeAdapter(Raid), TypeAdapter(Observation)
_NOT_SAID = frozenset({"legs", "flaws", "withdrawn", "lat_deg", "lon_deg", "docked", "revision"})
RAID_FIELDS = tuple(f.name for f in fields(Raid) if f.name not in _NOT_SAID)
OBSERVATION_FIELDS = tuple(f.name for f in fields(Observation) if f.name not in _NOT_SAID)


def write(path: Path, leaving: Iterable[Leaving], names: Names) -> Written:
    """Write the file; memory is that of one raid."""
    done = Written()
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type":"FeatureCollection","features":[')
        comma = ""
        for one in leaving:
            for feature in _features(one, names, done):
                out.write(f"{comma}\n")
                _dump(out, feature)
                comma = ","
        out.write("\n]}\n")
    return done


def _features(one: Leaving, names: Names, done: Written) -> Iterable[dict[str, Any]]:
    if one.raid is not None:
        done.raids += 1
        yield _raid(one, one.raid, names, done)
    for observation in one.observations:
        done.observations += 1
        yield _feature(
            f"observation:{observation.observation_id}",
            _point(observation.lon_deg, observation.lat_deg),
            _chosen(_OBSERVATION.dump_python(observation, mode="json"), OBSERVATION_FIELDS)
            | {"category_name": names.category(observation.category)},
        )


def _raid(one: Leaving, raid: Raid, names: Names, done: Written) -> dict[str, Any]:
    lines, coord_times, counted_m = [], [], 0.0
    for part in one.parts:
        chosen = on_way(part)
        counted_m += part.distance_m
        if len(chosen) < 2:
            continue  # RFC 7946, 3.1.4: a line has two positions or more
        done.points += len(chosen)
        lines.append(
            [
                [lon, lat] if alt is None else [lon, lat, alt]
                for lon, lat, alt in places(part, chosen)
            ]
        )
        coord_times.append(times(part, chosen))
    geometry: dict[str, Any] | None = _point(raid.lon_deg, raid.lat_deg)
    if lines:
        geometry = {"type": "MultiLineString", "coordinates": lines}
    said = _chosen(_RAID.dump_python(raid, mode="json"), RAID_FIELDS)
    totals = one.totals
    if totals is not None:
        said |= {"distance_m": totals.distance_m, "patrol_s": totals.patrol_s,
                 "active_s": totals.active_s, "days": totals.days}  # fmt: skip
    said |= {"transports": names.transports(raid)}
    said |= {"coordTimes": coord_times} if lines else {}
    return _feature(f"raid:{raid.raid_id}", geometry, said)


def _feature(
    name: str, geometry: Mapping[str, Any] | None, properties: Mapping[str, Any]
) -> dict[str, Any]:
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}


def _point(lon_deg: float | None, lat_deg: float | None) -> dict[str, Any] | None:
    if lon_deg is None or lat_deg is None:
        return None
    return {"type": "Point", "coordinates": [lon_deg, lat_deg]}


def _chosen(said: Mapping[str, Any], wanted: Iterable[str]) -> dict[str, Any]:
    return {name: said[name] for name in wanted if said[name] not in (None, [], {})}


def _dump(out: TextIO, feature: Mapping[str, Any]) -> None:
    json.dump(feature, out, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
