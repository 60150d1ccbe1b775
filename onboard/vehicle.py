"""The vehicle as it moves on the map: the newest of each thing its telemetry says."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime

from firmware_bridge.autopilot.events import Event, LinkDown, VehicleStatus
from firmware_bridge.messages import AttitudeSample, GimbalSample, PositionSample, VehicleState
from onboard.locate.rotation import heading_rad

STALE_S = 3.0


class Vehicle:
    """Collects events; one thread."""

    def __init__(self) -> None:
        self.position: PositionSample | None = None
        self.gimbal: GimbalSample | None = None
        self._attitude: AttitudeSample | None = None
        self._status: VehicleStatus | None = None

    def event(self, event: Event) -> None:
        """Take in anything the link says."""
        match event:
            case PositionSample():
                self.position = event
            case AttitudeSample():
                self._attitude = event
            case GimbalSample():
                self.gimbal = event
            case VehicleStatus():
                self._status = event
            case LinkDown():
                self._status = None

    def state(
        self,
        now_s: float,
        system_id: int,
        utc: Callable[[float], datetime],
        footprint: Sequence[tuple[float, float]] | None,
    ) -> VehicleState | None:
        """What to tell the ground; None without a fresh position."""
        position = self.position
        if position is None or now_s - position.time_s > STALE_S:
            return None
        attitude = self._attitude
        fresh = attitude is not None and now_s - attitude.time_s < STALE_S
        heading = heading_rad(attitude.q_ned_from_frd) if attitude and fresh else None
        north, east, _ = position.velocity_ned_m_s
        status = self._status
        return VehicleState(
            system_id=system_id,
            time_utc=utc(position.time_s),
            lat_deg=position.lat_deg,
            lon_deg=position.lon_deg,
            alt_amsl_m=position.alt_amsl_m,
            height_above_home_m=position.height_above_home_m,
            heading_deg=None if heading is None else math.degrees(heading) % 360.0,
            speed_m_s=math.hypot(north, east),
            mode=status.mode[:20] if status else None,
            armed=status.armed if status else None,
            battery_percent=status.battery_percent if status else None,
            footprint=footprint,
        )
