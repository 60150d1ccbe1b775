"""UDP as a port: bound and answering (`udpin`), or speaking first to one peer (`udpout`)."""

import logging
import socket
import time
from typing import Any, Self

from firmware_bridge.errors import LinkClosed
from firmware_bridge.port.failure import failure
from firmware_bridge.port.url import Address
from firmware_bridge.port.waiting import readable, write_all

log = logging.getLogger(__name__)

PEER_SILENT_S = 30.0
MAX_PEERS = 8
DATAGRAM_BYTES = 65535


class _UdpPort:
    """What both directions share: the socket, and datagrams handed out in pieces if need be."""

    def __init__(self, address: Address, bind: bool) -> None:
        self.url = address.url
        try:
            family, kind, protocol, _, where = socket.getaddrinfo(
                address.place, address.number, type=socket.SOCK_DGRAM
            )[0]
            self._socket = socket.socket(family, kind, protocol)
        except (OSError, UnicodeError) as error:
            raise failure(address.url, error) from error
        try:
            self._socket.setblocking(False)
            if bind:
                self._socket.bind(where)
                self.url = _with_number(address, self._socket.getsockname()[1])
            else:
                self._socket.connect(where)
        except OSError as error:
            self._socket.close()
            raise failure(address.url, error) from error
        self._rest = b""

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Bytes of one datagram; see `Port.read`."""
        if not self._rest:
            self._rest = self._receive(timeout_s)
        data, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
        return data

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _receive(self, timeout_s: float) -> bytes:
        try:
            if not readable(self._socket.fileno(), timeout_s):
                return b""
            data, peer = self._socket.recvfrom(DATAGRAM_BYTES)
        except (BlockingIOError, ConnectionRefusedError):
            return b""  # refused: the peer's process is not up yet, which UDP forgives
        except (OSError, ValueError) as error:
            raise LinkClosed(f"{self.url}: {error}") from error
        self._heard(peer)
        return data

    def _heard(self, peer: Any) -> None:
        """Remember who spoke; `udpout` knows its peer already."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class UdpInPort(_UdpPort):
    """Bound; `write` goes to every peer heard in the last 30 s, and nowhere before the first.

    A peer that cannot be reached is forgotten until it is heard again: with the ground station's
    Wi-Fi down the autopilot beside it must not fall silent.
    """

    def __init__(self, address: Address) -> None:
        super().__init__(address, bind=True)
        self._peers: dict[Any, float] = {}

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send one datagram to each peer."""
        oldest_s = time.monotonic() - PEER_SILENT_S
        for peer, heard_s in list(self._peers.items()):
            if heard_s < oldest_s:
                del self._peers[peer]
                continue
            try:
                _send_datagram(self.url, self._socket, data, timeout_s, peer)
            except LinkClosed as error:
                if self._socket.fileno() < 0:
                    raise
                log.warning("%s, to %s", error, peer)
                del self._peers[peer]

    def _heard(self, peer: Any) -> None:
        self._peers.pop(peer, None)
        self._peers[peer] = time.monotonic()
        if len(self._peers) > MAX_PEERS:
            del self._peers[next(iter(self._peers))]


class UdpOutPort(_UdpPort):
    """Connected to one peer."""

    def __init__(self, address: Address) -> None:
        super().__init__(address, bind=False)

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send one datagram."""
        _send_datagram(self.url, self._socket, data, timeout_s, None)


def _send_datagram(url: str, sock: socket.socket, data: bytes, timeout_s: float, to: Any) -> None:
    def send(piece: memoryview) -> int:
        return sock.send(piece) if to is None else sock.sendto(piece, to)

    try:
        write_all(url, sock.fileno(), send, data, timeout_s)
    except ConnectionRefusedError:
        return  # as in reading: the peer may come up later
    except (OSError, ValueError) as error:
        raise LinkClosed(f"{url}: {error}") from error


def _with_number(address: Address, number: int) -> str:
    return f"{address.url.rpartition(':')[0]}:{number}"
