"""Why the vehicle may not be armed: ArduCopter's checks, in its order and with its texts.

Recorded from 4.5.6: "Accels inconsistent", "Need Position Estimate", "RTL mode not armable". The
other texts are from its sources' documentation and not verified against a recording. ARMING_CHECK
is a bit mask, 1 means all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.flight.estimate import CONSISTENT_S
from sim.flight.modes import ARMABLE, MANUAL_THROTTLE, NEEDS_POSITION, Mode

if TYPE_CHECKING:
    from sim.flight.copter import Copter

ALL, GPS, INS, RC, BATTERY = 1, 1 << 3, 1 << 4, 1 << 6, 1 << 8
AUTO_MAY_ARM = 1
"""Bit of AUTO_OPTIONS."""
SAY_EVERY_S = 30.0


def why_not_ready(copter: Copter) -> str | None:
    """The first pre-arm check that fails, in the mode that is set."""
    estimator, mode = copter.estimator, copter.mode
    if not estimator.ready:
        return "System not initialised"
    if _checked(copter, INS) and estimator.boot_s < CONSISTENT_S:
        return "Accels inconsistent"
    if not estimator.level:
        return "EKF attitude is bad"
    if _checked(copter, BATTERY) and (reason := _battery(copter)):
        return reason
    if _checked(copter, RC) and (reason := _radio(copter)):
        return reason
    if copter.home is None:
        return "AHRS: waiting for home"
    if mode in NEEDS_POSITION or copter.fence.needs_position:
        if _checked(copter, GPS) and estimator.gps_fix < 3:
            return "GPS 1: Bad fix"
        if not estimator.position_ok:
            return "Need Position Estimate"
        if _checked(copter, GPS) and estimator.glitching:
            return "GPS glitching"
    if copter.fence.breached(margin=False):
        return "vehicle outside fence"
    if copter.failsafes.gcs:
        return "GCS failsafe on"
    return None


def why_not_arm(copter: Copter, by_client: bool) -> str | None:
    """The first reason against arming now."""
    reason = why_not_ready(copter)
    if reason is not None:
        return reason
    mode = copter.mode
    auto_may = bool(int(copter.parameters["AUTO_OPTIONS"]) & AUTO_MAY_ARM)
    if mode not in ARMABLE and not (mode is Mode.AUTO and auto_may):
        return f"{mode.name} mode not armable"
    excused = by_client and mode in (Mode.GUIDED, Mode.AUTO)
    if _checked(copter, RC) and not excused:
        if copter.pilot.climb(copter.parameters) > 0:
            return "Throttle too high"
        if mode in MANUAL_THROTTLE and copter.pilot.throttle() > 0:
            return "Throttle too high"
    return None


def _checked(copter: Copter, bit: int) -> bool:
    mask = int(copter.parameters["ARMING_CHECK"])
    return bool(mask & (ALL | bit))


def _battery(copter: Copter) -> str | None:
    p, battery = copter.parameters, copter.battery
    volts = battery.volts(p)
    left_mah = p["BATT_CAPACITY"] - battery.used_mah
    if 0 < volts < p["BATT_ARM_VOLT"]:
        return "Battery 1 below minimum arming voltage"
    if left_mah < p["BATT_ARM_MAH"]:
        return "Battery 1 below minimum arming capacity"
    if copter.failsafes.battery:
        return f"Battery 1 {'low' if copter.failsafes.battery == 1 else 'critical'} failsafe"
    return None


def _radio(copter: Copter) -> str | None:
    if int(copter.parameters["FS_THR_ENABLE"]) == 0:
        return None
    if copter.failsafes.radio:
        return "Radio failsafe on"
    if copter.pilot.now[2] < copter.parameters["FS_THR_VALUE"]:
        return "Throttle below failsafe"
    return None
