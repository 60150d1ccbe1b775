"""What our reader makes of every fault: all of it, or all that arrived whole and the count lost."""

import math
from collections import Counter
from pathlib import Path

import pytest

from firmware_bridge.handheld.download import DEFAULT_OPTIONS, DownloadResult, download
from firmware_bridge.tracks import NO_TIME_US
from sim.handhelds.faults import FAULTS
from tests.sim.handheld_unit import Running, virtual_unit

POINTS, PLACES = 120, 6
BAUDS = {"garmin": 9600, "mtk": 115200, "skytraq": 9600, "magellan": 4800, "ublox": 9600}
MAY_LOSE = {"unplug", "reboot"}
"""Where the rest never arrives, unless the family can ask again."""
Key = tuple[int | None, float | None, float | None, float | None]


def read(unit: Running, family: str, folder: Path) -> DownloadResult:
    return download(f"serial:{unit.link}:{BAUDS[family]}", None, DEFAULT_OPTIONS, folder=folder)


def keys_of(result: DownloadResult) -> Counter[Key]:
    """Each point as something that can be counted; None is unknown."""
    keys: Counter[Key] = Counter()
    for track in result.contents.tracks:
        for segment in track.segments:
            columns = (segment.time_us, segment.lat_deg, segment.lon_deg, segment.alt_amsl_m)
            keys.update(_key(*map(float, row)) for row in zip(*columns, strict=True))
    return keys


def _key(time_us: float, lat: float, lon: float, alt: float) -> Key:
    return (
        None if time_us == NO_TIME_US else round(time_us),
        None if math.isnan(lat) else round(lat, 8),
        None if math.isnan(lon) else round(lon, 8),
        None if math.isnan(alt) else round(alt, 2),
    )


def truth_of(unit: Running) -> Counter[Key]:
    nan = math.nan
    return Counter(
        _key(
            NO_TIME_US if time_us is None else time_us,
            nan if lat is None else lat, nan if lon is None else lon, nan if alt is None else alt,
        )
        for time_us, lat, lon, alt in unit.points
    )  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("family", ["garmin", "mtk", "skytraq", "magellan", "ublox"])
def test_every_fault_is_survived(family: str, fault: str, tmp_path: Path) -> None:
    options = {"points": POINTS, "waypoints": PLACES, "fault": fault, "speedup": 10}
    with virtual_unit(tmp_path, family, **options) as unit:
        result = read(unit, family, tmp_path)
    got, true = keys_of(result), truth_of(unit)
    assert not got - true, "invented points"
    lost = (true - got).total()
    if fault not in MAY_LOSE:
        assert lost == 0
        assert result.complaint is None
        assert len(result.contents.waypoints) == PLACES
    else:
        assert got.total() > POINTS // 3
        assert lost == 0 or result.complaint
        assert lost == 0 or result.contents.lost >= lost
