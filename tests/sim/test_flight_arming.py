"""When it may be armed, and what it says when it may not: as recorded from power-up on."""

import json

import pytest

from sim.flight.modes import Mode
from sim.flight.orders import ACCEPTED, CRITICAL, FAILED, INFO
from tests.sim.flown import Flown


@pytest.fixture
def vehicle(tmp_path):
    """Makes vehicles on flat ground, 42 s after power-up."""
    return lambda **tables: Flown(tmp_path, **tables)


def sticks(throttle):
    return (1500, 1500, throttle, 1500)


@pytest.mark.parametrize(
    ("boot_s", "mode", "reason"),
    [
        (6.5, Mode.STABILIZE, "Accels inconsistent"),
        (6.5, Mode.GUIDED, "Accels inconsistent"),
        (25.5, Mode.GUIDED, "Need Position Estimate"),
        (40.0, Mode.LOITER, "Need Position Estimate"),
        (25.5, Mode.STABILIZE, None),
        (42.0, Mode.GUIDED, None),
        (42.0, Mode.RTL, "RTL mode not armable"),
        (42.0, Mode.LAND, "LAND mode not armable"),
        (42.0, Mode.BRAKE, "BRAKE mode not armable"),
    ],
)
def test_it_is_armed_as_soon_as_the_real_one_and_says_why_not(vehicle, boot_s, mode, reason):
    flown = vehicle(boot_s=boot_s).run(0.1)
    assert flown.copter.set_mode(mode).result == ACCEPTED
    verdict = flown.copter.arm()
    if reason is None:
        assert verdict.result == ACCEPTED
        assert flown.run(0.1).said[-1] == (INFO, "Arming motors")
    else:
        assert verdict.result == FAILED
        assert verdict.texts == ((CRITICAL, f"Arm: {reason}"),)
        assert not flown.copter.armed


def test_home_and_origin_are_known_when_the_recorded_ones_were(vehicle):
    flown = vehicle(boot_s=0.0)
    flown.until(lambda: flown.simulation.look().gps_fix == 3, 20)
    assert flown.copter.now_s == pytest.approx(9.8, abs=0.2)
    assert flown.copter.home is None
    assert flown.simulation.look().lat_deg == 0, "no place is made up"
    flown.until(lambda: flown.copter.home is not None, 30)
    assert flown.copter.now_s == pytest.approx(19.85, abs=0.2)
    assert flown.copter.origin == flown.copter.home
    flown.until(lambda: flown.copter.position_ok, 30)
    assert flown.copter.now_s == pytest.approx(41.4, abs=0.2)


def test_power_up_is_told_in_the_recorded_words_and_order(shared, vehicle):
    marks = (shared / "data/mavlink/survey_mavproxy_rates.marks.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in marks]
    begin_s = next(row["t"] for row in rows if row.get("text") == "Calibrating barometer")
    real = [
        (row["t"] - begin_s, row["text"])
        for row in rows
        if row["event"] == "STATUSTEXT" and row["sev"] == INFO and row["t"] - begin_s < 41.5
    ]
    real = [row for row in real if row[1] != "Flight plan received"]
    flown, ours = vehicle(boot_s=0.0), []
    while flown.copter.now_s < 42:
        flown.run(0.1)
        ours += [(flown.copter.now_s - 0.1, words) for level, words in flown.said if level == INFO]
        flown.said.clear()
    assert [words for _, words in ours] == [words for _, words in real]
    for (mine_s, words), (theirs_s, _) in zip(ours, real, strict=True):
        assert mine_s == pytest.approx(theirs_s, abs=0.5), words


def test_the_reason_is_repeated_every_half_minute(vehicle):
    flown = vehicle(boot_s=20.0).run(0.1)
    flown.copter.set_mode(Mode.GUIDED)
    flown.run(15)
    assert flown.said.count((CRITICAL, "PreArm: Need Position Estimate")) == 1


def test_checks_can_be_left_out_by_parameter_and_all_of_them_by_force(vehicle):
    flown = vehicle(boot_s=6.5).run(0.1)
    flown.simulation.parameters.values["ARMING_CHECK"] = 0.0
    assert flown.copter.arm().texts == ((CRITICAL, "Arm: AHRS: waiting for home"),)
    assert flown.copter.arm(force=True).result == ACCEPTED


@pytest.mark.parametrize(
    ("mode", "throttle", "armed"),
    [
        (Mode.STABILIZE, 1100, False),
        (Mode.STABILIZE, 1000, True),
        (Mode.ALT_HOLD, 1400, True),
        (Mode.LOITER, 1700, False),
        (Mode.GUIDED, 1700, True),
    ],
)
def test_the_throttle_must_be_low_where_the_pilot_flies(vehicle, mode, throttle, armed):
    flown = vehicle().run(0.1)
    flown.copter.set_mode(mode)
    flown.copter.rc_override(sticks(throttle))
    flown.run(0.1)
    verdict = flown.copter.arm()
    assert (verdict.result == ACCEPTED) == armed
    if not armed:
        assert verdict.texts == ((CRITICAL, "Arm: Throttle too high"),)


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        ("BATT_ARM_VOLT", 13.0, "Battery 1 below minimum arming voltage"),
        ("BATT_ARM_MAH", 9000.0, "Battery 1 below minimum arming capacity"),
    ],
)
def test_a_weak_battery_is_not_armed_with(vehicle, parameter, value, words):
    flown = vehicle().run(0.1)
    flown.simulation.parameters.values[parameter] = value
    assert flown.copter.arm().texts == ((CRITICAL, f"Arm: {words}"),)


def test_arming_takes_home_along_and_tells_nobody_twice(vehicle):
    flown = vehicle().run(0.1)
    flown.copter.home = (42.0, 131.0, 0.0)
    assert flown.copter.arm().result == ACCEPTED
    assert flown.copter.home[0] == pytest.approx(42.95, abs=1e-5)
    assert flown.copter.arm().result == ACCEPTED
    assert flown.run(0.1).words() == ["Arming motors"]


def test_a_power_cycle_on_the_ground_starts_from_nothing_and_in_the_air_changes_nothing(vehicle):
    flown = vehicle().run(0.1)
    flown.copter.reboot()
    assert flown.copter.home is None
    assert flown.run(1).copter.arm().result == FAILED
    flown = vehicle().up(10)
    flown.copter.reboot()
    assert flown.run(2).height_m == pytest.approx(10, abs=0.3)
