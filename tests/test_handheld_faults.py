"""What our reader makes of every fault: all of it, or all that arrived whole and the count lost."""

import math
from pathlib import Path

import pytest

from firmware_bridge.earth import geoid_undulation_m
from firmware_bridge.handheld.download import DEFAULT_OPTIONS, DownloadResult, download
from firmware_bridge.tracks import NO_TIME_US
from sim.handhelds.faults import FAULTS
from tests.sim.handheld_unit import Running, virtual_unit

POINTS = {"garmin": 120, "mtk": 700, "skytraq": 1500, "magellan": 120, "ublox": 120}
PLACES = 6
ROLLOVER_S = 1024 * 7 * 86400
BAUDS = {"garmin": 9600, "mtk": 115200, "skytraq": 9600, "magellan": 4800, "ublox": 9600}
MAY_LOSE = {"unplug", "reboot"}
"""Where the rest never arrives, unless the family can ask again."""
TOLERANCE = (5e-7, 1e-8, 1e-8, 0.01)
"""Microseconds as seconds, two in degrees, metres."""
Point = tuple[float, float, float, float]
"""Seconds, latitude, longitude, height; NaN is unknown."""


def read(unit: Running, family: str, folder: Path) -> DownloadResult:
    return download(f"serial:{unit.link}:{BAUDS[family]}", None, DEFAULT_OPTIONS, folder=folder)


def points_of(result: DownloadResult) -> list[Point]:
    """All of them in the reader's order."""
    points: list[Point] = []
    for track in result.contents.tracks:
        for segment in track.segments:
            times = [math.nan if t == NO_TIME_US else int(t) / 1e6 for t in segment.time_us]
            columns = (segment.lat_deg, segment.lon_deg, segment.alt_amsl_m)
            points += zip(times, *(map(float, column) for column in columns), strict=True)
    return points


def truth_of(unit: Running) -> list[Point]:
    """With AMSL heights; EGM96 is ours, tested against its publisher's values."""
    points: list[Point] = []
    for time_us, *rest in unit.points:
        lat, lon, alt = (math.nan if value is None else value for value in rest)
        if unit.truth.get("heights") == "ellipsoid" and not math.isnan(alt):
            alt -= float(geoid_undulation_m(lat, lon))
        points.append((math.nan if time_us is None else time_us / 1e6, lat, lon, alt))
    return points


def compared(got: list[Point], true: list[Point]) -> tuple[list[Point], int]:
    """Points the unit does not hold, and how many of its points are missing; order counts."""
    invented, at = [], 0
    for point in got:
        found = next((i for i in range(at, len(true)) if same(point, true[i])), None)
        if found is None:
            invented.append(point)
        else:
            at = found + 1
    return invented, len(true) - (len(got) - len(invented))


def same(a: Point, b: Point) -> bool:
    """A reader may repair the week rollover, or leave it to the dock."""
    if not math.isnan(a[0]) and not math.isnan(b[0]):
        a, b = (a[0] % ROLLOVER_S, *a[1:]), (b[0] % ROLLOVER_S, *b[1:])
    return all(
        abs(x - y) <= most or (math.isnan(x) and math.isnan(y))
        for x, y, most in zip(a, b, TOLERANCE, strict=True)
    )


KNOWN = {
    ("skytraq", "unplug"): "the item cut in two is taken for a whole one: one point is invented",
    ("skytraq", "reboot"): "sectors that came before the restart are not kept",
}
"""Where the reader falls short today; strict, so that a repair shows."""
ROWS = [
    pytest.param(family, fault, marks=pytest.mark.xfail(reason=KNOWN[family, fault], strict=True))
    if (family, fault) in KNOWN
    else (family, fault)
    for family in BAUDS
    for fault in FAULTS
]


@pytest.mark.parametrize(("family", "fault"), ROWS)
def test_every_fault_is_survived(family: str, fault: str, tmp_path: Path) -> None:
    options = {"points": POINTS[family], "waypoints": PLACES, "fault": fault, "speedup": 10}
    with virtual_unit(tmp_path, family, **options) as unit:
        result = read(unit, family, tmp_path)
    invented, lost = compared(points_of(result), truth_of(unit))
    assert invented == []
    if fault not in MAY_LOSE:
        assert lost == 0
        assert result.complaint is None
    else:
        assert result.contents.points > 0
        assert lost == 0 or result.complaint
