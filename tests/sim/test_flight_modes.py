"""Every mode flies as its name says, and is entered only when it can be."""

import math

import pytest

from sim.flight.modes import Mode
from sim.flight.orders import ACCEPTED, FAILED, Target
from sim.tables.trouble import Fault
from tests.sim.flown import HOME, METRES, Flown, at


@pytest.fixture
def vehicle(tmp_path):
    """Makes vehicles on flat ground, 42 s after power-up."""
    return lambda *faults, **tables: Flown(tmp_path, *faults, **tables)


def sticks(roll=1500, pitch=1500, throttle=1500, yaw=1500):
    return (roll, pitch, throttle, yaw, *[65535] * 14)


@pytest.mark.parametrize("number", [1, 7, 16, 99, -1])
def test_a_mode_that_is_not_there_is_refused_by_its_number(vehicle, number):
    verdict = vehicle().copter.set_mode(number)
    assert verdict.result == FAILED
    assert verdict.texts == ((4, f"No such mode {number}"),)


@pytest.mark.parametrize("mode", [Mode.LOITER, Mode.GUIDED, Mode.RTL, Mode.BRAKE])
def test_a_mode_that_needs_a_position_is_refused_without_one(vehicle, mode):
    flown = vehicle(boot_s=15.0)
    flown.run(0.1)
    assert flown.copter.arm(force=True).result == ACCEPTED
    verdict = flown.copter.set_mode(mode)
    assert verdict.result == FAILED
    words = f"Mode change to {mode.name} failed: requires position"
    assert verdict.texts == ((4, words),)
    assert flown.copter.mode is Mode.STABILIZE


def test_auto_needs_a_mission_and_on_the_ground_one_that_takes_off(vehicle):
    flown = vehicle().run(0.1)
    copter = flown.copter
    assert copter.set_mode(Mode.AUTO).texts == ((4, "Mode change to AUTO failed: init failed"),)
    flown.upload(at(50, 0, 20))
    copter.set_mode(Mode.GUIDED)
    copter.arm()
    assert copter.set_mode(Mode.AUTO).result == FAILED
    flown.run(0.1)
    assert (2, "Auto: Missing Takeoff Cmd") in flown.said
    assert copter.mode is Mode.GUIDED


def test_stabilize_climbs_with_thrust_and_leans_with_the_sticks(vehicle):
    flown = vehicle().run(0.1)
    copter = flown.copter
    assert copter.arm().result == ACCEPTED
    copter.rc_override(sticks(throttle=1650))
    flown.run(2.9)
    assert flown.height_m > 0.5
    copter.rc_override(sticks(throttle=1560, pitch=1300))
    flown.run(1.0)
    assert math.degrees(copter.state.pitch_rad) == pytest.approx(-30 * 180 / 480, abs=1)
    assert copter.state.north_m_s > 0.5


def test_an_override_ends_when_it_is_not_renewed(vehicle):
    flown = vehicle().run(0.1)
    flown.copter.rc_override(sticks(throttle=1700))
    assert flown.run(2.9).copter.pilot.now[2] == 1700
    assert flown.run(0.2).copter.pilot.now[2] == 1000


def test_alt_hold_takes_off_and_keeps_its_height(vehicle):
    flown = vehicle().run(0.1)
    copter = flown.copter
    copter.set_mode(Mode.ALT_HOLD)
    assert copter.arm().result == ACCEPTED
    for _ in range(8):
        copter.rc_override(sticks(throttle=2000))
        flown.run(1)
    assert flown.height_m > 5
    assert -copter.state.down_m_s == pytest.approx(2.5, abs=0.2), "PILOT_SPEED_UP"
    copter.rc_override(sticks())
    flown.run(2.5)
    height_m = flown.height_m
    copter.rc_override(sticks())
    assert flown.run(2.5).height_m == pytest.approx(height_m, abs=0.2)


def test_loiter_flies_by_the_sticks_and_brakes_when_they_are_let_go(vehicle):
    flown = vehicle(wind={"speed_m_s": 5.0, "gust_m_s": 0.0}).up(20)
    copter = flown.copter
    copter.rc_override(sticks())
    assert copter.set_mode(Mode.LOITER).result == ACCEPTED
    for _ in range(6):
        copter.rc_override(sticks(pitch=1000))
        flown.run(1)
    assert copter.state.north_m_s > 5
    for _ in range(10):
        copter.rc_override(sticks())
        flown.run(1)
    assert math.hypot(copter.state.north_m_s, copter.state.east_m_s) < 0.1
    held = flown.place
    copter.rc_override(sticks(yaw=2000))
    flown.run(1)
    assert math.dist(flown.place, held) < 0.5
    assert copter.state.yaw_rad_s > math.radians(50), "60 deg/s is the most (ATC_SLEW_YAW)"


def test_the_mode_switch_changes_the_mode(vehicle):
    flown = vehicle().run(0.1)
    copter = flown.copter
    copter.rc_override((65535, 65535, 65535, 65535, 1700))
    flown.run(0.1)
    assert copter.mode == copter.parameters["FLTMODE5"] == Mode.LOITER


def test_brake_stops_within_the_distance_of_its_deceleration(vehicle):
    flown = vehicle().up(20)
    copter = flown.copter
    copter.guided(Target(frame=1, velocity_m_s=(8.0, 0.0, 0.0)))
    flown.run(2.5)
    copter.guided(Target(frame=1, velocity_m_s=(8.0, 0.0, 0.0)))
    flown.run(2.0)
    speed, begin = copter.state.north_m_s, flown.place
    assert speed > 6
    copter.set_mode(Mode.BRAKE)
    flown.until(lambda: abs(copter.state.north_m_s) < 0.2, 6)
    assert math.dist(flown.place, begin) < speed * speed / 4
    flown.run(5)
    assert abs(copter.state.north_m_s) < 0.05


def test_a_velocity_is_forgotten_when_it_is_not_renewed(vehicle):
    flown = vehicle().up(20)
    flown.copter.guided(Target(frame=1, velocity_m_s=(3.0, 0.0, -1.0)))
    flown.run(2.8)
    assert flown.copter.state.north_m_s == pytest.approx(3, abs=0.3)
    assert flown.copter.state.down_m_s == pytest.approx(-1, abs=0.1)
    flown.run(4)
    assert flown.copter.state.north_m_s == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    ("frame", "position", "place", "height_m"),
    [
        (6, (HOME[0] + 30 / METRES[0], HOME[1], 25.0), (30, 0), 25),
        (5, (HOME[0], HOME[1] + 30 / METRES[1], 225.0), (0, 30), 25),
        (11, (HOME[0] + 30 / METRES[0], HOME[1], 15.0), (30, 0), 15),
        (1, (20.0, 10.0, -18.0), (20, 10), 18),
        (7, (10.0, 0.0, -5.0), (10, 0), 25),
        (9, (10.0, 0.0, 0.0), (0, 10), 20),
    ],
)
def test_a_target_is_where_its_frame_says(vehicle, frame, position, place, height_m):
    flown = vehicle(home={"lat_deg": HOME[0], "lon_deg": HOME[1], "heading_deg": 90.0}).up(20)
    flown.copter.guided(Target(frame=frame, position=position))
    flown.run(25)
    assert flown.place == pytest.approx(place, abs=0.6)
    assert flown.height_m == pytest.approx(height_m, abs=0.4)


def test_rtl_climbs_goes_home_waits_and_lands(vehicle):
    flown = vehicle().up(8)
    copter = flown.copter
    copter.guided(Target(frame=1, position=(60.0, 0.0, -8.0)))
    flown.run(20)
    copter.set_mode(Mode.RTL)
    heights, waited_s = [], 0.0
    while copter.armed:
        flown.run(0.1)
        heights.append(flown.height_m)
        over_home = math.hypot(*flown.place) < 1 and flown.height_m > 14.5
        waited_s += 0.1 if over_home else 0
    assert max(heights) == pytest.approx(15, abs=0.3), "RTL_ALT"
    assert waited_s > 5, "RTL_LOIT_TIME"
    assert math.hypot(*flown.place) < 0.6
    assert "Disarming motors" in flown.words()


def test_rtl_goes_to_a_nearer_rally_point(vehicle):
    flown = vehicle().up(20)
    copter = flown.copter
    copter.plan.rally.append(at(90, 0, 20, command=5100))
    copter.guided(Target(frame=1, position=(100.0, 0.0, -20.0)))
    flown.run(25)
    copter.set_mode(Mode.RTL)
    flown.until(lambda: not copter.armed, 90)
    assert flown.place == pytest.approx((90, 0), abs=0.6)


def test_landing_slows_down_near_the_ground_and_disarms_on_it(vehicle):
    flown = vehicle().up(20)
    copter = flown.copter
    copter.set_mode(Mode.LAND)
    flown.run(3)
    assert copter.state.down_m_s == pytest.approx(1.5, abs=0.1), "WPNAV_SPEED_DN"
    assert copter.landed_state == 4
    flown.until(lambda: flown.height_m < 5, 20)
    assert copter.state.down_m_s == pytest.approx(0.5, abs=0.05), "LAND_SPEED"
    flown.until(lambda: flown.height_m <= 0, 20)
    assert flown.until(lambda: not copter.armed, 5) == pytest.approx(2.0, abs=0.3)


def test_what_stands_idle_is_disarmed_after_a_while(vehicle):
    flown = vehicle().run(0.1)
    flown.copter.arm()
    took_s = flown.until(lambda: not flown.copter.armed, 20)
    assert took_s == pytest.approx(10, abs=0.3), "DISARM_DELAY"


def test_it_can_be_disarmed_in_the_air_only_by_force(vehicle):
    flown = vehicle().up(10)
    assert flown.copter.disarm().result == FAILED
    assert flown.copter.armed
    assert flown.copter.disarm(force=True).result == ACCEPTED
    flown.run(3)
    assert flown.copter.state.on_ground


def test_the_motors_wait_two_seconds_after_arming(vehicle):
    """As recorded: lift-off 3.3 s after arming and the order to take off."""
    flown = vehicle().run(0.1)
    flown.copter.set_mode(Mode.GUIDED)
    flown.copter.arm()
    assert flown.copter.takeoff(10).result == ACCEPTED
    assert flown.until(lambda: flown.height_m > 0.01, 6) == pytest.approx(3.3, abs=0.3)


def test_wind_pushes_a_vehicle_that_holds_only_its_height(vehicle):
    flown = vehicle(wind={"speed_m_s": 8.0, "from_deg": 270.0, "gust_m_s": 0.0}).up(60)
    flown.copter.rc_override(sticks())
    flown.copter.set_mode(Mode.ALT_HOLD)
    for _ in range(20):
        flown.copter.rc_override(sticks())
        flown.run(1)
    assert flown.copter.state.east_m_s == pytest.approx(8, abs=1)
    assert abs(flown.copter.state.north_m_s) < 0.1


def test_the_wind_is_believed_after_take_off_and_only_with_the_drag_parameters(vehicle):
    blowing = {"speed_m_s": 6.0, "from_deg": 240.0, "gust_m_s": 0.0}
    flown = vehicle(wind=blowing)
    told = flown.run(1).simulation.look()
    assert (told.wind_from_deg, told.wind_m_s) == (-180, 0)
    told = flown.up(60).run(20).simulation.look()
    assert told.wind_from_deg % 360 == pytest.approx(240, abs=5)
    assert told.wind_m_s == pytest.approx(6, abs=0.6)
    flown.simulation.parameters.values["EK3_DRAG_BCOEF_X"] = 0.0
    told = flown.run(1).simulation.look()
    assert (told.wind_from_deg, told.wind_m_s) == (-180, 0)


def test_a_changed_parameter_acts_at_once(vehicle):
    flown = vehicle().up(20)
    flown.copter.guided(Target(frame=1, position=(400.0, 0.0, -20.0)))
    flown.run(10)
    assert flown.copter.state.north_m_s == pytest.approx(10, abs=0.3)
    flown.simulation.parameters.values["WPNAV_SPEED"] = 500.0
    flown.run(5)
    assert flown.copter.state.north_m_s == pytest.approx(5, abs=0.3)


def test_without_gps_it_drifts_gives_up_its_position_and_lands(vehicle):
    lost = Fault(kind="gps_loss", at_s=25.0, duration_s=300.0)
    flown = vehicle(lost).up(20)
    copter = flown.copter
    flown.until(lambda: copter.mode is Mode.LAND, 40)
    assert "EKF3 IMU0 stopped aiding" in flown.words()
    assert flown.said[-2:] == [(2, "EKF variance"), (2, "EKF Failsafe: changed to LAND Mode")]
    flown.until(lambda: not copter.armed, 60)
