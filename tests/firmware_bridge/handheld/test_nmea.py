"""NMEA: checksums, epochs, midnight, dates that are missing or an era off, talkers."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.handheld import nmea
from firmware_bridge.handheld.capture import FINISHED, CaptureRecord, Direction
from firmware_bridge.handheld.conversation import Finished, Identified, Progress
from firmware_bridge.handheld.nmea import epochs, scan
from firmware_bridge.handheld.sentences import SentenceReader, checked_body, checksum, sentence
from firmware_bridge.tracks import NO_TIME_US, Segment, UnitIdentity

RMC = "GPRMC,{t},A,4307.1234,N,13153.5678,E,1.94,84.4,{d},,,A"
GGA = "GPGGA,{t},4307.1234,N,13153.5678,E,1,08,0.9,145.4,M,20.1,M,,"


def log(*bodies: str) -> bytes:
    return b"".join(sentence(body) for body in bodies)


def segment_of(data: bytes) -> Segment:
    return nmea.decode_log(data).tracks[0].segments[0]


def times(segment: Segment) -> list[str]:
    return [
        "-" if t == NO_TIME_US else str(np.datetime64(int(t), "us"))[:19]
        for t in segment.time_us.tolist()
    ]


def test_sentences_of_one_epoch_are_one_point() -> None:
    segment = segment_of(
        log(
            RMC.format(t="120000.00", d="150725"),
            GGA.format(t="120000"),
            "GPGSA,A,3,01,02,03,,,,,,,,,,1.8,0.9,1.5",
            "GPGSV,1,1,01,01,40,083,46",
            "GPVTG,84.4,T,,M,1.94,N,3.6,K,A",
        )
    )
    assert len(segment) == 1
    assert segment.lat_deg[0] == pytest.approx(43 + 7.1234 / 60, abs=1e-9)
    assert segment.lon_deg[0] == pytest.approx(131 + 53.5678 / 60, abs=1e-9)
    assert segment.alt_amsl_m[0] == 145.4
    extras = {name: column[0] for name, column in segment.extras.items()}
    assert extras["speed_m_s"] == pytest.approx(1.94 * 1852 / 3600)
    assert (extras["satellites"], extras["pdop"], extras["fix_dimension"]) == (8, 1.8, 3)
    assert extras["raw_extensions"] == "GPGSV,1,1,01,01,40,083,46"


def test_any_talker_is_read() -> None:
    for talker in ("GP", "GN", "GL", "GA", "BD"):
        body = RMC.format(t="120000", d="150725").replace("GP", talker, 1)
        assert len(segment_of(log(body))) == 1


@pytest.mark.parametrize("at", range(1, 60, 3))
def test_a_flipped_digit_is_never_taken(at: int) -> None:
    data = bytearray(log(RMC.format(t="120000", d="150725"), RMC.format(t="120001", d="150725")))
    data[at] ^= 0x01
    contents = nmea.decode_log(bytes(data))
    assert contents.points == 1
    assert contents.flaws[0].offset == 0
    assert contents.lost == 1


def test_midnight_moves_the_date_of_points_that_have_none() -> None:
    segment = segment_of(
        log(
            GGA.format(t="235957"),
            RMC.format(t="235958", d="311225"),
            GGA.format(t="235959"),
            GGA.format(t="000000"),
            GGA.format(t="000001"),
        )
    )
    assert times(segment) == [
        "2025-12-31T23:59:57",
        "2025-12-31T23:59:58",
        "2025-12-31T23:59:59",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:01",
    ]


def test_zda_dates_what_is_next_to_it() -> None:
    segment = segment_of(log("GPZDA,120000,15,07,2025,00,00", GGA.format(t="120000.379")))
    assert times(segment) == ["2025-07-15T12:00:00"]


def test_points_without_any_date_keep_their_place_and_no_time() -> None:
    contents = nmea.decode_log(log(GGA.format(t="120000"), GGA.format(t="120001")))
    segment = contents.tracks[0].segments[0]
    assert times(segment) == ["-", "-"]
    assert np.isfinite(segment.lat_deg).all()
    assert any("2 points" in flaw.what for flaw in contents.flaws)


def test_no_fix_is_no_place() -> None:
    body = RMC.format(t="120000", d="150725").replace(",A,", ",V,", 1)
    segment = segment_of(log(body))
    assert np.isnan(segment.lat_deg[0])
    assert times(segment) == ["2025-07-15T12:00:00"]
    assert "4307.1234" in segment.extras["raw_extensions"][0]


def test_a_jump_of_1024_weeks_is_repaired_and_marked() -> None:
    contents = nmea.decode_log(
        log(RMC.format(t="120000", d="291105"), RMC.format(t="120001", d="150725"))
    )
    segment = contents.tracks[0].segments[0]
    assert times(segment) == ["2025-07-15T12:00:00", "2025-07-15T12:00:01"]
    assert segment.extras["week_rollover"].tolist() == [1024, 0]
    assert any("1024 weeks" in flaw.what for flaw in contents.flaws)


def test_a_log_without_any_checksum_is_read_and_said_to_be_unchecked() -> None:
    data = (RMC.format(t="120000", d="150725") + "\r\n").encode()
    contents = nmea.decode_log(b"$" + data)
    assert contents.points == 1
    assert any("checksum" in flaw.what for flaw in contents.flaws)


def test_a_live_talker_is_known_by_listening_alone() -> None:
    conversation = nmea.probe()
    conversation.start(0.0)
    conversation.receive(log(*[RMC.format(t=f"12000{i}", d="150725") for i in range(4)]), 1)
    events = conversation.poll(1)
    assert isinstance(events[0], Identified)
    assert isinstance(events[-1], Finished)
    assert conversation.data_to_send() == b""


def test_a_recording_is_whole_when_it_is_stopped() -> None:
    conversation = nmea.record(UnitIdentity("nmea", None, None, None))
    conversation.start(0.0)
    events = []
    for i in range(60):
        data = log(RMC.format(t=f"1200{i:02d}", d="150725"))
        conversation.receive(data, i * 0.5)
        events += conversation.poll(i * 0.5)
    assert any(isinstance(event, Progress) for event in events)
    conversation.cancel(31.0)
    contents = conversation.contents()
    assert (contents.points, contents.lost) == (60, 0)


@given(st.binary(max_size=2000))
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_the_log_reader(data: bytes) -> None:
    nmea.decode_log(data)


FIELD = st.sampled_from(
    ["", "0", "-1", "A", "V", "N", "9999.99", "nan", "1e308", "250000", "310299"]
)
ODD = st.builds(
    lambda kind, fields: ",".join([kind, *fields]),
    st.sampled_from(["GPRMC", "GPGGA", "GPGLL", "GPGSA", "GPVTG", "GPZDA", "GNGNS", "PGRMT", "X"]),
    st.lists(FIELD, max_size=20),
)


@given(st.lists(ODD, max_size=30))
@settings(max_examples=150, deadline=None)
def test_no_fields_break_the_log_reader(bodies: list[str]) -> None:
    for track in nmea.decode_log(log(*bodies)).tracks:
        lat_deg = track.segments[0].lat_deg
        assert (np.isnan(lat_deg) | (np.abs(lat_deg) <= 90)).all()


@given(st.lists(st.binary(max_size=90), max_size=20), st.integers(1, 60))
@settings(max_examples=100, deadline=None)
def test_framing_does_not_depend_on_how_bytes_arrive(parts: list[bytes], size: int) -> None:
    stream = b"".join(part + sentence("GPTXT,x") for part in parts)
    whole, pieces = SentenceReader(), SentenceReader()
    at_once = whole.feed(stream)
    one_by_one = [b for i in range(0, len(stream), size) for b in pieces.feed(stream[i : i + size])]
    assert at_once == one_by_one
    assert whole.bytes_dropped == pieces.bytes_dropped


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_the_folded_checksum_is_the_plain_one(body: bytes) -> None:
    plain = 0
    for octet in body:
        plain ^= octet
    assert checksum(body) == plain


@given(st.text("0123456789ABCDEF,.", min_size=1, max_size=200), st.data())
@settings(max_examples=200, deadline=None)
def test_one_changed_byte_is_never_accepted(body: str, data: st.DataObject) -> None:
    line = bytearray(sentence("PMTK182,8," + body).rstrip())
    at = data.draw(st.integers(1, len(line) - 4))
    line[at] ^= data.draw(st.integers(1, 255))
    assert checked_body(bytes(line)) != body.encode()
    found = checked_body(bytes(line))
    assert found is None or b"PMTK182,8," + body.encode() not in (b"PMTK182,8," + found,)


def test_the_sentence_in_which_we_stopped_listening_is_no_loss() -> None:
    said = log(RMC.format(t="120000", d="150725")) + b"$GPGGA,1200"
    heard = CaptureRecord(0.1, Direction.RECEIVED, said)
    assert nmea.decode([heard]).lost == 1
    found = nmea.decode([heard, CaptureRecord(0.2, Direction.NOTE, FINISHED.encode())])
    assert (found.points, found.lost, found.flaws) == (1, 0, [])


_CLOCKS = ("235958.00", "235959.00", "000000.00", "000001.50", "120000")
_DATES = ("150725", "", "160725")
_SAID = [
    *(RMC.format(t=t, d=d) for t in _CLOCKS for d in _DATES),
    *(GGA.format(t=t) for t in _CLOCKS),
    *(f"GPZDA,{t},15,07,2025,00,00" for t in _CLOCKS),
    "GPGLL,4307.1234,N,13153.5678,E,120000,A",
    "GPGSV,1,1,01,01,40,083,46",
    "PGRMT,GPS 48",
]


@settings(max_examples=60, deadline=None)
@given(
    bodies=st.lists(st.sampled_from(_SAID), max_size=25),
    block=st.integers(1, 8),
    piece=st.integers(1, 200),
    cut=st.integers(0, 30),
)
def test_a_log_read_in_blocks_is_the_same(
    bodies: list[str], block: int, piece: int, cut: int
) -> None:
    data = log(*bodies)
    data = data[: len(data) // 2] + data[len(data) // 2 + cut :]
    whole = nmea.decode_log(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(epochs, "BLOCK_SENTENCES", block)
        patch.setattr(scan, "PIECE_BYTES", piece)
        parted = nmea.decode_log(data)
    assert parted.flaws == whole.flaws
    assert (parted.unit, parted.announced, parted.received) == (
        whole.unit, whole.announced, whole.received,
    )  # fmt: skip
    for one, other in zip(parted.tracks, whole.tracks, strict=True):
        (a,), (b,) = one.segments, other.segments
        assert a.time_us.tolist() == b.time_us.tolist()
        np.testing.assert_array_equal(a.lat_deg, b.lat_deg)
        assert a.extras.keys() == b.extras.keys()
        for name in a.extras:
            np.testing.assert_array_equal(a.extras[name], b.extras[name])


def test_a_log_of_nothing_but_dollars_costs_no_memory() -> None:
    data = log(RMC.format(t="120000", d="150725")) + b"$" * 16_000_000
    tracemalloc.start()
    try:
        found = nmea.decode_log(data)
        assert tracemalloc.get_traced_memory()[1] < 300 << 20  # 50 MB of them once took 2.3 GB
    finally:
        tracemalloc.stop()
    assert found.points == 1
    assert found.lost == 16_000_000


def test_an_epoch_without_end_is_bounded_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epochs, "BLOCK_SENTENCES", 10)
    monkeypatch.setattr(epochs, "MAX_EPOCH", 20)
    crowd = ["GPZDA,120000,15,07,2025,00,00", "GPGSV,1,1,01,01,40,083,46"] * 60
    first, last = (RMC.format(t=t, d="150725") for t in ("120000", "120001"))
    found = nmea.decode_log(log(first, *crowd, last))
    assert found.points == 2
    assert "of an epoch of more than 20" in found.flaws[0].what
