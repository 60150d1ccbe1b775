"""Docked units become drafts of raids: one party one draft, and filed once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from firmware_bridge.tracks import Waypoint
from groundstation.access.account import Account
from groundstation.access.roles import Role
from groundstation.dock.proposals import load_table
from groundstation.store import drafts, observations, people, raids
from groundstation.store.drafts import Draft
from groundstation.words import Refusal
from tests.groundstation.records.books import (
    BOSS,
    LAT_DEG,
    LON_DEG,
    NOW,
    Books,
    account,
    docked,
)

SINCE = NOW - timedelta(days=90)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TABLE = load_table()


def _drafts(c: object, who: Account = BOSS) -> Sequence[Draft]:
    return drafts.find(c, who, TABLE, SINCE)  # type: ignore[arg-type]


def test_units_that_went_together_are_one_raid_and_one_that_did_not_another(books: Books) -> None:
    with books() as c:
        for number, east_m in (("1", 0.0), ("2", 60.0), ("3", 9000.0)):
            unit = docked(c, number, [(8, 6000, 180, east_m), (14, 4000, 120, east_m)])
            person = people.add(c, f"Тестов {number}", NOW, team="north").person
            people.issue(c, unit, person, LONG_AGO, None, NOW)
        found = _drafts(c)
    assert sorted(len(draft.tracks) for draft in found) == [2, 4]
    party = next(draft for draft in found if len(draft.tracks) == 4)
    (leg,) = party.raid.legs
    assert sorted(unit.person_name or "" for unit in party.units) == ["Тестов 1", "Тестов 2"]
    assert [member.is_leader for member in leg.members] == [False, False]
    assert party.raid.team == "north"
    assert [day.date for day in leg.days] == [date(2026, 5, 1)]
    assert leg.days[0].start_time is not None
    assert len({draft.raid.number for draft in found}) == 2


def test_a_memory_of_two_raids_is_two_drafts_and_a_night_out_is_one(books: Books) -> None:
    with books() as c:
        # Day 1, the morning after, and another raid three days later.
        docked(c, "1", [(9, 6000, 480, 0.0), (32, 5000, 300, 0.0), (105, 5000, 300, 0.0)])
        later, earlier = _drafts(c)
    assert [len(later.tracks), len(earlier.tracks)] == [1, 2]
    assert (earlier.raid.start_date, earlier.raid.end_date) == (date(2026, 5, 1), date(2026, 5, 2))
    assert later.raid.start_date == date(2026, 5, 5)


def test_marked_places_are_proposed_and_filed_once(books: Books) -> None:
    at = datetime(2026, 5, 1, 0, tzinfo=UTC)
    marked = [
        Waypoint("ПЕТЛЯ 1", LAT_DEG, LON_DEG, time_utc=at, comment="две штуки"),
        Waypoint("023", LAT_DEG, LON_DEG, time_utc=at),
        Waypoint("СЛЕД ТИГРА", LAT_DEG, LON_DEG),  # older units give no time
        Waypoint("ГАРЬ", LAT_DEG, LON_DEG, time_utc=at + timedelta(days=3)),  # of no track
    ]
    with books() as c:
        docked(c, "1", [(9, 6000, 480, 0.0)], marked)
        (draft,) = _drafts(c)
        comments = {o.waypoint: o.comment for o in draft.observations}
        assert comments["ПЕТЛЯ 1"] == "ПЕТЛЯ 1; две штуки"
        categories = {o.waypoint: o.category for o in draft.observations}
        assert categories == {
            "ПЕТЛЯ 1": "violation.snare.",
            "023": None,
            "СЛЕД ТИГРА": "tiger.track.",
        }
        raids.file(c, draft.raid, BOSS, NOW)
        for made in draft.observations[:2]:
            assert observations.file(c, made, BOSS, NOW).observation.raid_id == draft.raid.raid_id
        assert _drafts(c) == []
        stored = raids.get(c, draft.raid.raid_id)
        assert stored is not None
        assert stored[1].distance_m > 5900
        # Withdrawn, it may be filed anew: under another id, with its places.
        raids.withdraw(c, draft.raid.raid_id, 1, "не те люди", BOSS, NOW)
        (again,) = _drafts(c)
        assert again.raid.raid_id != draft.raid.raid_id
        assert len(again.observations) == 3
        assert raids.file(c, again.raid, BOSS, NOW).changed
        for made in again.observations:
            assert observations.file(c, made, BOSS, NOW).changed


def test_a_draft_has_the_same_ids_for_two_tablets(books: Books) -> None:
    with books() as c:
        docked(c, "1", [(9, 6000, 480, 0.0)], [Waypoint("1", LAT_DEG, LON_DEG)])
        one, other = _drafts(c)[0], _drafts(c)[0]
        assert one == other
        raids.file(c, replace(one.raid, comment="первый"), BOSS, NOW)
        late = replace(other.raid, comment="второй")
        with pytest.raises(Refusal) as refused:
            raids.file(c, late, BOSS, NOW)
    assert refused.value.code == "changed_elsewhere"


def test_whose_units_they_were_sees_their_drafts(books: Books) -> None:
    with books() as c:
        unit = docked(c, "1", [(9, 6000, 480, 0.0)])
        mine = people.add(c, "Тестов", NOW, team="north").person
        people.issue(c, unit, mine, LONG_AGO, None, NOW)
        assert len(_drafts(c, account(Role.INSPECTOR, person=mine))) == 1
        assert _drafts(c, account(Role.INSPECTOR, person=mine + 1)) == []
        assert len(_drafts(c, account(Role.GROUP_LEADER, team="north"))) == 1
        assert _drafts(c, account(Role.GROUP_LEADER, team="south")) == []
        nobody = docked(c, "2", [(9, 3000, 60, 20_000.0)])
        found = _drafts(c, account(Role.INSPECTOR, person=mine + 1))
    assert [unit.unit for draft in found for unit in draft.units] == [nobody]
