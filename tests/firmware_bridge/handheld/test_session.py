"""The driver on a real pseudo terminal: deadlines, rates, unplugging, stopping, a full disk."""

import os
import pty
import select
import termios
import threading
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from firmware_bridge.errors import LinkClosed
from firmware_bridge.handheld import session
from firmware_bridge.handheld.capture import CaptureWriter, Direction, read_capture
from firmware_bridge.handheld.conversation import ChangeBaud, Event, Finished, Progress
from firmware_bridge.handheld.dialogue import CANCELLED, Dialogue, Script
from firmware_bridge.port import open_port
from firmware_bridge.tracks import Contents

NOTHING = Contents("test", None, [], [], [])


@pytest.fixture
def terminal() -> Iterator[tuple[FileIO, str]]:
    """Master side of a pseudo terminal and the URL of its other side."""
    master, slave = pty.openpty()
    url = f"serial:{os.ttyname(slave)}:9600"
    os.close(slave)
    with FileIO(master, "r+") as file:
        yield file, url


def heard(master: FileIO) -> bytes:
    """Everything the other side wrote before it closed."""
    data = b""
    try:
        while piece := master.read(100):
            data += piece
    except OSError:
        pass
    return data


def following(script: Script[bytes], dialogue: Dialogue[bytes]) -> Dialogue[bytes]:
    dialogue.follow(script, lambda: NOTHING)
    return dialogue


def echo(dialogue: Dialogue[bytes], wait_s: float = 5.0) -> Script[bytes]:
    """Ask "ping" and want an answer; says "bye" when stopped."""
    try:
        dialogue.send(b"ping")
        answer = yield wait_s
        yield Progress("echo", 1, 1)
    finally:
        dialogue.send(b"bye")
    return None if answer is not None else "silence"


def dialogue() -> Dialogue[bytes]:
    return Dialogue(lambda data: [data])


def test_bytes_go_both_ways_and_into_the_capture_first(
    terminal: tuple[FileIO, str], tmp_path: Path
) -> None:
    master, url = terminal
    talk = dialogue()
    events: list[Event] = []
    path = tmp_path / "x.capture"
    with open_port(url, timeout_s=1.0) as port, CaptureWriter(path, {}, time.monotonic) as capture:
        master.write(b"pong")
        finished = session.run(port, following(echo(talk), talk), capture, events.append)
    assert finished == Finished(None)
    assert events == [Progress("echo", 1, 1), Finished(None)]
    assert heard(master) == b"pingbye"
    assert [(r.direction, r.data) for r in read_capture(path).records] == [
        (Direction.SENT, b"ping"),
        (Direction.RECEIVED, b"pong"),
        (Direction.SENT, b"bye"),
    ]


def test_silence_ends_at_the_deadline(terminal: tuple[FileIO, str]) -> None:
    talk = dialogue()
    with open_port(terminal[1], timeout_s=1.0) as port:
        before_s = time.monotonic()
        finished = session.run(port, following(echo(talk, 0.1), talk), None)
    assert finished == Finished("silence")
    assert 0.1 <= time.monotonic() - before_s < 2.0


class Flood:
    """A port that always has something to read, and takes everything."""

    url = "flood"

    def read(self, limit: int, timeout_s: float) -> bytes:
        return b"$GPGGA" if time.monotonic() < self.ends_s else b""

    def write(self, data: bytes, timeout_s: float) -> None:
        pass

    def close(self) -> None:
        pass

    ends_s = 0.0


def test_a_flood_of_what_nobody_asked_for_does_not_hold_the_deadline_up() -> None:
    talk: Dialogue[bytes] = Dialogue(lambda _: [])
    port = Flood()
    began_s = time.monotonic()
    port.ends_s = began_s + 3.0
    finished = session.run(port, following(echo(talk, 0.1), talk), None)  # type: ignore[arg-type]
    assert finished == Finished("silence")
    assert time.monotonic() - began_s < 2.0


def test_an_acknowledgement_leaves_before_the_script_thinks(terminal: tuple[FileIO, str]) -> None:
    master, url = terminal
    talk = dialogue()
    talk.answer = lambda frame: talk.send(b"ack " + frame)
    order: list[bytes] = []

    def script() -> Script[bytes]:
        frame = yield 5.0
        assert frame is not None
        ready, _, _ = select.select([master], [], [], 5.0)
        order.extend([master.read(100)] if ready else [])
        talk.send(b"next")
        return None

    with open_port(url, timeout_s=1.0) as port:
        master.write(b"pong")
        assert session.run(port, following(script(), talk), None) == Finished(None)
    assert order == [b"ack pong"]
    assert heard(master) == b"next"


class Pulled(Flood):
    """A cable that is pulled after the first packet, before anything can be said."""

    def read(self, limit: int, timeout_s: float) -> bytes:
        return b"pong"

    def write(self, data: bytes, timeout_s: float) -> None:
        raise LinkClosed("pulled")


def test_what_was_whole_counts_although_its_acknowledgement_never_left() -> None:
    talk = dialogue()
    talk.answer = lambda _: talk.send(b"ack")
    kept: list[bytes] = []
    talk.unasked = kept.append

    def script() -> Script[bytes]:
        yield 5.0
        return None

    finished = session.run(Pulled(), following(script(), talk), None)  # type: ignore[arg-type]
    assert finished == Finished("pulled")
    assert kept == [b"pong"]


def test_a_pulled_plug_is_a_complaint_and_no_error(terminal: tuple[FileIO, str]) -> None:
    master, url = terminal
    talk = dialogue()
    with open_port(url, timeout_s=1.0) as port:
        threading.Timer(0.05, master.close).start()
        finished = session.run(port, following(echo(talk, 30.0), talk), None)
    assert "went away" in str(finished.complaint)
    assert talk.deadline_s is None


def test_a_person_stops_it_and_the_unit_is_told(terminal: tuple[FileIO, str]) -> None:
    master, url = terminal
    talk, cancel = dialogue(), threading.Event()
    with open_port(url, timeout_s=1.0) as port:
        threading.Timer(0.05, cancel.set).start()
        before_s = time.monotonic()
        finished = session.run(port, following(echo(talk, 30.0), talk), None, cancel=cancel)
    assert finished == Finished(CANCELLED)
    assert time.monotonic() - before_s < 2.0
    assert heard(master) == b"pingbye"


def test_an_error_of_the_listener_goes_upwards_after_the_goodbye(
    terminal: tuple[FileIO, str],
) -> None:
    master, url = terminal

    def listener(event: Event) -> None:
        raise ValueError(event)

    talk = dialogue()
    with open_port(url, timeout_s=1.0) as port:
        master.write(b"pong")
        with pytest.raises(ValueError, match="Progress"):
            session.run(port, following(echo(talk), talk), None, listener)
    assert heard(master).endswith(b"bye")


def test_the_rate_changes_after_everything_was_written_and_the_listener_knows(
    terminal: tuple[FileIO, str], tmp_path: Path
) -> None:
    master, url = terminal
    rates: list[int] = []
    talk = dialogue()

    def rate() -> int:
        return int(termios.tcgetattr(master)[5])

    def script() -> Script[bytes]:
        talk.send(b"ack")
        yield ChangeBaud(115200)
        yield 0.01
        rates.append(rate())
        return None

    def listener(event: Event) -> None:
        if isinstance(event, ChangeBaud):
            rates.append(rate())

    path = tmp_path / "x.capture"
    with open_port(url, timeout_s=1.0) as port, CaptureWriter(path, {}, time.monotonic) as capture:
        session.run(port, following(script(), talk), capture, listener)
    assert rates == [termios.B9600, termios.B115200]
    assert [r.data for r in read_capture(path).records] == [b"ack", b"baud=115200"]


def test_a_port_without_rates_says_so() -> None:
    talk = dialogue()

    def script() -> Script[bytes]:
        yield ChangeBaud(115200)
        yield 1.0
        return None

    with open_port("udpin:127.0.0.1:0", timeout_s=1.0) as port:
        finished = session.run(port, following(script(), talk), None)
    assert "no baud rate to change" in str(finished.complaint)


def test_a_full_disk_stops_politely_and_names_the_file(
    terminal: tuple[FileIO, str], tmp_path: Path
) -> None:
    master, url = terminal
    talk = dialogue()
    path = tmp_path / "x.capture"
    with (
        open_port(url, timeout_s=1.0) as port,
        CaptureWriter(path, {}, time.monotonic) as capture,
        Path("/dev/full").open("wb") as full,
    ):
        os.dup2(full.fileno(), capture._file)
        finished = session.run(port, following(echo(talk), talk), capture)
    assert finished.complaint == f"{path}: No space left on device"
    assert heard(master) == b"pingbye"
