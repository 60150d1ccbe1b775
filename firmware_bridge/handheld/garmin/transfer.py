"""Conversations with a Garmin: who are you, give me everything, speak at another rate, live fixes.

The unit sends one packet and waits for our ACK. A broken packet is refused with NAK; when nothing
comes, the last packet is refused again: a unit that missed our ACK sends it once more (seen as a
repeat, see `collect`), one whose packet was lost sends that.
Source: Garmin Device Interface Specification 001-00063-00 Rev. C, sections 3.1, 5 and 6; baud
rate, ping and unit id are undocumented and known from programs in use.
"""

import re
from collections.abc import Generator
from itertools import cycle, islice
from typing import TypeVar

from firmware_bridge.handheld.conversation import (
    ChangeBaud,
    Conversation,
    Event,
    Identified,
    Progress,
)
from firmware_bridge.handheld.dialogue import Dialogue
from firmware_bridge.handheld.garmin import link
from firmware_bridge.handheld.garmin.collect import KINDS, RECORD_PIDS, Collector, Transfer
from firmware_bridge.handheld.garmin.link import Command, Damage, FrameReader, Packet, Pid
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.tracks import Contents, UnitIdentity

USUAL_BAUD = 9600
RATES = (115_200, 57_600, 38_400, 19_200)
"""Tried from the highest; a unit answers with the rate it will really speak."""
RATE_TOLERANCE = 0.03
"""Dividers make 57,692 of 57,600; from 5 % on, bytes break."""
ANSWER_S = 1.0
CAPABILITIES_S = 0.3
"""Silence after the product data that means: announces nothing. Others wait 0.18 s."""
CAPABILITIES_LATE_S = 2.0
POKE_S = 1.0
"""Silence within a transfer after which the last packet is refused again."""
MAX_POKES = 6
MAX_REFUSALS = 20
"""Broken packets without a good one between them."""
FIRST_RECORD_S = 6.0
"""A unit with a full memory may think before it starts [K]."""
SETTLE_S = 0.1
TRIES = 2
"""Whole transfers, when the counts do not agree."""
PROGRESS_EVERY_S = 0.1
LOST = "the unit does not answer any more"

Frame = Packet | Damage
_Result = TypeVar("_Result")
Step = Generator[Event | float, Frame | None, _Result]


class GarminTalk:
    """The link of one conversation: frames, acknowledgements, and what was heard."""

    def __init__(self, options: DownloadOptions, baud: int = USUAL_BAUD) -> None:
        self._reader = FrameReader()
        self.dialogue: Dialogue[Frame] = Dialogue(self._reader.feed)
        self.dialogue.unasked = self._hear
        zero_utc = options.zero_utc if options.zero_utc.year > 1970 else None
        self.collector = Collector(zero_utc)
        self.options = options
        self.home_baud = self.baud = baud
        self._refused = False
        self._last_pid: int = Pid.RECORDS
        self._last_progress_s = 0.0

    def contents(self) -> Contents:
        """Everything whole so far."""
        return self.collector.contents(self.home_baud)

    def _hear(self, frame: Frame) -> None:
        """Acknowledge what is whole at once, refuse what is broken once."""
        self.collector.hear(frame, self.dialogue.now_s)
        if isinstance(frame, Damage):
            if not self._refused and frame.pid not in (Pid.ACK, Pid.NAK):
                known = frame.pid in _KNOWN_PIDS
                self._refuse(frame.pid if known else self._last_pid)
            return
        self._refused = False
        if frame.pid not in (Pid.ACK, Pid.NAK, Pid.BAUD_ACCEPT):
            self.dialogue.send(link.acknowledge(frame.pid))
            self._last_pid = frame.pid

    def _refuse(self, pid: int) -> None:
        self._refused = True
        self.collector.refused()
        self.dialogue.send(link.refuse(pid))

    # Steps of a script.

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
            if frame is None and not self._reader.partial:
                break
        number = Command.UNIT_ID.to_bytes(2, "little")
        yield from self.ask(Pid.COMMAND, number, Pid.UNIT_ID, ANSWER_S, 2)
        yield Identified(self.collector.unit(self.home_baud))
        return True

    def transfer(self, command: Command) -> Step[str | None]:
        """All records of one kind; the complaint, None when as many came as announced."""
        complaint: str | None = None
        for _ in range(TRIES):
            complaint = yield from self._attempt(command)
            if complaint is None:
                return None
            if complaint == LOST and not (yield from self._found_again()):
                return LOST
        return complaint

    def _found_again(self) -> Step[bool]:
        """A unit that went silent may have restarted, and then speaks its home rate."""
        for baud in dict.fromkeys((self.baud, self.home_baud)):
            if baud != self.baud:
                yield ChangeBaud(baud)
                yield from self._settle()
                self.baud = baud
            product = yield from self.ask(Pid.PRODUCT_REQUEST, b"", Pid.PRODUCT, ANSWER_S, 2)
            if product is not None:
                return True
        return False

    def _attempt(self, command: Command) -> Step[str | None]:
        request = link.command(command)
        transfer = self.collector.begin(command)
        self._last_pid = Pid.RECORDS
        self.dialogue.send(request)
        asked_s = self.dialogue.now_s
        pokes = iter(
            islice(cycle((None, *RECORD_PIDS[transfer.kind], Pid.TRANSFER_COMPLETE)), MAX_POKES)
        )
        silent = refusals = 0
        news_s, news = asked_s, (transfer.announced, 0)
        while not transfer.complete:
            # Silence is that of this transfer: a unit may chatter of other things meanwhile.
            left_s = news_s + POKE_S - self.dialogue.now_s
            frame = (yield left_s) if left_s > 0 else None
            heard = (transfer.announced, len(transfer.records))
            if heard != news or transfer.complete:
                news_s, news = self.dialogue.now_s, heard
                silent = refusals = 0
                yield from self._progress(transfer)
                if transfer.overflowing:
                    self.dialogue.send(link.command(Command.ABORT))
                    return f"{transfer.kind}: more records than announced, without end"
            elif isinstance(frame, Damage):
                news_s = self.dialogue.now_s
                refusals += 1
                if refusals > MAX_REFUSALS:
                    return f"{transfer.kind}: too many broken packets in a row"
            elif isinstance(frame, Packet):
                if frame.pid == Pid.NAK and transfer.announced is None:
                    self.dialogue.send(request)
            elif transfer.announced is None:
                if self.dialogue.now_s - asked_s > FIRST_RECORD_S:
                    return LOST
                news_s = self.dialogue.now_s
                if not self._reader.partial:
                    self.dialogue.send(request)
            else:
                news_s = self.dialogue.now_s
                silent += 1
                if silent > MAX_POKES:
                    return LOST
                self._refuse(next(pokes, None) or self._last_pid)
        return self._reconcile(transfer)

    def _reconcile(self, transfer: Transfer) -> str | None:
        kept, announced = len(transfer.kept()), transfer.announced
        if announced is None or kept == announced:
            return None
        return f"{transfer.kind}: {announced} records announced, {kept} received"

    def _progress(self, transfer: Transfer) -> Generator[Event, Frame | None, None]:
        now_s = self.dialogue.now_s
        if transfer.complete or now_s - self._last_progress_s >= PROGRESS_EVERY_S:
            self._last_progress_s = now_s
            done, total = len(transfer.records), transfer.announced
            yield Progress(transfer.kind, done if total is None else min(done, total), total)

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
        yield from self._settle()
        if (yield from self._ping()):
            self.baud = baud
            return True
        yield ChangeBaud(old)
        yield from self._settle()
        yield from self._ping()
        return False

    def _settle(self) -> Step[None]:
        until_s = self.dialogue.now_s + SETTLE_S
        while (left_s := until_s - self.dialogue.now_s) > 0:
            yield left_s

    def _ping(self) -> Step[bool]:
        """Twice heard in a row: once may be luck at a rate that hardly holds."""
        number = Command.PING.to_bytes(2, "little")
        for _ in range(2):
            if not (yield from self.tell(Pid.COMMAND, number, 0.5, 3)):
                return False
        return True

    def probe_script(self, wait_s: float) -> Step[str | None]:
        """Introduce and end."""
        known = yield from self.introduce(wait_s, 2)
        return None if known else "no Garmin answers"

    def download_script(self) -> Step[str | None]:
        """Everything, in the order in which a person would miss it least."""
        if not (yield from self.introduce(ANSWER_S, 4)):
            return "no Garmin answers"
        try:
            complaints = yield from self._read_all()
        finally:
            # For a person's "stop" and a pulled plug: tell a unit that still listens.
            if self.collector.current is not None:
                self.dialogue.send(link.command(Command.ABORT))
        if self.baud != self.home_baud and LOST not in complaints:
            yield from self.return_rate()
        return "; ".join(complaints) or None

    def _read_all(self) -> Step[list[str]]:
        speaks = self.collector.speaks()
        if speaks.has("A800"):
            yield from self.tell(Pid.COMMAND, Command.PVT_OFF.to_bytes(2, "little"))
        for number, answer, tag in (
            (Command.TIME, Pid.DATE_TIME, "A600"),
            (Command.POSITION, Pid.POSITION, "A700"),
        ):
            if speaks.has(tag):
                data = number.to_bytes(2, "little")
                yield from self.ask(Pid.COMMAND, data, answer, ANSWER_S, 2)
        if speaks.tags:
            # Units that announce nothing are too old to be asked for a rate [K].
            yield from self.raise_rate()
        complaints: list[str] = []
        wanted = [(Command.WAYPOINTS, speaks.waypoint), (Command.TRACKS, speaks.track)]
        for command, data_type in wanted:
            if data_type is None or LOST in complaints:
                continue
            complaint = yield from self.transfer(command)
            if complaint is not None:
                complaints.append(complaint)
        unread = [tag for tag in speaks.tags if re.fullmatch("A30[0-2]|D3[0-9][0-9]", tag)]
        if unread and speaks.track is None:
            types = " ".join(unread)
            complaints.append(f"tracks: announced with types nobody here reads ({types})")
        if not any(data_type for _, data_type in wanted):
            complaints.append(f"no data type of this unit is known ({' '.join(speaks.tags)})")
        return complaints

    def return_rate(self) -> Step[str | None]:
        """Back to the home rate; a complaint when the unit may have stayed behind."""
        for _ in range(3):
            old = self.baud
            if (yield from self.change_rate(self.home_baud)):
                return None
            self.baud = old
        return f"the unit may still speak {self.baud} baud"

    def restore_script(self) -> Step[str | None]:
        """Find the unit at either rate and bring it home."""
        if not (yield from self._ping()):
            yield ChangeBaud(self.home_baud)
            yield from self._settle()
            found = yield from self._ping()
            return None if found else "the unit answers at neither rate"
        return (yield from self.return_rate())

    def live_script(self) -> Step[str | None]:
        """Fixes until cancelled."""
        if not (yield from self.introduce(ANSWER_S, 2)):
            return "no Garmin answers"
        if not (yield from self.tell(Pid.COMMAND, Command.PVT_ON.to_bytes(2, "little"))):
            return "the unit sends no live fixes"
        try:
            while (yield 10.0) is not None:
                yield Progress("fix", len(self.collector.fixes), None)
        finally:
            self.dialogue.send(link.command(Command.PVT_OFF))
        return "no live fix for 10 s"


_KNOWN_PIDS = frozenset(Pid)
assert set(KINDS.values()) == set(RECORD_PIDS)


def probe() -> Conversation:
    """Who is it? Ends within two seconds on a silent port."""
    talk = GarminTalk(DownloadOptions())
    talk.dialogue.follow(talk.probe_script(0.5), talk.contents)
    return talk.dialogue


def download(unit: UnitIdentity, options: DownloadOptions) -> Conversation:
    """Waypoints and tracks of a unit found at `unit.baud`."""
    talk = GarminTalk(options, unit.baud or USUAL_BAUD)
    talk.dialogue.follow(talk.download_script(), talk.contents)
    return talk.dialogue


def restore(raised_baud: int, home_baud: int) -> Conversation:
    """Brings a unit that was left at `raised_baud`, where the port now is, back home."""
    talk = GarminTalk(DownloadOptions(), home_baud)
    talk.baud = raised_baud
    talk.dialogue.follow(talk.restore_script(), talk.contents)
    return talk.dialogue


def live() -> Conversation:
    """A800 fixes until cancelled, gathered into one track."""
    talk = GarminTalk(DownloadOptions())
    talk.dialogue.follow(talk.live_script(), talk.contents)
    return talk.dialogue
