"""The mission protocol, both ways, for mission, fence and rally points.

Source: MAVLink's mission protocol as ArduPilot 4.5 speaks it (MissionItemProtocol.cpp,
GCS_Common.cpp), sequences, codes, times and texts confirmed by recordings. An upload is asked for
with MISSION_REQUEST, whatever form the items come in; an item that does not come is asked for
again after 1 s, and after 8 s the upload is given up. While one client uploads, others are denied.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.items import RAW_PLACE, Refused, mission_item, to_int
from sim.autopilot.messages import CLOCK_GRAIN_S, Message, text
from sim.autopilot.outgoing import EVERYBODY, Outgoing
from sim.autopilot.parameters import Parameters
from sim.autopilot.stores import FenceStore, MissionStore, RallyStore, Store
from sim.flight.copter import Copter
from sim.flight.modes import Mode
from sim.flight.orders import ACCEPTED, WARNING, Target, Text
from sim.flight.plan import Item

ASK_AGAIN_S, GIVE_UP_S = 1.0, 8.0
NOT_STARTED, ACTIVE, NO_MISSION = 2, 3, 1
"""MISSION_STATE."""
GO_THERE, CHANGE_HEIGHT = 2, 3
"""`current` of an item that is meant for GUIDED, not for the mission."""
FLOAT_REQUEST = "got MISSION_REQUEST; use MISSION_REQUEST_INT!"
FLOAT_ITEM = "got MISSION_ITEM; GCS should send MISSION_ITEM_INT"


@dataclass(slots=True)
class _Upload:
    """An upload that goes on: who sends, on which link, and which item is waited for."""

    sender: tuple[int, int]
    link: int
    seq: int
    last: int
    received_s: float
    asked_s: float


@dataclass(slots=True)
class _Kind:
    """One MAV_MISSION_TYPE."""

    number: int
    store: Store
    upload: _Upload | None = None
    said_float_request: bool = False
    said_float_item: bool = False


class Missions:
    """What is kept is the copter's plan."""

    def __init__(self, copter: Copter, parameters: Parameters) -> None:
        self._copter = copter
        stores: tuple[Store, ...] = (
            MissionStore(copter, parameters),
            FenceStore(copter, parameters),
            RallyStore(copter, parameters),
        )
        self._kinds = {n: _Kind(n, store) for n, store in enumerate(stores)}

    def reboot(self) -> None:
        """Uploads are forgotten, and what was said once can be said again."""
        for kind in self._kinds.values():
            kind.upload, kind.said_float_request, kind.said_float_item = None, False, False

    def handle(self, message: Message, link: int, now_s: float) -> Outgoing:
        """One message of the protocol."""
        name = message.get_type()
        if name == "MISSION_SET_CURRENT":
            return self._set_current(message, link)
        if name in ("MISSION_ITEM", "MISSION_ITEM_INT"):
            return self._on_item(message, link, now_s)
        kind = self._kinds.get(message.mission_type)
        if kind is not None:
            return HANDLERS[name](self, kind, message, link, now_s)
        if name in ("MISSION_REQUEST", "MISSION_REQUEST_INT"):
            return []
        return [_ack(message, link, dialect.MAV_MISSION_UNSUPPORTED)]

    def poll(self, now_s: float) -> Outgoing:
        """Asks again, or gives up."""
        out: Outgoing = []
        for kind in self._kinds.values():
            upload = kind.upload
            if upload is None:
                continue
            if now_s - upload.received_s > GIVE_UP_S + CLOCK_GRAIN_S:
                kind.upload = None
                cancelled = dialect.MAV_MISSION_OPERATION_CANCELLED
                ack = dialect.MAVLink_mission_ack_message(*upload.sender, cancelled, kind.number)
                words = text(WARNING, f"{kind.store.name} upload timeout")
                out += [(upload.link, ack), (upload.link, words)]
            elif now_s - upload.asked_s > ASK_AGAIN_S + CLOCK_GRAIN_S:
                out.append(_ask(kind, upload, now_s))
        return out

    def _on_count(self, kind: _Kind, message: Message, link: int, now_s: float) -> Outgoing:
        if kind.upload is not None and kind.upload.sender != _sender(message):
            return [_ack(message, link, dialect.MAV_MISSION_DENIED)]
        kind.upload = None
        store = kind.store
        if message.count > store.capacity:
            words = text(WARNING, f"Only {store.capacity} items are supported")
            return [_ack(message, link, dialect.MAV_MISSION_NO_SPACE), (EVERYBODY, words)]
        store.begin(message.count)
        if message.count == 0:
            return _complete(kind, message, link)
        return self._start(kind, message, link, (0, message.count - 1), now_s)

    def _on_partial(self, kind: _Kind, message: Message, link: int, now_s: float) -> Outgoing:
        if kind.upload is not None:
            return [_ack(message, link, dialect.MAV_MISSION_DENIED)]
        first, last = message.start_index, message.end_index
        if not 0 <= first <= last <= kind.store.count():
            words = text(WARNING, "Flight plan update rejected")
            return [_ack(message, link, dialect.MAV_MISSION_ERROR), (EVERYBODY, words)]
        kind.store.update()
        return self._start(kind, message, link, (first, last), now_s)

    def _start(
        self, kind: _Kind, message: Message, link: int, span: tuple[int, int], now_s: float
    ) -> Outgoing:
        kind.upload = _Upload(_sender(message), link, *span, received_s=now_s, asked_s=now_s)
        return [_ask(kind, kind.upload, now_s)]

    def _on_item(self, message: Message, link: int, now_s: float) -> Outgoing:
        is_float = message.get_type() == "MISSION_ITEM"
        try:
            item = to_int(message) if is_float else message
        except Refused as refusal:
            return [_ack(message, link, refusal.result)]
        number = item.mission_type
        if number == dialect.MAV_MISSION_TYPE_MISSION and item.current in (GO_THERE, CHANGE_HEIGHT):
            return [_ack(message, link, self._fly_there(item))]
        kind = self._kinds.get(number)
        if kind is None:
            return [_ack(message, link, dialect.MAV_MISSION_UNSUPPORTED)]
        warning: Outgoing = []
        if is_float and not kind.said_float_item:
            kind.said_float_item = True
            warning = [(EVERYBODY, text(WARNING, FLOAT_ITEM))]
        if kind.upload is None:
            return [_ack(message, link, dialect.MAV_MISSION_ERROR), *warning]
        return self._take(kind, kind.upload, message, item, now_s) + warning

    def _take(
        self, kind: _Kind, upload: _Upload, message: Message, item: Message, now_s: float
    ) -> Outgoing:
        """The answer goes to the link on which the upload began, whoever sent the item."""
        if item.seq != upload.seq:
            return [_ack(message, upload.link, dialect.MAV_MISSION_INVALID_SEQUENCE)]
        if _sender(message) != upload.sender:
            return [_ack(message, upload.link, dialect.MAV_MISSION_DENIED)]
        try:
            kind.store.put(item, upload.last)
        except Refused as refusal:
            kind.upload = None
            return [_ack(message, upload.link, refusal.result)]
        upload.received_s = now_s
        upload.seq += 1
        if upload.seq > upload.last:
            return _complete(kind, message, upload.link)
        return [_ask(kind, upload, now_s)]

    def _on_request_list(self, kind: _Kind, message: Message, link: int, now_s: float) -> Outgoing:
        if kind.upload is not None:
            return [_ack(message, link, dialect.MAV_MISSION_DENIED)]
        return [_count(kind, message, link)]

    def _on_request(self, kind: _Kind, message: Message, link: int, now_s: float) -> Outgoing:
        if kind.upload is not None:
            return [_ack(message, link, dialect.MAV_MISSION_DENIED)]
        is_int = message.get_type() == "MISSION_REQUEST_INT"
        try:
            item = kind.store.get(message.seq)
        except Refused as refusal:
            size: Outgoing = []
            if is_int and refusal.result == dialect.MAV_MISSION_INVALID_SEQUENCE:
                size = [_count(kind, message, link)]
            return [*size, _ack(message, link, refusal.result)]
        if is_int:
            return [(link, _item_int(item, message))]
        out: Outgoing = [(link, _item_float(item, message))]
        if not kind.said_float_request:
            kind.said_float_request = True
            out.append((EVERYBODY, text(WARNING, FLOAT_REQUEST)))
        return out

    def _on_clear(self, kind: _Kind, message: Message, link: int, now_s: float) -> Outgoing:
        if kind.upload is not None and kind.upload.sender != _sender(message):
            return [_ack(message, link, dialect.MAV_MISSION_DENIED)]
        kind.upload = None
        try:
            said = kind.store.clear()
        except Refused as refusal:
            return [_ack(message, link, refusal.result)]
        return [_ack(message, link, dialect.MAV_MISSION_ACCEPTED), *_texts(said)]

    def _set_current(self, message: Message, link: int) -> Outgoing:
        """No acknowledgement but MISSION_CURRENT with the number that was asked for."""
        if self._copter.set_current(message.seq).result != ACCEPTED:
            return []
        total = max(self._kinds[0].store.count() - 1, 0)
        flown = self._copter.mode is Mode.AUTO
        state = NO_MISSION if not total else ACTIVE if flown and self._copter.armed else NOT_STARTED
        told = dialect.MAVLink_mission_current_message
        return [(link, told(message.seq, total, state, int(flown)))]

    def _fly_there(self, message: Message) -> int:
        """MAV_MISSION_RESULT of an item that is an order to GUIDED."""
        try:
            item = mission_item(message)
        except Refused as refusal:
            return refusal.result
        if message.current == CHANGE_HEIGHT:
            return int(dialect.MAV_MISSION_ACCEPTED)  # as the real one says, and does nothing
        waypoint = item.command == dialect.MAV_CMD_NAV_WAYPOINT
        if not waypoint or self._copter.mode is not Mode.GUIDED:
            return int(dialect.MAV_MISSION_ERROR)
        self._copter.guided(Target(item.frame, position=(item.lat_deg, item.lon_deg, item.z)))
        return int(dialect.MAV_MISSION_ACCEPTED)


HANDLERS: dict[str, Callable[[Missions, _Kind, Message, int, float], Outgoing]] = {
    "MISSION_COUNT": Missions._on_count,
    "MISSION_WRITE_PARTIAL_LIST": Missions._on_partial,
    "MISSION_REQUEST_LIST": Missions._on_request_list,
    "MISSION_REQUEST": Missions._on_request,
    "MISSION_REQUEST_INT": Missions._on_request,
    "MISSION_CLEAR_ALL": Missions._on_clear,
}
MESSAGES = (*HANDLERS, "MISSION_ITEM", "MISSION_ITEM_INT", "MISSION_SET_CURRENT")
"""All that `handle` takes."""


def _complete(kind: _Kind, message: Message, link: int) -> Outgoing:
    kind.upload = None
    try:
        said = kind.store.complete()
    except Refused as refusal:
        return [_ack(message, link, refusal.result)]
    return [_ack(message, link, dialect.MAV_MISSION_ACCEPTED), *_texts(said)]


def _texts(said: list[Text]) -> Outgoing:
    return [(EVERYBODY, text(severity, words)) for severity, words in said]


def _sender(message: Message) -> tuple[int, int]:
    return message.get_srcSystem(), message.get_srcComponent()


def _ack(message: Message, link: int, result: int) -> tuple[int, Message]:
    told = dialect.MAVLink_mission_ack_message
    return link, told(*_sender(message), result, message.mission_type)


def _count(kind: _Kind, message: Message, link: int) -> tuple[int, Message]:
    told = dialect.MAVLink_mission_count_message
    return link, told(*_sender(message), kind.store.count(), kind.number)


def _ask(kind: _Kind, upload: _Upload, now_s: float) -> tuple[int, Message]:
    upload.asked_s = now_s
    asked = dialect.MAVLink_mission_request_message
    return upload.link, asked(*upload.sender, upload.seq, kind.number)


def _item_int(item: Item, asked: Message) -> Message:
    return dialect.MAVLink_mission_item_int_message(
        *_sender(asked), asked.seq, item.frame, item.command, 0, item.autocontinue,
        item.p1, item.p2, item.p3, item.p4, item.x, item.y, item.z, asked.mission_type,
    )  # fmt: skip


def _item_float(item: Item, asked: Message) -> Message:
    scale = 1.0 if item.command in RAW_PLACE else 1e-7
    return dialect.MAVLink_mission_item_message(
        *_sender(asked), asked.seq, item.frame, item.command, 0, item.autocontinue,
        item.p1, item.p2, item.p3, item.p4, item.x * scale, item.y * scale, item.z,
        asked.mission_type,
    )  # fmt: skip
