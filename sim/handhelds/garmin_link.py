"""The packets of a Garmin's serial cable, L001.

    10 PID LEN DATA.. CHK 10 03      every 0x10 in LEN, DATA, CHK doubled
    CHK = -(PID + LEN + sum DATA) & 255

Source: Device Interface Specification 001-00063-00 Rev C.
"""

DLE, ETX = 0x10, 0x03
BUFFER_BYTES = 1024


def frame(pid: int, data: bytes) -> bytes:
    """One packet as it stands on the wire."""
    check = -(pid + len(data) + sum(data)) & 255
    inner = bytes([len(data)]) + data + bytes([check])
    return bytes([DLE, pid]) + inner.replace(b"\x10", b"\x10\x10") + bytes([DLE, ETX])


class Frames:
    """Packets out of a stream of bytes; what is broken is counted."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inside = False
        self._escaped = False
        self.broken = 0

    def feed(self, data: bytes) -> list[tuple[int, bytes] | None]:
        """(pid, data) of each packet, None for one whose check sum or length is wrong."""
        packets: list[tuple[int, bytes] | None] = []
        for byte in data:
            if self._take(byte):
                packets.append(self._finish())
        return packets

    def _take(self, byte: int) -> bool:
        """True at the end of a packet."""
        if self._escaped:
            self._escaped = False
            if byte == ETX:
                return self._inside and bool(self._buffer)
            if byte != DLE or not self._inside or not self._buffer:
                self._inside = byte not in (DLE, ETX)  # a packet begins here
                self._buffer[:] = bytes([byte]) if self._inside else b""
                return False
        elif byte == DLE:
            self._escaped = True
            return False
        if self._inside and len(self._buffer) < BUFFER_BYTES:
            self._buffer.append(byte)
        return False

    def _finish(self) -> tuple[int, bytes] | None:
        body, self._inside = bytes(self._buffer), False
        if len(body) < 3 or sum(body) & 255 or body[1] != len(body) - 3:
            self.broken += 1
            return None
        return body[0], body[2:-1]
