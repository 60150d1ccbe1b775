"""What goes into the log of a flight, and how often: ten times a second, the GPS five times.

As the real one with LOG_BITMASK 180222 and LOG_DISARMED 0: a log begins with the first arming
after a boot (each arming with LOG_FILE_DSRMROT), holds all parameters and the mission, and is
written while the vehicle is armed. Rates as in a recorded flight, where ATT, POS and BAT came
3769 times in 377 s and GPS 1884 times.
"""

import math

from sim.autopilot.dataflash import Log
from sim.autopilot.messages import CLOCK_GRAIN_S, Message
from sim.autopilot.parameters import Parameters
from sim.autopilot.snapshot import Snapshot
from sim.autopilot.version import BANNER
from sim.flight.plan import Plan

EVERY_S, GPS_EVERY = 0.1, 2
GPS_EPOCH_UNIX_S, LEAP_S, WEEK_MS = 315_964_800, 18, 604_800_000
ARMED, DISARMED = 10, 11
"""EV."""
GCS_COMMAND = 2
"""Reason of a mode change."""
HOME, ORIGIN = 1, 0
"""Kind of an ORGN."""


class FlightLog:
    """Writes one flight into one log."""

    def __init__(self, log: Log, now: Snapshot, parameters: Parameters, plan: Plan) -> None:
        self.log = log
        self._plan = plan
        self._time_us = now.boot_ns // 1000
        self._next_s, self._rounds = 0.0, 0
        self._mode, self._seq = -1, now.mission_seq
        for line in BANNER:
            log.write("MSG", self._time_us, line)
        for name in parameters.names:
            value, default = parameters.values[name], parameters.defaults[name]
            log.write("PARM", self._time_us, name, value, default)
        for number in range(len(plan.mission)):
            self._command(number)
        for kind, place in ((HOME, now.home), (ORIGIN, now.origin)):
            if place is not None:
                log.write("ORGN", self._time_us, kind, *place)

    def switch(self, now: Snapshot, armed: bool) -> None:
        """The motors are armed or disarmed."""
        self._time_us = now.boot_ns // 1000
        self.log.write("ARM", self._time_us, armed, 0, 0, 0)
        self.log.write("EV", self._time_us, ARMED if armed else DISARMED)

    def note(self, message: Message) -> None:
        """What everybody is told is kept too: words, parameters, camera releases."""
        kind = message.get_type()
        if kind == "STATUSTEXT":
            self.log.write("MSG", self._time_us, message.text)
        elif kind == "PARAM_VALUE":
            self.log.write("PARM", self._time_us, message.param_id, message.param_value, math.nan)
        elif kind == "CAMERA_FEEDBACK":
            week, milliseconds = _gps_time(message.time_usec)
            self.log.write(
                "CAM", self._time_us, 0, message.img_idx, milliseconds, week, message.lat / 1e7,
                message.lng / 1e7, message.alt_msl, message.alt_rel, message.alt_msl,
                message.roll, message.pitch, message.yaw % 360,
            )  # fmt: skip

    def is_due(self, now_s: float) -> bool:
        """It is time for `record`."""
        return now_s >= self._next_s - CLOCK_GRAIN_S

    def record(self, now: Snapshot, now_s: float) -> None:
        """One round of measurements."""
        self._next_s = now_s + EVERY_S
        self._time_us = now.boot_ns // 1000
        if now.mode != self._mode:
            self._mode = now.mode
            self.log.write("MODE", self._time_us, now.mode, now.mode, GCS_COMMAND)
        if now.mission_seq != self._seq:
            self._seq = now.mission_seq
            self._command(self._seq)
        self._attitude(now)
        self._position(now)
        self._power(now)
        if self._rounds % GPS_EVERY == 0:
            self._gps(now)
        self._rounds += 1

    def _command(self, number: int) -> None:
        if number < len(self._plan.mission):
            item, total = self._plan.mission[number], len(self._plan.mission)
            self.log.write(
                "CMD", self._time_us, total, number, item.command, item.p1, item.p2, item.p3,
                item.p4, item.lat_deg, item.lon_deg, item.z, item.frame,
            )  # fmt: skip

    def _attitude(self, now: Snapshot) -> None:
        e, t = now.estimate, now.truth
        roll, pitch, yaw = map(math.degrees, (e.roll_rad, e.pitch_rad, e.yaw_rad))
        wanted_roll, wanted_pitch = map(math.degrees, now.wanted[:2])
        self.log.write(
            "ATT", self._time_us, wanted_roll, roll, wanted_pitch, pitch, now.wanted[2] % 360,
            yaw % 360, 0.0, 0.0, 3,
        )  # fmt: skip
        roll, pitch, yaw = map(math.degrees, (t.roll_rad, t.pitch_rad, t.yaw_rad))
        place = (t.alt_amsl_m, t.lat_deg, t.lon_deg)
        self.log.write("SIM", self._time_us, roll, pitch, yaw % 360, *place)

    def _position(self, now: Snapshot) -> None:
        over = [now.alt_amsl_m - p[2] if p is not None else 0.0 for p in (now.home, now.origin)]
        place = (now.lat_deg, now.lon_deg, now.alt_amsl_m)
        self.log.write("POS", self._time_us, *place, *over)

    def _power(self, now: Snapshot) -> None:
        volts, amperes, used_mah = now.voltage_v, now.current_a, now.used_mah
        energy_wh, percent = used_mah / 1000 * volts, 100 * now.remaining
        self.log.write(
            "BAT", self._time_us, 0, volts, volts, amperes, used_mah, energy_wh, 0.0, 0.0,
            percent, 1, 100,
        )  # fmt: skip
        self.log.write("RCOU", self._time_us, *now.motors_us)

    def _gps(self, now: Snapshot) -> None:
        t = now.truth
        week, milliseconds = _gps_time(now.unix_us)
        course = math.degrees(math.atan2(t.east_m_s, t.north_m_s)) % 360
        self.log.write(
            "GPS", self._time_us, 0, now.gps_fix, milliseconds, week, now.satellites, 1.21,
            now.lat_deg, now.lon_deg, now.alt_amsl_m, math.hypot(t.north_m_s, t.east_m_s), course,
            t.down_m_s, 0.0, 1,
        )  # fmt: skip


def _gps_time(unix_us: int) -> tuple[int, int]:
    """Week, and milliseconds in it; zeros while the time is not known."""
    milliseconds = unix_us // 1000 - (GPS_EPOCH_UNIX_S - LEAP_S) * 1000
    return divmod(milliseconds, WEEK_MS) if milliseconds > 0 else (0, 0)
