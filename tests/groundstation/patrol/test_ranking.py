"""Groups and inspectors: each find once, each against what its transport brings."""

from collections import Counter

import numpy as np
import pytest

from groundstation.patrol.effort import EffortTable, Group
from groundstation.patrol.grid import Grid
from groundstation.patrol.ranking import NOBODY, Finds, credited_to, ranking
from groundstation.patrol.raster import Way, effort_raster


def roster(legs: list[tuple[int, str, str, int, list[int]]]) -> EffortTable:
    """Legs of (raid, team, transport, days, people, the first of whom leads), one day a row."""
    raid, leg, team, transport, date, members = [], [], [], [], [], []
    for number, (of, group, means, days, people) in enumerate(legs):
        for day in range(days):
            raid.append(of)
            leg.append(number)
            team.append(group)
            transport.append(means)
            date.append(np.datetime64("2026-01-01") + day)
        members += [(number, person, k == 0) for k, person in enumerate(people)]
    member_leg, member, leads = zip(*members, strict=True)
    size = np.zeros(len(raid))
    columns = {Group.TEAM: np.array(team, object), Group.TRANSPORT: np.array(transport, object)}
    return EffortTable(
        np.array(raid), np.array(leg), np.array(date), size, size, size, columns,
        np.array(member_leg), np.array(member), np.array(leads),
    )  # fmt: skip


def finds(rows: list[tuple[int, int, int]], category: str = "violation.snare.") -> Finds:
    """Of (raid, leg, observer)."""
    raid, leg, observer = np.array(rows, np.int64).reshape(-1, 3).T
    unknown = np.full(len(rows), np.nan)
    day = np.full(len(rows), np.datetime64("2026-01-01"))
    what = np.full(len(rows), category, object)
    return Finds(raid, leg, day, what, observer, unknown, unknown)


LEGS = [
    (0, "A", "foot", 3, [1, 2, 3]),
    (0, "A", "car", 1, [2, 1]),
    (1, "B", "foot", 4, [4, 5]),
]


def test_a_find_is_credited_to_one_person() -> None:
    table = roster(LEGS)
    told = finds(
        [
            (0, 0, 3),  # who saw it
            (0, 0, NOBODY),  # who led the leg
            (0, 1, NOBODY),
            (0, NOBODY, NOBODY),  # who led the raid
            (1, 2, NOBODY),
            (7, 9, NOBODY),  # a raid that is not here
            (NOBODY, NOBODY, NOBODY),
        ]
    )
    assert credited_to(table, told).tolist() == [3, 1, 2, 1, 4, NOBODY, NOBODY]
    found = ranking(table, told, Group.EMPLOYEE)
    assert {line.key: line.finds for line in found.lines} == {1: 2, 2: 1, 3: 1, 4: 1, 5: 0}
    assert found.uncredited == 2
    teams = ranking(table, told, Group.TEAM)
    assert {line.key: line.finds for line in teams.lines} == {"A": 4, "B": 1}


def test_what_is_expected_depends_on_the_transport() -> None:
    """Ten finds on 20 days on foot, one on 20 days by car: each team as good as the other."""
    table = roster([(0, "A", "foot", 20, [1]), (1, "B", "car", 20, [2])])
    found = ranking(table, finds([(0, 0, NOBODY)] * 10 + [(1, 1, NOBODY)]), Group.TEAM)
    lines = {line.key: line for line in found.lines}
    assert (lines["A"].expected, lines["B"].expected) == pytest.approx((10, 1))
    assert lines["A"].rate == pytest.approx(0.5)
    assert lines["A"].ratio == pytest.approx(lines["B"].ratio, abs=0.15)
    assert lines["A"].transports == {"foot": 20}


def test_expected_finds_are_as_many_as_were_found() -> None:
    told = finds([(0, 0, NOBODY)] * 5 + [(0, NOBODY, NOBODY)] * 2 + [(1, 2, 5)] * 3)
    found = ranking(roster(LEGS), told, Group.TEAM)
    assert sum(line.expected for line in found.lines) == pytest.approx(10)


def test_forty_identical_inspectors_are_as_expected() -> None:
    rng = np.random.default_rng(12)
    legs = [(k, "A", "foot", int(rng.integers(10, 41)), [k]) for k in range(40)]
    rows = [(k, k, NOBODY) for k in range(40) for _ in range(rng.poisson(0.15 * legs[k][3]))]
    found = ranking(roster(legs), finds(rows), Group.LEADER)
    raw = [line.rate for line in found.lines]
    drawn = [line.ratio for line in found.lines]
    assert max(raw) > 5 * min(raw)
    assert max(drawn) < 2 * min(drawn)
    assert all(line.ratio_low < 1 < line.ratio_high for line in found.lines)
    assert drawn == sorted(drawn, reverse=True)


def test_one_who_is_three_times_as_good_is_seen() -> None:
    rng = np.random.default_rng(13)
    legs = [(k, "A", "foot", 40, [k]) for k in range(12)]
    means = [0.15 * 40 * (3 if k == 5 else 1) for k in range(12)]
    rows = [(k, k, NOBODY) for k in range(12) for _ in range(rng.poisson(means[k]))]
    best = ranking(roster(legs), finds(rows), Group.LEADER).lines[0]
    assert best.key == 5
    assert best.ratio_low > 1


def test_coverage_is_the_share_of_cells_that_anybody_visited() -> None:
    grid = Grid(1000, 43, 131)
    ways = []
    for raid, cells in enumerate([[10, 11, 12], [12, 13]]):
        lat, lon = grid.place(np.array(cells) + 0.5, np.full(len(cells), 5900.5))
        yes = np.ones(len(cells), bool)
        ways.append(Way(raid, np.arange(len(cells)), lat, lon, yes, yes))
    raster = effort_raster(ways, grid, lambda way: way)
    found = ranking(roster(LEGS), finds([(0, 0, NOBODY)]), Group.TEAM, raster)
    assert {line.key: (line.cells, line.coverage) for line in found.lines} == {
        "A": (3, 0.75),
        "B": (2, 0.5),
    }


def test_finds_are_chosen_by_their_branch_of_the_model() -> None:
    one, other = finds([(0, 0, 1)]), finds([(0, 0, 2)], "tiger.track.")
    both = Finds(*(np.concatenate([getattr(one, n), getattr(other, n)]) for n in Finds.__slots__))
    assert both.under("violation.").observer.tolist() == [1]
    assert Counter(both.under("tiger.", "leopard.").category) == {"tiger.track.": 1}


def test_no_finds_at_all_rank_nobody_above_another() -> None:
    found = ranking(roster(LEGS), finds([]), Group.TEAM)
    assert [line.finds for line in found.lines] == [0, 0]
    assert all(np.isnan(line.ratio) for line in found.lines)
    assert all(line.rate == 0 and line.rate_high > 0 for line in found.lines)
