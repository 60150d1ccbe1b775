"""One message of MAVFTP, in and out.

    u16 sequence   u8 session   u8 opcode   u8 size   u8 opcode asked   u8 burst complete   u8 0
    u32 offset   data (239)                                             all little endian

Source: mavlink.io/en/services/ftp.html; replies as recorded from ArduCopter 4.5.6.
"""

import struct
from typing import NamedTuple

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.messages import Message, sender

HEAD = struct.Struct("<HBBBBBxI")
DATA_BYTES = 239
NONE, TERMINATE, RESET, LIST, OPEN, READ = 0, 1, 2, 3, 4, 5
CHECKSUM, BURST = 14, 15
WRITING = {6, 7, 8, 9, 10, 11, 12, 13}
ACK, NAK = 128, 129
FAIL, FAIL_ERRNO, BAD_SIZE, BAD_SESSION = 1, 2, 3, 4
END_OF_FILE, NOT_FOUND = 6, 10
TELL_OFFSET = {LIST, READ, BURST}


class Trouble(Exception):
    """A request is not acknowledged: an error code, and an errno where the code is FAIL_ERRNO."""

    def __init__(self, *codes: int) -> None:
        super().__init__(*codes)
        self.codes = bytes(codes)


class Request(NamedTuple):
    """What a client asks."""

    link: int
    client: tuple[int, int]
    seq: int
    session: int
    opcode: int
    size: int
    offset: int
    data: bytes

    @property
    def name(self) -> str:
        """The path in it; raises Trouble when its length is not the one it says."""
        name = self.data.split(b"\0")[0]
        if not self.size or len(name) != self.size:
            raise Trouble(BAD_SIZE)
        return name.decode("latin-1")

    def is_again(self, other: "Request") -> bool:
        """The client has not heard the answer."""
        return (self.client, self.session, self.seq) == (other.client, other.session, other.seq)

    def reply(self, opcode: int, data: bytes, is_last: bool = False) -> Message:
        """The answer to it; `is_last` of a burst that has more to tell."""
        head = HEAD.pack(
            (self.seq + 1) & 0xFFFF, self.session, opcode, len(data), self.opcode, is_last,
            self.offset if self.opcode in TELL_OFFSET else 0,
        )  # fmt: skip
        payload = (head + data).ljust(HEAD.size + DATA_BYTES, b"\0")
        return dialect.MAVLink_file_transfer_protocol_message(0, *self.client, payload)


def read(message: Message, link: int) -> Request:
    """The request in a FILE_TRANSFER_PROTOCOL."""
    payload = bytes(message.payload)
    seq, session, opcode, size, _, _, offset = HEAD.unpack_from(payload)
    data = payload[HEAD.size :]
    return Request(link, sender(message), seq, session, opcode, size, offset, data)
