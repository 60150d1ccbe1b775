"""Whole downloads over a real terminal: a few rows of what test_handheld_faults.py has in full."""

from pathlib import Path

import pytest

from firmware_bridge.handheld.download import DEFAULT_OPTIONS, download
from tests.sim.handheld_unit import virtual_unit
from tests.test_handheld_faults import compared, points_of, truth_of

BAUDS = {"garmin": 9600, "mtk": 115200, "skytraq": 9600, "magellan": 4800, "ublox": 9600}
POINTS = 60


@pytest.mark.parametrize("family", BAUDS)
def test_every_family_comes_whole_over_a_terminal(family: str, tmp_path: Path) -> None:
    with virtual_unit(tmp_path, family, points=POINTS, waypoints=3, speedup=20) as unit:
        url = f"serial:{unit.link}:{BAUDS[family]}"
        result = download(url, None, DEFAULT_OPTIONS, folder=tmp_path)
    invented, lost = compared(points_of(result.contents), truth_of(unit.truth))
    assert (invented, lost, result.contents.lost) == ([], 0, 0)
    assert result.complaint is None
    assert result.contents.unit is not None
    assert result.contents.unit.family == family


def test_a_pulled_cable_keeps_what_came_and_counts_the_rest(tmp_path: Path) -> None:
    with virtual_unit(tmp_path, "garmin", points=POINTS, fault="unplug", speedup=20) as unit:
        result = download(f"serial:{unit.link}:9600", None, DEFAULT_OPTIONS, folder=tmp_path)
    invented, lost = compared(points_of(result.contents), truth_of(unit.truth))
    assert invented == []
    assert result.contents.lost == lost == POINTS - result.contents.points
    assert 0 < lost < POINTS
    assert result.complaint
