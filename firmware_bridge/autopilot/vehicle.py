"""One autopilot as its messages show it: clock, pose, status; no I/O, times are arguments."""

import logging
from collections.abc import Callable, Mapping, Sequence

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.clock import BootClock, Reply
from firmware_bridge.autopilot.codec import Message
from firmware_bridge.autopilot.events import ClockSynced, Event, StatusText, VehicleRebooted
from firmware_bridge.autopilot.state import (
    STAMPED,
    PoseReader,
    battery_percent,
    is_autopilot_heartbeat,
    vehicle_status,
    wind_report,
)

log = logging.getLogger(__name__)


class Vehicle:
    """What is known of the chosen autopilot. `hear` takes its messages only."""

    def __init__(self) -> None:
        self.clock = BootClock()
        self.reboots = 0
        self._pose = PoseReader(self.clock)
        self._battery_percent: float | None = None

    def forget(self) -> None:
        """Another vehicle, or the same one started again."""
        self.clock.reset()
        self._pose.reset()
        self._battery_percent = None

    def hear(self, message: Message, now_s: float) -> list[Event]:
        """Events in one message that arrived at `now_s`."""
        message_id = message.get_msgId()
        events = self._stamped(message, now_s) if message_id in STAMPED else []
        handler = _HANDLERS.get(message_id)
        return events if handler is None else [*events, *handler(self, message, now_s)]

    def _stamped(self, message: Message, now_s: float) -> list[Event]:
        events: list[Event] = []
        boot_s = self.clock.heard(message.time_boot_ms, now_s)
        if boot_s is None:
            self.forget()
            events.append(self._rebooted("its boot clock began anew"))
            boot_s = self.clock.heard(message.time_boot_ms, now_s)
        sample = self._pose.read(message, boot_s, now_s) if boot_s is not None else None
        return events if sample is None else [*events, sample]

    def timesync_reply(self, message: Message, now_s: float) -> Sequence[Event]:
        """An answer to TIMESYNC, ours or a stranger's."""
        if message.tc1 == 0:
            return ()
        was_synced = self.clock.synced
        outcome = self.clock.reply(message.ts1, message.tc1, now_s)
        offset = self.clock.offset(now_s)
        if offset is None or outcome is Reply.FOREIGN:
            return ()
        if outcome is Reply.USED:
            return () if was_synced else (ClockSynced(*offset),)
        self._pose.reset()
        if outcome is Reply.REBOOTED:
            return (self._rebooted("TIMESYNC went back"), ClockSynced(*offset))
        log.warning("the autopilot's clock stepped against ours; measuring it anew")
        return (ClockSynced(*offset),)

    def heartbeat(self, message: Message, now_s: float) -> Sequence[Event]:
        """Mode, arming and the last battery state."""
        if not is_autopilot_heartbeat(message):
            return ()
        return (vehicle_status(message, self._battery_percent),)

    def sys_status(self, message: Message, now_s: float) -> Sequence[Event]:
        """Battery; reported with the next heartbeat."""
        self._battery_percent = battery_percent(message)
        return ()

    def wind(self, message: Message, now_s: float) -> Sequence[Event]:
        """The wind, where the autopilot has an estimate."""
        report = wind_report(message)
        return () if report is None else (report,)

    def statustext(self, message: Message, now_s: float) -> Sequence[Event]:
        """A line; the pieces of a long one come one by one."""
        return (StatusText(message.severity, str(message.text)),)

    def _rebooted(self, reason: str) -> VehicleRebooted:
        self.reboots += 1
        log.warning("autopilot rebooted: %s", reason)
        return VehicleRebooted(reason)


_HANDLERS: Mapping[int, Callable[[Vehicle, Message, float], Sequence[Event]]] = {
    dialect.MAVLINK_MSG_ID_HEARTBEAT: Vehicle.heartbeat,
    dialect.MAVLINK_MSG_ID_TIMESYNC: Vehicle.timesync_reply,
    dialect.MAVLINK_MSG_ID_SYS_STATUS: Vehicle.sys_status,
    dialect.MAVLINK_MSG_ID_WIND: Vehicle.wind,
    dialect.MAVLINK_MSG_ID_STATUSTEXT: Vehicle.statustext,
}
