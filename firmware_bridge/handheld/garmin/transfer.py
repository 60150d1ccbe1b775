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

from firmware_bridge.handheld.conversation import ChangeBaud, Conversation, Event, Progress
from firmware_bridge.handheld.garmin import link
from firmware_bridge.handheld.garmin.collect import KINDS, RECORD_PIDS, Transfer
from firmware_bridge.handheld.garmin.link import Command, Damage, Packet, Pid
from firmware_bridge.handheld.garmin.talk import ANSWER_S, USUAL_BAUD, Frame, GarminTalk, Step
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.tracks import UnitIdentity

BAUDS = (USUAL_BAUD, 115_200, 57_600, 38_400)
"""Behind the first: where a program that was ended left it, of the rates that are tried anyway."""
POKE_S = 1.0
"""Silence within a transfer after which the last packet is refused again."""
MAX_POKES = 6
MAX_REFUSALS = 20
"""Broken packets without a good one between them."""
FIRST_RECORD_S = 6.0
"""A unit with a full memory may think before it starts [K]."""
TRIES = 2
"""Whole transfers, when the counts do not agree."""
PROGRESS_EVERY_S = 0.1
LOST = "the unit does not answer any more"


def _transfer(talk: GarminTalk, command: Command) -> Step[str | None]:
    """All records of one kind; the complaint, None when as many came as announced."""
    complaint: str | None = None
    for _ in range(TRIES):
        complaint = yield from _attempt(talk, command)
        if complaint is None:
            return None
        if complaint == LOST and not (yield from _found_again(talk)):
            return LOST
    return complaint


def _found_again(talk: GarminTalk) -> Step[bool]:
    """A unit that went silent may have restarted, and then speaks its home rate."""
    for baud in dict.fromkeys((talk.baud, talk.home_baud)):
        if baud != talk.baud:
            yield ChangeBaud(baud)
            yield from talk.settle()
            talk.baud = baud
        product = yield from talk.ask(Pid.PRODUCT_REQUEST, b"", Pid.PRODUCT, ANSWER_S, 2)
        if product is not None:
            return True
    return False


def _attempt(talk: GarminTalk, command: Command) -> Step[str | None]:
    request = link.command(command)
    transfer = talk.collector.begin(command)
    talk.last_pid = Pid.RECORDS
    talk.dialogue.send(request)
    asked_s = talk.dialogue.now_s
    pokes = iter(
        islice(cycle((None, *RECORD_PIDS[transfer.kind], Pid.TRANSFER_COMPLETE)), MAX_POKES)
    )
    silent = refusals = 0
    news_s, news = asked_s, (transfer.announced, 0)
    while not transfer.complete:
        # Silence is that of this transfer: a unit may chatter of other things meanwhile.
        left_s = news_s + POKE_S - talk.dialogue.now_s
        frame = (yield left_s) if left_s > 0 else None
        heard = (transfer.announced, len(transfer.records))
        if heard != news or transfer.complete:
            news_s, news = talk.dialogue.now_s, heard
            silent = refusals = 0
            yield from _progress(talk, transfer)
            if transfer.overflowing:
                talk.dialogue.send(link.command(Command.ABORT))
                return f"{transfer.kind}: more records than announced, without end"
        elif isinstance(frame, Damage):
            news_s = talk.dialogue.now_s
            refusals += 1
            if refusals > MAX_REFUSALS:
                return f"{transfer.kind}: too many broken packets in a row"
        elif isinstance(frame, Packet):
            if frame.pid == Pid.NAK and transfer.announced is None:
                talk.dialogue.send(request)
        elif transfer.announced is None:
            if talk.dialogue.now_s - asked_s > FIRST_RECORD_S:
                return LOST
            news_s = talk.dialogue.now_s
            if not talk.reader.partial:
                talk.dialogue.send(request)
        else:
            news_s = talk.dialogue.now_s
            silent += 1
            if silent > MAX_POKES:
                return LOST
            talk.refuse(next(pokes, None) or talk.last_pid)
    return _reconcile(talk, transfer)


def _reconcile(talk: GarminTalk, transfer: Transfer) -> str | None:
    kept, announced = len(transfer.kept()), transfer.expected
    if announced is None or kept == announced:
        return None
    return f"{transfer.kind}: {announced} records announced, {kept} received"


def _progress(talk: GarminTalk, transfer: Transfer) -> Generator[Event, Frame | None, None]:
    now_s = talk.dialogue.now_s
    if transfer.complete or now_s - talk.last_progress_s >= PROGRESS_EVERY_S:
        talk.last_progress_s = now_s
        done, total = len(transfer.records), transfer.expected
        yield Progress(transfer.kind, done if total is None else min(done, total), total)


def _probe_script(talk: GarminTalk, wait_s: float) -> Step[str | None]:
    """Introduce and end."""
    known = yield from talk.introduce(wait_s, 1)
    if not known:
        # Whoever was here before may have been ended in the middle of a transfer, and the unit
        # would say first what is left of that.
        talk.dialogue.send(link.command(Command.ABORT))
        known = yield from talk.introduce(wait_s, 1)
    return None if known else "no Garmin answers"


def _download_script(talk: GarminTalk) -> Step[str | None]:
    """Everything, in the order in which a person would miss it least."""
    if not (yield from talk.introduce(ANSWER_S, 4)):
        return "no Garmin answers"
    try:
        complaints = yield from _read_all(talk)
    finally:
        # For a person's "stop" and a pulled plug: tell a unit that still listens.
        if talk.collector.current is not None:
            talk.dialogue.send(link.command(Command.ABORT))
    if talk.baud != talk.home_baud and LOST not in complaints:
        yield from talk.return_rate()
    return "; ".join(complaints) or None


def _read_all(talk: GarminTalk) -> Step[list[str]]:
    speaks = talk.collector.speaks()
    if speaks.has("A800"):
        yield from talk.tell(Pid.COMMAND, Command.PVT_OFF.to_bytes(2, "little"))
    for number, answer, tag in (
        (Command.TIME, Pid.DATE_TIME, "A600"),
        (Command.POSITION, Pid.POSITION, "A700"),
    ):
        if speaks.has(tag):
            data = number.to_bytes(2, "little")
            yield from talk.ask(Pid.COMMAND, data, answer, ANSWER_S, 2)
    if speaks.tags:
        # Units that announce nothing are too old to be asked for a rate [K].
        yield from talk.raise_rate()
    complaints: list[str] = []
    wanted = [(Command.WAYPOINTS, speaks.waypoint), (Command.TRACKS, speaks.track)]
    for command, data_type in wanted:
        if data_type is None or LOST in complaints:
            continue
        complaint = yield from _transfer(talk, command)
        if complaint is not None:
            complaints.append(complaint)
    unread = [tag for tag in speaks.tags if re.fullmatch("A30[0-2]|D3[0-9][0-9]", tag)]
    if unread and speaks.track is None:
        types = " ".join(unread)
        complaints.append(f"tracks: announced with types nobody here reads ({types})")
    if not any(data_type for _, data_type in wanted):
        complaints.append(f"no data type of this unit is known ({' '.join(speaks.tags)})")
    return complaints


def _restore_script(talk: GarminTalk) -> Step[str | None]:
    """Find the unit at either rate and bring it home."""
    # Whoever left it there was ended in the middle of a transfer, and the unit goes on with it
    # at the first acknowledgement: no answer of its about rates would be told from records.
    talk.dialogue.send(link.command(Command.ABORT))
    yield from talk.settle()
    if not (yield from talk.ping()):
        yield ChangeBaud(talk.home_baud)
        yield from talk.settle()
        found = yield from talk.ping()
        return None if found else "the unit answers at neither rate"
    return (yield from talk.return_rate())


def _live_script(talk: GarminTalk) -> Step[str | None]:
    """Fixes until cancelled."""
    if not (yield from talk.introduce(ANSWER_S, 2)):
        return "no Garmin answers"
    if not (yield from talk.tell(Pid.COMMAND, Command.PVT_ON.to_bytes(2, "little"))):
        return "the unit sends no live fixes"
    try:
        while (yield 10.0) is not None:
            yield Progress("fix", len(talk.collector.fixes), None)
    finally:
        talk.dialogue.send(link.command(Command.PVT_OFF))
    return "no live fix for 10 s"


assert set(KINDS.values()) == set(RECORD_PIDS)


def probe() -> Conversation:
    """Who is it? Ends within two seconds on a silent port."""
    talk = GarminTalk(DownloadOptions())
    talk.dialogue.follow(_probe_script(talk, 0.5), talk.contents)
    return talk.dialogue


def download(unit: UnitIdentity, options: DownloadOptions) -> Conversation:
    """Waypoints and tracks of a unit found at `unit.baud`."""
    talk = GarminTalk(options, unit.baud or USUAL_BAUD)
    talk.dialogue.follow(_download_script(talk), talk.contents)
    return talk.dialogue


def restore(raised_baud: int, home_baud: int) -> Conversation:
    """Brings a unit that was left at `raised_baud`, where the port now is, back home."""
    talk = GarminTalk(DownloadOptions(), home_baud)
    talk.baud = raised_baud
    talk.dialogue.follow(_restore_script(talk), talk.contents)
    return talk.dialogue


def live() -> Conversation:
    """A800 fixes until cancelled, gathered into one track."""
    talk = GarminTalk(DownloadOptions())
    talk.dialogue.follow(_live_script(talk), talk.contents)
    return talk.dialogue
