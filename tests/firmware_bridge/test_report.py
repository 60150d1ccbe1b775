"""Reports over the radio: literal bytes, clamps, unknowns, fuzz, and what they cost on the link."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from firmware_bridge.autopilot.report import (
    TUNNEL_PAYLOAD_TYPE,
    UNLOCATED_OVER_RADIO,
    Acknowledgement,
    Footprint,
    decode,
    encode,
)
from firmware_bridge.autopilot.resend import FIRST_WAIT_S, LONGEST_WAIT_S, ReportSender
from firmware_bridge.errors import ProtocolError
from firmware_bridge.messages import GroundFix, Health, HeatKind, Hotspot, Problem

NOW = datetime(2026, 8, 1, 3, 0, tzinfo=UTC)
FIRE = Hotspot(
    hotspot_id=UUID("01980000-0000-7000-8000-0000000a0b0c"),
    revision=3,
    system_id=7,
    kind=HeatKind.FIRE,
    first_seen_utc=datetime(2026, 8, 1, 2, 59, 30, 250_000, tzinfo=UTC),
    last_seen_utc=NOW,
    views=9,
    fix=GroundFix(43.1234567, 131.7654321, 412.0, 36.0, 9.0, 0.0, 12.3),
    unlocated_because=None,
    peak_kelvin=612.5,
    contrast_kelvin=320.4,
    saturated=True,
    area_m2=1.75,
)
FIRE_BYTES = bytes.fromhex(
    "01 01980000000070008000 0000000a0b0c 0300 06"  # kind, id, revision, saturated and located
    "071eb419 31cf894e 9c01 7b00"  # latitude, longitude, 412 m AMSL, CE90 12.3 m
    "3c00 1e00 80"  # 6 m along an axis due east, 3 m across
    "ed17 840c 0900 af000000"  # 612.5 K, 320.4 K over the ring, 9 views, 1.75 m2
    "4a2f43bb9f01 80a343bb9f01"  # first and last seen
)


def test_hotspot_has_the_documented_bytes() -> None:
    assert len(FIRE_BYTES) == 59
    assert encode(FIRE) == FIRE_BYTES


def test_hotspot_survives_the_radio() -> None:
    back = decode(encode(FIRE), 7, NOW)
    assert isinstance(back, Hotspot)
    assert back.fix is not None
    assert back.fix.var_east_m2 == pytest.approx(36.0)
    assert back.fix.var_north_m2 == pytest.approx(9.0)
    assert back.fix.cov_east_north_m2 == pytest.approx(0.0, abs=1e-9)
    assert replace(back, fix=FIRE.fix) == FIRE
    assert (back.fix.lat_deg, back.fix.lon_deg, back.fix.ce90_m) == (43.1234567, 131.7654321, 12.3)


def test_unlocated_relative_hotspot_keeps_its_unknowns() -> None:
    bare = replace(
        FIRE, fix=None, unlocated_because="no gimbal", peak_kelvin=None, contrast_kelvin=None,
        area_m2=None, kind=HeatKind.SIGNATURE, saturated=False,
    )  # fmt: skip
    back = decode(encode(bare), 7, NOW)
    assert back == replace(bare, unlocated_because=UNLOCATED_OVER_RADIO)


@given(
    st.floats(0.01, 1000), st.floats(0.01, 1000), st.floats(-1, 1), st.floats(0, 5e5),
    st.floats(0, 1e5), st.floats(-1e5, 1e5),
)  # fmt: skip
def test_any_hotspot_is_encoded_and_clamped(
    east: float, north: float, correlation: float, ce90: float, peak: float, contrast: float
) -> None:
    covariance = correlation * math.sqrt(east * north)
    fix = GroundFix(-43.0, -131.0, 0.0, east, north, covariance, ce90)
    back = decode(
        encode(replace(FIRE, fix=fix, peak_kelvin=peak, contrast_kelvin=contrast)), 7, NOW
    )
    assert isinstance(back, Hotspot)
    assert back.fix is not None
    assert back.fix.ce90_m == pytest.approx(min(ce90, 6553.4), abs=0.051)
    assert back.peak_kelvin == pytest.approx(min(peak, 6553.4), abs=0.051)
    assert back.contrast_kelvin == pytest.approx(max(-3276.7, min(contrast, 3276.7)), abs=0.051)
    got, want = back.fix.var_east_m2 + back.fix.var_north_m2, east + north
    assert math.sqrt(got) == pytest.approx(math.sqrt(want), abs=0.1)
    assert back.fix.cov_east_north_m2 == pytest.approx(covariance, abs=0.02 * want + 3)


def test_footprint_is_good_to_a_metre() -> None:
    corners = ((131.50, 43.20), (131.51, 43.2004), (131.5101, 43.19), (131.4999, 43.1897))
    packed = encode(Footprint(corners, 0.35))
    back = decode(packed, 1, NOW)
    assert len(packed) == 27
    assert isinstance(back, Footprint)
    assert back.age_s == 0.35
    for (lon, lat), (want_lon, want_lat) in zip(back.corners, corners, strict=True):
        assert (lon, lat) == pytest.approx((want_lon, want_lat), abs=0.6e-5)


HEALTH = Health(
    time_utc=NOW, uptime_s=3600.0, camera_fps=8.75, camera_age_s=0.12, frames_dropped=17,
    relative=True, autopilot_connected=True, clock_sigma_s=0.0015, disk_free_mb=51200.0,
    spool_backlog=4, board_celsius=61.0, problems=(Problem.CAMERA_RELATIVE, Problem.SUPPLY_LOW),
)  # fmt: skip


@pytest.mark.parametrize(
    "health",
    [
        HEALTH,
        replace(HEALTH, camera_age_s=None, clock_sigma_s=None, board_celsius=None, problems=()),
        replace(HEALTH, problems=tuple(Problem), board_celsius=-40.0),
    ],
)
def test_health_survives_the_radio(health: Health) -> None:
    packed = encode(health)
    assert len(packed) == 24
    assert decode(packed, 1, NOW) == health


@given(st.binary(max_size=128))
def test_any_payload_is_a_report_or_a_clear_error(payload: bytes) -> None:
    try:
        report = decode(payload, 1, NOW)
    except ProtocolError:
        return
    assert encode(report)[0] == payload[0]


def test_truncated_report_names_where_it_ends() -> None:
    with pytest.raises(ProtocolError, match="ends at byte 58 of 59"):
        decode(encode(FIRE)[:58], 1, NOW)
    with pytest.raises(ProtocolError, match="unknown kind 9"):
        decode(b"\x09", 1, NOW)


def on_the_link(message: mavlink.MAVLink_message) -> int:
    return len(message.pack(mavlink.MAVLink(None, srcSystem=1, srcComponent=191)))


def tunnel(payload: bytes, system: int, component: int) -> mavlink.MAVLink_message:
    padded = list(payload.ljust(128, b"\0"))
    return mavlink.MAVLink_tunnel_message(
        system, component, TUNNEL_PAYLOAD_TYPE, len(payload), padded
    )


def test_a_confirmed_hotspot_costs_99_bytes_on_the_radio() -> None:
    report = on_the_link(tunnel(encode(FIRE), 0, 0))
    answer = on_the_link(tunnel(encode(Acknowledgement.of(FIRE)), 1, 191))
    assert report <= 76
    assert answer <= 23


def test_an_acknowledged_hotspot_is_not_sent_again() -> None:
    sender = ReportSender()
    assert sender.push(FIRE, 0.0)
    assert [hotspot for hotspot, _ in sender.poll(0.0)] == [FIRE]
    assert sender.acknowledge(Acknowledgement(b"\0\0\0", 3)) is None
    assert sender.acknowledge(Acknowledgement.of(replace(FIRE, revision=2))) is None
    assert sender.acknowledge(Acknowledgement.of(FIRE)) == FIRE
    assert sender.in_flight == 0
    assert sender.poll(1e6) == []


def test_a_lost_report_is_sent_again_with_growing_waits() -> None:
    sender = ReportSender()
    sender.push(FIRE, 0.0)
    sent_at = [t / 10 for t in range(2000) if sender.poll(t / 10)]
    waits = [later - earlier for earlier, later in pairwise(sent_at)]
    assert waits[:4] == pytest.approx([FIRST_WAIT_S, 4.0, 8.0, 16.0])
    assert max(waits) == pytest.approx(LONGEST_WAIT_S)


def test_a_newer_revision_takes_the_place_of_the_older() -> None:
    sender = ReportSender()
    newer = replace(FIRE, revision=4, last_seen_utc=NOW + timedelta(seconds=1))
    assert sender.push(FIRE, 0.0)
    assert sender.push(newer, 0.1)
    assert sender.push(FIRE, 0.2)
    assert [hotspot for hotspot, _ in sender.poll(0.2)] == [newer]


def test_reports_stay_within_their_share_of_the_radio() -> None:
    sender = ReportSender(bytes_per_s=400.0, burst_bytes=800.0)
    for number in range(64):
        assert sender.push(replace(FIRE, hotspot_id=UUID(int=number)), 0.0)
    assert not sender.push(replace(FIRE, hotspot_id=UUID(int=99)), 0.0)
    sent = sum(len(p) + 17 for t in range(100) for _, p in sender.poll(t / 10))
    assert sent <= 800 + 400 * 10
    assert sent >= 0.9 * (800 + 400 * 9.9)


def test_footprint_over_the_antimeridian_stays_where_it_is() -> None:
    """Wrangel Island lies on both sides of it."""
    corners = ((179.9995, 71.2), (-179.9995, 71.2), (-179.9995, 71.199), (179.9995, 71.199))
    back = decode(encode(Footprint(corners, 0.5)), 1, NOW)
    assert isinstance(back, Footprint)
    assert [lon for lon, _ in back.corners] == pytest.approx([c[0] for c in corners], abs=2e-5)
