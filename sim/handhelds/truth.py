"""What a unit holds, as JSON, rounded to what its wire carries: any reader can be compared to it.

    {"family", "unit_id", "model", "firmware", "fault",
     "tracks": [{"name", "segments": [[[unix_us | null, lat | null, lon | null, alt | null]]]}],
     "waypoints": [{"name", "lat_deg", "lon_deg", "alt_amsl_m", "unix_us", "comment", "symbol"}],
     "points": n, "serial": {...}}

Positions are in degrees, heights in metres AMSL, times in microseconds since 1970 UTC.
"""

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sim.handhelds.units import Holding, Place, Point

GPS_EPOCH_UNIX_S = 315_964_800


def f32(value: float) -> float:
    """As an IEEE single holds it."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def of(holding: Holding, family: str, unit_id: str | None, model: str) -> dict[str, Any]:
    """The truth of a unit that carries `holding` exactly."""
    return {
        "family": family,
        "unit_id": unit_id,
        "model": model,
        "tracks": [{"name": holding.track_name, "segments": _segments(holding)}]
        if holding.points
        else [],
        "points": len(holding.points),
        "waypoints": [_place(place) for place in holding.places],
    }


def rounded(
    holding: Holding,
    degrees: Callable[[float], float],
    metres: Callable[[float], float | None],
    seconds: Callable[[float], float],
) -> Holding:
    """`holding` as a wire carries it."""

    def known(function: Callable[[float], float | None], value: float | None) -> float | None:
        return None if value is None else function(value)

    points = [
        replace(
            p, unix_s=known(seconds, p.unix_s), lat_deg=known(degrees, p.lat_deg),
            lon_deg=known(degrees, p.lon_deg), alt_amsl_m=known(metres, p.alt_amsl_m),
        )
        for p in holding.points
    ]  # fmt: skip
    places = [
        replace(
            p, unix_s=known(seconds, p.unix_s), lat_deg=degrees(p.lat_deg),
            lon_deg=degrees(p.lon_deg), alt_amsl_m=known(metres, p.alt_amsl_m),
        )
        for p in holding.places
    ]  # fmt: skip
    return replace(holding, points=points, places=places)


def _segments(holding: Holding) -> list[list[list[float | None]]]:
    segments: list[list[list[float | None]]] = []
    for point in holding.points:
        if point.begins or not segments:
            segments.append([])
        segments[-1].append(_point(point))
    return segments


def _point(point: Point) -> list[float | None]:
    return [_unix_us(point.unix_s), point.lat_deg, point.lon_deg, point.alt_amsl_m]


def _unix_us(unix_s: float | None) -> int | None:
    return None if unix_s is None else round(unix_s * 1_000_000)


def _place(place: Place) -> dict[str, Any]:
    return {
        "name": place.name,
        "lat_deg": place.lat_deg,
        "lon_deg": place.lon_deg,
        "alt_amsl_m": place.alt_amsl_m,
        "unix_us": _unix_us(place.unix_s),
        "comment": place.comment,
        "symbol": place.symbol,
    }
