"""Damaged GPX: what is whole is kept, and each flaw has its place."""

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.files.gpx import decode_gpx
from firmware_bridge.tracks import Contents

HEAD = b'<?xml version="1.0"?><gpx version="1.1" creator="eTrex"><trk><name>A</name><trkseg>'
TAIL = b"</trkseg></trk></gpx>"


def point(number: int) -> bytes:
    return (
        b'<trkpt lat="45.%07d" lon="14.3575673"><ele>%d.5</ele>'
        b"<time>2010-08-05T14:%02d:%02dZ</time></trkpt>\n"
        % (number, number, number // 60 % 60, number % 60)
    )


POINTS = [point(number) for number in range(400)]
WHOLE = HEAD + b"".join(POINTS) + TAIL


def numbers(contents: Contents) -> list[int]:
    """Which points came back, by their height."""
    heights = [s.alt_amsl_m for t in contents.tracks for s in t.segments]
    return [int(height) for height in np.concatenate(heights)] if heights else []


def test_a_file_cut_by_a_flat_battery_keeps_its_173_whole_points() -> None:
    whole = HEAD + b"".join(POINTS[:173])
    contents = decode_gpx(whole + POINTS[173][:60])
    assert numbers(contents) == list(range(173))
    assert contents.flaws[0].offset == len(whole)
    assert "ends inside" in contents.flaws[0].what
    assert contents.tracks[0].name == "A"


def test_every_cut_keeps_every_whole_point() -> None:
    for cut in range(0, len(WHOLE), 97):
        contents = decode_gpx(WHOLE[:cut])
        assert numbers(contents) == list(range(WHOLE[:cut].count(b"</trkpt>")))
        assert contents.flaws, cut


def test_a_cut_at_every_byte_of_a_point() -> None:
    start = len(HEAD)
    for cut in range(start + 1, start + len(POINTS[0])):
        contents = decode_gpx(WHOLE[:cut])
        assert numbers(contents) == ([0] if b"</trkpt>" in WHOLE[:cut] else [])
        assert contents.flaws


def test_nul_bytes_behind_the_last_point_are_counted() -> None:
    whole = HEAD + b"".join(POINTS[:10])
    contents = decode_gpx(whole + bytes(512))
    assert numbers(contents) == list(range(10))
    assert (contents.flaws[0].offset, contents.flaws[0].what) == (len(whole), "512 NUL bytes")


def test_a_lost_sector_costs_the_points_it_lay_over_and_no_other() -> None:
    data = bytearray(WHOLE)
    data[9216:9728] = bytes(512)
    starts = [len(HEAD) + sum(map(len, POINTS[:n])) for n in range(400)]
    hit = [n for n in range(400) if starts[n] < 9728 and starts[n] + len(POINTS[n]) - 1 > 9216]
    contents = decode_gpx(bytes(data))
    assert numbers(contents) == [n for n in range(400) if n not in hit]
    assert contents.flaws[0].offset == starts[hit[0]]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b'lat="45.0000007"', b'lat="45.00000x7"', "lat_deg"),
        (b'lat="45.0000007"', b'lat="91.0000007"', "not on Earth"),
        (b'lat="45.0000007"', b'lat="4_5.000007"', "lat_deg"),
        (b'lat="45.0000007"', b"", "without a position"),
        (b"<ele>7.5", b"<ele>7,5", "alt_amsl_m"),
        (b"<ele>7.5", b"<ele>inf", "alt_amsl_m"),
        (b"T14:00:07Z", b"T14:00:7Z", "time"),
    ],
)
def test_a_wrong_value_is_unknown_and_said_where(old: bytes, new: bytes, what: str) -> None:
    data = WHOLE.replace(old, new, 1)
    contents = decode_gpx(data)
    assert contents.points == 400
    named = [flaw for flaw in contents.flaws if what in flaw.what]
    assert named[0].offset == len(HEAD) + sum(map(len, POINTS[:7]))
    segment = contents.tracks[0].segments[0]
    others = np.arange(400) != 7
    assert not np.isnan(segment.lat_deg[others]).any()
    assert not np.isnan(segment.alt_amsl_m[others]).any()


def test_text_between_points_is_not_passed_over_in_silence() -> None:
    at = WHOLE.index(POINTS[200])
    contents = decode_gpx(WHOLE[:at] + b"stray" + WHOLE[at:])
    assert numbers(contents) == list(range(400))
    assert [(f.offset, "stray" in f.what) for f in contents.flaws] == [(at, True)]


def test_missing_end_tags_do_not_mix_tracks() -> None:
    data = HEAD + POINTS[0] + b"<trk><name>B</name><trkseg>" + POINTS[1] + TAIL
    contents = decode_gpx(data)
    assert [t.name for t in contents.tracks] == ["A", "B"]
    assert numbers(contents) == [0, 1]
    assert contents.flaws


def test_an_entity_is_never_expanded_and_no_file_is_read() -> None:
    bomb = b'<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "&%c;&%c;&%c;&%c;">' % (c, c - 1, c - 1, c - 1, c - 1)
        for c in range(ord("b"), ord("z"))
    )
    data = (
        b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">'
        + bomb
        + b']><gpx><wpt lat="1" lon="2"><name>&y;&x;</name></wpt></gpx>'
    )
    contents = decode_gpx(data)
    assert [w.name for w in contents.waypoints] == ["&y;&x;"]
    assert ["document type" in flaw.what for flaw in contents.flaws] == [True]


@pytest.mark.parametrize(
    "data",
    [
        b"<gpx>" + b"<a>" * 60_000,
        b"<gpx>" + b"<!--" * 10_000,
        b"<gpx>" + b"<!x>" * 10_000,
        b"<gpx>" + b"<![CDATA[" * 20_000,
        b"<gpx>" + b"<trkpt" * 10_000,
        b"<gpx>" + b'<trkpt lat="1" lon="2">' * 10_000,
        b"<gpx>" + b"<" * 200_000,
        b"<gpx " + b"a " * 400_000,
        b"<gpx>" + b'<wpt lat="1" lon="' + b" " * 900_000,
        b"<gpx><trk><trkseg>"
        + b"".join(b"<trkpt><e%d>1</e%d></trkpt>" % (n, n) for n in range(1500)),
    ],
    ids=range(10),
)
def test_a_bomb_costs_seconds_and_megabytes_at_most(data: bytes) -> None:
    tracemalloc.start()
    started = time.process_time()
    contents = decode_gpx(data)
    used_s = time.process_time() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert contents.flaws
    assert len(contents.flaws) <= 1001
    assert used_s < 10
    assert peak < 100 << 20


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8)), max_size=8
    )
)
def test_flipped_bytes_never_cost_more_than_the_points_they_hit(
    wounds: list[tuple[int, bytes]],
) -> None:
    data = bytearray(WHOLE[: len(HEAD) + 9000])
    for at, wound in wounds:
        at %= len(data) - 8
        data[at : at + len(wound)] = wound
    contents = decode_gpx(bytes(data))
    whole = [n for n in range(400) if POINTS[n].rstrip() in data]
    found: set[tuple[float, float]] = set()
    for segment in (s for t in contents.tracks for s in t.segments):
        found.update(zip(segment.lat_deg.tolist(), segment.alt_amsl_m.tolist(), strict=True))
    # A point whose neighbour lost its end tag is read with it or after it, never lost.
    missing = [n for n in whole if (float(b"45.%07d" % n), n + 0.5) not in found]
    assert missing == [] or b"<!" in bytes(data) or b"<?" in bytes(data)[5:]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    decode_gpx(data)
    decode_gpx(HEAD + data + POINTS[0] + data)


TAGS = b"""< > / <trk> </trk> <trkseg> </trkseg> <rte> </rte> </trkpt> <rtept/> <wpt> </wpt> <gpx>
</gpx> <metadata> </metadata> <!-- --> <![CDATA[ ]]> <extensions> </extensions> <a:b>1</a:b> &
<ele> </ele> 1""".split()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*TAGS, b"\0", b'<trkpt lat="1" lon="2">']), max_size=60))
def test_any_mixture_of_tags_is_read_without_an_error(parts: list[bytes]) -> None:
    data = b"".join(parts)
    contents = decode_gpx(data)
    assert contents.points <= data.count(b"<trkpt") + data.count(b"<rtept")
