"""The baud rate of a SkyTraq logger's port: raised for a transfer, found again, returned.

    05 u8 port, u8 rate, u8 where -> 83 05 ACK, then the new rate: 0 4800, 1 9600, ..., 6 230400
    17                            -> 83 17 ACK, 94: who asks for it knows that the unit listens

Nothing is written to the unit's flash, so a unit that restarts comes back at its own rate. Source:
SkyTraq AN0003.
"""

from firmware_bridge.handheld.conversation import ChangeBaud
from firmware_bridge.handheld.dialogue import Dialogue, Step
from firmware_bridge.handheld.skytraq.frames import Heard, acknowledged, answer, frame

RATES = (4800, 9600, 19200, 38400, 57600, 115200, 230400)
"""By the number the unit knows them under."""
SET_RATE, STATUS, STATUS_IS = 0x05, 0x17, 0x94
STATUS_BYTES = 8
ANSWER_S = 1.0
_SETTLE_S = 0.05
_AT_A_NEW_RATE, _STILL_HERE, _STARTING = 3, 2, 4
"""How often it is asked; a restart takes seconds [K]."""


class Rate:
    """Raises the baud rate for a while, and returns it."""

    def __init__(
        self, dialogue: Dialogue[Heard], home_baud: int | None, raised_baud: int | None = None
    ) -> None:
        """`raised_baud`: where somebody else left it."""
        self._dialogue = dialogue
        self._home = home_baud
        self._raised = raised_baud or 0
        self._away = raised_baud is not None

    def raise_to(self, baud: int | None) -> Step[Heard, None]:
        """To the highest rate both know up to `baud`; the old one where the unit refuses."""
        possible = [rate for rate in RATES if baud is not None and rate <= baud]
        if self._home not in RATES or not possible or possible[-1] <= self._home:
            return
        if (yield from self._set(possible[-1])):
            self._away, self._raised = True, possible[-1]
            if not (yield from self._answers(_AT_A_NEW_RATE)):
                yield from self.lower()

    def find(self) -> Step[Heard, bool]:
        """Whether the unit answers: at this rate or, if it restarted, at its own."""
        if (yield from self._answers(_STILL_HERE)):
            return True
        if not self._away or self._home is None:
            return False
        yield from self._listen_at(self._home)
        if (yield from self._answers(_STARTING)):
            self._away = False
            return True
        yield from self._listen_at(self._raised)
        return False

    def lower(self) -> Step[Heard, str | None]:
        """Back to the rate it was found at."""
        if not self._away or self._home is None:
            return None
        self._away = False
        if (yield from self._set(self._home)):
            return None
        yield ChangeBaud(self._home)
        return f"the unit did not confirm its old rate of {self._home}: it may be at another"

    def leave(self) -> Step[Heard, None]:
        """The goodbye when there is no time to wait for a confirmation."""
        if self._away and self._home is not None:
            self._away = False
            self._dialogue.send(self._request(self._home))
            yield ChangeBaud(self._home)

    def _request(self, baud: int) -> bytes:
        return frame(SET_RATE, bytes((0, RATES.index(baud), 0)))

    def _set(self, baud: int) -> Step[Heard, bool]:
        done = yield from self._dialogue.ask(self._request(baud), acknowledged(SET_RATE), ANSWER_S)
        if done is not True:
            return False
        yield from self._listen_at(baud)
        return True

    def _listen_at(self, baud: int) -> Step[Heard, None]:
        yield ChangeBaud(baud)
        yield from self._dialogue.expect(lambda _: None, _SETTLE_S)

    def _answers(self, tries: int) -> Step[Heard, bool]:
        status = answer(STATUS_IS, STATUS_BYTES)
        return (yield from self._dialogue.ask(frame(STATUS), status, ANSWER_S, tries)) is not None
