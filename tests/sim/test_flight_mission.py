"""Missions: what is flown, done and told, in ArduCopter's order and words."""

import math
from itertools import pairwise

import pytest

from sim.flight.modes import Mode
from sim.flight.orders import ACCEPTED, DENIED
from sim.flight.plan import Item
from tests.sim.flown import HOME, Flown, at

TAKEOFF = Item(22, 3, z=15.0)
RTL = Item(20)


@pytest.fixture
def vehicle(tmp_path):
    """Makes vehicles on flat ground, 42 s after power-up."""
    return lambda **tables: Flown(tmp_path, **tables)


def missions_said(flown):
    return [words for words in flown.words() if words.startswith(("Mission:", "Reached"))]


def over(flown, longest_s=200):
    flown.until(lambda: flown.copter.mission.state == 5, longest_s)
    return flown


def test_it_says_what_it_does_in_the_recorded_order_and_words(vehicle):
    """The order of the recorded survey: the first thing to do, the waypoint, the other things."""
    flown = vehicle().upload(
        TAKEOFF, Item(178, 3, 1.0, 10.0, -1.0), Item(205, 3, -90.0, z=2.0),
        Item(206, 3, 25.0, 0.0, 1.0), at(30, 0, 15), Item(206, 3), Item(205, 3, -30.0, z=2.0), RTL,
    )  # fmt: skip
    over(flown.fly_mission())
    assert missions_said(flown) == [
        "Mission: 1 Takeoff", "Mission: 2 ChangeSpeed", "Mission: 5 WP", "Mission: 3 MountControl",
        "Mission: 4 SetCamTrigDst", "Reached command #5", "Mission: 6 SetCamTrigDst",
        "Mission: 8 RTL", "Mission: 7 MountControl",
    ]  # fmt: skip
    assert list(flown.copter.reached) == [2, 3, 5, 7, 8], "as recorded: not 1, not the camera's"
    assert [shot.index for shot in flown.copter.shots] == [1, 2]
    assert math.degrees(flown.copter.gimbal.pitch_rad) == pytest.approx(-30)
    assert (flown.copter.current, flown.copter.armed) == (0, False)


def test_a_waypoint_with_a_delay_is_waited_at_and_one_without_is_cut(vehicle):
    stops = vehicle().upload(TAKEOFF, at(60, 0, 15, p1=4.0), at(60, 60, 15), RTL).fly_mission()
    flown = vehicle().upload(TAKEOFF, at(60, 0, 15), at(60, 60, 15), RTL).fly_mission()
    stops.until(lambda: "Reached command #2" in stops.words(), 60)
    flown.until(lambda: "Reached command #2" in flown.words(), 60)
    assert math.dist(stops.place, (60, 0)) < 0.5
    assert 0.5 < math.dist(flown.place, (60, 0)) <= 2.3, "WPNAV_RADIUS"
    state = flown.copter.state
    assert math.hypot(state.north_m_s, state.east_m_s) > 2
    assert stops.copter.now_s - flown.copter.now_s > 4


def test_a_waypoint_straight_ahead_is_passed_at_full_speed(vehicle):
    flown = vehicle().upload(TAKEOFF, at(100, 0, 15), at(200, 0, 15), RTL).fly_mission()
    flown.until(lambda: "Reached command #2" in flown.words(), 60)
    assert flown.copter.state.north_m_s == pytest.approx(10, abs=0.4)


@pytest.mark.parametrize(("frame", "height_m"), [(0, 225.0), (3, 25.0), (10, 25.0), (6, 25.0)])
def test_a_height_is_above_what_its_frame_says(vehicle, frame, height_m):
    flown = vehicle().upload(TAKEOFF, at(40, 0, height_m, frame=frame, p1=1.0), RTL).fly_mission()
    flown.until(lambda: "Reached command #2" in flown.words(), 60)
    assert flown.height_m == pytest.approx(25, abs=0.5)


def test_a_jump_is_made_as_often_as_it_says(vehicle):
    flown = (
        vehicle()
        .upload(TAKEOFF, at(20, 0, 15), at(0, 0, 15), Item(177, p1=2.0, p2=2.0), RTL)
        .fly_mission()
    )
    over(flown)
    assert missions_said(flown).count("Mission: 2 WP") == 3
    assert not any("Jump" in words for words in flown.words())


def test_jumps_that_lead_only_to_each_other_end_the_mission(vehicle):
    loop = Item(177, p1=3.0, p2=-1.0), Item(177, p1=2.0, p2=-1.0)
    flown = over(vehicle().upload(TAKEOFF, *loop).fly_mission())
    assert flown.copter.mode is Mode.AUTO
    assert flown.run(3).height_m == pytest.approx(15, abs=0.3), "it stays where it is"


def test_it_turns_round_a_place_as_often_as_told(vehicle):
    flown = vehicle().upload(TAKEOFF, at(30, 0, 15, command=18, p1=2.0, p3=10.0), RTL)
    flown.fly_mission()
    flown.until(lambda: flown.copter.current == 2, 30)
    turned, last, radii = 0.0, None, []
    while flown.copter.current == 2:
        flown.run(0.1)
        north, east = flown.place[0] - 30, flown.place[1]
        angle = math.atan2(east, north)
        if math.hypot(north, east) < 13 and last is not None:
            turned += math.remainder(angle - last, 2 * math.pi)
            radii.append(math.hypot(north, east))
        last = angle
    assert turned == pytest.approx(4 * math.pi, rel=0.15)
    assert sum(radii[50:]) / len(radii[50:]) == pytest.approx(10, abs=1)


@pytest.mark.parametrize(
    ("item", "seconds"), [(at(0, 0, 15, command=19, p1=6.0), 6), (Item(93, p1=5.0), 5)]
)
def test_it_waits_as_long_as_told(vehicle, item, seconds):
    flown = vehicle().upload(TAKEOFF, item, at(20, 0, 15), RTL).fly_mission()
    flown.until(lambda: flown.copter.current == 2, 30)
    took_s = flown.until(lambda: flown.copter.current == 3, 30)
    assert took_s == pytest.approx(seconds, abs=1.5)


def test_conditions_hold_back_what_is_to_be_done(vehicle):
    flown = vehicle().upload(
        TAKEOFF, Item(112, p1=3.0), Item(2000, p3=1.0),
        Item(114, p1=20.0), Item(2000, p3=1.0), at(80, 0, 15), RTL,
    ).fly_mission()  # fmt: skip
    flown.until(lambda: flown.copter.current == 6, 30)
    begin_s = flown.copter.now_s
    flown.until(lambda: flown.copter.pictures == 1, 10)
    assert flown.copter.now_s - begin_s == pytest.approx(3, abs=0.3)
    flown.until(lambda: flown.copter.pictures == 2, 30)
    assert flown.place[0] == pytest.approx(60, abs=2)


def test_a_heading_a_region_of_interest_and_a_speed_are_kept(vehicle):
    flown = vehicle().upload(
        TAKEOFF, Item(178, p1=1.0, p2=4.0), at(0, 50, 0, command=195), at(80, 0, 15),
        Item(197), Item(115, p1=90.0), at(160, 0, 15), RTL,
    ).fly_mission()  # fmt: skip
    flown.until(lambda: flown.place[0] > 40, 60)
    copter = flown.copter
    assert copter.state.north_m_s == pytest.approx(4, abs=0.3)
    bearing = math.atan2(50 - flown.place[1], -flown.place[0])
    assert copter.state.yaw_rad == pytest.approx(bearing, abs=0.15)
    assert copter.gimbal.roi is not None
    assert copter.gimbal.yaw_rad == pytest.approx(bearing, abs=0.05)
    flown.until(lambda: flown.place[0] > 110, 60)
    assert math.degrees(copter.state.yaw_rad) == pytest.approx(90, abs=3)
    assert copter.gimbal.roi is None


def test_servos_and_relays_are_set(vehicle):
    flown = vehicle()
    flown.simulation.parameters.values["SERVO9_FUNCTION"] = 0.0
    flown.upload(TAKEOFF, Item(183, p1=9.0, p2=1700.0), Item(181, p1=0.0, p2=1.0), RTL)
    over(flown.fly_mission())
    assert flown.copter.servos == {9: 1700}
    assert flown.copter.relays == {0: True}


def test_it_lands_at_the_place_of_a_land_item(vehicle):
    flown = over(vehicle().upload(TAKEOFF, at(30, 10, 0, command=21)).fly_mission())
    assert flown.place == pytest.approx((30, 10), abs=0.5)
    assert not flown.copter.armed


def test_the_end_of_a_mission_in_the_air_is_a_hover(vehicle):
    flown = over(vehicle().upload(TAKEOFF, at(30, 0, 15)).fly_mission())
    flown.run(10)
    assert flown.copter.mode is Mode.AUTO
    assert flown.place == pytest.approx((30, 0), abs=0.6)
    assert flown.copter.armed


def test_it_goes_on_where_it_was_unless_told_to_restart(vehicle):
    for restart, seq in ((0.0, 3), (1.0, 1)):
        flown = vehicle().upload(TAKEOFF, at(20, 0, 15), at(80, 0, 15), RTL).fly_mission()
        copter = flown.copter
        flown.simulation.parameters.values["MIS_RESTART"] = restart
        flown.until(lambda copter=copter: copter.current == 3, 60)
        copter.set_mode(Mode.LOITER)
        assert copter.mission.state == 4
        flown.run(0.5)
        copter.set_mode(Mode.AUTO)
        assert copter.current == seq


def test_another_item_can_be_chosen_on_the_way(vehicle):
    flown = vehicle().upload(TAKEOFF, at(20, 0, 15), at(80, 0, 15), at(0, 40, 15), RTL)
    flown.fly_mission()
    flown.until(lambda: flown.copter.current == 2, 30)
    assert flown.copter.set_current(4).result == ACCEPTED
    assert flown.copter.set_current(99).result == DENIED
    flown.until(lambda: "Reached command #4" in flown.words(), 60)
    assert flown.place == pytest.approx((0, 40), abs=2.3)


def test_a_pause_stops_it_on_its_way_and_lets_it_go_on(vehicle):
    flown = vehicle().upload(TAKEOFF, at(150, 0, 15), RTL).fly_mission()
    flown.until(lambda: flown.place[0] > 40, 60)
    assert flown.copter.command(193, (0.0,) * 7).result == ACCEPTED
    flown.run(10)
    assert flown.copter.state.north_m_s == pytest.approx(0, abs=0.1)
    assert flown.copter.command(193, (1.0, *(0.0,) * 6)).result == ACCEPTED
    flown.until(lambda: "Reached command #2" in flown.words(), 60)


def test_a_mission_that_is_cleared_while_it_is_flown_ends_in_a_hover(vehicle):
    flown = vehicle().upload(TAKEOFF, at(150, 0, 15), RTL).fly_mission()
    flown.until(lambda: flown.place[0] > 20, 60)
    flown.copter.plan.mission.clear()
    flown.copter.plan_changed(0)
    flown.run(20)
    assert math.hypot(flown.copter.state.north_m_s, flown.copter.state.east_m_s) < 0.2
    assert flown.place[0] < 60
    assert flown.height_m == pytest.approx(15, abs=0.5)
    assert flown.copter.mission.state == 1


def test_pictures_are_as_far_apart_as_told(vehicle):
    flown = vehicle().upload(TAKEOFF, Item(206, p1=20.0), at(150, 0, 15), Item(206), RTL)
    over(flown.fly_mission())
    shots = list(flown.copter.shots)
    assert len(shots) == 7
    lats = [(shot.lat_deg - HOME[0]) * 111_085 for shot in shots]
    gaps = [b - a for a, b in pairwise(lats)]
    assert all(20 <= gap < 20.7 for gap in gaps)
    assert all(shot.height_above_home_m == pytest.approx(15, abs=0.4) for shot in shots)
