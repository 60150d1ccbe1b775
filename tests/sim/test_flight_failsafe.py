"""What it does by itself when something it needs is lost."""

import pytest

from sim.flight.modes import Mode
from sim.flight.orders import CRITICAL, WARNING, Target
from sim.flight.plan import Item
from sim.tables.trouble import Fault
from tests.sim.flown import Flown, at


@pytest.fixture
def vehicle(tmp_path):
    """Makes vehicles on flat ground, 42 s after power-up."""
    return lambda *faults, **tables: Flown(tmp_path, *faults, **tables)


def set_up(flown, **values):
    flown.simulation.parameters.values.update(values)
    return flown


LOST = Fault(kind="rc_loss", at_s=25.0, duration_s=20.0)


@pytest.mark.parametrize(
    ("action", "options", "mode", "words"),
    [
        (1.0, 0.0, Mode.RTL, "Radio Failsafe"),
        (3.0, 0.0, Mode.LAND, "Radio Failsafe"),
        (1.0, 4.0, Mode.GUIDED, "Radio Failsafe - Continuing Guided Mode"),
        (0.0, 0.0, Mode.GUIDED, None),
    ],
)
def test_a_lost_transmitter(vehicle, action, options, mode, words):
    flown = set_up(vehicle(LOST), FS_THR_ENABLE=action, FS_OPTIONS=options).up(20)
    flown.run(25.2 - flown.copter.now_s)
    assert flown.copter.mode is Mode.GUIDED
    flown.run(1)
    assert flown.copter.mode is mode
    assert flown.words() == ([words] if words else [])
    flown.run(20)
    assert ("Radio Failsafe Cleared" in flown.words()) == bool(words)


def test_a_throttle_below_the_limit_is_a_lost_transmitter_too(vehicle):
    flown = set_up(vehicle(), FS_THR_ENABLE=1.0).up(20)
    flown.copter.rc_override((1500, 1500, 920, 1500))
    flown.run(1)
    assert flown.copter.mode is Mode.RTL


def test_a_mission_goes_on_without_a_transmitter_if_so_configured(vehicle):
    flown = set_up(vehicle(LOST), FS_THR_ENABLE=1.0, FS_OPTIONS=1.0)
    flown.upload(Item(22, 3, z=15.0), at(300, 0, 15), Item(20)).fly_mission()
    flown.run(30 - flown.copter.now_s)
    assert flown.copter.mode is Mode.AUTO
    assert "Radio Failsafe - Continuing Auto Mode" in flown.words()


def test_a_ground_station_that_falls_silent(vehicle):
    flown = set_up(vehicle(), FS_GCS_ENABLE=1.0).up(20)
    flown.run(8)
    assert flown.copter.mode is Mode.GUIDED, "it was never heard"
    flown.copter.heard_gcs(flown.copter.now_s)
    took_s = flown.until(lambda: flown.copter.mode is Mode.RTL, 10)
    assert took_s == pytest.approx(5, abs=0.3), "FS_GCS_TIMEOUT"
    assert flown.said[-1] == (WARNING, "GCS Failsafe")
    flown.copter.heard_gcs(flown.copter.now_s)
    flown.run(0.2)
    assert flown.said[-1] == (WARNING, "GCS Failsafe Cleared")


@pytest.mark.parametrize(
    ("values", "mode", "words"),
    [
        ({"BATT_LOW_MAH": 5000.0, "BATT_FS_LOW_ACT": 2.0}, Mode.RTL, "Battery 1 is low"),
        ({"BATT_LOW_MAH": 5000.0, "BATT_FS_LOW_ACT": 1.0}, Mode.LAND, "Battery 1 is low"),
        ({"BATT_LOW_MAH": 5000.0, "BATT_FS_LOW_ACT": 0.0}, Mode.GUIDED, "Battery 1 is low"),
        ({"BATT_CRT_MAH": 5000.0, "BATT_FS_CRT_ACT": 1.0}, Mode.LAND, "Battery 1 is critical"),
        ({"BATT_LOW_VOLT": 12.2, "BATT_FS_LOW_ACT": 2.0}, Mode.RTL, "Battery 1 is low"),
    ],
)
def test_a_battery_that_runs_low(vehicle, values, mode, words):
    flown = set_up(vehicle(), **({"BATT_LOW_MAH": 0.0} | values)).up(20)
    flown.run(75)
    assert flown.copter.mode is mode
    assert flown.words()[0].startswith(f"{words} 1")
    assert flown.words()[0].endswith("mAh")
    assert ("Battery Failsafe" in flown.words()) == (mode is not Mode.GUIDED)
    if mode is not Mode.GUIDED:
        flown.until(lambda: not flown.copter.armed, 60)
        flown.copter.set_mode(Mode.GUIDED)
        level = words.rpartition(" ")[2]
        assert flown.copter.arm().texts == ((CRITICAL, f"Arm: Battery 1 {level} failsafe"),)


def test_a_battery_empties_with_the_load_and_its_voltage_falls(vehicle):
    flown = vehicle(vehicle={"start": "ground", "battery_minutes": 20.0}).up(20)
    battery, p = flown.copter.battery, flown.copter.parameters
    begin = battery.charge(p), battery.volts(p)
    flown.run(60)
    assert begin[0] - battery.charge(p) == pytest.approx(1 / 20, rel=0.05)
    assert battery.volts(p) < begin[1] < 12.6
    flown.copter.guided(Target(frame=1, velocity_m_s=(0.0, 0.0, -2.5)))
    flown.run(0.6)
    assert battery.amps > 1.05 * 5200 * 0.06 / 20, "accelerating upwards"


def test_a_failsafe_on_the_ground_disarms(vehicle):
    flown = set_up(vehicle(), FS_THR_ENABLE=1.0).run(0.1)
    flown.copter.arm()
    flown.copter.rc_override((1500, 1500, 920, 1500))
    flown.run(1)
    assert not flown.copter.armed
    assert "Radio Failsafe - Disarming" in flown.words()


@pytest.mark.parametrize(
    ("values", "to", "words"),
    [
        ({"FENCE_TYPE": 1.0, "FENCE_ALT_MAX": 30.0}, (0, 0, -40), "Max Alt fence breached"),
        ({"FENCE_TYPE": 2.0, "FENCE_RADIUS": 30.0}, (60, 0, -20), "Circle fence breached"),
        ({"FENCE_TYPE": 4.0}, (60, 0, -20), "Polygon fence breached"),
    ],
)
def test_a_breached_fence_brings_it_home(vehicle, values, to, words):
    flown = vehicle()
    corners = [(-40, -40), (-40, 40), (40, 40), (40, -40)]
    flown.copter.plan.fence[:] = [at(n, e, 0, command=5001, p1=4.0) for n, e in corners]
    flown.copter.plan_changed(1)
    set_up(flown, FENCE_ENABLE=1.0, **values).up(20)
    flown.copter.guided(Target(frame=1, position=tuple(map(float, to))))
    flown.until(lambda: flown.copter.mode is Mode.RTL, 30)
    assert words in flown.words()


def test_an_area_that_is_forbidden_keeps_it_out(vehicle):
    flown = vehicle()
    flown.copter.plan.fence[:] = [at(60, 0, 0, command=5004, p1=15.0)]
    flown.copter.plan_changed(1)
    set_up(flown, FENCE_ENABLE=1.0, FENCE_TYPE=4.0).up(20)
    flown.copter.guided(Target(frame=1, position=(60.0, 0.0, -20.0)))
    flown.until(lambda: flown.copter.mode is Mode.RTL, 30)
    assert flown.place[0] == pytest.approx(45, abs=1.5)


def test_a_jump_of_the_gps_is_told_and_moves_a_holding_vehicle_little(vehicle):
    flown = vehicle(Fault(kind="gps_glitch", at_s=25.0, duration_s=30.0, size=40.0)).up(20)
    flown.run(34 - flown.copter.now_s)
    assert flown.words() == ["GPS Glitch or Compass error"]
    flown.run(20)
    assert "Glitch cleared" in flown.words()
    assert abs(flown.place[1]) < 2, "what it holds jumps with what it believes"
    assert flown.copter.control.east == pytest.approx(40, abs=2)
