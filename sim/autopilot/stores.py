"""Where mission, fence and rally points are kept, and what each does when it changes.

A mission and rally points are written as they come, so a broken-off upload leaves its beginning;
a fence is checked and written at its end. Source: ArduPilot's MissionItemProtocol_*.cpp (4.5);
texts and totals as recorded. Capacities follow from the storage of
its simulator (16 KiB: StorageManager.cpp, layout for copters): 9758, 560 and 690 bytes.
"""

from typing import Protocol

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.fence_rules import CIRCLES, FENCE_BYTES, POLYGONS, flaws
from sim.autopilot.items import Refused, fence_item, mission_item, rally_item
from sim.autopilot.messages import Message
from sim.autopilot.parameters import Parameters
from sim.flight.copter import Copter
from sim.flight.modes import Mode
from sim.flight.orders import INFO, WARNING, Text
from sim.flight.plan import Item

DEBUG = 7
JUMP = dialect.MAV_CMD_DO_JUMP


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


class _WrittenAsTheyCome:
    """What mission and rally points have in common: no upload is too short to be kept."""

    capacity: int
    kind: int
    """MAV_MISSION_TYPE."""
    total: str
    """The parameter that counts them."""

    def __init__(self, copter: Copter, parameters: Parameters, items: list[Item]) -> None:
        self._copter, self._parameters, self._items = copter, parameters, items

    def count(self) -> int:
        """Items there are; home counts."""
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

    def clear(self) -> list[Text]:
        """Nothing is said."""
        self._items.clear()
        self._tell()
        self._changed()
        return []

    def _write(self, seq: int, item: Item) -> None:
        """Into its place, or behind the last one."""
        if seq < len(self._items):
            self._items[seq] = item
        elif seq < self.capacity:
            self._items.append(item)
            self._tell()
        else:
            raise Refused(dialect.MAV_MISSION_ERROR)
        self._changed()

    def _changed(self) -> None:
        self._copter.plan_changed(self.kind)

    def _tell(self) -> None:
        self._parameters.put(self.total, len(self._items))


class MissionStore(_WrittenAsTheyCome):
    """The mission. Item 0 is home: what a client sends for it is kept, but home is told."""

    name = "Mission"
    capacity = (9758 - 4) // 15
    kind = dialect.MAV_MISSION_TYPE_MISSION
    total = "MIS_TOTAL"

    def __init__(self, copter: Copter, parameters: Parameters) -> None:
        super().__init__(copter, parameters, copter.plan.mission)
        parameters.values["MIS_TOTAL"] = float(len(self._items))

    def get(self, seq: int) -> Item:
        """Home can always be asked for."""
        if seq > 0:
            return super().get(seq)
        lat_deg, lon_deg, alt_m = self._copter.home or (0.0, 0.0, 0.0)
        x, y = round(lat_deg * 1e7), round(lon_deg * 1e7)
        return Item(dialect.MAV_CMD_NAV_WAYPOINT, 0, x=x, y=y, z=alt_m)

    def put(self, message: Message, last: int) -> None:
        """Jumps must lead somewhere."""
        item = mission_item(message)
        if item.command == JUMP and not 0 < item.p1 <= max(last, len(self._items) - 1):
            raise Refused(dialect.MAV_MISSION_ERROR)
        self._write(message.seq, item)

    def complete(self) -> list[Text]:
        """Nothing more to do."""
        self._changed()
        return [(INFO, "Flight plan received")]

    def clear(self) -> list[Text]:
        """Not the one that is flown."""
        if self._copter.armed and self._copter.mode is Mode.AUTO:
            raise Refused(dialect.MAV_MISSION_ERROR)
        return super().clear()


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


class RallyStore(_WrittenAsTheyCome):
    """Rally points."""

    name = "Rally"
    capacity = 690 // 15
    kind = dialect.MAV_MISSION_TYPE_RALLY
    total = "RALLY_TOTAL"

    def __init__(self, copter: Copter, parameters: Parameters) -> None:
        super().__init__(copter, parameters, copter.plan.rally)

    def put(self, message: Message, last: int) -> None:
        """One point."""
        self._write(message.seq, rally_item(message))

    def complete(self) -> list[Text]:
        """Nothing is said."""
        return []
