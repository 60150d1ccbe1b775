"""Where mission, fence and rally points are kept, and what each does when it changes.

A mission and rally points are written as they come, so a broken-off upload leaves its beginning;
a fence is checked and written at its end. Source: ArduPilot's MissionItemProtocol_*.cpp and
AC_PolyFence_loader.cpp (4.5); texts and totals as recorded. Capacities follow from the storage of
its simulator (16 KiB: StorageManager.cpp, layout for copters): 9758, 560 and 690 bytes.
"""

from typing import Protocol

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.items import Refused, fence_item, mission_item, rally_item
from sim.autopilot.messages import Message
from sim.autopilot.parameters import Parameters
from sim.flight.copter import Copter
from sim.flight.modes import Mode
from sim.flight.orders import INFO, WARNING, Text
from sim.flight.plan import Item

DEBUG = 7
JUMP = dialect.MAV_CMD_DO_JUMP
POLYGONS = {5001, 5002}
CIRCLES = {5003, 5004}
RETURN_POINT = 5000
STORED_AS = {5001: 98, 5002: 97, 5000: 95, 5004: 93, 5003: 92}
"""By command, the types in the vehicle's storage, which its texts name."""
FENCE_BYTES = 560
FLOAT_GRAIN = 1.2e-7


class Store(Protocol):
    """One of the three, as the protocol sees it; what cannot be done raises Refused."""

    name: str
    capacity: int

    def count(self) -> int:
        """Items there are."""

    def get(self, seq: int) -> Item:
        """One of them."""

    def begin(self, count: int) -> None:
        """So many will come, from 0 on."""

    def update(self) -> None:
        """Some of those there are will be replaced."""

    def put(self, message: Message, last: int) -> None:
        """The next MISSION_ITEM_INT; `last` is the number of the last one to come."""

    def complete(self) -> list[Text]:
        """All have come; what is to be said."""

    def clear(self) -> list[Text]:
        """None are left; what is to be said."""


class MissionStore:
    """The mission. Item 0 is home: what a client sends for it is kept, but home is told."""

    name = "Mission"
    capacity = (9758 - 4) // 15

    def __init__(self, copter: Copter, parameters: Parameters) -> None:
        self._copter, self._parameters = copter, parameters
        self._items = copter.plan.mission
        parameters.values["MIS_TOTAL"] = float(len(self._items))

    def count(self) -> int:
        """Home counts."""
        return len(self._items)

    def get(self, seq: int) -> Item:
        """Home can always be asked for."""
        if seq == 0:
            lat_deg, lon_deg, alt_m = self._copter.home or (0.0, 0.0, 0.0)
            x, y = round(lat_deg * 1e7), round(lon_deg * 1e7)
            return Item(dialect.MAV_CMD_NAV_WAYPOINT, 0, x=x, y=y, z=alt_m)
        if seq >= len(self._items):
            raise Refused(dialect.MAV_MISSION_INVALID_SEQUENCE)
        return self._items[seq]

    def begin(self, count: int) -> None:
        """What is beyond the new end goes at once."""
        if len(self._items) > count:
            del self._items[count:]
            self._tell()

    def update(self) -> None:
        """Written as they come."""

    def put(self, message: Message, last: int) -> None:
        """Into its place, or behind the last one."""
        item = mission_item(message)
        if item.command == JUMP and not 0 < item.p1 <= max(last, len(self._items) - 1):
            raise Refused(dialect.MAV_MISSION_ERROR)
        if message.seq < len(self._items):
            self._items[message.seq] = item
        elif message.seq < self.capacity:
            self._items.append(item)
            self._tell()
        else:
            raise Refused(dialect.MAV_MISSION_ERROR)
        self._copter.plan_changed(dialect.MAV_MISSION_TYPE_MISSION)

    def complete(self) -> list[Text]:
        """Nothing more to do."""
        self._copter.plan_changed(dialect.MAV_MISSION_TYPE_MISSION)
        return [(INFO, "Flight plan received")]

    def clear(self) -> list[Text]:
        """Not the one that is flown."""
        if self._copter.armed and self._copter.mode is Mode.AUTO:
            raise Refused(dialect.MAV_MISSION_ERROR)
        self._items.clear()
        self._tell()
        self._copter.plan_changed(dialect.MAV_MISSION_TYPE_MISSION)
        return []

    def _tell(self) -> None:
        self._parameters.put("MIS_TOTAL", len(self._items))


class FenceStore:
    """Polygons and circles. They come into a tray, which is checked as a whole."""

    name = "Fence"
    capacity = FENCE_BYTES // 8

    def __init__(self, copter: Copter, parameters: Parameters) -> None:
        self._copter, self._parameters = copter, parameters
        self._items = copter.plan.fence
        self._tray: list[Item] = []
        self._room = 0

    def count(self) -> int:
        """Those that count; the tray does not yet."""
        return len(self._items)

    def get(self, seq: int) -> Item:
        """One of those that count."""
        if seq > len(self._items):
            raise Refused(dialect.MAV_MISSION_INVALID_SEQUENCE)
        if seq == len(self._items):
            raise Refused(dialect.MAV_MISSION_ERROR)
        return self._items[seq]

    def begin(self, count: int) -> None:
        """An empty tray of that size."""
        self._tray, self._room = [], count

    def update(self) -> None:
        """A tray with what there is."""
        self._tray, self._room = list(self._items), len(self._items)

    def put(self, message: Message, last: int) -> None:
        """Into the tray."""
        if message.seq >= self._room:
            raise Refused(dialect.MAV_MISSION_INVALID_SEQUENCE)
        self._tray[message.seq : message.seq + 1] = [fence_item(message)]

    def complete(self) -> list[Text]:
        """Checks the tray and takes it."""
        return self._take(self._tray)

    def clear(self) -> list[Text]:
        """Takes an empty tray."""
        return self._take([])

    def _take(self, items: list[Item]) -> list[Text]:
        for words in flaws(items):
            self._copter.texts.append((WARNING, words))
        if flaws(items):
            raise Refused(dialect.MAV_MISSION_ERROR)
        self._items[:] = items
        points = sum(item.command in POLYGONS | CIRCLES for item in items)
        # The old protocol's total: corners, a return point, and the first corner again.
        self._parameters.put("FENCE_TOTAL", points + 2 if points >= 3 else 0)
        self._copter.plan_changed(dialect.MAV_MISSION_TYPE_FENCE)
        return [(DEBUG, "Fence Indexed OK")]


class RallyStore:
    """Rally points."""

    name = "Rally"
    capacity = 690 // 15

    def __init__(self, copter: Copter, parameters: Parameters) -> None:
        self._copter, self._parameters = copter, parameters
        self._items = copter.plan.rally

    def count(self) -> int:
        """Points there are."""
        return len(self._items)

    def get(self, seq: int) -> Item:
        """One of them."""
        if seq >= len(self._items):
            raise Refused(dialect.MAV_MISSION_INVALID_SEQUENCE)
        return self._items[seq]

    def begin(self, count: int) -> None:
        """What is beyond the new end goes at once."""
        if len(self._items) > count:
            del self._items[count:]
            self._tell()

    def update(self) -> None:
        """Written as they come."""

    def put(self, message: Message, last: int) -> None:
        """Into its place, or behind the last one."""
        item = rally_item(message)
        if message.seq < len(self._items):
            self._items[message.seq] = item
        elif message.seq < self.capacity:
            self._items.append(item)
            self._tell()
        else:
            raise Refused(dialect.MAV_MISSION_ERROR)
        self._copter.plan_changed(dialect.MAV_MISSION_TYPE_RALLY)

    def complete(self) -> list[Text]:
        """Nothing is said."""
        return []

    def clear(self) -> list[Text]:
        """Nothing is said."""
        self._items.clear()
        self._tell()
        self._copter.plan_changed(dialect.MAV_MISSION_TYPE_RALLY)
        return []

    def _tell(self) -> None:
        self._parameters.put("RALLY_TOTAL", len(self._items))


def flaws(items: list[Item]) -> list[str]:
    """What is wrong with a fence, in the vehicle's words; empty when it is sound."""
    fault = _fault(items)
    if fault:
        return [fault, "Fence validation failed"]
    return ["Fence exceeds storage size"] if _size(items) > FENCE_BYTES else []


def _fault(items: list[Item]) -> str:
    """The first thing that is wrong."""
    missing = corners = kind = return_points = 0
    for item in items:
        if item.command in POLYGONS:
            if item.p1 < 3:
                return f"Invalid vertex count ({int(item.p1)})"
            if not missing:
                missing = corners = int(item.p1)
                kind = item.command
            elif item.command != kind:
                return f"Received incorrect vertex type ({_want(kind, item)})"
            elif item.p1 != corners:
                return f"Unexpected vertex count want={corners} got={int(item.p1)}\n"
            missing -= 1
        elif missing:
            return f"Received incorrect type ({_want(kind, item)})"
        elif item.command in CIRCLES and not item.p1 > FLOAT_GRAIN:
            return "Non-positive circle radius"
        return_points += item.command == RETURN_POINT
        if return_points > 1:
            return "Multiple return points"
        if abs(item.x) > 90 * 10**7 or abs(item.y) > 180 * 10**7:
            return "Bad lat or lon"
    return "Incorrect item count" if missing else ""


def _want(kind: int, item: Item) -> str:
    return f"want={STORED_AS[kind]} got={STORED_AS[item.command]}"


def _size(items: list[Item]) -> int:
    """Bytes in the vehicle's storage: a type each, and a count for each polygon."""
    polygons = sum(1 / item.p1 for item in items if item.command in POLYGONS)
    circles = sum(item.command in CIRCLES for item in items)
    return (
        4
        + 8 * len(items)
        + 2 * round(polygons)
        + 5 * circles
        + sum(item.command == RETURN_POINT for item in items)
    )
