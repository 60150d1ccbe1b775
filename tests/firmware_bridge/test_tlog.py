"""Telemetry logs: the recorded flights whole, damaged files salvaged."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.tlog import TlogProblem, pose_events, read_tlog
from firmware_bridge.errors import ProtocolError
from firmware_bridge.messages import AttitudeSample, GimbalSample, PositionSample, YawFrame

FLIGHTS = ["survey_mavproxy_rates", "survey_qgc_rates_dragwind"]
START_US = 1_795_344_868_000_000
RECORD = bytes.fromhex(
    "00 06 60 db 4f 6d ad 00 fd 09 00 00 07 01 01 00 00 00 03 00 00 00 02 03 51 04 03 cd d8"
)


def record(number: int) -> bytes:
    """A heartbeat a second after the last."""
    sender = dialect.MAVLink(None, 1, 1)
    sender.seq = number % 256
    frame = dialect.MAVLink_heartbeat_message(2, 3, 81, number, 4, 3).pack(sender)
    return (START_US + number * 1_000_000).to_bytes(8, "big") + bytes(frame)


def manifest_counts(shared: Path, flight: str) -> Counter[tuple[str, str]]:
    """(sys/comp, message) -> count from the recordings' own table."""
    text = (shared / "data/mavlink/MANIFEST.md").read_text()
    section = text.split(f"## {flight}.tlog")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d+/\d+) \| (\w+) \| (\d+) \|", section, re.MULTILINE)
    return Counter({(source, name): int(count) for source, name, count in rows})


@pytest.mark.parametrize("flight", FLIGHTS)
def test_every_message_of_a_recorded_flight_is_read(shared: Path, flight: str) -> None:
    log = read_tlog(shared / f"data/mavlink/{flight}.tlog")
    counts: Counter[tuple[str, str]] = Counter()
    last_s = 0.0
    for unix_s, message in log:
        counts[f"{message.get_srcSystem()}/{message.get_srcComponent()}", message.get_type()] += 1
        assert unix_s >= last_s
        last_s = unix_s
    assert counts == manifest_counts(shared, flight)
    assert (log.problems, log.bytes_dropped) == ([], 0)


@pytest.mark.parametrize("flight", FLIGHTS)
def test_poses_of_a_recorded_flight_are_on_the_logs_clock(shared: Path, flight: str) -> None:
    path = shared / f"data/mavlink/{flight}.tlog"
    expected, first_s, last_s = manifest_counts(shared, flight), 0.0, 0.0
    for unix_s, _ in read_tlog(path):
        first_s = first_s or unix_s
        last_s = unix_s
    counts: Counter[type] = Counter()
    newest_s: dict[type, float] = {}
    for sample in pose_events(path):
        counts[type(sample)] += 1
        assert first_s - 1 < sample.time_s < last_s + 1
        assert sample.time_s > newest_s.get(type(sample), 0.0)
        assert 0 < sample.clock_sigma_s <= 0.2
        newest_s[type(sample)] = sample.time_s
        if isinstance(sample, GimbalSample):
            assert sample.yaw_frame is YawFrame.VEHICLE
        if isinstance(sample, PositionSample):
            assert abs(sample.lat_deg - 42.95) < 0.01
            assert abs(sample.lon_deg - 131.40) < 0.01
            assert 195 < sample.alt_amsl_m < 265
    # A few samples fall out where the clock was bettered; none may be made up.
    for kind, name in [
        (AttitudeSample, "ATTITUDE_QUATERNION"),
        (GimbalSample, "GIMBAL_DEVICE_ATTITUDE_STATUS"),
    ]:
        assert 0.99 * expected["1/1", name] <= counts[kind] <= expected["1/1", name]
    assert counts[PositionSample] > 0.95 * expected["1/1", "GLOBAL_POSITION_INT"]


def test_a_literal_record_is_read(tmp_path: Path) -> None:
    path = tmp_path / "one.tlog"
    path.write_bytes(RECORD)
    ((unix_s, message),) = read_tlog(path)
    assert unix_s == int.from_bytes(RECORD[:8], "big") / 1e6
    assert message.custom_mode == 3


@pytest.mark.parametrize("cut", range(1, 29))
def test_a_cut_file_loses_its_last_record_only(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.tlog"
    whole = b"".join(record(number) for number in range(5))
    path.write_bytes(whole[:-cut])
    log = read_tlog(path)
    assert [message.custom_mode for _, message in log] == [0, 1, 2, 3]
    (problem,) = log.problems
    assert (problem.offset, problem.offset + problem.length) == (4 * 29, 5 * 29 - cut)
    assert "the file ends" in problem.what


def test_a_broken_place_is_listed_and_skipped(tmp_path: Path) -> None:
    records = [record(number) for number in range(10)]
    damaged = bytearray(records[4])
    damaged[12] ^= 0xFF
    rubbish = bytes(range(0x30, 0x60))
    path = tmp_path / "broken.tlog"
    path.write_bytes(b"".join(records[:4]) + damaged + records[5] + rubbish + b"".join(records[6:]))
    log = read_tlog(path)
    assert [message.custom_mode for _, message in log] == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert log.problems == [
        TlogProblem(4 * 29, 29, "no valid record"),
        TlogProblem(6 * 29, 48, "no valid record"),
    ]
    assert log.bytes_dropped == 29 + 48


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" * 100, RECORD[8:] * 5])
def test_a_foreign_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign.tlog"
    path.write_bytes(content)
    with pytest.raises(ProtocolError, match=re.escape(f"{path}: no telemetry record")):
        read_tlog(path)


def test_twenty_flipped_bits_cost_a_recorded_flight_twenty_records(
    shared: Path, tmp_path: Path
) -> None:
    data = (shared / "data/mavlink/survey_qgc_rates_dragwind.tlog").read_bytes()
    path = tmp_path / "damaged.tlog"
    damaged = bytearray(data[:300_000])
    path.write_bytes(damaged)
    whole = sum(1 for _ in read_tlog(path))
    rng = random.Random(3)
    for _ in range(20):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    path.write_bytes(damaged)
    log = read_tlog(path)
    assert whole - 20 <= sum(1 for _ in log) < whole
    assert 10 <= len(log.problems) <= 21
    assert log.bytes_dropped < 21 * 80


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=2000), tail=st.booleans())
def test_no_file_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, tail: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tlog"
    path.write_bytes(RECORD + content + (RECORD if tail else b""))
    log = read_tlog(path)
    found = list(log)
    assert found[0][1].custom_mode == 3
    assert 29 * len(found) <= len(RECORD + content) + 29 * tail
    assert len(log.problems) <= 100


@pytest.mark.parametrize("step_s", [-3600, 3600])
def test_poses_go_on_when_the_logs_clock_is_set(tmp_path: Path, step_s: int) -> None:
    """A laptop that finds the network's time an hour after it began to log."""
    copter, ground = dialect.MAVLink(None, 1, 1), dialect.MAVLink(None, 255, 190)
    records = [record(0)]
    for tenth in range(100, 400):
        boot_ms, unix_us = tenth * 100, START_US + tenth * 100_000
        unix_us += step_s * 1_000_000 * (tenth >= 250)
        messages = [(copter, dialect.MAVLink_attitude_quaternion_message(boot_ms, 1, *[0] * 6))]
        if tenth % 10 == 0:
            question, boot_ns = unix_us * 1000, boot_ms * 1_000_000
            messages.insert(0, (ground, dialect.MAVLink_timesync_message(0, question)))
            messages.insert(1, (copter, dialect.MAVLink_timesync_message(boot_ns, question)))
        for sender, message in messages:
            records.append(unix_us.to_bytes(8, "big") + bytes(message.pack(sender)))
    path = tmp_path / "set.tlog"
    path.write_bytes(b"".join(records))
    assert sum(1 for _ in pose_events(path)) == 300
