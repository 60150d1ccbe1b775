"""The synthetic park: its raids hold together, and its truth is what its figures follow."""

import dataclasses
import json
import math
import struct
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from lxml import etree

from sim.cli import main
from sim.geodesy import ecef_from_geodetic
from sim.patrols import make_park, raids
from sim.patrols.census import ANIMALS, crossings, make_herd, make_routes
from sim.patrols.navigator import way_length_m
from sim.patrols.park import RATES_PER_KM, TRANSPORTS
from sim.patrols.plan import COUNT_DAYS
from sim.patrols.records import UTC_OFFSET_S
from sim.patrols.smart import NAMESPACE, patrol_xml

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
N = {"s": NAMESPACE}


@pytest.fixture(scope="module")
def park():
    return make_park(1)


@pytest.fixture(scope="module")
def half_year(park):
    return list(raids(park, FIRST, LAST))


def wall_us(day: date, seconds: float) -> int:
    since_epoch = (day - date(1970, 1, 1)).days * 86_400
    return int((since_epoch + seconds - UTC_OFFSET_S) * 1e6)


def test_a_quarter_comes_out_the_same_whatever_span_is_asked_for(park, half_year):
    alone = list(raids(park, date(2026, 5, 4), date(2026, 5, 20)))
    again = [
        raid for raid in half_year if alone[0].start_date <= raid.start_date <= date(2026, 5, 20)
    ]
    assert [raid.number for raid in alone] == [raid.number for raid in again]
    for one, other in zip(alone, again, strict=True):
        assert patrol_xml(one, park) == patrol_xml(other, park)


def test_another_seed_goes_other_ways(park, half_year):
    other = next(raids(dataclasses.replace(park, seed=2), FIRST, FIRST))
    assert other.legs[0].distance_m != half_year[0].legs[0].distance_m


def test_nobody_is_on_two_raids_on_one_day(half_year):
    seen = Counter(
        (member, raid.start_date + timedelta(days=n))
        for raid in half_year
        for member in raid.legs[0].members
        for n in range((raid.end_date - raid.start_date).days + 1)
    )
    assert max(seen.values()) == 1
    assert len({member for member, _ in seen}) == 24


def test_points_lie_in_their_day_on_their_ground_at_the_pace_of_their_transport(park, half_year):
    for raid in half_year:
        for leg in raid.legs:
            days = {day.date: day for day in leg.days}
            for recording in leg.recordings:
                day = days[recording.day]
                steps_us = np.diff(recording.time_us)
                assert (steps_us > 0).all()
                assert recording.time_us[0] >= wall_us(day.date, day.start_s)
                assert recording.time_us[-1] <= wall_us(day.date, day.end_s)
                ecef = ecef_from_geodetic(recording.lat_deg, recording.lon_deg, 0.0)
                metres = np.linalg.norm(np.diff(ecef, axis=0), axis=1)
                top_m_s = (metres / steps_us * 1e6).max(initial=0)
                assert top_m_s < 3 * TRANSPORTS[leg.transport].speed_m_s + 3


def test_walkers_keep_dry_and_boats_afloat(park, half_year):
    under = {"foot": [], "boat": []}
    for raid in half_year:
        for leg in raid.legs:
            for one in leg.recordings if leg.transport in under else ():
                under[leg.transport].append(float((one.alt_amsl_m < 5).mean()))
    assert np.mean(under["foot"]) < 0.02
    assert np.mean(under["boat"]) > 0.9


def test_navigators_that_go_together_stay_close_and_others_part(park, half_year):
    apart_m = []
    for raid in half_year:
        first, second = [*raid.legs[0].recordings, None, None][:2]
        if second is None or second.day != first.day:
            continue
        x = np.interp(first.time_us, second.time_us, second.lon_deg)
        y = np.interp(first.time_us, second.time_us, second.lat_deg)
        away = ecef_from_geodetic(first.lat_deg, first.lon_deg, 0.0) - ecef_from_geodetic(y, x, 0.0)
        apart_m.append(float(np.median(np.linalg.norm(away, axis=1))))
    assert sum(m < 40 for m in apart_m) > 10
    assert sum(m > 300 for m in apart_m) > 5


def test_violations_are_found_at_the_true_rates(half_year):
    for team in ("team1", "team2", "team3"):
        legs = [leg for raid in half_year if raid.team == team for leg in raid.legs]
        expected = sum(leg.expected_violations for leg in legs)
        found = sum(find.category in RATES_PER_KM for leg in legs for find in leg.finds)
        assert expected > 60
        assert abs(found - expected) < 4 * math.sqrt(expected)


def test_a_find_lies_on_the_way_and_within_the_day_of_its_leg(half_year):
    for raid in half_year:
        for leg in raid.legs if raid.kind == "raid" else ():
            for find in leg.finds:
                # A camera trap is reached to within 80 m, the way to a find is sampled each 20 s.
                carried = [r for r in leg.recordings if r.employee_id == find.observer]
                lat = np.concatenate([r.lat_deg for r in carried])
                lon = np.concatenate([r.lon_deg for r in carried])
                away = ecef_from_geodetic(lat, lon, 0.0) - ecef_from_geodetic(
                    find.lat_deg, find.lon_deg, 0.0
                )
                reach_m = 100 + 30 * TRANSPORTS[leg.transport].speed_m_s
                assert np.linalg.norm(away, axis=1).min() < reach_m
                wall = [(wall_us(d.date, d.start_s), wall_us(d.date, d.end_s)) for d in leg.days]
                assert any(since <= find.time_us <= until for since, until in wall)


def test_the_count_has_67_routes_of_about_700_km_all_walked(park, half_year):
    routes = make_routes(park)
    assert len(routes) == 67
    planned_km = sum(way_length_m(route.places, park.ground) for route in routes) / 1e3
    assert planned_km == pytest.approx(700, abs=7)
    walks = [raid for raid in half_year if raid.kind == "count"]
    assert sorted(int(walk.route) for walk in walks) == list(range(1, 68))
    walked_km = sum(walk.legs[0].distance_m for walk in walks) / 1e3
    assert walked_km == pytest.approx(planned_km, rel=0.01)
    assert len({walk.start_date for walk in walks}) == 3


def test_crossings_of_fresh_tracks_follow_formozovs_formula(park):
    routes = make_routes(park)
    route_km = sum(way_length_m(route.places, park.ground) for route in routes) / 1e3
    fresh, expected = 0, 0.0
    for year in range(2020, 2026):
        for species in ANIMALS:
            herd = make_herd(park, species, year, COUNT_DAYS)
            for day in range(COUNT_DAYS):
                crossed = crossings(routes[day::COUNT_DAYS], herd, day, 9.0)
                assert (crossed.age_h > 0).all()
                fresh += int((crossed.age_h <= 24).sum())
            daily_km = float(herd.travel_m.mean()) / 1e3
            expected += 2 / math.pi * route_km * daily_km * herd.per_100_km2 / 100
    # About 330 of them; the same animal crosses more than once, hence more than 1/sqrt(330).
    assert fresh / expected == pytest.approx(1, abs=0.15)


def test_smart_xml_holds_the_raid(park, half_year):
    raid = max(half_year, key=lambda one: (len(one.legs), len(one.legs[-1].days)))
    root = etree.fromstring(patrol_xml(raid, park).encode())
    assert root.get("id") == raid.number
    order = [etree.QName(child).localname for child in root]
    assert order == ["objective", "team", "station", *["legs"] * len(raid.legs)]
    days = root.findall(".//s:days", N)
    assert len(days) == sum(len(leg.days) for leg in raid.legs)
    ids = [one.get("id") for one in root.findall(".//s:waypoints", N)]
    assert sorted(ids) == sorted(f.waypoint for leg in raid.legs for f in leg.finds)
    assert len(set(ids)) == len(ids)
    geometry = bytes.fromhex(root.find(".//s:track", N).get("geom"))
    assert geometry[:9] == bytes.fromhex("0080000005") + struct.pack(">I", 1)
    recording = raid.legs[0].recordings[0]
    lon, lat, z_ms = struct.unpack(">ddd", geometry[18 : 18 + 24])
    assert (lon, lat) == (recording.lon_deg[0], recording.lat_deg[0])
    assert z_ms == recording.time_us[0] / 1e3 + UTC_OFFSET_S * 1e3


def test_smart_xml_tells_the_kilometres_that_were_gone(park, half_year):
    told_km, gone_km = 0.0, 0.0
    for raid in half_year:
        root = etree.fromstring(patrol_xml(raid, park).encode())
        told_km += sum(float(one.get("distance")) for one in root.iterfind(".//s:track", N))
        gone_km += sum(leg.distance_m for leg in raid.legs) / 1e3
    # A receiver's error makes a way longer, points at corners cut make it shorter.
    assert told_km == pytest.approx(gone_km, rel=0.01)


def test_the_command_writes_raids_routes_and_what_is_true_of_them(tmp_path, capsys):
    arguments = ["--from", "2026-02-09", "--to", "2026-02-12"]
    assert main(["patrols", "--out", str(tmp_path), *arguments]) == 0
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    files = {path.stem for path in (tmp_path / "patrols").iterdir()}
    assert files == {line["number"] for line in truth["raids"]}
    assert truth["animals"]["2026"]["leopard"]["per_100_km2"] == pytest.approx(1.1, abs=0.05)
    routes = json.loads((tmp_path / "routes.geojson").read_text(encoding="utf-8"))
    assert len(routes["features"]) == 67
    gpx = etree.parse(tmp_path / "routes.gpx").getroot()
    assert len(gpx.findall("{http://www.topografix.com/GPX/1/1}rte")) == 67
    assert f"{len(files)} raids" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--from", "2026-03-01", "--to", "2026-02-01"],
        ["--from", "2026-03-01", "--to", "2026-03-02", "--raids-per-year", "-1"],
        ["--from", "2026-03-01", "--to", "2026-03-02", "--seed", "-1"],
    ],
)
def test_a_span_or_number_that_cannot_be_is_refused(tmp_path, arguments, caplog):
    assert main(["patrols", "--out", str(tmp_path), *arguments]) == 2
    assert arguments[-2] in caplog.text or arguments[-1] in caplog.text
