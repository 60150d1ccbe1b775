"""The mission protocol, downloading: the survey is handed out; an upload is refused.

Source: MAVLink's mission protocol; results as recorded from ArduCopter 4.5.6.
"""

from collections.abc import Sequence

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.commands import text
from sim.autopilot.telemetry import Message
from sim.flight.plan import Item

MESSAGES = ("MISSION_REQUEST_LIST", "MISSION_REQUEST_INT", "MISSION_REQUEST", "MISSION_COUNT")
SURVEY = dialect.MAV_MISSION_TYPE_MISSION


def answer(message: Message, items: Sequence[Item]) -> list[Message]:
    """Replies to one message of the protocol."""
    sender = (message.get_srcSystem(), message.get_srcComponent())
    kind = message.mission_type
    mine = items if kind == SURVEY else ()
    if message.get_type() == "MISSION_COUNT":
        refuse = dialect.MAVLink_mission_ack_message
        return [refuse(*sender, dialect.MAV_MISSION_DENIED, kind)]
    if message.get_type() == "MISSION_REQUEST_LIST":
        return [dialect.MAVLink_mission_count_message(*sender, len(mine), kind)]
    if message.seq >= len(mine):
        wrong = dialect.MAV_MISSION_INVALID_SEQUENCE
        return [dialect.MAVLink_mission_ack_message(*sender, wrong, kind)]
    item = mine[message.seq]
    if message.get_type() == "MISSION_REQUEST_INT":
        return [_item_int(item, message.seq, sender)]
    return [
        _item_float(item, message.seq, sender),
        text(4, "got MISSION_REQUEST; use MISSION_REQUEST_INT!"),
    ]


def _item_int(item: Item, seq: int, sender: tuple[int, int]) -> Message:
    return dialect.MAVLink_mission_item_int_message(
        *sender, seq, item.frame, item.command, 0, item.autocontinue,
        item.p1, item.p2, item.p3, item.p4, item.x, item.y, item.z, SURVEY,
    )  # fmt: skip


def _item_float(item: Item, seq: int, sender: tuple[int, int]) -> Message:
    return dialect.MAVLink_mission_item_message(
        *sender, seq, item.frame, item.command, 0, item.autocontinue,
        item.p1, item.p2, item.p3, item.p4, item.lat_deg, item.lon_deg, item.z, SURVEY,
    )  # fmt: skip
