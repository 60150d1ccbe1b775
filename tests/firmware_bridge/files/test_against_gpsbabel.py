"""Real files: what the manifest says, and what gpsbabel reads, point by point.

Where the manifest shows that gpsbabel is wrong, its verdict is not asked: it refuses qmapshack's
undeclared prefix, and gives a two-digit year 98 as 2098.
"""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from firmware_bridge.files import read_file
from firmware_bridge.tracks import NO_TIME_US

GPX = "{*}"
# File: gpsbabel's name of the format (None: gpsbabel is wrong or cannot), then from the manifest
# waypoints, tracks, segments with points, points, first and last time.
FILES: dict[str, tuple[str | None, int, int, int, int, str | None, str | None]] = {
    "gpsbabel__gpx_garmin_extensions.gpx": (
        *("gpx", 1, 1, 1, 8),
        *("2008-08-20T07:04:48Z", "2008-08-20T07:04:55Z"),
    ),
    "gpsbabel__basecamp.gpx": ("gpx", 2, 1, 1, 2, None, None),
    "gpsbabel__garmincategories.gpx": ("gpx", 2, 0, 0, 0, None, None),
    "gpsbabel__segmented_tracks.gpx": (
        *("gpx", 0, 2, 10, 46),
        *("2007-07-27T05:24:05Z", "2007-07-27T05:35:00Z"),
    ),
    "qmapshack__gpx_ext_GarminTPX1_gpxtpx.gpx": (
        *(None, 0, 1, 1, 8),
        *("2015-10-02T13:56:08Z", "2015-10-02T13:56:22Z"),
    ),
    "viking__WaypointSymbols.gpx": ("gpx", 121, 0, 0, 0, None, None),
    "gpxpy__gpx_with_garmin_extension.gpx": ("gpx", 1, 0, 0, 0, None, None),
    "gpxpy__cerknicko-jezero.gpx": (
        *("gpx", 7, 8, 7, 296),
        *("2010-08-05T14:23:59Z", "2010-08-05T16:23:49Z"),
    ),
    "gpsbabel__nmea.nmea": (
        *("nmea", 0, 1, 1, 154),
        *("2004-08-07T03:29:08.379Z", "2004-08-07T03:31:41.370Z"),
    ),
    "gpsbabel__nmeadate.nmea": (
        *(None, 0, 1, 1, 6),
        *("1998-08-07T03:29:08.379Z", "2002-12-31T23:59:59.999Z"),
    ),
    "gpsd__garmin48.log": (
        *("nmea", 0, 1, 1, 7),
        *("2001-06-06T22:53:08Z", "2001-06-06T22:53:34Z"),
    ),
    "gpsbabel__mtk_logger.bin": (
        *("mtk-bin", 4, 3, 3, 817),
        *("2008-01-27T13:03:22.836Z", "2008-01-27T18:13:31.929Z"),
    ),
    "gpsbabel__skytraq.bin": (
        *("skytraq-bin", 0, 1, 1, 217),
        *("2009-09-10T05:19:37Z", "2009-09-10T05:37:37Z"),
    ),
    "gpsbabel__fit-sample.fit": (
        *("garmin_fit", 7, 1, 1, 533),
        *("2011-05-02T08:30:54Z", "2011-05-02T09:17:44Z"),
    ),
    "gpsd__ublox-zoe-m8b-logretrieve.log": (
        *(None, 0, 1, 1, 34),
        *("2020-02-04T13:03:13Z", None),
    ),
}


def micros(text: str | None) -> int:
    """Microseconds since 1970 of an ISO time, by Python's calendar."""
    if text is None:
        return int(NO_TIME_US)
    away = datetime.fromisoformat(text.replace("Z", "+00:00")) - datetime(1970, 1, 1, tzinfo=UTC)
    return (away.days * 86_400 + away.seconds) * 1_000_000 + away.microseconds


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_gives_what_the_manifest_says(shared: Path, name: str) -> None:
    _, waypoints, tracks, segments, points, first, last = FILES[name]
    contents = read_file(shared / "data/gps" / name)
    found = [segment for track in contents.tracks for segment in track.segments]
    assert (len(contents.waypoints), len(contents.tracks), len(found), contents.points) == (
        *(waypoints, tracks, segments),
        points,
    )
    times = [t for segment in found for t in segment.time_us.tolist() if t != NO_TIME_US]
    if first is not None:
        assert min(times) == micros(first)
    if last is not None:
        assert max(times) == micros(last)


@pytest.mark.skipif(shutil.which("gpsbabel") is None, reason="NOT CHECKED: gpsbabel not installed")
@pytest.mark.parametrize("name", [name for name, row in FILES.items() if row[0]])
def test_gpsbabel_reads_the_same(shared: Path, name: str) -> None:
    path = shared / "data/gps" / name
    command = ["gpsbabel", "-w", "-t", "-r", "-i", str(FILES[name][0]), "-f", str(path)]
    done = subprocess.run(
        [*command, "-o", "gpx", "-F", "-"], check=True, capture_output=True, timeout=60
    )
    peer = etree.fromstring(done.stdout)
    contents = read_file(path)
    ours = [
        (time_us, lat, lon)
        for track in contents.tracks
        for segment in track.segments
        for time_us, lat, lon in zip(
            segment.time_us.tolist(), segment.lat_deg, segment.lon_deg, strict=True
        )
    ]
    theirs = peer.findall(f".//{GPX}trkpt")
    assert len(ours) == len(theirs)
    _compare(ours, theirs)
    marked = [
        (micros(w.time_utc.isoformat() if w.time_utc else None), w.lat_deg, w.lon_deg)
        for w in contents.waypoints
    ]
    # gpsbabel gives laps no time, and waypoints in an order of its own.
    waypoints = sorted(peer.findall(f"{GPX}wpt"), key=_place)
    assert len(marked) == len(waypoints)
    marked.sort(key=lambda place: (round(place[1], 6), round(place[2], 6)))
    _compare(marked, waypoints)
    routes = [s for route in contents.routes for s in route.segments]
    assert sum(map(len, routes)) == len(peer.findall(f".//{GPX}rtept"))


def _place(element: etree._Element) -> tuple[float, float]:
    return round(float(element.get("lat")), 6), round(float(element.get("lon")), 6)


def _compare(ours: list[tuple[int, float, float]], theirs: list[etree._Element]) -> None:
    for (time_us, lat, lon), element in zip(ours, theirs, strict=True):
        text = element.findtext(f"{GPX}time")
        if text is not None:
            assert abs(time_us - micros(text)) < 1000
        np.testing.assert_allclose(
            [lat, lon], [float(element.get("lat")), float(element.get("lon"))], rtol=0, atol=1e-7
        )
