"""Magellan sentences: checksums, feet, missing dates, escapes, passes that are joined."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.handheld import magellan
from firmware_bridge.handheld.magellan.transfer import joined
from firmware_bridge.handheld.sentences import checksum, sentence
from firmware_bridge.tracks import NO_TIME_US

TRACK = "PMGNTRK,4322.061,N,07948.473,W,00116,M,173949.42,A,,020602"


def test_a_point_as_the_specification_writes_it() -> None:
    segment = magellan.decode_log(sentence(TRACK)).tracks[0].segments[0]
    assert segment.lat_deg[0] == pytest.approx(43 + 22.061 / 60, abs=1e-9)
    assert segment.lon_deg[0] == pytest.approx(-(79 + 48.473 / 60), abs=1e-9)
    assert segment.alt_amsl_m[0] == 116
    assert str(np.datetime64(int(segment.time_us[0]), "us")) == "2002-06-02T17:39:49.420000"


def test_a_wrong_checksum_is_no_point_780_km_away() -> None:
    data = sentence(TRACK).replace(b"4322", b"5022") + sentence(TRACK)
    contents = magellan.decode_log(data)
    assert contents.points == 1
    assert contents.flaws[0].offset == 0


def test_feet_void_and_missing_dates() -> None:
    lines = [TRACK.replace(",M,", ",F,"), TRACK.replace(",A,", ",V,"), TRACK[:-8]]
    segment = magellan.decode_log(b"".join(sentence(line) for line in lines)).tracks[0].segments[0]
    assert segment.alt_amsl_m[0] == pytest.approx(116 * 0.3048)
    assert np.isnan(segment.lat_deg).tolist() == [False, True, False]
    alone = magellan.decode_log(sentence(TRACK[:-8])).tracks[0].segments[0]
    assert alone.time_us[0] == NO_TIME_US
    assert alone.extras["time_of_day_s"][0] == pytest.approx(63589.42)


def test_waypoints_keep_escaped_and_cyrillic_text() -> None:
    body = "PMGNWPL,3549.499,N,08650.827,W,0000257,M,Солонец,a\x1b2Cb,c".encode("cp1251")
    contents = magellan.decode_log(b"$%b*%02X\r\n" % (body, checksum(body)))
    place = contents.waypoints[0]
    assert (place.name, place.comment, place.symbol) == ("Солонец", "a,b", "c")
    assert place.extras["raw_hex"] == body.hex()


@pytest.mark.parametrize(
    ("old", "new", "both"),
    [
        ("", "abc", "abc"),
        ("abc", "", "abc"),
        ("acd", "abcd", "abcd"),
        ("bc", "abc", "abc"),
        ("abd", "bcde", "abcde"),
    ],
)
def test_passes_are_joined_in_the_units_order(old: str, new: str, both: str) -> None:
    def lines(text: str) -> list[bytes]:
        return [letter.encode() for letter in text]

    assert joined(lines(old), lines(new)) == lines(both)


@given(st.binary(max_size=1500))
@settings(max_examples=100, deadline=None)
def test_no_bytes_break_the_reader(data: bytes) -> None:
    magellan.decode_log(data)


FIELD = st.text("0123456789.-NSEWAVMF\x1b,", max_size=12)


@given(st.lists(st.tuples(st.sampled_from(["PMGNTRK", "PMGNWPL"]), st.lists(FIELD, max_size=14))))
@settings(max_examples=150, deadline=None)
def test_no_fields_break_the_reader(rows: list[tuple[str, list[str]]]) -> None:
    magellan.decode_log(b"".join(sentence(",".join([kind, *fields])) for kind, fields in rows))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_changed_byte_is_never_a_point(data: st.DataObject) -> None:
    whole = bytearray(sentence(TRACK))
    at = data.draw(st.integers(1, len(whole) - 3))
    whole[at] ^= data.draw(st.integers(1, 255))
    contents = magellan.decode_log(bytes(whole))
    same = magellan.decode_log(sentence(TRACK)).tracks[0].segments[0]
    for track in contents.tracks:  # an other case of the checksum's digits says the same
        assert track.segments[0].lat_deg.tolist() == same.lat_deg.tolist()
