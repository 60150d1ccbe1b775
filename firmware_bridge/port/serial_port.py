"""Serial ports and pseudo terminals through pyserial, held exclusively.

The path is resolved at every opening, so a `/dev/serial/by-id` name finds its device again after
USB has enumerated it anew.
"""

import contextlib
import os
import termios
from typing import Self

import serial

from firmware_bridge.errors import BridgeError, LinkClosed, PortBusy
from firmware_bridge.port.failure import failure
from firmware_bridge.port.url import Address
from firmware_bridge.port.waiting import readable, write_all


class SerialPort:
    """A serial port at 8N1 without flow control."""

    def __init__(self, address: Address) -> None:
        self.url = address.url
        try:
            # timeout=0 makes pyserial leave the waiting to us; exclusive takes a flock.
            self._device = serial.Serial(
                address.place, address.number, timeout=0, write_timeout=0, exclusive=True
            )
            self._descriptor: int = self._device.fileno()
        except (OSError, ValueError) as error:
            raise _opening_failure(address, error) from error
        # An FTDI adapter holds bytes back for 16 ms unless told otherwise, up to 160 s in 10,000
        # records that are acknowledged one by one. Ports without the setting refuse.
        with contextlib.suppress(OSError, ValueError):
            self._device.set_low_latency_mode(True)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What has arrived; see `Port.read`."""
        try:
            if not readable(self._descriptor, timeout_s):
                return b""
            data = os.read(self._descriptor, max_bytes)
        except BlockingIOError:
            return b""
        except (OSError, ValueError) as error:
            raise LinkClosed(f"{self.url}: device went away ({error})") from error
        if not data:
            raise LinkClosed(f"{self.url}: device went away")
        return data

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of `data`; see `Port.write`."""
        try:
            write_all(self.url, self._descriptor, self._send, data, timeout_s)
        except (OSError, ValueError) as error:
            raise LinkClosed(f"{self.url}: device went away ({error})") from error

    def set_baud(self, baud: int) -> None:
        """Go on at another rate once what was written has left; raises LinkClosed."""
        try:
            self._device.flush()
            self._device.baudrate = baud
        except (OSError, ValueError, termios.error) as error:
            raise LinkClosed(f"{self.url}: cannot be set to {baud} baud ({error})") from error

    def close(self) -> None:
        """Give the device back."""
        self._descriptor = -1  # a late read fails instead of touching somebody else's file
        self._device.close()

    def _send(self, data: memoryview) -> int:
        return os.write(self._descriptor, data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _opening_failure(address: Address, error: OSError | ValueError) -> BridgeError:
    if isinstance(error, OSError):
        # pyserial wraps the lock's EAGAIN in an error of its own without a usable number.
        if "exclusively lock" in str(error):
            return PortBusy(f"{address.url}: another program holds it")
        if "configure port" in str(error):
            return failure(address.url, OSError(25, "not a serial port"))
        return failure(address.url, error)
    return LinkClosed(f"{address.url}: {error}")
