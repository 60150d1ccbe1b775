"""The companion hears what a real ArduCopter 4.5.6 said: recorded exchanges and whole flights."""

import itertools
import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.clock import BootClock, Reply
from firmware_bridge.autopilot.codec import MavlinkCodec
from firmware_bridge.autopilot.companion import Companion
from firmware_bridge.autopilot.events import (
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
from firmware_bridge.autopilot.tlog import read_tlog
from firmware_bridge.messages import AttitudeSample, GimbalSample, PositionSample, YawFrame

FLIGHTS = ["survey_mavproxy_rates", "survey_qgc_rates_dragwind"]
Line = dict[str, Any]


def exchange(shared: Path, name: str) -> Iterator[Line]:
    """Messages of a recorded exchange; remarks and what could not be decoded are left out."""
    path = shared / f"data/mavlink/exchanges/{name}.jsonl"
    for text in path.read_text().splitlines():
        line = json.loads(text)
        if "f" in line and line["msg"] != "FILE_TRANSFER_PROTOCOL" and line["msg"] != "LOG_DATA":
            yield line


def encode(line: Line) -> bytes:
    """The frame of a recorded line, from pymavlink, with its source and sequence number."""
    kind = dialect.mavlink_map[line["id"]]
    fields = dict(line["f"])
    for name in fields:
        if fields[name] is None:
            fields[name] = math.nan
        if name == "q" or isinstance(fields[name], list):
            fields[name] = [math.nan if part is None else part for part in fields[name]]
        if kind.fieldtypes[kind.fieldnames.index(name)] == "char":
            fields[name] = str(fields[name]).encode()
    mavlink = dialect.MAVLink(None, line["sys"], line["comp"])
    mavlink.seq = line["seq"]
    return bytes(kind(**fields).pack(mavlink))


def replay(companion: Companion, lines: Iterator[Line], start_s: float = 1000.0) -> list[Event]:
    """Let the companion hear the autopilot's side of an exchange at its own times."""
    companion.opened(start_s)
    events: list[Event] = []
    for line in lines:
        if line["dir"] == "fc>gcs":
            now_s = start_s + line["t"]
            events += companion.receive(encode(line), now_s) + companion.poll(now_s)
            companion.data_to_send()
    return events


def of_type(events: list[Event], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize(
    "name",
    [
        "timesync",
        "set_message_interval",
        "gimbal_protocol",
        "companion_forwarding",
        "arm_disarm",
        "mode_change",
        "camera_protocol",
        "wind_and_high_latency",
        "unsupported_commands",
        "mission_upload_abandoned",
        "param_read_set",
        "handshake_mavsdk",
    ],
)
def test_an_exchange_raises_no_alarm_and_loses_no_byte(shared: Path, name: str) -> None:
    """Re-encoded frames are as long as the recorded ones, are all read, and mean no reboot."""
    lines = list(exchange(shared, name))
    for line in lines:
        mavlink_1 = line["dir"] == "fc>gcs" and len(encode(line)) != line["len"]
        assert not mavlink_1 or name.startswith("handshake"), line
    companion = Companion()
    events = replay(companion, iter(lines))
    assert of_type(events, LinkUp) == [LinkUp(1, 1)]
    assert not of_type(events, VehicleRebooted)
    assert not of_type(events, LinkDown)
    status = companion.link_status(1000.0 + lines[-1]["t"])
    assert status.connected
    assert (status.bytes_dropped, status.reboots, status.last_error) == (0, 0, None)


def test_recorded_time_answers_agree_within_their_sigma(shared: Path) -> None:
    clock = BootClock()
    offsets = []
    for line in exchange(shared, "timesync"):
        if line["msg"] != "TIMESYNC":
            continue
        if line["dir"] == "gcs>fc" and line["f"]["tc1"] == 0:
            clock.request(line["f"]["ts1"], line["t"])
        elif line["dir"] == "fc>gcs" and line["f"]["tc1"] != 0:
            assert clock.reply(line["f"]["ts1"], line["f"]["tc1"], line["t"]) is Reply.USED
            offset = clock.offset(line["t"])
            assert offset is not None
            offsets.append(offset)
    assert len(offsets) == 5
    assert max(offset for offset, _ in offsets) - min(offset for offset, _ in offsets) < 0.006
    assert offsets[-1][1] < 0.002


def test_the_recorded_autopilots_own_question_is_answered(shared: Path) -> None:
    (question,) = [
        line
        for line in exchange(shared, "timesync")
        if line["dir"] == "fc>gcs" and line["msg"] == "TIMESYNC" and line["f"]["tc1"] == 0
    ]
    companion = Companion(vehicle_system_id=1)
    companion.opened(0.0)
    companion.receive(encode(question), 0.5)
    answers = MavlinkCodec(0, 0).feed(companion.data_to_send())
    assert [(answer.tc1, answer.ts1) for answer in answers] == [(500_000_000, 143301823001)]


def test_requested_rates_become_samples_one_for_one(shared: Path) -> None:
    lines = list(exchange(shared, "set_message_interval"))
    counts = Counter(line["msg"] for line in lines if line["dir"] == "fc>gcs")
    events = replay(Companion(vehicle_system_id=1), iter(lines))
    times = [sample.time_s for sample in of_type(events, AttitudeSample)]
    assert 0.95 * counts["ATTITUDE_QUATERNION"] < len(times) <= counts["ATTITUDE_QUATERNION"]
    assert times == sorted(set(times))
    assert of_type(events, StatusText)[0].text == "No ap_message for mavlink id (231)"
    assert not of_type(events, CommandResult), "those acknowledgements were for 255/190"


def test_the_recorded_gimbal_is_read_in_the_vehicles_frame(shared: Path) -> None:
    lines = list(exchange(shared, "gimbal_protocol"))
    recorded = [line["f"] for line in lines if line["msg"] == "GIMBAL_DEVICE_ATTITUDE_STATUS"]
    samples = of_type(replay(Companion(vehicle_system_id=1), iter(lines)), GimbalSample)
    assert len(samples) == len(recorded)
    for sample, fields in zip(samples, recorded, strict=True):
        assert sample.q_from_frd == pytest.approx(fields["q"], abs=1e-5)
        assert sample.yaw_frame is YawFrame.VEHICLE
    spacing = [b.time_s - a.time_s for a, b in itertools.pairwise(samples)]
    stamps = [(b["time_boot_ms"] - a["time_boot_ms"]) / 1000
              for a, b in itertools.pairwise(recorded)]  # fmt: skip
    assert spacing == pytest.approx(stamps, abs=0.05)


def test_another_companions_messages_are_not_the_autopilots(shared: Path) -> None:
    lines = list(exchange(shared, "companion_forwarding"))
    foreign = [line for line in lines if line["dir"] == "fc>gcs" and line["comp"] == 191]
    assert "GLOBAL_POSITION_INT" in {line["msg"] for line in foreign}
    events = replay(Companion(component_id=192), iter(lines))
    assert not of_type(events, PositionSample)
    assert not of_type(events, StatusText)
    tunnels = of_type(events, TunnelReceived)
    assert tunnels == [TunnelReceived(1, 191, 40000, b"\x01" * 5)], "not the one for 255/190"


@pytest.mark.parametrize("flight", FLIGHTS)
def test_a_whole_recorded_flight_keeps_the_link_up(shared: Path, flight: str) -> None:
    companion = Companion(stream_hz={31: 9.0, 285: 9.0})
    events: list[Event] = []
    asked: list[float] = []
    codec, first_s = MavlinkCodec(0, 0), 0.0
    for unix_s, message in read_tlog(shared / f"data/mavlink/{flight}.tlog"):
        if not first_s:
            first_s = unix_s
            companion.opened(unix_s)
        if message.get_srcSystem() == 1:
            events += companion.receive(bytes(message.get_msgbuf()), unix_s)
        events += companion.poll(unix_s)
        said = codec.feed(companion.data_to_send())
        asked += [unix_s - first_s for reply in said if reply.get_type() == "COMMAND_LONG"]
    assert of_type(events, LinkUp) == [LinkUp(1, 1)]
    assert not of_type(events, LinkDown)
    assert not of_type(events, VehicleRebooted)
    for kind in (AttitudeSample, GimbalSample, PositionSample):
        times = [sample.time_s for sample in of_type(events, kind)]
        assert len(times) > 1000
        assert times == sorted(set(times))
    modes = [mode for mode, _ in itertools.groupby(e.mode for e in of_type(events, VehicleStatus))]
    assert modes == ["STABILIZE", "GUIDED", "AUTO"]
    status = companion.link_status(unix_s)
    assert (status.messages_lost, status.bytes_dropped) == (0, 0)
    assert asked
    assert max(asked) < 60.0, "rates that are met are not asked for again"


@pytest.mark.parametrize("client", ["handshake_dronekit_connect_fly", "handshake_mavproxy"])
def test_other_clients_on_the_same_wire_change_nothing(shared: Path, client: str) -> None:
    """As behind a router, which shows us what they say and what they are answered."""
    companion, events, now_s = Companion(), list[Event](), 0.0
    companion.opened(now_s)
    for line in itertools.islice(exchange(shared, client), 6000):
        now_s = line["t"]
        events += companion.receive(encode(line), now_s) + companion.poll(now_s)
        companion.data_to_send()
    links = [e for e in events if isinstance(e, LinkUp | LinkDown | VehicleRebooted)]
    assert links == [LinkUp(1, 1)]
    assert {result.result for result in of_type(events, CommandResult)} <= {None}
    assert of_type(events, PositionSample)
    assert companion.link_status(now_s).connected


def test_a_flight_after_a_flight_is_one_reboot(shared: Path) -> None:
    companion, events, now_s = Companion(), list[Event](), 0.0
    companion.opened(now_s)
    samples_after: Counter[type] = Counter()
    for flight in FLIGHTS:
        begun_s, first_s = now_s, 0.0
        for unix_s, message in itertools.islice(
            read_tlog(shared / f"data/mavlink/{flight}.tlog"), 8_000
        ):
            first_s = first_s or unix_s
            now_s = begun_s + unix_s - first_s
            heard = companion.receive(bytes(message.get_msgbuf()), now_s) + companion.poll(now_s)
            companion.data_to_send()
            events += heard
            if flight == FLIGHTS[1]:
                samples_after.update(type(event) for event in heard)
    told = [e for e in events if isinstance(e, LinkUp | LinkDown | VehicleRebooted)]
    assert [type(event) for event in told] == [LinkUp, VehicleRebooted]
    assert min(samples_after[kind] for kind in (AttitudeSample, PositionSample)) > 150


def test_stock_wind_is_unknown_and_estimated_wind_comes_from_where_it_blows(shared: Path) -> None:
    winds = {}
    for flight in FLIGHTS:
        companion, events = Companion(), []
        for unix_s, message in read_tlog(shared / f"data/mavlink/{flight}.tlog"):
            if message.get_srcSystem() == 1 and message.get_type() in ("HEARTBEAT", "WIND"):
                events += companion.receive(bytes(message.get_msgbuf()), unix_s)
        winds[flight] = of_type(events, WindReport)
    stock, estimated = (winds[flight] for flight in FLIGHTS)
    assert stock == []
    settled = estimated[len(estimated) // 3 : 2 * len(estimated) // 3]
    assert all(230 < wind.from_deg < 250 for wind in settled)
    assert all(5.4 < wind.speed_m_s < 6.6 for wind in settled)
