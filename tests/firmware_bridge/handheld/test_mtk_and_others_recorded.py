"""Real dumps and logs: counts and times as the manifest says, positions as gpsbabel reads them."""

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.handheld import mtk, nmea, skytraq, ublox
from firmware_bridge.tracks import Contents
from firmware_bridge.units import unix_us_from_utc

Decode = Callable[[bytes], Contents]
POINT = re.compile(
    r'<trkpt lat="([-\d.]+)" lon="([-\d.]+)">(?:(?!</trkpt>).)*?<time>([^<]+)</time>', re.S
)


def read(shared: Path, name: str) -> bytes:
    return (shared / "data" / "gps" / name).read_bytes()


def column(contents: Contents, name: str) -> np.ndarray:
    return np.concatenate([getattr(s, name) for t in contents.tracks for s in t.segments])


def span(contents: Contents) -> list[str]:
    times = column(contents, "time_us").astype("datetime64[us]")
    return [str(times.min().astype("datetime64[ms]")), str(times.max().astype("datetime64[ms]"))]


def by_gpsbabel(path: Path, form: str, tmp_path: Path) -> np.ndarray:
    """(N, 3) latitude, longitude, microseconds."""
    if shutil.which("gpsbabel") is None:
        pytest.skip("gpsbabel is not installed: positions and times NOT compared with it")
    out = tmp_path / "out.gpx"
    subprocess.run(
        ["gpsbabel", "-t", "-i", form, "-f", path, "-o", "gpx", "-F", out], check=True, timeout=60
    )
    found = POINT.findall(out.read_text())
    times = [datetime.fromisoformat(t.replace("Z", "+00:00")).astimezone(UTC) for *_, t in found]
    rows = [
        (float(a), float(b), unix_us_from_utc(t)) for (a, b, _), t in zip(found, times, strict=True)
    ]
    return np.array(rows)


def test_an_mtk_dump_has_what_the_manifest_says(shared: Path) -> None:
    contents = mtk.decode_memory(read(shared, "gpsbabel__mtk_logger.bin"))
    assert (len(contents.waypoints), len(contents.tracks), contents.points) == (4, 3, 817)
    assert span(contents) == ["2008-01-27T13:03:22.836", "2008-01-27T18:13:31.929"]
    assert contents.flaws == []
    names = set(contents.tracks[0].segments[0].extras)
    assert names >= {"speed_m_s", "course_deg", "satellites", "fix_code", "rcr", "distance_m"}


def test_a_skytraq_dump_has_what_the_manifest_says(shared: Path) -> None:
    contents = skytraq.decode_memory(read(shared, "gpsbabel__skytraq.bin"))
    assert (len(contents.waypoints), len(contents.tracks), contents.points) == (0, 1, 217)
    assert span(contents) == ["2009-09-10T05:19:37.000", "2009-09-10T05:37:37.000"]
    assert contents.flaws == []


def test_a_ublox_log_has_what_the_manifest_says(shared: Path) -> None:
    contents = ublox.decode_log(read(shared, "gpsd__ublox-zoe-m8b-logretrieve.log"))
    segment = contents.tracks[0].segments[0]
    assert len(segment) == 34
    assert contents.received == {"track": 34, "entry": 68}
    assert span(contents)[0] == "2020-02-04T13:03:13.000"
    first = (segment.lat_deg[0], segment.lon_deg[0], segment.alt_amsl_m[0])
    assert first == pytest.approx((46.542021, 6.653144, 716.6), abs=1e-9)
    assert np.isfinite(segment.extras["odometer_m"]).all()


@pytest.mark.parametrize(
    ("name", "points", "first", "last"),
    [
        ("gpsbabel__nmea.nmea", 154, "2004-08-07T03:29:08.379", "2004-08-07T03:31:41.370"),
        ("gpsbabel__nmeadate.nmea", 6, "1998-08-07T03:29:08.379", "2002-12-31T23:59:59.999"),
        ("gpsd__garmin48.log", 7, "2001-06-06T22:53:08.000", "2001-06-06T22:53:34.000"),
    ],
)
def test_nmea_logs_have_what_the_manifest_says(
    shared: Path, name: str, points: int, first: str, last: str
) -> None:
    contents = nmea.decode_log(read(shared, name))
    assert contents.points == points
    assert span(contents) == [first, last]


@pytest.mark.parametrize(
    ("name", "form", "decode"),
    [
        ("gpsbabel__mtk_logger.bin", "mtk-bin", mtk.decode_memory),
        ("gpsbabel__skytraq.bin", "skytraq-bin", skytraq.decode_memory),
        ("gpsbabel__nmea.nmea", "nmea", nmea.decode_log),
        ("gpsd__garmin48.log", "nmea", nmea.decode_log),
    ],
)
def test_gpsbabel_reads_the_same(
    shared: Path, tmp_path: Path, name: str, form: str, decode
) -> None:
    path = shared / "data" / "gps" / name
    peer = by_gpsbabel(path, form, tmp_path)
    contents = decode(path.read_bytes())
    assert np.abs(column(contents, "lat_deg") - peer[:, 0]).max() < 1e-7
    assert np.abs(column(contents, "lon_deg") - peer[:, 1]).max() < 1e-7
    assert np.abs(column(contents, "time_us") - peer[:, 2]).max() < 1000


@pytest.mark.parametrize(
    ("name", "decode", "expected"),
    [
        ("gpsbabel__mtk_logger.bin", mtk.decode_memory, 817),
        ("gpsd__ublox-zoe-m8b-logretrieve.log", ublox.decode_log, 34),
    ],
)
def test_one_damaged_byte_costs_one_record_and_names_its_place(
    shared: Path, name: str, decode: Decode, expected: int
) -> None:
    whole = read(shared, name)
    before = {f.offset for f in decode(whole).flaws}
    for at in range(0x300, 0xB00, 97):
        data = bytearray(whole)
        data[at] ^= 0x10
        contents = decode(bytes(data))
        assert expected - 1 <= contents.points <= expected
        if contents.points < expected:
            new = [flaw.offset for flaw in contents.flaws if flaw.offset not in before]
            assert any(at - 64 < offset <= at for offset in new)
