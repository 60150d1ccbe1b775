"""SMART's definitions of effort, on a roster small enough to count by hand."""

from datetime import date

import numpy as np
import pytest

from groundstation.patrol.effort import Effort, EffortTable, Group, effort

# raid 0: three days; leg 0 by car on the first, leg 1 on foot from the first to the third.
# raid 1: one night, 31 January to 1 February, leg 2 on foot, team B.
ROWS = [
    # raid, leg, date, km, start-end h, rest h, team, transport
    (0, 0, "2026-01-20", 30.0, 2.0, 0.0, "A", "car"),
    (0, 1, "2026-01-20", 6.0, 5.0, 1.0, "A", "foot"),
    (0, 1, "2026-01-21", 14.0, 9.0, 2.0, "A", "foot"),
    (0, 1, "2026-01-22", 11.0, 8.0, 1.5, "A", "foot"),
    (1, 2, "2026-01-31", 3.0, 4.0, 0.0, "B", "foot"),
    (1, 2, "2026-02-01", 2.0, 3.0, 0.5, "B", "foot"),
]
MEMBERS = [(0, 1, True), (0, 2, False), (1, 1, True), (1, 2, False), (1, 3, False), (2, 3, True)]


def table() -> EffortTable:
    raid, leg, day, km, hours, rest, team, transport = zip(*ROWS, strict=True)
    member_leg, member, leads = zip(*MEMBERS, strict=True)
    patrol_s = np.array(hours) * 3600
    columns = {
        Group.TEAM: np.array(team, object),
        Group.TRANSPORT: np.array(transport, object),
        Group.MANDATE: np.full(len(ROWS), None, object),
    }
    return EffortTable(
        np.array(raid), np.array(leg), np.array(day, "datetime64[D]"), np.array(km) * 1000,
        patrol_s, patrol_s - np.array(rest) * 3600, columns,
        np.array(member_leg), np.array(member), np.array(leads),
    )  # fmt: skip


def test_all_raids_together() -> None:
    assert effort(table()) == {
        None: Effort(
            raids=2, days=5, nights=3, distance_m=66_000.0, patrol_s=31 * 3600.0,
            active_s=26 * 3600.0, members=3,
            # 2 x 2 h by car, 3 x 22 h on foot, 7 h alone
            man_s=(2 * 2 + 3 * 22 + 7) * 3600.0,
            # person 1: 3 days, 2: 3, 3: 3 + 2
            man_days=11,
        )
    }  # fmt: skip


def test_a_day_with_two_transports_is_a_day_of_each() -> None:
    by = effort(table(), Group.TRANSPORT)
    assert {key: (e.raids, e.days, e.nights, e.distance_m) for key, e in by.items()} == {
        "car": (1, 1, 0, 30_000.0),
        "foot": (2, 5, 3, 36_000.0),
    }


def test_people_have_the_effort_of_the_legs_they_were_in() -> None:
    by = effort(table(), Group.EMPLOYEE)
    assert {p: (e.raids, e.days, e.distance_m / 1000) for p, e in by.items()} == {
        1: (1, 3, 61.0),
        2: (1, 3, 61.0),
        3: (2, 5, 36.0),
    }
    leaders = effort(table(), Group.LEADER)
    assert {p: (e.raids, e.days) for p, e in leaders.items()} == {1: (1, 3), 3: (1, 2)}


def test_months_and_quarters_are_keyed_by_their_first_day() -> None:
    months = effort(table(), Group.MONTH)
    assert {k: e.days for k, e in months.items()} == {date(2026, 1, 1): 4, date(2026, 2, 1): 1}
    assert list(effort(table(), Group.QUARTER)) == [date(2026, 1, 1)]
    assert len(effort(table(), Group.DATE)) == 5


@pytest.mark.parametrize(
    ("by", "refused"),
    [
        (Group.EMPLOYEE, {"members", "man_s", "man_days"}),
        (Group.LEADER, {"members", "man_s", "man_days"}),
        (Group.DATE, {"nights"}),
        (Group.MONTH, {"nights"}),
        (Group.TEAM, set()),
        (Group.RAID, set()),
    ],
)
def test_questions_that_make_no_sense_are_refused(by: Group, refused: set[str]) -> None:
    for one in effort(table(), by).values():
        said = {name for name in Effort.__slots__ if getattr(one, name) is None}
        assert said == refused


def test_what_nobody_said_is_a_group_of_its_own() -> None:
    assert effort(table(), Group.MANDATE)[None].days == 5


def test_no_raids_no_groups() -> None:
    none = np.zeros(0, np.int64)
    flat = np.zeros(0)
    empty = EffortTable(
        none, none, np.zeros(0, "datetime64[D]"), flat, flat, flat, {}, none, none,
        np.zeros(0, bool),
    )  # fmt: skip
    assert effort(empty) == {}
    assert effort(empty, Group.EMPLOYEE) == {}
