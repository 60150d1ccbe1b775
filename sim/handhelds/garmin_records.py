"""Garmin's data types as a unit writes them, little endian (Device Interface Specification
001-00063-00 Rev C). Layouts of ProtocolArray, D103, D108-D110, D300-D304, D310, D312, D600, D700
and D800 were seen read by gpsbabel; D500/D501 are from the specification and not verified.

posn = lat i32, lon i32 in semicircles, 180/2^31 degrees; time = u32 s since 1989-12-31.
"""

import math
import struct
import time
from collections.abc import Callable

from sim.handhelds.units import Place, Point

EPOCH_UNIX_S = 631_065_600
UNKNOWN_F32 = 1.0e25
UNKNOWN_I32 = UNKNOWN_U32 = 0x7FFFFFFF
NO_DATE_U32 = 0xFFFFFFFF
"""How D110 and D30x mark a time that is not there."""
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def semicircles(degrees: float) -> int:
    """To the nearest, wrapping at 180."""
    value = round(degrees * 2**31 / 180)
    return (value + 2**31) % 2**32 - 2**31


def degrees(value: int) -> float:
    """Exactly v*180/2^31."""
    return value * 180 / 2**31


def posn(lat_deg: float | None, lon_deg: float | None) -> bytes:
    if lat_deg is None or lon_deg is None:
        return struct.pack("<ii", UNKNOWN_I32, UNKNOWN_I32)
    return struct.pack("<ii", semicircles(lat_deg), semicircles(lon_deg))


def stamp(unix_s: float | None, unknown: int) -> int:
    return unknown if unix_s is None else (round(unix_s) - EPOCH_UNIX_S) % 2**32


def number(value: float | None) -> float:
    return UNKNOWN_F32 if value is None else value


def text(words: str) -> bytes:
    """ASCII, or Windows-1251 in Cyrillic firmware; NUL at the end."""
    return words.encode("cp1251", "replace") + b"\0"


def fixed(words: str, size: int) -> bytes:
    """Padded with blanks, cut at `size`."""
    return words.encode("cp1251", "replace")[:size].ljust(size, b" ")


def date_comment(unix_s: float | None) -> str:
    """`20-JUL-26 9:11:32AM`, the only date of a waypoint before D110."""
    if unix_s is None:
        return ""
    at = time.gmtime(unix_s)
    hour = at.tm_hour % 12 or 12
    half = "AM" if at.tm_hour < 12 else "PM"
    date = f"{at.tm_mday:02d}-{MONTHS[at.tm_mon - 1]}-{at.tm_year % 100:02d}"
    return f"{date} {hour}:{at.tm_min:02d}:{at.tm_sec:02d}{half}"


def _point_head(point: Point, unknown_time: int) -> bytes:
    where = posn(point.lat_deg, point.lon_deg)
    return where + struct.pack("<I", stamp(point.unix_s, unknown_time))


def d300(point: Point) -> bytes:
    """0 posn 8 time 12 new u8 =13"""
    return _point_head(point, UNKNOWN_U32) + bytes([point.begins])


def d301(point: Point) -> bytes:
    """0 posn 8 time 12 alt 16 dpth 20 new =21"""
    heights = struct.pack("<ff", number(point.alt_amsl_m), UNKNOWN_F32)
    return _point_head(point, UNKNOWN_U32) + heights + bytes([point.begins])


def d302(point: Point) -> bytes:
    """0 posn 8 time 12 alt 16 dpth 20 temp 24 new =25"""
    rest = struct.pack("<fff", number(point.alt_amsl_m), UNKNOWN_F32, UNKNOWN_F32)
    return _point_head(point, NO_DATE_U32) + rest + bytes([point.begins])


def d303(point: Point) -> bytes:
    """0 posn 8 time 12 alt 16 heart rate u8 =17; a break is a pair of unknown positions [K]"""
    return _point_head(point, NO_DATE_U32) + struct.pack("<fB", number(point.alt_amsl_m), 92)


def d304(point: Point) -> bytes:
    """0 posn 8 time 12 alt 16 distance 20 heart rate 21 cadence 22 sensor =23"""
    rest = struct.pack("<ffBBB", number(point.alt_amsl_m), UNKNOWN_F32, 92, 0xFF, 0)
    return _point_head(point, NO_DATE_U32) + rest


def d310(name: str) -> bytes:
    """0 dspl 1 color 2 ident"""
    return bytes([1, 255]) + text(name)


def d100(place: Place) -> bytes:
    """0 ident[6] 6 posn 14 u32 18 cmnt[40] =58"""
    comment = place.comment.upper() or date_comment(place.unix_s)
    where = posn(place.lat_deg, place.lon_deg)
    return fixed(place.name, 6) + where + bytes(4) + fixed(comment, 40)


def d103(place: Place) -> bytes:
    """D100, 58 smbl u8 59 dspl u8 =60; symbol 0 is the dot"""
    return d100(place) + bytes([0, 0])


def d104(place: Place) -> bytes:
    """D100, 58 dst f32 62 smbl u16 64 dspl =65"""
    return d100(place) + struct.pack("<fHB", 0.0, place.symbol, 3)


def _d108_head(first: bytes, place: Place) -> bytes:
    """4 smbl 6 subclass[18] 24 posn 32 alt 36 dpth 40 dist 44 state[2] 46 cc[2]"""
    subclass = bytes(6) + b"\xff" * 12
    heights = struct.pack("<fff", number(place.alt_amsl_m), UNKNOWN_F32, UNKNOWN_F32)
    where = posn(place.lat_deg, place.lon_deg)
    return first + struct.pack("<H", place.symbol) + subclass + where + heights + b"    "


def _strings(place: Place, comment: str) -> bytes:
    """ident, comment, facility, city, address, cross road"""
    return text(place.name) + text(comment) + bytes(4)


def d108(place: Place) -> bytes:
    """0 class 1 color 2 dspl 3 attr 0x60, D108 head, 48 strings"""
    comment = place.comment or date_comment(place.unix_s)
    return _d108_head(bytes([0, 255, 0, 0x60]), place) + _strings(place, comment)


def d109(place: Place) -> bytes:
    """0 dtyp 1 class 2 dspl_color 3 attr 0x70, D108 head, 48 ete u32, 52 strings"""
    comment = place.comment or date_comment(place.unix_s)
    head = _d108_head(bytes([1, 0, 0x1F, 0x70]), place)
    return head + struct.pack("<I", NO_DATE_U32) + _strings(place, comment)


def d110(place: Place) -> bytes:
    """D109 with attr 0x80, 52 temp f32 56 time u32 60 category u16, 62 strings"""
    head = _d108_head(bytes([1, 0, 0x1F, 0x80]), place)
    rest = struct.pack("<IfIH", NO_DATE_U32, UNKNOWN_F32, stamp(place.unix_s, NO_DATE_U32), 0)
    return head + rest + _strings(place, place.comment)


POINTS: dict[int, Callable[[Point], bytes]] = {
    300: d300, 301: d301, 302: d302, 303: d303, 304: d304,
}  # fmt: skip
PLACES: dict[int, Callable[[Place], bytes]] = {
    100: d100, 103: d103, 104: d104, 108: d108, 109: d109, 110: d110,
}  # fmt: skip


def d600(unix_s: float) -> bytes:
    """month day u8, year u16, hour u16, minute second u8"""
    at = time.gmtime(unix_s)
    return struct.pack(
        "<BBHHBB", at.tm_mon, at.tm_mday, at.tm_year, at.tm_hour, at.tm_min, at.tm_sec
    )


def d700(lat_deg: float, lon_deg: float) -> bytes:
    """lat, lon f64, radians"""
    return struct.pack("<dd", math.radians(lat_deg), math.radians(lon_deg))


def d800(point: Point, unix_s: float) -> bytes:
    """alt epe eph epv f32, fix u16, tow f64, lat lon f64 rad, E N U f32, msl f32, leap, wn_days"""
    lat, lon = math.radians(point.lat_deg or 0.0), math.radians(point.lon_deg or 0.0)
    leap_s, separation_m = 18, 27.0
    days, second = divmod(unix_s - EPOCH_UNIX_S + leap_s, 86400)
    week_day = int(days) % 7
    course = math.radians(point.course_deg)
    return struct.pack(
        "<ffffHdddffffhI",
        (point.alt_amsl_m or 0.0) + separation_m, 12.0, 8.0, 9.0, 3, week_day * 86400 + second,
        lat, lon, point.speed_m_s * math.sin(course), point.speed_m_s * math.cos(course), 0.0,
        -separation_m, leap_s, int(days) - week_day,
    )  # fmt: skip


def d501(satellite: int, week: int) -> bytes:
    """wn i16 (negative: no data), ten f32, health u8 =43; not verified"""
    if satellite % 3 == 0:
        return struct.pack("<h10fB", -1, *[0.0] * 10, 63)
    elements = (319488.0, 1e-5, 0.0, 0.01, 5153.6, 0.1 * satellite, 1.0, 0.5, -8e-9, 0.96)
    return struct.pack("<h10fB", week % 1024, *elements, 0)
