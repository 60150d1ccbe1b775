"""The terrain protocol, answered by a ground station that knows the heights."""

import math

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.autopilot.terrain import Terrain
from tests.sim.client import Client

EXTRA3 = 12


def requests(messages):
    return [m for m in messages if m.get_type() == "TERRAIN_REQUEST"]


def reports(messages):
    return [m for m in messages if m.get_type() == "TERRAIN_REPORT"]


def answer(client, request, height):
    """Every square that was asked for; `height` of posts north and east of the block's corner."""
    for bit in range(56):
        if request.mask >> bit & 1:
            north, east = divmod(bit, 8)
            data = [height(north * 4 + i // 4, east * 4 + i % 4) for i in range(16)]
            client.send(
                mav.MAVLink_terrain_data_message(
                    request.lat, request.lon, request.grid_spacing, bit, data
                )
            )


@pytest.fixture
def ground(simulation):
    client = Client(simulation())
    client.send(mav.MAVLink_request_data_stream_message(1, 1, EXTRA3, 4, 1))
    return client


def test_the_block_asked_for_is_the_one_the_real_one_asked_for(simulation):
    """Recorded from 4.5.6 at 42.95 N 131.40 E."""
    snapshot = Client(simulation()).sim.look()
    at = type(snapshot)
    values = {name: getattr(snapshot, name) for name in at.__dataclass_fields__}
    there = at(**(values | {"lat_deg": 42.9499999, "lon_deg": 131.4}))
    request = Terrain().request(1, there, 100, 0.0)
    assert (request.lat, request.lon) == (429486264, pytest.approx(1313751222, abs=1))
    assert (request.grid_spacing, request.mask) == (100, 72057594037927935)


def test_it_asks_every_two_seconds_until_it_is_answered_and_then_no_more(ground):
    asked = requests(ground.fly(10.2))
    assert len(asked) == 5
    assert len({(m.lat, m.lon, m.mask) for m in asked}) == 1
    answer(ground, asked[0], lambda north, east: 300)
    assert requests(ground.fly(5)) == []


def test_what_came_is_not_asked_for_again(ground):
    (first,) = requests(ground.fly(1))
    data = mav.MAVLink_terrain_data_message
    ground.send(data(first.lat, first.lon, 100, 3, [300] * 16))
    ground.send(data(first.lat, first.lon, 100, 56, [300] * 16))
    ground.send(data(first.lat + 1, first.lon, 100, 4, [300] * 16))
    again = requests(ground.fly(2.1))[0]
    assert again.mask == first.mask & ~(1 << 3)


def test_reports_tell_the_height_between_the_posts_that_came(ground):
    before = reports(ground.fly(1))[-1]
    assert (before.spacing, before.terrain_height, before.loaded) == (0, 0.0, 0)
    assert before.pending == 56
    (request,) = requests(ground.fly(2.1))
    answer(ground, request, lambda north, east: 10 * north + east)
    report = reports(ground.fly(0.5))[-1]
    assert (report.spacing, report.pending, report.loaded) == (100, 0, 56)
    metre = 1e-7 * 111_318.845
    north = (report.lat - request.lat) * metre / 100
    shrink = math.cos(math.radians(report.lat * 1e-7))
    east = (report.lon - request.lon) * metre * shrink / 100
    assert report.terrain_height == pytest.approx(10 * north + east, abs=0.6)
    amsl = ground.sim.look().alt_amsl_m
    assert report.current_height == pytest.approx(amsl - report.terrain_height, abs=0.5)


def test_a_check_is_answered_and_its_block_asked_for_next(ground):
    (here,) = requests(ground.fly(1))
    answer(ground, here, lambda north, east: 300)
    far = mav.MAVLink_terrain_check_message(435000000, 1315000000)
    told = reports(ground.ask(far))
    assert [(m.lat, m.lon, m.spacing) for m in told] == [(435000000, 1315000000, 0)]
    asked = requests(ground.fly(2.5))
    assert [m.lat for m in asked] != []
    assert all(abs(m.lat - 435000000) < 300_000 for m in asked)
    answer(ground, asked[0], lambda north, east: 77)
    assert reports(ground.ask(far))[0].terrain_height == 77.0


def test_heights_of_everywhere_do_not_gather(ground):
    for lat in range(80):
        ground.send(mav.MAVLink_terrain_check_message(lat * 10_000_000, 0))
    report = reports(ground.fly(0.5))[-1]
    assert report.pending <= 12 * 56


@pytest.mark.parametrize("place", [(2**31 - 1, 2**31 - 1), (-(2**31), -(2**31)), (900000000, 0)])
def test_a_place_that_is_none_stops_nothing(ground, place):
    assert len(reports(ground.ask(mav.MAVLink_terrain_check_message(*place)))) == 1
    assert ground.fly(0.5)
