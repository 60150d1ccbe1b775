"""Failsafes: what the vehicle does by itself when the radio, the ground station, the battery, its
estimate of the position or the fence fail it.

Parameters and actions are ArduCopter's (FS_THR_*, FS_GCS_*, FS_OPTIONS, FS_EKF_*, BATT_*,
FENCE_ACTION); the words are those of its messages, not verified against a recording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.flight.modes import PILOTED, Mode
from sim.flight.orders import CRITICAL, WARNING

if TYPE_CHECKING:
    from sim.flight.copter import Copter

DT_S = 0.1
RADIO_LOST_S, EKF_BAD_S = 0.3, 1.0
RETURN, KEEP_ON, LANDS, TERMINATE = "return", "keep on", "land", "terminate"
RADIO_ACTIONS = {1: RETURN, 2: KEEP_ON, 3: LANDS, 4: RETURN, 5: LANDS, 6: RETURN, 7: LANDS}
"""By FS_THR_ENABLE; those with SmartRTL fall back to what they name second."""
GCS_ACTIONS = {1: RETURN, 2: KEEP_ON, 3: RETURN, 4: LANDS, 5: LANDS, 6: RETURN, 7: RETURN}
BATTERY_ACTIONS = {1: LANDS, 2: RETURN, 3: RETURN, 4: LANDS, 5: TERMINATE, 6: RETURN, 7: LANDS}
FENCE_ACTIONS = {1: RETURN, 2: LANDS, 3: RETURN, 4: "brake", 5: LANDS}
RADIO_IN_AUTO, GCS_IN_AUTO, RADIO_IN_GUIDED, WHILE_LANDING, GCS_PILOTED = 1, 2, 4, 8, 16
"""Bits of FS_OPTIONS: go on in that case."""


class Failsafes:
    """Run ten times a second."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self.radio = self.gcs = self.ekf = False
        self.battery = 0
        """0 well, 1 low, 2 critical."""
        self._radio_s = self._ekf_s = 0.0
        self._low_s = [0.0, 0.0]
        self._fence = ""
        self.gcs_heard_s: float | None = None
        """When the ground station was heard last."""

    @property
    def any(self) -> bool:
        """One of them is on: MAV_STATE_CRITICAL."""
        return bool(self.radio or self.gcs or self.ekf or self.battery)

    @property
    def pilot_is_gone(self) -> bool:
        """Nobody would notice where it waits."""
        return self.radio or self.gcs

    def new_battery(self) -> None:
        """It has been changed."""
        self.battery, self._low_s = 0, [0.0, 0.0]

    def run(self) -> None:
        """All of them."""
        self._watch_radio()
        self._watch_gcs()
        self._watch_battery()
        self._watch_ekf()
        self._watch_fence()

    def _watch_radio(self) -> None:
        c, p = self._copter, self._copter.parameters
        action = int(p["FS_THR_ENABLE"])
        weak = not c.pilot.has_signal or c.pilot.now[2] < p["FS_THR_VALUE"]
        self._radio_s = self._radio_s + DT_S if weak and action else 0.0
        bad = self._radio_s > RADIO_LOST_S
        if bad == self.radio:
            return
        self.radio = bad
        if not bad:
            c.texts.append((WARNING, "Radio Failsafe Cleared"))
            return
        options = int(p["FS_OPTIONS"])
        going_on = (
            (options & RADIO_IN_AUTO and c.mode is Mode.AUTO)
            or (options & RADIO_IN_GUIDED and c.mode is Mode.GUIDED)
            or (options & WHILE_LANDING and c.landing)
        )
        wanted = RADIO_ACTIONS.get(action, RETURN)
        if wanted == KEEP_ON and c.mode is not Mode.AUTO:
            wanted = RETURN
        self._act("Radio", wanted, bool(going_on))

    def _watch_gcs(self) -> None:
        c, p = self._copter, self._copter.parameters
        action = int(p["FS_GCS_ENABLE"])
        silent = (
            action != 0
            and self.gcs_heard_s is not None
            and c.now_s - self.gcs_heard_s > p["FS_GCS_TIMEOUT"]
        )
        if silent == self.gcs:
            return
        self.gcs = silent
        if not silent:
            c.texts.append((WARNING, "GCS Failsafe Cleared"))
            return
        options = int(p["FS_OPTIONS"])
        going_on = (
            (options & GCS_IN_AUTO and c.mode is Mode.AUTO)
            or (options & GCS_PILOTED and c.mode in PILOTED)
            or (options & WHILE_LANDING and c.landing)
        )
        self._act("GCS", GCS_ACTIONS.get(action, RETURN), bool(going_on))

    def _watch_battery(self) -> None:
        c, p = self._copter, self._copter.parameters
        if not c.armed or p["BATT_MONITOR"] == 0:
            return
        volts, left = c.battery.volts(p), p["BATT_CAPACITY"] - c.battery.used_mah
        for level, (name, words) in enumerate((("LOW", "low"), ("CRT", "critical")), start=1):
            low = p[f"BATT_{name}_VOLT"] > 0 and volts < p[f"BATT_{name}_VOLT"]
            self._low_s[level - 1] = self._low_s[level - 1] + DT_S if low else 0.0
            empty = p[f"BATT_{name}_MAH"] > 0 and left < p[f"BATT_{name}_MAH"]
            if self.battery >= level:
                continue
            if empty or self._low_s[level - 1] > p["BATT_LOW_TIMER"]:
                self.battery = level
                used = c.battery.used_mah
                said = f"Battery 1 is {words} {volts:.2f}V used {used:.0f} mAh"
                c.texts.append((WARNING, said))
                action = BATTERY_ACTIONS.get(int(p[f"BATT_FS_{name}_ACT"]))
                if action is not None:
                    self._act("Battery", action, False)

    def _watch_ekf(self) -> None:
        c, p = self._copter, self._copter.parameters
        flying = c.armed and not c.landed
        self._ekf_s = self._ekf_s + DT_S if flying and not c.position_ok else 0.0
        bad = self._ekf_s > EKF_BAD_S and p["FS_EKF_THRESH"] > 0
        if bad == self.ekf:
            return
        self.ekf = bad
        if not bad:
            c.texts.append((CRITICAL, "EKF Failsafe Cleared"))
            return
        c.texts.append((CRITICAL, "EKF variance"))
        action = int(p["FS_EKF_ACTION"])
        if c.needs_position or action == 3:
            c.fall_back(Mode.ALT_HOLD if action == 2 else Mode.LAND)
            c.texts.append((CRITICAL, f"EKF Failsafe: changed to {c.mode.name} Mode"))

    def _watch_fence(self) -> None:
        c = self._copter
        breach = c.fence.breached(margin=True) if c.armed and not c.landed else ""
        if breach == self._fence:
            return
        self._fence = breach
        if breach:
            c.texts.append((CRITICAL, f"{breach} fence breached"))
            action = FENCE_ACTIONS.get(int(c.parameters["FENCE_ACTION"]))
            if action == "brake":
                c.fall_back(Mode.BRAKE)
            elif action is not None:
                c.fall_back(Mode.RTL if action == RETURN else Mode.LAND)

    def _act(self, name: str, action: str, going_on: bool) -> None:
        c = self._copter
        if not c.armed:
            return
        if c.landed:
            c.texts.append((WARNING, f"{name} Failsafe - Disarming"))
            c.disarm_by_itself()
        elif going_on or action == KEEP_ON:
            c.texts.append((WARNING, f"{name} Failsafe - Continuing {c.mode.name.title()} Mode"))
        elif action == TERMINATE:
            c.texts.append((WARNING, f"{name} Failsafe - Disarming"))
            c.disarm_by_itself()
        else:
            c.texts.append((WARNING, f"{name} Failsafe"))
            c.fall_back(Mode.RTL if action == RETURN else Mode.LAND)
