"""Ports on real pseudo terminals and loopback sockets."""

import errno
import os
import pty
import socket
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from firmware_bridge.errors import LinkClosed, LinkTimeout, PortBusy, PortDenied, UnknownDevice
from firmware_bridge.port import Port, open_port
from firmware_bridge.port.failure import failure
from firmware_bridge.port.tcp import TcpClientPort, TcpServerPort
from firmware_bridge.port.udp import UdpInPort
from firmware_bridge.port.url import parse_url

WAIT_S = 5.0


@pytest.fixture
def terminal() -> Iterator[tuple[FileIO, str]]:
    """Master side of a pseudo terminal and the URL of its other side."""
    master, slave = pty.openpty()
    url = f"serial:{os.ttyname(slave)}:115200"
    os.close(slave)
    with FileIO(master, "r+") as file:
        yield file, url


def read_exactly(port: Port, size: int) -> bytes:
    data, deadline_s = b"", time.monotonic() + WAIT_S
    while len(data) < size and time.monotonic() < deadline_s:
        data += port.read(size - len(data), WAIT_S)
    return data


def number_of(port: Port) -> int:
    return parse_url(port.url).number


def test_a_terminal_carries_every_byte_both_ways_unchanged(terminal: tuple[FileIO, str]) -> None:
    master, url = terminal
    every = bytes(range(256))
    with open_port(url, timeout_s=1.0) as port:
        master.write(every)
        assert read_exactly(port, 256) == every
        port.write(every, 1.0)
        assert master.read(1000) == every


def test_reading_ends_at_its_deadline(terminal: tuple[FileIO, str]) -> None:
    with open_port(terminal[1], timeout_s=1.0) as port:
        before_s = time.monotonic()
        assert port.read(100, 0.05) == b""
        assert 0.04 < time.monotonic() - before_s < 2.0


def test_writing_to_a_full_line_ends_at_its_deadline(terminal: tuple[FileIO, str]) -> None:
    _, url = terminal
    with open_port(url, timeout_s=1.0) as port, pytest.raises(LinkTimeout) as caught:
        port.write(bytes(1_000_000), 0.05)
    assert url in str(caught.value)


def test_a_terminal_that_goes_away_is_closed(terminal: tuple[FileIO, str]) -> None:
    master, url = terminal
    with open_port(url, timeout_s=1.0) as port:
        master.close()
        with pytest.raises(LinkClosed, match="went away"):
            port.read(100, WAIT_S)
        with pytest.raises(LinkClosed, match="went away"):
            port.write(b"x", 1.0)


def test_a_device_is_held_exclusively_and_given_back(terminal: tuple[FileIO, str]) -> None:
    _, url = terminal
    with open_port(url, timeout_s=1.0):
        with pytest.raises(PortBusy) as caught:
            open_port(url, timeout_s=1.0)
        assert str(caught.value) == f"{url}: another program holds it"
    open_port(url, timeout_s=1.0).close()


def test_a_by_id_name_is_followed_anew_at_each_opening(tmp_path: Path) -> None:
    name = tmp_path / "usb-Kedrovka_FC-if00"
    for answer in (b"first", b"second"):
        master, slave = pty.openpty()
        name.unlink(missing_ok=True)
        name.symlink_to(os.ttyname(slave))
        with open_port(f"serial:{name}:57600", timeout_s=1.0) as port:
            os.write(master, answer)
            assert read_exactly(port, len(answer)) == answer
        os.close(slave)
        os.close(master)


def test_missing_and_foreign_devices_are_told_apart(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    for path, words in [
        ("/dev/serial/by-id/none", "no such device"),
        (plain, "not a serial port"),
    ]:
        with pytest.raises(UnknownDevice, match=words) as caught:
            open_port(f"serial:{path}:57600", timeout_s=1.0)
        assert f"serial:{path}:57600" in str(caught.value)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EBUSY, PortBusy),
        (errno.EACCES, PortDenied),
        (errno.ENOENT, UnknownDevice),
        (errno.ECONNREFUSED, LinkClosed),
        (errno.ETIMEDOUT, LinkTimeout),
        (errno.EIO, LinkClosed),
    ],
)
def test_the_systems_errors_have_our_names(number: int, kind: type[Exception]) -> None:
    error = failure("serial:/dev/ttyS0:57600", OSError(number, os.strerror(number)))
    assert type(error) is kind
    assert str(error).startswith("serial:/dev/ttyS0:57600: ")


def test_only_a_device_is_refused_for_want_of_a_group() -> None:
    denied = OSError(errno.EACCES, os.strerror(errno.EACCES))
    assert "dialout" in str(failure("serial:/dev/ttyACM0:57600", denied))
    assert "dialout" not in str(failure("udpin:0.0.0.0:80", denied))


def test_a_broadcast_address_is_denied_in_words_that_fit() -> None:
    with pytest.raises(PortDenied, match=r"udpout:255.255.255.255:14550: .*broadcast") as caught:
        open_port("udpout:255.255.255.255:14550", timeout_s=1.0)
    assert "dialout" not in str(caught.value)


def test_a_peer_that_cannot_be_reached_does_not_silence_the_others() -> None:
    with open_port("udpin:127.0.0.1:0", timeout_s=1.0) as port:
        assert isinstance(port, UdpInPort)
        with open_port(f"udpout:127.0.0.1:{number_of(port)}", timeout_s=1.0) as peer:
            peer.write(b"here", 1.0)
            assert port.read(100, WAIT_S) == b"here"
            # A socket bound to loopback cannot send there, as one whose Wi-Fi went down cannot.
            port._peers = {("203.0.113.1", 14550): time.monotonic(), **port._peers}
            port.write(b"to all", 1.0)
            assert peer.read(100, WAIT_S) == b"to all"


def test_udp_in_answers_every_peer_heard_lately() -> None:
    with open_port("udpin:127.0.0.1:0", timeout_s=1.0) as port:
        port.write(b"nobody there", 1.0)
        out = f"udpout:127.0.0.1:{number_of(port)}"
        with open_port(out, timeout_s=1.0) as one, open_port(out, timeout_s=1.0) as two:
            one.write(b"one", 1.0)
            assert port.read(100, WAIT_S) == b"one"
            two.write(b"two", 1.0)
            assert port.read(100, WAIT_S) == b"two"
            port.write(b"both", 1.0)
            assert one.read(100, WAIT_S) == b"both"
            assert two.read(100, WAIT_S) == b"both"


def test_a_datagram_larger_than_the_read_is_handed_out_in_pieces() -> None:
    with open_port("udpin:127.0.0.1:0", timeout_s=1.0) as port:
        with open_port(f"udpout:127.0.0.1:{number_of(port)}", timeout_s=1.0) as peer:
            peer.write(b"abcdef", 1.0)
        assert [port.read(4, WAIT_S), port.read(4, WAIT_S)] == [b"abcd", b"ef"]


def test_udp_forgives_a_peer_that_is_not_up_yet() -> None:
    with open_port("udpin:127.0.0.1:0", timeout_s=1.0) as free:
        url = f"udpout:127.0.0.1:{number_of(free)}"
    with open_port(url, timeout_s=1.0) as port:
        for _ in range(3):
            port.write(b"anybody?", 1.0)
            assert port.read(100, 0.01) == b""


def test_a_taken_udp_port_is_busy() -> None:
    with open_port("udpin:127.0.0.1:0", timeout_s=1.0) as port:
        with pytest.raises(PortBusy) as caught:
            open_port(port.url, timeout_s=1.0)
        assert port.url in str(caught.value)


def test_tcp_client_and_server_talk_and_notice_the_end() -> None:
    with open_port("tcpin:127.0.0.1:0", timeout_s=1.0) as server:
        server.write(b"nobody there", 1.0)
        assert server.read(100, 0.01) == b""
        client = open_port(f"tcp:127.0.0.1:{number_of(server)}", timeout_s=1.0)
        client.write(b"ping", 1.0)
        assert read_exactly(server, 4) == b"ping"
        server.write(b"pong", 1.0)
        assert read_exactly(client, 4) == b"pong"
        client.close()
        with pytest.raises(LinkClosed, match="closed the connection"):
            server.read(100, WAIT_S)


def test_a_connection_cut_with_bytes_unread_ends_in_the_same_words() -> None:
    with open_port("tcpin:127.0.0.1:0", timeout_s=1.0) as server:
        client = open_port(f"tcp:127.0.0.1:{number_of(server)}", timeout_s=1.0)
        client.write(b"ping", 1.0)
        assert read_exactly(server, 4) == b"ping"
        server.write(b"never read", 1.0)
        client.close()
        with pytest.raises(LinkClosed, match="the other end closed the connection"):
            server.read(100, WAIT_S)


def test_tcp_server_turns_a_second_client_away() -> None:
    with open_port("tcpin:127.0.0.1:0", timeout_s=1.0) as server:
        url = f"tcp:127.0.0.1:{number_of(server)}"
        with open_port(url, timeout_s=1.0) as first:
            first.write(b"1", 1.0)
            assert server.read(100, WAIT_S) == b"1"
            with open_port(url, timeout_s=1.0) as second:
                server.read(100, 0.01)
                with pytest.raises(LinkClosed):
                    second.read(100, WAIT_S)
            first.write(b"2", 1.0)
            assert read_exactly(server, 1) == b"2"


def test_a_client_that_lost_its_power_is_given_up_in_seconds_not_in_a_quarter_of_an_hour() -> None:
    with open_port("tcpin:127.0.0.1:0", timeout_s=1.0) as server:
        url = f"tcp:127.0.0.1:{number_of(server)}"
        with open_port(url, timeout_s=1.0) as client:
            client.write(b"1", 1.0)
            assert server.read(100, WAIT_S) == b"1"
            assert isinstance(client, TcpClientPort)
            assert isinstance(server, TcpServerPort)
            for end in (client._socket, server._client):
                assert end is not None
                unanswered_ms = end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
                assert 1_000 <= unanswered_ms <= 30_000


def test_a_tcp_port_nobody_listens_at_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    url = f"tcp:127.0.0.1:{number}"
    with pytest.raises(LinkClosed) as caught:
        open_port(url, timeout_s=1.0)
    assert str(caught.value) == f"{url}: nobody listens there"


def test_a_peer_that_reads_nothing_stops_the_writer_at_its_deadline() -> None:
    with (
        open_port("tcpin:127.0.0.1:0", timeout_s=1.0) as server,
        open_port(f"tcp:127.0.0.1:{number_of(server)}", timeout_s=1.0) as client,
        pytest.raises(LinkTimeout, match="bytes not taken"),
    ):
        client.write(bytes(50_000_000), 0.05)


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(UnknownDevice, match=r"host name not known"):
        open_port("tcp:no-such-host.invalid:5760", timeout_s=1.0)


@pytest.mark.parametrize("url", ["udpin:127.0.0.1:0", "tcpin:127.0.0.1:0"])
def test_a_closed_port_says_so_and_closes_twice(url: str) -> None:
    port = open_port(url, timeout_s=1.0)
    port.close()
    port.close()
    with pytest.raises(LinkClosed):
        port.read(10, 0.01)
