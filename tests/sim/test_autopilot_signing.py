"""Signed links: pymavlink signs and checks on the other side."""

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from tests.sim.client import Client, kinds

USB, RADIO = 0, 1
KEY = bytes(range(32))
NOW = 36_000_000_000_000
"""Ten microseconds since 2015: May 2026."""


@pytest.fixture
def ground(simulation):
    """A client on the radio, not signing yet; the vehicle stands on the ground."""
    return Client(simulation("vehicle.start='ground'"), port=RADIO)


def set_up(client, key=KEY, timestamp=NOW):
    client.send(mav.MAVLink_setup_signing_message(1, 1, list(key), timestamp))


def sign(client, key=KEY, timestamp=NOW):
    signing = client.codec.signing
    signing.secret_key, signing.sign_outgoing, signing.link_id = key, True, 7
    signing.timestamp = timestamp


def sync(client):
    return kinds(client.ask(mav.MAVLink_timesync_message(0, 5)))


def test_after_set_up_everything_is_signed_and_the_unsigned_is_not_answered(ground):
    assert sync(ground) == ["TIMESYNC"]
    set_up(ground)
    ground.sim.autopilot.data_to_send(1)
    ground.send(mav.MAVLink_timesync_message(0, 5))
    assert ground.sim.autopilot.data_to_send(1) == b""
    sign(ground)
    ground.send(mav.MAVLink_timesync_message(0, 6))
    frame = ground.sim.autopilot.data_to_send(1)
    assert frame[2] & mav.MAVLINK_IFLAG_SIGNED
    (answer,) = ground.codec.parse_buffer(frame)
    assert answer.get_signed()
    assert answer.ts1 == 6


def test_a_wrong_key_is_refused(ground):
    set_up(ground)
    sign(ground, key=bytes(32 * [9]))
    assert sync(ground) == []


def test_a_repeated_frame_is_refused_and_so_is_one_from_long_ago(ground):
    set_up(ground)
    sign(ground)
    ground.send(mav.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3))
    ground.heard()
    frame = mav.MAVLink_timesync_message(0, 5).pack(ground.codec)
    autopilot = ground.sim.autopilot
    autopilot.receive(1, frame, 0.0)
    assert kinds(ground.heard()) == ["TIMESYNC"]
    autopilot.receive(1, frame, 0.0)
    assert ground.heard() == [], "replayed"
    stranger = mav.MAVLink(None, 254, 190)
    stranger.signing.secret_key, stranger.signing.sign_outgoing = KEY, True
    minute = 6_000_000
    stranger.signing.timestamp = NOW - minute - 10
    autopilot.receive(1, mav.MAVLink_timesync_message(0, 5).pack(stranger), 0.0)
    assert ground.heard() == [], "a new stream more than a minute behind"
    stranger.signing.timestamp = NOW - minute + 100_000
    autopilot.receive(1, mav.MAVLink_timesync_message(0, 5).pack(stranger), 0.0)
    assert kinds(ground.heard()) == ["TIMESYNC"]


def test_usb_is_trusted_unsigned_and_the_radio_only_with_its_own_words(simulation):
    sim = simulation("vehicle.start='ground'")
    usb, radio = Client(sim, 1, port=USB), Client(sim, 2, port=RADIO)
    set_up(usb)
    usb.codec.signing.secret_key = KEY
    usb.codec.signing.allow_unsigned_callback = lambda *_: True
    assert sync(usb) == ["TIMESYNC"]
    assert sync(radio) == []
    status = mav.MAVLink_radio_status_message(1, 2, 3, 4, 5, 6, 7).pack(radio.codec)
    heard = sim.autopilot.links[2].feed(status)
    assert kinds(heard) == ["RADIO_STATUS"]


def test_zeros_switch_signing_off_and_a_restart_keeps_the_key(ground):
    set_up(ground)
    sign(ground)
    assert sync(ground) == ["TIMESYNC"]
    ground.sim.autopilot.reboot(0.0)
    ground.heard()
    assert sync(ground) == ["TIMESYNC"]
    assert ground.codec.signing.timestamp >= NOW + 6_000_000, "its clock went on by a minute"
    set_up(ground, bytes(32), 0)
    ground.codec.signing.secret_key, ground.codec.signing.sign_outgoing = None, False
    assert sync(ground) == ["TIMESYNC"]


def test_in_flight_no_key_is_taken(simulation):
    client = Client(simulation(), port=RADIO)
    (refusal,) = client.ask(mav.MAVLink_setup_signing_message(1, 1, list(KEY), NOW))
    assert refusal.text == "ERROR: Won't setup signing when armed"
    assert sync(client) == ["TIMESYNC"]


def test_the_clock_of_the_signatures_follows_the_gps(ground):
    ground.fly(11)
    set_up(ground, timestamp=1)
    ground.codec.signing.secret_key = KEY
    heard = ground.fly(2.5)
    assert heard
    seconds = 1_780_000_000 - 1_420_070_400
    assert ground.codec.signing.timestamp / 1e5 == pytest.approx(seconds + 11, abs=5)


def test_senders_without_number_are_not_all_remembered(ground):
    set_up(ground)
    for system in range(1, 200):
        stranger = mav.MAVLink(None, system, 190)
        stranger.signing.secret_key, stranger.signing.sign_outgoing = KEY, True
        stranger.signing.timestamp = NOW + system
        frame = mav.MAVLink_timesync_message(0, 5).pack(stranger)
        ground.sim.autopilot.receive(1, frame, 0.0)
    ground.fly(1.1)
    assert len(ground.sim.autopilot.links[1].codec.signing.stream_timestamps) <= 64
