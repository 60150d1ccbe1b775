"""What our reader makes of every fault: all of it, or all that arrived whole and the count lost.

The real driver and the real families against the virtual units, on virtual time; that the same
holds on a real terminal is tested, with fewer rows, in test_handheld_terminal.py.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from firmware_bridge.earth import geoid_undulation_m
from firmware_bridge.handheld.capture import FINISHED, CaptureRecord, Direction
from firmware_bridge.handheld.conversation import Identified
from firmware_bridge.handheld.download import DEFAULT_OPTIONS
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.protocols import PROTOCOLS
from firmware_bridge.handheld.sentences import sentence
from firmware_bridge.tracks import NO_TIME_US, Contents, UnitIdentity
from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import FAULTS, fault_named
from sim.handhelds.unit import VirtualUnit
from tests.sim.virtual_port import VirtualPort

POINTS = {"garmin": 120, "mtk": 700, "skytraq": 1500, "magellan": 120, "ublox": 120}
PLACES = 6
ROLLOVER_S = 1024 * 7 * 86400
REPAIRED = {"mtk", "skytraq", "ublox"}
"""Units younger than the date they give; the others may be as old, and the dock decides by their
clock."""
MAY_LOSE = {"unplug", "reboot"}
"""Where the rest never arrives, unless the family can ask again."""
TOLERANCE = (5e-7, 1e-8, 1e-8, 0.01)
"""Microseconds as seconds, two in degrees, metres."""
Point = tuple[float, float, float, float]
"""Seconds, latitude, longitude, height; NaN is unknown."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one download brought."""

    contents: Contents
    complaint: str | None
    again: Contents
    """Out of what a capture would hold."""


def identified(port: VirtualPort) -> UnitIdentity:
    """By the probes of all families, asked one after another at the unit's rate."""
    for family in PROTOCOLS.values():
        port.run(family.probe())
        found = [event.unit for event in port.events if isinstance(event, Identified)]
        if found and found[-1].family != "nmea":
            return found[-1]
    raise AssertionError("no family recognises it")


def read(unit: VirtualUnit, family: str) -> Result:
    """As `download` does it."""
    port = VirtualPort(unit)
    identity = identified(port)
    assert identity.family == family
    row = PROTOCOLS[family]
    options = DEFAULT_OPTIONS if row.restore is not None else DownloadOptions()
    conversation = row.download(replace(identity, baud=unit.home_baud), options)
    finished = port.run(conversation)
    if finished.complaint is None:
        assert port.baud == unit.baud == unit.home_baud
    contents = conversation.contents()
    end = CaptureRecord(0.0, Direction.NOTE, (FINISHED + (finished.complaint or "")).encode())
    return Result(contents, finished.complaint, row.decode([*port.records, end]))


def points_of(contents: Contents) -> list[Point]:
    """All of them in the reader's order."""
    points: list[Point] = []
    for track in contents.tracks:
        for segment in track.segments:
            times = [math.nan if t == NO_TIME_US else int(t) / 1e6 for t in segment.time_us]
            columns = (segment.lat_deg, segment.lon_deg, segment.alt_amsl_m)
            points += zip(times, *(map(float, column) for column in columns), strict=True)
    return points


def truth_of(truth: Mapping[str, Any]) -> list[Point]:
    """With AMSL heights; EGM96 is ours, tested against its publisher's values."""
    points: list[Point] = []
    held = [p for track in truth["tracks"] for seg in track["segments"] for p in seg]
    for time_us, *rest in held:
        lat, lon, alt = (math.nan if value is None else value for value in rest)
        if truth.get("heights") == "ellipsoid" and not math.isnan(alt):
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
    """To the precision of every family's wire."""
    return all(
        abs(x - y) <= most or (math.isnan(x) and math.isnan(y))
        for x, y, most in zip(a, b, TOLERANCE, strict=True)
    )


def assert_lost_is_counted(family: str, lost: int, contents: Contents) -> None:
    """In the family's own counting: sectors, bytes and entries are more than points."""
    if family == "magellan":
        return  # announces nothing; the complaint says that the end did not come
    if family == "garmin":
        assert contents.lost == lost
    assert contents.lost >= min(lost, 1)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("family", POINTS)
def test_every_fault_is_survived(family: str, fault: str) -> None:
    row = FAMILIES[family]
    wanted = Wanted(row.models[0], POINTS[family], PLACES, row.baud, FAULTS[fault], seed=1)
    unit = row.build(wanted)
    true = truth_of(unit.truth())
    if fault == "clock_1024_weeks" and family in REPAIRED:
        true = [(time_s + ROLLOVER_S, *rest) for time_s, *rest in true]
    result = read(unit, family)
    invented, lost = compared(points_of(result.contents), true)
    assert invented == []
    assert_lost_is_counted(family, lost, result.contents)
    if fault not in MAY_LOSE:
        assert lost == result.contents.lost == 0
        assert result.complaint is None
        assert [flaw for flaw in result.contents.flaws if flaw.loss] == []
        assert [flaw for flaw in result.again.flaws if flaw.loss] == []
    else:
        assert result.contents.points > 0
        assert lost == 0 or result.complaint


@pytest.mark.parametrize("family", POINTS)
def test_a_repaired_date_is_marked_and_no_other_is_changed(family: str) -> None:
    row = FAMILIES[family]
    fault = FAULTS["clock_1024_weeks"]
    unit = row.build(Wanted(row.models[0], 60, 0, row.baud, fault, seed=1))
    contents = read(unit, family).contents
    segments = [segment for track in contents.tracks for segment in track.segments]
    assert segments
    for segment in segments:
        marks = segment.extras.get("week_rollover", np.zeros(len(segment)))
        assert (marks == (1024 if family in REPAIRED else 0)).all()
    assert any("1024 weeks" in flaw.what for flaw in contents.flaws) == (family in REPAIRED)


def test_an_mtk_that_still_dumps_for_somebody_who_was_killed_is_known_and_read() -> None:
    unit = FAMILIES["mtk"].build(Wanted("bt-q1000", 1500, 0, 115200, FAULTS["none"], seed=1))
    port = VirtualPort(unit)
    port.write(sentence("PMTK182,7,00000000,00008000"), 1.0)
    identity = identified(port)
    assert (identity.family, identity.model) == ("mtk", "QST1000")
    port.write(sentence("PMTK182,7,00000000,00008000"), 1.0)
    unknown = UnitIdentity("mtk", None, None, None, 115200)
    conversation = PROTOCOLS["mtk"].download(unknown, DownloadOptions())
    assert port.run(conversation).complaint is None
    assert conversation.contents().points == 1500


@pytest.mark.parametrize("mode", ["HANDON", "HANDOFF"])
def test_a_magellan_amid_a_transfer_for_somebody_who_was_killed_is_known_and_read(
    mode: str,
) -> None:
    unit = FAMILIES["magellan"].build(Wanted("meridian", 60, 2, 4800, FAULTS["none"], seed=1))
    port = VirtualPort(unit)
    port.write(sentence(f"PMGNCMD,{mode}") + sentence("PMGNCMD,TRACK,2"), 1.0)
    identity = identified(port)
    assert (identity.family, identity.model) == ("magellan", "Meridian")
    conversation = PROTOCOLS["magellan"].download(identity, DownloadOptions())
    assert port.run(conversation).complaint is None
    assert conversation.contents().points == 60


@pytest.mark.parametrize("family", POINTS)
def test_a_plug_pulled_at_any_packet_invents_nothing_and_is_told(family: str) -> None:
    row = FAMILIES[family]
    at, struck = 0, True
    while struck:
        at += 1
        fault = fault_named(f"unplug@{at}")
        unit = row.build(Wanted(row.models[0], 12, 2, row.baud, fault, seed=1))
        result = read(unit, family)
        invented, lost = compared(points_of(result.contents), truth_of(unit.truth()))
        struck = unit.strike_at == 0
        assert invented == []
        assert struck == (result.complaint is not None)
        assert struck or lost == 0
    assert at > 1
