"""Flights recorded from a real ArduCopter 4.5.6, and the same orders in the same wind here."""

import math
from itertools import pairwise

import numpy as np
import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from benchmarks import recorded_flight
from benchmarks.recorded_flight import cruise, flown, overshoot_m, recorded
from sim.scenario import load as scenario
from sim.simulation import Simulation
from sim.world.terrain import Ground
from tests.sim.replay import build, load

LOGS = ("survey_mavproxy_rates", "survey_qgc_rates_dragwind")
WAYPOINTS = range(5, 15)
WITHIN = 0.1
"""Share of the recorded value."""


@pytest.fixture(scope="module")
def flights(shared, tmp_path_factory):
    """By log: the recorded flight and ours."""
    out = {}
    for name in LOGS:
        real, mission = recorded(shared / "data" / "mavlink" / f"{name}.tlog")
        out[name] = real, flown(mission, tmp_path_factory.mktemp("flat"))
    return out


@pytest.mark.parametrize("name", LOGS)
def test_the_survey_takes_as_long_as_the_recorded_one(flights, name):
    real, ours = flights[name]
    assert real.end_s == pytest.approx(345, abs=1), "AUTO to disarming"
    assert ours.end_s == pytest.approx(real.end_s, rel=WITHIN)
    for before, seq in pairwise((2, *WAYPOINTS)):
        took_s = real.reached_s[seq] - real.reached_s[before]
        assert ours.reached_s[seq] - ours.reached_s[before] == pytest.approx(took_s, rel=WITHIN)


@pytest.mark.parametrize("name", LOGS)
def test_the_same_items_are_told_as_reached(flights, name):
    real, ours = flights[name]
    assert sorted(ours.reached_s) == sorted(real.reached_s)


@pytest.mark.parametrize("name", LOGS)
def test_speed_and_tilt_on_every_leg_are_the_recorded_ones(flights, name):
    real, ours = flights[name]
    for seq in WAYPOINTS[1:]:
        speed, tilt = cruise(real, seq)
        assert cruise(ours, seq)[0] == pytest.approx(speed, rel=WITHIN), seq
        assert cruise(ours, seq)[1] == pytest.approx(tilt, rel=WITHIN), seq


@pytest.mark.parametrize("name", LOGS)
def test_it_overshoots_waypoints_as_far_as_the_recorded_one(flights, name):
    real, ours = flights[name]
    theirs = [overshoot_m(real, seq) for seq in WAYPOINTS[1:]]
    mine = [overshoot_m(ours, seq) for seq in WAYPOINTS[1:]]
    assert np.mean(mine) == pytest.approx(np.mean(theirs), rel=WITHIN)
    assert max(abs(a - b) for a, b in zip(mine, theirs, strict=True)) < 0.7


@pytest.mark.parametrize("name", LOGS)
def test_the_camera_is_released_as_often(flights, name):
    real, ours = flights[name]
    assert real.pictures == 48
    assert abs(ours.pictures - real.pictures) <= 1


@pytest.mark.parametrize("name", LOGS)
def test_the_way_is_the_same(flights, name):
    """Place by place, each at the time since it left the waypoint before."""
    real, ours = (flight.columns() for flight in flights[name])
    away = []
    for row in real:
        there = np.abs(ours[:, 1:4] - row[1:4]).sum(axis=1).argmin()
        away.append(math.dist(ours[there, 1:4], row[1:4]))
    assert np.percentile(away, 95) < 2.0
    assert max(away) < 4.0


def test_a_guided_flight_is_where_the_recorded_one_was_at_every_second(shared, tmp_path):
    """Arm, take off, two targets, a velocity, landing: sent at the recorded times."""
    start_s, home = 171.38, recorded_flight.HOME
    np.full((1201, 1201), home[2], ">i2").tofile(tmp_path / "N42E131.hgt")
    changes = (
        "home.lat_deg=42.95", "home.lon_deg=131.40", "wind.speed_m_s=6", "wind.gust_m_s=0",
        "noise.gps_m=0", "noise.altitude_m=0",
    )  # fmt: skip
    sim = Simulation(scenario("ready-to-fly", changes), Ground(tmp_path), 1_780_000_000.0)
    sim.autopilot.connect(1, 0.0)
    codec, compared, disarmed_s = mav.MAVLink(None, 255, 190), 0, []
    for line in load(shared, "guided_flight", start_s).recorded:
        while sim.time_s < line.at_s:
            sim.step()
            sim.autopilot.data_to_send(1)
        f, state = line.fields, sim.copter.state
        if line.to_vehicle:
            frame = build(line).pack(codec)
            codec.seq = (codec.seq + 1) % 256
            sim.autopilot.receive(1, frame, sim.time_s)
        elif line.kind == "GLOBAL_POSITION_INT":
            compared += 1
            north = (f["lat"] / 1e7 - home[0]) * 111_085
            east = (f["lon"] / 1e7 - home[1]) * 81_600
            assert state.alt_amsl_m - home[2] == pytest.approx(f["relative_alt"] / 1e3, abs=0.6)
            assert math.dist((state.north_m, state.east_m), (north, east)) < 1.2, line.at_s
        elif line.kind == "STATUSTEXT" and f["text"] == "Disarming motors":
            disarmed_s.append(line.at_s)
            assert sim.copter.armed == (sim.time_s < line.at_s) or not sim.copter.armed
    assert compared > 200
    assert not sim.copter.armed
    assert disarmed_s
