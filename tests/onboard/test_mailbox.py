"""Hand-over between threads: the newest frame wins, telemetry is kept, drops are counted."""

import threading

from onboard.mailbox import Inbox, Latest


def test_the_newest_value_wins_and_the_others_are_counted() -> None:
    latest: Latest[int] = Latest()
    for value in (1, 2, 3):
        latest.put(value)
    assert latest.dropped == 2
    assert latest.take(0) == 3
    assert latest.take(0) is None


def test_events_are_all_kept_in_order_and_only_the_newest_frame() -> None:
    inbox: Inbox[str, int] = Inbox()
    inbox.event(1)
    inbox.frame("old")
    inbox.event(2)
    inbox.frame("new")
    assert inbox.take(0) == ([1, 2], "new")
    assert inbox.take(0) == ([], None)
    assert inbox.frames_dropped == 1


def test_events_are_bounded_and_the_oldest_go() -> None:
    inbox: Inbox[str, int] = Inbox(most_events=3)
    for event in range(5):
        inbox.event(event)
    assert inbox.take(0) == ([2, 3, 4], None)
    assert inbox.events_dropped == 2


def test_a_waiting_reader_is_woken_by_another_thread() -> None:
    inbox: Inbox[str, int] = Inbox()
    thread = threading.Timer(0.05, inbox.frame, ["frame"])
    thread.start()
    assert inbox.take(10) == ([], "frame")
    thread.join()
