"""The world without a camera: sun, warmth by the hour, fires that spread, people and animals."""

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pytest

from firmware_bridge.errors import ConfigError
from sim.scenario import parse
from sim.tables.world import Weather
from sim.world import World
from sim.world.climate import Climate
from sim.world.motion import FLEES_AT_M, Grazing, Place, Walk
from sim.world.spread import spread
from sim.world.sun import sun_enu
from sim.world.terrain import Ground

PARK = 43.187, 131.402
HOUR_S = 3600.0


@pytest.fixture
def world(land):
    """Makes worlds out of targets: `world({"kind": "deer", ...}, wind={...})`."""

    def make(*targets, **tables):
        content = {"vehicle": {"start": "ground"}, "target": list(targets), **tables}
        return World(parse(content, "test"), Ground(land))

    return make


def one(world: World, time_s: float):
    (target,) = world.targets_at(time_s)
    return target


# The sun.


@pytest.mark.parametrize(
    ("place", "utc", "azimuth_deg", "elevation_deg"),
    [
        # Meeus, Astronomical Algorithms, example 25.a: declination -7.78507, right ascension
        # 13h13m31.4s at 1992-10-13 00:00 TD; sidereal time at Greenwich 1h27m11.4s. At the place
        # where it culminates it stands 90 - 43 - 7.785 over the southern horizon.
        ((43.0, 176.584), datetime(1992, 10, 13, tzinfo=UTC), 180.0, 39.215),
        # June solstice 2026 in the zenith of the tropic, at its noon.
        ((23.4367, 0.0), datetime(2026, 6, 21, 12, 1, 55, tzinfo=UTC), None, 90.0),
    ],
)
def test_the_sun_stands_where_the_almanac_says(place, utc, azimuth_deg, elevation_deg):
    east, north, up = sun_enu(utc.timestamp(), *place)
    assert math.degrees(math.asin(up)) == pytest.approx(elevation_deg, abs=0.05)
    if azimuth_deg is not None:
        assert math.degrees(math.atan2(east, north)) % 360 == pytest.approx(azimuth_deg, abs=0.1)


def test_day_and_night_are_equal_at_the_equinox():
    day = datetime(2026, 3, 20, tzinfo=UTC).timestamp() + np.arange(0, 86_400, 60)
    assert (sun_enu(day, *PARK)[:, 2] > 0).mean() == pytest.approx(0.5, abs=0.005)


# Warmth.


def test_stones_keep_the_suns_warmth_after_dusk_and_the_floor_does_not():
    climate = Climate(Weather(), *PARK)  # 11:20 by the sun
    noon, dusk, dawn = (climate.at(h * HOUR_S) for h in (2, 9.5, 17.5))
    assert noon.daylight == 1
    assert dusk.daylight == 0
    assert 10 < noon.stone_kelvin - noon.air_kelvin < 20
    assert 3 < dusk.stone_kelvin - dusk.air_kelvin < 8
    assert abs(dawn.stone_kelvin - dawn.air_kelvin) < 2
    assert noon.roof_kelvin > noon.air_kelvin + 8
    assert dawn.roof_kelvin < dawn.air_kelvin - 4, "sheet metal under a clear sky"
    assert dusk.contrast < 0.5 < noon.contrast


def test_the_air_is_what_the_scenario_says_at_its_start_and_coldest_before_dawn():
    climate = Climate(Weather(air_celsius=14, swing_kelvin=5), *PARK)
    assert climate.at(0).air_kelvin == pytest.approx(287.15)
    hours = [climate.at(h * HOUR_S).air_kelvin for h in range(24)]
    assert max(hours) - min(hours) == pytest.approx(10, abs=0.2)
    assert int(np.argmin(hours)) in (15, 16), "three in the morning"


def test_clouds_take_the_sun_and_keep_the_night():
    clear, covered = (Climate(Weather(cloud=c), *PARK).at(0) for c in (0.0, 1.0))
    assert np.abs(covered.litter_sun).max() == 0 < clear.litter_sun[2]
    assert covered.litter_kelvin == covered.air_kelvin > clear.litter_kelvin


# Fires.


@pytest.mark.parametrize(
    ("fuel", "m_min", "ratio"), [("litter", 0.79, 1.979), ("grass", 19.5, 3.865)]
)
def test_rates_and_shapes_at_15_km_h_are_the_published_ones(fuel, m_min, ratio):
    growth = spread(fuel, (15 / 3.6, 0.0), (0.0, 0.0), 1.0)
    assert growth.head_m_s * 60 == pytest.approx(m_min, rel=1e-3)
    assert growth.length_to_breadth == pytest.approx(ratio, abs=1e-3)
    assert growth.towards_rad == 0


def test_without_wind_and_slope_a_fire_grows_as_a_circle():
    growth = spread("litter", (0.0, 0.0), (0.0, 0.0), 1.0)
    assert growth.length_to_breadth == 1
    assert growth.head_m_s == pytest.approx(growth.back_m_s)


def test_a_slope_draws_the_fire_uphill_and_steeper_is_faster():
    rates = [spread("litter", (0.0, 0.0), (0.0, s), 1.0).head_m_s for s in (0.0, 0.2, 0.4, 0.6)]
    assert rates == sorted(rates)
    assert rates[3] / rates[0] == pytest.approx(math.exp(3.533 * 0.6**1.2), rel=1e-6)
    across = spread("litter", (3.0, 0.0), (0.0, 0.4), 1.0)
    assert 0 < across.towards_rad < math.pi / 2, "between downwind, north, and uphill, east"


@pytest.mark.parametrize("fuel", ["litter", "grass"])
def test_what_has_burnt_is_the_ellipse_of_the_rates(fuel):
    growth = spread(fuel, (3.0, 2.0), (0.1, 0.2), 0.001)
    after_s = 100 / growth.head_m_s
    step = 0.5
    east, north = np.meshgrid(np.arange(-130, 130, step), np.arange(-130, 130, step))
    arrival = growth.arrival_s(north.astype(np.float32), east.astype(np.float32))
    a, b = growth.axes_m(after_s)
    assert (arrival <= after_s).sum() * step**2 == pytest.approx(math.pi * a * b, rel=0.02)
    ahead = (
        np.float32([100 * math.cos(growth.towards_rad)]),
        np.float32([100 * math.sin(growth.towards_rad)]),
    )
    assert growth.arrival_s(*ahead)[0] == pytest.approx(after_s, rel=1e-3)


def test_a_wildfire_is_not_there_before_it_is_lit_then_grows_and_moves_downwind(world):
    lit = {"kind": "wildfire", "fuel": "grass", "north_m": 50, "east_m": 0, "from_s": 60}
    windy = world(lit, wind={"speed_m_s": 8, "from_deg": 270})
    assert windy.targets_at(59) == []
    young, old = one(windy, 120), one(windy, 660)
    assert old.size_m[0] > 5 * young.size_m[0]
    assert old.east_m > young.east_m > 0
    assert old.size_m[0] > 2 * old.size_m[1]
    dead = world(lit | {"burns_s": 100}, wind={"speed_m_s": 8, "from_deg": 270})
    assert one(dead, 5000).size_m == one(dead, 161).size_m


def test_a_campfire_burns_from_when_to_when_it_says(world):
    camp = world({"kind": "campfire", "north_m": 0, "east_m": 0, "from_s": 10, "burns_s": 20})
    assert [len(camp.targets_at(t)) for t in (9, 10, 29, 30)] == [0, 1, 1, 0]


# People and animals.


def test_a_walker_keeps_its_pace_turns_back_or_stays(world):
    path = {"kind": "person", "north_m": 0, "east_m": 0, "path": [[60, 0], [60, 60]]}
    back, stays = world(path), world(path | {"then": "stay"})
    assert one(back, 25).north_m == pytest.approx(30)
    assert one(back, 75).east_m == pytest.approx(30)
    assert one(back, 75).heading_rad == pytest.approx(math.pi / 2)
    assert one(back, 125).east_m == pytest.approx(30)
    assert (one(stays, 500).north_m, one(stays, 500).east_m) == (60, 60)


def test_a_round_ends_where_it_began():
    walk = Walk([(0, 0), (30, 0), (30, 40)], 1.0, "round", 5.0)
    assert walk(0).north_m == 0
    assert not walk(0).moving
    assert (walk(125).north_m, walk(125).east_m) == pytest.approx((0, 0))
    assert (walk(100).north_m, walk(100).east_m) == pytest.approx((15, 20))


def test_a_walker_stands_on_the_ground_wherever_it_goes(world):
    hiker = world({"kind": "person", "north_m": 0, "east_m": 0, "path": [[400, 300]]})
    for time_s in (0, 100, 300):
        target = one(hiker, time_s)
        assert target.alt_amsl_m == hiker.ground.height_at(target.lat_deg, target.lon_deg)


def test_a_group_has_its_number_its_names_and_room(world):
    targets = world(
        {"kind": "deer", "id": "herd", "north_m": 0, "east_m": 0, "count": 7, "apart_m": 6}
    ).targets
    assert [t.id for t in targets] == [f"herd-{n}" for n in range(1, 8)]
    places = [(t.north_m, t.east_m) for t in targets]
    gaps = [math.dist(a, b) for i, a in enumerate(places) for b in places[:i]]
    assert min(gaps) > 2.0
    assert max(gaps) < 30


def test_deer_feed_about_their_place_and_flee_from_who_comes(world):
    deer = {"kind": "deer", "id": "deer", "north_m": 0, "east_m": 0}
    alone = world(deer)
    assert all(
        math.hypot(t.north_m, t.east_m) < 25 for t in (one(alone, s) for s in range(0, 1800, 60))
    )
    comes = {"kind": "person", "id": "man", "north_m": 200, "east_m": 0, "path": [[-200, 0]]}
    met = world(deer, comes | {"then": "stay"})
    fled_m = []
    for time_s in range(330):
        animal, man = met.targets_at(time_s)
        fled_m.append(math.hypot(animal.north_m - man.north_m, animal.east_m - man.east_m))
    assert min(fled_m) > FLEES_AT_M - 15
    animal = met.targets_at(330)[0]
    assert math.hypot(animal.north_m, animal.east_m) > 50


def test_where_an_animal_is_does_not_depend_on_who_asks_or_when():
    def animal() -> Grazing:
        return Grazing((0.0, 0.0), 0.0, [lambda t: Place(100 - t, 0.0, 0.0)], "seed")

    first, second = animal(), animal()
    forward = [first(float(t)) for t in range(300)]
    with ThreadPoolExecutor(4) as pool:
        backward = list(pool.map(second, [float(t) for t in reversed(range(300))]))
    assert forward == backward[::-1]


def test_one_seed_is_one_world_and_another_is_another(world):
    herd = {"kind": "boar", "north_m": 0, "east_m": 0, "count": 5}
    a, b, c = (world(herd, seed=seed).targets_at(600) for seed in (1, 1, 2))
    assert a == b != c


def test_bodies_are_warmer_than_cold_air_and_engines_than_bodies(world):
    things = world(
        {"kind": "person", "north_m": 0, "east_m": 0},
        {"kind": "leopard", "north_m": 0, "east_m": 500},
        {"kind": "vehicle", "north_m": 0, "east_m": 900, "engine": "cold"},
        {"kind": "vehicle", "north_m": 0, "east_m": 990, "engine": "cold", "path": [[50, 990]]},
        weather={"air_celsius": -15},
    )
    person, leopard, parked, _ = things.targets
    driving = things.targets_at(2)[3]
    assert person.kelvin > leopard.kelvin > 258.15 + 10
    assert parked.bonnet_kelvin == 0 < driving.bonnet_kelvin


# What a file gets wrong.


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"kind": "rock", "path": [[1, 2]]}, "a rock has no path"),
        ({"kind": "dragon"}, "kind = 'dragon'"),
        ({"kind": "deer", "cont": 4}, "did you mean 'count'"),
        ({"kind": "person", "cover": 1.5}, "cover = 1.5"),
    ],
)
def test_a_target_that_cannot_be_is_named(world, target, said):
    with pytest.raises(ConfigError, match=said):
        world({"north_m": 0, "east_m": 0} | target)
