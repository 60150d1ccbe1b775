"""Commands that wait, retry and are refused; message rates that are kept."""

import itertools

import pytest
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.commands import MAX_SENDS, Allowed, CommandQueue
from firmware_bridge.autopilot.events import CommandResult
from firmware_bridge.autopilot.intervals import StreamKeeper
from firmware_bridge.errors import CommandRefused

ACCEPTED, TEMPORARILY_REJECTED, DENIED, IN_PROGRESS = 0, 1, 2, 5
ARM, TAKEOFF, SET_MODE, REBOOT = 400, 22, 176, 246


def ack(command: int, result: int) -> dialect.MAVLink_message:
    return dialect.MAVLink_command_ack_message(command, result)


@pytest.mark.parametrize("command", [ARM, TAKEOFF, SET_MODE, REBOOT, 16, 20, 21, 181, 183, 192])
def test_a_command_off_the_list_is_refused(command: int) -> None:
    with pytest.raises(CommandRefused, match=f"command {command} is not on the companion's list"):
        CommandQueue().push(command, ())


def test_the_list_only_asks_for_messages() -> None:
    assert {command.value for command in Allowed} == {511, 512}


def test_an_acknowledged_command_ends() -> None:
    queue = CommandQueue()
    queue.push(Allowed.SET_MESSAGE_INTERVAL, (31, 40000))
    message, _ = queue.poll(10.0)
    assert message is not None
    assert (message.command, message.param1, message.param2, message.param7) == (511, 31, 40000, 0)
    assert queue.poll(10.5) == (None, None)
    assert queue.acknowledge(ack(511, ACCEPTED), 10.6) == CommandResult(511, 31, ACCEPTED)
    assert queue.poll(20.0) == (None, None)


def test_an_unanswered_command_is_repeated_with_its_confirmation_then_given_up() -> None:
    queue = CommandQueue()
    queue.push(Allowed.REQUEST_MESSAGE, (0,))
    confirmations, results = [], []
    for tenth in range(100):
        message, result = queue.poll(tenth / 10)
        confirmations += [message.confirmation] if message is not None else []
        results += [result] if result is not None else []
    assert confirmations == list(range(MAX_SENDS))
    assert results == [CommandResult(512, 0, None)]


def test_in_progress_keeps_the_command_waiting() -> None:
    queue = CommandQueue()
    queue.push(Allowed.REQUEST_MESSAGE, (148,))
    queue.poll(0.0)
    assert queue.acknowledge(ack(512, IN_PROGRESS), 0.5) is None
    assert queue.poll(9.0) == (None, None)
    assert queue.acknowledge(ack(512, ACCEPTED), 9.1) == CommandResult(512, 148, ACCEPTED)


def test_temporary_rejection_is_tried_again_later_and_not_for_ever() -> None:
    queue, now_s, sends = CommandQueue(), 0.0, []
    queue.push(Allowed.REQUEST_MESSAGE, (148,))
    result = None
    while result is None and now_s < 200.0:
        message, _ = queue.poll(now_s)
        if message is not None:
            sends.append(now_s)
            result = queue.acknowledge(ack(512, TEMPORARILY_REJECTED), now_s)
        now_s += 0.5
    assert result == CommandResult(512, 148, TEMPORARILY_REJECTED)
    assert len(sends) == 8
    pauses = [later - earlier for earlier, later in itertools.pairwise(sends)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 1.0
    assert pauses[-1] == 16.0


def test_an_acknowledgement_of_something_else_ends_nothing() -> None:
    queue = CommandQueue()
    queue.push(Allowed.REQUEST_MESSAGE, (148,))
    assert queue.acknowledge(ack(512, ACCEPTED), 0.0) is None, "not sent yet"
    queue.poll(0.0)
    assert queue.acknowledge(ack(511, ACCEPTED), 0.1) is None
    assert queue.acknowledge(ack(512, ACCEPTED), 0.2) is not None


def test_one_command_is_on_the_wire_at_a_time() -> None:
    queue = CommandQueue()
    queue.push(Allowed.REQUEST_MESSAGE, (1,))
    queue.push(Allowed.REQUEST_MESSAGE, (2,))
    queue.push(Allowed.REQUEST_MESSAGE, (2,))
    first, _ = queue.poll(0.0)
    assert queue.poll(0.1) == (None, None)
    queue.acknowledge(ack(512, ACCEPTED), 0.2)
    second, _ = queue.poll(0.2)
    assert first is not None
    assert second is not None
    assert (first.param1, second.param1) == (1, 2)
    queue.acknowledge(ack(512, ACCEPTED), 0.3)
    assert queue.poll(0.4) == (None, None), "the same request was queued once"


def test_the_queue_is_bounded() -> None:
    queue = CommandQueue()
    for number in range(32):
        queue.push(Allowed.REQUEST_MESSAGE, (number,))
    with pytest.raises(CommandRefused, match="32 commands wait already"):
        queue.push(Allowed.REQUEST_MESSAGE, (32,))


def test_rates_are_asked_for_once_while_they_are_met() -> None:
    keeper = StreamKeeper({31: 25.0, 33: 10.0})
    keeper.restart(0.0)
    assert keeper.due(0.0) == [(31, 40000.0), (33, 100000.0)]
    for tick in range(1, 3000):
        for _ in range(2):
            keeper.heard(31)
        keeper.heard(33)
        assert keeper.due(tick / 10) == []


def test_a_rate_that_falls_short_is_asked_for_again_with_growing_pauses() -> None:
    keeper = StreamKeeper({31: 25.0})
    keeper.restart(0.0)
    asked_s = []
    for tick in range(4000):
        if tick % 4 == 0:
            keeper.heard(31)  # 2.5 Hz
        asked_s += [tick / 10] * len(keeper.due(tick / 10))
    pauses = [round(b - a) for a, b in itertools.pairwise(asked_s)]
    assert pauses == [5, 10, 20, 40, 60, 60, 60, 60, 60]


def test_a_rate_lost_later_is_asked_for_again() -> None:
    keeper = StreamKeeper({31: 10.0})
    keeper.restart(0.0)
    assert keeper.due(0.0)
    for tick in range(1, 600):
        keeper.heard(31)
        assert keeper.due(tick / 10) == []
    assert [tick for tick in range(600, 720) if keeper.due(tick / 10)]


def test_a_denied_message_is_left_alone_for_minutes() -> None:
    keeper = StreamKeeper({231: 1.0})
    keeper.restart(0.0)
    assert keeper.due(0.0)
    keeper.denied(231, 0.1)
    assert not any(keeper.due(second) for second in range(1, 300))
    assert keeper.due(301.0)


def test_a_command_that_keeps_failing_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    queue = CommandQueue()
    for round_s in (0.0, 100.0, 200.0):
        queue.push(Allowed.SET_MESSAGE_INTERVAL, (231, 1e6))
        queue.poll(round_s)
        queue.acknowledge(ack(511, DENIED), round_s + 0.1)
    assert caplog.messages == ["command SET_MESSAGE_INTERVAL 231 ended with result 2"]
