"""Every family but Garmin against its virtual unit, in memory and in the unit's own time."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from firmware_bridge.handheld import magellan, mtk, skytraq, ublox
from firmware_bridge.handheld.conversation import (
    ChangeBaud,
    Conversation,
    Finished,
    Identified,
)
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.tracks import NO_TIME_US, Contents, UnitIdentity
from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import fault_named
from sim.handhelds.unit import VirtualUnit
from tests.sim.virtual_port import VirtualPort

FAMILY = {"mtk": mtk, "skytraq": skytraq, "ublox": ublox, "magellan": magellan}
POINTS, WAYPOINTS = 700, 5
RECOVERED = ("none", "corrupt_byte", "lost_ack", "duplicate", "stall", "noise_before")


def unit_of(name: str, fault: str = "none", points: int = POINTS, model: int = 0) -> VirtualUnit:
    family = FAMILIES[name]
    return family.build(
        Wanted(
            family.models[model % len(family.models)],
            points,
            WAYPOINTS,
            family.baud,
            fault_named(fault),
            seed=7,
        )
    )


def identity(name: str) -> UnitIdentity:
    return UnitIdentity(name, None, None, None, baud=FAMILIES[name].baud)


class Wire(VirtualPort):
    """A port, and the conversation held over it."""

    def __init__(self, unit: VirtualUnit, conversation: Conversation) -> None:
        super().__init__(unit)
        self.conversation = conversation

    def hold(self, cancel_after: int | None = None) -> Finished:
        """To the end; `cancel_after` so many received bytes a person stops it."""
        return self.run(self.conversation, cancel_after)


def points_of(contents: Contents) -> list[tuple[Any, ...]]:
    """(unix_us | None, lat | None, lon | None, alt | None) of every point."""
    found: list[tuple[Any, ...]] = []
    for track in contents.tracks:
        for s in track.segments:
            height = s.extras.get("alt_hae_m", s.alt_amsl_m)  # SkyTraq's wire carries no other
            for row in zip(s.time_us.tolist(), s.lat_deg, s.lon_deg, height, strict=True):
                time_us = None if row[0] == NO_TIME_US else row[0]
                found.append((time_us, *(None if np.isnan(v) else float(v) for v in row[1:])))
    return found


def assert_holds(contents: Contents, unit: VirtualUnit, name: str) -> None:
    """Every point of the unit is there, in its order, and none besides."""
    truth = [tuple(p) for t in unit.truth()["tracks"] for s in t["segments"] for p in s]
    found = points_of(contents)
    assert len(found) == len(truth)
    for (time_us, lat, lon, alt), (t_us, t_lat, t_lon, t_alt) in zip(found, truth, strict=True):
        assert time_us == t_us
        assert (lat is None) == (t_lat is None)
        if lat is not None:
            assert abs(lat - t_lat) < 1e-7
            assert abs(lon - t_lon) < 1e-7
        if t_alt is not None and alt is not None:
            assert abs(alt - t_alt) < 0.01


@pytest.mark.parametrize("name", FAMILY)
def test_a_unit_says_who_it_is(name: str) -> None:
    wire = Wire(unit_of(name), FAMILY[name].probe())
    assert wire.hold().complaint is None
    found = [event.unit for event in wire.events if isinstance(event, Identified)]
    assert [unit.family for unit in found] == [name]
    assert found[0].firmware
    assert found[0].unit_id == unit_of(name).truth()["unit_id"]


@pytest.mark.parametrize("name", FAMILY)
def test_a_silent_port_is_left_soon(name: str) -> None:
    conversation = FAMILY[name].probe()
    events, now_s = conversation.start(0.0), 0.0
    while conversation.deadline_s is not None:
        now_s = conversation.deadline_s
        events += conversation.poll(now_s)
    assert isinstance(events[-1], Finished)
    assert events[-1].complaint
    assert now_s <= 1.5


@pytest.mark.parametrize("fault", RECOVERED)
@pytest.mark.parametrize("name", FAMILY)
def test_everything_is_recovered(name: str, fault: str) -> None:
    unit = unit_of(name, fault)
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions()))
    assert wire.hold().complaint is None
    contents = wire.conversation.contents()
    assert contents.lost == 0
    assert_holds(contents, unit, name)
    assert len(contents.waypoints) == len(unit.truth()["waypoints"])


@pytest.mark.parametrize("fault", ["memory_full", "no_time", "unknown_positions", "cyrillic_names"])
@pytest.mark.parametrize("name", FAMILY)
def test_odd_contents_come_whole(name: str, fault: str) -> None:
    unit = unit_of(name, fault)
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions()))
    assert wire.hold().complaint is None
    assert_holds(wire.conversation.contents(), unit, name)


@pytest.mark.parametrize("name", ["mtk", "skytraq", "ublox"])
def test_a_date_before_the_family_is_repaired_and_marked(name: str) -> None:
    wire = Wire(unit_of(name, "clock_1024_weeks"), FAMILY[name].download(identity(name)))
    wire.hold()
    contents = wire.conversation.contents()
    right = [p for t in unit_of(name).truth()["tracks"] for s in t["segments"] for p in s]
    assert [p[0] for p in points_of(contents)] == [p[0] for p in right]
    assert any("1024 weeks" in flaw.what for flaw in contents.flaws)


@pytest.mark.parametrize("name", FAMILY)
def test_a_pulled_plug_keeps_what_came(name: str) -> None:
    unit = unit_of(name, "unplug")
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions()))
    assert wire.hold().complaint
    contents = wire.conversation.contents()
    if name == "magellan":
        assert contents.announced == {}  # before END nobody knows how many there are
    else:
        assert contents.lost > 0
    whole = [tuple(p) for t in unit.truth()["tracks"] for s in t["segments"] for p in s]
    found = points_of(contents)
    assert 0 < len(found) < len(whole)
    assert [p[0] for p in found] == [p[0] for p in whole[: len(found)]]


@pytest.mark.parametrize("name", FAMILY)
def test_a_restart_of_the_unit_is_survived(name: str) -> None:
    unit = unit_of(name, "reboot")
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions()))
    assert wire.hold().complaint is None
    assert_holds(wire.conversation.contents(), unit, name)


@pytest.mark.parametrize("fault", ["none", "corrupt_byte", "unplug"])
@pytest.mark.parametrize("name", FAMILY)
def test_a_capture_decodes_to_the_same(name: str, fault: str) -> None:
    wire = Wire(unit_of(name, fault), FAMILY[name].download(identity(name), DownloadOptions()))
    wire.hold()
    assert points_of(FAMILY[name].decode(wire.records)) == points_of(wire.conversation.contents())


def test_sectors_that_never_come_whole_are_counted_as_lost() -> None:
    unit = unit_of("skytraq", "noise_before")
    unit.bulk_is_raw = False  # the noise stands inside the sectors, time after time
    wire = Wire(unit, skytraq.download(identity("skytraq")))
    assert wire.hold().complaint
    assert wire.conversation.contents().lost > 0


@pytest.mark.parametrize("name", ["skytraq", "ublox"])
def test_a_unit_that_restarts_at_a_raised_rate_is_found_at_its_own(name: str) -> None:
    unit = unit_of(name, "reboot")
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions(max_baud=115200)))
    began_s = wire.now_s
    assert wire.hold().complaint is None
    assert_holds(wire.conversation.contents(), unit, name)
    rates = [event.baud for event in wire.events if isinstance(event, ChangeBaud)]
    assert rates == [115200, 9600]
    assert unit.baud == wire.baud == 9600
    # What is left of the log takes 7 and 18 s at 9600 baud.
    assert wire.now_s - began_s < {"skytraq": 20.0, "ublox": 60.0}[name]


def test_a_skytraq_that_falls_silent_for_ever_is_left_soon_with_what_came() -> None:
    unit = unit_of("skytraq", "reboot", points=3000)
    unit.strike_at = 40
    wire = Wire(unit, skytraq.download(identity("skytraq"), DownloadOptions(max_baud=115200)))
    unit.boot_s = math.inf
    began_s = wire.now_s
    finished = wire.hold()
    assert "does not answer any more" in (finished.complaint or "")
    assert wire.now_s - began_s < 15.0
    contents = wire.conversation.contents()
    assert contents.lost > 0
    whole = [p[0] for t in unit.truth()["tracks"] for seg in t["segments"] for p in seg]
    found = [p[0] for p in points_of(contents)]
    assert 0 < len(found) < len(whole)
    assert found == whole[: len(found)]
    (segment,) = (segment for track in contents.tracks for segment in track.segments)
    assert segment.extras["unverified"].any()
    again = [p[0] for p in points_of(skytraq.decode(wire.records))]
    assert again == found


def test_an_mtk_unit_logs_again_however_it_ended() -> None:
    for cancel_after in (None, 2000, 20_000):
        wire = Wire(unit_of("mtk"), mtk.download(identity("mtk"), DownloadOptions()))
        wire.hold(cancel_after)
        assert bytes(wire.sent).splitlines()[-1].startswith(b"$PMTK182,4*")
        assert wire.unit._logging is True  # type: ignore[attr-defined]  # the unit's own state


def test_a_broken_mtk_download_goes_on_where_it_stopped() -> None:
    first = Wire(unit_of("mtk", "unplug"), mtk.download(identity("mtk")))
    first.hold()
    unit = unit_of("mtk")
    second = Wire(unit, mtk.download(identity("mtk"), image=mtk.image_of(first.records)))
    assert second.hold().complaint is None
    assert_holds(second.conversation.contents(), unit, "mtk")
    whole = Wire(unit_of("mtk"), mtk.download(identity("mtk")))
    whole.hold()
    came = [sum(len(r.data) for r in wire.records) for wire in (second, whole)]
    assert came[0] < 0.7 * came[1]


@pytest.mark.parametrize("cancel_after", [None, 9000])
@pytest.mark.parametrize("name", ["skytraq", "ublox"])
def test_a_raised_rate_is_returned(name: str, cancel_after: int | None) -> None:
    unit = unit_of(name)
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions(max_baud=115200)))
    wire.hold(cancel_after)
    rates = [event.baud for event in wire.events if isinstance(event, ChangeBaud)]
    assert rates == [115200, 9600]
    assert unit.baud == 9600
    if cancel_after is None:
        assert wire.conversation.contents().lost == 0
        assert_holds(wire.conversation.contents(), unit, name)


@pytest.mark.parametrize("name", ["skytraq", "ublox"])
def test_a_unit_left_at_a_raised_rate_is_brought_home(name: str) -> None:
    unit = unit_of(name)
    unit.baud = 115200
    wire = Wire(unit, FAMILY[name].restore(115200, 9600))
    assert wire.hold().complaint is None
    assert unit.baud == wire.baud == 9600


@pytest.mark.parametrize("name", ["mtk", "skytraq", "ublox"])
def test_erasing_needs_the_units_own_confirmation(name: str) -> None:
    module: ModuleType = FAMILY[name]
    erase: Callable[[UnitIdentity], Conversation] = module.erase
    unit = unit_of(name)
    assert Wire(unit, erase(identity(name))).hold().complaint is None
    again = Wire(unit, module.download(identity(name), DownloadOptions()))
    again.hold()
    assert points_of(again.conversation.contents()) == []

    deaf = erase(identity(name))
    events = deaf.start(0.0)
    while deaf.deadline_s is not None:
        events += deaf.poll(deaf.deadline_s)
    assert isinstance(events[-1], Finished)
    assert events[-1].complaint
