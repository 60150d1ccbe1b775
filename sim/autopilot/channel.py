"""One link of the autopilot: framing, signatures, intervals, and what waits to be sent.

A port speaks MAVLink 2 from its first frame, as recorded from SERIALn_PROTOCOL 2, or only
MAVLink 1 for SERIALn_PROTOCOL 1: without extension fields, and without ids that need three bytes.
"""

import importlib
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.messages import Message
from sim.autopilot.streams import Schedule

OUT_LIMIT_BYTES = 64 * 1024


class Channel:
    """`feed` bytes in, `take` bytes out."""

    def __init__(self, number: int, port: int, system_id: int, speaks_v1: bool) -> None:
        self.number = number
        self.port = port
        """n of SERIALn: 0 is USB, 1 the telemetry radio."""
        self.schedule = Schedule(0.0)
        self.next_timesync_s = 0.0
        # Without a file: frames are packed here and sent by the link.
        self.codec = dialect.MAVLink(None, srcSystem=system_id, srcComponent=1)
        self.codec.robust_parsing = True
        self.heard = False
        """Somebody is there: ArduPilot tells nothing of its own accord before."""
        self._v1 = _version_one(system_id) if speaks_v1 else None
        self._out = bytearray()

    @property
    def speaks_v1(self) -> bool:
        """MAVLink 1 only."""
        return self._v1 is not None

    def feed(self, data: bytes) -> list[Message]:
        """Whole, intact and well signed messages; the rest is dropped, as the real one does."""
        messages = [
            message
            for message in self.codec.parse_buffer(data) or ()
            if message.get_type() != "BAD_DATA"
        ]
        self.heard = self.heard or bool(messages)
        return messages

    def send(self, message: Message) -> None:
        """One message of the autopilot's own."""
        if self._v1 is None:
            self.put(message.pack(self.codec))
            self.codec.seq = (self.codec.seq + 1) % 256
        elif (twin := self._v1_twin(message)) is not None:
            self.put(twin.pack(self._v1))
            self._v1.seq = (self._v1.seq + 1) % 256

    def put(self, frame: bytes) -> None:
        """Bytes as they are: a frame passed on, the console's text."""
        # A client that does not read loses messages, as on a serial port without flow control.
        if len(self._out) + len(frame) <= OUT_LIMIT_BYTES:
            self._out += frame

    def take(self) -> bytes:
        """What has gathered."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def _v1_twin(self, message: Message) -> Message | None:
        known = _v1_dialect().mavlink_map.get(message.get_msgId())
        if known is None or message.get_msgId() > 255:
            return None
        # Characters are kept as bytes beside their text.
        return known(
            *(getattr(message, f"_{n}_raw", getattr(message, n)) for n in known.fieldnames)
        )


def _v1_dialect() -> Any:
    # Half a second to load, which hardly anybody needs.
    return importlib.import_module("pymavlink.dialects.v10.ardupilotmega")


def _version_one(system_id: int) -> Any:
    return _v1_dialect().MAVLink(None, srcSystem=system_id, srcComponent=1)
