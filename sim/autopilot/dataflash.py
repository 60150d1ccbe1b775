"""A DataFlash log: the file ArduPilot writes, made of records that describe themselves.

    a3 95 <type> <fields, little endian, packed>
    type 128 is FMT: u8 type, u8 length with the head, char[4] name, char[16] letters,
    char[64] column names with commas between

Letters and scales: ArduPilot's AP_Logger/README.md and LogStructure.h; units by UNIT, MULT and
FMTU records. Column names are those of ArduCopter 4.5, so that its tools draw the same curves.
"""

import math
import struct
from typing import NamedTuple

HEAD = b"\xa3\x95"
FMT = 128
LETTERS = {
    "b": "b",
    "B": "B",
    "h": "h",
    "H": "H",
    "i": "i",
    "I": "I",
    "q": "q",
    "Q": "Q",
    "f": "f",
    "d": "d",
    "n": "4s",
    "N": "16s",
    "Z": "64s",
    "M": "B",
    "c": "h",
    "C": "H",
    "e": "i",
    "E": "I",
    "L": "i",
}
"""By letter of a format, as `struct` names it."""
SCALES = {"c": 100, "C": 100, "e": 100, "E": 100, "L": 10**7}
"""What is multiplied before it is stored as a whole number."""
LIMITS = {
    code: (0, 2**bits - 1) if code.isupper() else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for code, bits in zip("bBhHiIqQ", (8, 8, 16, 16, 32, 32, 64, 64), strict=True)
}


class Layout(NamedTuple):
    """One kind of record: letters, columns, and for each column its unit and multiplier."""

    letters: str
    columns: str
    units: str
    multipliers: str


LAYOUTS = {
    "FMT": Layout("BBnNZ", "Type,Length,Name,Format,Columns", "-b---", "-----"),
    "UNIT": Layout("QbZ", "TimeUS,Id,Label", "s--", "F--"),
    "MULT": Layout("Qbd", "TimeUS,Id,Mult", "s--", "F--"),
    "FMTU": Layout("QBNN", "TimeUS,FmtType,UnitIds,MultIds", "s---", "F---"),
    "PARM": Layout("QNff", "TimeUS,Name,Value,Default", "s---", "F---"),
    "MSG": Layout("QZ", "TimeUS,Message", "s-", "F-"),
    "MODE": Layout("QMBB", "TimeUS,Mode,ModeNum,Rsn", "s---", "F---"),
    "ARM": Layout("QBIBB", "TimeUS,ArmState,ArmChecks,Forced,Method", "s----", "F----"),
    "EV": Layout("QB", "TimeUS,Id", "s-", "F-"),
    "ORGN": Layout("QBLLe", "TimeUS,Type,Lat,Lng,Alt", "s-DUm", "F-GGB"),
    "CMD": Layout(
        "QHHHffffLLfB",
        "TimeUS,CTot,CNum,CId,Prm1,Prm2,Prm3,Prm4,Lat,Lng,Alt,Frame",
        "s-------DUm-",
        "F-------GG0-",
    ),
    "ATT": Layout(
        "QccccCCCCB",
        "TimeUS,DesRoll,Roll,DesPitch,Pitch,DesYaw,Yaw,ErrRP,ErrYaw,AEKF",
        "sddddhhdh-",
        "FBBBBBBBB-",
    ),
    "GPS": Layout(
        "QBBIHBcLLeffffB",
        "TimeUS,I,Status,GMS,GWk,NSats,HDop,Lat,Lng,Alt,Spd,GCrs,VZ,Yaw,U",
        "s#-s-S-DUmnhnh-",
        "F--C-0BGGB000--",
    ),
    "POS": Layout("QLLfff", "TimeUS,Lat,Lng,Alt,RelHomeAlt,RelOriginAlt", "sDUmmm", "FGG000"),
    "BAT": Layout(
        "QBfffffcfBBB",
        "TimeUS,Inst,Volt,VoltR,Curr,CurrTot,EnrgTot,Temp,Res,RemPct,H,SH",
        "s#vvAaXOw%-%",
        "F-000C0?0000",
    ),
    "RCOU": Layout("QHHHH", "TimeUS,C1,C2,C3,C4", "sYYYY", "F----"),
    "CAM": Layout(
        "QBHIHLLeeeccC",
        "TimeUS,I,Img,GPSTime,GPSWeek,Lat,Lng,Alt,RelAlt,GPSAlt,R,P,Y",
        "s#-s-DUmmmddd",
        "F--C-GGBBBBBB",
    ),
    "SIM": Layout("QccCfLL", "TimeUS,Roll,Pitch,Yaw,Alt,Lat,Lng", "sddhmDU", "FBBB0GG"),
}
"""By name. SIM is the truth; RCOU has as many columns as there are motors."""
UNITS = {
    "-": "",
    "?": "UNKNOWN",
    "A": "A",
    "a": "Ah",
    "b": "B",
    "d": "deg",
    "h": "degheading",
    "D": "deglatitude",
    "U": "deglongitude",
    "m": "m",
    "n": "m/s",
    "s": "s",
    "v": "V",
    "w": "Ohm",
    "X": "W.h",
    "O": "degC",
    "Y": "us",
    "S": "satellites",
    "%": "%",
    "#": "instance",
}
MULTIPLIERS = {"-": 0.0, "?": 1.0, "0": 1.0, "B": 1e-2, "C": 1e-3, "F": 1e-6, "G": 1e-7}
TYPES = {name: FMT + number for number, name in enumerate(LAYOUTS)}


class Log:
    """A log in memory, at most so long; `content` is the file."""

    def __init__(self, time_us: int, limit_bytes: int) -> None:
        self.content = bytearray()
        self._limit_bytes = limit_bytes
        self._kinds = {name: _kind(name, layout) for name, layout in LAYOUTS.items()}
        self._describe(time_us)

    def write(self, name: str, *values: float | str) -> None:
        """One record; the file ends before the one that does not fit."""
        head, packer, scales, letters = self._kinds[name]
        if len(self.content) + len(head) + packer.size > self._limit_bytes:
            return
        try:
            body = packer.pack(*[
                value if scale is None or isinstance(value, str) else round(value * scale)
                for value, scale in zip(values, scales, strict=True)
            ])  # fmt: skip
        except (struct.error, TypeError, ValueError, OverflowError):
            # A text, or a number beyond its limits: rare, so it may take its time.
            body = packer.pack(*map(_cell, letters, values))
        self.content += head + body

    def _describe(self, time_us: int) -> None:
        for name, layout in LAYOUTS.items():
            size = len(HEAD) + 1 + self._kinds[name].packer.size
            self.write("FMT", TYPES[name], size, name, layout.letters, layout.columns)
        for unit, label in UNITS.items():
            self.write("UNIT", time_us, ord(unit), label)
        for letter, factor in MULTIPLIERS.items():
            self.write("MULT", time_us, ord(letter), factor)
        for name, layout in LAYOUTS.items():
            self.write("FMTU", time_us, TYPES[name], layout.units, layout.multipliers)


class _Kind(NamedTuple):
    """A layout, made ready to be packed."""

    head: bytes
    packer: struct.Struct
    scales: tuple[int | None, ...]
    """None for what is packed as it comes."""
    letters: str


def _kind(name: str, layout: Layout) -> _Kind:
    packer = struct.Struct("<" + "".join(LETTERS[letter] for letter in layout.letters))
    scales = (None if letter in "fdnNZ" else SCALES.get(letter, 1) for letter in layout.letters)
    return _Kind(HEAD + bytes((TYPES[name],)), packer, tuple(scales), layout.letters)


def _cell(letter: str, value: float | str) -> float | bytes:
    """As it is packed: scaled, whole where it has to be, and within its limits."""
    if isinstance(value, str):
        return value.encode("ascii", "replace")
    if letter in "fd":
        return value
    if not math.isfinite(value):
        return 0
    low, high = LIMITS[LETTERS[letter]]
    whole: int = min(max(round(value * SCALES.get(letter, 1)), low), high)
    return whole
