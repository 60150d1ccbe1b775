"""Records of an MTK log as columns."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.handheld.mtk.layout import STAR, Layout
from firmware_bridge.handheld.sentences import checksum
from firmware_bridge.tracks import NO_TIME_US
from firmware_bridge.units import KMH_M_S

RCR_BUTTON = 0x08
_NO_FIX = 0x0001
_MAX_SATELLITES = 64
_PLAIN = ("dsta", "dage", "rcr")
_HUNDREDTHS = ("pdop", "hdop", "vdop")
_MAX_RUN = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Records of one layout, one after the other."""

    offset: int
    """Of the first one in the memory."""
    layout: Layout
    fields: NDArray[np.void]
    """(N,) structured as the layout says."""
    satellites: NDArray[Any] | None
    """(N,) object, str: `id:used[:elevation][:azimuth][:snr]` of each in view."""

    def __len__(self) -> int:
        return len(self.fields)


def plausible(fields: NDArray[np.void]) -> bool:
    """Whether the first record can be one: a place on Earth and a time."""
    names = fields.dtype.names or ()
    limits = (("lat", 90.0), ("lon", 180.0))
    if any(name in names and not abs(float(fields[name][0])) <= limit for name, limit in limits):
        return False
    return "utc" not in names or 0 < int(fields["utc"][0]) < 0xFFFF_FFFF


def read_satellites(
    sector: bytes, at: int, base: int, layout: Layout, most: int = _MAX_RUN
) -> tuple[Rows | None, int]:
    """Whole records with satellite lists from `at` on, and where they end."""
    bodies: list[bytes] = []
    texts: list[str] = []
    start = at
    while len(bodies) < most:
        found = _with_satellites(sector, at, layout)
        if found is None:
            break
        body, text, at = found
        bodies.append(body)
        texts.append(text)
    if not bodies:
        return None, start
    fields = np.frombuffer(b"".join(bodies), layout.record)
    return Rows(base + start, layout, fields, np.array(texts, dtype=object)), at


def _with_satellites(sector: bytes, at: int, layout: Layout) -> tuple[bytes, str, int] | None:
    """The fixed fields, the satellites as text and the end of the record at `at`, if whole."""
    listed = at + layout.head.itemsize
    if listed + 4 > len(sector):
        return None
    (in_view,) = struct.unpack_from("<H", sector, listed + 2)
    if in_view > _MAX_SATELLITES:
        return None
    each = 4 + (layout.satellite_extra_bytes if in_view else 0)
    behind = listed + each * max(in_view, 1)
    tail = behind + layout.rest.itemsize
    end = tail + layout.tail_bytes
    if end > len(sector) or (layout.tail_bytes == 2 and sector[tail] != STAR):
        return None
    if checksum(sector[at:tail]) != sector[end - 1] or sector.startswith(b"\xaa" * 7, at):
        return None
    texts = [
        _satellite(sector[place : place + each]) for place in range(listed, behind, each) if in_view
    ]
    return sector[at:listed] + sector[behind:tail], " ".join(texts), end


def _satellite(entry: bytes) -> str:
    values = struct.unpack_from(f"<{(len(entry) - 4) // 2}h", entry, 4)
    return ":".join(str(value) for value in (entry[0], entry[1], *values))


def columns(rows: Rows) -> dict[str, NDArray[Any]]:
    """`time_us`, `lat_deg`, `lon_deg`, `alt_amsl_m` and the extras of the records."""
    fields, names = rows.fields, rows.fields.dtype.names or ()
    count = len(fields)
    found: dict[str, NDArray[Any]] = {"time_us": _time_us(fields)}
    found.update(_position(fields))
    found["alt_amsl_m"] = _height(fields)
    if "speed" in names:
        found["speed_m_s"] = fields["speed"].astype(np.float64) * KMH_M_S
    if "speed_cm_s" in names:
        found["speed_m_s"] = fields["speed_cm_s"] / 100.0
    if "heading" in names:
        found["course_deg"] = fields["heading"].astype(np.float64)
    found.update({n: fields[n].astype(np.float64) for n in _PLAIN if n in names})
    found.update({name: fields[name] / 100.0 for name in _HUNDREDTHS if name in names})
    if "valid" in names:
        found["fix_code"] = fields["valid"].astype(np.float64)
    if "nsat" in names:
        found["satellites_in_view"] = fields["nsat"][:, 0].astype(np.float64)
        found["satellites"] = fields["nsat"][:, 1].astype(np.float64)
    if "distance" in names:
        found["distance_m"] = fields["distance"].astype(np.float64)
    if rows.satellites is not None:
        found["satellite_list"] = rows.satellites
    found["offset"] = rows.offset + np.arange(count) * (rows.layout.length)
    if rows.satellites is not None:
        found["offset"] = np.full(count, rows.offset)
    return found


def _time_us(fields: NDArray[np.void]) -> NDArray[np.int64]:
    names = fields.dtype.names or ()
    if "utc" not in names:
        return np.full(len(fields), NO_TIME_US)
    seconds = fields["utc"].astype(np.int64)
    time_us = seconds * 1_000_000
    if "millisecond" in names:
        time_us += fields["millisecond"].astype(np.int64) * 1000
    return np.where((seconds == 0) | (seconds == 0xFFFF_FFFF), NO_TIME_US, time_us)


def _position(fields: NDArray[np.void]) -> dict[str, NDArray[np.float64]]:
    """NaN where the unit had none: no fix at 0, 0 or at the pole, nor a place off the Earth."""
    names = fields.dtype.names or ()
    unknown = np.full(len(fields), np.nan)
    if "lat" not in names or "lon" not in names:
        return {"lat_deg": unknown, "lon_deg": unknown.copy()}
    lat_deg, lon_deg = fields["lat"].astype(np.float64), fields["lon"].astype(np.float64)
    good = (np.abs(lat_deg) <= 90) & (np.abs(lon_deg) <= 180)
    if "valid" in names:
        nowhere = (lon_deg == 0) & ((lat_deg == 0) | (lat_deg == 90))
        good &= ~((fields["valid"] == _NO_FIX) & nowhere)
    return {"lat_deg": np.where(good, lat_deg, np.nan), "lon_deg": np.where(good, lon_deg, np.nan)}


def _height(fields: NDArray[np.void]) -> NDArray[np.float64]:
    names = fields.dtype.names or ()
    if "height" in names:
        return fields["height"].astype(np.float64)
    if "height3" in names:
        whole = np.zeros((len(fields), 4), np.uint8)
        whole[:, 1:] = fields["height3"]
        return whole.view("<f4")[:, 0].astype(np.float64)
    return np.full(len(fields), np.nan)
