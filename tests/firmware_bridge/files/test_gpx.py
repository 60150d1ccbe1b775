"""GPX as vendors write it: every field has a column or stays as text."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from firmware_bridge.files.gpx import decode_gpx, is_gpx
from firmware_bridge.tracks import NO_TIME_US, Contents, Segment

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="eTrex 30">'


def gpx(body: bytes) -> bytes:
    return HEAD + body + b"</gpx>"


def one_segment(contents: Contents) -> Segment:
    (track,) = contents.tracks
    (segment,) = track.segments
    return segment


def track(points: bytes) -> bytes:
    return gpx(b"<trk><name>A</name><trkseg>" + points + b"</trkseg></trk>")


def test_all_fields_of_a_point_are_kept() -> None:
    segment = one_segment(
        decode_gpx(
            track(
                b'<trkpt lat="44.5" lon="-131.25" odd="7"><ele>120.5</ele>'
                b"<time>2026-07-20T09:11:32.25Z</time><hdop>1.5</hdop><sat>9</sat><fix>3d</fix>"
                b"<extensions><gpxtpx:TrackPointExtension><gpxtpx:atemp>-21.5</gpxtpx:atemp>"
                b"<gpxtpx:hr>90</gpxtpx:hr></gpxtpx:TrackPointExtension>"
                b'<v:mood of="ranger">fine &amp; dry</v:mood></extensions></trkpt>'
            )
        )
    )
    assert segment.lat_deg.tolist() == [44.5]
    assert segment.lon_deg.tolist() == [-131.25]
    assert segment.alt_amsl_m.tolist() == [120.5]
    assert segment.time_us.tolist() == [1784538692_250000]
    assert {name: column.tolist() for name, column in segment.extras.items()} == {
        "hdop": [1.5],
        "satellites": [9.0],
        "temperature_celsius": [-21.5],
        "heart_rate_bpm": [90.0],
        "raw_extensions": [
            '<trkpt odd="7"/><fix>3d</fix><v:mood of="ranger">fine &amp; dry</v:mood>'
        ],
    }


def test_garmin_and_bare_extensions_share_columns() -> None:
    segment = one_segment(
        decode_gpx(
            track(
                b'<trkpt lat="1" lon="2"><extensions><gpxx:TrackPointExtension>'
                b"<gpxx:Temperature>5</gpxx:Temperature><gpxx:Depth>2</gpxx:Depth>"
                b"</gpxx:TrackPointExtension></extensions></trkpt>"
                b"<trkpt lat='1' lon='3'><extensions><power>210</power></extensions></trkpt>"
            )
        )
    )
    extras = {name: column.tolist() for name, column in segment.extras.items()}
    assert extras["temperature_celsius"][0] == 5
    assert extras["depth_m"][0] == 2
    assert math.isnan(extras["power_w"][0])
    assert extras["power_w"][1] == 210


def test_a_point_without_time_and_height_stays_a_point() -> None:
    contents = decode_gpx(track(b'<trkpt lat="1" lon="2"/><trkpt lon="4" lat="3"></trkpt>'))
    segment = one_segment(contents)
    assert segment.lat_deg.tolist() == [1, 3]
    assert segment.lon_deg.tolist() == [2, 4]
    assert segment.time_us.tolist() == [NO_TIME_US] * 2
    assert np.isnan(segment.alt_amsl_m).all()
    assert list(contents.flaws) == []


def test_tracks_without_points_and_empty_segments_are_no_flaw() -> None:
    contents = decode_gpx(
        gpx(b"<trk><name>ACTIVE LOG</name><trkseg/><trkseg>\n</trkseg></trk><trk/>")
    )
    assert [t.name for t in contents.tracks] == ["ACTIVE LOG"]
    assert [len(t.segments) for t in contents.tracks] == [0]
    assert list(contents.flaws) == []


def test_routes_are_no_tracks() -> None:
    contents = decode_gpx(
        gpx(
            b'<rte><name>To the hut</name><rtept lat="1" lon="2"><name>Hut</name></rtept></rte>'
            b'<trk><trkseg><trkpt lat="5" lon="6"/></trkseg></trk>'
        )
    )
    (route,) = contents.routes
    assert route.name == "To the hut"
    assert route.segments[0].extras["raw_extensions"].tolist() == ["<name>Hut</name>"]
    assert contents.points == 1


def test_a_waypoint_keeps_everything() -> None:
    contents = decode_gpx(
        gpx(
            '<wpt lat="44.5" lon="131.25"><ele>-0.5</ele><time>2026-07-20T09:11:32+10:00</time>'
            "<name>Ива &#1088;</name><cmt>20-JUL-26 9:11:32AM</cmt><desc><![CDATA[<b>]]></desc>"
            "<sym>Flag, Blue</sym><extensions><gpxx:WaypointExtension><gpxx:Categories>"
            "<gpxx:Category>Тигр</gpxx:Category><gpxx:Category>Petlya</gpxx:Category>"
            "</gpxx:Categories></gpxx:WaypointExtension></extensions></wpt>".encode()
        )
    )
    (waypoint,) = contents.waypoints
    assert waypoint.name == "Ива р"
    assert (waypoint.lat_deg, waypoint.lon_deg, waypoint.alt_amsl_m) == (44.5, 131.25, -0.5)
    assert waypoint.time_utc == datetime(2026, 7, 19, 23, 11, 32, tzinfo=UTC)
    assert waypoint.comment == "20-JUL-26 9:11:32AM"
    assert waypoint.description == "<b>"
    assert waypoint.symbol == "Flag, Blue"
    assert waypoint.extras == {
        "extensions/WaypointExtension/Categories/Category": "Тигр",
        "extensions/WaypointExtension/Categories/Category#2": "Petlya",
    }


NAME = "Тропа №1"


@pytest.mark.parametrize(
    ("declared", "encoding", "mark"),
    [
        ("UTF-8", "utf-8", b""),
        ("UTF-8", "utf-8", b"\xef\xbb\xbf"),
        ("UTF-16", "utf-16-le", b"\xff\xfe"),
        ("UTF-16", "utf-16-be", b"\xfe\xff"),
        ("UTF-16", "utf-16-le", b""),
        ("UTF-16", "utf-16-be", b""),
        ("windows-1251", "cp1251", b""),
        ("KOI8-R", "koi8-r", b""),
        ("ISO-8859-5", "iso8859-5", b""),
        ("UTF-8", "cp1251", b""),
    ],
)
def test_the_name_is_right_in_every_encoding(declared: str, encoding: str, mark: bytes) -> None:
    name = NAME.replace("№", "N") if encoding == "koi8-r" else NAME
    text = (
        f'<?xml version="1.0" encoding="{declared}"?><gpx creator="x"><trk><name>{name}</name>'
        '<trkseg><trkpt lat="1" lon="2"/></trkseg></trk><bad</gpx>'
    )
    data = mark + text.encode(encoding)
    assert is_gpx(data[:8192])
    contents = decode_gpx(data)
    assert [t.name for t in contents.tracks] == [name]
    assert contents.points == 1
    assert contents.flaws[0].offset == len(mark) + len(text.split("<bad")[0].encode(encoding))


def test_an_unknown_encoding_is_named() -> None:
    contents = decode_gpx(
        b'<?xml version="1.0" encoding="klingon"?><gpx><wpt lat="1" lon="2"/></gpx>'
    )
    assert len(contents.waypoints) == 1
    assert [(f.offset, "klingon" in f.what) for f in contents.flaws] == [(0, True)]


POINT = st.tuples(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.none() | st.floats(-500, 9000),
    st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),
    st.none() | st.integers(30, 220),
    st.sampled_from(["", "<!-- note -->", "\n  "]),
)


def written(point: tuple[object, ...]) -> str:
    lat, lon, height, moment, heart, between = point
    text = f'<trkpt lat="{lat!r}" lon="{lon!r}">{between}'
    if height is not None:
        text += f"<ele>{height!r}</ele>"
    if isinstance(moment, datetime):
        text += f"<time>{moment.isoformat(timespec='milliseconds')}Z</time>"
    if heart is not None:
        text += f"<extensions><t:hr>{heart}</t:hr></extensions>"
    return text + "</trkpt>" + str(between)


@settings(max_examples=60, deadline=None)
@given(st.lists(POINT, min_size=1, max_size=30), st.integers(1, 40))
def test_whole_documents_agree_with_lxml(points: list[tuple[object, ...]], times: int) -> None:
    body = "".join(map(written, points)) * times
    data = f'<gpx xmlns:t="u"><trk><trkseg>{body}</trkseg></trk></gpx>'.encode()
    contents = decode_gpx(data)
    segment = one_segment(contents)
    elements = etree.fromstring(data).findall(".//trkpt")
    assert list(contents.flaws) == []
    assert segment.lat_deg.tolist() == [float(e.get("lat") or "") for e in elements]
    assert segment.lon_deg.tolist() == [float(e.get("lon") or "") for e in elements]
    heights = [float(e.findtext("ele") or "nan") for e in elements]
    np.testing.assert_array_equal(segment.alt_amsl_m, heights)
    hearts = [float(e.findtext(".//{u}hr") or "nan") for e in elements]
    got = segment.extras.get("heart_rate_bpm", np.full(len(elements), np.nan))
    np.testing.assert_array_equal(got, hearts)
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    for micros, element in zip(segment.time_us.tolist(), elements, strict=True):
        text = element.findtext("time")
        expected = NO_TIME_US
        if text:
            away = datetime.fromisoformat(text) - zero
            expected = (away.days * 86_400 + away.seconds) * 1_000_000 + away.microseconds
        assert micros == expected


@settings(max_examples=100, deadline=None)
@given(
    sign=st.sampled_from(["", "-"]),
    digits=st.integers(0, 13),
    values=st.lists(st.integers(0, 8 * 10**14), min_size=1, max_size=30),
)
def test_columns_of_even_decimals_are_rounded_as_python_rounds(
    sign: str, digits: int, values: list[int]
) -> None:
    texts = [f"{value % 10 ** (digits + 1):0{digits + 1}d}" for value in values]
    if digits:
        texts = [f"{sign}{text[:1]}.{text[1:]}" for text in texts]
    points = "".join(f'<trkpt lat="{text}" lon="1"/>' for text in texts)
    segment = one_segment(decode_gpx(track(points.encode())))
    assert segment.lat_deg.tobytes() == np.array([float(text) for text in texts]).tobytes()
