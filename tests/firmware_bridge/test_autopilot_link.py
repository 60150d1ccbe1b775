"""The link on real sockets and terminals, with a minimal autopilot in a thread at the other end."""

import os
import pty
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

import pytest
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.companion import Companion
from firmware_bridge.autopilot.events import (
    ClockSynced,
    Event,
    LinkDown,
    LinkUp,
    TunnelReceived,
    VehicleRebooted,
)
from firmware_bridge.autopilot.link import AutopilotLink
from firmware_bridge.errors import ConfigError
from firmware_bridge.messages import AttitudeSample, LinkStatus

WAIT_S = 10.0
E = TypeVar("E")


class TinyAutopilot:
    """Heartbeat, attitude, TIMESYNC and acknowledgements, every 20 ms, over pymavlink alone."""

    def __init__(self, read: Callable[[], bytes], write: Callable[[bytes], object]) -> None:
        self._read, self._write = read, write
        self._mavlink = dialect.MAVLink(None, 1, 1)
        self._mavlink.robust_parsing = True
        self._stop = threading.Event()
        self._booted_s = time.monotonic() - 500.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.heard: list[str] = []

    def __enter__(self) -> "TinyAutopilot":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join(WAIT_S)

    def reboot(self) -> None:
        self._booted_s = time.monotonic() - 1.0

    def _run(self) -> None:
        self._write(b"\r\nInit ArduCopter V4.5.6\r\n")
        while not self._stop.wait(0.02):
            boot_s = time.monotonic() - self._booted_s
            self._say(dialect.MAVLink_heartbeat_message(2, 3, 81, 4, 4, 3))
            stamp = round(boot_s * 1000)
            self._say(dialect.MAVLink_attitude_quaternion_message(stamp, 1, 0, 0, 0, 0, 0, 0))
            for message in self._mavlink.parse_buffer(self._read()) or []:
                self.heard.append(message.get_type())
                self._answer(message)

    def _answer(self, message: dialect.MAVLink_message) -> None:
        if message.get_type() == "TIMESYNC" and message.tc1 == 0:
            boot_ns = round((time.monotonic() - self._booted_s) * 1e9)
            self._say(dialect.MAVLink_timesync_message(boot_ns, message.ts1))
        if message.get_type() == "COMMAND_LONG":
            self._say(dialect.MAVLink_command_ack_message(message.command, 0, 0, 0, 1, 191))
        if message.get_type() == "TUNNEL":  # carried back as a ground station's answer
            length, data = message.payload_length, bytes(message.payload)
            self._say(dialect.MAVLink_tunnel_message(1, 191, message.payload_type, length, data))

    def _say(self, message: dialect.MAVLink_message) -> None:
        self._write(message.pack(self._mavlink))
        self._mavlink.seq = (self._mavlink.seq + 1) % 256


def over_socket(sock: socket.socket) -> TinyAutopilot:
    """On a connected socket; a lost connection is silence."""
    sock.setblocking(False)

    def read() -> bytes:
        try:
            return sock.recv(4096)
        except OSError:
            return b""

    def write(data: bytes) -> None:
        try:
            sock.send(data)
        except OSError:
            return

    return TinyAutopilot(read, write)


def over_terminal(master: int) -> TinyAutopilot:
    os.set_blocking(master, False)

    def read() -> bytes:
        try:
            return os.read(master, 4096)
        except OSError:
            return b""

    def write(data: bytes) -> None:
        try:
            os.write(master, data)
        except OSError:
            return

    return TinyAutopilot(read, write)


class Running:
    """A link in its thread, and its events."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self.events: queue.Queue[Event] = queue.Queue()
        self.directions: set[Literal["in", "out"]] = set()
        self.link = AutopilotLink(
            url,
            Companion(),
            self.events.put,
            lambda direction, data, now_s: self.directions.add(direction),
            clock,
        )

    def wait_for(self, kind: type[E]) -> E:
        deadline_s = time.monotonic() + WAIT_S
        while True:
            event = self.events.get(timeout=max(0.0, deadline_s - time.monotonic()))
            if isinstance(event, kind):
                return event

    def wait_until(self, holds: Callable[[LinkStatus], bool]) -> LinkStatus:
        pause, deadline_s = threading.Event(), time.monotonic() + WAIT_S
        while not holds(status := self.link.status()):
            assert time.monotonic() < deadline_s, status
            pause.wait(0.01)
        return status


@contextmanager
def running(url: str, clock: Callable[[], float] = time.monotonic) -> Iterator[Running]:
    runner, stop = Running(url, clock), threading.Event()
    thread = threading.Thread(target=runner.link.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield runner
    finally:
        stop.set()
        thread.join(WAIT_S)
        assert not thread.is_alive()


@contextmanager
def tcp_autopilot(listener: socket.socket) -> Iterator[TinyAutopilot]:
    """The next client of the listener gets an autopilot."""
    listener.settimeout(WAIT_S)
    client, _ = listener.accept()
    with client, over_socket(client) as autopilot:
        yield autopilot


def test_over_tcp_the_link_comes_up_synced_and_with_samples() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        with running(url) as runner, tcp_autopilot(listener) as autopilot:
            assert runner.wait_for(LinkUp) == LinkUp(1, 1)
            synced = runner.wait_for(ClockSynced)
            assert synced.offset_s == pytest.approx(-autopilot._booted_s, abs=0.1)
            runner.wait_for(AttitudeSample)
            status = runner.wait_until(lambda status: status.bytes_per_s > 0)
            assert status.connected
            assert (status.url, status.system_id, status.last_error) == (url, 1, None)
            assert runner.directions == {"in", "out"}
            assert {"HEARTBEAT", "TIMESYNC", "COMMAND_LONG"} <= set(autopilot.heard)


def test_samples_are_stamped_within_a_few_milliseconds_of_the_truth() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        with running(url) as runner, tcp_autopilot(listener):
            runner.wait_for(ClockSynced)
            sample = runner.wait_for(AttitudeSample)
            age_s = time.monotonic() - sample.time_s
            assert -0.05 < age_s < 1.0
            assert sample.clock_sigma_s < 0.05


def test_a_tunnel_goes_there_and_back_over_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", number))
        with running(f"udpin:127.0.0.1:{number}") as runner, over_socket(sock):
            runner.wait_for(LinkUp)
            assert runner.link.call(lambda companion: companion.send_tunnel(49360, b"\x02ack"))
            assert runner.wait_for(TunnelReceived) == TunnelReceived(1, 1, 49360, b"\x02ack")


def test_udp_out_speaks_first() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(WAIT_S)
        with running(f"udpout:127.0.0.1:{sock.getsockname()[1]}") as runner:
            _, peer = sock.recvfrom(1000)
            sock.connect(peer)
            with over_socket(sock):
                runner.wait_for(LinkUp)


def test_a_broken_connection_is_made_again_and_counted() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        running(f"tcp:127.0.0.1:{listener.getsockname()[1]}") as runner,
    ):
        with tcp_autopilot(listener):
            runner.wait_for(LinkUp)
        assert "closed the connection" in runner.wait_for(LinkDown).reason
        with tcp_autopilot(listener):
            runner.wait_for(LinkUp)
            assert runner.link.status().reconnects == 1


def test_an_autopilot_that_appears_later_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    with running(f"tcp:127.0.0.1:{number}") as runner:
        status = runner.wait_until(lambda status: status.last_error is not None)
        assert status.last_error == f"tcp:127.0.0.1:{number}: nobody listens there"
        with socket.create_server(("127.0.0.1", number)) as listener, tcp_autopilot(listener):
            runner.wait_for(LinkUp)
            runner.wait_until(lambda status: status.last_error is None)


def test_a_reboot_is_told_and_the_clock_found_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        with running(url) as runner, tcp_autopilot(listener) as autopilot:
            before = runner.wait_for(ClockSynced)
            autopilot.reboot()
            runner.wait_for(VehicleRebooted)
            after = runner.wait_for(ClockSynced)
            assert after.offset_s < before.offset_s - 400
            assert runner.link.status().reboots == 1


def test_a_serial_device_that_enumerates_anew_is_found_by_its_name(tmp_path: Path) -> None:
    name = tmp_path / "usb-ArduPilot_CubeOrange-if00"
    with running(f"serial:{name}:921600") as runner:
        status = runner.wait_until(lambda status: status.last_error is not None)
        assert status.last_error == f"serial:{name}:921600: no such device"
        for _ in range(2):
            master, slave = pty.openpty()
            name.symlink_to(os.ttyname(slave))
            os.close(slave)
            with over_terminal(master):
                runner.wait_for(LinkUp)
            name.unlink()
            os.close(master)
            assert "went away" in runner.wait_for(LinkDown).reason
    assert runner.link.status().reconnects == 1


def test_a_wrong_baud_rate_is_named_with_the_port() -> None:
    master, slave = pty.openpty()
    url, stop = f"serial:{os.ttyname(slave)}:57600", threading.Event()
    with running(url) as runner:

        def rubbish() -> None:
            while not stop.wait(0.02):
                os.write(master, b"\x80\xf8\x00\x78" * 8)

        thread = threading.Thread(target=rubbish, daemon=True)
        thread.start()
        status = runner.wait_until(lambda status: status.last_error is not None)
        stop.set()
        thread.join(WAIT_S)
    assert status.last_error is not None
    assert status.last_error.startswith(f"{url}: ")
    assert status.last_error.endswith("no MAVLink frame: wrong baud rate?")
    assert not status.connected
    assert status.bytes_dropped > 200
    os.close(slave)
    os.close(master)


def test_a_dead_peer_does_not_spin_the_processor() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT_S)
        with running(f"tcp:127.0.0.1:{listener.getsockname()[1]}") as runner:
            client, _ = listener.accept()
            with client:
                pause, before_s = threading.Event(), time.process_time()
                pause.wait(1.0)
                assert time.process_time() - before_s < 0.3
            runner.wait_until(lambda status: status.last_error is not None)


def test_a_port_that_stays_open_but_silent_is_opened_again() -> None:
    """On a clock that runs 50 times as fast."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT_S)
        url = f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        with running(url, lambda: 50 * time.monotonic()) as runner:
            first, _ = listener.accept()
            second, _ = listener.accept()
            with first, second:
                status = runner.wait_until(lambda status: status.reconnects >= 1)
                assert status.last_error == f"{url}: open, but no byte for 15 s"


def test_a_bad_url_is_refused_before_anything_runs() -> None:
    with pytest.raises(ConfigError, match="must begin with one of"):
        AutopilotLink("udp:127.0.0.1:14550", Companion(), lambda event: None)


def test_an_exception_in_the_program_ends_the_loop() -> None:
    def refuse(event: Event) -> None:
        raise RuntimeError("the program's fault")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        link, caught = AutopilotLink(url, Companion(), refuse), []

        def run() -> None:
            try:
                link.run(threading.Event())
            except RuntimeError as error:
                caught.append(str(error))

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        with tcp_autopilot(listener):
            thread.join(WAIT_S)
        assert caught == ["the program's fault"]
