"""A winter count from its routes to its result."""

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Connection

from groundstation.access.account import Account
from groundstation.access.roles import Role
from groundstation.exchange.planned_routes import bring, planned_routes
from groundstation.patrol.animals import TIGER, Animal, Apart
from groundstation.patrol.count import DailyTravel
from groundstation.records.count import Count, CountedSpecies, CountSettings, Route
from groundstation.records.raid import Raid, RaidKind
from groundstation.store import counts, history, observations, people, raids, routes, terms
from groundstation.store.count_board import RouteState, board
from groundstation.store.count_result import result
from groundstation.store.count_walks import number_of
from groundstation.words import Refusal
from tests.groundstation.records.books import (
    BOSS,
    DAY,
    LAT_DEG,
    LON_DEG,
    METRE_DEG,
    NOW,
    Books,
    account,
    observation,
    raid,
    stored_track,
)

TRACK = "tiger.track."
TIGERS = CountedSpecies(
    TRACK, DailyTravel(7.0, 0.1), "test", TIGER, Apart(pad_cm=0.7, distance_km=15)
)


def a_route(number: int, metres: float = 10_000, east_m: float = 0) -> Route:
    lon = LON_DEG + east_m * METRE_DEG / 0.7254
    line = ((lon, LAT_DEG), (lon, LAT_DEG + metres * METRE_DEG))
    return Route(uuid4(), 1, str(number), f"Ключ {number}", line, "A")


def a_count(**of: Any) -> Count:
    settings = CountSettings(species=[TIGERS], **of)
    return Count(uuid4(), 1, "Зимний учёт", DAY, DAY + timedelta(days=2), settings)


def a_walk(count: Count, route: Route, person: int, **of: Any) -> Raid:
    own = {"kind": RaidKind.COUNT, "count_id": count.count_id, "route_id": route.route_id}
    return raid(person, **{"number": f"У-{route.number}", **own, **of})


def met(walk: Raid, **attributes: Any) -> Any:
    return observation(raid_id=walk.raid_id, leg="1", category=TRACK, attributes=attributes)


def going_on(c: Connection) -> tuple[Count, list[Route], int]:
    """Four routes: walked whole, walked half, walked without a navigator, waiting."""
    person = people.add(c, "Тестов", NOW).person
    count = a_count()
    counts.file(c, count, BOSS, NOW)
    made = [a_route(n, east_m=3000 * n) for n in range(1, 5)]
    for one in made:
        routes.file(c, one, BOSS, NOW)
    whole = stored_track(c, 8, 10_000, 200, east_m=3000)
    half = stored_track(c, 8, 5000, 100, east_m=6000)
    walks = [
        a_walk(count, made[0], person, tracks=(whole,), team="A"),
        a_walk(count, made[1], person, tracks=(half,), team="B"),
        a_walk(count, made[2], person),
    ]
    for one in walks:
        raids.file(c, one, BOSS, NOW)
    for one, attributes in (
        (walks[0], {"heel_pad_cm": 9.5, "track_age_h": 5.0}),
        (walks[0], {"heel_pad_cm": 11.2, "crossings": 2.0}),
        (walks[0], {"track_age_h": 60.0}),
        (walks[1], {"heel_pad_cm": 9.3, "track_age_h": 24.0}),
        (walks[2], {"track_age_h": 2.0}),
    ):
        observations.file(c, met(one, **attributes), BOSS, NOW)
    return count, made, person


def test_board_says_of_each_route_how_far_it_is(both_books: Books) -> None:
    with both_books() as c:
        count, made, _ = going_on(c)
        told = board(c, count, BOSS)
    states = [line.state for line in told.lines]
    assert states == [
        RouteState.FILED, RouteState.FILED, RouteState.WALKED, RouteState.WAITING,
    ]  # fmt: skip
    assert [line.route_id for line in told.lines] == [route.route_id for route in made]
    covered = [line.covered for line in told.lines]
    assert covered == pytest.approx([1.0, 0.51, 0, 0], abs=0.005)
    assert told.planned_m == pytest.approx(40_000, rel=0.001)
    assert told.covered_m == pytest.approx(15_100, rel=0.01)
    assert told.walked_m == pytest.approx(15_000, rel=0.01)
    assert told.crossings == {TRACK: 6.0}
    assert told.lines[0].crossings == {TRACK: 4.0}
    assert told.lines[0].walks[0].people == ["Тестов"]


def test_who_is_out_is_out_until_the_day_has_an_end(books: Books) -> None:
    with books() as c:
        count, made, person = going_on(c)
        gone = a_walk(count, made[3], person, number="У-4", end=None)
        raids.file(c, gone, BOSS, NOW)
        assert board(c, count, BOSS).lines[3].state is RouteState.OUT
        [leg] = gone.legs
        days = [dataclasses.replace(leg.days[0], end_time=time(17))]
        back = dataclasses.replace(gone, revision=2, legs=[dataclasses.replace(leg, days=days)])
        raids.file(c, back, BOSS, NOW)
        assert board(c, count, BOSS).lines[3].state is RouteState.WALKED
        raids.withdraw(c, gone.raid_id, 2, "не тот маршрут", BOSS, NOW)
        assert board(c, count, BOSS).lines[3].state is RouteState.WAITING


@pytest.mark.parametrize(
    ("who", "walks", "crossings"),
    [
        (account(Role.GROUP_LEADER, team="A"), [1, 0, 0, 0], {TRACK: 4.0}),
        (account(Role.UAV_OPERATOR), [0, 0, 0, 0], None),
    ],
)
def test_progress_is_for_all_and_what_was_met_for_those_who_may_know(
    books: Books, who: Account, walks: list[int], crossings: dict[str, float] | None
) -> None:
    with books() as c:
        count, _, _ = going_on(c)
        told = board(c, count, who)
    assert [len(line.walks) for line in told.lines] == walks
    assert told.crossings == crossings
    assert [line.covered for line in told.lines][:1] == [1.0]


def test_result_is_the_formula_over_what_was_covered(books: Books) -> None:
    with books() as c:
        count, _, _ = going_on(c)
        told = result(c, count, BOSS)
        partial = result(c, count, account(Role.GROUP_LEADER, team="A"))
    assert (told.routes, told.routes_walked, told.is_partial) == (4, 2, False)
    assert told.covered_km == pytest.approx(15.1, rel=0.01)
    [tigers] = told.species
    # 1 + 2 fresh or of unknown age on the first route, 1 on the second
    assert (tigers.crossings, tigers.old_crossings, tigers.unmeasured_crossings) == (4, 1, 1)
    assert tigers.unknown_age == 2
    assert tigers.crossings_per_10_km == pytest.approx(4 / 1.51, rel=0.01)
    assert tigers.density is not None
    assert tigers.density.per_100_km2 == pytest.approx(
        3.14159265 / 2 * 4 / (15.1 * 7) * 100, rel=0.01
    )
    assert tigers.density.low_per_100_km2 is None  # two routes say nothing about scatter
    assert tigers.animals == {Animal.FEMALE_OR_YOUNG: 2, Animal.MALE: 1}
    assert tigers.least_animals == 2
    assert partial.is_partial
    assert partial.species[0].crossings == 3


def test_many_routes_have_an_interval_and_what_it_is_worth(books: Books) -> None:
    with books() as c:
        count, later = winters(c)
        told = result(c, later, BOSS)
    [tigers] = told.species
    assert tigers.density is not None
    assert tigers.density.low_per_100_km2 is not None
    assert tigers.density.low_per_100_km2 < tigers.density.per_100_km2
    assert tigers.density.coverage == (0.83, 0.92)
    [since] = tigers.since
    assert since.count_id == count.count_id
    # 3 crossings on each of six routes after 1 on each
    assert (since.ratio, since.low, since.high) == pytest.approx((3, 3, 3))
    assert since.is_certain
    assert since.same_travel


def winters(c: Connection) -> tuple[Count, Count]:
    """Two years over the same six routes."""
    person = people.add(c, "Тестов", NOW).person
    made = [a_route(n, metres=3000, east_m=4000 * n) for n in range(6)]
    first = dataclasses.replace(a_count(), start_date=date(2025, 5, 1), name="Учёт-2025")
    found = first, dataclasses.replace(a_count(), name="Учёт-2026")
    for one in made:
        routes.file(c, one, BOSS, NOW)
    for times, count in zip((1.0, 3.0), found, strict=True):
        counts.file(c, count, BOSS, NOW)
        for n, one in enumerate(made):
            track = stored_track(c, 8, 3000, 60, east_m=4000 * n)
            walk = a_walk(count, one, person, tracks=(track,))
            raids.file(c, walk, BOSS, NOW)
            observations.file(c, met(walk, crossings=times), BOSS, NOW)
    return found


@pytest.mark.parametrize(
    ("settings", "snow_age_days", "crossings", "unmeasured", "km_days"),
    [
        ({"fresh_only": True}, None, 3, 0, 10.0),
        ({"fresh_only": True}, 0.5, 3, 0, 5.0),
        ({"fresh_only": False}, 4.0, 4, 0, 40.0),
        ({"fresh_only": False, "tracks_last_h": 48}, 4.0, 4, 0, 20.0),
        ({"fresh_only": False}, None, 0, 4, None),
        # 8:00 by the wall clock ten hours ahead of UTC, three days after the snow
        ({"fresh_only": False, "snowfall_utc": datetime(2026, 4, 27, 22, tzinfo=UTC)},
         None, 4, 0, 30.0),
    ],
)  # fmt: skip
def test_snow_says_for_how_many_days_tracks_gathered(
    books: Books,
    settings: dict[str, Any],
    snow_age_days: float | None,
    crossings: float,
    unmeasured: float,
    km_days: float | None,
) -> None:
    with books() as c:
        person = people.add(c, "Тестов", NOW).person
        count, route = a_count(**settings), a_route(1)
        counts.file(c, count, BOSS, NOW)
        routes.file(c, route, BOSS, NOW)
        track = stored_track(c, 8, 10_000, 200)
        told = {} if snow_age_days is None else {"snow_age_days": snow_age_days}
        walk = a_walk(count, route, person, tracks=(track,), attributes=told)
        raids.file(c, walk, BOSS, NOW)
        for age_h in (5.0, 20.0, None, 70.0):
            known = {} if age_h is None else {"track_age_h": age_h}
            observations.file(c, met(walk, **known), BOSS, NOW)
        [tigers] = result(c, count, BOSS).species
    assert (tigers.crossings, tigers.unmeasured_crossings) == (crossings, unmeasured)
    per_10_km = None if km_days is None else pytest.approx(crossings / km_days * 10, rel=0.002)
    assert tigers.crossings_per_10_km == per_10_km


def test_without_a_daily_travel_crossings_are_told_and_no_density(books: Books) -> None:
    with books() as c:
        count, _, _ = going_on(c)
        bare = dataclasses.replace(count.settings, species=[CountedSpecies(TRACK)])
        counts.file(c, dataclasses.replace(count, revision=2, settings=bare), BOSS, NOW)
        stored = counts.get(c, count.count_id)
        assert stored is not None
        [tigers] = result(c, stored, BOSS).species
    assert tigers.density is None
    assert tigers.crossings_per_10_km is not None
    assert (tigers.animals, tigers.least_animals) == (None, None)


def test_counts_and_routes_are_filed_like_every_record(books: Books) -> None:
    with books() as c:
        count, route = a_count(), a_route(1)
        assert counts.file(c, count, BOSS, NOW).changed
        assert not counts.file(c, count, BOSS, NOW).changed
        assert counts.get(c, count.count_id) == count
        first = routes.file(c, route, BOSS, NOW).route
        assert first.planned_m == pytest.approx(10_000, rel=0.001)
        moved = dataclasses.replace(first, revision=2, name="Ключ Кедровый", planned_m=1.0)
        assert routes.file(c, moved, BOSS, NOW).route.planned_m == first.planned_m
        with pytest.raises(Refusal) as refused:
            routes.file(c, dataclasses.replace(first, name="иначе"), BOSS, NOW)
        assert (refused.value.code, refused.value.status) == ("changed_elsewhere", 409)
        done = [entry.action for entry in history.of_record(c, route.route_id)]
        assert done == ["filed", "changed"]
        counts.withdraw(c, count.count_id, 1, "проба", BOSS, NOW)
        assert counts.find(c) == []
        assert [one.withdrawn for one in counts.find(c, withdrawn=True)] == ["проба"]
        with pytest.raises(Refusal, match="ends before"):
            counts.file(c, dataclasses.replace(a_count(), end_date=date(2020, 1, 1)), BOSS, NOW)


@pytest.mark.parametrize(
    ("value", "number"),
    [(2, 2.0), ("3.5", 3.5), (True, None), ("много", None), ("nan", None), (1e300, None),
     (-1, None), (None, None), ([1], None)],
)  # fmt: skip
def test_attributes_that_are_no_numbers_count_as_unsaid(value: Any, number: float | None) -> None:
    assert number_of(value) == number


GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"number": number, "team": "team-1"},
         "geometry": {"type": "LineString", "coordinates": line}}
        for number, line in ((10, [[131.0, 43.0], [131.1, 43.0, 250.0]]),
                             ("2", [[131.0, 43.2], [131.0, 43.25]]))
    ],
}  # fmt: skip
GPX = """<?xml version="1.0"?><gpx version="1.1" creator="t"
xmlns="http://www.topografix.com/GPX/1/1"><rte><name>7</name><rtept lat="43.0" lon="131.0"/>
<rtept lat="43.0" lon="131.1"/></rte></gpx>"""


def test_routes_come_from_geojson_and_gpx_and_keep_their_identity(
    books: Books, tmp_path: Path
) -> None:
    geojson, gpx = tmp_path / "r.geojson", tmp_path / "r.gpx"
    geojson.write_text(json.dumps(GEOJSON))
    gpx.write_text(GPX)
    with books() as c:
        first = bring(c, planned_routes(geojson, "r.geojson"), BOSS, NOW)
        again = bring(c, planned_routes(geojson, "r.geojson"), BOSS, NOW)
        geojson.write_text(json.dumps(GEOJSON).replace("43.25", "43.3"))
        longer = bring(c, planned_routes(geojson, "r.geojson"), BOSS, NOW)
        bring(c, planned_routes(gpx, "r.gpx"), BOSS, NOW)
        known = routes.find(c)
        terms.put(c, "team", "north", {"ru": "Северная группа"}, None, True)
        geojson.write_text(
            json.dumps(GEOJSON, ensure_ascii=False).replace("team-1", "северная группа")
        )
        bring(c, planned_routes(geojson, "r.geojson"), BOSS, NOW)
        named = {route.team for route in routes.find(c)}
    assert [one.changed for one in (*first, *again, *longer)] == [True] * 2 + [False] * 3 + [True]
    assert [route.number for route in known] == ["2", "7", "10"]
    assert [route.revision for route in known] == [2, 1, 1]
    assert known[2].planned_m == pytest.approx(8154.096, abs=0.001)  # PROJ's geodesic
    assert known[2].team == "team-1"
    assert "north" in named


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "routes_unreadable"),
        (b'{"type": "Point", "coordinates": [1, 2]}', "routes_unreadable"),
        (b'{"features": []}', "routes_none"),
        (b"[]", "routes_none"),
        (b"hello", "routes_none"),
        (b'{"features": [{"geometry": {"type": "LineString", "coordinates": [[1,2],[3,4]]}}]}',
         "routes_number"),
        (b'{"features": [{"id": 1, "geometry": {"type": "LineString", "coordinates": [[1,2]]}}]}',
         "routes_points"),
        (b'{"features": [{"id": 1, "geometry": {"type": "LineString", "coordinates": "no"}}]}',
         "routes_coordinates"),
        (b'{"features": [{"id": 1, "geometry": {"type": "LineString", "coordinates":'
         b' [[131, 43], [43, 131]]}}]}', "routes_place"),
        (b'{"features": [{"id": "123456789012345678901", "geometry": {"type": "LineString",'
         b' "coordinates": [[1, 2], [3, 4]]}}]}', "routes_long_number"),
        (b'{"features": [null, 7, {"id": 1, "geometry": {"type": "LineString", "coordinates":'
         b' [[1, 2], [3, NaN]]}}]}', "routes_place"),
    ],
)  # fmt: skip
def test_a_broken_file_of_routes_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "r"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        planned_routes(path, "маршруты")
    assert refused.value.code == code
    assert refused.value.text("ru") != refused.value.text("en")


def test_a_count_on_the_wire(run_station: Callable[..., Any]) -> None:
    station = run_station()
    client: httpx.Client = station.client
    found = client.post("/api/v1/routes?name=r.geojson", content=json.dumps(GEOJSON).encode())
    assert [route["number"] for route in found.json()] == ["10", "2"]
    count_id = str(UUID(int=7))
    body = {
        "count_id": count_id, "revision": 1, "name": "Учёт", "start_date": "2026-02-01",
        "end_date": "2026-02-03",
        "settings": {"species": [{"category": TRACK, "travel": {"mean_km": 7, "cv": 0.1}}]},
    }  # fmt: skip
    assert client.put(f"/api/v1/counts/{count_id}", json=body).status_code == 200
    told = client.get(f"/api/v1/counts/{count_id}/board").json()
    assert [line["state"] for line in told["lines"]] == ["waiting", "waiting"]
    assert told["states"] == {"waiting": 2}
    outcome = client.get(f"/api/v1/counts/{count_id}/result").json()
    assert outcome["species"][0]["density"] is None
    assert [one["name"] for one in client.get("/api/v1/counts").json()] == ["Учёт"]
    stale = client.put(f"/api/v1/counts/{count_id}", json=body | {"name": "Другой"})
    assert stale.status_code == 409
    assert stale.json()["values"]["current"]["name"] == "Учёт"
    for travel in ({"mean_km": 0}, {"mean_km": "Infinity"}, {"mean_km": 7, "cv": -1}):
        species = [{"category": TRACK, "travel": travel}]
        wrong = body | {"revision": 2, "settings": {"species": species}}
        assert client.put(f"/api/v1/counts/{count_id}", json=wrong).status_code == 422
    assert client.get(f"/api/v1/counts/{UUID(int=8)}/board").status_code == 404
    assert client.get(f"/api/v1/routes/{UUID(int=8)}").status_code == 404
    gone = client.post(
        f"/api/v1/counts/{count_id}/withdraw", json={"revision": 1, "reason": "проба"}
    )
    assert gone.json()["withdrawn"] == "проба"
