"""The speed profile of a leg: it arrives, and no limit is ever broken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.flight.legs import Profile
from sim.flight.shaping import Axis, Plane

LIMITS = {
    "length": st.floats(0.01, 5000),
    "speed": st.floats(0.2, 20),
    "accel": st.floats(0.5, 5),
    "jerk": st.floats(0.3, 10),
}


@given(**LIMITS)
def test_a_leg_begins_and_ends_at_rest_and_is_as_long_as_it_is(length, speed, accel, jerk):
    profile = Profile(length, speed, accel, jerk)
    assert profile.at(0) == (0, 0, 0)
    end, v, a = profile.at(profile.end_s)
    assert end == pytest.approx(length)
    assert (v, a) == (0, 0)
    before, v, _ = profile.at(profile.end_s * (1 - 1e-9))
    assert before == pytest.approx(length, rel=1e-6, abs=1e-6)
    assert v == pytest.approx(0, abs=1e-3)


@given(**LIMITS)
def test_a_leg_keeps_to_its_limits_and_never_jumps(length, speed, accel, jerk):
    profile = Profile(length, speed, accel, jerk)
    steps = 400
    dt_s = profile.end_s / steps
    last = profile.at(0)
    for step in range(1, steps):
        now = profile.at(step * dt_s)
        assert -1e-6 <= now[1] <= speed * (1 + 1e-6) + 1e-9
        assert abs(now[2]) <= accel * (1 + 1e-6)
        assert abs(now[2] - last[2]) <= jerk * dt_s * (1 + 1e-6) + 1e-9
        assert abs(now[1] - last[1]) <= accel * dt_s * (1 + 1e-6) + 1e-9
        assert now[0] - last[0] == pytest.approx((now[1] + last[1]) / 2 * dt_s, abs=jerk * dt_s**3)
        last = now


@settings(max_examples=20, deadline=None)
@given(st.floats(-300, 300), st.floats(0.5, 5), st.floats(1, 10), st.floats(-8, 8))
def test_an_axis_comes_to_rest_where_it_should(target, accel, jerk, speed):
    axis = Axis()
    axis.reset(0.0, speed)
    for _ in range(50 * 200):
        axis.to_position(target, -5, 5, accel, jerk, 0.02)
    assert axis.position == pytest.approx(target, abs=0.05)
    assert axis.speed == pytest.approx(0, abs=0.05)


@settings(max_examples=20, deadline=None)
@given(st.floats(-200, 200), st.floats(-200, 200), st.floats(0.5, 5), st.floats(1, 10))
def test_a_plane_keeps_to_the_limits_of_the_vector(north, east, accel, jerk):
    plane, dt_s = Plane(), 0.02
    plane.reset(0, 0, 3.0, -2.0)
    for _ in range(50 * 100):
        was = plane.a_north, plane.a_east
        plane.to_position(north, east, 6.0, accel, jerk, dt_s)
        change = ((plane.a_north - was[0]) ** 2 + (plane.a_east - was[1]) ** 2) ** 0.5
        assert change <= jerk * dt_s + 1e-9
        assert (plane.a_north**2 + plane.a_east**2) ** 0.5 <= accel + jerk * dt_s
    assert (plane.north, plane.east) == pytest.approx((north, east), abs=0.1)
