"""Which report wins, over both databases."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from firmware_bridge.autopilot import report as wire
from firmware_bridge.messages import GroundFix, Hotspot
from groundstation.store import hotspots
from groundstation.store.engine import migrate, open_engine
from groundstation.store.hotspots import Filters, Source

NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
Make = Callable[..., Hotspot]


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_engine(database_url)
    migrate(engine)
    with engine.execution_options(writer=True).begin() as opened:
        yield opened
    engine.dispose()


@pytest.mark.parametrize(
    ("first", "second", "changes"),
    [
        ((1, Source.IP), (1, Source.IP), False),
        ((1, Source.IP), (2, Source.IP), True),
        ((2, Source.IP), (1, Source.IP), False),
        ((1, Source.RADIO), (1, Source.IP), True),
        ((1, Source.IP), (1, Source.RADIO), False),
        ((1, Source.RADIO), (1, Source.RADIO), False),
        ((2, Source.RADIO), (1, Source.IP), False),
        ((1, Source.IP), (2, Source.RADIO), True),
    ],
)
def test_revision_and_wire_decide(
    connection: Connection,
    hotspot: Make,
    first: tuple[int, Source],
    second: tuple[int, Source],
    changes: bool,
) -> None:
    early = hotspot(revision=first[0], views=1)
    assert hotspots.receive(connection, early, first[1], NOW)[1]
    late = hotspot(revision=second[0], views=2)
    stored, changed = hotspots.receive(connection, late, second[1], NOW + timedelta(minutes=1))
    assert changed is changes
    assert stored.views == (2 if changes else 1)
    assert stored.revision == (second if changes else first)[0]
    assert stored.received_utc == NOW


def test_what_is_stored_comes_back_exactly(connection: Connection, hotspot: Make) -> None:
    report = hotspot()
    stored, _ = hotspots.receive(connection, report, Source.IP, NOW)
    assert stored == hotspots.get(connection, report.hotspot_id)
    for field in dataclasses.fields(Hotspot):
        assert getattr(stored, field.name) == getattr(report, field.name), field.name


def test_absent_fields_never_erase_known_ones(connection: Connection, hotspot: Make) -> None:
    full = hotspot()
    hotspots.receive(connection, full, Source.IP, NOW)
    brief = hotspot(
        revision=2,
        fix=None,
        unlocated_because="no terrain",
        peak_kelvin=None,
        contrast_kelvin=None,
        area_m2=None,
    )
    stored, changed = hotspots.receive(connection, brief, Source.RADIO, NOW)
    assert changed
    assert stored.revision == 2
    known = (stored.fix, stored.peak_kelvin, stored.contrast_kelvin, stored.area_m2)
    assert known == (full.fix, full.peak_kelvin, full.contrast_kelvin, full.area_m2)
    assert stored.unlocated_because is None


def test_unlocated_becomes_located(connection: Connection, hotspot: Make) -> None:
    hotspots.receive(connection, hotspot(fix=None, unlocated_because="no pose"), Source.IP, NOW)
    stored, _ = hotspots.receive(connection, hotspot(revision=2), Source.IP, NOW)
    assert isinstance(stored.fix, GroundFix)
    assert stored.unlocated_because is None


def test_radio_does_not_overwrite_the_reason_it_cannot_carry(
    connection: Connection, hotspot: Make
) -> None:
    hotspots.receive(connection, hotspot(fix=None, unlocated_because="no pose"), Source.IP, NOW)
    brief = hotspot(revision=2, fix=None, unlocated_because=wire.UNLOCATED_OVER_RADIO)
    stored, _ = hotspots.receive(connection, brief, Source.RADIO, NOW)
    assert stored.unlocated_because == "no pose"


@pytest.mark.parametrize(("ahead_s", "suspect"), [(-1e6, False), (299, False), (301, True)])
def test_report_from_the_future_is_stored_marked_and_does_not_lead_the_list(
    connection: Connection, hotspot: Make, ahead_s: float, suspect: bool
) -> None:
    seen = NOW + timedelta(seconds=ahead_s)
    stored, _ = hotspots.receive(connection, hotspot(last_seen_utc=seen), Source.IP, NOW)
    assert stored.clock_suspect is suspect
    assert stored.last_seen_utc == seen
    assert stored.listed_utc == (NOW if suspect else seen)


def test_a_hostile_text_is_stored_without_nul(connection: Connection, hotspot: Make) -> None:
    report = hotspot(fix=None, unlocated_because="a\0b'; DROP TABLE hotspots; --")
    stored, _ = hotspots.receive(connection, report, Source.IP, NOW)
    assert stored == hotspots.get(connection, report.hotspot_id)
    assert stored.unlocated_because == "ab'; DROP TABLE hotspots; --"


def numbers(found: list[Any]) -> list[int]:
    return [item.hotspot_id.int & 0xFF for item in found]


def test_list_is_newest_first_and_pages_without_gap_or_repeat(
    connection: Connection, hotspot: Make
) -> None:
    for number in range(1, 8):
        seen = NOW - timedelta(minutes=number // 2)  # pairs share their time
        hotspots.receive(connection, hotspot(number, last_seen_utc=seen), Source.IP, NOW)
    whole = hotspots.find(connection, Filters())
    assert numbers(whole) == [1, 3, 2, 5, 4, 7, 6]
    paged: list[Any] = []
    after = None
    while page := hotspots.find(connection, Filters(limit=2, after=after)):
        paged += page
        after = page[-1].listed_utc, page[-1].hotspot_id
    assert paged == whole


@pytest.mark.parametrize(
    ("bbox", "expected"),
    [
        ((131.0, 43.0, 132.0, 44.0), [1]),
        ((179.0, -1.0, -179.0, 1.0), [2]),
        ((-10.0, -10.0, 10.0, 10.0), []),
    ],
)
def test_bounding_box_knows_the_antimeridian_and_leaves_out_the_unlocated(
    connection: Connection,
    hotspot: Make,
    bbox: tuple[float, float, float, float],
    expected: list[int],
) -> None:
    fix = hotspot().fix
    assert fix is not None
    edge = dataclasses.replace(fix, lat_deg=0.0, lon_deg=179.9)
    for number, place in ((1, fix), (2, edge), (3, None)):
        hotspots.receive(connection, hotspot(number, fix=place), Source.IP, NOW)
    assert numbers(hotspots.find(connection, Filters(bbox=bbox))) == expected
