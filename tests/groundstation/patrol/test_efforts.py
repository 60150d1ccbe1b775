"""From filed raids to arrays: numbered alike, within the span and the scope, exactly told."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import numpy as np
import pytest

from groundstation.access.account import Account
from groundstation.access.roles import Role
from groundstation.patrol.effort import Group, effort
from groundstation.patrol.ranking import NOBODY, ranking
from groundstation.records.raid import RaidKind
from groundstation.store import efforts, observations, people, raids
from groundstation.store.efforts import Span
from groundstation.store.tables import raid_days
from tests.groundstation.records.books import (
    BOSS,
    DAY,
    LAT_DEG,
    LON_DEG,
    NOW,
    Books,
    account,
    observation,
    raid,
    stored_track,
)

NEXT = DAY + timedelta(days=1)


def filed(books: Books) -> dict[str, Any]:
    """Two raids a day apart, of two teams, five finds, a leopard and a den among them."""
    with books() as c:
        who = [people.add(c, f"Тестов {n}", NOW).person for n in "абв"]
        ways = [stored_track(c, 9, 6000, 120), stored_track(c, 9, 6000, 120, east_m=30),
                stored_track(c, 10, 4000, 60, east_m=5000, days=1)]  # fmt: skip
        one = raid(who[0], who[1], tracks=(ways[0], ways[1]), team="A", number="Р-1")
        other = raid(who[2], tracks=(ways[2],), team="B", number="Р-2", day=NEXT, rest=30.0)
        flight = raid(who[2], team="B", number="П-1", kind=RaidKind.FLIGHT, system_id=1)
        for made in (one, other, flight):
            raids.file(c, made, BOSS, NOW)
        snare = {"category": "violation.snare.", "attributes": {}}
        for values in (
            snare | {"raid_id": one.raid_id, "leg": "1", "observer": who[1]},
            snare | {"raid_id": one.raid_id, "leg": "1"},
            {"raid_id": one.raid_id, "leg": "1", "category": "leopard.sign."},
            {"raid_id": one.raid_id, "leg": "1", "category": "tiger.den."},
            snare | {"raid_id": None},
        ):
            observations.file(c, observation(**values), BOSS, NOW)
    return {"who": who, "one": one, "other": other}


def test_a_table_its_finds_and_its_raster_are_numbered_alike(both_books: Books) -> None:
    known = filed(both_books)
    with both_books() as c:
        table = efforts.table(c, Span(BOSS))
        found = efforts.finds(c, Span(BOSS))
        made = efforts.raster(c, Span(BOSS), 1000)
        stored_m = sum(c.scalars(raid_days.select().with_only_columns(raid_days.c.distance_m)))
    assert table.raid_ids == [known["one"].raid_id, known["other"].raid_id]
    whole = effort(table)[None]
    assert (whole.raids, whole.days, whole.members) == (2, 2, 3)
    assert whole.distance_m == pytest.approx(10_000, rel=0.003)  # two walked side by side
    assert whole.patrol_s == 2 * 10 * 3600
    assert whole.active_s == 2 * 10 * 3600 - 3600 - 1800
    assert made.km.sum() == pytest.approx(stored_m / 1000, rel=1e-8)
    assert sorted(set(made.visit_raid.tolist())) == [0, 1]
    assert sorted(found.raid.tolist()) == [NOBODY, 0, 0, 0, 0]
    lines = ranking(table, found.under("violation."), Group.EMPLOYEE, made).lines
    assert {line.key: line.finds for line in lines} == dict(
        zip(known["who"], (1, 1, 0), strict=True)
    )
    assert sum(line.cells or 0 for line in lines) > 0


def test_a_span_has_its_own_days_steps_and_finds(books: Books) -> None:
    filed(books)
    with books() as c:
        first = Span(BOSS, DAY, DAY)
        km = [
            float(efforts.raster(c, span, 1000).km.sum())
            for span in (first, Span(BOSS, NEXT, NEXT), Span(BOSS), Span(BOSS, date(2027, 1, 1)))
        ]
        days = effort(efforts.table(c, first))[None].days
        flights = efforts.table(c, Span(BOSS, kinds=[RaidKind.FLIGHT]))
        later = efforts.finds(c, Span(BOSS, NEXT))
    assert km == pytest.approx([6, 4, 10, 0], rel=0.003)
    assert days == 1
    assert flights.columns[Group.KIND].tolist() == ["flight"]
    assert len(later.raid) == 0


def test_cells_stay_where_they_are_whatever_the_span(books: Books) -> None:
    filed(books)
    with books() as c:
        first = efforts.raster(c, Span(BOSS, DAY, DAY), 1000)
        both = efforts.raster(c, Span(BOSS), 1000)
    assert first.grid == both.grid
    assert set(zip(first.i, first.j, strict=True)) < set(zip(both.i, both.j, strict=True))


@pytest.mark.parametrize(
    ("who", "raids_seen", "finds_seen"),
    [
        (account(Role.ANALYST), 2, 4),
        (account(Role.GROUP_LEADER, team="B"), 1, 0),
        (account(Role.GUEST), 0, 0),
    ],
)
def test_nobody_counts_beyond_their_scope(
    books: Books, who: Account, raids_seen: int, finds_seen: int
) -> None:
    filed(books)
    with books() as c:
        assert len(efforts.table(c, Span(who)).raid_ids) == raids_seen
        assert len(efforts.finds(c, Span(who)).raid) == finds_seen
        visited = set(efforts.raster(c, Span(who), 1000).visit_raid.tolist())
    assert len(visited) == raids_seen


def test_places_are_as_coarse_as_the_account_may_know_them(books: Books) -> None:
    filed(books)
    operator = account(Role.UAV_OPERATOR, login=BOSS.login)  # filed them, may not see sightings
    with books() as c:
        coarse = efforts.finds(c, Span(operator))
        exact = efforts.finds(c, Span(BOSS))
    cat = coarse.category == "leopard.sign."
    assert cat.sum() == 1
    assert coarse.lat_deg[cat] != pytest.approx(LAT_DEG, abs=1e-6)
    assert coarse.lat_deg[~cat].tolist() == [LAT_DEG] * 3
    assert exact.lat_deg.tolist() == [LAT_DEG] * 5
    assert "tiger.den." in exact.category
    assert "tiger.den." not in coarse.category


def test_withdrawn_raids_and_finds_do_not_count(books: Books) -> None:
    known = filed(books)
    with books() as c:
        raids.withdraw(c, known["one"].raid_id, 1, "опечатка", BOSS, NOW)
        assert len(efforts.table(c, Span(BOSS)).raid_ids) == 1
        assert efforts.finds(c, Span(BOSS)).raid.tolist() == [NOBODY]
        assert efforts.raster(c, Span(BOSS), 1000).km.sum() == pytest.approx(4, rel=0.003)


def test_an_empty_store_has_an_empty_table_and_an_empty_map(books: Books) -> None:
    with books() as c:
        assert effort(efforts.table(c, Span(BOSS))) == {}
        assert len(efforts.finds(c, Span(BOSS)).raid) == 0
        assert len(efforts.raster(c, Span(BOSS), 1000).km) == 0


def test_the_map_and_the_suggestions_on_the_wire(run_station: Callable[..., Any]) -> None:
    station = run_station()
    books = Books(station.settings.database_url(), migrated=True)
    filed(books)
    books.engine.dispose()
    client: httpx.Client = station.client
    told = client.get("/api/v1/effort", params={"cell_m": 2000}).json()
    assert told["km"] == pytest.approx(10, rel=0.003)
    assert told["raids"] == 2
    assert sum(cell["km"] for cell in told["cells"]) == pytest.approx(told["km"])
    for cell in told["cells"]:
        west, south, east, north = cell["bbox"]
        assert west < cell["lon_deg"] < east
        assert south < cell["lat_deg"] < north
    here = [c for c in told["cells"] if c["bbox"][1] <= LAT_DEG < c["bbox"][3]]
    assert any(c["bbox"][0] <= LON_DEG < c["bbox"][2] for c in here)
    asked = {"from": str(DAY), "to": str(NEXT), "count": 8}
    items = client.get("/api/v1/suggestions", params=asked).json()["items"]
    assert len(items) == 8
    assert items[0]["finds"] == 3
    assert [i["km"] is None for i in items].count(True) == 2
    for wrong in ({"cell_m": 1}, {"from": "yesterday"}, {"kind": "walk"}, {"cell_m": "nan"}):
        assert client.get("/api/v1/effort", params=wrong).status_code == 422
    assert np.isfinite([cell["minutes"] for cell in told["cells"]]).all()
