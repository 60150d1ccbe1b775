"""The autopilot's ports: TCP server, UDP towards a ground station, pseudo-terminal.

    tcp:HOST:PORT      listens; every client is a link of its own
    udpout:HOST:PORT   sends there, and hears what comes back: the telemetry radio
    udpin:HOST:PORT    listens; whoever speaks is answered, all of them on one link
    pty or pty:PATH    a pseudo-terminal; PATH becomes a symbolic link to it

A radio carries so many bits a second, loses some frames and is late: settings of the scenario.
Everything is non-blocking; the simulation's loop owns all of it.
"""

import logging
import os
import random
import socket
import tty
from collections import deque
from collections.abc import Callable
from pathlib import Path

from firmware_bridge.errors import ConfigError, PortBusy
from sim.tables.trouble import Radio

log = logging.getLogger(__name__)

READ_BYTES = 65536
RADIO_QUEUE_BYTES = 2048
"""What a telemetry radio buffers before it throws away."""
LINKS_AT_MOST = 16
PEERS_AT_MOST = 8
"""Of a udpin link; the one that was silent longest goes."""
DATAGRAM_BYTES = 16 * 1024
WAITING_BYTES = 128 * 1024
"""Kept for a TCP client that reads slowly."""


class Port:
    """One open link. `read` gives b"" when there is nothing and None when it is gone."""

    def __init__(self, name: str, fileno: int, read: Callable[[], bytes | None],
                 write: Callable[[bytes], None], close: Callable[[], None],
                 is_radio: bool = False) -> None:  # fmt: skip
        self.name, self._fileno, self.is_radio = name, fileno, is_radio
        self.read, self.write, self.close = read, write, close

    def fileno(self) -> int:
        """For select."""
        return self._fileno


class Listener:
    """A TCP port where links come from."""

    def __init__(self, host: str, port: int) -> None:
        try:
            self._socket = socket.create_server((host, port), backlog=8)
        except OSError as error:
            raise PortBusy(f"tcp:{host}:{port}: {error.strerror}") from error
        self._socket.setblocking(False)
        bound = self._socket.getsockname()
        self.url = f"tcp:{bound[0]}:{bound[1]}"

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    def accept(self) -> Port | None:
        """The next client."""
        try:
            client, address = self._socket.accept()
        except OSError:
            return None
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _socket_port(f"tcp client {address[0]}:{address[1]}", client)

    def close(self) -> None:
        """No more clients."""
        self._socket.close()


def open_link(url: str) -> Listener | Port:
    """The link a --listen names; raises ConfigError or PortBusy."""
    kind, _, rest = url.partition(":")
    if kind == "pty":
        return _pseudo_terminal(rest)
    host, colon, port = rest.rpartition(":")
    if kind not in ("tcp", "udpout", "udpin") or not colon or not host or not port.isdecimal():
        raise ConfigError(
            f"--listen {url}: write tcp:HOST:PORT, udpout:HOST:PORT, udpin:HOST:PORT or pty:PATH"
        )
    if int(port) > 65535:
        raise ConfigError(f"--listen {url}: there is no port {port}")
    if kind == "tcp":
        return Listener(host, int(port))
    if kind == "udpin":
        return _datagram_server(host, int(port))
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.setblocking(False)
    try:
        datagrams.connect((host, int(port)))
    except OSError as error:
        datagrams.close()
        raise ConfigError(f"--listen {url}: {error.strerror}") from error
    return _socket_port(url, datagrams, is_radio=True)


def _socket_port(name: str, end: socket.socket, is_radio: bool = False) -> Port:
    stream = end.type == socket.SOCK_STREAM
    waiting = bytearray()

    def read() -> bytes | None:
        try:
            data = end.recv(READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            # A datagram socket reports that nobody listens there yet: that passes.
            return None if stream else b""
        return data or (None if stream else b"")

    def write(data: bytes) -> None:
        # Whole pieces or none: half a frame would spoil the next one.
        if len(waiting) + len(data) > WAITING_BYTES:
            log.debug("%s does not read, %d bytes lost", name, len(data))
            data = b""
        waiting.extend(data)
        try:
            sent = end.send(waiting) if waiting else 0
        except OSError as error:
            sent = 0 if isinstance(error, BlockingIOError) else len(waiting)
        del waiting[:sent]

    return Port(name, end.fileno(), read, write, end.close, is_radio)


def _datagram_server(host: str, port: int) -> Port:
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.setblocking(False)
    try:
        end.bind((host, port))
    except OSError as error:
        end.close()
        raise PortBusy(f"udpin:{host}:{port}: {error.strerror}") from error
    peers: dict[tuple[str, int], None] = {}

    def read() -> bytes | None:
        try:
            data, peer = end.recvfrom(READ_BYTES)
        except OSError:
            return b""
        peers.pop(peer, None)
        peers[peer] = None
        if len(peers) > PEERS_AT_MOST:
            del peers[next(iter(peers))]
        return data

    def write(data: bytes) -> None:
        for start in range(0, len(data), DATAGRAM_BYTES):
            for peer in peers:
                try:
                    end.sendto(data[start : start + DATAGRAM_BYTES], peer)
                except OSError as error:
                    log.debug("udpin to %s:%d: %s", *peer, error)

    bound = end.getsockname()
    return Port(f"udpin:{bound[0]}:{bound[1]}", end.fileno(), read, write, end.close)


def _pseudo_terminal(path: str) -> Port:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    name = os.ttyname(theirs)
    if path:
        link = Path(path)
        if link.is_symlink() and str(link.readlink()).startswith("/dev/pts/"):
            link.unlink()  # of a run that was killed
        try:
            link.symlink_to(name)
        except OSError as error:
            raise PortBusy(f"pty:{path}: {error.strerror}") from error
        name = path

    def read() -> bytes | None:
        try:
            return os.read(ours, READ_BYTES)
        except OSError:
            return b""

    def write(data: bytes) -> None:
        try:
            os.write(ours, data)
        except OSError:
            log.debug("%s is full, %d bytes lost", name, len(data))

    def close() -> None:
        os.close(ours)
        os.close(theirs)
        if path:
            Path(path).unlink(missing_ok=True)

    return Port(name, ours, read, write, close)


class Air:
    """What a radio does to one direction: rate, loss, delay. Times are simulated seconds."""

    def __init__(self, radio: Radio, seed: int) -> None:
        self._radio = radio
        self._random = random.Random(seed * 31 + 5)
        self._queue: deque[tuple[float, bytes]] = deque()
        self._queued, self._budget, self._last_s = 0, 0.0, 0.0

    def send(self, data: bytes, now_s: float) -> None:
        """Frames to carry; what does not fit into the radio's buffer is lost."""
        for frame in frames(data):
            lost = self._random.random() < self._radio.loss
            full = self._radio.bits_per_s and self._queued + len(frame) > RADIO_QUEUE_BYTES
            if not lost and not full:
                self._queue.append((now_s + self._radio.latency_s, frame))
                self._queued += len(frame)

    def arrived(self, now_s: float) -> list[bytes]:
        """Frames that have come through by now."""
        rate = self._radio.bits_per_s / 10  # start and stop bits
        self._budget = min(self._budget + (now_s - self._last_s) * rate, max(rate, 300.0))
        self._last_s = now_s
        out = []
        while self._queue and self._queue[0][0] <= now_s:
            size = len(self._queue[0][1])
            if rate and self._budget < size:
                break
            self._budget -= size if rate else 0
            self._queued -= size
            out.append(self._queue.popleft()[1])
        return out


def frames(data: bytes) -> list[bytes]:
    """MAVLink 1 and 2 frames of a gap-free buffer; anything else stays in one piece."""
    out, at = [], 0
    while at < len(data):
        if data[at] == 0xFD and len(data) - at >= 12:
            size = 12 + data[at + 1] + (13 if data[at + 2] & 1 else 0)
        elif data[at] == 0xFE and len(data) - at >= 8:
            size = 8 + data[at + 1]
        else:
            size = len(data) - at
        out.append(data[at : at + size])
        at += size
    return out
