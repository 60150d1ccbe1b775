"""@PARAM/param.pck: all parameters in one file, as ArduPilot packs them for MAVFTP.

    u16 magic (0x671b, with defaults 0x671c)   u16 how many are in here   u16 how many there are
    for each:
      u8  type: 1 int8, 2 int16, 3 int32, 4 float; + 0x10 when the default follows the value
      u8  letters shared with the name before, + 16 x (letters that follow - 1)
      letters, value, and the default where it is another one; little endian
    a zero before a type is padding: it keeps a value from crossing a block that is read at once

Source: AP_Filesystem_Param.cpp (4.5); the first bytes of each block of a recorded download agree.
"""

import struct
from itertools import takewhile

from sim.autopilot.parameters import Parameters

MAGIC, MAGIC_WITH_DEFAULTS = 0x671B, 0x671C
PACKED = {2: (1, "<b"), 4: (2, "<h"), 6: (3, "<i"), 9: (4, "<f")}
"""By MAV_PARAM_TYPE: type in the file, and how its value is packed."""


def pack(
    parameters: Parameters, block: int, with_defaults: bool = False, start: int = 0, count: int = 0
) -> bytes:
    """The file for a reader that asks for `block` bytes at once; `count` 0 is all from `start`."""
    names = parameters.names[start : start + count if count else None]
    magic = MAGIC_WITH_DEFAULTS if with_defaults else MAGIC
    out = bytearray(struct.pack("<HHH", magic, len(names), len(parameters.names)))
    before = ""
    for name in names:
        code, layout = PACKED[parameters.kind(name)]
        value = _value(layout, parameters.values[name])
        default = _value(layout, parameters.defaults[name]) if with_defaults else value
        more = default if default != value else b""
        alike = sum(1 for _ in takewhile(_equal, zip(before, name, strict=False)))
        shared = min(alike, len(name) - 1)
        letters = name[shared:].encode()
        head = bytes((code | (0x10 if more else 0), shared | (len(letters) - 1) << 4))
        entry = head + letters + value + more
        beyond = (len(out) + len(entry)) % block
        if 0 < beyond < len(value):
            out += bytes(len(value) - beyond)
        out += entry
        before = name
    return bytes(out)


def _value(layout: str, value: float) -> bytes:
    return struct.pack(layout, value if layout == "<f" else int(value))


def _equal(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]
