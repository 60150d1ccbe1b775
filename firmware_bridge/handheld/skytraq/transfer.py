"""A SkyTraq logger on the wire: who it is, its flash by sector, erasing it.

    02 u8 type           -> 83 02 ACK, 80  u8 type, 3 x 4 bytes: kernel, ODM, revision
    17                   -> 83 17 ACK, 94  u32 write pointer, u16 free sectors, u16 sectors,
                            6 x u32 settings, u8 logging, u8 ring   (little endian, unlike the rest)
    1D u16 first u16 n   -> 83 1D ACK, sectors (see `frames`)
    05 u8 port, u8 rate, u8 where -> 83 05 ACK, then the new rate: 0 4800, 1 9600, ..., 6 230400
    19                   -> 83 19 ACK, the log is cleared
    84 id                   NACK

Some units acknowledge id 0 first; that is passed over. The count of free sectors is known to be
wrong at times, so reading goes on behind it until a sector is empty. The rate is changed only
when asked for, and is set back at the end, whatever the end was. Sources: SkyTraq AN0003, AN0008.
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import replace

from firmware_bridge.handheld.capture import CaptureRecord, Direction
from firmware_bridge.handheld.conversation import ChangeBaud, Identified, Progress
from firmware_bridge.handheld.dialogue import Dialogue, Script, Step
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.skytraq.frames import (
    ACK,
    NACK,
    READ_SECTORS,
    SECTOR,
    SectorBlock,
    SkyFrame,
    SkyReader,
    frame,
)
from firmware_bridge.handheld.skytraq.memory import decode_memory
from firmware_bridge.tracks import Contents, Flaw, UnitIdentity

RATES = (4800, 9600, 19200, 38400, 57600, 115200, 230400)
"""By the number the unit knows them under."""
BAUDS = (9600, 115200, 38400, 230400, 57600)
VERSION, SET_RATE, STATUS, CLEAR = 0x02, 0x05, 0x17, 0x19
VERSION_IS, STATUS_IS = 0x80, 0x94
MAX_SECTORS = 4096
"""16 MB; a status that claims more is not believed."""
AT_ONCE = 4
_ANSWER_S = 1.0
_SILENCE_S = 1.5
_TRIES = 6
_CLEAR_S = 60.0
_SETTLE_S = 0.05

Heard = SkyFrame | SectorBlock


def probe() -> Dialogue[Heard]:
    """Ask for the version; changes nothing in the unit."""
    dialogue: Dialogue[Heard] = Dialogue(SkyReader().feed)
    identity: UnitIdentity | None = None

    def script() -> Script[Heard]:
        nonlocal identity
        got = yield from dialogue.ask(frame(VERSION, b"\1"), _answer(VERSION_IS, 13), 0.4, tries=2)
        if got is None:
            return "no answer to the query of the version"
        identity = identity_of(got)
        yield Identified(identity)
        return None

    dialogue.follow(script(), lambda: Contents("skytraq", identity, [], [], []))
    return dialogue


def identity_of(version: bytes) -> UnitIdentity:
    """From the payload of 80."""
    kernel, odm, revision = (
        ".".join(str(part) for part in struct.unpack_from(">HBB", version, at)) for at in (1, 5, 9)
    )
    return UnitIdentity(
        "skytraq", None, "SkyTraq Venus", f"{kernel}/{odm}", details={"revision": revision}
    )


def _answer(kind: int, least: int) -> Callable[[Heard], bytes | None]:
    def match(heard: Heard) -> bytes | None:
        whole = isinstance(heard, SkyFrame) and heard.kind == kind and len(heard.payload) >= least
        return heard.payload if whole and isinstance(heard, SkyFrame) else None

    return match


def _acknowledged(kind: int) -> Callable[[Heard], bool | None]:
    """True for the ACK, False for the NACK of `kind`."""

    def match(heard: Heard) -> bool | None:
        if not isinstance(heard, SkyFrame) or heard.payload[:1] != bytes((kind,)):
            return None
        return {ACK: True, NACK: False}.get(heard.kind)

    return match


def _block_or_refusal(heard: Heard) -> Heard | None:
    refused = _acknowledged(READ_SECTORS)(heard) is False
    return heard if refused or isinstance(heard, SectorBlock) else None


class Rate:
    """Raises the baud rate for a while, and returns it."""

    def __init__(
        self, dialogue: Dialogue[Heard], home_baud: int | None, away: bool = False
    ) -> None:
        self._dialogue = dialogue
        self._home = home_baud
        self._away = away

    def raise_to(self, baud: int | None) -> Step[Heard, None]:
        """To the highest rate both know up to `baud`; the old one where the unit refuses."""
        possible = [rate for rate in RATES if baud is not None and rate <= baud]
        if self._home not in RATES or not possible or possible[-1] <= self._home:
            return
        if (yield from self._set(possible[-1])):
            self._away = True
            status = yield from self._dialogue.ask(frame(STATUS), _answer(STATUS_IS, 8), _ANSWER_S)
            if status is None:
                yield from self.lower()

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
        done = yield from self._dialogue.ask(
            self._request(baud), _acknowledged(SET_RATE), _ANSWER_S
        )
        if done is not True:
            return False
        yield ChangeBaud(baud)
        yield from self._dialogue.expect(lambda _: None, _SETTLE_S)
        return True


class Download:
    """The used sectors, a few at a time, each request checked as a whole."""

    def __init__(self, unit: UnitIdentity, options: DownloadOptions) -> None:
        self._unit = unit
        self._first = options.resume_at
        self._max_baud = options.max_baud
        self._reader = SkyReader()
        self.dialogue: Dialogue[Heard] = Dialogue(self._reader.feed)
        self._rate = Rate(self.dialogue, unit.baud)
        self._sectors: dict[int, bytes] = {}
        self._announced: int | None = None
        self.dialogue.follow(self._script(), self.contents)

    def _script(self) -> Script[Heard]:
        try:
            yield from self._rate.raise_to(self._max_baud)
            complaint = yield from self._read()
            return (yield from self._rate.lower()) or complaint
        finally:
            yield from self._rate.leave()

    def _read(self) -> Script[Heard]:
        status = yield from self.dialogue.ask(frame(STATUS), _answer(STATUS_IS, 8), _ANSWER_S)
        if status is None:
            return "the unit does not say how much it logged"
        pointer, free, total = struct.unpack_from("<IHH", status)
        if not 0 < total <= MAX_SECTORS or free > total:
            return f"the unit claims {free} of {total} sectors to be free"
        ring = len(status) >= 34 and bool(status[33]) and free == 0
        used = total if ring else min(max(total - free, -(-pointer // SECTOR)), total)
        self._announced = max(used - self._first, 0)
        lost = 0
        for first in range(self._first, used, AT_ONCE):
            lost += yield from self._fetch(first, min(AT_ONCE, used - first))
        at = used
        while at < total and not lost and self._holds_something(at - 1):
            if (yield from self._fetch(at, 1)):
                break
            at += 1
            self._announced = at - self._first
        return f"{lost} of {self._announced} sectors did not come whole" if lost else None

    def _holds_something(self, sector: int) -> bool:
        return bool(self._sectors.get(sector, b"").strip(b"\xff"))

    def _fetch(self, first: int, count: int) -> Step[Heard, int]:
        """Sectors that did not come: all at once first, then one by one."""
        if (yield from self._block(first, count, 2 if count > 1 else _TRIES)):
            return 0
        lost = 0 if count > 1 else 1
        for sector in range(first, first + count) if count > 1 else ():
            lost += not (yield from self._block(sector, 1, _TRIES))
        return lost

    def _block(self, first: int, count: int, tries: int) -> Step[Heard, bool]:
        for _ in range(tries):
            self._reader.expect_sectors(first, count)
            self.dialogue.send(frame(READ_SECTORS, struct.pack(">HH", first, count)))
            block = yield from self._arriving(first)
            if block is not None and block.data is not None:
                for place in range(count):
                    start = place * SECTOR
                    self._sectors[first + place] = block.data[start : start + SECTOR]
                yield Progress("sector", len(self._sectors), self._announced)
                return True
            self._reader.give_up()
        return False

    def _arriving(self, first: int) -> Step[Heard, SectorBlock | None]:
        """The block, however long its bytes take, or None once nothing more comes."""
        come = -1
        while come < self._reader.raw_bytes:
            come = self._reader.raw_bytes
            heard = yield from self.dialogue.expect(_block_or_refusal, _SILENCE_S)
            if heard is not None:
                return heard if isinstance(heard, SectorBlock) and heard.first == first else None
        return None

    def contents(self) -> Contents:
        """The whole items of the sectors that have come."""
        found = salvaged(self._sectors, self._reader, self._unit)
        flaws = list(found.flaws)
        if self._reader.broken:
            flaws.append(Flaw(-1, f"{self._reader.broken} broken answers, asked for again"))
        announced = {"sector": self._announced} if self._announced is not None else {}
        received = {"sector": len(self._sectors), **found.received}
        return Contents(
            "skytraq", self._unit, found.tracks, found.waypoints, flaws, announced, received
        )


def image(sectors: dict[int, bytes]) -> bytes:
    """The sectors where they stood, FF where one is missing."""
    empty = b"\xff" * SECTOR
    last = max(sectors, default=-1)
    return b"".join(sectors.get(number, empty) for number in range(last + 1))


def salvaged(sectors: dict[int, bytes], reader: SkyReader, unit: UnitIdentity | None) -> Contents:
    """The checked sectors, and what came of a block whose checksum never did, marked as such."""
    unfinished = reader.unfinished
    if unfinished is None or not unfinished[1] or unfinished[0] in sectors:
        return decode_memory(image(sectors), unit=unit)
    first, data = unfinished
    parts = {first + at // SECTOR: data[at : at + SECTOR] for at in range(0, len(data), SECTOR)}
    padded = {number: part.ljust(SECTOR, b"\xff") for number, part in parts.items()}
    found = decode_memory(image({**padded, **sectors}), unit=unit)
    text = f"{len(data)} bytes came without their checksum; their points are not verified"
    return replace(found, flaws=[*found.flaws, Flaw(first * SECTOR, text)])


def download(unit: UnitIdentity, options: DownloadOptions | None = None) -> Dialogue[Heard]:
    """Read the flash from sector `resume_at` on, at up to `max_baud`."""
    return Download(unit, options or DownloadOptions()).dialogue


def restore(raised_baud: int, home_baud: int) -> Dialogue[Heard]:
    """Bring a unit that was left at `raised_baud`, where the port is, back to `home_baud`."""
    dialogue: Dialogue[Heard] = Dialogue(SkyReader().feed)
    rate = Rate(dialogue, home_baud, away=True)

    def script() -> Script[Heard]:
        return (yield from rate.lower())

    unit = UnitIdentity("skytraq", None, None, None, raised_baud)
    dialogue.follow(script(), lambda: Contents("skytraq", unit, [], [], []))
    return dialogue


def erase(unit: UnitIdentity) -> Dialogue[Heard]:
    """Clear the log; no complaint only if the unit acknowledged it."""
    dialogue: Dialogue[Heard] = Dialogue(SkyReader().feed)

    def script() -> Script[Heard]:
        dialogue.send(frame(CLEAR))
        done = yield from dialogue.expect(_acknowledged(CLEAR), _CLEAR_S)
        if done is None:
            return "the unit did not confirm that it cleared its log"
        return None if done else "the unit refused to clear its log"

    dialogue.follow(script(), lambda: Contents("skytraq", unit, [], [], []))
    return dialogue


def decode(records: Iterable[CaptureRecord]) -> Contents:
    """What a capture of a download holds; which sectors came is in what was asked."""
    reader, asked = SkyReader(), SkyReader()
    sectors: dict[int, bytes] = {}
    for record in records:
        if record.direction is Direction.SENT:
            for request in asked.feed(record.data):
                if isinstance(request, SkyFrame) and request.kind == READ_SECTORS:
                    reader.give_up()
                    reader.expect_sectors(*struct.unpack(">HH", request.payload[:4]))
        elif record.direction is Direction.RECEIVED:
            for block in reader.feed(record.data):
                if isinstance(block, SectorBlock) and block.data is not None:
                    for place in range(block.count):
                        start = place * SECTOR
                        sectors[block.first + place] = block.data[start : start + SECTOR]
    return salvaged(sectors, reader, None)
