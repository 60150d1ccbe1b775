"""An MTK logger on the wire: who it is, its flash by address, erasing it.

    $PMTK605          -> $PMTK705,release,build,model,...
    $PMTK182,2,N      -> $PMTK182,3,N,value    6 overwrite 1 or stop 2, 7 state (2: logging),
                                               8 write address (hex), 9 flash id (hex),
                                               10 records (hex [K])
    $PMTK182,5 / 4    -> $PMTK001,182,5,3      stop / resume logging (3: done)
    $PMTK182,7,ADDR,LEN -> $PMTK182,8,ADDR,HEX... lines, then $PMTK001,182,7,3
    $PMTK182,6,1      -> $PMTK001,182,6,3      erase, seconds to a minute

A line with a wrong checksum leaves a hole, and holes are asked for again by address. A logger
that was logging is set logging again at the end, whatever the end was. The third byte of the
flash id is the power of two of its size (JEDEC): 1C70171C is 8 MB.

Sources: MediaTek, "MTK GPS Logger Library User Manual" 1.2; the BT747 project; the shared page
of measured facts.
"""

from collections.abc import Iterable

from firmware_bridge.handheld.capture import CaptureRecord, Direction
from firmware_bridge.handheld.conversation import Identified, Progress
from firmware_bridge.handheld.dialogue import Dialogue, Script, Step
from firmware_bridge.handheld.mtk import memory
from firmware_bridge.handheld.mtk.commands import (
    DONE,
    Logging,
    command,
    fields_after,
    number_in,
    query,
)
from firmware_bridge.handheld.mtk.decode import decode_memory
from firmware_bridge.handheld.mtk.image import Image
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.sentences import SentenceReader, sentence
from firmware_bridge.tracks import Contents, Flaw, UnitIdentity

BAUDS = (115200, 38400, 9600, 57600)
CHUNK = 0x10000
_LINE = 0x800
_HEX_DIGITS = frozenset(b"0123456789ABCDEFabcdef")
_LINE_S = 1.5
"""2,048 bytes are 4.1 kB on the wire, 0.36 s at 115200 and 1.1 s at 38400."""
_ROUNDS = 8
"""Rounds without anything new before a hole is given up."""
_ERASE_S = 120.0
_DEFAULT_FLASH = 8 << 20
_DUMPING = UnitIdentity("mtk", None, None, None)
_DUMP_S, _QUIET_S = 60.0, 0.5
"""A whole block of 64 KiB takes 12 s at 115200 baud."""


def probe() -> Dialogue[bytes]:
    """Ask for the release; changes nothing in the unit."""
    reader = SentenceReader()
    dialogue: Dialogue[bytes] = Dialogue(reader.feed)
    identity: UnitIdentity | None = None

    def script() -> Script[bytes]:
        nonlocal identity
        identity = yield from _identity(dialogue, tries=2)
        if identity is None:
            return "no answer to PMTK605"
        yield Identified(identity)
        if identity == _DUMPING:
            yield from _end_of_dump(dialogue)
            identity = (yield from _identity(dialogue)) or identity
            yield Identified(identity)
        return None

    dialogue.follow(script(), lambda: Contents("mtk", identity, [], [], []))
    return dialogue


def _end_of_dump(dialogue: Dialogue[bytes]) -> Step[bytes, None]:
    """Until the lines end that somebody asked for who was killed: no question is heard before."""
    until_s = dialogue.now_s + _DUMP_S
    while dialogue.now_s < until_s:
        if (yield from dialogue.expect(data_line, _QUIET_S)) is None:
            return


def _identity(
    dialogue: Dialogue[bytes], tries: int = 3, timeout_s: float = 0.4
) -> Step[bytes, UnitIdentity | None]:
    """Who it is; _DUMPING where lines of its memory come in place of an answer."""
    answer = fields_after(b"PMTK705,")

    def match(body: bytes) -> list[bytes] | None:
        return [] if data_line(body) is not None else answer(body)

    fields = yield from dialogue.ask(sentence("PMTK605"), match, timeout_s, tries)
    if fields is None:
        return None
    if not fields:
        return _DUMPING
    texts = [field.decode("ascii", "backslashreplace") for field in fields]
    named = {"build": texts[1]} if len(texts) > 1 else {}
    model = texts[2] if len(texts) > 2 and texts[2] else None
    return UnitIdentity("mtk", None, model, texts[0] or None, details=named)


def data_line(body: bytes) -> tuple[int, bytes] | None:
    """Address and bytes of a checked `PMTK182,8,...`, None for every other sentence."""
    if not body.startswith(b"PMTK182,8,"):
        return None
    address, _, digits = body[10:].partition(b",")
    if not address or len(address) > 8 or not _HEX_DIGITS.issuperset(address):
        return None
    if not digits or len(digits) % 2 or not _HEX_DIGITS.issuperset(digits):
        return None
    return int(address, 16), bytes.fromhex(digits.decode("ascii"))


class Download:
    """The used part of the flash, whole sectors in ring mode; what is known is not asked again."""

    def __init__(self, unit: UnitIdentity, options: DownloadOptions, image: Image | None) -> None:
        self._unit = unit
        self._first = options.resume_at // memory.SECTOR * memory.SECTOR
        self._sample = options.sample
        self._image = image or Image()
        self._reader = SentenceReader()
        self.dialogue: Dialogue[bytes] = Dialogue(self._reader.feed)
        self.dialogue.unasked = self._store
        self._logging = Logging(self.dialogue)
        self._wanted: list[tuple[int, int]] = []
        self._records: int | None = None
        self.dialogue.follow(self._script(), self.contents)

    def _store(self, body: bytes) -> None:
        line = data_line(body)
        if line is not None:
            self._image.put(*line)

    def _script(self) -> Script[bytes]:
        try:
            if self._unit.model is None:
                yield from _end_of_dump(self.dialogue)
            complaint = yield from self._logging.stop()
            if complaint is None:
                complaint = (yield from self._read()) or self._short()
            return (yield from self._logging.resume()) or complaint
        finally:
            self._logging.leave()

    def _read(self) -> Script[bytes]:
        """All sectors that hold something."""
        self._records = number_in((yield from query(self.dialogue, 10)), 16)
        used = number_in((yield from query(self.dialogue, 8)), 16)
        ring = (yield from query(self.dialogue, 6)) == b"1"
        flash = flash_bytes(number_in((yield from query(self.dialogue, 9)), 16))
        if self._image.dump() and not (yield from self._same_as_before()):
            self._image.forget()
        end = min(used, flash) if used is not None else 0
        end = -(-end // _LINE) * _LINE
        if self._sample:
            return (yield from self._fetch(self._first, min(end, self._first + _LINE)))
        complaint = (yield from self._fetch(self._first, end)) if end > self._first else None
        if used is None or ring:
            start = -(-end // memory.SECTOR) * memory.SECTOR
            complaint = (yield from self._further_sectors(start, flash)) or complaint
        return complaint

    def _same_as_before(self) -> Step[bytes, bool]:
        """Whether the unit still holds what an earlier conversation read: its first block does."""
        before = self._image.read(0, _LINE)
        self.dialogue.send(sentence(f"PMTK182,7,{0:08X},{_LINE:08X}"))

        def first_block(body: bytes) -> bytes | None:
            line = data_line(body)
            return line[1] if line is not None and line[0] == 0 else None

        found = yield from self.dialogue.expect(first_block, _LINE_S)
        return found is not None and before is not None and before.startswith(found)

    def _further_sectors(self, start: int, flash: int) -> Script[bytes]:
        """Behind the write address a ring holds older sectors, until one is empty."""
        for at in range(start, flash, memory.SECTOR):
            complaint = yield from self._fetch(at, at + memory.HEADER)
            if complaint is not None:
                return complaint
            header = self._image.read(at, at + memory.HEADER) or b""
            if header.count(0xFF) == len(header):
                return None
            complaint = yield from self._fetch(at, at + memory.SECTOR)
            if complaint is not None:
                return complaint
        return None

    def _fetch(self, start: int, end: int) -> Script[bytes]:
        """Ask for every hole in [start, end) until there is none, or nothing new comes."""
        self._wanted.append((start, end))
        barren = 0
        while holes := self._image.missing(start, end):
            before = self._image.count(start, end)
            for address, length in holes[:_ROUNDS]:
                yield from self._request(address, min(length, CHUNK))
                yield self._progress()
            barren = barren + 1 if self._image.count(start, end) == before else 0
            if barren >= _ROUNDS:
                lost = sum(length for _, length in holes)
                return f"{lost} bytes at {holes[0][0]:08X} did not come, asked {_ROUNDS} times"
        return None

    def _request(self, address: int, length: int) -> Step[bytes, None]:
        """One request and its lines; over at the confirmation, or when the line falls silent."""
        self.dialogue.send(sentence(f"PMTK182,7,{address:08X},{length:08X}"))
        quiet_s, answered = _LINE_S, False
        heard_s = self.dialogue.now_s
        while self.dialogue.now_s - heard_s < quiet_s:
            body = yield heard_s + quiet_s - self.dialogue.now_s
            if body is None:
                return
            if body.startswith(b"PMTK001,182,7,") and (answered or not body.endswith(DONE)):
                return  # one without data before it is the last request's
            if body.startswith(b"PMTK182,8,"):
                heard_s, answered = self.dialogue.now_s, True
                yield self._progress()
                if not self._image.missing(address, address + length):
                    quiet_s = 0.1  # all is here; the confirmation follows at once or is lost

    def _short(self) -> str | None:
        """The complaint when the unit counts more records than we found whole."""
        whole = self.contents().points
        if self._records is None or self._first or self._sample or whole >= self._records:
            return None
        return f"the unit counts {self._records} records, {whole} are whole"

    def _progress(self) -> Progress:
        total = self._announced()
        return Progress("byte", min(self._image.known, total), total)

    def _announced(self) -> int:
        return sum(end - start for start, end in merged(self._wanted))

    def _received(self) -> int:
        return sum(self._image.count(start, end) for start, end in merged(self._wanted))

    def contents(self) -> Contents:
        """The whole records of what has come."""
        found = decode_memory(self._image.dump(), unit=self._unit)
        flaws = list(found.flaws)
        if self._reader.rejected:
            text = f"{self._reader.rejected} lines had a wrong checksum and were asked for again"
            flaws.append(Flaw(-1, text, loss=False))
        announced = {"byte": self._announced()}
        received = {"byte": self._received(), **found.received}
        if self._records is not None and not self._first:
            announced["track"] = self._records
        return Contents(
            "mtk", self._unit, found.tracks, found.waypoints, flaws, announced, received
        )


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping spans as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def flash_bytes(flash_id: int | None) -> int:
    """Size of the flash by its JEDEC id, 8 MB where that says nothing."""
    power = (flash_id or 0) >> 8 & 0xFF
    return 1 << power if 16 <= power <= 25 else _DEFAULT_FLASH


def download(
    unit: UnitIdentity, options: DownloadOptions | None = None, image: Image | None = None
) -> Dialogue[bytes]:
    """Read the flash, from the sector of the address `resume_at` on.

    `image` is what an earlier, broken conversation brought (see `image_of`); it is not asked for
    again when the unit's first block is still the same.
    """
    return Download(unit, options or DownloadOptions(), image).dialogue


def erase(unit: UnitIdentity) -> Dialogue[bytes]:
    """Erase the flash; no complaint only if the unit itself confirmed it."""
    reader = SentenceReader()
    dialogue: Dialogue[bytes] = Dialogue(reader.feed)
    logging = Logging(dialogue)

    def script() -> Script[bytes]:
        try:
            complaint = yield from logging.stop()
            if complaint is None and not (yield from command(dialogue, 6, ",1", _ERASE_S)):
                complaint = "the unit did not confirm that it erased its memory"
            return (yield from logging.resume()) or complaint
        finally:
            logging.leave()

    dialogue.follow(script(), lambda: Contents("mtk", unit, [], [], []))
    return dialogue


def image_of(records: Iterable[CaptureRecord]) -> Image:
    """The flash as far as a capture brought it."""
    reader, image = SentenceReader(), Image()
    for record in records:
        if record.direction is Direction.RECEIVED:
            for body in reader.feed(record.data):
                line = data_line(body)
                if line is not None:
                    image.put(*line)
    return image


def decode(records: Iterable[CaptureRecord]) -> Contents:
    """What a capture of a download holds."""
    return decode_memory(image_of(records).dump())
