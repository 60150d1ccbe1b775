"""Reports over the radio: what goes on the link, what an answer does, what it costs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.companion import Companion
from firmware_bridge.autopilot.events import TunnelReceived
from firmware_bridge.autopilot.report import Footprint
from firmware_bridge.messages import HeatKind
from onboard.spool import Spool, Transport
from onboard.uplink.radio import RadioUplink, status_line
from tests.onboard.test_spool import hotspot
from tests.onboard.test_uplink_http import HEALTH


class Radio:
    """A companion on a scripted vehicle, and pymavlink's own parser on the other side."""

    def __init__(self, tmp_path: Path) -> None:
        self.spool = Spool(tmp_path, 1_000_000)
        self.companion = Companion()
        self.uplink = RadioUplink(self.spool, self.call, bytes_per_s=400.0)
        self.parser = dialect.MAVLink(None)
        self.bytes_sent = 0

    def call(self, function: Callable[[Companion], Any]) -> Any:
        return function(self.companion)

    def heartbeat(self, now_s: float) -> None:
        vehicle = dialect.MAVLink(None, 1, 1)
        beat = dialect.MAVLink_heartbeat_message(2, 3, 0, 0, 4, 3).pack(vehicle)
        self.companion.opened(now_s)
        self.companion.receive(beat, now_s)
        self.companion.data_to_send()

    def sent(self, now_s: float) -> list[Any]:
        self.uplink.step(now_s)
        data = self.companion.data_to_send()
        messages = self.parser.parse_buffer(data) or [] if data else []
        self.bytes_sent += len(data)
        return messages

    def answer(self, number: int, revision: int) -> None:
        tail = hotspot(number).hotspot_id.bytes[-3:]
        payload = b"\x02" + tail + revision.to_bytes(2, "little")
        self.uplink.received(TunnelReceived(254, 190, 49360, payload))


@pytest.fixture
def radio(tmp_path: Path) -> Radio:
    radio = Radio(tmp_path)
    radio.heartbeat(0.0)
    return radio


def names(messages: list[Any]) -> list[str]:
    return [message.get_type() for message in messages]


def test_the_first_report_goes_with_a_line_and_a_place_for_other_ground_stations(
    radio: Radio,
) -> None:
    radio.spool.put([(hotspot(1), None)])
    tunnel, text, geo = radio.sent(1.0)
    assert tunnel.payload_type == 49360
    assert tunnel.payload_length == 59
    assert bytes(tunnel.payload[1:17]) == hotspot(1).hotspot_id.bytes
    assert (text.severity, text.text) == (4, "FIRE 339C 44.70000 131.20000 +-5m")
    assert (geo.lat, geo.lon, geo.alt) == (447000000, 1312000000, 612.5)
    assert geo.h_acc == pytest.approx(5.47)
    assert radio.bytes_sent <= 260


def test_a_report_is_resent_until_answered_and_then_never_again(radio: Radio) -> None:
    radio.spool.put([(hotspot(1), None)])
    assert "TUNNEL" in names(radio.sent(1.0))
    assert names(radio.sent(2.0)) == []
    assert names(radio.sent(4.0)) == ["TUNNEL"]
    radio.answer(1, 1)
    assert names(radio.sent(100.0)) == []
    assert radio.spool.waiting(Transport.RADIO, 1) == []
    assert radio.spool.backlog() == 0


def test_an_answer_to_an_older_revision_does_not_settle_the_newer_one(radio: Radio) -> None:
    radio.spool.put([(hotspot(1), None)])
    radio.sent(1.0)
    radio.spool.put([(hotspot(1, 2), None)])
    radio.answer(1, 1)
    assert names(radio.sent(2.0)) == ["TUNNEL"]
    assert radio.spool.waiting(Transport.RADIO, 1) == [hotspot(1, 2)]


def test_a_hotspot_that_finds_its_place_later_gets_its_marker_then(radio: Radio) -> None:
    lost = replace(hotspot(1), fix=None, unlocated_because="no pose")
    radio.spool.put([(lost, None)])
    assert names(radio.sent(1.0)) == ["TUNNEL", "STATUSTEXT"]
    radio.spool.put([(hotspot(1, 2), None)])
    assert names(radio.sent(2.0)) == ["TUNNEL", "CAMERA_TRACKING_GEO_STATUS"]


def test_nothing_is_used_up_while_no_vehicle_is_there(tmp_path: Path) -> None:
    radio = Radio(tmp_path)
    radio.spool.put([(hotspot(1), None)])
    for second in range(100):
        assert radio.sent(float(second)) == []
    radio.heartbeat(100.0)
    assert "TUNNEL" in names(radio.sent(100.1))


def test_a_burst_of_hotspots_stays_within_the_radios_share(radio: Radio) -> None:
    radio.spool.put([(hotspot(n), None) for n in range(30)])
    for tenth in range(100):
        radio.sent(1.0 + tenth / 10)
    assert radio.bytes_sent < 800 + 10 * (400 + 260)
    assert radio.bytes_sent > 30 * 76


def test_a_new_fire_is_told_though_nobody_ever_answered_the_old_ones(radio: Radio) -> None:
    now_s = 1.0
    for first in range(0, 120, 20):
        radio.spool.put([(hotspot(n), None) for n in range(first, first + 20)])
        for _ in range(100):
            now_s += 0.1
            radio.sent(now_s)
    radio.spool.put([(hotspot(500), None)])
    sent = [m for tenth in range(150) for m in radio.sent(now_s + tenth / 10)]
    told = {bytes(m.payload[1:17]) for m in sent if m.get_type() == "TUNNEL"}
    assert hotspot(500).hotspot_id.bytes in told
    assert radio.spool.backlog() == 121
    radio.answer(500, 1)
    radio.sent(now_s + 20)
    assert radio.spool.backlog() == 120


def test_footprint_goes_every_two_seconds_at_most_and_health_when_it_is_new(radio: Radio) -> None:
    corners = ((131.2, 44.7), (131.21, 44.7), (131.21, 44.71), (131.2, 44.71))
    kinds = []
    for tenth in range(41):
        radio.uplink.footprint.put(Footprint(corners, 0.1))
        if tenth == 5:
            radio.uplink.health.put(HEALTH)
        kinds += [message.payload[0] for message in radio.sent(1.0 + tenth / 10)]
    assert kinds == [3, 4, 3, 3]


@pytest.mark.parametrize("payload", [b"", b"\x02\x01", b"\xff" * 20, bytes(59)])
def test_foreign_bytes_in_a_tunnel_do_no_harm(radio: Radio, payload: bytes) -> None:
    radio.uplink.received(TunnelReceived(254, 190, 49360, payload))
    radio.uplink.received(TunnelReceived(254, 190, 1, payload))
    assert radio.sent(1.0) == []


def test_the_line_for_pilots_fits_and_says_what_is_not_known() -> None:
    far = replace(hotspot(1).fix, lat_deg=-44.123456, lon_deg=-131.123456, ce90_m=499.4)
    extreme = replace(hotspot(1), kind=HeatKind.SIGNATURE, fix=far, saturated=True)
    assert len(status_line(extreme)) <= 50
    assert status_line(extreme) == "SIGNATURE >339C -44.12346 -131.12346 +-499m"
    relative = replace(hotspot(1), peak_kelvin=None, fix=None, unlocated_because="no pose")
    assert status_line(relative) == "FIRE no position"


def test_many_foreign_tunnels_give_one_line(radio: Radio, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(200):
        radio.uplink.received(TunnelReceived(254, 190, 49360, bytes([255, number])))
    assert caplog.text.count("TUNNEL from 254/190") == 1
