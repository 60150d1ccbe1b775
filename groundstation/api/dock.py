"""/api/v1/dock: the docking board; /api/v1/tracks and /waypoints: what the units brought.

GET  /dock                       Board: {"enabled", "items": [Docked], "captures_mb",
                                 "quota_mb", "free_mb", "warning"}; `groundstation.dock.board`
                                 says what each field means; the live event `dock` is a Docked
POST /dock/again {"place"}       try a failed place at once; 204, or 404
POST /dock/units/{unit}/clear    read again, store, verify, erase: the Docked afterwards; 409
                                 with the reason in words when the memory was left alone, 502
                                 when the unit was told to erase it and did not confirm
GET  /tracks?unit&from&to&limit  [StoredTrack], newest first
GET  /tracks/{track}             {"track": StoredTrack, "segments": [{"time_ms", "lat_deg",
                                 "lon_deg", "alt_amsl_m", "marks", "continues"}]}: columns of
                                 equal length, null where unknown; `marks` are the bits of
                                 `dock.cleanup.Mark`: 1 outlier, 2 jitter, 4 gap before,
                                 8 no time, 16 no position, 32 time repaired, 64 time
                                 doubtful; `continues`: it goes on where stored points ended
GET  /tracks/{track}?form=geojson  a Feature with a MultiLineString of the points that have
                                 a position, `coordTimes` and `marks` beside it; who reads a
                                 track is written into the audit log
GET  /waypoints?unit&limit       [StoredWaypoint], stored last first
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, HTTPException, Path, Query, Response
from numpy.typing import NDArray
from pydantic import AwareDatetime, Field, TypeAdapter

from firmware_bridge.tracks import NO_TIME_US, Segment
from firmware_bridge.units import unix_us_from_utc
from groundstation.api.common import AccountOf, StationOf, check_times
from groundstation.api.filing import note_read
from groundstation.dock.board import Board, Docked
from groundstation.dock.cleanup import Mark, clean
from groundstation.dock.line import CannotClear, NotConfirmed
from groundstation.dock.rollover import doubtful
from groundstation.station import Station
from groundstation.store import tracks
from groundstation.store.track_scope import sees_track, tracks_of, waypoints_of
from groundstation.store.tracks import StoredTrack, StoredWaypoint

router = APIRouter(tags=["dock"])
UnitKey = Annotated[str, Path(min_length=1, max_length=120, description="the unit's key")]
_META = TypeAdapter(StoredTrack)


@dataclass(frozen=True, slots=True)
class AtPlace:
    """A line of the board."""

    place: Annotated[str, Field(min_length=1, max_length=400)]


@router.get("/dock")
async def board(station: StationOf) -> Board:
    """Everything that hangs on the dock."""
    if station.dock is None:
        return Board(False, [], 0.0, station.settings.dock.captures_quota_mb, None, None)
    return await station.dock.board()


@router.post("/dock/again", status_code=204)
async def again(body: AtPlace, station: StationOf) -> None:
    """Try a failed place again at once."""
    if station.dock is None or not station.dock.again(body.place):
        raise HTTPException(404, f"nothing waits at {body.place!r:.200}")


@router.post("/dock/units/{unit}/clear")
async def clear(unit: UnitKey, station: StationOf, by: AccountOf) -> Docked:
    """Erase a unit's memory, after all of it has been stored and verified once more."""
    if station.dock is None:
        raise HTTPException(409, "the dock is switched off in the configuration")
    try:
        return await station.dock.clear(unit, by)
    except CannotClear as error:
        raise HTTPException(409, f"not cleared: {error}") from error
    except NotConfirmed as error:
        raise HTTPException(502, f"not confirmed by the unit: {error}") from error


@router.get("/tracks")
async def find(
    station: StationOf,
    account: AccountOf,
    unit: Annotated[str | None, Query(max_length=120)] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
) -> list[StoredTrack]:
    """Tracks that touch the time, without their points."""
    check_times(**{"from": since, "to": until})
    seen = tracks_of(account)
    return await station.store.read(lambda c: tracks.find(c, unit, since, until, limit, seen))


@router.get("/tracks/{track}", response_class=Response)
async def one(
    station: StationOf,
    account: AccountOf,
    track: Annotated[int, Path(ge=1, lt=2**63)],
    form: Literal["columns", "geojson"] = "columns",
) -> Response:
    """One track with its points."""
    found = await station.store.read(
        lambda c: tracks.get(c, track) if sees_track(c, account, track) else None
    )
    if found is None:
        raise HTTPException(404, f"track {track} is not known")
    meta, segments, continues = found
    detail = {"unit": meta.unit, "person": meta.person_name}
    await note_read(station, account, "track", str(track), detail)
    say = _columns if form == "columns" else _geojson
    body = await asyncio.to_thread(say, station, meta, segments, continues)
    return Response(body, media_type="application/json" if say is _columns else GEOJSON)


GEOJSON = "application/geo+json"
PIECE = 2000
"""Values; a millisecond's work."""


@router.get("/waypoints")
async def waypoints(
    station: StationOf,
    account: AccountOf,
    unit: Annotated[str | None, Query(max_length=120)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> list[StoredWaypoint]:
    """Marked places."""
    seen = waypoints_of(account)
    return await station.store.read(lambda c: tracks.find_waypoints(c, unit, limit, seen))


def _columns(
    station: Station, meta: StoredTrack, segments: Sequence[Segment], continues: Sequence[bool]
) -> bytes:
    told = [
        _object(
            time_ms=_array(_times_ms(segment)),
            lat_deg=_array(_numbers(segment.lat_deg)),
            lon_deg=_array(_numbers(segment.lon_deg)),
            alt_amsl_m=_array(_numbers(segment.alt_amsl_m, 2)),
            marks=_array(_marks(station, segment).tolist()),
            continues=_json(goes_on),
        )
        for segment, goes_on in zip(segments, continues, strict=True)
    ]
    track = _json(_META.dump_python(meta, mode="json"))
    return _object(track=track, segments=f"[{','.join(told)}]").encode()


def _geojson(
    station: Station, meta: StoredTrack, segments: Sequence[Segment], continues: Sequence[bool]
) -> bytes:
    lines, times, marks = [], [], []
    for segment in segments:
        known = np.isfinite(segment.lat_deg) & np.isfinite(segment.lon_deg)
        place = zip(
            _numbers(segment.lon_deg[known]),
            _numbers(segment.lat_deg[known]),
            _numbers(segment.alt_amsl_m[known], 2),
            strict=True,
        )
        lines.append(
            _array([[lon, lat] if alt is None else [lon, lat, alt] for lon, lat, alt in place])
        )
        stamps = segment.time_us[known]
        texts = np.datetime_as_string(stamps.astype("datetime64[us]"), "ms")
        said = (stamps != NO_TIME_US).tolist()
        dated = zip(texts.tolist(), said, strict=True)
        times.append(_array([f"{text}Z" if yes else None for text, yes in dated]))
        marks.append(_array(_marks(station, segment)[known].tolist()))
    properties = {name: _json(v) for name, v in _META.dump_python(meta, mode="json").items()}
    properties |= {"coordTimes": f"[{','.join(times)}]", "marks": f"[{','.join(marks)}]"}
    geometry = _object(type='"MultiLineString"', coordinates=f"[{','.join(lines)}]")
    return _object(type='"Feature"', geometry=geometry, properties=_object(**properties)).encode()


def _marks(station: Station, segment: Segment) -> NDArray[np.uint8]:
    """What clean-up thinks of each point, and whether its time can be true."""
    marks = clean(segment).marks.copy()
    marks[doubtful(segment.time_us, unix_us_from_utc(station.clock()))] |= np.uint8(
        Mark.TIME_DOUBTFUL
    )
    return marks


def _times_ms(segment: Segment) -> list[int | None]:
    known = segment.time_us != NO_TIME_US
    milliseconds = (segment.time_us // 1000).tolist()
    return [ms if yes else None for ms, yes in zip(milliseconds, known.tolist(), strict=True)]


def _numbers(values: NDArray[np.float64], digits: int = 8) -> list[float | None]:
    rounded = np.round(values, digits).tolist()
    return [v if yes else None for v, yes in zip(rounded, np.isfinite(values), strict=True)]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _array(values: list[Any]) -> str:
    """In pieces: `json` lets no other thread run while it writes one text."""
    pieces = (_json(values[at : at + PIECE])[1:-1] for at in range(0, len(values), PIECE))
    return f"[{','.join(pieces)}]"


def _object(**members: str) -> str:
    return "{" + ",".join(f"{_json(name)}:{text}" for name, text in members.items()) + "}"
