"""TCP as a port: a client, and a server that serves one client at a time."""

import socket
import time
from typing import Self

from firmware_bridge.errors import LinkClosed
from firmware_bridge.port.failure import failure
from firmware_bridge.port.url import Address
from firmware_bridge.port.waiting import readable, write_all

UNANSWERED_MS = 10_000
"""An end that lost its power says no goodbye: bytes of ours this long unacknowledged close the
connection, where the kernel alone would try for a quarter of an hour."""


class TcpClientPort:
    """A connection we made."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        self.url = address.url
        try:
            self._socket = socket.create_connection((address.place, address.number), timeout_s)
        except (OSError, UnicodeError) as error:
            raise failure(address.url, error) from error
        _prepare(self._socket)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What has arrived; see `Port.read`."""
        return _read(self.url, self._socket, max_bytes, timeout_s)

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of `data`; see `Port.write`."""
        _write(self.url, self._socket, data, timeout_s)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class TcpServerPort:
    """A listening socket and its one client.

    Opening does not wait for the client: `read` takes it in. Before that, reads time out and
    writes go nowhere. A second client is turned away; when the client leaves, `read` raises
    LinkClosed.
    """

    def __init__(self, address: Address) -> None:
        try:
            family, _, _, _, where = socket.getaddrinfo(
                address.place, address.number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            self._listener = socket.create_server(where[:2], family=family, backlog=1)
        except (OSError, UnicodeError) as error:
            raise failure(address.url, error) from error
        self._listener.setblocking(False)
        self._client: socket.socket | None = None
        number = self._listener.getsockname()[1]
        self.url = f"{address.url.rpartition(':')[0]}:{number}"

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What the client sent; see `Port.read`."""
        deadline_s = time.monotonic() + timeout_s
        if self._client is None:
            self._client = self._accept(timeout_s)
            if self._client is None:
                return b""
        else:
            second = self._accept(0.0)
            if second is not None:
                second.close()
        return _read(self.url, self._client, max_bytes, deadline_s - time.monotonic())

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of `data` to the client; see `Port.write`."""
        if self._client is not None:
            _write(self.url, self._client, data, timeout_s)

    def close(self) -> None:
        """Close the client's connection and stop listening."""
        if self._client is not None:
            self._client.close()
        self._listener.close()

    def _accept(self, timeout_s: float) -> socket.socket | None:
        try:
            if not readable(self._listener.fileno(), timeout_s):
                return None
            client, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return None
        except (OSError, ValueError) as error:
            raise LinkClosed(f"{self.url}: {error}") from error
        _prepare(client)
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    # Frames are small and timed: TIMESYNC must not wait for Nagle's coalescing.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED_MS)


def _read(url: str, sock: socket.socket, max_bytes: int, timeout_s: float) -> bytes:
    try:
        if not readable(sock.fileno(), timeout_s):
            return b""
        data = sock.recv(max_bytes)
    except BlockingIOError:
        return b""
    except (ConnectionResetError, BrokenPipeError):
        data = b""  # the same end with bytes of ours still unread
    except (OSError, ValueError) as error:
        raise LinkClosed(f"{url}: {error}") from error
    if not data:
        raise LinkClosed(f"{url}: the other end closed the connection")
    return data


def _write(url: str, sock: socket.socket, data: bytes, timeout_s: float) -> None:
    try:
        write_all(url, sock.fileno(), sock.send, data, timeout_s)
    except (ConnectionResetError, BrokenPipeError) as error:
        raise LinkClosed(f"{url}: the other end closed the connection") from error
    except (OSError, ValueError) as error:
        raise LinkClosed(f"{url}: {error}") from error
