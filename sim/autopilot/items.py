"""What the vehicle keeps of an item of a plan: its storage has 15 bytes for each.

Which parameters survive, as what number, and why an item is refused: ArduPilot's AP_Mission.cpp,
MissionItemProtocol_Fence.cpp and _Rally.cpp (4.5); the codes for a bad latitude, an unknown
command and a bad frame are recorded from the real one as well. A parameter that the vehicle has
no room for comes back as 0, an angle as a whole degree.
"""

import math
import struct
from typing import NamedTuple

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.messages import Message
from sim.flight.plan import Item

KEPT = {
    16: "H...", 17: "..f.", 18: "f.ff", 19: "H.ff", 20: "....", 21: "H..f", 22: "H...", 30: "H...",
    31: ".f.f", 82: "H...", 83: "ffB.", 84: "....", 85: "....", 92: "H...", 93: "fbbb", 94: "f...",
    112: "f...", 114: "f...", 115: "ffbB", 176: "H...", 177: "Hh..", 178: "Bff.", 179: "H...",
    181: "BB..", 182: "Bhf.", 183: "BH..", 184: "BHhf", 189: "....", 191: "....", 193: "H...",
    194: "H...", 195: "....", 197: "....", 201: "H...", 202: "BHBH", 203: "BBbB", 205: "fff.",
    206: "f.B.", 207: "H...", 208: "H...", 210: "H...", 211: "BB..", 212: "H...", 213: "ffB.",
    215: "H...", 216: "H...", 217: "Hfff", 218: "HH..", 222: "Hfff", 223: "BBf.", 531: "ff..",
    532: "ff..", 600: "H...", 601: "Hh..", 1000: "bhbb", 2000: "BfHH", 2001: "B...", 2500: "B...",
    2501: "B...", 3000: "B...", 42600: "BBff", 42702: "BBff", 42703: "Hhbh",
}  # fmt: skip
"""By MAV_CMD, for param1 to param4: `.` not kept, `f` a float, else an integer of that width and
sign, as `struct` names them. What is not here is no command for a mission."""
SHAPED = {17, 18, 19, 21, 31, 94}
"""Kept in a form of their own: see `_shape`."""
LOCATED = {16, 17, 18, 19, 21, 22, 30, 31, 82, 84, 85, 92, 94, 179, 189, 191, 195, 201}
"""Kept with a place; the others lose x, y, z and frame."""
RAW_PLACE = {202, 203, 1000, 42702, 42703}
"""x, y and z are numbers of their own."""
FRAMES = {0: 0, 2: 0, 5: 0, 3: 3, 6: 3, 10: 10, 11: 10}
"""MAV_FRAME as it comes, and as it is kept: absolute, over home, over the terrain."""
NAN_MAY_BE = {16: {4}, 21: {4}, 22: {4}, 84: {4}, 85: {3, 4}}
LIMITS = {"H": (0, 65535), "h": (-32768, 32767), "B": (0, 255), "b": (-128, 127)}
FENCE = {5000, 5001, 5002, 5003, 5004}
"""Return point, vertices to stay inside and outside of, circles likewise."""
RALLY_POINT = 5100
HIGHEST_M = 83_000


class _Params(NamedTuple):
    p1: float
    p2: float
    p3: float
    p4: float


class Refused(Exception):
    """The item cannot be kept; `result` is MAV_MISSION_RESULT."""

    def __init__(self, result: int) -> None:
        super().__init__(result)
        self.result = result


def to_int(message: Message) -> Message:
    """A MISSION_ITEM as the MISSION_ITEM_INT it stands for, with the error of its 32-bit floats;
    raises Refused when x and y are no place."""
    place = [message.x, message.y]
    if message.command not in {202, 203}:
        _check(abs(message.x) <= 90, dialect.MAV_MISSION_INVALID_PARAM5_X)
        _check(abs(message.y) <= 180, dialect.MAV_MISSION_INVALID_PARAM6_Y)
        place = [single(value * 1e7) for value in place]
    return dialect.MAVLink_mission_item_int_message(
        *(message.target_system, message.target_component, message.seq, message.frame),
        *(message.command, message.current, message.autocontinue, message.param1, message.param2),
        *(message.param3, message.param4, *(_whole(v) for v in place), message.z),
        message.mission_type,
    )


def mission_item(message: Message) -> Item:
    """A MISSION_ITEM_INT of a mission, as it is kept; raises Refused."""
    command = message.command
    params = (message.param1, message.param2, message.param3, message.param4)
    for number, value in enumerate(params, start=1):
        may_be_nan = number in NAN_MAY_BE.get(command, ())
        refusal = dialect.MAV_MISSION_INVALID_PARAM1 + number - 1
        _check(math.isfinite(value) or (may_be_nan and math.isnan(value)), refusal)
    _check(command in KEPT, dialect.MAV_MISSION_UNSUPPORTED)
    if command in SHAPED:
        params = _shape(command, *(0.0 if math.isnan(p) else p for p in params))
    kept = _Params(*(_keep(p, letter) for p, letter in zip(params, KEPT[command], strict=True)))
    if command in LOCATED:
        return _located(message, command, kept)
    if command in RAW_PLACE:
        z = message.z if math.isfinite(message.z) else 0.0
        return Item(command, 0, *kept, message.x, message.y, z)
    return Item(command, 0, *kept)


def fence_item(message: Message) -> Item:
    """A MISSION_ITEM_INT of a fence, as it is kept; raises Refused."""
    _check(message.frame in FRAMES and message.frame != 2, dialect.MAV_MISSION_UNSUPPORTED_FRAME)
    _check(message.command in FENCE, dialect.MAV_MISSION_UNSUPPORTED)
    vertex = message.command in {5001, 5002}
    size = _keep(message.param1, "B") if vertex else message.param1
    if message.command == 5000:
        size = 0.0
    return Item(message.command, 0, size, x=message.x, y=message.y, autocontinue=0)


def rally_item(message: Message) -> Item:
    """A MISSION_ITEM_INT of a rally point, as it is kept; raises Refused."""
    _check(message.command == RALLY_POINT, dialect.MAV_MISSION_UNSUPPORTED)
    _check(message.frame in {3, 6}, dialect.MAV_MISSION_UNSUPPORTED_FRAME)
    _check_place(message)
    _check(-32768 <= message.z <= 32767, dialect.MAV_MISSION_INVALID_PARAM7)
    z = float(int(message.z))
    return Item(RALLY_POINT, 3, x=message.x, y=message.y, z=z, autocontinue=0)


def single(value: float) -> float:
    """As a 32-bit float holds it."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def _located(message: Message, command: int, kept: _Params) -> Item:
    _check_place(message)
    _check(abs(message.z) < HIGHEST_M, dialect.MAV_MISSION_INVALID_PARAM7)
    _check(message.frame in FRAMES, dialect.MAV_MISSION_UNSUPPORTED_FRAME)
    centimetres = int(single(message.z * 100))
    z = single(centimetres / 100)
    return Item(command, FRAMES[message.frame], *kept, message.x, message.y, z)


def _check_place(message: Message) -> None:
    _check(abs(message.x) <= 90 * 10**7, dialect.MAV_MISSION_INVALID_PARAM5_X)
    _check(abs(message.y) <= 180 * 10**7, dialect.MAV_MISSION_INVALID_PARAM6_Y)


def _shape(
    command: int, p1: float, p2: float, p3: float, p4: float
) -> tuple[float, float, float, float]:
    """Radii are whole metres with the direction as their sign, of turns a byte, and so on."""
    sign3, crossing = (-1.0 if p3 < 0 else 1.0), float(p4 > 0)
    if command == dialect.MAV_CMD_NAV_LOITER_UNLIM:
        return 0, 0, sign3 * _keep(abs(p3), "H"), 0
    if command == dialect.MAV_CMD_NAV_LOITER_TURNS:
        turns = int(p1 * 256) / 256 if 0 < p1 < 1 else float(int(p1) & 255)
        radius = abs(p3)
        metres = int(radius) if radius <= 255 else 10 * min(int(radius / 10), 255)
        return turns, 0, sign3 * metres, crossing
    if command == dialect.MAV_CMD_NAV_LOITER_TIME:
        return p1, 0, sign3, crossing
    if command == dialect.MAV_CMD_NAV_LAND:
        return p1, 0, 0, -1.0 if p4 < 0 else 1.0
    if command == dialect.MAV_CMD_NAV_LOITER_TO_ALT:
        return 0, math.copysign(_keep(abs(p2), "H"), p2), 0, crossing
    return _keep(p1 * 100, "H") / 100, 0, 0, 0  # NAV_PAYLOAD_PLACE


def _keep(value: float, letter: str) -> float:
    if letter == "." or math.isnan(value):
        return 0.0
    if letter == "f":
        return value
    low, high = LIMITS[letter]
    return float(int(min(max(value, low), high)))


def _whole(value: float) -> int:
    return int(min(max(value, -(2**31)), 2**31 - 1)) if math.isfinite(value) else 0


def _check(fine: bool, result: int) -> None:
    if not fine:
        raise Refused(result)
