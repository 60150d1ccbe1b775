"""MAVLink 2 signatures: the key, and what is let in without one.

SETUP_SIGNING sets the key on every link at once and is refused in flight; a key and a timestamp
of zeros switch signing off. SERIAL0 is the USB port: what comes there is trusted unsigned. On
other links only the radio's own messages are. Timestamps count 10 us from 2015; one that does not
grow is refused, and so is the first of a stream that is more than a minute behind; after a
restart the own one starts a minute past the last that was kept.

Source: MAVLink, "Message Signing"; ArduPilot's GCS_Signing.cpp.
"""

from dataclasses import dataclass, field

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.messages import Message

USB_PORT = 0
ALWAYS_WELCOME = frozenset({dialect.MAVLINK_MSG_ID_RADIO_STATUS, dialect.MAVLINK_MSG_ID_RADIO})
EPOCH_UNIX_S = 1_420_070_400
TICKS_PER_S = 100_000
RESTART_TICKS = 60 * TICKS_PER_S
KEY_BYTES = 32
STREAMS_AT_MOST = 64
"""Signed senders that are remembered."""


@dataclass(slots=True)
class Signing:
    """What the vehicle keeps over a restart, and shares between its links."""

    key: bytes | None = None
    timestamp: int = 0
    streams: dict[tuple[int, int, int], int] = field(default_factory=dict)
    """Last timestamp by link id, system and component, as pymavlink keeps it."""

    def set_up(self, message: Message) -> None:
        """Takes the key of a SETUP_SIGNING."""
        key = bytes(message.secret_key[:KEY_BYTES])
        self.key = key if any(key) or message.initial_timestamp else None
        self.timestamp = message.initial_timestamp
        self.streams.clear()

    def restart(self) -> None:
        """After a power cycle nobody knows how much time went by."""
        self.timestamp += RESTART_TICKS
        self.streams.clear()

    def equip(self, codec: dialect.MAVLink, link: int, port: int) -> None:
        """Makes a link sign and check, or stop doing so."""
        signing = codec.signing
        signing.secret_key = self.key
        signing.sign_outgoing = self.key is not None
        signing.link_id = link % 256
        signing.timestamp = max(signing.timestamp, self.timestamp)
        signing.stream_timestamps = self.streams
        signing.allow_unsigned_callback = _welcomes_all if port == USB_PORT else _welcomes_radio

    def tick(self, codec: dialect.MAVLink, unix_us: int) -> None:
        """Follows the GPS's time."""
        if self.key is not None and unix_us:
            ticks = (unix_us // 1_000_000 - EPOCH_UNIX_S) * TICKS_PER_S
            codec.signing.timestamp = max(codec.signing.timestamp, ticks)
            self.timestamp = max(self.timestamp, codec.signing.timestamp)
        while len(self.streams) > STREAMS_AT_MOST:
            self.streams.pop(next(iter(self.streams)))


def _welcomes_all(_: dialect.MAVLink, __: int) -> bool:
    return True


def _welcomes_radio(_: dialect.MAVLink, number: int) -> bool:
    return number in ALWAYS_WELCOME
