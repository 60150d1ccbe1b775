"""The autopilot's clock: offset by least round trip, drift, wrap, steps and reboots."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.autopilot.clock import UNSYNCED_SIGMA_S, BootClock, Reply

WRAP_S = 2**32 / 1000


def ns(seconds: float) -> int:
    return round(seconds * 1e9)


def exchange(
    clock: BootClock, sent_s: float, boot_minus_ours_s: float, there_s: float, back_s: float
) -> Reply:
    """One question and its answer over a path with these delays."""
    clock.request(ns(sent_s), sent_s)
    boot_s = sent_s + there_s + boot_minus_ours_s
    return clock.reply(ns(sent_s), ns(boot_s), sent_s + there_s + back_s)


def test_a_symmetric_exchange_gives_the_offset_exactly() -> None:
    clock = BootClock()
    assert clock.offset(1000.0) is None
    assert exchange(clock, 1000.0, -900.0, 0.004, 0.004) is Reply.USED
    offset = clock.offset(1000.008)
    assert offset is not None
    assert offset[0] == pytest.approx(-900.0, abs=1e-6)
    assert offset[1] == pytest.approx(0.004 / 3**0.5, rel=0.01)


def test_exchanges_delayed_one_way_do_not_move_the_offset() -> None:
    """A radio that queues what we send makes round trips up to 50 times longer, one-sided."""
    rng, clock = random.Random(7), BootClock()
    for i in range(60):
        slow_s = rng.choice([0.0, 0.0, 0.05, 0.2, 0.4])
        exchange(clock, 1000.0 + i, -900.0, 0.004 + slow_s, 0.004)
        offset = clock.offset(1001.0 + i)
        assert offset is not None
    assert abs(offset[0] + 900.0) < 0.002
    assert offset[1] < 0.005


@pytest.mark.parametrize("drift", [-100e-6, 100e-6, -700e-6])
def test_a_drifting_crystal_is_followed_within_the_sigma(drift: float) -> None:
    clock, now_s = BootClock(), 1000.0
    for i in range(300):
        now_s = 1000.0 + i
        exchange(clock, now_s, -900.0 + drift * i, 0.005, 0.005)
    offset = clock.offset(now_s + 0.01)
    assert offset is not None
    error_s = abs(offset[0] - (-900.0 + drift * 299))
    assert error_s < 3 * offset[1]
    assert error_s < 0.015


def test_the_sigma_grows_while_nothing_is_heard() -> None:
    clock = BootClock()
    exchange(clock, 1000.0, -900.0, 0.001, 0.001)
    early, late = clock.offset(1000.0), clock.offset(1600.0)
    assert early is not None
    assert late is not None
    assert late[1] > early[1] + 0.03


def test_answers_to_other_peoples_questions_are_ignored() -> None:
    clock = BootClock()
    clock.request(ns(5.0), 5.0)
    assert clock.reply(ns(6.0), ns(100.0), 6.1) is Reply.FOREIGN
    assert clock.reply(ns(5.0), 0, 5.1) is Reply.FOREIGN
    assert not clock.synced


def test_an_answer_counts_once() -> None:
    clock = BootClock()
    assert exchange(clock, 5.0, 100.0, 0.01, 0.01) is Reply.USED
    assert clock.reply(ns(5.0), ns(105.5), 6.0) is Reply.FOREIGN


def test_boot_time_that_goes_back_in_timesync_is_a_reboot() -> None:
    clock = BootClock()
    exchange(clock, 1000.0, -900.0, 0.004, 0.004)
    assert exchange(clock, 1010.0, -1008.0, 0.004, 0.004) is Reply.REBOOTED
    offset = clock.offset(1010.01)
    assert offset is not None
    assert offset[0] == pytest.approx(-1008.0, abs=0.001)


def test_a_clock_that_jumps_forward_is_measured_anew() -> None:
    clock = BootClock()
    exchange(clock, 1000.0, -900.0, 0.004, 0.004)
    assert exchange(clock, 1001.0, -895.0, 0.004, 0.004) is Reply.STEPPED
    offset = clock.offset(1001.01)
    assert offset is not None
    assert offset[0] == pytest.approx(-895.0, abs=0.001)


def test_before_the_first_answer_the_least_delay_stands_in() -> None:
    clock = BootClock()
    for i, delay_s in enumerate([0.09, 0.03, 0.07, 0.12]):
        assert clock.heard(100_000 + 40 * i, 1000.0 + 0.04 * i + delay_s) is not None
    time_s, sigma_s = clock.time_of(100.0, 1000.3)
    assert time_s == pytest.approx(1000.03, abs=1e-6)
    assert sigma_s == UNSYNCED_SIGMA_S


def test_a_stamp_that_goes_back_says_the_clock_started_again() -> None:
    clock = BootClock()
    assert clock.heard(100_000, 10.0) == 100.0
    assert clock.heard(99_000, 10.1) == 99.0, "overtaken on the way"
    assert clock.heard(3_000, 20.0) is None


def test_stamps_go_on_over_their_wrap() -> None:
    clock = BootClock()
    first_s = clock.heard(2**32 - 1000, 50.0)
    second_s = clock.heard(500, 51.5)
    assert first_s is not None
    assert second_s is not None
    assert second_s - first_s == pytest.approx(1.5)


def test_stamps_are_put_on_the_right_turn_by_timesync() -> None:
    """A companion that starts on the autopilot's 60th day sees stamps of its 11th."""
    clock = BootClock()
    boot_s = 60 * 86400.0
    assert clock.heard(round((boot_s - WRAP_S) * 1000), 10.0) is not None
    assert exchange(clock, 10.0, boot_s - 10.0, 0.002, 0.002) is Reply.USED
    stamp_ms = round((boot_s + 1.0 - WRAP_S) * 1000)
    heard_s = clock.heard(stamp_ms, 11.02)
    assert heard_s == pytest.approx(boot_s + 1.0, abs=0.001)
    assert heard_s is not None
    assert clock.time_of(heard_s, 11.02)[0] == pytest.approx(11.0, abs=0.002)


def test_a_wrap_while_synced_is_no_reboot() -> None:
    clock, offset_s = BootClock(), WRAP_S - 5.0
    assert exchange(clock, 0.5, offset_s, 0.002, 0.002) is Reply.USED
    for i in range(1, 20):
        now_s = 0.5 + i
        heard_s = clock.heard(round((now_s + offset_s) * 1000) % 2**32, now_s + 0.01)
        assert heard_s == pytest.approx(now_s + offset_s, abs=0.001)
        assert exchange(clock, now_s + 0.1, offset_s, 0.002, 0.002) is Reply.USED


def test_an_answer_without_delay_claims_no_more_than_the_stamps_tell() -> None:
    clock = BootClock()
    clock.request(7, 1.0)
    clock.reply(7, 5_000_000_000, 1.0)
    assert clock.time_of(5.0, 1.0) == (1.0, pytest.approx(0.0005 / math.sqrt(3)))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["request", "reply", "heard"]),
            st.integers(0, 2**63 - 1),
            st.floats(0, 1e6),
        ),
        max_size=60,
    )
)
def test_nonsense_never_crashes_nor_grows(steps: list[tuple[str, int, float]]) -> None:
    clock, now_s, token = BootClock(), 0.0, 0
    for what, number, step_s in steps:
        now_s += step_s
        if what == "request":
            token = number
            clock.request(token, now_s)
        elif what == "reply":
            clock.reply(token, number, now_s)
        elif clock.heard(number % 2**32, now_s) is not None:
            time_s, sigma_s = clock.time_of(number % 2**32 / 1000, now_s)
            assert sigma_s > 0
            assert abs(time_s) < 1e12
    assert len(clock._outstanding) <= 8
