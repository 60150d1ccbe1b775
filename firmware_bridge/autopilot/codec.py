"""MAVLink frames out of a byte stream and into one; no I/O, no clock.

    v1: FE len seq sys comp id                        payload crc16
    v2: FD len incompat compat seq sys comp id[3]     payload crc16 [signature 13, if incompat & 1]

Source: mavlink.io, "Packet Serialization". pymavlink's ardupilotmega dialect decodes; the framing
is ours, because pymavlink skips as many bytes as a false start mark claims and loses the good
frames among them, where we go on at the next byte.
"""

from collections.abc import Iterator
from mmap import mmap
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

MARK_V1, MARK_V2 = 0xFE, 0xFD
_HEADER_V1, _HEADER_V2 = 6, 10
_CRC, _SIGNATURE = 2, 13
_SIGNED = 0x01
MAX_FRAME_BYTES = _HEADER_V2 + 255 + _CRC + _SIGNATURE
_MAX_SOURCES = 64
_EXTENSION_ROOM = 64
"""A newer dialect may append fields to a message we know."""

Bytes = bytes | bytearray | mmap
Message = Any
"""A pymavlink message: fields as attributes, `get_msgId()`, `get_srcSystem()`, ..."""


class MavlinkCodec:
    """Bytes in, messages out; and the frames we send, as MAVLink 2."""

    def __init__(self, system_id: int, component_id: int) -> None:
        self._mavlink = dialect.MAVLink(None, system_id, component_id)
        self._buffer = bytearray()
        self.bytes_dropped = 0
        """Bytes that belonged to no valid frame: boot text, noise, frames broken on the way."""
        self.frames = 0
        """Frames whose checksum was right; unknown messages are not among them."""
        self._sequences: dict[tuple[int, int], int] = {}
        self._lost: dict[tuple[int, int], int] = {}

    @property
    def system_id(self) -> int:
        """Source system of the frames we send."""
        return int(self._mavlink.srcSystem)

    @system_id.setter
    def system_id(self, system_id: int) -> None:
        self._mavlink.srcSystem = system_id

    @property
    def component_id(self) -> int:
        """Source component of the frames we send."""
        return int(self._mavlink.srcComponent)

    def feed(self, data: bytes) -> list[Message]:
        """Messages completed by `data`; a partial frame waits for the rest.

        A message the dialect does not know comes as pymavlink's MAVLink_unknown.
        """
        self._buffer += data
        return list(self._messages())

    def decode(self, frame: bytearray) -> Message | None:
        """The message of one whole frame; None when its checksum or content is wrong.

        Of a message the dialect does not know, the checksum cannot be tested.
        """
        try:
            message = self._mavlink.decode(frame)
        except dialect.MAVError:
            return None
        if isinstance(message, dialect.MAVLink_unknown):
            message._header = _header(frame)  # pymavlink leaves it empty
        return message

    def encode(self, message: Message) -> bytes:
        """The frame of `message`, with the next sequence number."""
        frame = bytes(message.pack(self._mavlink))
        self._mavlink.seq = (self._mavlink.seq + 1) % 256
        return frame

    def lost(self, system_id: int, component_id: int) -> int:
        """Messages lost from one component, by gaps in its sequence numbers.

        A restart of the sender looks like a gap of up to 127.
        """
        return self._lost.get((system_id, component_id), 0)

    def reset(self) -> None:
        """Forget a partial frame and the sequences, as after reopening a port; counts stay."""
        self.bytes_dropped += len(self._buffer)
        self._buffer.clear()
        self._sequences.clear()

    def _messages(self) -> Iterator[Message]:
        buffer, at = self._buffer, 0
        while at < len(buffer):
            length = declared_length(buffer, at)
            if length is None:
                break
            message = self.decode(buffer[at : at + length]) if length else None
            if isinstance(message, dialect.MAVLink_unknown):
                # Without its definition the checksum cannot be tested: the start of the next
                # frame right behind it stands in for that.
                if at + length == len(buffer):
                    break
                if buffer[at + length] not in (MARK_V1, MARK_V2):
                    message = None
            if message is None:
                at += 1
                self.bytes_dropped += 1
                continue
            at += length
            self.frames += not isinstance(message, dialect.MAVLink_unknown)
            self._count_gap(message)
            yield message
        del buffer[:at]

    def _count_gap(self, message: Message) -> None:
        source = (message.get_srcSystem(), message.get_srcComponent())
        last, sequence = self._sequences.get(source), message.get_seq()
        if last is None and (
            len(self._sequences) >= _MAX_SOURCES or isinstance(message, dialect.MAVLink_unknown)
        ):
            return  # noise can look like an unknown message: it opens no new account
        gap = (sequence - last - 1) % 256 if last is not None else 0
        if gap >= 128:
            return  # an older frame, overtaken on the way (UDP), or a duplicate
        self._sequences[source] = sequence
        if gap:
            self._lost[source] = self._lost.get(source, 0) + gap


def declared_length(buffer: Bytes, at: int) -> int | None:
    """Bytes that a frame beginning at `at` claims; 0 where none can, None where it is cut off.

    Does not test the checksum.
    """
    mark, have = buffer[at], len(buffer) - at
    if mark not in (MARK_V1, MARK_V2):
        return 0
    header = _HEADER_V2 if mark == MARK_V2 else _HEADER_V1
    if have < header:
        return None
    signature = 0
    if mark == MARK_V2:
        if buffer[at + 2] & ~_SIGNED:
            return 0  # incompatible flags we do not know forbid decoding
        signature = _SIGNATURE if buffer[at + 2] & _SIGNED else 0
    known = dialect.mavlink_map.get(_message_id(buffer, at))
    if known is not None and buffer[at + 1] > known.unpacker.size + _EXTENSION_ROOM:
        return 0
    length = header + buffer[at + 1] + _CRC + signature
    return length if have >= length else None


def _message_id(buffer: Bytes, at: int) -> int:
    if buffer[at] == MARK_V1:
        return buffer[at + 5]
    return int.from_bytes(buffer[at + 7 : at + 10], "little")


def _header(frame: bytearray) -> dialect.MAVLink_header:
    offset = 4 if frame[0] == MARK_V2 else 2
    sequence, system, component = frame[offset : offset + 3]
    return dialect.MAVLink_header(
        _message_id(frame, 0),
        mlen=frame[1],
        seq=sequence,
        srcSystem=system,
        srcComponent=component,
    )
