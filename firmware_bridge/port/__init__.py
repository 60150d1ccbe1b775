"""Byte streams to devices, opened by URL; every read and write has a deadline.

| URL | what it opens |
|---|---|
| `serial:/dev/serial/by-id/...:921600` | serial port or pseudo terminal, held exclusively |
| `udpin:0.0.0.0:14550` | bound UDP socket; answers the peers heard lately |
| `udpout:10.0.0.7:14550` | UDP socket that speaks first, to one peer |
| `tcp:127.0.0.1:5760` | TCP client |
| `tcpin:0.0.0.0:5770` | TCP server for one client at a time |

IPv6 addresses stand in brackets. Port 0 of `udpin` and `tcpin` takes a free one; `Port.url` then
names it.
"""

from typing import Protocol, Self

from firmware_bridge.port.serial_port import SerialPort
from firmware_bridge.port.tcp import TcpClientPort, TcpServerPort
from firmware_bridge.port.udp import UdpInPort, UdpOutPort
from firmware_bridge.port.url import Scheme, parse_url

__all__ = ["Port", "open_port"]


class Port(Protocol):
    """An open byte stream (or, over UDP, a stream of whole datagrams)."""

    @property
    def url(self) -> str:
        """What was opened, with the port number really taken."""
        ...

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What has arrived, at most `max_bytes`; b"" at the deadline. Raises LinkClosed."""
        ...

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of `data`. Raises LinkTimeout at the deadline, LinkClosed when it is gone."""
        ...

    def close(self) -> None:
        """Give the port back; harmless when done twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


def open_port(url: str, *, timeout_s: float) -> Port:
    """Open what `url` names.

    Raises ConfigError for a malformed URL, UnknownDevice for a device or host that is not there,
    PortBusy when another program holds it, PortDenied without permission, LinkClosed when nobody
    listens, LinkTimeout at the deadline. Each names the URL.
    """
    address = parse_url(url)
    match address.scheme:
        case Scheme.SERIAL:
            return SerialPort(address)
        case Scheme.UDP_IN:
            return UdpInPort(address)
        case Scheme.UDP_OUT:
            return UdpOutPort(address)
        case Scheme.TCP:
            return TcpClientPort(address, timeout_s)
        case Scheme.TCP_IN:
            return TcpServerPort(address)
