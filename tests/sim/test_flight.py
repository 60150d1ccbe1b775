"""The quadcopter flies as physics and its settings allow, the same way for the same seed."""

import math

import pytest

from sim.flight.modes import Mode
from sim.scenario import Fault, load

ANGLE_MAX_DEG = 30


def fly(simulation, seconds: float):
    """Truths every tenth of a second."""
    for step in range(int(seconds * 200)):
        simulation.step()
        if step % 20 == 19:
            yield simulation.copter.state


def with_fault(**values):
    return load("fire-patrol").model_copy(update={"fault": (Fault(**values),)})


def test_a_survey_keeps_its_height_above_terrain_its_speed_and_its_line(simulation):
    sim = simulation("noise.gps_m=0", "noise.altitude_m=0")
    for state in fly(sim, 48):
        over = state.alt_amsl_m - sim.world.ground.height_at(state.lat_deg, state.lon_deg)
        _, east = sim.world.map_point(state.lat_deg, state.lon_deg)
        assert abs(over - 70) < 4
        assert abs(east) < 2
        tilt = math.degrees(max(abs(state.roll_rad), abs(state.pitch_rad)))
        assert tilt <= ANGLE_MAX_DEG * 1.05
    assert math.hypot(state.north_m_s, state.east_m_s) == pytest.approx(8.0, abs=0.8)
    start = sim.world.from_map(0.0, 0.0)
    assert sim.copter.home == pytest.approx((*start, sim.world.ground.height_at(*start)))


def test_it_flies_by_what_it_believes(simulation):
    """A GPS that is off to one side takes the vehicle to the other side of its waypoint."""
    sim = simulation(
        "noise.gps_m=10", "noise.wander_s=10000", "wind.gust_m_s=0", "survey.length_m=80"
    )
    states = fly(sim, 30)
    while sim.copter.current < 4:
        state = next(states)
    error_m = sim.copter.estimator.east_error_m
    assert abs(error_m) > 4
    assert abs(state.east_m + error_m) < 2.1, "within WPNAV_RADIUS, as it believes"


def test_it_leans_into_the_wind(simulation):
    sim = simulation("wind.from_deg=90", "wind.speed_m_s=8", "wind.gust_m_s=0", "noise.gps_m=0")
    state = list(fly(sim, 25))[-1]
    assert state.yaw_rad == pytest.approx(0, abs=0.05)
    assert math.degrees(state.roll_rad) > 3, "wind from the right: the right side goes down"
    assert state.east_m_s == pytest.approx(0, abs=0.3)


def test_the_wind_falls_towards_the_ground(simulation):
    sim = simulation("wind.speed_m_s=8")
    air = sim.copter.air
    for height_m, share in ((120, 1.0), (60, 1.0), (15, 0.5), (0, 0.0)):
        air.at_height(height_m)
        assert math.hypot(*air.mean_m_s) == pytest.approx(8 * share)


def test_it_flies_nose_first_along_the_next_line(simulation):
    sim = simulation("survey.length_m=80", "wind.gust_m_s=0")
    headings = {round(math.degrees(state.yaw_rad), -1) % 360 for state in fly(sim, 60)}
    assert {0, 90, 180} <= headings


def test_the_same_seed_flies_the_same_and_another_one_does_not(simulation):
    ends = []
    for seed in (4, 4, 5):
        sim = simulation(f"seed={seed}", "radio.stream_hz=5")
        sim.autopilot.connect(1, 0.0, port=1)
        for _ in fly(sim, 12):
            pass
        ends.append((sim.copter.state.lat_deg, sim.autopilot.data_to_send(1)))
    assert ends[0] == ends[1]
    assert ends[0][0] != ends[2][0]
    assert ends[0][1] != ends[2][1]


def test_a_low_battery_brings_it_home_and_a_new_one_up_again(simulation):
    sim = simulation("vehicle.battery_minutes=1.8", "vehicle.change_battery_s=5")
    seen = []
    for _ in fly(sim, 260):
        copter = sim.copter
        now = (copter.mode, copter.armed, copter.landed_state)
        just_landed = now == (Mode.RTL, True, 1)
        if (not seen or now != seen[-1]) and not just_landed:
            seen.append(now)
    assert seen[:7] == [
        (Mode.AUTO, True, 2), (Mode.RTL, True, 2), (Mode.RTL, True, 4), (Mode.RTL, False, 1),
        (Mode.AUTO, True, 1), (Mode.AUTO, True, 3), (Mode.AUTO, True, 2),
    ]  # fmt: skip


def test_what_it_reports_is_off_by_what_the_noise_settings_say(simulation):
    errors = []
    for seed in range(25):
        sim = simulation(f"seed={seed}")
        sim.step()
        told, truth = sim.look(), sim.copter.state
        errors.append(
            [
                (told.lat_deg - truth.lat_deg) * 111_100,
                told.estimate.alt_amsl_m - truth.alt_amsl_m,
                math.degrees(told.estimate.roll_rad - truth.roll_rad),
                math.degrees(told.estimate.yaw_rad - truth.yaw_rad),
            ]
        )
    spread = [math.sqrt(sum(e**2 for e in column) / 25) for column in zip(*errors, strict=True)]
    for measured, sigma in zip(spread, (1.5, 1.5, 0.5, 1.2), strict=True):
        assert 0.5 * sigma < measured < 1.7 * sigma


@pytest.mark.parametrize("lasting_s", [4.0, 30.0])
def test_a_glitch_of_the_gps_is_believed_only_when_it_lasts(simulation, lasting_s):
    sim = simulation(
        scenario=with_fault(kind="gps_glitch", at_s=2.0, duration_s=lasting_s, size=40.0)
    )
    offsets = []
    for state in fly(sim, 20):
        told = sim.look()
        offsets.append((told.lon_deg - state.lon_deg) * sim.world.metres_per_lon)
        if len(offsets) == 30:
            received = (told.gps_deg[1] - state.lon_deg) * sim.world.metres_per_lon
            assert received == pytest.approx(40, abs=8)
    if lasting_s > 10:
        assert max(map(abs, offsets[:110])) < 8, "at first the receiver is alone with it"
        assert offsets[125] == pytest.approx(40, abs=8)
    else:
        assert max(map(abs, offsets)) < 8
