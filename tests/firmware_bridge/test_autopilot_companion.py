"""The companion's protocol state, driven by bytes and times."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.commands import Allowed
from firmware_bridge.autopilot.companion import MAX_OUTGOING_FRAMES, SENDABLE, Companion
from firmware_bridge.autopilot.events import (
    ClockSynced,
    CommandResult,
    Event,
    LinkDown,
    LinkUp,
    StatusText,
    TunnelReceived,
    VehicleRebooted,
    VehicleStatus,
    WindReport,
)
from firmware_bridge.errors import CommandRefused, ProtocolError
from firmware_bridge.messages import AttitudeSample, PositionSample

GUIDED_ARMED = (2, 3, 217, 4, 4, 3)


class Peer:
    """Another component on the wire, speaking through pymavlink."""

    def __init__(self, system_id: int = 1, component_id: int = 1) -> None:
        self._mavlink = dialect.MAVLink(None, system_id, component_id)
        self._mavlink.robust_parsing = True

    def say(self, message: dialect.MAVLink_message) -> bytes:
        frame = message.pack(self._mavlink)
        self._mavlink.seq = (self._mavlink.seq + 1) % 256
        return bytes(frame)

    def heartbeat(self) -> bytes:
        return self.say(dialect.MAVLink_heartbeat_message(*GUIDED_ARMED))

    def attitude(self, time_boot_ms: int) -> bytes:
        return self.say(
            dialect.MAVLink_attitude_quaternion_message(time_boot_ms, 1, 0, 0, 0, 0, 0, 0)
        )

    def hear(self, data: bytes) -> list[dialect.MAVLink_message]:
        return self._mavlink.parse_buffer(data) or []


def of_type(
    messages: Iterable[dialect.MAVLink_message], name: str
) -> list[dialect.MAVLink_message]:
    return [message for message in messages if message.get_type() == name]


def connected(now_s: float = 100.0, **options: object) -> tuple[Companion, Peer]:
    companion, peer = Companion(**options), Peer()  # type: ignore[arg-type]  # any option
    companion.opened(now_s)
    assert LinkUp(1, 1) in companion.receive(peer.heartbeat(), now_s)
    return companion, peer


def step(companion: Companion, peer: Peer, now_s: float) -> list[dialect.MAVLink_message]:
    """What the companion says at `now_s`."""
    companion.poll(now_s)
    return peer.hear(companion.data_to_send())


def answer_time(companion: Companion, peer: Peer, now_s: float, boot_s: float) -> list[Event]:
    """Let the companion ask for the time and answer it 10 ms later."""
    (question,) = of_type(step(companion, peer, now_s), "TIMESYNC")
    reply = dialect.MAVLink_timesync_message(round((boot_s + 0.005) * 1e9), question.ts1)
    return companion.receive(peer.say(reply), now_s + 0.01)


def test_it_announces_itself_as_an_onboard_controller_of_the_vehicle() -> None:
    companion = Companion()
    companion.opened(0.0)
    peer = Peer(system_id=7)
    companion.receive(peer.heartbeat(), 0.5)
    seen = [of_type(step(companion, peer, 0.5 + i / 10), "HEARTBEAT") for i in range(50)]
    beats = [beat for group in seen for beat in group]
    assert len(beats) == 5
    for beat in beats:
        assert (beat.get_srcSystem(), beat.get_srcComponent()) == (7, 191)
        assert beat.type == dialect.MAV_TYPE_ONBOARD_CONTROLLER
        assert beat.autopilot == dialect.MAV_AUTOPILOT_INVALID


def test_it_speaks_first_where_nobody_would_otherwise() -> None:
    companion, peer = Companion(), Peer()
    companion.opened(0.0)
    assert step(companion, peer, 1.9) == []
    (beat,) = step(companion, peer, 2.1)
    assert (beat.get_srcSystem(), beat.get_srcComponent()) == (1, 191)


@pytest.mark.parametrize(
    ("source", "heartbeat"),
    [
        ((255, 190), (6, 8, 0, 0, 4, 3)),
        ((1, 192), (18, 8, 0, 0, 4, 3)),
        ((1, 154), (26, 8, 0, 0, 4, 3)),
        ((1, 14), GUIDED_ARMED),
    ],
)
def test_neither_ground_station_nor_companion_nor_gimbal_is_the_autopilot(
    source: tuple[int, int], heartbeat: tuple[int, ...]
) -> None:
    companion, stranger = Companion(), Peer(*source)
    companion.opened(0.0)
    data = stranger.say(dialect.MAVLink_heartbeat_message(*heartbeat)) + stranger.attitude(1000)
    assert companion.receive(data, 0.1) == []
    assert not companion.link_status(0.1).connected


def test_only_component_1_of_the_chosen_vehicle_gives_samples() -> None:
    companion, peer = connected()
    for stranger in (Peer(1, 154), Peer(2, 1), Peer(255, 190)):
        assert companion.receive(stranger.attitude(50_000), 100.0) == []
    (sample,) = companion.receive(peer.attitude(50_000), 100.0)
    assert isinstance(sample, AttitudeSample)


def test_another_vehicle_is_not_taken_while_the_chosen_one_speaks() -> None:
    companion, peer = connected()
    assert companion.receive(Peer(2, 1).heartbeat(), 100.5) == []
    assert companion.link_status(100.5).system_id == 1
    companion.receive(peer.heartbeat(), 101.0)
    assert companion.poll(110.0) == [LinkDown("no heartbeat for 5 s")]
    assert LinkUp(2, 1) in companion.receive(Peer(2, 1).heartbeat(), 110.5)


def test_a_named_vehicle_is_waited_for() -> None:
    companion = Companion(vehicle_system_id=2)
    companion.opened(0.0)
    assert companion.receive(Peer(1, 1).heartbeat(), 0.1) == []
    assert LinkUp(2, 1) in companion.receive(Peer(2, 1).heartbeat(), 0.2)


def test_samples_carry_boot_time_mapped_by_timesync() -> None:
    companion, peer = connected()
    (synced,) = answer_time(companion, peer, 100.0, 40.0)
    assert isinstance(synced, ClockSynced)
    assert synced.offset_s == pytest.approx(-60.0, abs=1e-6)
    late = companion.receive(peer.attitude(41_500), 101.9)  # 0.4 s on the way
    (sample,) = late
    assert isinstance(sample, AttitudeSample)
    assert sample.time_s == pytest.approx(101.5, abs=1e-3)
    assert 0 < sample.clock_sigma_s < 0.005
    status = companion.link_status(102.0)
    assert status.clock_offset_s == pytest.approx(-60.0, abs=1e-3)


def test_the_autopilots_own_question_for_the_time_is_answered() -> None:
    companion, peer = connected()
    companion.receive(peer.say(dialect.MAVLink_timesync_message(0, 143301823001)), 100.25)
    (answer,) = of_type(peer.hear(companion.data_to_send()), "TIMESYNC")
    assert (answer.tc1, answer.ts1) == (100_250_000_000, 143301823001)


def test_the_time_is_asked_for_quickly_at_first_then_once_a_second() -> None:
    companion, peer = connected()
    counts = []
    for second in range(100, 120):
        companion.receive(peer.heartbeat(), second)
        asked = [of_type(step(companion, peer, second + i / 20), "TIMESYNC") for i in range(20)]
        counts.append(sum(map(len, asked)))
    assert counts[0] == 5
    assert set(counts[5:]) == {1}


def test_message_rates_are_requested_and_asked_for_again_after_a_reboot() -> None:
    companion, peer = connected()
    wanted = {31: 40000, 285: 40000, 33: 100000, 1: 1_000_000, 168: 1_000_000}
    assert requested(companion, peer, 100.0) == wanted
    companion.receive(peer.attitude(60_000), 103.0)
    events = companion.receive(peer.attitude(2_000), 104.0)
    assert isinstance(events[0], VehicleRebooted)
    assert isinstance(events[1], AttitudeSample)
    assert requested(companion, peer, 104.0) == wanted
    assert companion.link_status(104.0).reboots == 1


def requested(companion: Companion, peer: Peer, now_s: float) -> dict[int, float]:
    """Message intervals asked for within a second, each acknowledged at once."""
    asked: dict[int, float] = {}
    for i in range(10):
        for command in of_type(step(companion, peer, now_s + i / 10), "COMMAND_LONG"):
            assert command.command == Allowed.SET_MESSAGE_INTERVAL
            assert (command.target_system, command.target_component) == (1, 1)
            asked[int(command.param1)] = command.param2
            ack = dialect.MAVLink_command_ack_message(511, 0, 0, 0, 1, 191)
            companion.receive(peer.say(ack), now_s + i / 10)
    return asked


def test_a_reboot_is_seen_by_timesync_too_and_the_clock_begins_anew() -> None:
    companion, peer = connected()
    answer_time(companion, peer, 100.0, 4000.0)
    events = answer_time(companion, peer, 101.0, 3.0)
    assert [type(event) for event in events] == [VehicleRebooted, ClockSynced]
    assert companion.link_status(101.1).clock_offset_s == pytest.approx(-98.0, abs=1e-3)


def test_sample_times_never_go_back_when_the_first_answer_betters_the_clock() -> None:
    companion, peer = connected()
    times = []
    for i in range(100):
        now_s = 100.0 + i * 0.04
        data = peer.attitude(40_000 + 40 * i)
        times += [event.time_s for event in companion.receive(data, now_s + 0.15)
                  if isinstance(event, AttitudeSample)]  # fmt: skip
        if i == 50:
            answer_time(companion, peer, now_s + 0.15, 42.15)
    assert len(times) >= 95
    assert times == sorted(set(times))


def test_link_goes_down_and_up_with_the_heartbeat() -> None:
    companion, peer = connected(100.0)
    assert companion.poll(104.9) == []
    assert companion.poll(105.1) == [LinkDown("no heartbeat for 5 s")]
    assert companion.poll(106.0) == []
    assert LinkUp(1, 1) in companion.receive(peer.heartbeat(), 107.0)


def test_after_reopening_nothing_is_believed_and_a_heartbeat_is_asked_for() -> None:
    companion, peer = connected(100.0)
    assert companion.closed("unplugged") == [LinkDown("unplugged")]
    companion.opened(101.0)
    assert not companion.link_status(101.0).connected
    (request,) = of_type(step(companion, peer, 101.0), "COMMAND_LONG")
    assert (request.command, request.param1) == (Allowed.REQUEST_MESSAGE, 0)


def test_mode_and_battery_come_with_the_heartbeat() -> None:
    companion, peer = connected()
    battery = dialect.MAVLink_sys_status_message(0, 0, 0, 0, 12000, 100, 64, 0, 0, 0, 0, 0, 0)
    companion.receive(peer.say(battery), 100.1)
    assert companion.receive(peer.heartbeat(), 101.0) == [VehicleStatus("GUIDED", True, 64.0)]


def test_wind_text_and_position_become_events() -> None:
    companion, peer = connected()
    data = (
        peer.say(dialect.MAVLink_wind_message(-120.0, 6.0, 0.0))
        + peer.say(dialect.MAVLink_wind_message(-180.0, 0.0, 0.0))
        + peer.say(dialect.MAVLink_statustext_message(6, b"EKF3 IMU0 is using GPS"))
        + peer.say(dialect.MAVLink_global_position_int_message(9, 0, 0, 0, 0, 0, 0, 0, 0))
        + peer.say(dialect.MAVLink_global_position_int_message(9, 10, 20, 30, 0, 0, 0, 0, 0))
    )
    wind, text, position = companion.receive(data, 100.1)
    assert wind == WindReport(240.0, 6.0)
    assert text == StatusText(6, "EKF3 IMU0 is using GPS")
    assert isinstance(position, PositionSample)


def tunnel(system_id: int, component_id: int, payload: bytes) -> dialect.MAVLink_message:
    padded = payload.ljust(128, b"\0")
    return dialect.MAVLink_tunnel_message(system_id, component_id, 49360, len(payload), padded)


@pytest.mark.parametrize(
    ("target", "ours"), [((1, 191), True), ((0, 0), True), ((1, 0), True), ((1, 192), False),
                         ((2, 191), False)],
)  # fmt: skip
def test_a_tunnel_is_taken_when_it_is_for_us(target: tuple[int, int], ours: bool) -> None:
    companion, _ = connected()
    data = Peer(254, 190).say(tunnel(*target, b"\x02abc\x01\x00"))
    expected = [TunnelReceived(254, 190, 49360, b"\x02abc\x01\x00")] if ours else []
    assert companion.receive(data, 100.1) == expected


def test_a_tunnel_that_claims_more_than_it_carries_is_dropped() -> None:
    companion, _ = connected()
    lying = dialect.MAVLink_tunnel_message(0, 0, 49360, 200, bytes(128))
    assert companion.receive(Peer(254, 190).say(lying), 100.1) == []


def test_reports_go_out_as_tunnel_text_and_tracking_status() -> None:
    companion, peer = connected()
    step(companion, peer, 100.0)
    assert companion.send_tunnel(49360, b"\x01" * 59)
    assert companion.send_statustext(4, "ПОЖАР " * 10)
    assert companion.send_tracking_geo_status(42.95, 131.4, 250.0, 12.0)
    report, text, status = peer.hear(companion.data_to_send())
    assert (report.payload_type, report.payload_length) == (49360, 59)
    assert len(report.get_msgbuf()) == 76
    assert text.severity == 4
    assert text._text_raw.decode() == "ПОЖАР " * 4 + "ПОЖ"  # 50 bytes
    assert (status.lat, status.lon, status.alt, status.h_acc) == (429500000, 1314000000, 250, 12)


def test_a_payload_too_long_for_tunnel_is_refused() -> None:
    companion, _ = connected()
    with pytest.raises(ProtocolError, match="TUNNEL carries 128 bytes, not 129"):
        companion.send_tunnel(49360, bytes(129))


def test_nothing_is_queued_for_a_vehicle_that_is_not_there() -> None:
    companion = Companion()
    companion.opened(0.0)
    assert not companion.send_statustext(4, "nobody hears this")
    assert companion.data_to_send() == b""


def test_no_message_that_flies_the_vehicle_can_be_sent() -> None:
    flying = {"SET_MODE", "COMMAND_INT", "MANUAL_CONTROL", "RC_CHANNELS_OVERRIDE", "PARAM_SET",
              "SET_POSITION_TARGET_GLOBAL_INT", "SET_ATTITUDE_TARGET", "MISSION_ITEM_INT",
              "MISSION_SET_CURRENT", "MISSION_COUNT", "MISSION_CLEAR_ALL"}  # fmt: skip
    assert not flying & {message.msgname for message in SENDABLE}
    companion, peer = connected()
    with pytest.raises(CommandRefused, match="a companion does not send SET_MODE"):
        companion._send(dialect.MAVLink_set_mode_message(1, 1, 4))
    for command in (400, 22, 176):
        with pytest.raises(CommandRefused):
            companion.command(command, 1)
    assert not of_type(step(companion, peer, 100.0), "SET_MODE")


def test_a_result_for_somebody_elses_command_is_not_ours() -> None:
    companion, peer = connected(stream_hz={})
    companion.command(Allowed.REQUEST_MESSAGE, 148)
    step(companion, peer, 100.0)
    others = peer.say(dialect.MAVLink_command_ack_message(512, 4, 0, 0, 255, 190))
    assert companion.receive(others, 100.1) == []
    ours = peer.say(dialect.MAVLink_command_ack_message(512, 0, 0, 0, 1, 191))
    assert companion.receive(ours, 100.2) == [CommandResult(512, 148.0, 0)]


def test_our_own_frame_that_a_router_sends_back_is_ignored() -> None:
    companion, _ = connected()
    assert companion.receive(Peer(1, 191).say(tunnel(0, 0, b"echo")), 100.1) == []


def test_a_wrong_baud_rate_is_named_after_three_seconds() -> None:
    companion = Companion()
    companion.opened(0.0)
    for tenth in range(40):
        companion.receive(bytes([0x80, 0xF8, 0x00, 0x78] * 10), tenth / 10)
    error = companion.link_status(3.9).last_error
    assert error is not None
    assert "no MAVLink frame: wrong baud rate?" in error
    companion.receive(Peer().heartbeat(), 4.0)
    assert companion.link_status(4.0).last_error is None


def test_boot_text_alone_is_no_wrong_baud_rate() -> None:
    companion = Companion()
    companion.opened(0.0)
    companion.receive(b"\r\n\r\nInit ArduCopter V4.5.6 (7ce11b41)\r\n" * 4, 0.5)
    assert companion.link_status(3.4).last_error is None


def test_the_rate_of_bytes_is_measured() -> None:
    companion, peer = connected(0.0)
    for tenth in range(100):
        companion.receive(peer.attitude(1000 + tenth * 100), tenth / 10)
    size = len(peer.attitude(0))
    assert companion.link_status(9.99).bytes_per_s == pytest.approx(10 * size, rel=0.05)
    assert companion.link_status(60.0).bytes_per_s == 0


def test_what_nobody_fetches_does_not_pile_up() -> None:
    companion, peer = connected()
    for i in range(10_000):
        companion.send_statustext(6, f"line {i}")
    assert len(peer.hear(companion.data_to_send())) == MAX_OUTGOING_FRAMES


MESSAGE_IDS = sorted(dialect.mavlink_map)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*MESSAGE_IDS, 0, 31, 33, 77, 111, 253, 285, 385]),
            st.binary(max_size=255),
            st.sampled_from([(1, 1), (1, 191), (1, 154), (255, 190), (0, 0), (2, 1)]),
            st.floats(0, 100),
        ),
        max_size=40,
    )
)
def test_nothing_that_arrives_breaks_it(
    frames: list[tuple[int, bytes, tuple[int, int], float]],
) -> None:
    """Valid checksums around random payloads, in any order, some of them cut."""
    companion, now_s = Companion(), 0.0
    companion.opened(now_s)
    companion.receive(Peer().heartbeat(), now_s)
    for number, (msg_id, payload, source, pause_s) in enumerate(frames):
        now_s += pause_s
        head = bytes([len(payload), 0, 0, number, *source]) + msg_id.to_bytes(3, "little")
        extra = bytes([dialect.mavlink_map[msg_id].crc_extra])
        crc = dialect.x25crc(head + payload + extra).crc
        frame = b"\xfd" + head + payload + crc.to_bytes(2, "little")
        companion.receive(frame if number % 7 else frame[: len(frame) // 2], now_s)
        companion.poll(now_s)
        assert len(companion.data_to_send()) < 256 * 280
        companion.link_status(now_s)
