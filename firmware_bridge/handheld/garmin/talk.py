"""The link with a Garmin: acknowledgements, questions, who it is, and at which rate it speaks.

Source: Garmin Device Interface Specification 001-00063-00 Rev. C, sections 3.1 and 6; baud rate,
ping and unit id are undocumented and known from programs in use.
"""

from collections.abc import Generator
from typing import TypeVar

from firmware_bridge.handheld.conversation import ChangeBaud, Event, Identified
from firmware_bridge.handheld.dialogue import Dialogue
from firmware_bridge.handheld.garmin import link
from firmware_bridge.handheld.garmin.collect import Collector
from firmware_bridge.handheld.garmin.link import Command, Damage, FrameReader, Packet, Pid
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.tracks import Contents

USUAL_BAUD = 9600
RATES = (115_200, 57_600, 38_400, 19_200)
"""Tried from the highest; a unit answers with the rate it will really speak."""
RATE_TOLERANCE = 0.03
"""Dividers make 57,692 of 57,600; from 5 % on, bytes break."""
ANSWER_S = 1.0
CAPABILITIES_S = 0.3
"""Silence after the product data that means: announces nothing. Others wait 0.18 s."""
CAPABILITIES_LATE_S = 2.0
SETTLE_S = 0.1
_KNOWN_PIDS = frozenset(Pid)
_ANSWERS = frozenset((Pid.ACK, Pid.NAK))
_NOT_ACKNOWLEDGED = _ANSWERS | {Pid.BAUD_ACCEPT}
"""The rate's acceptance is acknowledged by the script, when it likes the rate."""

Frame = Packet | Damage
_Result = TypeVar("_Result")
Step = Generator[Event | float, Frame | None, _Result]


class GarminTalk:
    """The link of one conversation: frames, acknowledgements, and what was heard."""

    def __init__(self, options: DownloadOptions, baud: int = USUAL_BAUD) -> None:
        self.reader = FrameReader()
        self.dialogue: Dialogue[Frame] = Dialogue(self.reader.feed)
        self.dialogue.answer = self._answer
        self.dialogue.unasked = self._hear
        zero_utc = options.zero_utc if options.zero_utc.year > 1970 else None
        self.collector = Collector(zero_utc)
        self.options = options
        self.home_baud = self.baud = baud
        self._refused = False
        self.last_pid: int = Pid.RECORDS
        self.last_progress_s = 0.0

    def contents(self) -> Contents:
        """Everything whole so far."""
        return self.collector.contents(self.home_baud)

    def _answer(self, frame: Frame) -> None:
        """Acknowledge what is whole at once, refuse what is broken once."""
        if isinstance(frame, Packet):
            self._refused = False
            if frame.pid not in _NOT_ACKNOWLEDGED:
                self.dialogue.send(link.acknowledge(frame.pid))
                self.last_pid = frame.pid
        elif not self._refused and frame.pid not in _ANSWERS:
            self._refused = True
            self.dialogue.send(
                link.refuse(frame.pid if frame.pid in _KNOWN_PIDS else self.last_pid)
            )

    def _hear(self, frame: Frame) -> None:
        self.collector.hear(frame, self.dialogue.now_s)

    def refuse(self, pid: int) -> None:
        """NAK into the silence: the unit is to send that packet again."""
        self._refused = True
        self.collector.refused()
        self.dialogue.send(link.refuse(pid))

    def ask(
        self, pid: int, data: bytes, answer: int, wait_s: float, tries: int
    ) -> Step[bytes | None]:
        """Send a packet and wait for the one that answers it: its data."""

        def match(frame: Frame) -> bytes | None:
            return frame.data if isinstance(frame, Packet) and frame.pid == answer else None

        return (yield from self.dialogue.ask(link.encode(pid, data), match, wait_s, tries))

    def tell(self, pid: int, data: bytes, wait_s: float = ANSWER_S, tries: int = 2) -> Step[bool]:
        """Send a packet that is only acknowledged."""

        def match(frame: Frame) -> bool | None:
            if not isinstance(frame, Packet) or frame.pid != Pid.ACK:
                return None
            return True if frame.data[:1] == bytes((pid,)) else None

        request = link.encode(pid, data)
        return (yield from self.dialogue.ask(request, match, wait_s, tries)) is not None

    def introduce(self, wait_s: float, tries: int) -> Step[bool]:
        """A000, A001 and the unit id; whether it is a Garmin."""
        product = yield from self.ask(Pid.PRODUCT_REQUEST, b"", Pid.PRODUCT, wait_s, tries)
        if product is None:
            return False
        late_s = self.dialogue.now_s + CAPABILITIES_LATE_S
        while self.collector.capabilities is None and self.dialogue.now_s < late_s:
            frame = yield CAPABILITIES_S
            if frame is None and not self.reader.partial:
                break
        number = Command.UNIT_ID.to_bytes(2, "little")
        yield from self.ask(Pid.COMMAND, number, Pid.UNIT_ID, ANSWER_S, 2)
        yield Identified(self.collector.unit(self.home_baud))
        return True

    def raise_rate(self) -> Step[None]:
        """The highest rate both sides hold, up to the option's."""
        for baud in RATES:
            if self.options.max_baud is None or not self.baud < baud <= self.options.max_baud:
                continue
            if (yield from self.change_rate(baud)) is not False:
                return

    def change_rate(self, baud: int) -> Step[bool | None]:
        """True at the new rate; False back at the old one; None when the unit knows no such thing.

        Raises nothing; whatever happens, `self.baud` is the rate the unit was last heard at.
        """
        old = self.baud
        if not (yield from self.tell(Pid.ASYNC_EVENTS, b"\0\0")):
            return None
        wanted = baud.to_bytes(4, "little")
        accepted = yield from self.ask(Pid.BAUD_REQUEST, wanted, Pid.BAUD_ACCEPT, ANSWER_S, 2)
        if accepted is None or len(accepted) < 4:
            return None
        really = int.from_bytes(accepted[:4], "little")
        if abs(really - baud) > baud * RATE_TOLERANCE:
            # Not acknowledged, so the unit stays where it is.
            return False
        self.dialogue.send(link.acknowledge(Pid.BAUD_ACCEPT))
        yield ChangeBaud(baud)
        yield from self.settle()
        if (yield from self.ping()):
            self.baud = baud
            return True
        yield ChangeBaud(old)
        yield from self.settle()
        yield from self.ping()
        return False

    def settle(self) -> Step[None]:
        """Time for the unit to take its new rate up."""
        until_s = self.dialogue.now_s + SETTLE_S
        while (left_s := until_s - self.dialogue.now_s) > 0:
            yield left_s

    def ping(self) -> Step[bool]:
        """Twice heard in a row: once may be luck at a rate that hardly holds."""
        number = Command.PING.to_bytes(2, "little")
        for _ in range(2):
            if not (yield from self.tell(Pid.COMMAND, number, 0.5, 3)):
                return False
        return True

    def return_rate(self) -> Step[str | None]:
        """Back to the home rate; a complaint when the unit may have stayed behind."""
        for _ in range(3):
            old = self.baud
            if (yield from self.change_rate(self.home_baud)):
                return None
            self.baud = old
        return f"the unit may still speak {self.baud} baud"
