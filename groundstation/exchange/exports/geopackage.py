"""GeoPackage 1.x through GDAL: layers `raids`, `tracks`, `observations`, `routes`.

`raids` are rows without a place but those of ambushes; `tracks` has a line for each segment of a
leg's way, with the raid's number; both join by `raid_id`. Dates are dates and times UTC times, so
that a GIS filters by them. Geometry goes to GDAL as ISO WKB made of whole columns.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyogrio import raw

from firmware_bridge.tracks import NO_TIME_US
from groundstation.exchange.exports.gather import Leaving, Route, Written
from groundstation.exchange.exports.names import Names
from groundstation.exchange.exports.text import on_way
from groundstation.records.observation import Observation
from groundstation.records.raid import Raid
from groundstation.store.raid_ways import WayPart

BATCH_ROWS = 2000
"""Rows handed to GDAL at once."""
NO_DATE = np.datetime64("NaT")

RAIDS: dict[str, str] = {
    "raid_id": "text", "number": "text", "kind": "text", "patrol_type": "text", "armed": "bool",
    "start_date": "date", "end_date": "date", "team": "text", "station": "text",
    "transports": "text", "objective": "text", "days": "int", "patrol_h": "real",
    "active_h": "real", "distance_km": "real",
}  # fmt: skip
TRACKS: dict[str, str] = {
    "raid_id": "text", "number": "text", "leg": "text", "unit": "text", "start_utc": "time",
    "end_utc": "time", "counted_km": "real", "points": "int",
}  # fmt: skip
OBSERVATIONS: dict[str, str] = {
    "observation_id": "text", "raid_id": "text", "number": "text", "category": "text",
    "name": "text", "observed_utc": "time", "utc_offset_h": "real", "accuracy_m": "real",
    "comment": "text", "attributes": "text",
}  # fmt: skip
ROUTES: dict[str, str] = {"number": "text", "name": "text", "team": "text", "planned_km": "real"}
TYPES: dict[str, Any] = {
    "text": object, "bool": np.bool_, "int": np.int32, "real": np.float64,
    "date": "datetime64[D]", "time": "datetime64[ms]",
}  # fmt: skip


@dataclass(slots=True)
class _Layer:
    """Rows of a layer on their way into the file."""

    path: Path
    name: str
    columns: Mapping[str, str]
    geometry_type: str
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    geometry: list[bytes | None] = field(default_factory=list)
    is_there: bool = False

    def add(self, geometry: bytes | None, *row: Any) -> None:
        self.rows.append(row)
        self.geometry.append(geometry)
        if len(self.rows) >= BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        if self.is_there and not self.rows:
            return
        cells = list(zip(*self.rows, strict=True)) or [()] * len(self.columns)
        raw.write(
            self.path,
            np.array(self.geometry, object),
            [_column(c, kind) for c, kind in zip(cells, self.columns.values(), strict=True)],
            np.array(list(self.columns), object),
            layer=self.name,
            driver="GPKG",
            geometry_type=self.geometry_type,
            crs="EPSG:4326",
            append=self.is_there,
        )
        self.is_there = True
        self.rows.clear()
        self.geometry.clear()


def write(
    path: Path,
    leaving: Iterable[Leaving],
    names: Names,
    routes: Sequence[Route] = (),
) -> Written:
    """Write the file; memory is that of one raid and `BATCH_ROWS` rows."""
    done = Written()
    raids = _Layer(path, "raids", RAIDS, "Point")
    tracks = _Layer(path, "tracks", TRACKS, "LineString Z")
    observations = _Layer(path, "observations", OBSERVATIONS, "Point")
    planned = _Layer(path, "routes", ROUTES, "LineString")
    for one in leaving:
        if one.raid is not None:
            done.raids += 1
            raids.add(_point(one.raid.lon_deg, one.raid.lat_deg), *_raid(one.raid, one, names))
        for part in one.parts:
            done.points += _track(tracks, one, part)
        for observation in one.observations:
            done.observations += 1
            observations.add(
                _point(observation.lon_deg, observation.lat_deg),
                *_observation(observation, one, names),
            )
    for r in routes:
        team = names.term("team", r.team)
        planned.add(_line(np.array(r.line, np.float64)), r.number, r.name, team, r.planned_m / 1000)
    for layer in (raids, tracks, observations, planned):
        layer.flush()
    return done


def _raid(raid: Raid, one: Leaving, names: Names) -> tuple[Any, ...]:
    totals = one.totals
    return (
        str(raid.raid_id), raid.number, raid.kind.value, raid.patrol_type.value, raid.armed,
        raid.start_date, raid.end_date, names.term("team", raid.team),
        names.term("station", raid.station), ", ".join(names.transports(raid)), raid.objective,
        totals.days if totals else 0, totals.patrol_s / 3600 if totals else np.nan,
        totals.active_s / 3600 if totals else np.nan,
        totals.distance_m / 1000 if totals else np.nan,
    )  # fmt: skip


def _track(layer: _Layer, one: Leaving, part: WayPart) -> int:
    """Points written; a single point is no line."""
    chosen = on_way(part)
    if len(chosen) < 2 or one.raid is None:
        return 0
    alt = part.alt_amsl_m[chosen]
    xyz = np.stack([part.lon_deg[chosen], part.lat_deg[chosen], np.nan_to_num(alt)], axis=1)
    time_us = part.time_us[chosen]
    known = time_us[time_us != NO_TIME_US]
    ends = (known.min(), known.max()) if len(known) else (None, None)
    layer.add(
        _line(xyz), str(one.raid.raid_id), one.raid.number, part.leg, part.unit,
        *(None if at is None else np.datetime64(int(at), "us") for at in ends),
        part.distance_m / 1000, len(chosen),
    )  # fmt: skip
    return len(chosen)


def _observation(o: Observation, one: Leaving, names: Names) -> tuple[Any, ...]:
    return (
        str(o.observation_id), str(o.raid_id) if o.raid_id else None,
        one.raid.number if one.raid else None, o.category, names.category(o.category),
        _naive(o.observed_utc), o.utc_offset_s / 3600,
        np.nan if o.accuracy_m is None else o.accuracy_m, o.comment,
        "; ".join(f"{name}: {value}" for name, value in names.said(o)) or None,
    )  # fmt: skip


def _naive(time_utc: datetime | None) -> datetime | None:
    return None if time_utc is None else time_utc.astimezone(UTC).replace(tzinfo=None)


def _column(cells: Sequence[Any], kind: str) -> NDArray[Any]:
    if kind in ("date", "time"):
        return np.array([NO_DATE if c is None else np.datetime64(c) for c in cells], TYPES[kind])
    return np.array(cells, TYPES[kind])


def _point(lon_deg: float | None, lat_deg: float | None) -> bytes | None:
    if lon_deg is None or lat_deg is None:
        return None
    return struct.pack("<BIdd", 1, 1, lon_deg, lat_deg)


def _line(points: NDArray[np.float64]) -> bytes:
    """(N, 2) or (N, 3) longitude, latitude, height as ISO WKB, little endian."""
    kind = 2 if points.shape[1] == 2 else 1002
    return struct.pack("<BII", 1, kind, len(points)) + points.astype("<f8").tobytes()
