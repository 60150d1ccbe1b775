"""What a u-blox receiver logged: positions, odometer, strings.

    21 0B RETRIEVEPOS       u32 index, i32 lon 1e-7, i32 lat 1e-7, i32 hMSL mm, u32 hAcc mm,
                            u32 speed mm/s, u32 heading 1e-5, u8 version, u8 fix, u16 year,
                            u8 month day hour minute second, u8 -, u8 satellites, u8 -    40 bytes
    21 0F RETRIEVEPOSEXTRA  u32 index, u8 version, u8 -, u16 year, u8 month day hour minute
                            second, 3 x -, u32 distance m, 12 x -                         32 bytes
    21 0D RETRIEVESTRING    u32 index, u8 version, u8 -, u16 year, u8 month day hour minute
                            second, u8 -, u16 length, the bytes                           16 + n

A year of 0 means that the time was not known. An odometer entry belongs to the position before
it and counts as an entry of its own. Source: u-blox 8 / M8 "Receiver
description including protocol specification" (UBX-13003221), UBX-LOG; checked against a
recording of a ZOE-M8B.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.handheld.rollover import repaired, weeks_lost
from firmware_bridge.handheld.ublox.frames import UbxFrame, UbxReader
from firmware_bridge.tracks import NO_TIME_US, Contents, Flaw, Segment, Track, UnitIdentity
from firmware_bridge.units import unix_us_from_utc

RETRIEVE_POS, RETRIEVE_EXTRA, RETRIEVE_STRING = 0x210B, 0x210F, 0x210D
ENTRIES = (RETRIEVE_POS, RETRIEVE_EXTRA, RETRIEVE_STRING)
EARLIEST_US = unix_us_from_utc(datetime(2011, 1, 1, tzinfo=UTC))
"""Logging came with u-blox 7 and M8 [K for the year]; an earlier date lost 1024 weeks."""
_NO_FIX = 0
MAX_BROKEN = 200_000
"""Frames in one file: no damage leaves so many, and what does would cost minutes."""
_PIECE_BYTES = 1 << 20
POSITION = np.dtype(
    [
        ("index", "<u4"),
        ("lon", "<i4"),
        ("lat", "<i4"),
        ("h_msl", "<i4"),
        ("h_acc", "<u4"),
        ("speed", "<u4"),
        ("heading", "<u4"),
        ("version", "u1"),
        ("fix", "u1"),
        ("year", "<u2"),
        ("clock", "(5,)u1"),
        ("-", "u1"),
        ("satellites", "u1"),
        ("--", "u1"),
    ]
)
_EXTRA = struct.Struct("<IBxH5B3xI12x")
_STRING = struct.Struct("<IBxH5BxH")


@dataclass
class Entries:
    """The log by index; an entry that comes twice is kept once."""

    positions: dict[int, bytes] = field(default_factory=dict)
    odometer_m: dict[int, int] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    duplicates: int = 0
    shared: bool = False
    """An odometer entry has its position's index, so alone it is only half an entry [K]."""
    odd: list[Flaw] = field(default_factory=list)

    def add(self, frame: UbxFrame) -> int | None:
        """Keep one entry; its index, or None for any other frame."""
        payload = frame.payload
        if frame.kind not in ENTRIES:
            return None
        if not _fits(frame):
            if len(self.odd) < 1000:
                self.odd.append(Flaw(frame.offset, f"log entry of {len(payload)} bytes"))
            return None
        index = int.from_bytes(payload[:4], "little")
        match frame.kind:
            case 0x210B:
                self.duplicates += index in self.positions
                self.positions[index] = payload
            case 0x210F:
                self.duplicates += index in self.odometer_m
                self.odometer_m[index] = _EXTRA.unpack(payload)[-1]
            case _:
                self.duplicates += index in self.texts
                self.texts[index] = payload[16:].decode("utf-8", "backslashreplace")
        self.shared = self.shared or (index in self.positions and index in self.odometer_m)
        return index

    def __contains__(self, index: int) -> bool:
        alone = not self.shared and index in self.odometer_m
        return index in self.positions or index in self.texts or alone

    def __len__(self) -> int:
        return len(self.positions.keys() | self.texts.keys() | self.odometer_m.keys())


def _fits(frame: UbxFrame) -> bool:
    payload = frame.payload
    match frame.kind:
        case 0x210B:
            return len(payload) == POSITION.itemsize
        case 0x210F:
            return len(payload) == _EXTRA.size
        case _:
            return len(payload) >= 16 and len(payload) == 16 + _STRING.unpack_from(payload)[-1]


def decode_log(data: bytes, *, earliest_us: int = EARLIEST_US) -> Contents:
    """Every log entry in a file of raw receiver output; text before and between is passed over."""
    reader, entries, at = UbxReader(), Entries(), 0
    while at < len(data) and reader.broken_count <= MAX_BROKEN:
        piece = data[at : at + _PIECE_BYTES]
        at += len(piece)
        for frame in reader.feed(piece, last=at == len(data)):
            entries.add(frame)
    flaws = [Flaw(at, "UBX frame cut or checksum wrong") for at in reader.broken]
    if (more := reader.broken_count - len(reader.broken)) > 0:
        flaws.append(Flaw(reader.broken[-1], f"{more} more broken frames"))
    if at < len(data):
        flaws.append(Flaw(at, f"too damaged: {len(data) - at} bytes not read"))
    return contents_of(entries, None, flaws, earliest_us=earliest_us)


def contents_of(
    entries: Entries,
    unit: UnitIdentity | None,
    flaws: Sequence[Flaw],
    *,
    earliest_us: int = EARLIEST_US,
) -> Contents:
    """One track in the order of the indices."""
    found = [*flaws, *entries.odd]
    if entries.duplicates:
        text = f"{entries.duplicates} entries came twice and are kept once"
        found.append(Flaw(-1, text, loss=False))
    tracks = []
    if entries.positions or entries.texts:
        segment = _segment(entries, earliest_us)
        if (weeks := segment.extras.get("week_rollover")) is not None:
            text = f"dates of {np.count_nonzero(weeks)} points were 1024 weeks off"
            found.append(Flaw(-1, text, loss=False))
        texts = {f"string_{index}": text for index, text in sorted(entries.texts.items())}
        tracks.append(Track(None, [segment], texts))
    received = {"track": len(entries.positions), "entry": len(entries)}
    return Contents("ublox", unit, tracks, [], found, received=received)


def _segment(entries: Entries, earliest_us: int) -> Segment:
    order = sorted(entries.positions)
    rows = np.frombuffer(b"".join(entries.positions[i] for i in order), POSITION)
    good = (np.abs(rows["lat"]) <= 900_000_000) & (np.abs(rows["lon"].astype(np.int64)) <= 1.8e9)
    good &= ~((rows["fix"] == _NO_FIX) & (rows["lat"] == 0) & (rows["lon"] == 0))
    time_us = _time_us(rows)
    weeks = weeks_lost(time_us, earliest_us)
    extras: dict[str, NDArray[Any]] = {
        "entry_index": rows["index"].astype(np.int64),
        "horizontal_accuracy_m": rows["h_acc"] / 1000,
        "speed_m_s": rows["speed"] / 1000,
        "course_deg": rows["heading"] / 1e5,
        "fix_code": rows["fix"].astype(np.int64),
        "satellites": rows["satellites"].astype(np.int64),
    }
    if entries.odometer_m:
        step = 0 if entries.shared else 1
        extras["odometer_m"] = _odometer(order, entries.odometer_m, step)
    if weeks.any():
        extras["week_rollover"] = weeks
    return Segment(
        repaired(time_us, weeks),
        np.where(good, rows["lat"] / 1e7, np.nan),
        np.where(good, rows["lon"] / 1e7, np.nan),
        np.where(good, rows["h_msl"] / 1000, np.nan),
        extras,
    )


def _odometer(order: list[int], odometer_m: dict[int, int], step: int) -> NDArray[np.float64]:
    """(N,) of the entry `step` behind each position; NaN where there is none."""
    return np.array([odometer_m.get(index + step, np.nan) for index in order], np.float64)


def _time_us(rows: NDArray[np.void]) -> NDArray[np.int64]:
    """(N,) UTC; NO_TIME_US where the year is 0 or the date is none."""
    year, clock = rows["year"].astype(np.int64), rows["clock"].astype(np.int64)
    month, day, hour, minute, second = clock.T if len(rows) else np.zeros((5, 0), np.int64)
    good = (year >= 1970) & (year < 2200) & (month >= 1) & (month <= 12)
    good &= (day >= 1) & (day <= 31) & (hour < 24) & (minute < 60) & (second <= 60)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0)
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return np.where(good, seconds * 1_000_000, NO_TIME_US)
