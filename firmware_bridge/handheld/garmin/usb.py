"""Garmin's USB packets as a codec, without the USB: bytes of a transfer to packets and back.

    0  u8     layer: 0 USB protocol, 20 application
    1  u8[3]  0
    4  u16    packet id: on the application layer those of the serial link
    6  u8[2]  0
    8  u32    n, bytes of data
    12 n      data

A session begins with START_SESSION on the bulk-out pipe, answered by SESSION_STARTED on the
interrupt pipe with the unit id. DATA_AVAILABLE on the interrupt pipe says: read the bulk-in pipe
until a transfer of no bytes, then go back to the interrupt pipe. There is no ACK.
Source: Garmin Device Interface Specification 001-00063-00 Rev. C, section 3.2. Not tried on a
real unit.
"""

import struct
from dataclasses import dataclass
from enum import Enum, IntEnum

from firmware_bridge.errors import ProtocolError

VENDOR_ID, PRODUCT_ID = 0x091E, 0x0003
_HEADER = struct.Struct("<B3xH2xI")
MAX_DATA_BYTES = 65_536
"""More than any packet of the specification; a longer claim is damage."""


class Layer(IntEnum):
    """Who a packet speaks to."""

    USB = 0
    APPLICATION = 20


class UsbPid(IntEnum):
    """Packets of layer USB."""

    DATA_AVAILABLE = 2
    START_SESSION = 5
    SESSION_STARTED = 6


class Pipe(Enum):
    """Where the unit's next bytes are to be read."""

    INTERRUPT = "interrupt"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class UsbPacket:
    """One packet of either layer."""

    layer: int
    pid: int
    data: bytes


def encode(packet: UsbPacket) -> bytes:
    """The bytes for the bulk-out pipe."""
    return _HEADER.pack(packet.layer, packet.pid, len(packet.data)) + packet.data


def start_session() -> bytes:
    """What opens the conversation; some units want it more than once."""
    return encode(UsbPacket(Layer.USB, UsbPid.START_SESSION, b""))


class UsbReader:
    """Transfers in, packets out, and which pipe to read next."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.pipe = Pipe.INTERRUPT
        """To be read next."""
        self.unit_id: int | None = None
        """Known once the session has started."""

    def feed(self, transfer: bytes) -> list[UsbPacket]:
        """Packets completed by one transfer from `pipe`.

        Raises ProtocolError for a header that no unit sends; the bytes held are dropped with it.
        """
        if not transfer:
            # Only on the bulk pipe do no bytes mean anything: nothing more is queued there.
            self.pipe = Pipe.INTERRUPT
            return []
        self._buffer += transfer
        packets = []
        while len(self._buffer) >= _HEADER.size:
            layer, pid, size = _HEADER.unpack_from(self._buffer)
            if layer not in (Layer.USB, Layer.APPLICATION) or size > MAX_DATA_BYTES:
                self._buffer.clear()
                raise ProtocolError(f"Garmin USB: header of layer {layer}, {size} bytes")
            end = _HEADER.size + size
            if len(self._buffer) < end:
                break
            packet = UsbPacket(layer, pid, bytes(self._buffer[_HEADER.size : end]))
            del self._buffer[:end]
            self._obey(packet)
            packets.append(packet)
        return packets

    def _obey(self, packet: UsbPacket) -> None:
        if packet.layer != Layer.USB:
            return
        if packet.pid == UsbPid.DATA_AVAILABLE:
            self.pipe = Pipe.BULK
        elif packet.pid == UsbPid.SESSION_STARTED and len(packet.data) >= 4:
            self.unit_id = int.from_bytes(packet.data[:4], "little")
