"""Questions and commands an MTK logger answers in one line, and its logging stopped for a while.

    $PMTK182,2,N        -> $PMTK182,3,N,VALUE, or $PMTK001,182,2,RESULT for a refusal
    $PMTK182,N,...      -> $PMTK001,182,N,RESULT           3: done

Source: MediaTek, "MTK GPS Logger Library User Manual" 1.2.
"""

from collections.abc import Callable

from firmware_bridge.handheld.dialogue import Dialogue, Step
from firmware_bridge.handheld.mtk import memory
from firmware_bridge.handheld.sentences import sentence

ANSWER_S = 1.0
DONE = b"3"


def fields_after(prefix: bytes) -> Callable[[bytes], list[bytes] | None]:
    def match(body: bytes) -> list[bytes] | None:
        return body[len(prefix) :].split(b",") if body.startswith(prefix) else None

    return match


def query(dialogue: Dialogue[bytes], number: int) -> Step[bytes, bytes | None]:
    """The value behind `182,3,number`; empty when the unit refuses, None when it is silent."""
    value = fields_after(b"PMTK182,3,%d," % number)
    refusal = fields_after(b"PMTK001,182,2,")

    def match(body: bytes) -> bytes | None:
        if (fields := value(body)) is not None:
            return fields[0]
        refused = refusal(body)
        return b"" if refused is not None and refused[0] != DONE else None

    tries = 3 if number in (7, 8) else 1
    request = sentence(f"PMTK182,2,{number}")
    return (yield from dialogue.ask(request, match, ANSWER_S, tries))


def command(
    dialogue: Dialogue[bytes], number: int, argument: str = "", timeout_s: float = ANSWER_S
) -> Step[bytes, bool]:
    """Whether the unit confirmed `182,number`."""
    fields = yield from dialogue.ask(
        sentence(f"PMTK182,{number}{argument}"),
        fields_after(b"PMTK001,182,%d," % number),
        timeout_s,
        tries=1 if timeout_s > ANSWER_S else 3,
    )
    return fields is not None and fields[0] == DONE


def number_in(value: bytes | None, base: int) -> int | None:
    try:
        return int(value, base) if value is not None else None
    except ValueError:
        return None


class Logging:
    """Stops the logger for a while, and says the goodbye that sets it as it was."""

    def __init__(self, dialogue: Dialogue[bytes]) -> None:
        self._dialogue = dialogue
        self._resume = False

    def stop(self) -> Step[bytes, str | None]:
        """Stop if it is logging; the complaint if that cannot be known or done."""
        state = number_in((yield from query(self._dialogue, 7)), 10)
        if state is None:
            return "the unit does not say whether it is logging"
        if state & memory.LOGGING_ON:
            self._resume = True
            if not (yield from command(self._dialogue, 5)):
                return "the unit does not stop logging"
        return None

    def resume(self) -> Step[bytes, str | None]:
        """Log again if it was, confirmed by the unit."""
        if self._resume and not (yield from command(self._dialogue, 4)):
            return "the unit did not confirm that it is logging again: look at it"
        self._resume = False
        return None

    def leave(self) -> None:
        """The goodbye when there is no time to wait for a confirmation."""
        if self._resume:
            self._dialogue.send(sentence("PMTK182,4"))
            self._resume = False
