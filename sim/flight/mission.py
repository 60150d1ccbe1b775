"""Which mission item is flown, and what is done on the way (source: MAVLink, mission protocol).

One navigation item is flown at a time. The items between it and the one before, which do or wait
for something, are started one a step while it is flown: the first of them before it begins, as
recorded from ArduCopter 4.5.6. A step tells one MISSION_ITEM_REACHED at most, the last: so a
take-off that is followed by something to do is never told, which the recordings show as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.flight.orders import DENIED, INFO, Verdict
from sim.flight.plan import Item

if TYPE_CHECKING:
    from sim.flight.copter import Copter

LAST_NAV = 95
"""MAV_CMD_NAV_LAST: commands up to it navigate."""
DO_JUMP, CONDITION_DELAY, CONDITION_DISTANCE, CONDITION_YAW = 177, 112, 114, 115
UNTOLD = frozenset({203, 206, 2000, 2001})
"""Camera commands are not told as reached."""
NO_MISSION, NOT_STARTED, ACTIVE, PAUSED, COMPLETE = 1, 2, 3, 4, 5
"""MISSION_STATE."""
JUMPS_AT_ONCE = 64
"""So many DO_JUMPs in a row lead nowhere: the mission is over."""
NAMES = {
    16: "WP", 17: "LoitUnlim", 18: "LoitTurns", 19: "LoitTime", 20: "RTL", 21: "Land",
    22: "Takeoff", 82: "SplineWP", 93: "Delay", 112: "CondDelay", 114: "CondDist",
    115: "CondYaw", 178: "ChangeSpeed", 179: "SetHome", 181: "SetRelay", 182: "RepeatRelay",
    183: "SetServo", 184: "RepeatServo", 189: "LandStart", 195: "SetROI", 197: "ROINone",
    201: "SetROI", 203: "DigiCamCtrl", 205: "MountControl", 206: "SetCamTrigDst",
    1000: "GimbalPitchYaw", 2000: "ImageStartCapture", 2001: "ImageStopCapture",
}  # fmt: skip
"""As "Mission: 5 WP" says; WP, Takeoff, RTL, ChangeSpeed, MountControl and SetCamTrigDst are from
recordings, the others not verified."""


class Mission:
    """Goes through the items of a plan. `Copter` flies them and does what they say."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self.state = NO_MISSION
        self.current = 0
        """The item that navigates, or where it is to go on."""
        self._do: int | None = None
        """Item that is being done while `current` is flown."""
        self._do_from = 0
        self._do_all = True
        self._jumps: dict[int, int] = {}
        self._told: int | None = None
        self._flying = False

    @property
    def items(self) -> list[Item]:
        """Item 0 is home and never flown."""
        return self._copter.plan.mission

    @property
    def exists(self) -> bool:
        """There is something to fly."""
        return len(self.items) > 1

    def starts_with_takeoff(self) -> bool:
        """The first item that navigates takes off."""
        for item in self.items[max(self.current, 1) :]:
            if item.command <= LAST_NAV:
                return item.command == 22
        return False

    def changed(self) -> None:
        """Another plan has been stored."""
        self._jumps.clear()
        if not self.exists:
            was = self.state
            self.state, self.current, self._flying, self._do = NO_MISSION, 0, False, None
            if was == ACTIVE:
                self._copter.auto.over()
        elif self.state != ACTIVE:
            self.state, self.current, self._flying = NOT_STARTED, 0, False
        elif self.current >= len(self.items):
            self._complete()

    def set_current(self, seq: int) -> Verdict:
        """MISSION_SET_CURRENT; in AUTO it goes there at once."""
        if not 0 <= seq < len(self.items):
            return Verdict(DENIED)
        if self.state == COMPLETE:
            self.state = NOT_STARTED
        self._jumps.clear()
        if self.state == ACTIVE:
            self._go(max(seq, 1))
        else:
            self.current = seq
        return Verdict(0)

    def rewind(self) -> None:
        """The next start is from the first item."""
        if self.state != ACTIVE:
            self.current = 0
            self._jumps.clear()

    def start_or_resume(self) -> None:
        """Entering AUTO: goes on where it was, or from the beginning with MIS_RESTART."""
        restart = self._copter.parameters["MIS_RESTART"] >= 1
        if restart or self.state in (NO_MISSION, COMPLETE) or self.current == 0:
            self.start()
        else:
            self.state = ACTIVE
            self._go(self.current)

    def start(self) -> None:
        """From the first item."""
        self._jumps.clear()
        self.state = ACTIVE
        self._go(1)

    def stop(self) -> None:
        """Leaving AUTO."""
        if self.state == ACTIVE:
            self.state = PAUSED

    def run(self) -> None:
        """One step."""
        if self.state != ACTIVE:
            return
        if self._flying and self._copter.auto.is_done(self.items[self.current]):
            self._tell(self.current)
            self._go(self.current + 1)
        if self._do is not None:
            item = self.items[self._do]
            if self._copter.auto.is_through(item):
                if item.command not in UNTOLD:
                    self._tell(self._do)
                self._do = None
        elif not self._do_all:
            self._next_to_do()
        if self._told is not None:
            self._copter.reached.append(self._told)
            self._told = None

    def after(self, seq: int) -> Item | None:
        """The item that navigates after this one; what jumps count is left alone."""
        jumps = dict(self._jumps)
        index: int | None = seq + 1
        while (index := self._resolve(index, jumps)) is not None:
            if self.items[index].command <= LAST_NAV:
                return self.items[index]
            index += 1
        return None

    def _go(self, index: int) -> None:
        """Loads the next item that navigates, and begins the first thing to do before it."""
        self._do, self._do_all, self._flying = None, False, False
        at: int | None = index
        while (at := self._resolve(at, self._jumps)) is not None:
            if self.items[at].command <= LAST_NAV:
                self.current, self._flying = at, True
                self._do_all = self._do is None
                self._say(at)
                self._copter.auto.begin(at, self.items[at])
                return
            if self._do is None:
                self._begin_to_do(at)
                self._do_from = at + 1
            at += 1
        self._complete()

    def _next_to_do(self) -> None:
        index = self._resolve(self._do_from, self._jumps)
        if index is None or self.items[index].command <= LAST_NAV:
            self._do_all = True
            return
        self._begin_to_do(index)
        self._do_from = index + 1

    def _begin_to_do(self, index: int) -> None:
        self._do = index
        self._say(index)
        self._copter.auto.do(self.items[index])

    def _resolve(self, index: int | None, jumps: dict[int, int]) -> int | None:
        """Where one gets by way of jumps; None behind the last item."""
        for _ in range(JUMPS_AT_ONCE):
            if index is None or not 0 < index < len(self.items):
                return None
            item = self.items[index]
            if item.command != DO_JUMP:
                return index
            to, times = int(item.p1), int(item.p2)
            if (times >= 0 and jumps.get(index, 0) >= times) or not 0 < to < len(self.items):
                index += 1
                continue
            jumps[index] = jumps.get(index, 0) + 1
            index = to
        return None

    def _complete(self) -> None:
        self.state, self.current, self._flying = COMPLETE, 0, False
        self._do = None
        self._copter.auto.over()

    def _say(self, index: int) -> None:
        name = NAMES.get(self.items[index].command, "?")
        self._copter.texts.append((INFO, f"Mission: {index} {name}"))

    def _tell(self, index: int) -> None:
        self._told = index
