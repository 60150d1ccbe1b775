"""The quadcopter flies as physics and its settings allow, the same way for the same seed."""

import math

import pytest

from sim.flight.quadcopter import MAX_TILT_RAD
from sim.scenario import load


def fly(simulation, seconds: float):
    """Truths every tenth of a second."""
    for step in range(int(seconds * 200)):
        simulation.step()
        if step % 20 == 19:
            yield simulation.copter.state


def test_a_survey_keeps_its_height_above_terrain_its_speed_and_its_line(simulation):
    sim = simulation()
    for state in fly(sim, 48):
        over = state.alt_amsl_m - sim.world.ground.height_at(state.lat_deg, state.lon_deg)
        north, east = sim.world.map_point(state.lat_deg, state.lon_deg)
        assert abs(over - 70) < 4
        assert abs(east) < 2
        assert max(abs(state.roll_rad), abs(state.pitch_rad)) <= MAX_TILT_RAD
    assert north == pytest.approx(8.0 * 47, abs=15)


def test_it_leans_into_the_wind(simulation):
    sim = simulation("wind.from_deg=90", "wind.speed_m_s=8", "wind.gust_m_s=0")
    state = list(fly(sim, 20))[-1]
    assert state.yaw_rad == pytest.approx(0, abs=0.02)
    assert math.degrees(state.roll_rad) > 3, "wind from the right: the right side goes down"
    assert state.east_m_s == pytest.approx(0, abs=0.3)


def test_it_flies_nose_first_along_the_next_line(simulation):
    sim = simulation("survey.length_m=80", "wind.gust_m_s=0")
    headings = {round(math.degrees(state.yaw_rad)) % 360 for state in fly(sim, 40)}
    assert {0, 90, 180} <= headings


def test_the_same_seed_flies_the_same_and_another_one_does_not(simulation):
    ends = []
    for seed in (4, 4, 5):
        sim = simulation(f"seed={seed}")
        sim.autopilot.connect(1, 0.0, port=1)
        for _ in fly(sim, 12):
            pass
        ends.append((sim.copter.state.lat_deg, sim.autopilot.data_to_send(1)))
    assert ends[0] == ends[1]
    assert ends[0][0] != ends[2][0]
    assert ends[0][1] != ends[2][1]


def test_a_low_battery_brings_it_home_and_a_new_one_up_again(simulation):
    sim = simulation("vehicle.battery_minutes=1.2", "vehicle.change_battery_s=5")
    phases = []
    for _ in fly(sim, 225):
        if not phases or sim.copter.navigator.phase.value != phases[-1]:
            phases.append(sim.copter.navigator.phase.value)
    assert phases[:6] == ["survey", "return", "land", "ground", "takeoff", "survey"]


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


def test_a_gps_glitch_moves_the_report_and_not_the_vehicle(simulation):
    fault = {"kind": "gps_glitch", "at_s": 2.0, "duration_s": 2.0, "size": 40.0}
    scenario = load("fire-patrol").model_copy(
        update={"fault": (type(load("rough-day").fault[0])(**fault),)}
    )
    sim = simulation(scenario=scenario)
    offsets = []
    for state in fly(sim, 5):
        told = sim.look()
        offsets.append((told.lon_deg - state.lon_deg) * sim.world.metres_per_lon)
    assert abs(offsets[15]) < 8
    assert offsets[30] == pytest.approx(40, abs=8)
    assert abs(offsets[45]) < 8
