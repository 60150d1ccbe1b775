"""The baud rate of a u-blox receiver's serial port, raised for a transfer and returned.

    06 00 CFG-PRT   u8 port (1: UART1), u8 -, u16 ready, u32 mode, u32 baud, ...     20 bytes
                    polled without payload; set with all 20, acknowledged by 05 01

Whether the acknowledgement comes at the old rate or the new one differs [K], so it is not relied
on: after a change the receiver must answer at the new rate. Nothing is saved, so a receiver that
loses its power comes back at its own rate. Source: u-blox 8 / M8 "Receiver description including
protocol specification" (UBX-13003221).
"""

import struct

from firmware_bridge.handheld.conversation import ChangeBaud
from firmware_bridge.handheld.dialogue import Dialogue, Step
from firmware_bridge.handheld.ublox.frames import UbxFrame, frame

CFG_PRT, MON_VER = 0x0600, 0x0A04
RATES = (9600, 19200, 38400, 57600, 115200)
_UART1 = 1
_BAUD_AT = 8
_ANSWER_S = 0.7
_STILL_HERE, _STARTING = 2, 6
"""How often it is asked; a restart takes seconds [K]."""
_SETTLE_S = 0.2
"""Until the last bytes at the old rate and the acknowledgement, at whichever rate, are through."""


def _settings(got: UbxFrame) -> bytes | None:
    return got.payload if got.kind == CFG_PRT and len(got.payload) == 20 else None


class Rate:
    """Knows the rate the receiver was found at, and brings it back there."""

    def __init__(self, dialogue: Dialogue[UbxFrame], home_baud: int | None) -> None:
        self._dialogue = dialogue
        self._home = home_baud
        self._raised = 0
        self._port: bytes | None = None
        """The port's settings as they were found, once the rate has been raised."""

    def raise_to(self, baud: int | None) -> Step[UbxFrame, None]:
        """To the highest rate both know up to `baud`; the old one where the receiver is deaf."""
        possible = [rate for rate in RATES if baud is not None and rate <= baud]
        if self._home is None or not possible or possible[-1] <= self._home:
            return
        port = yield from self._dialogue.ask(frame(CFG_PRT), _settings, _ANSWER_S)
        if port is None or port[0] != _UART1 or self._baud_of(port) != self._home:
            return
        self._port, self._raised = port, possible[-1]
        if not (yield from self._move(possible[-1])):
            yield from self.lower()

    def adopt(self) -> Step[UbxFrame, None]:
        """Take over a receiver that somebody else raised: only its home rate is not its own."""
        self._port = yield from self._dialogue.ask(frame(CFG_PRT), _settings, _ANSWER_S)

    def find(self) -> Step[UbxFrame, bool]:
        """Whether the receiver answers: at this rate or, if it restarted, at its own."""
        if (yield from self._answers(_STILL_HERE if self._port else _STARTING)):
            return True
        if self._port is None or self._home is None:
            return False
        yield ChangeBaud(self._home)
        if (yield from self._answers(_STARTING)):
            self._port = None
            return True
        yield ChangeBaud(self._raised)
        return False

    def lower(self) -> Step[UbxFrame, str | None]:
        """Back to the rate it was found at, where it must answer."""
        if self._port is None or self._home is None:
            return None
        moved = yield from self._move(self._home)
        self._port = None
        return None if moved else f"the receiver does not answer at its old rate of {self._home}"

    def leave(self) -> Step[UbxFrame, None]:
        """The goodbye when there is no time to wait for an answer."""
        if self._port is not None and self._home is not None:
            self._dialogue.send(self._request(self._home))
            self._port = None
            yield ChangeBaud(self._home)

    def _answers(self, tries: int) -> Step[UbxFrame, bool]:
        def version(got: UbxFrame) -> bool | None:
            return True if got.kind == MON_VER and got.payload else None

        asked = self._dialogue.ask(frame(MON_VER), version, _ANSWER_S, tries)
        return (yield from asked) is True

    def _baud_of(self, port: bytes) -> int:
        return int(struct.unpack_from("<I", port, _BAUD_AT)[0])

    def _request(self, baud: int) -> bytes:
        assert self._port is not None, "only after the port's settings are known"
        changed = self._port[:_BAUD_AT] + struct.pack("<I", baud) + self._port[_BAUD_AT + 4 :]
        return frame(CFG_PRT, changed)

    def _move(self, baud: int) -> Step[UbxFrame, bool]:
        self._dialogue.send(self._request(baud))
        yield from self._dialogue.expect(lambda _: None, _SETTLE_S)
        yield ChangeBaud(baud)
        port = yield from self._dialogue.ask(frame(CFG_PRT), _settings, _ANSWER_S)
        return port is not None and self._baud_of(port) == baud
