"""Every family but Garmin against its virtual unit, in memory and in the unit's own time.

The wire is a loop: what one side sends the other receives ten bit times a byte later. No clock is
read and nothing sleeps, so stalls and restarts of seconds cost nothing.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from firmware_bridge.handheld import magellan, mtk, skytraq, ublox
from firmware_bridge.handheld.capture import CaptureRecord, Direction
from firmware_bridge.handheld.conversation import (
    ChangeBaud,
    Conversation,
    Event,
    Finished,
    Identified,
)
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.tracks import NO_TIME_US, Contents, UnitIdentity
from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import fault_named
from sim.handhelds.unit import Unplug, VirtualUnit

FAMILY = {"mtk": mtk, "skytraq": skytraq, "ublox": ublox, "magellan": magellan}
POINTS, WAYPOINTS = 700, 5
CHUNK = 333
PATIENCE_S = 3600.0
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


class Wire:
    """Drives a conversation against a unit and keeps what the capture would."""

    def __init__(self, unit: VirtualUnit, conversation: Conversation) -> None:
        self.unit, self.conversation = unit, conversation
        self.now_s = 100.0
        self.baud = unit.baud
        self.events: list[Event] = []
        self.records: list[CaptureRecord] = []
        self.sent = bytearray()

    def run(self, cancel_after: int | None = None) -> Finished:
        """To the end; `cancel_after`: so many received bytes a person stops it."""
        end_s, received = self.now_s + PATIENCE_S, 0
        self._note(self.conversation.start(self.now_s))
        while not self._finished():
            assert self.now_s < end_s, "no end"
            self._write()
            pieces = self.unit.outgoing()
            for piece in pieces:
                if isinstance(piece, Unplug):
                    self._note(self.conversation.cancel(self.now_s))
                    return self._ending()
                data = piece.data if piece.baud == self.baud else b"\xf8" * len(piece.data)
                for at in range(0, len(data), CHUNK):
                    self._read(data[at : at + CHUNK])
                    received += CHUNK
                    if cancel_after is not None and received >= cancel_after:
                        self._note(self.conversation.cancel(self.now_s))
                        self._write()
                        return self._ending()
                    if self._finished():
                        self._write()
                        return self._ending()
            if not pieces:
                self._wait()
        self._write()
        return self._ending()

    def _read(self, data: bytes) -> None:
        self.now_s += len(data) * 10 / self.baud
        self.records.append(CaptureRecord(self.now_s, Direction.RECEIVED, data))
        self._note(self.conversation.receive(data, self.now_s))
        self._write()

    def _write(self) -> None:
        data = self.conversation.data_to_send()
        if data:
            self.records.append(CaptureRecord(self.now_s, Direction.SENT, data))
            self.sent += data
            self.unit.receive(data, self.now_s)
        for event in [e for e in self.events if isinstance(e, ChangeBaud)][-1:]:
            self.baud = event.baud

    def _wait(self) -> None:
        waits = (self.unit.deadline_s, self.conversation.deadline_s)
        self.now_s = max(min(w for w in waits if w is not None), self.now_s + 1e-4)
        self.unit.poll(self.now_s)
        self._note(self.conversation.poll(self.now_s))

    def _note(self, events: list[Event]) -> None:
        self.events += events

    def _finished(self) -> bool:
        return bool(self.events) and isinstance(self.events[-1], Finished)

    def _ending(self) -> Finished:
        ending = self.events[-1]
        assert isinstance(ending, Finished)
        return ending


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
    assert wire.run().complaint is None
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
    if (name, fault) == ("skytraq", "noise_before"):
        pytest.skip("that unit puts the noise inside its sectors, where nothing can be told apart")
    unit = unit_of(name, fault)
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions()))
    assert wire.run().complaint is None
    contents = wire.conversation.contents()
    assert contents.lost == 0
    assert_holds(contents, unit, name)
    assert len(contents.waypoints) == len(unit.truth()["waypoints"])


@pytest.mark.parametrize("fault", ["memory_full", "no_time", "unknown_positions", "cyrillic_names"])
@pytest.mark.parametrize("name", FAMILY)
def test_odd_contents_come_whole(name: str, fault: str) -> None:
    unit = unit_of(name, fault)
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions()))
    assert wire.run().complaint is None
    assert_holds(wire.conversation.contents(), unit, name)


@pytest.mark.parametrize("name", ["mtk", "skytraq", "ublox"])
def test_a_date_before_the_family_is_repaired_and_marked(name: str) -> None:
    wire = Wire(unit_of(name, "clock_1024_weeks"), FAMILY[name].download(identity(name)))
    wire.run()
    contents = wire.conversation.contents()
    right = [p for t in unit_of(name).truth()["tracks"] for s in t["segments"] for p in s]
    assert [p[0] for p in points_of(contents)] == [p[0] for p in right]
    assert any("1024 weeks" in flaw.what for flaw in contents.flaws)


@pytest.mark.parametrize("name", FAMILY)
def test_a_pulled_plug_keeps_what_came(name: str) -> None:
    unit = unit_of(name, "unplug")
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions()))
    assert wire.run().complaint
    contents = wire.conversation.contents()
    assert contents.lost > 0 or name == "magellan"
    whole = [tuple(p) for t in unit.truth()["tracks"] for s in t["segments"] for p in s]
    found = points_of(contents)
    assert 0 < len(found) < len(whole)
    assert [p[0] for p in found] == [p[0] for p in whole[: len(found)]]


@pytest.mark.parametrize("name", FAMILY)
def test_a_restart_of_the_unit_is_survived(name: str) -> None:
    unit = unit_of(name, "reboot")
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions()))
    assert wire.run().complaint is None
    assert_holds(wire.conversation.contents(), unit, name)


@pytest.mark.parametrize("fault", ["none", "corrupt_byte", "unplug"])
@pytest.mark.parametrize("name", FAMILY)
def test_a_capture_decodes_to_the_same(name: str, fault: str) -> None:
    wire = Wire(unit_of(name, fault), FAMILY[name].download(identity(name), DownloadOptions()))
    wire.run()
    assert points_of(FAMILY[name].decode(wire.records)) == points_of(wire.conversation.contents())


def test_sectors_that_never_come_whole_are_counted_as_lost() -> None:
    wire = Wire(unit_of("skytraq", "noise_before"), skytraq.download(identity("skytraq")))
    assert wire.run().complaint
    assert wire.conversation.contents().lost > 0


def test_an_mtk_unit_logs_again_however_it_ended() -> None:
    for cancel_after in (None, 2000, 20_000):
        wire = Wire(unit_of("mtk"), mtk.download(identity("mtk"), DownloadOptions()))
        wire.run(cancel_after)
        assert bytes(wire.sent).splitlines()[-1].startswith(b"$PMTK182,4*")
        assert wire.unit._logging is True  # type: ignore[attr-defined]  # the unit's own state


def test_a_broken_mtk_download_goes_on_where_it_stopped() -> None:
    first = Wire(unit_of("mtk", "unplug"), mtk.download(identity("mtk")))
    first.run()
    unit = unit_of("mtk")
    second = Wire(unit, mtk.download(identity("mtk"), image=mtk.image_of(first.records)))
    assert second.run().complaint is None
    assert_holds(second.conversation.contents(), unit, "mtk")
    whole = Wire(unit_of("mtk"), mtk.download(identity("mtk")))
    whole.run()
    came = [sum(len(r.data) for r in wire.records) for wire in (second, whole)]
    assert came[0] < 0.7 * came[1]


@pytest.mark.parametrize("cancel_after", [None, 9000])
@pytest.mark.parametrize("name", ["skytraq", "ublox"])
def test_a_raised_rate_is_returned(name: str, cancel_after: int | None) -> None:
    unit = unit_of(name)
    wire = Wire(unit, FAMILY[name].download(identity(name), DownloadOptions(max_baud=115200)))
    wire.run(cancel_after)
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
    assert wire.run().complaint is None
    assert unit.baud == wire.baud == 9600


@pytest.mark.parametrize("name", ["mtk", "skytraq", "ublox"])
def test_erasing_needs_the_units_own_confirmation(name: str) -> None:
    module: ModuleType = FAMILY[name]
    erase: Callable[[UnitIdentity], Conversation] = module.erase
    unit = unit_of(name)
    assert Wire(unit, erase(identity(name))).run().complaint is None
    again = Wire(unit, module.download(identity(name), DownloadOptions()))
    again.run()
    assert points_of(again.conversation.contents()) == []

    deaf = erase(identity(name))
    events = deaf.start(0.0)
    while deaf.deadline_s is not None:
        events += deaf.poll(deaf.deadline_s)
    assert isinstance(events[-1], Finished)
    assert events[-1].complaint
