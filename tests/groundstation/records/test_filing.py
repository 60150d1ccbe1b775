"""Filing raids and observations: once, in order, by whose it is, never without a trace."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from groundstation.access.roles import Role
from groundstation.records.raid import RaidKind
from groundstation.records.site import Site, SiteKind
from groundstation.store import audit, history, observations, people, raids, sites
from groundstation.store.raids import RaidFilter
from groundstation.words import Refusal
from tests.groundstation.records.books import (
    BOSS,
    LAT_DEG,
    LON_DEG,
    NOW,
    Books,
    account,
    observation,
    raid,
    stored_track,
)


def test_a_raid_comes_back_as_it_was_filed_with_its_sums(both_books: Books) -> None:
    with both_books() as c:
        first = people.add(c, "Тестов", NOW).person
        second = people.add(c, "Пробный", NOW).person
        sent = raid(first, second, objective="Обход", armed=True, attributes={"fuel_l": 20.0})
        filed = raids.file(c, sent, BOSS, NOW)
    assert filed.changed
    assert filed.raid == sent
    assert (filed.totals.patrol_s, filed.totals.active_s) == (36_000.0, 32_400.0)
    assert (filed.totals.days, filed.totals.finds, filed.totals.bbox) == (1, 0, None)
    with both_books() as c:
        assert raids.get(c, sent.raid_id) == (sent, filed.totals)


def test_a_form_sent_twice_is_done_once_even_after_others_changed_it(books: Books) -> None:
    with books() as c:
        sent = raid(people.add(c, "Тестов", NOW).person)
        raids.file(c, sent, BOSS, NOW)
        again = raids.file(c, sent, BOSS, NOW)
        changed = raids.file(c, replace(sent, revision=2, comment="дождь"), BOSS, NOW)
        late = raids.file(c, sent, BOSS, NOW)
        entries = history.of_record(c, sent.raid_id)
    assert (again.changed, changed.changed, late.changed) == (False, True, False)
    assert late.raid.comment == "дождь"
    assert [(e.revision, e.action) for e in entries] == [(1, "filed"), (2, "changed")]
    assert entries[1].before is not None
    assert entries[1].before["comment"] is None


@pytest.mark.parametrize("revision", [1, 2, 4])
def test_a_change_of_what_somebody_else_changed_is_refused(books: Books, revision: int) -> None:
    with books() as c:
        sent = raid(people.add(c, "Тестов", NOW).person)
        raids.file(c, sent, BOSS, NOW)
        raids.file(c, replace(sent, revision=2, comment="мы"), BOSS, NOW)
        with pytest.raises(Refusal) as refused:
            raids.file(c, replace(sent, revision=revision, comment="они"), BOSS, NOW)
    assert (refused.value.code, refused.value.status) == ("changed_elsewhere", 409)
    assert refused.value.values["revision"] == 2


def test_withdrawn_is_kept_counts_nowhere_and_comes_back(books: Books) -> None:
    with books() as c:
        sent = raid(people.add(c, "Тестов", NOW).person)
        raids.file(c, sent, BOSS, NOW)
        made = observation(raid_id=sent.raid_id)
        observations.file(c, made, BOSS, NOW)
        gone = raids.withdraw(c, sent.raid_id, 1, "не тот день", BOSS, NOW)
        twice = raids.withdraw(c, sent.raid_id, 1, "не тот день", BOSS, NOW)
        assert (gone.raid.withdrawn, gone.raid.revision) == ("не тот день", 2)
        assert (gone.changed, twice.changed) == (True, False)
        assert raids.find(c, RaidFilter(BOSS), 10) == []
        assert [line.raid_id for line in raids.find(c, RaidFilter(BOSS, withdrawn=True), 10)] == [
            sent.raid_id
        ]
        assert observations.find(c, observations.ObservationFilter(BOSS), 10) == []
        with pytest.raises(Refusal, match="withdrawn"):
            raids.file(c, replace(sent, revision=3), BOSS, NOW)
        back = raids.restore(c, sent.raid_id, 2, "верный", BOSS, NOW)
        assert (back.raid.withdrawn, back.raid.revision) == (None, 3)
        reasons = [e.reason for e in history.of_record(c, sent.raid_id)]
    assert reasons == [None, "не тот день", "верный"]


@pytest.mark.parametrize("statement", ["UPDATE history SET who = 'nobody'", "DELETE FROM history"])
def test_the_database_itself_keeps_the_history(both_books: Books, statement: str) -> None:
    with both_books() as c:
        raids.file(c, raid(people.add(c, "Тестов", NOW).person), BOSS, NOW)
    with pytest.raises(DatabaseError, match="only appended to"), both_books() as c:
        c.execute(text(statement))
    with both_books() as c:
        assert c.scalar(text("SELECT who FROM history")) == BOSS.login


def test_finds_and_extent_follow_the_observations(books: Books) -> None:
    with books() as c:
        sent = raid(people.add(c, "Тестов", NOW).person)
        raids.file(c, sent, BOSS, NOW)
        made = observation(raid_id=sent.raid_id)
        observations.file(c, made, BOSS, NOW)
        observations.file(c, observation(raid_id=sent.raid_id, lat_deg=43.6), BOSS, NOW)
        remark = observation(raid_id=sent.raid_id, category=None, lat_deg=None, lon_deg=None)
        observations.file(c, remark, BOSS, NOW)
        found = raids.get(c, sent.raid_id)
        assert found is not None
        assert found[1].finds == 2
        assert found[1].bbox is None, "the extent of a raid tells where no den is"
        observations.withdraw(c, made.observation_id, 1, "ошибка", BOSS, NOW)
        found = raids.get(c, sent.raid_id)
    assert found is not None
    assert found[1].finds == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"legs": "twice"}, "twice"),
        ({"legs": "stranger"}, "unknown_person"),
        ({"legs": "track"}, "unknown_track"),
        ({"count_id": uuid4()}, "unknown_count"),
        ({"withdrawn": "сразу"}, "withdraw_apart"),
        ({"revision": 2}, "unknown_record"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(
    books: Books, change: dict[str, object], code: str
) -> None:
    with books() as c:
        person = people.add(c, "Тестов", NOW).person
        sent = raid(person)
        (leg,) = sent.legs
        legs = {
            "twice": [leg, leg],
            "stranger": raid(person, 77).legs,
            "track": raid(person, tracks=(99,)).legs,
        }
        of = {k: legs[str(v)] if k == "legs" else v for k, v in change.items()}
        with pytest.raises(Refusal) as refused:
            raids.file(c, replace(sent, **of), BOSS, NOW)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_an_observation_of_an_unknown_raid_waits_for_the_raid(books: Books) -> None:
    with books() as c, pytest.raises(Refusal) as refused:
        observations.file(c, observation(raid_id=uuid4()), BOSS, NOW)
    assert refused.value.code == "unknown_raid"


def test_inspectors_see_and_change_their_own_leaders_their_groups(books: Books) -> None:
    with books() as c:
        mine = people.add(c, "Тестов", NOW, team="north").person
        other = people.add(c, "Пробный", NOW, team="south").person
        north = raids.file(c, raid(mine, team="north", number="С"), BOSS, NOW).raid
        south = raids.file(c, raid(other, team="south", number="Ю"), BOSS, NOW).raid
        alone = observation(observer=other, category="violation.snare.", attributes={})
        observations.file(c, alone, BOSS, NOW)
        inspector = account(Role.INSPECTOR, "one", person=mine)
        leader = account(Role.GROUP_LEADER, "two", team="south")
        guest = account(Role.GUEST, "three")

        def numbers(who: object) -> list[str]:
            return [line.number for line in raids.find(c, RaidFilter(who), 10)]  # type: ignore[arg-type]

        assert (numbers(inspector), numbers(leader), numbers(guest)) == (["С"], ["Ю"], [])
        assert sorted(numbers(account(Role.ANALYST))) == ["С", "Ю"]
        with pytest.raises(Refusal) as refused:
            raids.file(c, replace(south, revision=2, comment="моё"), inspector, NOW)
        assert refused.value.status == 403
        assert raids.file(c, replace(north, revision=2), inspector, NOW).changed
        assert observations.visible(c, alone.observation_id, leader)
        assert not observations.visible(c, alone.observation_id, inspector)


def test_nobody_opens_the_way_of_others_by_naming_their_track(books: Books) -> None:
    with books() as c:
        mine, other = (people.add(c, name, NOW).person for name in ("Тестов", "Пробный"))
        track = stored_track(c, 9, metres=3000, minutes=60)
        filed = raids.file(c, raid(other, tracks=(track,)), BOSS, NOW).raid
        stranger = account(Role.INSPECTOR, "one", person=mine)
        with pytest.raises(Refusal) as refused:
            raids.file(c, raid(mine, tracks=(track,)), stranger, NOW)
        assert refused.value.code == "unknown_track"
        owner = account(Role.INSPECTOR, "two", person=other)
        assert raids.file(c, replace(filed, revision=2, comment="снег"), owner, NOW).changed


def test_old_records_are_changed_by_those_who_may_withdraw(books: Books) -> None:
    later = NOW + timedelta(days=history.OLD_DAYS)
    with books() as c:
        mine = people.add(c, "Тестов", NOW).person
        stored = raids.file(c, raid(mine), BOSS, NOW).raid
        change = replace(stored, revision=2, comment="позже")
        with pytest.raises(Refusal) as refused:
            raids.file(c, change, account(Role.INSPECTOR, person=mine), later)
        assert refused.value.code == "too_old"
        assert raids.file(c, change, account(Role.HEAD_OF_SECURITY), later).changed


def test_what_somebody_does_not_see_their_change_does_not_wipe_out(books: Books) -> None:
    with books() as c:
        pilot = account(Role.UAV_OPERATOR, "pilot")
        made = observation(
            category="leopard.sign.",
            attributes={"sex": "female", "offender_name": "Условный"},
        )
        observations.file(c, made, BOSS, NOW)
        sent = replace(made, revision=2, attributes={"sex": "male"}, lat_deg=43.55, lon_deg=131.55)
        c.execute(text("UPDATE observations SET filed_by = 'pilot'"))
        kept = observations.file(c, sent, pilot, NOW).observation
    assert (kept.lat_deg, kept.lon_deg) == (LAT_DEG, LON_DEG)
    assert kept.attributes == {"sex": "male", "offender_name": "Условный"}


def test_every_filing_is_in_the_audit_log(books: Books) -> None:
    with books() as c:
        sent = raid(people.add(c, "Тестов", NOW).person)
        raids.file(c, sent, BOSS, NOW)
        raids.file(c, sent, BOSS, NOW)
        raids.withdraw(c, sent.raid_id, 1, "лишний", BOSS, NOW)
        found = [(e.action, e.kind, e.subject) for e in audit.find(c, 10)]
    of_raid = ("raid", str(sent.raid_id))
    assert found == [("withdrawn", *of_raid), ("filed", *of_raid)]


def test_a_camera_trap_is_filed_moved_and_withdrawn(books: Books) -> None:
    site = Site(UUID(int=7), 1, SiteKind.CAMERA_TRAP, "ФЛ-7", LAT_DEG, LON_DEG, {"model": "X"})
    with books() as c:
        assert sites.file(c, site, BOSS, NOW).changed
        assert not sites.file(c, site, BOSS, NOW).changed
        moved = sites.file(c, replace(site, revision=2, lat_deg=43.6), BOSS, NOW).site
        assert sites.find(c) == [moved]
        sites.withdraw(c, site.site_id, 2, "украдена", BOSS, NOW)
        assert sites.find(c) == []
        assert [e.action for e in history.of_record(c, site.site_id)] == [
            "filed",
            "changed",
            "withdrawn",
        ]


def test_zeros_in_text_and_other_zones_do_not_make_a_second_record(both_books: Books) -> None:
    east = datetime.fromisoformat("2026-05-01T12:00:00+10:00")
    sent = observation(comment="пе\0тля", observed_utc=east)
    with both_books() as c:
        assert observations.file(c, sent, BOSS, NOW).changed
        assert not observations.file(c, sent, BOSS, NOW).changed
        stored = observations.get(c, sent.observation_id)
    assert stored is not None
    assert stored.comment == "петля"
    assert stored.observed_utc == datetime(2026, 5, 1, 2, tzinfo=UTC)


def test_an_ambush_goes_past_midnight(books: Books) -> None:
    with books() as c:
        sent = raid(
            people.add(c, "Тестов", NOW).person,
            kind=RaidKind.AMBUSH,
            start=time(20),
            end=time(6, 30),
            rest=0.0,
            lat_deg=LAT_DEG,
            lon_deg=LON_DEG,
            decoy="deer",
        )
        filed = raids.file(c, sent, BOSS, NOW)
        shot = observation(
            raid_id=sent.raid_id,
            category="violation.shot.",
            attributes={},
            observed_utc=datetime(2026, 5, 1, 18, 0, tzinfo=UTC),
        )
        heard = observations.file(c, shot, BOSS, NOW).observation
    assert filed.totals.patrol_s == 10.5 * 3600
    assert filed.raid.flaws == []
    assert filed.totals.bbox == (LON_DEG, LAT_DEG, LON_DEG, LAT_DEG)
    assert heard.flaws == []
