"""Who a Garmin says it is, and what it can do: A000, A001, unit id, clock, position, live fixes.

    PRODUCT    0 product id u16, 2 version i16 x 100, 4 texts closed by zeros
    PROTOCOLS  n x (tag u8, number u16); tags P physical, L link, A application, D data type;
               the D's after an A are its types, in the A's order
    D600       0 month u8, 1 day u8, 2 year u16, 4 hour u16, 6 minute u8, 7 second u8
    D700       0 lat f64, 8 lon f64, radians
    D800       0 alt, 4 epe, 8 eph, 12 epv f32, 16 fix u16, 18 tow f64, 26 lat, 34 lon f64 radians,
               42 east, 46 north, 50 up f32 m/s, 54 msl_hght f32, 58 leap i16, 60 wn_days u32

Source: Garmin Device Interface Specification 001-00063-00 Rev. C, sections 5, 6 and 7.4.
"""

import math
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from firmware_bridge.errors import ProtocolError
from firmware_bridge.handheld.garmin import values

_D600 = struct.Struct("<BBHHBB")
_D700 = struct.Struct("<dd")
_D800 = struct.Struct("<ffffHdddffffhI")
_GARMIN_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
_NO_FIX = (0, 1)
"""D800's fix: 0 unusable, 1 invalid, 2 2D, 3 3D, 4 and 5 the same with corrections."""


@dataclass(frozen=True, slots=True)
class Product:
    """A unit's answer to the product request."""

    product_id: int
    version: float
    texts: tuple[str, ...]

    @property
    def model(self) -> str:
        """The first text without its tail about software."""
        first = self.texts[0] if self.texts else ""
        return first.partition(" Software")[0].partition(" Ver.")[0].strip()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Which protocols and data types a unit speaks."""

    tags: tuple[str, ...]
    """As announced, "A301" and the like; empty for a unit that announces nothing."""
    waypoint: int | None
    """100 to 110 (or one we do not read); None when it has none."""
    track: int | None
    track_header: int | None = None

    def has(self, *tags: str) -> bool:
        """Whether one of `tags` was announced."""
        return any(tag in self.tags for tag in tags)


@dataclass(frozen=True, slots=True)
class Fix:
    """One D800, SI units."""

    time_utc: datetime
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    speed_m_s: float
    course_deg: float
    error_m: float
    valid: bool


def decode_product(data: bytes) -> Product:
    """Raises ProtocolError when it is cut off."""
    if len(data) < 4:
        raise ProtocolError(f"Garmin: product data of {len(data)} bytes")
    product_id, version = struct.unpack_from("<Hh", data)
    texts = tuple(values.text(raw)[0] for raw in data[4:].split(b"\0") if raw)
    return Product(product_id, version / 100, texts)


def decode_capabilities(data: bytes) -> Capabilities:
    """What a PROTOCOLS packet announces; a cut-off last entry is ignored."""
    tags = [f"{chr(tag)}{number}" for tag, number in struct.iter_unpack("<BH", _whole(data))]
    types: dict[str, list[int]] = {}
    current: list[int] = []
    for tag in tags:
        if tag[0] == "D":
            current.append(int(tag[1:]))
        else:
            current = types.setdefault(tag, [])
    waypoint = types.get("A100", [])[:1]
    header, point = _track_types(types)
    return Capabilities(tuple(tags), waypoint[0] if waypoint else None, point, header)


def _track_types(types: dict[str, list[int]]) -> tuple[int | None, int | None]:
    """A301 and A302 announce the header's type first, A300 has no headers."""
    for protocol in ("A302", "A301", "A300"):
        numbers = types.get(protocol, [])
        headers = [n for n in numbers if 310 <= n < 320]
        points = [n for n in numbers if 300 <= n < 310]
        if points:
            return headers[0] if headers else None, points[0]
    return None, None


def _whole(data: bytes) -> bytes:
    return data[: len(data) - len(data) % 3]


def assumed_capabilities(product: Product) -> Capabilities:
    """For a unit that announces nothing: by product id, the specification's section 8.2.

    [K] The rows are known from programs in use, none was tried on a unit.
    """
    waypoint = next(
        (w for least, w in _BY_PRODUCT.get(product.product_id, ()) if product.version >= least),
        None,
    )
    track = None if product.product_id in _WITHOUT_TRACKS or waypoint is None else 300
    return Capabilities((), waypoint, track)


def _all(waypoint: int, *product_ids: int) -> dict[int, tuple[tuple[float, int], ...]]:
    return dict.fromkeys(product_ids, ((0.0, waypoint),))


# Product id -> (from this version, waypoint type); the newest version first.
_BY_PRODUCT: dict[int, tuple[tuple[float, int], ...]] = {
    **_all(100, 7, 13, 14, 18, 23, 24, 25, 31, 35, 41, 42, 47, 55, 56, 59, 61, 62, 74),
    **_all(101, 44),
    **_all(102, 49, 76, 88),
    **_all(103, 73, 87, 95, 96, 97, 100, 105, 106),
    **_all(104, 72),
    29: ((4.00, 102), (0.0, 101)),
    77: ((3.01, 103), (0.0, 100)),
}
_WITHOUT_TRACKS = (7, 14)


def decode_clock(data: bytes) -> datetime:
    """The unit's clock, UTC; raises ProtocolError for no date at all, as before the first fix."""
    try:
        month, day, year, hour, minute, second = _D600.unpack_from(data)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (struct.error, ValueError) as error:
        raise ProtocolError(f"Garmin: no clock in {data.hex()} ({error})") from None


def decode_position(data: bytes) -> tuple[float, float]:
    """Latitude and longitude in degrees of a D700; raises ProtocolError."""
    if len(data) < _D700.size:
        raise ProtocolError(f"Garmin: position of {len(data)} bytes")
    lat, lon = _D700.unpack_from(data)
    if not (abs(lat) <= math.pi / 2 and abs(lon) <= math.pi):
        raise ProtocolError(f"Garmin: position {lat}, {lon} rad is nowhere")
    return math.degrees(lat), math.degrees(lon)


def decode_pvt(data: bytes) -> Fix:
    """A live fix; AMSL is alt + msl_hght. Raises ProtocolError."""
    if len(data) < _D800.size:
        raise ProtocolError(f"Garmin: live fix of {len(data)} bytes")
    alt, epe, _, _, fix, tow, lat, lon, east, north, _, msl, leap, days = _D800.unpack_from(data)
    numbers = (alt, tow, lat, lon, east, north, msl)
    if not all(map(math.isfinite, numbers)) or not 0 <= tow < 700_000 or days > 100_000:
        raise ProtocolError("Garmin: live fix with impossible numbers")
    time_utc = _GARMIN_EPOCH + timedelta(days=days, seconds=tow - leap)
    return Fix(
        time_utc=time_utc,
        lat_deg=math.degrees(lat),
        lon_deg=math.degrees(lon),
        alt_amsl_m=alt + msl,
        speed_m_s=math.hypot(east, north),
        course_deg=math.degrees(math.atan2(east, north)) % 360.0,
        error_m=epe,
        valid=fix not in _NO_FIX,
    )
