"""A raid's way: cleaned, merged, cut between legs, summed by the days of the wall clock."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from groundstation.records.raid import Day, Leg, TrackPart
from groundstation.store import people, raid_ways, raids
from groundstation.store.counted import unpack_counted
from groundstation.store.tables import raid_days, raid_tracks
from tests.groundstation.records.books import (
    BOSS,
    DAY,
    NOW,
    OFFSET_S,
    Books,
    raid,
    stored,
    stored_track,
    walk,
)

MORNING = datetime(2026, 4, 30, 22, tzinfo=UTC)


def test_two_navigators_of_one_party_count_no_kilometre_twice(books: Books) -> None:
    with books() as c:
        person = people.add(c, "Тестов", NOW).person
        first = stored_track(c, 8, metres=6000, minutes=120)
        second = stored_track(c, 8, metres=6000, minutes=120, east_m=40)
        alone = stored_track(c, 8, metres=6000, minutes=120, east_m=2000)
        together = raids.file(c, raid(person, tracks=(first, second)), BOSS, NOW)
        apart = raids.file(c, raid(person, tracks=(first, alone)), BOSS, NOW)
        way = raid_ways.way(c, together.raid.raid_id)
    assert together.totals.distance_m == pytest.approx(6000, rel=0.002)
    assert apart.totals.distance_m == pytest.approx(12_000, rel=0.002)
    assert sorted(part.counted.any() for part in way.parts) == [False, True]


def test_lines_of_one_file_that_ran_at_the_same_time_are_of_several_navigators(
    books: Books,
) -> None:
    first = walk(MORNING, 6000, 120)
    beside, after = walk(MORNING, 6000, 120, 40), walk(MORNING + timedelta(hours=3), 2000, 40)
    with books() as c:
        person = people.add(c, "Тестов", NOW).person
        track = stored(c, [first, beside, after])
        filed = raids.file(c, raid(person, tracks=(track,)), BOSS, NOW)
        way = raid_ways.way(c, filed.raid.raid_id)
    assert filed.totals.distance_m == pytest.approx(8000, rel=0.002)
    assert [bool(part.counted.any()) for part in way.parts] == [True, False, True]


def test_a_track_cut_between_two_legs_is_measured_whole(books: Books) -> None:
    with books() as c:
        person = people.add(c, "Тестов", NOW).person
        track = stored_track(c, 8, metres=6000, minutes=120)
        (walked,) = raid(person, tracks=(track,)).legs
        cut = datetime(2026, 4, 30, 22, 47, 11, tzinfo=UTC)  # between two points
        legs = [
            replace(walked, leg="1", tracks=[TrackPart(track, None, cut)]),
            replace(walked, leg="2", tracks=[TrackPart(track, cut, None)]),
        ]
        whole = raids.file(c, raid(person, tracks=(track,)), BOSS, NOW)
        parted = raids.file(c, raid(person, legs=legs), BOSS, NOW)
        parts = raid_ways.way(c, parted.raid.raid_id).parts
        bits = c.execute(raid_tracks.select().order_by(raid_tracks.c.leg)).all()
    assert parted.totals.distance_m == pytest.approx(whole.totals.distance_m, abs=1e-6)
    assert [part.distance_m for part in parts] == pytest.approx([2375, 3625], rel=0.001)
    masks = [unpack_counted(row.counted, 241)[1].sum() for row in bits if row.leg == "2"]
    assert masks == [145]
    assert whole.totals.distance_m == pytest.approx(6000, rel=0.002)


def test_kilometres_belong_to_the_days_of_the_wall_clock(books: Books) -> None:
    # From 22:00 to 02:00 there, which is all one day in UTC.
    with books() as c:
        person = people.add(c, "Тестов", NOW).person
        track = stored_track(c, 22, metres=8000, minutes=240)
        days = [Day(date(2026, 5, d), utc_offset_s=OFFSET_S) for d in (1, 2)]
        leg = Leg("1", DAY, date(2026, 5, 2), days=days, tracks=[TrackPart(track)])
        raids.file(c, raid(person, legs=[leg], end_date=date(2026, 5, 2)), BOSS, NOW)
        by_day = [row.distance_m for row in c.execute(raid_days.select().order_by("date"))]
        night = raids.file(c, raid(person, tracks=(track,), number="Ночь"), BOSS, NOW)
    assert by_day == pytest.approx([4000, 4000], rel=0.01)
    # A day the raid does not have: told, and its metres kept on the nearest one.
    assert "way_outside_days:2026-05-02" in night.raid.flaws
    assert night.totals.distance_m == pytest.approx(8000, rel=0.01)


@pytest.mark.parametrize(
    ("transport", "patrol_type", "km_h", "flaw"),
    [
        ("foot", "GROUND", 5, None),
        ("foot", "GROUND", 30, "too_fast:30"),
        ("motorboat", "WATER", 40, None),
        ("motorboat", "WATER", 90, "too_fast:90"),
        (None, "WATER", 90, "too_fast:90"),
        ("car", "GROUND", 90, None),
    ],
)
def test_a_way_too_fast_for_its_transport_is_flagged(
    books: Books, transport: str | None, patrol_type: str, km_h: float, flaw: str | None
) -> None:
    with books() as c:
        person = people.add(c, "Тестов", NOW).person
        track = stored_track(c, 9, metres=km_h * 1000 / 6, minutes=10)
        sent = raid(person, tracks=(track,), transport=transport, patrol_type=patrol_type)
        filed = raids.file(c, sent, BOSS, NOW).raid
    assert list(filed.flaws) == ([flaw] if flaw else [])


def test_the_same_track_in_two_raids_and_the_same_hours_of_one_man_are_told(books: Books) -> None:
    with books() as c:
        mine, other = (people.add(c, name, NOW).person for name in ("Тестов", "Пробный"))
        track = stored_track(c, 9, metres=3000, minutes=60)
        raids.file(c, raid(mine, tracks=(track,), number="Р-1"), BOSS, NOW)
        second = raids.file(c, raid(mine, other, tracks=(track,), number="Р-2"), BOSS, NOW).raid
        third = raids.file(c, raid(other, number="Р-2", start=None), BOSS, NOW).raid
        raids.withdraw(c, second.raid_id, 1, "двойник", BOSS, NOW)
        cured = raids.file(c, replace(third, revision=2), BOSS, NOW).raid
    assert list(second.flaws) == ["overlaps:Р-1", "track_elsewhere:Р-1"]
    assert list(third.flaws) == ["same_number"]
    assert list(cured.flaws) == []
