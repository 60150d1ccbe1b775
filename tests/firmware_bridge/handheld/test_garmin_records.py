"""Garmin's data types on literal bytes: points, headers, waypoints, product, clock, live fixes."""

import math
import struct
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import ProtocolError
from firmware_bridge.handheld.garmin import points, product, values, waypoints
from firmware_bridge.handheld.garmin.symbols import SYMBOLS
from firmware_bridge.tracks import NO_TIME_US

LAT, LON = 513_000_000, 1_570_000_000
"""Semicircles near Vladivostok."""
LAT_DEG, LON_DEG = LAT * 180 / 2**31, LON * 180 / 2**31
T = 1_122_000_000
"""Unit seconds: 2025-07-21."""
UNKNOWN = 1.0e25


def d301(lat: int = LAT, lon: int = LON, time: int = T, alt: float = 112.5, new: int = 0) -> bytes:
    return struct.pack("<iiIffB", lat, lon, time, alt, UNKNOWN, new)


def test_a_point_of_each_type_in_literal_bytes() -> None:
    head = bytes.fromhex("4034941e 0040945d 80 3ce042".replace(" ", ""))
    assert head == struct.pack("<iiI", 513029184, 1569996800, 0x42E03C80)
    alt = bytes.fromhex("0000e142")  # 112.5
    unknown = struct.pack("<f", UNKNOWN)
    assert unknown == bytes.fromhex("51590469")
    cases = {
        300: head + b"\1",
        301: head + alt + unknown + b"\1",
        302: head + alt + unknown + struct.pack("<f", -12.5) + b"\1",
        303: head + alt + b"\x50",
        304: head + alt + struct.pack("<f", 1500.0) + b"\x50\x5a\x01",
    }
    for kind, record in cases.items():
        (segment,) = points.decode_points([record], kind)
        assert segment.lat_deg[0] == 513029184 * 180 / 2**31
        assert segment.lon_deg[0] == 1569996800 * 180 / 2**31
        assert segment.time_us[0] == (0x42E03C80 + 631_065_600) * 1_000_000
        assert np.isnan(segment.alt_amsl_m[0]) if kind == 300 else segment.alt_amsl_m[0] == 112.5
    extras = {k: points.decode_points([record], k)[0].extras for k, record in cases.items()}
    assert extras[301] == {}
    assert extras[302] == {"temperature_celsius": [-12.5]}
    assert extras[303] == {"heart_rate_bpm": [80]}
    assert extras[304] == {
        "distance_m": [1500],
        "heart_rate_bpm": [80],
        "cadence_rpm": [90],
        "sensor": [1],
    }


@pytest.mark.parametrize("time", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_times_that_mean_none(time: int) -> None:
    (segment,) = points.decode_points([d301(time=time), d301()], 301)
    assert list(segment.time_us) == [NO_TIME_US, (T + 631_065_600) * 1_000_000]


@pytest.mark.parametrize(
    "record",
    [d301(lat=0x7FFFFFFF), d301(lon=0x7FFFFFFF), d301(lat=0x7FFFFFFF, lon=0x7FFFFFFF)],
)
def test_an_unknown_position_is_nan_and_the_point_stays(record: bytes) -> None:
    (segment,) = points.decode_points([d301(), record, d301()], 301)
    assert list(np.isnan(segment.lat_deg)) == [False, True, False]
    assert list(np.isnan(segment.lon_deg)) == [False, True, False]


def test_an_unknown_altitude_is_nan() -> None:
    (segment,) = points.decode_points([d301(alt=UNKNOWN), d301(alt=math.inf)], 301)
    assert np.isnan(segment.alt_amsl_m).all()


def test_the_flag_begins_a_segment_and_no_point_is_lost() -> None:
    records = [d301(), d301(new=1), d301(), d301(new=1), d301(new=1)]
    assert [len(s) for s in points.decode_points(records, 301)] == [1, 2, 1, 1]


def test_a_longer_record_is_read_by_its_known_part() -> None:
    (segment,) = points.decode_points([d301() + b"\xff\xff"], 301)
    assert segment.alt_amsl_m[0] == 112.5


@pytest.mark.parametrize(
    ("data", "kind", "name"),
    [
        (b"\1\xffACTIVE LOG\0", 310, "ACTIVE LOG"),
        (b"\1\xff\xcf\xce\xd5\xce\xc4\0", 310, "ПОХОД"),
        ("\1\x05поход\0".encode(), 312, "поход"),
        (b"\1\xff", 312, None),
        (b"\7\0", 311, None),
    ],
)
def test_headers(data: bytes, kind: int, name: str | None) -> None:
    header = points.decode_header(data, kind)
    assert header.name == name
    if kind == 311:
        assert header.extras == {"index": "7"}


def test_guessed_letters_keep_their_bytes() -> None:
    header = points.decode_header(b"\1\xff\xcf\xce\xd5\xce\xc4\0", 310)
    assert header.extras["name_raw"] == "cfced5cec4"


OLD = struct.pack("<6siiI40s", b"STAN1 ", LAT, LON, 0, b"20-JUL-26 9:11:32PM".ljust(40))
USER = bytes(6) + b"\xff" * 12
MODERN = struct.pack("<iifff2s2s", LAT, LON, 112.5, UNKNOWN, 0.0, b"  ", b"RU")
TEXTS = b"STAN1\0winter hut\0\0\0\0\0"


@pytest.mark.parametrize(
    ("kind", "data", "symbol"),
    [
        (100, OLD, None),
        (101, OLD + struct.pack("<fB", 0.0, 178), "Flag"),
        (102, OLD + struct.pack("<fH", 0.0, 8197), "Golf Course"),
        (103, OLD + bytes([11, 0]), "Campground"),
        (104, OLD + struct.pack("<fHB", 0.0, 151, 3), "Campground"),
        (105, struct.pack("<iiH", LAT, LON, 7) + b"STAN1\0", "Fishing Area"),
        (106, struct.pack("<B13siiH", 0, bytes(13), LAT, LON, 7) + b"STAN1\0\0", "Fishing Area"),
        (107, OLD + struct.pack("<BBfB", 13, 0, 0.0, 2), "Hunting Area"),
        (108, struct.pack("<BBBBH", 0, 255, 0, 0x60, 171) + USER + MODERN + TEXTS, "Hunting Area"),
        (
            109,
            struct.pack("<BBBBH", 1, 0, 0x1F, 0x70, 9999) + USER + MODERN
            + b"\xff\xff\xff\xff" + TEXTS,
            "9999",
        ),
        (
            110,
            struct.pack("<BBBBH", 1, 0, 0x1F, 0x80, 18) + USER + MODERN
            + struct.pack("<IfIH", 0xFFFFFFFF, UNKNOWN, T, 0) + TEXTS,
            "Waypoint",
        ),
    ],
)  # fmt: skip
def test_a_waypoint_of_each_type(kind: int, data: bytes, symbol: str | None) -> None:
    waypoint = waypoints.decode_waypoint(data, kind)
    assert waypoint.name == "STAN1"
    assert (waypoint.lat_deg, waypoint.lon_deg) == (LAT_DEG, LON_DEG)
    assert waypoint.symbol == symbol
    assert waypoint.alt_amsl_m == (112.5 if kind >= 108 else None)
    when = datetime.fromtimestamp(T + 631_065_600, UTC)
    assert waypoint.time_utc == (when if kind == 110 else None)
    assert "proximity_m" not in waypoint.extras
    assert "depth_m" not in waypoint.extras
    if kind in (105, 106):
        assert waypoint.comment is None
    elif kind < 108:
        assert waypoint.extras["comment_time_local"] == "2026-07-20T21:11:32"
    else:
        assert waypoint.comment == "winter hut"
        assert waypoint.extras["country"] == "RU"


@pytest.mark.parametrize("kind", sorted(waypoints.READERS))
@given(data=st.binary(max_size=200))
def test_no_bytes_break_a_waypoint_reader(kind: int, data: bytes) -> None:
    try:
        waypoint = waypoints.decode_waypoint(data, kind)
    except ProtocolError:
        return
    assert abs(waypoint.lat_deg) <= 90.0 or math.isnan(waypoint.lat_deg)


@pytest.mark.parametrize("kind", sorted(points.POINT_TYPES))
@given(records=st.lists(st.binary(min_size=24, max_size=40), max_size=8))
def test_no_bytes_break_the_points_and_none_is_lost(kind: int, records: list[bytes]) -> None:
    segments = points.decode_points(records, kind)
    assert sum(map(len, segments)) == len(records)


@pytest.mark.parametrize(
    ("comment", "local"),
    [
        ("20-JUL-26 9:11:32AM", "2026-07-20T09:11:32"),
        ("01-JAN-00 12:00:00AM", "2000-01-01T00:00:00"),
        ("01-JAN-99 12:30:00PM", "1999-01-01T12:30:00"),
        ("20-JUL-26 21:11", "2026-07-20T21:11:00"),
        ("ELK 20-JUL-26 9:11:32AM", "2026-07-20T09:11:32"),
        ("31-FEB-26 9:11:32AM", None),
        ("20-JUL-26 13:11:32PM", None),
        ("20-XXX-26 9:11:32AM", None),
        ("winter hut", None),
    ],
)
def test_dates_in_comments_are_proposed(comment: str, local: str | None) -> None:
    assert values.time_in_comment(comment) == local


def test_symbols_of_the_specification() -> None:
    assert {n: SYMBOLS[n] for n in (0, 14, 18, 35, 150, 171, 179, 8198, 16384)} == {
        0: "Anchor",
        14: "Skull and Crossbones",
        18: "Waypoint",
        35: "Navaid, White/Red",
        150: "Boat Ramp",
        171: "Hunting Area",
        179: "Circle with X",
        8198: "City (Small)",
        16384: "Airport",
    }


def test_product_and_capabilities_in_literal_bytes() -> None:
    who = product.decode_product(
        bytes.fromhex("1203 0e01") + b"eTrex Venture HC Software Version 2.70\0"
    )
    assert (who.product_id, who.version, who.model) == (786, 2.7, "eTrex Venture HC")
    speaks = product.decode_capabilities(
        bytes.fromhex("500000 4c0100 410a00 416400 446e00 412d01 443801 442e01 415802 445802 41")
    )
    assert speaks.tags == (
        "P0",
        "L1",
        "A10",
        "A100",
        "D110",
        "A301",
        "D312",
        "D302",
        "A600",
        "D600",
    )
    assert (speaks.waypoint, speaks.track, speaks.track_header) == (110, 302, 312)
    assert speaks.has("A600", "A700")
    assert not speaks.has("A800")


@pytest.mark.parametrize(
    ("product_id", "version", "waypoint", "track"),
    [
        (87, 458, 103, 300),
        (77, 361, 103, 300),
        (77, 250, 100, 300),
        (72, 100, 104, 300),
        (59, 100, 100, 300),
        (7, 100, 100, None),
        (999, 100, None, None),
    ],
)
def test_units_that_announce_nothing(
    product_id: int, version: int, waypoint: int | None, track: int | None
) -> None:
    who = product.decode_product(struct.pack("<Hh", product_id, version) + b"GPS\0")
    speaks = product.assumed_capabilities(who)
    assert (speaks.tags, speaks.waypoint, speaks.track) == ((), waypoint, track)


def test_clock_position_and_live_fix() -> None:
    clock = product.decode_clock(bytes.fromhex("0714ea070900 0b20".replace(" ", "")))
    assert clock == datetime(2026, 7, 20, 9, 11, 32, tzinfo=UTC)
    with pytest.raises(ProtocolError, match="no clock"):
        product.decode_clock(bytes(8))
    lat_deg, lon_deg = product.decode_position(struct.pack("<dd", 0.75, 2.3))
    assert (lat_deg, lon_deg) == (math.degrees(0.75), math.degrees(2.3))
    with pytest.raises(ProtocolError, match="nowhere"):
        product.decode_position(struct.pack("<dd", 7.5, 2.3))
    fix = product.decode_pvt(
        struct.pack("<ffffHdddffffhI", 90.0, 5.0, 4.0, 3.0, 3, 97_218.0, 0.75, 2.3,
                    3.0, 4.0, 0.0, 22.5, 18, 13_349)
    )  # fmt: skip
    assert fix.time_utc == datetime(2026, 7, 20, 3, 0, 0, tzinfo=UTC)
    assert (fix.alt_amsl_m, fix.speed_m_s, fix.valid) == (112.5, 5.0, True)
    assert fix.course_deg == pytest.approx(36.87, abs=0.01)


@given(st.binary(max_size=80))
def test_no_bytes_break_product_clock_position_and_fix(data: bytes) -> None:
    for decode in (
        product.decode_product,
        product.decode_capabilities,
        product.decode_clock,
        product.decode_position,
        product.decode_pvt,
    ):
        try:
            decode(data)
        except ProtocolError:
            continue
