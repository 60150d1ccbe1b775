"""What an MTK logger's flash holds: sectors of 64 KiB of records and notes of the logger.

    sector  0000 u16 records in it (FFFF while it fills), 0002 u32 format register, 0006 u16 mode,
            0008 u32 period 0.1 s, 000C u32 distance 0.1 m, 0010 u32 speed 0.1 km/h, ...
            01FA '*', 01FB checksum [K: not written by all], 01FC BB BB BB BB, 0200 records
    note    AA x 7, u8 kind, u32 value, BB x 4:  2 format register, 3 period, 4 distance, 5 speed,
            6 overwrite or stop, 7 logging (bit 1 set: on)
    empty   FF

A record counts only with its own checksum right; around damage every whole record is taken, and
the bytes between are a flaw. A ring (overwrite mode) is read from its oldest sector on. Sources:
see `layout`.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.handheld.mtk.layout import STAR, Layout, Variant
from firmware_bridge.handheld.mtk.rows import Rows, plausible, read_satellites
from firmware_bridge.tracks import Flaw

SECTOR = 0x10000
HEADER = 0x200
_NOTE = b"\xaa" * 7
_NOTE_END = b"\xbb" * 4
_NOTE_BYTES = 16
_HEADER_MARK = slice(0x1FA, 0x200)
FORMAT, PERIOD, DISTANCE, SPEED, POLICY, LOGGING = 2, 3, 4, 5, 6, 7
LOGGING_ON = 0x02
MAX_FLAWS = 1000
_STILL_FILLING = 0xFFFF


@dataclass(frozen=True, slots=True)
class Note:
    """The logger wrote down what happened."""

    kind: int
    value: int


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """Holux: the next record is a waypoint."""


Item = Rows | Note | ButtonPressed | Flaw


def variant_of(data: bytes) -> Variant:
    """Whose log it is; Holux signs it."""
    if b"HOLUXGR245" in data or b"HOLUXM1200" in data:
        return Variant.HOLUX_GR245
    return Variant.HOLUX_M241 if b"HOLUXGR241" in data else Variant.STANDARD


def looks_like_memory(head: bytes) -> bool:
    """Whether a file begins like a dump: a used sector's header with its end mark."""
    return len(head) >= HEADER and _has_header(head)


def _has_header(sector: bytes) -> bool:
    mark = sector[_HEADER_MARK]
    return mark[:1] == b"*" and mark[2:] == _NOTE_END


def sectors_oldest_first(data: bytes) -> list[int]:
    """Offsets of the used sectors; a ring starts behind the sector that is being filled."""
    used = [
        at
        for at in range(0, len(data), SECTOR)
        if data.count(0xFF, at, at + SECTOR) < len(data[at : at + SECTOR])
    ]
    filling = [
        place
        for place, at in enumerate(used)
        if data[at : at + 2] == b"\xff\xff" and _has_header(data[at : at + HEADER])
    ]
    if len(filling) != 1:
        return used
    return used[filling[0] + 1 :] + used[: filling[0] + 1]


def items(data: bytes) -> Iterator[Item]:
    """Everything in the memory in the order it was logged."""
    variant = variant_of(data)
    layout: Layout | None = None
    for at in sectors_oldest_first(data):
        sector = data[at : at + SECTOR]
        if _has_header(sector):
            mask, period, distance, speed = struct.unpack_from("<IxxIII", sector, 2)
            layout = Layout.of(mask, variant)
            yield from (Note(PERIOD, period), Note(DISTANCE, distance), Note(SPEED, speed))
        else:
            yield Flaw(at, "sector without a header")
            layout = layout or _next_layout(data, variant)
        if layout is None:
            yield Flaw(at, "nothing says what the records are made of")
            continue
        walk = SectorWalk(sector, at, layout)
        yield from walk.items()
        yield from walk.reconciled(struct.unpack_from("<H", sector.ljust(2, b"\xff"))[0])
        layout = walk.layout


def _next_layout(data: bytes, variant: Variant) -> Layout | None:
    for at in range(0, len(data), SECTOR):
        if _has_header(data[at : at + HEADER]):
            return Layout.of(struct.unpack_from("<I", data, at + 2)[0], variant)
    return None


class SectorWalk:
    """One sector from its first record to its last."""

    def __init__(self, sector: bytes, base: int, layout: Layout) -> None:
        self.layout = layout
        """Changes where a note says so."""
        self.records = 0
        self.notes = 0
        self._sector = sector
        self._base = base
        self._octets = np.frombuffer(sector, np.uint8)
        self._folded = np.concatenate(
            [np.zeros(1, np.uint8), np.bitwise_xor.accumulate(self._octets)]
        )
        self._valid: NDArray[np.bool_] = np.zeros(0, bool)
        self._prepare()

    def _prepare(self) -> None:
        """For every offset: would a whole record with the right checksum begin here?

        The XOR of any stretch is the XOR of two prefixes, so this is one pass for a sector.
        """
        if not self.layout.readable or self.layout.has_satellites:
            self._valid = np.zeros(0, bool)
            return
        length, tail = self.layout.length, self.layout.tail_bytes
        starts = max(len(self._octets) - length + 1, 0)
        body = length - tail
        folded = self._folded[body : body + starts] ^ self._folded[:starts]
        valid = folded == self._octets[length - 1 : length - 1 + starts]
        if tail == 2:
            valid &= self._octets[body : body + starts] == STAR
        else:  # without `*`, a stretch of FF or of zeros has a right checksum too
            first = [self._octets[place : place + starts] for place in range(min(4, body))]
            valid &= (np.bitwise_and.reduce(first) != 0xFF) & (np.bitwise_or.reduce(first) != 0)
        valid[: min(HEADER, starts)] = False
        self._valid = valid

    def items(self) -> Iterator[Item]:
        """Records, notes and flaws until the empty rest."""
        at = HEADER
        while at < len(self._sector):
            if self._sector.startswith(_NOTE, at) and self._is_note(at):
                yield self._note(at)
                at += _NOTE_BYTES
            elif (signature := self._holux_signature(at)) is not None:
                if self._sector[at + 10 : at + 16] == b"WAYPNT":
                    yield ButtonPressed()
                at += signature
            elif self._sector.count(0xFF, at) == len(self._sector) - at:
                return
            else:
                rows, following = self._records(at)
                if rows is None:
                    following = self._resume_at(at + 1)
                    if following >= len(self._sector):
                        following = self._end_of_data(at)
                    yield Flaw(self._base + at, f"{following - at} bytes are no whole record")
                else:
                    self.records += len(rows)
                    yield rows
                at = following

    def reconciled(self, announced: int) -> Iterator[Flaw]:
        """Hold the count in the header against what was found; notes may be counted too [K]."""
        if announced != _STILL_FILLING and announced > self.records + self.notes:
            missing = announced - self.records
            yield Flaw(self._base, f"sector announces {announced} records, {missing} are not whole")

    def _is_note(self, at: int) -> bool:
        return self._sector[at + 12 : at + _NOTE_BYTES] == _NOTE_END

    def _note(self, at: int) -> Note:
        kind, value = struct.unpack_from("<BI", self._sector, at + 7)
        self.notes += 1
        if kind == FORMAT:
            self.layout = Layout.of(value, self.layout.variant)
            self._prepare()
        return Note(kind, value)

    def _holux_signature(self, at: int) -> int | None:
        """Bytes of a signature such as HOLUXGR241LOGGER at `at`, None where there is none."""
        if self.layout.variant is Variant.STANDARD or not self._sector.startswith(b"HOLUX", at):
            return None
        return 20 if self._sector[at + 16 : at + 20] == b"    " else 16

    def _records(self, at: int) -> tuple[Rows | None, int]:
        """Whole records that stand one after the other from `at` on, and where they end."""
        if self.layout.has_satellites and self.layout.readable:
            return read_satellites(self._sector, at, self._base, self.layout)
        row = self._valid[at :: self.layout.length] if at < len(self._valid) else self._valid[:0]
        count = len(row) if row.all() else int(row.argmin())
        if not count or (self.layout.tail_bytes == 1 and not self._sane(at)):
            return None, at
        end = at + count * self.layout.length
        block = self._octets[at:end].reshape(count, self.layout.length)
        body = np.ascontiguousarray(block[:, : self.layout.record.itemsize])
        fields = body.view(self.layout.record).reshape(count)
        return Rows(self._base + at, self.layout, fields, None), end

    def _sane(self, at: int) -> bool:
        size = self.layout.record.itemsize
        fields = np.frombuffer(self._sector, self.layout.record, 1, at)
        return self._sector.count(0xFF, at, at + size) < size and plausible(fields)

    def _resume_at(self, at: int) -> int:
        """Where the next record or note begins at or behind `at`."""
        note = self._sector.find(_NOTE, at)
        while note >= 0 and not self._is_note(note):
            note = self._sector.find(_NOTE, note + 1)
        limit = note if note >= 0 else len(self._sector)
        if self.layout.has_satellites and self.layout.readable:
            return self._next_with_satellites(at, limit)
        while at < min(limit, len(self._valid)):
            ahead = self._valid[at:limit]
            step = int(ahead.argmax()) if ahead.size else 0
            if not ahead.size or not ahead[step]:
                break
            if self._sane(at + step):
                return at + step
            at += step + 1
        return limit

    def _next_with_satellites(self, at: int, limit: int) -> int:
        """The tail's `*` is the only thing to search for where lengths vary."""
        while at < limit:
            rows, _ = read_satellites(self._sector, at, self._base, self.layout, most=1)
            if rows is not None and plausible(rows.fields):
                return at
            at += 1
        return limit

    def _end_of_data(self, at: int) -> int:
        """Behind the last byte that is not FF."""
        filled = np.flatnonzero(self._octets[at:] != 0xFF)
        return at + int(filled[-1]) + 1 if filled.size else len(self._sector)
