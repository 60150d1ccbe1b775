"""The radio and the ground: what stands between, from above and from behind."""

import socket

import pytest
from pymavlink import mavutil

from sim.line_of_sight import clear
from sim.scenario import load
from sim.world import World
from sim.world.terrain import Ground


@pytest.fixture(scope="module")
def hills(land) -> World:
    return World(load("behind-the-ridge"), Ground(land))


def over(world: World, north_m: float, east_m: float, height_m: float):
    place = world.from_map(north_m, east_m)
    return (*place, world.ground.height_at(*place) + height_m)


def test_a_ridge_hides_what_is_behind_it_and_not_what_is_above(hills: World):
    station = over(hills, 0, 0, 3)
    assert clear(hills.ground, station, over(hills, 300, 0, 60), 300)
    assert not clear(hills.ground, station, over(hills, 1000, 0, 60), 1000)
    assert clear(hills.ground, station, over(hills, 1000, 0, 400), 1000)


def test_it_is_the_same_from_both_ends(hills: World):
    for north_m in range(200, 1800, 100):
        a, b = over(hills, 0, 0, 3), over(hills, north_m, 0, 60)
        assert clear(hills.ground, a, b, north_m) == clear(hills.ground, b, a, north_m)


def test_no_distance_at_all_is_clear(hills: World):
    place = over(hills, 0, 0, 3)
    assert clear(hills.ground, place, place, 0.0)


@pytest.mark.parametrize(("north_m", "heard"), [(1000, False), (200, True)])
def test_the_radio_of_a_vehicle_behind_the_ridge_is_silent_and_its_wire_is_not(
    simulator, north_m: int, heard: bool
):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ground:
        ground.bind(("127.0.0.1", 0))
        ground.settimeout(5.0 if heard else 0.2)
        radio = f"udpout:127.0.0.1:{ground.getsockname()[1]}"
        said = simulator(
            "behind-the-ridge", "--camera", "none", "--listen", radio,
            "--set", f"vehicle.north_m={north_m}", "--set", "radio.latency_s=0",
        )  # fmt: skip
        wire = mavutil.mavlink_connection(said["autopilot"][0])
        assert wire.recv_match(type="HEARTBEAT", blocking=True, timeout=20) is not None
        wire.close()
        if heard:
            assert ground.recv(2048)[0] in (0xFD, 0xFE)
        else:
            with pytest.raises(TimeoutError):
                ground.recv(2048)
