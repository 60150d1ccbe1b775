"""A SkyTraq logger on the wire: who it is, its flash by sector, erasing it.

    02 u8 type           -> 83 02 ACK, 80  u8 type, 3 x 4 bytes: kernel, ODM, revision
    17                   -> 83 17 ACK, 94  u32 write pointer, u16 free sectors, u16 sectors,
                            6 x u32 settings, u8 logging, u8 ring   (little endian, unlike the rest)
    1D u16 first u16 n   -> 83 1D ACK, sectors (see `frames`)
    19                   -> 83 19 ACK, the log is cleared
    84 id                   NACK

Some units acknowledge id 0 first; that is passed over. The count of free sectors is known to be
wrong at times, so reading goes on behind it until a sector is empty. The rate is changed only
when asked for, and is set back at the end, whatever the end was (see `rate`). A unit that falls
silent is looked for, as it may have restarted. Sources: SkyTraq AN0003, AN0008.
"""

import struct
from collections.abc import Iterable

from firmware_bridge.handheld.capture import CaptureRecord, Direction
from firmware_bridge.handheld.conversation import Identified, Progress
from firmware_bridge.handheld.dialogue import Dialogue, Script, Step
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.skytraq.frames import (
    READ_SECTORS,
    SECTOR,
    Heard,
    SectorBlock,
    SkyFrame,
    SkyReader,
    acknowledged,
    answer,
    frame,
)
from firmware_bridge.handheld.skytraq.rate import (
    ANSWER_S,
    RATES,
    STATUS,
    STATUS_BYTES,
    STATUS_IS,
    Rate,
)
from firmware_bridge.handheld.skytraq.salvage import Sectors
from firmware_bridge.tracks import Contents, Flaw, UnitIdentity

BAUDS = (9600, 115200, 38400, 230400, 57600, 4800)
VERSION, VERSION_IS, CLEAR = 0x02, 0x80, 0x19
MAX_SECTORS = 4096
"""16 MB; a status that claims more is not believed."""
AT_ONCE = 4
_SILENCE_S = 1.5
_TRIES = 6
_CLEAR_S = 60.0
assert set(BAUDS) <= set(RATES)


def probe() -> Dialogue[Heard]:
    """Ask for the version; changes nothing in the unit."""
    dialogue: Dialogue[Heard] = Dialogue(SkyReader().feed)
    identity: UnitIdentity | None = None

    def script() -> Script[Heard]:
        nonlocal identity
        got = yield from dialogue.ask(frame(VERSION, b"\1"), answer(VERSION_IS, 13), 0.4, tries=2)
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


def _block_or_refusal(heard: Heard) -> Heard | None:
    refused = acknowledged(READ_SECTORS)(heard) is False
    return heard if refused or isinstance(heard, SectorBlock) else None


class Download:
    """The used sectors, a few at a time, each request checked as a whole."""

    def __init__(self, unit: UnitIdentity, options: DownloadOptions) -> None:
        self._unit = unit
        self._first = options.resume_at
        self._max_baud, self._sample = options.max_baud, options.sample
        self._reader = SkyReader()
        self.dialogue: Dialogue[Heard] = Dialogue(self._reader.feed)
        self._rate = Rate(self.dialogue, unit.baud)
        self._sectors = Sectors(self._reader)
        self._gone = False
        """It answers at no rate any more."""
        self._announced: int | None = None
        self.dialogue.follow(self._script(), self.contents)

    def _script(self) -> Script[Heard]:
        try:
            yield from self._rate.raise_to(self._max_baud)
            complaint = yield from self._read()
            left = yield from self._rate.lower()
            return "; ".join(said for said in (complaint, left) if said) or None
        finally:
            yield from self._rate.leave()

    def _read(self) -> Script[Heard]:
        status = yield from self.dialogue.ask(
            frame(STATUS), answer(STATUS_IS, STATUS_BYTES), ANSWER_S
        )
        if status is None:
            return "the unit does not say how much it logged"
        pointer, free, total = struct.unpack_from("<IHH", status)
        if not 0 < total <= MAX_SECTORS or free > total:
            return f"the unit claims {free} of {total} sectors to be free"
        ring = len(status) >= 34 and bool(status[33]) and free == 0
        used = total if ring else min(max(total - free, -(-pointer // SECTOR)), total)
        self._announced = max(used - self._first, 0)
        if self._sample:
            if self._announced:
                yield from self._fetch(self._first, 1)
            return None
        for first in range(self._first, used, AT_ONCE):
            yield from self._fetch(first, min(AT_ONCE, used - first))
        at = used
        while at < total and self._lost() == 0 and self._holds_something(at - 1):
            if not (yield from self._block(at, 1, _TRIES)):
                break
            at += 1
            self._announced = at - self._first
        return self._complaint()

    def _lost(self) -> int:
        return (self._announced or 0) - len(self._sectors)

    def _complaint(self) -> str | None:
        if not self._lost():
            return None
        text = f"{self._lost()} of {self._announced} sectors did not come whole"
        return f"the unit does not answer any more: {text}" if self._gone else text

    def _holds_something(self, sector: int) -> bool:
        return bool(self._sectors.get(sector).strip(b"\xff"))

    def _fetch(self, first: int, count: int) -> Step[Heard, None]:
        """All at once first, then one by one."""
        if count == 1 or not (yield from self._block(first, count, 2)):
            for sector in range(first, first + count):
                yield from self._block(sector, 1, _TRIES)

    def _block(self, first: int, count: int, tries: int) -> Step[Heard, bool]:
        for _ in range(tries):
            if self._gone:
                return False
            self._reader.expect_sectors(first, count)
            self.dialogue.send(frame(READ_SECTORS, struct.pack(">HH", first, count)))
            heard = yield from self._arriving()
            if (
                isinstance(heard, SectorBlock)
                and heard.first == first
                and self._sectors.keep(heard)
            ):
                yield Progress("sector", len(self._sectors), self._announced)
                return True
            self._sectors.give_up()
            if heard is None:
                self._gone = not (yield from self._rate.find())
        return False

    def _arriving(self) -> Step[Heard, Heard | None]:
        """The block or its refusal, however long its bytes take; None once nothing more comes."""
        come = -1
        while come < self._reader.raw_bytes:
            come = self._reader.raw_bytes
            heard = yield from self.dialogue.expect(_block_or_refusal, _SILENCE_S)
            if isinstance(heard, SkyFrame | SectorBlock):
                return heard
        return None

    def contents(self) -> Contents:
        """The whole items of the sectors that have come."""
        found = self._sectors.contents(self._unit)
        flaws = list(found.flaws)
        if self._reader.broken:
            text = f"{self._reader.broken} broken answers, asked for again"
            flaws.append(Flaw(-1, text, loss=False))
        announced = {"sector": self._announced} if self._announced is not None else {}
        received = {"sector": len(self._sectors), **found.received}
        return Contents(
            "skytraq", self._unit, found.tracks, found.waypoints, flaws, announced, received
        )


def download(unit: UnitIdentity, options: DownloadOptions | None = None) -> Dialogue[Heard]:
    """Read the flash from sector `resume_at` on, at up to `max_baud`."""
    return Download(unit, options or DownloadOptions()).dialogue


def restore(raised_baud: int, home_baud: int) -> Dialogue[Heard]:
    """Bring a unit that was left at `raised_baud`, where the port is, back to `home_baud`."""
    dialogue: Dialogue[Heard] = Dialogue(SkyReader().feed)
    rate = Rate(dialogue, home_baud, raised_baud)

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
        done = yield from dialogue.expect(acknowledged(CLEAR), _CLEAR_S)
        if done is None:
            return "the unit did not confirm that it cleared its log"
        return None if done else "the unit refused to clear its log"

    dialogue.follow(script(), lambda: Contents("skytraq", unit, [], [], []))
    return dialogue


def decode(records: Iterable[CaptureRecord]) -> Contents:
    """What a capture of a download holds; which sectors came is in what was asked."""
    reader, asked = SkyReader(), SkyReader()
    sectors = Sectors(reader)
    for record in records:
        if record.direction is Direction.SENT:
            for request in asked.feed(record.data):
                if isinstance(request, SkyFrame) and request.kind == READ_SECTORS:
                    sectors.give_up()
                    reader.expect_sectors(*struct.unpack(">HH", request.payload[:4]))
        elif record.direction is Direction.RECEIVED:
            for block in reader.feed(record.data):
                if isinstance(block, SectorBlock):
                    sectors.keep(block)
    return sectors.contents(None)
