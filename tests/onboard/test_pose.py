"""The pose buffer: interpolates each series at its own stamps, never extrapolates, says why not."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.autopilot.events import ClockSynced, VehicleRebooted
from firmware_bridge.autopilot.tlog import pose_events, read_tlog
from firmware_bridge.messages import AttitudeSample, GimbalSample, Pose, PositionSample, YawFrame
from onboard.locate.pose import Coverage, NoPose, PoseBuffer
from onboard.locate.rotation import from_euler, heading_rad, matrix, multiply, slerp

D = math.radians(1.0)


def attitude(time_s, yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0, sign=1, sigma_s=0.001):
    q = from_euler(yaw_deg * D, pitch_deg * D, roll_deg * D)
    return AttitudeSample(time_s, tuple(sign * c for c in q), sigma_s)


def gimbal(time_s, yaw_deg=0.0, pitch_deg=-45.0, frame=YawFrame.VEHICLE, roll_deg=0.0):
    return GimbalSample(time_s, from_euler(yaw_deg * D, pitch_deg * D, roll_deg * D), frame, 0.002)


def position(time_s, lat=43.0, lon=131.0, alt=300.0, velocity=(1.0, 2.0, 0.0)):
    return PositionSample(time_s, lat, lon, alt, 60.0, velocity, 0.003)


def filled(*samples, **options):
    buffer = PoseBuffer(**options)
    for sample in samples:
        buffer.add(sample)
    return buffer


def still(*times_s):
    return [make(t) for t in times_s for make in (attitude, gimbal, position)]


def direction(pose):
    """Where the optical axis points, NED."""
    return matrix(pose.q_ned_from_mount)[:, 0]


def test_each_series_is_interpolated_at_its_own_stamps():
    buffer = filled(
        attitude(0.0, yaw_deg=10), attitude(0.4, yaw_deg=50),
        gimbal(0.1, pitch_deg=-30), gimbal(0.3, pitch_deg=-50),
        position(-0.3, lat=43.0, alt=100.0), position(0.7, lat=43.001, alt=200.0),
    )  # fmt: skip
    pose = buffer.at(0.25)
    assert math.degrees(heading_rad(pose.q_ned_from_body)) == pytest.approx(35.0)
    assert math.degrees(math.asin(direction(pose)[2])) == pytest.approx(45.0)
    assert pose.lat_deg == pytest.approx(43.00055)
    assert pose.alt_amsl_m == pytest.approx(155.0)


def test_quaternions_of_opposite_sign_are_the_same_attitude():
    buffer = filled(*still(0.0, 0.2), attitude(0.1, yaw_deg=8.0, sign=-1))
    pose = buffer.at(0.05)
    assert math.degrees(heading_rad(pose.q_ned_from_body)) == pytest.approx(4.0)


def test_yaw_goes_the_short_way_through_south():
    buffer = filled(gimbal(0.0), gimbal(0.1), position(0.0), position(0.1),
                    attitude(0.0, yaw_deg=175), attitude(0.1, yaw_deg=-175))  # fmt: skip
    heading = math.degrees(heading_rad(buffer.at(0.05).q_ned_from_body))
    assert abs(heading) == pytest.approx(180.0)


def test_longitude_goes_the_short_way_over_the_antimeridian():
    buffer = filled(attitude(0.0), attitude(0.1), gimbal(0.0), gimbal(0.1),
                    position(0.0, lon=179.9999), position(0.1, lon=-179.9999))  # fmt: skip
    assert abs(buffer.at(0.05).lon_deg) == pytest.approx(180.0)


@pytest.mark.parametrize(
    ("frame", "azimuth_deg"), [(YawFrame.VEHICLE, 70.0 + 20.0), (YawFrame.EARTH, 20.0)]
)
def test_gimbal_yaw_counts_from_where_its_flag_says(frame, azimuth_deg):
    body = {"yaw_deg": 70.0, "pitch_deg": 12.0, "roll_deg": -9.0}
    buffer = filled(
        attitude(0.0, **body), attitude(0.1, **body), position(0.0), position(0.1),
        gimbal(0.0, yaw_deg=20.0, frame=frame), gimbal(0.1, yaw_deg=20.0, frame=frame),
    )  # fmt: skip
    north, east, down = direction(buffer.at(0.05))
    assert math.degrees(math.atan2(east, north)) == pytest.approx(azimuth_deg)
    # Roll and pitch are earth-referenced: the body's 12 and -9 degrees must not come in.
    assert math.degrees(math.asin(down)) == pytest.approx(45.0)


def test_a_change_of_yaw_frame_between_two_samples_is_no_jump():
    buffer = filled(
        attitude(0.0, yaw_deg=70), attitude(0.2, yaw_deg=70), position(0.0), position(0.2),
        gimbal(0.0, yaw_deg=20.0), gimbal(0.1, yaw_deg=90.0, frame=YawFrame.EARTH),
    )  # fmt: skip
    north, east, _ = direction(buffer.at(0.05))
    assert math.degrees(math.atan2(east, north)) == pytest.approx(90.0)


def test_heading_is_steady_when_the_body_looks_straight_down():
    for pitch_deg in (-90.0, -89.5, -88.0, 88.0, 89.999):
        q = from_euler(40 * D, pitch_deg * D, 0.0)
        assert math.degrees(heading_rad(q)) == pytest.approx(40.0)


def test_a_fixed_camera_turns_with_the_body():
    down = from_euler(0.0, -90 * D, 0.0)
    buffer = filled(attitude(0.0, roll_deg=10), attitude(0.1, roll_deg=10),
                    position(0.0), position(0.1), fixed_mount=down)  # fmt: skip
    assert buffer.covers(0.05) is Coverage.NOW
    # Rolled right by 10 degrees, a camera that looks down sees what is to the left.
    assert direction(buffer.at(0.05))[1] == pytest.approx(-math.sin(10 * D))


@pytest.mark.parametrize(
    ("time_s", "coverage", "reason"),
    [
        (0.05, Coverage.NOW, None),
        (0.15, Coverage.WAIT, "ends 0.05 s before the frame"),
        (-0.02, Coverage.NEVER, "begins 0.02 s after the frame"),
    ],
)
def test_nothing_is_extrapolated(time_s, coverage, reason):
    buffer = filled(*still(0.0, 0.1))
    answer = buffer.at(time_s)
    assert buffer.covers(time_s) is coverage
    assert (reason is None) == isinstance(answer, Pose)
    assert reason is None or reason in answer.reason


def test_a_gap_is_named_and_not_bridged():
    buffer = filled(*still(0.0, 1.0))
    for t in np.arange(0.0, 1.01, 0.1):
        buffer.add(attitude(float(t)))
    buffer.add(gimbal(1.2))
    buffer.add(attitude(1.2))
    assert buffer.at(0.5) == NoPose("gimbal gap 1.0 s")
    assert buffer.covers(0.5) is Coverage.NEVER


def test_an_empty_buffer_waits_and_says_what_for():
    buffer = PoseBuffer()
    assert buffer.covers(1.0) is Coverage.WAIT
    assert buffer.at(1.0) == NoPose("no position yet")


def test_late_and_repeated_samples_find_their_place():
    buffer = filled(*still(0.0, 0.2))
    buffer.add(attitude(0.1, yaw_deg=10.0))
    buffer.add(attitude(0.1, yaw_deg=99.0))
    assert math.degrees(heading_rad(buffer.at(0.05).q_ned_from_body)) == pytest.approx(5.0)


@pytest.mark.parametrize("event", [VehicleRebooted("boot clock"), ClockSynced(7.5, 0.001)])
def test_samples_of_another_clock_are_forgotten(event):
    buffer = filled(ClockSynced(5.0, 0.001), *still(0.0, 0.1))
    assert buffer.covers(0.05) is Coverage.NOW
    buffer.add(event)
    assert isinstance(buffer.at(0.05), NoPose)
    for sample in still(10.0, 10.1):
        buffer.add(sample)
    assert isinstance(buffer.at(10.05), Pose)


def test_a_clock_set_far_back_starts_the_series_anew():
    buffer = filled(*still(1000.0, 1000.1), *still(5.0, 5.1))
    assert isinstance(buffer.at(5.05), Pose)


def test_unknown_values_are_not_taken():
    nan = math.nan
    buffer = filled(*still(0.0, 0.2))
    buffer.add(AttitudeSample(0.1, (nan, 0.0, 0.0, 0.0), 0.0))
    buffer.add(GimbalSample(0.1, (0.0, 0.0, 0.0, 0.0), YawFrame.EARTH, 0.0))
    buffer.add(position(0.1, lat=nan))
    assert math.isfinite(buffer.at(0.1).lat_deg)


def test_clock_sigmas_of_telemetry_and_frame_add_up():
    buffer = filled(*still(0.0, 0.1))
    assert buffer.at(0.05, frame_sigma_s=0.004).clock_sigma_s == pytest.approx(0.005)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e4, 1e4, allow_nan=False), max_size=60), st.floats(-1e4, 1e4))
def test_any_order_of_stamps_leaves_the_series_sorted_and_bounded(times_s, at_s):
    buffer = filled(*still(*times_s), max_age_s=5.0)
    held = buffer._attitude.times_s
    assert held == sorted(held)
    assert not held or held[-1] - held[0] <= 5.0
    assert isinstance(buffer.at(at_s), Pose) == (buffer.covers(at_s) is Coverage.NOW)


def test_half_a_slerp_twice_is_the_whole():
    p, q = from_euler(0.1, 0.2, 0.3), from_euler(1.1, -0.7, 2.0)
    half = slerp(p, q, 0.5)
    assert np.allclose(matrix(half), matrix(slerp(p, slerp(p, q, 1.0), 0.5)))
    step = multiply(half, (p[0], -p[1], -p[2], -p[3]))
    assert np.allclose(matrix(multiply(step, half)), matrix(q))


def test_a_real_flight_is_answered_close_to_its_truth(shared):
    """SIMSTATE is the simulator's truth; at its instants the pose comes from the two neighbours."""
    path = shared / "data" / "mavlink" / "survey_mavproxy_rates.tlog"
    truths = [
        (when_s, m) for when_s, m in read_tlog(path) if m.get_type() == "SIMSTATE"
    ][400:1200]  # in the air  # fmt: skip
    buffer = PoseBuffer(max_age_s=1e6)
    samples = list(pose_events(path))
    first_s, last_s = truths[0][0] - 2, truths[-1][0] + 2
    for sample in samples:
        if first_s < sample.time_s < last_s:
            buffer.add(sample)
    tilt_deg, answered = [], 0
    for when_s, truth in truths[::4]:
        pose = buffer.at(when_s)
        if isinstance(pose, NoPose):
            continue
        answered += 1
        true_down = matrix(from_euler(truth.yaw, truth.pitch, truth.roll))[2]
        down = matrix(pose.q_ned_from_body)[2]
        tilt_deg.append(math.degrees(math.acos(min(1.0, float(true_down @ down)))))
    assert answered == len(truths[::4])
    assert np.median(tilt_deg) < 1.0
    print(f"\ntilt against the truth: median {np.median(tilt_deg):.2f}, "
          f"p95 {np.quantile(tilt_deg, 0.95):.2f} degrees")  # fmt: skip
