"""A vehicle's state put together from its MAVLink messages; no I/O, no clock.

Sources: MAVLink common message set, HEARTBEAT (0), SYS_STATUS (1), ATTITUDE (30),
GLOBAL_POSITION_INT (33); ArduPilot fills heading and battery with their 'unknown' values.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.report import Footprint
from firmware_bridge.messages import VehicleState
from firmware_bridge.units import degrees_from_1e7

STATE_PERIOD_S = 0.5
"""A radio brings positions faster than a map needs them on disk."""
FOOTPRINT_AGE_S = 6.0
"""A footprint is sent about every two seconds; three lost ones and it is no longer true."""
VITALS_AGE_S = 10.0
"""Older heartbeats, attitudes and battery readings say nothing about now."""


@dataclass(slots=True)
class HeardVehicle:
    """The newest messages of one system id, and when they came (monotonic seconds)."""

    system_id: int
    heartbeat: Any = None
    heartbeat_s: float = -math.inf
    attitude: Any = None
    attitude_s: float = -math.inf
    power: Any = None
    power_s: float = -math.inf
    footprint: Footprint | None = None
    footprint_s: float = -math.inf
    told_s: float = -math.inf

    def receive(self, message: Any, utc: datetime, now_s: float) -> VehicleState | None:
        """Take a message of the autopilot; a state when it is time to tell one."""
        match message.get_type():
            case "HEARTBEAT":
                if message.autopilot != dialect.MAV_AUTOPILOT_INVALID:
                    self.heartbeat, self.heartbeat_s = message, now_s
            case "ATTITUDE":
                self.attitude, self.attitude_s = message, now_s
            case "SYS_STATUS":
                self.power, self.power_s = message, now_s
            case "GLOBAL_POSITION_INT" if now_s - self.told_s >= STATE_PERIOD_S:
                state = self._state(message, utc, now_s)
                self.told_s = now_s if state else self.told_s
                return state
        return None

    def see(self, footprint: Footprint, now_s: float) -> None:
        """Take the companion's word on what the camera sees."""
        self.footprint, self.footprint_s = footprint, now_s - footprint.age_s

    def _state(self, position: Any, utc: datetime, now_s: float) -> VehicleState | None:
        lat_deg, lon_deg = degrees_from_1e7(position.lat), degrees_from_1e7(position.lon)
        nowhere = position.lat == 0 and position.lon == 0
        if nowhere or abs(lat_deg) > 90 or abs(lon_deg) > 180:
            return None  # ArduPilot sends 0, 0 until it has a position
        beat = self.heartbeat if now_s - self.heartbeat_s < VITALS_AGE_S else None
        seen = self.footprint if now_s - self.footprint_s < FOOTPRINT_AGE_S else None
        return VehicleState(
            system_id=self.system_id,
            time_utc=utc,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            alt_amsl_m=position.alt / 1000,
            height_above_home_m=position.relative_alt / 1000,
            heading_deg=self._heading_deg(position, now_s),
            speed_m_s=math.hypot(position.vx, position.vy) / 100,
            mode=str(mavutil.mode_string_v10(beat))[:20] if beat else None,
            armed=bool(beat.base_mode & dialect.MAV_MODE_FLAG_SAFETY_ARMED) if beat else None,
            battery_percent=self._battery_percent(now_s),
            footprint=seen.corners if seen and _on_earth(seen) else None,
        )

    def _heading_deg(self, position: Any, now_s: float) -> float | None:
        if position.hdg <= 36000:
            return float(position.hdg / 100)
        if now_s - self.attitude_s >= VITALS_AGE_S or not math.isfinite(self.attitude.yaw):
            return None
        return math.degrees(self.attitude.yaw) % 360

    def _battery_percent(self, now_s: float) -> float | None:
        if now_s - self.power_s >= VITALS_AGE_S or not 0 <= self.power.battery_remaining <= 100:
            return None
        return float(self.power.battery_remaining)


def _on_earth(footprint: Footprint) -> bool:
    """A corner moved past a pole or the 180th meridian is not drawn."""
    return all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in footprint.corners)
