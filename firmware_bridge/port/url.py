"""Port URLs: `scheme:place:number`, the way MAVLink tools write them."""

from dataclasses import dataclass
from enum import StrEnum

from firmware_bridge.errors import ConfigError

MIN_BAUD, MAX_BAUD = 50, 12_000_000


class Scheme(StrEnum):
    """How bytes travel."""

    SERIAL = "serial"
    UDP_IN = "udpin"
    UDP_OUT = "udpout"
    TCP = "tcp"
    TCP_IN = "tcpin"


_MAY_LISTEN_ON_ZERO = (Scheme.UDP_IN, Scheme.TCP_IN)


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed port URL."""

    url: str
    scheme: Scheme
    place: str
    """Device path or host, IPv6 without its brackets."""
    number: int
    """Baud rate or port number."""


def parse_url(url: str) -> Address:
    """The parts of `url`; raises ConfigError that says what is wrong with it."""
    name, colon, rest = url.strip().partition(":")
    if not colon or name not in set(Scheme):
        known = ", ".join(f"{scheme}:" for scheme in Scheme)
        raise ConfigError(f"port URL {url!r} must begin with one of {known}")
    scheme = Scheme(name)
    # The last colon parts the number: by-path names and IPv6 addresses hold colons themselves.
    place, colon, digits = rest.rpartition(":")
    what = "baud rate" if scheme is Scheme.SERIAL else "port"
    if not colon or not (digits.isascii() and digits.isdigit()):
        raise ConfigError(f"port URL {url!r} must end with a colon and the {what}")
    place = _device(url, place) if scheme is Scheme.SERIAL else _host(url, place)
    return Address(url.strip(), scheme, place, _number(url, scheme, digits))


def _device(url: str, place: str) -> str:
    if not place.startswith("/") or "\0" in place:
        raise ConfigError(f"port URL {url!r}: {place!r} is not an absolute device path")
    return place


def _host(url: str, place: str) -> str:
    host = place.removeprefix("//")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ConfigError(f"port URL {url!r}: an IPv6 address stands in brackets, as in [::1]")
    if not host or not host.isprintable() or any(c.isspace() for c in host):
        raise ConfigError(f"port URL {url!r} names no host")
    return host


def _number(url: str, scheme: Scheme, digits: str) -> int:
    number = int(digits) if len(digits) <= 9 else MAX_BAUD + 1
    if scheme is Scheme.SERIAL:
        if not MIN_BAUD <= number <= MAX_BAUD:
            raise ConfigError(f"port URL {url!r}: no baud rate of {digits}")
        return number
    lowest = 0 if scheme in _MAY_LISTEN_ON_ZERO else 1
    if not lowest <= number <= 65535:
        raise ConfigError(f"port URL {url!r}: ports run from {lowest} to 65535")
    return number
