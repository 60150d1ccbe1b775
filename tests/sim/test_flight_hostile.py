"""Whatever a client sets, sends or uploads: the vehicle goes on, and its state stays finite."""

import dataclasses
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.flight.modes import Mode
from sim.flight.orders import Target
from sim.flight.plan import Item
from tests.sim.flown import Flown

PATIENT = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PREFIXES = (
    "WPNAV_", "PSC_", "ATC_", "LOIT_", "PILOT_", "RTL_", "LAND_", "FS_", "FENCE_", "BATT_",
    "CIRCLE_", "GUID_", "MOT_", "TKOFF_", "RC_", "ANGLE_", "WP_", "EK3_DRAG", "RALLY_", "MIS_",
    "DISARM_", "FLTMODE", "MNT1_", "THR_", "AUTO_", "ARMING_",
)  # fmt: skip
any_number = st.floats(allow_nan=True, allow_infinity=True, width=32)
finite = st.floats(-1e6, 1e6, width=32)
items = st.builds(
    Item,
    st.sampled_from([16, 17, 18, 19, 20, 21, 22, 82, 93, 112, 114, 115, 177, 178, 183, 201, 2000])
    | st.integers(0, 65535),
    st.sampled_from([0, 3, 10]),
    finite, finite, finite, finite,
    st.integers(-900000000, 900000000) | st.just(429500000),
    st.integers(-1800000000, 1800000000) | st.just(1314000000),
    finite,
)  # fmt: skip
vectors = st.none() | st.tuples(any_number, any_number, any_number)
targets = st.builds(
    Target, st.integers(0, 21), vectors, vectors, vectors, st.none() | any_number,
    st.none() | any_number, st.none() | st.tuples(*[any_number] * 4), st.none() | any_number,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Flat ground."""
    return tmp_path_factory.mktemp("flat")


def is_sane(flown):
    state = flown.copter.state
    numbers = [v for v in dataclasses.astuple(state) if isinstance(v, float)]
    assert len(numbers) > 15
    assert all(map(math.isfinite, numbers)), state
    flown.simulation.look()


@PATIENT
@given(st.data())
def test_any_parameter_may_have_any_value(folder, data):
    flown = Flown(folder).up(10)
    names = sorted(n for n in flown.simulation.parameters.values if n.startswith(PREFIXES))
    changes = data.draw(st.dictionaries(st.sampled_from(names), finite | st.just(0.0), max_size=12))
    flown.simulation.parameters.values.update(changes)
    flown.upload(Item(16, 3, x=429503000, y=1314000000, z=20.0), Item(20))
    for mode in data.draw(st.permutations(list(Mode))):
        flown.copter.set_mode(mode)
        flown.run(1.5)
        is_sane(flown)


@PATIENT
@given(st.integers(0, 65535) | st.sampled_from([20, 21, 22, 115, 178, 179, 192, 195, 206, 1000]),
       st.tuples(*[any_number] * 7), st.integers(0, 255))  # fmt: skip
def test_any_command_may_say_anything(folder, command, params, frame):
    flown = Flown(folder).up(10)
    assert 0 <= flown.copter.command(command, params, frame).result <= 5
    flown.run(3)
    is_sane(flown)


@PATIENT
@given(st.lists(items, max_size=12))
def test_any_mission_may_be_flown(folder, mission):
    flown = Flown(folder).upload(Item(22, 3, z=10.0), *mission).fly_mission()
    flown.run(25)
    is_sane(flown)


@PATIENT
@given(st.lists(targets, min_size=1, max_size=6))
def test_any_target_may_be_asked_for(folder, wanted):
    flown = Flown(folder).up(10)
    for target in wanted:
        flown.copter.guided(target)
        flown.run(0.6)
    is_sane(flown)


@PATIENT
@given(st.lists(st.integers(0, 65535), max_size=20))
def test_any_sticks_may_be_moved(folder, channels):
    flown = Flown(folder).up(10)
    for mode in (Mode.LOITER, Mode.ALT_HOLD, Mode.STABILIZE):
        flown.copter.set_mode(mode)
        flown.copter.rc_override(channels)
        flown.run(1)
        is_sane(flown)
