"""The operating system's error numbers as our errors, each with the URL."""

import errno
import socket

from firmware_bridge.errors import (
    BridgeError,
    LinkClosed,
    LinkTimeout,
    PortBusy,
    PortDenied,
    UnknownDevice,
)

_MEANING: dict[int, tuple[type[BridgeError], str]] = {
    errno.EBUSY: (PortBusy, "another program holds it"),
    errno.EAGAIN: (PortBusy, "another program holds it"),
    errno.EADDRINUSE: (PortBusy, "another program listens there"),
    errno.EACCES: (PortDenied, "permission denied"),
    errno.EPERM: (PortDenied, "permission denied"),
    errno.ENOENT: (UnknownDevice, "no such device"),
    errno.ENODEV: (UnknownDevice, "no such device"),
    errno.ENXIO: (UnknownDevice, "no such device"),
    errno.ENOTDIR: (UnknownDevice, "no such device"),
    errno.EISDIR: (UnknownDevice, "it is a folder"),
    errno.ENOTTY: (UnknownDevice, "it is not a serial port"),
    errno.EADDRNOTAVAIL: (UnknownDevice, "this computer has no such address"),
    errno.EHOSTUNREACH: (UnknownDevice, "host not reachable"),
    errno.ENETUNREACH: (UnknownDevice, "network not reachable"),
    errno.ECONNREFUSED: (LinkClosed, "nobody listens there"),
    errno.ETIMEDOUT: (LinkTimeout, "no answer"),
}


_DENIED_HINTS = {
    "serial": " (is this user in the group dialout?)",
    "udpin": " (ports below 1024 are for root)",
    "udpout": " (a broadcast address is not supported)",
    "tcp": " (does a firewall forbid it?)",
    "tcpin": " (ports below 1024 are for root)",
}
"""The usual reason, by scheme."""


def failure(url: str, error: OSError | UnicodeError) -> BridgeError:
    """`error` while opening `url`, in our words."""
    if isinstance(error, UnicodeError):
        return UnknownDevice(f"{url}: host name not known ({error})")
    if isinstance(error, socket.gaierror):
        return UnknownDevice(f"{url}: host name not known ({error.strerror})")
    if isinstance(error, TimeoutError):
        return LinkTimeout(f"{url}: no answer before the deadline")
    kind, words = _MEANING.get(error.errno or 0, (LinkClosed, str(error)))
    if kind is PortDenied:
        words += _DENIED_HINTS.get(url.partition(":")[0], "")
    return kind(f"{url}: {words}")
