"""Hotspots, footprints and health as payloads of MAVLink TUNNEL (385); layouts in docs/wires.md.

A confirmed hotspot costs 76 bytes on the link and its acknowledgement 23: 12 bytes of MAVLink 2
framing and 5 of TUNNEL's own fields each. No I/O and no clock.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from firmware_bridge.errors import ProtocolError
from firmware_bridge.messages import GroundFix, Health, HeatKind, Hotspot, Problem
from firmware_bridge.units import (
    degrees_from_1e7,
    degrees_to_1e7,
    unix_us_from_utc,
    utc_from_unix_us,
)

TUNNEL_PAYLOAD_TYPE = 49360
"""In TUNNEL's range for local experiments, above 32767."""

UNLOCATED_OVER_RADIO = "no position; the radio report does not say why"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The ground has this revision of a hotspot on disk."""

    id_tail: bytes
    """Last three bytes of the hotspot's id."""
    revision: int

    @classmethod
    def of(cls, hotspot: Hotspot) -> "Acknowledgement":
        """What the ground answers to `hotspot`."""
        return cls(hotspot.hotspot_id.bytes[-3:], hotspot.revision)


@dataclass(frozen=True, slots=True)
class Footprint:
    """The camera's view on the ground."""

    corners: tuple[tuple[float, float], ...]
    """Four corners, (lon, lat) in degrees, clockwise; over the radio good to a metre."""
    age_s: float


Report = Hotspot | Acknowledgement | Footprint | Health


def encode(report: Report) -> bytes:
    """The TUNNEL payload of any report; a value beyond its field's range is clamped to it."""
    match report:
        case Hotspot():
            return _pack_hotspot(report)
        case Acknowledgement():
            return _ACKNOWLEDGEMENT.pack(2, report.id_tail, report.revision)
        case Footprint():
            return _pack_footprint(report)
        case Health():
            return _pack_health(report)


def decode(payload: bytes, system_id: int, received_utc: datetime) -> Report:
    """A report out of a TUNNEL payload from vehicle `system_id`.

    Health carries no time of its own and takes `received_utc`. Bytes after the known fields are
    ignored, so that a newer sender can append. Raises ProtocolError.
    """
    if not payload:
        raise ProtocolError("report over TUNNEL is empty")
    kind = payload[0]
    if kind not in _KINDS:
        raise ProtocolError(f"report over TUNNEL has unknown kind {kind}")
    layout, read = _KINDS[kind]
    if len(payload) < layout.size:
        raise ProtocolError(
            f"report of kind {kind} over TUNNEL ends at byte {len(payload)} of {layout.size}"
        )
    try:
        return read(layout.unpack_from(payload)[1:], system_id, received_utc)
    except (ValueError, OverflowError) as error:
        raise ProtocolError(f"report of kind {kind} over TUNNEL: {error}") from error


_HOTSPOT = struct.Struct("<B16sHBiihHHHBHhHI6s6s")
_SIGNATURE, _SATURATED, _LOCATED = 1, 2, 4


def _pack_hotspot(hotspot: Hotspot) -> bytes:
    fix = hotspot.fix
    long_m, short_m, direction = _ellipse(fix) if fix else (None, None, 0)
    flags = (
        _SIGNATURE * (hotspot.kind is HeatKind.SIGNATURE)
        | _SATURATED * hotspot.saturated
        | _LOCATED * (fix is not None)
    )
    return _HOTSPOT.pack(
        1,
        hotspot.hotspot_id.bytes,
        hotspot.revision,
        flags,
        degrees_to_1e7(fix.lat_deg) if fix else 0,
        degrees_to_1e7(fix.lon_deg) if fix else 0,
        _signed(fix.alt_amsl_m if fix else None, 1, 16),
        _unsigned(fix.ce90_m if fix else None, 10, 16),
        _unsigned(long_m, 10, 16),
        _unsigned(short_m, 10, 16),
        direction,
        _unsigned(hotspot.peak_kelvin, 10, 16),
        _signed(hotspot.contrast_kelvin, 10, 16),
        min(hotspot.views, 0xFFFE),
        _unsigned(hotspot.area_m2, 100, 32),
        _milliseconds(hotspot.first_seen_utc),
        _milliseconds(hotspot.last_seen_utc),
    )


def _read_hotspot(fields: tuple[Any, ...], system_id: int, _: datetime) -> Hotspot:
    identifier, revision, flags, *place, peak, contrast, views, area, first, last = fields
    fix = _read_fix(*place) if flags & _LOCATED else None
    return Hotspot(
        hotspot_id=UUID(bytes=identifier),
        revision=_at_least_one("revision", revision),
        system_id=system_id,
        kind=HeatKind.SIGNATURE if flags & _SIGNATURE else HeatKind.FIRE,
        first_seen_utc=_utc(first),
        last_seen_utc=_utc(last),
        views=_at_least_one("views", views),
        fix=fix,
        unlocated_because=None if fix else UNLOCATED_OVER_RADIO,
        peak_kelvin=_known(peak, 10, 0xFFFF),
        contrast_kelvin=_known(contrast, 10, -0x8000),
        saturated=bool(flags & _SATURATED),
        area_m2=_known(area, 100, 0xFFFFFFFF),
    )


def _read_fix(
    lat: int, lon: int, alt: int, ce90: int, long_dm: int, short_dm: int, direction: int
) -> GroundFix:
    lat_deg, lon_deg = degrees_from_1e7(lat), degrees_from_1e7(lon)
    if abs(lat_deg) > 90 or abs(lon_deg) > 180:
        raise ValueError(f"position {lat_deg}, {lon_deg} is not on the earth")
    azimuth = math.radians(direction * 180 / 256)
    var_long, var_short = (long_dm / 10) ** 2, (short_dm / 10) ** 2
    east, north = math.sin(azimuth), math.cos(azimuth)
    return GroundFix(
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_amsl_m=float(alt),
        var_east_m2=var_long * east**2 + var_short * north**2,
        var_north_m2=var_long * north**2 + var_short * east**2,
        cov_east_north_m2=(var_long - var_short) * east * north,
        ce90_m=ce90 / 10,
    )


def _ellipse(fix: GroundFix) -> tuple[float, float, int]:
    """Standard deviations along and across the long axis, m, and its azimuth in 180/256 deg."""
    mean = (fix.var_east_m2 + fix.var_north_m2) / 2
    half_difference = (fix.var_north_m2 - fix.var_east_m2) / 2
    radius = math.hypot(half_difference, fix.cov_east_north_m2)
    azimuth_deg = math.degrees(math.atan2(fix.cov_east_north_m2, half_difference)) / 2
    long_m, short_m = math.sqrt(mean + radius), math.sqrt(max(mean - radius, 0))
    return long_m, short_m, round(azimuth_deg * 256 / 180) % 256


_ACKNOWLEDGEMENT = struct.Struct("<B3sH")


def _read_acknowledgement(fields: tuple[Any, ...], _: int, __: datetime) -> Acknowledgement:
    return Acknowledgement(*fields)


_FOOTPRINT = struct.Struct("<Bii8hH")
_CORNER_STEP_DEG = 1e-5


def _pack_footprint(footprint: Footprint) -> bytes:
    lons, lats = zip(*footprint.corners, strict=True)
    lat = sum(lats) / len(lats)
    # Counted from the first corner: a mean of 179.9 and -179.9 lies on the wrong side of the earth.
    lon = _wrapped(lons[0] + sum(_wrapped(corner - lons[0]) for corner in lons) / len(lons))
    offsets = [
        _signed(value, 1 / _CORNER_STEP_DEG, 16)
        for corner_lon, corner_lat in footprint.corners
        for value in (corner_lat - lat, _wrapped(corner_lon - lon))
    ]
    age_ms = _unsigned(footprint.age_s, 1000, 16)
    return _FOOTPRINT.pack(3, degrees_to_1e7(lat), degrees_to_1e7(lon), *offsets, age_ms)


def _read_footprint(fields: tuple[Any, ...], _: int, __: datetime) -> Footprint:
    lat, lon = degrees_from_1e7(fields[0]), degrees_from_1e7(fields[1])
    if abs(lat) > 90 or abs(lon) > 180:
        raise ValueError(f"position {lat}, {lon} is not on the earth")
    offsets = [value * _CORNER_STEP_DEG for value in fields[2:10]]
    corners = tuple(
        (_wrapped(lon + east), lat + north)
        for north, east in zip(offsets[::2], offsets[1::2], strict=True)
    )
    return Footprint(corners, fields[10] / 1000)


def _wrapped(lon_deg: float) -> float:
    """The same longitude in [-180, 180)."""
    return (lon_deg + 180) % 360 - 180


_HEALTH = struct.Struct("<BIBHIBHIHbH")
_RELATIVE, _AUTOPILOT_CONNECTED = 1, 2
_PROBLEMS = tuple(Problem)


def _pack_health(health: Health) -> bytes:
    flags = _RELATIVE * health.relative | _AUTOPILOT_CONNECTED * health.autopilot_connected
    clock_sigma_ms = None if health.clock_sigma_s is None else health.clock_sigma_s * 1000
    return _HEALTH.pack(
        4,
        _unsigned(health.uptime_s, 1, 32),
        _unsigned(health.camera_fps, 4, 8),
        _unsigned(health.camera_age_s, 100, 16),
        _unsigned(health.frames_dropped, 1, 32),
        flags,
        _unsigned(clock_sigma_ms, 10, 16),
        _unsigned(health.disk_free_mb, 1, 32),
        _unsigned(health.spool_backlog, 1, 16),
        _signed(health.board_celsius, 1, 8),
        sum(1 << _PROBLEMS.index(problem) for problem in set(health.problems)),
    )


def _read_health(fields: tuple[Any, ...], _: int, received_utc: datetime) -> Health:
    uptime, fps, age, dropped, flags, clock, disk, backlog, board, problems = fields
    clock_sigma_ms = _known(clock, 10, 0xFFFF)
    return Health(
        time_utc=received_utc,
        uptime_s=float(uptime),
        camera_fps=fps / 4,
        camera_age_s=_known(age, 100, 0xFFFF),
        frames_dropped=dropped,
        relative=bool(flags & _RELATIVE),
        autopilot_connected=bool(flags & _AUTOPILOT_CONNECTED),
        clock_sigma_s=None if clock_sigma_ms is None else clock_sigma_ms / 1000,
        disk_free_mb=float(disk),
        spool_backlog=backlog,
        board_celsius=_known(board, 1, -0x80),
        problems=tuple(p for bit, p in enumerate(_PROBLEMS) if problems >> bit & 1),
    )


_KINDS: dict[int, tuple[struct.Struct, Callable[[tuple[Any, ...], int, datetime], Report]]] = {
    1: (_HOTSPOT, _read_hotspot),
    2: (_ACKNOWLEDGEMENT, _read_acknowledgement),
    3: (_FOOTPRINT, _read_footprint),
    4: (_HEALTH, _read_health),
}


def _unsigned(value: float | None, scale: float, bits: int) -> int:
    """`value` x `scale` clamped to the field; its largest value means unknown."""
    unknown = (1 << bits) - 1
    return unknown if value is None else max(0, min(round(value * scale), unknown - 1))


def _signed(value: float | None, scale: float, bits: int) -> int:
    """`value` x `scale` clamped to the field; its smallest value means unknown."""
    limit = 1 << (bits - 1)
    return -limit if value is None else max(1 - limit, min(round(value * scale), limit - 1))


def _known(raw: int, scale: float, unknown: int) -> float | None:
    return None if raw == unknown else raw / scale


def _at_least_one(name: str, value: int) -> int:
    if value < 1:
        raise ValueError(f"{name} is 0")
    return value


def _milliseconds(time_utc: datetime) -> bytes:
    return (unix_us_from_utc(time_utc) // 1000).to_bytes(6, "little")


def _utc(raw: bytes) -> datetime:
    return utc_from_unix_us(int.from_bytes(raw, "little") * 1000)
